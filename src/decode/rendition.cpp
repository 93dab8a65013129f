#include "decode/rendition.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace lightkeeper::decode {
namespace {

using media::Pixels;
using media::PixelsView;

/// Rows of five bits, from the top; the leftmost dot is the highest bit.
using Glyph = std::array<std::uint8_t, 7>;
constexpr std::array<Glyph, 26> kLetters{{
    {0b01110, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001},  // A
    {0b11110, 0b10001, 0b10001, 0b11110, 0b10001, 0b10001, 0b11110},
    {0b01110, 0b10001, 0b10000, 0b10000, 0b10000, 0b10001, 0b01110},
    {0b11110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b11110},
    {0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b11111},
    {0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b10000},
    {0b01110, 0b10001, 0b10000, 0b10111, 0b10001, 0b10001, 0b01111},
    {0b10001, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001},
    {0b01110, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110},
    {0b00111, 0b00010, 0b00010, 0b00010, 0b00010, 0b10010, 0b01100},
    {0b10001, 0b10010, 0b10100, 0b11000, 0b10100, 0b10010, 0b10001},
    {0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b11111},
    {0b10001, 0b11011, 0b10101, 0b10101, 0b10001, 0b10001, 0b10001},
    {0b10001, 0b11001, 0b10101, 0b10011, 0b10001, 0b10001, 0b10001},
    {0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110},
    {0b11110, 0b10001, 0b10001, 0b11110, 0b10000, 0b10000, 0b10000},
    {0b01110, 0b10001, 0b10001, 0b10001, 0b10101, 0b10010, 0b01101},
    {0b11110, 0b10001, 0b10001, 0b11110, 0b10100, 0b10010, 0b10001},
    {0b01111, 0b10000, 0b10000, 0b01110, 0b00001, 0b00001, 0b11110},
    {0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100},
    {0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110},
    {0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01010, 0b00100},
    {0b10001, 0b10001, 0b10001, 0b10101, 0b10101, 0b11011, 0b10001},
    {0b10001, 0b10001, 0b01010, 0b00100, 0b01010, 0b10001, 0b10001},
    {0b10001, 0b10001, 0b01010, 0b00100, 0b00100, 0b00100, 0b00100},
    {0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b10000, 0b11111},  // Z
}};
constexpr std::array<Glyph, 10> kDigits{{
    {0b01110, 0b10011, 0b10101, 0b10101, 0b10101, 0b11001, 0b01110},  // 0
    {0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110},
    {0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111},
    {0b11110, 0b00001, 0b00001, 0b01110, 0b00001, 0b00001, 0b11110},
    {0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010},
    {0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110},
    {0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110},
    {0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b01000, 0b01000},
    {0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110},
    {0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100},  // 9
}};
constexpr Glyph kDash{0, 0, 0, 0b01110, 0, 0, 0};
constexpr Glyph kSpace{};

std::optional<Glyph> glyph_of(char letter) {
  if (letter >= 'a' && letter <= 'z') {
    return kLetters.at(static_cast<std::size_t>(letter - 'a'));
  }
  if (letter >= 'A' && letter <= 'Z') {
    return kLetters.at(static_cast<std::size_t>(letter - 'A'));
  }
  if (letter >= '0' && letter <= '9') {
    return kDigits.at(static_cast<std::size_t>(letter - '0'));
  }
  if (letter == '-') {
    return kDash;
  }
  return letter == ' ' ? std::optional(kSpace) : std::nullopt;
}

constexpr std::uint32_t kCellWidth = 6;  // dots of a letter and the gap after it
constexpr std::uint32_t kCellHeight = 7;

std::size_t at(std::uint32_t width, std::uint32_t x, std::uint32_t y) {
  return std::size_t{3} * (std::size_t{width} * y + x);
}

/// Area average to exactly this size, which is at most that of the picture.
Pixels averaged(PixelsView in, std::uint32_t width, std::uint32_t height) {
  Pixels out{width, height, {}};
  out.rgb.reserve(std::size_t{3} * width * height);
  const auto edge = [](std::uint32_t i, std::uint32_t of, std::uint32_t size) {
    return static_cast<std::uint32_t>(std::uint64_t{i} * size / of);
  };
  for (std::uint32_t y = 0; y < height; ++y) {
    const auto top = edge(y, height, in.height);
    const auto bottom = std::max(top + 1, edge(y + 1, height, in.height));
    for (std::uint32_t x = 0; x < width; ++x) {
      const auto left = edge(x, width, in.width);
      const auto right = std::max(left + 1, edge(x + 1, width, in.width));
      std::array<std::uint64_t, 3> sum{};
      for (auto row = top; row < bottom; ++row) {
        for (auto i = at(in.width, left, row); i < at(in.width, right, row); i += 3) {
          sum[0] += in.rgb[i];
          sum[1] += in.rgb[i + 1];
          sum[2] += in.rgb[i + 2];
        }
      }
      const std::uint64_t count = std::uint64_t{bottom - top} * (right - left);
      for (const auto channel : sum) {
        out.rgb.push_back(static_cast<Byte>((channel + count / 2) / count));
      }
    }
  }
  return out;
}

/// The size with this longest side, never larger than it was.
std::pair<std::uint32_t, std::uint32_t> size_within(std::uint32_t width, std::uint32_t height,
                                                    std::uint32_t side) {
  const auto longest = std::max(width, height);
  if (longest <= side) {
    return {width, height};
  }
  const auto scaled = [&](std::uint32_t length) {
    return std::max<std::uint32_t>(
        1, static_cast<std::uint32_t>(std::uint64_t{length} * side / longest));
  };
  return {scaled(width), scaled(height)};
}

void turn_grey(Pixels& pixels) {
  for (std::size_t i = 0; i + 2 < pixels.rgb.size(); i += 3) {
    // BT.709: 0.2126, 0.7152, 0.0722, in 1/65536.
    const std::uint32_t luma = (13933U * pixels.rgb[i] + 46871U * pixels.rgb[i + 1] +
                                4732U * pixels.rgb[i + 2] + 32768U) >>
                               16U;
    std::fill_n(pixels.rgb.begin() + static_cast<std::ptrdiff_t>(i), 3, static_cast<Byte>(luma));
  }
}

/// A box of five along one axis; `step` is the distance between neighbours in pixels.
void blur_line(Bytes& rgb, std::size_t first, std::size_t step, std::uint32_t length) {
  std::vector<unsigned> line(length);
  for (std::uint32_t i = 0; i < length; ++i) {
    line[i] = rgb[3 * (first + i * step)];
  }
  for (std::uint32_t i = 0; i < length; ++i) {
    unsigned sum = 0;
    for (int offset = -2; offset <= 2; ++offset) {
      const auto from = std::clamp<std::int64_t>(std::int64_t{i} + offset, 0, length - 1);
      sum += line[static_cast<std::size_t>(from)];
    }
    std::fill_n(rgb.begin() + static_cast<std::ptrdiff_t>(3 * (first + i * step)), 3,
                static_cast<Byte>((sum + 2) / 5));
  }
}

void blur_grey(Pixels& grey) {
  for (int pass = 0; pass < 3; ++pass) {
    for (std::uint32_t y = 0; y < grey.height; ++y) {
      blur_line(grey.rgb, std::size_t{y} * grey.width, 1, grey.width);
    }
    for (std::uint32_t x = 0; x < grey.width; ++x) {
      blur_line(grey.rgb, x, grey.width, grey.height);
    }
  }
}

/// Drawn larger, with straight lines between the points.
Pixels enlarged(const Pixels& in, std::uint32_t width, std::uint32_t height) {
  Pixels out{width, height, {}};
  out.rgb.reserve(std::size_t{3} * width * height);
  constexpr std::uint64_t kOne = 256;
  const auto place = [](std::uint32_t i, std::uint32_t to, std::uint32_t from) {
    return to <= 1 ? std::uint64_t{0} : std::uint64_t{i} * (from - 1) * kOne / (to - 1);
  };
  for (std::uint32_t y = 0; y < height; ++y) {
    const auto v = place(y, height, in.height);
    const auto top = static_cast<std::uint32_t>(v / kOne);
    const auto low = std::min(top + 1, in.height - 1);
    for (std::uint32_t x = 0; x < width; ++x) {
      const auto u = place(x, width, in.width);
      const auto left = static_cast<std::uint32_t>(u / kOne);
      const auto right = std::min(left + 1, in.width - 1);
      for (std::size_t c = 0; c < 3; ++c) {
        const auto across = [&](std::uint32_t row) {
          return in.rgb[at(in.width, left, row) + c] * (kOne - u % kOne) +
                 in.rgb[at(in.width, right, row) + c] * (u % kOne);
        };
        const auto value = across(top) * (kOne - v % kOne) + across(low) * (v % kOne);
        out.rgb.push_back(static_cast<Byte>((value + kOne * kOne / 2) / (kOne * kOne)));
      }
    }
  }
  return out;
}

/// Half of what is there, half of the ink: the picture stays readable under the mark.
void tint(Pixels& pixels, std::uint32_t x, std::uint32_t y, unsigned ink) {
  if (x >= pixels.width || y >= pixels.height) {
    return;
  }
  for (std::size_t c = 0; c < 3; ++c) {
    Byte& value = pixels.rgb[at(pixels.width, x, y) + c];
    value = static_cast<Byte>((unsigned{value} + ink) / 2);
  }
}

}  // namespace

