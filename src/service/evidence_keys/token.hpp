// The evidence key in a PKCS#11 token (a hardware security module, a smart card, or SoftHSM): an
// AES-256 key that was made there, is marked sensitive and not extractable, and works by
// CKM_AES_GCM with our nonce and associated data. Nonces are random; one token key may wrap 2^32
// case keys.
//
// The PIN stands in a file that only its owner may read. A token that goes away and comes back is
// logged in to again; a PIN that was refused is not tried a second time, so that a token does not
// lock itself.
#pragma once

#include <filesystem>
#include <string>

#include "service/evidence_keys/evidence_keys.hpp"

namespace lightkeeper::evidence_keys {

struct TokenSettings {
  std::filesystem::path module;  // "/usr/lib/softhsm/libsofthsm2.so"
  std::string token;             // the token's label
  std::filesystem::path pin_file;
  std::string key;  // the key's label
};

/// `bad_configuration` when the module cannot be loaded, no or more than one token has the label,
/// the PIN file cannot be used, the token refuses the PIN, or the key may leave the token;
/// `not_found` when the token has no such key. `rng` must outlive it.
[[nodiscard]] Result<std::unique_ptr<WrappingKey>> token_key(const TokenSettings& settings,
                                                             Rng& rng);

/// Makes the key in the token, never to leave it. `already_exists` when one has this label; else
/// the errors of token_key().
[[nodiscard]] Status make_token_key(const TokenSettings& settings, Rng& rng);

}  // namespace lightkeeper::evidence_keys
