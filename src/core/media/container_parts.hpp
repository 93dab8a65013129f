// Inside this room only: the three formats behind clean_picture(), and what they share.
#pragma once

#include "core/media/container.hpp"

namespace lightkeeper::media::parts {

[[nodiscard]] Result<CleanPicture> clean_jpeg(BytesView file);
[[nodiscard]] Result<CleanPicture> clean_png(BytesView file);
[[nodiscard]] Result<CleanPicture> clean_webp(BytesView file);

/// EXIF orientation: 1 is upright, 2..8 as in the EXIF standard. Anything odd reads as 1, as
/// decoders do.
[[nodiscard]] unsigned orientation_of(BytesView tiff);
/// A TIFF block with an orientation and nothing else: 26 bytes.
[[nodiscard]] Bytes orientation_block(unsigned orientation);

/// The result with its sides as seen upright.
[[nodiscard]] CleanPicture upright(PictureType type, std::uint32_t width, std::uint32_t height,
                                   unsigned orientation, Bytes bytes);

[[nodiscard]] inline std::unexpected<Error> damaged(std::string_view where) {
  return fail(ErrorCode::picture_damaged, where);
}
[[nodiscard]] inline bool starts_with(BytesView bytes, BytesView prefix) {
  return bytes.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), bytes.begin());
}
inline void append(Bytes& out, BytesView more) { out.insert(out.end(), more.begin(), more.end()); }

}  // namespace lightkeeper::media::parts
