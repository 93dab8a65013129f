#include "core/match/device.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/match/ideal_keepers.hpp"
#include "core/match/view_statistics.hpp"

namespace lightkeeper::match {
namespace {

using Picture = std::array<media::PdqBits, media::kHypotheses>;
using lists::Entry;

media::PdqBits random_hash(Rng& rng) { return media::PdqBits::from_bytes(rng.array<32>()); }

unsigned random_below(Rng& rng, unsigned bound) {
  const auto bytes = rng.array<3>();
  return (bytes[0] | static_cast<unsigned>(bytes[1]) << 8U |
          static_cast<unsigned>(bytes[2]) << 16U) %
         bound;
}

/// A hash at exactly this distance.
media::PdqBits at_distance(const media::PdqBits& from, int d, Rng& rng) {
  media::PdqBits difference;
  while (difference.weight() < d) {
    difference.set(random_below(rng, 256), true);
  }
  return from ^ difference;
}

media::PdqBits of_weight(int weight, Rng& rng) {
  return at_distance(media::PdqBits{}, weight, rng);
}

Picture random_picture(Rng& rng) {
  Picture picture;
  for (auto& hash : picture) {
    hash = random_hash(rng);
  }
  return picture;
}

Picture picture_of(const media::PdqBits& hash, Rng& rng) {
  Picture picture = random_picture(rng);
  picture[0] = hash;
  return picture;
}

const SumsHook kHonest = [](std::vector<Sums>&) {};

/// Keepers and the device's files for a list, and the check that the private way finds what a plain
/// scan finds.
struct Stage {
  explicit Stage(std::vector<Entry> entries)
      : keepers(drawn_list(std::move(entries))), tiles(keepers.tiles().value()) {}
  std::vector<Found> private_check(const Picture& picture) {
    return keepers.check_picture(picture, tiles, kHonest).found;
  }
  void expect_equal(const Picture& picture, std::string_view what) {
    EXPECT_EQ(private_check(picture), keepers.plaintext_scan(picture)) << what;
  }
  IdealKeepers keepers;
  TileSet tiles;
};

std::vector<Entry> random_entries(std::size_t count, Rng& rng) {
  std::vector<Entry> entries;
  while (entries.size() < count) {
    entries.push_back(
        drawn_entry(random_hash(rng), static_cast<std::uint16_t>(entries.size() % 5)));
  }
  return entries;
}

TEST(PrivateMatch, EqualsThePlaintextScanAtEveryPlantedDistance) {
  crypto::SeededRng rng(41);
  for (const int weight :
       {128, 0, 100, 256}) {  // real hashes have weight 128; nothing may rely on it
    auto entries = random_entries(20, rng);
    const media::PdqBits y = of_weight(weight, rng);
    entries.push_back(drawn_entry(y, 3));
    Stage stage(entries);
    for (int d = 0; d <= 256; ++d) {
      if ((d > 64 && d < 192) || (weight != 128 && d % 5 != 1 && (d < 28 || d > 36))) {
        continue;
      }
      const Picture picture = picture_of(at_distance(y, d, rng), rng);
      const auto found = stage.private_check(picture);
      EXPECT_EQ(found, stage.keepers.plaintext_scan(picture)) << d;
      ASSERT_EQ(found.size(), d <= 31 ? 1U : 0U) << d;
      if (d <= 31) {
        EXPECT_EQ(found[0].distance.value, d);
        EXPECT_EQ(found[0].entry.category, 3);
        EXPECT_EQ(found[0].entry.provenance, lists::Provenance::test);
      }
    }
  }
}

TEST(PrivateMatch, CountsTheLastBitLikeAnyOther) {
  // The sketch covers 255 bits: 31 of them and the last one are 32, too far.
  crypto::SeededRng rng(42);
  const media::PdqBits y = random_hash(rng);
  Stage stage({drawn_entry(y, 1)});
  for (const int others : {29, 30, 31}) {
    for (const bool flip_last : {false, true}) {
      media::PdqBits x = y;
      for (unsigned k = 0; k < static_cast<unsigned>(others); ++k) {
        x.set(k * 8, !x.bit(k * 8));
      }
      x.set(255, x.bit(255) != flip_last);
      const auto found = stage.private_check(picture_of(x, rng));
      EXPECT_EQ(found.size(), others + (flip_last ? 1 : 0) <= 31 ? 1U : 0U) << others << flip_last;
    }
  }
}

TEST(PrivateMatch, FindsNothingInAnEmptyListAndOneInAListOfOne) {
  crypto::SeededRng rng(43);
  Stage empty({});
  EXPECT_TRUE(empty.private_check(random_picture(rng)).empty());
  EXPECT_EQ(empty.tiles.tiles(), 0U);
  const media::PdqBits y = random_hash(rng);
  Stage one({drawn_entry(y, 0)});
  EXPECT_EQ(one.private_check(picture_of(y, rng)).size(), 1U);
  EXPECT_TRUE(one.private_check(random_picture(rng)).empty());
}

TEST(PrivateMatch, FindsDuplicatesOfDifferentCategoriesAndMergesIdenticalOnes) {
  crypto::SeededRng rng(44);
  const media::PdqBits y = random_hash(rng);
  Stage stage({drawn_entry(y, 1), drawn_entry(y, 2), drawn_entry(y, 2), drawn_entry(y, 3)});
  const Picture picture = picture_of(at_distance(y, 9, rng), rng);
  EXPECT_EQ(stage.private_check(picture).size(), 3U);
  stage.expect_equal(picture, "duplicates");
}

TEST(PrivateMatch, FindsOneLeafOnceWhenSeveralHypothesesMatchIt) {
  crypto::SeededRng rng(45);
  const media::PdqBits y = random_hash(rng);
  Stage stage({drawn_entry(y, 1)});
  Picture picture;
  for (std::size_t h = 0; h < picture.size(); ++h) {
    picture[h] = at_distance(y, h == 5 ? 4 : 10, rng);
  }
  const auto found = stage.private_check(picture);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].hypothesis, media::Dihedral::flip_y);
  EXPECT_EQ(found[0].distance.value, 4);
}

