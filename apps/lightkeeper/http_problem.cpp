#include "http_problem.hpp"

#include <nlohmann/json.hpp>

namespace lightkeeper::cli {

Error problem_of(const http::ClientResponse& response, std::string_view where) {
  const auto json =
      nlohmann::json::parse(response.body.begin(), response.body.end(), nullptr, false);
  if (json.is_object() && json.contains("code") && json["code"].is_string()) {
    if (const auto code = error_code_from_name(json["code"].get<std::string>())) {
      const auto detail = json.find("detail");
      return {*code, where,
              detail != json.end() && detail->is_string() ? detail->get<std::string>() : ""};
    }
  }
  return {ErrorCode::unavailable, where, "HTTP status " + std::to_string(response.status)};
}

}  // namespace lightkeeper::cli
