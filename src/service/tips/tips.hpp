// What reviewers set for a report to an authority, kept sealed, version by version.
//
// Who learns what: the database shows who changed the facts of which case and when, not what they
// say. Bytes in, bytes out: this room does not read them.
#pragma once

#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/rng.hpp"
#include "service/store/audit.hpp"
#include "service/store/database.hpp"
#include "service/store/key_wrapping.hpp"

namespace lightkeeper::tips {

constexpr std::size_t kMaxFacts = 128 * 1024;
constexpr std::uint64_t kMaxVersions = 1000;  // of one case

struct Facts {
  std::uint64_t version = 0;  // from 1; 0: nobody has set anything yet
  AccountId author;
  UnixMillis kept;
  Bytes bytes;
};

/// What the key of a version is wrapped with; for wrapping it anew.
[[nodiscard]] Bytes tip_key_place(const ReportId& report, std::uint64_t version);

/// Thread-safe.
class Tips {
 public:
  Tips(store::Database& database, Clock& clock, Rng& rng, store::KeyWrapping& keys,
       store::AuditSink audit)
      : database_(database), clock_(clock), rng_(rng), keys_(keys), audit_(std::move(audit)) {}

  /// On disk when it returns, with the audit entry "tip.facts". The same bytes again by the same
  /// author keep the version. `not_found` for no such case, `evidence_destroyed`, `too_large`,
  /// `too_many_requests` beyond kMaxVersions.
  [[nodiscard]] Result<std::uint64_t> keep(const AccountId& author, const ReportId& report,
                                           BytesView facts);
  /// The newest version. `decryption_failed` when it was changed at rest.
  [[nodiscard]] Result<Facts> newest(const ReportId& report);
  /// One line for each version that does not open.
  [[nodiscard]] Result<std::vector<std::string>> faults();

 private:
  [[nodiscard]] Result<Facts> open(const ReportId& report, const store::Row& row);

  store::Database& database_;
  Clock& clock_;
  Rng& rng_;
  store::KeyWrapping& keys_;
  store::AuditSink audit_;
};

}  // namespace lightkeeper::tips
