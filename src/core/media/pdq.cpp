#include "core/media/pdq.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <numbers>

// How this is fast without changing a bit: the filter's running sums are sequential along a scan,
// but scans do not depend on one another. Sixteen rows go through a row pass side by side, one per
// vector lane, and a column pass keeps one running sum per column; each lane performs exactly the
// additions, subtractions and divisions of the plain algorithm, in its order. All four passes of
// the filter run in one sweep over the picture: a ring holds just the rows that the column window
// still needs, the second row pass divides only at the 64 sampled columns, and the second column
// pass runs on those alone.
static_assert(std::endian::native == std::endian::little,
              "pixels are loaded as little-endian words");

// Everything of the sweep is inlined into one function per instruction set.
#define LK_INLINE [[gnu::always_inline]] inline

namespace lightkeeper::media {
namespace {

constexpr std::size_t kLanes = 16;
constexpr std::size_t kSmall = 64;  // side of the decimated picture
constexpr std::size_t kDct = 16;    // side of the kept block of frequencies

using Quad __attribute__((vector_size(16))) = float;
using QuadInt __attribute__((vector_size(16))) = std::int32_t;
using Oct __attribute__((vector_size(32))) = float;

/// Sixteen floats: one column of 16 rows in the row passes, 16 columns of one row in the column
/// passes.
struct alignas(64) Line {
  std::array<float, kLanes> lane{};
};

/// Sixteen running sums in registers of the type V.
template <class V>
struct Sums {
  static constexpr std::size_t kParts = sizeof(Line) / sizeof(V);
  static constexpr std::size_t kWidth = kLanes / kParts;
  std::array<V, kParts> part{};

  LK_INLINE void load(const Line& from) { std::memcpy(part.data(), from.lane.data(), sizeof part); }
  LK_INLINE void store(Line& to) const { std::memcpy(to.lane.data(), part.data(), sizeof part); }
  LK_INLINE void add(const Line& more) {
    for (std::size_t i = 0; i < kParts; ++i) {
      V v;
      std::memcpy(&v, &more.lane[i * kWidth], sizeof v);
      part[i] += v;
    }
  }
  LK_INLINE void subtract(const Line& less) {
    for (std::size_t i = 0; i < kParts; ++i) {
      V v;
      std::memcpy(&v, &less.lane[i * kWidth], sizeof v);
      part[i] -= v;
    }
  }
  /// A true division: multiplying by a reciprocal would change low bits.
  LK_INLINE void divide(Line& out, float count) const {
    for (std::size_t i = 0; i < kParts; ++i) {
      const V v = part[i] / count;
      std::memcpy(&out.lane[i * kWidth], &v, sizeof v);
    }
  }
};

/// out[i][j] = in[j][i] for four rows of four floats, `in_stride` and `out_stride` floats apart.
LK_INLINE void transpose4(const float* in, std::size_t in_stride, float* out,
                          std::size_t out_stride) {
  std::array<Quad, 4> r;
  for (std::size_t i = 0; i < 4; ++i) {
    std::memcpy(&r[i], in + i * in_stride, sizeof(Quad));
  }
  const Quad ab_low = __builtin_shufflevector(r[0], r[1], 0, 4, 1, 5);
  const Quad ab_high = __builtin_shufflevector(r[0], r[1], 2, 6, 3, 7);
  const Quad cd_low = __builtin_shufflevector(r[2], r[3], 0, 4, 1, 5);
  const Quad cd_high = __builtin_shufflevector(r[2], r[3], 2, 6, 3, 7);
  r[0] = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
  r[1] = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
  r[2] = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
  r[3] = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
  for (std::size_t i = 0; i < 4; ++i) {
    std::memcpy(out + i * out_stride, &r[i], sizeof(Quad));
  }
}

LK_INLINE float luminance(const Byte* rgb) {
  return 0.299F * static_cast<float>(rgb[0]) + 0.587F * static_cast<float>(rgb[1]) +
         0.114F * static_cast<float>(rgb[2]);
}

/// Luminance of four pixels; reads 13 bytes.
LK_INLINE void luminance4(const Byte* rgb, float* out) {
  std::array<std::int32_t, 4> words;
  for (std::size_t i = 0; i < 4; ++i) {
    std::memcpy(&words[i], rgb + 3 * i, sizeof(std::int32_t));
  }
  QuadInt pixels;
  std::memcpy(&pixels, &words, sizeof pixels);
  const Quad red = __builtin_convertvector(pixels & 255, Quad);
  const Quad green = __builtin_convertvector((pixels >> 8) & 255, Quad);
  const Quad blue = __builtin_convertvector((pixels >> 16) & 255, Quad);
  const Quad y = 0.299F * red + 0.587F * green + 0.114F * blue;
  std::memcpy(out, &y, sizeof y);
}

/// One box filter as a schedule. Step s adds sample s (while there is one), then subtracts sample s
/// - w (from step w on), and from step `lead` on gives output s - lead, the sum over the current
/// count.
struct Box {
  std::size_t n;     // samples
  std::size_t w;     // window
  std::size_t lead;  // steps before the first output

