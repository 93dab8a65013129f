#include <algorithm>

#include "service/cases/chain.hpp"
#include "service/cases/desk_testing.hpp"
#include "service/cases/record.hpp"

namespace lightkeeper::cases {
namespace {

class Decisions : public Desk {};

TEST_F(Decisions, AreAddedAndNeverChanged) {
  const auto id = new_case(ben_, {item(3, kWords)});
  EXPECT_EQ(cases().decide(rita_, id, DecisionKind::warn, "").error().code,
            ErrorCode::bad_argument);
  EXPECT_EQ(cases().decide(rita_, ReportId{}, DecisionKind::warn, "x").error().code,
            ErrorCode::not_found);
  EXPECT_EQ(cases().decide(rita_, id, DecisionKind::warn, "a calm reason").value(), State::decided);
  EXPECT_EQ(cases().decide(rita_, id, DecisionKind::warn, "a calm reason").value(), State::decided);
  ASSERT_TRUE(cases().decide(rita_, id, DecisionKind::no_action, "a second look"));
  const auto view = cases().detail(rita_, id);
  ASSERT_EQ(view->decisions.size(), 2U);
  EXPECT_EQ(view->decisions[1].reason, "a second look");
  EXPECT_EQ(view->decisions[1].policy_version, policy_.version);
  EXPECT_EQ(view->summary.state, State::decided);
  EXPECT_EQ(view->summary.decision, DecisionKind::no_action);
  EXPECT_EQ(cases().list(rita_, {})->total, 0U);
  for (const std::string_view sql :
       {"UPDATE decision SET decision = 'warn'", "DELETE FROM decision",
        "UPDATE evidence SET sealed = x'00'", "UPDATE notice SET account = zeroblob(16)",
        "DELETE FROM review_case"}) {
    EXPECT_FALSE(database_->write([&](store::Transaction& tx) -> Status {
      tx.run(sql);
      return {};
    })) << sql;
  }
  EXPECT_TRUE(cases().faults()->empty());
}

TEST_F(Decisions, WithoutProofARestrictionNeedsAnotherPerson) {
  const auto id = cases().accept(ben_, words_only("it happened yesterday")).value();
  EXPECT_EQ(cases().decide(sven_, id, DecisionKind::restrict_account, "a calm reason").value(),
            State::awaiting_second);
  EXPECT_FALSE(restricted(ada_));
  EXPECT_TRUE(cases().notices_of(ada_)->empty());
  EXPECT_EQ(cases().reports_of(ben_)->front().status, ReportStatus::being_reviewed);
  const auto view = cases().detail(tova_, id);
  EXPECT_EQ(view->second_pending->reviewer, sven_.account);
  EXPECT_EQ(cases().second(sven_, id, true, "my own").error().code,
            ErrorCode::needs_another_person);
  EXPECT_EQ(logged("access.refused"), 1U);
  EXPECT_EQ(cases().decide(tova_, id, DecisionKind::warn, "instead").error().code,
            ErrorCode::conflict);
  EXPECT_EQ(cases().second(tova_, id, false, "not yet clear").value(), State::open);
  EXPECT_FALSE(restricted(ada_));
  ASSERT_TRUE(cases().decide(sven_, id, DecisionKind::restrict_account, "looked again"));
  EXPECT_EQ(cases().second(tova_, id, true, "now it is clear").value(), State::decided);
  EXPECT_TRUE(restricted(ada_));
  EXPECT_EQ(cases().second(tova_, id, true, "once more").error().code, ErrorCode::conflict);
  const auto decisions = cases().detail(rita_, id)->decisions;
  ASSERT_EQ(decisions.size(), 4U);
  EXPECT_EQ(decisions[1].agrees, false);
  EXPECT_EQ(decisions[3].agrees, true);
  EXPECT_EQ(decisions[3].deed, Deed::second);
  EXPECT_TRUE(cases().faults()->empty());
}

TEST_F(Decisions, WithProofOnePersonDecidesAndTheRestrictionEndsWithAnother) {
  const auto id = new_case(ben_, {item(3, kWords)});
  EXPECT_EQ(cases().decide(rita_, id, DecisionKind::restrict_account, "a calm reason").value(),
            State::decided);
  EXPECT_TRUE(restricted(ada_));
  const auto other = new_case(cleo_, {item(3, kWords)});
  ASSERT_TRUE(cases().decide(rita_, other, DecisionKind::restrict_account, "a calm reason"));
  ASSERT_TRUE(cases().decide(rita_, id, DecisionKind::warn, "that is enough"));
  EXPECT_TRUE(restricted(ada_));  // the other case still says so
  ASSERT_TRUE(cases().decide(rita_, other, DecisionKind::no_action, "looked again"));
  EXPECT_FALSE(restricted(ada_));
}

TEST_F(Decisions, WhatIsEscalatedIsForASenior) {
  const auto id = new_case(ben_, {item(3, kWords)});
  EXPECT_EQ(cases().decide(rita_, id, DecisionKind::escalate, "a difficult one").value(),
            State::awaiting_second);
  EXPECT_EQ(cases().decide(rita_, id, DecisionKind::warn, "after all").error().code,
            ErrorCode::not_allowed);
  EXPECT_EQ(cases().second(sven_, id, true, "I take it").value(), State::open);
  EXPECT_EQ(cases().summary(sven_, id)->assigned, sven_.account);
  EXPECT_EQ(cases().decide(sven_, id, DecisionKind::warn, "talked about it").value(),
            State::decided);
  EXPECT_FALSE(cases().summary(sven_, id)->escalated);
}

TEST_F(Decisions, OnePersonAloneDoesNotUndoWhatTwoDecided) {
  const auto id = cases().accept(ben_, words_only("it happened yesterday")).value();
  ASSERT_TRUE(cases().decide(sven_, id, DecisionKind::restrict_account, "a calm reason"));
  ASSERT_TRUE(cases().second(tova_, id, true, "the same"));
  ASSERT_TRUE(restricted(ada_));
  // rita alone changes nothing: her decision waits, and what the two decided holds meanwhile.
  EXPECT_EQ(cases().decide(rita_, id, DecisionKind::no_action, "I see it otherwise").value(),
            State::awaiting_second);
  EXPECT_TRUE(restricted(ada_));
  EXPECT_EQ(cases().second(rita_, id, true, "my own").error().code,
            ErrorCode::needs_another_person);
  EXPECT_EQ(cases().second(tova_, id, false, "it stays").value(), State::open);
  EXPECT_TRUE(restricted(ada_));
  // Nor does the way through the open case.
  EXPECT_EQ(cases().decide(rita_, id, DecisionKind::no_action, "once more").value(),
            State::awaiting_second);
  EXPECT_TRUE(restricted(ada_));
  EXPECT_EQ(cases().second(sven_, id, true, "now I see it too").value(), State::decided);
  EXPECT_FALSE(restricted(ada_));
  EXPECT_EQ(cases().faults().value(), std::vector<std::string>{});
}

TEST_F(Decisions, ASampleDoesNotOpenAWayAroundTheSecondPerson) {
  policy_.sampled_of_10000 = 10'000;
  const auto id = cases().accept(ben_, words_only("it happened yesterday")).value();
  ASSERT_TRUE(cases().decide(sven_, id, DecisionKind::restrict_account, "a calm reason"));
  ASSERT_TRUE(cases().second(tova_, id, true, "the same"));
  ASSERT_EQ(cases().second(rita_, id, false, "I see it otherwise").value(), State::open);
  EXPECT_EQ(cases().decide(rita_, id, DecisionKind::no_action, "as I said").value(),
            State::awaiting_second);
  EXPECT_TRUE(restricted(ada_));
}

TEST_F(Decisions, AfterAnObjectionOthersDecideAndTwoOfThem) {
  const auto id = new_case(ben_, {item(3, kWords)});
  ASSERT_TRUE(cases().decide(sven_, id, DecisionKind::restrict_account, "a calm reason"));
  ASSERT_TRUE(cases().appeal(ada_, cases().notices_of(ada_)->front().id, "my words"));
  ASSERT_TRUE(cases().decide_appeal(tova_, id, false, "that was too much"));
  ASSERT_FALSE(restricted(ada_));
  // Whose decision it was does not bring it back.
  EXPECT_EQ(cases().decide(sven_, id, DecisionKind::restrict_account, "all the same").error().code,
            ErrorCode::needs_another_person);
  EXPECT_EQ(cases().decide(rita_, id, DecisionKind::restrict_account, "something new").value(),
            State::awaiting_second);
  EXPECT_FALSE(restricted(ada_));
  EXPECT_EQ(cases().second(sven_, id, true, "as I said").error().code,
            ErrorCode::needs_another_person);
  EXPECT_EQ(cases().second(tova_, id, true, "now I see it too").value(), State::decided);
  EXPECT_TRUE(restricted(ada_));
  EXPECT_EQ(cases().faults().value(), std::vector<std::string>{});
}

TEST_F(Decisions, ANoticeThatWaitsIsWithdrawnWhenTheDecisionIsAnother) {
  const auto id = new_case(ben_, {item(3, kWords)});
  ASSERT_TRUE(cases().decide(rita_, id, DecisionKind::report, "for the hotline"));
  ASSERT_TRUE(cases().decide(rita_, id, DecisionKind::no_action, "looked again"));
  EXPECT_EQ(logged("notice.withdrawn"), 1U);
  NoticeId waiting;
  (void)database_->read([&](store::Transaction& tx) -> Status {
    waiting = tx.row("SELECT id FROM notice WHERE account = ?", ada_)->id<NoticeId>(0);
    return {};
  });
  clock_.set(UnixMillis{clock_.now().value + policy_.report_notice_delay_millis});
  EXPECT_TRUE(cases().notices_of(ada_)->empty());
  EXPECT_EQ(cases().appeal(ada_, waiting, "my words").error().code, ErrorCode::not_found);
  // What was seen stays: only what still waits can be withdrawn, once, and in no other way changed.
  const auto other = new_case(cleo_, {item(3, kWords)});
  ASSERT_TRUE(cases().decide(rita_, other, DecisionKind::warn, "a calm reason"));
  ASSERT_TRUE(cases().decide(rita_, other, DecisionKind::no_action, "looked again"));
  EXPECT_EQ(cases().notices_of(ada_)->size(), 1U);
  EXPECT_EQ(logged("notice.withdrawn"), 1U);
  for (const std::string_view sql :
       {"UPDATE notice SET withdrawn_ms = visible_ms WHERE withdrawn_ms IS NULL",
        "UPDATE notice SET withdrawn_ms = NULL WHERE withdrawn_ms IS NOT NULL",
        "UPDATE notice SET withdrawn_ms = 1, sealed = x'00'"}) {
    EXPECT_FALSE(database_->write([&](store::Transaction& tx) -> Status {
      tx.run(sql);
      return {};
    })) << sql;
  }
}

TEST_F(Decisions, WhomACaseIsAboutLearnsNothingFromTheirOwnGuardsVoucher) {
  VerifiedVoucher voucher;
  voucher.side = VerifiedVoucher::Side::sender;
  voucher.confirmed = true;
  voucher.about = ada_;
  const auto id = cases().accept_voucher(ada_, "v1", Bytes(40, 1), voucher).value();
  // Nor from a report about themselves that joins somebody else's case.
  auto about_oneself = report({said_by(ada_, 3, {})});
  ASSERT_TRUE(cases().accept(ben_, report({item(3, kWords)})));
  ASSERT_TRUE(cases().accept(ada_, about_oneself));
  ASSERT_TRUE(cases().decide(rita_, id, DecisionKind::report, "for the hotline"));
  EXPECT_TRUE(cases().notices_of(ada_)->empty());  // it waits
  EXPECT_TRUE(cases().reports_of(ada_)->empty());
  // Whoever else handed one in is told as ever.
  auto received = voucher;
  received.side = VerifiedVoucher::Side::recipient;
  const auto other = cases().accept_voucher(ben_, "v2", Bytes(40, 2), received).value();
  ASSERT_TRUE(cases().decide(rita_, other, DecisionKind::warn, "a calm reason"));
  EXPECT_EQ(std::ranges::count_if(cases().reports_of(ben_).value(),
                                  [](const auto& own) { return own.outcome.has_value(); }),
            1);
}

TEST_F(Decisions, ASampleIsLookedAtAgainAndAgreementIsKept) {
  policy_.sampled_of_10000 = 10'000;
  const auto id = new_case(ben_, {item(3, kWords)});
  ASSERT_TRUE(cases().decide(sven_, id, DecisionKind::warn, "a calm reason"));
  CaseQuery sampled;
  sampled.view = QueueView::sampled;
  EXPECT_EQ(cases().list(tova_, sampled)->total, 1U);
  EXPECT_EQ(cases().second(sven_, id, true, "my own").error().code,
            ErrorCode::needs_another_person);
  EXPECT_EQ(cases().second(tova_, id, true, "the same").value(), State::decided);
  EXPECT_EQ(cases().list(tova_, sampled)->total, 0U);
  EXPECT_EQ(cases().detail(tova_, id)->decisions.back().deed, Deed::quality);
  const auto other = new_case(ben_, {item(3, kWords)});
  ASSERT_TRUE(cases().decide(sven_, other, DecisionKind::warn, "a calm reason"));
  EXPECT_EQ(cases().second(tova_, other, false, "I see it otherwise").value(), State::open);
  EXPECT_TRUE(cases().faults()->empty());
}

TEST_F(Decisions, ManyWithTheSameFileAndOnlyThose) {
  const Bytes picture(700, 1);
  std::vector<ReportId> ids;
  for (int i = 0; i < 3; ++i) {
    ids.push_back(new_case(ben_, {item(3, "", {store_picture(picture)})}));
  }
  const auto other = new_case(cleo_, {item(3, kWords)});
  ids.push_back(other);
  ids.push_back(ids[0]);
  ids.push_back(ReportId{});
  const auto done = cases().decide_in_bulk(rita_, ids, crypto::sha256(picture), DecisionKind::warn,
                                           "the same picture each time");
  ASSERT_TRUE(done);
  EXPECT_EQ(done->decided, 3U);
  ASSERT_EQ(done->skipped.size(), 2U);
  EXPECT_EQ(done->skipped[0].id, other);
  EXPECT_FALSE(done->skipped[0].why.empty());
  EXPECT_EQ(cases().summary(rita_, other)->state, State::open);
  EXPECT_EQ(logged("case.decide"), 3U);
  EXPECT_EQ(
      cases()
          .decide_in_bulk(rita_, std::vector<ReportId>(kMaxBulk + 1), {}, DecisionKind::warn, "x")
          .error()
          .code,
      ErrorCode::too_large);
}

TEST_F(Decisions, AMatchOnOnesOwnDeviceIsNoReportOfThatPerson) {
  VerifiedVoucher voucher;
  voucher.side = VerifiedVoucher::Side::sender;
  voucher.confirmed = true;
  voucher.proves = "what it proves";
  voucher.provenance = "certified_known";
  voucher.about = ada_;
  const auto stopped = cases().accept_voucher(ada_, "stopped", Bytes(40, 1), voucher);
  ASSERT_TRUE(stopped);
  EXPECT_TRUE(cases().reports_of(ada_)->empty());
  voucher.side = VerifiedVoucher::Side::recipient;
  ASSERT_TRUE(cases().accept_voucher(ben_, "received", Bytes(40, 2), voucher));
  EXPECT_EQ(cases().reports_of(ben_)->size(), 1U);
  // What is decided, the person is told as anybody else whom a decision concerns.
  ASSERT_TRUE(cases().decide(rita_, *stopped, DecisionKind::warn, "a reason for staff"));
  const auto told = cases().notices_of(ada_).value();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].kind, NoticeKind::statement_of_reasons);
}

