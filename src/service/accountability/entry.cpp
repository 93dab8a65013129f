#include "service/accountability/entry.hpp"

#include <algorithm>

#include "core/base/codec.hpp"

namespace lightkeeper::accountability {

namespace {

constexpr std::string_view kWhere = "audit.entry";
constexpr std::string_view kTitle = "lightkeeper audit entry v1";

bool is_action(std::string_view action) {
  bool after_dot = true;
  for (const char c : action) {
    if (c == '.' ? after_dot : c != '_' && (c < 'a' || c > 'z')) {
      return false;
    }
    after_dot = c == '.';
  }
  return !after_dot && action.size() <= kMaxAction;
}

bool is_line(std::string_view text, std::size_t most) {
  return text.size() <= most && is_utf8(as_bytes(text)) && std::ranges::none_of(text, [](char c) {
           return static_cast<Byte>(c) < 0x20 || c == 0x7F;
         });
}

}  // namespace

Status check(const store::AuditEntry& entry) {
  if (!is_action(entry.action)) {
    return fail(ErrorCode::bad_argument, kWhere, "an action is words with dots between them");
  }
  if (!is_line(entry.subject, kMaxSubject) || !is_line(entry.detail, kMaxDetail)) {
    return fail(ErrorCode::bad_argument, kWhere, "subject and detail are one short line each");
  }
  return {};
}

Bytes encode(const LoggedEntry& entry) {
  Writer out;
  out.text(kTitle).u64(entry.number).u64(entry.at.value).text(entry.what.action);
  out.u8(entry.what.actor ? 1 : 0);
  if (entry.what.actor) {
    out.fixed(entry.what.actor->value);
  }
  return out.text(entry.what.subject).text(entry.what.detail).take();
}

Result<LoggedEntry> decode_entry(BytesView bytes) {
  Reader in(bytes);
  LK_TRY(title, in.text(kTitle.size()));
  if (title != kTitle) {
    return fail(ErrorCode::bad_format, kWhere, "this is not an entry of an audit log");
  }
  LoggedEntry out;
  LK_TRY(number, in.u64());
  LK_TRY(at, in.u64());
  LK_TRY(action, in.text(kMaxAction));
  LK_TRY(has_actor, in.u8());
  if (has_actor > 1) {
    return fail(ErrorCode::bad_format, kWhere);
  }
  if (has_actor == 1) {
    LK_TRY(actor, in.array<16>());
    out.what.actor = AccountId{actor};
  }
  LK_TRY(subject, in.text(kMaxSubject));
  LK_TRY(detail, in.text(kMaxDetail));
  LK_CHECK_OK(in.finish());
  out.number = number;
  out.at.value = at;
  out.what.action = std::move(action);
  out.what.subject = std::move(subject);
  out.what.detail = std::move(detail);
  if (!check(out.what)) {
    return fail(ErrorCode::bad_format, kWhere, "an entry holds what no entry may hold");
  }
  return out;
}

}  // namespace lightkeeper::accountability
