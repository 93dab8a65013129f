// The whole service through its sockets: the reference both ways, who may do what, hostile input,
// what stands on disk.
#include "service/server/server.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "http/http.hpp"
#include "service/server/data_folder.hpp"
#include "service/store/files.hpp"
#include "service/store/system_clock.hpp"
#include "service/store/temporary_folder.hpp"

namespace lightkeeper::service {
namespace {

using nlohmann::json;

const json& reference() {
  static const json document = [] {
    std::ifstream in(std::string(LK_SOURCE_DIR) + "/api/openapi.json");
    return json::parse(in);
  }();
  return document;
}

/// Why a value does not fit a schema of the reference; empty when it does.
std::string misfit(const json& value, const json& schema, const std::string& at = "$") {
  if (schema.contains("$ref")) {
    return misfit(
        value, reference().at(json::json_pointer(schema["$ref"].get<std::string>().substr(1))), at);
  }
  if (schema.contains("oneOf")) {
    std::string why;
    for (const auto& one : schema["oneOf"]) {
      why = misfit(value, one, at);
      if (why.empty()) {
        return {};
      }
    }
    return why;
  }
  const auto type = schema.at("type").get<std::string>();
  const bool fits =
      (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
      (type == "string" && value.is_string()) || (type == "integer" && value.is_number_integer()) ||
      (type == "boolean" && value.is_boolean()) || (type == "null" && value.is_null());
  if (!fits) {
    return at + " is not of type " + type;
  }
  if (schema.contains("enum") && std::ranges::find(schema["enum"], value) == schema["enum"].end()) {
    return at + " is not one of the words";
  }
  if (schema.contains("pattern") &&
      !std::regex_search(value.get<std::string>(),
                         std::regex(schema["pattern"].get<std::string>()))) {
    return at + " does not fit its pattern";
  }
  if (type == "array") {
    for (const auto& item : value) {
      if (auto why = misfit(item, schema.at("items"), at + "[]"); !why.empty()) {
        return why;
      }
    }
  }
  if (type == "object") {
    for (const auto& name : schema.at("required")) {
      if (!value.contains(name.get<std::string>())) {
        return at + "." + name.get<std::string>() + " is missing";
      }
    }
    for (const auto& [name, item] : value.items()) {
      if (!schema["properties"].contains(name)) {
        if (schema.value("additionalProperties", false)) {
          continue;
        }
        return at + "." + name + " is not in the reference";
      }
      if (auto why = misfit(item, schema["properties"][name], at + "." + name); !why.empty()) {
        return why;
      }
    }
  }
  return {};
}

struct Answer {
  int status = 0;
  json body;
  Bytes raw;
  std::map<std::string, std::string> headers;
};

struct Person {
  std::string account, token;
};

class ServerTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    testing::internal::CaptureStderr();
    folder_ = new store::TemporaryFolder;
    Settings settings;
    settings.data = folder_->path() / "data";
    settings.port = 0;
    settings.log_level = "debug";
    auto started = Server::start(settings);
    ASSERT_TRUE(started) << started.error().message();
    server_ = started->release();
    ada_ = new Person(sign_up("ada", accounts::Role::person));
    ben_ = new Person(sign_up("ben", accounts::Role::person));
    cleo_ = new Person(sign_up("cleo", accounts::Role::person));
    reader_ = new Person(sign_up("reader", accounts::Role::reviewer));
    by_role_ = new std::map<std::string, Person>{{"person", *ada_}, {"reviewer", *reader_}};
    for (const auto role : {accounts::Role::senior, accounts::Role::legal, accounts::Role::auditor,
                            accounts::Role::admin}) {
      const std::string name(accounts::name_of(role));
      by_role_->emplace(name, sign_up(name, role));
    }
    room_ = new std::string(conversation(*ada_, *ben_));
  }
  static void TearDownTestSuite() {
    delete server_;
    delete folder_;
    for (auto* person : {ada_, ben_, cleo_, reader_}) {
      delete person;
    }
    delete room_;
    delete by_role_;
    (void)testing::internal::GetCapturedStderr();
  }

