// The review desk: queue, cases, decisions, saved views. Staff only; each route names its
// permission.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "service/accounts/accounts.hpp"
#include "service/cases/cases.hpp"
#include "service/routes/route.hpp"

namespace lightkeeper::routes {

/// The rooms must outlive the routes.
[[nodiscard]] std::vector<Route> cases_routes(accounts::Accounts& accounts, cases::Cases& cases,
                                              const Gate& gate);

/// `CaseSummary` and `CaseDetail` of the API, for the command line as well. Names of people are
/// looked up in `accounts`.
[[nodiscard]] nlohmann::ordered_json case_json(accounts::Accounts& accounts, cases::Cases& cases,
                                               const cases::CaseSummary& view);
[[nodiscard]] nlohmann::ordered_json case_json(accounts::Accounts& accounts, cases::Cases& cases,
                                               const cases::CaseDetail& view);

/// Who an account of staff is to the room cases. Scopes that are no harm of ours match nothing.
[[nodiscard]] cases::Staff staff_of(const accounts::Account& account);

}  // namespace lightkeeper::routes
