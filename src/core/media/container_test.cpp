#include "core/media/container.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <chrono>

#include "core/base/codec.hpp"
#include "core/media/container_parts.hpp"

namespace lightkeeper::media {
namespace {

using parts::append;

// Files made by hand. Their compressed data is arbitrary: this room never looks into it. That the
// pixels stay the same is tested with real decoders in src/decode.

constexpr std::string_view kPrivate = "PRIVATE-60.1699N-24.9384E";

bool contains(BytesView haystack, std::string_view needle) {
  return as_text(haystack).find(needle) != std::string_view::npos;
}

Bytes segment(unsigned marker, BytesView data) {
  Writer out;
  out.u8(0xFF)
      .u8(static_cast<Byte>(marker))
      .u16(static_cast<std::uint16_t>(data.size() + 2))
      .fixed(data);
  return out.take();
}

/// A whole EXIF directory as phones write it: orientation among private entries, and a thumbnail.
Bytes exif(unsigned orientation, bool little) {
  Writer out;
  const auto u16 = [&](unsigned v) {
    little ? out.u8(static_cast<Byte>(v)).u8(static_cast<Byte>(v >> 8))
           : out.u16(static_cast<std::uint16_t>(v));
  };
  const auto u32 = [&](std::uint32_t v) {
    if (little) {
      u16(v & 0xFFFF);
      u16(v >> 16);
    } else {
      out.u32(v);
    }
  };
  out.fixed(as_bytes(little ? "II" : "MM"));
  u16(42);
  u32(8);
  u16(2);
  u16(0x010E);  // a description
  u16(2);
  u32(static_cast<std::uint32_t>(kPrivate.size()));
  u32(38);
  u16(0x0112);
  u16(3);
  u32(1);
  u16(orientation);
  u16(0);
  u32(0);
  out.fixed(as_bytes(kPrivate));
  return out.take();
}

Bytes jpeg_exif(unsigned orientation, bool little = false) {
  return segment(0xE1,
                 concat({as_bytes(std::string_view("Exif\0\0", 6)), exif(orientation, little)}));
}

struct Jpeg {
  Bytes head;  // segments after the start
  std::uint16_t width = 40;
  std::uint16_t height = 30;
  unsigned process = 0xC0;
  Bytes between;  // segments before the scan
  Bytes data = {1, 2, 0xFF, 0, 3, 0xFF, 0xD0, 4, 5};
  Bytes tail;  // after the end
};

Bytes make(const Jpeg& j) {
  Bytes quant(65, 9);
  quant[0] = 0;
  Bytes huffman(18, 0);
  huffman[1] = 1;
  Writer frame;
  frame.u8(8).u16(j.height).u16(j.width).u8(1).u8(1).u8(0x11).u8(0);
  return concat({Bytes{0xFF, 0xD8}, j.head, segment(0xDB, quant), segment(0xC4, huffman),
                 segment(j.process, frame.view()), j.between,
                 segment(0xDA, Bytes{1, 1, 0, 0, 63, 0}), j.data, Bytes{0xFF, 0xD9}, j.tail});
}

Bytes chunk(std::string_view name, BytesView data) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const BytesView part : {as_bytes(name), data}) {
    for (const Byte byte : part) {
      crc ^= byte;
      for (int k = 0; k < 8; ++k) {
        crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
      }
    }
  }
  Writer out;
  out.u32(static_cast<std::uint32_t>(data.size())).fixed(as_bytes(name)).fixed(data).u32(~crc);
  return out.take();
}

Bytes png_header(std::uint32_t width, std::uint32_t height, unsigned depth, unsigned colour) {
  Writer out;
  out.u32(width)
      .u32(height)
      .u8(static_cast<Byte>(depth))
      .u8(static_cast<Byte>(colour))
      .u8(0)
      .u8(0)
      .u8(0);
  return chunk("IHDR", out.view());
}

