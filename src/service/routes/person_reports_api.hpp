// What a person tells and is told about reports: sending one, what came of it, notices, objections.
#pragma once

#include <vector>

#include "service/cases/cases.hpp"
#include "service/routes/route.hpp"

namespace lightkeeper::routes {

/// `cases` must outlive the routes.
[[nodiscard]] std::vector<Route> person_reports_routes(cases::Cases& cases, const Gate& gate);

}  // namespace lightkeeper::routes
