// PNG (W3C, third edition): a signature and chunks, each with a length, a name and a checksum.
#include <algorithm>
#include <array>

#include "core/base/codec.hpp"
#include "core/media/container_parts.hpp"

namespace lightkeeper::media::parts {
namespace {

constexpr std::size_t kSignatureSize = 8;

constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t n = 0; n < 256; ++n) {
    std::uint32_t c = n;
    for (int k = 0; k < 8; ++k) {
      c = (c & 1) != 0 ? 0xEDB88320U ^ (c >> 1) : c >> 1;
    }
    table[n] = c;
  }
  return table;
}();

std::uint32_t crc_of(BytesView bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const Byte byte : bytes) {
    crc = kCrcTable[(crc ^ byte) & 255] ^ (crc >> 8);
  }
  return ~crc;
}

void append_chunk(Bytes& out, std::string_view name, BytesView data) {
  Writer head;
  head.u32(static_cast<std::uint32_t>(data.size()));
  append(out, head.view());
  const std::size_t start = out.size();
  append(out, as_bytes(name));
  append(out, data);
  Writer tail;
  tail.u32(crc_of(BytesView(out).subspan(start)));
  append(out, tail.view());
}

struct Header {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  unsigned depth = 0;
  unsigned colour = 0;
};
constexpr unsigned kGrey = 0;
constexpr unsigned kRgb = 2;
constexpr unsigned kPalette = 3;
constexpr unsigned kGreyAlpha = 4;
constexpr unsigned kRgbAlpha = 6;

Result<Header> read_header(BytesView data) {
  if (data.size() != 13) {
    return damaged("png.header");
  }
  Reader in(data);
  LK_TRY(width, in.u32());
  LK_TRY(height, in.u32());
  const unsigned depth = data[8];
  const unsigned colour = data[9];
  const bool low = depth == 1 || depth == 2 || depth == 4;
  const bool known = (colour == kGrey && (low || depth == 8 || depth == 16)) ||
                     (colour == kPalette && (low || depth == 8)) ||
                     ((colour == kRgb || colour == kGreyAlpha || colour == kRgbAlpha) &&
                      (depth == 8 || depth == 16));
  if (width == 0 || height == 0 || !known || data[10] != 0 || data[11] != 0 || data[12] > 1) {
    return damaged("png.header");
  }
  if (!size_allowed(width, height)) {
    return fail(ErrorCode::picture_too_large, "png.header");
  }
  return Header{width, height, depth, colour};
}

/// The ancillary chunks that change how pixels look. Each counts once and only before the pixels.
enum Colour : std::size_t {
  kProfile,
  kSrgb,
  kGamma,
  kChroma,
  kCodePoints,
  kTransparency,
  kColourChunks
};
constexpr std::array<std::string_view, kColourChunks> kColourNames = {"iCCP", "sRGB", "gAMA",
                                                                      "cHRM", "cICP", "tRNS"};

bool colour_chunk_fits(std::size_t which, BytesView data, const Header& header,
                       std::size_t palette) {
  switch (which) {
    case kProfile: {
      const auto end =
          std::find(data.begin(), data.end(), Byte{0});  // of the name, 1 to 79 characters
      return end != data.begin() && end - data.begin() <= 79 && data.end() - end > 2 &&
             *(end + 1) == 0;
    }
    case kSrgb:
      return data.size() == 1 && data[0] <= 3;
    case kGamma:
      return data.size() == 4;
    case kChroma:
      return data.size() == 32;
    case kCodePoints:
      return data.size() == 4;
    case kTransparency:
      return (header.colour == kGrey && data.size() == 2) ||
             (header.colour == kRgb && data.size() == 6) ||
             (header.colour == kPalette && !data.empty() && data.size() <= palette);
    default:
      return false;
  }
}

struct Chunk {
  BytesView named;  // four letters and the data: what the checksum covers
  std::uint32_t checksum = 0;
};

