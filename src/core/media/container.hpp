// Taking everything out of a picture file that is not the picture, without decoding it.
#pragma once

#include <optional>
#include <string_view>

#include "core/media/pixels.hpp"

namespace lightkeeper::media {

enum class PictureType : std::uint8_t { jpeg = 1, png = 2, webp = 3 };

/// "image/jpeg", "image/png" or "image/webp".
[[nodiscard]] std::string_view media_type_of(PictureType type);
/// The type that the first bytes show, whatever anybody claims.
[[nodiscard]] std::optional<PictureType> sniff_picture(BytesView file);

struct CleanPicture {
  PictureType type = PictureType::jpeg;
  std::uint32_t width = 0;  // upright, that is after the orientation is applied
  std::uint32_t height = 0;
  Bytes bytes;
};

/// Rewrites a JPEG, PNG or WebP file by whitelist: what decides the pixels stays, byte for byte;
/// the colour profile stays; an orientation stays as an EXIF block that holds nothing else. All the
/// rest goes: EXIF with its place and time, XMP, IPTC, comments, texts, thumbnails, further
/// pictures, unknown parts and whatever follows the end. Cleaning a clean file gives the same
/// bytes.
///
/// `claimed_media_type` is what the sender says the file is ("image/png", any case).
///
/// Errors: picture_type_unsupported (another kind of file, claimed or found, or a kind of JPEG that
/// browsers do not show either), picture_not_what_it_claims, picture_damaged (truncated or
/// malformed structure), picture_animated, picture_too_large (bytes, sides or pixels; see
/// pixels.hpp).
///
/// Cost: one pass over the file; memory for the result and the colour profile. Does not look into
/// compressed data, so a file that passes may still fail to decode. Pure and thread-safe.
[[nodiscard]] Result<CleanPicture> clean_picture(BytesView file,
                                                 std::string_view claimed_media_type);

}  // namespace lightkeeper::media
