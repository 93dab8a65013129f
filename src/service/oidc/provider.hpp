// A sign-in provider for staff: OpenID Connect, authorization code flow with PKCE (RFC 7636).
//
// Who learns what: the provider learns that one of its users signs in here, and when. The service
// learns the subject and a name for a new account; it asks for no other data and keeps no token of
// the provider. Roles never come from the provider.
//
// A state carries its sign-in itself, sealed under a key that lives as long as the service runs: so
// strangers who begin sign-ins and never finish them take up no room that staff would need. It is
// used once and lives ten minutes. The page compares it with the one that it started, so that
// nobody is signed in by following somebody else's link.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "core/base/clock.hpp"
#include "core/base/rng.hpp"
#include "core/crypto/crypto.hpp"
#include "http/http.hpp"
#include "service/oidc/id_token.hpp"

namespace lightkeeper::oidc {

struct ProviderSettings {
  std::string issuer;  // exactly as in the provider's discovery document
  std::string client_id;
  std::string client_secret;  // empty for a client without one; PKCE protects both kinds
  std::string redirect_uri;   // of the console
};

/// Who came back, and the one-time code that they brought along to the start.
struct Arrival {
  std::string issuer, subject, wanted_name;
  std::optional<std::string> code;
};

constexpr std::uint64_t kStateMillis = 10ULL * 60 * 1000;
/// base64url characters.
constexpr std::size_t kMaxState = 1'024;
/// Used states that are remembered; beyond it the oldest are forgotten, and then the provider
/// alone, whose codes work once, keeps a state from being used again.
constexpr std::size_t kMaxUsedStates = 10'000;

/// https, or http on this machine; nothing before the host.
[[nodiscard]] bool is_endpoint(std::string_view url);

using Exchange = std::function<Result<http::ClientResponse>(const http::ClientRequest&)>;

/// Thread-safe. `clock` and `rng` must outlive it. Calls block while the provider answers, at most
/// ten seconds each.
class Provider {
 public:
  /// `exchange`: http::exchange outside tests.
  Provider(ProviderSettings settings, Clock& clock, Rng& rng, Exchange exchange);

  /// The address at the provider to which the browser goes. `oidc_failed` when the discovery
  /// document cannot be used, `unavailable` when the provider does not answer, `too_large` for a
  /// code that no start has.
  [[nodiscard]] Result<std::string> begin(std::optional<std::string> code);
  /// `oidc_failed` for a state that is not open, and for whatever does not fit in what comes back.
  [[nodiscard]] Result<Arrival> finish(std::string_view code, std::string_view state);

 private:
  struct Endpoints {
    std::string authorization, token, keys;
    bool secret_in_body = false;
  };
  struct Open {
    std::string nonce, verifier;
    std::optional<std::string> code;
    UnixMillis expires;
  };
  [[nodiscard]] std::string seal(const Open& open);
  /// `oidc_failed` for what seal() did not make, for what has expired, and the second time.
  [[nodiscard]] Result<Open> take(std::string_view state);
  [[nodiscard]] Result<Endpoints> discover();
  [[nodiscard]] Result<Bytes> fetch(const http::ClientRequest& request);
  [[nodiscard]] Result<std::string> redeem(const Endpoints& endpoints, std::string_view code,
                                           const std::string& verifier);

  ProviderSettings settings_;
  Clock& clock_;
  Rng& rng_;
  Exchange exchange_;

  crypto::AeadKey state_key_;

  std::mutex mutex_;                          // what follows
  std::multimap<std::uint64_t, Bytes> used_;  // by when they expire: the nonces of the used states
  std::optional<Endpoints> endpoints_;
  UnixMillis discovered_;
};

}  // namespace lightkeeper::oidc
