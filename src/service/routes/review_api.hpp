// Looking at evidence over HTTP: cards, steps, heartbeats, "viewed", exposure and its release.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "service/review/review.hpp"
#include "service/routes/route.hpp"

namespace lightkeeper::routes {

struct ReviewParts {
  review::Review& review;
  /// Whether this member of staff may look into this case at all (scopes); its error is the answer.
  std::function<Status(const accounts::Session&, const ReportId&)> may_see;
  /// For the team's list; `not_found` leaves the name out.
  std::function<Result<std::string>(const AccountId&)> name_of;
};

/// The room must outlive the routes.
[[nodiscard]] std::vector<Route> review_routes(ReviewParts parts, const Gate& gate);

}  // namespace lightkeeper::routes
