// Replies at a device: as they come, and whatever keepers may have sealed into them, all the way to
// the outcome. Random sums must never give a match.
#include <cstdlib>

#include "core/match/device.hpp"

namespace lk = lightkeeper;
namespace match = lightkeeper::match;

namespace {

struct Scene {
  match::Manifest manifest;
  std::array<lk::crypto::BoxKeyPair, 3> boxes;
  match::ManifestHash hash{};

  Scene() {
    lk::crypto::SeededRng rng(1);
    manifest.list_root = lk::lists::merkle_root({});
    manifest.tile_root = manifest.list_root;
    manifest.list_name = "fuzz";
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      boxes[i] = lk::crypto::generate_box_key(rng);
      manifest.keepers[i] = {"http://localhost:1", "localhost:2", boxes[i].public_key, {}};
      manifest.keepers[i].url.back() = static_cast<char>('1' + i);
    }
    hash = match::hash_of(match::encode(manifest));
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (!lk::crypto::initialise()) {
    return 0;
  }
  static const Scene scene;
  static const auto tiles =
      match::TileSet::decode(match::encode_tiles(1, {}).bytes, {}, scene.manifest).value();
  lk::crypto::SeededRng rng(2);
  const std::array<lk::media::PdqBits, lk::media::kHypotheses> picture{};
  const auto query = match::PictureQuery::create(scene.manifest, scene.hash, picture, rng).value();
  const lk::Bytes raw(data, data + size);
  if (query.open({raw, raw, raw}, tiles)) {
    std::abort();
  }
  std::array<lk::Bytes, 3> replies;
  for (std::uint8_t i = 0; i < 3; ++i) {
    const auto request =
        match::open_request(i, scene.boxes[i], scene.hash, query.requests()[i]).value();
    std::vector<match::OpeningShare> sums(lk::media::kHypotheses);
    std::size_t at = i;
    for (auto& sum : sums) {
      for (std::size_t b = 0; b < 16; ++b, at += 3) {
        sum.mu[b] = at < size ? data[at] : 0;
        sum.lambda[b] = at < size / 2 ? data[at + size / 2] : 0;
      }
    }
    replies[i] = match::seal_reply(request, sums);
  }
  const auto outcome = query.open(replies, tiles);
  if (!outcome || !outcome->found.empty()) {
    std::abort();
  }
  return 0;
}
