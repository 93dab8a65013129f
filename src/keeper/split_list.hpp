// The list in the layout that the scan reads: blocks of 64 entries, transposed.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/media/pdq_hash.hpp"

namespace lightkeeper::keeper {

constexpr std::size_t kBlockEntries = 64;
constexpr std::size_t kHashBytes = 32;
/// The most entries a keeper takes: bounds the memory of a session and the size of a link frame.
constexpr std::size_t kMaxEntries = std::size_t{1} << 24;

/// Immutable; safe to read from many threads. Memory: 33 bytes per entry, rounded up to blocks.
/// The last block is filled up with zero hashes; whoever reads results past entries() must ignore
/// them.
class SplitList {
 public:
  /// `too_large` above kMaxEntries.
  [[nodiscard]] static Result<SplitList> create(std::span<const media::PdqBits> hashes);

  [[nodiscard]] std::size_t entries() const { return entries_; }
  /// Blocks, and so 64-bit words per bit plane: ceil(entries / 64).
  [[nodiscard]] std::size_t blocks() const { return weights_.size() / kBlockEntries; }
  /// Byte q of the 64 hashes of a block stands at [64 q, 64 q + 64).
  [[nodiscard]] BytesView block(std::size_t index) const {
    return BytesView(bytes_).subspan(index * kHashBytes * kBlockEntries,
                                     kHashBytes * kBlockEntries);
  }
  /// wt(y) mod 256 of the 64 hashes of a block.
  [[nodiscard]] BytesView weights(std::size_t index) const {
    return BytesView(weights_).subspan(index * kBlockEntries, kBlockEntries);
  }

 private:
  std::size_t entries_ = 0;
  Bytes bytes_;
  Bytes weights_;
};

}  // namespace lightkeeper::keeper
