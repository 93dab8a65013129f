// Randomness that two or three keepers share without talking: derived per query, layer and
// direction.
//
// Each pair of neighbours has a secret, fresh with every connection; all three share the epoch's
// secret. For one query
//   sid = SHA-256("lightkeeper sid v1" || query id || manifest hash || n0 || n1 || n2)
// with fresh 32-byte nonces n_i of all three keepers: a keeper that uses another query's id again
// gets another sid and so another stream. Key = HKDF-SHA256(secret, salt sid, info "lightkeeper
// stream v1" || layer || from || to), expanded by ChaCha20. One (secret, sid, layer, direction)
// serves one purpose only.
#pragma once

#include <array>

#include "core/crypto/crypto.hpp"
#include "core/match/messages.hpp"

namespace lightkeeper::keeper {

constexpr std::size_t kPairSecretSize = 32;
constexpr std::size_t kNonceSize = 32;
using SessionId = crypto::Digest;
using Nonce = ByteArray<kNonceSize>;

[[nodiscard]] SessionId session_id(const QueryId& query, const match::ManifestHash& manifest,
                                   const std::array<Nonce, match::kKeepers>& nonces);

/// What a stream is for. Numbers are part of the protocol.
enum class Layer : std::uint8_t {
  share_mac = 1,
  inject_input = 2,
  inject_product = 3,
  opening_scalar = 4,
  opening_zero = 5,
  circuit = 16,  // + round
};
[[nodiscard]] constexpr Layer circuit_layer(unsigned round) {
  return static_cast<Layer>(static_cast<unsigned>(Layer::circuit) + round);
}

/// Keepers 0..2, of which `from` and `to` share `secret`; for what all three share, from = to =
/// 255.
struct Direction {
  std::uint8_t from = 255;
  std::uint8_t to = 255;
};
constexpr Direction kAllKeepers{};

/// `size` pseudo-random bytes that everybody who holds `secret` and `sid` gets alike.
[[nodiscard]] SecretBytes expand_stream(BytesView secret, const SessionId& sid, Layer layer,
                                        Direction direction, std::size_t size);

/// The expansion, replaceable only so that tests can plant one that hides nothing.
class SharedStreams {
 public:
  SharedStreams() = default;
  SharedStreams(const SharedStreams&) = delete;
  SharedStreams& operator=(const SharedStreams&) = delete;
  virtual ~SharedStreams() = default;
  [[nodiscard]] virtual SecretBytes expand(BytesView secret, const SessionId& sid, Layer layer,
                                           Direction direction, std::size_t size) const {
    return expand_stream(secret, sid, layer, direction, size);
  }
};

}  // namespace lightkeeper::keeper
