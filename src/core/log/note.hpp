// Signed notes: a text with one or more Ed25519 signatures under it, by the C2SP signed-note
// specification (c2sp.org/signed-note), so that tools of others can read and countersign ours.
//
//   <text, one or more lines>
//   <empty line>
//   — <key name> <base64 of key id (4 bytes) and signature>
//
// Key id: the first 4 bytes of SHA-256(name || 0x0A || 0x01 || public key). A verifier key as text
// is "<name>+<8 hex digits of the key id>+<base64 of 0x01 and public key>".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/crypto/crypto.hpp"

namespace lightkeeper::log {

constexpr std::size_t kMaxNote = 64 * 1024;
constexpr std::size_t kMaxNoteSignatures = 32;
constexpr std::size_t kMaxKeyName = 128;

using KeyId = ByteArray<4>;
/// Not empty, UTF-8, no white space, no plus, no control characters, at most kMaxKeyName bytes.
[[nodiscard]] bool is_key_name(std::string_view name);
[[nodiscard]] KeyId key_id(std::string_view name, const crypto::VerifyingKey& key);

struct VerifierKey {
  std::string name;
  crypto::VerifyingKey key;
  auto operator<=>(const VerifierKey&) const = default;
  [[nodiscard]] KeyId id() const { return key_id(name, key); }
  /// Without a line end.
  [[nodiscard]] std::string text() const;
  /// With or without one line end; `bad_key` for anything else than what text() gives.
  [[nodiscard]] static Result<VerifierKey> from_text(std::string_view text);
};

/// Keeps the secret key; `bad_key` if `name` is not a key name.
class NoteSigner {
 public:
  [[nodiscard]] static Result<NoteSigner> create(std::string name, crypto::SigningKeyPair keys);
  [[nodiscard]] const VerifierKey& verifier() const { return verifier_; }
  /// The note with one signature. `bad_format` if `text` cannot be the text of a note.
  [[nodiscard]] Result<std::string> sign(std::string_view text) const;
  /// The same note with our signature after those it has; `already_exists` if it has ours.
  [[nodiscard]] Result<std::string> countersign(std::string_view note) const;

 private:
  NoteSigner(VerifierKey verifier, crypto::SigningKey secret)
      : verifier_(std::move(verifier)), secret_(std::move(secret)) {}
  VerifierKey verifier_;
  crypto::SigningKey secret_;
};

struct NoteSignature {
  std::string name;
  KeyId id{};
  Bytes signature;  // 64 bytes from Ed25519; other algorithms of other witnesses have other sizes
};
/// Parsed and not yet verified.
struct Note {
  std::string text;  // with its last line end
  std::vector<NoteSignature> signatures;

  /// `bad_format`, `too_large`; never an error because of who signed.
  [[nodiscard]] static Result<Note> parse(std::string_view bytes);
  /// What parse() was given: one note, one text.
  [[nodiscard]] std::string encode() const;
  /// Ok when a signature by this key is there and verifies; `not_found` when none is by this key,
  /// `bad_signature` when one is and does not verify.
  [[nodiscard]] Status verify(const VerifierKey& key) const;
};

}  // namespace lightkeeper::log
