// JPEG (ITU-T T.81), as far as its structure goes: markers, lengths, tables and where scans end.
#include <algorithm>
#include <vector>

#include "core/base/codec.hpp"
#include "core/media/container_parts.hpp"

namespace lightkeeper::media::parts {
namespace {

constexpr Byte kMark = 0xFF;
constexpr unsigned kStart = 0xD8;
constexpr unsigned kEnd = 0xD9;
constexpr unsigned kFrameBaseline = 0xC0;
constexpr unsigned kFrameExtended = 0xC1;
constexpr unsigned kFrameProgressive = 0xC2;
constexpr unsigned kHuffmanTables = 0xC4;
constexpr unsigned kArithmeticTables = 0xCC;
constexpr unsigned kScan = 0xDA;
constexpr unsigned kQuantTables = 0xDB;
constexpr unsigned kRestartInterval = 0xDD;
constexpr unsigned kApp0 = 0xE0;
constexpr unsigned kApp1 = 0xE1;
constexpr unsigned kApp2 = 0xE2;
constexpr unsigned kApp14 = 0xEE;
constexpr unsigned kApp15 = 0xEF;
constexpr unsigned kComment = 0xFE;

/// Each scan of a progressive file makes the decoder visit the whole picture again.
constexpr int kMaxScans = 100;
constexpr std::size_t kProfilePiece = 65519;  // bytes of a colour profile in one segment

void append_segment(Bytes& out, unsigned marker, std::initializer_list<BytesView> parts) {
  std::size_t size = 2;
  for (const BytesView part : parts) {
    size += part.size();
  }
  out.push_back(kMark);
  out.push_back(static_cast<Byte>(marker));
  out.push_back(static_cast<Byte>(size >> 8));
  out.push_back(static_cast<Byte>(size));
  for (const BytesView part : parts) {
    append(out, part);
  }
}

constexpr std::string_view kJfifName{"JFIF\0", 5};
constexpr std::string_view kExifName{"Exif\0\0", 6};
constexpr std::string_view kProfileName{"ICC_PROFILE\0", 12};
constexpr std::string_view kAdobeName{"Adobe"};

/// What application segments say about the pixels. Decoders read them before the first scan only.
struct Meaning {
  bool jfif = false;                    // tells decoders that three components are YCbCr
  std::optional<Byte> adobe;            // colour transform; the last one counts
  std::optional<unsigned> orientation;  // the first EXIF block counts
  std::vector<BytesView> profile;       // pieces by number
  bool profile_broken = false;

  void read(unsigned marker, BytesView segment) {
    if (marker == kApp0 && starts_with(segment, as_bytes(kJfifName)) && segment.size() >= 14) {
      jfif = true;
    } else if (marker == kApp1 && starts_with(segment, as_bytes(kExifName))) {
      if (!orientation) {
        orientation = orientation_of(segment.subspan(kExifName.size()));
      }
    } else if (marker == kApp2 && starts_with(segment, as_bytes(kProfileName)) &&
               segment.size() >= 14) {
      const std::size_t number = segment[12];
      const std::size_t count = segment[13];
      if (profile.empty()) {
        profile.resize(count);
      }
      if (number == 0 || number > count || count != profile.size() ||
          !profile[number - 1].empty() || segment.size() == 14) {
        profile_broken = true;
      } else {
        profile[number - 1] = segment.subspan(14);
      }
    } else if (marker == kApp14 && starts_with(segment, as_bytes(kAdobeName)) &&
               segment.size() >= 12) {
      adobe = segment[11];
    }
  }

