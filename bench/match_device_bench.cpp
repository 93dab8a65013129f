// What a picture's check costs the device, and what a list's epoch costs a keeper offline.
#include <benchmark/benchmark.h>

#include "core/match/bch.hpp"
#include "core/match/ideal_keepers.hpp"

namespace lightkeeper::match {
namespace {

media::PdqBits random_hash(Rng& rng) { return media::PdqBits::from_bytes(rng.array<32>()); }

/// Unrelated entries; the first `series` are edits of one picture, a few bits apart.
lists::HashList list_of(std::size_t count, std::size_t series) {
  crypto::SeededRng rng(1);
  std::vector<lists::Entry> entries;
  const media::PdqBits centre = random_hash(rng);
  while (entries.size() < count) {
    media::PdqBits hash = entries.size() < series ? centre : random_hash(rng);
    if (entries.size() < series) {
      for (const Byte bit : rng.array<10>()) {
        hash.set(bit, !hash.bit(bit));
      }
    }
    entries.push_back(drawn_entry(hash, 1));
  }
  return drawn_list(std::move(entries));
}

void multiply_elements(benchmark::State& state) {
  Gf128 a{0x0123456789abcdef, 0xfedcba9876543210};
  for (auto _ : state) {
    benchmark::DoNotOptimize(a = multiply(a, Gf128{3, 5}));
  }
}
BENCHMARK(multiply_elements);

void invert_element(benchmark::State& state) {
  Gf128 a{0x0123456789abcdef, 0xfedcba9876543210};
  for (auto _ : state) {
    benchmark::DoNotOptimize(a = invert(a));
  }
}
BENCHMARK(invert_element);

void make_sketch(benchmark::State& state) {
  crypto::SeededRng rng(2);
  const media::PdqBits hash = random_hash(rng);
  for (auto _ : state) {
    benchmark::DoNotOptimize(sketch_of(hash));
  }
}
BENCHMARK(make_sketch);

void decode_sketch(benchmark::State& state) {
  crypto::SeededRng rng(3);
  const media::PdqBits hash = random_hash(rng);
  media::PdqBits near = hash;
  for (unsigned k = 0; k < 31; ++k) {
    near.set(k * 8, !near.bit(k * 8));
  }
  const Sketch sketch = sketch_of(hash);
  for (auto _ : state) {
    benchmark::DoNotOptimize(difference_from(sketch, near));
  }
}
BENCHMARK(decode_sketch);

/// Planted differences of 0 .. 50 bits; `errors` counts every wrong answer of the sketch.
void planted_sketch_trials(benchmark::State& state) {
  crypto::SeededRng rng(4);
  std::size_t errors = 0;
  int d = 0;
  for (auto _ : state) {
    const media::PdqBits y = random_hash(rng);
    media::PdqBits difference;
    while (difference.weight() < d) {
      const Byte bit = rng.array<1>()[0];
      difference.set(bit % 255U, true);
    }
    const auto found = difference_from(sketch_of(y), y ^ difference);
    errors +=
        found.has_value() != (d <= kSketchRadius) || (found && *found != difference) ? 1U : 0U;
    d = (d + 1) % 51;
  }
  state.counters["errors"] = static_cast<double>(errors);
}
BENCHMARK(planted_sketch_trials)->Iterations(1'000'000)->Unit(benchmark::kMicrosecond);

void create_query(benchmark::State& state) {
  IdealKeepers keepers(list_of(10, 0));
  const ManifestHash hash = keepers.manifest_hash();
  const std::array<media::PdqBits, media::kHypotheses> picture{};
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        PictureQuery::create(keepers.manifest(), hash, picture, keepers.rng()));
  }
}
BENCHMARK(create_query)->Unit(benchmark::kMicrosecond);

/// range(0): entries in one series (which sets the colours and the groups' sizes); range(1): does
/// the picture match?
void open_query(benchmark::State& state) {
  const auto series = static_cast<std::size_t>(state.range(0));
  IdealKeepers keepers(list_of(series + 100, series));
  const TileSet tiles = keepers.tiles().value();
  std::array<media::PdqBits, media::kHypotheses> picture;
  for (auto& hash : picture) {
    hash = random_hash(keepers.rng());
  }
  if (state.range(1) != 0) {
    for (std::size_t e = 0; e < keepers.list().entries().size(); ++e) {
      const auto& entry = keepers.list().entries()[e].hash;
      if (e == 0 || media::distance(entry, keepers.list().entries()[e - 1].hash).value < 60) {
        picture[0] = entry;
      }
    }
  }
  const auto query =
      PictureQuery::create(keepers.manifest(), keepers.manifest_hash(), picture, keepers.rng())
          .value();
  const auto replies = keepers.answer(query.requests(), [](std::vector<Sums>&) {});
  for (auto _ : state) {
    benchmark::DoNotOptimize(query.open(replies, tiles));
  }
  state.counters["colours"] = keepers.manifest().colours;
  state.counters["found"] = static_cast<double>(query.open(replies, tiles).value().found.size());
  state.counters["reply_bytes"] = static_cast<double>(reply_size(keepers.manifest().colours));
}
BENCHMARK(open_query)
    ->Args({1, 0})
    ->Args({1, 1})
    ->Args({300, 1})
    ->Args({5000, 0})
    ->Args({5000, 1})
    ->Unit(benchmark::kMicrosecond);

void build_openings_of(benchmark::State& state) {
  const auto list =
      list_of(static_cast<std::size_t>(state.range(0)), static_cast<std::size_t>(state.range(1)));
  const SecretBytes secret(Bytes(32, 1));
  std::size_t bytes = 0;
  for (auto _ : state) {
    const auto openings = build_openings(list, secret).value();
    bytes = openings.tiles.size();
  }
  state.counters["tile_set_bytes"] = static_cast<double>(bytes);
}
BENCHMARK(build_openings_of)
    ->Args({1000, 0})
    ->Args({10000, 0})
    ->Args({50000, 0})
    ->Args({5000, 5000})
    ->Args({10000, 300})
    ->Unit(benchmark::kMillisecond);

void decode_tiles(benchmark::State& state) {
  IdealKeepers keepers(list_of(static_cast<std::size_t>(state.range(0)), 0));
  for (auto _ : state) {
    benchmark::DoNotOptimize(keepers.tiles());
  }
}
BENCHMARK(decode_tiles)->Arg(1000)->Arg(10000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace lightkeeper::match
