#include "core/log/note.hpp"

#include <algorithm>

#include "core/base/codec.hpp"

namespace lightkeeper::log {

namespace {

constexpr std::string_view kWhere = "log.note";
constexpr std::string_view kDash = "\xE2\x80\x94 ";  // U+2014 and a space
constexpr Byte kEd25519 = 1;
constexpr std::size_t kMaxSignature = 8 * 1024;

std::unexpected<Error> malformed(std::string detail) {
  return fail(ErrorCode::bad_format, kWhere, std::move(detail));
}

/// White space beyond ASCII by Unicode's property White_Space, in UTF-8.
bool has_wide_space(std::string_view text) {
  for (const std::string_view space :
       {"\xC2\x85", "\xC2\xA0", "\xE1\x9A\x80", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF",
        "\xE2\x81\x9F", "\xE3\x80\x80"}) {
    if (text.find(space) != std::string_view::npos) {
      return true;
    }
  }
  for (std::size_t at = text.find("\xE2\x80"); at != std::string_view::npos;
       at = text.find("\xE2\x80", at + 1)) {
    // U+2000 to U+200A
    if (at + 2 < text.size() && static_cast<Byte>(text[at + 2]) >= 0x80 &&
        static_cast<Byte>(text[at + 2]) <= 0x8A) {
      return true;
    }
  }
  return false;
}

/// The text of a note: UTF-8 without control characters but line ends, and ends with one.
bool is_note_text(std::string_view text) {
  return text.ends_with('\n') && text.size() <= kMaxNote && is_utf8(as_bytes(text)) &&
         std::ranges::none_of(
             text, [](char c) { return (static_cast<Byte>(c) < 0x20 && c != '\n') || c == 0x7F; });
}

std::string signature_line(const NoteSignature& signature) {
  return std::string(kDash) + signature.name + " " +
         to_base64(concat({signature.id, signature.signature})) + "\n";
}

Result<NoteSignature> parse_signature(std::string_view line) {
  if (!line.starts_with(kDash)) {
    return malformed("a signature line does not begin with a dash");
  }
  line.remove_prefix(kDash.size());
  const auto space = line.find(' ');
  const auto name = line.substr(0, space);
  if (space == std::string_view::npos || !is_key_name(name)) {
    return malformed("a signature line has no usable key name");
  }
  if (line.size() - space > kMaxSignature) {
    return fail(ErrorCode::too_large, kWhere, "a signature is too long");
  }
  auto bytes = from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() < 5) {
    return malformed("a signature is not base64 of a key id and a signature");
  }
  NoteSignature out{std::string(name), {}, {}};
  std::copy_n(bytes->begin(), out.id.size(), out.id.begin());
  out.signature.assign(bytes->begin() + 4, bytes->end());
  return out;
}

}  // namespace

bool is_key_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxKeyName && is_utf8(as_bytes(name)) &&
         std::ranges::none_of(
             name, [](char c) { return static_cast<Byte>(c) <= 0x20 || c == 0x7F || c == '+'; }) &&
         !has_wide_space(name);
}

KeyId key_id(std::string_view name, const crypto::VerifyingKey& key) {
  const ByteArray<2> between{'\n', kEd25519};
  const auto digest =
      crypto::Sha256().update(as_bytes(name)).update(between).update(key.bytes).finish();
  KeyId id{};
  std::copy_n(digest.begin(), id.size(), id.begin());
  return id;
}

std::string VerifierKey::text() const {
  const ByteArray<1> algorithm{kEd25519};
  return name + "+" + to_hex(id()) + "+" + to_base64(concat({algorithm, key.bytes}));
}

