// Tile sets, with a manifest that names whatever root the input has, so that the parser is reached
// to its end; and the inside of a tile, sealed under a known key.
#include <algorithm>
#include <cstdlib>

#include "core/match/tiles.hpp"

namespace lk = lightkeeper;
namespace match = lightkeeper::match;

namespace {

lk::crypto::Digest root_of(lk::BytesView body, std::size_t size) {
  std::vector<lk::crypto::Digest> hashes;
  for (std::size_t at = 0; at + size <= body.size(); at += size) {
    hashes.push_back(lk::crypto::sha256(
        lk::concat({lk::Bytes{0}, lk::as_bytes("lightkeeper tile v1"), body.subspan(at, size)})));
  }
  return lk::lists::merkle_root(hashes);
}

void open_inside(lk::BytesView plain) {
  const match::Gf128 key{1, 2};
  const lk::crypto::Digest root{};
  const auto label = match::tile_label(key, root);
  const lk::crypto::AeadKey aead{
      lk::crypto::hkdf_sha256(key.bytes(), root, lk::as_bytes("lightkeeper tile key v1"), 32)};
  const auto sealed = lk::crypto::aead_seal(
      aead, {}, lk::concat({lk::as_bytes("lightkeeper tile v1"), root, label}), plain);
  for (const auto& member :
       match::open_tile(key, root, lk::concat({label, sealed}), lk::media::PdqBits{})) {
    if (member.distance.value > match::kThreshold) {
      std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (!lk::crypto::initialise()) {
    return 0;
  }
  const lk::BytesView bytes(data, size);
  match::Manifest manifest;
  manifest.list_root = lk::lists::merkle_root({});
  if (size >= 13 && data[8] != 0) {
    manifest.tile_root = root_of(bytes.subspan(13), match::tile_size(data[8]));
  }
  if (const auto set = match::TileSet::decode(bytes, {}, manifest)) {
    for (std::size_t i = 0; i < set->tiles(); ++i) {
      match::TileLabel label{};
      std::copy_n(data + 13 + i * match::tile_size(data[8]), label.size(), label.begin());
      const auto tile = set->find(label);
      if (tile.empty()) {
        std::abort();
      }
      (void)match::open_tile(match::Gf128{1, 2}, manifest.list_root, tile, lk::media::PdqBits{});
    }
  }
  (void)match::TileSet::decode({}, bytes, manifest);
  open_inside(bytes);
  return 0;
}
