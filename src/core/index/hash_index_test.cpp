#include "core/index/hash_index.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace lightkeeper::index {
namespace {

using media::PdqBits;

// A small generator of our own (splitmix64), so that the same seed gives the same data everywhere.
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ z >> 30U) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27U) * 0x94d049bb133111eb;
    return z ^ z >> 31U;
  }
  PdqBits hash() { return {{next(), next(), next(), next()}}; }
  // `hash` with exactly `count` different bits.
  PdqBits near(PdqBits hash, unsigned count) {
    PdqBits flipped{};
    while (flipped.weight() < static_cast<int>(count)) {
      flipped.set(static_cast<unsigned>(next() % 256), true);
    }
    return hash ^ flipped;
  }

 private:
  std::uint64_t state_;
};

std::vector<Hit> plain_loop(const std::vector<PdqBits>& entries,
                            const std::vector<PdqBits>& queries, unsigned radius) {
  std::vector<Hit> hits;
  for (std::uint32_t q = 0; q < queries.size(); ++q) {
    for (std::uint32_t e = 0; e < entries.size(); ++e) {
      const HammingDistance distance = media::distance(queries[q], entries[e]);
      if (distance.value <= radius) {
        hits.push_back({q, e, distance});
      }
    }
  }
  return hits;
}

// The checker of every comparison below: true if the scan misses nothing and invents nothing.
bool finds_what_the_plain_loop_finds(ScanFront scan, const std::vector<PdqBits>& entries,
                                     const std::vector<PdqBits>& queries, unsigned radius) {
  const HashIndex index = HashIndex::build(entries);
  return index.search_with(scan, queries, HammingDistance{static_cast<std::uint16_t>(radius)}) ==
         plain_loop(entries, queries, radius);
}

// Random entries and queries with planted neighbours at every distance around the radius, halves in
// all mixtures.
struct Data {
  std::vector<PdqBits> entries;
  std::vector<PdqBits> queries;
};
Data make_data(std::uint64_t seed, std::size_t entry_count, std::size_t query_count) {
  Numbers numbers(seed);
  std::vector<PdqBits> entries;
  std::vector<PdqBits> queries;
  for (std::size_t i = 0; i < entry_count; ++i) {
    entries.push_back(numbers.hash());
  }
  for (std::size_t i = 0; i < query_count; ++i) {
    queries.push_back(entries.empty() || numbers.next() % 4 == 0
                          ? numbers.hash()
                          : numbers.near(entries[numbers.next() % entries.size()],
                                         static_cast<unsigned>(numbers.next() % 65)));
  }
  return {std::move(entries), std::move(queries)};
}

TEST(AvailableKernels, StartWithTheScalarOneAndAreNamed) {
  const auto kernels = available_kernels();
  ASSERT_FALSE(kernels.empty());
  EXPECT_EQ(kernels.front(), Kernel::scalar);
  EXPECT_TRUE(std::is_sorted(kernels.begin(), kernels.end()));
  EXPECT_EQ(std::adjacent_find(kernels.begin(), kernels.end()), kernels.end());
  EXPECT_EQ(name_of(Kernel::avx512), "avx512");
}

TEST(HashIndex, OfNothingFindsNothing) {
  const HashIndex index = HashIndex::build({});
  EXPECT_EQ(index.size(), 0U);
  const std::vector<PdqBits> queries(3);
  for (const Kernel kernel : available_kernels()) {
    EXPECT_TRUE(index.search(queries, HammingDistance{256}, kernel).empty());
  }
}

TEST(HashIndex, DoesNotTakeThePaddingOfTheLastBlockForEntries) {
  // Zero is what the padding holds, so a query of zeros is the one that would find it.
  for (std::size_t count = 1; count <= 17; ++count) {
    const std::vector<PdqBits> entries(count, PdqBits{{1, 1, 1, 1}});
    const HashIndex index = HashIndex::build(entries);
    const std::vector<PdqBits> queries(1);
    for (const auto& scan : available_scans()) {
      EXPECT_EQ(index.search_with(scan.scan, queries, HammingDistance{3}).size(), 0U)
          << scan.name << ' ' << count;
      EXPECT_EQ(index.search_with(scan.scan, queries, HammingDistance{4}).size(), count)
          << scan.name << ' ' << count;
    }
  }
}

TEST(HashIndex, IsExactAtTheEdgeOfTheRadius) {
  Numbers numbers(7);
  std::vector<PdqBits> entries;
  const PdqBits query = numbers.hash();
  for (unsigned d = 0; d <= 64; ++d) {
    entries.push_back(numbers.near(query, d));
  }
  const HashIndex index = HashIndex::build(entries);
  for (const Kernel kernel : available_kernels()) {
    const auto hits = index.search(std::span(&query, 1), HammingDistance{31}, kernel);
    ASSERT_EQ(hits.size(), 32U) << name_of(kernel);
    for (std::uint32_t d = 0; d < 32; ++d) {
      EXPECT_EQ(hits[d], (Hit{0, d, HammingDistance{static_cast<std::uint16_t>(d)}}));
    }
  }
}

