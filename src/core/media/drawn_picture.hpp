// Harmless synthetic pictures: a colour ramp with 24 rectangles, drawn with integers only, so that
// every implementation and every platform draws the same bytes. The source of all our test
// pictures.
#pragma once

#include "core/media/pixels.hpp"

namespace lightkeeper::media {

/// The picture of this size and seed. The rule stands in vectors/README.md. Sides of 0 and beyond
/// kMaxSide give an empty picture.
[[nodiscard]] Pixels draw_picture(std::uint32_t width, std::uint32_t height, std::uint32_t seed);

/// FNV-1a, 64 bit: the checksum that the vectors carry for drawn pixels. Not for security.
[[nodiscard]] std::uint64_t fnv1a64(BytesView bytes);

}  // namespace lightkeeper::media
