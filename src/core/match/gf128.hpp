// The field GF(2^128) of the opening sums: polynomials over GF(2) modulo x^128 + x^7 + x^2 + x + 1.
//
// Everything here runs in constant time (no branch and no memory address depends on the elements),
// because the device combines secret-dependent sums with it. Pure functions, thread-safe.
#pragma once

#include <cstdint>

#include "core/base/bytes.hpp"

namespace lightkeeper::match {

/// Bit k of `lo` is the coefficient of x^k, bit k of `hi` that of x^(64 + k).
struct Gf128 {
  std::uint64_t lo = 0;
  std::uint64_t hi = 0;
  bool operator==(const Gf128&) const = default;

  /// 16 bytes, least significant first: the form on the wire.
  [[nodiscard]] constexpr ByteArray<16> bytes() const {
    ByteArray<16> out{};
    for (std::size_t b = 0; b < 16; ++b) {
      out[b] = static_cast<Byte>((b < 8 ? lo : hi) >> (8 * (b % 8)));
    }
    return out;
  }
  [[nodiscard]] static constexpr Gf128 from_bytes(const ByteArray<16>& bytes) {
    Gf128 out;
    for (std::size_t b = 0; b < 16; ++b) {
      (b < 8 ? out.lo : out.hi) |= static_cast<std::uint64_t>(bytes[b]) << (8 * (b % 8));
    }
    return out;
  }
};

constexpr Gf128 kGf128One{1, 0};

/// Addition and subtraction are the same.
[[nodiscard]] constexpr Gf128 operator^(const Gf128& a, const Gf128& b) {
  return {a.lo ^ b.lo, a.hi ^ b.hi};
}
[[nodiscard]] Gf128 multiply(const Gf128& a, const Gf128& b);
/// a^(2^128 - 2): the inverse, and zero for zero.
[[nodiscard]] Gf128 invert(const Gf128& a);

}  // namespace lightkeeper::match
