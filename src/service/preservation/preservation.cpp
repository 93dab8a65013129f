#include "service/preservation/preservation.hpp"

#include <array>

#include "service/preservation/certificate.hpp"
#include "service/preservation/shredding.hpp"

namespace lightkeeper::preservation {

namespace {

constexpr std::string_view kWhere = "preservation";
constexpr std::uint64_t kDayMillis = 86'400'000;

struct Terms {
  Basis basis;
  std::string_view name;
  std::uint64_t days;
  std::uint64_t extension_days;
  std::uint64_t extensions;  // how often
  std::uint64_t reference_days;
};
// 18 U.S.C. 2258A(h): one year. 18 U.S.C. 2703(f): 90 days, once 90 more. Regulation (EU)
// 2023/1543, preservation orders: 60 days, once 30 more. UK Online Safety Act reports: content one
// year, reference data five. Internal: what the operator says, 90 days if nothing is said.
constexpr std::array kTerms{
    Terms{Basis::report_2258a, "report_2258a", 365, 0, 0, 0},
    Terms{Basis::letter_2703f, "letter_2703f", 90, 90, 1, 0},
    Terms{Basis::epoc_pr, "epoc_pr", 60, 30, 1, 0},
    Terms{Basis::uk_osa, "uk_osa", 365, 0, 0, 5 * 365},
    Terms{Basis::internal, "internal", 90, 90, 40, 0},
};
const Terms& terms_of(Basis basis) { return kTerms.at(static_cast<std::size_t>(basis)); }

constexpr std::string_view kColumns =
    "SELECT number, hold.case_id, basis, reference, placed_ms, until_ms, placed_by, state, "
    "extensions, (SELECT count(*) FROM evidence JOIN case_of_report AS c ON c.report = "
    "evidence.report WHERE c.case_id = hold.case_id) FROM hold ";

Hold hold_of(const store::Row& row) {
  Hold out;
  out.number = row.number(0);
  out.report = row.id<ReportId>(1);
  const auto basis = basis_from_name(row.text(2));
  if (!basis) {
    throw store::StoreFailure("a hold has an unknown basis");
  }
  out.basis = *basis;
  out.reference = row.text(3);
  out.placed = UnixMillis{row.number(4)};
  out.until = UnixMillis{row.number(5)};
  if (!row.null(6)) {
    out.placed_by = row.id<AccountId>(6);
  }
  out.state = row.text(7) == "live"      ? HoldState::live
              : row.text(7) == "expired" ? HoldState::expired
                                         : HoldState::released;
  out.extensions = row.number(8);
  out.items = row.number(9);
  return out;
}

std::string hold_word(std::uint64_t number) { return "hold " + std::to_string(number); }

Status check_reason(std::string_view reason) {
  if (reason.empty() || reason.size() > kMaxReason) {
    return fail(ErrorCode::bad_argument, kWhere, "a reason of at most 1024 bytes has to be there");
  }
  return {};
}

/// Nothing keeps this case: no live hold on it or its account, no report of it that has not
/// arrived.
Status check_free(store::Transaction& tx, const ReportId& report) {
  if (tx.row("SELECT 1 FROM held_report WHERE case_id = ?", report)) {
    return fail(ErrorCode::held, kWhere);
  }
  if (tx.row("SELECT 1 FROM unsent_case WHERE case_id = ?", report)) {
    return fail(ErrorCode::conflict, kWhere,
                "a report of this case is on its way or waits for a person");
  }
  return {};
}

}  // namespace

std::string_view name_of(Basis basis) { return terms_of(basis).name; }
std::uint64_t days_of(Basis basis) { return terms_of(basis).days; }
std::uint64_t extension_days_of(Basis basis) { return terms_of(basis).extension_days; }
std::uint64_t reference_days_of(Basis basis) { return terms_of(basis).reference_days; }

Result<Basis> basis_from_name(std::string_view name) {
  for (const auto& terms : kTerms) {
    if (terms.name == name) {
      return terms.basis;
    }
  }
  return fail(ErrorCode::bad_argument, kWhere, "an unknown basis of a hold");
}

std::string_view name_of(HoldState state) {
  switch (state) {
    case HoldState::expired:
      return "expired";
    case HoldState::released:
      return "released";
    case HoldState::live:
      break;
  }
  return "live";
}

Preservation::Preservation(store::Database& database, Clock& clock, store::AuditSink audit,
                           AskSecond ask_second, ReadEvidence evidence, std::string service_name,
                           crypto::SigningKeyPair key)
    : database_(database),
      clock_(clock),
      audit_(std::move(audit)),
      ask_second_(std::move(ask_second)),
      evidence_(std::move(evidence)),
      service_name_(std::move(service_name)),
      key_(std::move(key.secret)),
      public_key_(key.public_key) {}

Result<std::unique_ptr<Preservation>> Preservation::make(
    store::Database& database, Clock& clock, store::AuditSink audit, AskSecond ask_second,
    ReadEvidence evidence, std::string service_name, const SecretBytes& key_seed) {
  LK_TRY(key, crypto::signing_key_from_seed(key_seed.expose_secret()));
  return std::unique_ptr<Preservation>(new Preservation(database, clock, std::move(audit),
                                                        std::move(ask_second), std::move(evidence),
                                                        std::move(service_name), std::move(key)));
}

Status Preservation::note(store::Transaction& tx, std::string_view action,
                          std::optional<AccountId> by, const ReportId& report,
                          std::string detail) const {
  return audit_(tx, {std::string(action), by, "case:" + report.hex(), std::move(detail)});
}

Status Preservation::check_case(store::Transaction& tx, const ReportId& report) const {
  if (!tx.row("SELECT 1 FROM case_of_report WHERE case_id = ?", report)) {
    return fail(ErrorCode::not_found, kWhere);
  }
  if (tx.row("SELECT 1 FROM destruction WHERE case_id = ?", report)) {
    return fail(ErrorCode::evidence_destroyed, kWhere);
  }
  return {};
}

// --- Holds
// -------------------------------------------------------------------------------------------------

Result<Hold> Preservation::hold_in(store::Transaction& tx, std::uint64_t number) const {
  const auto row = tx.row(std::string(kColumns) + "WHERE number = ?", number);
  if (!row) {
    return fail(ErrorCode::not_found, kWhere);
  }
  return hold_of(*row);
}

Result<Hold> Preservation::place_in(store::Transaction& tx, std::optional<AccountId> by,
                                    const ReportId& report, Basis basis, std::uint64_t days,
                                    std::string_view reference) {
  LK_CHECK_OK(check_case(tx, report));
  const auto now = clock_.now();
  tx.run(
      "INSERT INTO hold(case_id, basis, reference, placed_ms, until_ms, placed_by, state) "
      "VALUES(?, ?, ?, ?, ?, ?, 'live')",
      report, name_of(basis), reference, now, now.value + days * kDayMillis, by);
  const auto number = static_cast<std::uint64_t>(tx.last_row_id());
  tx.run("INSERT INTO hold_deed(hold, deed, done_by, words, done_ms) VALUES(?, 'place', ?, ?, ?)",
         number, by, reference, now);
  LK_CHECK_OK(note(tx, "hold.place", by, report,
                   hold_word(number) + " " + std::string(name_of(basis)) + " " +
                       std::to_string(days) + " days"));
  return hold_in(tx, number);
}

Result<Hold> Preservation::place(std::optional<AccountId> by, const ReportId& report, Basis basis,
                                 std::optional<std::uint64_t> days, std::string_view reference) {
  if (reference.size() > kMaxReference) {
    return fail(ErrorCode::bad_argument, kWhere, "a reference of at most 256 bytes");
  }
  if (days && (basis != Basis::internal || *days < 1 || *days > kMaxDays)) {
    return fail(ErrorCode::bad_argument, kWhere,
                "days are given for internal holds only, 1 to 3653 of them");
  }
  return database_.write([&](store::Transaction& tx) -> Result<Hold> {
    return place_in(tx, by, report, basis, days.value_or(days_of(basis)), reference);
  });
}

Result<Hold> Preservation::hold_for_a_year(store::Transaction& tx, const ReportId& report,
                                           UnixMillis from, std::uint64_t short_by,
                                           std::string_view words) {
  const auto live = tx.row(
      "SELECT number, until_ms FROM hold WHERE case_id = ? AND basis = 'report_2258a' AND state = "
      "'live' ORDER BY until_ms DESC LIMIT 1",
      report);
  const auto year = days_of(Basis::report_2258a);
  if (!live) {
    return place_in(tx, std::nullopt, report, Basis::report_2258a, year, words);
  }
  const auto number = live->number(0);
  const auto until = from.value + year * kDayMillis;
  if (live->number(1) + short_by < until) {
    tx.run("UPDATE hold SET until_ms = ? WHERE number = ?", until, number);
    tx.run("INSERT INTO hold_deed(hold, deed, words, done_ms) VALUES(?, 'extend', ?, ?)", number,
           words, clock_.now());
    LK_CHECK_OK(note(tx, "hold.extend", std::nullopt, report,
                     hold_word(number) + " " + std::string(words)));
  }
  return hold_in(tx, number);
}

Result<Hold> Preservation::hold_for_report(const ReportId& report) {
  return database_.write([&](store::Transaction& tx) {
    return hold_for_a_year(tx, report, clock_.now(), kSettled, "before the report is sent");
  });
}

Status Preservation::report_sent(store::Transaction& tx, const ReportId& report, UnixMillis at) {
  const auto held = hold_for_a_year(tx, report, at, 0, "a year from the finished report");
  if (!held && held.error().code != ErrorCode::evidence_destroyed) {
    return std::unexpected(held.error());
  }
  return {};
}

Result<Hold> Preservation::extend(const AccountId& by, std::uint64_t hold,
                                  std::string_view reference) {
  if (reference.empty() || reference.size() > kMaxReference) {
    return fail(ErrorCode::bad_argument, kWhere, "a reference of at most 256 bytes");
  }
  return database_.write([&](store::Transaction& tx) -> Result<Hold> {
    LK_TRY(found, hold_in(tx, hold));
    const auto& terms = terms_of(found.basis);
    if (found.state != HoldState::live || found.extensions >= terms.extensions) {
      return fail(ErrorCode::conflict, kWhere, "this hold cannot be extended (again)");
    }
    tx.run("UPDATE hold SET until_ms = until_ms + ?, extensions = extensions + 1 WHERE number = ?",
           terms.extension_days * kDayMillis, hold);
    tx.run(
        "INSERT INTO hold_deed(hold, deed, done_by, words, done_ms) VALUES(?, 'extend', ?, ?, ?)",
        hold, by, reference, clock_.now());
    LK_CHECK_OK(note(tx, "hold.extend", by, found.report,
                     hold_word(hold) + " " + std::to_string(terms.extension_days) + " days"));
    return hold_in(tx, hold);
  });
}

Result<std::vector<Hold>> Preservation::holds(std::optional<ReportId> report) {
  return database_.read([&](store::Transaction& tx) -> Result<std::vector<Hold>> {
    const auto rows =
        report ? tx.rows(std::string(kColumns) + "WHERE case_id = ? ORDER BY number DESC LIMIT 200",
                         *report)
               : tx.rows(std::string(kColumns) + "ORDER BY number DESC LIMIT 200");
    std::vector<Hold> out;
    for (const auto& row : rows) {
      out.push_back(hold_of(row));
    }
    return out;
  });
}

Result<Hold> Preservation::hold(std::uint64_t number) {
  return database_.read(
      [&](store::Transaction& tx) -> Result<Hold> { return hold_in(tx, number); });
}

Result<bool> Preservation::held(const ReportId& report) {
  return database_.read([&](store::Transaction& tx) -> Result<bool> {
    return tx.row("SELECT 1 FROM hold WHERE case_id = ? AND state = 'live'", report).has_value();
  });
}

Status Preservation::expire() {
  return database_.write([&](store::Transaction& tx) -> Status {
    const auto now = clock_.now();
    for (const auto& row :
         tx.rows("SELECT number, case_id FROM hold WHERE state = 'live' AND until_ms <= ?", now)) {
      tx.run("UPDATE hold SET state = 'expired' WHERE number = ?", row.integer(0));
      tx.run("INSERT INTO hold_deed(hold, deed, words, done_ms) VALUES(?, 'expire', '', ?)",
             row.integer(0), now);
      LK_CHECK_OK(
          note(tx, "hold.expire", std::nullopt, row.id<ReportId>(1), hold_word(row.number(0))));
    }
    return {};
  });
}

// --- What two people decide
// --------------------------------------------------------------------------------

Result<std::uint64_t> Preservation::ask(const AccountId& by, std::string_view kind,
                                        std::string subject, std::optional<std::uint64_t> hold,
                                        const ReportId& report, std::string_view reason,
                                        store::Transaction& tx) {
  LK_TRY(approval, ask_second_(tx, kind, subject, by));
  tx.run(
      "INSERT INTO preservation_request(approval, kind, subject, hold, case_id, reason, asked_by, "
      "asked_ms) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
      approval, kind, subject, hold, report, reason, by, clock_.now());
  LK_CHECK_OK(note(
      tx, std::string(kind) + ".ask", by, report,
      (hold ? hold_word(*hold) + " " : std::string()) + "approval " + std::to_string(approval)));
  return approval;
}

Result<std::uint64_t> Preservation::ask_release(const AccountId& by, std::uint64_t hold,
                                                std::string_view reason) {
  LK_CHECK_OK(check_reason(reason));
  return database_.write([&](store::Transaction& tx) -> Result<std::uint64_t> {
    LK_TRY(found, hold_in(tx, hold));
    if (found.state != HoldState::live) {
      return fail(ErrorCode::conflict, kWhere, "this hold has ended");
    }
    auto subject = R"({"hold":)" + std::to_string(hold) + R"(,"case":")" + found.report.hex() +
                   R"(","basis":")" + std::string(name_of(found.basis)) + R"("})";
    return ask(by, kReleaseKind, std::move(subject), hold, found.report, reason, tx);
  });
}

