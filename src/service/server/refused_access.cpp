#include "service/server/refused_access.hpp"

#include <limits>

namespace lightkeeper::service {

namespace {

store::AuditEntry entry(const AccountId& who, const std::string& action, std::string detail) {
  return {action, who, "account:" + who.hex(), std::move(detail)};
}

std::string times(std::uint64_t count) {
  return count == 1 ? "once" : std::to_string(count) + " times";
}

}  // namespace

std::optional<store::AuditEntry> RefusedAccess::refused(const AccountId& who,
                                                        const std::string& action,
                                                        const std::string& what, UnixMillis now) {
  const std::scoped_lock lock(mutex_);
  auto& window = windows_[{who, action, what}];
  if (now.value < window.until) {
    ++window.further;
    return std::nullopt;
  }
  auto detail = what;
  if (window.further > 0) {
    detail += ", and " + times(window.further) + " more in the minute before";
  }
  window = {now.value + kRefusalWindowMillis, 0};
  return entry(who, action, std::move(detail));
}

std::vector<store::AuditEntry> RefusedAccess::taken(std::uint64_t now) {
  const std::scoped_lock lock(mutex_);
  std::vector<store::AuditEntry> out;
  for (auto it = windows_.begin(); it != windows_.end();) {
    const auto& [key, window] = *it;
    const auto& [who, action, what] = key;
    if (window.until > now) {
      ++it;
      continue;
    }
    if (window.further > 0) {
      out.push_back(entry(who, action, what + ", " + times(window.further) + " more"));
    }
    it = windows_.erase(it);
  }
  return out;
}

std::vector<store::AuditEntry> RefusedAccess::counted(UnixMillis now) { return taken(now.value); }

std::vector<store::AuditEntry> RefusedAccess::all_counted() {
  return taken(std::numeric_limits<std::uint64_t>::max());
}

}  // namespace lightkeeper::service