TEST(HashIndex, FindsNeighboursWhoseDifferencesAllStandInOneHalf) {
  Numbers numbers(11);
  const PdqBits query = numbers.hash();
  PdqBits front = query;
  PdqBits back = query;
  front.words[0] ^= 0x7fffffff;           // 31 bits
  back.words[3] ^= 0x7fffffffULL << 33U;  // 31 bits
  const std::vector<PdqBits> entries = {front, numbers.hash(), back};
  const HashIndex index = HashIndex::build(entries);
  const auto hits = index.search(std::span(&query, 1), HammingDistance{31});
  ASSERT_EQ(hits.size(), 2U);
  EXPECT_EQ(hits[0].entry, 0U);
  EXPECT_EQ(hits[1].entry, 2U);
  EXPECT_TRUE(index.search(std::span(&query, 1), HammingDistance{30}).empty());
}

TEST(HashIndex, FindsEqualEntriesAndNegativesEachByTheirOwn) {
  Numbers numbers(13);
  const PdqBits hash = numbers.hash();
  const PdqBits ones{{~0ULL, ~0ULL, ~0ULL, ~0ULL}};
  const std::vector<PdqBits> entries = {hash, hash ^ ones, hash, hash};
  const HashIndex index = HashIndex::build(entries);
  const std::vector<PdqBits> queries = {hash, hash ^ ones};
  const auto hits = index.search(queries, HammingDistance{0});
  ASSERT_EQ(hits.size(), 4U);
  EXPECT_EQ(hits[3], (Hit{1, 1, HammingDistance{0}}));
  EXPECT_EQ(index.search(queries, HammingDistance{256}).size(), 8U);
}

TEST(HashIndex, AcrossTilesAgreesWithThePlainLoop) {
  const auto [entries, queries] = make_data(17, 5003, 21);  // three tiles, the last one not whole
  for (const auto& scan : available_scans()) {
    EXPECT_TRUE(finds_what_the_plain_loop_finds(scan.scan, entries, queries, 31)) << scan.name;
  }
}

RC_GTEST_PROP(HashIndex, EveryKernelAgreesWithThePlainLoopForAnySizesAndRadius, ()) {
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const auto entry_count = *rc::gen::inRange<std::size_t>(0, 100);
  const auto query_count = *rc::gen::inRange<std::size_t>(0, 20);
  const auto [entries, queries] = make_data(seed, entry_count, query_count);
  const auto radius = *rc::gen::element(0U, 1U, 30U, 31U, 32U, 62U, 128U, 255U, 256U);
  for (const auto& scan : available_scans()) {
    RC_ASSERT(finds_what_the_plain_loop_finds(scan.scan, entries, queries, radius));
  }
}

// Planted violations: scans with the mistakes that such loops have. The checker must see each of
// them.
template <int kMistake>
void mistaken_scan(const HalfBlock* blocks, std::size_t block_count, const QueryFront* queries,
                   std::size_t query_count, std::uint64_t radius, const CandidateSink& sink) {
  if (kMistake == 0) {  // drops the last block
    scan_scalar(blocks, block_count - 1, queries, query_count, radius, sink);
  } else if (kMistake == 1) {  // drops the last query of a group that is not whole
    scan_scalar(blocks, block_count, queries, query_count - query_count % 8, radius, sink);
  } else if (radius > 0) {  // "less than" for "at most"
    scan_scalar(blocks, block_count, queries, query_count, radius - 1, sink);
  }
}

TEST(HashIndex, TheComparisonCatchesPlantedMistakes) {
  auto [entries, queries] = make_data(19, 83, 19);
  queries.back() = entries.back();
  PdqBits all_in_front = entries[40];
  all_in_front.words[0] ^= 0x7fffffff;
  queries.front() = all_in_front;
  ASSERT_TRUE(finds_what_the_plain_loop_finds(scan_scalar, entries, queries, 31));
  EXPECT_FALSE(finds_what_the_plain_loop_finds(mistaken_scan<0>, entries, queries, 31));
  EXPECT_FALSE(finds_what_the_plain_loop_finds(mistaken_scan<1>, entries, queries, 31));
  EXPECT_FALSE(finds_what_the_plain_loop_finds(mistaken_scan<2>, entries, queries, 31));
}

}  // namespace
}  // namespace lightkeeper::index
