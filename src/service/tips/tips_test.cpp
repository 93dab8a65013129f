#include "service/tips/tips.hpp"

#include <gtest/gtest.h>

#include "core/crypto/crypto.hpp"
#include "service/store/temporary_folder.hpp"

namespace lightkeeper::tips {
namespace {

/// Wraps by AEAD under a fixed key.
class TestWrapping final : public store::KeyWrapping {
 public:
  Result<Bytes> wrap(BytesView associated, const SecretBytes& key) override {
    return crypto::aead_seal(key_, {}, associated, key.expose_secret());
  }
  Result<SecretBytes> unwrap(BytesView associated, BytesView wrapped) override {
    LK_TRY(key, crypto::aead_open(key_, {}, associated, wrapped));
    return SecretBytes(std::move(key));
  }

 private:
  crypto::AeadKey key_{SecretBytes(32)};
};

class TipFacts : public ::testing::Test {
 protected:
  TipFacts() {
    EXPECT_TRUE(crypto::initialise());
    EXPECT_TRUE(database_->write([&](store::Transaction& tx) -> Status {
      for (const auto& [account, name] : {std::pair(author_, "mira"), std::pair(other_, "jonas")}) {
        tx.run("INSERT INTO account(id, name, role, created_ms) VALUES(?, ?, 'reviewer', 1)",
               account, std::string_view(name));
      }
      std::int64_t number = 0;
      for (const auto& report : {report_, second_}) {
        ++number;
        tx.run(
            "INSERT INTO report(id, number, reporter, client_id, request_mac, alleged, reason, "
            "received_ms, messages, verified, state, wrapped_key) "
            "VALUES(?, ?, ?, ?, ?, ?, 'other', 1, 0, 0, 'open', ?)",
            report, number, author_, std::to_string(number), BytesView(report.value), other_,
            BytesView(report.value));
      }
      return {};
    }));
  }
  ErrorCode keep_code(BytesView facts) {
    const auto kept = tips_.keep(author_, report_, facts);
    return kept ? ErrorCode::internal : kept.error().code;
  }
  void tamper(std::string_view sql) {
    ASSERT_TRUE(database_->write([&](store::Transaction& tx) -> Status {
      tx.run("DROP TRIGGER tip_facts_are_never_edited");
      tx.run(sql);
      return {};
    }));
  }

  store::TemporaryFolder folder_;
  crypto::SeededRng rng_{5};
  SetClock clock_{UnixMillis{1000}};
  std::unique_ptr<store::Database> database_ =
      store::Database::open(folder_.path() / "service.db", store::service_migrations(),
                            UnixMillis{1})
          .value();
  AccountId author_{rng_.array<16>()};
  AccountId other_{rng_.array<16>()};
  ReportId report_{rng_.array<16>()};
  ReportId second_{rng_.array<16>()};
  TestWrapping keys_;
  std::vector<store::AuditEntry> audited_;
  bool audit_fails_ = false;
  Tips tips_{*database_, clock_, rng_, keys_,
             [this](store::Transaction&, const store::AuditEntry& entry) -> Status {
               if (audit_fails_) {
                 return fail(ErrorCode::storage_failed, "test");
               }
               audited_.push_back(entry);
               return {};
             }};
};

TEST_F(TipFacts, AreKeptVersionByVersion) {
  EXPECT_EQ(tips_.newest(report_).value().version, 0U);
  EXPECT_EQ(tips_.keep(author_, report_, as_bytes("one")).value(), 1U);
  EXPECT_EQ(tips_.keep(author_, report_, as_bytes("one")).value(), 1U);
  EXPECT_EQ(tips_.keep(author_, report_, as_bytes("two")).value(), 2U);
  const auto newest = tips_.newest(report_).value();
  EXPECT_EQ(as_text(newest.bytes), "two");
  EXPECT_EQ(newest.author, author_);
  EXPECT_EQ(tips_.newest(second_).value().version, 0U);
  EXPECT_EQ(audited_.size(), 2U);
  EXPECT_EQ(audited_[1].subject, "case:" + report_.hex());
  EXPECT_TRUE(tips_.faults().value().empty());
}

TEST_F(TipFacts, AreRefusedWhenTheyAreEmptyTooLargeOrOfNoCase) {
  EXPECT_EQ(keep_code({}), ErrorCode::bad_argument);
  EXPECT_EQ(keep_code(Bytes(kMaxFacts + 1)), ErrorCode::too_large);
  EXPECT_EQ(tips_.keep(author_, ReportId{}, as_bytes("x")).error().code, ErrorCode::not_found);
}

TEST_F(TipFacts, AreNotKeptForADestroyedCase) {
  ASSERT_TRUE(tips_.keep(author_, report_, as_bytes("one")));
  ASSERT_TRUE(database_->write([&](store::Transaction& tx) -> Status {
    tx.run(
        "INSERT INTO destruction(case_id, reason, items, destroyed_ms, certificate, signature) "
        "VALUES(?, '', 0, 0, '', zeroblob(64))",
        report_);
    return {};
  }));
  EXPECT_EQ(keep_code(as_bytes("two")), ErrorCode::evidence_destroyed);
  EXPECT_EQ(tips_.keep(author_, second_, as_bytes("two")).value(), 1U);
}

TEST_F(TipFacts, AreNotKeptWithoutTheirAuditEntry) {
  audit_fails_ = true;
  EXPECT_EQ(keep_code(as_bytes("one")), ErrorCode::storage_failed);
  EXPECT_EQ(tips_.newest(report_).value().version, 0U);
}

TEST_F(TipFacts, AreNotReadableInTheDatabase) {
  ASSERT_TRUE(tips_.keep(author_, report_, as_bytes("the words of a narrative")));
  const auto sealed = database_
                          ->read([&](store::Transaction& tx) -> Result<Bytes> {
                            return tx.row("SELECT sealed FROM tip_facts")->blob(0);
                          })
                          .value();
  EXPECT_EQ(as_text(sealed).find("narrative"), std::string_view::npos);
}

TEST_F(TipFacts, ThatWereChangedAtRestDoNotOpenAndAreNamed) {
  ASSERT_TRUE(tips_.keep(author_, report_, as_bytes("one")));
  tamper("UPDATE tip_facts SET sealed = CAST(X'00' || substr(sealed, 2) AS BLOB)");
  EXPECT_EQ(tips_.newest(report_).error().code, ErrorCode::decryption_failed);
  EXPECT_EQ(tips_.faults().value().size(), 1U);
}

TEST_F(TipFacts, OfOneCaseDoNotOpenAsThoseOfAnother) {
  ASSERT_TRUE(tips_.keep(author_, report_, as_bytes("one")));
  ASSERT_TRUE(tips_.keep(author_, second_, as_bytes("two")));
  tamper(
      "UPDATE tip_facts SET sealed = (SELECT sealed FROM tip_facts AS t WHERE t.report <> "
      "tip_facts.report), wrapped_key = (SELECT wrapped_key FROM tip_facts AS t WHERE t.report <> "
      "tip_facts.report)");
  EXPECT_FALSE(tips_.newest(report_));
  EXPECT_GE(tips_.faults().value().size(), 1U);
}

}  // namespace
}  // namespace lightkeeper::tips
