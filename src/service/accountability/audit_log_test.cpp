#include "service/accountability/audit_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "service/accountability/export_file.hpp"
#include "service/store/files.hpp"
#include "service/store/temporary_folder.hpp"

namespace lightkeeper::accountability {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t kStart = 1'790'000'000'000;

/// Somebody with the database file and without scruples: no trigger stands in the way.
void tamper(const std::filesystem::path& file, const std::string& sql) {
  sqlite3* connection = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &connection), SQLITE_OK);
  sqlite3_busy_timeout(connection, 5000);
  const std::string all =
      "DROP TRIGGER audit_entry_is_never_edited; DROP TRIGGER audit_entry_is_never_deleted;"
      "DROP TRIGGER audit_node_is_never_edited; DROP TRIGGER audit_node_is_never_deleted;"
      "DROP TRIGGER audit_checkpoint_is_never_edited; DROP TRIGGER "
      "audit_checkpoint_is_never_deleted;" +
      sql;
  char* words = nullptr;
  EXPECT_EQ(sqlite3_exec(connection, all.c_str(), nullptr, nullptr, &words), SQLITE_OK) << words;
  sqlite3_free(words);
  sqlite3_close(connection);
}

class AuditLogTest : public testing::Test {
 protected:
  AuditLogTest() {
    EXPECT_TRUE(crypto::initialise());
    database_ = store::Database::open(file_, store::service_migrations(), clock_.now()).value();
    log_ = std::make_unique<AuditLog>(*database_, clock_, signer(1), 10'000);
  }
  static log::NoteSigner signer(Byte fill) { return log_signer(Bytes(32, fill)).value(); }
  static store::AuditEntry deed(int i) {
    return {"case.decide", AccountId{{static_cast<Byte>(i)}}, "case:" + std::to_string(i),
            "warn, entry " + std::to_string(i)};
  }
  /// Entries 1 to `count`, three seconds apart: a checkpoint at 1, 5, 9, ...
  void fill(int count) {
    for (int i = 1; i <= count; ++i) {
      clock_.set(UnixMillis{clock_.now().value + 3000});
      ASSERT_TRUE(log_->record(deed(i)));
    }
  }
  Verified verify(const std::vector<Brought>& brought = {}) {
    return verify_log(*database_, log_->key(), brought).value();
  }
  std::vector<std::string> words(const Verified& verified) {
    std::vector<std::string> out;
    for (const auto& finding : verified.findings) {
      out.push_back(std::string(name_of(finding.kind)) + ": " + finding.words);
    }
    return out;
  }
  std::int64_t count(std::string_view sql) {
    return database_
        ->read(
            [&](store::Transaction& tx) -> Result<std::int64_t> { return tx.row(sql)->integer(0); })
        .value();
  }
  /// The tree and the checkpoints as an attacker with the whole program, but not the key, would
  /// make them anew for the entries that stand there.
  void rebuild_tree() {
    ASSERT_TRUE(database_->write([&](store::Transaction& tx) -> Status {
      tx.run("DELETE FROM audit_node");
      log::Frontier frontier;
      for (const auto& row :
           tx.rows("SELECT number, at_ms, action, actor, subject, detail FROM audit_entry ORDER BY "
                   "number")) {
        const LoggedEntry entry{row.number(0),
                                UnixMillis{row.number(1)},
                                {row.text(2), row.id<AccountId>(3), row.text(4), row.text(5)}};
        for (const auto& node : frontier.append(log::leaf_hash(encode(entry)))) {
          tx.run("INSERT INTO audit_node(level, position, hash) VALUES(?, ?, ?)", node.at.level,
                 node.at.index, BytesView(node.hash));
        }
      }
      return {};
    }));
  }

  store::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "service.db";
  SetClock clock_{UnixMillis{kStart}};
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<AuditLog> log_;
};

TEST_F(AuditLogTest, WhatWasDoneIsReadBackInOrder) {
  fill(5);
  ASSERT_TRUE(log_->record({"session.start", std::nullopt, "", ""}));
  const auto all = log_->entries(0, 100).value();
  ASSERT_EQ(all.size(), 6U);
  EXPECT_EQ(all[0].number, 1U);
  EXPECT_EQ(all[0].at.value, kStart + 3000);
  EXPECT_EQ(all[2].what.action, "case.decide");
  EXPECT_EQ(all[2].what.actor, AccountId{{3}});
  EXPECT_EQ(all[2].what.subject, "case:3");
  EXPECT_EQ(all[2].what.detail, "warn, entry 3");
  EXPECT_FALSE(all[5].what.actor);
  const auto page = log_->entries(2, 2).value();
  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(page[0].number, 3U);
  EXPECT_THAT(words(verify()), IsEmpty());
  EXPECT_EQ(verify().entries, 6U);
}

TEST_F(AuditLogTest, ADeedThatIsUndoneTakesItsEntryWithIt) {
  fill(2);
  const auto undone = database_->write([&](store::Transaction& tx) -> Status {
    LK_CHECK_OK(log_->sink()(tx, deed(3)));
    return fail(ErrorCode::conflict, "test");
  });
  EXPECT_FALSE(undone);
  EXPECT_EQ(log_->entries(0, 10)->size(), 2U);
  fill(2);
  EXPECT_THAT(words(verify()), IsEmpty());
}

TEST_F(AuditLogTest, AnEntryThatCannotBeWrittenUndoesTheDeed) {
  for (const auto& bad : {store::AuditEntry{"", std::nullopt, "", ""},
                          {"Case.decide", std::nullopt, "", ""},
                          {"case..decide", std::nullopt, "", ""},
                          {".case", std::nullopt, "", ""},
                          {"case.", std::nullopt, "", ""},
                          {"case decide", std::nullopt, "", ""},
                          {"case.decide", std::nullopt, "two\nlines", ""},
                          {"case.decide", std::nullopt, "", "\xff"},
                          {"case.decide", std::nullopt, std::string(kMaxSubject + 1, 'a'), ""},
                          {"case.decide", std::nullopt, "", std::string(kMaxDetail + 1, 'a')}}) {
    const auto refused = database_->write([&](store::Transaction& tx) -> Status {
      tx.run("INSERT INTO account(id, name, role, created_ms) VALUES(?, 'ada', 'person', 0)",
             AccountId{ByteArray<16>{1}});
      return log_->append(tx, bad);
    });
    EXPECT_EQ(refused.error().code, ErrorCode::bad_argument);
  }
  EXPECT_EQ(count("SELECT count(*) FROM account WHERE name = 'ada'"), 0);
  EXPECT_EQ(count("SELECT count(*) FROM audit_entry"), 0);
}

TEST_F(AuditLogTest, OurOwnProgramCannotEditOrDelete) {
  fill(3);
  for (const std::string_view sql :
       {"UPDATE audit_entry SET detail = 'x' WHERE number = 2", "DELETE FROM audit_entry",
        "UPDATE audit_node SET hash = zeroblob(32)", "DELETE FROM audit_node",
        "UPDATE audit_checkpoint SET note = ''", "DELETE FROM audit_checkpoint"}) {
    const auto refused = database_->write([&](store::Transaction& tx) -> Status {
      tx.run(sql);
      return {};
    });
    EXPECT_EQ(refused.error().code, ErrorCode::storage_failed) << sql;
  }
}

TEST_F(AuditLogTest, CheckpointsAreSignedAtMostEachInterval) {
  fill(9);
  EXPECT_EQ(count("SELECT count(*) FROM audit_checkpoint"), 3) << "at 1, 5 and 9";
  EXPECT_EQ(count("SELECT max(size) FROM audit_checkpoint"), 9);
  fill(1);
  const auto note = log_->checkpoint().value();
  const auto head = log::open_checkpoint(note, log_->key()).value();
  EXPECT_EQ(head.size, 10U);
  EXPECT_EQ(head.root, verify().root);
  EXPECT_EQ(log_->checkpoint().value(), note) << "nothing new, nothing signed";
}

TEST_F(AuditLogTest, TheEmptyLogHasACheckpoint) {
  const auto head = log::open_checkpoint(log_->checkpoint().value(), log_->key()).value();
  EXPECT_EQ(head.size, 0U);
  EXPECT_EQ(head.root, log::empty_root());
  EXPECT_THAT(words(verify()), IsEmpty());
  fill(1);
  EXPECT_THAT(words(verify()), IsEmpty());
}

TEST_F(AuditLogTest, EachEntryHasAProofThatStandsByItself) {
  fill(13);
  for (std::uint64_t number = 1; number <= 13; ++number) {
    const auto proof = log::PortableProof::from_text(log_->inclusion(number)->text()).value();
    const auto entry = log_->entries(number - 1, 1)->front();
    EXPECT_TRUE(proof.verify(encode(entry), log_->key()));
    auto other = entry;
    other.what.detail += "!";
    EXPECT_EQ(proof.verify(encode(other), log_->key()).error().code, ErrorCode::proof_invalid);
  }
  EXPECT_EQ(log_->inclusion(0).error().code, ErrorCode::not_found);
  EXPECT_EQ(log_->inclusion(14).error().code, ErrorCode::not_found);
}

TEST_F(AuditLogTest, TheLogGrowsFromEachOlderCheckpoint) {
  std::vector<log::Checkpoint> older;
  for (int i = 0; i < 12; ++i) {
    older.push_back(log::open_checkpoint(log_->checkpoint().value(), log_->key()).value());
    fill(1);
  }
  for (const auto& old : older) {
    const auto growth = log_->consistency(old.size).value();
    const auto now = log::open_checkpoint(growth.checkpoint, log_->key()).value();
    EXPECT_TRUE(log::verify_consistency(old.size, old.root, now.size, now.root, growth.proof));
  }
  EXPECT_EQ(log_->consistency(13).error().code, ErrorCode::bad_argument);
}

// --- Planted tampering: each is found and named --------------------------------------------------

TEST_F(AuditLogTest, AChangedEntryIsFound) {
  fill(20);
  tamper(file_, "UPDATE audit_entry SET detail = 'no_action' WHERE number = 7");
  const auto found = verify();
  EXPECT_THAT(words(found),
              ElementsAre("checkpoint_unmet: something in entries 6 to 9 is not what the "
                          "checkpoint of 9 entries signs",
                          "entry_changed: entry 7 is not the one that was logged"));
  EXPECT_EQ(found.findings[1].entry, 7U);
}

TEST_F(AuditLogTest, EachFieldOfAnEntryIsCovered) {
  for (const std::string_view change :
       {"at_ms = at_ms + 1", "action = 'case.read'", "actor = zeroblob(16)", "actor = NULL",
        "subject = 'case:other'", "detail = ''"}) {
    store::TemporaryFolder folder;
    const auto file = folder.path() / "service.db";
    auto database = store::Database::open(file, store::service_migrations(), clock_.now()).value();
    AuditLog log(*database, clock_, signer(1), 0);
    ASSERT_TRUE(log.record(deed(5)));
    tamper(file, "UPDATE audit_entry SET " + std::string(change));
    EXPECT_EQ(verify_log(*database, log.key(), {})->findings.size(), 2U) << change;
  }
}

TEST_F(AuditLogTest, AChangedEntryIsFoundAlsoWhenTheTreeWasMadeToFit) {
  fill(20);
  tamper(file_, "UPDATE audit_entry SET detail = 'no_action' WHERE number = 7");
  rebuild_tree();
  EXPECT_THAT(words(verify()),
              ElementsAre("checkpoint_unmet: something in entries 6 to 9 is not what the "
                          "checkpoint of 9 entries signs"));
}

TEST_F(AuditLogTest, ARemovedEntryIsFound) {
  fill(20);
  tamper(file_, "DELETE FROM audit_entry WHERE number = 7");
  EXPECT_THAT(words(verify()), testing::Contains("entry_missing: entry 7 is missing"));
}

TEST_F(AuditLogTest, ARemovedEntryIsFoundAlsoWhenTheRestWasNumberedAnew) {
  fill(20);
  tamper(file_,
         "DELETE FROM audit_entry WHERE number = 7;"
         "UPDATE audit_entry SET number = -number WHERE number > 7;"
         "UPDATE audit_entry SET number = -number - 1 WHERE number < 0");
  rebuild_tree();
  const auto found = words(verify());
  EXPECT_THAT(found, testing::Contains(HasSubstr("checkpoint_unmet: something in entries 6 to 9")));
}

TEST_F(AuditLogTest, ARemovedTailIsFound) {
  fill(20);  // checkpoints at 1, 5, 9, 13, 17
  tamper(file_, "DELETE FROM audit_entry WHERE number > 15");
  const auto found = words(verify());
  EXPECT_THAT(found, testing::Contains("tail_removed: entries 16 to 17 were removed from the end: "
                                       "the checkpoint of 17 entries signs 17 entries"));
  EXPECT_THAT(found, testing::Contains(HasSubstr("tree_changed")));
}

TEST_F(AuditLogTest, ARemovedTailIsFoundByTheCheckpointOutsideTheDatabase) {
  fill(20);
  const auto kept = folder_.path() / "checkpoint";
  ASSERT_TRUE(log_->publish(kept));
  tamper(file_,
         "DELETE FROM audit_entry WHERE number > 13; DELETE FROM audit_checkpoint WHERE size > 13");
  rebuild_tree();
  EXPECT_THAT(words(verify()), IsEmpty()) << "the database alone cannot know";
  const auto note = std::string(as_text(store::read_file(kept, log::kMaxNote).value()));
  EXPECT_THAT(words(verify({{"the kept checkpoint", note}})),
              ElementsAre("tail_removed: entries 14 to 20 were removed from the end: the kept "
                          "checkpoint signs 20 entries"));
  // The running service does not cover it up.
  fill(10);
  EXPECT_EQ(log_->publish(kept).error().code, ErrorCode::log_tampered);
  EXPECT_EQ(as_text(store::read_file(kept, log::kMaxNote).value()), note);
}

TEST_F(AuditLogTest, ReorderedEntriesAreFound) {
  fill(20);
  tamper(file_,
         "UPDATE audit_entry SET number = -3 WHERE number = 3;"
         "UPDATE audit_entry SET number = 3 WHERE number = 12;"
         "UPDATE audit_entry SET number = 12 WHERE number = -3");
  EXPECT_THAT(words(verify()),
              ElementsAre(HasSubstr("checkpoint_unmet: something in entries 2 to 5"),
                          "entries_swapped: entries 3 and 12 stand in each other's place"));
}

TEST_F(AuditLogTest, AnEntryWrittenPastTheLogIsFound) {
  fill(6);
  tamper(file_, "INSERT INTO audit_entry VALUES(7, 0, 'case.decide', NULL, 'case:9', '')");
  EXPECT_THAT(
      words(verify()),
      ElementsAre("entry_added: entry 7 was added past the log: its tree does not know it"));
}

TEST_F(AuditLogTest, AForgedCheckpointIsFound) {
  fill(6);
  AuditLog forger(*database_, clock_, signer(2), 0);
  ASSERT_TRUE(forger.record(deed(7)));
  EXPECT_THAT(words(verify()),
              ElementsAre("checkpoint_forged: a checkpoint is not signed by the log's key"));
}

TEST_F(AuditLogTest, AChangedCheckpointIsFound) {
  fill(6);
  tamper(file_,
         "UPDATE audit_checkpoint SET note = replace(note, char(10) || '5' || char(10), "
         "char(10) || '6' || char(10)) WHERE size = 5");
  EXPECT_THAT(words(verify()),
              ElementsAre("checkpoint_forged: a checkpoint does not fit its signature"));
}

TEST_F(AuditLogTest, ChangedNodesOfTheTreeAreFound) {
  fill(8);
  tamper(file_, "UPDATE audit_node SET hash = zeroblob(32) WHERE level = 2 AND position = 1");
  EXPECT_THAT(words(verify()),
              ElementsAre("tree_changed: the kept tree is not that of the entries up to 8"));
}

TEST_F(AuditLogTest, WithTheKeyStolenAnOlderCheckpointStillTells) {
  fill(10);
  const auto older = log_->checkpoint().value();
  // The whole log is written anew, signed with the right key.
  tamper(file_,
         "UPDATE audit_entry SET detail = 'no_action' WHERE number = 7;"
         "DELETE FROM audit_checkpoint");
  rebuild_tree();
  fill(5);
  EXPECT_THAT(words(verify()), IsEmpty()) << "nothing in this folder can tell";
  EXPECT_THAT(words(verify({{"the older checkpoint", older}})),
              ElementsAre(HasSubstr("is not what the older checkpoint signs")));
}

TEST_F(AuditLogTest, AnEmptiedLogIsFound) {
  fill(4);
  tamper(file_, "DELETE FROM audit_checkpoint");
  EXPECT_THAT(words(verify()),
              ElementsAre("checkpoint_forged: there are entries and no checkpoint"));
}

// --- Export --------------------------------------------------------------------------------------

TEST_F(AuditLogTest, AnExportedLogVerifiesByItself) {
  fill(30);
  const auto file = log_->export_file().value();
  const auto exported = parse_export(file).value();
  EXPECT_EQ(exported.key, log_->key());
  EXPECT_EQ(exported.entries.size(), 30U);
  const auto verified = verify_export(exported, log_->key(), {});
  EXPECT_THAT(words(verified), IsEmpty());
  EXPECT_EQ(verified.root, verify().root);
  EXPECT_THAT(words(verify_export(exported, signer(2).verifier(), {})).front(),
              HasSubstr("not signed by the log's key"));
}

TEST_F(AuditLogTest, EachChangeOfAnExportedLogIsFound) {
  fill(30);
  const auto older = log_->checkpoint().value();
  const auto good = parse_export(log_->export_file().value()).value();
  const auto findings = [&](const ExportedLog& changed) {
    return words(verify_export(changed, log_->key(), {}));
  };
  auto changed = good;
  changed.entries[6].what.detail = "no_action";
  EXPECT_THAT(findings(changed).front(), HasSubstr("something in entries 6 to 9"));
  changed = good;
  changed.entries.resize(25);
  EXPECT_THAT(findings(changed), testing::Contains(HasSubstr("tail_removed")));
  changed = good;
  changed.entries.erase(changed.entries.begin() + 6);
  EXPECT_THAT(findings(changed), testing::Contains("entry_missing: entry 7 is missing"));
  changed = good;
  std::swap(changed.entries[3], changed.entries[4]);
  EXPECT_THAT(findings(changed), testing::Contains(HasSubstr("does not stand in the order")));
  changed = good;
  changed.entries.push_back({31, UnixMillis{0}, deed(31)});
  EXPECT_THAT(findings(changed), ElementsAre(HasSubstr("entry_added")));
  changed = good;
  changed.checkpoint.back() = '\n';
  changed.checkpoint[changed.checkpoint.size() - 5] ^= 1;
  EXPECT_THAT(findings(changed), testing::Contains(HasSubstr("checkpoint_forged")));

  // A file that a forger with a key of his own made whole is caught by the pinned key, and one that
  // was made with the stolen key by the older checkpoint.
  store::TemporaryFolder folder;
  auto database =
      store::Database::open(folder.path() / "service.db", store::service_migrations(), clock_.now())
          .value();
  AuditLog forged(*database, clock_, signer(1), 0);
  for (int i = 1; i <= 30; ++i) {
    ASSERT_TRUE(forged.record(deed(i)));  // the same deeds at other times
  }
  const auto whole = parse_export(forged.export_file().value()).value();
  EXPECT_THAT(findings(whole), IsEmpty());
  EXPECT_FALSE(
      verify_export(whole, log_->key(), {{"the older checkpoint", older}}).findings.empty());
}

TEST_F(AuditLogTest, HostileExportFilesAreRefused) {
  fill(3);
  const auto file = log_->export_file().value();
  for (std::size_t size = 0; size < file.size(); ++size) {
    EXPECT_FALSE(parse_export(BytesView(file).first(size))) << size;
  }
  auto longer = file;
  longer.push_back(0);
  EXPECT_EQ(parse_export(longer).error().code, ErrorCode::trailing_data);
  for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
    auto changed = file;
    changed[bit / 8] ^= static_cast<Byte>(1U << (bit % 8));
    const auto parsed = parse_export(changed);
    EXPECT_FALSE(parsed && parsed->key == log_->key() &&
                 verify_export(*parsed, log_->key(), {}).findings.empty())
        << bit;
  }
  Writer many;
  many.text("lightkeeper audit log v1").text(log_->key().text()).text("x").u32(~0U);
  EXPECT_EQ(parse_export(many.view()).error().code, ErrorCode::too_large);
  Writer endless;
  endless.text("lightkeeper audit log v1").text(log_->key().text()).text("x").u32(0).u64(~0ULL);
  EXPECT_EQ(parse_export(endless.view()).error().code, ErrorCode::truncated);
}

}  // namespace
}  // namespace lightkeeper::accountability
