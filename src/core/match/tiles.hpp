// Sealed tiles, one per group of near-duplicates, all of one size, and the leaves of the list
// beside them. Devices hold the whole set of the epoch: nobody sees which tile a match opens.
//
// Who learns what: without a group key a tile is a random string. With it, a device recovers the
// members within 31 bits of its own hash. A device that was changed to be curious can go on from
// each recovered member to those within 31 bits of that one, and so may learn the whole group; of
// members further away it has 201 bits of 256.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/lists/entry.hpp"
#include "core/match/gf128.hpp"
#include "core/match/manifest.hpp"

namespace lightkeeper::match {

constexpr std::size_t kTileLabelSize = 16;
using TileLabel = ByteArray<kTileLabelSize>;
constexpr std::size_t kMaxTileSetSize = std::size_t{1} << 30U;
constexpr std::size_t kMaxTileMembers = 64;

/// One member as the tile's builder has it.
struct TileMember {
  lists::Entry entry;
  std::uint32_t leaf_index = 0;
};

/// One member as the device recovers it: certified only after its leaf was compared with the
/// list's.
struct RecoveredMember {
  lists::Entry entry;
  std::uint32_t leaf_index = 0;
  HammingDistance distance;  // from the device's own hash, recomputed over all 256 bits, <= 31
};

/// The label under which the tile of a group stands. Derived from the group key, constant time.
[[nodiscard]] TileLabel tile_label(const Gf128& group_key, const crypto::Digest& list_root);

/// Bytes of a tile for groups of at most `capacity` members.
[[nodiscard]] std::size_t tile_size(std::size_t capacity);
/// One sealed tile. 1 <= members <= capacity <= 64. A group key seals one tile only.
[[nodiscard]] Bytes seal_tile(const Gf128& group_key, const crypto::Digest& list_root,
                              std::span<const TileMember> members, std::size_t capacity);
/// The members within 31 bits of `own`. Empty for a tile that this key does not open, or that holds
/// nonsense.
[[nodiscard]] std::vector<RecoveredMember> open_tile(const Gf128& group_key,
                                                     const crypto::Digest& list_root,
                                                     BytesView tile, const media::PdqBits& own);

struct EncodedTiles {
  Bytes bytes;  // "LKTILE1\n" || u8 capacity || u32 count || tiles in rising order of label
  crypto::Digest
      root;  // lists::merkle_root over SHA-256(0x00 || "lightkeeper tile v1" || tile), in order
};
/// All tiles have tile_size(capacity) bytes.
[[nodiscard]] EncodedTiles encode_tiles(std::size_t capacity, std::vector<Bytes> tiles);

/// What a device holds of one epoch. Immutable; thread-safe.
class TileSet {
 public:
  /// `leaves` = N leaf hashes of 32 bytes in list order. Both must hash to the roots in the
  /// manifest
  /// (`manifest_mismatch`), the tiles must be in strictly rising order of label and of one size.
  [[nodiscard]] static Result<TileSet> decode(BytesView tiles, BytesView leaves,
                                              const Manifest& manifest);

  [[nodiscard]] std::size_t tiles() const { return tiles_.size() / tile_size_; }
  /// The tile under this label; empty view if there is none.
  [[nodiscard]] BytesView find(const TileLabel& label) const;
  /// Whether the list has this leaf at this index.
  [[nodiscard]] bool has_leaf(std::uint32_t index, const crypto::Digest& leaf) const;
  [[nodiscard]] const crypto::Digest& list_root() const { return list_root_; }

 private:
  TileSet() = default;
  std::size_t tile_size_ = 1;
  Bytes tiles_;  // without the header
  Bytes leaves_;
  crypto::Digest list_root_{};
};

}  // namespace lightkeeper::match
