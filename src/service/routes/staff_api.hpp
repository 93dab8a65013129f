// Staff and approvals over HTTP: who is staff, invitations, roles, and what a second person
// decides.
#pragma once

#include <string>
#include <vector>

#include "service/approvals/approvals.hpp"
#include "service/routes/route.hpp"

namespace lightkeeper::routes {

/// Who may be invited by one person alone, and who only with an approval: everybody who may approve
/// something, or else an administrator could invite a second self and agree with it.
[[nodiscard]] bool invitation_needs_approval(accounts::Role role);

/// Tells Approvals what happens when a change of role is approved. Once, while the service is put
/// together; both must outlive one another's use.
void register_staff_deeds(accounts::Accounts& accounts, approvals::Approvals& approvals);

/// `public_url`: for links. The rooms must outlive the routes.
[[nodiscard]] std::vector<Route> staff_routes(accounts::Accounts& accounts,
                                              approvals::Approvals& approvals, const Gate& gate,
                                              std::string public_url);

}  // namespace lightkeeper::routes
