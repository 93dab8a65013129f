#include "service/routes/devices_api.hpp"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "service/routes/answers.hpp"
#include "service/routes/requests.hpp"

namespace lightkeeper::routes {

namespace {

using http::Request;
using http::Response;
using nlohmann::ordered_json;

/// What everybody may know of a device: its key, since when, and which other one vouches for it.
ordered_json device_json(const messaging::DeviceView& device) {
  return {{"device", device.device.hex()},
          {"signature_key_b64", to_base64url(device.signature_key)},
          {"created_ms", device.created.value},
          {"vouched_by",
           device.vouched_by ? ordered_json(device.vouched_by->hex()) : ordered_json(nullptr)},
          {"vouch_b64",
           device.vouched_by ? ordered_json(to_base64url(device.vouch)) : ordered_json(nullptr)}};
}

class DevicesApi {
 public:
  DevicesApi(accounts::Accounts& accounts, messaging::Messaging& messaging, messaging::Relay& relay)
      : accounts_(accounts), messaging_(messaging), relay_(relay) {}

  Result<Response> use_device(const accounts::Session& session, const Request& request) {
    LK_TRY(wanted, parse_device(request.body));
    LK_TRY(device, messaging_.use_device(session.token, session.account.id, wanted.signature_key,
                                         wanted.name));
    return json_answer(200, {{"device", device.hex()}});
  }

  Result<Response> devices(const accounts::Session& session, const Request&) {
    LK_TRY(who, relay_.caller(session.token, session.account.id));
    LK_TRY(all, messaging_.devices(session.account.id));
    auto list = ordered_json::array();
    for (const auto& device : all) {
      auto entry = device_json(device);
      entry["name"] = device.name;
      entry["current"] = device.device == who.device;
      list.push_back(std::move(entry));
    }
    return json_answer(200, {{"devices", list}});
  }

  Result<Response> remove(const accounts::Session& session, const Request& request) {
    LK_TRY(device, path_id<messaging::DeviceId>(request, "device"));
    LK_CHECK_OK(messaging_.remove_device(session.account.id, device));
    return no_content();
  }

  Result<Response> vouch(const accounts::Session& session, const Request& request) {
    LK_TRY(device, path_id<messaging::DeviceId>(request, "device"));
    LK_TRY(signature, parse_vouch(request.body));
    LK_TRY(who, relay_.caller(session.token, session.account.id));
    LK_CHECK_OK(messaging_.vouch(who, device, signature));
    return no_content();
  }

  Result<Response> claim(const accounts::Session& session, const Request& request) {
    LK_CHECK_OK(parse_nothing(request.body));
    LK_TRY(device, path_id<messaging::DeviceId>(request, "device"));
    LK_TRY(own, messaging_.devices(session.account.id));
    if (std::ranges::none_of(own, [&](const auto& one) { return one.device == device; })) {
      return fail(ErrorCode::not_found, "request");
    }
    LK_TRY(package, messaging_.claim_key_package(device));
    return json_answer(200, {{"key_package_b64", to_base64url(package)}});
  }

  Result<Response> person(const accounts::Session&, const Request& request) {
    LK_TRY(id, path_id<AccountId>(request, "account"));
    LK_TRY(all, messaging_.devices(id));
    LK_TRY(account, accounts_.account(id));
    auto keys = ordered_json::array();
    auto devices = ordered_json::array();
    for (const auto& device : all) {
      keys.push_back(to_base64url(device.signature_key));
      devices.push_back(device_json(device));
    }
    return json_answer(200, {{"account", id.hex()},
                             {"name", account.name},
                             {"signature_keys_b64", keys},
                             {"devices", devices}});
  }

  Result<Response> leave(const accounts::Session& session, const Request& request) {
    LK_TRY(conversation, path_id<ConversationId>(request, "conversation"));
    LK_TRY(leaving, parse_leaving(conversation, request.body));
    LK_TRY(who, relay_.caller(session.token, session.account.id));
    LK_CHECK_OK(messaging_.leave(who, leaving));
    return no_content();
  }

 private:
  accounts::Accounts& accounts_;
  messaging::Messaging& messaging_;
  messaging::Relay& relay_;
};

}  // namespace

std::vector<Route> devices_routes(accounts::Accounts& accounts, messaging::Messaging& messaging,
                                  messaging::Relay& relay, const Gate& gate) {
  const auto api = std::make_shared<DevicesApi>(accounts, messaging, relay);
  using Handler = Result<Response> (DevicesApi::*)(const accounts::Session&, const Request&);
  std::vector<Route> routes;
  const auto person = [&](std::string method, std::string pattern, Handler handler,
                          std::size_t limit) {
    routes.push_back(gate.person(
        std::move(method), std::move(pattern),
        [api, handler](const accounts::Session& session, const Request& request) {
          return ((*api).*handler)(session, request);
        },
        limit));
  };
  person("PUT", "/api/v1/devices/current", &DevicesApi::use_device, kSmallBody);
  person("GET", "/api/v1/devices", &DevicesApi::devices, 0);
  person("DELETE", "/api/v1/devices/{device}", &DevicesApi::remove, kSmallBody);
  person("POST", "/api/v1/devices/{device}/vouch", &DevicesApi::vouch, kSmallBody);
  person("POST", "/api/v1/devices/{device}/key-package", &DevicesApi::claim, kSmallBody);
  person("GET", "/api/v1/people/{account}", &DevicesApi::person, 0);

  person("POST", "/api/v1/conversations/{conversation}/leave", &DevicesApi::leave,
         2 * messaging::kMaxMlsBytes);  // in base64
  return routes;
}

}  // namespace lightkeeper::routes