  static Answer call(const std::string& method, const std::string& path, const Person* who,
                     Bytes body) {
    http::ClientRequest request;
    request.method = method;
    request.url = "http://127.0.0.1:" + std::to_string(server_->port()) + path;
    request.body = std::move(body);
    if (who != nullptr) {
      request.headers["Authorization"] = "Bearer " + who->token;
    }
    const auto response = http::exchange(request);
    EXPECT_TRUE(response) << method << " " << path;
    if (!response) {
      return {};
    }
    return {response->status,
            json::parse(response->body.begin(), response->body.end(), nullptr, false),
            response->body, response->headers};
  }
  static Answer call(const std::string& method, const std::string& path, const Person* who) {
    return call(method, path, who, Bytes{});
  }
  static Answer call(const std::string& method, const std::string& path, const Person* who,
                     const json& body) {
    return call(method, path, who, to_bytes(body.dump()));
  }
  /// The same, with the answer checked against the reference entry `pattern`.
  static Answer checked(const std::string& method, const std::string& pattern,
                        const std::string& path, const Person* who, const json& body = nullptr) {
    auto answer = body.is_null() ? call(method, path, who) : call(method, path, who, body);
    std::string verb = method;
    std::ranges::transform(verb, verb.begin(),
                           [](char c) { return static_cast<char>(std::tolower(c)); });
    const auto& operation = reference()["paths"][pattern][verb];
    if (answer.status >= 400) {
      EXPECT_EQ(misfit(answer.body, reference()["components"]["schemas"]["Problem"]), "") << path;
      return answer;
    }
    const auto documented = operation["responses"].find(std::to_string(answer.status));
    EXPECT_NE(documented, operation["responses"].end())
        << method << " " << path << " " << answer.status << as_text(answer.raw);
    if (documented != operation["responses"].end() && documented->contains("content") &&
        documented->at("content").contains("application/json")) {
      EXPECT_EQ(misfit(answer.body, documented->at("content")["application/json"]["schema"]), "")
          << path;
    }
    if (!body.is_null()) {
      EXPECT_EQ(misfit(body, operation["requestBody"]["content"]["application/json"]["schema"]), "")
          << path;
    }
    return answer;
  }

  static Person sign_up(const std::string& name, accounts::Role role) {
    const auto link = server_->invite(role);
    const auto answer =
        call("POST", "/api/v1/accounts", nullptr,
             {{"code", link->code}, {"name", name}, {"password", "a long password"}});
    EXPECT_EQ(answer.status, 201) << as_text(answer.raw);
    return {answer.body.value("account", ""), answer.body.value("token", "")};
  }
  static std::string id() { return to_hex(crypto::SystemRng().array<16>()); }
  static std::string conversation(const Person& creator, const Person& other) {
    const auto name = id();
    EXPECT_EQ(call("POST", "/api/v1/conversations", &creator,
                   {{"conversation", name},
                    {"kind", "direct"},
                    {"members", {other.account}},
                    {"client_id", id()},
                    {"epoch", 0},
                    {"welcome_b64", "AA"}})
                  .status,
              201);
    return name;
  }

