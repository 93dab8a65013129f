#include "core/match/bch.hpp"

namespace lightkeeper::match {
namespace {

constexpr std::size_t kLength = 255;
constexpr std::size_t kDegree = 200;
constexpr std::size_t kSyndromes = 2 * kSketchRadius;
using Words = std::array<std::uint64_t, 4>;

struct Tables {
  std::array<Byte, 2 * kLength>
      exp{};                    // a^i, twice over so that sums of logarithms need no reduction
  std::array<Byte, 256> log{};  // of non-zero elements
};

constexpr Tables make_tables() {
  Tables tables;
  unsigned power = 1;
  for (std::size_t i = 0; i < kLength; ++i) {
    tables.exp[i] = static_cast<Byte>(power);
    tables.exp[i + kLength] = static_cast<Byte>(power);
    tables.log[power] = static_cast<Byte>(i);
    power <<= 1U;
    power ^= (power >> 8U) * 0x11dU;
  }
  return tables;
}
constexpr Tables kField = make_tables();

constexpr Byte times(Byte a, Byte b) {
  return a == 0 || b == 0 ? Byte{0} : kField.exp[std::size_t{kField.log[a]} + kField.log[b]];
}
constexpr Byte over(Byte a, Byte b) {  // b is not zero
  return a == 0 ? Byte{0} : kField.exp[std::size_t{kField.log[a]} + kLength - kField.log[b]];
}

/// The product of (x - r) over the roots a^1 .. a^62 and their conjugates a^2i, a^4i, ...
constexpr Words make_generator() {
  std::array<bool, kLength> is_root{};
  for (std::size_t i = 1; i <= kSyndromes; ++i) {
    for (std::size_t k = i; !is_root[k]; k = 2 * k % kLength) {
      is_root[k] = true;
    }
  }
  std::array<Byte, kDegree + 2> product{};
  product[0] = 1;
  std::size_t degree = 0;
  for (std::size_t i = 0; i < kLength; ++i) {
    if (!is_root[i]) {
      continue;
    }
    ++degree;
    for (std::size_t k = degree; k > 0; --k) {
      product[k] = static_cast<Byte>(product[k - 1] ^ times(product[k], kField.exp[i]));
    }
    product[0] = times(product[0], kField.exp[i]);
  }
  Words generator{};
  for (std::size_t k = 0; k < degree && k < kDegree; ++k) {
    generator[k / 64] |= static_cast<std::uint64_t>(product[k]) << (k % 64);
  }
  return degree == kDegree ? generator : Words{};
}
constexpr Words kGenerator = make_generator();
static_assert(kGenerator != Words{}, "the code has 62 consecutive roots and degree 200");

/// The remainder as a polynomial whose bit k is the coefficient of x^k.
Words remainder_of(const Words& y) {
  Words rest{};
  for (std::size_t k = kLength; k-- > 0;) {
    const std::uint64_t out = 0 - (rest[3] >> (kDegree - 1 - 192) & 1U);
    rest[3] = (rest[3] << 1U | rest[2] >> 63U) & 0xffU;
    rest[2] = rest[2] << 1U | rest[1] >> 63U;
    rest[1] = rest[1] << 1U | rest[0] >> 63U;
    rest[0] = rest[0] << 1U | (y[k / 64] >> (k % 64) & 1U);
    for (std::size_t w = 0; w < 4; ++w) {
      rest[w] ^= kGenerator[w] & out;
    }
  }
  return rest;
}

Words words_of(const Sketch& sketch) {
  Words words{};
  for (std::size_t b = 0; b < sketch.size(); ++b) {
    words[b / 8] |= static_cast<std::uint64_t>(sketch[b]) << (8 * (b % 8));
  }
  return words;
}

/// S_j = e(a^j) for j = 1 .. 62, at [j]; e and its remainder have equal values at the roots of g.
std::array<Byte, kSyndromes + 1> syndromes_of(const Words& remainder) {
  std::array<Byte, kSyndromes + 1> s{};
  for (std::size_t k = 0; k < kDegree; ++k) {
    if ((remainder[k / 64] >> (k % 64) & 1U) != 0) {
      for (std::size_t j = 1; j <= kSyndromes; ++j) {
        s[j] = static_cast<Byte>(s[j] ^ kField.exp[j * k % kLength]);
      }
    }
  }
  return s;
}

struct Locator {
  std::array<Byte, kSyndromes + 1> sigma{};
  std::size_t degree = 0;
};

/// Berlekamp and Massey: the shortest recurrence that makes the syndromes.
Locator locator_of(const std::array<Byte, kSyndromes + 1>& s) {
  Locator now;
  now.sigma[0] = 1;
  std::array<Byte, kSyndromes + 1> before{};
  before[0] = 1;
  Byte before_discrepancy = 1;
  std::size_t gap = 1;
  for (std::size_t n = 1; n <= kSyndromes; ++n) {
    Byte discrepancy = 0;
    for (std::size_t i = 0; i <= now.degree; ++i) {
      discrepancy = static_cast<Byte>(discrepancy ^ times(now.sigma[i], s[n - i]));
    }
    if (discrepancy == 0) {
      ++gap;
      continue;
    }
    const auto kept = now.sigma;
    const Byte factor = over(discrepancy, before_discrepancy);
    for (std::size_t i = 0; i + gap <= kSyndromes; ++i) {
      now.sigma[i + gap] = static_cast<Byte>(now.sigma[i + gap] ^ times(factor, before[i]));
    }
    if (2 * now.degree < n) {
      now.degree = n - now.degree;
      before = kept;
      before_discrepancy = discrepancy;
      gap = 1;
    } else {
      ++gap;
    }
  }
  return now;
}

}  // namespace

std::array<std::uint64_t, 4> sketch_generator() { return kGenerator; }

Sketch sketch_of(const media::PdqBits& y) {
  const Words rest = remainder_of(y.words);
  Sketch sketch{};
  for (std::size_t b = 0; b < sketch.size(); ++b) {
    sketch[b] = static_cast<Byte>(rest[b / 8] >> (8 * (b % 8)));
  }
  return sketch;
}

std::optional<media::PdqBits> difference_from(const Sketch& sketch, const media::PdqBits& x) {
  Words remainder = words_of(sketch);
  const Words own = remainder_of(x.words);
  for (std::size_t w = 0; w < 4; ++w) {
    remainder[w] ^= own[w];
  }
  const Locator locator = locator_of(syndromes_of(remainder));
  if (locator.degree > kSketchRadius) {
    return std::nullopt;
  }
  // Chien: the error at x^k shows as the root a^-k.
  media::PdqBits difference;
  std::size_t roots = 0;
  for (std::size_t k = 0; k < kLength; ++k) {
    Byte value = 0;
    for (std::size_t i = 0; i <= locator.degree; ++i) {
      if (locator.sigma[i] != 0) {
        value = static_cast<Byte>(
            value ^ kField.exp[(kField.log[locator.sigma[i]] + i * (kLength - k)) % kLength]);
      }
    }
    if (value == 0) {
      difference.set(static_cast<unsigned>(k), true);
      ++roots;
    }
  }
  // The remainder of what was found must be the one that was given: then d255 <= 31 is proven, not
  // believed.
  if (roots != locator.degree || remainder_of(difference.words) != remainder) {
    return std::nullopt;
  }
  return difference;
}

}  // namespace lightkeeper::match
