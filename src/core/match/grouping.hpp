// Which entries of a list open together: the link graph, its colours and its groups.
//
// Offline, at the keepers, who hold the list in the clear. Deterministic: depends on the hashes and
// their order only. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/match/opening.hpp"
#include "core/media/pdq_hash.hpp"

namespace lightkeeper::match {

struct Grouping {
  std::uint16_t colours = kFirstColours;
  std::uint32_t groups = 0;
  std::vector<std::uint32_t> colour_of;  // by entry: 0 .. colours-1
  std::vector<std::uint32_t> group_of;   // by entry: 0 .. groups-1, numbered by their first entries
  std::vector<FlaggedSeries> flagged;
};

/// Takes the entries in order; each goes into the colour that gives the smallest merged group (the
/// lowest such colour). Where even that would exceed 64 members, the number of colours doubles.
/// `too_large` when `most_colours` are not enough. Cost: N^2 / 2 distances, memory linear in N.
[[nodiscard]] Result<Grouping> group_entries(std::span<const media::PdqBits> entries,
                                             std::uint16_t most_colours);

}  // namespace lightkeeper::match
