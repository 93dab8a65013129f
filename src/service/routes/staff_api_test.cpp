// The gate and the staff routes without a socket: who gets through, what is noted, and that one
// administrator alone, with every account they can make for themselves, gets nothing approved.
#include "service/routes/staff_api.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>

#include "service/store/temporary_folder.hpp"

namespace lightkeeper::routes {
namespace {

using nlohmann::json;

bool holds(const std::vector<std::string>& all, const std::string& one) {
  return std::ranges::find(all, one) != all.end();
}

class StaffApiTest : public testing::Test {
 protected:
  StaffApiTest() {
    accounts_.set_staff_idle(365ULL * 24 * 3600 * 1000);
    register_staff_deeds(accounts_, approvals_);
  }
  store::AuditSink sink() {
    return [](store::Transaction&, const store::AuditEntry&) -> Status { return {}; };
  }
  /// Accounts without the costly password: by a provider that says what we like.
  accounts::SignedIn sign_up(accounts::Role role) {
    return join(accounts_.invite(role, std::nullopt).value());
  }
  accounts::SignedIn join(const std::string& code) {
    return accounts_
        .sign_in_with_provider({"https://login.example.org", std::to_string(++subjects_), "x"},
                               code)
        .value();
  }
  struct Answer {
    int status;
    json body;
  };
  static Answer call(const Route& route, const std::string& token, const json& body,
                     const std::map<std::string, std::string>& params) {
    http::Request request;
    request.method = route.method;
    request.params = params;
    request.body = body.is_null() ? Bytes{} : to_bytes(body.dump());
    request.headers["authorization"] = "Bearer " + token;
    const auto answer = route.handler(request);
    return {answer.status, json::parse(answer.body.begin(), answer.body.end(), nullptr, false)};
  }
  Answer call(const std::string& method, const std::string& pattern, const std::string& token,
              const json& body = nullptr, const std::map<std::string, std::string>& params = {}) {
    for (const auto& route : routes_) {
      if (route.method == method && route.pattern == pattern) {
        return call(route, token, body, params);
      }
    }
    ADD_FAILURE() << pattern;
    return {};
  }

  /// Plays an administrator who alone invites, joins, asks and approves at random with all accounts
  /// that they can make; whether anything was approved, or an account that may approve came to be.
  /// `friends`: tokens of other people who also approve.
  bool breaks_through(unsigned seed, std::vector<accounts::SignedIn> mine,
                      const std::vector<std::string>& friends) {
    std::mt19937 random(seed);
    std::vector<std::uint64_t> numbers;
    const auto pick = [&]() -> const accounts::SignedIn& { return mine[random() % mine.size()]; };
    const std::vector<std::string> roles{"reviewer", "senior", "legal", "auditor", "admin"};
    for (int step = 0; step < 40; ++step) {
      const auto role = roles[random() % roles.size()];
      switch (random() % 4) {
        case 0: {
          json body{{"role", role}};
          if (!numbers.empty() && random() % 2 == 0) {
            body["approval"] = numbers[random() % numbers.size()];
          }
          const auto answer = call("POST", "/api/v1/staff/invitations", pick().token, body);
          if (answer.status == 202) {
            numbers.push_back(answer.body["approval"]);
          } else if (answer.status == 201) {
            if (role != "reviewer" && role != "auditor") {
              return true;
            }
            if (mine.size() < 6) {
              mine.push_back(join(answer.body["code"].get<std::string>()));
            }
          }
          break;
        }
        case 1: {
          const auto answer = call("PUT", "/api/v1/staff/{account}", pick().token,
                                   json{{"role", role}, {"scopes", json::array()}},
                                   {{"account", pick().account.id.hex()}});
          if (answer.status == 202) {
            numbers.push_back(answer.body["approval"]);
          }
          break;
        }
        default:
          if (!numbers.empty()) {
            const auto number = numbers[random() % numbers.size()];
            const auto& by = friends.empty() || random() % 2 == 0 ? pick().token : friends.front();
            const auto answer = call("POST", "/api/v1/approvals/{approval}", by,
                                     json{{"approve", true}, {"reason", "yes"}},
                                     {{"approval", std::to_string(number)}});
            if (answer.status == 200) {
              return true;
            }
          }
      }
    }
    return false;
  }

