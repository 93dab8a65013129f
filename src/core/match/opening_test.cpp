#include "core/match/opening.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/match/ideal_keepers.hpp"

namespace lightkeeper::match {
namespace {

media::PdqBits random_hash(Rng& rng) { return media::PdqBits::from_bytes(rng.array<32>()); }

/// Some unrelated entries and a small series.
lists::HashList some_list(std::uint64_t seed) {
  crypto::SeededRng rng(seed);
  std::vector<lists::Entry> entries;
  for (int i = 0; i < 30; ++i) {
    entries.push_back(drawn_entry(random_hash(rng), 1));
  }
  for (unsigned i = 0; i < 40; ++i) {
    media::PdqBits near = entries[0].hash;
    near.set(i, !near.bit(i));
    entries.push_back(drawn_entry(near, 2));
  }
  return drawn_list(std::move(entries));
}

SecretBytes secret_of(Byte value) { return SecretBytes(Bytes(32, value)); }

TEST(Openings, AreByteIdenticalAtAllThreeKeepers) {
  const auto a = build_openings(some_list(61), secret_of(1)).value();
  const auto b = build_openings(some_list(61), secret_of(1)).value();
  EXPECT_EQ(a.colours, b.colours);
  EXPECT_EQ(a.colour_of, b.colour_of);
  EXPECT_EQ(a.rho, b.rho);
  EXPECT_EQ(a.l, b.l);
  EXPECT_EQ(a.tiles, b.tiles);
  EXPECT_EQ(a.tile_root, b.tile_root);
}

TEST(Openings, ShareNothingWithThoseOfAnotherSecretOrAnotherList) {
  const auto a = build_openings(some_list(61), secret_of(1)).value();
  const auto other_secret = build_openings(some_list(61), secret_of(2)).value();
  const auto other_list = build_openings(some_list(62), secret_of(1)).value();
  std::set<ByteArray<16>> seen(a.rho.begin(), a.rho.end());
  seen.insert(a.l.begin(), a.l.end());
  for (const Openings* other : {&other_secret, &other_list}) {
    EXPECT_NE(other->tile_root, a.tile_root);
    for (std::size_t i = 0; i < other->rho.size(); ++i) {
      EXPECT_FALSE(seen.contains(other->rho[i]));
      EXPECT_FALSE(seen.contains(other->l[i]));
    }
  }
}

TEST(Openings, GiveTheKeyOfAGroupForAnySumOfItsMembers) {
  const auto list = some_list(63);
  const auto openings = build_openings(list, secret_of(3)).value();
  std::set<ByteArray<16>> keys;
  for (std::size_t i = 0; i < openings.rho.size(); ++i) {
    const Gf128 rho = Gf128::from_bytes(openings.rho[i]);
    EXPECT_NE(rho, Gf128{});
    keys.insert(multiply(Gf128::from_bytes(openings.l[i]), invert(rho)).bytes());
  }
  const std::size_t tiles = (openings.tiles.size() - 13) / tile_size(openings.tiles[8]);
  EXPECT_EQ(keys.size(), tiles) << "one key and one tile for each group";
  // Any members of one group open it together, as one picture may match several of them.
  for (std::size_t i = 0; i < openings.rho.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      const auto key_of = [&](std::size_t e) {
        return multiply(Gf128::from_bytes(openings.l[e]),
                        invert(Gf128::from_bytes(openings.rho[e])));
      };
      if (openings.colour_of[i] == openings.colour_of[k] && key_of(i) == key_of(k)) {
        const Gf128 mu = Gf128::from_bytes(openings.rho[i]) ^ Gf128::from_bytes(openings.rho[k]);
        const Gf128 lambda = Gf128::from_bytes(openings.l[i]) ^ Gf128::from_bytes(openings.l[k]);
        EXPECT_EQ(multiply(lambda, invert(mu)), key_of(i));
      }
    }
  }
}

TEST(Openings, RefuseASecretOfTheWrongSize) {
  const auto list = some_list(64);
  EXPECT_EQ(build_openings(list, SecretBytes(std::size_t{31})).error().code,
            ErrorCode::bad_argument);
  EXPECT_EQ(build_openings(list, SecretBytes()).error().code, ErrorCode::bad_argument);
}

// --- Tiles
// ---------------------------------------------------------------------------------------------------

class Tiles : public testing::Test {
 protected:
  IdealKeepers keepers{some_list(65)};
  Bytes tiles = keepers.openings().tiles;
  Bytes leaves = keepers.leaves();
  ErrorCode refusal() { return TileSet::decode(tiles, leaves, keepers.manifest()).error().code; }
};

TEST_F(Tiles, AreAllOfOneSizeInRisingOrderOfLabels) {
  const TileSet set = TileSet::decode(tiles, leaves, keepers.manifest()).value();
  EXPECT_EQ((tiles.size() - 13) % set.tiles(), 0U);
  EXPECT_EQ((tiles.size() - 13) / set.tiles(), tile_size(tiles[8]));
  EXPECT_TRUE(set.find(TileLabel{}).empty());
  for (std::size_t i = 0; i < set.tiles(); ++i) {
    TileLabel label{};
    std::copy_n(tiles.begin() + static_cast<std::ptrdiff_t>(13 + i * tile_size(tiles[8])), 16,
                label.begin());
    EXPECT_EQ(set.find(label).size(), tile_size(tiles[8]));
    EXPECT_TRUE(std::ranges::equal(set.find(label).first(16), label));
  }
}

TEST_F(Tiles, WithAnyChangedByteOrAtAnyOtherLengthAreRefused) {
  const Bytes good = tiles;
  for (std::size_t at = 0; at < good.size(); at += at < 40 ? 1 : 37) {
    tiles = good;
    tiles[at] ^= 0x40;
    EXPECT_FALSE(TileSet::decode(tiles, leaves, keepers.manifest()).has_value()) << at;
    tiles = good;
    tiles.resize(at);
    EXPECT_FALSE(TileSet::decode(tiles, leaves, keepers.manifest()).has_value()) << at;
  }
  tiles = good;
  tiles.push_back(0);
  EXPECT_EQ(refusal(), ErrorCode::trailing_data);
  tiles = good;
  std::fill(tiles.begin() + 9, tiles.begin() + 13, Byte{0xff});
  EXPECT_EQ(refusal(), ErrorCode::truncated) << "a lying count allocates nothing";
}

TEST_F(Tiles, InAnotherOrderOrRepeatedAreRefused) {
  const std::size_t size = tile_size(tiles[8]);
  const auto first = tiles.begin() + 13;
  std::swap_ranges(first, first + static_cast<std::ptrdiff_t>(size),
                   first + static_cast<std::ptrdiff_t>(size));
  EXPECT_EQ(refusal(), ErrorCode::bad_format);
  tiles = keepers.openings().tiles;
  std::copy_n(tiles.begin() + 13, size, tiles.begin() + 13 + static_cast<std::ptrdiff_t>(size));
  EXPECT_EQ(refusal(), ErrorCode::bad_format);
}

TEST_F(Tiles, NeedExactlyTheLeavesOfTheManifest) {
  leaves[5] ^= 1;
  EXPECT_EQ(refusal(), ErrorCode::manifest_mismatch);
  leaves = keepers.leaves();
  std::swap_ranges(leaves.begin(), leaves.begin() + 32, leaves.begin() + 32);
  EXPECT_EQ(refusal(), ErrorCode::manifest_mismatch);
  leaves = keepers.leaves();
  leaves.erase(leaves.end() - 32, leaves.end());
  EXPECT_EQ(refusal(), ErrorCode::manifest_mismatch);
  leaves.push_back(0);
  EXPECT_EQ(refusal(), ErrorCode::manifest_mismatch);
}

TEST(Tile, OpensForItsGroupKeyOnlyAndShowsNearMembersOnly) {
  crypto::SeededRng rng(66);
  const auto root = crypto::sha256(as_bytes("a list"));
  const Gf128 key = Gf128::from_bytes(rng.array<16>());
  std::vector<TileMember> members;
  media::PdqBits hash = random_hash(rng);
  for (std::uint32_t i = 0; i < 6; ++i) {  // a chain in which ends are 5 * 20 bits apart
    members.push_back({drawn_entry(hash, 1), i});
    for (unsigned k = 0; k < 20; ++k) {
      hash.set(i * 20 + k, !hash.bit(i * 20 + k));
    }
  }
  const Bytes tile = seal_tile(key, root, members, 8);
  EXPECT_EQ(tile.size(), tile_size(8));
  const auto recovered = open_tile(key, root, tile, members[2].entry.hash);
  ASSERT_EQ(recovered.size(), 3U) << "itself and its two neighbours, not the ends";
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(recovered[i].entry, members[i + 1].entry);
    EXPECT_EQ(recovered[i].leaf_index, i + 1);
    EXPECT_EQ(recovered[i].distance.value, i == 1 ? 0 : 20);
  }
  EXPECT_TRUE(open_tile(key, root, tile, random_hash(rng)).empty());
  EXPECT_TRUE(open_tile(key ^ kGf128One, root, tile, members[2].entry.hash).empty());
  EXPECT_TRUE(open_tile(key, crypto::sha256({}), tile, members[2].entry.hash).empty());
  for (std::size_t at = 0; at < tile.size(); ++at) {
    Bytes changed = tile;
    changed[at] ^= 1;
    EXPECT_TRUE(open_tile(key, root, changed, members[2].entry.hash).empty()) << at;
    EXPECT_TRUE(open_tile(key, root, BytesView(tile).first(at), members[2].entry.hash).empty())
        << at;
  }
}

}  // namespace
}  // namespace lightkeeper::match
