#include "core/index/scan_kernel.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

namespace lightkeeper::index {
namespace {

// AVX-512 with byte instructions, for machines without a population count for vectors.
struct Avx512Lanes {
  using Register = __m512i;
  static constexpr std::size_t kWidth = 8;
  static constexpr std::size_t kGroup = 8;

  static Register load(const std::uint64_t* words) { return _mm512_load_si512(words); }
  static Register broadcast(std::uint64_t value) {
    return _mm512_set1_epi64(static_cast<long long>(value));
  }
  static Register minimum(Register a, Register b) { return _mm512_min_epu64(a, b); }
  static std::uint32_t at_most(Register distance, Register limit) {
    return static_cast<std::uint32_t>(_mm512_cmple_epu64_mask(distance, limit));
  }

  // Bits per byte by two look-ups in a table of nibbles, then the bytes of each 64-bit lane are
  // added up.
  static Register distance(Register x0, Register x1, Register y0, Register y1) {
    const __m512i counts = _mm512_set4_epi32(0x04030302, 0x03020201, 0x03020201, 0x02010100);
    const __m512i nibble = _mm512_set1_epi8(15);
    const __m512i a = _mm512_xor_si512(x0, y0);
    const __m512i b = _mm512_xor_si512(x1, y1);
    const __m512i in_a = _mm512_add_epi8(
        _mm512_shuffle_epi8(counts, _mm512_and_si512(a, nibble)),
        _mm512_shuffle_epi8(counts, _mm512_and_si512(_mm512_srli_epi16(a, 4), nibble)));
    const __m512i in_b = _mm512_add_epi8(
        _mm512_shuffle_epi8(counts, _mm512_and_si512(b, nibble)),
        _mm512_shuffle_epi8(counts, _mm512_and_si512(_mm512_srli_epi16(b, 4), nibble)));
    return _mm512_sad_epu8(_mm512_add_epi8(in_a, in_b), _mm512_setzero_si512());
  }
};

}  // namespace

void scan_avx512(const HalfBlock* blocks, std::size_t block_count, const QueryFront* queries,
                 std::size_t query_count, std::uint64_t radius, const CandidateSink& sink) {
  scan_all<Avx512Lanes>(blocks, block_count, queries, query_count, radius, sink);
}

}  // namespace lightkeeper::index
#endif
