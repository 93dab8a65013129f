#include "core/match/manifest.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace lightkeeper::match {
namespace {

Manifest some_manifest() {
  Manifest manifest;
  manifest.version = Epoch{7};
  manifest.entries = 1234;
  manifest.list_root = crypto::sha256(as_bytes("list"));
  manifest.variant = media::PdqVariant::via512;
  manifest.colours = 32;
  for (std::size_t i = 0; i < kKeepers; ++i) {
    const auto key = crypto::sha256(Bytes{static_cast<Byte>(i)});
    manifest.keepers[i] = {"https://keeper.example/x", "keeper.example:7000",
                           crypto::BoxPublicKey{key}, crypto::VerifyingKey{key}};
    manifest.keepers[i].url.back() = static_cast<char>('a' + i);
  }
  manifest.tile_root = crypto::sha256(as_bytes("tiles"));
  manifest.disclosure = {Disclosure::disclose, Disclosure::prevent, Disclosure::offer};
  manifest.previous = crypto::sha256(as_bytes("before"));
  manifest.not_after = UnixMillis{5000};
  manifest.list_name = "drawn pictures";
  return manifest;
}

class ManifestFile : public testing::Test {
 protected:
  crypto::SigningKeyPair keys = crypto::signing_key_from_seed(Bytes(32, 1)).value();
  Manifest manifest = some_manifest();
  Bytes file = sign_manifest(manifest, keys.secret, keys.public_key);
};

TEST_F(ManifestFile, OpensToWhatWasSigned) {
  EXPECT_EQ(open_manifest(file, keys.public_key, UnixMillis{5000}).value(), manifest);
  const Bytes encoded = encode(manifest);
  EXPECT_EQ(encode(decode_manifest(encoded).value()), encoded);
  EXPECT_NE(hash_of(encoded), crypto::sha256(encoded)) << "the hash has its own domain";
}

TEST_F(ManifestFile, IsRefusedOnceItHasExpired) {
  EXPECT_EQ(open_manifest(file, keys.public_key, UnixMillis{5001}).error().code,
            ErrorCode::manifest_stale);
}

TEST_F(ManifestFile, IsRefusedFromAnyOtherSigner) {
  const auto other = crypto::signing_key_from_seed(Bytes(32, 2)).value();
  EXPECT_EQ(open_manifest(file, other.public_key, UnixMillis{0}).error().code, ErrorCode::bad_key);
  EXPECT_EQ(open_manifest(sign_manifest(manifest, other.secret, other.public_key), keys.public_key,
                          UnixMillis{0})
                .error()
                .code,
            ErrorCode::bad_key);
  EXPECT_EQ(open_manifest(sign_manifest(manifest, other.secret, keys.public_key), keys.public_key,
                          UnixMillis{0})
                .error()
                .code,
            ErrorCode::bad_signature);
}

TEST_F(ManifestFile, IsRefusedWithAnyChangedBitAndAtAnyOtherLength) {
  for (std::size_t at = 0; at < file.size(); ++at) {
    Bytes changed = file;
    changed[at] = static_cast<Byte>(changed[at] ^ 1U << (at % 8));
    EXPECT_FALSE(open_manifest(changed, keys.public_key, UnixMillis{0}).has_value()) << at;
    EXPECT_FALSE(
        open_manifest(BytesView(file).first(at), keys.public_key, UnixMillis{0}).has_value())
        << at;
  }
  file.push_back(0);
  EXPECT_EQ(open_manifest(file, keys.public_key, UnixMillis{0}).error().code,
            ErrorCode::trailing_data);
  file.resize(10'000);
  EXPECT_EQ(open_manifest(file, keys.public_key, UnixMillis{0}).error().code, ErrorCode::too_large);
}

TEST_F(ManifestFile, OfTheWrongContentsIsRefusedEvenWhenItIsSigned) {
  const auto refused = [&](const std::function<void(Manifest&)>& change) {
    Manifest bad = manifest;
    change(bad);
    EXPECT_FALSE(check(bad).has_value());
    return !open_manifest(sign_manifest(bad, keys.secret, keys.public_key), keys.public_key,
                          UnixMillis{0});
  };
  EXPECT_TRUE(refused([](Manifest& m) { m.hypotheses = 7; }));
  EXPECT_TRUE(refused([](Manifest& m) { m.hypotheses = 9; }));
  EXPECT_TRUE(refused([](Manifest& m) { m.threshold = 30; }));
  EXPECT_TRUE(refused([](Manifest& m) { m.threshold = 63; }));
  EXPECT_TRUE(refused([](Manifest& m) { m.colours = 0; }));
  EXPECT_TRUE(refused([](Manifest& m) { m.colours = 1025; }));
  EXPECT_TRUE(refused([](Manifest& m) { m.entries = std::uint64_t{1} << 32U; }));
  EXPECT_TRUE(refused([](Manifest& m) { m.variant = static_cast<media::PdqVariant>(3); }));
  EXPECT_TRUE(refused([](Manifest& m) { m.disclosure[2] = static_cast<Disclosure>(3); }));
  EXPECT_TRUE(refused([](Manifest& m) { m.list_name.clear(); }));
  EXPECT_TRUE(refused([](Manifest& m) { m.list_name.assign(101, 'a'); }));
  EXPECT_TRUE(refused([](Manifest& m) { m.list_name.assign(1, static_cast<char>(0xff)); }));
}

TEST_F(ManifestFile, NamesThreeDifferentKeepers) {
  // One party in two places would get all three shares of a hash.
  for (std::size_t i = 0; i < kKeepers; ++i) {
    Manifest twice = manifest;
    twice.keepers[i].url = twice.keepers[(i + 1) % kKeepers].url;
    EXPECT_EQ(check(twice).error().code, ErrorCode::bad_argument);
    twice = manifest;
    twice.keepers[i].box = twice.keepers[(i + 1) % kKeepers].box;
    EXPECT_EQ(check(twice).error().code, ErrorCode::bad_argument);
    EXPECT_FALSE(decode_manifest(encode(twice)).has_value());
  }
}

TEST_F(ManifestFile, LetsSurvivorAssertedEntriesOnlyPrevent) {
  for (const Disclosure more : {Disclosure::offer, Disclosure::disclose}) {
    manifest.disclosure[1] = more;
    EXPECT_EQ(check(manifest).error().code, ErrorCode::bad_argument);
    EXPECT_FALSE(decode_manifest(encode(manifest)).has_value());
  }
}

TEST_F(ManifestFile, TakesOnlyPlainAddressesOfKeepers) {
  for (const char* good :
       {"http://localhost:8001", "https://keeper.example", "https://keeper.example/a/b",
        "http://127.0.0.1:1", "http://[::1]:8001", "https://[2001:db8::1]"}) {
    manifest.keepers[1].url = good;
    EXPECT_TRUE(check(manifest).has_value()) << good;
  }
  for (const char* bad : {"",
                          "keeper.example",
                          "ftp://keeper.example",
                          "javascript:alert(1)",
                          "http://",
                          "https:///path",
                          "http://a b",
                          "https://user@keeper.example",
                          "https://user:pw@keeper.example",
                          "https://keeper.example/",
                          "http://k:0",
                          "http://k:65536",
                          "http://k:",
                          "http://k:08",
                          "https://k?x=1",
                          "https://k/#f",
                          "http://k/%2e",
                          "http://[::1",
                          "http://[]:80",
                          "http://[1]:80",
                          "http://[::1]x",
                          "http://-k",
                          "http://.k",
                          "http://k\n",
                          "http://k\xc3\xa9"}) {
    manifest.keepers[1].url = bad;
    EXPECT_FALSE(check(manifest).has_value()) << bad;
  }
  manifest.keepers[1].url = "https://";
  manifest.keepers[1].url.append(192, 'k');
  EXPECT_TRUE(check(manifest).has_value());
  manifest.keepers[1].url += 'k';
  EXPECT_FALSE(check(manifest).has_value()) << "longer than 200 characters";
  manifest.keepers[1].url = "https://k";
  for (const char* bad : {"", "k", "k:", "http://k:1", "k:1/", "k:1:2", "k:99999", "[::1]"}) {
    manifest.keepers[1].link = bad;
    EXPECT_FALSE(check(manifest).has_value()) << bad;
  }
}

TEST(Succession, AcceptsRisingVersionsThatContinueTheOneHeld) {
  const Manifest held = some_manifest();
  Manifest next = held;
  EXPECT_TRUE(check_succession(held, held).has_value());
  next.version = Epoch{8};
  next.previous = hash_of(encode(held));
  EXPECT_TRUE(check_succession(held, next).has_value());
  next.version = Epoch{20};
  next.previous = crypto::sha256(as_bytes("one that this device never saw"));
  EXPECT_TRUE(check_succession(held, next).has_value());
}

TEST(Succession, RefusesRollbackSplitViewsAndForks) {
  const Manifest held = some_manifest();
  Manifest next = held;
  next.version = Epoch{6};
  EXPECT_EQ(check_succession(held, next).error().code, ErrorCode::manifest_stale);
  next = held;
  next.tile_root[0] ^= 1;
  EXPECT_EQ(check_succession(held, next).error().code, ErrorCode::manifest_mismatch);
  next = held;
  next.version = Epoch{8};
  EXPECT_EQ(check_succession(held, next).error().code, ErrorCode::manifest_mismatch);
  next.previous = hash_of(encode(held));
  next.list_name = "another list";
  EXPECT_EQ(check_succession(held, next).error().code, ErrorCode::manifest_mismatch);
}

}  // namespace
}  // namespace lightkeeper::match
