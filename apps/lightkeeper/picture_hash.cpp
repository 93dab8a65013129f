#include "picture_hash.hpp"

#include "core/media/container.hpp"
#include "core/media/pdq.hpp"
#include "decode/decoder.hpp"
#include "files.hpp"

namespace lightkeeper::cli {

Result<media::PdqResult> hash_picture(const std::string& path, media::PdqVariant variant) {
  // One child for all pictures of a command: starting one costs more than most pictures.
  static decode::Decoder decoder{decode::DecodeOptions{}};
  LK_TRY(file, read_file(path, media::kMaxFileBytes));
  const auto type = media::sniff_picture(file);
  if (!type) {
    return fail(ErrorCode::picture_type_unsupported, "picture");
  }
  LK_TRY(clean, media::clean_picture(file, media::media_type_of(*type)));
  LK_TRY(pixels, decoder.decode(clean.bytes));
  return media::pdq(pixels.view(), variant);
}

}  // namespace lightkeeper::cli
