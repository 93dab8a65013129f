#include "service/approvals/approvals.hpp"

#include <array>

namespace lightkeeper::approvals {

namespace {

constexpr std::string_view kWhere = "approvals";

#define LK_APPROVAL_COLUMNS                                                                     \
  "number, kind, subject, requested_by, requested_ms, decided_by, decided_ms, agreed, reason, " \
  "used_ms"

std::string subject_of(const Approval& approval) {
  return "approval:" + std::to_string(approval.number.value);
}

}  // namespace

std::string_view name_of(State state) {
  constexpr std::array<std::string_view, 5> kNames{"open", "approved", "refused", "used",
                                                   "expired"};
  return kNames.at(static_cast<std::size_t>(state));
}

Approvals::Approvals(store::Database& database, Clock& clock, MayApprove may_approve,
                     store::AuditSink audit)
    : database_(database),
      clock_(clock),
      may_approve_(std::move(may_approve)),
      audit_(std::move(audit)) {}

void Approvals::when_approved(std::string kind, Deed deed) {
  deeds_.insert_or_assign(std::move(kind), std::move(deed));
}

Approval Approvals::approval_of(const store::Row& row) const {
  Approval out;
  out.number = {row.number(0)};
  out.kind = row.text(1);
  out.subject = row.text(2);
  out.requested_by = row.id<AccountId>(3);
  out.requested = UnixMillis{row.number(4)};
  if (!row.null(5)) {
    out.decided_by = row.id<AccountId>(5);
    out.decided = UnixMillis{row.number(6)};
    out.reason = row.text(8);
    out.state = row.number(7) == 1 ? State::approved : State::refused;
  }
  if (!row.null(9)) {
    out.state = State::used;
  } else if (out.state != State::refused &&
             clock_.now().value >= out.requested.value + kApprovalMillis) {
    out.state = State::expired;
  }
  return out;
}

Result<Approval> Approvals::read(store::Transaction& tx, ApprovalNumber number) const {
  const auto row =
      tx.row("SELECT " LK_APPROVAL_COLUMNS " FROM approval WHERE number = ?", number.value);
  if (!row) {
    return fail(ErrorCode::not_found, kWhere);
  }
  return approval_of(*row);
}

Result<ApprovalNumber> Approvals::request(std::string_view kind, std::string_view subject,
                                          const AccountId& by) {
  return database_.write([&](store::Transaction& tx) { return request(tx, kind, subject, by); });
}

Result<ApprovalNumber> Approvals::request(store::Transaction& tx, std::string_view kind,
                                          std::string_view subject, const AccountId& by) {
  if (kind.empty() || kind.size() > kMaxKind || subject.size() > kMaxSubject) {
    return fail(ErrorCode::bad_argument, kWhere, "the kind or the subject is too long");
  }
  const auto now = clock_.now().value;
  const auto since = now > kApprovalMillis ? now - kApprovalMillis : 0;
  if (tx.row("SELECT count(*) FROM approval WHERE requested_by = ? AND decided_by IS NULL AND "
             "requested_ms > ?",
             by, since)
          ->number(0) >= kMaxOpenRequests) {
    return fail(ErrorCode::too_many_requests, kWhere, "too many requests are still open");
  }
  tx.run("INSERT INTO approval(kind, subject, requested_by, requested_ms) VALUES(?, ?, ?, ?)", kind,
         subject, by, now);
  const ApprovalNumber number{static_cast<std::uint64_t>(tx.last_row_id())};
  LK_CHECK_OK(audit_(
      tx, {"approval.request", by, "approval:" + std::to_string(number.value), std::string(kind)}));
  return number;
}

Result<State> Approvals::approve(ApprovalNumber number, const AccountId& by,
                                 std::string_view reason) {
  return decide(number, by, true, reason);
}

Result<State> Approvals::refuse(ApprovalNumber number, const AccountId& by,
                                std::string_view reason) {
  return decide(number, by, false, reason);
}

Result<State> Approvals::decide(ApprovalNumber number, const AccountId& by, bool agreed,
                                std::string_view reason) {
  if (reason.empty() || reason.size() > kMaxReason) {
    return fail(ErrorCode::bad_argument, kWhere, "a reason has 1 to 2000 bytes");
  }
  return database_.write([&](store::Transaction& tx) -> Result<State> {
    LK_TRY(before, read(tx, number));
    LK_CHECK_OK(may_approve_(tx, by));
    if (before.requested_by == by) {
      return fail(ErrorCode::same_person, kWhere, "who asks does not decide");
    }
    if (before.state != State::open) {
      return fail(ErrorCode::conflict, kWhere, "this request is not open any more");
    }
    tx.run(
        "UPDATE approval SET decided_by = ?, decided_ms = ?, agreed = ?, reason = ? WHERE number = "
        "?",
        by, clock_.now(), agreed ? 1 : 0, reason, number.value);
    LK_CHECK_OK(audit_(tx, {agreed ? "approval.approve" : "approval.refuse", by, subject_of(before),
                            before.kind}));
    if (!agreed) {
      return State::refused;
    }
    const auto deed = deeds_.find(before.kind);
    if (deed == deeds_.end()) {
      return State::approved;
    }
    LK_TRY(approved, read(tx, number));
    tx.run("UPDATE approval SET used_ms = ? WHERE number = ?", clock_.now(), number.value);
    LK_CHECK_OK(deed->second(tx, approved));
    return State::used;
  });
}

Status Approvals::take(ApprovalNumber number, std::string_view kind, std::string_view subject,
                       const AccountId& by) {
  return database_.write(
      [&](store::Transaction& tx) { return take(tx, number, kind, subject, by); });
}

Status Approvals::take(store::Transaction& tx, ApprovalNumber number, std::string_view kind,
                       std::string_view subject, const AccountId& by) {
  const auto found = read(tx, number);
  if (!found && found.error().code != ErrorCode::not_found) {
    return std::unexpected(found.error());
  }
  if (!found || found->state != State::approved || found->kind != kind ||
      found->subject != subject || found->requested_by != by) {
    return fail(ErrorCode::not_approved, kWhere);
  }
  tx.run("UPDATE approval SET used_ms = ? WHERE number = ?", clock_.now(), number.value);
  return audit_(tx, {"approval.use", by, subject_of(*found), found->kind});
}

Result<std::vector<Approval>> Approvals::list() {
  return database_.read([&](store::Transaction& tx) -> Result<std::vector<Approval>> {
    const auto now = clock_.now().value;
    const auto since = now > kApprovalMillis ? now - kApprovalMillis : 0;
    std::vector<Approval> out;
    for (const auto& row :
         tx.rows("SELECT " LK_APPROVAL_COLUMNS
                 " FROM approval ORDER BY (decided_by IS NULL AND requested_ms > ?) DESC, "
                 "number DESC LIMIT 200",
                 since)) {
      out.push_back(approval_of(row));
    }
    return out;
  });
}

Result<Approval> Approvals::look_at(ApprovalNumber number) {
  return database_.read(
      [&](store::Transaction& tx) -> Result<Approval> { return read(tx, number); });
}

}  // namespace lightkeeper::approvals
