#include "core/index/scan_kernel.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

namespace lightkeeper::index {
namespace {

// AVX-512 with the VPOPCNTDQ extension.
struct Avx512PopcntLanes {
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
  static Register distance(Register x0, Register x1, Register y0, Register y1) {
    return _mm512_add_epi64(_mm512_popcnt_epi64(_mm512_xor_si512(x0, y0)),
                            _mm512_popcnt_epi64(_mm512_xor_si512(x1, y1)));
  }
};

}  // namespace

void scan_avx512_popcnt(const HalfBlock* blocks, std::size_t block_count, const QueryFront* queries,
                        std::size_t query_count, std::uint64_t radius, const CandidateSink& sink) {
  scan_all<Avx512PopcntLanes>(blocks, block_count, queries, query_count, radius, sink);
}

}  // namespace lightkeeper::index
#endif
