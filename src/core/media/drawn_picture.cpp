#include "core/media/drawn_picture.hpp"

#include <algorithm>

namespace lightkeeper::media {
namespace {

constexpr int kRectangles = 24;

/// A linear congruential generator; each draw gives the upper 16 bits.
class Draws {
 public:
  explicit Draws(std::uint32_t seed) : state_(seed) {}
  std::uint32_t next() {
    state_ = state_ * 1664525U + 1013904223U;
    return state_ >> 16;
  }

 private:
  std::uint32_t state_;
};

}  // namespace

Pixels draw_picture(std::uint32_t width, std::uint32_t height, std::uint32_t seed) {
  if (!size_allowed(width, height)) {
    return {};
  }
  Pixels picture{width, height, Bytes(std::size_t{3} * width * height)};
  const std::size_t row_bytes = std::size_t{3} * width;
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      const std::size_t at = row_bytes * y + std::size_t{3} * x;
      picture.rgb[at] = static_cast<Byte>(255U * x / width);
      picture.rgb[at + 1] = static_cast<Byte>(255U * y / height);
      picture.rgb[at + 2] = static_cast<Byte>(255U * (x + y) / (width + height));
    }
  }
  Draws draws(seed);
  for (int i = 0; i < kRectangles; ++i) {
    const std::uint32_t x0 = draws.next() * width >> 16;
    const std::uint32_t y0 = draws.next() * height >> 16;
    const std::uint32_t w = 1 + (draws.next() * (width / 3 + 1) >> 16);
    const std::uint32_t h = 1 + (draws.next() * (height / 3 + 1) >> 16);
    const Byte red = static_cast<Byte>(draws.next() & 255U);
    const Byte green = static_cast<Byte>(draws.next() & 255U);
    const Byte blue = static_cast<Byte>(draws.next() & 255U);
    for (std::uint32_t y = y0; y < std::min(height, y0 + h); ++y) {
      for (std::uint32_t x = x0; x < std::min(width, x0 + w); ++x) {
        const std::size_t at = row_bytes * y + std::size_t{3} * x;
        picture.rgb[at] = red;
        picture.rgb[at + 1] = green;
        picture.rgb[at + 2] = blue;
      }
    }
  }
  return picture;
}

std::uint64_t fnv1a64(BytesView bytes) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const Byte byte : bytes) {
    hash = (hash ^ byte) * 0x100000001b3U;
  }
  return hash;
}

}  // namespace lightkeeper::media
