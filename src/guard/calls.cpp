#include "guard/calls.hpp"

#include "core/base/codec.hpp"

namespace lightkeeper::guard {
namespace {

constexpr std::size_t kMaxFiles = std::size_t{1} << 30U;  // the browser's memory limit is lower

Result<Direction> read_direction(Reader& in) {
  LK_TRY(value, in.u8());
  if (value != 1 && value != 2) {
    return fail(ErrorCode::bad_argument, "guard.call", "direction");
  }
  return static_cast<Direction>(value);
}

void write(Writer& out, const std::vector<Disclosed>& disclosures) {
  out.u8(static_cast<std::uint8_t>(disclosures.size()));
  for (const Disclosed& line : disclosures) {
    out.text(line.what).text(line.to);
  }
}

Result<Bytes> install_epoch(Guard& guard, Reader& in) {
  LK_TRY(manifest, in.bytes(kMaxFiles));
  LK_TRY(list_key, in.array<32>());
  LK_TRY(tiles, in.bytes(kMaxFiles));
  LK_TRY(leaves, in.bytes(kMaxFiles));
  LK_TRY(now, in.u64());
  LK_TRY(least_version, in.u32());
  LK_CHECK_OK(in.finish());
  LK_TRY(info, guard.install_epoch(
                   {manifest, tiles, leaves, {list_key}, UnixMillis{now}, Epoch{least_version}}));
  Writer out;
  out.u32(info.version.value).text(info.list_name).u64(info.not_after.value);
  for (const std::string& keeper : info.keepers) {
    out.text(keeper);
  }
  return out.take();
}

Result<Bytes> policy_of(Guard& guard, Reader& in) {
  LK_TRY(direction, read_direction(in));
  LK_CHECK_OK(in.finish());
  LK_TRY(policy, guard.policy(direction));
  Writer out;
  out.u8(static_cast<std::uint8_t>(policy.checks.size()));
  for (const std::string& check : policy.checks) {
    out.text(check);
  }
  out.u8(static_cast<std::uint8_t>(policy.levels.size()));
  for (const std::string& level : policy.levels) {
    out.text(level);
  }
  write(out, policy.disclosures);
  return out.take();
}

Result<Bytes> clean_picture(Guard& guard, Reader& in) {
  LK_TRY(claimed, in.text(100));
  LK_TRY(file, in.bytes(kMaxFiles));
  LK_CHECK_OK(in.finish());
  LK_TRY(clean, guard.clean_picture(file, claimed));
  return Writer()
      .text(media::media_type_of(clean.type))
      .u32(clean.width)
      .u32(clean.height)
      .bytes(clean.bytes)
      .take();
}

Result<Bytes> begin_picture(Guard& guard, Reader& in) {
  LK_TRY(direction, read_direction(in));
  LK_TRY(now, in.u64());
  LK_TRY(width, in.u32());
  LK_TRY(height, in.u32());
  LK_TRY(rgba, in.bytes(kMaxFiles));
  LK_CHECK_OK(in.finish());
  LK_TRY(pixels, media::pixels_over_white(width, height, rgba));
  auto check = guard.begin_picture(pixels.view(), direction, UnixMillis{now});
  wipe(pixels.rgb);
  if (!check) {
    return std::unexpected(check.error());
  }
  Writer out;
  out.u32(check->id.value);
  for (const KeeperRequest& request : check->requests) {
    out.text(request.url).bytes(request.body);
  }
  return out.take();
}

Result<Bytes> finish_picture(Guard& guard, Reader& in) {
  LK_TRY(check, in.u32());
  std::array<Bytes, match::kKeepers> replies;
  for (Bytes& reply : replies) {
    LK_TRY(body, in.bytes(kMaxFiles));
    reply = to_bytes(body);
  }
  LK_CHECK_OK(in.finish());
  LK_TRY(verdict, guard.finish_picture(CheckId{check}, replies));
  Writer out;
  out.text(policy::name_of(verdict.action)).u8(static_cast<std::uint8_t>(verdict.reasons.size()));
  for (const ReasonText& reason : verdict.reasons) {
    out.text(reason.code).text(reason.text);
  }
  write(out, verdict.disclosures);
  out.u8(static_cast<std::uint8_t>(verdict.level));
  write(out, verdict.disclosed_now);
  out.u8(verdict.match ? 1 : 0);
  if (verdict.match) {
    out.text(media::name_of(verdict.match->hypothesis))
        .u16(verdict.match->distance.value)
        .text(lists::name_of(verdict.match->provenance))
        .u16(verdict.match->category)
        .u32(verdict.match->manifest_version.value);
  }
  return out.take();
}

Result<Bytes> cancel(Guard& guard, Reader& in) {
  LK_TRY(check, in.u32());
  LK_CHECK_OK(in.finish());
  guard.cancel(CheckId{check});
  return Bytes{};
}

Result<Bytes> make_voucher(Guard& guard, Reader& in) {
  LK_TRY(check, in.u32());
  LK_TRY(cause, in.u8());
  LK_TRY(now, in.u64());
  LK_TRY(content, in.bytes(franking::kMaxContentSize));
  LK_TRY(attachment, in.u8());
  LK_TRY(key, in.array<32>());
  LK_TRY(context, in.bytes(policy::kMaxVoucherContext));
  LK_TRY(stamp, in.array<32>());
  LK_CHECK_OK(in.finish());
  if (cause != 1 && cause != 2) {
    return fail(ErrorCode::bad_argument, "guard.call", "cause");
  }
  return guard.make_voucher(CheckId{check}, static_cast<VoucherCause>(cause),
                            {content, attachment, {key}, context, stamp}, UnixMillis{now});
}

Result<Bytes> frank(Guard& guard, Reader& in) {
  LK_TRY(bytes, in.bytes(franking::kMaxContentSize));
  LK_CHECK_OK(in.finish());
  LK_TRY(content, franking::decode_content(bytes));
  LK_TRY(franked, guard.frank(content));
  return Writer()
      .bytes(franked.payload)
      .fixed(franked.commitment)
      .bytes(franked.content)
      .fixed(franked.key.bytes)
      .take();
}

Result<Bytes> open_message(Guard& guard, Reader& in) {
  LK_TRY(payload, in.bytes(2 * franking::kMaxContentSize));
  LK_TRY(authenticated, in.bytes(64));
  LK_TRY(context, in.bytes(256));
  LK_TRY(sender, in.array<16>());
  LK_TRY(room, in.array<16>());
  LK_CHECK_OK(in.finish());
  LK_TRY(opened, guard.open_message(payload, authenticated, context, AccountId{sender},
                                    ConversationId{room}));
  return Writer().bytes(opened.content_bytes).fixed(opened.key.bytes).take();
}

Result<Bytes> seal_attachment(Guard& guard, Reader& in) {
  LK_TRY(media_type, in.text(100));
  LK_TRY(plaintext, in.bytes(kMaxFiles));
  LK_CHECK_OK(in.finish());
  LK_TRY(sealed, guard.seal_attachment(plaintext, std::move(media_type)));
  LK_TRY(descriptor, franking::encode(sealed.descriptor));
  return Writer().bytes(sealed.ciphertext).bytes(descriptor).take();
}

Result<Bytes> open_attachment(Guard& guard, Reader& in) {
  LK_TRY(encoded, in.bytes(1024));
  LK_TRY(ciphertext, in.bytes(kMaxFiles));
  LK_CHECK_OK(in.finish());
  LK_TRY(descriptor, franking::decode_descriptor(encoded));
  return guard.open_attachment(descriptor, ciphertext);
}

Result<Bytes> dispatch(Guard& guard, std::uint32_t number, Reader in) {
  switch (static_cast<Call>(number)) {
    case Call::install_epoch:
      return install_epoch(guard, in);
    case Call::policy:
      return policy_of(guard, in);
    case Call::clean_picture:
      return clean_picture(guard, in);
    case Call::begin_picture:
      return begin_picture(guard, in);
    case Call::finish_picture:
      return finish_picture(guard, in);
    case Call::cancel:
      return cancel(guard, in);
    case Call::frank:
      return frank(guard, in);
    case Call::open_message:
      return open_message(guard, in);
    case Call::seal_attachment:
      return seal_attachment(guard, in);
    case Call::open_attachment:
      return open_attachment(guard, in);
    case Call::make_voucher:
      return make_voucher(guard, in);
  }
  return fail(ErrorCode::bad_argument, "guard.call", "no such call");
}

}  // namespace

Bytes call(Guard& guard, std::uint32_t number, BytesView request) {
  auto answer = dispatch(guard, number, Reader(request));
  if (answer) {
    Writer out;
    out.u8(1).fixed(*answer);
    wipe(*answer);
    return out.take();
  }
  const Error& error = answer.error();
  const ErrorEntry& entry = describe(error.code);
  return Writer()
      .u8(0)
      .text(entry.name)
      .text(entry.title)
      .text(entry.mend)
      .text(error.where)
      .text(error.detail)
      .take();
}

}  // namespace lightkeeper::guard
