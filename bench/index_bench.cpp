// Range search over hash lists: every kernel against a plain loop, for the eight hashes of one
// picture and for a batch of 64. The plain loop is a fair one: it has the population count
// instruction, which the rest of the program does without. Figures: docs/benchmarks.md.
#include <benchmark/benchmark.h>

#include "core/index/hash_index.hpp"

namespace lightkeeper::index {
namespace {

using media::PdqBits;

std::uint64_t splitmix64(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  std::uint64_t z = state;
  z = (z ^ z >> 30U) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27U) * 0x94d049bb133111eb;
  return z ^ z >> 31U;
}

std::vector<PdqBits> random_hashes(std::size_t count, std::uint64_t seed) {
  std::vector<PdqBits> hashes(count);
  for (auto& hash : hashes) {
    for (auto& word : hash.words) {
      word = splitmix64(seed);
    }
  }
  return hashes;
}

struct Data {
  std::vector<PdqBits> entries;
  std::vector<PdqBits> queries;  // every second one is an entry with 20 bits flipped
};

Data make_data(std::size_t entry_count, std::size_t query_count) {
  Data data{random_hashes(entry_count, 1), random_hashes(query_count, 2)};
  for (std::size_t i = 0; i < query_count; i += 2) {
    data.queries[i] = data.entries[i * 997 % entry_count];
    for (unsigned bit = 0; bit < 20; ++bit) {
      data.queries[i].words[bit % 4] ^= std::uint64_t{1} << bit;
    }
  }
  return data;
}

constexpr int kRadius = 31;

#if defined(__x86_64__)
__attribute__((target("popcnt")))
#endif
std::vector<Hit>
plain_loop(const Data& data) {
  std::vector<Hit> hits;
  for (std::size_t q = 0; q < data.queries.size(); ++q) {
    const auto& x = data.queries[q].words;
    for (std::size_t e = 0; e < data.entries.size(); ++e) {
      const auto& y = data.entries[e].words;
      const int distance = __builtin_popcountll(x[0] ^ y[0]) + __builtin_popcountll(x[1] ^ y[1]) +
                           __builtin_popcountll(x[2] ^ y[2]) + __builtin_popcountll(x[3] ^ y[3]);
      if (distance <= kRadius) {
        hits.push_back({static_cast<std::uint32_t>(q), static_cast<std::uint32_t>(e),
                        HammingDistance{static_cast<std::uint16_t>(distance)}});
      }
    }
  }
  return hits;
}

void report(benchmark::State& state, const Data& data) {
  const auto pairs = static_cast<double>(data.entries.size() * data.queries.size());
  state.counters["pairs/s"] = benchmark::Counter(pairs * static_cast<double>(state.iterations()),
                                                 benchmark::Counter::kIsRate);
}

void run_plain_loop(benchmark::State& state) {
  const Data data =
      make_data(static_cast<std::size_t>(state.range(0)), static_cast<std::size_t>(state.range(1)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(plain_loop(data));
  }
  report(state, data);
}

void run_scan(benchmark::State& state, ScanFront scan) {
  const Data data =
      make_data(static_cast<std::size_t>(state.range(0)), static_cast<std::size_t>(state.range(1)));
  const HashIndex index = HashIndex::build(data.entries);
  if (index.search_with(scan, data.queries, HammingDistance{kRadius}) != plain_loop(data)) {
    state.SkipWithError("the answers differ");
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(index.search_with(scan, data.queries, HammingDistance{kRadius}));
  }
  report(state, data);
}

void run_build(benchmark::State& state) {
  const auto entries = random_hashes(static_cast<std::size_t>(state.range(0)), 1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(HashIndex::build(entries));
  }
}

void sizes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"entries", "queries"})->Unit(benchmark::kMillisecond);
  for (const int entries : {100'000, 1'000'000}) {
    for (const int queries : {1, 8, 64}) {
      bench->Args({entries, queries});
    }
  }
}

const bool registered = [] {
  sizes(benchmark::RegisterBenchmark("plain loop", run_plain_loop));
  for (const auto& available : available_scans()) {
    sizes(benchmark::RegisterBenchmark(std::string(available.name).c_str(), run_scan,
                                       available.scan));
  }
  benchmark::RegisterBenchmark("build", run_build)
      ->Unit(benchmark::kMillisecond)
      ->Arg(100'000)
      ->Arg(1'000'000);
  return true;
}();

}  // namespace
}  // namespace lightkeeper::index
