// The fuzzy sketch in a tile: the syndrome of the primitive narrow-sense BCH code of length 255
// that corrects 31 errors, over the first 255 bits of a hash. The 256th bit is kept beside it.
//
// GF(256) = GF(2)[a] / (a^8 + a^4 + a^3 + a^2 + 1). The code's generator g(x) of degree 200 is the
// least polynomial with the roots a^1 .. a^62; bit k of the hash is the coefficient of x^k. Who
// learns what: whoever has the sketch of y and some x with d255(x, y) <= 31 learns the first 255
// bits of y; without such an x it still says 200 of y's bits, so it stands only inside sealed
// tiles. Pure functions, thread-safe. Decoding takes time that depends on the hashes: it runs on
// the device that owns them, after the tile was found.
#pragma once

#include <optional>

#include "core/media/pdq_hash.hpp"

namespace lightkeeper::match {

constexpr int kSketchRadius = 31;
/// y(x) mod g(x): bit k (in byte k / 8 at weight 2^(k % 8)) is the coefficient of x^k.
using Sketch = ByteArray<25>;

/// About a microsecond. The 256th bit is ignored.
[[nodiscard]] Sketch sketch_of(const media::PdqBits& y);

/// The bits in which x differs from the sketched hash among the first 255, exactly when they are at
/// most 31; nothing otherwise. About 20 microseconds.
[[nodiscard]] std::optional<media::PdqBits> difference_from(const Sketch& sketch,
                                                            const media::PdqBits& x);

/// g(x) without its leading term x^200: words[0] bit 0 is the coefficient of 1.
[[nodiscard]] std::array<std::uint64_t, 4> sketch_generator();

}  // namespace lightkeeper::match
