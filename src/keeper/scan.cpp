#include "keeper/scan.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#define LK_SCAN_X86 1
#else
#define LK_SCAN_X86 0
#endif

namespace lightkeeper::keeper {
namespace {

constexpr std::size_t kNibbles = 64;

/// tables[n][v]: what the four bits v at bit positions 4n .. 4n+3 of y add to the component.
struct alignas(64) NibbleTables {
  std::array<std::array<std::uint8_t, 16>, kNibbles> sums{};
  std::uint8_t weight_mask = 0;  // 0xff if wt(y) is added
};

NibbleTables tables_of(const ScanVector& vector) {
  NibbleTables tables;
  tables.weight_mask = vector.adds_weight ? 0xff : 0;
  for (std::size_t n = 0; n < kNibbles; ++n) {
    for (unsigned value = 0; value < 16; ++value) {
      unsigned sum = 0;
      for (unsigned b = 0; b < 4; ++b) {
        const unsigned x = vector.x[4 * n + b];
        sum += (value >> b & 1U) != 0 ? 256U - x : x;
      }
      tables.sums[n][value] = static_cast<std::uint8_t>(sum);
    }
  }
  return tables;
}

using BlockPlanes = std::array<std::uint64_t, kPlanes>;

BlockPlanes scan_block_scalar(BytesView block, BytesView weights, const NibbleTables& tables) {
  std::array<std::uint8_t, kBlockEntries> sums{};
  for (std::size_t e = 0; e < kBlockEntries; ++e) {
    sums[e] = static_cast<std::uint8_t>(weights[e] & tables.weight_mask);
  }
  for (std::size_t q = 0; q < kHashBytes; ++q) {
    const auto& low = tables.sums[2 * q];
    const auto& high = tables.sums[2 * q + 1];
    for (std::size_t e = 0; e < kBlockEntries; ++e) {
      const Byte y = block[q * kBlockEntries + e];
      sums[e] = static_cast<std::uint8_t>(sums[e] + low[y & 15U] + high[y >> 4U]);
    }
  }
  BlockPlanes planes{};
  for (std::size_t e = 0; e < kBlockEntries; ++e) {
    for (unsigned k = 0; k < kPlanes; ++k) {
      planes[k] |= (static_cast<std::uint64_t>(sums[e]) >> k & 1U) << e;
    }
  }
  return planes;
}

#if LK_SCAN_X86
const __m256i* at(BytesView bytes, std::size_t offset) {
  return reinterpret_cast<const __m256i*>(bytes.data() + offset);
}

__attribute__((target("avx2"))) BlockPlanes scan_block_avx2(BytesView block, BytesView weights,
                                                            const NibbleTables& tables) {
  const __m256i low_nibbles = _mm256_set1_epi8(15);
  const __m256i weight_mask = _mm256_set1_epi8(static_cast<char>(tables.weight_mask));
  __m256i sums0 = _mm256_and_si256(_mm256_loadu_si256(at(weights, 0)), weight_mask);
  __m256i sums1 = _mm256_and_si256(_mm256_loadu_si256(at(weights, 32)), weight_mask);
  for (std::size_t q = 0; q < kHashBytes; ++q) {
    const __m256i low = _mm256_broadcastsi128_si256(
        _mm_load_si128(reinterpret_cast<const __m128i*>(tables.sums[2 * q].data())));
    const __m256i high = _mm256_broadcastsi128_si256(
        _mm_load_si128(reinterpret_cast<const __m128i*>(tables.sums[2 * q + 1].data())));
    const __m256i y0 = _mm256_loadu_si256(at(block, q * kBlockEntries));
    const __m256i y1 = _mm256_loadu_si256(at(block, q * kBlockEntries + 32));
    sums0 = _mm256_add_epi8(sums0, _mm256_shuffle_epi8(low, _mm256_and_si256(y0, low_nibbles)));
    sums1 = _mm256_add_epi8(sums1, _mm256_shuffle_epi8(low, _mm256_and_si256(y1, low_nibbles)));
    sums0 = _mm256_add_epi8(
        sums0, _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(y0, 4), low_nibbles)));
    sums1 = _mm256_add_epi8(
        sums1, _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(y1, 4), low_nibbles)));
  }
  BlockPlanes planes{};
  for (std::size_t k = kPlanes; k-- > 0;) {
    const auto bits0 = static_cast<std::uint32_t>(_mm256_movemask_epi8(sums0));
    const auto bits1 = static_cast<std::uint32_t>(_mm256_movemask_epi8(sums1));
    planes[k] = static_cast<std::uint64_t>(bits1) << 32U | bits0;
    sums0 = _mm256_add_epi8(sums0, sums0);
    sums1 = _mm256_add_epi8(sums1, sums1);
  }
  return planes;
}

