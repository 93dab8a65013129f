// The service key that wraps the keys of cases: in a file, or in a PKCS#11 token that never gives
// it out (room evidence_keys).
#pragma once

#include <string>

#include "core/base/bytes.hpp"

namespace lightkeeper::store {

/// Thread-safe.
class KeyWrapping {
 public:
  KeyWrapping() = default;
  KeyWrapping(const KeyWrapping&) = delete;
  KeyWrapping& operator=(const KeyWrapping&) = delete;
  virtual ~KeyWrapping() = default;
  /// `associated` is authenticated with it: a wrapped key opens for its own case only.
  [[nodiscard]] virtual Result<Bytes> wrap(BytesView associated, const SecretBytes& key) = 0;
  /// `decryption_failed` for anything else than what wrap() gave for `associated`; `unavailable`
  /// when the token does not answer.
  [[nodiscard]] virtual Result<SecretBytes> unwrap(BytesView associated, BytesView wrapped) = 0;
};

}  // namespace lightkeeper::store
