// Sign-in of staff through a provider: to the address where the browser goes, and back.
#pragma once

#include <vector>

#include "service/oidc/provider.hpp"
#include "service/routes/route.hpp"

namespace lightkeeper::routes {

/// `provider` may be absent: both routes then answer `oidc_not_configured`. Both must outlive the
/// routes.
[[nodiscard]] std::vector<Route> oidc_routes(accounts::Accounts& accounts,
                                             oidc::Provider* provider);

}  // namespace lightkeeper::routes
