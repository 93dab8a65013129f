// One route of the HTTP API, and the gate that every route with a person behind it goes through.
//
// Who may do what stands here and nowhere else: `nobody` needs no token, `person` and `staff`
// exclude one another, and staff need one of the permissions that the route names.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "http/http.hpp"
#include "service/accounts/accounts.hpp"

namespace lightkeeper::routes {

enum class Who : std::uint8_t { nobody, person, staff, anybody_signed_in };

struct Route {
  std::string method;
  std::string pattern;
  Who who = Who::nobody;
  http::Handler handler;
  std::size_t body_limit = 0;                 // 0: the listener's
  std::vector<accounts::Permission> needs{};  // staff need one of them; "x-needs" in openapi
};

constexpr std::size_t kSmallBody = 16 * 1024;

/// A session that was refused: the wrong kind of account, or staff without the permission. Called
/// before the answer goes out; `route` is "GET /api/v1/cases/{case}", without ids of things.
using RefusedAccess = std::function<void(const accounts::Account&, const std::string& route)>;

/// Makes routes whose handlers run for signed-in accounts that may use them, and for nobody else.
/// `accounts` must outlive the routes. Thread-safe.
class Gate {
 public:
  using Anonymous = std::function<Result<http::Response>(const http::Request&)>;
  using SignedIn =
      std::function<Result<http::Response>(const accounts::Session&, const http::Request&)>;

  Gate(accounts::Accounts& accounts, RefusedAccess refused)
      : accounts_(&accounts), refused_(std::move(refused)) {}

  /// For everybody. Body limits are in bytes; 0: the listener's.
  [[nodiscard]] static Route open(std::string method, std::string pattern, Anonymous handler,
                                  std::size_t body_limit);
  [[nodiscard]] Route person(std::string method, std::string pattern, SignedIn handler,
                             std::size_t body_limit) const;
  /// `needs` must not be empty: a route of staff without a permission answers nobody.
  [[nodiscard]] Route staff(std::vector<accounts::Permission> needs, std::string method,
                            std::string pattern, SignedIn handler, std::size_t body_limit) const;
  [[nodiscard]] Route anybody(std::string method, std::string pattern, SignedIn handler,
                              std::size_t body_limit) const;

 private:
  [[nodiscard]] Route guarded(Who who, std::vector<accounts::Permission> needs, std::string method,
                              std::string pattern, SignedIn handler, std::size_t body_limit) const;

  accounts::Accounts* accounts_;
  RefusedAccess refused_;
};

}  // namespace lightkeeper::routes