  /// A message of ada to ben, made, accepted, and kept as ben's device would.
  static json reportable(std::string_view body,
                         const std::vector<franking::AttachmentDescriptor>& attachments,
                         std::string* commitment = nullptr) {
    crypto::SystemRng rng;
    franking::Content content;
    content.type =
        attachments.empty() ? franking::ContentType::text : franking::ContentType::picture;
    content.sender = AccountId::from_hex(ada_->account).value();
    content.conversation = ConversationId::from_hex(*room_).value();
    content.body = body;
    content.attachments = attachments;
    const auto bytes = franking::encode(content).value();
    const franking::OpeningKey key{rng.array<32>()};
    const auto promise = franking::commit(key, bytes);
    const auto sent = call("POST", "/api/v1/conversations/" + *room_ + "/messages", ada_,
                           {{"client_id", id()},
                            {"mls_b64", to_base64url(rng.array<32>())},
                            {"commitment_b64", to_base64url(promise)}});
    EXPECT_EQ(sent.status, 200);
    if (commitment != nullptr) {
      *commitment = to_base64url(promise);
    }
    return {{"content_b64", to_base64url(bytes)},
            {"opening_key_b64", to_base64url(key.bytes)},
            {"context_b64", sent.body["context_b64"]},
            {"stamp_b64", sent.body["stamp_b64"]}};
  }
  static json report_of(const json& messages) {
    return {{"client_id", id()},
            {"reason", "unwanted"},
            {"note", "a private note"},
            {"alleged", ada_->account},
            {"messages", messages}};
  }

  static inline store::TemporaryFolder* folder_ = nullptr;
  static inline Server* server_ = nullptr;
  static inline Person *ada_ = nullptr, *ben_ = nullptr, *cleo_ = nullptr, *reader_ = nullptr;
  static inline std::string* room_ = nullptr;
  static inline std::map<std::string, Person>* by_role_ = nullptr;

