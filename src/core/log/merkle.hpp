// The Merkle tree of a transparency log: roots, growth, inclusion and consistency proofs and their
// verification, by RFC 9162 section 2.1 with SHA-256 (the same tree as RFC 6962).
//
//   leaf hash = SHA-256(0x00 || entry)      node hash = SHA-256(0x01 || left || right)
//   root of the empty tree = SHA-256("")
//
// Who learns what: a proof tells its reader hashes of other entries and nothing that is in them;
// an entry with little in it can be guessed from its leaf hash by whoever sees such a proof.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "core/crypto/crypto.hpp"

namespace lightkeeper::log {

using Hash = crypto::Digest;

[[nodiscard]] Hash empty_root();
[[nodiscard]] Hash leaf_hash(BytesView entry);
[[nodiscard]] Hash node_hash(const Hash& left, const Hash& right);

/// A whole subtree: the leaves from index * 2^level on, 2^level of them.
struct NodeAt {
  std::uint8_t level = 0;
  std::uint64_t index = 0;
  auto operator<=>(const NodeAt&) const = default;
};
struct Node {
  NodeAt at;
  Hash hash{};
};
/// Answers with the hash of a whole subtree that lies within the tree it is asked about.
using NodeSource = std::function<Result<Hash>(NodeAt)>;

/// More than 2^48 entries are refused everywhere (`too_large`); a proof has at most 2 * 48 hashes.
constexpr std::uint64_t kMaxTreeSize = std::uint64_t{1} << 48U;
constexpr std::size_t kMaxProofHashes = 96;

/// What is needed to go on from a tree of some size: the roots of its largest whole subtrees, left
/// to right. Not more than 48 hashes, whatever the size.
class Frontier {
 public:
  Frontier() = default;
  /// `bad_format` unless there is one peak for each bit that is set in `size`.
  [[nodiscard]] static Result<Frontier> create(std::uint64_t size, std::vector<Hash> peaks);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] const std::vector<Hash>& peaks() const { return peaks_; }
  /// Adds a leaf; returns each whole subtree that it completes, the leaf itself first. Amortised
  /// two nodes.
  std::vector<Node> append(const Hash& leaf);
  [[nodiscard]] Hash root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> peaks_;
};

/// Whole subtrees whose roots make the frontier of a tree of `size`, left to right.
[[nodiscard]] std::vector<NodeAt> peaks_of(std::uint64_t size);
/// The root of the first `size` entries. At most 48 questions.
[[nodiscard]] Result<Hash> root_at(std::uint64_t size, const NodeSource& nodes);

using Proof = std::vector<Hash>;

/// RFC 9162 section 2.1.3.1. `bad_argument` unless index < size.
[[nodiscard]] Result<Proof> inclusion_proof(std::uint64_t index, std::uint64_t size,
                                            const NodeSource& nodes);
/// RFC 9162 section 2.1.4.1. `bad_argument` unless old_size <= new_size. From size 0 and between
/// equal sizes the proof is empty.
[[nodiscard]] Result<Proof> consistency_proof(std::uint64_t old_size, std::uint64_t new_size,
                                              const NodeSource& nodes);

/// RFC 9162 section 2.1.3.2. `proof_invalid` for anything but a proof that `leaf` is entry `index`
/// of the tree with this root.
[[nodiscard]] Status verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size,
                                      std::span<const Hash> proof, const Hash& root);
/// RFC 9162 section 2.1.4.2. `proof_invalid` for anything but a proof that the new tree begins with
/// all entries of the old one, in their order.
[[nodiscard]] Status verify_consistency(std::uint64_t old_size, const Hash& old_root,
                                        std::uint64_t new_size, const Hash& new_root,
                                        std::span<const Hash> proof);

}  // namespace lightkeeper::log
