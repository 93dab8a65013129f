#include <cstring>

#include "decode/decoder.hpp"

namespace lightkeeper::decode {

media::Pixels turned_upright(media::Pixels stored, unsigned orientation) {
  if (orientation < 2 || orientation > 8) {
    return stored;
  }
  const std::size_t w = stored.width;
  const std::size_t h = stored.height;
  const bool swapped = orientation >= 5;
  media::Pixels out{swapped ? stored.height : stored.width, swapped ? stored.width : stored.height,
                    Bytes(stored.rgb.size())};
  // Where upright pixel (x, y) stands in the file: first (x, y) or (y, x), then mirrored on either
  // axis.
  const bool mirror_x =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool mirror_y =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  std::size_t to = 0;
  for (std::size_t y = 0; y < out.height; ++y) {
    for (std::size_t x = 0; x < out.width; ++x) {
      std::size_t from_x = swapped ? y : x;
      std::size_t from_y = swapped ? x : y;
      from_x = mirror_x ? w - 1 - from_x : from_x;
      from_y = mirror_y ? h - 1 - from_y : from_y;
      std::memcpy(&out.rgb[to], &stored.rgb[3 * (from_y * w + from_x)], 3);
      to += 3;
    }
  }
  return out;
}

}  // namespace lightkeeper::decode
