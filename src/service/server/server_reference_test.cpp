// The service through its sockets: the reference both ways, who may do what, a walk through it.
#include <set>

#include "service/server/server_testing.hpp"

namespace lightkeeper::service {
namespace {

TEST_F(ServerTest, RoutesAndReferenceNameOneAnother) {
  std::set<std::string> ours;
  for (const auto& route : server_->routes()) {
    if (route.find(" /api/") != std::string::npos ||
        route.find("/config.json") != std::string::npos ||
        route.find(" /demo/") != std::string::npos) {
      ours.insert(route);
    }
  }
  std::set<std::string> documented;
  for (const auto& [path, operations] : reference()["paths"].items()) {
    for (const auto& [method, operation] : operations.items()) {
      std::string verb = method;
      std::ranges::transform(verb, verb.begin(),
                             [](char c) { return static_cast<char>(std::toupper(c)); });
      documented.insert(verb + " " + path);
    }
  }
  EXPECT_EQ(ours, documented);
  EXPECT_GT(ours.size(), 30U);
}

TEST_F(ServerTest, EveryRouteAsksForTheRoleThatTheReferenceNames) {
  EXPECT_EQ(holes(reference()), std::vector<std::string>{});
  EXPECT_EQ(call("DELETE", "/api/v1/sessions/current", nullptr).status, 401);
}

TEST_F(ServerTest, TheSameCheckSeesARouteThatAsksForLessOrForMore) {
  auto planted = reference();
  // As if the service let reviewers do what only an auditor may, and kept people from what is
  // theirs.
  planted["paths"]["/api/v1/cases"]["get"]["x-needs"] = {"read_audit"};
  planted["paths"]["/api/v1/key-packages"]["get"]["x-who"] = "staff";
  planted["paths"]["/api/v1/key-packages"]["get"]["x-needs"] = {"read_cases"};
  const auto found = holes(planted);
  EXPECT_TRUE(std::ranges::find(found, "GET /api/v1/cases as reviewer: 200") != found.end());
  EXPECT_TRUE(std::ranges::find(found, "GET /api/v1/cases as auditor: 403") != found.end());
  EXPECT_TRUE(std::ranges::find(found, "GET /api/v1/key-packages as person: 200") != found.end());
  EXPECT_TRUE(std::ranges::find(found, "GET /api/v1/key-packages as senior: 403") != found.end());
}

TEST_F(ServerTest, AWalkThroughFitsTheReference) {
  const auto invited =
      checked("POST", "/api/v1/invitations", "/api/v1/invitations", ada_, json::object());
  const auto code = invited.body["code"].get<std::string>();
  EXPECT_EQ(invited.body["link"], server_->public_url() + "/#/join/" + code);
  EXPECT_TRUE(checked("GET", "/api/v1/invitations/{code}", "/api/v1/invitations/" + code, nullptr)
                  .body["usable"]);
  checked("POST", "/api/v1/passkeys/registration-options", "/api/v1/passkeys/registration-options",
          nullptr, {{"code", code}, {"name", "dana"}});
  checked("POST", "/api/v1/passkeys/assertion-options", "/api/v1/passkeys/assertion-options",
          nullptr, {{"name", "nobody"}});
  const auto made = checked("POST", "/api/v1/accounts", "/api/v1/accounts", nullptr,
                            {{"code", code}, {"name", "dana"}, {"password", "a long password"}});
  ASSERT_EQ(made.status, 201);
  const auto in = checked("POST", "/api/v1/sessions", "/api/v1/sessions", nullptr,
                          {{"name", "dana"}, {"password", "a long password"}});
  ASSERT_EQ(in.status, 201);
  const Person dana{in.body["account"], in.body["token"]};
  EXPECT_EQ(checked("PUT", "/api/v1/devices/current", "/api/v1/devices/current", &dana,
                    {{"signature_key_b64", to_base64url(Bytes(32, 3))}, {"name", "telephone"}})
                .body["device"],
            dana.account);
  const auto again = call("POST", "/api/v1/sessions", nullptr,
                          {{"name", "dana"}, {"password", "a long password"}});
  const Person dana_laptop{again.body["account"], again.body["token"]};
  // Until it has said which device it is, a second session gets nothing of the first one's.
  EXPECT_EQ(call("GET", "/api/v1/key-packages", &dana_laptop).body["code"], "device_unknown");
  const std::string laptop =
      checked("PUT", "/api/v1/devices/current", "/api/v1/devices/current", &dana_laptop,
              {{"signature_key_b64", to_base64url(Bytes(32, 4))}})
          .body["device"];
  const auto own = checked("GET", "/api/v1/devices", "/api/v1/devices", &dana).body["devices"];
  ASSERT_EQ(own.size(), 2U);
  const auto& named = own[0]["current"] == true ? own[0] : own[1];
  EXPECT_EQ(named["name"], "telephone");
  EXPECT_EQ(
      checked("POST", "/api/v1/devices/{device}/vouch", "/api/v1/devices/" + laptop + "/vouch",
              &dana, {{"signature_b64", to_base64url(Bytes(64, 1))}})
          .body["code"],
      "bad_signature");
  EXPECT_EQ(checked("POST", "/api/v1/devices/{device}/key-package",
                    "/api/v1/devices/" + laptop + "/key-package", &dana, json::object())
                .body["code"],
            "no_key_package");
  EXPECT_EQ(
      call("POST", "/api/v1/devices/" + laptop + "/key-package", ada_, json::object()).body["code"],
      "not_found");
  EXPECT_EQ(
      checked("DELETE", "/api/v1/devices/{device}", "/api/v1/devices/" + laptop, &dana).status,
      204);
  EXPECT_EQ(call("GET", "/api/v1/devices", &dana_laptop).body["code"], "not_signed_in");
  EXPECT_EQ(checked("GET", "/api/v1/people", "/api/v1/people?name=dana", ada_)
                .body["people"][0]["account"],
            dana.account);
  EXPECT_EQ(checked("GET", "/api/v1/people", "/api/v1/people?name=dan", ada_).body["people"].size(),
            0U);
  EXPECT_EQ(checked("GET", "/api/v1/people/{account}", "/api/v1/people/" + dana.account, ada_)
                .body["signature_keys_b64"][0],
            to_base64url(Bytes(32, 3)));
  EXPECT_EQ(checked("POST", "/api/v1/key-packages", "/api/v1/key-packages", &dana,
                    {{"key_packages_b64", {"AAAA"}}})
                .body["stored"],
            1);
  EXPECT_EQ(checked("GET", "/api/v1/key-packages", "/api/v1/key-packages", &dana).body["remaining"],
            1);
  const auto claim = "/api/v1/people/" + dana.account + "/key-package";
  EXPECT_EQ(checked("POST", "/api/v1/people/{account}/key-package", claim, ada_, json::object())
                .body["key_packages"][0]["key_package_b64"],
            "AAAA");
  const auto none = call("POST", claim, ada_, json::object());
  EXPECT_EQ(none.status, 404);
  EXPECT_EQ(none.body["code"], "no_key_package");
  EXPECT_EQ(misfit(none.body, reference()["components"]["schemas"]["Problem"]), "");

  const auto group = id();
  checked("POST", "/api/v1/conversations", "/api/v1/conversations", &dana,
          {{"conversation", group},
           {"kind", "group"},
           {"members", {ada_->account}},
           {"client_id", id()},
           {"epoch", 0},
           {"welcome_b64", "AA"}});
  EXPECT_EQ(checked("GET", "/api/v1/conversations", "/api/v1/conversations", &dana)
                .body["conversations"]
                .size(),
            1U);
  EXPECT_EQ(checked("POST", "/api/v1/conversations/{conversation}/commits",
                    "/api/v1/conversations/" + group + "/commits", &dana,
                    {{"client_id", id()},
                     {"epoch", 0},
                     {"mls_b64", "AA"},
                     {"welcome_b64", "AA"},
                     {"new_members", {ben_->account}}})
                .body["epoch"],
            1);
  EXPECT_EQ(call("POST", "/api/v1/conversations/" + group + "/commits", &dana,
                 {{"client_id", id()}, {"epoch", 0}, {"mls_b64", "AA"}})
                .body["code"],
            "conflict");
  const auto sent = checked(
      "POST", "/api/v1/conversations/{conversation}/messages",
      "/api/v1/conversations/" + group + "/messages", &dana,
      {{"client_id", id()}, {"mls_b64", "AA"}, {"commitment_b64", to_base64url(Bytes(32, 1))}});
  EXPECT_EQ(sent.body["seq"], 1);
  EXPECT_EQ(call("POST", "/api/v1/conversations/" + group + "/messages", &dana,
                 {{"client_id", id()},
                  {"mls_b64", "AA"},
                  {"commitment_b64", to_base64url(Bytes(32, 1))},
                  {"epoch", 1}})
                .status,
            200);
  EXPECT_EQ(checked("POST", "/api/v1/conversations/{conversation}/leave",
                    "/api/v1/conversations/" + group + "/leave", ben_,
                    {{"client_id", id()}, {"mls_b64", "AA"}})
                .status,
            204);
  EXPECT_TRUE(checked("POST", "/api/v1/stamp-checks", "/api/v1/stamp-checks", &dana,
                      {{"commitment_b64", to_base64url(Bytes(32, 1))},
                       {"context_b64", sent.body["context_b64"]},
                       {"stamp_b64", sent.body["stamp_b64"]}})
                  .body["genuine"]);
  EXPECT_FALSE(checked("POST", "/api/v1/stamp-checks", "/api/v1/stamp-checks", &dana,
                       {{"commitment_b64", to_base64url(Bytes(32, 2))},
                        {"context_b64", sent.body["context_b64"]},
                        {"stamp_b64", sent.body["stamp_b64"]}})
                   .body["genuine"]);

  const auto upload =
      call("POST", "/api/v1/attachments?conversation=" + group, &dana, Bytes(5000, 1));
  ASSERT_EQ(upload.status, 201);
  const auto file = "/api/v1/attachments/" + upload.body["attachment"].get<std::string>();
  EXPECT_EQ(call("GET", file, ada_).raw, Bytes(5000, 1));
  EXPECT_EQ(call("GET", file, cleo_).status, 404);
  EXPECT_EQ(call("POST", "/api/v1/attachments?conversation=" + group, cleo_, Bytes(5, 1)).status,
            404);
  EXPECT_EQ(call("POST", "/api/v1/attachments", ada_, Bytes(5, 1)).status, 400);

  EXPECT_EQ(checked("DELETE", "/api/v1/sessions/current", "/api/v1/sessions/current", &dana).status,
            204);
  EXPECT_EQ(call("GET", "/api/v1/conversations", &dana).status, 401);

  EXPECT_EQ(checked("GET", "/config.json", "/config.json", nullptr).body["e2ee_words"],
            "end-to-end encrypted, with a private check on your device");
  EXPECT_EQ(call("GET", "/config.json", nullptr).body["capture_days"], 90);
  EXPECT_EQ(call("GET", "/config.json", nullptr).body["environment"], "demo");
  EXPECT_EQ(call("GET", "/api/v1/epoch", nullptr).status, 503);
  EXPECT_EQ(call("GET", "/demo/test-picture.png", nullptr).status, 404);
}

}  // namespace
}  // namespace lightkeeper::service
