// What the route files share: answers, and what stands in an address.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/base/ids.hpp"
#include "http/http.hpp"
#include "service/accounts/accounts.hpp"

namespace lightkeeper::routes {

/// "Cache-Control: no-store", as every answer with something about people.
[[nodiscard]] http::Response json_answer(int status, const nlohmann::ordered_json& body);
[[nodiscard]] http::Response no_content();
[[nodiscard]] http::Response octets_answer(Bytes bytes, std::string type, std::string cache);

/// The answer to every way of signing in.
[[nodiscard]] nlohmann::ordered_json signed_in_json(const accounts::SignedIn& in);

/// A whole number of at most 15 digits.
[[nodiscard]] Result<std::uint64_t> decimal(std::string_view text);
/// The query parameter, empty if absent.
[[nodiscard]] std::string query(const http::Request& request, const std::string& name);
/// The placeholder as a number; `bad_argument`.
[[nodiscard]] Result<std::uint64_t> path_number(const http::Request& request,
                                                const std::string& name);

/// The placeholder as an id; `not_found` if it cannot be one.
template <class Identifier>
[[nodiscard]] Result<Identifier> path_id(const http::Request& request, const std::string& name) {
  const auto found = request.params.find(name);
  if (found == request.params.end() || found->second.size() != 32) {
    return fail(ErrorCode::not_found, "request");
  }
  auto id = Identifier::from_hex(found->second);
  if (!id) {
    return fail(ErrorCode::not_found, "request");
  }
  return id;
}

}  // namespace lightkeeper::routes
