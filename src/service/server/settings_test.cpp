#include "service/server/settings.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace lightkeeper::service {
namespace {

TEST(Settings, AFlagWinsOverAVariableOverTheFileOverTheDefault) {
  const auto file = settings_from_toml(
      "data = '/file'\nport = 1\nworkers = 3\nkeepers = ['http://a', 'http://b']\ndemo = true\n");
  ASSERT_TRUE(file) << file.error().message();
  const auto environment =
      settings_from_environment([](const std::string& name) -> std::optional<std::string> {
        return name == "LK_PORT"   ? std::optional<std::string>("2")
               : name == "LK_DATA" ? std::optional<std::string>("/env")
                                   : std::nullopt;
      });
  const auto settings = make_settings({*file, environment, {{"data", "/flag"}}});
  ASSERT_TRUE(settings) << settings.error().message();
  EXPECT_EQ(settings->data, "/flag");
  EXPECT_EQ(settings->port, 2);
  EXPECT_EQ(settings->workers, 3U);
  EXPECT_TRUE(settings->demo);
  EXPECT_EQ(settings->keepers, (std::vector<std::string>{"http://a", "http://b"}));
  EXPECT_EQ(settings->retention_days, 30U);
}

TEST(Settings, WhatCannotBeUsedIsNamed) {
  for (const auto& [text, word] : std::map<std::string, std::string>{{"prot = 1", "prot"},
                                                                     {"port = ", "line 1"},
                                                                     {"port = 1.5", "port"},
                                                                     {"keepers = [1]", "keepers"},
                                                                     {"[data]\nx = 1", "data"}}) {
    const auto values = settings_from_toml(text);
    ASSERT_FALSE(values) << text;
    EXPECT_EQ(values.error().code, ErrorCode::bad_configuration);
    EXPECT_NE(values.error().detail.find(word), std::string::npos) << values.error().detail;
  }
  for (const auto& [name, value] : std::map<std::string, std::string>{{"port", "65536"},
                                                                      {"port", "x"},
                                                                      {"workers", "0"},
                                                                      {"demo", "yes"},
                                                                      {"log_level", "loud"},
                                                                      {"retention_days", "0"},
                                                                      {"public_url", "ftp://x"}}) {
    const auto settings = make_settings({{{"data", "/d"}, {name, value}}});
    ASSERT_FALSE(settings) << name;
    EXPECT_NE(settings.error().detail.find(name), std::string::npos);
  }
  EXPECT_FALSE(make_settings({}));
}

TEST(Settings, ATokenIsNamedWholeOrNotAtAll) {
  SettingValues values{{"data", "/d"}, {"evidence_key", "pkcs11"}};
  for (const auto* name : {"evidence_pkcs11_module", "evidence_pkcs11_token",
                           "evidence_pkcs11_pin_file", "evidence_pkcs11_key"}) {
    const auto settings = make_settings({values});
    ASSERT_FALSE(settings) << name;
    EXPECT_NE(settings.error().detail.find(name), std::string::npos) << settings.error().detail;
    values[name] = "x";
  }
  EXPECT_EQ(make_settings({values})->evidence_key, "pkcs11");
  values["evidence_key"] = "cloud";
  EXPECT_FALSE(make_settings({values}));
}

TEST(Settings, ThePublicAddressIsSecureUnlessItIsThisMachine) {
  EXPECT_EQ(host_of("http://localhost:8080").value(), "localhost");
  EXPECT_EQ(host_of("https://chat.example.org").value(), "chat.example.org");
  for (const auto* bad : {"", "localhost", "http://chat.example.org", "https://", "https://a/b",
                          "https://a:", "https://a:1x", "https://A", "https://u@a"}) {
    EXPECT_FALSE(host_of(bad)) << bad;
  }
}

TEST(Settings, TheReferenceNamesEveryKey) {
  std::ifstream in(std::string(LK_SOURCE_DIR) + "/docs/reference/service-settings.md");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::size_t rows = 0;
  for (std::size_t at = text.find("\n| `"); at != std::string::npos;
       at = text.find("\n| `", at + 1)) {
    ++rows;
  }
  EXPECT_EQ(rows, setting_names().size());
  for (const auto& name : setting_names()) {
    EXPECT_NE(text.find("| `" + name + "` |"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace lightkeeper::service
