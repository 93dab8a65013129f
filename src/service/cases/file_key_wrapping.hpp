// The evidence key of keys/evidence as the key that wraps: the form in which cases were sealed from
// the first release on.
//
// HKDF-SHA256(root, "lightkeeper case keys v1") is the wrapping key; a wrapped key is nonce ||
// ChaCha20-Poly1305(key) with `associated` authenticated.
#pragma once

#include "core/base/rng.hpp"
#include "core/crypto/crypto.hpp"
#include "service/store/key_wrapping.hpp"

namespace lightkeeper::cases {

class FileKeyWrapping final : public store::KeyWrapping {
 public:
  /// `evidence_key` is 32 bytes.
  FileKeyWrapping(const SecretBytes& evidence_key, Rng& rng);
  [[nodiscard]] Result<Bytes> wrap(BytesView associated, const SecretBytes& key) override;
  [[nodiscard]] Result<SecretBytes> unwrap(BytesView associated, BytesView wrapped) override;

 private:
  crypto::AeadKey key_;
  Rng& rng_;
};

}  // namespace lightkeeper::cases
