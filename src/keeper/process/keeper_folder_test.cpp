#include "keeper/process/keeper_folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "keeper/process/folder_for_test.hpp"
#include "keeper/process/offer.hpp"

namespace lightkeeper::keeper {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;

constexpr std::array kLevels{match::Disclosure::disclose, match::Disclosure::prevent,
                             match::Disclosure::offer};

PublicCard made(const fs::path& folder, std::uint8_t index, Rng& rng) {
  return KeeperFolder::create(folder, index, "http://127.0.0.1:8000", "127.0.0.1:7000", rng)
      .value();
}

TEST(KeeperFolder, KeepsItsSecretsFromOthersAndFindsThemAgain) {
  const TemporaryFolder place;
  crypto::SeededRng rng(1);
  const PublicCard card = made(place.path() / "k", 1, rng);
  for (const char* name : {"box-key", "link-key", "contribution"}) {
    struct stat state{};
    ASSERT_EQ(::stat((place.path() / "k" / name).c_str(), &state), 0);
    EXPECT_EQ(state.st_mode & 0777U, 0600U);
  }
  const auto folder = KeeperFolder::open(place.path() / "k").value();
  EXPECT_EQ(folder.card(), card);
  EXPECT_EQ(folder.secrets().box.public_key, card.card.box);
  EXPECT_EQ(KeeperFolder::create(place.path() / "k", 1, "http://a:1", "a:1", rng).error().code,
            ErrorCode::already_exists);
  fs::permissions(place.path() / "k" / "box-key", fs::perms::others_read, fs::perm_options::add);
  EXPECT_EQ(KeeperFolder::open(place.path() / "k").error().code, ErrorCode::bad_key);
}

TEST(KeeperFolder, SecretsOfAnotherKeeperAreRefused) {
  for (const char* name : {"box-key", "link-key", "contribution"}) {
    const TemporaryFolder place;
    crypto::SeededRng rng(2);
    made(place.path() / "a", 0, rng);
    made(place.path() / "b", 0, rng);
    fs::copy_file(place.path() / "b" / name, place.path() / "a" / name,
                  fs::copy_options::overwrite_existing);
    EXPECT_EQ(KeeperFolder::open(place.path() / "a").error().code, ErrorCode::bad_key) << name;
  }
}

TEST(KeeperFolder, TheEpochSecretBelongsToOneList) {
  const TemporaryFolder place;
  crypto::SeededRng rng(3);
  made(place.path() / "k", 0, rng);
  const auto folder = KeeperFolder::open(place.path() / "k").value();
  EXPECT_FALSE(folder.epoch_secret(crypto::Digest{1}));
  ASSERT_TRUE(folder.store_epoch_secret(crypto::Digest{1}, SecretBytes(Bytes(32, 9))));
  EXPECT_EQ(folder.epoch_secret(crypto::Digest{1})->expose_secret()[31], 9);
  EXPECT_FALSE(folder.epoch_secret(crypto::Digest{2}));
  EXPECT_TRUE(folder.manifest().value().empty());
  ASSERT_TRUE(folder.store_manifest(Bytes{1, 2}));
  EXPECT_EQ(folder.manifest().value(), (Bytes{1, 2}));
}

TEST(EpochSecret, NeedsAllThreeContributionsAndNamesTheList) {
  const auto secret_of = [](Byte a, Byte b, Byte c, Byte root) {
    const std::array<SecretBytes, 3> parts{SecretBytes(Bytes(32, a)), SecretBytes(Bytes(32, b)),
                                           SecretBytes(Bytes(32, c))};
    return to_hex(joint_epoch_secret(parts, crypto::Digest{root}).expose_secret());
  };
  const std::string base = secret_of(1, 2, 3, 4);
  EXPECT_EQ(secret_of(1, 2, 3, 4), base);
  EXPECT_NE(secret_of(9, 2, 3, 4), base);
  EXPECT_NE(secret_of(1, 9, 3, 4), base);
  EXPECT_NE(secret_of(1, 2, 9, 4), base);
  EXPECT_NE(secret_of(1, 2, 3, 9), base);
  EXPECT_NE(to_hex(commitment_of(0, Bytes(32, 1))), to_hex(commitment_of(1, Bytes(32, 1))));
}

TEST(PublicCard, OnlyItsOwnJsonIsRead) {
  const TemporaryFolder place;
  crypto::SeededRng rng(4);
  const PublicCard card = made(place.path() / "k", 2, rng);
  const std::string text = to_json_text(card);
  EXPECT_EQ(card_from_json_text(text).value(), card);
  for (std::size_t size = 0; size + 1 < text.size(); ++size) {
    EXPECT_FALSE(card_from_json_text(text.substr(0, size))) << size;
  }
  const auto with = [&text](const std::string& from, const std::string& to) {
    std::string out = text;
    out.replace(out.find(from), from.size(), to);
    return out;
  };
  EXPECT_FALSE(card_from_json_text(with("\"index\": 2", "\"index\": 3")));
  EXPECT_FALSE(card_from_json_text(with("\"index\": 2", "\"index\": -1")));
  EXPECT_FALSE(card_from_json_text(with("\"index\": 2", "\"index\": \"2\"")));
  EXPECT_FALSE(card_from_json_text(with("\"version\": 1", "\"version\": 2")));
  EXPECT_FALSE(card_from_json_text(with("{", "{\"more\": 1,")));
  EXPECT_FALSE(card_from_json_text(with("http://127", "ftp://127")));
  EXPECT_FALSE(card_from_json_text("[]"));
  EXPECT_FALSE(card_from_json_text("\xff\xfe"));
}

// --- Offers
// ------------------------------------------------------------------------------------------------------

std::array<Offer, 3> equal_offers() {
  std::array<Offer, 3> offers;
  for (std::size_t i = 0; i < 3; ++i) {
    Offer& offer = offers[i];
    offer.card.index = static_cast<std::uint8_t>(i);
    offer.card.card.url = "http://127.0.0.1:800" + std::to_string(i);
    offer.card.card.link = "127.0.0.1:700" + std::to_string(i);
    offer.card.card.box.bytes[0] = static_cast<Byte>(i + 1);
    offer.list_name = "drawn";
    offer.epoch = Epoch{4};
    offer.entries = 10;
    offer.list_root = {1};
    offer.tile_root = {2};
    offer.colours = 16;
  }
  return offers;
}

TEST(Offer, WhatIsWrittenIsRead) {
  Offer offer = equal_offers()[1];
  offer.manifest = {7};
  offer.manifest_version = Epoch{3};
  const auto read = offer_from_json_text(to_json_text(offer)).value();
  EXPECT_EQ(to_json_text(read), to_json_text(offer));
  const std::string text = to_json_text(offer);
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(offer_from_json_text(text.substr(0, size)));
  }
}

