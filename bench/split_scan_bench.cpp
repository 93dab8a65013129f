// What one keeper spends on a picture, against the plaintext scan of the same list as the baseline.
//
//   plaintext_scan     core/index: one hash against the whole list, radius 31 (the named baseline)
//   scan_<kernel>      the share scan alone: both components of eight hashes
//   keeper             one keeper's whole session of a picture (eight hashes): all its steps, not
//   the other two keepers'
//
// Figures per hash are the time divided by the number of hashes. Lists are random: nothing matches,
// which makes no difference to the split scan.
#include <benchmark/benchmark.h>

#include <ctime>
#include <deque>

#include "core/crypto/crypto.hpp"
#include "core/index/hash_index.hpp"
#include "keeper/ring_for_test.hpp"

namespace {

using namespace lightkeeper;
using namespace lightkeeper::keeper;

std::vector<media::PdqBits> random_list(std::size_t size) {
  crypto::SeededRng rng(1);
  std::vector<media::PdqBits> list(size);
  for (media::PdqBits& hash : list) {
    hash = test::random_hash(rng);
  }
  return list;
}

void per_hash(benchmark::State& state, std::size_t hashes) {
  state.counters["per_hash"] = benchmark::Counter(
      static_cast<double>(state.iterations() * static_cast<std::int64_t>(hashes)),
      benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

/// Of this thread: what else runs on the machine does not count.
double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void plaintext_scan(benchmark::State& state) {
  const auto list = random_list(static_cast<std::size_t>(state.range(0)));
  const auto index = index::HashIndex::build(list);
  crypto::SeededRng rng(2);
  const std::vector<media::PdqBits> queries{test::random_hash(rng)};
  for (auto _ : state) {
    benchmark::DoNotOptimize(index.search(queries, HammingDistance{match::kThreshold}));
  }
  per_hash(state, queries.size());
}
BENCHMARK(plaintext_scan)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void scan_kernel(benchmark::State& state, ScanKernel kernel) {
  const SplitList list =
      SplitList::create(random_list(static_cast<std::size_t>(state.range(0)))).value();
  crypto::SeededRng rng(3);
  std::vector<ScanVector> vectors(2 * media::kHypotheses);
  for (ScanVector& vector : vectors) {
    rng.fill(vector.x);
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(scan(list, vectors, kernel));
  }
  per_hash(state, media::kHypotheses);
}

void keeper_session(benchmark::State& state) {
  const auto list = random_list(static_cast<std::size_t>(state.range(0)));
  crypto::SeededRng rng(4);
  std::vector<std::uint32_t> colour_of(list.size());
  std::vector<ByteArray<16>> elements(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    colour_of[i] = static_cast<std::uint32_t>(i % 64);
    elements[i] = rng.array<16>();
  }
  const auto epoch = std::make_shared<const EpochTables>(
      EpochTables::create(list, 64, colour_of, elements, elements).value());
  const test::Ring ring = test::honest_ring(epoch, rng);
  test::PictureHashes picture;
  for (media::PdqBits& hash : picture) {
    hash = test::random_hash(rng);
  }
  std::size_t sent = 0;
  double keeper_seconds = 0;
  for (auto _ : state) {
    const test::QueryShares shares = test::share_picture(picture, rng);
    double spent = 0;
    const auto timed = [&spent](std::uint8_t keeper, const auto& work) {
      const double start = processor_seconds();
      work();
      if (keeper == 0) {
        spent += processor_seconds() - start;
      }
    };
    std::vector<Session> sessions;
    std::deque<test::Delivery> wires;
    sent = 0;
    const auto collect = [&](std::uint8_t from) {
      for (Outgoing& out : sessions[from].take_outgoing()) {
        sent += from == 0 ? out.message.size() : 0;
        wires.push_back({from, neighbour_of(from, out.to), std::move(out.message)});
      }
    };
    for (std::uint8_t i = 0; i < 3; ++i) {
      timed(i, [&] {
        sessions.push_back(Session::create(
            {i, ring.manifests[i], ring.epochs[i], ring.secrets[i], ring.streams}, shares[i], rng));
      });
      collect(i);
    }
    while (!wires.empty()) {
      const test::Delivery delivery = std::move(wires.front());
      wires.pop_front();
      const auto source = neighbour_of(delivery.to, Neighbour::next) == delivery.from
                              ? Neighbour::next
                              : Neighbour::previous;
      timed(delivery.to, [&] {
        if (!sessions[delivery.to].receive(source, delivery.message)) {
          state.SkipWithError("the session failed");
        }
      });
      collect(delivery.to);
    }
    state.SetIterationTime(spent);
    keeper_seconds += spent;
  }
  state.counters["sent_bytes"] = static_cast<double>(sent);
  state.counters["per_hash"] = keeper_seconds / static_cast<double>(state.iterations()) /
                               static_cast<double>(media::kHypotheses);
}
BENCHMARK(keeper_session)
    ->Name("keeper")
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

const bool registered = [] {
  for (const ScanKernel kernel : available_scan_kernels()) {
    benchmark::RegisterBenchmark(("scan_" + std::string(name_of(kernel))).c_str(), scan_kernel,
                                 kernel)
        ->Arg(100'000)
        ->Arg(1'000'000)
        ->Unit(benchmark::kMillisecond);
  }
  return true;
}();

}  // namespace
