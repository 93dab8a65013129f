// What a room writes into the audit log, without knowing the log: the composition root hands each
// room an AuditSink. The entry goes into the same transaction as the deed, so there is no deed
// without its entry.
//
// Who learns what: entries name accounts and things by id and never hold content. Auditors read
// them.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "service/store/database.hpp"

namespace lightkeeper::store {

struct AuditEntry {
  /// Field's own word for the deed: "evidence.read", "case.decide", "login.refused", ...
  std::string action;
  /// Nobody for what the service does by itself.
  std::optional<AccountId> actor;
  /// "case:<hex>", "account:<hex>", "submission:<n>", ...; empty if there is none.
  std::string subject;
  /// One short line without content or names of people.
  std::string detail;
};

/// Appends within the caller's transaction; an error undoes the deed.
using AuditSink = std::function<Status(Transaction&, const AuditEntry&)>;

}  // namespace lightkeeper::store
