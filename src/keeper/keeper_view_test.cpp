// What one keeper sees must not depend on the picture. Everything that this keeper knows is held
// fixed (its shares, its pair secrets, the nonces); only the secret of the other two keepers
// varies. Then each kind of message that it receives must either be the same bytes for both
// pictures, or be uniform: by the frequencies of its bytes, by each of its bits, and by comparing
// the bits between the two pictures. A bit plane alone may look uniform while two together do not
// (a product without its mask, added to a carry that the receiver holds), so the XOR of any two
// planes of one sender is judged in the same way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "keeper/ring_for_test.hpp"

namespace lightkeeper::keeper {
namespace {

constexpr std::size_t kRuns = 250;
constexpr double kAlarm = 6;  // standard deviations; chance alone passes it in 1 of 10^9 statistics

using Samples = std::vector<Bytes>;  // one message per run

double byte_statistic(const Samples& samples) {
  std::array<double, 256> counts{};
  double total = 0;
  for (const Bytes& sample : samples) {
    for (const Byte byte : sample) {
      counts[byte] += 1;
      total += 1;
    }
  }
  double chi2 = 0;
  for (const double count : counts) {
    chi2 += (count - total / 256) * (count - total / 256) / (total / 256);
  }
  return (chi2 - 255) / std::sqrt(2.0 * 255);
}

std::vector<double> ones(const Samples& samples) {
  std::vector<double> counts(8 * samples.front().size());
  for (const Bytes& sample : samples) {
    for (std::size_t k = 0; k < counts.size(); ++k) {
      counts[k] += static_cast<double>(unsigned{sample[k / 8]} >> (k % 8) & 1U);
    }
  }
  return counts;
}

double bit_statistic(const Samples& samples) {
  const auto n = static_cast<double>(samples.size());
  double chi2 = 0;
  const std::vector<double> counts = ones(samples);
  for (const double count : counts) {
    chi2 += (count - n / 2) * (count - n / 2) / (n / 4);
  }
  const auto freedom = static_cast<double>(counts.size());
  return (chi2 - freedom) / std::sqrt(2 * freedom);
}

double difference_statistic(const Samples& a, const Samples& b) {
  const std::vector<double> ones_a = ones(a);
  const std::vector<double> ones_b = ones(b);
  double chi2 = 0;
  for (std::size_t k = 0; k < ones_a.size(); ++k) {
    chi2 += (ones_a[k] - ones_b[k]) * (ones_a[k] - ones_b[k]) / (static_cast<double>(a.size()) / 2);
  }
  const auto freedom = static_cast<double>(ones_a.size());
  return (chi2 - freedom) / std::sqrt(2 * freedom);
}

bool all_equal(const Samples& a, const Samples& b) {
  const auto same = [&](const Bytes& sample) { return to_hex(sample) == to_hex(a.front()); };
  return std::ranges::all_of(a, same) && std::ranges::all_of(b, same);
}

double worst_of(const Samples& a, const Samples& b) {
  return std::max({std::abs(byte_statistic(a)), std::abs(byte_statistic(b)),
                   std::abs(bit_statistic(a)), std::abs(bit_statistic(b)),
                   std::abs(difference_statistic(a, b))});
}

constexpr std::size_t kPlaneBytes = media::kHypotheses * 8;  // of a list of one block

Samples plane_of(const Samples& samples, std::size_t plane) {
  Samples out;
  for (const Bytes& sample : samples) {
    out.push_back(to_bytes(BytesView(sample).subspan(plane * kPlaneBytes, kPlaneBytes)));
  }
  return out;
}

Samples exclusive_or(const Samples& a, const Samples& b) {
  Samples out = a;
  for (std::size_t run = 0; run < a.size(); ++run) {
    for (std::size_t k = 0; k < a[run].size(); ++k) {
      out[run][k] = static_cast<Byte>(out[run][k] ^ b[run][k]);
    }
  }
  return out;
}

/// Which message kinds of which keeper's view betray the picture; empty if none.
std::vector<std::string> leaks(const std::shared_ptr<const SharedStreams>& streams) {
  crypto::SeededRng rng(77);
  // Two very different pictures, one of them on the list.
  std::array<test::PictureHashes, 2> pictures{};
  for (std::size_t h = 0; h < media::kHypotheses; ++h) {
    pictures[0][h] = test::random_hash(rng);
    pictures[1][h].words.fill(h % 2 == 0 ? ~std::uint64_t{0} : 0);
  }
  std::vector<media::PdqBits> list(64);
  for (std::size_t i = 0; i < list.size(); ++i) {
    list[i] = i < 24 ? test::at_distance(pictures[0][i % 8], 9, rng) : test::random_hash(rng);
  }
  const std::vector<std::uint32_t> colour_of(list.size());
  const std::vector<ByteArray<16>> elements(list.size(), rng.array<16>());
  const auto epoch = std::make_shared<const EpochTables>(
      EpochTables::create(list, 1, colour_of, elements, elements).value());
  std::vector<std::string> found;
  for (std::uint8_t keeper = 0; keeper < 3; ++keeper) {
    test::Ring ring = test::honest_ring(epoch, rng);
    ring.streams = streams;
    const SecretBytes common = ring.secrets[0]->common.clone();
    const SecretBytes before = ring.secrets[keeper]->previous.clone();
    const SecretBytes after = ring.secrets[keeper]->next.clone();
    const std::size_t next = (keeper + 1U) % 3;
    const std::size_t previous = (keeper + 2U) % 3;
    const test::QueryShares fixed = test::share_picture(pictures[0], rng);
    std::array<std::map<std::pair<int, int>, Samples>, 2> views;  // by sender and step
    for (std::size_t picture = 0; picture < 2; ++picture) {
      test::QueryShares shares = fixed;
      for (std::size_t h = 0; h < media::kHypotheses; ++h) {
        const match::HashShare& mine = shares[keeper].hashes[h];
        const media::PdqBits rest = pictures[picture][h] ^ media::PdqBits::from_bytes(mine.own) ^
                                    media::PdqBits::from_bytes(mine.next);
        shares[next].hashes[h].next = rest.bytes();
        shares[previous].hashes[h].own = rest.bytes();
      }
      for (std::size_t run = 0; run < kRuns; ++run) {
        const SecretBytes unknown = test::secret_from(rng);
        ring.secrets[next] = std::make_shared<const SessionSecrets>(
            SessionSecrets{after.clone(), unknown.clone(), common.clone()});
        ring.secrets[previous] = std::make_shared<const SessionSecrets>(
            SessionSecrets{unknown.clone(), before.clone(), common.clone()});
        crypto::SeededRng nonces(5);  // the same in every run
        const test::RingResult result = ring.run(shares, nonces);
        EXPECT_FALSE(result.error);
        for (const test::Delivery& delivery : result.seen) {
          if (delivery.to == keeper) {
            const BytesView payload = BytesView(delivery.message).subspan(2);
            views[picture][{delivery.from, delivery.message[1]}].push_back(to_bytes(payload));
          }
        }
      }
    }
    EXPECT_EQ(views[0].size(), keeper == 1 ? 13U : 12U);
    for (const auto& [kind, samples] : views[0]) {
      const Samples& others = views[1][kind];
      if (samples.size() != kRuns || others.size() != kRuns) {
        found.push_back("number of messages");
        continue;
      }
      if (all_equal(samples, others)) {
        continue;  // nonces and MACs: functions of what this keeper knows anyway
      }
      if (worst_of(samples, others) > kAlarm) {
        found.push_back("keeper " + std::to_string(keeper) + " step " +
                        std::to_string(kind.second));
      }
    }
    std::array<std::vector<Samples>, 2> planes;
    for (std::size_t picture = 0; picture < 2; ++picture) {
      for (unsigned round = 0; round < kCircuitRounds; ++round) {
        const Samples& samples =
            views[picture][{static_cast<int>(next), static_cast<int>(circuit_step(round))}];
        for (std::size_t plane = 0; plane < circuit_bits(round); ++plane) {
          planes[picture].push_back(plane_of(samples, plane));
        }
      }
    }
    for (std::size_t a = 0; a < kCircuitBits; ++a) {
      for (std::size_t b = a + 1; b < kCircuitBits; ++b) {
        if (worst_of(exclusive_or(planes[0][a], planes[0][b]),
                     exclusive_or(planes[1][a], planes[1][b])) > kAlarm) {
          found.push_back("keeper " + std::to_string(keeper) + " planes " + std::to_string(a) +
                          " and " + std::to_string(b));
        }
      }
    }
  }
  return found;
}

TEST(KeeperView, SaysNothingOfThePicture) {
  EXPECT_THAT(leaks(std::make_shared<const SharedStreams>()), ::testing::IsEmpty());
}

/// Planted: no masks at all.
class NoMasks final : public SharedStreams {
 public:
  SecretBytes expand(BytesView, const SessionId&, Layer, Direction,
                     std::size_t size) const override {
    return SecretBytes(size);
  }
};

TEST(KeeperView, TheCheckCatchesAZeroSharingThatIsSwitchedOff) {
  // Every step that carries a product: keeper 1's inject, and inject_product and seven rounds at
  // each of the three.
  EXPECT_GE(leaks(std::make_shared<const NoMasks>()).size(), 20U);
}

/// Planted: masks that all three keepers can compute, because they do not depend on the pair's
/// secret.
class MasksThatEverybodyKnows final : public SharedStreams {
 public:
  SecretBytes expand(BytesView, const SessionId& sid, Layer layer, Direction direction,
                     std::size_t size) const override {
    return SharedStreams::expand({}, sid, layer, direction, size);
  }
};

TEST(KeeperView, TheCheckCatchesMasksThatTheReceiverKnows) {
  EXPECT_GE(leaks(std::make_shared<const MasksThatEverybodyKnows>()).size(), 20U);
}

/// Planted: one single circuit round without its mask.
class OneRoundWithoutMask final : public SharedStreams {
 public:
  SecretBytes expand(BytesView secret, const SessionId& sid, Layer layer, Direction direction,
                     std::size_t size) const override {
    return layer == circuit_layer(4) ? SecretBytes(size)
                                     : SharedStreams::expand(secret, sid, layer, direction, size);
  }
};

TEST(KeeperView, TheCheckCatchesASingleRoundWithoutMask) {
  EXPECT_GE(leaks(std::make_shared<const OneRoundWithoutMask>()).size(), 1U);
}

}  // namespace
}  // namespace lightkeeper::keeper
