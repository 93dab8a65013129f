#include "keeper/threshold_circuit.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/crypto/crypto.hpp"

namespace lightkeeper::keeper {
namespace {

/// Runs three keepers on the distances s0 + s1 + s2 of `count` lanes; `component(j, n)` is s_j of
/// lane n.
template <class Component>
std::vector<std::uint64_t> run_circuit(std::size_t count, Component component, Rng& rng) {
  const std::size_t lanes = (count + 63) / 64;
  std::array<BitPlanes, 3> planes;
  for (std::size_t j = 0; j < 3; ++j) {
    planes[j].resize(kPlanes * lanes);
    for (std::size_t n = 0; n < count; ++n) {
      const std::uint64_t value = component(j, n);
      for (unsigned k = 0; k < kPlanes; ++k) {
        planes[j][k * lanes + n / 64] |= (value >> k & 1U) << (n % 64);
      }
    }
  }
  std::vector<ThresholdCircuit> keepers;
  for (std::uint8_t i = 0; i < 3; ++i) {
    keepers.emplace_back(i, planes[i], planes[(i + 1U) % 3]);
  }
  std::size_t bits = 0;
  for (unsigned round = 0; round < kCircuitRounds; ++round) {
    const std::size_t words = keepers[0].words(round);
    bits += circuit_bits(round);
    std::array<std::vector<std::uint64_t>, 3> zero;
    for (auto& share : zero) {
      share.resize(words);
    }
    rng.fill({reinterpret_cast<Byte*>(zero[0].data()), 8 * words});
    rng.fill({reinterpret_cast<Byte*>(zero[1].data()), 8 * words});
    for (std::size_t w = 0; w < words; ++w) {
      zero[2][w] = zero[0][w] ^ zero[1][w];
    }
    std::array<std::vector<std::uint64_t>, 3> sent;
    for (std::size_t i = 0; i < 3; ++i) {
      sent[i] = keepers[i].products(round, zero[i]);
    }
    for (std::size_t i = 0; i < 3; ++i) {
      keepers[i].receive(round, sent[(i + 1U) % 3]);
    }
  }
  EXPECT_EQ(bits, kCircuitBits);
  std::vector<std::uint64_t> match = keepers[0].match_share();
  for (std::size_t i = 1; i < 3; ++i) {
    const auto share = keepers[i].match_share();
    for (std::size_t w = 0; w < match.size(); ++w) {
      match[w] ^= share[w];
    }
  }
  return match;
}

TEST(ThresholdCircuit, AllTwoToTheTwentyFourShareTriplesAreRight) {
  crypto::SeededRng rng(1);
  // 16 slices of 2^20 triples each keep the memory small.
  std::size_t wrong = 0;
  std::size_t matches = 0;
  for (std::size_t slice = 0; slice < 16; ++slice) {
    const auto component = [slice](std::size_t j, std::size_t n) {
      return static_cast<std::uint64_t>((slice << 20U | n) >> (8 * j) & 255U);
    };
    const auto match = run_circuit(std::size_t{1} << 20U, component, rng);
    for (std::size_t n = 0; n < std::size_t{1} << 20U; ++n) {
      const bool expected = ((component(0, n) + component(1, n) + component(2, n)) & 255U) <= 31;
      wrong += expected != ((match[n / 64] >> (n % 64) & 1U) != 0) ? 1U : 0U;
      matches += expected ? 1U : 0U;
    }
  }
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(matches, (std::size_t{1} << 24U) / 8);
}

TEST(ThresholdCircuit, NoLanesAreFine) {
  crypto::SeededRng rng(2);
  EXPECT_TRUE(
      run_circuit(0, [](std::size_t, std::size_t) { return std::uint64_t{0}; }, rng).empty());
}

}  // namespace
}  // namespace lightkeeper::keeper