TEST(Offer, ThreeEqualOffersMakeTheFirstManifest) {
  const auto manifest = manifest_from_offers(equal_offers(), kLevels, UnixMillis{99}).value();
  EXPECT_EQ(manifest.version, Epoch{1});
  EXPECT_EQ(manifest.previous, crypto::Digest{});
  EXPECT_EQ(manifest.entries, 10U);
  EXPECT_EQ(manifest.keepers[2].url, "http://127.0.0.1:8002");
  EXPECT_EQ(manifest.disclosure[0], match::Disclosure::disclose);
  EXPECT_EQ(manifest.disclosure[1], match::Disclosure::prevent);
  EXPECT_EQ(manifest.disclosure[2], match::Disclosure::offer);
}

TEST(Offer, ThePublisherChoosesWhatAMatchDisclosesExceptForSurvivorsHashes) {
  using match::Disclosure;
  const auto with = [](std::array<Disclosure, 3> levels) {
    return manifest_from_offers(equal_offers(), levels, UnixMillis{99});
  };
  const std::array lowest{Disclosure::prevent, Disclosure::prevent, Disclosure::prevent};
  EXPECT_EQ(with(lowest)->disclosure, lowest);
  for (const auto level : {Disclosure::offer, Disclosure::disclose}) {
    EXPECT_EQ(with({Disclosure::disclose, level, Disclosure::offer}).error().code,
              ErrorCode::bad_argument);
  }
}

TEST(Offer, AnyDifferenceIsRefused) {
  const auto refused = [](auto change) {
    auto offers = equal_offers();
    change(offers[2]);
    const auto manifest = manifest_from_offers(offers, kLevels, UnixMillis{99});
    return !manifest && manifest.error().code == ErrorCode::manifest_mismatch;
  };
  EXPECT_TRUE(refused([](Offer& o) { o.list_root = {9}; }));
  EXPECT_TRUE(refused([](Offer& o) { o.tile_root = {9}; }));
  EXPECT_TRUE(refused([](Offer& o) { o.colours = 32; }));
  EXPECT_TRUE(refused([](Offer& o) { o.entries = 11; }));
  EXPECT_TRUE(refused([](Offer& o) { o.epoch = Epoch{5}; }));
  EXPECT_TRUE(refused([](Offer& o) { o.list_name = "other"; }));
  EXPECT_TRUE(refused([](Offer& o) { o.variant = media::PdqVariant::via512; }));
  EXPECT_TRUE(refused([](Offer& o) { o.card.index = 1; }));
  EXPECT_TRUE(refused([](Offer& o) { o.manifest = {5}; }));
}

TEST(Offer, AKeeperThatMissedAManifestCatchesUp) {
  auto offers = equal_offers();
  for (const std::size_t i : {1U, 2U}) {
    offers[i].manifest = {6};
    offers[i].manifest_version = Epoch{2};
  }
  offers[0].manifest = {5};
  offers[0].manifest_version = Epoch{1};
  const auto manifest = manifest_from_offers(offers, kLevels, UnixMillis{99}).value();
  EXPECT_EQ(manifest.version, Epoch{3});
  EXPECT_EQ(manifest.previous, crypto::Digest{6});
  offers[2].manifest = {7};
  EXPECT_EQ(manifest_from_offers(offers, kLevels, UnixMillis{99}).error().code,
            ErrorCode::manifest_mismatch);
}

}  // namespace
}  // namespace lightkeeper::keeper
