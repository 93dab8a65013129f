#include "core/match/view_statistics.hpp"

#include <gtest/gtest.h>

#include "core/crypto/crypto.hpp"

namespace lightkeeper::match {
namespace {

ViewStatistics collect(std::size_t views, const auto& make) {
  crypto::SeededRng rng(71);
  ViewStatistics statistics(48);
  for (std::size_t i = 0; i < views; ++i) {
    auto view = rng.array<48>();
    make(view, i);
    statistics.add(view);
  }
  return statistics;
}

TEST(ViewStatistics, TakeRandomBytesForRandom) {
  const auto report = collect(1500, [](ByteArray<48>&, std::size_t) {}).report();
  EXPECT_TRUE(report.looks_uniform())
      << report.worst_bit << " " << report.worst_pair << " " << report.bytes;
}

TEST(ViewStatistics, CatchEachKindOfPlantedPattern) {
  const auto caught = [](const auto& make) {
    return !collect(1500, make).report().looks_uniform();
  };
  EXPECT_TRUE(caught([](ByteArray<48>& view, std::size_t) { view[9] |= 1; })) << "a stuck bit";
  EXPECT_TRUE(caught([](ByteArray<48>& view, std::size_t i) {
    view[9] = i % 4 == 0 ? Byte{0} : view[9];
  })) << "a biased byte";
  EXPECT_TRUE(caught([](ByteArray<48>& view, std::size_t) { view[30] = view[2]; }))
      << "a repeated byte";
  EXPECT_TRUE(caught([](ByteArray<48>& view, std::size_t) {
    view[30] = static_cast<Byte>(view[2] ^ 0x5a);
  })) << "two bytes that differ by a constant";
  EXPECT_TRUE(caught([](ByteArray<48>& view, std::size_t) {
    for (Byte& b : view) {
      b = static_cast<Byte>(b == 0x41 ? 0x42 : b);
    }
  })) << "a byte value that never comes";
}

TEST(ViewStatistics, DoNotVouchForTooFewViewsOrForUnequalSizes) {
  EXPECT_FALSE(collect(499, [](ByteArray<48>&, std::size_t) {}).report().looks_uniform());
  auto statistics = collect(1500, [](ByteArray<48>&, std::size_t) {});
  statistics.add(Bytes(47));
  EXPECT_FALSE(statistics.report().looks_uniform());
}

TEST(ViewStatistics, TellTwoSecretsApartIfTheirViewsDiffer) {
  const auto a = collect(1500, [](ByteArray<48>&, std::size_t) {});
  const auto b = collect(1000, [](ByteArray<48>&, std::size_t) {});
  EXPECT_LT(ViewStatistics::worst_difference(a, b), ViewStatistics::kDifferenceLimit);
  const auto c = collect(
      1500, [](ByteArray<48>& view, std::size_t i) { view[0] = i % 2 == 0 ? Byte{1} : view[0]; });
  EXPECT_GT(ViewStatistics::worst_difference(a, c), ViewStatistics::kDifferenceLimit);
}

}  // namespace
}  // namespace lightkeeper::match
