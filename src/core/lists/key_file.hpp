// Keys as text files of one line: "<kind> <base64url of 32 bytes>". Reading and writing the files
// themselves is the caller's; secret ones belong in files with mode 0600.
//
//   lightkeeper-signing-key-v1    Ed25519 seed (secret)
//   lightkeeper-verifying-key-v1  Ed25519 public key
//   lightkeeper-nonce-key-v1      key of the nonces in leaves (secret, shared by the organisations
//   of one list)
#pragma once

#include "core/lists/entry.hpp"

namespace lightkeeper::lists {

constexpr std::size_t kMaxKeyFile = 1024;

/// HMAC key that makes an entry's nonce from its hash, so that a leaf does not tell its hash to
/// those who can guess.
struct NonceKey {
  SecretBytes bytes;  // 32
};
[[nodiscard]] NonceKey generate_nonce_key(Rng& rng);
/// HMAC-SHA256(key, hash bytes).
[[nodiscard]] ByteArray<32> nonce_of(const NonceKey& key, const media::PdqBits& hash);

[[nodiscard]] SecretBytes key_text(const crypto::SigningKey& key);
[[nodiscard]] SecretBytes key_text(const NonceKey& key);
[[nodiscard]] std::string key_text(const crypto::VerifyingKey& key);

/// Exactly one line, with or without its line end; `bad_key` for anything else, with a detail that
/// says what was found when it is a key of another kind. The detail never holds key material.
[[nodiscard]] Result<crypto::SigningKeyPair> signing_key_from_text(BytesView text);
[[nodiscard]] Result<crypto::VerifyingKey> verifying_key_from_text(BytesView text);
[[nodiscard]] Result<NonceKey> nonce_key_from_text(BytesView text);

}  // namespace lightkeeper::lists
