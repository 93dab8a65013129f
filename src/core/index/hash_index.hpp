// All entries of a hash list within a Hamming distance of a hash: exact, never approximate.
//
// Method: a lossless filter. The distance over the first 128 bits is never more than the distance
// over all 256, so an entry whose first half is already too far away needs no second look; the
// others are measured in full. The first halves stand together, transposed in blocks of eight, so
// that one vector register holds one word of eight entries, and several queries pass over a piece
// of the list while it is in the cache. Memory: 32 bytes an entry.
#pragma once

#include <span>
#include <vector>

#include "core/index/scan_kernel.hpp"
#include "core/media/pdq_hash.hpp"

namespace lightkeeper::index {

/// How the first halves are compared. All kernels give the same answer, bit for bit.
enum class Kernel : std::uint8_t { scalar, avx2, avx512 };
[[nodiscard]] std::string_view name_of(Kernel kernel);
/// What this machine can run, slowest first; never empty.
[[nodiscard]] std::vector<Kernel> available_kernels();

struct Hit {
  std::uint32_t query = 0;  // position in the queries
  std::uint32_t entry = 0;  // position in the entries given to build()
  HammingDistance distance;
  auto operator<=>(const Hit&) const = default;
};

/// Immutable once built; may be searched from several threads at the same time.
/// Not constant-time: how long a search takes depends on how much is near. Whoever holds list and
/// query in one place has nothing to hide from itself.
class HashIndex {
 public:
  /// At most 2^32 - 9 entries. Cost: one copy.
  [[nodiscard]] static HashIndex build(std::span<const media::PdqBits> entries);

  [[nodiscard]] std::size_t size() const { return size_; }

  /// Every (query, entry) at most `radius` apart, in ascending order of (query, entry), with the
  /// fastest kernel. Radii are meant to be small against 128; large ones are answered, but at the
  /// cost of a plain loop.
  [[nodiscard]] std::vector<Hit> search(std::span<const media::PdqBits> queries,
                                        HammingDistance radius) const;
  /// With a kernel of available_kernels(); one that this machine cannot run is replaced by the
  /// scalar one.
  [[nodiscard]] std::vector<Hit> search(std::span<const media::PdqBits> queries,
                                        HammingDistance radius, Kernel kernel) const;
  /// With any scan, for tests that compare all of them.
  [[nodiscard]] std::vector<Hit> search_with(ScanFront scan,
                                             std::span<const media::PdqBits> queries,
                                             HammingDistance radius) const;

 private:
  std::size_t size_ = 0;
  std::vector<HalfBlock>
      front_;  // words 0 and 1 of eight entries each; the last block is filled up with zeros
  std::vector<HalfBlock> back_;  // words 2 and 3
};

/// A scan that this machine can run.
struct AvailableScan {
  std::string_view name;
  Kernel kernel;
  ScanFront scan;
};
/// Slowest first. Kernel::avx512 may stand here twice: with and without a population count
/// instruction.
[[nodiscard]] std::vector<AvailableScan> available_scans();

}  // namespace lightkeeper::index
