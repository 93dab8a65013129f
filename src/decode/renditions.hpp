// From an evidence file to what a reviewer's browser may show.
//
// Three child processes share the work, all of them inside the sandbox: one decodes still pictures,
// one decodes videos (its libraries are many and load only there), and one that never sees a file
// of anybody writes the JPEG. Between them stand the steps and the watermark, in this process.
#pragma once

#include <string>

#include "decode/decoder.hpp"
#include "decode/rendition.hpp"

namespace lightkeeper::decode {

/// What can be told without showing anything.
struct MediaFacts {
  std::string media_type;    // as the content says, not as anybody claims
  std::uint32_t frames = 0;  // that can be shown: 1 for a still picture, at most kMaxFrames
  bool every_frame = false;  // these are all frames that the file has, and it has no sound
  std::uint32_t width = 0;   // of the first frame, upright
  std::uint32_t height = 0;
};

struct RenditionOptions {
  std::string program = "/proc/self/exe";  // see DecodeOptions
  std::chrono::milliseconds timeout = std::chrono::seconds(20);
};

/// Thread-safe; requests of one kind wait for one another.
class Renditions {
 public:
  explicit Renditions(const RenditionOptions& options);

  /// Decodes the first frame. Errors: media_unsupported, picture_damaged, picture_animated,
  /// picture_too_large, video_damaged, timed_out, unavailable.
  [[nodiscard]] Result<MediaFacts> facts(BytesView file);

  /// One frame as a JPEG of at most kReviewSide a side, without metadata, reduced to `step` and
  /// marked. Errors: those of facts(), `not_found` for a frame beyond the last, `bad_argument` for
  /// a mark that cannot be drawn.
  [[nodiscard]] Result<Bytes> jpeg(BytesView file, std::uint32_t frame, Step step,
                                   std::string_view mark);

 private:
  [[nodiscard]] Result<Frame> decoded(BytesView file, std::uint32_t frame, std::uint32_t side);

  Decoder pictures_, videos_, encoder_;
};

/// The type that the first bytes show: that of a picture, "video/mp4", "video/quicktime",
/// "video/webm" or "video/x-matroska"; empty for anything else.
[[nodiscard]] std::string_view media_type_shown_by(BytesView file);

}  // namespace lightkeeper::decode
