// Review and preservation put together: what they ask of the case room, and what follows from an
// approval.
#pragma once

#include <memory>

#include "service/approvals/approvals.hpp"
#include "service/cases/cases.hpp"
#include "service/preservation/preservation.hpp"
#include "service/review/review.hpp"
#include "service/routes/route.hpp"
#include "service/server/settings.hpp"

namespace lightkeeper::service {

/// What the desk is made of; all of it must outlive the desk.
struct EvidenceDeskParts {
  store::Database& database;
  Clock& clock;
  Rng& rng;
  store::AuditSink audit;
  accounts::Accounts& accounts;
  cases::Cases& cases;
  approvals::Approvals& approvals;
};

class EvidenceDesk {
 public:
  /// `key_seed`: keys/review. Tells `approvals` what follows from an approved release or
  /// destruction.
  [[nodiscard]] static Result<std::unique_ptr<EvidenceDesk>> make(EvidenceDeskParts parts,
                                                                  const Settings& settings,
                                                                  const SecretBytes& key_seed);

  [[nodiscard]] std::vector<routes::Route> routes(const routes::Gate& gate);
  /// Ends holds, destroys what the retention setting names. Every sweep.
  [[nodiscard]] Status sweep();
  /// After destructions; every minute, and at the end.
  [[nodiscard]] Status settle() { return preservation_->settle(); }

  /// By scopes; a refusal stands in the audit log.
  [[nodiscard]] Status may_look_into(const accounts::Account& account, const ReportId& report);
  /// The same for lists: nobody asked for this one case, and nothing is on record.
  [[nodiscard]] bool looks_after(const accounts::Account& account, const ReportId& report);

  [[nodiscard]] review::Review& review() { return *review_; }
  [[nodiscard]] preservation::Preservation& preservation() { return *preservation_; }

 private:
  EvidenceDesk(EvidenceDeskParts parts, const Settings& settings)
      : parts_(std::move(parts)), case_retention_days_(settings.case_retention_days) {}

  EvidenceDeskParts parts_;
  std::uint64_t case_retention_days_;
  decode::Renditions renditions_{decode::RenditionOptions{}};
  std::unique_ptr<review::Review> review_;
  std::unique_ptr<preservation::Preservation> preservation_;
};

/// What review and preservation find wrong in a data folder.
[[nodiscard]] Result<std::vector<std::string>> evidence_desk_faults(store::Database& database,
                                                                    Clock& clock, Rng& rng,
                                                                    const SecretBytes& key_seed);

}  // namespace lightkeeper::service
