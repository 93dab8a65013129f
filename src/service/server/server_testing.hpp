// Only for the tests of this room: the whole service on a free port of this machine, with people
// and staff of every role, and answers checked against the reference.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

#include "http/http.hpp"
#include "service/server/server.hpp"
#include "service/store/temporary_folder.hpp"

namespace lightkeeper::service {

using nlohmann::json;

inline const json& reference() {
  static const json document = [] {
    std::ifstream in(std::string(LK_SOURCE_DIR) + "/api/openapi.json");
    return json::parse(in);
  }();
  return document;
}

/// Why a value does not fit a schema of the reference; empty when it does.
inline std::string misfit(const json& value, const json& schema, const std::string& at = "$") {
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
  static void SetUpTestSuite() { start(Settings{}); }
  static void start(Settings settings) {
    testing::internal::CaptureStderr();
    folder_ = new store::TemporaryFolder;
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
    request.timeout = std::chrono::minutes(5);  // a busy machine is not what is tested
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

  /// A picture of ada, reported by ben with a word of greeting; the case. Items are numbered from 1
  /// in the order of the pictures.
  static std::string reported(const std::vector<Bytes>& pictures, const std::string& reason) {
    crypto::SystemRng rng;
    auto messages = json::array({reportable("a bland sentence", {})});
    for (const auto& picture : pictures) {
      auto sealed = franking::seal_attachment(picture, "image/png", rng).value();
      const auto upload = call("POST", "/api/v1/attachments?conversation=" + *room_, ada_,
                               Bytes(sealed.ciphertext));
      EXPECT_EQ(upload.status, 201) << as_text(upload.raw);
      sealed.descriptor.id =
          AttachmentId::from_hex(upload.body["attachment"].get<std::string>()).value();
      messages.push_back(reportable("", {sealed.descriptor}));
    }
    auto wanted = report_of(messages);
    wanted["reason"] = reason;
    const auto taken = call("POST", "/api/v1/reports", ben_, wanted);
    EXPECT_EQ(taken.status, 201) << as_text(taken.raw);
    return taken.body.value("report", "");
  }
  /// A member of staff who looks after these harms only; by two where the role needs it.
  static Person narrow(const std::string& name, const std::string& role, const json& scopes) {
    json wanted{{"role", role}, {"scopes", scopes}};
    auto made = call("POST", "/api/v1/staff/invitations", &by_role_->at("admin"), wanted);
    if (made.status == 202) {
      wanted["approval"] = made.body["approval"];
      EXPECT_EQ(
          call("POST", "/api/v1/approvals/" + std::to_string(made.body["approval"].get<int>()),
               &by_role_->at("senior"), {{"approve", true}, {"reason", "as agreed"}})
              .status,
          200);
      made = call("POST", "/api/v1/staff/invitations", &by_role_->at("admin"), wanted);
    }
    const auto joined = call(
        "POST", "/api/v1/accounts", nullptr,
        {{"code", made.body.value("code", "")}, {"name", name}, {"password", "a long password"}});
    EXPECT_EQ(joined.status, 201) << as_text(joined.raw);
    return {joined.body.value("account", ""), joined.body.value("token", "")};
  }
  /// Entries of the audit log with this action, about this case (or other subject), by this person
  /// ("" is anybody), whose detail begins so.
  static std::ptrdiff_t audited(const std::string& action, const std::string& subject,
                                const std::string& actor, const std::string& detail) {
    return std::ranges::count_if(audit(), [&](const json& one) {
      return one["action"] == action && one["subject"] == subject &&
             (actor.empty() || (one["actor"].is_object() && one["actor"]["account"] == actor)) &&
             one["detail"].get<std::string>().starts_with(detail);
    });
  }
  /// The whole audit log, as the auditor reads it.
  static std::vector<json> audit() {
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

}  // namespace lightkeeper::service
