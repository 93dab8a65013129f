#include "core/base/codec.hpp"
#include "service/review/review.hpp"

namespace lightkeeper::review {

namespace {
constexpr std::string_view kDomain = "lightkeeper viewed file v1";
}

Bytes canonical_bytes(const ViewedEvent& event) {
  return Writer()
      .text(kDomain)
      .fixed(event.report.value)
      .u32(event.item)
      .fixed(event.sha256)
      .u64(event.size)
      .text(event.pseudonym)
      .u8(static_cast<std::uint8_t>(event.step))
      .u8(event.whole_file ? 1 : 0)
      .u64(event.at.value)
      .take();
}

Result<ViewedEvent> open_viewed_event(BytesView canonical, const crypto::Signature& signature,
                                      const crypto::VerifyingKey& key) {
  const auto bad = fail(ErrorCode::bad_format, "review.event");
  Reader in(canonical);
  ViewedEvent event;
  LK_TRY(domain, in.text(kDomain.size()));
  if (domain != kDomain) {
    return bad;
  }
  LK_TRY(report, in.array<16>());
  LK_TRY(item, in.u32());
  LK_TRY(sha256, in.array<32>());
  LK_TRY(size, in.u64());
  LK_TRY(pseudonym, in.text(decode::kMaxMark));
  LK_TRY(step, in.u8());
  LK_TRY(whole, in.u8());
  LK_TRY(at, in.u64());
  LK_CHECK_OK(in.finish());
  if (step < static_cast<std::uint8_t>(Step::blurred) ||
      step > static_cast<std::uint8_t>(Step::colour) || whole > 1) {
    return bad;
  }
  LK_CHECK_OK(crypto::verify(key, canonical, signature));
  event.report.value = report;
  event.item = item;
  event.sha256 = sha256;
  event.size = size;
  event.pseudonym = std::move(pseudonym);
  event.step = static_cast<Step>(step);
  event.whole_file = whole == 1;
  event.at.value = at;
  event.canonical = to_bytes(canonical);
  event.signature = signature;
  return event;
}

}  // namespace lightkeeper::review
