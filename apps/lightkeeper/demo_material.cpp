#include "demo_material.hpp"

#include "core/lists/hash_list.hpp"
#include "core/lists/key_file.hpp"
#include "core/media/drawn_picture.hpp"
#include "core/media/pdq.hpp"
#include "demo_pictures.gen.hpp"
#include "files.hpp"
#include "key_files.hpp"
#include "wall_clock.hpp"

namespace lightkeeper::cli {
namespace {

namespace fs = std::filesystem;

// fixtures/demo/test-picture.png is the one of these with seed 34.
constexpr std::uint32_t kDrawnPictures = 200;
constexpr std::uint32_t kWidth = 640;
constexpr std::uint32_t kHeight = 480;
constexpr std::uint16_t kDrawnCategory = 1;

Result<crypto::SigningKeyPair> signing_key(const DemoMaterial& material) {
  if (!fs::exists(material.signing_key)) {
    crypto::SystemRng rng;
    const auto fresh = crypto::generate_signing_key(rng);
    const SecretBytes secret = lists::key_text(fresh.secret);
    LK_CHECK_OK(write_file(material.signing_key.string(), secret.expose_secret(),
                           FileSecrecy::secret, Overwrite::refuse));
  }
  LK_TRY(key, read_signing_key(material.signing_key.string()));
  LK_CHECK_OK(write_file(material.verifying_key.string(), as_bytes(lists::key_text(key.public_key)),
                         FileSecrecy::open, Overwrite::allow));
  return key;
}

Status make_list(const DemoMaterial& material, const crypto::SigningKeyPair& key) {
  crypto::SystemRng rng;
  const auto nonce_key = lists::generate_nonce_key(rng);
  std::vector<lists::Entry> entries;
  for (std::uint32_t seed = 1; seed <= kDrawnPictures; ++seed) {
    const auto picture = media::draw_picture(kWidth, kHeight, seed);
    LK_TRY(hashes, media::pdq(picture.view(), media::PdqVariant::full));
    const auto& hash = hashes.dihedral[0];
    entries.push_back(
        {hash, lists::Provenance::test, kDrawnCategory, lists::nonce_of(nonce_key, hash)});
  }
  lists::ListHeader header{"drawn pictures of the demo",
                           Epoch{1},
                           media::PdqVariant::full,
                           {{kDrawnCategory, "drawn"}},
                           WallClock().now()};
  LK_TRY(list, lists::HashList::create(std::move(header), std::move(entries)));
  return write_file(material.list.string(), list.sign(key.secret, key.public_key),
                    FileSecrecy::open, Overwrite::refuse);
}

Status write_picture(const fs::path& path) {
  for (const auto& picture : embedded::demo_pictures()) {
    if (picture.path.substr(1) == path.filename().string()) {
      return write_file(path.string(), picture.bytes, FileSecrecy::open, Overwrite::allow);
    }
  }
  return fail(ErrorCode::not_found, "demo.pictures");
}

}  // namespace

Result<DemoMaterial> make_demo_material(const fs::path& folder) {
  const auto list_folder = folder / "list";
  DemoMaterial material{.list = list_folder / "drawn.lklist",
                        .signing_key = list_folder / "demo.key",
                        .verifying_key = list_folder / "demo.pub",
                        .pictures = folder / "pictures",
                        .test_picture = folder / "pictures" / "test-picture.png",
                        .harmless_picture = folder / "pictures" / "harmless-picture.jpg"};
  std::error_code error;
  fs::create_directories(list_folder, error);
  fs::create_directories(material.pictures, error);
  if (error) {
    return fail(ErrorCode::io_failed, "demo.folder", error.message());
  }
  LK_TRY(key, signing_key(material));
  if (!fs::exists(material.list)) {
    LK_CHECK_OK(make_list(material, key));
  }
  LK_CHECK_OK(write_picture(material.test_picture));
  LK_CHECK_OK(write_picture(material.harmless_picture));
  return material;
}

}  // namespace lightkeeper::cli
