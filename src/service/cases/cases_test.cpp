#include "service/cases/cases.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>
#include <iterator>
#include <map>

#include "service/cases/record.hpp"
#include "service/store/temporary_folder.hpp"

namespace lightkeeper::cases {
namespace {

using franking::Finding;

constexpr std::string_view kWords = "the boat leaves at seven from the small pier";

/// Whether any file of a folder holds these bytes.
bool folder_holds(const std::filesystem::path& folder, BytesView needle) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(in), {}};
      if (text.find(as_text(needle)) != std::string::npos) {
        return true;
      }
    }
  }
  return false;
}

class CasesTest : public testing::Test {
 protected:
  CasesTest() {
    ada_ = account("ada", "person");
    ben_ = account("ben", "person");
    reviewer_ = account("reader", "reviewer");
  }
  AccountId account(std::string_view name, std::string_view role) {
    const AccountId id{rng_.array<16>()};
    (void)database_->write([&](store::Transaction& tx) -> Status {
      tx.run("INSERT INTO account(id, name, role, created_ms) VALUES(?, ?, ?, 0)", id, name, role);
      return {};
    });
    return id;
  }
  Records records() {
    return {
        [this](std::uint32_t) { return stamp_key_.clone(); },
        [this](const AccountId& who, const ConversationId& where, ServerSeq seq) -> Result<bool> {
          return who == ben_ && where == room_ && seq.value >= 3;
        },
        [this](const AccountId& who, const AttachmentId& id) -> Result<Bytes> {
          const auto found = stored_.find(id);
          if (who != ben_ || found == stored_.end()) {
            return fail(ErrorCode::not_found, "test");
          }
          return found->second;
        }};
  }
  /// A message as ben's device kept it.
  ReportedItem item(std::uint64_t seq, std::string_view body,
                    std::vector<franking::AttachmentDescriptor> attachments = {}) {
    franking::Content content;
    content.type =
        attachments.empty() ? franking::ContentType::text : franking::ContentType::picture;
    content.sender = ada_;
    content.conversation = room_;
    content.body = body;
    content.attachments = std::move(attachments);
    ReportedItem out;
    out.content = franking::encode(content).value();
    out.opening_key.bytes = rng_.array<32>();
    franking::Context context;
    context.key_id = 20833;
    context.sender = ada_;
    context.conversation = room_;
    context.seq.value = seq;
    context.accepted = clock_.now();
    out.context = franking::encode(context);
    out.stamp =
        franking::stamp(stamp_key_, franking::commit(out.opening_key, out.content), context);
    return out;
  }
  franking::AttachmentDescriptor store_picture(const Bytes& bytes) {
    auto sealed = franking::seal_attachment(bytes, "image/png", rng_).value();
    sealed.descriptor.id = AttachmentId{rng_.array<16>()};
    stored_[sealed.descriptor.id] = sealed.ciphertext;
    return sealed.descriptor;
  }
  NewReport report(std::vector<ReportedItem> items, std::string client_id = "r1") {
    return {std::move(client_id), Reason::unwanted, "a short note", ada_,
            std::move(items),     std::nullopt};
  }

  store::TemporaryFolder folder_;
  SetClock clock_{UnixMillis{1'800'000'000'000}};
  crypto::SystemRng rng_;
  std::unique_ptr<store::Database> database_ = std::move(*store::Database::open(
      folder_.path() / "service.db", store::service_migrations(), clock_.now()));
  SecretBytes stamp_key_ = SecretBytes::copy_of(rng_.array<32>());
  SecretBytes evidence_key_ = SecretBytes::copy_of(rng_.array<32>());
  ConversationId room_{rng_.array<16>()};
  AccountId ada_, ben_, reviewer_;
  std::map<AttachmentId, Bytes> stored_;
  Cases cases_{*database_, clock_, rng_, records(), evidence_key_};
};

