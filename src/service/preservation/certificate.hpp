// Inside this room: what a destruction certificate says.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.hpp"
#include "core/crypto/crypto.hpp"

namespace lightkeeper::preservation {

/// One row that was removed: sealed bytes, so their hash tells nothing about the content, but a
/// backup's row can be compared with it.
struct Removed {
  ReportId report;
  std::uint32_t item = 0;
  std::uint64_t bytes = 0;
  crypto::Digest sha256{};
};

/// The same for what was made of the evidence: "facts version 2", "submission 3 case_file", ...
struct RemovedCopy {
  std::string name;
  std::uint64_t bytes = 0;
  crypto::Digest sha256{};
};
/// Rows whose values are keyed digests or name a file in the clear: counted, not hashed, because a
/// hash of a known digest would keep what was to be forgotten.
struct RemovedCount {
  std::string name;
  std::uint64_t rows = 0;
};

struct CertificateFacts {
  std::string service;
  std::uint64_t number = 0;
  ReportId report;
  UnixMillis destroyed;
  std::optional<AccountId> ordered_by, approved_by;  // nobody: the retention setting
  std::vector<Removed> items;
  std::vector<Removed> keys;  // wrapped keys of reports
  std::vector<RemovedCopy> copies;
  std::vector<RemovedCount> counts;
};

/// Lines of printable ASCII; the first one names the format and its version, so a signature over it
/// is a signature over nothing else.
[[nodiscard]] std::string certificate_text(const CertificateFacts& facts);

/// "2027-01-15T08:00:00.000Z", proleptic Gregorian, UTC.
[[nodiscard]] std::string utc(UnixMillis time);

}  // namespace lightkeeper::preservation
