#include "service/routes/api.hpp"

#include <memory>
#include <nlohmann/json.hpp>

#include "service/routes/answers.hpp"
#include "service/routes/requests.hpp"

namespace lightkeeper::routes {

namespace {

using http::Request;
using http::Response;
using nlohmann::ordered_json;

constexpr std::size_t kKeyPackagesBody = 5 * 1024 * 1024;

/// All routes share one of these.
class Api {
 public:
  Api(Rooms rooms, PublicFacts facts) : rooms_(rooms), facts_(std::move(facts)) {}

  using Anonymous = Result<Response> (Api::*)(const Request&);
  using SignedIn = Result<Response> (Api::*)(const accounts::Session&, const Request&);

  // --- Coming in
  // -------------------------------------------------------------------------------------------

  Result<Response> look_at_invitation(const Request& request) {
    LK_TRY(invitation, rooms_.accounts.look_at_invitation(request.params.at("code").substr(0, 64)));
    return json_answer(
        200, {{"role", accounts::name_of(invitation.role)}, {"usable", invitation.usable}});
  }

  Result<Response> invite(const accounts::Session& session, const Request& request) {
    LK_CHECK_OK(parse_nothing(request.body));
    LK_TRY(code, rooms_.accounts.invite(accounts::Role::person, session.account.id));
    return json_answer(201, {{"code", code}, {"link", facts_.public_url + "/#/join/" + code}});
  }

  Result<Response> create_account(const Request& request) {
    LK_TRY(wanted, parse_new_account(request.body));
    const auto* password = std::get_if<std::string>(&wanted.proof);
    LK_TRY(in, password != nullptr
                   ? rooms_.accounts.create_with_password(wanted.code, wanted.name, *password)
                   : rooms_.accounts.create_with_passkey(
                         wanted.code, wanted.name,
                         std::get<accounts::RegistrationAnswer>(wanted.proof)));
    LK_CHECK_OK(capture(in.account.id, accounts::CaptureEvent::registration, request));
    return json_answer(201, signed_in_json(in));
  }

  Result<Response> registration_options(const Request& request) {
    LK_TRY(wanted, parse_registration_options(request.body));
    LK_TRY(question, rooms_.accounts.begin_registration(wanted.code, wanted.name));
    return json_answer(200, {{"challenge_id", to_hex(question.challenge.id)},
                             {"challenge_b64", to_base64url(question.challenge.challenge)},
                             {"rp_id", rooms_.accounts.relying_party().id},
                             {"rp_name", facts_.service_name},
                             {"user_id_b64", to_base64url(question.user.value)},
                             {"user_verification", "required"}});
  }

  Result<Response> assertion_options(const Request& request) {
    LK_TRY(name, parse_assertion_options(request.body));
    LK_TRY(question, rooms_.accounts.begin_assertion(name));
    auto credentials = ordered_json::array();
    for (const auto& credential : question.credentials) {
      credentials.push_back(to_base64url(credential));
    }
    return json_answer(200, {{"challenge_id", to_hex(question.challenge.id)},
                             {"challenge_b64", to_base64url(question.challenge.challenge)},
                             {"rp_id", rooms_.accounts.relying_party().id},
                             {"credential_ids_b64", credentials},
                             {"user_verification", "required"}});
  }

  Result<Response> sign_in(const Request& request) {
    LK_TRY(wanted, parse_sign_in(request.body));
    const auto* password = std::get_if<std::string>(&wanted.proof);
    LK_TRY(in, password != nullptr
                   ? rooms_.accounts.sign_in_with_password(wanted.name, *password)
                   : rooms_.accounts.sign_in_with_passkey(
                         wanted.name, std::get<accounts::AssertionAnswer>(wanted.proof)));
    LK_CHECK_OK(capture(in.account.id, accounts::CaptureEvent::login, request));
    return json_answer(201, signed_in_json(in));
  }

  Result<Response> sign_out(const accounts::Session& session, const Request&) {
    LK_CHECK_OK(rooms_.accounts.sign_out(session.token));
    rooms_.relay.end_session(session.token);
    return no_content();
  }

  // --- People, conversations (devices: devices_api.cpp)
  // ------------------------------------------------------------------------

  [[nodiscard]] Result<messaging::Caller> caller(const accounts::Session& session) {
    return rooms_.relay.caller(session.token, session.account.id);
  }

  Result<Response> find_people(const accounts::Session&, const Request& request) {
    auto people = ordered_json::array();
    LK_TRY(found, rooms_.accounts.find_person(query(request, "name").substr(0, 64)));
    if (found) {
      people.push_back({{"account", found->id.hex()}, {"name", found->name}});
    }
    return json_answer(200, {{"people", people}});
  }

  Result<Response> add_key_packages(const accounts::Session& session, const Request& request) {
    LK_TRY(packages, parse_key_packages(request.body));
    LK_TRY(who, caller(session));
    LK_TRY(stored, rooms_.messaging.add_key_packages(who, packages));
    return json_answer(200, {{"stored", stored}});
  }

