// Keys and sealing of the room: a key for each case, wrapped by the service's evidence key; keyed
// digests that only the holder of that key can compute.
//
// Sealed bytes are nonce || ChaCha20-Poly1305; what is sealed opens only in its place (case or
// report, item).
#pragma once

#include <mutex>
#include <optional>

#include "core/base/rng.hpp"
#include "core/crypto/crypto.hpp"
#include "service/cases/evidence.hpp"
#include "service/store/database.hpp"
#include "service/store/key_wrapping.hpp"

namespace lightkeeper::cases {

using Mac = crypto::Digest;

struct NewCaseKey {
  crypto::AeadKey key;
  Bytes wrapped;
};

/// What a wrapped key of report.wrapped_key is bound to; rewrapping needs it.
[[nodiscard]] Bytes case_key_place(const ReportId& id);
/// The same for case_secret.wrapped.
[[nodiscard]] Bytes room_key_place(std::string_view name);

/// Thread-safe.
class Vault {
 public:
  Vault(store::Database& database, Rng& rng, store::KeyWrapping& wrapping)
      : database_(database), rng_(rng), wrapping_(wrapping) {}

  [[nodiscard]] Result<NewCaseKey> new_case_key(const ReportId& id);
  /// `evidence_destroyed` when there is no key any more.
  [[nodiscard]] Result<crypto::AeadKey> case_key(const ReportId& id, BytesView wrapped);

  [[nodiscard]] Bytes seal(const crypto::AeadKey& key, BytesView place, BytesView plaintext);
  [[nodiscard]] static Result<Bytes> open(const crypto::AeadKey& key, BytesView place,
                                          BytesView sealed);

  /// The key of keyed digests: made on first use, kept wrapped. Not inside a transaction.
  [[nodiscard]] Result<SecretBytes> digest_key();

 private:
  store::Database& database_;
  Rng& rng_;
  store::KeyWrapping& wrapping_;
  std::mutex mutex_;
  std::optional<SecretBytes> digest_key_;
};

[[nodiscard]] Bytes place_of(std::string_view what, const ReportId& id, std::uint32_t item);
[[nodiscard]] Bytes place_of_evidence(const ReportId& report, std::uint32_t item);
[[nodiscard]] Mac keyed(const SecretBytes& key, std::string_view what, BytesView bytes);

}  // namespace lightkeeper::cases
