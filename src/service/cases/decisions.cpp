// Decisions: reasons, two people where the policy asks, samples of quality, effects.
#include <algorithm>
#include <set>

#include "service/cases/case_row.hpp"
#include "service/cases/chain.hpp"

namespace lightkeeper::cases {

namespace {

constexpr std::string_view kWhere = "cases";
constexpr std::uint64_t kDay = 24ULL * 3600 * 1000;

Status check_reason(std::string_view reason) {
  if (reason.empty() || reason.size() > kMaxDecisionReason || !is_utf8(as_bytes(reason))) {
    return fail(ErrorCode::bad_argument, kWhere, "a decision has a reason of at most 4096 bytes");
  }
  return {};
}

/// Whether two people, or an answer to an objection, stand behind what was decided: one alone does
/// not undo it, not by way of a case that was opened again either.
bool took_two(const std::vector<DecisionMade>& made) {
  return std::ranges::any_of(made, [](const DecisionMade& one) {
    return one.deed == Deed::appeal || (one.deed == Deed::second && one.agrees.value_or(false) &&
                                        one.kind != DecisionKind::escalate);
  });
}

/// Whose decision was objected to: another person decides from then on.
bool decided_before_an_appeal(const std::vector<DecisionMade>& made, const AccountId& who) {
  const auto answered =
      std::ranges::find(made.rbegin(), made.rend(), Deed::appeal, &DecisionMade::deed);
  return std::any_of(answered, made.rend(), [&](const DecisionMade& one) {
    return one.reviewer == who && (one.deed == Deed::decision || one.deed == Deed::second);
  });
}

}  // namespace

Status Cases::append(store::Transaction& tx, const ReportId& id, const crypto::AeadKey& key,
                     const AccountId& reviewer, Deed deed, DecisionKind kind,
                     std::string_view reason, std::optional<bool> agrees) {
  const auto sealed =
      vault_.seal(key, place_of("lightkeeper decision reason v1", id, 0), as_bytes(reason));
  const auto before = tx.row("SELECT chain FROM decision ORDER BY number DESC LIMIT 1");
  const auto now = clock_.now();
  const auto chain = chain_of(
      before ? BytesView(before->blob(0)) : BytesView(),
      {id, reviewer, name_of(kind), sealed, now.value, name_of(deed), policy_.version, agrees});
  std::optional<int> agreement;
  if (agrees) {
    agreement = *agrees ? 1 : 0;
  }
  tx.run(
      "INSERT INTO decision(report, reviewer, decision, sealed_reason, decided_ms, chain, deed, "
      "policy_version, agrees) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
      id, reviewer, name_of(kind), sealed, now, chain, name_of(deed), policy_.version, agreement);
  return {};
}

void Cases::tell(store::Transaction& tx, const ReportId& id, const crypto::AeadKey& key,
                 const AccountId& account, NoticeKind kind, const Words& words, std::uint64_t delay,
                 std::string_view delayed_because) {
  const NoticeId notice{rng_.array<16>()};
  const auto now = clock_.now();
  tx.run(
      "INSERT INTO notice(id, account, case_id, kind, made_ms, visible_ms, delayed_because, "
      "sealed) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
      notice, account, id, name_of(kind), now, now.value + delay,
      delay > 0 ? delayed_because : std::string_view(),
      vault_.seal(key, place_of("lightkeeper notice v1", ReportId{notice.value}, 0),
                  encode(words)));
}

Status Cases::take_effect(store::Transaction& tx, const Row& row, const crypto::AeadKey& key,
                          DecisionKind kind, bool tell_reporters) {
  const auto now = clock_.now();
  // What an earlier decision would have told the person later is not true any more.
  const auto waiting =
      "case_id = ? AND account = ? AND kind = 'statement_of_reasons' AND visible_ms > ? AND "
      "withdrawn_ms IS NULL";
  if (tx.row(std::string("SELECT 1 FROM notice WHERE ") + waiting, row.id, row.alleged, now)) {
    tx.run(std::string("UPDATE notice SET withdrawn_ms = ? WHERE ") + waiting, now, row.id,
           row.alleged, now);
    LK_CHECK_OK(note(tx, "notice.withdrawn", std::nullopt, row.id, "another decision"));
  }
  tx.run(
      "UPDATE review_case SET state = 'decided', decision = ?, decided_ms = ?, assigned = NULL, "
      "assigned_ms = NULL, quarantined = 0, escalated = 0 WHERE id = ?",
      name_of(kind), now, row.id);
  if (neighbours_.restrict_account) {
    LK_CHECK_OK(neighbours_.restrict_account(tx, row.alleged,
                                             {row.id, kind == DecisionKind::restrict_account}));
  }
  if (kind == DecisionKind::warn || kind == DecisionKind::restrict_account ||
      kind == DecisionKind::report) {
    const bool waits = kind == DecisionKind::report;
    const auto words = statement_of_reasons({kind, row.facts.harm,
                                             row.vouchers > 0 || row.facts.provider_records > 0,
                                             policy_.version, now, policy_.appeal_millis / kDay});
    const auto delay = waits ? policy_.report_notice_delay_millis : 0;
    tell(tx, row.id, key, row.alleged, NoticeKind::statement_of_reasons, words, delay,
         policy_.report_notice_delay_reason);
    if (delay > 0) {
      LK_CHECK_OK(
          note(tx, "notice.delayed", std::nullopt, row.id, policy_.report_notice_delay_reason));
    }
  }
  if (tell_reporters) {
    for (const auto& reporter :
         tx.rows("SELECT DISTINCT reporter FROM report WHERE case_id = ? AND reporter != ? AND "
                 "kind != 'provider_record'",
                 row.id, row.alleged)) {
      tell(tx, row.id, key, reporter.id<AccountId>(0), NoticeKind::report_update,
           report_update(kind), 0, {});
    }
  }
  return {};
}

Result<State> Cases::decide_in(store::Transaction& tx, const Staff& staff, const ReportId& id,
                               DecisionKind kind, std::string_view reason) {
  LK_TRY(row, row_for(tx, staff, id));
  LK_TRY(key, key_of(tx, id));
  LK_TRY(made, decisions_of(tx, id, key));
  if (!made.empty()) {
    const auto& last = made.back();
    if (last.deed == Deed::decision && last.kind == kind && last.reviewer == staff.account &&
        last.reason == reason) {
      return row.state;
    }
  }
  if (row.state == State::appealed) {
    return fail(ErrorCode::conflict, kWhere, "an objection is waiting for an answer");
  }
  if (row.state == State::awaiting_second && !row.escalated) {
    return fail(ErrorCode::conflict, kWhere, "a second person is waited for");
  }
  if (row.escalated && !staff.senior) {
    return fail(ErrorCode::not_allowed, kWhere, "it was escalated: a senior decides it");
  }
  if (held_by_another(row, staff)) {
    return fail(ErrorCode::conflict, kWhere, "somebody else works on it");
  }
  if (decided_before_an_appeal(made, staff.account)) {
    return fail(ErrorCode::needs_another_person, kWhere,
                "somebody objected to what this person decided");
  }
  LK_CHECK_OK(append(tx, id, key, staff.account, Deed::decision, kind, reason, std::nullopt));
  const bool escalated = kind == DecisionKind::escalate;
  const bool waits = escalated || took_two(made) || needs_second(policy_, kind, {row.proof()});
  if (waits) {
    tx.run(
        "UPDATE review_case SET state = 'awaiting_second', assigned = NULL, assigned_ms = NULL, "
        "quarantined = 0, escalated = ? WHERE id = ?",
        escalated ? 1 : 0, id);
  } else {
    LK_CHECK_OK(take_effect(tx, row, key, kind, true));
  }
  LK_CHECK_OK(note(tx, "case.decide", staff.account, id,
                   std::string(name_of(kind)) + (waits ? ", waits for a second person" : "") +
                       ", policy " + policy_.version));
  return waits ? State::awaiting_second : State::decided;
}

Result<State> Cases::decide(const Staff& staff, const ReportId& id, DecisionKind kind,
                            std::string_view reason) {
  LK_CHECK_OK(check_reason(reason));
  return deed(staff, id,
              [&](store::Transaction& tx) { return decide_in(tx, staff, id, kind, reason); });
}

Result<State> Cases::second(const Staff& staff, const ReportId& id, bool agree,
                            std::string_view reason) {
  LK_CHECK_OK(check_reason(reason));
  return deed(staff, id, [&](store::Transaction& tx) -> Result<State> {
    LK_TRY(row, row_for(tx, staff, id));
    LK_TRY(key, key_of(tx, id));
    LK_TRY(made, decisions_of(tx, id, key));
    const bool before = row.state == State::awaiting_second;
    const bool after = row.state == State::decided && row.sampled;
    if ((!before && !after) || made.empty()) {
      return fail(ErrorCode::conflict, kWhere, "nobody waits for a second person here");
    }
    // Nobody confirms what they decided, whatever lies between.
    const auto own = std::ranges::find_if(
        made.rbegin(), made.rend(), [](const auto& entry) { return entry.deed == Deed::decision; });
    if (own == made.rend() || own->reviewer == staff.account ||
        (before && decided_before_an_appeal(made, staff.account))) {
      return fail(ErrorCode::needs_another_person, kWhere);
    }
    const auto kind = own->kind;
    LK_CHECK_OK(append(tx, id, key, staff.account, before ? Deed::second : Deed::quality, kind,
                       reason, agree));
    auto state = State::open;
    if (before && row.escalated) {
      // Agreeing takes it over; otherwise it goes back to the queue.
      if (agree) {
        tx.run("UPDATE review_case SET state = 'open', assigned = ?, assigned_ms = ? WHERE id = ?",
               staff.account, clock_.now(), id);
      } else {
        tx.run("UPDATE review_case SET state = 'open', escalated = 0 WHERE id = ?", id);
      }
    } else if (before && agree) {
      LK_CHECK_OK(take_effect(tx, row, key, kind, true));
      state = State::decided;
    } else if (after && agree) {
      tx.run("UPDATE review_case SET sampled = 0 WHERE id = ?", id);
      state = State::decided;
    } else {
      tx.run("UPDATE review_case SET state = 'open', sampled = 0 WHERE id = ?", id);
    }
    if (state == State::open) {
      score(tx, id);
    }
    LK_CHECK_OK(note(tx, before ? "case.second" : "case.quality", staff.account, id,
                     agree ? "agrees" : "does not agree"));
    return state;
  });
}

Result<BulkResult> Cases::decide_in_bulk(const Staff& staff, const std::vector<ReportId>& ids,
                                         const crypto::Digest& sha256, DecisionKind kind,
                                         std::string_view reason) {
  LK_CHECK_OK(check_reason(reason));
  if (ids.size() > kMaxBulk) {
    return fail(ErrorCode::too_large, kWhere, "at most 200 cases at once");
  }
  LK_TRY(digest_key, vault_.digest_key());
  const auto mac = keyed(digest_key, "sha256", sha256);
  BulkResult out;
  std::set<ReportId> seen;
  for (const auto& id : ids) {
    if (!seen.insert(id).second) {
      continue;
    }
    // Each case is a deed of its own: what does not fit is skipped and said.
    const auto done = deed(staff, id, [&](store::Transaction& tx) -> Result<bool> {
      LK_TRY(row, row_for(tx, staff, id));
      if (row.state != State::open) {
        return fail(ErrorCode::conflict, kWhere, "it is not open");
      }
      if (!tx.row("SELECT 1 FROM evidence_file WHERE case_id = ? AND sha256_mac = ?", id, mac)) {
        return fail(ErrorCode::not_found, kWhere, "it does not hold this file");
      }
      LK_CHECK_OK(decide_in(tx, staff, id, kind, reason));
      LK_CHECK_OK(note(tx, "case.bulk", staff.account, id, "one of several with the same file"));
      return true;
    });
    if (done) {
      ++out.decided;
    } else {
      const auto& error = done.error();
      out.skipped.push_back(
          {id, error.detail.empty() ? std::string(describe(error.code).title) : error.detail});
    }
  }
  return out;
}

}  // namespace lightkeeper::cases