std::string_view name_of(Step step) {
  switch (step) {
    case Step::blurred:
      return "blurred";
    case Step::grey:
      return "grey";
    case Step::colour:
      break;
  }
  return "colour";
}

Result<Step> step_from_name(std::string_view name) {
  for (const auto step : {Step::blurred, Step::grey, Step::colour}) {
    if (name_of(step) == name) {
      return step;
    }
  }
  return fail(ErrorCode::bad_argument, "rendition", "a step is blurred, grey or colour");
}

Pixels fitted(PixelsView pixels, std::uint32_t side) {
  const auto [width, height] = size_within(pixels.width, pixels.height, side);
  if (width == pixels.width && height == pixels.height) {
    return {width, height, to_bytes(pixels.rgb)};
  }
  return averaged(pixels, width, height);
}

Pixels reduced(PixelsView pixels, Step step) {
  if (step != Step::blurred) {
    auto out = fitted(pixels, kReviewSide);
    if (step == Step::grey) {
      turn_grey(out);
    }
    return out;
  }
  auto small = fitted(pixels, kBlurredSide);
  turn_grey(small);
  blur_grey(small);
  const auto longest = std::max(small.width, small.height);
  const auto shown = [&](std::uint32_t length) {
    return std::max<std::uint32_t>(
        1, static_cast<std::uint32_t>(std::uint64_t{length} * kBlurredShown / longest));
  };
  return enlarged(small, shown(small.width), shown(small.height));
}

