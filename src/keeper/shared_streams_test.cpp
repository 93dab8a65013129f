#include "keeper/shared_streams.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace lightkeeper::keeper {
namespace {

const ByteArray<32> kSecret{7};

std::string expand(const SessionId& sid, Layer layer, Direction direction, std::size_t size = 64) {
  return to_hex(SharedStreams().expand(kSecret, sid, layer, direction, size).expose_secret());
}

TEST(SharedStreams, BothEndsDrawTheSameAndNothingElseDoes) {
  const SessionId sid{1};
  const SessionId other{2};
  EXPECT_EQ(expand(sid, Layer::inject_product, {0, 1}), expand(sid, Layer::inject_product, {0, 1}));
  const std::set<std::string> all{
      expand(sid, Layer::inject_product, {0, 1}), expand(sid, Layer::inject_product, {1, 0}),
      expand(sid, Layer::inject_input, {0, 1}),   expand(other, Layer::inject_product, {0, 1}),
      expand(sid, Layer::opening_zero, {0, 1}),   expand(sid, circuit_layer(0), {0, 1}),
      expand(sid, circuit_layer(6), {0, 1}),      expand(sid, Layer::opening_scalar, kAllKeepers)};
  EXPECT_EQ(all.size(), 8U);
}

TEST(SharedStreams, AQueryIdUsedAgainGetsAnotherSession) {
  const QueryId query{{3}};
  const match::ManifestHash manifest{4};
  const std::array<Nonce, 3> nonces{Nonce{1}, Nonce{2}, Nonce{3}};
  std::set<std::string> sids{to_hex(session_id(query, manifest, nonces))};
  for (std::size_t i = 0; i < 3; ++i) {
    auto fresh = nonces;
    fresh[i][31] ^= 1U;
    sids.insert(to_hex(session_id(query, manifest, fresh)));
  }
  sids.insert(to_hex(session_id(query, match::ManifestHash{5}, nonces)));
  sids.insert(to_hex(session_id(QueryId{{4}}, manifest, nonces)));
  EXPECT_EQ(sids.size(), 6U);
}

}  // namespace
}  // namespace lightkeeper::keeper