  /// Asks every route of a reference as nobody, as a stranger and as every role; one line for each
  /// answer that is not the one which the reference names.
  static std::vector<std::string> holes(const json& reference) {
    std::vector<std::string> out;
    const Person stranger{"", "not-a-token"};
    for (const auto& [pattern, operations] : reference["paths"].items()) {
      const auto path = std::regex_replace(pattern, std::regex("\\{[a-z_]+\\}"), id());
      for (const auto& [method, operation] : operations.items()) {
        const auto who = operation["x-who"].get<std::string>();
        if (who == "nobody" || who == "anybody_signed_in") {
          continue;
        }
        std::string verb = method;
        std::ranges::transform(verb, verb.begin(),
                               [](char c) { return static_cast<char>(std::toupper(c)); });
        const auto expect = [&](const std::string& as, const Person* caller, bool allowed,
                                int refusal) {
          const int status = call(verb, path, caller, Bytes{}).status;
          if ((status == refusal) == allowed) {
            out.push_back(verb + " " + pattern + " as " + as + ": " + std::to_string(status));
          }
        };
        expect("nobody", nullptr, false, 401);
        expect("a stranger", &stranger, false, 401);
        for (const auto& [name, caller] : *by_role_) {
          const auto role = accounts::role_from_name(name).value();
          bool allowed = who == "person" && role == accounts::Role::person;
          if (who == "staff") {
            for (const auto permission : accounts::kPermissions) {
              allowed = allowed || (accounts::may(role, permission) &&
                                    std::ranges::find(operation["x-needs"],
                                                      json(accounts::name_of(permission))) !=
                                        operation["x-needs"].end());
            }
          }
          expect(name, &caller, allowed, 403);
        }
      }
    }
    return out;
  }
};

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

TEST_F(ServerTest, StaffIsInvitedAndChangedByTwo) {
  const auto& admin = by_role_->at("admin");
  const auto& senior = by_role_->at("senior");
  const auto invite = [&](const Person& who, const json& body) {
    return checked("POST", "/api/v1/staff/invitations", "/api/v1/staff/invitations", &who, body);
  };
  const auto decide = [&](const json& number, const Person& who, bool agreed) {
    return checked("POST", "/api/v1/approvals/{approval}",
                   "/api/v1/approvals/" + std::to_string(number.get<int>()), &who,
                   {{"approve", agreed}, {"reason", "as agreed"}});
  };
  // A reviewer needs one person, and comes in with the scopes of the invitation.
  const auto reviewer = invite(admin, {{"role", "reviewer"}, {"scopes", {"threat"}}});
  ASSERT_EQ(reviewer.status, 201) << as_text(reviewer.raw);
  const auto joined = call(
      "POST", "/api/v1/accounts", nullptr,
      {{"code", reviewer.body["code"]}, {"name", "threats-only"}, {"password", "a long password"}});
  EXPECT_EQ(joined.body["scopes"], json({"threat"}));
  EXPECT_EQ(joined.body["permissions"], json({"read_cases", "decide", "prepare_report"}));
  EXPECT_TRUE(joined.body["pseudonym"].get<std::string>().starts_with("R-"));

  // Who may approve needs two.
  const json legal{{"role", "legal"}};
  const auto asked = invite(admin, legal);
  ASSERT_EQ(asked.status, 202);
  auto with_number = legal;
  with_number["approval"] = asked.body["approval"];
  EXPECT_EQ(invite(admin, with_number).body["code"], "not_approved");
  EXPECT_EQ(decide(asked.body["approval"], admin, true).body["code"], "same_person");
  EXPECT_EQ(decide(asked.body["approval"], senior, true).body["state"], "approved");
  auto other_role = with_number;
  other_role["role"] = "admin";
  EXPECT_EQ(invite(admin, other_role).body["code"], "not_approved");
  EXPECT_EQ(invite(admin, with_number).status, 201);
  EXPECT_EQ(invite(admin, with_number).body["code"], "not_approved");
  EXPECT_EQ(invite(admin, {{"role", "person"}}).status, 400);
  EXPECT_EQ(invite(admin, {{"role", "reviewer"}, {"approval", 1}}).status, 400);

  // Another role, by two.
  const Person account{joined.body["account"], joined.body["token"]};
  const auto change = [&](const Person& whom, const json& body) {
    return checked("PUT", "/api/v1/staff/{account}", "/api/v1/staff/" + whom.account, &admin, body);
  };
  const auto promotion = change(account, {{"role", "senior"}, {"scopes", json::array()}});
  ASSERT_EQ(promotion.status, 202);
  EXPECT_EQ(call("GET", "/api/v1/approvals", &account).status, 403);
  EXPECT_EQ(decide(promotion.body["approval"], senior, true).body["state"], "used");
  EXPECT_EQ(checked("GET", "/api/v1/approvals", "/api/v1/approvals", &account).status, 200);
  EXPECT_EQ(change(*ada_, {{"role", "admin"}, {"scopes", json::array()}}).status, 404);
  // Nobody agrees to their own new role.
  const auto own = change(senior, {{"role", "legal"}, {"scopes", json::array()}});
  EXPECT_EQ(decide(own.body["approval"], senior, true).body["code"], "same_person");
  EXPECT_EQ(decide(own.body["approval"], by_role_->at("legal"), false).body["state"], "refused");

  // Gone at once.
  const auto names = [&] {
    const auto answer = checked("GET", "/api/v1/staff", "/api/v1/staff", &admin);
    std::set<std::string> out;
    for (const auto& one : answer.body["staff"]) {
      out.insert(one["name"]);
    }
    return out;
  };
  EXPECT_TRUE(names().contains("threats-only"));
  EXPECT_EQ(checked("DELETE", "/api/v1/staff/{account}", "/api/v1/staff/" + account.account, &admin)
                .status,
            204);
  EXPECT_FALSE(names().contains("threats-only"));
  EXPECT_EQ(call("GET", "/api/v1/approvals", &account).status, 401);
}

TEST_F(ServerTest, ARefusedAccessStandsInTheAuditLog) {
  const auto entries = [&] {
    std::vector<json> out;
    std::string after;
    for (int page = 0; page < 1000; ++page) {
      const auto answer = call("GET", "/api/v1/audit?limit=100" + after, &by_role_->at("auditor"));
      EXPECT_EQ(answer.status, 200) << as_text(answer.raw);
      for (const auto& one : answer.body["entries"]) {
        out.push_back(one);
      }
      if (answer.body["next"].is_null()) {
        break;
      }
      const auto& next = answer.body["next"];
      after = "&after=" + (next.is_string() ? next.get<std::string>() : next.dump());
    }
    return out;
  };
  const auto refusals = [&] {
    return std::ranges::count_if(entries(), [&](const json& one) {
      return one["action"] == "access.refused" && one["detail"] == "GET /api/v1/audit" &&
             one["actor"]["account"] == reader_->account;
    });
  };
  const auto before = refusals();
  EXPECT_EQ(call("GET", "/api/v1/audit", reader_).status, 403);
  EXPECT_EQ(refusals(), before + 1);
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
  EXPECT_EQ(call("GET", "/api/v1/epoch", nullptr).status, 503);
  EXPECT_EQ(call("GET", "/demo/test-picture.png", nullptr).status, 404);
}

TEST_F(ServerTest, AReportIsVerifiedReviewedAndDecided) {
  const Bytes picture(70'000, 6);
  crypto::SystemRng rng;
  auto sealed = franking::seal_attachment(picture, "image/png", rng).value();
  const auto upload =
      call("POST", "/api/v1/attachments?conversation=" + *room_, ada_, Bytes(sealed.ciphertext));
  sealed.descriptor.id =
      AttachmentId::from_hex(upload.body["attachment"].get<std::string>()).value();
  auto forged = reportable("words that were said", {});
  forged["content_b64"] = reportable("words that were never said", {})["content_b64"];
  const auto wanted =
      report_of({reportable("first", {}), reportable("", {sealed.descriptor}), forged});
  const auto taken = checked("POST", "/api/v1/reports", "/api/v1/reports", ben_, wanted);
  ASSERT_EQ(taken.status, 201) << as_text(taken.raw);
  EXPECT_EQ(call("POST", "/api/v1/reports", ben_, wanted).body, taken.body);
  auto other = wanted;
  other["note"] = "another";
  EXPECT_EQ(call("POST", "/api/v1/reports", ben_, other).status, 409);

  const auto report = taken.body["report"].get<std::string>();
  const auto queue = checked("GET", "/api/v1/cases", "/api/v1/cases?view=queue", reader_);
  EXPECT_TRUE(std::ranges::any_of(queue.body["cases"],
                                  [&](const json& entry) { return entry["case"] == report; }));
  const auto address = "/api/v1/cases/" + report;
  const auto view = checked("GET", "/api/v1/cases/{case}", address, reader_);
  EXPECT_EQ(view.body["verified"], 2);
  EXPECT_EQ(view.body["not_verified"], 1);
  EXPECT_EQ(view.body["alleged"]["name"], "ada");
  EXPECT_EQ(view.body["messages"][0]["class"], "verified");
  EXPECT_EQ(view.body["messages"][0]["body"], "first");
  EXPECT_EQ(view.body["messages"][2]["class"], "not_verified");
  EXPECT_EQ(view.body["messages"][1]["attachments"][0]["class"], "verified");
  const auto sha256 = view.body["messages"][1]["attachments"][0]["sha256"].get<std::string>();
  EXPECT_EQ(sha256, to_hex(crypto::sha256(picture)));
  const auto found = checked("GET", "/api/v1/cases", "/api/v1/cases?view=all&q=" + sha256, reader_);
  EXPECT_EQ(found.body["total"], 1);
  EXPECT_EQ(found.body["cases"][0]["case"], report);
  EXPECT_EQ(checked("POST", "/api/v1/cases/{case}/assignment", address + "/assignment", reader_,
                    {{"to", "me"}})
                .body["assigned"]["name"],
            "reader");
  EXPECT_EQ(call("POST", address + "/release", reader_, json::object()).status, 409);
  EXPECT_EQ(checked("GET", "/api/v1/cases/statistics", "/api/v1/cases/statistics", reader_).status,
            200);
  EXPECT_EQ(checked("POST", "/api/v1/cases/bulk", "/api/v1/cases/bulk", reader_,
                    {{"cases", {id()}},
                     {"sha256", sha256},
                     {"decision", "warn"},
                     {"reason", "a calm reason"}})
                .body["skipped"]
                .size(),
            1U);
  EXPECT_EQ(checked("POST", "/api/v1/views", "/api/v1/views", reader_,
                    {{"name", "mine"}, {"query", "view=mine"}})
                .body["views"][0]["query"],
            "view=mine");
  EXPECT_EQ(checked("GET", "/api/v1/views", "/api/v1/views", reader_).body["views"].size(), 1U);
  EXPECT_EQ(checked("DELETE", "/api/v1/views", "/api/v1/views?name=mine", reader_).status, 204);
  EXPECT_EQ(checked("POST", "/api/v1/cases/{case}/decisions", address + "/decisions", reader_,
                    {{"decision", "warn"}, {"reason", "a calm reason"}})
                .body["state"],
            "decided");
  const auto decided = checked("GET", "/api/v1/cases/{case}", address, reader_);
  EXPECT_EQ(decided.body["decisions"].back()["reason"], "a calm reason");
  EXPECT_EQ(decided.body["decision"], "warn");
  EXPECT_EQ(decided.body["state"], "decided");

  // Both people are told in general words; the one it was about may object, and somebody else
  // answers.
  const auto own = checked("GET", "/api/v1/reports", "/api/v1/reports", ben_);
  EXPECT_TRUE(std::ranges::any_of(own.body["reports"], [&](const json& entry) {
    return entry["report"] == report && entry["status"] == "decided";
  }));
  const auto told = checked("GET", "/api/v1/notices", "/api/v1/notices", ada_);
  ASSERT_EQ(told.body["notices"].size(), 1U);
  const auto notice = told.body["notices"][0];
  EXPECT_EQ(notice["kind"], "statement_of_reasons");
  EXPECT_EQ(notice["appealable"], true);
  EXPECT_EQ(notice.dump().find("ben"), std::string::npos);
  EXPECT_EQ(checked("POST", "/api/v1/notices/{notice}/appeal",
                    "/api/v1/notices/" + notice["notice"].get<std::string>() + "/appeal", ada_,
                    {{"words", "I see it in another way"}})
                .body["state"],
            "open");
  const auto senior = &by_role_->at("senior");
  EXPECT_EQ(checked("POST", "/api/v1/cases/{case}/appeal-decision", address + "/appeal-decision",
                    senior, {{"uphold", false}, {"reason", "another look"}})
                .body["state"],
            "decided");
  EXPECT_EQ(checked("POST", "/api/v1/cases/{case}/decisions", address + "/decisions", reader_,
                    {{"decision", "escalate"}, {"reason", "a difficult one"}})
                .body["state"],
            "awaiting_second");
  EXPECT_EQ(checked("POST", "/api/v1/cases/{case}/second", address + "/second", senior,
                    {{"agree", true}, {"reason", "I take it"}})
                .body["state"],
            "open");
  EXPECT_EQ(call("POST", address + "/decisions", senior,
                 {{"decision", "restrict"}, {"reason", "talked about it"}})
                .body["state"],
            "decided");
  // A restriction holds back pictures and new conversations, not words; another decision ends it.
  const auto put = "/api/v1/attachments?conversation=" + *room_;
  const auto refused = call("POST", put, ada_, Bytes(sealed.ciphertext));
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.body["code"], "account_restricted");
  EXPECT_EQ(call("POST", "/api/v1/conversations", ada_,
                 {{"conversation", id()},
                  {"kind", "direct"},
                  {"members", {ben_->account}},
                  {"client_id", id()},
                  {"epoch", 0},
                  {"welcome_b64", "AA"}})
                .body["code"],
            "account_restricted");
  (void)reportable("words are still sent", {});
  EXPECT_EQ(call("POST", address + "/decisions", senior,
                 {{"decision", "no_action"}, {"reason", "talked about it again"}})
                .body["state"],
            "decided");
  EXPECT_EQ(call("POST", put, ada_, Bytes(sealed.ciphertext)).status, 201);
}

TEST_F(ServerTest, HostileBodiesAreRefusedInFewWords) {
  const auto path = "/api/v1/conversations/" + *room_ + "/messages";
  const json good = {
      {"client_id", id()}, {"mls_b64", "AA"}, {"commitment_b64", to_base64url(Bytes(32, 1))}};
  const auto with = [&](const char* name, json value) {
    auto body = good;
    body[name] = std::move(value);
    return body.dump();
  };
  const std::vector<std::string> bad{
      "",
      "{",
      "[]",
      "null",
      "\"text\"",
      good.dump() + "x",
      "\xff\xfe",
      "{\"client_id\":\"\xff\"}",
      std::string(1000, '['),
      "{\"client_id\":" + std::string(500, '[') + std::string(500, ']') + "}",
      R"({"client_id":"a","client_id":"b","mls_b64":"AA","commitment_b64":"AA"})",
      with("client_id", 7),
      with("client_id", ""),
      with("client_id", "a b"),
      with("client_id", std::string(65, 'a')),
      with("mls_b64", nullptr),
      with("mls_b64", ""),
      with("mls_b64", "AA=="),
      with("mls_b64", "A"),
      with("mls_b64", "AB"),  // bits left over: not canonical
      with("mls_b64", "A+"),
      with("mls_b64", json::array()),
      with("commitment_b64", to_base64url(Bytes(31, 1))),
      with("commitment_b64", to_base64url(Bytes(33, 1))),
      with("stamp_b64", to_base64url(Bytes(32, 1))),  // clients do not send stamps
      with("unknown", 1),
  };
  for (const auto& body : bad) {
    const auto answer = call("POST", path, ada_, to_bytes(body));
    EXPECT_TRUE(answer.status == 400 || answer.status == 413)
        << answer.status << " " << body.substr(0, 60);
    EXPECT_EQ(misfit(answer.body, reference()["components"]["schemas"]["Problem"]), "")
        << body.substr(0, 60);
  }
  EXPECT_EQ(call("POST", path, ada_, Bytes(3 * 1024 * 1024, 'a')).status, 413);
  EXPECT_EQ(call("POST", "/api/v1/sessions", nullptr, Bytes(17 * 1024, '[')).status, 413);
  EXPECT_EQ(call("POST", path, ada_, good).status, 200);
  EXPECT_EQ(call("POST", "/api/v1/conversations/" + id() + "/messages", ada_, good).status, 404);
  EXPECT_EQ(call("POST", "/api/v1/conversations/nonsense/messages", ada_, good).status, 404);
  EXPECT_EQ(call("POST", path, cleo_, good).status, 404);
  EXPECT_EQ(call("GET", "/api/v1/cases?view=other", reader_).status, 400);
  EXPECT_EQ(call("GET", "/api/v1/cases?after=-1", reader_).status, 400);
  EXPECT_EQ(call("GET", "/api/v1/cases/" + id(), reader_).status, 404);
  auto report = report_of(json::array());
  EXPECT_EQ(call("POST", "/api/v1/reports", ben_, report).status, 400);
  report["messages"] = json::array({{{"content_b64", "AA"}}});
  EXPECT_EQ(call("POST", "/api/v1/reports", ben_, report).status, 400);
  report["reason"] = "a reason of my own";
  EXPECT_EQ(call("POST", "/api/v1/reports", ben_, report).status, 400);
}

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

/// Which of the needles stand in any file of a folder or in a text.
std::set<std::string> found_in(const std::filesystem::path& folder, const std::string& log,
                               const std::map<std::string, Bytes>& needles) {
  std::set<std::string> out;
  const auto scan = [&](std::string_view text) {
    for (const auto& [name, needle] : needles) {
      if (text.find(as_text(needle)) != std::string_view::npos) {
        out.insert(name);
      }
    }
  };
  scan(log);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      std::ifstream in(entry.path(), std::ios::binary);
      scan(std::string{std::istreambuf_iterator<char>(in), {}});
    }
  }
  return out;
}

