// ID tokens of OpenID Connect (Core 1.0, sections 2 and 3.1.3.7; JWS RFC 7515, JWK RFC 7517): read
// and verified. Pure: bytes in, claims or an error out.
//
// Two algorithms and no others: RS256 and ES256. The algorithm must fit the kind of the key, so
// neither "none" nor a public key used as an HMAC secret verifies. Keys come from the provider's
// own key set, never from the token's header.
#pragma once

#include <string>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"

namespace lightkeeper::oidc {

struct TokenExpectations {
  std::string issuer, client_id, nonce;
  UnixMillis now;
};

struct Claims {
  std::string subject;      // 1..255 bytes, stable at this issuer
  std::string wanted_name;  // preferred_username, else email, else empty; nothing depends on it
};

constexpr std::size_t kMaxIdToken = 16 * 1024;
constexpr std::size_t kMaxKeySet = 256 * 1024;
constexpr std::size_t kMaxKeys = 64;
constexpr std::uint64_t kClockSkewMillis = 60'000;
constexpr std::uint64_t kOldestTokenMillis = 10ULL * 60 * 1000;

/// `oidc_failed` for everything that is not a token for us, now, signed by a key of `key_set` (the
/// JSON of a JWK set). The detail says what did not fit, never what stood there.
[[nodiscard]] Result<Claims> verify_id_token(std::string_view token, BytesView key_set,
                                             const TokenExpectations& expected);

}  // namespace lightkeeper::oidc