Result<Pixels> watermarked(Pixels pixels, std::string_view mark) {
  if (mark.empty() || mark.size() > kMaxMark) {
    return fail(ErrorCode::bad_argument, "rendition.mark");
  }
  std::vector<Glyph> glyphs;
  for (const char letter : mark) {
    const auto glyph = glyph_of(letter);
    if (!glyph) {
      return fail(ErrorCode::bad_argument, "rendition.mark",
                  "a mark has letters, digits, space and -");
    }
    glyphs.push_back(*glyph);
  }
  // A dot grows with the picture; each tile has one mark, and every other row of tiles is shifted
  // by half, so that no crop of a tile's size is without most of a mark.
  const std::uint32_t dot = std::max<std::uint32_t>(1, std::max(pixels.width, pixels.height) / 400);
  const auto letters = static_cast<std::uint32_t>(glyphs.size());
  const std::uint32_t tile_width = (letters + 3) * kCellWidth * dot;
  const std::uint32_t tile_height = 3 * kCellHeight * dot;
  for (std::uint32_t row = 0; row * tile_height < pixels.height; ++row) {
    const std::uint32_t shift = row % 2 == 0 ? 0 : tile_width / 2;
    for (std::uint32_t start = 0; start < pixels.width + shift; start += tile_width) {
      for (std::uint32_t i = 0; i < letters; ++i) {
        for (std::uint32_t gy = 0; gy < kCellHeight; ++gy) {
          for (std::uint32_t gx = 0; gx < 5; ++gx) {
            if ((std::uint32_t{glyphs[i].at(gy)} >> (4 - gx) & 1U) == 0) {
              continue;
            }
            for (std::uint32_t d = 0; d < dot * dot; ++d) {
              // Unsigned wrap on the left of the picture gives a place outside it, which is left
              // out.
              const std::uint32_t x = start + (i * kCellWidth + gx) * dot + d % dot - shift;
              const std::uint32_t y = row * tile_height + (kCellHeight + gy) * dot + d / dot;
              tint(pixels, x, y, 255);
              tint(pixels, x + dot, y + dot, 0);
            }
          }
        }
      }
    }
  }
  return pixels;
}

}  // namespace lightkeeper::decode
