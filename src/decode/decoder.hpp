// Pixels from picture files. Decoders are where hostile files do their harm, so they run in a child
// process that can do nothing but compute (sandbox.hpp); this side only feeds it and checks its
// answer.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

#include "core/media/pixels.hpp"

namespace lightkeeper::decode {

struct DecodeOptions {
  /// Run as the child with the single argument "decode-worker"; its main must call
  /// run_decode_worker().
  std::string program = "/proc/self/exe";
  /// For one picture, the start of the child included.
  std::chrono::milliseconds timeout = std::chrono::seconds(20);
  /// A child is replaced after this many pictures, so that a hostile one cannot watch for long.
  int pictures_per_worker = 64;
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

  /// The child of the moment, for tests.
  [[nodiscard]] std::optional<pid_t> worker() const;

 private:
  [[nodiscard]] Status start();
  void stop();
  [[nodiscard]] Result<media::Pixels> exchange(
      BytesView file, std::chrono::steady_clock::time_point deadline) const;

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
