// The service as a process: its own pages and figures, one for one folder, backups.
#include "decode/decoder.hpp"
#include "service/server/data_folder.hpp"
#include "service/server/server_testing.hpp"
#include "service/store/system_clock.hpp"

namespace lightkeeper::service {
namespace {

TEST_F(ServerTest, EveryAnswerCarriesThePolicyAndAllIsWellSaysSo) {
  const auto alive = call("GET", "/livez", nullptr);
  EXPECT_EQ(alive.status, 200);
  const auto& policy = alive.headers.at("content-security-policy");
  EXPECT_NE(policy.find("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"),
            std::string::npos);
  EXPECT_EQ(policy.find("unsafe-inline"), std::string::npos);
  EXPECT_EQ(alive.headers.at("x-content-type-options"), "nosniff");
  EXPECT_EQ(alive.headers.at("referrer-policy"), "no-referrer");
  EXPECT_EQ(call("GET", "/readyz", nullptr).body["ready"], true);
  EXPECT_EQ(call("GET", "/version", nullptr).body["name"], "lightkeeper");
  const auto metrics = std::string(as_text(call("GET", "/metrics", nullptr).raw));
  EXPECT_NE(metrics.find("lightkeeper_http_requests_total{"), std::string::npos);
  EXPECT_NE(metrics.find("lightkeeper_reports_open"), std::string::npos);
  EXPECT_EQ(metrics.find(ada_->account), std::string::npos);
  EXPECT_EQ(metrics.find(*room_), std::string::npos);
}

TEST_F(ServerTest, OneServiceForOneFolderAndInvitationsBesideIt) {
  Settings settings;
  settings.data = folder_->path() / "data";
  settings.port = 0;
  const auto second = Server::start(settings);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  const auto link = invite(settings.data, accounts::InvitationTerms{accounts::Role::reviewer},
                           server_->public_url());
  ASSERT_TRUE(link);
  EXPECT_EQ(link->link, server_->public_url() + "/console/#/join/" + link->code);
  EXPECT_EQ(call("GET", "/api/v1/invitations/" + link->code, nullptr).body["role"], "reviewer");
  EXPECT_EQ(invite(folder_->path() / "nowhere", accounts::InvitationTerms{}, "").error().code,
            ErrorCode::not_found);
}

TEST_F(ServerTest, ABackupHoldsEverythingButTheKeysAndVerifies) {
  const auto taken =
      call("POST", "/api/v1/reports", ben_, report_of(json::array({reportable("kept", {})})));
  ASSERT_EQ(taken.status, 201);
  ASSERT_EQ(call("POST", "/api/v1/attachments?conversation=" + *room_, ada_, Bytes(50, 1)).status,
            201);
  store::SystemClock clock;
  crypto::SystemRng rng;
  auto folder = open_data_folder(folder_->path() / "data", IfAbsent::refuse, clock, rng);
  ASSERT_TRUE(folder);
  EXPECT_EQ(verify_data_folder(*folder, clock, rng).value(), std::vector<std::string>{});
  const store::TemporaryFolder elsewhere;
  const auto target = elsewhere.path() / "copy";
  ASSERT_TRUE(back_up(*folder, target));
  EXPECT_EQ(back_up(*folder, target).error().code, ErrorCode::already_exists);
  EXPECT_FALSE(std::filesystem::exists(target / "keys"));
  // Without the keys the reports do not open; with them everything is there.
  auto locked = open_data_folder(target, IfAbsent::refuse, clock, rng);
  ASSERT_TRUE(locked);
  EXPECT_FALSE(verify_data_folder(*locked, clock, rng)->empty());
  locked->database.reset();
  std::filesystem::remove_all(target / "keys");
  std::filesystem::copy(folder_->path() / "data" / "keys", target / "keys");
  auto restored = open_data_folder(target, IfAbsent::refuse, clock, rng);
  ASSERT_TRUE(restored);
  EXPECT_EQ(verify_data_folder(*restored, clock, rng).value(), std::vector<std::string>{});
}

TEST(PagePolicy, NamesTheKeepersAndNothingElse) {
  const std::vector<std::string> keepers{"http://localhost:9001", "http://localhost:9002"};
  EXPECT_EQ(content_security_policy("http://localhost:8080", keepers),
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src "
            "'self' blob: data:; "
            "connect-src 'self' ws://localhost:8080 http://localhost:9001 http://localhost:9002; "
            "worker-src 'self'; "
            "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  EXPECT_NE(content_security_policy("https://chat.example.org", {}).find("wss://chat.example.org"),
            std::string::npos);
}

}  // namespace
}  // namespace lightkeeper::service

// The decoder starts this program anew as its sandboxed child.
int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments == std::vector<std::string>{"decode-worker"}) {
    return lightkeeper::decode::run_decode_worker();
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
