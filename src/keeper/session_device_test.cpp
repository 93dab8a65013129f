// Three sessions between a real device (core/match/device.hpp) and real openings: what the device
// accepts is exactly what the plaintext scan finds, whatever happens to the messages.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "core/lists/hash_list.hpp"
#include "core/match/device.hpp"
#include "core/match/opening.hpp"
#include "keeper/ring_for_test.hpp"

namespace lightkeeper::keeper {
namespace {

using test::PictureHashes;

/// A list that is in force: openings built from it, a manifest, a device that holds the tiles.
struct Deployment {
  lists::HashList list;
  match::Manifest manifest;
  match::ManifestHash manifest_hash{};
  std::array<crypto::BoxKeyPair, 3> boxes;
  match::TileSet tiles;
  test::Ring ring;
};

Deployment deploy(std::vector<media::PdqBits> hashes, Rng& rng) {
  std::vector<lists::Entry> entries;
  for (const media::PdqBits& hash : hashes) {
    entries.push_back({hash, lists::Provenance::test, 0, rng.array<32>()});
  }
  auto list = lists::HashList::create(
                  {"drawn", Epoch{1}, media::PdqVariant::full, {}, UnixMillis{0}}, entries)
                  .value();
  const match::Openings openings = match::build_openings(list, test::secret_from(rng)).value();
  match::Manifest manifest;
  manifest.version = Epoch{1};
  manifest.entries = list.entries().size();
  manifest.list_root = list.root();
  manifest.colours = openings.colours;
  manifest.tile_root = openings.tile_root;
  manifest.not_after = UnixMillis{1};
  manifest.list_name = "drawn";
  std::array<crypto::BoxKeyPair, 3> boxes{
      crypto::generate_box_key(rng), crypto::generate_box_key(rng), crypto::generate_box_key(rng)};
  for (std::size_t i = 0; i < 3; ++i) {
    manifest.keepers[i].url = "https://keeper" + std::to_string(i) + ".example";
    manifest.keepers[i].link = "keeper" + std::to_string(i) + ".example:7400";
    manifest.keepers[i].box = boxes[i].public_key;
  }
  Bytes leaves;
  for (const crypto::Digest& leaf : list.leaves()) {
    leaves.insert(leaves.end(), leaf.begin(), leaf.end());
  }
  auto tiles = match::TileSet::decode(openings.tiles, leaves, manifest).value();
  std::vector<media::PdqBits> in_order;
  for (const lists::Entry& entry : list.entries()) {
    in_order.push_back(entry.hash);
  }
  const auto epoch = std::make_shared<const EpochTables>(
      EpochTables::create(in_order, openings.colours, openings.colour_of, openings.rho, openings.l)
          .value());
  const match::ManifestHash hash = match::hash_of(match::encode(manifest));
  test::Ring ring = test::honest_ring(epoch, rng);
  ring.manifests = {hash, hash, hash};
  return {std::move(list),  std::move(manifest), hash,
          std::move(boxes), std::move(tiles),    std::move(ring)};
}

Result<match::MatchOutcome> check_picture(const Deployment& d, const PictureHashes& picture,
                                          Rng& rng) {
  LK_TRY(query, match::PictureQuery::create(d.manifest, d.manifest_hash, picture, rng));
  std::vector<match::OpenedRequest> opened;
  test::QueryShares shares;
  for (std::uint8_t i = 0; i < 3; ++i) {
    LK_TRY(request, match::open_request(i, d.boxes[i], d.manifest_hash, query.requests()[i]));
    shares[i] = request.share;
    opened.push_back(std::move(request));
  }
  const test::RingResult result = d.ring.run(shares, rng);
  if (result.error) {
    return std::unexpected(*result.error);
  }
  std::array<Bytes, 3> replies;
  for (std::size_t i = 0; i < 3; ++i) {
    if (!result.sums[i]) {
      return fail(ErrorCode::keeper_unreachable, "test");
    }
    replies[i] = match::seal_reply(opened[i], *result.sums[i]);
    EXPECT_EQ(replies[i].size(), match::reply_size(d.manifest.colours));
  }
  return query.open(replies, d.tiles);
}

/// List index -> smallest distance, over the eight hashes, of entries within the threshold: the
/// plaintext scan.
std::map<std::uint32_t, std::uint16_t> plaintext(const Deployment& d,
                                                 const PictureHashes& picture) {
  std::map<std::uint32_t, std::uint16_t> out;
  for (std::uint32_t i = 0; i < d.list.entries().size(); ++i) {
    for (const media::PdqBits& x : picture) {
      const std::uint16_t distance = media::distance(x, d.list.entries()[i].hash).value;
      if (distance <= match::kThreshold) {
        const auto [at, fresh] = out.emplace(i, distance);
        at->second = std::min(at->second, distance);
      }
    }
  }
  return out;
}

std::map<std::uint32_t, std::uint16_t> accepted(const match::MatchOutcome& outcome) {
  std::map<std::uint32_t, std::uint16_t> out;
  for (const match::Found& found : outcome.found) {
    out.emplace(found.leaf_index, found.distance.value);
  }
  return out;
}

PictureHashes random_picture(Rng& rng) {
  PictureHashes hashes;
  for (media::PdqBits& hash : hashes) {
    hash = test::random_hash(rng);
  }
  return hashes;
}

media::PdqBits negative_of(const media::PdqBits& hash) {
  media::PdqBits ones;
  ones.words.fill(~std::uint64_t{0});
  return hash ^ ones;
}

void expect_plaintext(const Deployment& d, const PictureHashes& picture, Rng& rng) {
  const auto outcome = check_picture(d, picture, rng);
  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_EQ(accepted(*outcome), plaintext(d, picture));
}

TEST(SessionWithDevice, EveryPlantedDistanceAloneGivesThePlaintextAnswer) {
  crypto::SeededRng rng(1);
  for (unsigned d = 0; d <= 256; d = d == 64 ? 192 : d + 1) {
    const PictureHashes picture = random_picture(rng);
    std::vector<media::PdqBits> list{
        test::random_hash(rng), test::at_distance(picture[d % 8], d, rng), test::random_hash(rng)};
    const Deployment deployment = deploy(list, rng);
    ASSERT_EQ(plaintext(deployment, picture).size(), d <= 31 ? 1U : 0U);
    expect_plaintext(deployment, picture, rng);
  }
}

TEST(SessionWithDevice, TheEmptyListMatchesNothing) {
  crypto::SeededRng rng(2);
  expect_plaintext(deploy({}, rng), random_picture(rng), rng);
}

TEST(SessionWithDevice, APictureListedWithItsNegativeAndDuplicatesIsFound) {
  crypto::SeededRng rng(3);
  const PictureHashes picture = random_picture(rng);
  std::vector<media::PdqBits> list;
  for (const media::PdqBits& hash : picture) {
    list.insert(list.end(),
                {hash, hash, negative_of(hash), negative_of(hash), test::at_distance(hash, 20, rng),
                 test::at_distance(negative_of(hash), 20, rng)});
  }
  expect_plaintext(deploy(list, rng), picture, rng);
}

TEST(SessionWithDevice, ASeriesOfThousandsOfNearDuplicatesDoesNotTurnAMatchIntoAMiss) {
  crypto::SeededRng rng(4);
  for (const std::size_t size : {1U, 40U, 300U, 5000U}) {
    const PictureHashes picture = random_picture(rng);
    std::vector<media::PdqBits> list;
    media::PdqBits walker = picture[2];
    for (std::size_t i = 0; i < size; ++i) {
      list.push_back(walker);
      walker = test::at_distance(i % 64 == 63 ? picture[2] : walker, 2, rng);  // edits of edits
    }
    const Deployment deployment = deploy(list, rng);
    const auto outcome = check_picture(deployment, picture, rng);
    ASSERT_TRUE(outcome) << outcome.error().message();
    const auto expected = plaintext(deployment, picture);
    const auto found = accepted(*outcome);
    // Every colour with one group opens it; the device never accepts what the plaintext scan does
    // not find.
    EXPECT_FALSE(found.empty());
    EXPECT_TRUE(std::ranges::includes(expected, found));
    EXPECT_EQ(found, expected);
  }
}

TEST(SessionWithDevice, ASingleFlippedBitInAnyMessageNeverGivesAFalseMatch) {
  crypto::SeededRng rng(5);
  const PictureHashes listed = random_picture(rng);
  const PictureHashes other = random_picture(rng);
  std::vector<media::PdqBits> list(70);
  for (std::size_t i = 0; i < list.size(); ++i) {
    list[i] = i < 8 ? test::at_distance(listed[i], 12, rng) : test::random_hash(rng);
  }
  Deployment d = deploy(list, rng);
  const auto expected = plaintext(d, listed);
  ASSERT_EQ(expected.size(), 8U);
  std::size_t lost = 0;
  for (std::size_t target = 0; target < 37; ++target) {
    for (unsigned attempt = 0; attempt < 6; ++attempt) {
      std::size_t count = 0;
      d.ring.tap = [&](test::Delivery& delivery) {
        if (count++ == target) {
          const auto spot = rng.array<4>();
          const std::size_t bit = (spot[0] | static_cast<std::size_t>(spot[1]) << 8U |
                                   static_cast<std::size_t>(spot[2]) << 16U) %
                                  (8 * delivery.message.size());
          delivery.message[bit / 8] =
              static_cast<Byte>(delivery.message[bit / 8] ^ 1U << (bit % 8));
        }
        return true;
      };
      const auto no_match = check_picture(d, other, rng);
      EXPECT_TRUE(!no_match || no_match->found.empty());
      count = 0;
      const auto match = check_picture(d, listed, rng);
      lost += !match || accepted(*match) != expected ? 1U : 0U;
      if (match) {
        EXPECT_TRUE(std::ranges::includes(expected, accepted(*match)));
      }
    }
  }
  EXPECT_GT(lost, 0U);  // the flips do reach the answer: a dishonest keeper can hide a match
}

TEST(SessionWithDevice, TheCheckOfFlippedBitsCatchesADeviceThatBelievesTheSums) {
  // Planted: counting a non-zero mu as a match, without opening the tile and recomputing the
  // distance.
  crypto::SeededRng rng(6);
  const PictureHashes other = random_picture(rng);
  std::vector<media::PdqBits> list(70);
  for (media::PdqBits& hash : list) {
    hash = test::random_hash(rng);
  }
  Deployment d = deploy(list, rng);
  std::size_t believed = 0;
  for (std::size_t target = 16; target < 37; ++target) {
    std::size_t count = 0;
    d.ring.tap = [&](test::Delivery& delivery) {
      if (count++ == target) {
        delivery.message[9] ^= 4U;
      }
      return true;
    };
    const test::RingResult result = d.ring.run(test::share_picture(other, rng), rng);
    if (result.error || !result.sums[0] || !result.sums[1] || !result.sums[2]) {
      continue;
    }
    const auto sums = result.combined();
    believed += std::ranges::any_of(sums, [](const auto& sum) { return sum.mu != ByteArray<16>{}; })
                    ? 1U
                    : 0U;
  }
  EXPECT_GT(believed, 0U);
}

}  // namespace
}  // namespace lightkeeper::keeper
