#include <gtest/gtest.h>

#include "core/lists/key_file.hpp"
#include "core/match/manifest.hpp"
#include "service/server/server.hpp"
#include "service/store/files.hpp"
#include "service/store/temporary_folder.hpp"

namespace lightkeeper::service {
namespace {

constexpr UnixMillis kNow{1'800'000'000'000};

class EpochTest : public testing::Test {
 protected:
  EpochTest() {
    manifest_.version = Epoch{7};
    manifest_.not_after = UnixMillis{kNow.value + 1000};
    manifest_.list_name = "drawn pictures";
    for (std::size_t i = 0; i < manifest_.keepers.size(); ++i) {
      auto& keeper = manifest_.keepers.at(i);
      keeper.url = "http://localhost:900" + std::to_string(i);
      keeper.link = "localhost:910" + std::to_string(i);
      keeper.box = crypto::generate_box_key(rng_).public_key;
      keeper.link_key = crypto::generate_signing_key(rng_).public_key;
    }
    put("list.pub", as_bytes(lists::key_text(key_.public_key)));
    put("manifest", match::sign_manifest(manifest_, key_.secret, key_.public_key));
    put("tiles", Bytes(100, 1));
    put("leaves", Bytes(64, 2));
  }
  void put(const char* name, BytesView bytes) {
    ASSERT_TRUE(store::write_durably(folder_.path() / name, bytes));
  }

  store::TemporaryFolder folder_;
  crypto::SystemRng rng_;
  crypto::SigningKeyPair key_ = crypto::generate_signing_key(rng_);
  match::Manifest manifest_;
};

TEST_F(EpochTest, IsReadIntoThePublicFacts) {
  routes::PublicFacts facts;
  const auto done = read_epoch(folder_.path(), kNow, facts);
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(facts.version, 7U);
  EXPECT_EQ(facts.list_key_b64, to_base64url(key_.public_key.bytes));
  EXPECT_EQ(facts.keepers.size(), 3U);
  EXPECT_EQ(facts.keepers[2], "http://localhost:9002");
  EXPECT_EQ(facts.tiles, Bytes(100, 1));
  EXPECT_EQ(facts.leaves, Bytes(64, 2));
}

TEST_F(EpochTest, KeepersOfTheOperatorWinOverTheManifest) {
  routes::PublicFacts facts;
  facts.keepers = {"https://keeper.example.org"};
  ASSERT_TRUE(read_epoch(folder_.path(), kNow, facts));
  EXPECT_EQ(facts.keepers, std::vector<std::string>{"https://keeper.example.org"});
}

TEST_F(EpochTest, AnotherSignerAnExpiredManifestAndMissingFilesAreRefused) {
  routes::PublicFacts facts;
  EXPECT_EQ(read_epoch(folder_.path(), UnixMillis{kNow.value + 2000}, facts).error().code,
            ErrorCode::manifest_stale);
  std::filesystem::remove(folder_.path() / "tiles");
  EXPECT_EQ(read_epoch(folder_.path(), kNow, facts).error().code, ErrorCode::not_found);
  put("list.pub", as_bytes(lists::key_text(crypto::generate_signing_key(rng_).public_key)));
  EXPECT_EQ(read_epoch(folder_.path(), kNow, facts).error().code, ErrorCode::bad_key);
  put("list.pub", as_bytes("nothing"));
  EXPECT_EQ(read_epoch(folder_.path(), kNow, facts).error().code, ErrorCode::bad_key);
  EXPECT_EQ(facts.version, 0U);
}

}  // namespace
}  // namespace lightkeeper::service