Result<std::uint64_t> Preservation::ask_destruction(const AccountId& by, const ReportId& report,
                                                    std::string_view reason) {
  LK_CHECK_OK(check_reason(reason));
  return database_.write([&](store::Transaction& tx) -> Result<std::uint64_t> {
    LK_CHECK_OK(check_case(tx, report));
    LK_CHECK_OK(check_free(tx, report));
    return ask(by, kDestructionKind, R"({"case":")" + report.hex() + R"("})", std::nullopt, report,
               reason, tx);
  });
}

Status Preservation::carry_out(store::Transaction& tx, const Approved& approved) {
  const auto row = tx.row(
      "SELECT kind, subject, hold, case_id, reason, asked_by FROM preservation_request WHERE "
      "approval = ?",
      approved.approval);
  if (!row || row->text(0) != approved.kind || row->text(1) != approved.subject_json ||
      row->id<AccountId>(5) != approved.asked_by || approved.asked_by == approved.approved_by) {
    return fail(ErrorCode::not_allowed, kWhere, "the approval is for something else");
  }
  const auto report = row->id<ReportId>(3);
  if (approved.kind == kDestructionKind) {
    return destroy(tx, report, approved.asked_by, approved.approved_by, row->text(4));
  }
  LK_TRY(hold, hold_in(tx, row->number(2)));
  if (hold.state != HoldState::live) {
    return fail(ErrorCode::conflict, kWhere, "this hold has ended");
  }
  tx.run(
      "INSERT INTO hold_deed(hold, deed, done_by, approved_by, words, done_ms) "
      "VALUES(?, 'release', ?, ?, ?, ?)",
      hold.number, approved.asked_by, approved.approved_by, row->text(4), clock_.now());
  tx.run("UPDATE hold SET state = 'released' WHERE number = ?", hold.number);
  return note(tx, "hold.release", approved.asked_by, report,
              hold_word(hold.number) + " approved by account:" + approved.approved_by.hex());
}

