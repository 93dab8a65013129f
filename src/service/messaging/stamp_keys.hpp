// The stamp keys of each day, derived from one root key.
//
// Whoever has the root can make stamps, so it lives in a key file (0600) and never in the database.
// Stamps of different days use different keys, so that a later version can drop a day's key without
// touching the others.
#pragma once

#include "core/base/ids.hpp"
#include "core/crypto/crypto.hpp"

namespace lightkeeper::messaging {

class StampKeys {
 public:
  /// `root` is 32 bytes.
  explicit StampKeys(SecretBytes root) : root_(std::move(root)) {}

  /// Days since 1970 in UTC.
  [[nodiscard]] static std::uint32_t key_id_at(UnixMillis time);
  /// HKDF-SHA256(root, salt "", info "lightkeeper stamp key v1" || key id u32 BE), 32 bytes.
  [[nodiscard]] SecretBytes key(std::uint32_t key_id) const;

 private:
  SecretBytes root_;
};

}  // namespace lightkeeper::messaging
