#include "core/media/pixels.hpp"

namespace lightkeeper::media {

Result<Pixels> pixels_over_white(std::uint32_t width, std::uint32_t height, BytesView rgba) {
  if (!size_allowed(width, height)) {
    return fail(ErrorCode::picture_too_large, "pixels.over_white");
  }
  const std::size_t count = std::size_t{width} * height;
  if (rgba.size() != 4 * count) {
    return fail(ErrorCode::bad_argument, "pixels.over_white");
  }
  Pixels out{width, height, Bytes(3 * count)};
  for (std::size_t i = 0; i < count; ++i) {
    const unsigned alpha = rgba[4 * i + 3];
    for (std::size_t c = 0; c < 3; ++c) {
      const unsigned mixed = rgba[4 * i + c] * alpha + 255U * (255U - alpha);
      out.rgb[3 * i + c] = static_cast<Byte>((mixed + 127U) / 255U);
    }
  }
  return out;
}

}  // namespace lightkeeper::media
