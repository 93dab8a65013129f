// Pixels from picture files. Decoders are where hostile files do their harm, so they run in a child
// process that can do nothing but compute (sandbox.hpp); this side only feeds it and checks its
// answer.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>

#include "core/media/pixels.hpp"

namespace lightkeeper::decode {

/// Which libraries a child loads before it gives up its rights.
enum class WorkerKind : std::uint8_t { pictures, videos };

struct DecodeOptions {
  /// Run as the child with the single argument "decode-worker"; its main must call
  /// run_decode_worker().
  std::string program = "/proc/self/exe";
  /// For one picture, the start of the child included.
  std::chrono::milliseconds timeout = std::chrono::seconds(20);
  /// A child is replaced after this many pictures, so that a hostile one cannot watch for long.
  int pictures_per_worker = 64;
  WorkerKind kind = WorkerKind::pictures;
};

constexpr std::uint32_t kMaxFrames = 12;

/// One frame of a file, made smaller if it was larger than asked for.
struct Frame {
  media::Pixels pixels;
  std::uint32_t full_width = 0, full_height = 0;  // before
  std::uint32_t frames = 0;  // that the file offers: 1 for a picture, at most kMaxFrames
  bool every_frame = false;  // the file has no other frame and no sound
};

/// Keeps one child and reuses it; any failure replaces it. Thread-safe, one picture at a time: hold
/// several for parallel work.
class Decoder {
 public:
  explicit Decoder(DecodeOptions options) : options_(std::move(options)) {}
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() { stop(); }

  /// Decodes a JPEG, PNG or WebP file to 8-bit sRGB, upright, transparency over white. Colour
  /// profiles, CMYK, palettes, greys and 16-bit channels are converted. Give it what
  /// clean_picture() gave; other bytes are safe but may be refused. Errors: picture_damaged (also
  /// when the child dies of it), picture_too_large, picture_type_unsupported, timed_out,
  /// unavailable (no child could be started). Cost: the decoding, plus about 0.1 s for each new
  /// child; memory here: the pixels.
  [[nodiscard]] Result<media::Pixels> decode(BytesView file);

  /// Frame `frame` of a file, its longest side at most `side` pixels. A child for pictures takes
  /// JPEG, PNG and WebP, and refuses what moves (picture_animated); one for videos takes MP4, MOV,
  /// WebM and Matroska with H.264, HEVC, VP8, VP9, AV1 or MPEG-4 (media_unsupported for anything
  /// else, video_damaged) and offers stills, evenly spread. Errors besides: those of decode(),
  /// `not_found` beyond the last frame.
  [[nodiscard]] Result<Frame> frame(BytesView file, std::uint32_t frame, std::uint32_t side);
  /// Pixels as a JPEG of quality 85, without metadata. Sides of at most 4096.
  [[nodiscard]] Result<Bytes> jpeg(media::PixelsView pixels);

  /// The child of the moment, for tests.
  [[nodiscard]] std::optional<pid_t> worker() const;

 private:
  [[nodiscard]] Status start();
  void stop();
  using Deadline = std::chrono::steady_clock::time_point;
  /// Sends one request and reads its answer with `read`; a child that died idle is replaced.
  template <class Read>
  [[nodiscard]] auto exchange(BytesView head, BytesView body, Read read)
      -> std::invoke_result_t<Read, int, Deadline>;

  const DecodeOptions options_;
  mutable std::mutex mutex_;
  pid_t pid_ = -1;
  int socket_ = -1;
  int pictures_ = 0;
};

/// One picture with a child of its own.
[[nodiscard]] Result<media::Pixels> decode_picture(BytesView file, const DecodeOptions& options);

/// What the child does: loads the decoders, gives up every right, then answers requests on file
/// descriptor 0 until it is closed. The exit status of the program.
[[nodiscard]] int run_decode_worker();

/// Stored pixels turned and mirrored as their EXIF orientation (1..8, others count as 1) says.
[[nodiscard]] media::Pixels turned_upright(media::Pixels stored, unsigned orientation);

}  // namespace lightkeeper::decode
