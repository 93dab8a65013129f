// WebP (RFC 9649): a RIFF file with one picture, and in the extended form parts around it.
#include "core/media/container_parts.hpp"

namespace lightkeeper::media::parts {
namespace {

constexpr unsigned kAnimationFlag = 0x02;
constexpr unsigned kExifFlag = 0x08;
constexpr unsigned kAlphaFlag = 0x10;
constexpr unsigned kProfileFlag = 0x20;

std::uint32_t u24(BytesView b, std::size_t at) {
  return b[at] | std::uint32_t{b[at + 1]} << 8 | std::uint32_t{b[at + 2]} << 16;
}
std::uint32_t u32(BytesView b, std::size_t at) {
  return u24(b, at) | std::uint32_t{b[at + 3]} << 24;
}

void append_u32(Bytes& out, std::size_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8) {
    out.push_back(static_cast<Byte>(value >> shift));
  }
}

void append_chunk(Bytes& out, std::string_view name, BytesView data) {
  append(out, as_bytes(name));
  append_u32(out, data.size());
  append(out, data);
  if (data.size() % 2 == 1) {
    out.push_back(0);
  }
}

struct Size {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  bool operator==(const Size&) const = default;
};

/// A lossy key frame (RFC 6386 section 9.1).
Result<Size> lossy_size(BytesView data) {
  if (data.size() < 10 || (data[0] & 1) != 0 || data[3] != 0x9D || data[4] != 0x01 ||
      data[5] != 0x2A || u24(data, 0) >> 5 > data.size() - 10) {
    return damaged("webp.lossy");
  }
  return Size{(data[6] | unsigned{data[7]} << 8) & 0x3FFF,
              (data[8] | unsigned{data[9]} << 8) & 0x3FFF};
}

Result<Size> lossless_size(BytesView data) {
  if (data.size() < 5 || data[0] != 0x2F || data[4] >> 5 != 0) {
    return damaged("webp.lossless");
  }
  const std::uint32_t bits = u32(data, 1);
  return Size{(bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1};
}

}  // namespace

Result<CleanPicture> clean_webp(BytesView file) {
  const std::uint32_t riff = u32(file, 4);
  if (riff < 4 || riff > file.size() - 8) {
    return damaged("webp.size");
  }
  BytesView rest = file.subspan(12, riff - 4);

  std::optional<unsigned> flags;  // of the extended form
  Size canvas;
  std::optional<Size> size;
  std::optional<unsigned> orientation;
  std::string_view picture_name;
  BytesView picture;
  std::optional<BytesView> alpha;
  std::optional<BytesView> profile;
  while (!rest.empty()) {
    if (rest.size() < 8) {
      return damaged("webp.chunk");
    }
    const std::string_view name = as_text(rest.first(4));
    const std::size_t length = u32(rest, 4);
    rest = rest.subspan(8);
    if (length > rest.size() || (length % 2 == 1 && length == rest.size())) {
      return damaged("webp.chunk");
    }
    const BytesView data = rest.first(length);
    rest = rest.subspan(length + length % 2);
    const bool first = !flags && !size;

    if (name == "VP8X" && first) {
      if (data.size() != 10) {
        return damaged("webp.extended");
      }
      flags = data[0];
      canvas = {u24(data, 4) + 1, u24(data, 7) + 1};
      if ((*flags & kAnimationFlag) != 0) {
        return fail(ErrorCode::picture_animated, "webp.extended");
      }
      if (!size_allowed(canvas.width, canvas.height)) {
        return fail(ErrorCode::picture_too_large, "webp.extended");
      }
    } else if (name == "ANIM" || name == "ANMF") {
      return fail(ErrorCode::picture_animated, "webp.animation");
    } else if ((name == "VP8 " || name == "VP8L") && !size) {
      LK_TRY(read, name == "VP8 " ? lossy_size(data) : lossless_size(data));
      if (read.width == 0 || read.height == 0 || (flags && read != canvas)) {
        return damaged("webp.size");
      }
      if (!size_allowed(read.width, read.height)) {
        return fail(ErrorCode::picture_too_large, "webp.size");
      }
      size = read;
      picture_name = name;
      picture = data;
    } else if (first) {
      return damaged("webp.start");  // a picture or the extended header comes first
    } else if (flags && name == "ICCP" && !size && !profile) {
      profile = data;
    } else if (flags && name == "ALPH" && !size && !alpha) {
      alpha = data;
    } else if (flags && name == "EXIF" && !orientation) {
      constexpr std::string_view kPrefix{"Exif\0\0", 6};  // some writers copy it from JPEG
      orientation = orientation_of(
          starts_with(data, as_bytes(kPrefix)) ? data.subspan(kPrefix.size()) : data);
    }
  }
  if (!size) {
    return damaged("webp.end");
  }

  // Decoders believe the flags, so a part whose flag is not set does not count.
  const bool with_profile = profile && (*flags & kProfileFlag) != 0;
  const bool with_alpha = alpha && picture_name == "VP8 ";
  if (!flags || (*flags & kExifFlag) == 0) {
    orientation = 1;
  }
  const bool turned = orientation.value_or(1) != 1;
  Bytes out;
  out.reserve(file.size() + 64);
  append(out, as_bytes("RIFF"));
  append_u32(out, 0);
  append(out, as_bytes("WEBP"));
  if (flags) {
    const unsigned kept =
        (*flags & kAlphaFlag) | (with_profile ? kProfileFlag : 0U) | (turned ? kExifFlag : 0U);
    const std::uint32_t w = canvas.width - 1;
    const std::uint32_t h = canvas.height - 1;
    append_chunk(
        out, "VP8X",
        ByteArray<10>{static_cast<Byte>(kept), 0, 0, 0, static_cast<Byte>(w),
                      static_cast<Byte>(w >> 8), static_cast<Byte>(w >> 16), static_cast<Byte>(h),
                      static_cast<Byte>(h >> 8), static_cast<Byte>(h >> 16)});
  }
  if (with_profile) {
    append_chunk(out, "ICCP", *profile);
  }
  if (with_alpha) {
    append_chunk(out, "ALPH", *alpha);
  }
  append_chunk(out, picture_name, picture);
  if (turned) {
    append_chunk(out, "EXIF", orientation_block(*orientation));
  }
  const std::size_t total = out.size() - 8;
  for (unsigned i = 0; i < 4; ++i) {
    out[4 + i] = static_cast<Byte>(total >> (8 * i));
  }
  return upright(PictureType::webp, size->width, size->height, orientation.value_or(1),
                 std::move(out));
}

}  // namespace lightkeeper::media::parts
