// The queue: order, search, assignment, quarantine, saved views.
#include <algorithm>
#include <charconv>

#include "service/cases/case_row.hpp"

namespace lightkeeper::cases {

namespace {

constexpr std::string_view kWhere = "cases";

template <class T>
T known(Result<T> value) {
  if (!value) {
    throw store::StoreFailure("a case has an unknown word");
  }
  return *value;
}

/// '["grooming","threat"]': names of ours only, so nothing needs escaping.
std::string json_of(const std::vector<Harm>& harms) {
  std::string out = "[";
  for (const auto harm : harms) {
    out += (out.size() > 1 ? ",\"" : "\"") + std::string(name_of(harm)) + "\"";
  }
  return out + "]";
}
std::vector<Harm> harms_of(const Staff& staff) {
  if (staff.nothing || !staff.scopes.empty()) {
    return staff.scopes;
  }
  return {kHarms.begin(), kHarms.end()};
}
std::string json_of(const std::vector<ReportId>& ids) {
  std::string out = "[";
  for (const auto& id : ids) {
    out += (out.size() > 1 ? ",\"" : "\"") + id.hex() + "\"";
  }
  return out + "]";
}

/// Place of a case in the order of the queue.
struct Place {
  std::int64_t score = 0;
  std::int64_t due = 0;
  std::int64_t number = 0;
};
std::string text_of(const Place& place) {
  return std::to_string(place.score) + "." + std::to_string(place.due) + "." +
         std::to_string(place.number);
}
Result<Place> place_from(std::string_view text) {
  std::array<std::int64_t, 3> parts{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto dot = i + 1 < parts.size() ? text.find('.') : text.size();
    if (dot == std::string_view::npos || text.empty()) {
      return fail(ErrorCode::bad_argument, kWhere, "'after' is not from a page before");
    }
    const auto part = text.substr(0, dot);
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), parts.at(i));
    if (error != std::errc() || end != part.data() + part.size()) {
      return fail(ErrorCode::bad_argument, kWhere, "'after' is not from a page before");
    }
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return Place{parts[0], parts[1], parts[2]};
}

bool is_lower_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

constexpr std::size_t kMaxFound = 1000;

}  // namespace

Cases::Row Cases::Row::of(const store::Row& row) {
  Row out;
  out.id = row.id<ReportId>(0);
  out.number = row.number(1);
  out.received = UnixMillis{row.number(2)};
  out.facts.received = out.received;
  out.facts.due = UnixMillis{row.number(3)};
  out.state = known(state_from_name(row.text(4)));
  out.facts.harm = known(harm_from_name(row.text(5)));
  out.alleged = row.id<AccountId>(6);
  out.reports = row.number(7);
  out.facts.reporters = row.number(8);
  out.messages = row.number(9);
  out.verified = row.number(10);
  out.not_verified = row.number(11);
  out.facts.provider_records = row.number(12);
  out.vouchers = row.number(13);
  out.facts.confirmed_vouchers = row.number(14);
  out.facts.minor_side = row.integer(15) != 0;
  out.facts.indicators = static_cast<std::uint32_t>(row.number(16));
  out.facts.current = row.integer(17) != 0;
  out.facts.earlier_measures = row.number(18);
  out.facts.duplicate = row.integer(19) != 0;
  out.facts.flood = row.integer(20) != 0;
  out.score = row.integer(21);
  out.band = row.integer(22);
  out.scored = UnixMillis{row.number(23)};
  if (!row.null(24)) {
    out.assigned = row.id<AccountId>(24);
    out.assigned_at = UnixMillis{row.null(25) ? 0 : row.number(25)};
  }
  out.quarantined = row.integer(26) != 0;
  out.sampled = row.integer(27) != 0;
  out.needs_second = row.integer(28) != 0;
  out.escalated = row.integer(29) != 0;
  if (!row.null(30)) {
    out.decision = known(decision_from_name(row.text(30)));
    out.decided = UnixMillis{row.null(31) ? 0 : row.number(31)};
  }
  out.facts.proven = row.number(32);
  out.priority = priority_of(out.facts, out.scored);
  return out;
}

Result<Cases::Row> Cases::row_of(store::Transaction& tx, const ReportId& id) const {
  static const std::string sql =
      "SELECT " + std::string(kCaseColumns) + " FROM review_case WHERE id = ?";
  const auto row = tx.row(sql, id);
  if (!row) {
    return fail(ErrorCode::not_found, kWhere);
  }
  return Row::of(*row);
}

