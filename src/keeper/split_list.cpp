#include "keeper/split_list.hpp"

namespace lightkeeper::keeper {

Result<SplitList> SplitList::create(std::span<const media::PdqBits> hashes) {
  if (hashes.size() > kMaxEntries) {
    return fail(ErrorCode::too_large, "keeper.split_list");
  }
  SplitList list;
  list.entries_ = hashes.size();
  const std::size_t blocks = (hashes.size() + kBlockEntries - 1) / kBlockEntries;
  list.bytes_.resize(blocks * kHashBytes * kBlockEntries);
  list.weights_.resize(blocks * kBlockEntries);
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    const std::size_t block = i / kBlockEntries;
    const std::size_t lane = i % kBlockEntries;
    const ByteArray<kHashBytes> bytes = hashes[i].bytes();
    for (std::size_t q = 0; q < kHashBytes; ++q) {
      list.bytes_[(block * kHashBytes + q) * kBlockEntries + lane] = bytes[q];
    }
    list.weights_[i] = static_cast<Byte>(hashes[i].weight());
  }
  return list;
}

}  // namespace lightkeeper::keeper
