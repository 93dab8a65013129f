#include "core/crypto/crypto.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace lightkeeper::crypto {

static_assert(crypto_hash_sha256_BYTES == 32);
static_assert(crypto_aead_chacha20poly1305_ietf_ABYTES == kAeadTagSize);
static_assert(crypto_sign_SECRETKEYBYTES == 64);

Status initialise() {
  if (sodium_init() < 0) {
    return fail(ErrorCode::internal, "crypto.initialise", "libsodium did not start");
  }
  return {};
}

namespace {

/// libsodium declares its pointers non-null even where the length is 0; an empty span's may be
/// null.
const Byte* pointer(BytesView view) {
  static constexpr Byte nothing = 0;
  return view.empty() ? &nothing : view.data();
}

}  // namespace

Digest sha256(BytesView data) {
  Digest out{};
  crypto_hash_sha256(out.data(), pointer(data), data.size());
  return out;
}

namespace {

crypto_hash_sha256_state* state_of(ByteArray<128>& memory) {
  static_assert(sizeof(crypto_hash_sha256_state) <= 128);
  return std::launder(reinterpret_cast<crypto_hash_sha256_state*>(memory.data()));
}

}  // namespace

Sha256::Sha256() {
  new (state_.data()) crypto_hash_sha256_state;
  crypto_hash_sha256_init(state_of(state_));
}

Sha256& Sha256::update(BytesView data) {
  crypto_hash_sha256_update(state_of(state_), pointer(data), data.size());
  return *this;
}

Digest Sha256::finish() {
  Digest out{};
  crypto_hash_sha256_final(state_of(state_), out.data());
  return out;
}

Digest hmac_sha256(BytesView key, BytesView data) {
  Digest out{};
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, pointer(key), key.size());
  crypto_auth_hmacsha256_update(&state, pointer(data), data.size());
  crypto_auth_hmacsha256_final(&state, out.data());
  sodium_memzero(&state, sizeof state);
  return out;
}

SecretBytes hkdf_extract(BytesView salt, BytesView key) {
  // RFC 5869 section 2.2: without a salt, 32 zero bytes; HMAC pads an empty key to the same.
  Digest prk = hmac_sha256(salt, key);
  SecretBytes out = SecretBytes::copy_of(prk);
  wipe(prk);
  return out;
}

SecretBytes hkdf_expand(BytesView prk, BytesView info, std::size_t size) {
  SecretBytes out(size);
  const auto target = out.expose_secret_for_writing();
  Digest block{};
  std::size_t done = 0;
  for (Byte counter = 1; done < size; ++counter) {
    const BytesView previous = counter == 1 ? BytesView{} : BytesView(block);
    Bytes input = concat({previous, info, BytesView(&counter, 1)});
    block = hmac_sha256(prk, input);
    wipe(input);
    const std::size_t take = std::min(block.size(), size - done);
    std::copy_n(block.begin(), take, target.begin() + static_cast<std::ptrdiff_t>(done));
    done += take;
  }
  wipe(block);
  return out;
}

SecretBytes hkdf_sha256(BytesView key, BytesView salt, BytesView info, std::size_t size) {
  const SecretBytes prk = hkdf_extract(salt, key);
  return hkdf_expand(prk.expose_secret(), info, size);
}

Bytes aead_seal(const AeadKey& key, const AeadNonce& nonce, BytesView associated,
                BytesView plaintext) {
  Bytes out(plaintext.size() + kAeadTagSize);
  crypto_aead_chacha20poly1305_ietf_encrypt(
      out.data(), nullptr, pointer(plaintext), plaintext.size(), pointer(associated),
      associated.size(), nullptr, nonce.data(), key.bytes.expose_secret().data());
  return out;
}

