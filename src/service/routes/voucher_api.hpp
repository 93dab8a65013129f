// Match vouchers that a guard hands in over HTTP, with its person signed in.
#pragma once

#include <functional>
#include <vector>

#include "service/cases/cases.hpp"
#include "service/routes/route.hpp"

namespace lightkeeper::routes {

/// What can be confirmed of a voucher (service/server/voucher_check.hpp).
using ExamineVoucher =
    std::function<Result<cases::VerifiedVoucher>(const AccountId& submitted_by, BytesView voucher)>;

/// `cases` must outlive the routes.
[[nodiscard]] std::vector<Route> voucher_routes(cases::Cases& cases, ExamineVoucher examine,
                                                const Gate& gate);

}  // namespace lightkeeper::routes