TEST_F(Decisions, PeopleAreToldInGeneralWordsAndNeverWhoReported) {
  const auto id = cases().accept(ben_, report({item(3, kWords)})).value();
  EXPECT_EQ(cases().reports_of(ben_)->front().status, ReportStatus::received);
  ASSERT_TRUE(cases().decide(rita_, id, DecisionKind::restrict_account, "a reason for staff"));
  const auto told = cases().notices_of(ada_).value();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].kind, NoticeKind::statement_of_reasons);
  EXPECT_TRUE(told[0].appealable);
  std::string text = told[0].words.title;
  for (const auto& paragraph : told[0].words.body) {
    text += "\n" + paragraph;
  }
  for (const std::string_view never :
       {"ben", "accus", "violat", "suspicious", "a reason for staff", "reported", "!"}) {
    EXPECT_EQ(text.find(never), std::string::npos) << never;
  }
  for (const std::string_view always :
       {"object", "A person looked at it", "automatic", "court", "start new conversations"}) {
    EXPECT_NE(text.find(always), std::string::npos) << always;
  }
  const auto own = cases().reports_of(ben_).value();
  EXPECT_EQ(own[0].status, ReportStatus::decided);
  EXPECT_EQ(own[0].outcome, outcome_words(DecisionKind::warn));
  EXPECT_EQ(cases().notices_of(ben_)->front().kind, NoticeKind::report_update);
  EXPECT_TRUE(cases().notices_of(cleo_)->empty());
  EXPECT_TRUE(cases().reports_of(ada_)->empty());
}

