// Reports on their way to a hotline, and the switches of that way: kill switch, arming, alarms.
// Submitting itself stands with the tip desk (tip_api.hpp).
//
// Who learns what: staff who submit, and auditors, read numbers, codes and times of each step; no
// content and no name of a person the report is about.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "service/routes/route.hpp"
#include "service/submission/submission.hpp"

namespace lightkeeper::routes {

/// `Submission` of the API: "details" is shown as "uploading".
[[nodiscard]] nlohmann::ordered_json submission_json(const submission::Submission& submission);

struct SubmissionParts {
  submission::Sender& sender;
  /// Whether this member of staff may act on this case at all (scopes); its error is the answer.
  std::function<Status(const accounts::Session&, const ReportId&)> may_see;
  /// The same for lists, which leave out what the member of staff does not look after; not on
  /// record.
  std::function<bool(const accounts::Session&, const ReportId&)> sees;
};

/// The sender must outlive the routes.
[[nodiscard]] std::vector<Route> submission_routes(SubmissionParts parts, const Gate& gate);

}  // namespace lightkeeper::routes
