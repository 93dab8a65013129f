// Portable proofs as text; and raw proofs: whatever hashes come, verification ends and accepts
// nothing that does not lead to the root.
#include <cstdlib>

#include "core/base/codec.hpp"
#include "core/log/checkpoint.hpp"

namespace lk = lightkeeper;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (!lk::crypto::initialise()) {
    return 0;
  }
  const lk::BytesView bytes(data, size);
  const lk::log::VerifierKey key{
      "log.example.org", lk::crypto::signing_key_from_seed(lk::Bytes(32, 1)).value().public_key};
  if (const auto proof = lk::log::PortableProof::from_text(lk::as_text(bytes))) {
    if (proof->text() != lk::as_text(bytes)) {
      std::abort();
    }
    (void)proof->verify(bytes, key);
  }
  lk::Reader in(bytes);
  const auto index = in.u64();
  const auto tree_size = in.u64();
  if (index && tree_size) {
    lk::log::Proof hashes;
    while (in.remaining() >= 32) {
      hashes.push_back(in.array<32>().value());
    }
    // No input knows a leaf of this root, nor an old tree of it.
    const auto root = lk::log::leaf_hash(lk::as_bytes("unknown"));
    const auto other = lk::log::leaf_hash(lk::as_bytes("another"));
    if (lk::log::verify_inclusion(other, *index, *tree_size, hashes, root) ||
        lk::log::verify_consistency(*index, other, *tree_size, root, hashes)) {
      std::abort();
    }
  }
  return 0;
}
