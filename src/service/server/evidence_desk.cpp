#include "service/server/evidence_desk.hpp"

#include <algorithm>

#include "service/routes/preservation_api.hpp"
#include "service/routes/review_api.hpp"

namespace lightkeeper::service {

namespace {

/// How hard files of a case are taken to be until a person has said; the harm is all that is known
/// then.
unsigned severity_of(std::string_view harm) {
  if (harm == "known_picture") {
    return 3;
  }
  return harm == "grooming" || harm == "threat" ? 2 : 1;
}

Result<Bytes> bytes_of(cases::Cases& cases, const AccountId& reader, const ReportId& report,
                       std::uint32_t item) {
  // Scopes were checked by the route; this names the reader in the audit log.
  cases::Staff staff;
  staff.account = reader;
  LK_TRY(file, cases.file(staff, report, item));
  return std::move(file.bytes);
}

/// What review asks of the case room.
review::Evidence evidence_of(cases::Cases& cases) {
  return {[&cases](const ReportId& report) -> Result<std::vector<review::MediaItem>> {
            LK_TRY(files, cases.files(report));
            std::vector<review::MediaItem> out;
            for (const auto& file : files) {
              out.push_back({file.item, file.media_type, file.size, file.hashes.sha256,
                             std::string(cases::name_of(file.evidence_class))});
            }
            return out;
          },
          [&cases](const AccountId& reader, const ReportId& report, std::uint32_t item) {
            return bytes_of(cases, reader, report, item);
          },
          [&cases](const ReportId& report) -> Result<unsigned> {
            LK_TRY(harm, cases.harm_of(report));
            return severity_of(cases::name_of(harm));
          }};
}

review::Budgets budgets_of(const Settings& settings) {
  review::Budgets out;
  std::ranges::copy(settings.exposure_soft_seconds, out.soft_seconds.begin());
  std::ranges::copy(settings.exposure_hard_seconds, out.hard_seconds.begin());
  return out;
}

}  // namespace

Result<std::unique_ptr<EvidenceDesk>> EvidenceDesk::make(EvidenceDeskParts parts,
                                                         const Settings& settings,
                                                         const SecretBytes& key_seed) {
  std::unique_ptr<EvidenceDesk> desk(new EvidenceDesk(std::move(parts), settings));
  const auto& own = desk->parts_;
  LK_TRY(review,
         review::Review::make(own.database, own.clock, own.rng, own.audit, desk->renditions_,
                              evidence_of(own.cases), budgets_of(settings), key_seed));
  auto& approvals = own.approvals;
  auto& cases = own.cases;
  LK_TRY(preservation,
         preservation::Preservation::make(
             own.database, own.clock, own.audit,
             [&approvals](store::Transaction& tx, std::string_view kind, std::string_view subject,
                          const AccountId& by) -> Result<std::uint64_t> {
               LK_TRY(number, approvals.request(tx, kind, subject, by));
               return number.value;
             },
             [&cases](const AccountId& reader, const ReportId& report, std::uint32_t item) {
               return bytes_of(cases, reader, report, item);
             },
             settings.service_name, key_seed));
  desk->review_ = std::move(review);
  desk->preservation_ = std::move(preservation);
  auto& room = *desk->preservation_;
  for (const auto kind : {preservation::kReleaseKind, preservation::kDestructionKind}) {
    const auto needed = kind == preservation::kReleaseKind ? accounts::Permission::hold_evidence
                                                           : accounts::Permission::destroy_evidence;
    approvals.when_approved(
        std::string(kind),
        [&room, &people = own.accounts, needed](store::Transaction& tx,
                                                const approvals::Approval& approval) -> Status {
          if (!approval.decided_by) {
            return fail(ErrorCode::internal, "evidence_desk");
          }
          // Both as they are now: who asked may have left, or look after something else since.
          const auto harm = tx.row(
              "SELECT harm FROM preservation_request JOIN review_case ON review_case.id = case_id "
              "WHERE approval = ?",
              approval.number.value);
          if (!harm) {
            return fail(ErrorCode::not_found, "evidence_desk");
          }
          LK_CHECK_OK(people.check(tx, approval.requested_by, needed));
          for (const auto& who : {approval.requested_by, *approval.decided_by}) {
            if (!tx.row("SELECT 1 FROM staff WHERE account = ? AND (scopes = '' OR "
                        "instr(',' || scopes || ',', ',' || ? || ',') > 0)",
                        who, harm->text(0))) {
              return fail(ErrorCode::not_in_scope, "evidence_desk");
            }
          }
          return room.carry_out(tx, {approval.number.value, approval.kind, approval.subject,
                                     approval.requested_by, *approval.decided_by});
        });
  }
  return desk;
}

std::vector<routes::Route> EvidenceDesk::routes(const routes::Gate& gate) {
  const auto may_see = [this](const accounts::Session& session, const ReportId& report) {
    return may_look_into(session.account, report);
  };
  const auto name_of = [this](const AccountId& account) -> Result<std::string> {
    LK_TRY(found, parts_.accounts.account(account));
    return found.name;
  };
  const auto sees = [this](const accounts::Session& session, const ReportId& report) {
    return looks_after(session.account, report);
  };
  auto out = routes::review_routes({*review_, may_see, name_of}, gate);
  for (auto& route : routes::preservation_routes({*preservation_, may_see, sees, name_of}, gate)) {
    out.push_back(std::move(route));
  }
  return out;
}

bool EvidenceDesk::looks_after(const accounts::Account& account, const ReportId& report) {
  if (account.scopes.empty()) {
    return true;
  }
  const auto harm = parts_.cases.harm_of(report);
  return harm && account.sees(cases::name_of(*harm));
}

Status EvidenceDesk::may_look_into(const accounts::Account& account, const ReportId& report) {
  LK_TRY(harm, parts_.cases.harm_of(report));
  if (account.sees(cases::name_of(harm))) {
    return {};
  }
  auto noted = parts_.database.write([&](store::Transaction& tx) -> Status {
    return parts_.audit(tx, {"access.refused", account.id, "case:" + report.hex(), "scope"});
  });
  LK_CHECK_OK(std::move(noted));
  return fail(ErrorCode::not_in_scope, "evidence_desk");
}

Status EvidenceDesk::sweep() {
  LK_CHECK_OK(preservation_->expire());
  LK_CHECK_OK(preservation_->forget_decided(case_retention_days_));
  return preservation_->settle();
}

Result<std::vector<std::string>> evidence_desk_faults(store::Database& database, Clock& clock,
                                                      Rng& rng, const SecretBytes& key_seed) {
  // Only what is there is looked at: nothing is asked of other rooms.
  decode::Renditions renditions{decode::RenditionOptions{}};
  const store::AuditSink silent = [](store::Transaction&, const store::AuditEntry&) -> Status {
    return {};
  };
  LK_TRY(review, review::Review::make(database, clock, rng, silent, renditions, {}, {}, key_seed));
  LK_TRY(preservation, preservation::Preservation::make(database, clock, silent, {}, {},
                                                        "Lightkeeper", key_seed));
  LK_TRY(faults, review->faults());
  LK_TRY(of_preservation, preservation->faults());
  faults.insert(faults.end(), of_preservation.begin(), of_preservation.end());
  return faults;
}

}  // namespace lightkeeper::service