  explicit Box(std::size_t samples) : n(samples), w((samples + 127) / 128), lead((w + 2) / 2 - 1) {}
  [[nodiscard]] float count(std::size_t s) const {
    return static_cast<float>(std::min(s + 1, n) - (s >= w ? s - w + 1 : 0));
  }
};

using SampledAt = std::array<std::size_t, kSmall>;
SampledAt sampled_at(std::size_t n) {
  SampledAt at{};
  for (std::size_t i = 0; i < kSmall; ++i) {
    at[i] = static_cast<std::size_t>((static_cast<double>(i) + 0.5) * static_cast<double>(n) / 64);
  }
  return at;
}

using SmallPicture = std::array<std::array<float, kSmall>, kSmall>;

/// Luminance of 16 rows as one Line per column. Rows beyond the picture repeat the last one; their
/// lanes are never looked at.
LK_INLINE void load_rows(PixelsView picture, std::size_t first_row, std::vector<Line>& columns) {
  const std::size_t width = picture.width;
  for (std::size_t group = 0; group < kLanes; group += 4) {
    std::array<const Byte*, 4> row{};
    for (std::size_t i = 0; i < 4; ++i) {
      const std::size_t y = std::min<std::size_t>(first_row + group + i, picture.height - 1);
      row[i] = picture.rgb.data() + 3 * width * y;
    }
    std::size_t x = 0;
    for (; x + 4 < width; x += 4) {  // strictly less: luminance4 reads one byte beyond its pixels
      std::array<float, 16> tile;
      for (std::size_t i = 0; i < 4; ++i) {
        luminance4(row[i] + 3 * x, &tile[4 * i]);
      }
      transpose4(tile.data(), 4, &columns[x].lane[group], kLanes);
    }
    for (; x < width; ++x) {
      for (std::size_t i = 0; i < 4; ++i) {
        columns[x].lane[group + i] = luminance(row[i] + 3 * x);
      }
    }
  }
}

/// One box filter over 16 rows that stand in the lanes of `columns`; the output goes to 16 separate
/// rows, `out_stride` floats apart.
template <class V>
LK_INLINE void filter_rows(const Box& box, const std::vector<Line>& columns, float* out,
                           std::size_t out_stride) {
  Sums<V> sum;
  std::array<Line, 4> staged;
  for (std::size_t s = 0; s < box.lead; ++s) {
    sum.add(columns[s]);
  }
  for (std::size_t x = 0; x < box.n; x += 4) {
    const std::size_t s = x + box.lead;
    if (s >= box.w && s + 3 < box.n) {  // the middle of the row: nothing to decide
      const float count = box.count(s);
      for (std::size_t i = 0; i < 4; ++i) {
        sum.add(columns[s + i]);
        sum.subtract(columns[s + i - box.w]);
        sum.divide(staged[i], count);
      }
    } else {
      for (std::size_t i = 0; i < 4 && x + i < box.n; ++i) {
        if (s + i < box.n) {
          sum.add(columns[s + i]);
        }
        if (s + i >= box.w) {
          sum.subtract(columns[s + i - box.w]);
        }
        sum.divide(staged[i], box.count(s + i));
      }
    }
    for (std::size_t group = 0; group < kLanes; group += 4) {
      transpose4(&staged[0].lane[group], kLanes, out + group * out_stride + x, out_stride);
    }
  }
}

/// Filters and decimates. The body of every kernel.
template <class V>
LK_INLINE void sweep(PixelsView picture, SmallPicture& small) {
  const Box along_row(picture.width);
  const Box along_col(picture.height);
  const std::size_t width = picture.width;
  const std::size_t height = picture.height;
  const SampledAt sampled_col = sampled_at(width);
  const SampledAt sampled_row = sampled_at(height);

  // Lines per row of the ring: odd, so that the rows of a block do not all fall on the same cache
  // sets.
  const std::size_t strips = (width + kLanes - 1) / kLanes;
  const std::size_t stride = strips | 1;
  const std::size_t ring_rows = (along_col.w + 2 * kLanes - 1 + kLanes - 1) / kLanes * kLanes;
  std::vector<Line> ring(ring_rows * stride);
  std::vector<Line> column_sums(strips);
  std::vector<Line> columns(strips * kLanes);
  std::vector<std::array<float, kSmall>> sampled((height + kLanes - 1) / kLanes * kLanes);

  std::array<Line, kLanes> tile;
  std::size_t rows_ready = 0;  // rows that have been through the first row pass
  std::size_t step = 0;        // next step of the first column pass
  for (std::size_t out_row = 0; out_row < height; out_row += kLanes) {
    const std::size_t last_step = std::min(out_row + kLanes - 1, height - 1) + along_col.lead;

    // First row pass, 16 rows at a time, until the column window is served.
    while (rows_ready < std::min(last_step + 1, height)) {
      load_rows(picture, rows_ready, columns);
      filter_rows<V>(along_row, columns, ring[rows_ready % ring_rows * stride].lane.data(),
                     stride * kLanes);
      rows_ready += kLanes;
    }

    // First column pass: 16 columns by 16 rows at a time, turned back into one Line per column.
    std::array<const Line*, kLanes> newest{};
    std::array<const Line*, kLanes> oldest{};
    for (std::size_t i = 0; i < kLanes; ++i) {
      newest[i] = &ring[(step + i) % ring_rows * stride];
      oldest[i] = &ring[(step + i + ring_rows - along_col.w) % ring_rows * stride];
    }
    for (std::size_t strip = 0; strip < strips; ++strip) {
      Sums<V> sum;
      sum.load(column_sums[strip]);
      if (step >= along_col.w &&
          last_step < height) {  // the middle of the picture: nothing to decide
        const float count = along_col.count(step);
        for (std::size_t i = 0; i < kLanes; ++i) {
          sum.add(newest[i][strip]);
          sum.subtract(oldest[i][strip]);
          sum.divide(tile[i], count);
        }
      } else {
        for (std::size_t s = step; s <= last_step; ++s) {
          if (s < height) {
            sum.add(ring[s % ring_rows * stride + strip]);
          }
          if (s >= along_col.w) {
            sum.subtract(ring[(s - along_col.w) % ring_rows * stride + strip]);
          }
          if (s >= out_row + along_col.lead) {
            sum.divide(tile[s - out_row - along_col.lead], along_col.count(s));
          }
        }
      }
      sum.store(column_sums[strip]);
      for (std::size_t i = 0; i < kLanes; i += 4) {
        for (std::size_t j = 0; j < kLanes; j += 4) {
          transpose4(&tile[i].lane[j], kLanes, &columns[strip * kLanes + j].lane[i], kLanes);
        }
      }
    }
    step = last_step + 1;

    // Second row pass; only the sampled columns are divided and kept.
    Sums<V> sum;
    std::size_t s = 0;
    for (std::size_t j = 0; j < kSmall; ++j) {
      for (; s <= sampled_col[j] + along_row.lead; ++s) {
        if (s < width) {
          sum.add(columns[s]);
        }
        if (s >= along_row.w) {
          sum.subtract(columns[s - along_row.w]);
        }
      }
      Line value;
      sum.divide(value, along_row.count(s - 1));
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        sampled[out_row + lane][j] = value.lane[lane];
      }
    }
  }

