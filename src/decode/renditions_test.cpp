#include "decode/renditions.hpp"

#include <gtest/gtest.h>
#include <vips/vips.h>

#include <algorithm>
#include <cmath>

#include "core/base/codec.hpp"
#include "core/media/drawn_picture.hpp"
#include "decode/wire.hpp"

namespace lightkeeper::decode {
namespace {

using media::Pixels;

const Pixels kPicture = media::draw_picture(900, 600, 7);
constexpr std::string_view kMark = "R-4f2a";

Pixels plain(std::uint32_t width, std::uint32_t height, Byte value) {
  return {width, height, Bytes(std::size_t{3} * width * height, value)};
}

bool is_grey(const Pixels& pixels) {
  for (std::size_t i = 0; i < pixels.rgb.size(); i += 3) {
    // A JPEG rounds each channel for itself.
    const auto [low, high] = std::minmax({pixels.rgb[i], pixels.rgb[i + 1], pixels.rgb[i + 2]});
    if (high - low > 3) {
      return false;
    }
  }
  return true;
}

/// The largest step between two neighbours in a row: what sharp edges are made of.
int sharpest_edge(const Pixels& pixels) {
  int sharpest = 0;
  for (std::uint32_t y = 0; y < pixels.height; ++y) {
    for (std::uint32_t x = 1; x < pixels.width; ++x) {
      const std::size_t i = std::size_t{3} * (std::size_t{y} * pixels.width + x);
      sharpest = std::max(sharpest, std::abs(int{pixels.rgb[i]} - int{pixels.rgb[i - 3]}));
    }
  }
  return sharpest;
}

// ---- the steps, as pure functions

TEST(Rendition, EachStepHoldsNoMoreThanItSays) {
  const auto blurred = reduced(kPicture.view(), Step::blurred);
  const auto grey = reduced(kPicture.view(), Step::grey);
  const auto colour = reduced(kPicture.view(), Step::colour);
  EXPECT_TRUE(is_grey(blurred));
  EXPECT_TRUE(is_grey(grey));
  EXPECT_TRUE(colour.rgb == kPicture.rgb);
  EXPECT_EQ(std::max(blurred.width, blurred.height), kBlurredShown);
  EXPECT_LT(sharpest_edge(blurred), 12);
  // The same checks catch a step that shows too much.
  EXPECT_FALSE(is_grey(colour));
  EXPECT_GT(sharpest_edge(grey), 60);
}

TEST(Rendition, WhatABlurredPictureHidesCannotBeSeenInIt) {
  // One bright dot in 900 x 600: after averaging and blurring nothing tells that it was there.
  auto with_dot = plain(900, 600, 100);
  const std::size_t dot = std::size_t{3} * (std::size_t{300} * 900 + 450);
  std::fill_n(with_dot.rgb.begin() + static_cast<std::ptrdiff_t>(dot), 3, Byte{255});
  EXPECT_TRUE(reduced(with_dot.view(), Step::blurred).rgb ==
              reduced(plain(900, 600, 100).view(), Step::blurred).rgb);
  EXPECT_FALSE(reduced(with_dot.view(), Step::grey).rgb ==
               reduced(plain(900, 600, 100).view(), Step::grey).rgb);
}

TEST(Rendition, FitsAnySizeAndKeepsPlainColours) {
  for (const auto& [width, height] : std::vector<std::pair<std::uint32_t, std::uint32_t>>{
           {1, 1}, {1, 5000}, {5000, 1}, {63, 64}, {1600, 1601}, {3201, 17}, {2, 2}}) {
    const auto in = plain(width, height, 77);
    for (const auto step : {Step::blurred, Step::grey, Step::colour}) {
      const auto out = reduced(in.view(), step);
      EXPECT_LE(std::max(out.width, out.height), kReviewSide);
      EXPECT_GE(std::min(out.width, out.height), 1U);
      ASSERT_EQ(out.rgb.size(), std::size_t{3} * out.width * out.height);
      EXPECT_TRUE(std::ranges::all_of(out.rgb, [](Byte value) { return value == 77; }))
          << width << " x " << height;
    }
  }
}

TEST(Rendition, AverageOfAHalfBlackHalfWhiteCheckIsGrey) {
  Pixels check{1024, 1024, {}};
  for (std::uint32_t y = 0; y < 1024; ++y) {
    for (std::uint32_t x = 0; x < 1024; ++x) {
      check.rgb.insert(check.rgb.end(), 3, (x + y) % 2 == 0 ? Byte{255} : Byte{0});
    }
  }
  const auto small = fitted(check.view(), 64);
  EXPECT_EQ(small.width, 64U);
  EXPECT_TRUE(std::ranges::all_of(small.rgb, [](Byte v) { return v == 127 || v == 128; }));
}

// ---- the mark

std::size_t changed_pixels(const Pixels& a, const Pixels& b, int at_least) {
  std::size_t changed = 0;
  for (std::size_t i = 0; i < a.rgb.size(); i += 3) {
    changed += std::abs(int{a.rgb[i]} - int{b.rgb[i]}) >= at_least ? 1U : 0U;
  }
  return changed;
}

TEST(Watermark, CanBeSeenOnEveryGround) {
  for (const int ground : {0, 64, 127, 128, 200, 255}) {
    const auto before = plain(640, 480, static_cast<Byte>(ground));
    const auto after = watermarked(before, kMark);
    ASSERT_TRUE(after.has_value());
    EXPECT_GT(changed_pixels(before, *after, 40), before.rgb.size() / 3 / 100) << ground;
  }
}

TEST(Watermark, NamesItsReaderAndEveryCropHasSomeOfIt) {
  const auto ground = plain(1600, 1200, 128);
  const auto one = watermarked(ground, "R-4f2a");
  const auto other = watermarked(ground, "R-4f2b");
  ASSERT_TRUE(one && other);
  EXPECT_FALSE(one->rgb == other->rgb);
  EXPECT_TRUE(watermarked(ground, "r-4F2A")->rgb == one->rgb);
  constexpr std::uint32_t kCrop = 300;
  for (std::uint32_t top = 0; top + kCrop <= 1200; top += 100) {
    for (std::uint32_t left = 0; left + kCrop <= 1600; left += 100) {
      bool marked = false;
      for (std::uint32_t y = top; y < top + kCrop && !marked; ++y) {
        const std::size_t start = std::size_t{3} * (std::size_t{y} * 1600 + left);
        marked = std::ranges::any_of(BytesView(one->rgb).subspan(start, std::size_t{3} * kCrop),
                                     [](Byte value) { return value != 128; });
      }
      EXPECT_TRUE(marked) << left << "," << top;
    }
  }
}

TEST(Watermark, TakesTinyPicturesAndRefusesWhatItCannotDraw) {
  EXPECT_TRUE(watermarked(plain(1, 1, 9), kMark).has_value());
  EXPECT_TRUE(watermarked(plain(3, 900, 9), kMark).has_value());
  for (const std::string& mark : {std::string(), std::string(33, 'a'), std::string("ä"),
                                  std::string("a\nb"), std::string("a\0b", 3)}) {
    EXPECT_EQ(watermarked(plain(9, 9, 9), mark).error().code, ErrorCode::bad_argument);
  }
}

// ---- the wire

TEST(DecodeWire, RequestsOutsideTheLimitsAreRefused) {
  using wire::Kind;
  using wire::Request;
  const auto refused = [](const Request& request) {
    return !wire::parse_request(wire::request_head(request)).has_value();
  };
  EXPECT_FALSE(refused({.kind = Kind::frame, .frame = 11, .side = 1600, .size = 1000}));
  EXPECT_TRUE(refused({.kind = Kind::frame, .frame = 12, .side = 1600, .size = 1000}));
  EXPECT_TRUE(refused({.kind = Kind::frame, .frame = 0, .side = 0, .size = 1000}));
  EXPECT_TRUE(refused({.kind = Kind::frame, .frame = 0, .side = 4097, .size = 1000}));
  EXPECT_TRUE(refused({.kind = Kind::frame, .side = 9, .size = wire::kMaxVideoBytes + 1}));
  EXPECT_TRUE(refused({.kind = Kind::pixels, .size = media::kMaxFileBytes + 1}));
  EXPECT_FALSE(refused({.kind = Kind::jpeg, .width = 2, .height = 3, .size = 18}));
  EXPECT_TRUE(refused({.kind = Kind::jpeg, .width = 2, .height = 3, .size = 17}));
  EXPECT_TRUE(refused({.kind = Kind::jpeg, .width = 0, .height = 3, .size = 0}));
  EXPECT_TRUE(refused({.kind = Kind::jpeg, .width = 65536, .height = 65536, .size = 0}));
  EXPECT_TRUE(refused({.kind = static_cast<Kind>(9), .size = 0}));
  const auto good = wire::request_head({.kind = Kind::pixels, .size = 5});
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(wire::parse_request(BytesView(good).first(size)).has_value());
  }
  EXPECT_FALSE(wire::parse_request(concat({good, Bytes{0}})).has_value());
}

TEST(DecodeWire, AnAnswerLargerThanAskedForIsNotBelieved) {
  const auto believed = [](const wire::FrameHead& head, std::uint32_t side) {
    return wire::parse_frame_head(wire::frame_head(head), side).has_value();
  };
  EXPECT_TRUE(believed({100, 50, 200, 100, 1, true}, 100));
  EXPECT_FALSE(believed({101, 50, 200, 100, 1, true}, 100));
  EXPECT_FALSE(believed({100, 50, 99, 100, 1, true}, 100));
  EXPECT_FALSE(believed({0, 50, 200, 100, 1, true}, 100));
  EXPECT_FALSE(believed({100, 50, 200, 100, 0, true}, 100));
  EXPECT_FALSE(believed({100, 50, 200, 100, 13, true}, 100));
  EXPECT_FALSE(believed({100, 50, 60000, 60000, 1, true}, 100));
}

// ---- files

struct Unref {
  void operator()(VipsImage* image) const { g_object_unref(image); }
};
using Image = std::unique_ptr<VipsImage, Unref>;

Bytes saved(const Image& image, const std::string& format) {
  void* data = nullptr;
  std::size_t size = 0;
  if (vips_image_write_to_buffer(image.get(), format.c_str(), &data, &size,
                                 static_cast<char*>(nullptr)) != 0) {
    ADD_FAILURE() << vips_error_buffer();
    return {};
  }
  const auto* const first = static_cast<const Byte*>(data);
  Bytes out(first, first + size);
  g_free(data);
  return out;
}

Image image_of(const Pixels& pixels) {
  Image image(vips_image_new_from_memory_copy(
      pixels.rgb.data(), pixels.rgb.size(), static_cast<int>(pixels.width),
      static_cast<int>(pixels.height), 3, VIPS_FORMAT_UCHAR));
  image->Type = VIPS_INTERPRETATION_sRGB;
  return image;
}

Renditions& renditions() {
  static Renditions all{RenditionOptions{}};
  return all;
}

Pixels shown(BytesView file, Step step) {
  auto jpeg = renditions().jpeg(file, 0, step, kMark);
  if (!jpeg) {
    ADD_FAILURE() << jpeg.error().message();
    return {};
  }
  EXPECT_TRUE(std::ranges::equal(BytesView(*jpeg).first(3), Bytes{0xFF, 0xD8, 0xFF}));
  static Decoder reader{DecodeOptions{}};
  auto pixels = reader.decode(*jpeg);
  EXPECT_TRUE(pixels.has_value());
  return pixels ? *std::move(pixels) : Pixels{};
}

TEST(Renditions, GiveJpegsThatHoldTheStepAndTheMark) {
  for (const char* const format : {".jpg[Q=90]", ".png", ".webp[Q=90]"}) {
    SCOPED_TRACE(format);
    const auto file = saved(image_of(kPicture), format);
    const auto facts = renditions().facts(file);
    ASSERT_TRUE(facts.has_value());
    EXPECT_EQ(facts->frames, 1U);
    EXPECT_TRUE(facts->every_frame);
    EXPECT_EQ(facts->width, 900U);
    EXPECT_EQ(facts->media_type, media_type_shown_by(file));
    const auto blurred = shown(file, Step::blurred);
    const auto grey = shown(file, Step::grey);
    const auto colour = shown(file, Step::colour);
    EXPECT_TRUE(is_grey(blurred));
    EXPECT_TRUE(is_grey(grey));
    EXPECT_FALSE(is_grey(colour));
    EXPECT_EQ(blurred.width, kBlurredShown);
    EXPECT_EQ(colour.width, 900U);
    EXPECT_GT(changed_pixels(kPicture, colour, 30), kPicture.rgb.size() / 3 / 100) << "marked";
    EXPECT_EQ(renditions().jpeg(file, 1, Step::grey, kMark).error().code, ErrorCode::not_found);
    EXPECT_EQ(renditions().jpeg(file, 99, Step::grey, kMark).error().code, ErrorCode::not_found);
  }
}

TEST(Renditions, CarryNothingOfTheFileButItsPixels) {
  auto image = image_of(media::draw_picture(64, 64, 3));
  vips_image_set_string(image.get(), "jpeg-comment", "whatever stood beside the picture");
  vips_image_set_blob_copy(image.get(), VIPS_META_XMP_NAME, "<x>somewhere</x>", 16);
  const auto file = saved(image, ".jpg");
  const auto holds = [](BytesView bytes, std::string_view text) {
    return !std::ranges::search(bytes, as_bytes(text)).empty();
  };
  EXPECT_TRUE(holds(file, "somewhere")) << "the check can fail";
  const auto jpeg = renditions().jpeg(file, 0, Step::colour, kMark);
  ASSERT_TRUE(jpeg.has_value());
  EXPECT_FALSE(holds(*jpeg, "somewhere"));
  EXPECT_FALSE(holds(*jpeg, "Exif"));
}

TEST(Renditions, LargePicturesComeAtMostSixteenHundredWide) {
  const auto file = saved(image_of(media::draw_picture(4000, 1000, 5)), ".jpg");
  const auto colour = shown(file, Step::colour);
  EXPECT_EQ(colour.width, kReviewSide);
  EXPECT_EQ(colour.height, 400U);
}

Bytes with_chunk_after_header(const Bytes& png, const std::string& name, const Bytes& data) {
  const auto named = concat({as_bytes(name), data});
  std::uint32_t crc = 0xFFFFFFFF;
  for (const Byte byte : named) {
    crc ^= byte;
    for (int k = 0; k < 8; ++k) {
      crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
    }
  }
  const auto chunk =
      Writer().u32(static_cast<std::uint32_t>(data.size())).fixed(named).u32(~crc).take();
  constexpr std::size_t kHeader = 8 + 25;
  return concat({BytesView(png).first(kHeader), chunk, BytesView(png).subspan(kHeader)});
}

TEST(Renditions, WhatMovesIsRefused) {
  const auto two = media::draw_picture(40, 80, 2);
  auto image = image_of(two);
  vips_image_set_int(image.get(), VIPS_META_PAGE_HEIGHT, 40);
  const auto webp = saved(image, ".webp");
  EXPECT_EQ(renditions().facts(webp).error().code, ErrorCode::picture_animated);
  const auto png = saved(image_of(two), ".png");
  EXPECT_TRUE(renditions().facts(png).has_value());
  const auto moving = with_chunk_after_header(png, "acTL", Writer().u32(2).u32(0).take());
  EXPECT_EQ(renditions().facts(moving).error().code, ErrorCode::picture_animated);
}

TEST(RenditionsHostile, WrongTypesTruncationsAndBombsAreRefusedAndTheNextPictureIsShown) {
  const auto good = saved(image_of(kPicture), ".png");
  const auto fine = [&] { return renditions().jpeg(good, 0, Step::blurred, kMark).has_value(); };
  for (const std::string& other :
       {std::string("GIF89a........"), std::string("%PDF-1.7"), std::string("<svg></svg>"),
        std::string(), std::string("II*\0........", 12), std::string("PK\3\4")}) {
    EXPECT_EQ(renditions().facts(as_bytes(other)).error().code, ErrorCode::media_unsupported);
  }
  for (std::size_t size = 8; size < good.size(); size += good.size() / 11) {
    EXPECT_FALSE(renditions().facts(BytesView(good).first(size)).has_value()) << size;
  }
  EXPECT_TRUE(fine());
  // A header of 60000 x 60000 pixels before anything is decoded; the checksum is made right again.
  auto bomb = good;
  const Bytes huge = Writer().u32(60000).u32(60000).take();
  std::ranges::copy(huge, bomb.begin() + 16);
  std::uint32_t crc = 0xFFFFFFFF;
  for (std::size_t i = 12; i < 29; ++i) {
    crc ^= bomb[i];
    for (int k = 0; k < 8; ++k) {
      crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
    }
  }
  std::ranges::copy(Writer().u32(~crc).take(), bomb.begin() + 29);
  EXPECT_EQ(renditions().facts(bomb).error().code, ErrorCode::picture_too_large);
  EXPECT_TRUE(fine());
  const Bytes much(media::kMaxFileBytes + 1, 0);
  EXPECT_EQ(renditions().facts(concat({BytesView(good).first(16), much})).error().code,
            ErrorCode::picture_too_large);
  EXPECT_TRUE(fine());
}

TEST(RenditionsHostile, FlippedBytesNeverBreakIt) {
  const auto good = saved(image_of(media::draw_picture(120, 90, 4)), ".jpg[Q=80]");
  for (std::size_t i = 2; i < good.size(); i += good.size() / 40) {
    auto bad = good;
    bad[i] ^= 0xA5;
    if (const auto jpeg = renditions().jpeg(bad, 0, Step::grey, kMark)) {
      EXPECT_TRUE(std::ranges::equal(BytesView(*jpeg).first(3), Bytes{0xFF, 0xD8, 0xFF}));
    }
  }
  EXPECT_TRUE(renditions().facts(good).has_value());
}

}  // namespace
}  // namespace lightkeeper::decode
