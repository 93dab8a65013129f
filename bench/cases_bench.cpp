// First page of the queue among 100,000 cases, by the index and by sorting them all as without it
// (the same query with the index hidden). Figures: docs/benchmarks.md.
#include <benchmark/benchmark.h>

#include "service/cases/cases.hpp"
#include "service/cases/file_key_wrapping.hpp"
#include "service/store/temporary_folder.hpp"

namespace lightkeeper::cases {
namespace {

constexpr std::uint64_t kCases = 100'000;

struct Data {
  Data() {
    const auto filled = database->write([&](store::Transaction& tx) -> Status {
      std::vector<AccountId> people;
      for (int i = 0; i < 500; ++i) {
        people.push_back({rng.array<16>()});
        tx.run("INSERT INTO account(id, name, role, created_ms) VALUES(?, ?, 'person', 0)",
               people.back(), "person-" + std::to_string(i));
      }
      for (std::uint64_t i = 0; i < kCases; ++i) {
        const ReportId id{rng.array<16>()};
        const auto& person = people[i % people.size()];
        PriorityFacts facts;
        facts.harm = kHarms.at(id.value[0] % kHarms.size());
        facts.verified = id.value[1] % 3U;
        facts.reporters = 1U + id.value[2] % 3U;
        facts.minor_side = id.value[3] % 4U == 0;
        facts.current = id.value[4] % 2U == 0;
        facts.received.value = clock.now().value - i * 1000;
        facts.due.value = facts.received.value + 86'400'000;
        const auto priority = priority_of(facts, clock.now());
        tx.run(
            "INSERT INTO report(id, number, reporter, client_id, request_mac, alleged, reason, "
            "received_ms, messages, verified, state, wrapped_key, case_id) VALUES(?, ?, ?, ?, "
            "x'00', ?, ?, ?, 1, ?, 'open', x'00', ?)",
            id, i, person, id.hex(), person, name_of(facts.harm), facts.received, facts.verified,
            id);
        tx.run(
            "INSERT INTO review_case(id, number, received_ms, due_ms, state, harm, alleged, "
            "reports, reporters, messages, verified, not_verified, provider_records, vouchers, "
            "confirmed_vouchers, minor_side, indicators, current, earlier_measures, duplicate, "
            "flood, score, band, scored_ms, rescore_ms, quarantined, sampled, needs_second, "
            "escalated) VALUES(?, ?, ?, ?, 'open', ?, ?, 1, ?, 1, ?, 0, 0, 0, 0, ?, 0, ?, 0, 0, 0, "
            "?, ?, ?, ?, 0, 0, 0, 0)",
            id, i, facts.received, facts.due, name_of(facts.harm), person, facts.reporters,
            facts.verified, facts.minor_side ? 1 : 0, facts.current ? 1 : 0, priority.score,
            static_cast<int>(priority.band), clock.now(), clock.now().value + 1'000'000'000);
      }
      return {};
    });
    if (!filled) {
      std::abort();
    }
  }

  store::TemporaryFolder folder;
  SetClock clock{UnixMillis{1'800'000'000'000}};
  crypto::SystemRng rng;
  std::unique_ptr<store::Database> database = std::move(*store::Database::open(
      folder.path() / "service.db", store::service_migrations(), clock.now()));
  SecretBytes key = SecretBytes::copy_of(rng.array<32>());
  FileKeyWrapping wrapping{key, rng};
  Cases cases{*database,
              clock,
              rng,
              {},
              wrapping,
              [](store::Transaction&, const store::AuditEntry&) -> Status { return {}; },
              standard_policy()};
};
Data& data() {
  static Data the_data;
  return the_data;
}

void FirstPage(benchmark::State& state) {
  (void)data();  // filled before the clock runs
  for (auto _ : state) {
    auto page = data().cases.list({}, {});
    if (!page || page->cases.size() != kPage || page->total != kCases) {
      state.SkipWithError("the page is not whole");
    }
    benchmark::DoNotOptimize(page);
  }
}
void SecondPageOfOneHarm(benchmark::State& state) {
  CaseQuery query;
  query.harm = Harm::grooming;
  query.after = *data().cases.list({}, query)->next;
  for (auto _ : state) {
    auto page = data().cases.list({}, query);
    benchmark::DoNotOptimize(page);
  }
}
BENCHMARK(FirstPage)->Unit(benchmark::kMillisecond);
BENCHMARK(SecondPageOfOneHarm)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace lightkeeper::cases
