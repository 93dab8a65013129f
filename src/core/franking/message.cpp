// The commitment, what travels inside the encryption, and the receiver's checks before anything is
// shown.
#include "core/base/codec.hpp"
#include "core/franking/frank.hpp"

namespace lightkeeper::franking {
namespace {

constexpr std::uint8_t kPayloadVersion = 1;

std::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::frank_invalid, "frank.open_message", std::move(why));
}

}  // namespace

Commitment commit(const OpeningKey& key, BytesView content) {
  return crypto::hmac_sha256(key.bytes, content);
}

Bytes encode(const Payload& payload) {
  return Writer().u8(kPayloadVersion).fixed(payload.key.bytes).bytes(payload.content).take();
}

Result<Payload> decode_payload(BytesView bytes) {
  Reader in(bytes);
  LK_TRY(version, in.u8());
  if (version != kPayloadVersion) {
    return fail(ErrorCode::unsupported_version, "frank.payload");
  }
  LK_TRY(key, in.array<32>());
  LK_TRY(content, in.bytes(kMaxContentSize));
  LK_CHECK_OK(in.finish());
  return Payload{OpeningKey{key}, to_bytes(content)};
}

Result<Content> open_message(BytesView payload, const Commitment& authenticated,
                             const Context& context, const AccountId& authenticated_sender,
                             const ConversationId& room) {
  const auto opened = decode_payload(payload);
  if (!opened) {
    return refuse("the payload is not a frank v1 payload");
  }
  if (!equal_constant_time(commit(opened->key, opened->content), authenticated)) {
    return refuse("the payload does not open the authenticated commitment");
  }
  auto content = decode_content(opened->content);
  if (!content) {
    return refuse("the content is not canonical");
  }
  if (content->sender != authenticated_sender) {
    return refuse("the content names another sender");
  }
  if (content->conversation != room) {
    return refuse("the content names another conversation");
  }
  if (context.sender != content->sender || context.conversation != content->conversation) {
    return refuse("the stamp names another sender or conversation");
  }
  return content;
}

Status check_edit(const Content& edit, const Content& original,
                  const Commitment& original_commitment) {
  const auto refuse_edit = [](const char* why) -> Status {
    return fail(ErrorCode::frank_invalid, "frank.check_edit", why);
  };
  if (edit.type != ContentType::edit || edit.refs.size() != 1 ||
      edit.refs.front() != original_commitment) {
    return refuse_edit("not an edit of this message");
  }
  if (original.type != ContentType::text && original.type != ContentType::picture) {
    return refuse_edit("only texts and pictures are edited");
  }
  if (edit.sender != original.sender || edit.conversation != original.conversation) {
    return refuse_edit("only the sender edits a message, where it was sent");
  }
  return {};
}

}  // namespace lightkeeper::franking