TEST_F(Decisions, AReportToAHotlineDelaysTheNoticeAndSaysSo) {
  const auto id = new_case(ben_, {item(3, kWords)});
  EXPECT_EQ(cases().decide(rita_, id, DecisionKind::report, "for the hotline").value(),
            State::decided);
  EXPECT_TRUE(cases().notices_of(ada_)->empty());
  EXPECT_EQ(logged("notice.delayed"), 1U);
  EXPECT_FALSE(restricted(ada_));
  EXPECT_EQ(cases().reports_of(ben_)->front().outcome, outcome_words(DecisionKind::warn));
  clock_.set(UnixMillis{clock_.now().value + policy_.report_notice_delay_millis});
  const auto told = cases().notices_of(ada_).value();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_TRUE(told[0].appealable);
  EXPECT_TRUE(cases().appeal(ada_, told[0].id, "my words"));
}

TEST_F(Decisions, AnObjectionIsAnsweredBySomebodyElse) {
  const auto id = new_case(ben_, {item(3, kWords)});
  ASSERT_TRUE(cases().decide(sven_, id, DecisionKind::restrict_account, "a calm reason"));
  const auto notice = cases().notices_of(ada_)->front();
  EXPECT_EQ(cases().appeal(ben_, notice.id, "not mine").error().code, ErrorCode::not_found);
  EXPECT_EQ(cases().appeal(ada_, notice.id, "").error().code, ErrorCode::bad_argument);
  const auto told_ben = cases().notices_of(ben_)->front();
  EXPECT_EQ(cases().appeal(ben_, told_ben.id, "words").error().code, ErrorCode::conflict);
  ASSERT_TRUE(cases().appeal(ada_, notice.id, "I see it in another way"));
  EXPECT_EQ(cases().appeal(ada_, notice.id, "again").error().code, ErrorCode::conflict);
  EXPECT_EQ(cases().notices_of(ada_)->front().appeal, AppealState::open);
  EXPECT_EQ(cases().reports_of(ben_)->front().status, ReportStatus::decided);  // not ben's affair
  EXPECT_EQ(cases().decide(rita_, id, DecisionKind::warn, "x").error().code, ErrorCode::conflict);
  EXPECT_EQ(cases().decide_appeal(sven_, id, true, "my own").error().code,
            ErrorCode::needs_another_person);
  EXPECT_EQ(cases().detail(tova_, id)->appeal->words, "I see it in another way");
  EXPECT_EQ(cases().decide_appeal(tova_, id, false, "that was too much").value(), State::decided);
  EXPECT_FALSE(restricted(ada_));
  const auto view = cases().detail(tova_, id);
  EXPECT_EQ(view->appeal->state, AppealState::changed);
  EXPECT_EQ(view->appeal->reason, "that was too much");
  EXPECT_EQ(view->summary.decision, DecisionKind::no_action);
  EXPECT_EQ(cases().decide_appeal(tova_, id, true, "again").error().code, ErrorCode::conflict);
  const auto told = cases().notices_of(ada_).value();
  EXPECT_TRUE(std::ranges::any_of(
      told, [](const auto& one) { return one.kind == NoticeKind::appeal_update; }));
  EXPECT_TRUE(cases().faults()->empty());
}

