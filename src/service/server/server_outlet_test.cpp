// What the whole service counts of its hotline, and what it refuses to start with.
#include <sys/stat.h>

#include <fstream>

#include "service/server/server_testing.hpp"

namespace lightkeeper::service {
namespace {

TEST_F(ServerTest, CountsWhatIsSentAndNamesNobody) {
  const auto metrics = std::string(as_text(call("GET", "/metrics", nullptr).raw));
  for (const auto* name : {"waiting", "done", "quarantined", "retracted", "restarted",
                           "may_be_open", "exchanges", "failures"}) {
    EXPECT_TRUE(metrics.contains("lightkeeper_submissions_" + std::string(name) + " ")) << name;
  }
  EXPECT_TRUE(metrics.contains("lightkeeper_submissions_done 0")) << metrics;
}

TEST(ServerSettings, AnOidcSecretThatOthersMayReadKeepsTheServiceFromStarting) {
  const store::TemporaryFolder folder;
  const auto secret = folder.path() / "secret";
  std::ofstream(secret) << "s3cret\n";
  Settings settings;
  settings.data = folder.path() / "data";
  settings.port = 0;
  settings.oidc_issuer = "http://127.0.0.1:9/oidc";
  settings.oidc_client_id = "lightkeeper";
  settings.oidc_client_secret_file = secret;
  for (const mode_t mode : std::initializer_list<mode_t>{0640, 0604, 0644, 0620, 0601}) {
    ::chmod(secret.c_str(), mode);
    const auto started = Server::start(settings);
    ASSERT_FALSE(started) << std::oct << mode;
    EXPECT_EQ(started.error().code, ErrorCode::bad_configuration);
    EXPECT_TRUE(started.error().detail.contains("oidc_client_secret_file"));
    EXPECT_FALSE(started.error().detail.contains("s3cret"));
  }
  settings.oidc_client_secret_file = folder.path() / "none";
  EXPECT_EQ(Server::start(settings).error().code, ErrorCode::bad_configuration);
  settings.oidc_client_secret_file = secret;
  ::chmod(secret.c_str(), 0600);
  const auto started = Server::start(settings);
  EXPECT_TRUE(started) << "only the rights were wrong";
}

}  // namespace
}  // namespace lightkeeper::service
