#include "keeper/threshold_circuit.hpp"

#include <utility>

namespace lightkeeper::keeper {
namespace {

/// Two components of one shared word.
struct Word {
  std::uint64_t own;
  std::uint64_t next;
  Word operator^(const Word& other) const { return {own ^ other.own, next ^ other.next}; }
};
/// This keeper's term of the product.
std::uint64_t product(const Word& x, const Word& y) {
  return (x.own & y.own) ^ (x.own & y.next) ^ (x.next & y.own);
}

}  // namespace

ThresholdCircuit::ThresholdCircuit(std::uint8_t keeper, BitPlanes own, BitPlanes next)
    : lanes_(own.size() / kPlanes),
      not_own_(keeper == 0 ? ~std::uint64_t{0} : 0),
      not_next_(keeper == 2 ? ~std::uint64_t{0} : 0),
      own_(std::move(own)),
      next_(std::move(next)),
      v_(circuit_bits(0)),
      carry_{std::vector<std::uint64_t>(lanes_), std::vector<std::uint64_t>(lanes_)} {}

std::vector<std::uint64_t> ThresholdCircuit::products(unsigned round,
                                                      std::span<const std::uint64_t> zero_share) {
  std::vector<std::uint64_t> out(words(round));
  if (round == 0) {
    for (std::size_t at = 0; at < out.size(); ++at) {
      out[at] = (own_[at] & next_[at]) ^ zero_share[at];
    }
  } else {
    const std::size_t k = round;  // the carry out of bit k
    const Shared& v = v_[k - 1];
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      const Word c{carry_.own[lane], carry_.next[lane]};
      const Word u = Word{u_own(k, lane), u_next(k, lane)} ^ c;
      const Word w = Word{v.own[lane], v.next[lane]} ^ c;
      out[lane] = product(u, w) ^ c.own ^ zero_share[lane];
    }
    if (k == 5 || k == 6) {
      // n_k = not (U_k ^ V_k ^ c_k) with the carry into bit k, which is at hand only now.
      Shared none{std::vector<std::uint64_t>(lanes_), std::vector<std::uint64_t>(lanes_)};
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        none.own[lane] = u_own(k, lane) ^ v.own[lane] ^ carry_.own[lane] ^ not_own_;
        none.next[lane] = u_next(k, lane) ^ v.next[lane] ^ carry_.next[lane] ^ not_next_;
      }
      if (k == 5) {
        none_ = std::move(none);
      } else {
        for (std::size_t lane = 0; lane < lanes_; ++lane) {
          out[lanes_ + lane] =
              product({none_.own[lane], none_.next[lane]}, {none.own[lane], none.next[lane]}) ^
              zero_share[lanes_ + lane];
        }
      }
    }
  }
  pending_own_ = out;
  return out;
}

void ThresholdCircuit::receive(unsigned round, std::span<const std::uint64_t> received) {
  const auto plane = [this](std::span<const std::uint64_t> words, std::size_t index) {
    const auto part = words.subspan(index * lanes_, lanes_);
    return std::vector<std::uint64_t>(part.begin(), part.end());
  };
  if (round == 0) {
    for (std::size_t k = 0; k < v_.size(); ++k) {
      v_[k] = {plane(pending_own_, k), plane(received, k)};
    }
    return;
  }
  carry_ = {plane(pending_own_, 0), plane(received, 0)};
  if (round + 1 == kCircuitRounds) {
    none_ = {plane(pending_own_, 1), plane(received, 1)};
  }
}

std::vector<std::uint64_t> ThresholdCircuit::match_share() const {
  std::vector<std::uint64_t> out(lanes_);
  constexpr std::size_t k = 7;
  const Shared& v = v_[k - 1];
  for (std::size_t lane = 0; lane < lanes_; ++lane) {
    const Word none7{u_own(k, lane) ^ v.own[lane] ^ carry_.own[lane] ^ not_own_,
                     u_next(k, lane) ^ v.next[lane] ^ carry_.next[lane] ^ not_next_};
    out[lane] = product({none_.own[lane], none_.next[lane]}, none7);
  }
  return out;
}

}  // namespace lightkeeper::keeper
