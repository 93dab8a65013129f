#include "decode/wire.hpp"

#include <algorithm>

#include "core/base/codec.hpp"

namespace lightkeeper::decode::wire {

Result<Request> parse_request(BytesView head) {
  Reader in(head);
  LK_TRY(kind, in.u8());
  LK_TRY(a, in.u32());
  LK_TRY(b, in.u32());
  LK_TRY(size, in.u32());
  LK_CHECK_OK(in.finish());
  const auto bad = fail(ErrorCode::bad_argument, "wire.request");
  const auto large = fail(ErrorCode::too_large, "wire.request");
  switch (kind) {
    case static_cast<std::uint8_t>(Kind::pixels):
      if (a != 0 || b != 0) {
        return bad;
      }
      if (size > media::kMaxFileBytes) {
        return large;
      }
      return Request{.kind = Kind::pixels, .size = size};
    case static_cast<std::uint8_t>(Kind::frame):
      if (a >= kMaxFrames || b < 1 || b > kMaxFittedSide) {
        return bad;
      }
      if (size > kMaxVideoBytes) {
        return large;
      }
      return Request{.kind = Kind::frame, .frame = a, .side = b, .size = size};
    case static_cast<std::uint8_t>(Kind::jpeg):
      if (a < 1 || b < 1 || a > kMaxFittedSide || b > kMaxFittedSide ||
          size != std::uint64_t{3} * a * b) {
        return bad;
      }
      return Request{.kind = Kind::jpeg, .width = a, .height = b, .size = size};
    default:
      return bad;
  }
}

Bytes request_head(const Request& request) {
  const bool frame = request.kind == Kind::frame;
  return Writer()
      .u8(static_cast<std::uint8_t>(request.kind))
      .u32(frame ? request.frame : request.width)
      .u32(frame ? request.side : request.height)
      .u32(request.size)
      .take();
}

Result<FrameHead> parse_frame_head(BytesView head, std::uint32_t side) {
  Reader in(head);
  LK_TRY(width, in.u32());
  LK_TRY(height, in.u32());
  LK_TRY(full_width, in.u32());
  LK_TRY(full_height, in.u32());
  LK_TRY(frames, in.u32());
  LK_TRY(every, in.u8());
  LK_CHECK_OK(in.finish());
  if (!media::size_allowed(full_width, full_height)) {
    return fail(ErrorCode::picture_too_large, "wire.frame");
  }
  if (width < 1 || height < 1 || std::max(width, height) > side || width > full_width ||
      height > full_height || frames < 1 || frames > kMaxFrames || every > 1) {
    return fail(ErrorCode::picture_damaged, "wire.frame");
  }
  return FrameHead{width, height, full_width, full_height, frames, every == 1};
}

Bytes frame_head(const FrameHead& head) {
  return Writer()
      .u32(head.width)
      .u32(head.height)
      .u32(head.full_width)
      .u32(head.full_height)
      .u32(head.frames)
      .u8(head.every_frame ? 1 : 0)
      .take();
}

}  // namespace lightkeeper::decode::wire