  Result<Response> key_packages(const accounts::Session& session, const Request&) {
    LK_TRY(who, caller(session));
    LK_TRY(remaining, rooms_.messaging.key_packages(who));
    return json_answer(200, {{"remaining", remaining}});
  }

  Result<Response> claim_key_package(const accounts::Session& session, const Request& request) {
    LK_CHECK_OK(parse_nothing(request.body));
    LK_TRY(id, path_id<AccountId>(request, "account"));
    LK_TRY(who, caller(session));
    LK_TRY(claimed, rooms_.messaging.claim_key_packages(who, id));
    auto packages = ordered_json::array();
    for (const auto& one : claimed) {
      packages.push_back(
          {{"device", one.device.hex()}, {"key_package_b64", to_base64url(one.key_package)}});
    }
    return json_answer(200, {{"key_packages", packages}});
  }

  Result<Response> create_conversation(const accounts::Session& session, const Request& request) {
    LK_TRY(wanted, parse_conversation(request.body));
    LK_TRY(who, caller(session));
    LK_CHECK_OK(rooms_.messaging.create_conversation(who, wanted));
    return json_answer(201, {{"conversation", wanted.conversation.hex()}});
  }

  Result<Response> conversations(const accounts::Session& session, const Request&) {
    LK_TRY(all, rooms_.messaging.conversations(session.account.id));
    auto list = ordered_json::array();
    for (const auto& view : all) {
      auto members = ordered_json::array();
      for (const auto& member : view.members) {
        members.push_back({{"account", member.account.hex()}, {"name", member.name}});
      }
      list.push_back(
          {{"conversation", view.conversation.hex()},
           {"kind", messaging::name_of(view.kind)},
           {"members", members},
           {"epoch", view.epoch},
           {"founder", view.founder ? ordered_json(view.founder->hex()) : ordered_json(nullptr)}});
    }
    return json_answer(200, {{"conversations", list}});
  }

  Result<Response> send_message(const accounts::Session& session, const Request& request) {
    LK_TRY(conversation, path_id<ConversationId>(request, "conversation"));
    LK_TRY(message, parse_message(conversation, request.body));
    LK_TRY(who, caller(session));
    LK_TRY(accepted, rooms_.messaging.accept_message(who, message));
    return json_answer(200, {{"seq", accepted.seq.value},
                             {"accepted_ms", accepted.accepted.value},
                             {"context_b64", to_base64url(accepted.context)},
                             {"stamp_b64", to_base64url(accepted.stamp)}});
  }

  Result<Response> send_commit(const accounts::Session& session, const Request& request) {
    LK_TRY(conversation, path_id<ConversationId>(request, "conversation"));
    LK_TRY(commit, parse_commit(conversation, request.body));
    LK_TRY(who, caller(session));
    LK_TRY(epoch, rooms_.messaging.accept_commit(who, commit));
    return json_answer(200, {{"epoch", epoch}});
  }

  Result<Response> upload(const accounts::Session& session, const Request& request) {
    auto conversation = ConversationId::from_hex(query(request, "conversation"));
    if (!conversation) {
      return fail(ErrorCode::bad_argument, "request", "the conversation is missing in the address");
    }
    LK_TRY(id, rooms_.attachments.put(session.account.id, *conversation, request.body));
    LK_CHECK_OK(capture(session.account.id, accounts::CaptureEvent::upload, request));
    return json_answer(201, {{"attachment", id.hex()}});
  }

  Result<Response> download(const accounts::Session& session, const Request& request) {
    LK_TRY(id, path_id<AttachmentId>(request, "id"));
    LK_TRY(bytes, rooms_.attachments.get(session.account.id, id));
    return octets_answer(std::move(bytes), "application/octet-stream", "no-store");
  }

  Result<Response> check_stamp(const accounts::Session&, const Request& request) {
    LK_TRY(asked, parse_stamp_check(request.body));
    return json_answer(200, {{"genuine", rooms_.messaging.stamp_is_genuine(
                                             asked.commitment, asked.context, asked.stamp)}});
  }

  // --- For everybody
  // --------------------------------------------------------------------------------------------

  Result<Response> epoch(const Request&) {
    LK_CHECK_OK(check_epoch());
    return json_answer(200, {{"list_key_b64", facts_.list_key_b64},
                             {"version", facts_.version},
                             {"keepers", facts_.keepers}});
  }
  Result<Response> manifest(const Request&) { return epoch_part(facts_.manifest); }
  Result<Response> tiles(const Request&) { return epoch_part(facts_.tiles); }
  Result<Response> leaves(const Request&) { return epoch_part(facts_.leaves); }

