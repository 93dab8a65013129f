// A member of staff at the API of an operator's service on this machine.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/base/result.hpp"

namespace lightkeeper::cli {

/// Signed in while it lives; the session ends with it.
class ServiceClient {
 public:
  /// `url` like http://127.0.0.1:8080. Errors of the service by its own codes; `unavailable` when
  /// it does not answer.
  [[nodiscard]] static Result<ServiceClient> sign_in(std::string url, const std::string& name,
                                                     const std::string& password);
  ServiceClient(ServiceClient&& other) noexcept;
  ServiceClient& operator=(ServiceClient&&) = delete;
  ~ServiceClient();

  [[nodiscard]] Result<nlohmann::ordered_json> get(const std::string& path) const;
  [[nodiscard]] Result<nlohmann::ordered_json> post(const std::string& path,
                                                    const nlohmann::ordered_json& body) const;

 private:
  ServiceClient(std::string url, std::string token)
      : url_(std::move(url)), token_(std::move(token)) {}
  std::string url_, token_;  // no token: moved from
};

}  // namespace lightkeeper::cli
