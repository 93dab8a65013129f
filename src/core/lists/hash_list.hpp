// A hash list as a value and as a file. docs/reference/hash-list.md has the format byte for byte.
#pragma once

#include <map>
#include <string>

#include "core/lists/entry.hpp"

namespace lightkeeper::lists {

constexpr std::size_t kMaxEntries = 10'000'000;
constexpr std::size_t kMaxCategories = 1024;
constexpr std::size_t kMaxNameSize = 64;
constexpr std::size_t kEntrySize = 32 + 1 + 2 + 32;
/// No list file is larger; readers of files stop here.
constexpr std::size_t kMaxListFile =
    kMaxEntries * kEntrySize + kMaxCategories * (2 + 4 + kMaxNameSize) + 1024;

struct ListHeader {
  std::string name;  // 1..64 printable ASCII characters; no space at either end
  Epoch epoch;       // rises with each version of the list
  media::PdqVariant variant = media::PdqVariant::full;
  std::map<std::uint16_t, std::string>
      categories;      // names under the same rule; 0 means "none" and has no name
  UnixMillis created;  // 0: not stated
};

/// Immutable. Entries stand in ascending order of their leaf hash, identical ones once, so that one
/// set of entries has one order, one root and one file. Safe to read from several threads.
class HashList {
 public:
  /// `list_class_refused` for every class but test; `bad_argument` for a header against its rules
  /// or for a category that the header does not name; `too_large` beyond the limits. Cost: one
  /// SHA-256 per entry and a sort.
  [[nodiscard]] static Result<HashList> create(ListHeader header, std::vector<Entry> entries);

  [[nodiscard]] const ListHeader& header() const { return header_; }
  [[nodiscard]] std::span<const Entry> entries() const { return entries_; }
  /// leaf_of(entries()[i]) at i.
  [[nodiscard]] std::span<const crypto::Digest> leaves() const { return leaves_; }
  /// merkle_root(leaves()).
  [[nodiscard]] const crypto::Digest& root() const { return root_; }

  /// The whole signed file. `public_key` must belong to `key`.
  [[nodiscard]] Bytes sign(const crypto::SigningKey& key,
                           const crypto::VerifyingKey& public_key) const;
  /// Reads a signed file. The signature is checked before anything else is looked at:
  /// `bad_signature` unless `trusted` signed exactly this. Afterwards the same rules as create(),
  /// and one order: what is not written as sign() writes it is `bad_format`.
  [[nodiscard]] static Result<HashList> open(BytesView file, const crypto::VerifyingKey& trusted);

  /// The unsigned file that waits for its signature. Nothing but open_draft() takes it.
  [[nodiscard]] Bytes draft() const;
  [[nodiscard]] static Result<HashList> open_draft(BytesView file);

 private:
  HashList(ListHeader header, std::vector<Entry> entries, std::vector<crypto::Digest> leaves);
  [[nodiscard]] Bytes body() const;
  [[nodiscard]] static Result<HashList> from_body(BytesView body);

  ListHeader header_;
  std::vector<Entry> entries_;
  std::vector<crypto::Digest> leaves_;
  crypto::Digest root_{};
};

/// The key that a signed file names as its signer: to show, not to trust. Does not check the
/// signature.
[[nodiscard]] Result<crypto::VerifyingKey> claimed_signer(BytesView file);
/// Whether a file starts like a draft, so that a command can say so.
[[nodiscard]] bool looks_like_draft(BytesView file);

}  // namespace lightkeeper::lists
