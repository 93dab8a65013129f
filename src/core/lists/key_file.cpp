#include "core/lists/key_file.hpp"

namespace lightkeeper::lists {
namespace {

constexpr std::string_view kSigning = "lightkeeper-signing-key-v1";
constexpr std::string_view kVerifying = "lightkeeper-verifying-key-v1";
constexpr std::string_view kNonce = "lightkeeper-nonce-key-v1";
constexpr std::size_t kKeySize = 32;

SecretBytes secret_line(std::string_view kind, BytesView key) {
  std::string digits = to_base64url(key);
  SecretBytes line(concat({as_bytes(kind), as_bytes(" "), as_bytes(digits), as_bytes("\n")}));
  wipe({reinterpret_cast<Byte*>(digits.data()), digits.size()});
  return line;
}

Result<SecretBytes> parse_line(BytesView file, std::string_view kind) {
  std::string_view text = as_text(file);
  if (text.ends_with('\n')) {
    text.remove_suffix(1);
    if (text.ends_with('\r')) {
      text.remove_suffix(1);
    }
  }
  const auto space = text.find(' ');
  const std::string_view found = text.substr(0, space);
  if (found != kind) {
    for (const auto other : {kSigning, kVerifying, kNonce}) {
      if (found == other) {
        return fail(ErrorCode::bad_key, "key_file.kind",
                    "this is a " + std::string(other) + ", wanted is a " + std::string(kind));
      }
    }
    return fail(ErrorCode::bad_key, "key_file.kind", "wanted is a " + std::string(kind));
  }
  if (space == std::string_view::npos) {
    return fail(ErrorCode::bad_key, "key_file.digits", "the key itself is missing");
  }
  auto bytes = from_base64url(text.substr(space + 1));
  if (!bytes || bytes->size() != kKeySize) {
    if (bytes) {
      wipe(*bytes);
    }
    return fail(ErrorCode::bad_key, "key_file.digits", "not base64url of 32 bytes on one line");
  }
  return SecretBytes(*std::move(bytes));
}

}  // namespace

NonceKey generate_nonce_key(Rng& rng) {
  NonceKey key{SecretBytes(kKeySize)};
  rng.fill(key.bytes.expose_secret_for_writing());
  return key;
}

ByteArray<32> nonce_of(const NonceKey& key, const media::PdqBits& hash) {
  return crypto::hmac_sha256(key.bytes.expose_secret(), hash.bytes());
}

SecretBytes key_text(const crypto::SigningKey& key) {
  return secret_line(kSigning, key.bytes.expose_secret().first(kKeySize));
}

SecretBytes key_text(const NonceKey& key) { return secret_line(kNonce, key.bytes.expose_secret()); }

std::string key_text(const crypto::VerifyingKey& key) {
  return std::string(kVerifying) + " " + to_base64url(key.bytes) + "\n";
}

Result<crypto::SigningKeyPair> signing_key_from_text(BytesView text) {
  LK_TRY(seed, parse_line(text, kSigning));
  return crypto::signing_key_from_seed(seed.expose_secret());
}

Result<crypto::VerifyingKey> verifying_key_from_text(BytesView text) {
  LK_TRY(bytes, parse_line(text, kVerifying));
  LK_TRY(array, to_array<kKeySize>(bytes.expose_secret()));
  return crypto::VerifyingKey{array};
}

Result<NonceKey> nonce_key_from_text(BytesView text) {
  LK_TRY(bytes, parse_line(text, kNonce));
  return NonceKey{std::move(bytes)};
}

}  // namespace lightkeeper::lists