Result<Cases::Row> Cases::row_for(store::Transaction& tx, const Staff& staff,
                                  const ReportId& id) const {
  LK_TRY(row, row_of(tx, id));
  if (staff.nothing) {
    return fail(ErrorCode::not_in_scope, kWhere);
  }
  if (!staff.scopes.empty() &&
      std::ranges::find(staff.scopes, row.facts.harm) == staff.scopes.end()) {
    return fail(ErrorCode::not_in_scope, kWhere);
  }
  return row;
}

CaseSummary Cases::summary_of(const Row& row) const {
  CaseSummary out;
  out.id = row.id;
  out.number = row.number;
  out.received = row.received;
  out.due = row.facts.due;
  out.state = row.state;
  out.harm = row.facts.harm;
  out.alleged = row.alleged;
  out.reports = row.reports;
  out.messages = row.messages;
  out.verified = row.verified;
  out.not_verified = row.not_verified;
  out.vouchers = row.vouchers;
  out.provider_records = row.facts.provider_records;
  out.priority = row.priority;
  if (row.assigned && row.assigned_at.value + kAssignmentMillis > clock_.now().value) {
    out.assigned = row.assigned;
  }
  out.quarantined = row.quarantined;
  out.sampled = row.sampled;
  out.needs_second = row.needs_second;
  out.escalated = row.escalated;
  out.decision = row.decision;
  return out;
}

bool Cases::held_by_another(const Row& row, const Staff& staff) const {
  return row.assigned && *row.assigned != staff.account && !staff.senior &&
         row.assigned_at.value + kAssignmentMillis > clock_.now().value;
}

void Cases::score(store::Transaction& tx, const ReportId& id) {
  static const std::string sql =
      "SELECT " + std::string(kCaseColumns) + " FROM review_case WHERE id = ?";
  const auto row = tx.row(sql, id);
  if (!row) {
    throw store::StoreFailure("a case is gone");
  }
  const auto now = clock_.now();
  const auto priority = priority_of(Row::of(*row).facts, now);
  // What never changes by itself is looked at again at the end of time.
  constexpr std::uint64_t kNever = 1ULL << 62U;
  tx.run("UPDATE review_case SET score = ?, band = ?, scored_ms = ?, rescore_ms = ? WHERE id = ?",
         priority.score, static_cast<int>(priority.band), now,
         priority.changes ? priority.changes->value : kNever, id);
}

