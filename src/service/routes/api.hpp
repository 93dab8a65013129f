// The HTTP API, version 1: each route as a function from request to response. The reference is
// api/openapi.json; a test checks it against this list both ways. Who may use which route:
// route.hpp.
#pragma once

#include <string>
#include <vector>

#include "http/http.hpp"
#include "service/accounts/accounts.hpp"
#include "service/accounts/captures.hpp"
#include "service/messaging/attachments.hpp"
#include "service/messaging/messaging.hpp"
#include "service/routes/route.hpp"

namespace lightkeeper::routes {

struct Rooms {
  accounts::Accounts& accounts;
  messaging::Messaging& messaging;
  messaging::Attachments& attachments;
  messaging::Relay& relay;
  accounts::Captures& captures;
};

/// What anybody may read without an account.
struct PublicFacts {
  std::string public_url;  // "http://localhost:8080", without a slash at the end
  std::string service_name;
  bool demo = false;
  std::string environment = "demo";  // "demo", "test" or "production": which hotline is behind it
  std::optional<std::string> oidc_name;  // of the sign-in provider for staff, if there is one
  unsigned capture_days = 0;             // how long people's addresses are kept; 0: not at all
  std::vector<std::string> keepers;
  std::string list_key_b64;   // empty without an epoch
  std::uint32_t version = 0;  // of the list; 0 without an epoch
  Bytes manifest, tiles, leaves;
  Bytes test_picture;      // PNG; empty unless this is a demo
  Bytes harmless_picture;  // JPEG; the same
};

/// The rooms must outlive the handlers; `facts` and `gate` are copied.
[[nodiscard]] std::vector<Route> api_routes(Rooms rooms, const Gate& gate,
                                            const PublicFacts& facts);

constexpr std::string_view kEndToEndWords =
    "end-to-end encrypted, with a private check on your device";

}  // namespace lightkeeper::routes