  /// The same meaning in fixed words: no thumbnail, no density, no maker, no time, no place.
  void append_to(Bytes& out) const {
    if (jfif) {
      append_segment(out, kApp0, {as_bytes(kJfifName), ByteArray<9>{1, 1, 0, 0, 1, 0, 1, 0, 0}});
    }
    if (orientation.value_or(1) != 1) {
      append_segment(out, kApp1, {as_bytes(kExifName), orientation_block(*orientation)});
    }
    const bool whole = !profile_broken && std::ranges::none_of(profile, &BytesView::empty);
    if (whole) {
      Bytes joined;
      for (const BytesView piece : profile) {
        append(joined, piece);
      }
      const std::size_t count = (joined.size() + kProfilePiece - 1) / kProfilePiece;
      for (std::size_t i = 0; i < count; ++i) {
        const BytesView rest = BytesView(joined).subspan(i * kProfilePiece);
        const ByteArray<2> number = {static_cast<Byte>(i + 1), static_cast<Byte>(count)};
        append_segment(
            out, kApp2,
            {as_bytes(kProfileName), number, rest.first(std::min(rest.size(), kProfilePiece))});
      }
    }
    if (adobe) {
      append_segment(out, kApp14, {as_bytes(kAdobeName), ByteArray<7>{0, 100, 0, 0, 0, 0, *adobe}});
    }
  }
};

Status check_quant_tables(BytesView segment) {
  while (!segment.empty()) {
    const std::size_t size = 1 + (segment[0] >> 4 == 0 ? 64U : 128U);
    if (segment[0] >> 4 > 1 || (segment[0] & 15) > 3 || segment.size() < size) {
      return damaged("jpeg.quantisation");
    }
    segment = segment.subspan(size);
  }
  return {};
}

Status check_huffman_tables(BytesView segment) {
  while (!segment.empty()) {
    if (segment[0] >> 4 > 1 || (segment[0] & 15) > 3 || segment.size() < 17) {
      return damaged("jpeg.huffman");
    }
    std::size_t size = 17;
    for (std::size_t i = 1; i <= 16; ++i) {
      size += segment[i];
    }
    if (size > 17 + 256 || segment.size() < size) {
      return damaged("jpeg.huffman");
    }
    segment = segment.subspan(size);
  }
  return {};
}

struct Frame {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::size_t components = 0;
};

Result<Frame> read_frame(BytesView segment) {
  if (segment.size() < 6) {
    return damaged("jpeg.frame");
  }
  Reader in(segment);
  LK_TRY(precision, in.u8());
  LK_TRY(height, in.u16());
  LK_TRY(width, in.u16());
  LK_TRY(components, in.u8());
  if (in.remaining() != std::size_t{3} * components) {
    return damaged("jpeg.frame");
  }
  if (precision != 8 || (components != 1 && components != 3 && components != 4)) {
    return fail(ErrorCode::picture_type_unsupported, "jpeg.frame");
  }
  if (width == 0 || height == 0) {
    return damaged("jpeg.frame");
  }
  if (!size_allowed(width, height)) {
    return fail(ErrorCode::picture_too_large, "jpeg.frame");
  }
  for (std::size_t i = 0; i < components; ++i) {
    const unsigned sampling = segment[6 + 3 * i + 1];
    if (sampling >> 4 < 1 || sampling >> 4 > 4 || (sampling & 15) < 1 || (sampling & 15) > 4) {
      return damaged("jpeg.sampling");
    }
  }
  return Frame{width, height, components};
}

/// How many of the bytes belong to compressed data: up to the next marker that is no restart
/// marker.
Result<std::size_t> scan_size(BytesView rest) {
  for (auto at = rest.begin();; ++at) {
    at = std::find(at, rest.end(), kMark);
    if (rest.end() - at < 2) {
      return damaged("jpeg.scan");
    }
    const Byte next = *(at + 1);
    const bool restart = next >= 0xD0 && next <= 0xD7;
    if (next != 0 && next != kMark && !restart) {
      return static_cast<std::size_t>(at - rest.begin());
    }
  }
}

bool other_process(unsigned marker) {  // lossless, hierarchical, arithmetic: no browser shows these
  return (marker >= 0xC3 && marker <= 0xCF && marker != kHuffmanTables && marker != 0xC8) ||
         marker == 0xDE || marker == 0xDF;
}

}  // namespace

Result<CleanPicture> clean_jpeg(BytesView file) {
  Meaning meaning;
  std::optional<Frame> frame;
  Bytes tables;  // everything kept before the first scan
  Bytes out;
  int scans = 0;
  std::size_t at = 2;
  for (;;) {
    if (file.size() - at < 2) {
      return damaged("jpeg.marker");
    }
    if (file[at] != kMark) {
      return damaged("jpeg.marker");
    }
    const unsigned marker = file[at + 1];
    if (marker == kMark) {  // a fill byte
      ++at;
      continue;
    }
    at += 2;
    if (marker == kEnd) {
      break;
    }
    if (file.size() - at < 2) {
      return damaged("jpeg.segment");
    }
    const std::size_t size = std::size_t{file[at]} << 8 | file[at + 1];
    if (size < 2 || size > file.size() - at) {
      return damaged("jpeg.segment");
    }
    const BytesView segment = file.subspan(at + 2, size - 2);
    at += size;
    Bytes& kept = scans == 0 ? tables : out;

    if (marker >= kApp0 && marker <= kApp15) {
      if (scans == 0) {
        meaning.read(marker, segment);
      }
    } else if (marker == kComment) {
      continue;
    } else if (marker == kQuantTables) {
      LK_CHECK_OK(check_quant_tables(segment));
      append_segment(kept, marker, {segment});
    } else if (marker == kHuffmanTables) {
      LK_CHECK_OK(check_huffman_tables(segment));
      append_segment(kept, marker, {segment});
    } else if (marker == kRestartInterval) {
      if (segment.size() != 2) {
        return damaged("jpeg.restart");
      }
      append_segment(kept, marker, {segment});
    } else if (marker == kFrameBaseline || marker == kFrameExtended ||
               marker == kFrameProgressive) {
      if (frame) {
        return damaged("jpeg.frame");
      }
      LK_TRY(read, read_frame(segment));
      frame = read;
      append_segment(kept, marker, {segment});
    } else if (marker == kScan) {
      const bool fits = frame && !segment.empty() && segment[0] >= 1 &&
                        segment[0] <= frame->components &&
                        segment.size() == 4 + std::size_t{2} * segment[0];
      if (!fits || ++scans > kMaxScans) {
        return damaged("jpeg.scan");
      }
      if (scans == 1) {
        out.reserve(file.size() + 64);
        append(out, ByteArray<2>{kMark, kStart});
        meaning.append_to(out);
        append(out, tables);
      }
      append_segment(out, marker, {segment});
      LK_TRY(data, scan_size(file.subspan(at)));
      append(out, file.subspan(at, data));
      at += data;
    } else if (other_process(marker) || marker == kArithmeticTables) {
      return fail(ErrorCode::picture_type_unsupported, "jpeg.process");
    } else {
      return damaged("jpeg.marker");
    }
  }
  if (scans == 0) {
    return damaged("jpeg.end");
  }
  append(out, ByteArray<2>{kMark, kEnd});
  return upright(PictureType::jpeg, frame->width, frame->height, meaning.orientation.value_or(1),
                 std::move(out));
}

}  // namespace lightkeeper::media::parts
