// Who sent a request: the connection's other end, or what a trusted proxy says about it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace lightkeeper::http {

struct Peer {
  std::string address;     // canonical text of an IPv4 or IPv6 address; empty if not known
  std::uint16_t port = 0;  // 0: not known
  bool operator==(const Peer&) const = default;
};

/// "192.0.2.4", "192.0.2.4:55001", "2001:db8::1", "[2001:db8::1]:55001". An IPv4 address inside an
/// IPv6 one (::ffff:192.0.2.4) becomes IPv4. An empty Peer for everything else.
[[nodiscard]] Peer peer_from_text(std::string_view text);

/// Behind a proxy the connection's other end is the proxy. What it says stands last: the last
/// element of X-Forwarded-For, earlier ones are whatever the sender wrote; its port there, or else
/// in X-Real-Port. (X-Forwarded-Port names the proxy's own port and is not read.) An empty Peer if
/// the proxy says nothing that is an address. `headers`: names in lower case, repeated ones joined
/// with commas.
[[nodiscard]] Peer peer_behind_proxy(const std::map<std::string, std::string>& headers);

}  // namespace lightkeeper::http