Result<Bytes> aead_open(const AeadKey& key, const AeadNonce& nonce, BytesView associated,
                        BytesView sealed) {
  if (sealed.size() < kAeadTagSize) {
    return fail(ErrorCode::truncated, "crypto.aead");
  }
  Bytes out(sealed.size() - kAeadTagSize);
  if (crypto_aead_chacha20poly1305_ietf_decrypt(
          out.data(), nullptr, nullptr, sealed.data(), sealed.size(), pointer(associated),
          associated.size(), nonce.data(), key.bytes.expose_secret().data()) != 0) {
    return fail(ErrorCode::decryption_failed, "crypto.aead");
  }
  return out;
}

SigningKeyPair generate_signing_key(Rng& rng) {
  SecretBytes seed(32);
  rng.fill(seed.expose_secret_for_writing());
  return *signing_key_from_seed(seed.expose_secret());
}

Result<SigningKeyPair> signing_key_from_seed(BytesView seed32) {
  if (seed32.size() != crypto_sign_SEEDBYTES) {
    return fail(ErrorCode::bad_key, "crypto.signing_key", "a seed has 32 bytes");
  }
  SigningKeyPair pair{SigningKey{SecretBytes(crypto_sign_SECRETKEYBYTES)}, VerifyingKey{}};
  crypto_sign_seed_keypair(pair.public_key.bytes.data(),
                           pair.secret.bytes.expose_secret_for_writing().data(), seed32.data());
  return pair;
}

Signature sign(const SigningKey& key, BytesView message) {
  Signature out{};
  crypto_sign_detached(out.data(), nullptr, pointer(message), message.size(),
                       key.bytes.expose_secret().data());
  return out;
}

Status verify(const VerifyingKey& key, BytesView message, const Signature& signature) {
  if (crypto_sign_verify_detached(signature.data(), pointer(message), message.size(),
                                  key.bytes.data()) != 0) {
    return fail(ErrorCode::bad_signature, "crypto.verify");
  }
  return {};
}

BoxKeyPair generate_box_key(Rng& rng) {
  SecretBytes secret(32);
  rng.fill(secret.expose_secret_for_writing());
  return *box_key_from_secret(secret.expose_secret());
}

Result<BoxKeyPair> box_key_from_secret(BytesView secret32) {
  if (secret32.size() != crypto_scalarmult_SCALARBYTES) {
    return fail(ErrorCode::bad_key, "crypto.box_key", "a secret key has 32 bytes");
  }
  BoxKeyPair pair{BoxSecretKey{SecretBytes::copy_of(secret32)}, BoxPublicKey{}};
  crypto_scalarmult_base(pair.public_key.bytes.data(), secret32.data());
  return pair;
}

Result<SecretBytes> x25519(const BoxSecretKey& secret, const BoxPublicKey& peer) {
  SecretBytes shared(crypto_scalarmult_BYTES);
  // Non-zero when the result is the all-zero point, which small-order inputs give (RFC 7748
  // section 6.1).
  if (crypto_scalarmult(shared.expose_secret_for_writing().data(),
                        secret.bytes.expose_secret().data(), peer.bytes.data()) != 0) {
    return fail(ErrorCode::bad_key, "crypto.x25519", "point of small order");
  }
  return shared;
}

SecretBytes chacha20_stream(BytesView key32, const AeadNonce& nonce, std::size_t size) {
  SecretBytes out(size);
  if (size == 0) {
    return out;
  }
  crypto_stream_chacha20_ietf(out.expose_secret_for_writing().data(), size, nonce.data(),
                              key32.data());
  return out;
}

void SystemRng::fill(std::span<Byte> out) { randombytes_buf(out.data(), out.size()); }

SeededRng::SeededRng(std::uint64_t seed) {
  for (std::size_t i = 0; i < 8; ++i) {
    key_[i] = static_cast<Byte>(seed >> (8 * i));
  }
}

void SeededRng::fill(std::span<Byte> out) {
  if (out.empty()) {
    return;
  }
  AeadNonce nonce{};
  for (std::size_t i = 0; i < 8; ++i) {
    nonce[i] = static_cast<Byte>(block_ >> (8 * i));
  }
  ++block_;
  crypto_stream_chacha20_ietf(out.data(), out.size(), nonce.data(), key_.data());
}

}  // namespace lightkeeper::crypto