__attribute__((target("avx512f,avx512bw"))) BlockPlanes
scan_block_avx512(BytesView block, BytesView weights, const NibbleTables& tables) {
  const __m512i low_nibbles = _mm512_set1_epi8(15);
  __m512i sums = _mm512_and_si512(_mm512_loadu_si512(weights.data()),
                                  _mm512_set1_epi8(static_cast<char>(tables.weight_mask)));
  for (std::size_t q = 0; q < kHashBytes; ++q) {
    const __m512i low = _mm512_maskz_broadcast_i32x4(
        0xffff, _mm_load_si128(reinterpret_cast<const __m128i*>(tables.sums[2 * q].data())));
    const __m512i high = _mm512_maskz_broadcast_i32x4(
        0xffff, _mm_load_si128(reinterpret_cast<const __m128i*>(tables.sums[2 * q + 1].data())));
    const __m512i y = _mm512_loadu_si512(block.data() + q * kBlockEntries);
    sums = _mm512_add_epi8(sums, _mm512_shuffle_epi8(low, _mm512_and_si512(y, low_nibbles)));
    sums = _mm512_add_epi8(
        sums,
        _mm512_shuffle_epi8(
            high, _mm512_and_si512(_mm512_maskz_srli_epi16(~__mmask32{0}, y, 4), low_nibbles)));
  }
  BlockPlanes planes{};
  for (std::size_t k = 0; k < kPlanes; ++k) {
    planes[k] = _mm512_test_epi8_mask(sums, _mm512_set1_epi8(static_cast<char>(1U << k)));
  }
  return planes;
}
#endif

template <class ScanBlock>
BitPlanes scan_all(const SplitList& list, std::span<const NibbleTables> tables,
                   ScanBlock scan_block) {
  const std::size_t blocks = list.blocks();
  const std::size_t lanes = blocks * tables.size();
  BitPlanes planes(kPlanes * lanes);
  // All vectors per block: the list is read from memory once, the tables (1 KiB each) stay in the
  // first cache.
  for (std::size_t w = 0; w < blocks; ++w) {
    for (std::size_t v = 0; v < tables.size(); ++v) {
      const BlockPlanes block = scan_block(list.block(w), list.weights(w), tables[v]);
      for (std::size_t k = 0; k < kPlanes; ++k) {
        planes[k * lanes + v * blocks + w] = block[k];
      }
    }
  }
  return planes;
}

}  // namespace

std::string_view name_of(ScanKernel kernel) {
  switch (kernel) {
    case ScanKernel::scalar:
      return "scalar";
    case ScanKernel::avx2:
      return "avx2";
    case ScanKernel::avx512:
      return "avx512";
  }
  return "scalar";
}

std::vector<ScanKernel> available_scan_kernels() {
  std::vector<ScanKernel> kernels{ScanKernel::scalar};
#if LK_SCAN_X86
  if (__builtin_cpu_supports("avx2")) {
    kernels.push_back(ScanKernel::avx2);
  }
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) {
    kernels.push_back(ScanKernel::avx512);
  }
#endif
  return kernels;
}

BitPlanes scan(const SplitList& list, std::span<const ScanVector> vectors, ScanKernel kernel) {
  std::vector<NibbleTables> tables;
  tables.reserve(vectors.size());
  for (const ScanVector& vector : vectors) {
    tables.push_back(tables_of(vector));
  }
#if LK_SCAN_X86
  if (kernel == ScanKernel::avx512) {
    return scan_all(list, tables, scan_block_avx512);
  }
  if (kernel == ScanKernel::avx2) {
    return scan_all(list, tables, scan_block_avx2);
  }
#endif
  return scan_all(list, tables, scan_block_scalar);
}

BitPlanes scan(const SplitList& list, std::span<const ScanVector> vectors) {
  return scan(list, vectors, available_scan_kernels().back());
}

}  // namespace lightkeeper::keeper
