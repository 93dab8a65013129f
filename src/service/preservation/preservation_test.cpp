#include "service/preservation/preservation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "service/preservation/certificate.hpp"
#include "service/store/files.hpp"
#include "service/store/temporary_folder.hpp"

namespace lightkeeper::preservation {
namespace {

constexpr std::uint64_t kDay = 86'400'000;
constexpr std::uint64_t kStart = 1'800'000'000'000;

/// A service in small: accounts, reports with evidence, and approvals that the test decides.
class PreservationTest : public testing::Test {
 protected:
  PreservationTest() {
    legal_ = account("legal", "reviewer");
    other_ = account("other", "reviewer");
    pat_ = account("pat", "person");
    ada_ = account("ada", "person");
    ben_ = account("ben", "person");
    preservation_ = made(ByteArray<32>{7});
  }
  std::unique_ptr<Preservation> made(const ByteArray<32>& seed) {
    return *Preservation::make(
        *database_, clock_,
        [this](store::Transaction&, const store::AuditEntry& entry) -> Status {
          if (audit_fails_) {
            return fail(ErrorCode::storage_failed, "test");
          }
          audit_.push_back(entry);
          return {};
        },
        [this](store::Transaction&, std::string_view kind, std::string_view subject,
               const AccountId& by) -> Result<std::uint64_t> {
          asked_.push_back({asked_.size() + 1, std::string(kind), std::string(subject), by, {}});
          return asked_.size();
        },
        [](const AccountId&, const ReportId&, std::uint32_t item) -> Result<Bytes> {
          return Bytes{static_cast<Byte>(item)};
        },
        "Lightkeeper", SecretBytes::copy_of(seed));
  }
  AccountId account(std::string_view name, std::string_view role) {
    const AccountId id{rng_.array<16>()};
    write([&](store::Transaction& tx) {
      tx.run("INSERT INTO account(id, name, role, created_ms) VALUES(?, ?, ?, 0)", id, name, role);
    });
    return id;
  }
  /// With two rows of evidence, a decision and an attachment of the account it is about.
  ReportId report(const AccountId& alleged) {
    const ReportId id{rng_.array<16>()};
    const auto number = ++reports_;
    write([&](store::Transaction& tx) {
      tx.run(
          "INSERT INTO report(id, number, reporter, client_id, request_mac, alleged, reason, "
          "received_ms, messages, verified, state, wrapped_key, case_id) "
          "VALUES(?, ?, ?, ?, x'00', ?, 'other', 0, 0, 0, 'open', x'010203', ?)",
          id, number, pat_, "c" + std::to_string(number), alleged, id);
      tx.run(
          "INSERT INTO review_case(id, number, received_ms, due_ms, state, harm, alleged, reports, "
          "reporters, messages, verified, not_verified, provider_records, vouchers, "
          "confirmed_vouchers, minor_side, indicators, current, earlier_measures, duplicate, "
          "flood, "
          "score, band, scored_ms, rescore_ms, quarantined, sampled, needs_second, escalated) "
          "VALUES(?, ?, 0, 0, 'open', 'other', ?, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "
          "0, 0, 0, 0, 0, 0)",
          id, number, alleged);
      tx.run("INSERT INTO evidence(report, item, sealed) VALUES(?, 0, x'0a0b')", id);
      tx.run("INSERT INTO evidence(report, item, sealed) VALUES(?, 1, x'0c')", id);
    });
    return id;
  }
  /// What other rooms make of the evidence of a case: facts, a report that was sent, a dry run, a
  /// viewing event and keyed digests.
  void copies(const ReportId& id) {
    write([&](store::Transaction& tx) {
      const auto tag = rng_.array<16>();
      tx.run(
          "INSERT INTO tip_facts(report, version, author, kept_ms, wrapped_key, sealed) VALUES(?, "
          "1, ?, 0, x'0405', x'facade')",
          id, legal_);
      tx.run(
          "INSERT INTO submission(tag, case_id, outlet, environment, dry_run, state, state_ms, "
          "wrapped_key, queued_by, queued_ms, next_ms, report_id, receipt, done_ms) VALUES(?, ?, "
          "'ncmec', 'demo', 0, 'done', 0, x'0607', ?, 0, 0, '77', '<done/>', 5)",
          tag, id, legal_);
      const auto number = tx.last_row_id();
      tx.run(
          "INSERT INTO submission_document(submission, part, sealed) VALUES(?, 'case_file', "
          "x'0809')",
          number);
      tx.run(
          "INSERT INTO submission_file(submission, position, item, sha256, size, media_type, "
          "file_id, md5_matches, details) VALUES(?, 0, 1, ?, 7, 'image/png', 'f-1', 1, 1)",
          number, ByteArray<32>{9});
      tx.run(
          "INSERT INTO submission_attempt(submission, attempt, report_id, began_ms, fate) "
          "VALUES(?, 1, '77', 0, 'finished')",
          number);
      tx.run(
          "INSERT INTO submission_step(submission, attempt, at_ms, step, result, request_id) "
          "VALUES(?, 1, 0, 'finish', 'ok', 'r-1')",
          number);
      tx.run(
          "INSERT INTO review_media(report, item, digest, frames, every_frame) VALUES(?, 1, ?, 1, "
          "1)",
          id, ByteArray<32>{8});
      tx.run(
          "INSERT INTO review_viewed(report, item, reviewer, sealed, at_ms) VALUES(?, 1, ?, "
          "x'0d0e', 0)",
          id, legal_);
      tx.run(
          "INSERT INTO evidence_file(case_id, item, report, size, sha256_mac, sha1_mac, md5_mac) "
          "VALUES(?, 1, ?, 7, x'01', x'02', x'03')",
          id, id);
      tx.run("INSERT INTO case_message(case_id, mac, class) VALUES(?, x'04', 'verified')", id);
      tx.run("INSERT INTO case_conversation(alleged, mac, case_id) VALUES(?, x'05', ?)", ada_, id);
    });
  }
  void decide(const ReportId& id) {
    write([&](store::Transaction& tx) {
      tx.run(
          "INSERT INTO decision(report, reviewer, decision, sealed_reason, decided_ms, chain) "
          "VALUES(?, ?, 'warn', x'00', ?, x'00')",
          id, legal_, clock_.now());
      tx.run("UPDATE review_case SET state = 'decided', decided_ms = ? WHERE id = ?", clock_.now(),
             id);
    });
  }
  /// And an address that the account came from.
  void attachment(const AccountId& owner) {
    write([&](store::Transaction& tx) {
      tx.run(
          "INSERT INTO capture(account, event, address, port, at_ms, user_agent) "
          "VALUES(?, 'Login', '192.0.2.1', 0, 0, 'other')",
          owner);
      tx.run(
          "INSERT OR IGNORE INTO conversation(id, kind, epoch, created_ms) "
          "VALUES(zeroblob(16), 'direct', 0, 0)");
      tx.run(
          "INSERT INTO attachment(id, conversation, owner, size, created_ms) "
          "VALUES(?, zeroblob(16), ?, 1, 0)",
          rng_.array<16>(), owner);
    });
  }
  template <class Work>
  void write(Work work) {
    const auto done = database_->write([&](store::Transaction& tx) -> Status {
      work(tx);
      return {};
    });
    ASSERT_TRUE(done.has_value()) << done.error().message();
  }
  template <class... Args>
  bool refused(std::string_view sql, const Args&... args) {
    return !database_
                ->write([&](store::Transaction& tx) -> Status {
                  tx.run(sql, args...);
                  return {};
                })
                .has_value();
  }
  std::int64_t count(std::string_view sql) {
    return database_
        ->read(
            [&](store::Transaction& tx) -> Result<std::int64_t> { return tx.row(sql)->integer(0); })
        .value();
  }
  /// As the room approvals does: in one transaction with the approval.
  Status approve(std::uint64_t approval, const AccountId& by) {
    auto approved = asked_.at(approval - 1);
    approved.approved_by = by;
    return database_->write(
        [&](store::Transaction& tx) -> Status { return preservation_->carry_out(tx, approved); });
  }
  Hold placed(const ReportId& id, Basis basis) {
    return preservation_->place(legal_, id, basis, std::nullopt, "reference 7").value();
  }
  void pass(std::uint64_t days) { clock_.set(UnixMillis{clock_.now().value + days * kDay}); }
  std::size_t audited(std::string_view action) const {
    return static_cast<std::size_t>(std::count_if(
        audit_.begin(), audit_.end(), [&](const auto& e) { return e.action == action; }));
  }

