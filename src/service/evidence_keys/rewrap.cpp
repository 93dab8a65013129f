#include "service/evidence_keys/rewrap.hpp"

#include <algorithm>

namespace lightkeeper::evidence_keys {

namespace {
constexpr std::size_t kBatch = 100;
}

Result<Rewrapped> rewrap(store::Database& database, EvidenceKeys& keys,
                         const std::vector<WrappedColumn>& columns, const store::AuditSink& audit,
                         const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  Rewrapped out;
  std::vector<std::vector<WrappedColumn::Row>> waiting;
  LK_CHECK_OK(database.read([&](store::Transaction& tx) -> Status {
    for (const auto& column : columns) {
      auto rows = column.rows(tx);
      out.keys += rows.size();
      std::erase_if(rows, [&](const auto& row) { return keys.is_current(row.wrapped); });
      waiting.push_back(std::move(rows));
    }
    return {};
  }));
  std::uint64_t all = 0;
  for (const auto& rows : waiting) {
    all += rows.size();
  }
  std::uint64_t done = 0;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    for (std::size_t from = 0; from < waiting[c].size(); from += kBatch) {
      const auto batch =
          std::span(waiting[c]).subspan(from, std::min(kBatch, waiting[c].size() - from));
      // The token works before the database is locked.
      std::vector<std::pair<const WrappedColumn::Row*, Bytes>> fresh;
      std::uint64_t closed = 0;
      for (const auto& row : batch) {
        auto key = keys.unwrap(row.associated, row.wrapped);
        if (!key) {
          if (key.error().code != ErrorCode::decryption_failed) {
            return std::unexpected(key.error());
          }
          ++closed;
          continue;
        }
        LK_TRY(wrapped, keys.wrap(row.associated, *key));
        // Nothing replaces what it could not give back.
        LK_TRY(again, keys.unwrap(row.associated, wrapped));
        if (!(again == *key)) {
          return fail(ErrorCode::internal, "rewrap", "a key does not come back as it went in");
        }
        fresh.emplace_back(&row, std::move(wrapped));
      }
      if (!fresh.empty()) {
        LK_CHECK_OK(database.write([&](store::Transaction& tx) -> Status {
          for (const auto& [row, wrapped] : fresh) {
            columns[c].replace(tx, *row, wrapped);
          }
          return audit(tx, {"evidence.rewrap", std::nullopt, columns[c].name,
                            std::to_string(fresh.size()) + " keys"});
        }));
      }
      out.anew += fresh.size();
      out.closed += closed;
      done += batch.size();
      progress(done, all);
    }
  }
  return out;
}

}  // namespace lightkeeper::evidence_keys
