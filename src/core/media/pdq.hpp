// PDQ, the perceptual hash of still pictures: pixels in, the eight dihedral hashes and a quality
// out.
#pragma once

#include "core/media/pdq_hash.hpp"
#include "core/media/pixels.hpp"

namespace lightkeeper::media {

/// Hashes one picture. Bit-exact with the published implementation: every float operation happens
/// in the same order as there, on every platform (no contraction, no reordering), whatever the
/// kernel. A picture with a side below 5 pixels has the zero hash and quality 0; hashes below
/// kMinQuality are noise and must not be matched. 64x64 pictures are taken unfiltered, as the
/// single-hash entry point of the published implementation does. Errors: picture_too_large beyond
/// the limits of pixels.hpp, bad_argument when the number of bytes is not 3 * width * height. Cost:
/// about 1 ns per pixel natively; memory 4 * (2 * height / 128 + 64) bytes per column and 256 bytes
/// per row. Thread-safe; keeps nothing. Learns: the picture.
[[nodiscard]] Result<PdqResult> pdq(PixelsView picture, PdqVariant variant);

}  // namespace lightkeeper::media
