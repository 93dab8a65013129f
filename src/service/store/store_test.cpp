#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "core/crypto/crypto.hpp"
#include "service/store/database.hpp"
#include "service/store/files.hpp"
#include "service/store/temporary_folder.hpp"

namespace lightkeeper::store {
namespace {

constexpr UnixMillis kNow{1'800'000'000'000};
constexpr std::array kSteps{
    Migration{1, "CREATE TABLE thing(name TEXT PRIMARY KEY, size INTEGER) STRICT;"},
    Migration{2, "ALTER TABLE thing ADD COLUMN colour TEXT;"}};

TEST(Database, KeepsWhatWasCommittedAndForgetsWhatFailed) {
  const TemporaryFolder folder;
  {
    auto database = Database::open(folder.path() / "a.db", kSteps, kNow);
    ASSERT_TRUE(database) << database.error().message();
    ASSERT_TRUE((*database)->write([](Transaction& tx) -> Status {
      tx.run("INSERT INTO thing(name, size) VALUES(?, ?)", "lamp", 3);
      return {};
    }));
    const auto refused = (*database)->write([](Transaction& tx) -> Status {
      tx.run("INSERT INTO thing(name, size) VALUES(?, ?)", "rope", 4);
      return fail(ErrorCode::conflict, "test");
    });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  }
  auto database = Database::open(folder.path() / "a.db", kSteps, kNow);
  ASSERT_TRUE(database);
  const auto names = (*database)->read([](Transaction& tx) -> Result<std::vector<Row>> {
    return tx.rows("SELECT name, size, colour FROM thing");
  });
  ASSERT_TRUE(names);
  ASSERT_EQ(names->size(), 1U);
  EXPECT_EQ(names->front().text(0), "lamp");
  EXPECT_EQ(names->front().integer(1), 3);
  EXPECT_TRUE(names->front().null(2));
}

TEST(Database, TurnsAFailingStatementIntoAnErrorAndUndoesTheRest) {
  const TemporaryFolder folder;
  auto database = Database::open(folder.path() / "a.db", kSteps, kNow);
  ASSERT_TRUE(database);
  const auto twice = (*database)->write([](Transaction& tx) -> Status {
    tx.run("INSERT INTO thing(name) VALUES(?)", "secret words of somebody");
    tx.run("INSERT INTO thing(name) VALUES(?)", "secret words of somebody");
    return {};
  });
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, ErrorCode::storage_failed);
  EXPECT_EQ(twice.error().message().find("secret words"), std::string::npos);
  const auto count = (*database)->read([](Transaction& tx) -> Result<std::int64_t> {
    return tx.row("SELECT count(*) FROM thing")->integer(0);
  });
  EXPECT_EQ(count.value(), 0);
}

TEST(Database, RoundTripsEveryKindOfValueEvenEmptyOnes) {
  const TemporaryFolder folder;
  const std::array steps{Migration{1, "CREATE TABLE v(t TEXT, b BLOB, n INTEGER) STRICT;"}};
  auto database = Database::open(folder.path() / "a.db", steps, kNow);
  ASSERT_TRUE(database);
  const Bytes none;
  const auto row = (*database)->write([&](Transaction& tx) -> Result<Row> {
    tx.run("INSERT INTO v VALUES(?, ?, ?)", "", BytesView(none), std::optional<std::int64_t>());
    return *tx.row("SELECT t, b, n FROM v");
  });
  ASSERT_TRUE(row);
  EXPECT_EQ(row->text(0), "");
  EXPECT_TRUE(row->blob(1).empty());
  EXPECT_TRUE(row->null(2));
  EXPECT_THROW((void)row->integer(0), StoreFailure);
  EXPECT_THROW((void)row->text(9), StoreFailure);
}

TEST(Database, IsDurableByItsSettings) {
  const TemporaryFolder folder;
  auto database = Database::open(folder.path() / "a.db", kSteps, kNow);
  ASSERT_TRUE(database);
  const auto settings = (*database)->read([](Transaction& tx) -> Result<std::string> {
    return tx.row("PRAGMA journal_mode")->text(0) + " " +
           std::to_string(tx.row("PRAGMA synchronous")->integer(0)) + " " +
           std::to_string(tx.row("PRAGMA foreign_keys")->integer(0)) + " " +
           std::to_string(tx.row("PRAGMA secure_delete")->integer(0));
  });
  EXPECT_EQ(settings.value(), "wal 2 1 1");
  struct stat facts{};
  ASSERT_EQ(::stat((folder.path() / "a.db").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat((folder.path() / "a.db-wal").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
}

TEST(Migrations, ADatabaseOfANewerProgramIsRefused) {
  const TemporaryFolder folder;
  ASSERT_TRUE(Database::open(folder.path() / "a.db", kSteps, kNow));
  const auto older = Database::open(folder.path() / "a.db", std::span(kSteps).first(1), kNow);
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().code, ErrorCode::unsupported_version);
}

TEST(Migrations, AnEditedStepIsRefused) {
  const TemporaryFolder folder;
  ASSERT_TRUE(Database::open(folder.path() / "a.db", kSteps, kNow));
  auto edited = kSteps;
  edited[0].sql = "CREATE TABLE thing(name TEXT PRIMARY KEY, size INTEGER, extra TEXT) STRICT;";
  const auto opened = Database::open(folder.path() / "a.db", edited, kNow);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::storage_failed);
  EXPECT_NE(opened.error().detail.find("migration 1"), std::string::npos);
}

TEST(Migrations, AnOlderDatabaseIsBroughtForwardAndAHalfStepLeavesNothing) {
  const TemporaryFolder folder;
  ASSERT_TRUE(Database::open(folder.path() / "a.db", std::span(kSteps).first(1), kNow));
  std::array broken = kSteps;
  broken[1].sql = "CREATE TABLE half(a TEXT) STRICT; THIS IS NOT SQL;";
  EXPECT_FALSE(Database::open(folder.path() / "a.db", broken, kNow));
  auto database = Database::open(folder.path() / "a.db", kSteps, kNow);
  ASSERT_TRUE(database);
  const auto tables = (*database)->read([](Transaction& tx) -> Result<std::int64_t> {
    return tx.row("SELECT count(*) FROM sqlite_schema WHERE name = 'half'")->integer(0);
  });
  EXPECT_EQ(tables.value(), 0);
}

TEST(Migrations, OfTheServiceAreNumberedWithoutGaps) {
  const TemporaryFolder folder;
  int expected = 0;
  for (const auto& step : service_migrations()) {
    EXPECT_EQ(step.number, ++expected);
  }
  const auto opened = Database::open(folder.path() / "a.db", service_migrations(), kNow);
  EXPECT_TRUE(opened) << opened.error().message();
}

TEST(Database, FindsFaultsThatWerePlanted) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "a.db";
  const std::array steps{Migration{
      1,
      "CREATE TABLE parent(id INTEGER PRIMARY KEY) STRICT;"
      "CREATE TABLE child(id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent(id)) STRICT;"}};
  {
    auto database = Database::open(file, steps, kNow);
    ASSERT_TRUE(database);
    EXPECT_TRUE((*database)->faults()->empty());
  }
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &raw), SQLITE_OK);
  sqlite3_exec(raw, "PRAGMA foreign_keys=OFF; INSERT INTO child VALUES(1, 77);", nullptr, nullptr,
               nullptr);
  sqlite3_close(raw);
  auto database = Database::open(file, steps, kNow);
  ASSERT_TRUE(database);
  EXPECT_EQ((*database)->faults()->size(), 1U);
}

