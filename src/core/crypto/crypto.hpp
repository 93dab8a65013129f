// Typed, thin wrappers over libsodium. Every function is thread-safe after crypto::initialise().
// Keys are distinct types, so that a signing key cannot be passed where a box key is wanted.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/rng.hpp"

namespace lightkeeper::crypto {

/// Must be called once before anything else here; idempotent. Fails only if libsodium cannot start.
[[nodiscard]] Status initialise();

// --- Hashing -------------------------------------------------------------------------------------

using Digest = ByteArray<32>;

/// SHA-256 (FIPS 180-4).
[[nodiscard]] Digest sha256(BytesView data);

/// SHA-256 in pieces.
class Sha256 {
 public:
  Sha256();
  Sha256& update(BytesView data);
  [[nodiscard]] Digest finish();

 private:
  alignas(16) ByteArray<128> state_{};
};

/// HMAC-SHA256 (RFC 2104). Any key length; frank keys must be exactly 32 bytes (see core/franking).
[[nodiscard]] Digest hmac_sha256(BytesView key, BytesView data);

/// HKDF-SHA256 (RFC 5869): extract then expand to `size` <= 8160 bytes.
[[nodiscard]] SecretBytes hkdf_sha256(BytesView key, BytesView salt, BytesView info,
                                      std::size_t size);
[[nodiscard]] SecretBytes hkdf_extract(BytesView salt, BytesView key);
[[nodiscard]] SecretBytes hkdf_expand(BytesView prk, BytesView info, std::size_t size);

// --- Authenticated encryption: ChaCha20-Poly1305, 96-bit nonce (RFC 8439)
// ---------------------------

struct AeadKey {
  SecretBytes bytes;  // 32
};
using AeadNonce = ByteArray<12>;
constexpr std::size_t kAeadTagSize = 16;

/// Ciphertext and tag. A (key, nonce) pair must never seal twice.
[[nodiscard]] Bytes aead_seal(const AeadKey& key, const AeadNonce& nonce, BytesView associated,
                              BytesView plaintext);
/// `decryption_failed` if anything was changed.
[[nodiscard]] Result<Bytes> aead_open(const AeadKey& key, const AeadNonce& nonce,
                                      BytesView associated, BytesView sealed);

// --- Signatures: Ed25519 (RFC 8032)
// ----------------------------------------------------------------

struct SigningKey {
  SecretBytes bytes;  // 64: seed and public key, libsodium's form
};
struct VerifyingKey {
  ByteArray<32> bytes{};
  auto operator<=>(const VerifyingKey&) const = default;
};
using Signature = ByteArray<64>;
struct SigningKeyPair {
  SigningKey secret;
  VerifyingKey public_key;
};

[[nodiscard]] SigningKeyPair generate_signing_key(Rng& rng);
[[nodiscard]] Result<SigningKeyPair> signing_key_from_seed(BytesView seed32);
[[nodiscard]] Signature sign(const SigningKey& key, BytesView message);
/// `bad_signature` if it does not verify.
[[nodiscard]] Status verify(const VerifyingKey& key, BytesView message, const Signature& signature);

// --- Key agreement: X25519 (RFC 7748)
// ---------------------------------------------------------------

struct BoxSecretKey {
  SecretBytes bytes;  // 32
};
struct BoxPublicKey {
  ByteArray<32> bytes{};
  auto operator<=>(const BoxPublicKey&) const = default;
};
struct BoxKeyPair {
  BoxSecretKey secret;
  BoxPublicKey public_key;
};

[[nodiscard]] BoxKeyPair generate_box_key(Rng& rng);
[[nodiscard]] Result<BoxKeyPair> box_key_from_secret(BytesView secret32);
/// The shared point; `bad_key` for points of small order.
[[nodiscard]] Result<SecretBytes> x25519(const BoxSecretKey& secret, const BoxPublicKey& peer);

// --- HPKE base mode (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305
// ----------

constexpr std::size_t kHpkeEncSize = 32;

struct HpkeSealed {
  Bytes box;             // enc || ciphertext || tag: plaintext size + 48
  SecretBytes exported;  // RFC 9180 section 5.3, for the reply
};
/// Seals one message to `recipient`; exports `export_size` bytes under `exporter_context`.
[[nodiscard]] Result<HpkeSealed> hpke_seal(const BoxPublicKey& recipient, BytesView info,
                                           BytesView associated, BytesView plaintext,
                                           BytesView exporter_context, std::size_t export_size,
                                           Rng& rng);

struct HpkeOpened {
  SecretBytes plaintext;
  SecretBytes exported;
};
[[nodiscard]] Result<HpkeOpened> hpke_open(const BoxKeyPair& recipient, BytesView info,
                                           BytesView associated, BytesView box,
                                           BytesView exporter_context, std::size_t export_size);

// --- AES-128 as a pseudo-random function on blocks (FIPS 197)
// ------------------------------------------ libsodium has no plain AES; the keepers' fast
// expansion lives in src/keeper and uses OpenSSL.

// --- ChaCha20 as a stream (RFC 8439), for expanding shared randomness
// ----------------------------------

/// `size` bytes of keystream for (key32, nonce), counter from 0.
[[nodiscard]] SecretBytes chacha20_stream(BytesView key32, const AeadNonce& nonce,
                                          std::size_t size);

/// The operating system's generator through libsodium (random_get of the host in wasm).
class SystemRng final : public Rng {
 public:
  void fill(std::span<Byte> out) override;
};

/// Deterministic stream for tests and for reproducible demo data; never for keys that protect
/// people.
class SeededRng final : public Rng {
 public:
  explicit SeededRng(std::uint64_t seed);
  void fill(std::span<Byte> out) override;

 private:
  ByteArray<32> key_{};
  std::uint64_t block_ = 0;
};

}  // namespace lightkeeper::crypto
