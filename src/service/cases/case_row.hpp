// Inside the room: one row of review_case.
#pragma once

#include "service/cases/cases.hpp"

namespace lightkeeper::cases {

inline constexpr std::string_view kCaseColumns =
    "id, number, received_ms, due_ms, state, harm, alleged, reports, reporters, messages, "
    "verified, "
    "not_verified, provider_records, vouchers, confirmed_vouchers, minor_side, indicators, "
    "current, "
    "earlier_measures, duplicate, flood, score, band, scored_ms, assigned, assigned_ms, "
    "quarantined, sampled, needs_second, escalated, decision, decided_ms, proven";

struct Cases::Row {
  ReportId id;
  std::uint64_t number = 0;
  UnixMillis received;
  State state = State::open;
  AccountId alleged;
  std::uint64_t reports = 0, messages = 0, verified = 0, not_verified = 0, vouchers = 0;
  PriorityFacts facts;
  UnixMillis scored;
  std::int64_t score = 0;
  std::int64_t band = 0;
  Priority priority;  // of the facts at `scored`
  std::optional<AccountId> assigned;
  UnixMillis assigned_at;
  bool quarantined = false, sampled = false, needs_second = false, escalated = false;
  std::optional<DecisionKind> decision;
  UnixMillis decided;

  /// Verified messages of the account that the case is about, own records or confirmed vouchers.
  [[nodiscard]] bool proof() const {
    return facts.proven > 0 || facts.provider_records > 0 || facts.confirmed_vouchers > 0;
  }
  /// Columns in the order of kCaseColumns. Throws StoreFailure for an unknown word.
  [[nodiscard]] static Row of(const store::Row& row);
};

}  // namespace lightkeeper::cases
