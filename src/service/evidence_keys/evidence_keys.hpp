// The keys that wrap the keys of cases: in a file, or in a PKCS#11 token that never gives its key
// out. New keys are wrapped under the first; whatever an older one wrapped opens as long as that
// one is at hand, so that a service goes on while `lightkeeper data rewrap` works.
//
//   wrapped = u8 kind (1 file, 2 token), fixed8 key id, fixed12 nonce, ciphertext and tag
//
// Kind, id and `associated` are authenticated. Kind 1: ChaCha20-Poly1305 under
// HKDF-SHA256(file, "lightkeeper case keys v1"); kind 2: AES-256-GCM inside the token. Without kind
// and id (60 bytes) stands what was wrapped before there were ids: kind 1.
//
// Who learns what: with a file, whoever copies it and the database reads all evidence. With a
// token, whoever has its PIN can ask it to open keys as long as it is there, and cannot take the
// key away.
#pragma once

#include <memory>
#include <vector>

#include "core/base/rng.hpp"
#include "core/crypto/crypto.hpp"
#include "service/store/key_wrapping.hpp"

namespace lightkeeper::evidence_keys {

constexpr std::size_t kMaxWrappedKey = 64;  // bytes of a key that is wrapped
enum class Kind : std::uint8_t { file = 1, token = 2 };
using KeyId = ByteArray<8>;

/// One key. Thread-safe.
class WrappingKey {
 public:
  WrappingKey() = default;
  WrappingKey(const WrappingKey&) = delete;
  WrappingKey& operator=(const WrappingKey&) = delete;
  virtual ~WrappingKey() = default;
  [[nodiscard]] virtual Kind kind() const = 0;
  [[nodiscard]] virtual KeyId id() const = 0;
  /// Nonce, ciphertext, tag.
  [[nodiscard]] virtual Result<Bytes> seal(BytesView associated, BytesView plaintext) = 0;
  /// `decryption_failed`, or `unavailable` when the token does not answer.
  [[nodiscard]] virtual Result<SecretBytes> open(BytesView associated, BytesView sealed) = 0;
};

/// `root`: the 32 bytes of keys/evidence. `rng` must outlive it.
[[nodiscard]] std::unique_ptr<WrappingKey> file_key(const SecretBytes& root, Rng& rng);

class EvidenceKeys final : public store::KeyWrapping {
 public:
  /// New keys are wrapped under `first`; `others` only open.
  EvidenceKeys(std::unique_ptr<WrappingKey> first,
               std::vector<std::unique_ptr<WrappingKey>> others);
  [[nodiscard]] Result<Bytes> wrap(BytesView associated, const SecretBytes& key) override;
  [[nodiscard]] Result<SecretBytes> unwrap(BytesView associated, BytesView wrapped) override;
  /// Whether it is wrapped under the first key already.
  [[nodiscard]] bool is_current(BytesView wrapped) const;
  [[nodiscard]] const WrappingKey& first() const { return *keys_.front(); }

 private:
  std::vector<std::unique_ptr<WrappingKey>> keys_;
};

}  // namespace lightkeeper::evidence_keys