TEST(PrivateMatch, FindsSeveralUnrelatedMatchesOfOnePictureInOrder) {
  crypto::SeededRng rng(46);
  auto entries = random_entries(50, rng);
  Stage stage(entries);
  Picture picture = random_picture(rng);
  for (const auto& [hypothesis, entry, d] :
       {std::tuple(0U, 7U, 30), {3U, 20U, 12}, {7U, 33U, 12}, {2U, 41U, 0}}) {
    picture[hypothesis] = at_distance(entries[entry].hash, d, rng);
  }
  const auto found = stage.private_check(picture);
  EXPECT_EQ(found, stage.keepers.plaintext_scan(picture));
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0].distance.value, 0);
  EXPECT_EQ(found[1].hypothesis, media::Dihedral::rotate270);
  EXPECT_EQ(found[3].distance.value, 30);
}

TEST(PrivateMatch, IsNotSpoiltByAPhotographicNegativeInTheList) {
  crypto::SeededRng rng(47);
  const media::PdqBits y = random_hash(rng);
  const media::PdqBits negative = at_distance(y, 256, rng);
  auto entries = random_entries(30, rng);
  entries.push_back(drawn_entry(y, 1));
  entries.push_back(drawn_entry(negative, 2));
  Stage stage(entries);
  for (const auto& exact : {y, negative}) {
    const Picture picture = picture_of(exact, rng);
    const auto found = stage.private_check(picture);
    ASSERT_EQ(found.size(), 1U) << "the copy itself, not the one whose distance wraps to 0";
    EXPECT_EQ(found[0].distance.value, 0);
    stage.expect_equal(picture, "negative");
  }
  stage.expect_equal(picture_of(at_distance(y, 20, rng), rng), "near the picture");
}

/// A pan: each hash differs from the one before by a few fresh bits.
std::vector<Entry> pan(std::size_t count, int step, Rng& rng) {
  std::vector<Entry> entries;
  media::PdqBits hash = random_hash(rng);
  while (entries.size() < count) {
    entries.push_back(drawn_entry(hash, 1));
    hash = at_distance(hash, step, rng);
  }
  return entries;
}