TEST_F(Decisions, AnObjectionThatIsUpheldChangesNothing) {
  const auto id = new_case(ben_, {item(3, kWords)});
  ASSERT_TRUE(cases().decide(rita_, id, DecisionKind::restrict_account, "a calm reason"));
  ASSERT_TRUE(cases().appeal(ada_, cases().notices_of(ada_)->front().id, "my words"));
  EXPECT_EQ(cases().decide_appeal(sven_, id, true, "it stays").value(), State::decided);
  EXPECT_TRUE(restricted(ada_));
  EXPECT_EQ(cases().summary(rita_, id)->decision, DecisionKind::restrict_account);
  // Too late is too late.
  const auto other = new_case(cleo_, {item(3, kWords)});
  ASSERT_TRUE(cases().decide(rita_, other, DecisionKind::warn, "a calm reason"));
  clock_.set(UnixMillis{clock_.now().value + policy_.appeal_millis + 1});
  const auto late = cases().notices_of(ada_).value();
  for (const auto& one : late) {
    EXPECT_FALSE(one.appealable);
    EXPECT_FALSE(cases().appeal(ada_, one.id, "late"));
  }
}

TEST_F(Decisions, ADeedWhoseEntryFailsIsNotDone) {
  const auto id = new_case(ben_, {item(3, kWords, {store_picture(Bytes(500, 4))})});
  log_fails_ = true;
  EXPECT_FALSE(cases().detail(rita_, id));
  EXPECT_FALSE(cases().file(rita_, id, 1));
  EXPECT_FALSE(cases().decide(rita_, id, DecisionKind::restrict_account, "a calm reason"));
  EXPECT_FALSE(cases().assign(rita_, id, true));
  CaseQuery search;
  search.search = "ada";
  EXPECT_FALSE(cases().list(rita_, search));
  log_fails_ = false;
  const auto view = cases().detail(rita_, id);
  EXPECT_TRUE(view->decisions.empty());
  EXPECT_EQ(view->summary.state, State::open);
  EXPECT_FALSE(view->summary.assigned);
  EXPECT_FALSE(restricted(ada_));
  EXPECT_TRUE(cases().notices_of(ada_)->empty());
  // A desk without a log does nothing at all.
  Cases mute(*database_, clock_, rng_, neighbours(), wrapping_, {}, policy_);
  EXPECT_FALSE(mute.detail(rita_, id));
  EXPECT_FALSE(mute.decide(rita_, id, DecisionKind::warn, "x"));
}