  // Second column pass on the 64 sampled columns; only the sampled rows are divided and kept.
  std::array<float, kSmall> sums{};
  std::size_t s = 0;
  for (std::size_t i = 0; i < kSmall; ++i) {
    for (; s <= sampled_row[i] + along_col.lead; ++s) {
      if (s < height) {
        for (std::size_t j = 0; j < kSmall; ++j) {
          sums[j] += sampled[s][j];
        }
      }
      if (s >= along_col.w) {
        for (std::size_t j = 0; j < kSmall; ++j) {
          sums[j] -= sampled[s - along_col.w][j];
        }
      }
    }
    for (std::size_t j = 0; j < kSmall; ++j) {
      small[i][j] = sums[j] / along_col.count(s - 1);
    }
  }
}

void sweep_baseline(PixelsView picture, SmallPicture& small) { sweep<Quad>(picture, small); }

#if defined(__x86_64__)
[[gnu::target("avx2")]] void sweep_avx2(PixelsView picture, SmallPicture& small) {
  sweep<Oct>(picture, small);
}
#endif

void filter_and_decimate(PixelsView picture, SmallPicture& small) {
  if (picture.width == kSmall && picture.height == kSmall) {
    for (std::size_t i = 0; i < kSmall * kSmall; ++i) {
      small[i / kSmall][i % kSmall] = luminance(&picture.rgb[3 * i]);
    }
    return;
  }
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") != 0) {
    sweep_avx2(picture, small);
    return;
  }
#endif
  sweep_baseline(picture, small);
}

