#include <bit>

#include "core/index/scan_kernel.hpp"

namespace lightkeeper::index {
namespace {

struct ScalarLanes {
  using Register = std::uint64_t;
  static constexpr std::size_t kWidth = 1;
  static constexpr std::size_t kGroup = 4;

  static Register load(const std::uint64_t* words) { return *words; }
  static Register broadcast(std::uint64_t value) { return value; }
  static Register minimum(Register a, Register b) { return a < b ? a : b; }
  static std::uint32_t at_most(Register distance, Register limit) {
    return distance <= limit ? 1U : 0U;
  }

  static Register distance(Register x0, Register x1, Register y0, Register y1) {
    const std::uint64_t a = x0 ^ y0;
    const std::uint64_t b = x1 ^ y1;
#if defined(__x86_64__) && !defined(__POPCNT__)
    // Without the instruction std::popcount is a call and a table; counting both words side by side
    // is quicker.
    constexpr std::uint64_t kPairs = 0x5555555555555555;
    constexpr std::uint64_t kNibbles = 0x3333333333333333;
    constexpr std::uint64_t kBytes = 0x0f0f0f0f0f0f0f0f;
    const std::uint64_t a2 = a - (a >> 1U & kPairs);
    const std::uint64_t b2 = b - (b >> 1U & kPairs);
    const std::uint64_t both =
        (a2 & kNibbles) + (a2 >> 2U & kNibbles) + (b2 & kNibbles) + (b2 >> 2U & kNibbles);
    const std::uint64_t bytes = (both & kBytes) + (both >> 4U & kBytes);
    return bytes * 0x0101010101010101 >> 56U;
#else
    return static_cast<std::uint64_t>(std::popcount(a) + std::popcount(b));
#endif
  }
};

}  // namespace

void scan_scalar(const HalfBlock* blocks, std::size_t block_count, const QueryFront* queries,
                 std::size_t query_count, std::uint64_t radius, const CandidateSink& sink) {
  scan_all<ScalarLanes>(blocks, block_count, queries, query_count, radius, sink);
}

}  // namespace lightkeeper::index
