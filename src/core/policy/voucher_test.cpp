#include "core/policy/voucher.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "core/match/ideal_keepers.hpp"
#include "core/media/drawn_picture.hpp"
#include "core/media/pdq.hpp"

namespace lightkeeper::policy {
namespace {

using lists::Provenance;
using match::Disclosure;
using nlohmann::json;

Bytes hex(const json& text) { return from_hex(text.get<std::string>()).value(); }
template <std::size_t N>
ByteArray<N> hex_array(const json& text) {
  return to_array<N>(hex(text)).value();
}

Voucher voucher_from(const json& from) {
  Voucher out;
  out.direction = from["side"] == "sending" ? Direction::sending : Direction::receiving;
  out.manifest = hex_array<32>(from["manifest"]);
  out.entry = {media::PdqBits::from_bytes(hex_array<32>(from["hash"])),
               static_cast<Provenance>(from["class"].get<int>()),
               from["category"].get<std::uint16_t>(), hex_array<32>(from["nonce"])};
  out.leaf_index = from["leaf_index"];
  out.hypothesis = static_cast<media::Dihedral>(from["hypothesis"].get<int>());
  out.made.value = from["made_ms"];
  out.content = hex(from["content"]);
  out.attachment = from["attachment"];
  out.opening_key.bytes = hex_array<32>(from["opening_key"]);
  out.context = hex(from["context"]);
  out.stamp = hex_array<32>(from["stamp"]);
  return out;
}

json vectors() {
  std::ifstream file(LK_SOURCE_DIR "/vectors/voucher_v1.json");
  return json::parse(file);
}

TEST(VoucherFormat, IsTheSecondImplementationsByteForByte) {
  const json all = vectors();
  ASSERT_EQ(all["cases"].size(), 2U);
  for (const json& one : all["cases"]) {
    const Voucher voucher = voucher_from(one);
    const Bytes bytes = hex(one["bytes"]);
    EXPECT_EQ(encode(voucher).value(), bytes);
    EXPECT_EQ(encode(decode_voucher(bytes).value()).value(), bytes);
    EXPECT_EQ(to_bytes(lists::leaf_of(voucher.entry)), hex(one["leaf"]));
  }
}

TEST(VoucherFormat, EveryTruncationAndEveryLongerOneIsRefused) {
  const json all = vectors();  // by name: a range over a part of a temporary would outlive it
  for (const json& one : all["cases"]) {
    const Bytes bytes = hex(one["bytes"]);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(decode_voucher(BytesView(bytes).first(size)));
    }
    EXPECT_FALSE(decode_voucher(concat({bytes, Bytes{0}})));
  }
}

TEST(VoucherFormat, WhatOpensAfterABitWasChangedHasThatEncoding) {
  Bytes bytes = hex(vectors()["cases"][0]["bytes"]);
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<Byte>(1U << (bit % 8));
    if (const auto opened = decode_voucher(bytes)) {
      EXPECT_EQ(encode(*opened).value(), bytes);
    } else {
      ++refused;
    }
    bytes[bit / 8] ^= static_cast<Byte>(1U << (bit % 8));
  }
  EXPECT_GT(refused, 100U);
}

TEST(VoucherFormat, AStampBelongsToAReceivedMessageAndToNoOther) {
  const json all = vectors();
  Voucher received = voucher_from(all["cases"][0]);
  received.context.clear();
  EXPECT_EQ(encode(received).error().code, ErrorCode::bad_argument);
  Voucher stopped = voucher_from(all["cases"][1]);
  stopped.stamp[0] = 1;
  EXPECT_EQ(encode(stopped).error().code, ErrorCode::bad_argument);
  stopped = voucher_from(all["cases"][1]);
  stopped.attachment = 9;
  EXPECT_EQ(encode(stopped).error().code, ErrorCode::bad_argument);
}

// --- what the service proves
// ---------------------------------------------------------------------

class Verifying : public ::testing::Test {
 protected:
  Verifying() {
    EXPECT_TRUE(crypto::initialise());
    keepers_.manifest().disclosure = {Disclosure::prevent, Disclosure::prevent, Disclosure::offer};
    keepers_.manifest().not_after = UnixMillis{2000};
    epoch_ =
        match::TileSet::decode(keepers_.openings().tiles, keepers_.leaves(), keepers_.manifest())
            .value();

    franking::Content content;
    content.type = franking::ContentType::picture;
    content.sender = sender_;
    content.conversation = ConversationId{rng_.array<16>()};
    auto sealed = franking::seal_attachment(rng_.array<32>(), "image/png", rng_).value();
    content.attachments = {sealed.descriptor};
    voucher_.direction = Direction::sending;
    voucher_.manifest = match::hash_of(match::encode(keepers_.manifest()));
    voucher_.entry = list_.entries()[0];
    voucher_.leaf_index = 0;
    voucher_.content = franking::encode(content).value();
    records_.manifest = &keepers_.manifest();
    records_.epoch = &*epoch_;
    records_.picture = hashes_;
    records_.submitted_by = sender_;
  }
  VoucherVerification verify() { return verify_voucher(class_rules(), voucher_, records_); }
  bool confirmed() { return verify().finding == VoucherFinding::confirmed; }