std::vector<Entry> edits_of_one(std::size_t count, Rng& rng) {
  std::vector<Entry> entries;
  const media::PdqBits centre = random_hash(rng);
  while (entries.size() < count) {
    entries.push_back(
        drawn_entry(at_distance(centre, static_cast<int>(random_below(rng, 29)), rng), 1));
  }
  return entries;
}

TEST(PrivateMatch, EqualsThePlaintextScanInSeriesOfNearDuplicates) {
  crypto::SeededRng rng(48);
  for (const std::size_t size : {1U, 2U, 10U, 300U}) {
    for (const auto& series : {pan(size, 2, rng), pan(size, 11, rng), edits_of_one(size, rng)}) {
      auto entries = series;
      for (const Entry& other : random_entries(20, rng)) {
        entries.push_back(other);
      }
      Stage stage(entries);
      for (const int d : {0, 15, 31}) {
        const auto& near = series[random_below(rng, static_cast<unsigned>(size))].hash;
        const Picture picture = picture_of(at_distance(near, d, rng), rng);
        EXPECT_FALSE(stage.private_check(picture).empty()) << size;
        stage.expect_equal(picture, "series");
      }
      stage.expect_equal(random_picture(rng), "unrelated");
    }
  }
}

TEST(PrivateMatch, EqualsThePlaintextScanInASeriesOf5000) {
  crypto::SeededRng rng(49);
  const auto entries = edits_of_one(5000, rng);
  Stage stage(entries);
  EXPECT_EQ(stage.keepers.openings().flagged.size(), 3U)
      << "whoever keeps the list is told of the series";
  const Picture picture = picture_of(entries[4321].hash, rng);
  EXPECT_GT(stage.keepers.plaintext_scan(picture).size(), 1000U);
  stage.expect_equal(picture, "5000");
}

TEST(PrivateMatch, IsTheSameForRandomPicturesWithPlantedMatches) {
  crypto::SeededRng rng(50);
  auto entries = random_entries(200, rng);
  for (int i = 0; i < 60; ++i) {
    entries.push_back(drawn_entry(at_distance(entries[random_below(rng, 40)].hash, 14, rng), 2));
  }
  Stage stage(entries);
  for (int i = 0; i < 60; ++i) {
    Picture picture = random_picture(rng);
    for (auto& hash : picture) {
      if (random_below(rng, 3) == 0) {
        const auto entry = random_below(rng, static_cast<unsigned>(entries.size()));
        hash = at_distance(entries[entry].hash, static_cast<int>(random_below(rng, 40)), rng);
      }
    }
    stage.expect_equal(picture, "random");
  }
}

// --- What keepers see
// ------------------------------------------------------------------------------------

using Sharing = std::array<HashShare, kKeepers> (*)(const media::PdqBits&, Rng&);

Bytes view_of(const HashShare& share) { return concat({share.own, share.next}); }

/// Whether each keeper's view of either of two very different hashes is uniform, and the same for
/// both.
bool sharing_hides(Sharing sharing) {
  crypto::SeededRng rng(51);
  media::PdqBits ones;
  for (unsigned k = 0; k < 256; ++k) {
    ones.set(k, true);
  }
  for (std::size_t keeper = 0; keeper < kKeepers; ++keeper) {
    ViewStatistics zero(64);
    ViewStatistics one(64);
    for (int i = 0; i < 2000; ++i) {
      zero.add(view_of(sharing(media::PdqBits{}, rng)[keeper]));
      one.add(view_of(sharing(ones, rng)[keeper]));
    }
    if (!zero.report().looks_uniform() || !one.report().looks_uniform() ||
        ViewStatistics::worst_difference(zero, one) > ViewStatistics::kDifferenceLimit) {
      return false;
    }
  }
  return true;
}

std::array<HashShare, kKeepers> shares_from(const ByteArray<32>& r0, const ByteArray<32>& r1,
                                            const media::PdqBits& x) {
  const auto r2 = (x ^ media::PdqBits::from_bytes(r0) ^ media::PdqBits::from_bytes(r1)).bytes();
  return {HashShare{r0, r1}, HashShare{r1, r2}, HashShare{r2, r0}};
}

TEST(PrivacyOfShares, EachKeepersViewIsUniformWhateverTheHash) {
  EXPECT_TRUE(sharing_hides(share_hash));
}

