#include "service_client.hpp"

#include "http_problem.hpp"

namespace lightkeeper::cli {
namespace {

using nlohmann::ordered_json;

constexpr auto kWhere = "service";

Result<ordered_json> exchange(const std::string& method, const std::string& url,
                              const std::string& token, const ordered_json* body) {
  http::ClientRequest request;
  request.method = method;
  request.url = url;
  request.timeout = std::chrono::seconds(60);
  if (!token.empty()) {
    request.headers["Authorization"] = "Bearer " + token;
  }
  if (body != nullptr) {
    request.headers["Content-Type"] = "application/json";
    // A reason may be anything that a terminal can give.
    request.body = to_bytes(body->dump(-1, ' ', false, ordered_json::error_handler_t::replace));
  }
  LK_TRY(response, http::exchange(request));
  if (response.status >= 300) {
    return std::unexpected(problem_of(response, kWhere));
  }
  if (response.body.empty()) {
    return ordered_json();
  }
  auto json = ordered_json::parse(response.body.begin(), response.body.end(), nullptr, false);
  if (!json.is_object()) {
    return fail(ErrorCode::bad_json, kWhere, "its answer is no JSON object");
  }
  return json;
}

}  // namespace

Result<ServiceClient> ServiceClient::sign_in(std::string url, const std::string& name,
                                             const std::string& password) {
  const ordered_json body{{"name", name}, {"password", password}};
  LK_TRY(answer, exchange("POST", url + "/api/v1/sessions", "", &body));
  const auto token = answer.find("token");
  if (token == answer.end() || !token->is_string()) {
    return fail(ErrorCode::bad_json, kWhere, "its answer has no token");
  }
  return ServiceClient(std::move(url), token->get<std::string>());
}

ServiceClient::ServiceClient(ServiceClient&& other) noexcept
    : url_(std::move(other.url_)), token_(std::exchange(other.token_, {})) {}

ServiceClient::~ServiceClient() {
  if (!token_.empty()) {
    // Without an answer the session ends by itself when it has been idle.
    static_cast<void>(exchange("DELETE", url_ + "/api/v1/sessions/current", token_, nullptr));
  }
}

Result<ordered_json> ServiceClient::get(const std::string& path) const {
  return exchange("GET", url_ + path, token_, nullptr);
}

Result<ordered_json> ServiceClient::post(const std::string& path, const ordered_json& body) const {
  return exchange("POST", url_ + path, token_, &body);
}

}  // namespace lightkeeper::cli
