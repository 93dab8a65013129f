#include "http/peer.hpp"

#include <gtest/gtest.h>

namespace lightkeeper::http {
namespace {

TEST(Peer, AddressesWithAndWithoutPorts) {
  EXPECT_EQ(peer_from_text("192.0.2.4"), (Peer{"192.0.2.4", 0}));
  EXPECT_EQ(peer_from_text("192.0.2.4:55001"), (Peer{"192.0.2.4", 55001}));
  EXPECT_EQ(peer_from_text("2001:db8::1"), (Peer{"2001:db8::1", 0}));
  EXPECT_EQ(peer_from_text("[2001:db8::1]"), (Peer{"2001:db8::1", 0}));
  EXPECT_EQ(peer_from_text("[2001:0db8:0::1]:55001"), (Peer{"2001:db8::1", 55001}));
  EXPECT_EQ(peer_from_text("::ffff:192.0.2.4"), (Peer{"192.0.2.4", 0}));
}

TEST(Peer, EverythingElseIsNobody) {
  for (const std::string_view bad : {"",
                                     "unknown",
                                     "_hidden",
                                     "192.0.2",
                                     "192.0.2.4:",
                                     "192.0.2.4:0",
                                     "192.0.2.4:65536",
                                     "192.0.2.4:1x",
                                     "192.0.2.4 ",
                                     "[192.0.2.4]:1",
                                     "[2001:db8::1",
                                     "[2001:db8::1]:",
                                     "[2001:db8::1]5",
                                     "[2001:db8::1]:70000",
                                     "[]",
                                     "[]:5",
                                     ":5",
                                     "2001:db8::1%eth0",
                                     "<script>",
                                     "192.0.2.4, 198.51.100.7"}) {
    EXPECT_EQ(peer_from_text(bad), Peer{}) << bad;
  }
  EXPECT_EQ(peer_from_text(std::string(100'000, '1')), Peer{});
  EXPECT_EQ(peer_from_text(std::string_view("192.0.2.4\0", 10)), Peer{});
}

TEST(Peer, OfAListOnlyWhatTheProxyWroteCounts) {
  EXPECT_EQ(peer_behind_proxy({{"x-forwarded-for", "203.0.113.9, 192.0.2.4"}}),
            (Peer{"192.0.2.4", 0}));
  EXPECT_EQ(peer_behind_proxy({{"x-forwarded-for", "203.0.113.9,\t192.0.2.4:55001 "}}),
            (Peer{"192.0.2.4", 55001}));
  EXPECT_EQ(peer_behind_proxy({{"x-forwarded-for", "192.0.2.4"}, {"x-real-port", "7, 55001"}}),
            (Peer{"192.0.2.4", 55001}));
  EXPECT_EQ(peer_behind_proxy({{"x-forwarded-for", "192.0.2.4"}, {"x-real-port", "lots"}}),
            (Peer{"192.0.2.4", 0}));
  // The listener's own port is nobody's source port.
  EXPECT_EQ(peer_behind_proxy({{"x-forwarded-for", "192.0.2.4"}, {"x-forwarded-port", "443"}}),
            (Peer{"192.0.2.4", 0}));
  EXPECT_EQ(peer_behind_proxy({{"x-forwarded-for", "192.0.2.4, unknown"}}), Peer{});
  EXPECT_EQ(peer_behind_proxy({{"x-real-port", "55001"}}), Peer{});
}

TEST(Peer, EveryTruncationIsAPeerOrNobody) {
  const std::string text = "[2001:db8::1]:55001";
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto peer = peer_from_text(text.substr(0, size));
    EXPECT_TRUE(peer.address.empty() || peer.address == "2001:db8::1") << size;
  }
}

}  // namespace
}  // namespace lightkeeper::http
