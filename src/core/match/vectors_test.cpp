// vectors/private_match.json comes from a second implementation: tools/generate_match_vectors.mjs.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/lists/hash_list.hpp"
#include "core/match/bch.hpp"
#include "core/match/device.hpp"
#include "core/match/opening.hpp"

namespace lightkeeper::match {
namespace {

using Json = nlohmann::json;

const Json& vectors() {
  static const Json all = [] {
    std::ifstream file(LK_SOURCE_DIR "/vectors/private_match.json");
    return Json::parse(file);
  }();
  return all;
}

Bytes bytes_of(const Json& text) { return from_hex(text.get<std::string>()).value(); }
template <std::size_t N>
ByteArray<N> array_of(const Json& text) {
  return to_array<N>(bytes_of(text)).value();
}
Gf128 element_of(const Json& text) { return Gf128::from_bytes(array_of<16>(text)); }
media::PdqBits hash_of_text(const Json& text) {
  return media::pdq_from_text(text.get<std::string>()).value();
}

TEST(PrivateMatchVectors, GiveTheSameProductsAndInverses) {
  ASSERT_GE(vectors()["gf128"].size(), 8U);
  for (const Json& each : vectors()["gf128"]) {
    EXPECT_EQ(multiply(element_of(each["a"]), element_of(each["b"])), element_of(each["product"]));
    EXPECT_EQ(invert(element_of(each["a"])), element_of(each["inverse_of_a"]));
  }
}

TEST(PrivateMatchVectors, GiveTheSameSketches) {
  const Bytes generator = bytes_of(vectors()["sketch"]["generator"]);
  EXPECT_EQ(generator[25], 1) << "x^200";
  for (std::size_t b = 0; b < 25; ++b) {
    EXPECT_EQ(generator[b], static_cast<Byte>(sketch_generator()[b / 8] >> (8 * (b % 8)))) << b;
  }
  ASSERT_GE(vectors()["sketch"]["cases"].size(), 10U);
  for (const Json& each : vectors()["sketch"]["cases"]) {
    const media::PdqBits hash = hash_of_text(each["hash"]);
    EXPECT_EQ(sketch_of(hash), array_of<25>(each["sketch"]));
    EXPECT_EQ(hash.bit(255) ? 1 : 0, each["last_bit"]);
  }
}

/// Gives out the bytes it was made with.
class ScriptedRng final : public Rng {
 public:
  explicit ScriptedRng(Bytes bytes) : bytes_(std::move(bytes)) {}
  void fill(std::span<Byte> out) override {
    for (Byte& b : out) {
      b = bytes_.at(at_++);
    }
  }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
};

TEST(PrivateMatchVectors, GiveTheSameShares) {
  const Json& messages = vectors()["messages"];
  for (std::size_t h = 0; h < media::kHypotheses; ++h) {
    const Json& hash = messages["hashes"][h];
    ScriptedRng rng(concat({bytes_of(hash["r0"]), bytes_of(hash["r1"])}));
    const auto shares = share_hash(media::PdqBits::from_bytes(array_of<32>(hash["x"])), rng);
    for (std::size_t keeper = 0; keeper < kKeepers; ++keeper) {
      EXPECT_EQ(shares[keeper].own, array_of<32>(messages["keepers"][keeper]["shares"][h]["own"]));
      EXPECT_EQ(shares[keeper].next,
                array_of<32>(messages["keepers"][keeper]["shares"][h]["next"]));
    }
  }
}

TEST(PrivateMatchVectors, OpenAsRequestsAndSealToTheSameReplies) {
  const Json& messages = vectors()["messages"];
  for (const Json& each : messages["keepers"]) {
    const auto box = crypto::box_key_from_secret(bytes_of(each["box_secret"])).value();
    const auto opened =
        open_request(each["keeper"].get<std::uint8_t>(), box,
                     array_of<32>(messages["manifest_hash"]), bytes_of(each["request"]));
    ASSERT_TRUE(opened.has_value()) << opened.error().message();
    EXPECT_EQ(opened->share.query.value, array_of<16>(messages["query"]));
    for (std::size_t h = 0; h < media::kHypotheses; ++h) {
      EXPECT_EQ(opened->share.hashes[h].own, array_of<32>(each["shares"][h]["own"]));
      EXPECT_EQ(opened->share.hashes[h].next, array_of<32>(each["shares"][h]["next"]));
    }
    EXPECT_EQ(to_hex(opened->reply_key.bytes.expose_secret()), each["reply_key"]);
    std::vector<OpeningShare> sums;
    for (const Json& sum : each["sums"]) {
      sums.push_back({array_of<16>(sum["mu"]), array_of<16>(sum["lambda"])});
    }
    EXPECT_EQ(to_hex(seal_reply(*opened, sums)), each["reply"]);
    const auto read =
        open_reply(opened->reply_key, opened->header, each["colours"], bytes_of(each["reply"]))
            .value();
    EXPECT_EQ(read[15].lambda, sums[15].lambda);
  }
}

TEST(PrivateMatchVectors, BuildTheSameOpeningsAndTiles) {
  const Json& expected = vectors()["openings"];
  std::vector<lists::Entry> entries;
  for (const Json& each : expected["entries"]) {
    entries.push_back({hash_of_text(each["hash"]), lists::Provenance::test, each["category"],
                       array_of<32>(each["nonce"])});
  }
  lists::ListHeader header{"drawn pictures",
                           Epoch{1},
                           media::PdqVariant::full,
                           {{1, "one"}, {2, "two"}, {3, "three"}},
                           UnixMillis{0}};
  const auto list = lists::HashList::create(std::move(header), std::move(entries)).value();
  EXPECT_EQ(to_hex(list.root()), expected["list_root"]);
  const auto built = build_openings(list, SecretBytes(bytes_of(expected["epoch_secret"]))).value();
  EXPECT_EQ(built.colours, expected["colours"]);
  EXPECT_EQ(to_hex(built.tile_root), expected["tile_root"]);
  EXPECT_EQ(to_hex(built.tiles), expected["tiles"]);
  for (std::size_t i = 0; i < built.rho.size(); ++i) {
    const Json& each = expected["entries"][i];
    EXPECT_EQ(built.colour_of[i], each["colour"]);
    EXPECT_EQ(to_hex(built.rho[i]), each["rho"]);
    EXPECT_EQ(to_hex(built.l[i]), each["l"]);
  }
  ASSERT_LT(expected["groups"].size(), expected["entries"].size())
      << "some groups have several members";
  for (const Json& group : expected["groups"]) {
    EXPECT_EQ(to_hex(tile_label(element_of(group["key"]), list.root())), group["label"]);
    for (const std::size_t member : group["members"]) {
      const Gf128 rho = Gf128::from_bytes(built.rho[member]);
      EXPECT_EQ(multiply(Gf128::from_bytes(built.l[member]), invert(rho)),
                element_of(group["key"]));
    }
  }
}

TEST(PrivateMatchVectors, EncodeAndSignTheSameManifest) {
  const Json& expected = vectors()["manifest"];
  const auto keys = crypto::signing_key_from_seed(bytes_of(expected["seed"])).value();
  const auto opened = open_manifest(bytes_of(expected["signed"]), keys.public_key,
                                    UnixMillis{expected["not_after"]});
  ASSERT_TRUE(opened.has_value()) << opened.error().message();
  EXPECT_EQ(opened->version.value, expected["version"]);
  EXPECT_EQ(opened->entries, expected["entries"]);
  EXPECT_EQ(to_hex(opened->list_root), expected["list_root"]);
  EXPECT_EQ(media::name_of(opened->variant), expected["variant"]);
  EXPECT_EQ(opened->colours, expected["colours"]);
  EXPECT_EQ(to_hex(opened->tile_root), expected["tile_root"]);
  EXPECT_EQ(to_hex(opened->previous), expected["previous"]);
  EXPECT_EQ(opened->list_name, expected["list_name"]);
  for (std::size_t i = 0; i < kKeepers; ++i) {
    EXPECT_EQ(opened->keepers[i].url, expected["keepers"][i]["url"]);
    EXPECT_EQ(opened->keepers[i].link, expected["keepers"][i]["link"]);
    EXPECT_EQ(to_hex(opened->keepers[i].box.bytes), expected["keepers"][i]["box"]);
    EXPECT_EQ(to_hex(opened->keepers[i].link_key.bytes), expected["keepers"][i]["link_key"]);
    EXPECT_EQ(static_cast<int>(opened->disclosure[i]), expected["disclosure"][i]);
  }
  EXPECT_EQ(to_hex(encode(*opened)), expected["encoded"]);
  EXPECT_EQ(to_hex(hash_of(encode(*opened))), expected["hash"]);
  EXPECT_EQ(to_hex(sign_manifest(*opened, keys.secret, keys.public_key)), expected["signed"]);
}

}  // namespace
}  // namespace lightkeeper::match
