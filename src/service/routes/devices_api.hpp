// Routes about devices and about leaving a conversation (api/openapi.json).
#pragma once

#include <vector>

#include "service/accounts/accounts.hpp"
#include "service/messaging/messaging.hpp"
#include "service/routes/route.hpp"

namespace lightkeeper::routes {

/// The rooms must outlive the handlers; `gate` is copied.
[[nodiscard]] std::vector<Route> devices_routes(accounts::Accounts& accounts,
                                                messaging::Messaging& messaging,
                                                messaging::Relay& relay, const Gate& gate);

}  // namespace lightkeeper::routes
