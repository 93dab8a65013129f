// Whether a case may be reported: what every way out asks, and again where it is written down.
#pragma once

#include "core/base/ids.hpp"
#include "core/base/result.hpp"
#include "service/store/database.hpp"

namespace lightkeeper::cases {

/// `conflict` unless the case is decided and what holds is `report`: not while it is open, waits
/// for a second person or for the answer to an objection, and not after another decision. Nobody
/// may set this aside. `not_found` for no such case. Cost: one row.
[[nodiscard]] Status check_decided_to_report(store::Transaction& tx, const ReportId& id);

}  // namespace lightkeeper::cases