int quality_of(const SmallPicture& small) {
  int gradient = 0;
  for (std::size_t i = 0; i < kSmall; ++i) {
    for (std::size_t j = 0; j < kSmall; ++j) {
      if (i + 1 < kSmall) {  // truncated toward zero before the sum, as published
        gradient += std::abs(static_cast<int>((small[i][j] - small[i + 1][j]) * 100.0F / 255.0F));
      }
      if (j + 1 < kSmall) {
        gradient += std::abs(static_cast<int>((small[i][j] - small[i][j + 1]) * 100.0F / 255.0F));
      }
    }
  }
  return std::min(100, gradient / 90);
}

/// cos(m * pi / 128), by its Taylor series on [0, pi / 4], at compile time: no platform's libm
/// decides.
constexpr double cosine128(unsigned m) {
  m %= 256;
  m = m > 128 ? 256 - m : m;
  const bool negative = m > 64;
  m = negative ? 128 - m : m;
  const bool as_sine = m > 32;
  const double x = std::numbers::pi / 128 * (as_sine ? 64 - m : m);
  double term = as_sine ? x : 1.0;
  double sum = 0.0;
  for (int k = as_sine ? 1 : 0; k < 24; k += 2) {
    sum += term;
    term *= -x * x / ((k + 1) * (k + 2));
  }
  return negative ? -sum : sum;
}

using DctMatrix = std::array<std::array<float, kSmall>, kDct>;
constexpr DctMatrix dct_matrix() {
  constexpr float kScale = 0.17677669F;  // sqrt(2 / 64) in single precision
  DctMatrix d{};
  for (unsigned i = 0; i < kDct; ++i) {
    for (unsigned j = 0; j < kSmall; ++j) {
      d[i][j] = static_cast<float>(static_cast<double>(kScale) * cosine128((i + 1) * (2 * j + 1)));
    }
  }
  return d;
}
constexpr DctMatrix kD = dct_matrix();
constexpr std::array<std::array<float, kDct>, kSmall> kTransposed = [] {
  std::array<std::array<float, kDct>, kSmall> t{};
  for (std::size_t i = 0; i < kDct; ++i) {
    for (std::size_t j = 0; j < kSmall; ++j) {
      t[j][i] = kD[i][j];
    }
  }
  return t;
}();

using Frequencies = std::array<float, kDct * kDct>;  // vertical index first

/// B = D A D^T; every dot product is one accumulator in ascending order.
Frequencies frequencies_of(const SmallPicture& small) {
  std::array<std::array<float, kSmall>, kDct> t{};
  for (std::size_t i = 0; i < kDct; ++i) {
    for (std::size_t k = 0; k < kSmall; ++k) {
      for (std::size_t j = 0; j < kSmall; ++j) {
        t[i][j] += kD[i][k] * small[k][j];
      }
    }
  }
  Frequencies b{};
  for (std::size_t i = 0; i < kDct; ++i) {
    std::array<float, kDct> sums{};
    for (std::size_t k = 0; k < kSmall; ++k) {
      for (std::size_t j = 0; j < kDct; ++j) {
        sums[j] += t[i][k] * kTransposed[k][j];
      }
    }
    std::copy(sums.begin(), sums.end(), b.begin() + static_cast<std::ptrdiff_t>(kDct * i));
  }
  return b;
}

