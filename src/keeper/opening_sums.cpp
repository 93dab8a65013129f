#include "keeper/opening_sums.hpp"

#include <algorithm>
#include <array>

namespace lightkeeper::keeper {

Result<EpochTables> EpochTables::create(std::span<const media::PdqBits> hashes,
                                        std::uint16_t colours,
                                        std::span<const std::uint32_t> colour_of,
                                        std::span<const ByteArray<16>> rho,
                                        std::span<const ByteArray<16>> l) {
  if (colours == 0 || colour_of.size() != hashes.size() || rho.size() != hashes.size() ||
      l.size() != hashes.size() || std::ranges::any_of(colour_of, [colours](std::uint32_t colour) {
        return colour >= colours;
      })) {
    return fail(ErrorCode::bad_argument, "keeper.epoch_tables");
  }
  LK_TRY(list, SplitList::create(hashes));
  EpochTables tables(std::move(list));
  tables.colours_ = colours;
  tables.colour_of_.assign(colour_of.begin(), colour_of.end());
  tables.elements_.reserve(hashes.size());
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    tables.elements_.push_back({match::Gf128::from_bytes(rho[i]), match::Gf128::from_bytes(l[i])});
  }
  return tables;
}

std::vector<EpochTables::Element> opening_sums(const EpochTables& epoch,
                                               std::span<const std::uint64_t> match_share) {
  const std::size_t blocks = epoch.list().blocks();
  const std::size_t entries = epoch.list().entries();
  const std::size_t hashes = blocks == 0 ? media::kHypotheses : match_share.size() / blocks;
  const std::size_t colours = epoch.colours();
  std::vector<EpochTables::Element> sums(hashes * colours);
  // Entry by entry, so that the elements (32 bytes each) are read from memory once for all hashes.
  for (std::size_t i = 0; i < entries; ++i) {
    const EpochTables::Element& element = epoch.elements()[i];
    const std::size_t colour = epoch.colour_of()[i];
    for (std::size_t h = 0; h < hashes; ++h) {
      const std::uint64_t bit =
          match_share[h * blocks + i / kBlockEntries] >> (i % kBlockEntries) & 1U;
      const std::uint64_t mask = 0 - bit;
      EpochTables::Element& sum = sums[h * colours + colour];
      sum.rho.lo ^= element.rho.lo & mask;
      sum.rho.hi ^= element.rho.hi & mask;
      sum.l.lo ^= element.l.lo & mask;
      sum.l.hi ^= element.l.hi & mask;
    }
  }
  return sums;
}

std::vector<match::OpeningShare> blind(std::span<const EpochTables::Element> sums,
                                       BytesView scalars, BytesView zero_share) {
  const auto element_at = [](BytesView bytes, std::size_t index) {
    ByteArray<16> element{};
    std::ranges::copy(bytes.subspan(16 * index, 16), element.begin());
    return match::Gf128::from_bytes(element);
  };
  std::vector<match::OpeningShare> out;
  out.reserve(sums.size());
  for (std::size_t j = 0; j < sums.size(); ++j) {
    match::Gf128 scalar = element_at(scalars, j);
    if (scalar == match::Gf128{}) {
      scalar = match::kGf128One;
    }
    const match::Gf128 mu = multiply(scalar, sums[j].rho) ^ element_at(zero_share, 2 * j);
    const match::Gf128 lambda = multiply(scalar, sums[j].l) ^ element_at(zero_share, 2 * j + 1);
    out.push_back({mu.bytes(), lambda.bytes()});
  }
  return out;
}

}  // namespace lightkeeper::keeper
