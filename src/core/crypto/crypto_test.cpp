#include "core/crypto/crypto.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace lightkeeper::crypto {
namespace {

class Crypto : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(initialise().has_value()); }

  static nlohmann::json cases(const char* group) {
    std::ifstream file(LK_SOURCE_DIR "/vectors/crypto.json");
    const auto all = nlohmann::json::parse(file);
    EXPECT_FALSE(all.at(group).at("cases").empty()) << group;
    return all.at(group).at("cases");
  }
  static Bytes hex(const nlohmann::json& value) {
    return from_hex(value.get<std::string>()).value();
  }
};

/// Gives out prepared bytes: the ephemeral key of a published vector.
class FixedRng final : public Rng {
 public:
  explicit FixedRng(Bytes bytes) : bytes_(std::move(bytes)) {}
  void fill(std::span<Byte> out) override {
    ASSERT_EQ(out.size(), bytes_.size());
    std::copy(bytes_.begin(), bytes_.end(), out.begin());
  }

 private:
  Bytes bytes_;
};

TEST_F(Crypto, Sha256MatchesFips180) {
  for (const auto& c : cases("sha256")) {
    EXPECT_EQ(to_hex(sha256(hex(c["data"]))), c["digest"]);
  }
}

TEST_F(Crypto, Sha256InPiecesEqualsInOne) {
  Bytes data(1000);
  SystemRng().fill(data);
  for (std::size_t cut = 0; cut <= data.size(); cut += 61) {
    const BytesView view(data);
    EXPECT_EQ(Sha256().update(view.first(cut)).update(view.subspan(cut)).finish(), sha256(data));
  }
}

TEST_F(Crypto, HmacMatchesRfc4231) {
  for (const auto& c : cases("hmac_sha256")) {
    EXPECT_EQ(to_hex(hmac_sha256(hex(c["key"]), hex(c["data"]))), c["mac"]);
  }
}

TEST_F(Crypto, HkdfMatchesRfc5869) {
  for (const auto& c : cases("hkdf_sha256")) {
    const Bytes okm = hex(c["okm"]);
    EXPECT_EQ(to_hex(hkdf_extract(hex(c["salt"]), hex(c["ikm"])).expose_secret()), c["prk"]);
    EXPECT_EQ(
        to_hex(
            hkdf_sha256(hex(c["ikm"]), hex(c["salt"]), hex(c["info"]), okm.size()).expose_secret()),
        c["okm"]);
  }
}

TEST_F(Crypto, ChaCha20Poly1305MatchesRfc8439AndRefusesEveryChange) {
  for (const auto& c : cases("chacha20_poly1305")) {
    const AeadKey key{SecretBytes(hex(c["key"]))};
    const AeadNonce nonce = to_array<12>(hex(c["nonce"])).value();
    const Bytes aad = hex(c["aad"]);
    const Bytes sealed = aead_seal(key, nonce, aad, hex(c["plaintext"]));
    EXPECT_EQ(to_hex(sealed), c["sealed"]);
    EXPECT_EQ(aead_open(key, nonce, aad, sealed).value(), hex(c["plaintext"]));
    for (std::size_t i = 0; i < sealed.size(); ++i) {
      Bytes changed = sealed;
      changed[i] ^= 1;
      EXPECT_EQ(aead_open(key, nonce, aad, changed).error().code, ErrorCode::decryption_failed);
      EXPECT_FALSE(aead_open(key, nonce, aad, BytesView(sealed).first(i)).has_value());
    }
    EXPECT_FALSE(aead_open(key, nonce, {}, sealed).has_value());
  }
}

TEST_F(Crypto, ChaCha20StreamMatchesRfc8439) {
  for (const auto& c : cases("chacha20")) {
    const Bytes expected = hex(c["stream"]);
    const auto stream =
        chacha20_stream(hex(c["key"]), to_array<12>(hex(c["nonce"])).value(), expected.size());
    EXPECT_EQ(to_hex(stream.expose_secret()), c["stream"]);
  }
}

