#include "core/match/gf128.hpp"

#include <gtest/gtest.h>

#include <bitset>

#include "core/crypto/crypto.hpp"

namespace lightkeeper::match {
namespace {

// The oracle: schoolbook products of polynomials and long division, on bit sets.
using Polynomial = std::bitset<256>;

const Polynomial& modulus() {
  static const Polynomial value = [] {
    Polynomial p;
    for (const std::size_t k : {128U, 7U, 2U, 1U, 0U}) {
      p.set(k);
    }
    return p;
  }();
  return value;
}

int degree_of(const Polynomial& p) {
  for (int k = 255; k >= 0; --k) {
    if (p.test(static_cast<std::size_t>(k))) {
      return k;
    }
  }
  return -1;
}

Polynomial remainder(Polynomial a, const Polynomial& b) {
  for (int k = degree_of(a); k >= degree_of(b); k = degree_of(a)) {
    a ^= b << static_cast<std::size_t>(k - degree_of(b));
  }
  return a;
}

Polynomial product(const Polynomial& a, const Polynomial& b) {
  Polynomial sum;
  for (std::size_t k = 0; k < 128; ++k) {
    if (b.test(k)) {
      sum ^= a << k;
    }
  }
  return remainder(sum, modulus());
}

Polynomial polynomial_of(const Gf128& a) { return Polynomial(a.lo) | Polynomial(a.hi) << 64; }

Gf128 random_element(Rng& rng) { return Gf128::from_bytes(rng.array<16>()); }

TEST(Gf128, MultipliesLikeSchoolbookPolynomials) {
  crypto::SeededRng rng(1);
  for (int i = 0; i < 400; ++i) {
    const Gf128 a = random_element(rng);
    const Gf128 b = random_element(rng);
    EXPECT_EQ(polynomial_of(multiply(a, b)), product(polynomial_of(a), polynomial_of(b)));
  }
  for (unsigned k = 0; k < 128; ++k) {  // every single power of x against every power
    const Gf128 power =
        k < 64 ? Gf128{std::uint64_t{1} << k, 0} : Gf128{0, std::uint64_t{1} << (k - 64)};
    EXPECT_EQ(polynomial_of(multiply(power, Gf128{0, std::uint64_t{1} << 63U})),
              product(polynomial_of(power), Polynomial(1) << 127));
  }
}

TEST(Gf128, FoldsTheTopCoefficientBack) {
  EXPECT_EQ(multiply(Gf128{0, std::uint64_t{1} << 63U}, Gf128{2, 0}), (Gf128{0x87, 0}));
}

TEST(Gf128, InvertsEveryElementButZero) {
  crypto::SeededRng rng(2);
  for (int i = 0; i < 300; ++i) {
    const Gf128 a = i < 128 ? (i < 64 ? Gf128{std::uint64_t{1} << i, 0}
                                      : Gf128{0, std::uint64_t{1} << (i - 64)})
                            : random_element(rng);
    EXPECT_EQ(multiply(a, invert(a)), kGf128One);
    EXPECT_EQ(invert(invert(a)), a);
  }
  EXPECT_EQ(invert(kGf128One), kGf128One);
  EXPECT_EQ(invert(Gf128{}), Gf128{});
}

TEST(Gf128, ObeysTheLawsOfAField) {
  crypto::SeededRng rng(3);
  for (int i = 0; i < 100; ++i) {
    const Gf128 a = random_element(rng);
    const Gf128 b = random_element(rng);
    const Gf128 c = random_element(rng);
    EXPECT_EQ(multiply(a, b), multiply(b, a));
    EXPECT_EQ(multiply(a, multiply(b, c)), multiply(multiply(a, b), c));
    EXPECT_EQ(multiply(a, b ^ c), multiply(a, b) ^ multiply(a, c));
  }
}

TEST(Gf128, HasAnIrreducibleModulus) {
  // Rabin: x^(2^128) = x, and x^(2^64) - x has no factor in common with the modulus (2 is the only
  // prime in 128).
  const Polynomial x = Polynomial(2);
  Polynomial power = x;
  for (int i = 0; i < 64; ++i) {
    power = product(power, power);
  }
  Polynomial a = modulus();
  Polynomial b = power ^ x;
  while (b.any()) {
    const Polynomial rest = remainder(a, b);
    a = b;
    b = rest;
  }
  EXPECT_EQ(degree_of(a), 0);
  for (int i = 0; i < 64; ++i) {
    power = product(power, power);
  }
  EXPECT_EQ(power, x);
}

TEST(Gf128, StandsLeastSignificantByteFirst) {
  const Gf128 a{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  for (Byte b = 0; b < 16; ++b) {
    EXPECT_EQ(a.bytes()[b], b);
  }
  EXPECT_EQ(Gf128::from_bytes(a.bytes()), a);
}

}  // namespace
}  // namespace lightkeeper::match