TEST_F(ServerTest, NothingThatWasSaidOrShownStandsOnDiskOrInTheLog) {
  Bytes picture;
  for (int i = 0; i < 90'000; ++i) {
    picture.push_back(static_cast<Byte>(i * 31 + i / 251));
  }
  crypto::SystemRng rng;
  auto sealed = franking::seal_attachment(picture, "image/png", rng).value();
  const auto upload =
      call("POST", "/api/v1/attachments?conversation=" + *room_, ada_, Bytes(sealed.ciphertext));
  sealed.descriptor.id =
      AttachmentId::from_hex(upload.body["attachment"].get<std::string>()).value();
  const std::string words = "the lighthouse keeper counts nine boats";
  auto wanted = report_of({reportable(words, {}), reportable("", {sealed.descriptor})});
  wanted["note"] = "a note about nine boats";
  wanted["statement"] = "a statement about nine boats";
  const auto taken = call("POST", "/api/v1/reports", ben_, wanted);
  ASSERT_EQ(taken.status, 201);
  const auto report = taken.body["report"].get<std::string>();
  ASSERT_EQ(call("GET", "/api/v1/cases/" + report, reader_).body["verified"], 2);
  ASSERT_EQ(call("POST", "/api/v1/cases/" + report + "/decisions", reader_,
                 {{"decision", "warn"}, {"reason", "a reason about nine boats"}})
                .status,
            201);

  const std::map<std::string, Bytes> secrets{
      {"words", to_bytes(words)},
      {"note", to_bytes("a note about nine boats")},
      {"statement", to_bytes("a statement about nine boats")},
      {"reason", to_bytes("a reason about nine boats")},
      {"picture", to_bytes(BytesView(picture).subspan(100, 48))},
      {"picture, second chunk", to_bytes(BytesView(picture).subspan(70'000, 48))},
      {"file key", to_bytes(sealed.descriptor.file_key)},
      {"opening key",
       from_base64url(wanted["messages"][0]["opening_key_b64"].get<std::string>()).value()},
      {"password", to_bytes("a long password")},
      {"token", to_bytes(ben_->token)},
  };
  const auto log = testing::internal::GetCapturedStderr();
  testing::internal::CaptureStderr();
  EXPECT_NE(log.find("/api/v1/reports"), std::string::npos) << "the log was not seen";
  EXPECT_EQ(found_in(folder_->path(), log, secrets), std::set<std::string>{});
  // The log has no ids either: neither of people nor of conversations nor of reports.
  for (const auto& identifier : {ada_->account, ben_->account, *room_, report}) {
    EXPECT_EQ(log.find(identifier), std::string::npos);
  }
  EXPECT_EQ(log.find("\"ada\""), std::string::npos);

  // The same scanner finds planted copies: in a column, in a file, in the log.
  store::SystemClock clock;
  auto beside = open_data_folder(folder_->path() / "data", IfAbsent::refuse, clock, rng);
  ASSERT_TRUE(beside);
  ASSERT_TRUE(beside->database->write([&](store::Transaction& tx) -> Status {
    tx.run("UPDATE account SET password_hash = ? WHERE name = 'cleo'", words);
    return {};
  }));
  EXPECT_TRUE(found_in(folder_->path(), log, secrets).contains("words"));
  ASSERT_TRUE(store::write_durably(beside->attachments() / "planted", picture));
  EXPECT_TRUE(found_in(folder_->path(), log, secrets).contains("picture"));
  std::filesystem::remove(beside->attachments() / "planted");
  EXPECT_TRUE(found_in(folder_->path(), log + ben_->token, secrets).contains("token"));
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
