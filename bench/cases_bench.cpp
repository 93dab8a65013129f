// First page of the queue among 100,000 cases. Baseline: all rows of the same table read in the
// order in which they lie there, and sorted by the same three numbers. Before anything is timed,
// every page is compared with a plain sort of the facts that the cases were made from. Figures:
// docs/benchmarks.md.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <tuple>

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
        facts.proven = id.value[1] % 3U;
        facts.reporters = 1U + id.value[2] % 3U;
        facts.minor_side = id.value[3] % 4U == 0;
        facts.current = id.value[4] % 2U == 0;
        facts.received.value = clock.now().value - i * 1000;
        facts.due.value = facts.received.value + 86'400'000;
        const auto priority = priority_of(facts, clock.now());
        expected.emplace_back(-priority.score, facts.due.value, i, id);
        tx.run(
            "INSERT INTO report(id, number, reporter, client_id, request_mac, alleged, reason, "
            "received_ms, messages, verified, state, wrapped_key, case_id) VALUES(?, ?, ?, ?, "
            "x'00', ?, ?, ?, 1, ?, 'open', x'00', ?)",
            id, i, person, id.hex(), person, name_of(facts.harm), facts.received, facts.proven, id);
        tx.run(
            "INSERT INTO review_case(id, number, received_ms, due_ms, state, harm, alleged, "
            "reports, reporters, messages, verified, not_verified, provider_records, vouchers, "
            "confirmed_vouchers, minor_side, indicators, current, earlier_measures, duplicate, "
            "flood, score, band, scored_ms, rescore_ms, quarantined, sampled, needs_second, "
            "escalated, proven) VALUES(?, ?, ?, ?, 'open', ?, ?, 1, ?, 1, ?, 0, 0, 0, 0, ?, 0, ?, "
            "0, 0, 0, "
            "?, ?, ?, ?, 0, 0, 0, 0, ?)",
            id, i, facts.received, facts.due, name_of(facts.harm), person, facts.reporters,
            facts.proven, facts.minor_side ? 1 : 0, facts.current ? 1 : 0, priority.score,
            static_cast<int>(priority.band), clock.now(), clock.now().value + 1'000'000'000,
            facts.proven);
      }
      return {};
    });
    if (!filled) {
      std::abort();
    }
    std::ranges::sort(expected);
  }

  /// Score downwards, due, number: what the order of the queue is, and each case's id.
  using Place = std::tuple<std::int64_t, std::uint64_t, std::uint64_t, ReportId>;
  std::vector<Place> expected;
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

/// Whether all pages, one after the other, are the plain sort.
bool every_page_is_in_order() {
  CaseQuery query;
  query.limit = kMaxPage;
  std::size_t at = 0;
  while (true) {
    const auto page = data().cases.list({}, query);
    if (!page || page->total != kCases) {
      return false;
    }
    for (const auto& one : page->cases) {
      if (at == kCases || one.id != std::get<ReportId>(data().expected[at])) {
        return false;
      }
      ++at;
    }
    if (!page->next) {
      return at == kCases;
    }
    query.after = *page->next;
  }
}

void FirstPage(benchmark::State& state) {
  static const bool exact = every_page_is_in_order();
  if (!exact) {
    state.SkipWithError("the order is not that of a plain sort");
    return;
  }
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
void BaselineScanAndSort(benchmark::State& state) {
  (void)data();  // filled before the clock runs
  for (auto _ : state) {
    std::vector<Data::Place> all;
    const auto done = data().database->read([&](store::Transaction& tx) -> Status {
      for (const auto& row :
           tx.rows("SELECT score, due_ms, number, id FROM review_case NOT INDEXED WHERE +state = "
                   "'open' AND +quarantined = 0")) {
        all.emplace_back(-row.integer(0), row.number(1), row.number(2), row.id<ReportId>(3));
      }
      return {};
    });
    std::ranges::partial_sort(all, all.begin() + kPage);
    if (!done || all.size() != kCases || all.front() != data().expected.front()) {
      state.SkipWithError("the baseline does not see the same cases");
    }
    benchmark::DoNotOptimize(all);
  }
}
BENCHMARK(BaselineScanAndSort)->Unit(benchmark::kMillisecond);
BENCHMARK(FirstPage)->Unit(benchmark::kMillisecond);
BENCHMARK(SecondPageOfOneHarm)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace lightkeeper::cases
