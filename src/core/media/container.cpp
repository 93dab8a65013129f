#include "core/media/container.hpp"

#include <algorithm>
#include <array>

#include "core/base/codec.hpp"
#include "core/media/container_parts.hpp"

namespace lightkeeper::media {
namespace {

constexpr std::array<Byte, 3> kJpegStart = {0xFF, 0xD8, 0xFF};
constexpr std::array<Byte, 8> kPngStart = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

std::optional<PictureType> claimed_type(std::string_view claimed) {
  std::string lower(claimed);
  for (char& c : lower) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  for (const PictureType type : {PictureType::jpeg, PictureType::png, PictureType::webp}) {
    if (lower == media_type_of(type)) {
      return type;
    }
  }
  return std::nullopt;
}

/// True when the file ends inside the mark by which its type would be known.
bool ends_inside_the_mark(BytesView file) {
  return parts::starts_with(kJpegStart, file) || parts::starts_with(kPngStart, file) ||
         parts::starts_with(as_bytes("RIFF"), file) ||
         (parts::starts_with(file, as_bytes("RIFF")) && file.size() < 12);
}

}  // namespace

std::string_view media_type_of(PictureType type) {
  switch (type) {
    case PictureType::jpeg:
      return "image/jpeg";
    case PictureType::png:
      return "image/png";
    case PictureType::webp:
      return "image/webp";
  }
  return "";
}

std::optional<PictureType> sniff_picture(BytesView file) {
  if (parts::starts_with(file, kJpegStart)) {
    return PictureType::jpeg;
  }
  if (parts::starts_with(file, kPngStart)) {
    return PictureType::png;
  }
  if (parts::starts_with(file, as_bytes("RIFF")) && file.size() >= 12 &&
      parts::starts_with(file.subspan(8), as_bytes("WEBP"))) {
    return PictureType::webp;
  }
  return std::nullopt;
}

Result<CleanPicture> clean_picture(BytesView file, std::string_view claimed_media_type) {
  const auto claimed = claimed_type(claimed_media_type);
  if (!claimed) {
    return fail(ErrorCode::picture_type_unsupported, "container.claimed");
  }
  if (file.size() > kMaxFileBytes) {
    return fail(ErrorCode::picture_too_large, "container.bytes");
  }
  const auto found = sniff_picture(file);
  if (!found) {
    return ends_inside_the_mark(file)
               ? parts::damaged("container.start")
               : fail(ErrorCode::picture_type_unsupported, "container.start");
  }
  if (*found != *claimed) {
    return fail(ErrorCode::picture_not_what_it_claims, "container.start");
  }
  switch (*found) {
    case PictureType::jpeg:
      return parts::clean_jpeg(file);
    case PictureType::png:
      return parts::clean_png(file);
    case PictureType::webp:
      return parts::clean_webp(file);
  }
  return fail(ErrorCode::internal, "container.type");
}

namespace parts {
namespace {

constexpr std::uint16_t kOrientationTag = 0x0112;
constexpr std::uint16_t kShort = 3;

}  // namespace

unsigned orientation_of(BytesView tiff) {
  if (tiff.size() < 8 || tiff[0] != tiff[1] || (tiff[0] != 'I' && tiff[0] != 'M')) {
    return 1;
  }
  const bool little = tiff[0] == 'I';
  const auto u16 = [&](std::size_t at) {
    const unsigned a = tiff[at];
    const unsigned b = tiff[at + 1];
    return little ? a | b << 8 : a << 8 | b;
  };
  const auto u32 = [&](std::size_t at) {
    const std::uint32_t a = u16(at);
    const std::uint32_t b = u16(at + 2);
    return little ? a | b << 16 : a << 16 | b;
  };
  const std::uint32_t directory = u32(4);
  if (u16(2) != 42 || directory > tiff.size() - 2) {
    return 1;
  }
  const std::size_t entries = u16(directory);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t at = std::size_t{directory} + 2 + 12 * i;
    if (at + 12 > tiff.size()) {
      return 1;
    }
    if (u16(at) == kOrientationTag) {
      const unsigned value = u16(at + 8);
      return u16(at + 2) == kShort && u32(at + 4) == 1 && value >= 1 && value <= 8 ? value : 1;
    }
  }
  return 1;
}

Bytes orientation_block(unsigned orientation) {
  Writer out;
  out.u8('M').u8('M').u16(42).u32(8);
  out.u16(1)
      .u16(kOrientationTag)
      .u16(kShort)
      .u32(1)
      .u16(static_cast<std::uint16_t>(orientation))
      .u16(0);
  out.u32(0);
  return out.take();
}

CleanPicture upright(PictureType type, std::uint32_t width, std::uint32_t height,
                     unsigned orientation, Bytes bytes) {
  if (orientation >= 5) {
    std::swap(width, height);
  }
  return {type, width, height, std::move(bytes)};
}

}  // namespace parts
}  // namespace lightkeeper::media
