// The match test on shared distances: 15 ANDs in 7 rounds, 14 bits per entry from each keeper to
// its neighbour.
//
// Sharing. A value v is split in three, v = v0 + v1 + v2 (mod 256) or v0 ^ v1 ^ v2; keeper i holds
// components i
// (`own`) and i+1 mod 3 (`next`). One keeper sees two uniform components and nothing else.
// XOR is local. AND: keeper i computes t_i = x_i y_i ^ x_i y_(i+1) ^ x_(i+1) y_i; the three t_i add
// up to xy. To make them two-component shares again, keeper i adds its part of a sharing of zero
// and sends the sum, which then is component i, to keeper i-1. Because of the zero sharing that
// message is uniform for its receiver.
//
// The distance is d = s0 + s1 + s2 mod 256, keeper i holding s_i and s_(i+1). d <= 31 iff bits 5,
// 6, 7 of d are zero.
//   carry-save   U_k = s0_k ^ s1_k ^ s2_k is shared already: component j of U_k is bit k of s_j.
//                V_(k+1) = maj(s0_k, s1_k, s2_k) = s0_k s1_k ^ s1_k s2_k ^ s2_k s0_k, k = 0..6:
//                each keeper holds both factors of exactly one product. round 0:  7 ANDs
//   ripple       d = U + V: c_1 = 0, c_(k+1) = maj(U_k, V_k, c_k) = (U_k ^ c_k)(V_k ^ c_k) ^ c_k, k
//   = 1..6.
//                                                                                           rounds 1..6:
//                                                                                           6 ANDs
//   zero test    n_k = not (U_k ^ V_k ^ c_k); m = (n_5 n_6) n_7. The first product runs beside c_7
//   in round 6, the
//                second is left as the three t_i, because all that follows is linear.       2 ANDs
// Bit-sliced: a word holds one bit of 64 entries. Time depends on the number of words only.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "keeper/scan.hpp"

namespace lightkeeper::keeper {

constexpr unsigned kCircuitRounds = 7;
/// Bits per entry that one keeper sends in a round: 7, 1, 1, 1, 1, 1, 2.
[[nodiscard]] constexpr std::size_t circuit_bits(unsigned round) {
  return round == 0 ? 7 : round + 1 == kCircuitRounds ? 2 : 1;
}
/// 14.
constexpr std::size_t kCircuitBits = 14;

/// One keeper's side. Use: for round 0..6: words = products(round, zero_share); send them;
/// receive(round, the words of keeper i+1). Then match_share(). Rounds out of order are a
/// programming error.
class ThresholdCircuit {
 public:
  /// `own` and `next`: planes of the two distance components, kPlanes * lanes words each (see
  /// scan.hpp).
  ThresholdCircuit(std::uint8_t keeper, BitPlanes own, BitPlanes next);

  [[nodiscard]] std::size_t lanes() const { return lanes_; }
  [[nodiscard]] std::size_t words(unsigned round) const { return circuit_bits(round) * lanes_; }
  /// This keeper's new components, already masked with its share of zero (words(round) words).
  [[nodiscard]] std::vector<std::uint64_t> products(unsigned round,
                                                    std::span<const std::uint64_t> zero_share);
  /// What the next keeper sent for the same round (words(round) words).
  void receive(unsigned round, std::span<const std::uint64_t> received);
  /// t_i of the last product: the XOR over the three keepers is the match bit of every lane.
  [[nodiscard]] std::vector<std::uint64_t> match_share() const;

 private:
  struct Shared {  // one bit plane, both components
    std::vector<std::uint64_t> own;
    std::vector<std::uint64_t> next;
  };
  [[nodiscard]] std::uint64_t u_own(std::size_t k, std::size_t lane) const {
    return own_[k * lanes_ + lane];
  }
  [[nodiscard]] std::uint64_t u_next(std::size_t k, std::size_t lane) const {
    return next_[k * lanes_ + lane];
  }

  std::size_t lanes_ = 0;
  std::uint64_t not_own_ =
      0;  // all ones where a public complement flips this keeper's own component
  std::uint64_t not_next_ = 0;  // the same for `next`: it is component 0 that is flipped
  BitPlanes own_;
  BitPlanes next_;
  std::vector<Shared> v_;                   // [k] is V_(k+1)
  Shared carry_;                            // c_k of the round
  Shared none_;                             // n_5, then n_5 n_6
  std::vector<std::uint64_t> pending_own_;  // what products() returned, until receive()
};

}  // namespace lightkeeper::keeper
