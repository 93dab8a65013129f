#include "core/lists/hash_list.hpp"

#include <algorithm>

#include "core/base/codec.hpp"

namespace lightkeeper::lists {
namespace {

constexpr std::string_view kSignedMagic = "LKLIST1\n";
constexpr std::string_view kDraftMagic = "LKDRFT1\n";
constexpr std::size_t kPrefixSize = 8 + 4;  // magic and the body's length

// A name is shown in terminals, on pages and in manifests, so nothing that a display could act on
// is let in.
bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameSize && name.front() != ' ' &&
         name.back() != ' ' &&
         std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~'; });
}

Status check_header(const ListHeader& header) {
  if (!is_plain_name(header.name)) {
    return fail(ErrorCode::bad_argument, "hash_list.name",
                "1 to 64 printable ASCII characters, no space at an end");
  }
  if (header.variant != media::PdqVariant::full && header.variant != media::PdqVariant::via512) {
    return fail(ErrorCode::bad_argument, "hash_list.variant");
  }
  if (header.categories.size() > kMaxCategories) {
    return fail(ErrorCode::too_large, "hash_list.categories",
                "the limit is " + std::to_string(kMaxCategories));
  }
  for (const auto& [number, name] : header.categories) {
    if (number == 0 || !is_plain_name(name)) {
      return fail(ErrorCode::bad_argument, "hash_list.categories",
                  "category " + std::to_string(number));
    }
  }
  return {};
}

Status check_entry(const ListHeader& header, const Entry& entry) {
  if (entry.provenance != Provenance::test) {
    const bool known = entry.provenance == Provenance::certified_known ||
                       entry.provenance == Provenance::survivor_asserted;
    return fail(known ? ErrorCode::list_class_refused : ErrorCode::bad_format, "hash_list.class");
  }
  if (entry.category != 0 && !header.categories.contains(entry.category)) {
    return fail(ErrorCode::bad_argument, "hash_list.category",
                "category " + std::to_string(entry.category) + " has no name in the header");
  }
  return {};
}

struct SignedFile {
  BytesView signed_part;
  BytesView body;
  crypto::VerifyingKey signer;
  crypto::Signature signature{};
};

Result<BytesView> read_body(Reader& reader, std::string_view magic) {
  LK_TRY(found, reader.fixed(magic.size()));
  if (as_text(found) != magic) {
    return fail(ErrorCode::bad_format, "hash_list.magic",
                "not a " + std::string(magic.substr(0, 7)) + " file");
  }
  return reader.bytes(kMaxListFile);
}

Result<SignedFile> split(BytesView file) {
  Reader reader(file);
  LK_TRY(body, read_body(reader, kSignedMagic));
  LK_TRY(signer, reader.array<32>());
  LK_TRY(signature, reader.array<64>());
  LK_CHECK_OK(reader.finish());
  return SignedFile{file.first(kPrefixSize + body.size()), body, {signer}, signature};
}

}  // namespace

HashList::HashList(ListHeader header, std::vector<Entry> entries,
                   std::vector<crypto::Digest> leaves)
    : header_(std::move(header)),
      entries_(std::move(entries)),
      leaves_(std::move(leaves)),
      root_(merkle_root(leaves_)) {}

Result<HashList> HashList::create(ListHeader header, std::vector<Entry> entries) {
  LK_CHECK_OK(check_header(header));
  if (entries.size() > kMaxEntries) {
    return fail(ErrorCode::too_large, "hash_list.entries",
                "the limit is " + std::to_string(kMaxEntries));
  }
  std::vector<crypto::Digest> unsorted;
  unsorted.reserve(entries.size());
  for (const auto& entry : entries) {
    LK_CHECK_OK(check_entry(header, entry));
    unsorted.push_back(leaf_of(entry));
  }
  std::vector<std::uint32_t> order(entries.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = static_cast<std::uint32_t>(i);
  }
  std::ranges::sort(order,
                    [&](std::uint32_t a, std::uint32_t b) { return unsorted[a] < unsorted[b]; });
  std::vector<Entry> sorted;
  std::vector<crypto::Digest> leaves;
  sorted.reserve(entries.size());
  leaves.reserve(entries.size());
  for (const std::uint32_t i : order) {
    if (leaves.empty() || leaves.back() != unsorted[i]) {
      sorted.push_back(entries[i]);
      leaves.push_back(unsorted[i]);
    }
  }
  return HashList(std::move(header), std::move(sorted), std::move(leaves));
}

