// Holds, destruction and its certificates over HTTP.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "service/preservation/preservation.hpp"
#include "service/routes/route.hpp"

namespace lightkeeper::routes {

struct PreservationParts {
  preservation::Preservation& preservation;
  /// Whether this member of staff may act on this case at all (scopes); its error is the answer.
  std::function<Status(const accounts::Session&, const ReportId&)> may_see;
  /// The same for lists, which leave out what the member of staff does not look after; not on
  /// record.
  std::function<bool(const accounts::Session&, const ReportId&)> sees;
  std::function<Result<std::string>(const AccountId&)> name_of;
};

/// The room must outlive the routes.
[[nodiscard]] std::vector<Route> preservation_routes(PreservationParts parts, const Gate& gate);

}  // namespace lightkeeper::routes
