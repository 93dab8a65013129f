#include "service/server/voucher_check.hpp"

#include "core/match/manifest.hpp"
#include "core/media/pdq.hpp"

namespace lightkeeper::service {

namespace {

/// The eight hashes of a picture whose quality allows a comparison.
Result<std::array<media::PdqBits, media::kHypotheses>> hashes_of(decode::Decoder& decoder,
                                                                 BytesView picture,
                                                                 media::PdqVariant variant) {
  LK_TRY(pixels, decoder.decode(picture));
  LK_TRY(hashed, media::pdq(pixels.view(), variant));
  if (hashed.quality < media::kMinQuality) {
    return fail(ErrorCode::bad_argument, "voucher", "too little detail to be compared");
  }
  return hashed.dihedral;
}

/// Only these judge the picture; anything else may be different the next time.
bool judges_the_picture(ErrorCode code) {
  switch (code) {
    case ErrorCode::bad_argument:  // too little detail
    case ErrorCode::media_unsupported:
    case ErrorCode::picture_type_unsupported:
    case ErrorCode::picture_damaged:
    case ErrorCode::picture_animated:
    case ErrorCode::picture_too_large:
      return true;
    default:
      return false;
  }
}

}  // namespace

VoucherCheck::VoucherCheck(const routes::PublicFacts& facts, const policy::ClassRules& rules,
                           Records records)
    : rules_(rules), records_(std::move(records)) {
  if (facts.version == 0) {
    return;
  }
  const auto key_bytes = from_base64url(facts.list_key_b64);
  const auto key = key_bytes ? to_array<32>(*key_bytes)
                             : Result<ByteArray<32>>(fail(ErrorCode::bad_key, "voucher"));
  if (!key) {
    return;
  }
  // Expired or not: a voucher may be handed in after the epoch that it was made in.
  auto manifest = match::open_manifest(facts.manifest, {*key}, UnixMillis{0});
  if (!manifest) {
    return;
  }
  auto tiles = match::TileSet::decode(facts.tiles, facts.leaves, *manifest);
  if (tiles) {
    epoch_ = Epoch{*std::move(manifest), *std::move(tiles)};
  }
}

Result<cases::VerifiedVoucher> VoucherCheck::examine(const AccountId& submitted_by,
                                                     BytesView bytes) {
  LK_TRY(voucher, policy::decode_voucher(bytes));
  LK_TRY(content, franking::decode_content(voucher.content));
  const auto& descriptor = content.attachments.at(voucher.attachment);
  const auto wanted =
      epoch_ ? epoch_->manifest.disclosure[static_cast<std::size_t>(voucher.entry.provenance) - 1]
             : match::Disclosure::disclose;
  if (policy::level_of(rules_, voucher.entry.provenance, wanted) == match::Disclosure::prevent) {
    return fail(ErrorCode::not_allowed, "voucher", "a match of this class is never disclosed");
  }
  if (voucher.direction == policy::Direction::sending && content.sender != submitted_by) {
    return fail(ErrorCode::not_allowed, "voucher", "it describes a message of somebody else");
  }

  policy::VoucherRecords records;
  records.submitted_by = submitted_by;
  cases::VerifiedVoucher out;
  if (epoch_) {
    records.manifest = &epoch_->manifest;
    records.epoch = &epoch_->tiles;
    out.list_version = epoch_->manifest.version.value;
  }
  const auto ciphertext = records_.attachment(submitted_by, descriptor.id);
  if (!ciphertext && ciphertext.error().code != ErrorCode::not_found &&
      ciphertext.error().code != ErrorCode::too_large) {
    return std::unexpected(ciphertext.error());
  }
  if (ciphertext) {
    if (auto picture = franking::open_attachment(descriptor, *ciphertext)) {
      if (epoch_) {
        auto hashes = hashes_of(decoder_, *picture, epoch_->manifest.variant);
        if (!hashes && !judges_the_picture(hashes.error().code)) {
          return std::unexpected(hashes.error());
        }
        if (hashes) {
          records.picture = *hashes;
        }
      }
      out.media_type = descriptor.media_type;
      out.picture = *std::move(picture);
    }
  }
  if (voucher.direction == policy::Direction::receiving) {
    LK_TRY(context, franking::decode_context(voucher.context));
    LK_TRY(member, records_.was_member(submitted_by, context.conversation, context.seq));
    records.frank = franking::verify_report(
        records_.stamp_key(context.key_id),
        {voucher.content, voucher.opening_key, context, voucher.stamp}, member);
    out.side = cases::VerifiedVoucher::Side::recipient;
    out.message =
        cases::ReportedItem{voucher.content, voucher.opening_key, voucher.context, voucher.stamp};
  } else {
    out.side = cases::VerifiedVoucher::Side::sender;
  }
  auto verified = policy::verify_voucher(rules_, voucher, records);
  out.confirmed = verified.finding == policy::VoucherFinding::confirmed;
  out.why = std::move(verified.why);
  out.proves = std::move(verified.proves);
  out.proves.append(" Not proved: ").append(verified.does_not_prove);
  out.provenance = lists::name_of(voucher.entry.provenance);
  out.category = voucher.entry.category;
  out.distance = verified.distance.value;
  out.made = voucher.made;
  out.about = content.sender;
  return out;
}

}  // namespace lightkeeper::service