TEST_F(CasesTest, AGenuineReportIsVerifiedWithTheExactWords) {
  const Bytes picture(100'000, 9);
  const auto id = cases_.accept(
      ben_, report({item(3, kWords), item(4, "", {store_picture(picture)}), item(9, "later")}));
  ASSERT_TRUE(id) << id.error().message();
  const auto view = cases_.detail(*id);
  ASSERT_TRUE(view) << view.error().message();
  EXPECT_EQ(view->summary.verified, 3U);
  EXPECT_EQ(view->reporter, ben_);
  EXPECT_EQ(view->alleged, ada_);
  EXPECT_EQ(view->note, "a short note");
  ASSERT_EQ(view->messages.size(), 3U);
  EXPECT_EQ(view->messages[0].finding, Finding::verified);
  EXPECT_EQ(view->messages[0].proves, franking::kProves);
  EXPECT_EQ(view->messages[0].does_not_prove, franking::kDoesNotProve);
  EXPECT_EQ(view->messages[0].body, kWords);
  EXPECT_EQ(view->messages[1].attachments.at(0).finding, Finding::verified);
  EXPECT_EQ(view->gaps, (std::vector<std::pair<std::uint64_t, std::uint64_t>>{{5, 8}}));
  const auto seen = cases_.picture(*id, 1, 0);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->bytes, picture);
  EXPECT_EQ(seen->media_type, "image/png");
  EXPECT_EQ(cases_.picture(*id, 1, 1).error().code, ErrorCode::not_found);
  EXPECT_EQ(cases_.picture(*id, 0, 0).error().code, ErrorCode::not_found);
  EXPECT_EQ(cases_.picture(*id, ~0ULL, ~0ULL).error().code, ErrorCode::not_found);
}

TEST_F(CasesTest, WhatWasChangedIsTakenButNotVerified) {
  auto other_words = item(3, kWords);
  other_words.content = franking::encode([&] {
                          franking::Content content;
                          content.sender = ada_;
                          content.conversation = room_;
                          content.body = "other words";
                          return content;
                        }())
                            .value();
  auto other_stamp = item(3, kWords);
  other_stamp.stamp[0] ^= 1;
  auto other_key = item(3, kWords);
  other_key.opening_key.bytes[0] ^= 1;
  auto other_time = item(3, kWords);
  auto context = franking::decode_context(other_time.context).value();
  context.accepted.value += 1;
  other_time.context = franking::encode(context);
  auto other_sender = item(3, kWords);
  context = franking::decode_context(other_sender.context).value();
  context.sender = ben_;
  other_sender.context = franking::encode(context);
  auto junk = item(3, kWords);
  junk.content = Bytes(50, 0xff);
  junk.context = Bytes(3, 0xff);
  const auto before_joining = item(2, kWords);
  const auto id = cases_.accept(ben_, report({other_words, other_stamp, other_key, other_time,
                                              other_sender, junk, before_joining}));
  ASSERT_TRUE(id);
  const auto view = cases_.detail(*id);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->summary.verified, 0U);
  for (const auto& message : view->messages) {
    EXPECT_EQ(message.finding, Finding::not_verified);
    EXPECT_FALSE(message.why.empty());
    EXPECT_EQ(message.proves, franking::kProvesNothing);
  }
  EXPECT_EQ(view->messages[5].type, ItemType::unreadable);
  EXPECT_TRUE(view->gaps.empty());
}

TEST_F(CasesTest, ASwappedPictureIsNotVerified) {
  auto descriptor = store_picture(Bytes(1000, 1));
  const auto other = store_picture(Bytes(1000, 2));
  stored_[descriptor.id] = stored_[other.id];
  const auto gone = store_picture(Bytes(1000, 3));
  stored_.erase(gone.id);
  const auto id = cases_.accept(ben_, report({item(3, "", {descriptor, gone})}));
  const auto view = cases_.detail(id.value());
  ASSERT_TRUE(view);
  EXPECT_EQ(view->messages[0].finding, Finding::verified);
  for (const auto& attachment : view->messages[0].attachments) {
    EXPECT_EQ(attachment.finding, Finding::not_verified);
    EXPECT_FALSE(attachment.stored);
    EXPECT_FALSE(attachment.why.empty());
  }
  EXPECT_EQ(cases_.picture(*id, 0, 0).error().code, ErrorCode::not_found);
}

