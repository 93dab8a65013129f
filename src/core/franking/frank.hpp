// Frank v1: a sender's commitment, the service's stamp, and what a report of both proves.
//
//   kf = 32 random bytes, content = canonical bytes, C = HMAC-SHA256(kf, content)
//   E2EE plaintext = {content, kf}; MLS authenticated data = C
//   ctx = canonical bytes of Context; S = HMAC-SHA256(K[key_id], C || ctx)
//
// Source: Facebook's two-HMAC scheme as refined by Grubbs, Lu and Ristenpart (CRYPTO 2017) and
// draft-ietf-mimi-protocol. Who learns what: the service sees C (hiding) and ctx; only a report
// opens C.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/base/ids.hpp"
#include "core/crypto/crypto.hpp"

namespace lightkeeper::franking {

using Commitment = ByteArray<32>;
using Stamp = ByteArray<32>;
struct OpeningKey {
  ByteArray<32>
      bytes{};  // exactly 32: HMAC zero-pads shorter keys, so the length is part of the format
};

/// An edit brings a new body for one earlier message of the same sender; a timer says after which
/// time messages of the conversation disappear from then on. Both are messages of their own:
/// stamped, shown, and reportable like any other.
enum class ContentType : std::uint8_t { text = 1, picture = 2, edit = 3, timer = 4 };
enum class Mode : std::uint8_t { end_to_end_encrypted = 1, service_protected = 2 };

/// An attachment is sealed in chunks of 64 KiB; both roots are SHA-256 over the list of chunk
/// hashes.
struct AttachmentDescriptor {
  AttachmentId id;         // the service's name of the ciphertext
  std::string media_type;  // image/jpeg, image/png or image/webp
  std::uint64_t plaintext_size = 0;
  ByteArray<32> file_key{};
  crypto::Digest ciphertext_root{};
  crypto::Digest plaintext_root{};
};

struct Content {
  ContentType type = ContentType::text;
  AccountId sender;
  ConversationId conversation;
  std::string body;                               // UTF-8, at most kMaxBody bytes
  std::vector<AttachmentDescriptor> attachments;  // at most kMaxAttachments
  // Messages this one answers or forwards; of an edit exactly one, the first version (never an
  // edit).
  std::vector<Commitment> refs;
  /// Seconds after which devices delete it, one of kExpiryChoices; 0 never. Of a timer: the new
  /// value for the conversation.
  std::uint32_t expires_after = 0;
};
/// 5 minutes, an hour, a day, a week, four weeks. Nothing shorter: whoever gets a message that
/// hurts has time to report it.
inline constexpr std::array<std::uint32_t, 5> kExpiryChoices{300, 3600, 86400, 604800, 2419200};
constexpr std::size_t kMaxBody = 32 * 1024;
constexpr std::size_t kMaxAttachments = 10;
constexpr std::size_t kMaxRefs = 16;
/// No content's bytes are longer than this.
constexpr std::size_t kMaxContentSize =
    34 + 4 + kMaxBody + 1 + kMaxAttachments * 156 + 1 + kMaxRefs * 32 + 4;

/// One content has one encoding; decode refuses every other. Version 1 is a text or picture that
/// does not disappear, byte for byte as ever; everything else is version 2.
[[nodiscard]] Result<Bytes> encode(const Content& content);
[[nodiscard]] Result<Content> decode_content(BytesView bytes);
/// A descriptor on its own, in the bytes that it has inside a content.
[[nodiscard]] Result<Bytes> encode(const AttachmentDescriptor& descriptor);
[[nodiscard]] Result<AttachmentDescriptor> decode_descriptor(BytesView bytes);

[[nodiscard]] Commitment commit(const OpeningKey& key, BytesView content);

/// What the service vouches for when it accepts a message.
struct Context {
  std::uint32_t key_id = 0;
  AccountId sender;
  ConversationId conversation;
  ServerSeq seq;
  UnixMillis accepted;
  Mode mode = Mode::end_to_end_encrypted;
};
[[nodiscard]] Bytes encode(const Context& context);
[[nodiscard]] Result<Context> decode_context(BytesView bytes);

/// Service side; `stamp_key` is the 32-byte secret named by context.key_id. Nothing is genuine
/// under a key of another size.
[[nodiscard]] Stamp stamp(const SecretBytes& stamp_key, const Commitment& commitment,
                          const Context& context);
[[nodiscard]] bool stamp_is_genuine(const SecretBytes& stamp_key, const Commitment& commitment,
                                    const Context& context, const Stamp& claimed);

/// What travels inside the encryption: u8 version 1, opening key 32, content bytes
/// (length-prefixed).
struct Payload {
  OpeningKey key;
  Bytes content;
};
[[nodiscard]] Bytes encode(const Payload& payload);
[[nodiscard]] Result<Payload> decode_payload(BytesView bytes);

/// Receiver side, before anything is shown: `frank_invalid` unless the payload opens the commitment
/// that was authenticated by MLS, the stamp's context names the same sender and conversation as the
/// content, and the content names the authenticated sender and the room.
[[nodiscard]] Result<Content> open_message(BytesView payload, const Commitment& authenticated,
                                           const Context& context,
                                           const AccountId& authenticated_sender,
                                           const ConversationId& room);

/// Whether `edit` may replace what `original` said: `frank_invalid` unless it is an edit that names
/// `original_commitment`, and both are by one sender in one conversation and the original is a text
/// or a picture. Both must have been opened (open_message) or verified (verify_report) before.
[[nodiscard]] Status check_edit(const Content& edit, const Content& original,
                                const Commitment& original_commitment);

/// One reported message, as a recipient kept it.
struct ReportedMessage {
  Bytes content;
  OpeningKey key;
  Context context;
  Stamp stamp{};
};
enum class Finding : std::uint8_t { verified, not_verified };
struct Verification {
  Finding finding = Finding::not_verified;
  std::string reason;  // why not, in words for a reviewer; empty when verified
  std::string proves;  // the exact wording of what is proved (docs/reference/franking.md)
  std::string does_not_prove;
};
/// The wording of docs/reference/franking.md; case files carry it unchanged.
inline constexpr std::string_view kProves =
    "The named account, signed in, submitted a commitment to this message at the given server time "
    "and position in "
    "this conversation. As far as SHA-256 is collision resistant, the reported content is the only "
    "one that opens "
    "that commitment.";
inline constexpr std::string_view kProvesNothing = "Nothing. It is what a person told us.";
inline constexpr std::string_view kDoesNotProve =
    "Who held the device. That the surrounding conversation is complete. That the content is "
    "unlawful. Anything about "
    "messages that were not reported.";

/// Service side, at intake. `reporter_was_member` is the service's own record for context.seq.
[[nodiscard]] Verification verify_report(const SecretBytes& stamp_key,
                                         const ReportedMessage& message, bool reporter_was_member);

/// Seals plaintext chunk by chunk; fills in size, key and both roots. `id` and `media_type` are the
/// caller's.
struct SealedAttachment {
  Bytes ciphertext;
  AttachmentDescriptor descriptor;
};
[[nodiscard]] Result<SealedAttachment> seal_attachment(BytesView plaintext, std::string media_type,
                                                       Rng& rng);
/// `frank_invalid` unless both roots fit, so that one ciphertext cannot open to two pictures.
[[nodiscard]] Result<Bytes> open_attachment(const AttachmentDescriptor& descriptor,
                                            BytesView ciphertext);
constexpr std::size_t kAttachmentChunk = 64 * 1024;
constexpr std::size_t kMaxAttachment = 24 * 1024 * 1024;

}  // namespace lightkeeper::franking
