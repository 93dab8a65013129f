#include "core/media/pdq.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "core/media/drawn_picture.hpp"
#include "core/media/pdq_textbook.hpp"

namespace lightkeeper::media {
namespace {

PdqResult hash_of(const Pixels& picture, PdqVariant variant) {
  auto result = pdq(picture.view(), variant);
  EXPECT_TRUE(result.has_value());
  return *result;
}

/// True when both implementations agree on everything, bit by bit.
bool same_as_textbook(const Pixels& picture, PdqVariant variant) {
  const PdqResult fast = hash_of(picture, variant);
  const PdqResult slow = textbook::pdq(picture.view(), variant);
  return fast.quality == slow.quality && fast.dihedral == slow.dihedral &&
         fast.variant == slow.variant;
}

/// Uniform noise: keeps every bit of the float arithmetic busy, unlike drawn rectangles.
Pixels noise(std::uint32_t width, std::uint32_t height, std::uint32_t seed) {
  Pixels picture{width, height, Bytes(std::size_t{3} * width * height)};
  std::uint32_t state = seed;
  for (Byte& byte : picture.rgb) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<Byte>(state >> 24);
  }
  return picture;
}

TEST(Pdq, GivesTheReferenceHashesOfDrawnPictures) {
  std::ifstream file(LK_SOURCE_DIR "/vectors/pdq_drawn.json");
  const auto vectors = nlohmann::json::parse(file);
  ASSERT_GE(vectors.at("cases").size(), 16U);
  for (const auto& c : vectors.at("cases")) {
    const Pixels picture = draw_picture(c.at("width"), c.at("height"), c.at("seed"));
    SCOPED_TRACE(std::to_string(picture.width) + "x" + std::to_string(picture.height));
    ASSERT_EQ(fnv1a64(picture.rgb),
              std::stoull(c.at("pixels_fnv1a64").get<std::string>(), nullptr, 16));
    const PdqResult full = hash_of(picture, PdqVariant::full);
    EXPECT_EQ(to_text(full.dihedral[0]), c.at("full"));
    EXPECT_EQ(full.quality, c.at("full_quality"));
    for (std::size_t h = 0; h < kHypotheses; ++h) {
      EXPECT_EQ(to_text(full.dihedral[h]), c.at("dihedral").at(h))
          << name_of(static_cast<Dihedral>(h));
    }
    const PdqResult squashed = hash_of(picture, PdqVariant::via512);
    EXPECT_EQ(to_text(squashed.dihedral[0]), c.at("via512"));
    EXPECT_EQ(squashed.quality, c.at("via512_quality"));
  }
}

TEST(Pdq, AgreesWithTheTextbookAroundEveryEdgeOfTheSchedule) {
  std::set<std::pair<std::uint32_t, std::uint32_t>> sizes;
  for (const std::uint32_t side :
       {1U,  2U,  4U,   5U,   6U,   15U,  16U,  17U,  31U,  33U,  63U,
        64U, 65U, 127U, 128U, 129U, 255U, 256U, 257U, 384U, 385U, 513U}) {
    sizes.insert({{side, 64U},
                  {64U, side},
                  {side, side},
                  {side, 5U},
                  {5U, side},
                  {131U, side},
                  {side, 300U}});
  }
  sizes.insert({{2000, 5},
                {5, 2000},
                {1024, 31},
                {640, 512},
                {512, 640},
                {1025, 130},
                {1, 16384},
                {16384, 5}});
  for (const auto& [width, height] : sizes) {
    SCOPED_TRACE(std::to_string(width) + "x" + std::to_string(height));
    EXPECT_TRUE(same_as_textbook(noise(width, height, width * 31 + height), PdqVariant::full));
    EXPECT_TRUE(same_as_textbook(noise(width, height, width + height), PdqVariant::via512));
  }
}

RC_GTEST_PROP(PdqProperty, AgreesWithTheTextbookOnAnySize, ()) {
  const auto width = *rc::gen::inRange<std::uint32_t>(1, 420);
  const auto height = *rc::gen::inRange<std::uint32_t>(1, 420);
  const auto seed = *rc::gen::arbitrary<std::uint32_t>();
  RC_ASSERT(same_as_textbook(noise(width, height, seed), PdqVariant::full));
  RC_ASSERT(same_as_textbook(draw_picture(width, height, seed), PdqVariant::full));
}

TEST(Pdq, ComparisonWithTheTextbookCatchesOneChangedPixel) {
  const Pixels picture = noise(200, 150, 1);
  Pixels changed = picture;
  for (std::size_t i = 0; i < 3000; ++i) {
    changed.rgb[i] = 255;
  }
  EXPECT_NE(hash_of(changed, PdqVariant::full).dihedral,
            textbook::pdq(picture.view(), PdqVariant::full).dihedral);
}

TEST(Pdq, SmallPicturesHaveTheZeroHashAndNoQuality) {
  for (const auto& [width, height] :
       {std::pair{1U, 1U}, {4U, 4U}, {4U, 100U}, {100U, 4U}, {1U, 5000U}}) {
    const PdqResult result = hash_of(noise(width, height, 7), PdqVariant::full);
    EXPECT_EQ(result.quality, 0);
    for (const PdqBits& bits : result.dihedral) {
      EXPECT_EQ(bits, PdqBits{});
    }
  }
  EXPECT_NE(hash_of(noise(5, 5, 7), PdqVariant::full).dihedral[0], PdqBits{});
}

TEST(Pdq, AFlatPictureHasNoQualityAndANormalOneHasHalfOfItsBitsSet) {
  const Pixels flat{300, 200, Bytes(std::size_t{3} * 300 * 200, 120)};
  EXPECT_EQ(hash_of(flat, PdqVariant::full).quality, 0);
  for (std::uint32_t seed = 1; seed < 6; ++seed) {
    const PdqResult result = hash_of(draw_picture(300, 200, seed), PdqVariant::full);
    EXPECT_GE(result.quality, kMinQuality);
    for (const PdqBits& bits : result.dihedral) {
      EXPECT_EQ(bits.weight(), 128);
    }
  }
}

TEST(Pdq, RefusesSizesThatDoNotFitTheBytesOrTheLimits) {
  const Bytes bytes(300);
  const auto code = [&](std::uint32_t width, std::uint32_t height) {
    const auto result = pdq({width, height, bytes}, PdqVariant::full);
    return result ? ErrorCode::internal : result.error().code;
  };
  EXPECT_TRUE(pdq({10, 10, bytes}, PdqVariant::full).has_value());
  EXPECT_EQ(code(10, 11), ErrorCode::bad_argument);
  EXPECT_EQ(code(10, 9), ErrorCode::bad_argument);
  EXPECT_EQ(code(0, 0), ErrorCode::bad_argument);
  EXPECT_EQ(code(0, 10), ErrorCode::bad_argument);
  EXPECT_EQ(code(16385, 1), ErrorCode::picture_too_large);
  EXPECT_EQ(code(16384, 16384), ErrorCode::picture_too_large);
  EXPECT_EQ(code(0xFFFFFFFF, 0xFFFFFFFF), ErrorCode::picture_too_large);
  EXPECT_EQ(code(0x80000000, 2), ErrorCode::picture_too_large);
}

TEST(PdqHash, TextIsTheBigEndianNumberAndReadsBackInEitherCase) {
  PdqBits bits;
  bits.set(0, true);
  bits.set(255, true);
  bits.set(17, true);
  const std::string text = to_text(bits);
  EXPECT_EQ(text, "8000000000000000000000000000000000000000000000000000000000020001");
  EXPECT_EQ(pdq_from_text(text).value(), bits);
  const std::string mixed = "ABCDEFabcdef7777777777777777777777777777777777777777777777777777";
  const std::string lower = "abcdefabcdef7777777777777777777777777777777777777777777777777777";
  EXPECT_EQ(to_text(pdq_from_text(mixed).value()), lower);
}

TEST(PdqHash, RefusesTextThatIsNotSixtyFourHexDigits) {
  for (const std::string& text :
       {std::string(), std::string(63, '0'), std::string(65, '0'), std::string(62, '0'),
        std::string(64, 'g'), std::string(64, ' '), std::string(64, '\0')}) {
    EXPECT_FALSE(pdq_from_text(text).has_value()) << text;
  }
}

RC_GTEST_PROP(PdqHashProperty, TextAndBytesReadBack, ()) {
  PdqBits bits;
  for (auto& word : bits.words) {
    word = *rc::gen::arbitrary<std::uint64_t>();
  }
  RC_ASSERT(pdq_from_text(to_text(bits)).value() == bits);
  RC_ASSERT(PdqBits::from_bytes(bits.bytes()) == bits);
}

TEST(Pixels, TransparencyIsCompositedOverWhite) {
  const Bytes rgba = {10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 255, 128};
  const auto pixels = pixels_over_white(3, 1, rgba);
  ASSERT_TRUE(pixels.has_value());
  EXPECT_EQ(pixels->rgb, (Bytes{10, 20, 30, 255, 255, 255, 127, 177, 255}));
  EXPECT_FALSE(pixels_over_white(4, 1, rgba).has_value());
  EXPECT_FALSE(pixels_over_white(70000, 70000, rgba).has_value());
  EXPECT_FALSE(pixels_over_white(0, 0, {}).has_value());
}

}  // namespace
}  // namespace lightkeeper::media