TEST_F(CasesTest, AReportIsTakenOnce) {
  const auto wanted = report({item(3, kWords)});
  const auto first = cases_.accept(ben_, wanted);
  const auto again = cases_.accept(ben_, wanted);
  ASSERT_TRUE(first && again);
  EXPECT_EQ(*first, *again);
  EXPECT_EQ(cases_.list(std::nullopt, 0)->size(), 1U);
  auto other = wanted;
  other.note = "another note";
  EXPECT_EQ(cases_.accept(ben_, other).error().code, ErrorCode::conflict);
  EXPECT_TRUE(cases_.accept(ada_, wanted));  // client ids are per reporter
}

TEST_F(CasesTest, AStatementAloneIsTakenAndAnEmptyReportIsNot) {
  auto wanted = report({});
  EXPECT_EQ(cases_.accept(ben_, wanted).error().code, ErrorCode::bad_argument);
  wanted.statement = "it happened yesterday";
  const auto id = cases_.accept(ben_, wanted);
  ASSERT_TRUE(id);
  const auto view = cases_.detail(*id);
  EXPECT_EQ(view->statement, "it happened yesterday");
  EXPECT_EQ(view->summary.verified, 0U);
  auto unknown = report({item(3, kWords)}, "r2");
  unknown.alleged = AccountId{};
  EXPECT_EQ(cases_.accept(ben_, unknown).error().code, ErrorCode::not_found);
  EXPECT_EQ(cases_.accept(ben_, report(std::vector<ReportedItem>(kMaxReportedMessages + 1), "r3"))
                .error()
                .code,
            ErrorCode::too_large);
}

TEST_F(CasesTest, TheQueueIsInOrderAndInPages) {
  for (std::size_t i = 0; i < kPage + 5; ++i) {
    ASSERT_TRUE(cases_.accept(ben_, report({item(3, "x")}, "r" + std::string(i, 'i'))));
  }
  const auto first = cases_.list(State::open, 0);
  ASSERT_EQ(first->size(), kPage);
  const auto second = cases_.list(State::open, first->back().number);
  ASSERT_EQ(second->size(), 5U);
  EXPECT_EQ(second->front().number, first->back().number + 1);
  EXPECT_TRUE(cases_.list(State::decided, 0)->empty());
}

TEST_F(CasesTest, DecisionsAreAddedAndNeverChanged) {
  const auto id = cases_.accept(ben_, report({item(3, kWords)})).value();
  EXPECT_EQ(cases_.decide(reviewer_, id, DecisionKind::warn, "").error().code,
            ErrorCode::bad_argument);
  EXPECT_EQ(cases_.decide(reviewer_, ReportId{}, DecisionKind::warn, "x").error().code,
            ErrorCode::not_found);
  ASSERT_TRUE(cases_.decide(reviewer_, id, DecisionKind::warn, "a calm reason"));
  ASSERT_TRUE(cases_.decide(reviewer_, id, DecisionKind::warn, "a calm reason"));
  ASSERT_TRUE(cases_.decide(reviewer_, id, DecisionKind::no_action, "a second look"));
  const auto view = cases_.detail(id);
  ASSERT_EQ(view->decisions.size(), 2U);
  EXPECT_EQ(view->decisions[1].reason, "a second look");
  EXPECT_EQ(view->summary.state, State::decided);
  EXPECT_TRUE(cases_.list(State::open, 0)->empty());
  for (const std::string_view sql :
       {"UPDATE decision SET decision = 'warn'", "DELETE FROM decision",
        "UPDATE evidence SET sealed = x'00'"}) {
    EXPECT_FALSE(database_->write([&](store::Transaction& tx) -> Status {
      tx.run(sql);
      return {};
    })) << sql;
  }
  EXPECT_TRUE(cases_.faults()->empty());
}

