// Reports to authorities put together: the case file, what reviewers set, and the sender with its
// thread.
#pragma once

#include <memory>
#include <thread>

#include "service/server/case_file.hpp"
#include "service/server/evidence_desk.hpp"
#include "service/server/reporting_outlet.hpp"

namespace lightkeeper::service {

/// What the desk is made of; all of it must outlive the desk.
struct TipDeskParts {
  store::Database& database;
  Clock& clock;
  Rng& rng;
  store::KeyWrapping& keys;
  store::AuditSink audit;
  accounts::Accounts& accounts;
  accounts::Captures& captures;
  messaging::Messaging& messaging;
  cases::Cases& cases;
  approvals::Approvals& approvals;
  EvidenceDesk& evidence;
};

class TipDesk {
 public:
  /// Tells `approvals` what follows from an approved arming, and frees what a sender that died had
  /// taken: only for whoever holds the lock of the data folder.
  [[nodiscard]] static Result<std::unique_ptr<TipDesk>> make(TipDeskParts parts,
                                                             const Settings& settings);
  ~TipDesk() { stop(); }
  TipDesk(const TipDesk&) = delete;
  TipDesk& operator=(const TipDesk&) = delete;

  [[nodiscard]] std::vector<routes::Route> routes(const routes::Gate& gate);
  /// The sender works from here on.
  void start();
  /// Lets the step that is under way finish. Idempotent.
  void stop();
  [[nodiscard]] submission::Sender& sender() { return *sender_; }

 private:
  explicit TipDesk(TipDeskParts parts) : parts_(std::move(parts)) {}
  /// Before a document of another outlet leaves: the decision, the hold, the audit log.
  [[nodiscard]] Status hand_out(const AccountId& by, const ReportId& id, reporting::Outlet outlet);

  TipDeskParts parts_;
  reporting::LintSettings lint_;
  std::unique_ptr<tips::Tips> tips_;
  std::unique_ptr<submission::Sender> sender_;
  std::unique_ptr<CaseFiles> files_;
  std::jthread sending_;
};

}  // namespace lightkeeper::service
