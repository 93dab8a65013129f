#include "core/match/grouping.hpp"

#include <algorithm>
#include <numeric>
#include <string>

namespace lightkeeper::match {
namespace {

constexpr std::uint64_t kPairs = 0x5555555555555555U;
constexpr std::uint64_t kNibbles = 0x3333333333333333U;
constexpr std::uint64_t kBytes = 0x0f0f0f0f0f0f0f0fU;

std::uint64_t counts_in_nibbles(std::uint64_t word) {
  word -= word >> 1U & kPairs;
  return (word & kNibbles) + (word >> 2U & kNibbles);
}

/// The Hamming distance; four words share one folding, because baseline x86-64 and wasm cannot be
/// asked for a population count instruction and this loop runs N^2 / 2 times.
int quick_distance(const media::PdqBits& a, const media::PdqBits& b) {
  const std::uint64_t low =
      counts_in_nibbles(a.words[0] ^ b.words[0]) + counts_in_nibbles(a.words[1] ^ b.words[1]);
  const std::uint64_t high =
      counts_in_nibbles(a.words[2] ^ b.words[2]) + counts_in_nibbles(a.words[3] ^ b.words[3]);
  std::uint64_t sum =
      (low & kBytes) + (low >> 4U & kBytes) + (high & kBytes) + (high >> 4U & kBytes);
  sum = (sum & 0x00ff00ff00ff00ffU) +
        (sum >> 8U & 0x00ff00ff00ff00ffU);  // 256 does not fit into a byte
  return static_cast<int>(sum * 0x0001000100010001U >> 48U);
}

/// Disjoint sets with sizes.
class Components {
 public:
  explicit Components(std::size_t size) : parent_(size), members_(size, 1) {
    std::iota(parent_.begin(), parent_.end(), std::uint32_t{0});
  }
  std::uint32_t root_of(std::uint32_t entry) {
    while (parent_[entry] != entry) {
      parent_[entry] = parent_[parent_[entry]];
      entry = parent_[entry];
    }
    return entry;
  }
  std::uint32_t members(std::uint32_t root) const { return members_[root]; }
  void join(std::uint32_t a, std::uint32_t b) {
    a = root_of(a);
    b = root_of(b);
    if (a == b) {
      return;
    }
    if (members_[a] < members_[b]) {
      std::swap(a, b);
    }
    parent_[b] = a;
    members_[a] += members_[b];
  }

 private:
  std::vector<std::uint32_t> parent_;
  std::vector<std::uint32_t> members_;
};

}  // namespace

Result<Grouping> group_entries(std::span<const media::PdqBits> entries,
                               std::uint16_t most_colours) {
  const auto count = static_cast<std::uint32_t>(entries.size());
  constexpr std::uint32_t kNever = 0xffffffffU;
  if (entries.size() >= kNever) {
    return fail(ErrorCode::too_large, "opening.entries");
  }
  Grouping grouping;
  grouping.colour_of.resize(count);
  Components components(count);
  std::vector<std::uint32_t> seen_for(count, kNever);  // by root: the entry that counted it last
  std::vector<std::uint32_t> merged(grouping.colours,
                                    1);  // by colour: size of the group with this entry in it
  std::vector<std::uint32_t> roots;      // of the groups that this entry is linked with
  for (std::uint32_t i = 0; i < count; ++i) {
    std::fill(merged.begin(), merged.end(), 1U);
    roots.clear();
    std::uint32_t links = 0;
    for (std::uint32_t j = 0; j < i; ++j) {
      const int d = quick_distance(entries[i], entries[j]);
      if (d > kLinkNear && d < kLinkFar) {
        continue;
      }
      ++links;
      const std::uint32_t root = components.root_of(j);
      if (seen_for[root] != i) {
        seen_for[root] = i;
        roots.push_back(root);
        merged[grouping.colour_of[root]] += components.members(root);
      }
    }
    auto best = static_cast<std::uint32_t>(std::ranges::min_element(merged) - merged.begin());
    if (merged[best] > kMaxGroupMembers) {
      if (grouping.colours >= most_colours) {
        return fail(ErrorCode::too_large, "opening.colours",
                    "a series needs more than " + std::to_string(most_colours) + " colours");
      }
      best = grouping.colours;
      grouping.colours = static_cast<std::uint16_t>(grouping.colours * 2);
      merged.resize(grouping.colours, 1);
      grouping.flagged.push_back({i, grouping.colours, links});
    }
    grouping.colour_of[i] = best;
    for (const std::uint32_t root : roots) {
      if (grouping.colour_of[root] == best) {
        components.join(root, i);
      }
    }
  }
  std::vector<std::uint32_t> number_of(count, kNever);
  grouping.group_of.resize(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t& number = number_of[components.root_of(i)];
    if (number == kNever) {
      number = grouping.groups++;
    }
    grouping.group_of[i] = number;
  }
  return grouping;
}

}  // namespace lightkeeper::match
