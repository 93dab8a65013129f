#include "core/policy/voucher.hpp"

#include "core/base/codec.hpp"

namespace lightkeeper::policy {
namespace {

constexpr std::string_view kWhere = "voucher";
constexpr std::uint8_t kVersion = 1;

// One rule for both directions: what encode() refuses, decode_voucher() refuses, too.
Status check(const Voucher& voucher) {
  const auto content = franking::decode_content(voucher.content);
  if (!content) {
    return fail(ErrorCode::bad_argument, kWhere, "the content is not canonical");
  }
  if (voucher.attachment >= content->attachments.size()) {
    return fail(ErrorCode::bad_argument, kWhere, "no such attachment in the content");
  }
  const bool stamped = !voucher.context.empty();
  if (stamped != (voucher.direction == Direction::receiving) ||
      (!stamped && voucher.stamp != franking::Stamp{})) {
    return fail(ErrorCode::bad_argument, kWhere, "a received message has a stamp, no other has");
  }
  if (stamped && !franking::decode_context(voucher.context)) {
    return fail(ErrorCode::bad_argument, kWhere, "the stamp's context is not canonical");
  }
  return {};
}

VoucherVerification not_confirmed(std::string why) {
  return {VoucherFinding::not_confirmed,
          std::move(why),
          std::string(franking::kProvesNothing),
          std::string(kVoucherDoesNotProve),
          {}};
}

}  // namespace

Result<Bytes> encode(const Voucher& voucher) {
  LK_CHECK_OK(check(voucher));
  return Writer()
      .u8(kVersion)
      .u8(static_cast<Byte>(voucher.direction))
      .fixed(voucher.manifest)
      .fixed(voucher.entry.nonce)
      .fixed(voucher.entry.hash.bytes())
      .u8(static_cast<Byte>(voucher.entry.provenance))
      .u16(voucher.entry.category)
      .u32(voucher.leaf_index)
      .u8(static_cast<Byte>(voucher.hypothesis))
      .u64(voucher.made.value)
      .bytes(voucher.content)
      .u8(voucher.attachment)
      .fixed(voucher.opening_key.bytes)
      .bytes(voucher.context)
      .fixed(voucher.stamp)
      .take();
}

Result<Voucher> decode_voucher(BytesView bytes) {
  Reader reader(bytes);
  LK_TRY(version, reader.u8());
  if (version != kVersion) {
    return fail(ErrorCode::unsupported_version, kWhere);
  }
  LK_TRY(direction, reader.u8());
  LK_TRY(manifest, reader.array<32>());
  LK_TRY(nonce, reader.array<32>());
  LK_TRY(hash, reader.array<32>());
  LK_TRY(provenance, reader.u8());
  LK_TRY(category, reader.u16());
  LK_TRY(leaf_index, reader.u32());
  LK_TRY(hypothesis, reader.u8());
  LK_TRY(made, reader.u64());
  LK_TRY(content, reader.bytes(franking::kMaxContentSize));
  LK_TRY(attachment, reader.u8());
  LK_TRY(opening_key, reader.array<32>());
  LK_TRY(context, reader.bytes(kMaxVoucherContext));
  LK_TRY(stamp, reader.array<32>());
  LK_CHECK_OK(reader.finish());
  if (direction < 1 || direction > 2 || provenance < 1 || provenance > 3 ||
      hypothesis >= media::kHypotheses) {
    return fail(ErrorCode::bad_format, kWhere, "direction, class or hypothesis");
  }
  Voucher out;
  out.direction = static_cast<Direction>(direction);
  out.manifest = manifest;
  out.entry = {media::PdqBits::from_bytes(hash), static_cast<lists::Provenance>(provenance),
               category, nonce};
  out.leaf_index = leaf_index;
  out.hypothesis = static_cast<media::Dihedral>(hypothesis);
  out.made = UnixMillis{made};
  out.content = to_bytes(content);
  out.attachment = attachment;
  out.opening_key.bytes = opening_key;
  out.context = to_bytes(context);
  out.stamp = stamp;
  if (!check(out)) {
    return fail(ErrorCode::bad_format, kWhere, "the parts do not fit together");
  }
  return out;
}

VoucherVerification verify_voucher(const ClassRules& rules, const Voucher& voucher,
                                   const VoucherRecords& records) {
  if (records.manifest == nullptr || records.epoch == nullptr ||
      match::hash_of(match::encode(*records.manifest)) != voucher.manifest ||
      records.epoch->list_root() != records.manifest->list_root) {
    return not_confirmed("It names another list than the one that this service publishes.");
  }
  if (!records.epoch->has_leaf(voucher.leaf_index, lists::leaf_of(voucher.entry))) {
    return not_confirmed("The entry that it names is not in the list.");
  }
  const auto level = level_of(
      rules, voucher.entry.provenance,
      records.manifest->disclosure[static_cast<std::size_t>(voucher.entry.provenance) - 1]);
  if (level == match::Disclosure::prevent) {
    return not_confirmed("A match of this class is never disclosed.");
  }
  if (!records.picture) {
    return not_confirmed("The picture is not stored, or it is not the one that is described.");
  }
  const auto distance = media::distance(
      (*records.picture)[static_cast<std::size_t>(voucher.hypothesis)], voucher.entry.hash);
  if (distance.value > match::kThreshold) {
    return not_confirmed("The picture does not match the entry.");
  }
  const auto content = franking::decode_content(voucher.content);
  if (!content || voucher.attachment >= content->attachments.size()) {
    return not_confirmed("The message that it describes cannot be read.");
  }
  const bool received = voucher.direction == Direction::receiving;
  if (received && (!records.frank || records.frank->finding != franking::Finding::verified)) {
    return not_confirmed(records.frank ? records.frank->reason
                                       : "There is no stamp of this service with it.");
  }
  if (!received && content->sender != records.submitted_by) {
    return not_confirmed("It describes a message of somebody else.");
  }
  return {VoucherFinding::confirmed,
          {},
          std::string(received ? kReceivedVoucherProves : kStoppedVoucherProves),
          std::string(kVoucherDoesNotProve),
          distance};
}

}  // namespace lightkeeper::policy
