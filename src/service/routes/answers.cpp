#include "service/routes/answers.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

namespace lightkeeper::routes {

using nlohmann::ordered_json;

http::Response json_answer(int status, const ordered_json& body) {
  auto response = http::Response::json(
      status, body.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
  response.headers["Cache-Control"] = "no-store";
  return response;
}

http::Response no_content() {
  http::Response response;
  response.status = 204;
  response.content_type.clear();
  return response;
}

http::Response octets_answer(Bytes bytes, std::string type, std::string cache) {
  http::Response response;
  response.content_type = std::move(type);
  response.body = std::move(bytes);
  response.headers["Cache-Control"] = std::move(cache);
  return response;
}

ordered_json signed_in_json(const accounts::SignedIn& in) {
  const bool staff = accounts::is_staff(in.account.role);
  auto permissions = ordered_json::array();
  for (const auto permission : accounts::kPermissions) {
    if (accounts::may(in.account.role, permission)) {
      permissions.push_back(accounts::name_of(permission));
    }
  }
  return {{"account", in.account.id.hex()},
          {"name", in.account.name},
          {"role", accounts::name_of(in.account.role)},
          {"token", in.token},
          {"expires_ms", in.expires.value},
          {"permissions", permissions},
          {"scopes", in.account.scopes},
          {"pseudonym", staff ? accounts::pseudonym_of(in.account.id) : ""}};
}

Result<std::uint64_t> decimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || text.size() > 15) {
    return fail(ErrorCode::bad_argument, "request", "a number in the address is not one");
  }
  return value;
}

std::string query(const http::Request& request, const std::string& name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? std::string() : found->second;
}

Result<std::uint64_t> path_number(const http::Request& request, const std::string& name) {
  const auto found = request.params.find(name);
  return decimal(found == request.params.end() ? std::string_view() : found->second);
}

}  // namespace lightkeeper::routes