Bytes HashList::body() const {
  Writer writer;
  writer.u8(static_cast<std::uint8_t>(header_.variant))
      .u32(header_.epoch.value)
      .u64(header_.created.value)
      .text(header_.name)
      .u16(static_cast<std::uint16_t>(header_.categories.size()));
  for (const auto& [number, name] : header_.categories) {
    writer.u16(number).text(name);
  }
  writer.u32(static_cast<std::uint32_t>(entries_.size()));
  for (const auto& entry : entries_) {
    writer.fixed(entry.hash.bytes())
        .u8(static_cast<std::uint8_t>(entry.provenance))
        .u16(entry.category)
        .fixed(entry.nonce);
  }
  return writer.take();
}

Result<HashList> HashList::from_body(BytesView body) {
  Reader reader(body);
  ListHeader header;
  LK_TRY(variant, reader.u8());
  header.variant = static_cast<media::PdqVariant>(variant);
  LK_TRY(epoch, reader.u32());
  header.epoch = Epoch{epoch};
  LK_TRY(created, reader.u64());
  header.created = UnixMillis{created};
  LK_TRY(name, reader.text(kMaxNameSize));
  header.name = std::move(name);
  LK_TRY(category_count, reader.u16());
  for (std::uint16_t i = 0; i < category_count; ++i) {
    LK_TRY(number, reader.u16());
    LK_TRY(category, reader.text(kMaxNameSize));
    if (!header.categories.empty() && number <= header.categories.rbegin()->first) {
      return fail(ErrorCode::bad_format, "hash_list.categories", "not in ascending order");
    }
    header.categories.emplace(number, std::move(category));
  }
  LK_CHECK_OK(check_header(header));
  LK_TRY(entry_count, reader.u32());
  if (entry_count > kMaxEntries) {
    return fail(ErrorCode::too_large, "hash_list.entries",
                "the limit is " + std::to_string(kMaxEntries));
  }
  // Before any memory is set aside for them: the entries must really be there.
  if (reader.remaining() < entry_count * kEntrySize) {
    return fail(ErrorCode::truncated, "hash_list.entries");
  }
  std::vector<Entry> entries;
  std::vector<crypto::Digest> leaves;
  entries.reserve(entry_count);
  leaves.reserve(entry_count);
  for (std::uint32_t i = 0; i < entry_count; ++i) {
    LK_TRY(hash, reader.array<32>());
    LK_TRY(provenance, reader.u8());
    LK_TRY(category, reader.u16());
    LK_TRY(nonce, reader.array<32>());
    const Entry entry{media::PdqBits::from_bytes(hash), static_cast<Provenance>(provenance),
                      category, nonce};
    LK_CHECK_OK(check_entry(header, entry));
    const crypto::Digest leaf = leaf_of(entry);
    if (!leaves.empty() && leaf <= leaves.back()) {
      return fail(ErrorCode::bad_format, "hash_list.entries", "not in ascending order of leaves");
    }
    entries.push_back(entry);
    leaves.push_back(leaf);
  }
  LK_CHECK_OK(reader.finish());
  return HashList(std::move(header), std::move(entries), std::move(leaves));
}

Bytes HashList::sign(const crypto::SigningKey& key, const crypto::VerifyingKey& public_key) const {
  Writer writer;
  writer.fixed(as_bytes(kSignedMagic)).bytes(body());
  const crypto::Signature signature = crypto::sign(key, writer.view());
  return writer.fixed(public_key.bytes).fixed(signature).take();
}

Result<HashList> HashList::open(BytesView file, const crypto::VerifyingKey& trusted) {
  LK_TRY(parts, split(file));
  if (parts.signer != trusted) {
    return fail(ErrorCode::bad_signature, "hash_list.signer",
                "signed by another key than the trusted one");
  }
  LK_CHECK_OK(crypto::verify(trusted, parts.signed_part, parts.signature));
  return from_body(parts.body);
}

Bytes HashList::draft() const { return Writer().fixed(as_bytes(kDraftMagic)).bytes(body()).take(); }

Result<HashList> HashList::open_draft(BytesView file) {
  Reader reader(file);
  LK_TRY(body, read_body(reader, kDraftMagic));
  LK_CHECK_OK(reader.finish());
  return from_body(body);
}

Result<crypto::VerifyingKey> claimed_signer(BytesView file) {
  LK_TRY(parts, split(file));
  return parts.signer;
}

bool looks_like_draft(BytesView file) {
  return file.size() >= kDraftMagic.size() &&
         as_text(file.first(kDraftMagic.size())) == kDraftMagic;
}

}  // namespace lightkeeper::lists
