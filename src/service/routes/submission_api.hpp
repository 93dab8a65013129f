// Reports on their way to a hotline, and the switches of that way: kill switch, arming, alarms.
// Submitting itself stands with the tip desk (tip_api.hpp).
//
// Who learns what: staff who submit, and auditors, read numbers, codes and times of each step; no
// content and no name of a person the report is about.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "service/routes/route.hpp"
#include "service/submission/submission.hpp"

namespace lightkeeper::routes {

/// `Submission` of the API: "details" is shown as "uploading".
[[nodiscard]] nlohmann::ordered_json submission_json(const submission::Submission& submission);

/// `sender` must outlive the handlers.
[[nodiscard]] std::vector<Route> submission_routes(submission::Sender& sender, const Gate& gate);

}  // namespace lightkeeper::routes