  Result<Response> config(const Request&) {
    return json_answer(200, {{"service_name", facts_.service_name},
                             {"demo", facts_.demo},
                             {"environment", facts_.environment},
                             {"oidc", facts_.oidc_name ? ordered_json{{"name", *facts_.oidc_name}}
                                                       : ordered_json(nullptr)},
                             {"registration", "invite"},
                             {"test_picture", facts_.demo && !facts_.test_picture.empty()
                                                  ? ordered_json("/demo/test-picture.png")
                                                  : ordered_json(nullptr)},
                             {"e2ee_words", kEndToEndWords},
                             {"capture_days", facts_.capture_days},
                             {"keepers", facts_.keepers},
                             {"list_key_b64", facts_.list_key_b64}});
  }
  Result<Response> test_picture(const Request&) {
    return demo_file(facts_.test_picture, "image/png");
  }
  Result<Response> harmless_picture(const Request&) {
    return demo_file(facts_.harmless_picture, "image/jpeg");
  }

 private:
  [[nodiscard]] Status capture(const AccountId& account, accounts::CaptureEvent event,
                               const Request& request) {
    return rooms_.captures.record(account, event, request.peer_address, request.peer_port,
                                  request.header("user-agent"));
  }
  [[nodiscard]] Status check_epoch() const {
    if (facts_.version == 0) {
      return fail(ErrorCode::unavailable, "epoch", "no hash list is installed");
    }
    return {};
  }
  Result<Response> epoch_part(const Bytes& bytes) {
    LK_CHECK_OK(check_epoch());
    return octets_answer(bytes, "application/octet-stream", "no-cache");
  }
  Result<Response> demo_file(const Bytes& bytes, std::string type) {
    if (!facts_.demo || bytes.empty()) {
      return fail(ErrorCode::not_found, "demo");
    }
    return octets_answer(bytes, std::move(type), "no-cache");
  }

  Rooms rooms_;
  PublicFacts facts_;
};

}  // namespace

std::vector<Route> api_routes(Rooms rooms, const Gate& gate, const PublicFacts& facts) {
  const auto api = std::make_shared<Api>(rooms, facts);
  std::vector<Route> routes;
  const auto open = [&](std::string method, std::string pattern, Api::Anonymous handler,
                        std::size_t limit = 0) {
    routes.push_back(Gate::open(
        std::move(method), std::move(pattern),
        [api, handler](const Request& request) { return ((*api).*handler)(request); }, limit));
  };
  const auto bound = [&](Api::SignedIn handler) -> Gate::SignedIn {
    return [api, handler](const accounts::Session& session, const Request& request) {
      return ((*api).*handler)(session, request);
    };
  };
  const auto person = [&](std::string method, std::string pattern, Api::SignedIn handler,
                          std::size_t limit = 0) {
    routes.push_back(gate.person(std::move(method), std::move(pattern), bound(handler), limit));
  };

  open("GET", "/api/v1/invitations/{code}", &Api::look_at_invitation);
  person("POST", "/api/v1/invitations", &Api::invite, kSmallBody);
  open("POST", "/api/v1/accounts", &Api::create_account, kSmallBody);
  open("POST", "/api/v1/passkeys/registration-options", &Api::registration_options, kSmallBody);
  open("POST", "/api/v1/passkeys/assertion-options", &Api::assertion_options, kSmallBody);
  open("POST", "/api/v1/sessions", &Api::sign_in, kSmallBody);
  routes.push_back(
      gate.anybody("DELETE", "/api/v1/sessions/current", bound(&Api::sign_out), kSmallBody));

  person("GET", "/api/v1/people", &Api::find_people);
  person("POST", "/api/v1/people/{account}/key-package", &Api::claim_key_package, kSmallBody);
  person("POST", "/api/v1/key-packages", &Api::add_key_packages, kKeyPackagesBody);
  person("GET", "/api/v1/key-packages", &Api::key_packages);

  person("POST", "/api/v1/conversations", &Api::create_conversation);
  person("GET", "/api/v1/conversations", &Api::conversations);
  person("POST", "/api/v1/conversations/{conversation}/messages", &Api::send_message);
  person("POST", "/api/v1/conversations/{conversation}/commits", &Api::send_commit);
  person("POST", "/api/v1/attachments", &Api::upload, messaging::kMaxAttachmentCiphertext);
  person("GET", "/api/v1/attachments/{id}", &Api::download);
  person("POST", "/api/v1/stamp-checks", &Api::check_stamp, kSmallBody);

  open("GET", "/api/v1/epoch", &Api::epoch);
  open("GET", "/api/v1/epoch/manifest", &Api::manifest);
  open("GET", "/api/v1/epoch/tiles", &Api::tiles);
  open("GET", "/api/v1/epoch/leaves", &Api::leaves);
  open("GET", "/config.json", &Api::config);
  open("GET", "/demo/test-picture.png", &Api::test_picture);
  open("GET", "/demo/harmless-picture.jpg", &Api::harmless_picture);
  return routes;
}

}  // namespace lightkeeper::routes