  store::TemporaryFolder folder_;
  SetClock clock_{UnixMillis{kStart}};
  crypto::SeededRng rng_{6};
  std::unique_ptr<store::Database> database_ =
      store::Database::open(folder_.path() / "service.db", store::service_migrations(), {}).value();
  AccountId legal_, other_, pat_, ada_, ben_;
  int reports_ = 0;
  std::vector<store::AuditEntry> audit_;
  std::vector<Approved> asked_;
  bool audit_fails_ = false;
  std::unique_ptr<Preservation> preservation_;
};

TEST_F(PreservationTest, EachBasisHasItsClockAndItsExtension) {
  struct Expected {
    Basis basis;
    std::uint64_t days, more;
  };
  for (const auto& [basis, days, more] : {Expected{Basis::report_2258a, 365, 0},
                                          {Basis::letter_2703f, 90, 90},
                                          {Basis::epoc_pr, 60, 30},
                                          {Basis::uk_osa, 365, 0},
                                          {Basis::internal, 90, 90}}) {
    const auto hold = placed(report(ada_), basis);
    EXPECT_EQ(hold.until.value, kStart + days * kDay) << name_of(basis);
    EXPECT_EQ(hold.items, 2U);
    EXPECT_EQ(hold.state, HoldState::live);
    EXPECT_EQ(basis_from_name(name_of(basis)), basis);
    const auto extended = preservation_->extend(legal_, hold.number, "a second letter");
    if (more == 0) {
      EXPECT_EQ(extended.error().code, ErrorCode::conflict);
      continue;
    }
    ASSERT_TRUE(extended.has_value());
    EXPECT_EQ(extended->until.value, kStart + (days + more) * kDay);
    if (basis != Basis::internal) {
      EXPECT_EQ(preservation_->extend(legal_, hold.number, "again").error().code,
                ErrorCode::conflict)
          << "once";
    }
  }
  EXPECT_EQ(reference_days_of(Basis::uk_osa), 5U * 365U);
  EXPECT_EQ(audited("hold.place"), 5U);
  EXPECT_EQ(audited("hold.extend"), 3U);
  EXPECT_FALSE(basis_from_name("other").has_value());
}

TEST_F(PreservationTest, PlacingChecksItsArguments) {
  const auto id = report(ada_);
  EXPECT_EQ(preservation_->place(legal_, ReportId{}, Basis::internal, {}, "r").error().code,
            ErrorCode::not_found);
  EXPECT_EQ(preservation_->place(legal_, id, Basis::report_2258a, 3, "r").error().code,
            ErrorCode::bad_argument)
      << "the law sets the period";
  EXPECT_EQ(preservation_->place(legal_, id, Basis::internal, 0, "r").error().code,
            ErrorCode::bad_argument);
  EXPECT_EQ(preservation_->place(legal_, id, Basis::internal, 3654, "r").error().code,
            ErrorCode::bad_argument);
  EXPECT_EQ(
      preservation_->place(legal_, id, Basis::internal, {}, std::string(257, 'x')).error().code,
      ErrorCode::bad_argument);
  EXPECT_EQ(preservation_->place(legal_, id, Basis::internal, 10, "r")->until.value,
            kStart + 10 * kDay);
  EXPECT_EQ(preservation_->extend(legal_, 99, "r").error().code, ErrorCode::not_found);
}

TEST_F(PreservationTest, TheHoldBeforeAReportIsPlacedOnceAndLastsAYear) {
  const auto id = report(ada_);
  const auto first = preservation_->hold_for_report(id).value();
  EXPECT_FALSE(first.placed_by.has_value());
  const auto at_once = preservation_->hold_for_report(id).value();
  EXPECT_EQ(at_once.number, first.number);
  EXPECT_EQ(at_once.until, first.until);
  EXPECT_EQ(count("SELECT count(*) FROM hold_deed"), 1) << "the next try leaves no deed";
  pass(300);
  const auto again = preservation_->hold_for_report(id).value();
  EXPECT_EQ(first.number, again.number);
  EXPECT_EQ(again.until.value, clock_.now().value + 365 * kDay) << "a year for the new report";
  EXPECT_EQ(preservation_->holds(id)->size(), 1U);
  EXPECT_EQ(audit_.back().action, "hold.extend");
  pass(364);
  ASSERT_TRUE(preservation_->expire().has_value());
  EXPECT_TRUE(preservation_->held(id).value());
  pass(1);
  ASSERT_TRUE(preservation_->expire().has_value());
  EXPECT_NE(preservation_->hold_for_report(id)->number, first.number) << "a new year";
}

TEST_F(PreservationTest, TheYearCountsFromTheFinishedReport) {
  const auto id = report(ada_);
  const auto sent = [&](const ReportId& report) {
    return database_->write([&](store::Transaction& tx) {
      return preservation_->report_sent(tx, report, clock_.now());
    });
  };
  const auto queued = preservation_->hold_for_report(id).value();
  pass(9);  // the hotline was out of reach
  audit_fails_ = true;
  EXPECT_FALSE(sent(id));
  audit_fails_ = false;
  EXPECT_EQ(preservation_->holds(id)->front().until, queued.until) << "undone with its entry";
  ASSERT_TRUE(sent(id));
  auto now = preservation_->holds(id)->front();
  EXPECT_EQ(now.number, queued.number);
  EXPECT_EQ(now.until.value, clock_.now().value + 365 * kDay);
  pass(364);  // a year since it was queued, not since it was sent
  ASSERT_TRUE(preservation_->expire().has_value());
  EXPECT_TRUE(preservation_->held(id).value());
  // A hold that lasts longer stays as it is.
  ASSERT_TRUE(database_->write([&](store::Transaction& tx) {
    return preservation_->report_sent(tx, id, UnixMillis{clock_.now().value - 370 * kDay});
  }));
  EXPECT_EQ(preservation_->holds(id)->front().until, now.until);
  // None is left when it is finished: a new one.
  pass(30);
  ASSERT_TRUE(preservation_->expire().has_value());
  ASSERT_FALSE(preservation_->held(id).value());
  ASSERT_TRUE(sent(id));
  EXPECT_TRUE(preservation_->held(id).value());
  EXPECT_EQ(preservation_->holds(id)->front().until.value, clock_.now().value + 365 * kDay);
  // And nothing is left to hold of what two people destroyed.
  const auto gone = report(ben_);
  const auto approval = preservation_->ask_destruction(legal_, gone, "r").value();
  ASSERT_TRUE(approve(approval, other_).has_value());
  EXPECT_TRUE(sent(gone));
  EXPECT_FALSE(preservation_->held(gone).value());
}

// ---- the interlock

/// Every way to remove or change something that is tried here; those that worked.
std::vector<std::string> ways_through(store::Database& database, const ReportId& id,
                                      const AccountId& owner) {
  const std::vector<std::pair<std::string, std::string>> ways{
      {"delete evidence", "DELETE FROM evidence WHERE report = ?1"},
      {"change evidence", "UPDATE evidence SET sealed = x'00' WHERE report = ?1"},
      {"replace evidence",
       "INSERT OR REPLACE INTO evidence(report, item, sealed) VALUES(?1, 1, x'00')"},
      {"delete report", "DELETE FROM report WHERE id = ?1"},
      {"empty key", "UPDATE report SET wrapped_key = x'' WHERE id = ?1"},
      {"change alleged", "UPDATE report SET alleged = reporter WHERE id = ?1"},
      {"change received", "UPDATE report SET received_ms = 5 WHERE id = ?1"},
      {"replace report", "INSERT OR REPLACE INTO report SELECT * FROM report WHERE id = ?1"},
      {"delete decision", "DELETE FROM decision WHERE report = ?1"},
      {"change decision", "UPDATE decision SET decision = 'no_action' WHERE report = ?1"},
      {"replace decision",
       "INSERT OR REPLACE INTO decision SELECT * FROM decision WHERE report = ?1"},
      {"certificate without an end of the hold",
       "INSERT INTO destruction(case_id, reason, items, destroyed_ms, certificate, signature) "
       "VALUES(?1, '', 0, 0, '', zeroblob(64))"},
      {"delete facts", "DELETE FROM tip_facts WHERE report = ?1"},
      {"change facts", "UPDATE tip_facts SET sealed = x'00' WHERE report = ?1"},
      {"replace facts",
       "INSERT OR REPLACE INTO tip_facts SELECT * FROM tip_facts WHERE report = ?1"},
      {"empty key of facts", "UPDATE tip_facts SET wrapped_key = x'' WHERE report = ?1"},
      {"delete case file",
       "DELETE FROM submission_document WHERE submission IN (SELECT number FROM submission WHERE "
       "case_id = ?1)"},
      {"replace case file",
       "INSERT OR REPLACE INTO submission_document SELECT * FROM submission_document WHERE "
       "submission IN (SELECT number FROM submission WHERE case_id = ?1)"},
      {"forget file of submission",
       "UPDATE submission_file SET sha256 = zeroblob(32) WHERE submission IN (SELECT number FROM "
       "submission WHERE case_id = ?1)"},
      {"empty key of submission", "UPDATE submission SET wrapped_key = x'' WHERE case_id = ?1"},
      {"delete viewing event", "DELETE FROM review_viewed WHERE report = ?1"},
      {"replace viewing event",
       "INSERT OR REPLACE INTO review_viewed SELECT * FROM review_viewed WHERE report = ?1"},
      {"delete hold", "DELETE FROM hold WHERE case_id = ?1"},
      {"shorten hold", "UPDATE hold SET until_ms = 1 WHERE case_id = ?1"},
      {"release hold alone", "UPDATE hold SET state = 'released' WHERE case_id = ?1"},
      {"move hold", "UPDATE hold SET case_id = zeroblob(16) WHERE case_id = ?1"},
  };
  const std::vector<std::pair<std::string, std::string>> of_owner{
      {"delete attachment", "DELETE FROM attachment WHERE owner = ?1"},
      {"change attachment", "UPDATE attachment SET size = 9 WHERE owner = ?1"},
      {"replace attachment",
       "INSERT OR REPLACE INTO attachment SELECT * FROM attachment WHERE owner = ?1"},
      {"delete address", "DELETE FROM capture WHERE account = ?1"},
      {"change address", "UPDATE capture SET address = '192.0.2.2' WHERE account = ?1"},
      {"replace address",
       "INSERT OR REPLACE INTO capture SELECT * FROM capture WHERE account = ?1"},
  };
  std::vector<std::string> out;
  const auto attempt = [&](const std::string& name, const std::string& sql, const auto& who) {
    std::uint64_t changed = 0;
    // Undone in any case: only whether the database would have let it happen counts.
    const auto done = database.write([&](store::Transaction& tx) -> Status {
      changed = tx.run(sql, who);
      return fail(ErrorCode::conflict, "test");
    });
    if (!done && done.error().code == ErrorCode::conflict && changed > 0) {
      out.push_back(name);
    }
  };
  for (const auto& [name, sql] : ways) {
    attempt(name, sql, id);
  }
  for (const auto& [name, sql] : of_owner) {
    attempt(name, sql, owner);
  }
  return out;
}

TEST_F(PreservationTest, NothingOfAHeldCaseOrAccountCanBeRemovedOrChanged) {
  const auto id = report(ada_);
  copies(id);
  decide(id);
  attachment(ada_);
  attachment(ben_);
  const auto hold = placed(id, Basis::letter_2703f);
  EXPECT_EQ(ways_through(*database_, id, ada_), std::vector<std::string>{});
  const auto another = report(ada_);
  EXPECT_TRUE(refused("DELETE FROM evidence WHERE report = ?", another)) << "the account is held";
  EXPECT_TRUE(refused("DELETE FROM report WHERE id = ?", another));
  EXPECT_FALSE(refused("DELETE FROM attachment WHERE owner = ?", ben_)) << "others are not";
  EXPECT_FALSE(refused("DELETE FROM capture WHERE account = ?", ben_));
  EXPECT_FALSE(refused("UPDATE report SET wrapped_key = x'0908070605' WHERE id = ?", id))
      << "a new wrapping of the same key";
  EXPECT_FALSE(refused("UPDATE report SET state = 'open' WHERE id = ?", id)) << "work goes on";
  const auto second = placed(id, Basis::epoc_pr);
  pass(61);
  ASSERT_TRUE(preservation_->expire().has_value());
  EXPECT_EQ(preservation_->holds(id)->front().state, HoldState::expired);
  EXPECT_EQ(ways_through(*database_, id, ada_), std::vector<std::string>{})
      << "the longer hold still lives";
  pass(30);
  ASSERT_TRUE(preservation_->expire().has_value());
  EXPECT_FALSE(preservation_->held(id).value());
  EXPECT_FALSE(refused("DELETE FROM attachment WHERE owner = ?", ada_));
  EXPECT_FALSE(refused("DELETE FROM capture WHERE account = ?", ada_));
  EXPECT_TRUE(refused("UPDATE hold SET state = 'live' WHERE number = ?", hold.number));
  EXPECT_TRUE(refused("UPDATE hold SET until_ms = until_ms + 1 WHERE number = ?", second.number));
}

TEST_F(PreservationTest, AHoldCoversTheReportsThatJoinItsCase) {
  const auto first = report(ada_);
  const auto later = report(ada_);
  write([&](store::Transaction& tx) {
    tx.run("UPDATE report SET case_id = ?, wrapped_key = x'010203' WHERE id = ?", first, later);
  });
  const auto hold = placed(first, Basis::internal);
  EXPECT_EQ(hold.items, 4U);
  EXPECT_TRUE(refused("DELETE FROM evidence WHERE report = ?", later));
  EXPECT_TRUE(refused("UPDATE report SET case_id = id WHERE id = ?", later))
      << "it cannot be moved out";
  EXPECT_EQ(preservation_->place(legal_, later, Basis::internal, {}, "r").error().code,
            ErrorCode::not_found)
      << "a report is not a case";
  const auto release = preservation_->ask_release(legal_, hold.number, "r").value();
  ASSERT_TRUE(approve(release, other_).has_value());
  const auto destruction = preservation_->ask_destruction(legal_, first, "r").value();
  ASSERT_TRUE(approve(destruction, other_).has_value());
  EXPECT_EQ(preservation_->certificates()->front().items, 4U);
  EXPECT_EQ(count("SELECT count(*) FROM evidence"), 0);
  EXPECT_EQ(count("SELECT sum(length(wrapped_key)) FROM report"), 0);
}

TEST_F(PreservationTest, TheSameCheckSeesEachTriggerThatIsMissing) {
  const auto id = report(ada_);
  copies(id);
  decide(id);
  attachment(ada_);
  placed(id, Basis::internal);
  // As the schema stands a few deeds have two locks; both are taken away then.
  const std::vector<std::pair<std::string, std::vector<std::string>>> planted{
      {"delete evidence", {"evidence_of_holds_stays", "evidence_goes_with_a_certificate"}},
      {"change evidence", {"evidence_stays_as_it_is"}},
      {"replace evidence", {"evidence_is_written_once"}},
      {"empty key", {"report_keeps_its_key"}},
      {"change alleged", {"report_of_holds_keeps_its_facts"}},
      {"delete decision", {"decision_is_never_deleted"}},
      {"change decision", {"decision_is_never_edited"}},
      {"replace decision", {"decision_is_not_replaced"}},
      {"certificate without an end of the hold", {"destruction_waits_for_holds"}},
      {"delete facts", {"tip_facts_go_with_a_certificate"}},
      {"change facts", {"tip_facts_are_never_edited"}},
      {"replace facts", {"tip_facts_are_written_once"}},
      {"empty key of facts", {"tip_facts_keep_their_key"}},
      {"delete case file", {"submission_document_goes_with_a_certificate"}},
      {"replace case file", {"submission_document_is_written_once"}},
      {"forget file of submission", {"submission_file_keeps_its_facts"}},
      {"empty key of submission", {"submission_keeps_its_key"}},
      {"delete viewing event", {"review_viewed_goes_with_a_certificate"}},
      {"replace viewing event", {"review_viewed_is_written_once"}},
      {"delete hold", {"hold_is_never_deleted"}},
      {"shorten hold", {"hold_only_goes_on"}},
      {"release hold alone", {"hold_is_released_by_two"}},
      {"delete attachment", {"attachment_of_holds_stays"}},
      {"change attachment", {"attachment_of_holds_keeps_its_facts"}},
      {"replace attachment", {"attachment_of_holds_is_not_replaced"}},
      {"delete address", {"capture_of_holds_stays"}},
      {"change address", {"capture_of_holds_keeps_its_facts"}},
      {"replace address", {"capture_of_holds_is_not_replaced"}},
  };
  for (const auto& [way, triggers] : planted) {
    std::vector<std::string> removed;
    for (const auto& trigger : triggers) {
      const auto sql = database_->read([&](store::Transaction& tx) -> Result<std::string> {
        return tx.row("SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ?", trigger)
            ->text(0);
      });
      removed.push_back(*sql);
      write([&](store::Transaction& tx) { tx.run("DROP TRIGGER " + trigger); });
    }
    // Holds have deeds that refer to them; without their rows the deletion itself can be tried.
    const auto found = ways_through(*database_, id, ada_);
    if (way != "delete hold") {
      EXPECT_TRUE(std::find(found.begin(), found.end(), way) != found.end()) << way;
    }
    for (const auto& sql : removed) {
      write([&](store::Transaction& tx) { tx.run(sql); });
    }
  }
  EXPECT_EQ(ways_through(*database_, id, ada_), std::vector<std::string>{});
}

// ---- two people

TEST_F(PreservationTest, AHoldIsReleasedByTwoPeopleOnly) {
  const auto id = report(ada_);
  const auto hold = placed(id, Basis::internal);
  EXPECT_EQ(preservation_->ask_release(legal_, hold.number, "").error().code,
            ErrorCode::bad_argument);
  EXPECT_EQ(preservation_->ask_release(legal_, 99, "r").error().code, ErrorCode::not_found);
  const auto approval = preservation_->ask_release(legal_, hold.number, "a court said so").value();
  EXPECT_EQ(asked_.back().kind, "hold.release");
  EXPECT_EQ(asked_.back().subject_json,
            R"({"hold":1,"case":")" + id.hex() + R"(","basis":"internal"})");
  EXPECT_TRUE(preservation_->held(id).value()) << "asking changes nothing";
  EXPECT_EQ(approve(approval, legal_).error().code, ErrorCode::not_allowed) << "another person";
  auto forged = asked_.back();
  forged.approved_by = other_;
  forged.subject_json = R"({"hold":2})";
  EXPECT_FALSE(database_->write(
      [&](store::Transaction& tx) -> Status { return preservation_->carry_out(tx, forged); }));
  EXPECT_TRUE(preservation_->held(id).value());
  audit_fails_ = true;
  EXPECT_FALSE(approve(approval, other_).has_value());
  EXPECT_TRUE(preservation_->held(id).value()) << "no deed without its audit entry";
  audit_fails_ = false;
  ASSERT_TRUE(approve(approval, other_).has_value());
  EXPECT_FALSE(preservation_->held(id).value());
  EXPECT_EQ(preservation_->holds({})->front().state, HoldState::released);
  EXPECT_EQ(audit_.back().action, "hold.release");
  EXPECT_EQ(approve(approval, other_).error().code, ErrorCode::conflict) << "once";
  EXPECT_EQ(preservation_->ask_release(legal_, hold.number, "r").error().code, ErrorCode::conflict);
  EXPECT_TRUE(preservation_->faults()->empty());
}

TEST_F(PreservationTest, DestructionNeedsTwoPeopleNoHoldAndLeavesACertificate) {
  const auto id = report(ada_);
  const auto hold = placed(id, Basis::internal);
  EXPECT_EQ(preservation_->ask_destruction(legal_, id, "r").error().code, ErrorCode::held);
  const auto release = preservation_->ask_release(legal_, hold.number, "r").value();
  ASSERT_TRUE(approve(release, other_).has_value());
  const auto destruction = preservation_->ask_destruction(legal_, id, "its time is over").value();
  // A hold that comes between the question and the answer wins.
  const auto late = placed(id, Basis::epoc_pr);
  EXPECT_EQ(approve(destruction, other_).error().code, ErrorCode::held);
  EXPECT_EQ(count("SELECT count(*) FROM evidence"), 2);
  const auto release_late = preservation_->ask_release(other_, late.number, "r").value();
  ASSERT_TRUE(approve(release_late, legal_).has_value());
  EXPECT_EQ(approve(destruction, legal_).error().code, ErrorCode::not_allowed);
  ASSERT_TRUE(approve(destruction, other_).has_value());
  EXPECT_EQ(count("SELECT count(*) FROM evidence"), 0);
  EXPECT_EQ(count("SELECT length(wrapped_key) FROM report"), 0);
  const auto certificates = preservation_->certificates().value();
  ASSERT_EQ(certificates.size(), 1U);
  const auto& one = certificates.front();
  EXPECT_EQ(one.items, 2U);
  EXPECT_TRUE(crypto::verify(preservation_->public_key(), as_bytes(one.text), one.signature));
  EXPECT_TRUE(one.text.starts_with("lightkeeper destruction certificate v1\n"));
  for (const auto& part :
       {"case " + id.hex(), "ordered by account " + legal_.hex(),
        "approved by account " + other_.hex(), "destroyed " + utc(clock_.now()),
        "item " + id.hex() + " 0 sealed bytes 2 sha256 " +
            to_hex(crypto::sha256(Bytes{0x0a, 0x0b})),
        "wrapped key " + id.hex() + " sha256 " + to_hex(crypto::sha256(Bytes{1, 2, 3}))}) {
    EXPECT_NE(one.text.find(part + "\n"), std::string::npos) << part;
  }
  EXPECT_EQ(one.text.find("its time is over"), std::string::npos) << "no free text in it";
  EXPECT_EQ(audited("evidence.destroy"), 1U);
  EXPECT_EQ(preservation_->place(legal_, id, Basis::internal, {}, "r").error().code,
            ErrorCode::evidence_destroyed);
  EXPECT_EQ(preservation_->ask_destruction(legal_, id, "r").error().code,
            ErrorCode::evidence_destroyed);
  EXPECT_TRUE(preservation_->faults()->empty());
  EXPECT_TRUE(refused("INSERT INTO evidence(report, item, sealed) VALUES(?, 5, x'00')", id));
  EXPECT_EQ(made(ByteArray<32>{8})->faults()->size(), 1U) << "another key did not sign it";
}

/// What of a case stays after its destruction, with why: docs/adr/0090. Whole tables end in ".*".
/// Numbers are not looked at: they count, date and order.
const std::set<std::string, std::less<>> kStays{
    // Who reported whom when, and the answer to a repeated request (a digest over the sender's
    // secret opening keys, which nobody can try content on).
    "report.id", "report.case_id", "report.reporter", "report.client_id", "report.request_mac",
    "report.evidence_mac", "report.alleged", "report.reason", "report.state", "report.kind",
    "report_replay.*",
    // What was decided, for whom. Reasons, notices and appeals are sealed under the case's key,
    // which goes; their rows are append-only and chained.
    "review_case.*", "decision.*", "notice.*", "appeal.*", "account_restriction.*",
    // What is proved by the destruction and the holds before it.
    "hold.*", "hold_deed.*", "held_read.*", "preservation_request.*", "destruction.*",
    // Who looked at which item when, and how hard it was: not what it was.
    "review_view.*", "review_severity.*",
    // The journal's proof that one report was made, and what became of it.
    "submission.tag", "submission.case_id", "submission.outlet", "submission.environment",
    "submission.state", "submission.resumes", "submission.retract_then", "submission.pending",
    "submission.queued_by", "submission.report_id", "submission.lease_owner", "submission.problem",
    "submission.receipt", "submission_attempt.*", "submission_step.*", "submission_file.file_id"};

/// Walks the schema: each column of text or bytes of each table that belongs to a case, and whether
/// it holds anything of this one. Also tables of sealed bytes that belong to nothing known.
std::map<std::string, bool> content_of(store::Database& database, const ReportId& id) {
  return database
      .read([&](store::Transaction& tx) -> Result<std::map<std::string, bool>> {
        const std::string reports = "(SELECT report FROM case_of_report WHERE case_id = ?1)";
        const std::string submissions = "(SELECT number FROM submission WHERE case_id = ?1)";
        std::map<std::string, bool> out;
        for (const auto& table :
             tx.rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")) {
          const auto name = table.text(0);
          std::map<std::string, std::string> columns;
          for (const auto& column : tx.rows("SELECT name, type FROM pragma_table_info(?)", name)) {
            columns.emplace(column.text(0), column.text(1));
          }
          std::string of_case;
          if (name == "report") {
            of_case = "id IN " + reports;
          } else if (columns.contains("case_id")) {
            of_case = "case_id = ?1";
          } else if (columns.contains("report")) {
            of_case = "report IN " + reports;
          } else if (name == "review_case") {
            of_case = "id = ?1";
          } else if (columns.contains("submission")) {
            of_case = "submission IN " + submissions;
          }
          for (const auto& [column, type] : columns) {
            if (type == "INTEGER") {
              continue;
            }
            const auto full = name + "." + column;
            const bool link = column == "report" || column == "case_id" || column == "submission";
            if (kStays.contains(full) || kStays.contains(name + ".*") ||
                (link && name != "report" && name != "submission")) {
              continue;
            }
            if (of_case.empty()) {
              if (column.contains("sealed") || column.contains("wrapped")) {
                out[full] = name != "case_secret";  // a key of the room, not of a case
              }
              continue;
            }
            const auto empty = " AND length(" + column + ") > 0 AND hex(" + column +
                               ") <> hex(zeroblob(length(" + column + ")))";
            out[full] =
                tx.row("SELECT 1 FROM " + name + " WHERE " + of_case + empty + " LIMIT 1", id)
                    .has_value();
          }
        }
        return out;
      })
      .value();
}

std::vector<std::string> still_there(store::Database& database, const ReportId& id) {
  std::vector<std::string> out;
  for (const auto& [column, there] : content_of(database, id)) {
    if (there) {
      out.push_back(column);
    }
  }
  return out;
}

TEST_F(PreservationTest, DestructionLeavesNoContentInAnyTableOfTheSchema) {
  const auto id = report(ada_);
  const auto other = report(ben_);
  copies(id);
  copies(other);
  const auto later = report(ada_);  // joins the case, with a key and evidence of its own
  write([&](store::Transaction& tx) {
    tx.run("UPDATE report SET case_id = ? WHERE id = ?", id, later);
  });
  for (const auto& [column, there] : content_of(*database_, id)) {
    // What is empty before cannot be seen to go: then this test needs a row there.
    EXPECT_TRUE(there || column == "case_secret.wrapped") << column << " is not filled by the test";
  }
  const auto approval = preservation_->ask_destruction(legal_, id, "r").value();
  ASSERT_TRUE(approve(approval, other_).has_value());
  EXPECT_EQ(still_there(*database_, id), std::vector<std::string>{});
  EXPECT_EQ(preservation_->faults()->size(), 0U);
  EXPECT_FALSE(still_there(*database_, other).empty()) << "another case keeps everything";

  // The proof of what was sent, and the proof of what was removed.
  EXPECT_EQ(count("SELECT count(*) FROM submission WHERE report_id = '77' AND receipt = '<done/>' "
                  "AND state = 'done'"),
            2);
  EXPECT_EQ(count("SELECT count(*) FROM submission_file WHERE file_id = 'f-1'"), 2);
  const auto text = preservation_->certificates()->front().text;
  for (const auto& part :
       {"copy facts version 1 sealed bytes 3 sha256 " +
            to_hex(crypto::sha256(Bytes{0xfa, 0xca, 0xde})),
        "copy submission 1 case_file sealed bytes 2 sha256 " + to_hex(crypto::sha256(Bytes{8, 9})),
        "copy submission 1 key sealed bytes 2 sha256 " + to_hex(crypto::sha256(Bytes{6, 7})),
        "copy viewing event 1 sealed bytes 2 sha256 " + to_hex(crypto::sha256(Bytes{0x0d, 0x0e})),
        std::string("rows files of submissions 1"), std::string("rows digests of files 1")}) {
    EXPECT_NE(text.find(part + "\n"), std::string::npos) << part;
  }
  EXPECT_EQ(text.find(to_hex(ByteArray<32>{9})), std::string::npos) << "never a file's own hash";
  // Nothing comes back.
  EXPECT_TRUE(
      refused("INSERT INTO tip_facts(report, version, author, kept_ms, wrapped_key, sealed) "
              "VALUES(?, 9, ?, 0, x'00', x'00')",
              id, legal_));
  EXPECT_TRUE(
      refused("INSERT INTO submission_document(submission, part, sealed) VALUES(1, 'x', "
              "x'00')"));

  // Planted: a table that destruction forgets is named by the same walk, and so is one that belongs
  // to nothing.
  write([&](store::Transaction& tx) {
    tx.run("CREATE TABLE forgotten(case_id BLOB, sealed BLOB, words TEXT)");
    tx.run("INSERT INTO forgotten VALUES(?, x'01', 'w')", id);
    tx.run("CREATE TABLE adrift(sealed_words BLOB)");
  });
  EXPECT_EQ(
      still_there(*database_, id),
      (std::vector<std::string>{"adrift.sealed_words", "forgotten.sealed", "forgotten.words"}));
  // Planted: faults() sees each place that was not emptied.
  write([&](store::Transaction& tx) {
    tx.run("DROP TRIGGER submission_document_is_written_once");
    tx.run("INSERT INTO submission_document(submission, part, sealed) VALUES(1, 'late', x'00')");
  });
  const auto faults = preservation_->faults().value();
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_NE(faults[0].find("documents of submissions"), std::string::npos) << faults[0];
}

TEST_F(PreservationTest, AReportThatHasNotArrivedKeepsItsEvidence) {
  const auto id = report(ada_);
  copies(id);
  decide(id);
  const auto asked = preservation_->ask_destruction(legal_, id, "r").value();
  write([&](store::Transaction& tx) {
    tx.run("UPDATE submission SET state = 'quarantined', done_ms = NULL WHERE case_id = ?", id);
  });
  EXPECT_EQ(approve(asked, other_).error().code, ErrorCode::conflict) << "decided meanwhile";
  EXPECT_EQ(preservation_->ask_destruction(legal_, id, "r").error().code, ErrorCode::conflict);
  EXPECT_TRUE(
      refused("INSERT INTO destruction(case_id, reason, items, destroyed_ms, certificate, "
              "signature) VALUES(?, '', 0, 0, '', zeroblob(64))",
              id));
  pass(31);
  ASSERT_TRUE(preservation_->forget_decided(30).has_value()) << "it goes on with the others";
  EXPECT_EQ(count("SELECT count(*) FROM evidence"), 2);
  // A person has ended it; a dry run that has not run yet ends with the evidence.
  write([&](store::Transaction& tx) {
    tx.run("UPDATE submission SET set_aside = 1 WHERE case_id = ?", id);
    tx.run(
        "INSERT INTO submission(tag, case_id, outlet, environment, dry_run, state, state_ms, "
        "wrapped_key, queued_by, queued_ms, next_ms) VALUES(?, ?, 'ncmec', 'demo', 1, 'queued', 0, "
        "x'0607', ?, 0, 0)",
        rng_.array<16>(), id, legal_);
  });
  ASSERT_TRUE(approve(asked, other_).has_value());
  EXPECT_EQ(still_there(*database_, id), std::vector<std::string>{});
  EXPECT_EQ(count("SELECT count(*) FROM submission WHERE state = 'queued'"), 0);
}

TEST_F(PreservationTest, WhatWasDestroyedIsNowhereInTheFiles) {
  const auto id = report(ada_);
  const std::string needle = "sealed bytes that can be found again";
  write([&](store::Transaction& tx) {
    tx.run("INSERT INTO evidence(report, item, sealed) VALUES(?, 2, ?)", id,
           BytesView(as_bytes(needle)));
  });
  const auto found = [&] {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      const auto bytes = store::read_file(entry.path(), std::size_t{64} << 20).value();
      if (std::search(bytes.begin(), bytes.end(), needle.begin(), needle.end()) != bytes.end()) {
        return true;
      }
    }
    return false;
  };
  EXPECT_TRUE(found()) << "the check can fail";
  ASSERT_TRUE(preservation_->settle().has_value());
  EXPECT_TRUE(found());
  const auto approval = preservation_->ask_destruction(legal_, id, "r").value();
  ASSERT_TRUE(approve(approval, other_).has_value());
  ASSERT_TRUE(preservation_->settle().has_value());
  EXPECT_FALSE(found());
}

TEST_F(PreservationTest, TheRetentionSettingDestroysOnlyWhatIsDecidedOldAndNotHeld) {
  const auto old = report(ada_);
  const auto held = report(ben_);
  const auto open = report(pat_);
  decide(old);
  decide(held);
  placed(held, Basis::internal);
  pass(31);
  const auto young = report(legal_);
  decide(young);
  ASSERT_TRUE(preservation_->forget_decided(0).has_value());
  EXPECT_TRUE(preservation_->certificates()->empty()) << "0 is never";
  ASSERT_TRUE(preservation_->forget_decided(30).has_value());
  const auto certificates = preservation_->certificates().value();
  ASSERT_EQ(certificates.size(), 1U);
  EXPECT_EQ(certificates[0].report, old);
  EXPECT_NE(certificates[0].text.find("ordered by the retention setting\n"), std::string::npos);
  EXPECT_EQ(count("SELECT count(*) FROM evidence"), 6);
  ASSERT_TRUE(preservation_->forget_decided(30).has_value());
  EXPECT_EQ(preservation_->certificates()->size(), 1U);
  EXPECT_NE(open, young);
}

TEST_F(PreservationTest, HeldEvidenceIsReadWithAReason) {
  const auto id = report(ada_);
  EXPECT_EQ(preservation_->read_held(legal_, id, 1, "r").error().code, ErrorCode::conflict);
  placed(id, Basis::internal);
  EXPECT_EQ(preservation_->read_held(legal_, id, 1, "").error().code, ErrorCode::bad_argument);
  EXPECT_EQ(preservation_->read_held(legal_, id, 1, "a warrant, number 12"), Bytes{1});
  EXPECT_EQ(audit_.back().action, "evidence.read");
  EXPECT_EQ(count("SELECT count(*) FROM held_read WHERE reason = 'a warrant, number 12'"), 1);
  EXPECT_TRUE(refused("DELETE FROM held_read"));
  audit_fails_ = true;
  EXPECT_FALSE(preservation_->read_held(legal_, id, 1, "r").has_value());
}

TEST_F(PreservationTest, NoHoldAndNoRequestWithoutItsAuditEntry) {
  const auto id = report(ada_);
  const auto hold = placed(id, Basis::letter_2703f);
  audit_fails_ = true;
  EXPECT_FALSE(preservation_->hold_for_report(id).has_value());
  EXPECT_FALSE(preservation_->extend(legal_, hold.number, "r").has_value());
  EXPECT_FALSE(preservation_->ask_release(legal_, hold.number, "r").has_value());
  pass(400);
  EXPECT_FALSE(preservation_->expire().has_value());
  const auto all = preservation_->holds({}).value();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].state, HoldState::live);
  EXPECT_EQ(all[0].until, hold.until);
  EXPECT_EQ(count("SELECT count(*) FROM preservation_request"), 0);
}

