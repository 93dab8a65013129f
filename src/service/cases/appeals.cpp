// What people are told, and their objections.
#include <algorithm>

#include "core/base/codec.hpp"
#include "service/cases/case_row.hpp"

namespace lightkeeper::cases {

namespace {

constexpr std::string_view kWhere = "cases";

Result<NoticeKind> notice_kind_from_name(std::string_view name) {
  for (const auto kind :
       {NoticeKind::statement_of_reasons, NoticeKind::report_update, NoticeKind::appeal_update}) {
    if (name_of(kind) == name) {
      return kind;
    }
  }
  return fail(ErrorCode::bad_format, kWhere);
}

AppealState appeal_state_of(std::string_view name) {
  return name == "upheld"    ? AppealState::upheld
         : name == "changed" ? AppealState::changed
                             : AppealState::open;
}

}  // namespace

std::string_view name_of(ReportStatus status) {
  switch (status) {
    case ReportStatus::being_reviewed:
      return "being_reviewed";
    case ReportStatus::decided:
      return "decided";
    case ReportStatus::received:
      break;
  }
  return "received";
}

std::string_view name_of(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::statement_of_reasons:
      return "statement_of_reasons";
    case NoticeKind::appeal_update:
      return "appeal_update";
    case NoticeKind::report_update:
      break;
  }
  return "report_update";
}

Result<std::vector<OwnReport>> Cases::reports_of(const AccountId& account) {
  return database_.read([&](store::Transaction& tx) -> Result<std::vector<OwnReport>> {
    std::vector<OwnReport> out;
    // Of a case about themselves (their own guard's voucher opens one) a person learns by notices
    // alone, which may have to wait.
    for (const auto& row :
         tx.rows("SELECT report.id, report.received_ms, review_case.state, decision, assigned FROM "
                 "report JOIN "
                 "review_case ON review_case.id = case_id WHERE reporter = ? AND kind != "
                 "'provider_record' AND reporter != review_case.alleged ORDER BY "
                 "report.received_ms DESC, report.number DESC LIMIT 200",
                 account)) {
      OwnReport own{row.id<ReportId>(0), UnixMillis{row.number(1)}, ReportStatus::received,
                    std::nullopt};
      LK_TRY(state, state_from_name(row.text(2)));
      if ((state == State::decided || state == State::appealed) && !row.null(3)) {
        // That somebody objects is that person's own affair.
        LK_TRY(decision, decision_from_name(row.text(3)));
        own.status = ReportStatus::decided;
        own.outcome = outcome_words(decision);
      } else if (state == State::awaiting_second || !row.null(4)) {
        own.status = ReportStatus::being_reviewed;
      }
      out.push_back(std::move(own));
    }
    return out;
  });
}

Result<std::vector<Notice>> Cases::notices_of(const AccountId& account) {
  return database_.read([&](store::Transaction& tx) -> Result<std::vector<Notice>> {
    std::vector<Notice> out;
    const auto now = clock_.now();
    for (const auto& row : tx.rows(
             "SELECT notice.id, notice.kind, visible_ms, notice.sealed, notice.case_id, "
             "wrapped_key, appeal.state, review_case.state FROM notice JOIN report ON report.id = "
             "notice.case_id JOIN review_case ON review_case.id = notice.case_id LEFT JOIN appeal "
             "ON appeal.notice = notice.id WHERE account = ? AND visible_ms <= ? AND withdrawn_ms "
             "IS "
             "NULL ORDER BY "
             "visible_ms DESC, notice.id LIMIT 200",
             account, now)) {
      Notice notice;
      notice.id = row.id<NoticeId>(0);
      LK_TRY(kind, notice_kind_from_name(row.text(1)));
      notice.kind = kind;
      notice.made = UnixMillis{row.number(2)};
      if (row.blob(5).empty()) {
        notice.words = {"A notice from before", {"What it said is no longer kept."}};
      } else {
        LK_TRY(key, vault_.case_key(row.id<ReportId>(4), row.blob(5)));
        LK_TRY(bytes, Vault::open(key, place_of("lightkeeper notice v1", row.id<ReportId>(0), 0),
                                  row.blob(3)));
        LK_TRY(words, decode_words(bytes));
        notice.words = std::move(words);
      }
      if (!row.null(6)) {
        notice.appeal = appeal_state_of(row.text(6));
      }
      notice.appealable = kind == NoticeKind::statement_of_reasons && !notice.appeal &&
                          row.text(7) == "decided" && !row.blob(5).empty() &&
                          now.value <= notice.made.value + policy_.appeal_millis;
      out.push_back(std::move(notice));
    }
    return out;
  });
}

