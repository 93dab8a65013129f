// One case, gathered from the rooms into the case file that every outlet is rendered from.
//
// Who learns what: nobody yet; the document stays in the service until a person submits it. Reading
// the evidence and the sign-in addresses that go into it leaves audit entries of those rooms.
#pragma once

#include <functional>

#include "service/accounts/accounts.hpp"
#include "service/accounts/captures.hpp"
#include "service/cases/cases.hpp"
#include "service/messaging/messaging.hpp"
#include "service/preservation/preservation.hpp"
#include "service/reporting/tip.hpp"
#include "service/review/review.hpp"
#include "service/submission/submission.hpp"
#include "service/tips/tips.hpp"

namespace lightkeeper::service {

/// The rooms that know something about a case.
struct CaseFileSources {
  cases::Cases& cases;
  review::Review& review;
  preservation::Preservation& preservation;
  accounts::Accounts& accounts;
  accounts::Captures& captures;
  messaging::Messaging& messaging;
  tips::Tips& tips;
  submission::Sender& sender;
  Clock& clock;
  reporting::ServiceFacts service;  // without review keys; they are added
};

/// Sign-ins and registrations that go into a report: the newest of this long.
constexpr std::uint64_t kCaptureMillis = 90ULL * 24 * 3600 * 1000;

/// Thread-safe as far as the rooms are.
class CaseFiles {
 public:
  explicit CaseFiles(CaseFileSources sources);

  /// With the newest facts that a reviewer set, if any. `staff` must be allowed to read the case.
  [[nodiscard]] Result<reporting::CaseFile> gather(const cases::Staff& staff, const ReportId& id);

 private:
  [[nodiscard]] Result<reporting::CaseAccount> account_of(const cases::Staff& staff,
                                                          const ReportId& id,
                                                          const AccountId& account);
  [[nodiscard]] Status add_people(const cases::Staff& staff, const cases::CaseDetail& detail,
                                  reporting::CaseFile& file);
  void add_conversations(const cases::CaseDetail& detail, reporting::CaseFile& file);
  [[nodiscard]] Status add_files(const ReportId& id, const cases::CaseDetail& detail,
                                 reporting::CaseFile& file);
  [[nodiscard]] Status add_holds_and_reports(const ReportId& id, reporting::CaseFile& file);
  [[nodiscard]] Result<std::vector<std::string>> prior_reports(const cases::Staff& staff,
                                                               const cases::CaseDetail& detail);

  CaseFileSources sources_;
};

}  // namespace lightkeeper::service
