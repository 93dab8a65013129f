#include "core/match/grouping.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "core/crypto/crypto.hpp"
#include "core/match/manifest.hpp"

namespace lightkeeper::match {
namespace {

using Hashes = std::vector<media::PdqBits>;

media::PdqBits random_hash(Rng& rng) { return media::PdqBits::from_bytes(rng.array<32>()); }

media::PdqBits negative_of(media::PdqBits hash) {
  for (auto& word : hash.words) {
    word = ~word;
  }
  return hash;
}

/// A pan: each hash differs from the one before by a few fresh bits.
Hashes chain(std::size_t count, int step, Rng& rng) {
  Hashes out{random_hash(rng)};
  while (out.size() < count) {
    media::PdqBits next = out.back();
    for (int i = 0; i < step; ++i) {
      const auto k = rng.array<1>()[0];
      next.set(k, !next.bit(k));
    }
    out.push_back(next);
  }
  return out;
}

/// All within a few bits of one another.
Hashes clique(std::size_t count, Rng& rng) {
  const media::PdqBits centre = random_hash(rng);
  Hashes out;
  while (out.size() < count) {
    media::PdqBits near = centre;
    for (int i = 0; i < 20; ++i) {
      const auto k = rng.array<1>()[0];
      near.set(k, !near.bit(k));
    }
    out.push_back(near);
  }
  return out;
}

/// What every grouping must satisfy, checked pair by pair and with its own flood fill.
std::string fault_in(const Hashes& hashes, const Grouping& g) {
  const auto linked = [&](std::size_t a, std::size_t b) {
    const int d = media::distance(hashes[a], hashes[b]).value;
    return d <= 62 || d >= 225;
  };
  std::map<std::uint32_t, std::vector<std::uint32_t>> members;
  for (std::uint32_t i = 0; i < hashes.size(); ++i) {
    if (g.colour_of[i] >= g.colours) {
      return "a colour out of range";
    }
    members[g.group_of[i]].push_back(i);
  }
  if (members.size() != g.groups) {
    return "groups are not numbered without gaps";
  }
  for (const auto& [group, entries] : members) {
    if (entries.size() > 64) {
      return "a group of more than 64 members";
    }
    std::vector<bool> reached(entries.size());
    std::vector<std::size_t> open{0};
    reached[0] = true;
    while (!open.empty()) {
      const std::size_t at = open.back();
      open.pop_back();
      for (std::size_t other = 0; other < entries.size(); ++other) {
        if (g.colour_of[entries[other]] != g.colour_of[entries[at]]) {
          return "a group of two colours";
        }
        if (!reached[other] && linked(entries[at], entries[other])) {
          reached[other] = true;
          open.push_back(other);
        }
      }
    }
    if (std::ranges::find(reached, false) != reached.end()) {
      return "a group that is not connected";
    }
  }
  for (std::size_t a = 0; a < hashes.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      if (g.colour_of[a] == g.colour_of[b] && g.group_of[a] != g.group_of[b] && linked(a, b)) {
        return "two linked entries of one colour in different groups";
      }
    }
  }
  return "";
}

TEST(Grouping, OfNothingAndOfOneEntry) {
  const auto none = group_entries({}, kMostColours).value();
  EXPECT_EQ(none.groups, 0U);
  EXPECT_EQ(none.colours, 16);
  const Hashes one(1);
  const auto single = group_entries(one, kMostColours).value();
  EXPECT_EQ(single.groups, 1U);
  EXPECT_EQ(fault_in(one, single), "");
}

TEST(Grouping, LeavesUnrelatedEntriesAlone) {
  crypto::SeededRng rng(31);
  Hashes hashes;
  for (int i = 0; i < 500; ++i) {
    hashes.push_back(random_hash(rng));
  }
  const auto g = group_entries(hashes, kMostColours).value();
  EXPECT_EQ(g.groups, 500U);
  EXPECT_EQ(g.colours, 16);
  EXPECT_TRUE(g.flagged.empty());
  EXPECT_EQ(fault_in(hashes, g), "");
}

TEST(Grouping, LinksAtExactly62And225AndNotBetween) {
  for (const int d : {61, 62, 63, 224, 225, 256}) {
    // 16 equal entries take one colour each, so the 17th has to join one of them exactly if it is
    // linked.
    media::PdqBits far;
    for (unsigned k = 0; k < static_cast<unsigned>(d); ++k) {
      far.set(k, true);
    }
    Hashes hashes(16);
    hashes.push_back(far);
    const auto g = group_entries(hashes, kMostColours).value();
    EXPECT_EQ(g.groups == 16, d <= 62 || d >= 225) << d;
    EXPECT_EQ(fault_in(hashes, g), "") << d;
  }
}

TEST(Grouping, SplitsSeriesOfEveryShapeIntoSmallGroups) {
  crypto::SeededRng rng(32);
  for (const std::size_t size : {1U, 2U, 10U, 300U, 1100U}) {
    for (const Hashes& hashes : {chain(size, 1, rng), chain(size, 9, rng), clique(size, rng)}) {
      const auto g = group_entries(hashes, kMostColours).value();
      EXPECT_EQ(fault_in(hashes, g), "") << size;
    }
  }
}

TEST(Grouping, RaisesTheColoursForA5000CliqueAndFlagsIt) {
  crypto::SeededRng rng(33);
  const Hashes hashes = clique(5000, rng);
  const auto g = group_entries(hashes, kMostColours).value();
  EXPECT_EQ(fault_in(hashes, g), "");
  EXPECT_EQ(g.colours, 128);
  ASSERT_EQ(g.flagged.size(), 3U);
  EXPECT_EQ(g.flagged[0].entry, 1024U) << "16 colours of 64 are full";
  EXPECT_EQ(g.flagged[0].links, 1024U);
  EXPECT_EQ(g.flagged[2].colours, 128);
}

TEST(Grouping, RefusesASeriesThatNeedsMoreColoursThanAllowed) {
  const Hashes equal(32 * 64 + 1);
  EXPECT_EQ(group_entries(equal, 32).error().code, ErrorCode::too_large);
  EXPECT_EQ(group_entries(std::span(equal).first(32 * 64), 32).value().groups, 32U);
  EXPECT_EQ(group_entries(equal, kMostColours).value().colours, 64);
}

TEST(Grouping, KeepsAPictureAndItsNegativeTogetherInOneColour) {
  crypto::SeededRng rng(34);
  Hashes hashes = clique(40, rng);
  const std::size_t half = hashes.size();
  for (std::size_t i = 0; i < half; ++i) {
    hashes.push_back(negative_of(hashes[i]));
  }
  const auto g = group_entries(hashes, kMostColours).value();
  EXPECT_EQ(fault_in(hashes, g), "");
}

TEST(Grouping, TheCheckCatchesBrokenGroupings) {
  crypto::SeededRng rng(35);
  const Hashes hashes = clique(200, rng);
  const auto good = group_entries(hashes, kMostColours).value();
  ASSERT_EQ(fault_in(hashes, good), "");
  Grouping merged = good;  // planted: everything in one group
  std::ranges::fill(merged.group_of, 0U);
  std::ranges::fill(merged.colour_of, 0U);
  merged.groups = 1;
  EXPECT_EQ(fault_in(hashes, merged), "a group of more than 64 members");
  Grouping split = good;  // planted: linked entries of one colour torn apart
  split.group_of[0] = split.groups++;
  EXPECT_NE(fault_in(hashes, split), "");
  Grouping mixed = good;  // planted: an entry painted over
  mixed.colour_of[0] = (mixed.colour_of[0] + 1) % mixed.colours;
  EXPECT_NE(fault_in(hashes, mixed), "");
}

}  // namespace
}  // namespace lightkeeper::match