Result<CasePage> Cases::list(const Staff& staff, const CaseQuery& query) {
  LK_TRY(digest_key, vault_.digest_key());
  const auto limit = std::clamp<std::size_t>(query.limit, 1, kMaxPage);
  Place after{};
  if (!query.after.empty()) {
    LK_TRY(place, place_from(query.after));
    after = place;
  }
  // Literals of ours only; people's data travels as parameters.
  std::string where;
  switch (query.view) {
    case QueueView::queue:
      where = "state = 'open' AND quarantined = 0";
      break;
    case QueueView::mine:
      where = "assigned = ?1 AND assigned_ms > ?2 AND state != 'decided'";
      break;
    case QueueView::second:
      where = "state = 'awaiting_second' AND quarantined = 0";
      break;
    case QueueView::appeals:
      where = "state = 'appealed' AND quarantined = 0";
      break;
    case QueueView::decided:
      where = "state = 'decided' AND quarantined = 0";
      break;
    case QueueView::quarantine:
      where = "state = 'open' AND quarantined = 1";
      break;
    case QueueView::sampled:
      where = "state = 'decided' AND sampled = 1";
      break;
    case QueueView::all:
      where = "1";
      break;
  }
  auto scopes = harms_of(staff);
  if (query.harm) {
    std::erase_if(scopes, [&](Harm harm) { return harm != *query.harm; });
  }
  if (scopes.size() < kHarms.size()) {
    where += " AND harm IN (SELECT value FROM json_each(?3))";
  }
  if (!query.search.empty()) {
    where += " AND lower(hex(id)) IN (SELECT value FROM json_each(?4))";
  }
  // Parameters that a view does not need are bound all the same; this names each of them once.
  where += " AND ?1 IS NOT NULL AND ?2 IS NOT NULL AND ?3 IS NOT NULL AND ?4 IS NOT NULL";
  const auto now = clock_.now().value;
  const auto fresh_since = now > kAssignmentMillis ? now - kAssignmentMillis : 0;
  const auto harms = json_of(scopes);

  const auto read = [&](store::Transaction& tx) -> Result<CasePage> {
    std::vector<ReportId> found;
    if (!query.search.empty()) {
      const auto& text = query.search;
      const auto collect = [&](const std::vector<store::Row>& rows) {
        for (const auto& row : rows) {
          found.push_back(row.id<ReportId>(0));
        }
      };
      collect(
          tx.rows("SELECT review_case.id FROM review_case JOIN account ON account.id = alleged "
                  "WHERE account.name = ?1 UNION SELECT case_id FROM report JOIN account ON "
                  "account.id = reporter WHERE account.name = ?1 LIMIT ?2",
                  text, kMaxFound));
      if (text.size() >= 4 && text.size() <= 32 && is_lower_hex(text)) {
        // A beginning of a key of the table is a range of keys.
        const auto first = from_hex(text + std::string(32 - text.size(), '0'));
        const auto last = from_hex(text + std::string(32 - text.size(), 'f'));
        if (first && last) {
          collect(tx.rows("SELECT id FROM review_case WHERE id BETWEEN ? AND ? LIMIT ?", *first,
                          *last, kMaxFound));
        }
      }
      if (const auto hash = from_hex(text); hash && is_lower_hex(text)) {
        if (hash->size() == 32) {
          collect(tx.rows("SELECT case_id FROM evidence_file WHERE sha256_mac = ? LIMIT ?",
                          keyed(digest_key, "sha256", *hash), kMaxFound));
        } else if (hash->size() == 20) {
          collect(tx.rows("SELECT case_id FROM evidence_file WHERE sha1_mac = ? LIMIT ?",
                          keyed(digest_key, "sha1", *hash), kMaxFound));
        } else if (hash->size() == 16) {
          collect(tx.rows("SELECT case_id FROM evidence_file WHERE md5_mac = ? LIMIT ?",
                          keyed(digest_key, "md5", *hash), kMaxFound));
        }
      }
    }
    const auto ids = json_of(found);
    CasePage page;
    page.total = tx.row("SELECT count(*) FROM review_case WHERE " + where, staff.account,
                        fresh_since, harms, ids)
                     ->number(0);
    const auto select = "SELECT " + std::string(kCaseColumns) + " FROM review_case WHERE " + where;
    const std::string order = " ORDER BY score DESC, due_ms, number LIMIT ?5";
    const auto rows =
        query.after.empty()
            ? tx.rows(select + order, staff.account, fresh_since, harms, ids, limit + 1)
            : tx.rows(select +
                          " AND score <= ?6 AND (score < ?6 OR due_ms > ?7 OR (due_ms = ?7 AND "
                          "number > ?8))" +
                          order,
                      staff.account, fresh_since, harms, ids, limit + 1, after.score, after.due,
                      after.number);
    Place place;
    for (const auto& values : rows) {
      if (page.cases.size() == limit) {
        page.next = text_of(place);
        break;
      }
      const auto row = Row::of(values);
      place = {row.score, static_cast<std::int64_t>(row.facts.due.value),
               static_cast<std::int64_t>(row.number)};
      page.cases.push_back(summary_of(row));
    }
    return page;
  };
  if (query.search.empty()) {
    return database_.read(read);
  }
  // Looking for a person or a file is on record, without what was looked for.
  return database_.write([&](store::Transaction& tx) -> Result<CasePage> {
    LK_TRY(page, read(tx));
    LK_CHECK_OK(
        audit_(tx, {"case.search", staff.account, "", std::to_string(page.total) + " found"}));
    return page;
  });
}

Result<CaseSummary> Cases::summary(const Staff& staff, const ReportId& id) {
  return database_.read([&](store::Transaction& tx) -> Result<CaseSummary> {
    LK_TRY(row, row_for(tx, staff, id));
    return summary_of(row);
  });
}

