#include "core/match/tiles.hpp"

#include <algorithm>

#include "core/base/codec.hpp"
#include "core/match/bch.hpp"

namespace lightkeeper::match {
namespace {

constexpr std::string_view kMagic = "LKTILE1\n";
constexpr std::string_view kLabelInfo = "lightkeeper tile label v1";
constexpr std::string_view kKeyInfo = "lightkeeper tile key v1";
constexpr std::string_view kMemberInfo = "lightkeeper tile member v1";
constexpr std::string_view kTileDomain = "lightkeeper tile v1";

constexpr std::size_t kHeaderSize = 8 + 1 + 4;
constexpr std::size_t kRecordSize = 32 + 4 + 1 + 2;  // nonce, leaf index, provenance, category
constexpr std::size_t kMemberSize = 25 + 1 + kRecordSize + crypto::kAeadTagSize;

crypto::AeadKey tile_key(const Gf128& group_key, const crypto::Digest& list_root) {
  return crypto::AeadKey{crypto::hkdf_sha256(group_key.bytes(), list_root, as_bytes(kKeyInfo), 32)};
}

/// Only who knows y, not just the group, reads its record.
crypto::AeadKey member_key(const Gf128& group_key, const media::PdqBits& y) {
  return crypto::AeadKey{
      crypto::hkdf_sha256(y.bytes(), group_key.bytes(), as_bytes(kMemberInfo), 32)};
}

/// Members with equal hashes have equal keys, so the place in the tile tells their nonces apart.
crypto::AeadNonce member_nonce(std::size_t place) {
  crypto::AeadNonce nonce{};
  nonce[0] = static_cast<Byte>(place);
  return nonce;
}

Bytes associated_with(const crypto::Digest& list_root, const TileLabel& label) {
  return concat({as_bytes(kTileDomain), list_root, label});
}

crypto::Digest tile_hash(BytesView tile) {
  return crypto::sha256(concat({Bytes{0}, as_bytes(kTileDomain), tile}));
}

/// The order of tiles in a set: by their labels, which come first.
bool label_before(BytesView a, BytesView b) {
  return std::ranges::lexicographical_compare(a.first(kTileLabelSize), b.first(kTileLabelSize));
}

crypto::Digest root_of(BytesView tiles, std::size_t size) {
  std::vector<crypto::Digest> hashes;
  hashes.reserve(tiles.size() / size);
  for (std::size_t at = 0; at < tiles.size(); at += size) {
    hashes.push_back(tile_hash(tiles.subspan(at, size)));
  }
  return lists::merkle_root(hashes);
}

/// One member of an opened tile, if it is within 31 bits of `own`; anything else is nothing.
Result<RecoveredMember> recover(const Gf128& group_key, BytesView member, std::size_t place,
                                const media::PdqBits& own) {
  Reader reader(member);
  LK_TRY(sketch, reader.array<25>());
  LK_TRY(last_bit, reader.u8());
  LK_TRY(sealed, reader.fixed(kRecordSize + crypto::kAeadTagSize));
  const auto difference = difference_from(sketch, own);
  if (!difference || last_bit > 1) {
    return fail(ErrorCode::not_found, "tile.member");
  }
  RecoveredMember recovered;
  recovered.entry.hash = own ^ *difference;
  recovered.entry.hash.set(255, last_bit == 1);
  recovered.distance = media::distance(recovered.entry.hash, own);
  if (recovered.distance.value > kThreshold) {
    return fail(ErrorCode::not_found, "tile.member");
  }
  LK_TRY(record, crypto::aead_open(member_key(group_key, recovered.entry.hash), member_nonce(place),
                                   {}, sealed));
  Reader fields(record);
  LK_TRY(nonce, fields.array<32>());
  LK_TRY(leaf_index, fields.u32());
  LK_TRY(provenance, fields.u8());
  LK_TRY(category, fields.u16());
  LK_CHECK_OK(fields.finish());
  if (provenance < static_cast<Byte>(lists::Provenance::certified_known) ||
      provenance > static_cast<Byte>(lists::Provenance::test)) {
    return fail(ErrorCode::bad_format, "tile.member");
  }
  recovered.entry.nonce = nonce;
  recovered.entry.provenance = static_cast<lists::Provenance>(provenance);
  recovered.entry.category = category;
  recovered.leaf_index = leaf_index;
  return recovered;
}

}  // namespace

TileLabel tile_label(const Gf128& group_key, const crypto::Digest& list_root) {
  const SecretBytes derived =
      crypto::hkdf_sha256(group_key.bytes(), list_root, as_bytes(kLabelInfo), kTileLabelSize);
  TileLabel label{};
  std::ranges::copy(derived.expose_secret(), label.begin());
  return label;
}

std::size_t tile_size(std::size_t capacity) {
  return kTileLabelSize + 1 + capacity * kMemberSize + crypto::kAeadTagSize;
}

Bytes seal_tile(const Gf128& group_key, const crypto::Digest& list_root,
                std::span<const TileMember> members, std::size_t capacity) {
  const TileLabel label = tile_label(group_key, list_root);
  Writer plain;
  plain.u8(static_cast<Byte>(members.size()));
  for (std::size_t place = 0; place < members.size(); ++place) {
    const auto& [entry, leaf_index] = members[place];
    const Bytes record = Writer()
                             .fixed(entry.nonce)
                             .u32(leaf_index)
                             .u8(static_cast<Byte>(entry.provenance))
                             .u16(entry.category)
                             .take();
    plain.fixed(sketch_of(entry.hash)).u8(entry.hash.bit(255) ? 1 : 0);
    plain.fixed(
        crypto::aead_seal(member_key(group_key, entry.hash), member_nonce(place), {}, record));
  }
  plain.fixed(Bytes((capacity - members.size()) * kMemberSize));
  // The group key belongs to this list and group alone, so the fixed nonce is used once.
  const Bytes sealed = crypto::aead_seal(tile_key(group_key, list_root), crypto::AeadNonce{},
                                         associated_with(list_root, label), plain.view());
  return concat({label, sealed});
}

std::vector<RecoveredMember> open_tile(const Gf128& group_key, const crypto::Digest& list_root,
                                       BytesView tile, const media::PdqBits& own) {
  std::vector<RecoveredMember> recovered;
  if (tile.size() < tile_size(1) || (tile.size() - tile_size(0)) % kMemberSize != 0) {
    return recovered;
  }
  const TileLabel label = tile_label(group_key, list_root);
  if (!equal_constant_time(label, tile.first(kTileLabelSize))) {
    return recovered;
  }
  const auto plain =
      crypto::aead_open(tile_key(group_key, list_root), crypto::AeadNonce{},
                        associated_with(list_root, label), tile.subspan(kTileLabelSize));
  if (!plain) {
    return recovered;
  }
  const BytesView members = BytesView(*plain).subspan(1);
  const std::size_t count = std::min<std::size_t>((*plain)[0], members.size() / kMemberSize);
  for (std::size_t place = 0; place < count; ++place) {
    if (auto member =
            recover(group_key, members.subspan(place * kMemberSize, kMemberSize), place, own)) {
      recovered.push_back(*std::move(member));
    }
  }
  return recovered;
}

EncodedTiles encode_tiles(std::size_t capacity, std::vector<Bytes> tiles) {
  std::ranges::sort(tiles, [](const Bytes& a, const Bytes& b) { return label_before(a, b); });
  Writer writer;
  writer.fixed(as_bytes(kMagic))
      .u8(static_cast<Byte>(capacity))
      .u32(static_cast<std::uint32_t>(tiles.size()));
  for (const Bytes& tile : tiles) {
    writer.fixed(tile);
  }
  EncodedTiles encoded{writer.take(), {}};
  encoded.root = root_of(BytesView(encoded.bytes).subspan(kHeaderSize), tile_size(capacity));
  return encoded;
}

Result<TileSet> TileSet::decode(BytesView tiles, BytesView leaves, const Manifest& manifest) {
  if (tiles.size() > kMaxTileSetSize) {
    return fail(ErrorCode::too_large, "tiles");
  }
  Reader reader(tiles);
  LK_TRY(magic, reader.fixed(kMagic.size()));
  if (as_text(magic) != kMagic) {
    return fail(ErrorCode::bad_format, "tiles", "not a tile set");
  }
  LK_TRY(capacity, reader.u8());
  LK_TRY(count, reader.u32());
  if (capacity < 1 || capacity > kMaxTileMembers) {
    return fail(ErrorCode::bad_format, "tiles", "capacity");
  }
  TileSet set;
  set.tile_size_ = tile_size(capacity);
  if (reader.remaining() / set.tile_size_ < count) {
    return fail(ErrorCode::truncated, "tiles");
  }
  LK_TRY(body, reader.fixed(count * set.tile_size_));
  LK_CHECK_OK(reader.finish());
  for (std::size_t i = 1; i < count; ++i) {
    if (!label_before(body.subspan((i - 1) * set.tile_size_), body.subspan(i * set.tile_size_))) {
      return fail(ErrorCode::bad_format, "tiles", "not in the order of labels");
    }
  }
  if (root_of(body, set.tile_size_) != manifest.tile_root) {
    return fail(ErrorCode::manifest_mismatch, "tiles", "not the tiles that the manifest names");
  }
  if (leaves.size() % 32 != 0 || leaves.size() / 32 != manifest.entries) {
    return fail(ErrorCode::manifest_mismatch, "leaves",
                "another number of entries than the manifest names");
  }
  std::vector<crypto::Digest> hashes(leaves.size() / 32);
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    std::ranges::copy(leaves.subspan(i * 32, 32), hashes[i].begin());
  }
  if (lists::merkle_root(hashes) != manifest.list_root) {
    return fail(ErrorCode::manifest_mismatch, "leaves", "not the leaves that the manifest names");
  }
  set.tiles_ = to_bytes(body);
  set.leaves_ = to_bytes(leaves);
  set.list_root_ = manifest.list_root;
  return set;
}

BytesView TileSet::find(const TileLabel& label) const {
  std::size_t low = 0;
  std::size_t high = tiles();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    const auto tile = BytesView(tiles_).subspan(middle * tile_size_, tile_size_);
    if (std::ranges::equal(tile.first(kTileLabelSize), label)) {
      return tile;
    }
    if (label_before(tile, label)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return {};
}

bool TileSet::has_leaf(std::uint32_t index, const crypto::Digest& leaf) const {
  if (index >= leaves_.size() / 32) {
    return false;
  }
  return std::ranges::equal(BytesView(leaves_).subspan(std::size_t{index} * 32, 32), leaf);
}

}  // namespace lightkeeper::match