TEST_F(Crypto, Ed25519MatchesRfc8032AndRefusesEveryChange) {
  for (const auto& c : cases("ed25519")) {
    const auto pair = signing_key_from_seed(hex(c["seed"])).value();
    EXPECT_EQ(to_hex(pair.public_key.bytes), c["public"]);
    const Bytes message = hex(c["message"]);
    Signature signature = sign(pair.secret, message);
    EXPECT_EQ(to_hex(signature), c["signature"]);
    EXPECT_TRUE(verify(pair.public_key, message, signature).has_value());
    for (Byte& b : signature) {
      b ^= 4;
      EXPECT_EQ(verify(pair.public_key, message, signature).error().code, ErrorCode::bad_signature);
      b ^= 4;
    }
    EXPECT_FALSE(verify(pair.public_key, concat({message, as_bytes("x")}), signature).has_value());
  }
  EXPECT_FALSE(signing_key_from_seed(Bytes(31)).has_value());
}

TEST_F(Crypto, X25519MatchesRfc7748AndRefusesSmallOrder) {
  for (const auto& c : cases("x25519")) {
    const BoxSecretKey secret{SecretBytes(hex(c["secret"]))};
    const BoxPublicKey peer{to_array<32>(hex(c["peer"])).value()};
    EXPECT_EQ(to_hex(x25519(secret, peer).value().expose_secret()), c["shared"]);
  }
  SystemRng rng;
  const auto pair = generate_box_key(rng);
  EXPECT_EQ(x25519(pair.secret, BoxPublicKey{}).error().code, ErrorCode::bad_key);
  BoxPublicKey one{};
  one.bytes[0] = 1;
  EXPECT_EQ(x25519(pair.secret, one).error().code, ErrorCode::bad_key);
}

TEST_F(Crypto, HpkeBaseModeMatchesRfc9180) {
  for (const auto& c : cases("hpke_base")) {
    const auto recipient = box_key_from_secret(hex(c["recipient_secret"])).value();
    EXPECT_EQ(to_hex(recipient.public_key.bytes), c["recipient_public"]);
    for (const auto& e : c["exports"]) {
      FixedRng rng(hex(c["ephemeral_secret"]));
      const auto sealed = hpke_seal(recipient.public_key, hex(c["info"]), hex(c["aad"]),
                                    hex(c["plaintext"]), hex(e["context"]), 32, rng)
                              .value();
      EXPECT_EQ(to_hex(sealed.box),
                c["enc"].get<std::string>() + c["ciphertext"].get<std::string>());
      EXPECT_EQ(to_hex(sealed.exported.expose_secret()), e["value"]);
      const auto opened =
          hpke_open(recipient, hex(c["info"]), hex(c["aad"]), sealed.box, hex(e["context"]), 32)
              .value();
      EXPECT_EQ(to_hex(opened.plaintext.expose_secret()), c["plaintext"]);
      EXPECT_TRUE(opened.exported == sealed.exported);
    }
  }
}

TEST_F(Crypto, HpkeRefusesEveryChangedOrMissingByte) {
  SystemRng rng;
  const auto recipient = generate_box_key(rng);
  const auto other = generate_box_key(rng);
  const auto sealed = hpke_seal(recipient.public_key, as_bytes("info"), as_bytes("aad"),
                                as_bytes("plain"), {}, 32, rng)
                          .value();
  for (std::size_t i = 0; i < sealed.box.size(); ++i) {
    Bytes changed = sealed.box;
    changed[i] ^= 0x20;
    // RFC 7748 ignores the top bit of a point, so 0x20 is a change that it does not ignore.
    EXPECT_FALSE(
        hpke_open(recipient, as_bytes("info"), as_bytes("aad"), changed, {}, 32).has_value())
        << i;
    EXPECT_FALSE(hpke_open(recipient, as_bytes("info"), as_bytes("aad"),
                           BytesView(sealed.box).first(i), {}, 32)
                     .has_value());
  }
  EXPECT_FALSE(hpke_open(other, as_bytes("info"), as_bytes("aad"), sealed.box, {}, 32).has_value());
  EXPECT_FALSE(
      hpke_open(recipient, as_bytes("other"), as_bytes("aad"), sealed.box, {}, 32).has_value());
  EXPECT_FALSE(
      hpke_open(recipient, as_bytes("info"), as_bytes("other"), sealed.box, {}, 32).has_value());
}

TEST_F(Crypto, SeededRngRepeatsAndSystemRngDoesNot) {
  SeededRng a(7);
  SeededRng b(7);
  SeededRng c(8);
  const auto first = a.array<32>();
  EXPECT_EQ(first, b.array<32>());
  EXPECT_NE(first, c.array<32>());
  EXPECT_NE(first, a.array<32>());
  SystemRng rng;
  EXPECT_NE(rng.array<32>(), rng.array<32>());
}

}  // namespace
}  // namespace lightkeeper::crypto
