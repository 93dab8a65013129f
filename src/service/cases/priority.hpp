// Which case comes first, and why: a pure function from a few facts to a sum of named parts.
//
// Rescue first: no sum of other parts reaches a case where a child seems to be in contact with
// somebody now and the messages of that somebody are verified. The weights are this project's
// choice, not measured; they stand here, in one table, so that they can be questioned.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.hpp"
#include "service/cases/kinds.hpp"

namespace lightkeeper::cases {

struct PriorityFacts {
  Harm harm = Harm::other;
  /// The person who reported said that somebody under 18 is affected.
  bool minor_side = false;
  /// The newest proven message was at most kCurrentMillis old when it was reported.
  bool current = false;
  /// Verified messages of the account that the case is about. What others wrote, however well
  /// verified, says nothing about that account.
  std::uint64_t proven = 0;
  std::uint64_t confirmed_vouchers = 0;
  std::uint64_t provider_records = 0;
  std::uint32_t indicators = 0;  // a bit for each Indicator
  std::uint64_t reporters = 1;
  std::uint64_t earlier_measures = 0;  // decided cases about the same account that took a step
  bool duplicate = false;              // its files are all known from cases already decided
  bool flood = false;                  // one of a burst
  UnixMillis received, due;
  auto operator<=>(const PriorityFacts&) const = default;
};

constexpr std::uint64_t kCurrentMillis = 7ULL * 24 * 3600 * 1000;

struct PriorityPart {
  std::string code;
  std::int64_t points = 0;
  std::string why;
};
struct Priority {
  std::int64_t score = 0;  // the sum of the parts' points
  Band band = Band::low;
  std::vector<PriorityPart> parts;  // none of 0 points
  /// When the score changes by itself, if it ever does: a day more has passed, or it is due.
  std::optional<UnixMillis> changes;
};
[[nodiscard]] Priority priority_of(const PriorityFacts& facts, UnixMillis now);

/// Whether the facts say that somebody may need help now: grooming, a threat or a sign of pressure,
/// with a minor affected, current, and proven. Never put into quarantine.
[[nodiscard]] bool calls_for_rescue(const PriorityFacts& facts);

}  // namespace lightkeeper::cases
