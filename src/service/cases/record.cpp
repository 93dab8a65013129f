#include "service/cases/record.hpp"

#include "core/base/codec.hpp"

namespace lightkeeper::cases {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMaxWords = 64 * 1024;

Result<franking::Finding> finding_from(std::uint8_t value) {
  if (value > 1) {
    return fail(ErrorCode::bad_format, "case_record");
  }
  return value == 1 ? franking::Finding::verified : franking::Finding::not_verified;
}
std::uint8_t number_of(franking::Finding finding) {
  return finding == franking::Finding::verified ? 1 : 0;
}

void write_attachment(Writer& out, const AttachmentView& view) {
  out.text(view.media_type)
      .u64(view.size)
      .u8(number_of(view.finding))
      .text(view.why)
      .u8(view.stored ? 1 : 0);
}

Result<AttachmentView> read_attachment(Reader& in) {
  AttachmentView view;
  LK_TRY(media_type, in.text(64));
  LK_TRY(size, in.u64());
  LK_TRY(finding_number, in.u8());
  LK_TRY(finding, finding_from(finding_number));
  LK_TRY(why, in.text(kMaxWords));
  LK_TRY(stored, in.u8());
  view.media_type = std::move(media_type);
  view.size = size;
  view.finding = finding;
  view.why = std::move(why);
  view.stored = stored == 1;
  return view;
}

void write_message(Writer& out, const MessageView& view) {
  out.u8(number_of(view.finding)).text(view.why).text(view.proves).text(view.does_not_prove);
  out.u8(view.has_context ? 1 : 0).fixed(view.sender.value).fixed(view.conversation.value);
  out.u64(view.seq.value)
      .u64(view.accepted.value)
      .u8(static_cast<std::uint8_t>(view.type))
      .text(view.body);
  out.u32(static_cast<std::uint32_t>(view.attachments.size()));
  for (const auto& attachment : view.attachments) {
    write_attachment(out, attachment);
  }
}

Result<MessageView> read_message(Reader& in) {
  MessageView view;
  LK_TRY(finding_number, in.u8());
  LK_TRY(finding, finding_from(finding_number));
  LK_TRY(why, in.text(kMaxWords));
  LK_TRY(proves, in.text(kMaxWords));
  LK_TRY(does_not_prove, in.text(kMaxWords));
  LK_TRY(has_context, in.u8());
  LK_TRY(sender, in.array<16>());
  LK_TRY(conversation, in.array<16>());
  LK_TRY(seq, in.u64());
  LK_TRY(accepted, in.u64());
  LK_TRY(type, in.u8());
  LK_TRY(body, in.text(kMaxWords));
  LK_TRY(attachments, in.u32());
  if (type > 2 || attachments > franking::kMaxAttachments) {
    return fail(ErrorCode::bad_format, "case_record");
  }
  view.finding = finding;
  view.why = std::move(why);
  view.proves = std::move(proves);
  view.does_not_prove = std::move(does_not_prove);
  view.has_context = has_context == 1;
  view.sender.value = sender;
  view.conversation.value = conversation;
  view.seq.value = seq;
  view.accepted.value = accepted;
  view.type = static_cast<ItemType>(type);
  view.body = std::move(body);
  for (std::uint32_t i = 0; i < attachments; ++i) {
    LK_TRY(attachment, read_attachment(in));
    view.attachments.push_back(std::move(attachment));
  }
  return view;
}

}  // namespace

Bytes encode(const CaseRecord& record) {
  Writer out;
  out.u8(kVersion)
      .text(record.note)
      .u8(record.statement ? 1 : 0)
      .text(record.statement.value_or(""));
  out.u32(static_cast<std::uint32_t>(record.messages.size()));
  for (std::size_t i = 0; i < record.messages.size(); ++i) {
    write_message(out, record.messages[i]);
    const auto& item = record.evidence[i];
    out.bytes(item.content).fixed(item.opening_key.bytes).bytes(item.context).fixed(item.stamp);
  }
  return out.take();
}

Result<CaseRecord> decode_case_record(BytesView bytes) {
  Reader in(bytes);
  CaseRecord record;
  LK_TRY(version, in.u8());
  if (version != kVersion) {
    return fail(ErrorCode::unsupported_version, "case_record");
  }
  LK_TRY(note, in.text(kMaxWords));
  LK_TRY(has_statement, in.u8());
  LK_TRY(statement, in.text(kMaxWords));
  LK_TRY(count, in.u32());
  if (count > kMaxReportedMessages) {
    return fail(ErrorCode::too_large, "case_record");
  }
  record.note = std::move(note);
  if (has_statement == 1) {
    record.statement = std::move(statement);
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    LK_TRY(message, read_message(in));
    LK_TRY(content, in.bytes(franking::kMaxContentSize));
    LK_TRY(key, in.array<32>());
    LK_TRY(context, in.bytes(kMaxReportedContext));
    LK_TRY(stamp, in.array<32>());
    record.messages.push_back(std::move(message));
    record.evidence.push_back({to_bytes(content), {key}, to_bytes(context), stamp});
  }
  LK_CHECK_OK(in.finish());
  return record;
}

}  // namespace lightkeeper::cases
