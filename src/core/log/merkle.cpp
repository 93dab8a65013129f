#include "core/log/merkle.hpp"

#include <bit>

namespace lightkeeper::log {

namespace {

constexpr std::string_view kWhere = "log.merkle";

/// The largest power of two that is smaller than `size`, which is at least 2.
constexpr std::uint64_t split_of(std::uint64_t size) { return std::bit_floor(size - 1); }

std::unexpected<Error> does_not_fit() { return fail(ErrorCode::proof_invalid, kWhere); }

Status check_size(std::uint64_t size) {
  if (size > kMaxTreeSize) {
    return fail(ErrorCode::too_large, kWhere, "more entries than a log may have");
  }
  return {};
}

/// The root of `count` leaves from `start` on, where `start` is a multiple of a power of two that
/// is not smaller than `count`: so each subtree that splits off to the left is whole.
Result<Hash> range_root(std::uint64_t start, std::uint64_t count, const NodeSource& nodes) {
  std::vector<Hash> peaks;
  while (count > 0) {
    const auto whole = std::bit_floor(count);
    const auto level = static_cast<std::uint8_t>(std::countr_zero(whole));
    LK_TRY(hash, nodes({level, start >> level}));
    peaks.push_back(hash);
    start += whole;
    count -= whole;
  }
  Hash root = peaks.back();
  for (std::size_t i = peaks.size() - 1; i-- > 0;) {
    root = node_hash(peaks[i], root);
  }
  return root;
}

}  // namespace

Hash empty_root() { return crypto::sha256({}); }

Hash leaf_hash(BytesView entry) {
  const Byte prefix = 0;
  return crypto::Sha256().update({&prefix, 1}).update(entry).finish();
}

Hash node_hash(const Hash& left, const Hash& right) {
  const Byte prefix = 1;
  return crypto::Sha256().update({&prefix, 1}).update(left).update(right).finish();
}

Result<Frontier> Frontier::create(std::uint64_t size, std::vector<Hash> peaks) {
  LK_CHECK_OK(check_size(size));
  if (peaks.size() != static_cast<std::size_t>(std::popcount(size))) {
    return fail(ErrorCode::bad_format, kWhere, "the peaks do not fit the size");
  }
  Frontier out;
  out.size_ = size;
  out.peaks_ = std::move(peaks);
  return out;
}

std::vector<Node> Frontier::append(const Hash& leaf) {
  std::vector<Node> completed{{{0, size_}, leaf}};
  peaks_.push_back(leaf);
  for (std::uint8_t level = 0; ((size_ >> level) & 1U) != 0; ++level) {
    const Hash right = peaks_.back();
    peaks_.pop_back();
    peaks_.back() = node_hash(peaks_.back(), right);
    const auto above = static_cast<std::uint8_t>(level + 1);
    completed.push_back({{above, size_ >> above}, peaks_.back()});
  }
  ++size_;
  return completed;
}

Hash Frontier::root() const {
  if (peaks_.empty()) {
    return empty_root();
  }
  Hash root = peaks_.back();
  for (std::size_t i = peaks_.size() - 1; i-- > 0;) {
    root = node_hash(peaks_[i], root);
  }
  return root;
}

std::vector<NodeAt> peaks_of(std::uint64_t size) {
  std::vector<NodeAt> out;
  std::uint64_t start = 0;
  while (size > 0) {
    const auto whole = std::bit_floor(size);
    const auto level = static_cast<std::uint8_t>(std::countr_zero(whole));
    out.push_back({level, start >> level});
    start += whole;
    size -= whole;
  }
  return out;
}

Result<Hash> root_at(std::uint64_t size, const NodeSource& nodes) {
  LK_CHECK_OK(check_size(size));
  return size == 0 ? Result<Hash>(empty_root()) : range_root(0, size, nodes);
}

Result<Proof> inclusion_proof(std::uint64_t index, std::uint64_t size, const NodeSource& nodes) {
  LK_CHECK_OK(check_size(size));
  if (index >= size) {
    return fail(ErrorCode::bad_argument, kWhere, "the log has no such entry");
  }
  // Downwards from the root; the RFC counts upwards.
  Proof down;
  std::uint64_t start = 0;
  while (size > 1) {
    const auto split = split_of(size);
    if (index < split) {
      LK_TRY(right, range_root(start + split, size - split, nodes));
      down.push_back(right);
      size = split;
    } else {
      LK_TRY(left, range_root(start, split, nodes));
      down.push_back(left);
      start += split;
      index -= split;
      size -= split;
    }
  }
  return Proof(down.rbegin(), down.rend());
}

Result<Proof> consistency_proof(std::uint64_t old_size, std::uint64_t new_size,
                                const NodeSource& nodes) {
  LK_CHECK_OK(check_size(new_size));
  if (old_size > new_size) {
    return fail(ErrorCode::bad_argument, kWhere, "the old tree is larger than the new one");
  }
  if (old_size == 0 || old_size == new_size) {
    return Proof();
  }
  Proof down;
  std::uint64_t start = 0;
  std::uint64_t size = new_size;
  std::uint64_t known = old_size;
  while (known != size) {
    const auto split = split_of(size);
    if (known <= split) {
      LK_TRY(right, range_root(start + split, size - split, nodes));
      down.push_back(right);
      size = split;
    } else {
      LK_TRY(left, range_root(start, split, nodes));
      down.push_back(left);
      start += split;
      known -= split;
      size -= split;
    }
  }
  if (start != 0) {  // else the whole old tree stands here, and its reader knows that root
    LK_TRY(here, range_root(start, size, nodes));
    down.push_back(here);
  }
  return Proof(down.rbegin(), down.rend());
}

Status verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size,
                        std::span<const Hash> proof, const Hash& root) {
  if (size > kMaxTreeSize || index >= size) {
    return does_not_fit();
  }
  auto at = index;
  auto last = size - 1;
  Hash found = leaf;
  for (const auto& hash : proof) {
    if (last == 0) {
      return does_not_fit();
    }
    if ((at & 1U) != 0 || at == last) {
      found = node_hash(hash, found);
      while ((at & 1U) == 0 && at != 0) {  // a right edge without siblings
        at >>= 1U;
        last >>= 1U;
      }
    } else {
      found = node_hash(found, hash);
    }
    at >>= 1U;
    last >>= 1U;
  }
  if (last != 0 || found != root) {
    return does_not_fit();
  }
  return {};
}

