// The tip desk: what a reviewer sets for a report, everything to look at before it is submitted,
// and submitting it.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "service/reporting/tip.hpp"
#include "service/routes/route.hpp"
#include "service/submission/submission.hpp"
#include "service/tips/tips.hpp"

namespace lightkeeper::routes {

struct TipParts {
  /// The case as it stands, with the newest facts that were set; reading it is on record.
  std::function<Result<reporting::CaseFile>(const accounts::Session&, const ReportId&)> gather;
  tips::Tips& tips;
  submission::Sender& sender;
  /// The live hold of a report, or null.
  std::function<Result<nlohmann::ordered_json>(const ReportId&)> hold;
  /// Refuses unless people have decided that this case is reported.
  std::function<Status(const ReportId&)> decided;
  /// Places the hold of such a document and puts it on record; refuses as `decided` does.
  std::function<Status(const accounts::Session&, const ReportId&, reporting::Outlet)> hand_out;
  reporting::LintSettings lint;
};

/// The rooms must outlive the routes.
[[nodiscard]] std::vector<Route> tip_routes(TipParts parts, const Gate& gate);

}  // namespace lightkeeper::routes
