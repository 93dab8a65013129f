// Fault switches, deterministic by seed. One word each:
//
//   ENDPOINT:KIND[=VALUE][:WHEN]
//   ENDPOINT  status, xsd, submit, upload, fileinfo, finish, retract or * for all
//   KIND      drop_before, drop_after   the connection ends without an answer
//             delay=MILLISECONDS        before acting
//             status=503, status_after=502   an HTTP status without a document
//             code=1000, code_after=1000     a response code; before: nothing is done
//             wrong_md5                 upload answers another digest
//             expire                    the report's time has run out just now
//             garbage                   acts, and answers something that is no XML
//   WHEN      a rate from 0 to 1 (default 1), or xN: the next N requests and then no more
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace lightkeeper::hotline {

struct Fault {
  enum class Kind : std::uint8_t {
    drop_before,
    drop_after,
    delay,
    status,
    status_after,
    code,
    code_after,
    wrong_md5,
    expire,
    garbage
  };
  std::string endpoint;
  Kind kind = Kind::drop_before;
  int value = 0;
  double rate = 1;
  std::optional<std::uint64_t> left;  // with xN
  std::string written;                // as it was given
};

constexpr std::size_t kMaxFaults = 64;

[[nodiscard]] Result<Fault> read_fault(std::string_view text);

/// Thread-safe.
class Faults {
 public:
  explicit Faults(std::uint64_t seed) : seed_(seed) {}
  void set(std::vector<Fault> faults);
  [[nodiscard]] std::vector<std::string> written() const;
  /// What happens to the next request to this endpoint; each switch draws for itself.
  [[nodiscard]] std::vector<Fault> draw(std::string_view endpoint);
  /// A number for Request-ID headers.
  [[nodiscard]] std::string next_request_id();

 private:
  [[nodiscard]] std::uint64_t next_random();

  std::uint64_t seed_;
  mutable std::mutex mutex_;
  std::uint64_t drawn_ = 0, requests_ = 0;
  std::vector<Fault> faults_;
};

}  // namespace lightkeeper::hotline
