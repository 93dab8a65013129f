#include "service/reporting/viewed_event.hpp"

#include <algorithm>

#include "core/base/codec.hpp"

namespace lightkeeper::reporting {

Bytes canonical_bytes(const ViewedEvent& event) {
  return Writer()
      .text("lightkeeper viewed file v1")
      .fixed(event.case_id.value)
      .u32(event.item)
      .fixed(event.sha256)
      .u64(event.size)
      .text(event.reviewer)
      .u8(static_cast<std::uint8_t>(event.step))
      .u8(event.whole ? 1 : 0)
      .u64(event.at.value)
      .take();
}

std::string_view words(ViewFinding finding) {
  switch (finding) {
    case ViewFinding::viewed:
      return "a reviewer has seen the whole file";
    case ViewFinding::other_file:
      return "the event is about another file";
    case ViewFinding::not_whole:
      return "only a part was seen, or a blurred form";
    case ViewFinding::future:
      return "the event is later than the case file";
    case ViewFinding::bad_signature:
      return "no known review key has signed it";
  }
  return "";
}

ViewFinding examine(const ViewedEvent& event, const FileIdentity& file,
                    std::span<const crypto::VerifyingKey> keys, UnixMillis not_after) {
  const Bytes message = canonical_bytes(event);
  const bool is_signed = std::ranges::any_of(keys, [&](const crypto::VerifyingKey& key) {
    return crypto::verify(key, message, event.signature).has_value();
  });
  if (!is_signed) {
    return ViewFinding::bad_signature;
  }
  if (event.case_id != file.case_id || event.item != file.item || event.sha256 != file.sha256 ||
      event.size != file.size) {
    return ViewFinding::other_file;
  }
  if (!event.whole || event.step < ViewStep::grey) {
    return ViewFinding::not_whole;
  }
  return event.at > not_after ? ViewFinding::future : ViewFinding::viewed;
}

}  // namespace lightkeeper::reporting