TEST_F(CasesTest, APlantedChangeOfADecisionOrOfEvidenceIsFound) {
  const auto id =
      cases_.accept(ben_, report({item(3, kWords, {store_picture(Bytes(500, 4))})})).value();
  ASSERT_TRUE(cases_.decide(reviewer_, id, DecisionKind::warn, "a calm reason"));
  ASSERT_TRUE(cases_.decide(reviewer_, id, DecisionKind::escalate, "a second look"));
  EXPECT_TRUE(cases_.faults()->empty());
  const auto tamper = [&](const char* sql) {
    sqlite3* raw = nullptr;
    sqlite3_open((folder_.path() / "service.db").c_str(), &raw);
    EXPECT_EQ(sqlite3_exec(raw, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(raw);
    sqlite3_close(raw);
  };
  tamper(
      "DROP TRIGGER decision_is_never_edited; DROP TRIGGER decision_is_never_deleted;"
      "DROP TRIGGER evidence_stays_as_it_is; UPDATE decision SET decision = 'no_action' WHERE "
      "number = 1;");
  EXPECT_EQ(cases_.faults()->size(), 1U);
  tamper("DELETE FROM decision WHERE number = 1;");
  EXPECT_EQ(cases_.faults()->size(), 1U);
  tamper("UPDATE evidence SET sealed = zeroblob(length(sealed)) WHERE item > 0;");
  EXPECT_EQ(cases_.faults()->size(), 2U);
  tamper("UPDATE evidence SET sealed = zeroblob(length(sealed)) WHERE item = 0;");
  EXPECT_FALSE(cases_.detail(id));
}

TEST_F(CasesTest, AnotherServiceKeyOpensNothing) {
  const auto id = cases_.accept(ben_, report({item(3, kWords)})).value();
  Cases other(*database_, clock_, rng_, records(), SecretBytes::copy_of(rng_.array<32>()));
  EXPECT_EQ(other.detail(id).error().code, ErrorCode::decryption_failed);
  EXPECT_EQ(other.faults()->size(), 1U);
}

TEST_F(CasesTest, NothingThatWasReportedStandsInTheFiles) {
  Bytes picture;
  for (int i = 0; i < 4000; ++i) {
    picture.push_back(static_cast<Byte>(i * 7 + i / 256));
  }
  auto wanted = report({item(3, kWords, {store_picture(picture)})});
  wanted.note = "a note nobody else should read";
  wanted.statement = "a statement nobody else should read";
  const auto id = cases_.accept(ben_, wanted).value();
  ASSERT_TRUE(cases_.decide(reviewer_, id, DecisionKind::warn, "a reason nobody else should read"));
  const auto secrets = std::to_array<Bytes>({to_bytes(kWords), to_bytes("nobody else should read"),
                                             to_bytes(BytesView(picture).first(64)),
                                             to_bytes(wanted.messages[0].opening_key.bytes)});
  for (const auto& secret : secrets) {
    EXPECT_FALSE(folder_holds(folder_.path(), secret));
  }
  // The same scanner finds a planted copy of each, in a column and in a file.
  for (const auto& secret : secrets) {
    ASSERT_TRUE(database_->write([&](store::Transaction& tx) -> Status {
      tx.run(
          "INSERT INTO evidence(report, item, sealed) VALUES(?, (SELECT max(item) + 1 FROM "
          "evidence), ?)",
          id, secret);
      return {};
    }));
    EXPECT_TRUE(folder_holds(folder_.path(), secret));
  }
  std::ofstream(folder_.path() / "service.log") << "received: a second secret";
  EXPECT_TRUE(folder_holds(folder_.path(), as_bytes("a second secret")));
}

TEST_F(CasesTest, RecordsRoundTripAndDamagedOnesAreRefused) {
  CaseRecord record;
  record.note = "n";
  record.statement = "s";
  record.evidence = {item(3, kWords)};
  MessageView view;
  view.finding = Finding::verified;
  view.body = kWords;
  view.attachments = {{"image/png", 5, Finding::not_verified, "why", true}};
  record.messages = {view};
  const auto bytes = encode(record);
  const auto decoded = decode_case_record(bytes);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(encode(*decoded), bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_case_record(BytesView(bytes).first(size))) << size;
  }
  EXPECT_FALSE(decode_case_record(concat({bytes, Bytes{0}})));
}

}  // namespace
}  // namespace lightkeeper::cases