TEST(PrivacyOfShares, TheCheckCatchesPlantedBrokenSharings) {
  EXPECT_FALSE(sharing_hides([](const media::PdqBits& x, Rng& rng) {
    return shares_from(rng.array<32>(), ByteArray<32>{}, x);  // r1 = 0 always
  }));
  EXPECT_FALSE(sharing_hides([](const media::PdqBits& x, Rng& rng) {
    const auto r = rng.array<32>();
    return shares_from(r, r, x);  // r0 = r1, so r2 = x
  }));
  EXPECT_FALSE(sharing_hides([](const media::PdqBits& x, Rng& rng) {
    auto r0 = rng.array<32>();
    r0[17] = static_cast<Byte>(r0[17] & ~0x04);  // one stuck bit
    return shares_from(r0, rng.array<32>(), x);
  }));
  EXPECT_FALSE(sharing_hides([](const media::PdqBits& x, Rng& rng) {
    const auto half = rng.array<16>();  // the generator gives each half twice
    ByteArray<32> r0{};
    std::ranges::copy(half, r0.begin());
    std::ranges::copy(half, r0.begin() + 16);
    return shares_from(r0, rng.array<32>(), x);
  }));
  EXPECT_FALSE(sharing_hides([](const media::PdqBits& x, Rng& rng) {
    const auto r0 = rng.array<32>();
    auto r1 = rng.array<32>();
    r1[3] = x.bytes()[3];  // a byte of the hash in the clear
    return shares_from(r0, r1, x);
  }));
}

TEST(PrivacyOfShares, RequestsCarryExactlyTheThreeSharingsOfTheEightHashes) {
  crypto::SeededRng rng(52);
  Stage stage({});
  const Picture picture = random_picture(rng);
  const auto query =
      PictureQuery::create(stage.keepers.manifest(), stage.keepers.manifest_hash(), picture, rng)
          .value();
  std::vector<OpenedRequest> opened;
  for (std::uint8_t i = 0; i < kKeepers; ++i) {
    EXPECT_EQ(query.requests()[i].size(), kRequestSize);
    opened.push_back(stage.keepers.open(i, query.requests()[i]));
  }
  std::set<Bytes> parts;
  for (std::size_t h = 0; h < picture.size(); ++h) {
    media::PdqBits sum;
    for (std::size_t i = 0; i < kKeepers; ++i) {
      const auto& share = opened[i].share.hashes[h];
      EXPECT_EQ(share.next, opened[(i + 1) % kKeepers].share.hashes[h].own);
      sum = sum ^ media::PdqBits::from_bytes(share.own);
      EXPECT_TRUE(parts.insert(Bytes(share.own.begin(), share.own.end())).second)
          << "a mask used twice";
    }
    EXPECT_EQ(sum, picture[h]);
  }
}

TEST(PrivacyOfShares, SizesDoNotDependOnThePicture) {
  crypto::SeededRng rng(53);
  auto entries = random_entries(10, rng);
  Stage stage(entries);
  for (const Picture& picture :
       {random_picture(rng), picture_of(entries[0].hash, rng), Picture{}}) {
    const auto query =
        PictureQuery::create(stage.keepers.manifest(), stage.keepers.manifest_hash(), picture, rng)
            .value();
    for (const Bytes& request : query.requests()) {
      EXPECT_EQ(request.size(), kRequestSize);
    }
    for (const Bytes& reply : stage.keepers.answer(query.requests(), kHonest)) {
      EXPECT_EQ(reply.size(), reply_size(stage.keepers.manifest().colours));
    }
  }
}

// --- Dishonest parties
// -------------------------------------------------------------------------------------

