#include "core/index/hash_index.hpp"

#include <algorithm>
#include <bit>

namespace lightkeeper::index {
namespace {

// Blocks that are passed over by all queries before the next ones: 32 KiB of first halves, which
// stay in the first-level cache.
constexpr std::size_t kTileBlocks = std::size_t{32} * 1024 / sizeof(HalfBlock);

struct Collector {
  std::span<const media::PdqBits> queries;
  const HalfBlock* front;
  const HalfBlock* back;
  std::size_t first_block;
  std::size_t size;
  std::uint64_t radius;
  std::vector<Hit>* hits;

  // The full distance for each candidate.
  static void add(void* context, std::size_t query, std::size_t block, std::uint32_t lanes) {
    const Collector& self = *static_cast<const Collector*>(context);
    const media::PdqBits& wanted = self.queries[query];
    for (; lanes != 0; lanes &= lanes - 1) {
      const auto lane = static_cast<std::size_t>(std::countr_zero(lanes));
      const std::size_t position = self.first_block + block;
      const std::size_t entry = position * kBlockEntries + lane;
      const HalfBlock& front = self.front[position];
      const HalfBlock& back = self.back[position];
      const media::PdqBits found{
          {front.words[0][lane], front.words[1][lane], back.words[0][lane], back.words[1][lane]}};
      const HammingDistance distance = media::distance(wanted, found);
      if (entry < self.size && distance.value <= self.radius) {
        self.hits->push_back(
            {static_cast<std::uint32_t>(query), static_cast<std::uint32_t>(entry), distance});
      }
    }
  }
};

}  // namespace

std::string_view name_of(Kernel kernel) {
  switch (kernel) {
    case Kernel::scalar:
      return "scalar";
    case Kernel::avx2:
      return "avx2";
    case Kernel::avx512:
      return "avx512";
  }
  return "unknown";
}

std::vector<AvailableScan> available_scans() {
  std::vector<AvailableScan> scans = {{"scalar", Kernel::scalar, scan_scalar}};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) {
    scans.push_back({"avx2", Kernel::avx2, scan_avx2});
  }
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) {
    scans.push_back({"avx512", Kernel::avx512, scan_avx512});
  }
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vpopcntdq")) {
    scans.push_back({"avx512 with vpopcntdq", Kernel::avx512, scan_avx512_popcnt});
  }
#endif
  return scans;
}

std::vector<Kernel> available_kernels() {
  std::vector<Kernel> kernels;
  for (const auto& scan : available_scans()) {
    if (kernels.empty() || kernels.back() != scan.kernel) {
      kernels.push_back(scan.kernel);
    }
  }
  return kernels;
}

HashIndex HashIndex::build(std::span<const media::PdqBits> entries) {
  HashIndex index;
  index.size_ = entries.size();
  const std::size_t blocks = (entries.size() + kBlockEntries - 1) / kBlockEntries;
  index.front_.resize(blocks);
  index.back_.resize(blocks);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    HalfBlock& front = index.front_[i / kBlockEntries];
    HalfBlock& back = index.back_[i / kBlockEntries];
    const std::size_t lane = i % kBlockEntries;
    front.words[0][lane] = entries[i].words[0];
    front.words[1][lane] = entries[i].words[1];
    back.words[0][lane] = entries[i].words[2];
    back.words[1][lane] = entries[i].words[3];
  }
  return index;
}

std::vector<Hit> HashIndex::search(std::span<const media::PdqBits> queries,
                                   HammingDistance radius) const {
  return search_with(available_scans().back().scan, queries, radius);
}

std::vector<Hit> HashIndex::search(std::span<const media::PdqBits> queries, HammingDistance radius,
                                   Kernel kernel) const {
  ScanFront scan = scan_scalar;
  for (const auto& available : available_scans()) {
    if (available.kernel == kernel) {
      scan = available.scan;
    }
  }
  return search_with(scan, queries, radius);
}

std::vector<Hit> HashIndex::search_with(ScanFront scan, std::span<const media::PdqBits> queries,
                                        HammingDistance radius) const {
  std::vector<QueryFront> fronts;
  fronts.reserve(queries.size());
  for (const auto& query : queries) {
    fronts.push_back({{query.words[0], query.words[1]}});
  }
  std::vector<Hit> hits;
  for (std::size_t first = 0; first < front_.size(); first += kTileBlocks) {
    Collector collector{queries, front_.data(), back_.data(), first, size_, radius.value, &hits};
    scan(front_.data() + first, std::min(kTileBlocks, front_.size() - first), fronts.data(),
         fronts.size(), radius.value, {&collector, Collector::add});
  }
  std::ranges::sort(hits);
  return hits;
}

}  // namespace lightkeeper::index