TEST_F(Decisions, EveryReadingAndEveryDeedStandsInTheLog) {
  const auto id = new_case(ben_, {item(3, kWords, {store_picture(Bytes(500, 4))})});
  log_.clear();
  ASSERT_TRUE(cases().detail(rita_, id));
  ASSERT_TRUE(cases().file(rita_, id, 1));
  ASSERT_TRUE(cases().file_for_sending(rita_.account, id, 1));
  ASSERT_TRUE(cases().decide(rita_, id, DecisionKind::warn, "a calm reason"));
  ASSERT_EQ(log_.size(), 4U);
  EXPECT_EQ(log_[0].action, "evidence.read");
  EXPECT_EQ(log_[1].detail, "item 1");
  EXPECT_EQ(log_[2].action, "evidence.read");
  EXPECT_EQ(log_[2].detail, "item 1 for a report");
  EXPECT_EQ(log_[3].action, "case.decide");
  for (const auto& entry : log_) {
    EXPECT_EQ(entry.actor, rita_.account);
    EXPECT_EQ(entry.subject, "case:" + id.hex());
    EXPECT_EQ(entry.detail.find("calm"), std::string::npos);
  }
}

TEST_F(Decisions, PlantedChangesAreFoundAndRefusedOnRecord) {
  const auto id = new_case(ben_, {item(3, kWords, {store_picture(Bytes(500, 4))})});
  const auto other = new_case(ben_, {item(3, kWords, {store_picture(Bytes(500, 5))})});
  ASSERT_TRUE(cases().decide(rita_, id, DecisionKind::warn, "a calm reason"));
  ASSERT_TRUE(cases().decide(rita_, id, DecisionKind::no_action, "a second look"));
  ASSERT_TRUE(cases().faults()->empty());
  const auto backup = folder_.path() / "backup.db";
  ASSERT_TRUE(database_->copy_to(backup));
  const auto name = "x'" + id.hex() + "'";
  const auto other_name = "x'" + other.hex() + "'";
  const std::string free_decisions =
      "DROP TRIGGER IF EXISTS decision_is_never_edited; DROP TRIGGER IF EXISTS "
      "decision_is_never_deleted;";
  const std::string free_evidence = "DROP TRIGGER IF EXISTS evidence_stays_as_it_is;";
  struct Planted {
    std::string what, sql;
    bool refuses_reading;
  };
  const std::vector<Planted> all{
      {"another decision",
       free_decisions + "UPDATE decision SET decision = 'warn' WHERE number = 2;", false},
      {"a decision less", free_decisions + "DELETE FROM decision WHERE number = 1;", false},
      {"another policy",
       free_decisions + "UPDATE decision SET policy_version = '' WHERE number = 1;", false},
      {"other evidence",
       free_evidence + "UPDATE evidence SET sealed = zeroblob(length(sealed)) WHERE report = " +
           name + " AND item = 0;",
       true},
      {"another picture",
       free_evidence + "UPDATE evidence SET sealed = zeroblob(length(sealed)) WHERE report = " +
           name + " AND item > 0;",
       false},
      {"rows swapped between cases",
       free_evidence +
           "UPDATE evidence SET sealed = (SELECT sealed FROM evidence AS e WHERE "
           "e.report = " +
           other_name + " AND e.item = 0) WHERE report = " + name + " AND item = 0;",
       true},
      {"another wrapped key",
       "UPDATE report SET wrapped_key = (SELECT wrapped_key FROM report WHERE id = " + other_name +
           ") WHERE id = " + name + ";",
       true},
      {"a changed wrapped key",
       "UPDATE report SET wrapped_key = zeroblob(length(wrapped_key)) WHERE id = " + name + ";",
       true},
      {"another score", "UPDATE review_case SET score = score + 1 WHERE id = " + name + ";", false},
      {"other counts",
       "UPDATE review_case SET verified = 0, not_verified = 1 WHERE id = " + name + ";", false},
      {"a decision nobody made",
       "UPDATE review_case SET decision = 'report' WHERE id = " + name + ";", false},
      {"a hash less", "DELETE FROM evidence_file WHERE case_id = " + name + ";", false},
      {"another hash",
       "UPDATE evidence_file SET sha1_mac = sha256_mac WHERE case_id = " + name + ";", false},
      {"a report without a case", "UPDATE report SET case_id = NULL WHERE id = " + name + ";",
       true},
  };
  for (const auto& planted : all) {
    cases_.reset();
    database_.reset();
    for (const auto* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(folder_.path() / (std::string("service.db") + suffix));
    }
    std::filesystem::copy_file(backup, folder_.path() / "service.db");
    tamper(planted.sql);
    database_ = std::move(*store::Database::open(folder_.path() / "service.db",
                                                 store::service_migrations(), clock_.now()));
    EXPECT_FALSE(cases().faults()->empty()) << planted.what;
    log_.clear();
    const auto read = cases().detail(rita_, id);
    EXPECT_EQ(!read, planted.refuses_reading) << planted.what;
    if (!read && read.error().code == ErrorCode::decryption_failed) {
      EXPECT_EQ(logged("evidence.damaged"), 1U) << planted.what;
    }
  }
}

