// The scan: one keeper's share of the distance from a shared hash to every entry, without a
// message.
//
// The distance of x to an entry y is linear in the bits of x, because y is known to the keepers:
//   d = sum_k x_k + sum_k y_k - 2 sum_k x_k y_k = sum_k x_k (1 - 2 y_k) + wt(y)        (mod 256)
// So with x_k = X0_k + X1_k + X2_k (mod 256), the same sum over one component X_k is that component
// of d; wt(y) is added to component 0 only. d = 256 (the photographic negative) wraps to 0: the
// device, which recomputes the distance, rejects it.
//
// Four bits of y at a time pick one of 16 sums of X: a byte shuffle does that for 16, 32 or 64
// entries at once. Memory access and time depend on the list and the number of vectors only.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "keeper/split_list.hpp"

namespace lightkeeper::keeper {

/// One arithmetic component of the 256 bits of a hash, mod 256.
using RingVector = std::array<std::uint8_t, 256>;

struct ScanVector {
  RingVector x{};
  bool adds_weight = false;  // true for component 0
};

enum class ScanKernel : std::uint8_t { scalar, avx2, avx512 };
[[nodiscard]] std::string_view name_of(ScanKernel kernel);
/// What this processor can run, slowest first; scalar is always there.
[[nodiscard]] std::vector<ScanKernel> available_scan_kernels();

constexpr std::size_t kPlanes = 8;
/// One component's distances as bit planes, least significant first: the bit of plane k for vector
/// v and entry 64 w + e is bit e of word [k * lanes + v * blocks + w], with lanes = vectors *
/// blocks.
using BitPlanes = std::vector<std::uint64_t>;

/// All kernels give identical words. Cost with AVX2: a few nanoseconds per entry and vector; see
/// docs/benchmarks.md.
[[nodiscard]] BitPlanes scan(const SplitList& list, std::span<const ScanVector> vectors,
                             ScanKernel kernel);
/// With the fastest kernel of this processor.
[[nodiscard]] BitPlanes scan(const SplitList& list, std::span<const ScanVector> vectors);

}  // namespace lightkeeper::keeper