// ---- any sequence

/// What must hold after every step: evidence that lies under a live hold is all there.
std::string broken_rule(store::Database& database) {
  return database
      .read([](store::Transaction& tx) -> Result<std::string> {
        for (const auto& row : tx.rows(
                 "SELECT report.id, (SELECT count(*) FROM evidence WHERE evidence.report = "
                 "report.id), (SELECT count(*) FROM hold WHERE hold.case_id = report.id AND state "
                 "= "
                 "'live'), length(wrapped_key), (SELECT count(*) FROM destruction WHERE case_id = "
                 "report.id) FROM report")) {
          const bool whole = row.integer(1) == 2 && row.integer(3) == 3;
          const bool gone = row.integer(1) == 0 && row.integer(3) == 0;
          if (row.integer(2) > 0 && !whole) {
            return std::string("held evidence is missing");
          }
          if (!whole && !(gone && row.integer(4) == 1)) {
            return std::string("evidence is missing without a certificate");
          }
        }
        return std::string();
      })
      .value();
}

TEST_F(PreservationTest, NoSequenceOfHoldsClockAndDeletionsLosesHeldEvidence) {
  for (unsigned seed = 0; seed < 6; ++seed) {
    std::mt19937 random(seed);
    const auto die = [&](unsigned sides) { return static_cast<unsigned>(random() % sides); };
    std::vector<ReportId> ids;
    for (int i = 0; i < 3; ++i) {
      ids.push_back(report(
          i == 0 ? ada_ : account("x" + std::to_string(10 * seed) + std::to_string(i), "person")));
    }
    const auto some = [&] { return ids[die(3)]; };
    for (int i = 0; i < 40; ++i) {
      switch (die(9)) {
        case 0:
          (void)preservation_->place(legal_, some(), static_cast<Basis>(die(5)), {}, "r");
          break;
        case 1:
          (void)preservation_->hold_for_report(some());
          break;
        case 2:
          pass(die(120));
          (void)preservation_->expire();
          break;
        case 3:
          (void)preservation_->extend(legal_, 1 + die(20), "r");
          break;
        case 4:
          (void)preservation_->ask_release(legal_, 1 + die(20), "r");
          break;
        case 5:
          (void)preservation_->ask_destruction(die(2) == 0 ? legal_ : other_, some(), "r");
          break;
        case 6:
          if (!asked_.empty()) {
            (void)approve(1 + die(static_cast<unsigned>(asked_.size())),
                          die(2) == 0 ? legal_ : other_);
          }
          break;
        case 7:
          (void)refused("DELETE FROM evidence WHERE report = ?", some());
          break;
        default:
          decide(some());
          (void)preservation_->forget_decided(die(3) * 100);
          break;
      }
      ASSERT_EQ(broken_rule(*database_), "") << "seed " << seed << " step " << i;
    }
  }
  EXPECT_TRUE(preservation_->faults()->empty());
  // Planted: the same rule sees what happens without the interlock.
  const auto id = report(ben_);
  placed(id, Basis::internal);
  write([&](store::Transaction& tx) {
    tx.run("DROP TRIGGER evidence_of_holds_stays");
    tx.run("DROP TRIGGER evidence_goes_with_a_certificate");
    tx.run("DELETE FROM evidence WHERE report = ? AND item = 1", id);
  });
  EXPECT_EQ(broken_rule(*database_), "held evidence is missing");
}

}  // namespace
}  // namespace lightkeeper::preservation
