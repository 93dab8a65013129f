// The audit log for auditors: entries, the signed checkpoint, the whole log as one file.
//
// Who learns what: staff with read_audit learn which account did what to which case id. They cannot
// open the cases with it. That somebody took a copy of the whole log is an entry itself.
#pragma once

#include "service/accountability/audit_log.hpp"
#include "service/routes/route.hpp"

namespace lightkeeper::routes {

/// Both must outlive the handlers.
[[nodiscard]] std::vector<Route> audit_routes(accountability::AuditLog& log,
                                              accounts::Accounts& accounts, const Gate& gate);

}  // namespace lightkeeper::routes
