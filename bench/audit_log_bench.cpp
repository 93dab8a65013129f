// The audit log on a database file of this machine's disk: what an entry adds to a deed (baseline:
// the same transaction without it), appends in one transaction, and verification of a whole log.
// Figures: docs/benchmarks.md.
#include <benchmark/benchmark.h>

#include "service/accountability/audit_log.hpp"
#include "service/accountability/export_file.hpp"
#include "service/store/system_clock.hpp"
#include "service/store/temporary_folder.hpp"

namespace lightkeeper::accountability {
namespace {

struct Log {
  Log() {
    (void)crypto::initialise();
    database = store::Database::open(folder.path() / "service.db", store::service_migrations(),
                                     clock.now())
                   .value();
    log = std::make_unique<AuditLog>(*database, clock, log_signer(Bytes(32, 1)).value(), 10'000);
  }
  store::TemporaryFolder folder;
  store::SystemClock clock;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<AuditLog> log;
};

const store::AuditEntry kEntry{"evidence.read", AccountId{},
                               "case:00112233445566778899aabbccddeeff", "item 3, step grey"};

void deed_without_entry(benchmark::State& state) {
  Log log;
  for (auto _ : state) {
    (void)log.database->write([](store::Transaction& tx) -> Status {
      tx.run(
          "INSERT INTO invitation(code_hash, role, expires_ms) VALUES(randomblob(32), 'person', "
          "0)");
      return {};
    });
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(deed_without_entry)->UseRealTime();

void deed_with_entry(benchmark::State& state) {
  Log log;
  for (auto _ : state) {
    (void)log.database->write([&](store::Transaction& tx) -> Status {
      tx.run(
          "INSERT INTO invitation(code_hash, role, expires_ms) VALUES(randomblob(32), 'person', "
          "0)");
      return log.log->append(tx, kEntry);
    });
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(deed_with_entry)->UseRealTime();

void append_in_one_transaction(benchmark::State& state) {
  Log log;
  for (auto _ : state) {
    (void)log.database->write([&](store::Transaction& tx) -> Status {
      for (int i = 0; i < 1000; ++i) {
        LK_CHECK_OK(log.log->append(tx, kEntry));
      }
      return {};
    });
  }
  state.SetItemsProcessed(state.iterations() * 1000);
}
BENCHMARK(append_in_one_transaction)->Iterations(20);

void fill(Log& log, std::int64_t entries) {
  for (std::int64_t done = 0; done < entries; done += 10'000) {
    (void)log.database->write([&](store::Transaction& tx) -> Status {
      for (int i = 0; i < 10'000; ++i) {
        LK_CHECK_OK(log.log->append(tx, kEntry));
      }
      return {};
    });
  }
}

void verify_database(benchmark::State& state) {
  Log log;
  fill(log, state.range(0));
  for (auto _ : state) {
    const auto verified = verify_log(*log.database, log.log->key(), {});
    if (!verified || !verified->findings.empty() ||
        verified->entries != static_cast<std::uint64_t>(state.range(0))) {
      state.SkipWithError("the log does not verify");
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(verify_database)->Arg(100'000)->Unit(benchmark::kMillisecond);

void verify_exported_file(benchmark::State& state) {
  Log log;
  fill(log, state.range(0));
  const auto file = log.log->export_file().value();
  for (auto _ : state) {
    const auto exported = parse_export(file);
    if (!exported || !verify_export(*exported, log.log->key(), {}).findings.empty()) {
      state.SkipWithError("the file does not verify");
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(verify_exported_file)->Arg(100'000)->Unit(benchmark::kMillisecond);

void proof_of_an_entry(benchmark::State& state) {
  Log log;
  fill(log, 100'000);
  (void)log.log->checkpoint();
  std::uint64_t number = 1;
  for (auto _ : state) {
    benchmark::DoNotOptimize(log.log->inclusion(number));
    number = number * 48'271 % 100'000 + 1;
  }
}
BENCHMARK(proof_of_an_entry)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace lightkeeper::accountability
