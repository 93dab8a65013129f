// Inside this room only: stills of a video, in the worker for videos.
#pragma once

#include "decode/decoder.hpp"
#include "decode/libav.hpp"
#include "decode/wire.hpp"

namespace lightkeeper::decode {

/// Still number request.frame of an MP4, MOV, WebM or Matroska file, upright and at most
/// request.side a side. Stills are spread evenly over the file: key frames where there are enough
/// of them, else frames decoded forward from the key frame before. Sound is never decoded, and a
/// file that has any, or any further stream, is never `every_frame`.
///
/// Errors: media_unsupported (another container or codec), video_damaged, picture_too_large,
/// not_found. Cost: two passes over the packets, and the decoding of at most kMaxForward frames.
[[nodiscard]] Result<Frame> video_still(const Libav& av, BytesView file,
                                        const wire::Request& request);

/// Frames decoded to get to one still.
constexpr std::size_t kMaxForward = 600;

}  // namespace lightkeeper::decode