Bytes png(BytesView header, BytesView before, BytesView after) {
  return concat({Bytes{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'}, header, before,
                 chunk("IDAT", Bytes{1, 2, 3}), chunk("IDAT", Bytes{4}), after, chunk("IEND", {})});
}

Bytes riff_chunk(std::string_view name, BytesView data) {
  Bytes out = to_bytes(name);
  for (unsigned i = 0; i < 4; ++i) {
    out.push_back(static_cast<Byte>(data.size() >> (8 * i)));
  }
  append(out, data);
  if (data.size() % 2 == 1) {
    out.push_back(0);
  }
  return out;
}

Bytes webp(std::initializer_list<Bytes> chunks) {
  Bytes body = to_bytes("WEBP");
  for (const Bytes& c : chunks) {
    append(body, c);
  }
  return riff_chunk("RIFF", body);
}

Bytes lossy(unsigned width, unsigned height) {
  Bytes data = {0x50,
                0,
                0,
                0x9D,
                0x01,
                0x2A,
                static_cast<Byte>(width),
                static_cast<Byte>(width >> 8),
                static_cast<Byte>(height),
                static_cast<Byte>(height >> 8)};
  append(data, Bytes{1, 2, 3, 4, 5});
  return riff_chunk("VP8 ", data);
}

Bytes lossless(std::uint32_t width, std::uint32_t height) {
  const std::uint32_t bits = (width - 1) | (height - 1) << 14;
  return riff_chunk("VP8L",
                    Bytes{0x2F, static_cast<Byte>(bits), static_cast<Byte>(bits >> 8),
                          static_cast<Byte>(bits >> 16), static_cast<Byte>(bits >> 24), 7, 7});
}

Bytes extended(unsigned flags, std::uint32_t width, std::uint32_t height) {
  const std::uint32_t w = width - 1;
  const std::uint32_t h = height - 1;
  return riff_chunk(
      "VP8X", Bytes{static_cast<Byte>(flags), 0, 0, 0, static_cast<Byte>(w),
                    static_cast<Byte>(w >> 8), static_cast<Byte>(w >> 16), static_cast<Byte>(h),
                    static_cast<Byte>(h >> 8), static_cast<Byte>(h >> 16)});
}

ErrorCode code_of(BytesView file, std::string_view claimed) {
  const auto result = clean_picture(file, claimed);
  return result ? ErrorCode::internal : result.error().code;
}

/// Files that carry every kind of private extra, one for each type.
std::vector<std::pair<std::string_view, Bytes>> loaded_files() {
  const Bytes text = to_bytes(kPrivate);
  Jpeg j;
  Bytes jfif = to_bytes(std::string_view("JFIF\0\1\2\1\0\x48\0\x48\1\1", 14));
  append(jfif, text);
  j.head = concat(
      {segment(0xE0, jfif), segment(0xE0, concat({as_bytes(std::string_view("JFXX\0", 5)), text})),
       jpeg_exif(6), segment(0xE1, concat({as_bytes("http://ns.adobe.com/xap/1.0/"), text})),
       segment(0xE2, concat({as_bytes(std::string_view("MPF\0", 4)), text})),
       segment(0xED, concat({as_bytes("Photoshop 3.0"), text})), segment(0xFE, text),
       segment(0xEE, concat({as_bytes(std::string_view("Adobe\0\x64\0\0\0\0\1", 12)), text})),
       segment(0xE5, text), Bytes{0xFF, 0xFF}});
  j.between = segment(0xFE, text);
  j.tail = concat({make(Jpeg{}), text});
  const Bytes extra =
      concat({chunk("tEXt", text), chunk("zTXt", text), chunk("iTXt", text), chunk("tIME", text),
              chunk("pHYs", text), chunk("hIST", text), chunk("prVt", text), chunk("fcTL", text)});
  const Bytes p = concat({png(png_header(40, 30, 8, 2),
                              concat({extra, chunk("eXIf", exif(6, true)),
                                      chunk("iCCP", concat({text, Bytes{0, 0, 9, 9}}))}),
                              concat({extra, chunk("eXIf", exif(3, true)), chunk("iCCP", text)})),
                          text});
  Bytes w = webp({extended(0x08 | 0x04 | 0x20, 40, 30), riff_chunk("ICCP", Bytes{7, 7, 7}),
                  riff_chunk("PRVT", text), lossy(40, 30), riff_chunk("EXIF", exif(6, true)),
                  riff_chunk("XMP ", text), lossless(40, 30)});
  append(w, text);
  return {{"image/jpeg", make(j)}, {"image/png", p}, {"image/webp", w}};
}

TEST(CleanPicture, TakesOutEverythingPrivateAndKeepsTheOrientation) {
  for (const auto& [type, file] : loaded_files()) {
    SCOPED_TRACE(type);
    ASSERT_TRUE(contains(file, kPrivate)) << "the check itself must be able to fail";
    const auto clean = clean_picture(file, type);
    ASSERT_TRUE(clean.has_value()) << clean.error().message();
    EXPECT_FALSE(contains(clean->bytes, kPrivate));
    for (const std::string_view part :
         {"24.9384", "JFXX", "MPF", "Photoshop", "xap", "tEXt", "iTXt", "zTXt", "tIME", "pHYs",
          "fcTL", "prVt", "XMP ", "PRVT", "VP8L"}) {
      EXPECT_FALSE(contains(clean->bytes, part)) << part;
    }
    EXPECT_EQ(media_type_of(clean->type), type);
    EXPECT_EQ(clean->width, 30U) << "upright: orientation 6 swaps the sides";
    EXPECT_EQ(clean->height, 40U);
    EXPECT_TRUE(
        contains(clean->bytes,
                 std::string_view("MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0", 26)));
    EXPECT_EQ(clean_picture(clean->bytes, type)->bytes, clean->bytes) << "cleaning is idempotent";
  }
}

TEST(CleanPicture, TheLeakCheckCatchesACleanerThatKeepsOneComment) {
  const Bytes text = to_bytes(kPrivate);
  Jpeg j;
  j.head = segment(0xFE, text);
  const auto clean = clean_picture(make(j), "image/jpeg");
  ASSERT_TRUE(clean.has_value());
  EXPECT_FALSE(contains(clean->bytes, kPrivate));
  Bytes leaky = clean->bytes;  // as a cleaner would give that forgets about comments
  const Bytes comment = segment(0xFE, text);
  leaky.insert(leaky.begin() + 2, comment.begin(), comment.end());
  EXPECT_TRUE(contains(leaky, kPrivate));
}

TEST(CleanPicture, AFileWithNothingPrivateStaysAsItIs) {
  const Bytes plain = make(Jpeg{});
  EXPECT_EQ(clean_picture(plain, "image/jpeg")->bytes, plain);
  const Bytes p = png(png_header(3, 4, 8, 6), {}, {});
  EXPECT_EQ(clean_picture(p, "image/png")->bytes, p);
  for (const Bytes& w :
       {webp({lossy(9, 7)}), webp({lossless(16, 1)}),
        webp({extended(0x10, 9, 7), riff_chunk("ALPH", Bytes{1, 2, 3}), lossy(9, 7)})}) {
    EXPECT_EQ(clean_picture(w, "IMAGE/WebP")->bytes, w);
  }
}

TEST(CleanPicture, KeepsWhatDecidesColoursInJpeg) {
  Jpeg j;
  const Bytes profile(200'000, 0xA5);
  const auto piece = [&](unsigned number, std::size_t at, std::size_t size) {
    return segment(
        0xE2, concat({as_bytes(std::string_view("ICC_PROFILE\0", 12)),
                      Bytes{static_cast<Byte>(number), 4}, BytesView(profile).subspan(at, size)}));
  };
  j.head = concat({segment(0xEE, as_bytes(std::string_view("Adobe\0\x64\x80\0\0\0\2", 12))),
                   piece(2, 50'000, 50'000), piece(1, 0, 50'000), piece(4, 150'000, 50'000),
                   piece(3, 100'000, 50'000)});
  const auto clean = clean_picture(make(j), "image/jpeg");
  ASSERT_TRUE(clean.has_value());
  EXPECT_TRUE(contains(clean->bytes, std::string_view("Adobe\0\x64\0\0\0\0\2", 12)));
  EXPECT_EQ(std::ranges::count(clean->bytes, Byte{0xA5}), 200'000);
  j.head = piece(2, 0, 10);  // a profile with missing pieces is none
  EXPECT_EQ(clean_picture(make(j), "image/jpeg")->bytes, make(Jpeg{}));
}

TEST(CleanPicture, KeepsWhatDecidesColoursInPng) {
  const Bytes kept =
      concat({chunk("gAMA", Bytes(4, 1)), chunk("cHRM", Bytes(32, 1)), chunk("sRGB", Bytes(1, 1)),
              chunk("iCCP", concat({as_bytes("icc"), Bytes{0, 0, 1, 2}})),
              chunk("PLTE", Bytes(12, 9)), chunk("tRNS", Bytes(4, 9))});
  const Bytes p = png(png_header(3, 4, 8, 3), kept, {});
  EXPECT_EQ(clean_picture(p, "image/png")->bytes, p);
  const Bytes wrong =
      concat({chunk("gAMA", Bytes(5, 1)), chunk("tRNS", Bytes(4, 9)), chunk("PLTE", Bytes(12, 9)),
              chunk("tRNS", Bytes(5, 9)), chunk("sRGB", Bytes(1, 4))});
  EXPECT_EQ(clean_picture(png(png_header(3, 4, 8, 3), wrong, {}), "image/png")->bytes,
            png(png_header(3, 4, 8, 3), chunk("PLTE", Bytes(12, 9)), {}));
}

TEST(CleanPicture, ReadsEveryOrientationInBothByteOrders) {
  for (unsigned orientation = 0; orientation < 12; ++orientation) {
    for (const bool little : {false, true}) {
      Jpeg j;
      j.head = jpeg_exif(orientation, little);
      const auto clean = clean_picture(make(j), "image/jpeg");
      ASSERT_TRUE(clean.has_value());
      const bool turned = orientation >= 2 && orientation <= 8;
      EXPECT_EQ(clean->bytes == make(Jpeg{}), !turned) << orientation;
      EXPECT_EQ(clean->width, orientation >= 5 && orientation <= 8 ? 30U : 40U);
      EXPECT_EQ(parts::orientation_of(exif(orientation, little)), turned ? orientation : 1U);
    }
  }
  const Bytes whole = exif(6, true);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const unsigned read = parts::orientation_of(BytesView(whole).first(size));
    EXPECT_TRUE(read == 1 || (read == 6 && size >= 34)) << size;
  }
}

TEST(CleanPicture, RefusesTheWrongTypeAndUnknownTypes) {
  const Bytes j = make(Jpeg{});
  const Bytes p = png(png_header(3, 4, 8, 2), {}, {});
  const Bytes w = webp({lossy(9, 7)});
  EXPECT_EQ(code_of(j, "image/png"), ErrorCode::picture_not_what_it_claims);
  EXPECT_EQ(code_of(p, "image/webp"), ErrorCode::picture_not_what_it_claims);
  EXPECT_EQ(code_of(w, "image/jpeg"), ErrorCode::picture_not_what_it_claims);
  EXPECT_EQ(code_of(j, "image/gif"), ErrorCode::picture_type_unsupported);
  EXPECT_EQ(code_of(j, ""), ErrorCode::picture_type_unsupported);
  EXPECT_EQ(code_of(j, "image/jpeg "), ErrorCode::picture_type_unsupported);
  for (const std::string_view other :
       {"GIF89a............", "%PDF-1.7.........", "BM..............", "II*\0............",
        "<svg xmlns='....'/>", "....ftypheic.....", "RIFF....WAVEfmt "}) {
    EXPECT_EQ(code_of(as_bytes(other), "image/jpeg"), ErrorCode::picture_type_unsupported) << other;
    EXPECT_EQ(sniff_picture(as_bytes(other)), std::nullopt);
  }
  Jpeg arithmetic;
  for (const unsigned process : {0xC3U, 0xC5U, 0xC9U, 0xCAU, 0xCFU}) {
    arithmetic.process = process;
    EXPECT_EQ(code_of(make(arithmetic), "image/jpeg"), ErrorCode::picture_type_unsupported);
  }
}

TEST(CleanPicture, RefusesAnimations) {
  EXPECT_EQ(code_of(png(png_header(3, 4, 8, 2), chunk("acTL", Bytes(8)), {}), "image/png"),
            ErrorCode::picture_animated);
  EXPECT_EQ(code_of(webp({extended(2, 9, 7), riff_chunk("ANIM", Bytes(6)),
                          riff_chunk("ANMF", Bytes(30))}),
                    "image/webp"),
            ErrorCode::picture_animated);
  EXPECT_EQ(
      code_of(webp({extended(0, 9, 7), riff_chunk("ANMF", Bytes(30)), lossy(9, 7)}), "image/webp"),
      ErrorCode::picture_animated);
}

TEST(CleanPicture, RefusesEveryTruncation) {
  for (const auto& [type, loaded] : loaded_files()) {
    const Bytes file = clean_picture(loaded, type)->bytes;
    for (std::size_t size = 0; size < file.size(); ++size) {
      EXPECT_EQ(code_of(BytesView(file).first(size), type), ErrorCode::picture_damaged)
          << type << " at " << size;
    }
  }
}

TEST(CleanPicture, SurvivesEveryFlippedByteAndStaysIdempotent) {
  for (const auto& [type, loaded] : loaded_files()) {
    for (std::size_t at = 0; at < loaded.size(); ++at) {
      for (const Byte flip : {Byte{1}, Byte{0x80}, Byte{0xFF}}) {
        Bytes file = loaded;
        file[at] ^= flip;
        if (const auto once = clean_picture(file, type)) {
          ASSERT_LE(once->bytes.size(), file.size() + 64);
          const auto twice = clean_picture(once->bytes, type);
          ASSERT_TRUE(twice.has_value()) << type << " at " << at;
          ASSERT_EQ(twice->bytes, once->bytes) << type << " at " << at;
        }
      }
    }
  }
}

TEST(CleanPicture, RefusesHeadersThatPromiseTooManyPixels) {
  EXPECT_EQ(code_of(png(png_header(100'000, 100'000, 8, 2), {}, {}), "image/png"),
            ErrorCode::picture_too_large);
  EXPECT_EQ(code_of(png(png_header(0xFFFFFFFF, 1, 8, 2), {}, {}), "image/png"),
            ErrorCode::picture_too_large);
  EXPECT_EQ(code_of(png(png_header(16385, 1, 8, 2), {}, {}), "image/png"),
            ErrorCode::picture_too_large);
  EXPECT_EQ(code_of(png(png_header(10'000, 5'001, 8, 2), {}, {}), "image/png"),
            ErrorCode::picture_too_large);
  EXPECT_TRUE(clean_picture(png(png_header(10'000, 5'000, 8, 2), {}, {}), "image/png").has_value());
  EXPECT_EQ(code_of(webp({extended(0, 100'000, 100'000), lossy(9, 7)}), "image/webp"),
            ErrorCode::picture_too_large);
  EXPECT_EQ(code_of(webp({lossless(16384, 16384)}), "image/webp"), ErrorCode::picture_too_large);
  EXPECT_EQ(code_of(webp({lossy(16383, 16383)}), "image/webp"), ErrorCode::picture_too_large);
  Jpeg j;
  j.width = j.height = 65535;
  EXPECT_EQ(code_of(make(j), "image/jpeg"), ErrorCode::picture_too_large);
  Bytes big = make(Jpeg{});
  big.resize(kMaxFileBytes + 1);
  EXPECT_EQ(code_of(big, "image/jpeg"), ErrorCode::picture_too_large);
}

TEST(CleanPicture, RefusesMalformedStructure) {
  Jpeg j;
  const auto jpeg_with = [&](Bytes head) {
    j.head = std::move(head);
    return code_of(make(j), "image/jpeg");
  };
  EXPECT_EQ(jpeg_with(Bytes{0xFF, 0xE0, 0, 1}), ErrorCode::picture_damaged);  // a length below two
  EXPECT_EQ(jpeg_with(concat({segment(0xFE, {}), Bytes{0, 1}})),
            ErrorCode::picture_damaged);                                // no marker
  EXPECT_EQ(jpeg_with(Bytes{0xFF, 0xD8}), ErrorCode::picture_damaged);  // a second start
  EXPECT_EQ(jpeg_with(segment(0xDA, Bytes{1, 1, 0, 0, 63, 0})),
            ErrorCode::picture_damaged);  // no frame yet
  EXPECT_EQ(jpeg_with(segment(0xDB, Bytes(64))), ErrorCode::picture_damaged);
  EXPECT_EQ(jpeg_with(segment(0xC4, Bytes(20, 0xEE))), ErrorCode::picture_damaged);
  j.head.clear();
  j.width = 0;
  EXPECT_EQ(code_of(make(j), "image/jpeg"), ErrorCode::picture_damaged);

  const auto png_with = [&](const Bytes& header, const Bytes& before, const Bytes& after) {
    return code_of(png(header, before, after), "image/png");
  };
  const Bytes rgb = png_header(3, 4, 8, 2);
  EXPECT_EQ(png_with(png_header(0, 4, 8, 2), {}, {}), ErrorCode::picture_damaged);
  EXPECT_EQ(png_with(png_header(3, 4, 7, 2), {}, {}), ErrorCode::picture_damaged);
  EXPECT_EQ(png_with(png_header(3, 4, 8, 3), {}, {}), ErrorCode::picture_damaged);  // no palette
  EXPECT_EQ(png_with(rgb, rgb, {}), ErrorCode::picture_damaged);
  EXPECT_EQ(png_with(rgb, chunk("UNKN", {}), {}), ErrorCode::picture_damaged);
  EXPECT_EQ(png_with(rgb, chunk("a\nbc", {}), {}), ErrorCode::picture_damaged);
  EXPECT_EQ(png_with(rgb, {}, concat({chunk("tEXt", {}), chunk("IDAT", Bytes{1})})),
            ErrorCode::picture_damaged);
  EXPECT_EQ(png_with({}, {}, {}), ErrorCode::picture_damaged);
  Bytes flipped = png(rgb, {}, {});
  flipped[42] ^= 1;  // inside the pixels: the checksum no longer fits
  EXPECT_EQ(code_of(flipped, "image/png"), ErrorCode::picture_damaged);

  EXPECT_EQ(code_of(webp({}), "image/webp"), ErrorCode::picture_damaged);
  EXPECT_EQ(code_of(webp({riff_chunk("ICCP", {}), lossy(9, 7)}), "image/webp"),
            ErrorCode::picture_damaged);
  EXPECT_EQ(code_of(webp({extended(0, 9, 8), lossy(9, 7)}), "image/webp"),
            ErrorCode::picture_damaged);
  EXPECT_EQ(code_of(webp({lossy(0, 7)}), "image/webp"), ErrorCode::picture_damaged);
}

TEST(CleanPicture, TakesTimeInProportionToTheFile) {
  Jpeg j;
  while (j.head.size() < (8U << 20)) {
    append(j.head, Bytes(1024, 0xFF));  // fill bytes
    append(j.head, segment(0xE9, Bytes(8)));
  }
  j.data.assign(8U << 20, 0xFF);
  j.data.push_back(0);
  const Bytes file = make(j);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(clean_picture(file, "image/jpeg").has_value());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(CleanPicture, RefusesEndlessScans) {
  Jpeg j;
  const Bytes scan = concat({segment(0xDA, Bytes{1, 1, 0, 0, 63, 0}), Bytes{1, 2}});
  for (int i = 0; i < 99; ++i) {
    append(j.between, scan);
  }
  EXPECT_TRUE(clean_picture(make(j), "image/jpeg").has_value());
  append(j.between, scan);
  EXPECT_EQ(code_of(make(j), "image/jpeg"), ErrorCode::picture_damaged);
}

RC_GTEST_PROP(CleanPictureProperty, NeverReadsOutOfBoundsOnRandomTails, (const Bytes& tail)) {
  for (const auto& [type, start] :
       {std::pair<std::string_view, Bytes>{"image/jpeg", {0xFF, 0xD8, 0xFF}},
        {"image/png", {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'}},
        {"image/webp", to_bytes("RIFF\x40\0\0\0WEBPVP8X")}}) {
    RC_ASSERT(!clean_picture(concat({start, tail}), type).has_value());
  }
}

}  // namespace
}  // namespace lightkeeper::media
