// Where registrations, sign-ins and uploads of people came from: kept for a limited time, read for
// reports to a hotline and for nothing else.
//
// Who learns what: the service sees these addresses anyway while it serves a request; this room
// keeps them for `days`. Nobody of staff can look into it: the one way out is captures(), which
// leaves an audit entry that names the case. Messages are not recorded, and of a browser only its
// family and its system.
#pragma once

#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "service/store/audit.hpp"
#include "service/store/database.hpp"

namespace lightkeeper::accounts {

/// The words of the reporting format (`eventName`).
enum class CaptureEvent : std::uint8_t { registration, login, upload, other };
/// "Registration", "Login", "Upload", "Other"
[[nodiscard]] std::string_view name_of(CaptureEvent event);

struct Capture {
  CaptureEvent event = CaptureEvent::other;
  std::string address;     // IPv4 or IPv6 in text, as the connection had it
  std::uint16_t port = 0;  // of the person's side; 0: not known
  UnixMillis at;
  std::string user_agent;  // "Firefox on Linux"; user_agent_class()
};

/// Family and system, nothing that tells two devices of one kind apart; "other" if not known.
[[nodiscard]] std::string user_agent_class(std::string_view user_agent);

/// Thread-safe. The references must outlive it.
class Captures {
 public:
  /// `days` 0: nothing is kept, and what was kept goes with the next forget_old().
  Captures(store::Database& database, Clock& clock, unsigned days, store::AuditSink audit);

  /// Does nothing for an address that is empty. Staff are not recorded: they stand in the audit
  /// log.
  [[nodiscard]] Status record(const AccountId& account, CaptureEvent event,
                              std::string_view address, std::uint16_t port,
                              std::string_view user_agent);

  /// Oldest first, at most 500, the newest ones. `by`: who prepares the report; nobody for the
  /// service itself. `reason`: "case:<hex>". Leaves an audit entry, or gives nothing.
  [[nodiscard]] Result<std::vector<Capture>> captures(const AccountId& account, UnixMillis since,
                                                      const std::optional<AccountId>& by,
                                                      std::string_view reason);

  /// Of everybody whom no held case is about.
  [[nodiscard]] Status forget_old();

 private:
  store::Database& database_;
  Clock& clock_;
  unsigned days_;
  store::AuditSink audit_;
};

}  // namespace lightkeeper::accounts
