#include "service/routes/route.hpp"

#include <algorithm>

namespace lightkeeper::routes {

namespace {

bool admits(Who who, const std::vector<accounts::Permission>& needs, accounts::Role role) {
  switch (who) {
    case Who::nobody:
    case Who::anybody_signed_in:
      return true;
    case Who::person:
      return !accounts::is_staff(role);
    case Who::staff:
      return accounts::is_staff(role) &&
             std::ranges::any_of(needs, [role](auto one) { return accounts::may(role, one); });
  }
  return false;
}

}  // namespace

Route Gate::open(std::string method, std::string pattern, Anonymous handler,
                 std::size_t body_limit) {
  return {std::move(method), std::move(pattern), Who::nobody,
          [handler = std::move(handler)](const http::Request& request) {
            auto answer = handler(request);
            return answer ? *std::move(answer) : http::Response::problem(answer.error());
          },
          body_limit};
}

Route Gate::person(std::string method, std::string pattern, SignedIn handler,
                   std::size_t body_limit) const {
  return guarded(Who::person, {}, std::move(method), std::move(pattern), std::move(handler),
                 body_limit);
}

Route Gate::staff(std::vector<accounts::Permission> needs, std::string method, std::string pattern,
                  SignedIn handler, std::size_t body_limit) const {
  return guarded(Who::staff, std::move(needs), std::move(method), std::move(pattern),
                 std::move(handler), body_limit);
}

Route Gate::anybody(std::string method, std::string pattern, SignedIn handler,
                    std::size_t body_limit) const {
  return guarded(Who::anybody_signed_in, {}, std::move(method), std::move(pattern),
                 std::move(handler), body_limit);
}

Route Gate::guarded(Who who, std::vector<accounts::Permission> needs, std::string method,
                    std::string pattern, SignedIn handler, std::size_t body_limit) const {
  auto name = method + " " + pattern;
  auto run = [accounts = accounts_, refused = refused_, handler = std::move(handler), who, needs,
              name = std::move(name)](const http::Request& request) -> Result<http::Response> {
    const auto header = request.header("authorization");
    constexpr std::string_view kScheme = "Bearer ";
    if (!header.starts_with(kScheme) || header.size() > 256) {
      return fail(ErrorCode::not_signed_in, "session");
    }
    const auto activity = request.header("lightkeeper-background") == "1"
                              ? accounts::Activity::background
                              : accounts::Activity::person;
    LK_TRY(session, accounts->session(std::string_view(header).substr(kScheme.size()), activity));
    if (!admits(who, needs, session.account.role)) {
      refused(session.account, name);
      return fail(ErrorCode::not_allowed, "session");
    }
    return handler(session, request);
  };
  Route route = open(std::move(method), std::move(pattern), std::move(run), body_limit);
  route.who = who;
  route.needs = std::move(needs);
  return route;
}

}  // namespace lightkeeper::routes
