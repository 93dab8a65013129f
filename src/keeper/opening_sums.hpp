// The end of the scan: from shared match bits to what the device can open, colour by colour.
//
// Every entry i of group g carries rho_i and L_i = rho_i K_g in GF(2^128). Per colour the keepers'
// shares add up to mu = xor m_i rho_i and lambda = xor m_i L_i, so that lambda / mu = K_g if the
// matching entries of the colour are of one group. Both are multiplied by one scalar per hash and
// colour that the three keepers draw afresh for each query, so that two answers cannot be linked,
// and masked with a sharing of zero, so that a single keeper's reply says nothing of its own state.
// Local: no message.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/match/gf128.hpp"
#include "core/match/messages.hpp"
#include "keeper/split_list.hpp"

namespace lightkeeper::keeper {

/// What a keeper scans in one epoch: the transposed list and the opening elements. Immutable, safe
/// to share between threads. Secret: the opening elements never leave the keepers.
class EpochTables {
 public:
  /// All vectors have one element per hash, in list order. `bad_argument` for other sizes, for a
  /// colour that is not below `colours`, and unless 1 <= colours <= 65535.
  [[nodiscard]] static Result<EpochTables> create(std::span<const media::PdqBits> hashes,
                                                  std::uint16_t colours,
                                                  std::span<const std::uint32_t> colour_of,
                                                  std::span<const ByteArray<16>> rho,
                                                  std::span<const ByteArray<16>> l);

  struct Element {
    match::Gf128 rho;
    match::Gf128 l;
  };
  [[nodiscard]] const SplitList& list() const { return list_; }
  [[nodiscard]] std::uint16_t colours() const { return colours_; }
  [[nodiscard]] std::span<const std::uint32_t> colour_of() const { return colour_of_; }
  [[nodiscard]] std::span<const Element> elements() const { return elements_; }

 private:
  explicit EpochTables(SplitList list) : list_(std::move(list)) {}
  SplitList list_;
  std::uint16_t colours_ = 1;
  std::vector<std::uint32_t> colour_of_;
  std::vector<Element> elements_;
};

/// This keeper's unmasked shares, hash by hash, colours within. `match_share`: hashes * blocks
/// words, hash by hash (ThresholdCircuit::match_share); lanes past the last entry are ignored. Time
/// depends on the sizes only.
[[nodiscard]] std::vector<EpochTables::Element> opening_sums(
    const EpochTables& epoch, std::span<const std::uint64_t> match_share);

/// Scales share number j with scalars[j] (a zero scalar, which has probability 2^-128, counts as
/// one) and adds this keeper's share of zero: 16 bytes a scalar, 32 bytes a zero share.
[[nodiscard]] std::vector<match::OpeningShare> blind(std::span<const EpochTables::Element> sums,
                                                     BytesView scalars, BytesView zero_share);

}  // namespace lightkeeper::keeper
