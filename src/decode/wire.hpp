// Inside this room only: what goes over the socket between parent and child. All integers
// big-endian; every head has a fixed size.
//   request: u8 kind, u32 a, u32 b, u32 size, then `size` bytes
//     pixels  a and b are 0; a picture file
//     frame   a: number of the frame, b: longest side of the answer; a picture or video file
//     jpeg    a: width, b: height; 3 * a * b bytes of pixels
//   answer:  u16 error code, 0 for none; then
//     pixels  u32 width, u32 height, 3 * width * height bytes
//     frame   u32 width, u32 height, u32 width and u32 height before it was fitted, u32 frames,
//             u8 1 when these are all there is, then 3 * width * height bytes
//     jpeg    u32 size, the file
#pragma once

#include "core/media/pixels.hpp"

namespace lightkeeper::decode::wire {

enum class Kind : std::uint8_t { pixels = 1, frame = 2, jpeg = 3 };

constexpr std::size_t kRequestHead = 13;
constexpr std::size_t kAnswerHead = 2;
constexpr std::size_t kPixelsHead = 8;
constexpr std::size_t kFrameHead = 21;
constexpr std::size_t kJpegHead = 4;

constexpr std::uint32_t kMaxFrames = 12;
constexpr std::uint32_t kMaxFittedSide = 4096;
constexpr std::size_t kMaxVideoBytes = 96U << 20;
constexpr std::size_t kMaxJpegBytes = 64U << 20;

struct Request {
  Kind kind = Kind::pixels;
  std::uint32_t frame = 0;   // of a frame
  std::uint32_t side = 0;    // of a frame
  std::uint32_t width = 0;   // of a JPEG
  std::uint32_t height = 0;  // of a JPEG
  std::uint32_t size = 0;    // bytes that follow
};

/// `too_large` or `bad_argument` for anything outside the limits: nothing is read or allocated for
/// it.
[[nodiscard]] Result<Request> parse_request(BytesView head);
[[nodiscard]] Bytes request_head(const Request& request);

struct FrameHead {
  std::uint32_t width = 0, height = 0;
  std::uint32_t full_width = 0, full_height = 0;
  std::uint32_t frames = 0;
  bool every_frame = false;
};
/// `side`: what was asked for. The child is not believed.
[[nodiscard]] Result<FrameHead> parse_frame_head(BytesView head, std::uint32_t side);
[[nodiscard]] Bytes frame_head(const FrameHead& head);

}  // namespace lightkeeper::decode::wire