// --- Destruction
// ------------------------------------------------------------------------------------------

Status Preservation::destroy(store::Transaction& tx, const ReportId& report,
                             std::optional<AccountId> by, std::optional<AccountId> approved_by,
                             std::string_view reason) {
  LK_CHECK_OK(check_case(tx, report));
  LK_CHECK_OK(check_free(tx, report));
  CertificateFacts facts;
  facts.service = service_name_;
  facts.number = tx.row("SELECT coalesce(max(number), 0) + 1 FROM destruction")->number(0);
  facts.report = report;
  facts.destroyed = clock_.now();
  facts.ordered_by = by;
  facts.approved_by = approved_by;
  const auto reports =
      tx.rows("SELECT report FROM case_of_report WHERE case_id = ? ORDER BY report", report);
  for (const auto& one : reports) {
    const auto id = one.id<ReportId>(0);
    // One row at a time: files are large.
    for (const auto& number :
         tx.rows("SELECT item FROM evidence WHERE report = ? ORDER BY item", id)) {
      const auto sealed = tx.row("SELECT sealed FROM evidence WHERE report = ? AND item = ?", id,
                                 number.integer(0));
      facts.items.push_back({id, static_cast<std::uint32_t>(number.number(0)),
                             sealed->blob(0).size(), crypto::sha256(sealed->blob(0))});
    }
    const auto key = tx.row("SELECT wrapped_key FROM report WHERE id = ?", id);
    if (!key->blob(0).empty()) {
      facts.keys.push_back({id, 0, key->blob(0).size(), crypto::sha256(key->blob(0))});
    }
  }
  count_copies(tx, report, facts);
  const auto text = certificate_text(facts);
  const auto signature = crypto::sign(key_, as_bytes(text));
  // The certificate first: without it the database lets no evidence go.
  tx.run(
      "INSERT INTO destruction(number, case_id, ordered_by, approved_by, reason, items, "
      "destroyed_ms, certificate, signature) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
      facts.number, report, by, approved_by, reason, facts.items.size(), facts.destroyed, text,
      signature);
  shred(tx, report);
  unsettled_ = true;
  return note(tx, "evidence.destroy", by, report,
              "certificate " + std::to_string(facts.number) + " items " +
                  std::to_string(facts.items.size()) +
                  (approved_by ? " approved by account:" + approved_by->hex()
                               : std::string(" by the retention setting")));
}