Result<VerifierKey> VerifierKey::from_text(std::string_view text) {
  const auto refused = [](std::string detail) {
    return fail(ErrorCode::bad_key, "log.verifier_key", std::move(detail));
  };
  if (text.ends_with('\n')) {
    text.remove_suffix(1);
  }
  const auto first = text.find('+');
  if (first == std::string_view::npos || !is_key_name(text.substr(0, first))) {
    return refused("a verifier key is NAME+ID+KEY");
  }
  const auto second = text.find('+', first + 1);
  if (second == std::string_view::npos) {
    return refused("a verifier key is NAME+ID+KEY");
  }
  const auto bytes = from_base64(text.substr(second + 1));
  if (!bytes || bytes->size() != 33 || bytes->front() != kEd25519) {
    return refused("the key is not base64 of an Ed25519 key");
  }
  VerifierKey out{std::string(text.substr(0, first)), {}};
  std::copy(bytes->begin() + 1, bytes->end(), out.key.bytes.begin());
  if (text.substr(first + 1, second - first - 1) != to_hex(out.id())) {
    return refused("the key id does not belong to this name and key");
  }
  return out;
}

Result<NoteSigner> NoteSigner::create(std::string name, crypto::SigningKeyPair keys) {
  if (!is_key_name(name)) {
    return fail(ErrorCode::bad_key, kWhere, "this cannot be the name of a key");
  }
  return NoteSigner({std::move(name), keys.public_key}, std::move(keys.secret));
}

Result<std::string> NoteSigner::sign(std::string_view text) const {
  if (!is_note_text(text)) {
    return malformed("this cannot be the text of a note");
  }
  const auto signature = crypto::sign(secret_, as_bytes(text));
  return Note{std::string(text),
              {{verifier_.name, verifier_.id(), Bytes(signature.begin(), signature.end())}}}
      .encode();
}

Result<std::string> NoteSigner::countersign(std::string_view bytes) const {
  LK_TRY(note, Note::parse(bytes));
  const auto own = verifier_.id();
  if (std::ranges::any_of(note.signatures, [&](const NoteSignature& one) {
        return one.name == verifier_.name && one.id == own;
      })) {
    return fail(ErrorCode::already_exists, kWhere, "the note has this signature");
  }
  if (note.signatures.size() == kMaxNoteSignatures) {
    return fail(ErrorCode::too_large, kWhere, "the note has as many signatures as it may have");
  }
  const auto signature = crypto::sign(secret_, as_bytes(note.text));
  note.signatures.push_back({verifier_.name, own, Bytes(signature.begin(), signature.end())});
  return note.encode();
}

Result<Note> Note::parse(std::string_view bytes) {
  if (bytes.size() > kMaxNote) {
    return fail(ErrorCode::too_large, kWhere, "a note is longer than it may be");
  }
  // The text may hold empty lines; the last one parts it from the signatures.
  const auto parting = bytes.rfind("\n\n");
  if (parting == std::string_view::npos) {
    return malformed("there is no empty line before the signatures");
  }
  Note out;
  out.text = bytes.substr(0, parting + 1);
  if (!is_note_text(out.text)) {
    return malformed("the text is not UTF-8 without control characters");
  }
  auto rest = bytes.substr(parting + 2);
  if (!rest.ends_with('\n')) {
    return malformed("the last line has no end");
  }
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    LK_TRY(signature, parse_signature(rest.substr(0, end)));
    if (out.signatures.size() == kMaxNoteSignatures) {
      return fail(ErrorCode::too_large, kWhere, "more signatures than a note may have");
    }
    out.signatures.push_back(std::move(signature));
    rest.remove_prefix(end + 1);
  }
  return out;
}

std::string Note::encode() const {
  std::string out = text + "\n";
  for (const auto& signature : signatures) {
    out += signature_line(signature);
  }
  return out;
}

Status Note::verify(const VerifierKey& key) const {
  const auto id = key.id();
  bool verified = false;
  for (const auto& one : signatures) {
    if (one.name != key.name || one.id != id) {
      continue;  // others' signatures say nothing to us
    }
    const auto signature = to_array<64>(one.signature);
    if (!signature || !crypto::verify(key.key, as_bytes(text), *signature)) {
      return fail(ErrorCode::bad_signature, kWhere, "a signature by this key does not verify");
    }
    verified = true;
  }
  if (!verified) {
    return fail(ErrorCode::not_found, kWhere, "there is no signature by this key");
  }
  return {};
}

}  // namespace lightkeeper::log