TEST(Tampering, AnyFlippedByteOfAnyReplyIsNoAnswerAndNeverAMatch) {
  crypto::SeededRng rng(54);
  auto entries = random_entries(5, rng);
  Stage stage(entries);
  const auto query = PictureQuery::create(stage.keepers.manifest(), stage.keepers.manifest_hash(),
                                          picture_of(entries[2].hash, rng), rng)
                         .value();
  const auto replies = stage.keepers.answer(query.requests(), kHonest);
  ASSERT_EQ(query.open(replies, stage.tiles).value().found.size(), 1U);
  for (std::size_t keeper = 0; keeper < kKeepers; ++keeper) {
    for (std::size_t at = 0; at < replies[keeper].size(); ++at) {
      auto changed = replies;
      changed[keeper][at] = static_cast<Byte>(changed[keeper][at] ^ 1U << (at % 8));
      EXPECT_FALSE(query.open(changed, stage.tiles).has_value()) << keeper << " " << at;
    }
    for (const std::size_t size : {std::size_t{0}, std::size_t{15}, replies[keeper].size() - 1}) {
      auto cut = replies;
      cut[keeper].resize(size);
      EXPECT_FALSE(query.open(cut, stage.tiles).has_value());
    }
  }
  const auto swapped = std::array{replies[1], replies[0], replies[2]};
  EXPECT_FALSE(query.open(swapped, stage.tiles).has_value());
}

TEST(Tampering, AnotherQuerysRepliesDoNotOpen) {
  crypto::SeededRng rng(55);
  auto entries = random_entries(5, rng);
  Stage stage(entries);
  const auto make = [&] {
    return PictureQuery::create(stage.keepers.manifest(), stage.keepers.manifest_hash(),
                                picture_of(entries[2].hash, rng), rng)
        .value();
  };
  const auto first = make();
  const auto second = make();
  EXPECT_FALSE(
      second.open(stage.keepers.answer(first.requests(), kHonest), stage.tiles).has_value());
}

TEST(Tampering, ADishonestKeepersSumsHideAMatchAtMost) {
  crypto::SeededRng rng(56);
  auto entries = random_entries(5, rng);
  Stage stage(entries);
  const Picture picture = picture_of(at_distance(entries[2].hash, 12, rng), rng);
  const auto honest = stage.keepers.plaintext_scan(picture);
  ASSERT_EQ(honest.size(), 1U);
  const std::size_t colour = stage.keepers.openings().colour_of[honest[0].leaf_index];
  for (unsigned bit = 0; bit < 256; bit += 3) {
    const auto found = stage.keepers
                           .check_picture(picture, stage.tiles,
                                          [&](std::vector<Sums>& sums) {
                                            Gf128& target =
                                                bit < 128 ? sums[colour].mu : sums[colour].lambda;
                                            (bit % 128 < 64 ? target.lo : target.hi) ^=
                                                std::uint64_t{1} << (bit % 64);
                                          })
                           .found;
    EXPECT_TRUE(found.empty()) << bit;
  }
  // Sums of other colours and hypotheses hide nothing and add nothing.
  const auto found = stage.keepers
                         .check_picture(picture, stage.tiles,
                                        [&](std::vector<Sums>& sums) {
                                          for (std::size_t i = 0; i < sums.size(); ++i) {
                                            if (i != colour) {
                                              sums[i] = {Gf128::from_bytes(rng.array<16>()),
                                                         Gf128::from_bytes(rng.array<16>())};
                                            }
                                          }
                                        })
                         .found;
  EXPECT_EQ(found, honest);
}

TEST(Tampering, KeepersThatOpenTheGroupOfADistantEntryConvinceNobody) {
  // All three keepers conspire and hand out the right group key for an entry that the picture does
  // not match.
  crypto::SeededRng rng(57);
  auto entries = random_entries(5, rng);
  Stage stage(entries);
  const SumsHook open_first = [&](std::vector<Sums>& sums) {
    const auto& openings = stage.keepers.openings();
    for (std::size_t h = 0; h < media::kHypotheses; ++h) {
      sums[h * openings.colours + openings.colour_of[0]] = {Gf128::from_bytes(openings.rho[0]),
                                                            Gf128::from_bytes(openings.l[0])};
    }
  };
  EXPECT_TRUE(
      stage.keepers.check_picture(random_picture(rng), stage.tiles, open_first).found.empty());
  const auto& listed = stage.keepers.list().entries()[0].hash;
  const Picture far = picture_of(at_distance(listed, 32, rng), rng);
  EXPECT_TRUE(stage.keepers.check_picture(far, stage.tiles, open_first).found.empty());
  const Picture near =
      picture_of(at_distance(listed, 31, rng), rng);  // the same way does open what is near
  EXPECT_EQ(stage.keepers.check_picture(near, stage.tiles, open_first).found.size(), 1U);
}