  crypto::SeededRng rng_{3};
  AccountId sender_{rng_.array<16>()};
  std::array<media::PdqBits, media::kHypotheses> hashes_ =
      media::pdq(media::draw_picture(320, 240, 1).view(), media::PdqVariant::full).value().dihedral;
  match::IdealKeepers keepers_{match::drawn_list({match::drawn_entry(hashes_[0], 3)})};
  lists::HashList list_ = match::drawn_list({match::drawn_entry(hashes_[0], 3)});
  std::optional<match::TileSet> epoch_;
  Voucher voucher_;
  VoucherRecords records_;
};

TEST_F(Verifying, ConfirmsAStoppedPictureOfTheAccountThatHandsItIn) {
  const auto verified = verify();
  EXPECT_EQ(verified.finding, VoucherFinding::confirmed) << verified.why;
  EXPECT_EQ(verified.proves, kStoppedVoucherProves);
  EXPECT_EQ(verified.distance.value, 0);
}

TEST_F(Verifying, ConfirmsAReceivedPictureOnlyWithAVerifiedFrank) {
  voucher_.direction = Direction::receiving;
  records_.submitted_by = AccountId{rng_.array<16>()};
  EXPECT_FALSE(confirmed());
  records_.frank = franking::Verification{};
  EXPECT_FALSE(confirmed());
  records_.frank->finding = franking::Finding::verified;
  EXPECT_TRUE(confirmed());
  EXPECT_EQ(verify().proves, kReceivedVoucherProves);
}

TEST_F(Verifying, RefusesEveryPartThatDoesNotHoldAndSaysWhich) {
  const Voucher good = voucher_;
  const VoucherRecords records = records_;
  std::set<std::string> reasons;
  const std::vector<std::function<void()>> changes{
      [&] { voucher_.manifest[0] ^= 1; },
      [&] { records_.manifest = nullptr; },
      [&] { voucher_.entry.nonce[0] ^= 1; },
      [&] { voucher_.entry.provenance = Provenance::certified_known; },
      [&] { voucher_.leaf_index = 1; },
      [&] { records_.picture = std::nullopt; },
      [&] {
        for (unsigned bit = 0; bit < 32; ++bit) {
          (*records_.picture)[0].set(bit, !(*records_.picture)[0].bit(bit));
        }
      },
      [&] { voucher_.hypothesis = media::Dihedral::rotate90; },
      [&] { records_.submitted_by = AccountId{}; },
      [&] { voucher_.content.pop_back(); },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    voucher_ = good;
    records_ = records;
    changes[i]();
    const auto verified = verify();
    EXPECT_EQ(verified.finding, VoucherFinding::not_confirmed) << i;
    EXPECT_FALSE(verified.why.empty()) << i;
    EXPECT_EQ(verified.proves, franking::kProvesNothing) << i;
    reasons.insert(verified.why);
  }
  EXPECT_GE(reasons.size(), 6U);
}

TEST_F(Verifying, ThirtyOneBitsAreAMatchAndThirtyTwoAreNot) {
  for (unsigned bit = 0; bit < 31; ++bit) {
    (*records_.picture)[0].set(bit, !(*records_.picture)[0].bit(bit));
  }
  EXPECT_EQ(verify().distance.value, 31);
  EXPECT_TRUE(confirmed());
  (*records_.picture)[0].set(31, !(*records_.picture)[0].bit(31));
  EXPECT_FALSE(confirmed());
}

// The promise "survivor-asserted hashes may prevent a send and never cause a report", also against
// a manifest and a guard that break it; the check is shown to work on a table that breaks it.
TEST_F(Verifying, AVoucherOfAClassThatIsNeverDisclosedIsNotConfirmed) {
  const auto with_survivors_entry = [&](const ClassRules& rules) {
    auto manifest = keepers_.manifest();
    manifest.disclosure = {Disclosure::disclose, Disclosure::disclose, Disclosure::disclose};
    auto entry = list_.entries()[0];
    entry.provenance = Provenance::survivor_asserted;
    const crypto::Digest leaf = lists::leaf_of(entry);
    manifest.list_root = lists::merkle_root(std::span(&leaf, 1));
    const auto epoch = match::TileSet::decode(keepers_.openings().tiles, leaf, manifest).value();
    Voucher voucher = voucher_;
    voucher.entry = entry;
    voucher.manifest = match::hash_of(match::encode(manifest));
    VoucherRecords records = records_;
    records.manifest = &manifest;
    records.epoch = &epoch;
    return verify_voucher(rules, voucher, records);
  };
  EXPECT_EQ(with_survivors_entry(class_rules()).why, "A match of this class is never disclosed.");
  auto planted = class_rules();
  planted[1].highest = Disclosure::disclose;
  EXPECT_EQ(with_survivors_entry(planted).finding, VoucherFinding::confirmed);
}

}  // namespace
}  // namespace lightkeeper::policy
