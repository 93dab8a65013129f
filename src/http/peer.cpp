#include "http/peer.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace lightkeeper::http {

namespace {

constexpr std::size_t kMaxAddress = 45;  // INET6_ADDRSTRLEN - 1

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

std::string_view last_element(std::string_view list) {
  const auto comma = list.rfind(',');
  return trimmed(comma == std::string_view::npos ? list : list.substr(comma + 1));
}

/// 0 for what is not a port.
std::uint16_t port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  return error == std::errc() && stop == end ? port : std::uint16_t{0};
}

/// The canonical text of an address, empty if it is none.
std::string address_of(std::string_view text) {
  // inet_pton reads up to the first zero byte, so that one must not come that far.
  if (text.empty() || text.size() > kMaxAddress || text.contains('\0')) {
    return {};
  }
  const std::string terminated(text);
  std::array<char, INET6_ADDRSTRLEN> out{};
  in_addr four{};
  if (::inet_pton(AF_INET, terminated.c_str(), &four) == 1) {
    return ::inet_ntop(AF_INET, &four, out.data(), out.size());
  }
  in6_addr six{};
  if (::inet_pton(AF_INET6, terminated.c_str(), &six) != 1) {
    return {};
  }
  if (IN6_IS_ADDR_V4MAPPED(&six)) {
    std::memcpy(&four, &six.s6_addr[12], sizeof four);
    return ::inet_ntop(AF_INET, &four, out.data(), out.size());
  }
  return ::inet_ntop(AF_INET6, &six, out.data(), out.size());
}

}  // namespace

Peer peer_from_text(std::string_view text) {
  if (text.starts_with('[')) {
    const auto bracket = text.find(']');
    if (bracket == std::string_view::npos) {
      return {};
    }
    const auto inside = text.substr(1, bracket - 1);
    const auto rest = text.substr(bracket + 1);
    auto address = inside.contains(':') ? address_of(inside) : std::string();
    if (address.empty() || rest.empty()) {
      return {std::move(address), 0};
    }
    const auto port = rest.starts_with(':') ? port_of(rest.substr(1)) : std::uint16_t{0};
    return port == 0 ? Peer{} : Peer{std::move(address), port};
  }
  if (std::ranges::count(text, ':') == 1) {
    const auto colon = text.find(':');
    auto address = address_of(text.substr(0, colon));
    const auto port = port_of(text.substr(colon + 1));
    return address.empty() || port == 0 ? Peer{} : Peer{std::move(address), port};
  }
  return {address_of(text), 0};
}

Peer peer_behind_proxy(const std::map<std::string, std::string>& headers) {
  const auto forwarded = headers.find("x-forwarded-for");
  if (forwarded == headers.end()) {
    return {};
  }
  auto peer = peer_from_text(last_element(forwarded->second));
  const auto real_port = headers.find("x-real-port");
  if (!peer.address.empty() && peer.port == 0 && real_port != headers.end()) {
    peer.port = port_of(last_element(real_port->second));
  }
  return peer;
}

}  // namespace lightkeeper::http