Status Preservation::settle() {
  if (!unsettled_.exchange(false)) {
    return {};
  }
  auto done = database_.empty_journal();
  if (!done) {
    unsettled_ = true;
  }
  return done;
}

Status Preservation::forget_decided(std::uint64_t days) {
  const auto now = clock_.now().value;
  if (days == 0 || now < days * kDayMillis) {
    return {};
  }
  const auto cutoff = now - days * kDayMillis;
  LK_TRY(due, database_.read([&](store::Transaction& tx) -> Result<std::vector<ReportId>> {
    std::vector<ReportId> out;
    for (const auto& row :
         tx.rows("SELECT case_id FROM decided_case WHERE decided_ms < ? AND case_id NOT IN "
                 "(SELECT case_id FROM destruction) AND case_id NOT IN (SELECT case_id FROM "
                 "held_report) AND case_id NOT IN (SELECT case_id FROM unsent_case) ORDER BY "
                 "decided_ms",
                 cutoff)) {
      out.push_back(row.id<ReportId>(0));
    }
    return out;
  }));
  for (const auto& report : due) {
    const auto gone = database_.write([&](store::Transaction& tx) -> Status {
      // Once more, inside: it may have been decided again, or held, a moment ago.
      if (!tx.row("SELECT 1 FROM decided_case WHERE case_id = ? AND decided_ms < ?", report,
                  cutoff)) {
        return {};
      }
      return destroy(tx, report, std::nullopt, std::nullopt,
                     "decided more than " + std::to_string(days) + " days ago");
    });
    if (!gone && gone.error().code != ErrorCode::held && gone.error().code != ErrorCode::conflict) {
      return gone;
    }
  }
  return settle();
}

