#include "service/preservation/shredding.hpp"

#include <algorithm>
#include <array>

namespace lightkeeper::preservation {

namespace {

/// ?1 is the case everywhere.
struct Place {
  std::string_view name;
  /// Rows that still hold something.
  std::string_view rows;
  std::string_view removal;
};

constexpr std::array kPlaces{
    Place{"evidence",
          "SELECT 1 FROM evidence WHERE report IN (SELECT report FROM case_of_report WHERE "
          "case_id = ?1)",
          "DELETE FROM evidence WHERE report IN (SELECT report FROM case_of_report WHERE case_id = "
          "?1)"},
    Place{"keys of reports",
          "SELECT 1 FROM report WHERE length(wrapped_key) > 0 AND id IN (SELECT report FROM "
          "case_of_report WHERE case_id = ?1)",
          "UPDATE report SET wrapped_key = x'' WHERE id IN (SELECT report FROM case_of_report "
          "WHERE case_id = ?1)"},
    Place{"facts", "SELECT 1 FROM tip_facts WHERE report = ?1",
          "DELETE FROM tip_facts WHERE report = ?1"},
    Place{"documents of submissions",
          "SELECT 1 FROM submission_document WHERE submission IN (SELECT number FROM submission "
          "WHERE case_id = ?1)",
          "DELETE FROM submission_document WHERE submission IN (SELECT number FROM submission "
          "WHERE case_id = ?1)"},
    // Its number at the hotline and what became of it stay: they prove that it was sent.
    Place{"files of submissions",
          "SELECT 1 FROM submission_file WHERE (sha256 <> zeroblob(32) OR size <> 0 OR media_type "
          "<> '') AND submission IN (SELECT number FROM submission WHERE case_id = ?1)",
          "UPDATE submission_file SET sha256 = zeroblob(32), size = 0, media_type = '' WHERE "
          "submission IN (SELECT number FROM submission WHERE case_id = ?1)"},
    Place{"keys of submissions",
          "SELECT 1 FROM submission WHERE case_id = ?1 AND length(wrapped_key) > 0",
          "UPDATE submission SET wrapped_key = x'' WHERE case_id = ?1"},
    Place{"viewing events", "SELECT 1 FROM review_viewed WHERE report = ?1",
          "DELETE FROM review_viewed WHERE report = ?1"},
    // Keyed digests: whoever has the key could try a known file on them.
    Place{"digests of viewed files", "SELECT 1 FROM review_media WHERE report = ?1",
          "DELETE FROM review_media WHERE report = ?1"},
    Place{"digests of files", "SELECT 1 FROM evidence_file WHERE case_id = ?1",
          "DELETE FROM evidence_file WHERE case_id = ?1"},
    Place{"digests of messages", "SELECT 1 FROM case_message WHERE case_id = ?1",
          "DELETE FROM case_message WHERE case_id = ?1"},
    Place{"digests of conversations", "SELECT 1 FROM case_conversation WHERE case_id = ?1",
          "DELETE FROM case_conversation WHERE case_id = ?1"},
};

constexpr std::array<std::string_view, 5> kCounted{
    "files of submissions", "digests of viewed files", "digests of files", "digests of messages",
    "digests of conversations"};

std::uint64_t rows_in(store::Transaction& tx, const Place& place, const ReportId& of_case) {
  return tx.row("SELECT count(*) FROM (" + std::string(place.rows) + ")", of_case)->number(0);
}

void add_copy(CertificateFacts& facts, std::string name, const Bytes& bytes) {
  facts.copies.push_back({std::move(name), bytes.size(), crypto::sha256(bytes)});
}

}  // namespace

void count_copies(store::Transaction& tx, const ReportId& of_case, CertificateFacts& facts) {
  for (const auto& row :
       tx.rows("SELECT version, sealed, wrapped_key FROM tip_facts WHERE report = ? ORDER BY "
               "version",
               of_case)) {
    const auto name = "facts version " + std::to_string(row.number(0));
    add_copy(facts, name, row.blob(1));
    add_copy(facts, name + " key", row.blob(2));
  }
  for (const auto& one :
       tx.rows("SELECT number, wrapped_key FROM submission WHERE case_id = ? ORDER BY number",
               of_case)) {
    const auto name = "submission " + std::to_string(one.number(0));
    // One at a time: case files are large.
    for (const auto& part :
         tx.rows("SELECT part FROM submission_document WHERE submission = ? ORDER BY part",
                 one.integer(0))) {
      const auto sealed =
          tx.row("SELECT sealed FROM submission_document WHERE submission = ? AND part = ?",
                 one.integer(0), part.text(0));
      add_copy(facts, name + " " + part.text(0), sealed->blob(0));
    }
    if (!one.blob(1).empty()) {
      add_copy(facts, name + " key", one.blob(1));
    }
  }
  for (const auto& row : tx.rows(
           "SELECT number, sealed FROM review_viewed WHERE report = ? ORDER BY number", of_case)) {
    add_copy(facts, "viewing event " + std::to_string(row.number(0)), row.blob(1));
  }
  for (const auto& place : kPlaces) {
    if (std::find(kCounted.begin(), kCounted.end(), place.name) != kCounted.end()) {
      if (const auto rows = rows_in(tx, place, of_case); rows > 0) {
        facts.counts.push_back({std::string(place.name), rows});
      }
    }
  }
}

void shred(store::Transaction& tx, const ReportId& of_case) {
  // Dry runs that have not run yet have nothing to run on any more.
  tx.run(
      "UPDATE submission SET set_aside = 1, state = 'quarantined', pending = NULL, problem = 'the "
      "evidence of this case was destroyed' WHERE case_id = ? AND dry_run = 1 AND state <> 'done'",
      of_case);
  for (const auto& place : kPlaces) {
    tx.run(place.removal, of_case);
  }
}

std::vector<std::string> left_of(store::Transaction& tx, const ReportId& of_case) {
  std::vector<std::string> out;
  for (const auto& place : kPlaces) {
    if (rows_in(tx, place, of_case) > 0) {
      out.emplace_back(place.name);
    }
  }
  return out;
}

}  // namespace lightkeeper::preservation
