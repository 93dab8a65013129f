// Wraps every wrapped key anew under the first of the evidence keys. What is done stays done: it
// may be killed at any time, run again, and run beside a service that has both keys.
#pragma once

#include <functional>

#include "service/evidence_keys/evidence_keys.hpp"
#include "service/store/audit.hpp"

namespace lightkeeper::evidence_keys {

/// A table with wrapped keys, as its room describes it.
struct WrappedColumn {
  std::string name;  // for words
  struct Row {
    /// The primary key, as the database gave it.
    std::vector<store::Value> place;
    Bytes associated;
    Bytes wrapped;
  };
  /// All rows that hold a key, destroyed ones left out.
  std::function<std::vector<Row>(store::Transaction&)> rows;
  /// Only where the row still holds `row.wrapped`: a key that was destroyed meanwhile stays so.
  std::function<void(store::Transaction&, const Row& row, BytesView wrapped)> replace;
};

struct Rewrapped {
  std::uint64_t keys = 0;    // there are
  std::uint64_t anew = 0;    // were wrapped anew now
  std::uint64_t closed = 0;  // did not open under any key at hand, and were left as they are
};

/// 100 keys a transaction, each with its entry in the audit log. `progress` hears of done and all.
/// Stops with an error when the token does not answer.
[[nodiscard]] Result<Rewrapped> rewrap(
    store::Database& database, EvidenceKeys& keys, const std::vector<WrappedColumn>& columns,
    const store::AuditSink& audit,
    const std::function<void(std::uint64_t, std::uint64_t)>& progress);

}  // namespace lightkeeper::evidence_keys