TEST(Database, CopiesItselfWhileInUse) {
  const TemporaryFolder folder;
  auto database = Database::open(folder.path() / "a.db", kSteps, kNow);
  ASSERT_TRUE(database);
  ASSERT_TRUE((*database)->write([](Transaction& tx) -> Status {
    tx.run("INSERT INTO thing(name) VALUES('lamp')");
    return {};
  }));
  ASSERT_TRUE((*database)->copy_to(folder.path() / "b.db"));
  EXPECT_EQ((*database)->copy_to(folder.path() / "b.db").error().code, ErrorCode::already_exists);
  auto copy = Database::open(folder.path() / "b.db", kSteps, kNow);
  ASSERT_TRUE(copy);
  EXPECT_TRUE((*copy)->faults()->empty());
  EXPECT_EQ((*copy)
                ->read([](Transaction& tx) -> Result<std::int64_t> {
                  return tx.row("SELECT count(*) FROM thing")->integer(0);
                })
                .value(),
            1);
}

TEST(Database, TransactionsOfManyThreadsDoNotMix) {
  const TemporaryFolder folder;
  auto opened = Database::open(folder.path() / "a.db", kSteps, kNow);
  ASSERT_TRUE(opened);
  auto& database = **opened;
  ASSERT_TRUE(database.write([](Transaction& tx) -> Status {
    tx.run("INSERT INTO thing(name, size) VALUES('counter', 0)");
    return {};
  }));
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < 25; ++j) {
          const auto done = database.write([](Transaction& tx) -> Status {
            const auto size = tx.row("SELECT size FROM thing WHERE name = 'counter'")->integer(0);
            tx.run("UPDATE thing SET size = ? WHERE name = 'counter'", size + 1);
            return {};
          });
          EXPECT_TRUE(done);
        }
      });
    }
  }
  EXPECT_EQ(database
                .read([](Transaction& tx) -> Result<std::int64_t> {
                  return tx.row("SELECT size FROM thing")->integer(0);
                })
                .value(),
            100);
}

