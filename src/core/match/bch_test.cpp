#include "core/match/bch.hpp"

#include <gtest/gtest.h>

#include <bitset>
#include <set>

#include "core/crypto/crypto.hpp"

namespace lightkeeper::match {
namespace {

// The oracle builds the code from its definition, without tables of logarithms and without roots:
// elements of GF(256) are multiplied bit by bit, each minimal polynomial is found by trying all
// small polynomials in order of degree, and division is long division on bit sets.
using Polynomial = std::bitset<512>;

unsigned field_times(unsigned a, unsigned b) {
  unsigned sum = 0;
  for (; b != 0; b >>= 1U) {
    sum ^= (b & 1U) * a;
    a <<= 1U;
    a ^= (a >> 8U) * 0x11dU;
  }
  return sum;
}

unsigned field_power(unsigned base, unsigned exponent) {
  unsigned out = 1;
  for (unsigned i = 0; i < exponent; ++i) {
    out = field_times(out, base);
  }
  return out;
}

unsigned value_at(unsigned polynomial, unsigned point) {
  unsigned value = 0;
  for (int k = 9; k >= 0; --k) {
    value = field_times(value, point) ^ (polynomial >> static_cast<unsigned>(k) & 1U);
  }
  return value;
}

unsigned minimal_polynomial(unsigned element) {
  for (unsigned candidate = 2;; ++candidate) {
    if (value_at(candidate, element) == 0) {
      return candidate;
    }
  }
}

Polynomial generator() {
  std::set<unsigned> factors;
  for (unsigned i = 1; i <= 62; ++i) {
    factors.insert(minimal_polynomial(field_power(2, i)));
  }
  Polynomial product(1);
  for (const unsigned factor : factors) {
    Polynomial next;
    for (std::size_t k = 0; k < 10; ++k) {
      if ((factor >> k & 1U) != 0) {
        next ^= product << k;
      }
    }
    product = next;
  }
  return product;
}

Polynomial remainder(Polynomial a, const Polynomial& b, std::size_t degree) {
  for (std::size_t k = a.size(); k-- > degree;) {
    if (a.test(k)) {
      a ^= b << (k - degree);
    }
  }
  return a;
}

media::PdqBits random_hash(Rng& rng) { return media::PdqBits::from_bytes(rng.array<32>()); }

unsigned random_below(Rng& rng, unsigned bound) {
  const auto bytes = rng.array<4>();
  return (bytes[0] | static_cast<unsigned>(bytes[1]) << 8U |
          static_cast<unsigned>(bytes[2]) << 16U) %
         bound;
}

media::PdqBits random_difference(Rng& rng, int weight) {
  media::PdqBits out;
  while (out.weight() < weight) {
    out.set(random_below(rng, 255), true);
  }
  return out;
}

TEST(Sketch, HasTheGeneratorOfTheMinimalPolynomials) {
  const Polynomial expected = generator();
  EXPECT_TRUE(expected.test(200));
  EXPECT_TRUE((expected >> 201).none());
  const auto words = sketch_generator();
  for (std::size_t k = 0; k < 200; ++k) {
    EXPECT_EQ((words[k / 64] >> (k % 64) & 1U) != 0, expected.test(k)) << k;
  }
  EXPECT_EQ(words[3] >> 8U, 0U);
  Polynomial cycle;
  cycle.set(255);
  cycle.set(0);
  EXPECT_TRUE(remainder(cycle, expected, 200).none()) << "the generator must divide x^255 - 1";
}

TEST(Sketch, IsTheRemainderOfLongDivision) {
  const Polynomial g = generator();
  crypto::SeededRng rng(11);
  for (int trial = 0; trial < 50; ++trial) {
    media::PdqBits y = random_hash(rng);
    Polynomial dividend;
    for (unsigned k = 0; k < 255; ++k) {
      dividend[k] = y.bit(k);
    }
    const Polynomial expected = remainder(dividend, g, 200);
    const Sketch sketch = sketch_of(y);
    for (std::size_t k = 0; k < 200; ++k) {
      ASSERT_EQ((sketch[k / 8] >> (k % 8) & 1) != 0, expected.test(k));
    }
    y.set(255, !y.bit(255));
    EXPECT_EQ(sketch_of(y), sketch) << "the last bit stands beside the sketch";
  }
}

TEST(Sketch, RecoversUpTo31DifferencesAndRefusesMore) {
  crypto::SeededRng rng(12);
  for (int d = 0; d <= 50; ++d) {
    for (int trial = 0; trial < 40; ++trial) {
      const media::PdqBits y = random_hash(rng);
      const media::PdqBits difference = random_difference(rng, d);
      media::PdqBits x = y ^ difference;
      x.set(255, trial % 2 == 0);  // either value of the last bit of x, whatever that of y
      const auto found = difference_from(sketch_of(y), x);
      if (d <= kSketchRadius) {
        ASSERT_TRUE(found.has_value()) << d;
        EXPECT_EQ(*found, difference) << d;
      } else {
        EXPECT_FALSE(found.has_value()) << d;
      }
    }
  }
}

TEST(Sketch, RecoversEverySingleDifferenceAndEveryBurst) {
  crypto::SeededRng rng(13);
  const media::PdqBits y = random_hash(rng);
  const Sketch sketch = sketch_of(y);
  for (unsigned start = 0; start < 255; ++start) {
    for (const unsigned length : {1U, 2U, 30U, 31U, 32U}) {
      media::PdqBits difference;
      for (unsigned k = 0; k < length; ++k) {
        difference.set((start + k) % 255, true);
      }
      const auto found = difference_from(sketch, y ^ difference);
      if (length <= 31) {
        ASSERT_TRUE(found.has_value()) << start << " " << length;
        EXPECT_EQ(*found, difference);
      } else {
        EXPECT_FALSE(found.has_value()) << start;
      }
    }
  }
}

TEST(Sketch, FindsNothingBetweenUnrelatedHashesNorInDamagedSketches) {
  crypto::SeededRng rng(14);
  for (int trial = 0; trial < 2000; ++trial) {
    EXPECT_FALSE(difference_from(sketch_of(random_hash(rng)), random_hash(rng)).has_value());
  }
  // A damaged sketch may stand for other differences, but what it gives is always consistent with
  // it.
  const media::PdqBits y = random_hash(rng);
  for (std::size_t bit = 0; bit < 200; ++bit) {
    Sketch damaged = sketch_of(y);
    damaged[bit / 8] = static_cast<Byte>(damaged[bit / 8] ^ 1U << (bit % 8));
    if (const auto found = difference_from(damaged, y)) {
      EXPECT_EQ(sketch_of(y ^ *found), damaged);
      EXPECT_LE(found->weight(), kSketchRadius);
    }
  }
}

}  // namespace
}  // namespace lightkeeper::match
