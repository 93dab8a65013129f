// Attachments: sealed chunk by chunk, bound to the message by two roots.
//
// ChaCha20-Poly1305 does not commit to its key: one ciphertext can be made that opens to two
// pictures under two keys ("invisible salamanders", Dodis et al., CRYPTO 2018). The plaintext root
// in the content decides which one was sent.
#include <algorithm>
#include <array>

#include "core/base/codec.hpp"
#include "core/franking/frank.hpp"

namespace lightkeeper::franking {
namespace {

enum class Kind : std::uint8_t { plaintext = 1, ciphertext = 2 };

constexpr std::size_t kSealedChunk = kAttachmentChunk + crypto::kAeadTagSize;

std::size_t chunks_of(std::size_t plaintext_size) {
  return (plaintext_size + kAttachmentChunk - 1) / kAttachmentChunk;
}

BytesView chunk(BytesView all, std::size_t chunk_size, std::size_t index) {
  const std::size_t start = index * chunk_size;
  return all.subspan(start, std::min(chunk_size, all.size() - start));
}

/// SHA-256("lightkeeper attachment v1" || u8 kind || u64 size || SHA-256 of each chunk in order).
crypto::Digest root_of(Kind kind, BytesView all, std::size_t chunk_size) {
  Writer head;
  head.fixed(as_bytes("lightkeeper attachment v1"))
      .u8(static_cast<std::uint8_t>(kind))
      .u64(all.size());
  crypto::Sha256 hash;
  hash.update(head.view());
  for (std::size_t start = 0; start < all.size(); start += chunk_size) {
    hash.update(crypto::sha256(chunk(all, chunk_size, start / chunk_size)));
  }
  return hash.finish();
}

// The nonce carries the position and whether the file ends here, so chunks can be neither moved nor
// cut off. A file key seals one file only, so (key, nonce) never repeats.
crypto::AeadNonce nonce_of(std::size_t index, bool last) {
  crypto::AeadNonce nonce{};
  const Bytes bytes = Writer().u64(index).take();
  std::ranges::copy(bytes, nonce.begin());
  nonce[11] = last ? 1 : 0;
  return nonce;
}

Bytes associated_with(std::uint64_t plaintext_size) {
  return Writer().fixed(as_bytes("lightkeeper attachment chunk v1")).u64(plaintext_size).take();
}

}  // namespace

Result<SealedAttachment> seal_attachment(BytesView plaintext, std::string media_type, Rng& rng) {
  if (plaintext.empty()) {
    return fail(ErrorCode::bad_argument, "frank.seal_attachment", "empty");
  }
  if (plaintext.size() > kMaxAttachment) {
    return fail(ErrorCode::too_large, "frank.seal_attachment");
  }
  SealedAttachment out;
  out.descriptor.media_type = std::move(media_type);
  out.descriptor.plaintext_size = plaintext.size();
  // Refuses media types that no content may carry, before any work.
  LK_CHECK_OK(encode(out.descriptor));
  rng.fill(out.descriptor.file_key);
  const crypto::AeadKey key{SecretBytes::copy_of(out.descriptor.file_key)};
  const Bytes associated = associated_with(plaintext.size());
  const std::size_t chunks = chunks_of(plaintext.size());
  out.ciphertext.reserve(plaintext.size() + chunks * crypto::kAeadTagSize);
  for (std::size_t i = 0; i < chunks; ++i) {
    const Bytes sealed = crypto::aead_seal(key, nonce_of(i, i + 1 == chunks), associated,
                                           chunk(plaintext, kAttachmentChunk, i));
    out.ciphertext.insert(out.ciphertext.end(), sealed.begin(), sealed.end());
  }
  out.descriptor.ciphertext_root = root_of(Kind::ciphertext, out.ciphertext, kSealedChunk);
  out.descriptor.plaintext_root = root_of(Kind::plaintext, plaintext, kAttachmentChunk);
  return out;
}

Result<Bytes> open_attachment(const AttachmentDescriptor& descriptor, BytesView ciphertext) {
  if (descriptor.plaintext_size == 0 || descriptor.plaintext_size > kMaxAttachment) {
    return fail(ErrorCode::frank_invalid, "frank.open_attachment", "size");
  }
  const auto plaintext_size = static_cast<std::size_t>(descriptor.plaintext_size);
  const std::size_t chunks = chunks_of(plaintext_size);
  if (ciphertext.size() != plaintext_size + chunks * crypto::kAeadTagSize) {
    return fail(ErrorCode::frank_invalid, "frank.open_attachment", "size");
  }
  if (!equal_constant_time(root_of(Kind::ciphertext, ciphertext, kSealedChunk),
                           descriptor.ciphertext_root)) {
    return fail(ErrorCode::frank_invalid, "frank.open_attachment", "ciphertext root");
  }
  const crypto::AeadKey key{SecretBytes::copy_of(descriptor.file_key)};
  const Bytes associated = associated_with(plaintext_size);
  Bytes out;
  out.reserve(plaintext_size);
  for (std::size_t i = 0; i < chunks; ++i) {
    const auto opened = crypto::aead_open(key, nonce_of(i, i + 1 == chunks), associated,
                                          chunk(ciphertext, kSealedChunk, i));
    if (!opened) {
      return fail(ErrorCode::frank_invalid, "frank.open_attachment", "a chunk does not open");
    }
    out.insert(out.end(), opened->begin(), opened->end());
  }
  if (!equal_constant_time(root_of(Kind::plaintext, out, kAttachmentChunk),
                           descriptor.plaintext_root)) {
    return fail(ErrorCode::frank_invalid, "frank.open_attachment", "plaintext root");
  }
  return out;
}

}  // namespace lightkeeper::franking
