// The canonical bytes of a message's content: what the sender commits to and a reviewer reads.
#include <algorithm>

#include "core/base/codec.hpp"
#include "core/franking/frank.hpp"

namespace lightkeeper::franking {
namespace {

constexpr std::uint8_t kFirstVersion = 1;
constexpr std::uint8_t kSecondVersion = 2;  // ends with u32 seconds
constexpr std::size_t kMaxMediaType = 32;
constexpr std::string_view kMediaTypes[] = {"image/jpeg", "image/png", "image/webp"};

bool is_known_media_type(std::string_view media_type) {
  return std::ranges::find(kMediaTypes, media_type) != std::end(kMediaTypes);
}

bool is_known(ContentType type) {
  return type == ContentType::text || type == ContentType::picture || type == ContentType::edit ||
         type == ContentType::timer;
}

// One version for one content, or one message would have two commitments that look alike.
std::uint8_t version_of(const Content& content) {
  const bool first = content.type == ContentType::text || content.type == ContentType::picture;
  return first && content.expires_after == 0 ? kFirstVersion : kSecondVersion;
}

// One rule for both directions: what encode() refuses, decode_content() refuses, too.
Status check(const Content& content) {
  if (!is_known(content.type)) {
    return fail(ErrorCode::bad_format, "frank.content", "unknown type");
  }
  if (content.expires_after != 0 &&
      std::ranges::find(kExpiryChoices, content.expires_after) == kExpiryChoices.end()) {
    return fail(ErrorCode::bad_format, "frank.content", "a time that is not offered");
  }
  if (content.body.size() > kMaxBody) {
    return fail(ErrorCode::too_large, "frank.content", "body");
  }
  if (!is_utf8(as_bytes(content.body))) {
    return fail(ErrorCode::bad_format, "frank.content", "the body is not UTF-8");
  }
  if (content.attachments.size() > kMaxAttachments || content.refs.size() > kMaxRefs) {
    return fail(ErrorCode::too_large, "frank.content", "attachments or references");
  }
  if ((content.type == ContentType::picture) == content.attachments.empty()) {
    return fail(ErrorCode::bad_format, "frank.content",
                "a picture has attachments, nothing else has");
  }
  if (content.type == ContentType::edit && content.refs.size() != 1) {
    return fail(ErrorCode::bad_format, "frank.content", "an edit names one message");
  }
  if (content.type == ContentType::timer && (!content.body.empty() || !content.refs.empty())) {
    return fail(ErrorCode::bad_format, "frank.content", "a timer carries a time only");
  }
  for (const AttachmentDescriptor& attachment : content.attachments) {
    if (!is_known_media_type(attachment.media_type)) {
      return fail(ErrorCode::bad_format, "frank.content", "media type");
    }
    if (attachment.plaintext_size == 0 || attachment.plaintext_size > kMaxAttachment) {
      return fail(ErrorCode::too_large, "frank.content", "attachment size");
    }
  }
  return {};
}

void write(Writer& out, const AttachmentDescriptor& attachment) {
  out.fixed(attachment.id.value)
      .text(attachment.media_type)
      .u64(attachment.plaintext_size)
      .fixed(attachment.file_key)
      .fixed(attachment.ciphertext_root)
      .fixed(attachment.plaintext_root);
}

Result<AttachmentDescriptor> read_attachment(Reader& in) {
  AttachmentDescriptor out;
  LK_TRY(id, in.array<16>());
  LK_TRY(media_type, in.text(kMaxMediaType));
  LK_TRY(size, in.u64());
  LK_TRY(file_key, in.array<32>());
  LK_TRY(ciphertext_root, in.array<32>());
  LK_TRY(plaintext_root, in.array<32>());
  out.id.value = id;
  out.media_type = std::move(media_type);
  out.plaintext_size = size;
  out.file_key = file_key;
  out.ciphertext_root = ciphertext_root;
  out.plaintext_root = plaintext_root;
  return out;
}

}  // namespace

Result<Bytes> encode(const AttachmentDescriptor& descriptor) {
  if (!is_known_media_type(descriptor.media_type)) {
    return fail(ErrorCode::bad_format, "frank.descriptor", "media type");
  }
  Writer out;
  write(out, descriptor);
  return out.take();
}

Result<AttachmentDescriptor> decode_descriptor(BytesView bytes) {
  Reader in(bytes);
  LK_TRY(out, read_attachment(in));
  LK_CHECK_OK(in.finish());
  if (!is_known_media_type(out.media_type)) {
    return fail(ErrorCode::bad_format, "frank.descriptor", "media type");
  }
  return out;
}

Result<Bytes> encode(const Content& content) {
  LK_CHECK_OK(check(content));
  Writer out;
  out.u8(version_of(content))
      .u8(static_cast<std::uint8_t>(content.type))
      .fixed(content.sender.value)
      .fixed(content.conversation.value)
      .text(content.body)
      .u8(static_cast<std::uint8_t>(content.attachments.size()));
  for (const AttachmentDescriptor& attachment : content.attachments) {
    write(out, attachment);
  }
  out.u8(static_cast<std::uint8_t>(content.refs.size()));
  for (const Commitment& ref : content.refs) {
    out.fixed(ref);
  }
  if (version_of(content) == kSecondVersion) {
    out.u32(content.expires_after);
  }
  return out.take();
}

Result<Content> decode_content(BytesView bytes) {
  Reader in(bytes);
  LK_TRY(version, in.u8());
  if (version != kFirstVersion && version != kSecondVersion) {
    return fail(ErrorCode::unsupported_version, "frank.content");
  }
  Content out;
  LK_TRY(type, in.u8());
  out.type = static_cast<ContentType>(type);
  LK_TRY(sender, in.array<16>());
  out.sender.value = sender;
  LK_TRY(conversation, in.array<16>());
  out.conversation.value = conversation;
  LK_TRY(body, in.text(kMaxBody));
  out.body = std::move(body);
  LK_TRY(attachments, in.u8());
  if (attachments > kMaxAttachments) {
    return fail(ErrorCode::too_large, "frank.content", "attachments");
  }
  for (unsigned i = 0; i < attachments; ++i) {
    LK_TRY(attachment, read_attachment(in));
    out.attachments.push_back(std::move(attachment));
  }
  LK_TRY(refs, in.u8());
  if (refs > kMaxRefs) {
    return fail(ErrorCode::too_large, "frank.content", "references");
  }
  for (unsigned i = 0; i < refs; ++i) {
    LK_TRY(ref, in.array<32>());
    out.refs.push_back(ref);
  }
  if (version == kSecondVersion) {
    LK_TRY(expires_after, in.u32());
    out.expires_after = expires_after;
  }
  LK_CHECK_OK(in.finish());
  LK_CHECK_OK(check(out));
  if (version != version_of(out)) {
    return fail(ErrorCode::bad_format, "frank.content", "another version has this content");
  }
  return out;
}

}  // namespace lightkeeper::franking