TEST(KeyFile, IsMadeOnceAndReadBack) {
  const TemporaryFolder folder;
  crypto::SystemRng rng;
  const auto first = secret_key_file(folder.path() / "k", "lightkeeper-test-v1", rng);
  const auto second = secret_key_file(folder.path() / "k", "lightkeeper-test-v1", rng);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second);
  struct stat facts{};
  ASSERT_EQ(::stat((folder.path() / "k").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
}

TEST(KeyFile, ThatOthersMayReadIsRefused) {
  const TemporaryFolder folder;
  crypto::SystemRng rng;
  ASSERT_TRUE(secret_key_file(folder.path() / "k", "lightkeeper-test-v1", rng));
  ASSERT_EQ(::chmod((folder.path() / "k").c_str(), 0640), 0);
  EXPECT_EQ(secret_key_file(folder.path() / "k", "lightkeeper-test-v1", rng).error().code,
            ErrorCode::bad_configuration);
}

TEST(KeyFile, OfAnotherKindOrDamagedIsRefused) {
  const TemporaryFolder folder;
  crypto::SystemRng rng;
  ASSERT_TRUE(secret_key_file(folder.path() / "k", "lightkeeper-test-v1", rng));
  EXPECT_FALSE(secret_key_file(folder.path() / "k", "lightkeeper-other-v1", rng));
  for (const std::string_view text : {"", "lightkeeper-test-v1", "lightkeeper-test-v1 \n",
                                      "lightkeeper-test-v1 AAAA\n", "lightkeeper-test-v1 !!!!\n"}) {
    ASSERT_TRUE(write_durably(folder.path() / "d", as_bytes(text)));
    EXPECT_FALSE(secret_key_file(folder.path() / "d", "lightkeeper-test-v1", rng)) << text;
  }
}

TEST(Files, AreWholeOrAbsentAndBounded) {
  const TemporaryFolder folder;
  const Bytes data(200'000, 7);
  ASSERT_TRUE(write_durably(folder.path() / "f", data));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "f.part"));
  EXPECT_EQ(read_file(folder.path() / "f", 200'000).value(), data);
  EXPECT_EQ(read_file(folder.path() / "f", 199'999).error().code, ErrorCode::too_large);
  EXPECT_EQ(read_file(folder.path() / "none", 10).error().code, ErrorCode::not_found);
}

TEST(FolderLock, LetsOneServiceIn) {
  const TemporaryFolder folder;
  {
    const auto first = FolderLock::take(folder.path());
    ASSERT_TRUE(first);
    EXPECT_EQ(FolderLock::take(folder.path()).error().code, ErrorCode::conflict);
  }
  EXPECT_TRUE(FolderLock::take(folder.path()));
}

}  // namespace
}  // namespace lightkeeper::store
