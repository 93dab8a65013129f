#include "service/cases/file_key_wrapping.hpp"

#include "core/base/codec.hpp"

namespace lightkeeper::cases {

FileKeyWrapping::FileKeyWrapping(const SecretBytes& evidence_key, Rng& rng) : rng_(rng) {
  key_.bytes = crypto::hkdf_sha256(evidence_key.expose_secret(), {},
                                   as_bytes("lightkeeper case keys v1"), 32);
}

Result<Bytes> FileKeyWrapping::wrap(BytesView associated, const SecretBytes& key) {
  const crypto::AeadNonce nonce = rng_.array<12>();
  return concat({nonce, crypto::aead_seal(key_, nonce, associated, key.expose_secret())});
}

Result<SecretBytes> FileKeyWrapping::unwrap(BytesView associated, BytesView wrapped) {
  constexpr std::size_t kLargest = 256;  // keys are 32 bytes
  if (wrapped.size() < 12 + crypto::kAeadTagSize || wrapped.size() > kLargest) {
    return fail(ErrorCode::decryption_failed, "evidence_key");
  }
  Reader in(wrapped);
  LK_TRY(nonce, in.array<12>());
  LK_TRY(sealed, in.fixed(in.remaining()));
  LK_TRY(key, crypto::aead_open(key_, nonce, associated, sealed));
  return SecretBytes(std::move(key));
}

}  // namespace lightkeeper::cases
