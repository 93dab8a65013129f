#include "service/routes/audit_api.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "service/accountability/export_file.hpp"
#include "service/store/temporary_folder.hpp"

namespace lightkeeper::routes {
namespace {

class AuditApiTest : public testing::Test {
 protected:
  AuditApiTest() {
    EXPECT_TRUE(crypto::initialise());
    database_ = store::Database::open(folder_.path() / "service.db", store::service_migrations(),
                                      clock_.now())
                    .value();
    log_ = std::make_unique<accountability::AuditLog>(
        *database_, clock_, accountability::log_signer(Bytes(32, 1)).value(), 10'000);
    accounts_ = std::make_unique<accounts::Accounts>(
        *database_, clock_, rng_, accounts::RelyingParty{"localhost", "http://localhost"},
        SecretBytes(32), log_->sink());
    gate_ = std::make_unique<Gate>(
        *accounts_, [this](const accounts::Account& who, const std::string& route) {
          EXPECT_TRUE(log_->record({"access.refused", who.id, "account:" + who.id.hex(), route}));
        });
    routes_ = audit_routes(*log_, *accounts_, *gate_);
    auditor_ = sign_up("ira", accounts::Role::auditor);
    reviewer_ = sign_up("rob", accounts::Role::reviewer);
  }
  std::string sign_up(std::string_view name, accounts::Role role) {
    const auto code = accounts_->invite({role, {}}, std::nullopt).value();
    return accounts_->create_with_password(code, name, "a long password").value().token;
  }
  http::Response get(const std::string& pattern, const std::string& token,
                     const std::map<std::string, std::string>& query = {},
                     const std::map<std::string, std::string>& params = {}) {
    for (const auto& route : routes_) {
      if (route.pattern == pattern) {
        http::Request request;
        request.headers["authorization"] = "Bearer " + token;
        for (const auto& [name, value] : query) {
          request.query[name] = value;
        }
        for (const auto& [name, value] : params) {
          request.params[name] = value;
        }
        return route.handler(request);
      }
    }
    ADD_FAILURE() << pattern;
    return {};
  }
  static nlohmann::json body(const http::Response& response) {
    return nlohmann::json::parse(response.body);
  }

  store::TemporaryFolder folder_;
  SetClock clock_{UnixMillis{1'790'000'000'000}};
  crypto::SeededRng rng_{5};
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<accountability::AuditLog> log_;
  std::unique_ptr<accounts::Accounts> accounts_;
  std::unique_ptr<Gate> gate_;
  std::vector<Route> routes_;
  std::string auditor_, reviewer_;
};

TEST_F(AuditApiTest, AnAuditorReadsTheLogPageByPage) {
  const auto first = body(get("/api/v1/audit", auditor_, {{"limit", "2"}}));
  ASSERT_EQ(first["entries"].size(), 2U);
  EXPECT_EQ(first["entries"][0]["number"], 1);
  EXPECT_EQ(first["next"], 2);
  std::vector<nlohmann::json> all;
  nlohmann::json next = 0;
  while (!next.is_null()) {
    const auto page = body(get("/api/v1/audit", auditor_,
                               {{"limit", "3"}, {"after", std::to_string(next.get<int>())}}));
    all.insert(all.end(), page["entries"].begin(), page["entries"].end());
    next = page["next"];
  }
  EXPECT_EQ(all.size(), log_->entries(0, 100)->size());
  bool named = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i]["number"], i + 1);
    named = named || (all[i]["action"] == "session.start" && all[i]["actor"]["name"] == "ira");
  }
  EXPECT_TRUE(named);
  for (const auto* bad : {"0", "501", "x", "-1"}) {
    EXPECT_EQ(get("/api/v1/audit", auditor_, {{"limit", bad}}).status, 400) << bad;
  }
}

TEST_F(AuditApiTest, OthersAreRefusedAndThatIsLogged) {
  for (const auto& route : routes_) {
    EXPECT_EQ(get(route.pattern, reviewer_, {}, {{"number", "1"}}).status, 403) << route.pattern;
    EXPECT_EQ(get(route.pattern, "nobody", {}, {{"number", "1"}}).status, 401) << route.pattern;
  }
  const auto last = log_->entries(0, 100)->back();
  EXPECT_EQ(last.what.action, "access.refused");
  EXPECT_EQ(last.what.detail, "GET /api/v1/audit/{number}/proof");
}

TEST_F(AuditApiTest, WhatIsTakenAwayVerifiesElsewhere) {
  const auto file = get("/api/v1/audit/export", auditor_);
  EXPECT_EQ(file.status, 200);
  const auto exported = accountability::parse_export(file.body).value();
  EXPECT_TRUE(accountability::verify_export(exported, log_->key(), {}).findings.empty());
  EXPECT_EQ(exported.entries.back().what.action, "audit.export") << "taking it is an entry itself";

  const auto note = get("/api/v1/audit/checkpoint", auditor_);
  EXPECT_EQ(log::open_checkpoint(as_text(note.body), log_->key())->size, exported.entries.size());

  const auto proof = get("/api/v1/audit/{number}/proof", auditor_, {}, {{"number", "2"}});
  EXPECT_TRUE(log::PortableProof::from_text(as_text(proof.body))
                  ->verify(accountability::encode(exported.entries[1]), log_->key()));
  EXPECT_EQ(get("/api/v1/audit/{number}/proof", auditor_, {}, {{"number", "999"}}).status, 404);
}

}  // namespace
}  // namespace lightkeeper::routes
