#include "service/routes/oidc_api.hpp"

#include <nlohmann/json.hpp>

#include "service/routes/answers.hpp"
#include "service/routes/fields.hpp"

namespace lightkeeper::routes {

namespace {

using http::Request;
using http::Response;

Result<Response> start(oidc::Provider& provider, const Request& request) {
  std::optional<std::string> code;
  if (!request.body.empty()) {
    LK_TRY(fields, Fields::parse(request.body));
    LK_TRY(given, fields.optional_text("code", 64));
    LK_CHECK_OK(fields.finish());
    code = std::move(given);
  }
  LK_TRY(url, provider.begin(std::move(code)));
  return json_answer(200, {{"authorization_url", url}});
}

Result<Response> finish(accounts::Accounts& accounts, oidc::Provider& provider,
                        const Request& request) {
  LK_TRY(fields, Fields::parse(request.body));
  LK_TRY(code, fields.text("code", 1, 4096));
  LK_TRY(state, fields.text("state", 1, oidc::kMaxState));
  LK_CHECK_OK(fields.finish());
  LK_TRY(arrival, provider.finish(code, state));
  LK_TRY(in, accounts.sign_in_with_provider({arrival.issuer, arrival.subject, arrival.wanted_name},
                                            arrival.code));
  return json_answer(201, signed_in_json(in));
}

}  // namespace

std::vector<Route> oidc_routes(accounts::Accounts& accounts, oidc::Provider* provider) {
  const auto configured = [provider](auto handler) -> Gate::Anonymous {
    return [provider, handler](const Request& request) -> Result<Response> {
      if (provider == nullptr) {
        return fail(ErrorCode::oidc_not_configured, "oidc");
      }
      return handler(*provider, request);
    };
  };
  std::vector<Route> out;
  out.push_back(Gate::open("POST", "/api/v1/oidc/start", configured(start), kSmallBody));
  out.push_back(Gate::open("POST", "/api/v1/oidc/finish",
                           configured([&accounts](oidc::Provider& used, const Request& request) {
                             return finish(accounts, used, request);
                           }),
                           kSmallBody));
  return out;
}

}  // namespace lightkeeper::routes
