#include "core/lists/entry.hpp"

#include <utility>

namespace lightkeeper::lists {
namespace {

constexpr std::string_view kLeafTag = "lightkeeper leaf v1";
constexpr Byte kLeafPrefix = 0;
constexpr Byte kNodePrefix = 1;

crypto::Digest node_of(const crypto::Digest& left, const crypto::Digest& right) {
  return crypto::Sha256().update({&kNodePrefix, 1}).update(left).update(right).finish();
}

}  // namespace

std::string_view name_of(Provenance provenance) {
  switch (provenance) {
    case Provenance::certified_known:
      return "certified-known";
    case Provenance::survivor_asserted:
      return "survivor-asserted";
    case Provenance::test:
      return "test";
  }
  return "unknown";
}

Result<Provenance> provenance_from_name(std::string_view name) {
  for (const auto provenance :
       {Provenance::certified_known, Provenance::survivor_asserted, Provenance::test}) {
    if (name == name_of(provenance)) {
      return provenance;
    }
  }
  return fail(ErrorCode::bad_argument, "lists.class",
              "the classes are certified-known, survivor-asserted and test");
}

crypto::Digest leaf_of(const Entry& entry) {
  const ByteArray<3> numbers = {static_cast<Byte>(entry.provenance),
                                static_cast<Byte>(entry.category >> 8U),
                                static_cast<Byte>(entry.category & 255U)};
  return crypto::Sha256()
      .update({&kLeafPrefix, 1})
      .update(as_bytes(kLeafTag))
      .update(entry.nonce)
      .update(entry.hash.bytes())
      .update(numbers)
      .finish();
}

crypto::Digest merkle_root(std::span<const crypto::Digest> leaves) {
  if (leaves.empty()) {
    return crypto::sha256({});
  }
  // Whole subtrees from left to right, each with its height, as the digits of a binary number that
  // counts up.
  std::vector<std::pair<crypto::Digest, unsigned>> whole;
  for (const auto& leaf : leaves) {
    crypto::Digest digest = leaf;
    unsigned height = 0;
    while (!whole.empty() && whole.back().second == height) {
      digest = node_of(whole.back().first, digest);
      whole.pop_back();
      ++height;
    }
    whole.emplace_back(digest, height);
  }
  crypto::Digest root = whole.back().first;
  for (std::size_t i = whole.size() - 1; i > 0; --i) {
    root = node_of(whole[i - 1].first, root);
  }
  return root;
}

}  // namespace lightkeeper::lists
