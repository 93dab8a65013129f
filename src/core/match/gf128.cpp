#include "core/match/gf128.hpp"

namespace lightkeeper::match {
namespace {

/// a * x, without a branch: the coefficient of x^128 folds back as x^7 + x^2 + x + 1.
Gf128 times_x(const Gf128& a) {
  const std::uint64_t fold = 0 - (a.hi >> 63U);
  return {(a.lo << 1U) ^ (fold & 0x87U), (a.hi << 1U) | (a.lo >> 63U)};
}

/// The 32 low bits moved to the even places of 64: the square of a polynomial, before reduction.
std::uint64_t spread(std::uint64_t half) {
  half &= 0xffffffffU;
  half = (half | half << 16U) & 0x0000ffff0000ffffU;
  half = (half | half << 8U) & 0x00ff00ff00ff00ffU;
  half = (half | half << 4U) & 0x0f0f0f0f0f0f0f0fU;
  half = (half | half << 2U) & 0x3333333333333333U;
  return (half | half << 1U) & 0x5555555555555555U;
}

Gf128 square(const Gf128& a) {
  std::uint64_t w0 = spread(a.lo);
  std::uint64_t w1 = spread(a.lo >> 32U);
  std::uint64_t w2 = spread(a.hi);
  const std::uint64_t w3 = spread(a.hi >> 32U);
  // x^128 = x^7 + x^2 + x + 1, applied to the two upper words from the top down.
  w1 ^= w3 ^ w3 << 1U ^ w3 << 2U ^ w3 << 7U;
  w2 ^= w3 >> 63U ^ w3 >> 62U ^ w3 >> 57U;
  w0 ^= w2 ^ w2 << 1U ^ w2 << 2U ^ w2 << 7U;
  w1 ^= w2 >> 63U ^ w2 >> 62U ^ w2 >> 57U;
  return {w0, w1};
}

Gf128 square_times(Gf128 a, int times) {
  for (int i = 0; i < times; ++i) {
    a = square(a);
  }
  return a;
}

}  // namespace

Gf128 multiply(const Gf128& a, const Gf128& b) {
  Gf128 sum;
  Gf128 shifted = a;
  for (unsigned k = 0; k < 128; ++k) {
    const std::uint64_t take =
        0 - ((k < 64 ? b.lo : b.hi) >> (k % 64U) & 1U);  // k is public, the bit is not
    sum.lo ^= shifted.lo & take;
    sum.hi ^= shifted.hi & take;
    shifted = times_x(shifted);
  }
  return sum;
}

Gf128 invert(const Gf128& a) {
  // Itoh and Tsujii (1988): e(n) = a^(2^n - 1), e(2n) = e(n)^(2^n) * e(n), e(n + 1) = e(n)^2 * a;
  // a^(2^128 - 2) = e(127)^2, with 127 = 1111111 in binary.
  Gf128 e = a;
  int n = 1;
  for (int bit = 0; bit < 6; ++bit) {
    e = multiply(square_times(e, n), e);
    n *= 2;
    e = multiply(square(e), a);
    n += 1;
  }
  return square(e);
}

}  // namespace lightkeeper::match
