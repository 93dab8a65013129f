// The WebSocket of a device: hello with a token, then events out and acknowledgements in.
#pragma once

#include <memory>

#include "http/http.hpp"
#include "service/accounts/accounts.hpp"
#include "service/messaging/relay.hpp"

namespace lightkeeper::routes {

/// One JSON object on one line, as in the API reference.
[[nodiscard]] std::string event_json(const messaging::Event& event);

/// Handlers for http::Listener::socket(). A message that is not understood, or a token that is not
/// good, is answered with {"type":"problem","code","title"} and the end of the connection. The
/// rooms must outlive it.
[[nodiscard]] http::SocketHandler relay_socket(accounts::Accounts& accounts,
                                               messaging::Relay& relay);

}  // namespace lightkeeper::routes
