// What `lightkeeper data verify` asks of this room: everything is opened and compared.
#include <algorithm>

#include "service/cases/case_row.hpp"
#include "service/cases/chain.hpp"
#include "service/cases/opened_report.hpp"

namespace lightkeeper::cases {

Cases::Cases(store::Database& database, Clock& clock, Rng& rng, Neighbours neighbours,
             store::KeyWrapping& wrapping, store::AuditSink audit, Policy policy)
    : database_(database),
      clock_(clock),
      rng_(rng),
      neighbours_(std::move(neighbours)),
      audit_(std::move(audit)),
      policy_(std::move(policy)),
      vault_(database, rng, wrapping) {}

Result<std::vector<std::string>> Cases::faults() {
  std::vector<std::string> out;
  auto digest_key = vault_.digest_key();
  if (!digest_key) {
    out.push_back("the key of digests does not open: " + digest_key.error().message());
    return out;
  }
  std::uint64_t after = 0;
  for (;;) {
    // A page at a time, so that a running service is not held up for long.
    LK_TRY(ids, database_.read([&](store::Transaction& tx)
                                   -> Result<std::vector<std::pair<ReportId, std::uint64_t>>> {
      std::vector<std::pair<ReportId, std::uint64_t>> page;
      for (const auto& row :
           tx.rows("SELECT id, number FROM review_case WHERE number > ? ORDER BY number LIMIT 50",
                   after)) {
        page.emplace_back(row.id<ReportId>(0), row.number(1));
      }
      return page;
    }));
    for (const auto& [id, number] : ids) {
      after = number;
      const auto name = "case " + id.hex();
      const auto looked = database_.read([&](store::Transaction& tx) -> Status {
        LK_TRY(row, row_of(tx, id));
        const auto held = tx.row(
            "SELECT count(*) FROM evidence JOIN report ON report.id = evidence.report WHERE "
            "case_id = ?",
            id);
        const auto wrapped = tx.row("SELECT wrapped_key FROM report WHERE id = ?", id);
        if (wrapped && wrapped->blob(0).empty() && held->number(0) == 0) {
          return {};  // destroyed: the certificate is room preservation's
        }
        LK_TRY(detail, detail_in(tx, row, *digest_key));
        LK_TRY(key, key_of(tx, id));
        LK_TRY(reports, open_reports(tx, id, key));
        if (reports.size() != row.reports) {
          out.push_back(name + " does not hold as many reports as it says");
        }
        std::uint64_t files = 0;
        const auto check = [&](const AttachmentView& view) {
          if (!view.stored) {
            return;
          }
          if (!file_in(tx, id, view.item)) {
            out.push_back("a file of " + name + " does not open or is not the one that was kept");
          }
          if (view.hashes) {
            ++files;
            const auto kept = tx.row(
                "SELECT sha256_mac, sha1_mac, md5_mac FROM evidence_file WHERE case_id = ? AND "
                "item = ?",
                id, view.item);
            if (!kept || kept->array<32>(0) != keyed(*digest_key, "sha256", view.hashes->sha256) ||
                kept->array<32>(1) != keyed(*digest_key, "sha1", view.hashes->sha1) ||
                kept->array<32>(2) != keyed(*digest_key, "md5", view.hashes->md5)) {
              out.push_back("a file of " + name + " cannot be found by its hash");
            }
          }
        };
        for (const auto& report : reports) {
          for (const auto& message : report.record.messages) {
            std::ranges::for_each(message.attachments, check);
          }
          if (report.record.voucher && report.record.voucher->picture) {
            check(*report.record.voucher->picture);
          }
        }
        if (tx.row("SELECT count(*) FROM evidence_file WHERE case_id = ?", id)->number(0) !=
            files) {
          out.push_back(name + " lists files that it does not hold");
        }
        std::uint64_t verified = 0;
        std::uint64_t own = 0;
        std::uint64_t proven = 0;
        for (const auto& message : detail.messages) {
          verified += message.proof.verified() ? 1U : 0U;
          proven += message.proof.verified() && message.sender == row.alleged ? 1U : 0U;
          own += message.proof.evidence_class() == EvidenceClass::provider_record ? 1U : 0U;
        }
        if (detail.messages.size() != row.messages || verified != row.verified ||
            row.facts.proven > proven || own != row.facts.provider_records ||
            row.messages != row.verified + row.facts.provider_records + row.not_verified ||
            detail.vouchers.size() != row.vouchers) {
          out.push_back(name + " does not hold as much evidence of each class as it says");
        }
        if (row.scored.value != 0 && (row.priority.score != row.score ||
                                      static_cast<std::int64_t>(row.priority.band) != row.band)) {
          out.push_back(name + " has a priority that its facts do not give");
        }
        if ((row.state == State::decided || row.state == State::appealed) &&
            (!row.decision || detail.decisions.empty())) {
          out.push_back(name + " is decided without a decision");
        }
        if (row.decision && std::ranges::none_of(detail.decisions, [&](const auto& made) {
              return made.kind == *row.decision;
            })) {
          out.push_back(name + " has a decision that nobody made");
        }
        return {};
      });
      if (!looked) {
        out.push_back(name + " does not open: " + looked.error().message());
      }
    }
    if (ids.size() < 50) {
      break;
    }
  }
  const auto walked = database_.read([&](store::Transaction& tx) -> Status {
    for (const auto& row :
         tx.rows("SELECT id FROM report WHERE case_id IS NULL OR NOT EXISTS(SELECT 1 FROM "
                 "review_case WHERE review_case.id = case_id)")) {
      out.push_back("report " + row.id<ReportId>(0).hex() + " belongs to no case");
    }
    Bytes before;
    for (const auto& row :
         tx.rows("SELECT number, report, reviewer, decision, sealed_reason, decided_ms, chain, "
                 "deed, policy_version, agrees FROM decision ORDER BY number")) {
      std::optional<bool> agrees;
      if (!row.null(9)) {
        agrees = row.integer(9) != 0;
      }
      if (row.array<32>(6) !=
          chain_of(before, {row.id<ReportId>(1), row.id<AccountId>(2), row.text(3), row.blob(4),
                            row.number(5), row.text(7), row.text(8), agrees})) {
        out.push_back("decision " + std::to_string(row.integer(0)) +
                      " does not follow from the one before it");
      }
      before = row.blob(6);
    }
    return {};
  });
  LK_CHECK_OK(walked);
  return out;
}

}  // namespace lightkeeper::cases
