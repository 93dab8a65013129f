// Which refusals of signed-in accounts become entries of the audit log.
//
// An entry of the log stays for ever, and a refused request costs its sender nothing. So each
// account and route, or other reason, has one entry in a minute; the further refusals of that
// minute are counted, and the count follows as an entry of its own when the minute is over.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/base/clock.hpp"
#include "service/store/audit.hpp"

namespace lightkeeper::service {

constexpr std::uint64_t kRefusalWindowMillis = 60ULL * 1000;

/// Thread-safe. One for a log. O(log n) of what was refused in the last minute.
class RefusedAccess {
 public:
  /// The entry to write now, if this is the first of its kind in this minute. `action`: such as
  /// "access.refused". `what`: words of ours, such as the pattern of a route; never of the request.
  [[nodiscard]] std::optional<store::AuditEntry> refused(const AccountId& who,
                                                         const std::string& action,
                                                         const std::string& what, UnixMillis now);
  /// The counts of the minutes that are over; to be called now and then.
  [[nodiscard]] std::vector<store::AuditEntry> counted(UnixMillis now);
  /// All counts, whatever the time; before the service stops.
  [[nodiscard]] std::vector<store::AuditEntry> all_counted();

 private:
  struct Window {
    std::uint64_t until = 0, further = 0;
  };
  std::vector<store::AuditEntry> taken(std::uint64_t now);

  std::mutex mutex_;
  std::map<std::tuple<AccountId, std::string, std::string>, Window> windows_;
};

}  // namespace lightkeeper::service
