#include "keeper/scan.hpp"

#include <gtest/gtest.h>

#include "keeper/ring_for_test.hpp"

namespace lightkeeper::keeper {
namespace {

std::vector<media::PdqBits> random_list(std::size_t size, Rng& rng) {
  std::vector<media::PdqBits> list(size);
  for (media::PdqBits& hash : list) {
    hash = test::random_hash(rng);
  }
  return list;
}

ScanVector random_vector(Rng& rng) {
  ScanVector vector;
  rng.fill(vector.x);
  vector.adds_weight = (rng.array<1>()[0] & 1U) != 0;
  return vector;
}

/// The formula of scan.hpp, bit by bit.
std::uint8_t component_of_distance(const ScanVector& vector, const media::PdqBits& y) {
  int sum = vector.adds_weight ? y.weight() : 0;
  for (unsigned k = 0; k < 256; ++k) {
    sum += y.bit(k) ? -vector.x[k] : vector.x[k];
  }
  return static_cast<std::uint8_t>(sum);
}

std::uint8_t byte_at(const BitPlanes& planes, std::size_t lanes, std::size_t lane_word,
                     std::size_t bit) {
  unsigned value = 0;
  for (unsigned k = 0; k < kPlanes; ++k) {
    value |= static_cast<unsigned>(planes[k * lanes + lane_word] >> bit & 1U) << k;
  }
  return static_cast<std::uint8_t>(value);
}

TEST(Scan, EveryKernelGivesTheFormulaForEveryEntryAndSize) {
  crypto::SeededRng rng(1);
  for (const std::size_t size : {0U, 1U, 31U, 63U, 64U, 65U, 511U, 513U}) {
    const auto hashes = random_list(size, rng);
    const SplitList list = SplitList::create(hashes).value();
    const std::vector<ScanVector> vectors{random_vector(rng), random_vector(rng),
                                          random_vector(rng)};
    for (const ScanKernel kernel : available_scan_kernels()) {
      const BitPlanes planes = scan(list, vectors, kernel);
      ASSERT_EQ(planes.size(), kPlanes * vectors.size() * list.blocks());
      for (std::size_t v = 0; v < vectors.size(); ++v) {
        for (std::size_t i = 0; i < size; ++i) {
          ASSERT_EQ(
              byte_at(planes, vectors.size() * list.blocks(), v * list.blocks() + i / 64, i % 64),
              component_of_distance(vectors[v], hashes[i]))
              << name_of(kernel) << " entry " << i << " of " << size;
        }
      }
    }
  }
}

TEST(Scan, KernelsAgreeBitForBitOnLargeListsAndExtremeVectors) {
  crypto::SeededRng rng(2);
  auto hashes = random_list(5000, rng);
  hashes[0] = media::PdqBits{};
  hashes[1].words.fill(~std::uint64_t{0});
  const SplitList list = SplitList::create(hashes).value();
  std::vector<ScanVector> vectors(6);
  vectors[1].x.fill(255);
  vectors[2].x.fill(128);
  vectors[3].adds_weight = true;
  vectors[4] = random_vector(rng);
  vectors[5] = random_vector(rng);
  const BitPlanes expected = scan(list, vectors, ScanKernel::scalar);
  for (const ScanKernel kernel : available_scan_kernels()) {
    EXPECT_EQ(scan(list, vectors, kernel), expected) << name_of(kernel);
  }
  EXPECT_EQ(scan(list, vectors), expected);
}

TEST(Scan, ThreeComponentsAddUpToTheDistance) {
  crypto::SeededRng rng(3);
  const media::PdqBits x = test::random_hash(rng);
  auto hashes = random_list(100, rng);
  for (unsigned d = 0; d <= 32; ++d) {
    hashes[d] = test::at_distance(x, d, rng);
  }
  const SplitList list = SplitList::create(hashes).value();
  std::vector<ScanVector> vectors(3);
  rng.fill(vectors[0].x);
  rng.fill(vectors[1].x);
  vectors[0].adds_weight = true;
  for (unsigned k = 0; k < 256; ++k) {
    vectors[2].x[k] =
        static_cast<std::uint8_t>((x.bit(k) ? 1 : 0) - vectors[0].x[k] - vectors[1].x[k]);
  }
  const BitPlanes planes = scan(list, vectors);
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    unsigned sum = 0;
    for (std::size_t v = 0; v < 3; ++v) {
      sum += byte_at(planes, 3 * list.blocks(), v * list.blocks() + i / 64, i % 64);
    }
    EXPECT_EQ(sum % 256, media::distance(x, hashes[i]).value % 256);
  }
}

}  // namespace
}  // namespace lightkeeper::keeper
