#include "service/cases/record.hpp"

#include "core/base/codec.hpp"

namespace lightkeeper::cases {

namespace {

constexpr std::uint8_t kFirst = 1;
constexpr std::uint8_t kVersion = 2;
constexpr std::size_t kMaxWords = 64 * 1024;
constexpr std::string_view kWhere = "case_record";

std::uint8_t number_of(const Proof& proof) {
  return static_cast<std::uint8_t>(proof.evidence_class());
}
Result<bool> read_flag(Reader& in) {
  LK_TRY(flag, in.u8());
  if (flag > 1) {
    return fail(ErrorCode::bad_format, kWhere);
  }
  return flag == 1;
}

void write_proof(Writer& out, const Proof& proof) {
  out.u8(number_of(proof)).text(proof.why()).text(proof.proves()).text(proof.does_not_prove());
}
Result<Proof> read_proof(Reader& in) {
  LK_TRY(number, in.u8());
  LK_TRY(why, in.text(kMaxWords));
  LK_TRY(proves, in.text(kMaxWords));
  LK_TRY(does_not_prove, in.text(kMaxWords));
  return Proof::restored(number, std::move(why), std::move(proves), std::move(does_not_prove));
}

void write_attachment(Writer& out, const AttachmentView& view) {
  out.u32(view.item).text(view.media_type).u64(view.size);
  write_proof(out, view.proof);
  out.u8(view.stored ? 1 : 0).u8(view.hashes ? 1 : 0);
  if (view.hashes) {
    out.fixed(view.hashes->sha256).fixed(view.hashes->sha1).fixed(view.hashes->md5);
  }
}
Result<AttachmentView> read_attachment(Reader& in) {
  AttachmentView view;
  LK_TRY(item, in.u32());
  LK_TRY(media_type, in.text(64));
  LK_TRY(size, in.u64());
  LK_TRY(proof, read_proof(in));
  LK_TRY(stored, read_flag(in));
  LK_TRY(hashed, read_flag(in));
  if (hashed) {
    LK_TRY(sha256, in.array<32>());
    LK_TRY(sha1, in.array<20>());
    LK_TRY(md5, in.array<16>());
    view.hashes = FileHashes{sha256, sha1, md5};
  }
  view.item = item;
  view.media_type = std::move(media_type);
  view.size = size;
  view.proof = std::move(proof);
  view.stored = stored;
  return view;
}

void write_message(Writer& out, const MessageView& view) {
  write_proof(out, view.proof);
  out.u8(view.has_context ? 1 : 0).fixed(view.sender.value).fixed(view.conversation.value);
  out.u64(view.seq.value).u64(view.accepted.value).u8(static_cast<std::uint8_t>(view.type));
  out.u8(view.edits ? 1 : 0).u64(view.edits.value_or(0));
  out.u8(view.expires ? 1 : 0).u64(view.expires.value_or(UnixMillis{}).value);
  out.text(view.body).u32(static_cast<std::uint32_t>(view.attachments.size()));
  for (const auto& attachment : view.attachments) {
    write_attachment(out, attachment);
  }
}

Result<MessageView> read_message(Reader& in) {
  MessageView view;
  LK_TRY(proof, read_proof(in));
  LK_TRY(has_context, read_flag(in));
  LK_TRY(sender, in.array<16>());
  LK_TRY(conversation, in.array<16>());
  LK_TRY(seq, in.u64());
  LK_TRY(accepted, in.u64());
  LK_TRY(type, in.u8());
  LK_TRY(is_edit, read_flag(in));
  LK_TRY(edits, in.u64());
  LK_TRY(does_expire, read_flag(in));
  LK_TRY(expires, in.u64());
  LK_TRY(body, in.text(kMaxWords));
  LK_TRY(attachments, in.u32());
  if (type > static_cast<std::uint8_t>(ItemType::timer) ||
      attachments > franking::kMaxAttachments || (!is_edit && edits != 0) ||
      (!does_expire && expires != 0)) {
    return fail(ErrorCode::bad_format, kWhere);
  }
  view.proof = std::move(proof);
  view.has_context = has_context;
  view.sender.value = sender;
  view.conversation.value = conversation;
  view.seq.value = seq;
  view.accepted.value = accepted;
  view.type = static_cast<ItemType>(type);
  if (is_edit) {
    view.edits = edits;
  }
  if (does_expire) {
    view.expires = UnixMillis{expires};
  }
  view.body = std::move(body);
  for (std::uint32_t i = 0; i < attachments; ++i) {
    LK_TRY(attachment, read_attachment(in));
    view.attachments.push_back(std::move(attachment));
  }
  return view;
}

void write_evidence(Writer& out, const ReportedItem& item) {
  out.bytes(item.content).fixed(item.opening_key.bytes).bytes(item.context).fixed(item.stamp);
}
Result<ReportedItem> read_evidence(Reader& in) {
  LK_TRY(content, in.bytes(franking::kMaxContentSize));
  LK_TRY(key, in.array<32>());
  LK_TRY(context, in.bytes(kMaxReportedContext));
  LK_TRY(stamp, in.array<32>());
  return ReportedItem{to_bytes(content), {key}, to_bytes(context), stamp};
}

void write_voucher(Writer& out, const VoucherView& view) {
  out.u8(static_cast<std::uint8_t>(view.side)).u8(view.confirmed ? 1 : 0).text(view.why);
  out.text(view.proves).text(view.provenance).u16(view.category).u32(view.list_version);
  out.u16(view.distance).u64(view.made.value).bytes(view.original).u8(view.picture ? 1 : 0);
  if (view.picture) {
    write_attachment(out, *view.picture);
  }
}
Result<VoucherView> read_voucher(Reader& in) {
  VoucherView view;
  LK_TRY(side, in.u8());
  LK_TRY(confirmed, read_flag(in));
  LK_TRY(why, in.text(kMaxWords));
  LK_TRY(proves, in.text(kMaxWords));
  LK_TRY(provenance, in.text(64));
  LK_TRY(category, in.u16());
  LK_TRY(list_version, in.u32());
  LK_TRY(distance, in.u16());
  LK_TRY(made, in.u64());
  LK_TRY(original, in.bytes(kMaxVoucher));
  LK_TRY(has_picture, read_flag(in));
  if (side > 1) {
    return fail(ErrorCode::bad_format, kWhere);
  }
  view.side = static_cast<VerifiedVoucher::Side>(side);
  view.confirmed = confirmed;
  view.why = std::move(why);
  view.proves = std::move(proves);
  view.provenance = std::move(provenance);
  view.category = category;
  view.list_version = list_version;
  view.distance = distance;
  view.made = UnixMillis{made};
  view.original = to_bytes(original);
  if (has_picture) {
    LK_TRY(picture, read_attachment(in));
    view.picture = std::move(picture);
  }
  return view;
}

// --- Version 1
// --------------------------------------------------------------------------------------

Result<Proof> read_first_proof(Reader& in) {
  LK_TRY(number, in.u8());
  LK_TRY(why, in.text(kMaxWords));
  LK_TRY(proves, in.text(kMaxWords));
  LK_TRY(does_not_prove, in.text(kMaxWords));
  if (number > 1) {
    return fail(ErrorCode::bad_format, kWhere);
  }
  return Proof::restored(number, std::move(why), std::move(proves), std::move(does_not_prove));
}

Result<AttachmentView> read_first_attachment(Reader& in, const Proof& message) {
  AttachmentView view;
  LK_TRY(media_type, in.text(64));
  LK_TRY(size, in.u64());
  LK_TRY(finding, in.u8());
  LK_TRY(why, in.text(kMaxWords));
  LK_TRY(stored, read_flag(in));
  if (finding > 1 || (finding == 1 && !message.verified())) {
    return fail(ErrorCode::bad_format, kWhere);
  }
  view.media_type = std::move(media_type);
  view.size = size;
  view.proof = finding == 1 ? message : Proof::by_word(std::move(why));
  view.stored = stored;
  return view;
}

Result<MessageView> read_first_message(Reader& in) {
  MessageView view;
  LK_TRY(proof, read_first_proof(in));
  LK_TRY(has_context, read_flag(in));
  LK_TRY(sender, in.array<16>());
  LK_TRY(conversation, in.array<16>());
  LK_TRY(seq, in.u64());
  LK_TRY(accepted, in.u64());
  LK_TRY(type, in.u8());
  LK_TRY(body, in.text(kMaxWords));
  LK_TRY(attachments, in.u32());
  if (type > 2 || attachments > franking::kMaxAttachments) {
    return fail(ErrorCode::bad_format, kWhere);
  }
  view.proof = std::move(proof);
  view.has_context = has_context;
  view.sender.value = sender;
  view.conversation.value = conversation;
  view.seq.value = seq;
  view.accepted.value = accepted;
  view.type = static_cast<ItemType>(type);
  view.body = std::move(body);
  for (std::uint32_t i = 0; i < attachments; ++i) {
    LK_TRY(attachment, read_first_attachment(in, view.proof));
    view.attachments.push_back(std::move(attachment));
  }
  return view;
}

Result<CaseRecord> decode_first(Reader& in, std::uint32_t ordinal) {
  CaseRecord record;
  LK_TRY(note, in.text(kMaxWords));
  LK_TRY(has_statement, read_flag(in));
  LK_TRY(statement, in.text(kMaxWords));
  LK_TRY(count, in.u32());
  if (count > kMaxReportedMessages) {
    return fail(ErrorCode::too_large, kWhere);
  }
  record.note = std::move(note);
  if (has_statement) {
    record.statement = std::move(statement);
  }
  for (std::uint32_t m = 0; m < count; ++m) {
    LK_TRY(message, read_first_message(in));
    for (std::size_t a = 0; a < message.attachments.size(); ++a) {
      message.attachments[a].item = item_of(ordinal, m, a);
    }
    LK_TRY(evidence, read_evidence(in));
    record.messages.push_back(std::move(message));
    record.evidence.emplace_back(std::move(evidence));
  }
  LK_CHECK_OK(in.finish());
  return record;
}

}  // namespace

Bytes encode(const CaseRecord& record) {
  Writer out;
  out.u8(kVersion).text(record.note).u8(record.statement ? 1 : 0);
  out.text(record.statement.value_or("")).u8(record.minor_side ? 1 : 0).u32(record.indicators);
  out.text(record.found_by).u32(static_cast<std::uint32_t>(record.messages.size()));
  for (std::size_t i = 0; i < record.messages.size(); ++i) {
    write_message(out, record.messages[i]);
    const auto& evidence = record.evidence[i];
    out.u8(evidence ? 1 : 0);
    if (evidence) {
      write_evidence(out, *evidence);
    }
  }
  out.u8(record.voucher ? 1 : 0);
  if (record.voucher) {
    write_voucher(out, *record.voucher);
  }
  return out.take();
}

Result<CaseRecord> decode_case_record(BytesView bytes, std::uint32_t ordinal) {
  Reader in(bytes);
  LK_TRY(version, in.u8());
  if (version == kFirst) {
    return decode_first(in, ordinal);
  }
  if (version != kVersion) {
    return fail(ErrorCode::unsupported_version, kWhere);
  }
  CaseRecord record;
  LK_TRY(note, in.text(kMaxWords));
  LK_TRY(has_statement, read_flag(in));
  LK_TRY(statement, in.text(kMaxWords));
  LK_TRY(minor_side, read_flag(in));
  LK_TRY(indicators, in.u32());
  LK_TRY(found_by, in.text(kMaxWords));
  LK_TRY(count, in.u32());
  if (count > kMaxReportedMessages) {
    return fail(ErrorCode::too_large, kWhere);
  }
  if (!has_statement && !statement.empty()) {
    return fail(ErrorCode::bad_format, kWhere);
  }
  record.note = std::move(note);
  if (has_statement) {
    record.statement = std::move(statement);
  }
  record.minor_side = minor_side;
  record.indicators = indicators;
  record.found_by = std::move(found_by);
  for (std::uint32_t i = 0; i < count; ++i) {
    LK_TRY(message, read_message(in));
    LK_TRY(has_evidence, read_flag(in));
    // What the service recorded has no frank beside it, and everything else has one.
    if (has_evidence == (message.proof.evidence_class() == EvidenceClass::provider_record)) {
      return fail(ErrorCode::bad_format, kWhere, "mixed classes");
    }
    record.messages.push_back(std::move(message));
    if (has_evidence) {
      LK_TRY(evidence, read_evidence(in));
      record.evidence.emplace_back(std::move(evidence));
    } else {
      record.evidence.emplace_back(std::nullopt);
    }
  }
  LK_TRY(has_voucher, read_flag(in));
  if (has_voucher) {
    LK_TRY(voucher, read_voucher(in));
    record.voucher = std::move(voucher);
  }
  LK_CHECK_OK(in.finish());
  return record;
}

}  // namespace lightkeeper::cases
