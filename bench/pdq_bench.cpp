// PDQ from pixels, all eight hashes and the quality: ours against the textbook form in plain loops,
// compiled the same way (core/media/pdq_textbook.hpp). Both give the same bits, which is checked
// before anything is timed. Figures: docs/benchmarks.md.
#include <benchmark/benchmark.h>

#include "core/media/drawn_picture.hpp"
#include "core/media/pdq.hpp"
#include "core/media/pdq_textbook.hpp"

namespace lightkeeper::media {
namespace {

Pixels picture_of(const benchmark::State& state) {
  return draw_picture(static_cast<std::uint32_t>(state.range(0)),
                      static_cast<std::uint32_t>(state.range(1)), 3);
}

template <PdqVariant kVariant>
void textbook_pdq(benchmark::State& state) {
  const Pixels picture = picture_of(state);
  for (auto _ : state) {
    benchmark::DoNotOptimize(textbook::pdq(picture.view(), kVariant));
  }
  state.SetItemsProcessed(state.iterations());
}

template <PdqVariant kVariant>
void fast_pdq(benchmark::State& state) {
  const Pixels picture = picture_of(state);
  const auto ours = pdq(picture.view(), kVariant);
  const PdqResult theirs = textbook::pdq(picture.view(), kVariant);
  if (!ours || ours->dihedral != theirs.dihedral || ours->quality != theirs.quality) {
    state.SkipWithError("the two forms disagree");
    return;
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(pdq(picture.view(), kVariant));
  }
  state.SetItemsProcessed(state.iterations());
}

void sizes(benchmark::internal::Benchmark* b) {
  b->Args({512, 512})
      ->Args({1024, 768})
      ->Args({1600, 1004})
      ->Args({4032, 3024})
      ->Unit(benchmark::kMillisecond);
}

BENCHMARK(textbook_pdq<PdqVariant::full>)->Apply(sizes);
BENCHMARK(fast_pdq<PdqVariant::full>)->Apply(sizes);
BENCHMARK(textbook_pdq<PdqVariant::via512>)->Args({1600, 1004})->Unit(benchmark::kMillisecond);
BENCHMARK(fast_pdq<PdqVariant::via512>)->Args({1600, 1004})->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace lightkeeper::media