Result<std::vector<Certificate>> Preservation::certificates() {
  return database_.read([&](store::Transaction& tx) -> Result<std::vector<Certificate>> {
    std::vector<Certificate> out;
    for (const auto& row : tx.rows("SELECT number, case_id, destroyed_ms, items, certificate, "
                                   "signature FROM destruction ORDER BY number")) {
      out.push_back({row.number(0), row.id<ReportId>(1), UnixMillis{row.number(2)}, row.number(3),
                     row.text(4), row.array<64>(5)});
    }
    return out;
  });
}

Result<Bytes> Preservation::read_held(const AccountId& by, const ReportId& report,
                                      std::uint32_t item, std::string_view reason) {
  LK_CHECK_OK(check_reason(reason));
  auto noted = database_.write([&](store::Transaction& tx) -> Status {
    LK_CHECK_OK(check_case(tx, report));
    if (!tx.row("SELECT 1 FROM hold WHERE case_id = ? AND state = 'live'", report)) {
      return fail(ErrorCode::conflict, kWhere, "this case is not held");
    }
    tx.run("INSERT INTO held_read(case_id, item, reader, reason, read_ms) VALUES(?, ?, ?, ?, ?)",
           report, item, by, reason, clock_.now());
    return note(
        tx, "evidence.read", by, report,
        "held item " + std::to_string(item) + " reading " + std::to_string(tx.last_row_id()));
  });
  LK_CHECK_OK(std::move(noted));
  return evidence_(by, report, item);
}

Result<std::vector<std::string>> Preservation::faults() {
  LK_TRY(all, certificates());
  std::vector<std::string> out;
  for (const auto& one : all) {
    if (!crypto::verify(public_key_, as_bytes(one.text), one.signature)) {
      out.push_back("destruction certificate " + std::to_string(one.number) + " does not verify");
    }
  }
  LK_CHECK_OK(database_.read([&](store::Transaction& tx) -> Status {
    for (const auto& row : tx.rows("SELECT number, case_id FROM destruction ORDER BY number")) {
      for (const auto& name : left_of(tx, row.id<ReportId>(1))) {
        out.push_back("the evidence of destruction certificate " + std::to_string(row.integer(0)) +
                      " is still there: " + name);
      }
    }
    for (const auto& row :
         tx.rows("SELECT number FROM hold WHERE state = 'released' AND NOT EXISTS "
                 "(SELECT 1 FROM hold_deed WHERE hold = hold.number AND deed = "
                 "'release')")) {
      out.push_back("hold " + std::to_string(row.integer(0)) + " ended without a deed");
    }
    return {};
  }));
  return out;
}

}  // namespace lightkeeper::preservation