Status verify_consistency(std::uint64_t old_size, const Hash& old_root, std::uint64_t new_size,
                          const Hash& new_root, std::span<const Hash> proof) {
  if (new_size > kMaxTreeSize || old_size > new_size) {
    return does_not_fit();
  }
  if (old_size == new_size) {
    return proof.empty() && old_root == new_root ? Status() : does_not_fit();
  }
  if (old_size == 0) {
    return proof.empty() && old_root == empty_root() ? Status() : does_not_fit();
  }
  // An old tree that is one whole subtree is not repeated in the proof.
  const bool whole = std::has_single_bit(old_size);
  if (proof.empty() && !whole) {
    return does_not_fit();
  }
  auto at = old_size - 1;
  auto last = new_size - 1;
  while ((at & 1U) != 0) {
    at >>= 1U;
    last >>= 1U;
  }
  Hash from_old = whole ? old_root : proof.front();
  Hash from_new = from_old;
  for (const auto& hash : proof.subspan(whole ? 0 : 1)) {
    if (last == 0) {
      return does_not_fit();
    }
    if ((at & 1U) != 0 || at == last) {
      from_old = node_hash(hash, from_old);
      from_new = node_hash(hash, from_new);
      while ((at & 1U) == 0 && at != 0) {
        at >>= 1U;
        last >>= 1U;
      }
    } else {
      from_new = node_hash(from_new, hash);
    }
    at >>= 1U;
    last >>= 1U;
  }
  if (last != 0 || from_old != old_root || from_new != new_root) {
    return does_not_fit();
  }
  return {};
}

}  // namespace lightkeeper::log