Status Cases::appeal(const AccountId& account, const NoticeId& notice, std::string_view words) {
  if (words.empty() || words.size() > kMaxAppealWords || !is_utf8(as_bytes(words))) {
    return fail(ErrorCode::bad_argument, kWhere, "an objection has words of at most 4096 bytes");
  }
  return database_.write([&](store::Transaction& tx) -> Status {
    const auto row = tx.row(
        "SELECT notice.kind, visible_ms, notice.case_id, state FROM notice JOIN review_case ON "
        "review_case.id = notice.case_id WHERE notice.id = ? AND account = ? AND visible_ms <= ? "
        "AND "
        "withdrawn_ms IS NULL",
        notice, account, clock_.now());
    if (!row) {
      return fail(ErrorCode::not_found, kWhere);
    }
    const auto newer = tx.row(
        "SELECT 1 FROM notice AS mine JOIN notice AS later ON later.case_id = mine.case_id AND "
        "later.account = mine.account AND later.kind = mine.kind AND later.made_ms > mine.made_ms "
        "AND later.withdrawn_ms IS NULL "
        "WHERE mine.id = ?",
        notice);
    if (row->text(0) != "statement_of_reasons" || row->text(3) != "decided" || newer ||
        clock_.now().value > row->number(1) + policy_.appeal_millis ||
        tx.row("SELECT 1 FROM appeal WHERE notice = ?", notice)) {
      return fail(ErrorCode::conflict, kWhere, "there is nothing to object to here any more");
    }
    const auto id = row->id<ReportId>(2);
    LK_TRY(key, key_of(tx, id));
    tx.run(
        "INSERT INTO appeal(notice, case_id, sealed_words, made_ms, state) "
        "VALUES(?, ?, ?, ?, 'open')",
        notice, id, vault_.seal(key, place_of("lightkeeper appeal v1", id, 0), as_bytes(words)),
        clock_.now());
    tx.run(
        "UPDATE review_case SET state = 'appealed', assigned = NULL, assigned_ms = NULL WHERE id = "
        "?",
        id);
    return note(tx, "appeal.make", account, id, "");
  });
}

Result<State> Cases::decide_appeal(const Staff& staff, const ReportId& id, bool uphold,
                                   std::string_view reason) {
  if (reason.empty() || reason.size() > kMaxDecisionReason || !is_utf8(as_bytes(reason))) {
    return fail(ErrorCode::bad_argument, kWhere, "a decision has a reason of at most 4096 bytes");
  }
  return deed(staff, id, [&](store::Transaction& tx) -> Result<State> {
    LK_TRY(row, row_for(tx, staff, id));
    LK_TRY(key, key_of(tx, id));
    const auto open = tx.row(
        "SELECT appeal.notice, account FROM appeal JOIN notice ON notice.id = appeal.notice WHERE "
        "appeal.case_id = ? AND state = 'open'",
        id);
    if (row.state != State::appealed || !open) {
      return fail(ErrorCode::conflict, kWhere, "nobody objects here");
    }
    if (tx.row("SELECT 1 FROM decision WHERE report = ? AND reviewer = ?", id, staff.account)) {
      return fail(ErrorCode::needs_another_person, kWhere);
    }
    const auto kept = row.decision.value_or(DecisionKind::no_action);
    const auto now_holds = uphold ? kept : DecisionKind::no_action;
    LK_CHECK_OK(append(tx, id, key, staff.account, Deed::appeal, now_holds, reason, uphold));
    tx.run(
        "UPDATE appeal SET state = ?, decided_by = ?, sealed_reason = ?, decided_ms = ? WHERE "
        "notice = ?",
        uphold ? "upheld" : "changed", staff.account,
        vault_.seal(key, place_of("lightkeeper appeal reason v1", id, 0), as_bytes(reason)),
        clock_.now(), open->id<NoticeId>(0));
    if (uphold) {
      tx.run("UPDATE review_case SET state = 'decided' WHERE id = ?", id);
    } else {
      LK_CHECK_OK(take_effect(tx, row, key, DecisionKind::no_action, false));
    }
    tell(tx, id, key, open->id<AccountId>(1), NoticeKind::appeal_update, appeal_update(uphold), 0,
         {});
    LK_CHECK_OK(note(tx, "appeal.decide", staff.account, id, uphold ? "upheld" : "changed"));
    return State::decided;
  });
}

}  // namespace lightkeeper::cases
