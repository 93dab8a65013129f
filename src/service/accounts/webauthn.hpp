// Passkeys: what a browser's WebAuthn answers are checked against (W3C Web Authentication Level 2,
// sections 7.1 and 7.2, for attestation conveyance "none"). Pure functions over bytes.
//
// Who learns what: the service keeps a public key, a credential id and a counter for each passkey;
// no attestation, so no make or serial number of a device.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/bytes.hpp"

namespace lightkeeper::accounts {

/// Who a passkey is made for. `id` is the host name, `origin` is scheme, host and port.
struct RelyingParty {
  std::string id;
  std::string origin;
};

enum class CoseAlgorithm : std::int32_t { es256 = -7, eddsa = -8 };

/// es256: the point 0x04 || x || y of P-256; eddsa: 32 bytes of Ed25519.
struct PasskeyPublicKey {
  CoseAlgorithm algorithm = CoseAlgorithm::es256;
  Bytes bytes;
  bool operator==(const PasskeyPublicKey&) const = default;
};

struct NewPasskey {
  Bytes credential_id;
  PasskeyPublicKey key;
  std::uint32_t counter = 0;
};

constexpr std::size_t kMaxClientData = 4 * 1024;
constexpr std::size_t kMaxAttestation = 4 * 1024;
constexpr std::size_t kMaxCredentialId = 1023;

/// The answer to navigator.credentials.create(). `not_signed_in` for a wrong type, challenge,
/// origin, relying party, or missing user presence or verification; `bad_format` for what is not
/// well-formed.
[[nodiscard]] Result<NewPasskey> verify_registration(const RelyingParty& party, BytesView challenge,
                                                     BytesView client_data_json,
                                                     BytesView attestation_object);

/// The answer to navigator.credentials.get(); gives the new counter. `not_signed_in` also for a
/// counter that did not rise, the sign of a copied authenticator; two zeros mean that the
/// authenticator does not count.
[[nodiscard]] Result<std::uint32_t> verify_assertion(const RelyingParty& party, BytesView challenge,
                                                     const PasskeyPublicKey& key,
                                                     std::uint32_t counter,
                                                     BytesView client_data_json,
                                                     BytesView authenticator_data,
                                                     BytesView signature);

/// A COSE_Key of one of the two algorithms in CTAP2 canonical CBOR, and nothing after it.
[[nodiscard]] Result<PasskeyPublicKey> decode_cose_key(BytesView cbor);

}  // namespace lightkeeper::accounts
