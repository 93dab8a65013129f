#include "service/routes/voucher_api.hpp"

#include <nlohmann/json.hpp>

#include "service/routes/answers.hpp"
#include "service/routes/fields.hpp"

namespace lightkeeper::routes {

std::vector<Route> voucher_routes(cases::Cases& cases, ExamineVoucher examine, const Gate& gate) {
  const auto take = [&cases, examine = std::move(examine)](
                        const accounts::Session& session,
                        const http::Request& request) -> Result<http::Response> {
    LK_TRY(fields, Fields::parse(request.body));
    LK_TRY(client_id, fields.text("client_id", 1, 64));
    LK_TRY(voucher, fields.bytes("voucher_b64", 1, cases::kMaxVoucher));
    LK_CHECK_OK(fields.finish());
    LK_TRY(verified, examine(session.account.id, voucher));
    LK_TRY(report, cases.accept_voucher(session.account.id, client_id, voucher, verified));
    return json_answer(201, {{"report", report.hex()}});
  };
  std::vector<Route> routes;
  routes.push_back(gate.person("POST", "/api/v1/vouchers", take, 2 * cases::kMaxVoucher));
  return routes;
}

}  // namespace lightkeeper::routes
