// One entry of a hash list, its provenance class, and the hiding leaf that commits to it.
#pragma once

#include "core/crypto/crypto.hpp"
#include "core/media/pdq_hash.hpp"

namespace lightkeeper::lists {

/// Who vouches for an entry, and so what may follow from a match.
enum class Provenance : std::uint8_t {
  certified_known =
      1,  // certified by k organisations; refused until lists can be certified and logged
  survivor_asserted = 2,  // may prevent a send, never causes a report; refused until then, too
  test = 3,               // drawn pictures and other harmless material
};
[[nodiscard]] std::string_view name_of(Provenance provenance);
[[nodiscard]] Result<Provenance> provenance_from_name(std::string_view name);

/// What a list says of one picture. `nonce` = HMAC-SHA256(organisations' key, hash bytes): it hides
/// the hash in the leaf and is equal for equal entries of different organisations.
struct Entry {
  media::PdqBits hash;
  Provenance provenance = Provenance::test;
  std::uint16_t category = 0;  // a neutral number; its name stands in the list's header
  ByteArray<32> nonce{};
  auto operator<=>(const Entry&) const = default;
};

/// SHA-256(0x00 || "lightkeeper leaf v1" || nonce || hash bytes || provenance u8 || category u16
/// BE). Hiding while the nonce is secret; already the RFC 9162 leaf hash of the list's Merkle tree.
[[nodiscard]] crypto::Digest leaf_of(const Entry& entry);

/// RFC 9162 section 2.1.1 tree over leaf hashes: node = SHA-256(0x01 || left || right); empty =
/// SHA-256("").
[[nodiscard]] crypto::Digest merkle_root(std::span<const crypto::Digest> leaves);

}  // namespace lightkeeper::lists
