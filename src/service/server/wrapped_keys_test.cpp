#include "service/server/wrapped_keys.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "core/base/codec.hpp"
#include "service/server/data_folder.hpp"
#include "service/store/system_clock.hpp"
#include "service/store/temporary_folder.hpp"
#include "service/tips/tips.hpp"

namespace lightkeeper::service {
namespace {

/// Tables of the database with a column that holds wrapped keys, by its name.
std::set<std::string> tables_with_keys(store::Database& database) {
  return database
      .read([](store::Transaction& tx) -> Result<std::set<std::string>> {
        std::set<std::string> out;
        for (const auto& row :
             tx.rows("SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type "
                     "= 'table' AND c.name LIKE 'wrapped%'")) {
          out.insert(row.text(0));
        }
        return out;
      })
      .value();
}
std::set<std::string> described() {
  std::set<std::string> out;
  for (const auto& column : wrapped_columns()) {
    out.insert(column.name);
  }
  return out;
}

TEST(WrappedKeys, EveryTableThatHoldsKeysIsDescribed) {
  ASSERT_TRUE(crypto::initialise());
  const store::TemporaryFolder folder;
  store::SystemClock clock;
  crypto::SystemRng rng;
  auto data = open_data_folder(folder.path() / "data", IfAbsent::create, clock, rng).value();
  const auto undescribed = [&] {
    std::vector<std::string> out;
    std::ranges::set_difference(tables_with_keys(*data.database), described(),
                                std::back_inserter(out));
    return out;
  };
  EXPECT_GE(tables_with_keys(*data.database).size(), 2U);
  EXPECT_EQ(undescribed(), std::vector<std::string>());
  // Planted: a table that nobody described.
  ASSERT_TRUE(data.database->write([](store::Transaction& tx) -> Status {
    tx.run("CREATE TABLE planted(wrapped_key BLOB)");
    return {};
  }));
  EXPECT_EQ(undescribed(), std::vector<std::string>{"planted"});
}

TEST(WrappedKeys, KeysOfCasesAndTipsMoveToAnotherKeyAndOpen) {
  ASSERT_TRUE(crypto::initialise());
  const store::TemporaryFolder folder;
  store::SystemClock clock;
  crypto::SystemRng rng;
  auto data = open_data_folder(folder.path() / "data", IfAbsent::create, clock, rng).value();
  const AccountId ada{rng.array<16>()};
  const ReportId report{rng.array<16>()};
  const auto place =
      Writer().fixed(as_bytes("lightkeeper case key v1")).fixed(report.value).u32(0).take();
  const SecretBytes key(Bytes(32, 5));
  const auto wrapped = data.wrapping->wrap(place, key).value();
  ASSERT_TRUE(data.database->write([&](store::Transaction& tx) -> Status {
    tx.run("INSERT INTO account(id, name, role, created_ms) VALUES(?, 'ada', 'person', 0)", ada);
    tx.run(
        "INSERT INTO report(id, number, reporter, client_id, request_mac, alleged, reason, "
        "received_ms, messages, verified, state, wrapped_key) VALUES(?, 1, ?, 'c', x'', ?, "
        "'other', "
        "0, 0, 0, 'open', ?)",
        report, ada, ada, wrapped);
    return {};
  }));
  tips::Tips tips(*data.database, clock, rng, *data.wrapping, audit_sink(data));
  ASSERT_TRUE(tips.keep(ada, report, as_bytes("facts")));

  std::vector<std::unique_ptr<evidence_keys::WrappingKey>> others;
  others.push_back(evidence_keys::file_key(data.evidence_key, rng));
  evidence_keys::EvidenceKeys both(evidence_keys::file_key(SecretBytes(Bytes(32, 9)), rng),
                                   std::move(others));
  const auto done = evidence_keys::rewrap(*data.database, both, wrapped_columns(), audit_sink(data),
                                          [](std::uint64_t, std::uint64_t) {});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->keys, 2U);
  EXPECT_EQ(done->anew, 2U);
  EXPECT_EQ(done->closed, 0U);

  evidence_keys::EvidenceKeys alone(evidence_keys::file_key(SecretBytes(Bytes(32, 9)), rng), {});
  tips::Tips after(*data.database, clock, rng, alone, audit_sink(data));
  EXPECT_EQ(as_text(after.newest(report).value().bytes), "facts");
  const auto kept = data.database->read([&](store::Transaction& tx) -> Result<Bytes> {
    return tx.row("SELECT wrapped_key FROM report WHERE id = ?", report)->blob(0);
  });
  EXPECT_EQ(alone.unwrap(place, *kept).value(), key);
  EXPECT_FALSE(tips.newest(report)) << "the old key opens nothing any more";
  EXPECT_EQ(data.audit_log->entries(0, 100)->back().what.action, "evidence.rewrap");
}

}  // namespace
}  // namespace lightkeeper::service