Result<Statistics> Cases::statistics(const Staff& staff) {
  const auto harms = json_of(harms_of(staff));
  return database_.read([&](store::Transaction& tx) -> Result<Statistics> {
    const auto count = [&](std::string_view condition) {
      return tx
          .row(
              "SELECT count(*) FROM review_case WHERE harm IN (SELECT value FROM json_each(?1)) "
              "AND ?2 IS NOT NULL AND " +
                  std::string(condition),
              harms, clock_.now())
          ->number(0);
    };
    Statistics out;
    out.open = count("state = 'open' AND quarantined = 0");
    out.awaiting_second = count("state = 'awaiting_second'");
    out.appeals = count("state = 'appealed'");
    out.quarantined = count("state = 'open' AND quarantined = 1");
    out.overdue = count("state = 'open' AND quarantined = 0 AND due_ms <= ?2");
    return out;
  });
}

Result<CaseSummary> Cases::assign(const Staff& staff, const ReportId& id, bool to_me) {
  return deed(staff, id, [&](store::Transaction& tx) -> Result<CaseSummary> {
    LK_TRY(row, row_for(tx, staff, id));
    if (held_by_another(row, staff)) {
      return fail(ErrorCode::conflict, kWhere, "somebody else works on it");
    }
    const bool taken_over = row.assigned && *row.assigned != staff.account;
    if (to_me) {
      tx.run("UPDATE review_case SET assigned = ?, assigned_ms = ? WHERE id = ?", staff.account,
             clock_.now(), id);
    } else {
      tx.run("UPDATE review_case SET assigned = NULL, assigned_ms = NULL WHERE id = ?", id);
    }
    LK_CHECK_OK(note(tx, "case.assign", staff.account, id,
                     !to_me ? "given back" : (taken_over ? "taken over" : "taken")));
    LK_TRY(after, row_of(tx, id));
    return summary_of(after);
  });
}

Result<CaseSummary> Cases::release(const Staff& staff, const ReportId& id) {
  return deed(staff, id, [&](store::Transaction& tx) -> Result<CaseSummary> {
    LK_TRY(row, row_for(tx, staff, id));
    if (!row.quarantined) {
      return fail(ErrorCode::conflict, kWhere, "it is not in quarantine");
    }
    tx.run("UPDATE review_case SET quarantined = 0, flood = 0 WHERE id = ?", id);
    score(tx, id);
    LK_CHECK_OK(note(tx, "case.release", staff.account, id, "out of quarantine"));
    LK_TRY(after, row_of(tx, id));
    return summary_of(after);
  });
}

Result<std::uint64_t> Cases::rescore(std::size_t most) {
  return database_.write([&](store::Transaction& tx) -> Result<std::uint64_t> {
    const auto rows =
        tx.rows("SELECT id FROM review_case WHERE state = 'open' AND rescore_ms <= ? LIMIT ?",
                clock_.now(), most);
    for (const auto& row : rows) {
      score(tx, row.id<ReportId>(0));
    }
    return rows.size();
  });
}

Result<std::vector<SavedView>> Cases::views(const AccountId& account) {
  return database_.read([&](store::Transaction& tx) -> Result<std::vector<SavedView>> {
    std::vector<SavedView> out;
    for (const auto& row :
         tx.rows("SELECT name, query FROM saved_view WHERE account = ? ORDER BY name", account)) {
      out.push_back({row.text(0), row.text(1)});
    }
    return out;
  });
}

Status Cases::save_view(const AccountId& account, const SavedView& view) {
  if (view.name.empty() || view.name.size() > kMaxViewName || view.query.size() > kMaxViewQuery) {
    return fail(ErrorCode::bad_argument, kWhere, "a view has a name and a query of some length");
  }
  return database_.write([&](store::Transaction& tx) -> Status {
    const auto others = tx.row("SELECT count(*) FROM saved_view WHERE account = ? AND name != ?",
                               account, view.name)
                            ->number(0);
    if (others >= kMaxViews) {
      return fail(ErrorCode::too_many_requests, kWhere, "there are 50 saved views already");
    }
    tx.run("INSERT OR REPLACE INTO saved_view(account, name, query) VALUES(?, ?, ?)", account,
           view.name, view.query);
    return {};
  });
}

Status Cases::forget_view(const AccountId& account, std::string_view name) {
  return database_.write([&](store::Transaction& tx) -> Status {
    if (tx.run("DELETE FROM saved_view WHERE account = ? AND name = ?", account, name) == 0) {
      return fail(ErrorCode::not_found, kWhere);
    }
    return {};
  });
}

}  // namespace lightkeeper::cases
