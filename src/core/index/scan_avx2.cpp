#include "core/index/scan_kernel.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

namespace lightkeeper::index {
namespace {

struct Avx2Lanes {
  using Register = __m256i;
  static constexpr std::size_t kWidth = 4;
  static constexpr std::size_t kGroup =
      4;  // eight broadcast words; more would not stay in sixteen registers

  static Register load(const std::uint64_t* words) {
    return _mm256_load_si256(static_cast<const __m256i*>(static_cast<const void*>(words)));
  }
  static Register broadcast(std::uint64_t value) {
    return _mm256_set1_epi64x(static_cast<long long>(value));
  }
  // Distances fit the low 32 bits of each lane, and the high 32 bits are zero in both.
  static Register minimum(Register a, Register b) { return _mm256_min_epu32(a, b); }
  static std::uint32_t at_most(Register distance, Register limit) {
    const __m256i above = _mm256_cmpgt_epi64(distance, limit);
    return ~static_cast<std::uint32_t>(_mm256_movemask_pd(_mm256_castsi256_pd(above))) & 15U;
  }

  // Bits per byte by two look-ups in a table of nibbles, then the bytes of each 64-bit lane are
  // added up.
  static Register distance(Register x0, Register x1, Register y0, Register y1) {
    const __m256i counts = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,  //
                                            0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i nibble = _mm256_set1_epi8(15);
    const __m256i a = _mm256_xor_si256(x0, y0);
    const __m256i b = _mm256_xor_si256(x1, y1);
    const __m256i in_a = _mm256_add_epi8(
        _mm256_shuffle_epi8(counts, _mm256_and_si256(a, nibble)),
        _mm256_shuffle_epi8(counts, _mm256_and_si256(_mm256_srli_epi16(a, 4), nibble)));
    const __m256i in_b = _mm256_add_epi8(
        _mm256_shuffle_epi8(counts, _mm256_and_si256(b, nibble)),
        _mm256_shuffle_epi8(counts, _mm256_and_si256(_mm256_srli_epi16(b, 4), nibble)));
    return _mm256_sad_epu8(_mm256_add_epi8(in_a, in_b), _mm256_setzero_si256());
  }
};

}  // namespace

void scan_avx2(const HalfBlock* blocks, std::size_t block_count, const QueryFront* queries,
               std::size_t query_count, std::uint64_t radius, const CandidateSink& sink) {
  scan_all<Avx2Lanes>(blocks, block_count, queries, query_count, radius, sink);
}

}  // namespace lightkeeper::index
#endif
