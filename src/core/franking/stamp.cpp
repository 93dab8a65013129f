// The service's side: the context it vouches for, the stamp, and the check of a report.
#include "core/base/codec.hpp"
#include "core/franking/frank.hpp"

namespace lightkeeper::franking {
namespace {

constexpr std::uint8_t kContextVersion = 1;
constexpr std::size_t kStampKeySize = 32;

bool is_known(Mode mode) {
  return mode == Mode::end_to_end_encrypted || mode == Mode::service_protected;
}

Verification not_verified(std::string_view reason) {
  return {Finding::not_verified, std::string(reason), std::string(kProvesNothing),
          std::string(kDoesNotProve)};
}

}  // namespace

Bytes encode(const Context& context) {
  return Writer()
      .u8(kContextVersion)
      .u32(context.key_id)
      .fixed(context.sender.value)
      .fixed(context.conversation.value)
      .u64(context.seq.value)
      .u64(context.accepted.value)
      .u8(static_cast<std::uint8_t>(context.mode))
      .take();
}

Result<Context> decode_context(BytesView bytes) {
  Reader in(bytes);
  LK_TRY(version, in.u8());
  if (version != kContextVersion) {
    return fail(ErrorCode::unsupported_version, "frank.context");
  }
  LK_TRY(key_id, in.u32());
  LK_TRY(sender, in.array<16>());
  LK_TRY(conversation, in.array<16>());
  LK_TRY(seq, in.u64());
  LK_TRY(accepted, in.u64());
  LK_TRY(mode, in.u8());
  LK_CHECK_OK(in.finish());
  Context out;
  out.key_id = key_id;
  out.sender.value = sender;
  out.conversation.value = conversation;
  out.seq.value = seq;
  out.accepted.value = accepted;
  out.mode = static_cast<Mode>(mode);
  if (!is_known(out.mode)) {
    return fail(ErrorCode::bad_format, "frank.context", "unknown mode");
  }
  return out;
}

Stamp stamp(const SecretBytes& stamp_key, const Commitment& commitment, const Context& context) {
  return crypto::hmac_sha256(stamp_key.expose_secret(), concat({commitment, encode(context)}));
}

bool stamp_is_genuine(const SecretBytes& stamp_key, const Commitment& commitment,
                      const Context& context, const Stamp& claimed) {
  // A short key would be padded with zeros by HMAC; an empty one would let anybody stamp.
  return stamp_key.size() == kStampKeySize &&
         equal_constant_time(stamp(stamp_key, commitment, context), claimed);
}

Verification verify_report(const SecretBytes& stamp_key, const ReportedMessage& message,
                           bool reporter_was_member) {
  if (!stamp_is_genuine(stamp_key, commit(message.key, message.content), message.context,
                        message.stamp)) {
    return not_verified(
        "The stamp does not fit this content. The message, its sender, its conversation or its "
        "time "
        "may have been changed, or it was never sent through this service.");
  }
  const auto content = decode_content(message.content);
  if (!content) {
    return not_verified(
        "This account did send the stamped bytes, but they are not a message that a Lightkeeper "
        "messenger shows.");
  }
  if (content->sender != message.context.sender) {
    return not_verified("The message names another sender than the account that sent it.");
  }
  if (content->conversation != message.context.conversation) {
    return not_verified("The message names another conversation than the one it was sent to.");
  }
  if (!reporter_was_member) {
    return not_verified(
        "The person who reported it was not in the conversation when the message was sent.");
  }
  return {Finding::verified, {}, std::string(kProves), std::string(kDoesNotProve)};
}

}  // namespace lightkeeper::franking