  store::TemporaryFolder folder_;
  SetClock clock_{UnixMillis{1'800'000'000'000}};
  crypto::SystemRng rng_;
  std::unique_ptr<store::Database> database_ = std::move(*store::Database::open(
      folder_.path() / "service.db", store::service_migrations(), clock_.now()));
  accounts::Accounts accounts_{*database_,
                               clock_,
                               rng_,
                               {"localhost", "http://localhost"},
                               SecretBytes::copy_of(ByteArray<32>{}),
                               sink()};
  approvals::Approvals approvals_{*database_, clock_,
                                  [this](store::Transaction& tx, const AccountId& who) {
                                    return accounts_.check(tx, who, accounts::Permission::approve);
                                  },
                                  sink()};
  std::vector<std::string> refused_;
  Gate gate_{accounts_, [this](const accounts::Account& who, const std::string& route) {
               refused_.push_back(std::string(accounts::name_of(who.role)) + " " + route);
             }};
  std::vector<Route> routes_ = staff_routes(accounts_, approvals_, gate_, "http://localhost");
  int subjects_ = 0;
};

/// One line for each role that a route lets through against its own `needs`, or refuses without
/// noting it.
std::vector<std::string> holes(const std::vector<Route>& routes,
                               const std::map<accounts::Role, std::string>& tokens,
                               const std::vector<std::string>& refused) {
  std::vector<std::string> out;
  for (const auto& route : routes) {
    for (const auto& [role, token] : tokens) {
      http::Request request;
      request.headers["authorization"] = "Bearer " + token;
      const auto before = refused.size();
      const bool let_in = route.handler(request).status != 403;
      const bool noted = refused.size() == before + 1;
      const bool should = std::ranges::any_of(
          route.needs, [role](auto permission) { return accounts::may(role, permission); });
      if (let_in != should || noted == should) {
        out.push_back(std::string(accounts::name_of(role)) + " " + route.pattern);
      }
    }
  }
  return out;
}

TEST_F(StaffApiTest, EveryRouteAdmitsWhoItNamesAndNotesWhomItRefuses) {
  std::map<accounts::Role, std::string> tokens;
  for (const auto role : accounts::kRoles) {
    if (accounts::is_staff(role)) {
      tokens[role] = sign_up(role).token;
    }
  }
  ASSERT_EQ(routes_.size(), 6U);
  EXPECT_EQ(holes(routes_, tokens, refused_), std::vector<std::string>{});
  EXPECT_FALSE(refused_.empty());
  EXPECT_TRUE(holds(refused_, "auditor GET /api/v1/staff"));

  // Planted: a route that forgot the gate, one that asks for too little, one without a permission.
  const auto answers = [](const auto&...) -> Result<http::Response> { return http::Response{}; };
  auto open = Gate::open("GET", "/forgot", answers, 0);
  open.needs = {accounts::Permission::read_audit};
  auto little = gate_.staff({accounts::Permission::approve}, "GET", "/little", answers, 0);
  little.needs = {accounts::Permission::arm_production};
  const auto found = holes({open, little}, tokens, refused_);
  EXPECT_TRUE(holds(found, "reviewer /forgot"));
  EXPECT_TRUE(holds(found, "senior /little"));
  EXPECT_EQ(holes({gate_.staff({}, "GET", "/nobody", answers, 0)}, tokens, refused_),
            std::vector<std::string>{});
}

TEST_F(StaffApiTest, OneAdministratorAloneGetsNothingApproved) {
  int alone = 0;
  for (unsigned seed = 0; seed < 25; ++seed) {
    alone += breaks_through(seed, {sign_up(accounts::Role::admin)}, {}) ? 1 : 0;
  }
  EXPECT_EQ(alone, 0);
  // The twin: with a second administrator the same player gets through, and the same check sees it.
  int together = 0;
  for (unsigned seed = 0; seed < 5; ++seed) {
    together += breaks_through(seed, {sign_up(accounts::Role::admin)},
                               {sign_up(accounts::Role::admin).token})
                    ? 1
                    : 0;
  }
  EXPECT_GT(together, 0);
}

TEST_F(StaffApiTest, AnApprovedRoleChangeFailsWhenTheOneWhoAskedHasLeft) {
  const auto boss = sign_up(accounts::Role::admin);
  const auto other = sign_up(accounts::Role::admin);
  const auto reader = sign_up(accounts::Role::reviewer);
  const auto asked = call("PUT", "/api/v1/staff/{account}", boss.token,
                          json{{"role", "senior"}, {"scopes", json::array()}},
                          {{"account", reader.account.id.hex()}});
  ASSERT_EQ(asked.status, 202);
  ASSERT_TRUE(accounts_.remove_staff(boss.account.id, other.account.id));
  const auto answer = call("POST", "/api/v1/approvals/{approval}", other.token,
                           json{{"approve", true}, {"reason", "yes"}},
                           {{"approval", std::to_string(asked.body["approval"].get<int>())}});
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(accounts_.account(reader.account.id)->role, accounts::Role::reviewer);
}

TEST_F(StaffApiTest, BodiesAreReadStrictly) {
  const auto boss = sign_up(accounts::Role::admin);
  const std::string good = R"({"role":"reviewer","scopes":["threat"]})";
  const auto invite = [&](std::string_view text) {
    http::Request request;
    request.body = to_bytes(text);
    request.headers["authorization"] = "Bearer " + boss.token;
    return routes_[1].handler(request).status;
  };
  ASSERT_EQ(invite(good), 201);
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(invite(std::string_view(good).substr(0, size)), 400) << size;
  }
  for (const std::string_view bad :
       {R"({"role":"reviewer","more":1})", R"({"role":"person"})", R"({"role":"root"})",
        R"({"role":"reviewer","scopes":["A"]})", R"({"role":"reviewer","scopes":"threat"})",
        R"({"role":"reviewer","approval":-1})", R"({"role":"reviewer","role":"admin"})"}) {
    EXPECT_EQ(invite(bad), 400) << bad;
  }
}

}  // namespace
}  // namespace lightkeeper::routes