/// Bit k is one when value k lies above the lower median, an element of the set.
PdqBits threshold(const Frequencies& b) {
  Frequencies order = b;
  std::nth_element(order.begin(), order.begin() + 127, order.end());
  const float median = order[127];
  PdqBits bits;
  for (unsigned k = 0; k < b.size(); ++k) {
    bits.words[k / 64] |= static_cast<std::uint64_t>(b[k] > median) << (k % 64);
  }
  return bits;
}

/// The frequencies of the turned or mirrored picture, from those of the picture: a transposition
/// and signs, no second filter.
Frequencies turned(const Frequencies& a, Dihedral how) {
  Frequencies b{};
  for (std::size_t i = 0; i < kDct; ++i) {
    for (std::size_t j = 0; j < kDct; ++j) {
      const float v = a[kDct * i + j];
      const bool odd_i = i % 2 == 1;
      const bool odd_j = j % 2 == 1;
      const std::size_t same = kDct * i + j;
      const std::size_t swapped = kDct * j + i;
      switch (how) {
        case Dihedral::original:
          b[same] = v;
          break;
        case Dihedral::rotate90:
          b[swapped] = odd_j ? v : -v;
          break;
        case Dihedral::rotate180:
          b[same] = odd_i != odd_j ? -v : v;
          break;
        case Dihedral::rotate270:
          b[swapped] = odd_i ? v : -v;
          break;
        case Dihedral::flip_x:
          b[same] = odd_i ? v : -v;
          break;
        case Dihedral::flip_y:
          b[same] = odd_j ? v : -v;
          break;
        case Dihedral::flip_plus1:
          b[swapped] = v;
          break;
        case Dihedral::flip_minus1:
          b[swapped] = odd_i != odd_j ? -v : v;
          break;
      }
    }
  }
  return b;
}

/// 512x512 by nearest neighbour; the aspect ratio is lost, a short side is enlarged.
Pixels squashed512(PixelsView picture) {
  constexpr std::uint32_t kSide = 512;
  Pixels out{kSide, kSide, Bytes(std::size_t{3} * kSide * kSide)};
  std::array<std::size_t, kSide> offset{};
  for (std::size_t x = 0; x < kSide; ++x) {
    offset[x] = 3 * (x * picture.width / kSide);
  }
  Byte* to = out.rgb.data();
  for (std::size_t y = 0; y < kSide; ++y) {
    const Byte* const row =
        picture.rgb.data() + 3 * std::size_t{picture.width} * (y * picture.height / kSide);
    for (const std::size_t at : offset) {
      std::memcpy(to, row + at, 3);
      to += 3;
    }
  }
  return out;
}

PdqResult hash_pixels(PixelsView picture, PdqVariant variant) {
  PdqResult result;
  result.variant = variant;
  if (picture.width < 5 || picture.height < 5) {
    return result;
  }
  SmallPicture small;
  filter_and_decimate(picture, small);
  result.quality = quality_of(small);
  const Frequencies frequencies = frequencies_of(small);
  for (std::size_t h = 0; h < kHypotheses; ++h) {
    result.dihedral[h] = threshold(turned(frequencies, static_cast<Dihedral>(h)));
  }
  return result;
}

}  // namespace

Result<PdqResult> pdq(PixelsView picture, PdqVariant variant) {
  if (!size_allowed(picture.width, picture.height) && picture.width != 0 && picture.height != 0) {
    return fail(ErrorCode::picture_too_large, "pdq.pixels");
  }
  if (picture.rgb.empty() ||
      picture.rgb.size() != std::size_t{3} * picture.width * picture.height) {
    return fail(ErrorCode::bad_argument, "pdq.pixels", "the size and the number of bytes disagree");
  }
  if (variant == PdqVariant::via512 && (picture.width > 512 || picture.height > 512)) {
    const Pixels squashed = squashed512(picture);
    return hash_pixels(squashed.view(), variant);
  }
  return hash_pixels(picture, variant);
}

}  // namespace lightkeeper::media
