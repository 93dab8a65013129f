#include "picture_hash.hpp"

#include "core/media/container.hpp"
#include "core/media/pdq.hpp"
#include "decode/decoder.hpp"
#include "files.hpp"

namespace lightkeeper::cli {
namespace {

/// One decoder for all files of a run: its child takes a while to start.
Result<media::Pixels> pixels_of(const std::string& path) {
  static decode::Decoder decoder{decode::DecodeOptions{}};
  LK_TRY(file, read_file(path, media::kMaxFileBytes));
  const auto type = media::sniff_picture(file);
  if (!type) {
    return fail(ErrorCode::picture_type_unsupported, "picture");
  }
  LK_TRY(clean, media::clean_picture(file, media::media_type_of(*type)));
  return decoder.decode(clean.bytes);
}

}  // namespace

Result<media::PdqResult> hash_picture(const std::string& path, media::PdqVariant variant) {
  LK_TRY(pixels, pixels_of(path));
  return media::pdq(pixels.view(), variant);
}

Result<PictureHashes> hash_picture_both(const std::string& path) {
  LK_TRY(pixels, pixels_of(path));
  LK_TRY(full, media::pdq(pixels.view(), media::PdqVariant::full));
  LK_TRY(via512, media::pdq(pixels.view(), media::PdqVariant::via512));
  return PictureHashes{full, via512};
}

}  // namespace lightkeeper::cli
