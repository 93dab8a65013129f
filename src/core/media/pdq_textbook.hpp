// PDQ written down step by step, for tests and benchmarks only: the oracle that pdq.cpp is compared
// with bit by bit, and the baseline it is measured against. Slow on purpose; nothing is shared with
// pdq.cpp. Formulas: the published description of PDQ as restated in docs/threat-model/media.md and
// the room README.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/media/pdq.hpp"

namespace lightkeeper::media::textbook {

using Plane = std::vector<float>;  // row by row

/// One running-sum box of width w over n samples that stand `stride` apart.
inline void box(const float* in, float* out, std::size_t n, std::size_t stride, std::size_t w) {
  const std::size_t half = (w + 2) / 2;
  std::size_t left = 0;   // oldest sample in the sum
  std::size_t right = 0;  // next sample to add
  std::size_t done = 0;   // next output
  float sum = 0.0F;
  float count = 0.0F;
  for (std::size_t i = 0; i < half - 1; ++i) {
    sum += in[right++ * stride];
    count += 1.0F;
  }
  for (std::size_t i = 0; i < w - half + 1; ++i) {
    sum += in[right++ * stride];
    count += 1.0F;
    out[done++ * stride] = sum / count;
  }
  for (std::size_t i = 0; i < n - w; ++i) {
    sum += in[right++ * stride];
    sum -= in[left++ * stride];
    out[done++ * stride] = sum / count;
  }
  for (std::size_t i = 0; i < half - 1; ++i) {
    sum -= in[left++ * stride];
    count -= 1.0F;
    out[done++ * stride] = sum / count;
  }
}

/// The hash of one 16x16 matrix: bit k is one when value k lies above the 128th smallest.
inline PdqBits threshold(const std::vector<float>& b) {
  std::vector<float> sorted = b;
  std::sort(sorted.begin(), sorted.end());
  const float median = sorted[127];
  PdqBits bits;
  for (unsigned k = 0; k < 256; ++k) {
    bits.set(k, b[k] > median);
  }
  return bits;
}

inline PdqResult pdq(PixelsView picture, PdqVariant variant) {
  std::size_t rows = picture.height;
  std::size_t cols = picture.width;
  Bytes squashed;
  BytesView rgb = picture.rgb;
  if (variant == PdqVariant::via512 && (rows > 512 || cols > 512)) {
    for (std::size_t y = 0; y < 512; ++y) {
      for (std::size_t x = 0; x < 512; ++x) {
        const std::size_t at = 3 * ((y * rows / 512) * cols + x * cols / 512);
        squashed.insert(squashed.end(), {rgb[at], rgb[at + 1], rgb[at + 2]});
      }
    }
    rgb = squashed;
    rows = cols = 512;
  }
  PdqResult result;
  result.variant = variant;
  if (rows < 5 || cols < 5) {
    return result;
  }
  Plane a(rows * cols);
  Plane b(rows * cols);
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = 0.299F * static_cast<float>(rgb[3 * i]) + 0.587F * static_cast<float>(rgb[3 * i + 1]) +
           0.114F * static_cast<float>(rgb[3 * i + 2]);
  }
  if (rows != 64 || cols != 64) {
    const std::size_t along_rows = (cols + 127) / 128;
    const std::size_t along_cols = (rows + 127) / 128;
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t y = 0; y < rows; ++y) {
        box(&a[y * cols], &b[y * cols], cols, 1, along_rows);
      }
      for (std::size_t x = 0; x < cols; ++x) {
        box(&b[x], &a[x], rows, cols, along_cols);
      }
    }
  }
  std::vector<float> small(64 * 64);
  for (std::size_t i = 0; i < 64; ++i) {
    for (std::size_t j = 0; j < 64; ++j) {
      const auto y =
          static_cast<std::size_t>((static_cast<double>(i) + 0.5) * static_cast<double>(rows) / 64);
      const auto x =
          static_cast<std::size_t>((static_cast<double>(j) + 0.5) * static_cast<double>(cols) / 64);
      small[64 * i + j] = a[y * cols + x];
    }
  }
  int gradient = 0;
  const auto step = [&](std::size_t u, std::size_t v) {
    return std::abs(static_cast<int>((small[u] - small[v]) * 100.0F / 255.0F));
  };
  for (std::size_t i = 0; i < 64; ++i) {
    for (std::size_t j = 0; j < 64; ++j) {
      gradient += i < 63 ? step(64 * i + j, 64 * (i + 1) + j) : 0;
      gradient += j < 63 ? step(64 * i + j, 64 * i + j + 1) : 0;
    }
  }
  result.quality = std::min(100, gradient / 90);

  std::vector<float> d(16 * 64);
  const auto scale = static_cast<float>(std::sqrt(2.0 / 64.0));
  for (std::size_t i = 0; i < 16; ++i) {
    for (std::size_t j = 0; j < 64; ++j) {
      const double angle = (std::numbers::pi / 2 / 64.0) * static_cast<double>(i + 1) *
                           static_cast<double>(2 * j + 1);
      d[64 * i + j] = static_cast<float>(static_cast<double>(scale) * std::cos(angle));
    }
  }
  std::vector<float> t(16 * 64);
  for (std::size_t i = 0; i < 16; ++i) {
    for (std::size_t j = 0; j < 64; ++j) {
      float sum = 0.0F;
      for (std::size_t k = 0; k < 64; ++k) {
        sum += d[64 * i + k] * small[64 * k + j];
      }
      t[64 * i + j] = sum;
    }
  }
  std::vector<float> m(256);
  for (std::size_t i = 0; i < 16; ++i) {
    for (std::size_t j = 0; j < 16; ++j) {
      float sum = 0.0F;
      for (std::size_t k = 0; k < 64; ++k) {
        sum += t[64 * i + k] * d[64 * j + k];
      }
      m[16 * i + j] = sum;
    }
  }
  std::array<std::vector<float>, kHypotheses> turned;
  turned.fill(std::vector<float>(256));
  for (std::size_t i = 0; i < 16; ++i) {
    for (std::size_t j = 0; j < 16; ++j) {
      const float v = m[16 * i + j];
      const bool oi = i % 2 == 1;
      const bool oj = j % 2 == 1;
      turned[0][16 * i + j] = v;
      turned[1][16 * j + i] = oj ? v : -v;
      turned[2][16 * i + j] = oi != oj ? -v : v;
      turned[3][16 * j + i] = oi ? v : -v;
      turned[4][16 * i + j] = oi ? v : -v;
      turned[5][16 * i + j] = oj ? v : -v;
      turned[6][16 * j + i] = v;
      turned[7][16 * j + i] = oi != oj ? -v : v;
    }
  }
  for (std::size_t h = 0; h < kHypotheses; ++h) {
    result.dihedral[h] = threshold(turned[h]);
  }
  return result;
}

}  // namespace lightkeeper::media::textbook
