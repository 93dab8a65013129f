// A decoded picture: what every hash of this room starts from.
#pragma once

#include <cstdint>

#include "core/base/bytes.hpp"

namespace lightkeeper::media {

/// Limits on every picture that enters the system, wherever it is parsed, decoded or hashed.
constexpr std::uint32_t kMaxSide = 16384;         // pixels
constexpr std::uint64_t kMaxPixels = 50'000'000;  // width * height
constexpr std::size_t kMaxFileBytes = 32U << 20;  // of an encoded picture

/// True for sizes of at least one pixel and within both limits.
[[nodiscard]] constexpr bool size_allowed(std::uint64_t width, std::uint64_t height) {
  return width >= 1 && height >= 1 && width <= kMaxSide && height <= kMaxSide &&
         width * height <= kMaxPixels;
}

/// Borrowed pixels: 8-bit sRGB, 3 bytes per pixel, rows from the top without padding.
struct PixelsView {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  BytesView rgb;
};

/// Owned pixels: 8-bit sRGB, upright, transparency already composited over white.
struct Pixels {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  Bytes rgb;  // 3 * width * height
  [[nodiscard]] PixelsView view() const { return {width, height, rgb}; }
};

/// Pixels from 4 bytes per pixel (R, G, B, A; not premultiplied, as a browser's canvas gives them),
/// composited over white with rounding to nearest. Errors: bad_argument when the size and the
/// number of bytes disagree, picture_too_large beyond the limits.
[[nodiscard]] Result<Pixels> pixels_over_white(std::uint32_t width, std::uint32_t height,
                                               BytesView rgba);

}  // namespace lightkeeper::media
