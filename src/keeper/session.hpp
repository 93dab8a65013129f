// One keeper's side of one picture's query: eight hashes at once, from shares to opening sums.
// Sans-IO: messages in, messages out; deterministic given the Rng. See
// ../../docs/reference/split-scan.md for the bytes.
//
// The three keepers stand in a ring; keeper i's neighbours are `previous` = i-1 and `next` = i+1
// (mod 3). Steps (to whom): nonce (both) -> share_mac (both) -> inject (keeper 0 to keeper 1) ->
// inject_product (previous) -> scan, no message -> circuit rounds 0..6 (previous) -> opening sums,
// no message. Eleven hops.
//
// 1. Nonces bind the session id. Both holders of a component of x then compare MACs of it on their
// own link, keyed by
//    their pair secret, so that a third party has nothing to test guesses against.
//    `shares_disagree` ends the session.
// 2. Bits to bytes (b = b0 ^ b1 ^ b2, keeper i holds b_i and b_(i+1)):
//      hop 1  keeper 0 knows c = b0 ^ b1 and shares it mod 256: c0 from the stream of the pair (2,
//      0),
//             c1 = c - c0 sent to keeper 1, c2 = 0. c1 is uniform for keeper 1.
//      hop 2  b2 is shared as (0, 0, b2) without a message. z = c b2: keeper i's term
//             z_i = c_i b_i + c_i b_(i+1) + c_(i+1) b_i plus its share of zero goes to keeper i-1
//             (here b_i is the component of that sharing). x = c + b2 - 2 z, component by
//             component.
//    Arithmetic shares are never taken from a device, so x is always binary.
// 3. scan.hpp, threshold_circuit.hpp, opening_sums.hpp.
//
// Who learns what: every message is uniformly random for its receiver, whatever x and whatever the
// list; sizes and order depend on the number of entries only. Honest majority: two keepers together
// learn x. A dishonest keeper can make the answer wrong; the device then sees no match, never a
// false one (core/match/device.hpp). Whatever is malformed, missing or out of order ends the
// session with an error and no sums.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/rng.hpp"
#include "keeper/opening_sums.hpp"
#include "keeper/shared_streams.hpp"
#include "keeper/threshold_circuit.hpp"

namespace lightkeeper::keeper {

enum class Neighbour : std::uint8_t { previous = 0, next = 1 };
[[nodiscard]] constexpr std::uint8_t neighbour_of(std::uint8_t keeper, Neighbour neighbour) {
  return static_cast<std::uint8_t>((keeper + (neighbour == Neighbour::next ? 1U : 2U)) %
                                   match::kKeepers);
}

enum class Step : std::uint8_t {
  nonce = 1,
  share_mac = 2,
  inject = 3,
  inject_product = 4,
  circuit = 16,  // + round
};
[[nodiscard]] constexpr Step circuit_step(unsigned round) {
  return static_cast<Step>(static_cast<unsigned>(Step::circuit) + round);
}

/// A message is u8 version 1, u8 step, payload; the payload's size follows from the step and the
/// number of blocks.
constexpr std::uint8_t kSessionVersion = 1;
[[nodiscard]] std::size_t message_size(Step step, std::size_t blocks);
/// The largest message of a session.
[[nodiscard]] std::size_t largest_message(std::size_t blocks);

struct Outgoing {
  Neighbour to = Neighbour::previous;
  Bytes message;
};

/// What a keeper shares with its neighbours (32 bytes each), fresh per connection, and with both
/// (per epoch).
struct SessionSecrets {
  SecretBytes previous;
  SecretBytes next;
  SecretBytes common;
};

struct SessionInput {
  std::uint8_t keeper = 0;
  match::ManifestHash manifest{};
  std::shared_ptr<const EpochTables> epoch;
  std::shared_ptr<const SessionSecrets> secrets;
  std::shared_ptr<const SharedStreams> streams;
};

/// Not thread-safe: one thread at a time. Memory: about 36 bytes per entry while it runs.
class Session {
 public:
  /// Draws this keeper's nonce; the first messages wait in take_outgoing().
  [[nodiscard]] static Session create(SessionInput input, const match::QueryShare& share, Rng& rng);
  Session(Session&&) = default;
  Session& operator=(Session&&) = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  /// A message of a neighbour, as it came. An error ends the session: nothing more goes out, later
  /// calls give the same error. `bad_format`: not the message that this neighbour owes next;
  /// `shares_disagree`.
  [[nodiscard]] Status receive(Neighbour from, BytesView message);
  /// What is to be sent, in order; empty afterwards.
  [[nodiscard]] std::vector<Outgoing> take_outgoing();
  /// This keeper's share of the answer, hash by hash, colours within; only when all is done.
  [[nodiscard]] const std::optional<std::vector<match::OpeningShare>>& sums() const {
    return sums_;
  }

 private:
  enum class Stage : std::uint8_t { nonces, macs, inject, inject_product, circuit, done };
  struct Inbox {
    std::vector<Step> owed;      // what the neighbour sends in all, in order
    std::size_t arrived = 0;     // how many of those came
    std::deque<Bytes> payloads;  // came, not yet used
  };

  explicit Session(SessionInput input, const match::QueryShare& share);
  void send(Neighbour to, Step step, BytesView payload);
  [[nodiscard]] Inbox& inbox(Neighbour from) { return inboxes_[static_cast<std::size_t>(from)]; }
  [[nodiscard]] bool waiting(Neighbour from) { return inbox(from).payloads.empty(); }
  [[nodiscard]] Bytes take(Neighbour from);
  [[nodiscard]] SecretBytes stream(Neighbour with, Layer layer, std::size_t size) const;
  [[nodiscard]] SecretBytes zero_bits(Layer layer, std::size_t size) const;
  [[nodiscard]] SecretBytes zero_sum(Layer layer, std::size_t size) const;
  [[nodiscard]] Bytes common_component(Neighbour with) const;
  [[nodiscard]] crypto::Digest share_mac(Neighbour with, bool mine) const;

  [[nodiscard]] Status advance();
  void send_share_macs();
  [[nodiscard]] Status compare_share_macs();
  void start_injection();
  void multiply_injection();
  void scan_list();
  void send_round();
  void finish();

  SessionInput input_;
  match::QueryShare share_;
  std::array<Nonce, match::kKeepers> nonces_{};
  SessionId sid_{};
  Stage stage_ = Stage::nonces;
  unsigned round_ = 0;
  std::array<Inbox, 2> inboxes_;
  std::vector<Outgoing> outgoing_;
  std::optional<Error> failure_;

  // Bit injection: one byte per bit of the eight hashes, both components.
  SecretBytes c_own_;
  SecretBytes c_next_;
  SecretBytes z_own_;
  SecretBytes z_next_;
  std::optional<ThresholdCircuit> circuit_;
  std::optional<std::vector<match::OpeningShare>> sums_;
};

}  // namespace lightkeeper::keeper