Result<Chunk> next_chunk(BytesView rest) {
  constexpr std::size_t kAround = 12;  // length, name, checksum
  if (rest.size() < kAround) {
    return damaged("png.chunk");
  }
  Reader in(rest);
  LK_TRY(size, in.u32());
  if (size > rest.size() - kAround) {
    return damaged("png.chunk");
  }
  LK_TRY(named, in.fixed(std::size_t{size} + 4));
  LK_TRY(checksum, in.u32());
  const bool letters = std::ranges::all_of(as_text(named.first(4)), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
  if (!letters) {
    return damaged("png.chunk");
  }
  return Chunk{named, checksum};
}

}  // namespace

Result<CleanPicture> clean_png(BytesView file) {
  std::optional<Header> header;
  std::size_t palette = 0;  // entries
  std::array<bool, kColourChunks> seen{};
  std::optional<unsigned> orientation;
  enum class Pixels { before, inside, after } pixels = Pixels::before;
  Bytes colours;  // kept chunks between the header and the pixels
  Bytes out;
  BytesView rest = file.subspan(kSignatureSize);
  for (;;) {
    LK_TRY(chunk, next_chunk(rest));
    rest = rest.subspan(chunk.named.size() + 8);
    const std::string_view name = as_text(chunk.named.first(4));
    const BytesView data = chunk.named.subspan(4);
    if (!header && name != "IHDR") {
      return damaged("png.header");
    }
    const auto colour =
        static_cast<std::size_t>(std::ranges::find(kColourNames, name) - kColourNames.begin());
    const bool critical = name[0] >= 'A' && name[0] <= 'Z';
    if (critical || colour < kColourChunks || name == "eXIf") {
      if (crc_of(chunk.named) != chunk.checksum) {
        return damaged("png.checksum");
      }
    }
    if (pixels == Pixels::inside && name != "IDAT") {
      pixels = Pixels::after;
    }

    if (name == "IHDR") {
      if (header) {
        return damaged("png.header");
      }
      LK_TRY(read, read_header(data));
      header = read;
      out.reserve(file.size() + 64);
      append(out, file.first(kSignatureSize));
      append_chunk(out, name, data);
    } else if (name == "PLTE") {
      if (palette != 0 || pixels != Pixels::before || data.empty() || data.size() % 3 != 0 ||
          data.size() > 768 || header->colour == kGrey || header->colour == kGreyAlpha) {
        return damaged("png.palette");
      }
      palette = data.size() / 3;
      append_chunk(colours, name, data);
    } else if (name == "IDAT") {
      if (pixels == Pixels::after || (header->colour == kPalette && palette == 0)) {
        return damaged("png.pixels");
      }
      if (pixels == Pixels::before) {
        if (orientation.value_or(1) != 1) {
          append_chunk(out, "eXIf", orientation_block(*orientation));
        }
        append(out, colours);
        pixels = Pixels::inside;
      }
      append_chunk(out, name, data);
    } else if (name == "IEND") {
      if (pixels == Pixels::before || !data.empty()) {
        return damaged("png.end");
      }
      append_chunk(out, name, data);
      break;
    } else if (name == "acTL") {
      return fail(ErrorCode::picture_animated, "png.animation");
    } else if (critical) {
      return damaged("png.chunk");
    } else if (colour < kColourChunks) {
      if (pixels == Pixels::before && !seen[colour] &&
          colour_chunk_fits(colour, data, *header, palette)) {
        seen[colour] = true;
        if (colour == kProfile) {  // its name is free text
          const auto end = std::find(data.begin(), data.end(), Byte{0});
          const BytesView unnamed = data.subspan(static_cast<std::size_t>(end - data.begin()));
          append_chunk(colours, name, concat({as_bytes("icc"), unnamed}));
        } else {
          append_chunk(colours, name, data);
        }
      }
    } else if (name == "eXIf" && !orientation && pixels == Pixels::before) {
      orientation = orientation_of(data);
    }
  }
  return upright(PictureType::png, header->width, header->height, orientation.value_or(1),
                 std::move(out));
}

}  // namespace lightkeeper::media::parts