/// Keepers and whoever publishes tiles conspire: a tile for `planted`, claiming the place `index`
/// of the list, opened for everybody. What does a device with exactly that picture find?
std::vector<Found> found_with_planted_tile(const std::vector<Entry>& listed, const Entry& planted,
                                           std::uint32_t index, Rng& rng) {
  Stage stage(listed);
  const Gf128 key = Gf128::from_bytes(rng.array<16>());
  const TileMember member{planted, index};
  const auto encoded =
      encode_tiles(1, {seal_tile(key, stage.keepers.list().root(), {&member, 1}, 1)});
  stage.keepers.manifest().tile_root = encoded.root;
  const TileSet tiles =
      TileSet::decode(encoded.bytes, stage.keepers.leaves(), stage.keepers.manifest()).value();
  return stage.keepers
      .check_picture(picture_of(planted.hash, rng), tiles,
                     [&](std::vector<Sums>& sums) { sums[0] = {kGf128One, key}; })
      .found;
}

TEST(Tampering, AnEntryWhoseLeafIsNotInTheListIsNeverAccepted) {
  crypto::SeededRng rng(58);
  const auto listed = random_entries(5, rng);
  const Entry uncertified = drawn_entry(random_hash(rng), 1);
  for (std::uint32_t index = 0; index < 8; ++index) {
    EXPECT_TRUE(found_with_planted_tile(listed, uncertified, index, rng).empty());
  }
  EXPECT_TRUE(found_with_planted_tile(listed, uncertified, 0xffffffff, rng).empty());
  // A listed hash with another category, class or nonce has another leaf.
  const auto in_order = drawn_list(listed);
  Entry changed = in_order.entries()[0];
  changed.category = static_cast<std::uint16_t>(changed.category + 1);
  EXPECT_TRUE(found_with_planted_tile(listed, changed, 0, rng).empty());
  changed = in_order.entries()[0];
  changed.provenance = lists::Provenance::certified_known;
  EXPECT_TRUE(found_with_planted_tile(listed, changed, 0, rng).empty());
  changed = in_order.entries()[0];
  changed.nonce[0] ^= 1;
  EXPECT_TRUE(found_with_planted_tile(listed, changed, 0, rng).empty());
  // And the trap itself works: the true entry at its true place, and only there, is accepted.
  EXPECT_EQ(found_with_planted_tile(listed, in_order.entries()[0], 0, rng).size(), 1U);
  EXPECT_TRUE(found_with_planted_tile(listed, in_order.entries()[0], 1, rng).empty());
}

TEST(Tampering, AManifestThatIsNotTheHashedOneMakesNoQuery) {
  crypto::SeededRng rng(59);
  Stage stage({});
  Manifest other = stage.keepers.manifest();
  other.version = Epoch{2};
  EXPECT_EQ(PictureQuery::create(other, stage.keepers.manifest_hash(), Picture{}, rng).error().code,
            ErrorCode::manifest_mismatch);
  other.hypotheses = 1;
  EXPECT_FALSE(PictureQuery::create(other, hash_of(encode(other)), Picture{}, rng).has_value());
  other = stage.keepers.manifest();
  other.keepers[1].box = {};  // a point of small order
  EXPECT_EQ(PictureQuery::create(other, hash_of(encode(other)), Picture{}, rng).error().code,
            ErrorCode::bad_key);
}

TEST(Tampering, TilesOfAnotherListAreNotUsed) {
  crypto::SeededRng rng(60);
  Stage stage(random_entries(3, rng));
  Stage other(random_entries(3, rng));
  const auto query =
      PictureQuery::create(stage.keepers.manifest(), stage.keepers.manifest_hash(), Picture{}, rng)
          .value();
  const auto replies = stage.keepers.answer(query.requests(), kHonest);
  EXPECT_TRUE(query.open(replies, stage.tiles).has_value());
  EXPECT_EQ(query.open(replies, other.tiles).error().code, ErrorCode::manifest_mismatch);
}

}  // namespace
}  // namespace lightkeeper::match