TEST_F(Decisions, AnotherServiceKeyOpensNothing) {
  const auto id = new_case(ben_, {item(3, kWords)});
  const auto key = SecretBytes::copy_of(rng_.array<32>());
  FileKeyWrapping wrapping(key, rng_);
  Cases other(*database_, clock_, rng_, neighbours(), wrapping, sink(), policy_);
  EXPECT_EQ(other.detail(rita_, id).error().code, ErrorCode::decryption_failed);
  EXPECT_FALSE(other.faults()->empty());
}

/// A case as the first release left it: its record in version 1, its key in the report's row.
TEST_F(Decisions, CasesOfTheFirstReleaseKeepOpening) {
  const ReportId id{rng_.array<16>()};
  const auto evidence = item(3, kWords);
  const Bytes picture(300, 6);
  Writer record;
  record.u8(1).text("an old note").u8(0).text("").u32(1);
  record.u8(1).text("").text(franking::kProves).text(franking::kDoesNotProve);
  record.u8(1).fixed(ada_.value).fixed(room_.value).u64(3).u64(clock_.now().value).u8(2);
  record.text(kWords).u32(1).text("image/png").u64(300).u8(1).text("").u8(1);
  record.bytes(evidence.content).fixed(evidence.opening_key.bytes).bytes(evidence.context);
  record.fixed(evidence.stamp);
  Vault vault(*database_, rng_, wrapping_);
  const auto key = vault.new_case_key(id).value();
  ASSERT_TRUE(database_->write([&](store::Transaction& tx) -> Status {
    tx.run(
        "INSERT INTO report(id, number, reporter, client_id, request_mac, alleged, reason, "
        "received_ms, messages, verified, state, wrapped_key, case_id) VALUES(?, 1, ?, 'old', "
        "x'00', "
        "?, 'threat', 5, 1, 1, 'open', ?, ?)",
        id, ben_, ada_, key.wrapped, id);
    tx.run(
        "INSERT INTO review_case(id, number, received_ms, due_ms, state, harm, alleged, reports, "
        "reporters, messages, verified, not_verified, provider_records, vouchers, "
        "confirmed_vouchers, minor_side, indicators, current, earlier_measures, duplicate, flood, "
        "score, band, scored_ms, rescore_ms, quarantined, sampled, needs_second, escalated) "
        "VALUES(?, 1, 5, 10, 'open', 'threat', ?, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "
        "0, 0, 0, 0, 0, 0)",
        id, ada_);
    tx.run("INSERT INTO evidence(report, item, sealed) VALUES(?, 0, ?)", id,
           vault.seal(key.key, place_of_evidence(id, 0), record.take()));
    tx.run("INSERT INTO evidence(report, item, sealed) VALUES(?, 1, ?)", id,
           vault.seal(key.key, place_of_evidence(id, 1), picture));
    // And a decision in the chain's first form.
    const auto sealed = vault.seal(key.key, place_of("lightkeeper decision reason v1", id, 0),
                                   as_bytes("an old reason"));
    tx.run(
        "INSERT INTO decision(report, reviewer, decision, sealed_reason, decided_ms, chain) "
        "VALUES(?, ?, 'warn', ?, 7, ?)",
        id, rita_.account, sealed,
        crypto::sha256(Writer()
                           .fixed(as_bytes("lightkeeper decision v1"))
                           .bytes({})
                           .fixed(id.value)
                           .fixed(rita_.account.value)
                           .text("warn")
                           .bytes(sealed)
                           .u64(7)
                           .take()));
    return {};
  }));
  EXPECT_EQ(cases().faults().value(), std::vector<std::string>{});
  EXPECT_EQ(cases().rescore(10).value(), 1U);
  const auto view = cases().detail(rita_, id);
  ASSERT_TRUE(view) << view.error().message();
  EXPECT_EQ(view->messages.at(0).attachments.at(0).item, 1U);
  EXPECT_EQ(view->messages[0].attachments[0].hashes->sha256, crypto::sha256(picture));
  EXPECT_TRUE(view->messages[0].attachments[0].proof.verified());
  EXPECT_EQ(view->decisions.at(0).reason, "an old reason");
  EXPECT_EQ(cases().file(rita_, id, 1)->bytes, picture);
  ASSERT_TRUE(cases().decide(rita_, id, DecisionKind::no_action, "a second look"));
  EXPECT_EQ(cases().faults().value(), std::vector<std::string>{});
}

}  // namespace
}  // namespace lightkeeper::cases
