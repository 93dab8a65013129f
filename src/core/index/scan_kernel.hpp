// The inner loop: which entries have a first half within the radius of a query's first half.
//
// The files that include this are compiled for instructions that not every machine has. An inline
// function of the standard library compiled there could be the copy that the linker keeps for the
// whole program, which then stops on older machines. So this header and those files use plain data
// only, and everything that they instantiate has internal linkage because their Lanes type stands
// in an unnamed namespace.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lightkeeper::index {

constexpr std::size_t kBlockEntries = 8;

/// Two of the four words of eight entries, transposed.
struct alignas(64) HalfBlock {
  std::uint64_t words[2][kBlockEntries];
};

/// Words 0 and 1 of a query.
struct QueryFront {
  std::uint64_t words[2];
};

/// Takes what a scan finds: bit k of `lanes` stands for entry 8 * block + k.
struct CandidateSink {
  void* context;
  void (*add)(void* context, std::size_t query, std::size_t block, std::uint32_t lanes);
};

/// Calls sink.add for every (query, block) with at least one first half at most `radius` bits
/// apart, in any order.
using ScanFront = void (*)(const HalfBlock* blocks, std::size_t block_count,
                           const QueryFront* queries, std::size_t query_count, std::uint64_t radius,
                           const CandidateSink& sink);

void scan_scalar(const HalfBlock* blocks, std::size_t block_count, const QueryFront* queries,
                 std::size_t query_count, std::uint64_t radius, const CandidateSink& sink);
#if defined(__x86_64__)
void scan_avx2(const HalfBlock* blocks, std::size_t block_count, const QueryFront* queries,
               std::size_t query_count, std::uint64_t radius, const CandidateSink& sink);
void scan_avx512(const HalfBlock* blocks, std::size_t block_count, const QueryFront* queries,
                 std::size_t query_count, std::uint64_t radius, const CandidateSink& sink);
void scan_avx512_popcnt(const HalfBlock* blocks, std::size_t block_count, const QueryFront* queries,
                        std::size_t query_count, std::uint64_t radius, const CandidateSink& sink);
#endif

/// A group of queries against all blocks. `Lanes` says what a register is:
///   Register; kWidth entries in it (a divisor of 8); load(), broadcast(), minimum();
///   distance(x0, x1, y0, y1): bits that differ, per entry; at_most(distances, radius): one bit per
///   entry.
template <class Lanes, std::size_t kGroup>
void scan_group(const HalfBlock* blocks, std::size_t block_count, const QueryFront* queries,
                std::size_t first_query, std::uint64_t radius, const CandidateSink& sink) {
  typename Lanes::Register wanted[kGroup][2];
  for (std::size_t q = 0; q < kGroup; ++q) {
    wanted[q][0] = Lanes::broadcast(queries[first_query + q].words[0]);
    wanted[q][1] = Lanes::broadcast(queries[first_query + q].words[1]);
  }
  const typename Lanes::Register limit = Lanes::broadcast(radius);
  for (std::size_t b = 0; b < block_count; ++b) {
    for (std::size_t lane = 0; lane < kBlockEntries; lane += Lanes::kWidth) {
      const typename Lanes::Register x0 = Lanes::load(&blocks[b].words[0][lane]);
      const typename Lanes::Register x1 = Lanes::load(&blocks[b].words[1][lane]);
      typename Lanes::Register nearest = Lanes::distance(x0, x1, wanted[0][0], wanted[0][1]);
      for (std::size_t q = 1; q < kGroup; ++q) {
        nearest = Lanes::minimum(nearest, Lanes::distance(x0, x1, wanted[q][0], wanted[q][1]));
      }
      if (Lanes::at_most(nearest, limit) == 0) [[likely]] {
        continue;
      }
      for (std::size_t q = 0; q < kGroup; ++q) {
        const std::uint32_t lanes =
            Lanes::at_most(Lanes::distance(x0, x1, wanted[q][0], wanted[q][1]), limit);
        if (lanes != 0) {
          sink.add(sink.context, first_query + q, b, lanes << lane);
        }
      }
    }
  }
}

template <class Lanes>
void scan_all(const HalfBlock* blocks, std::size_t block_count, const QueryFront* queries,
              std::size_t query_count, std::uint64_t radius, const CandidateSink& sink) {
  std::size_t query = 0;
  for (; query + Lanes::kGroup <= query_count; query += Lanes::kGroup) {
    scan_group<Lanes, Lanes::kGroup>(blocks, block_count, queries, query, radius, sink);
  }
  for (; query < query_count; ++query) {
    scan_group<Lanes, 1>(blocks, block_count, queries, query, radius, sink);
  }
}

}  // namespace lightkeeper::index
