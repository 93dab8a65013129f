#include "decode/video.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <memory>

#include "decode/rendition.hpp"

namespace lightkeeper::decode {
namespace {

constexpr int kBuffer = 32 * 1024;
constexpr std::size_t kMaxPackets = 2'000'000;

std::unexpected<Error> damaged() { return fail(ErrorCode::video_damaged, "worker.video"); }

/// The file as libavformat reads it.
struct Memory {
  BytesView file;
  std::int64_t position = 0;
};

int read_memory(void* opaque, std::uint8_t* to, int size) {
  auto& memory = *static_cast<Memory*>(opaque);
  const auto left = static_cast<std::int64_t>(memory.file.size()) - memory.position;
  if (left <= 0) {
    return AVERROR_EOF;
  }
  const auto take = std::min<std::int64_t>(left, size);
  std::memcpy(to, memory.file.data() + memory.position, static_cast<std::size_t>(take));
  memory.position += take;
  return static_cast<int>(take);
}

std::int64_t seek_memory(void* opaque, std::int64_t offset, int whence) {
  auto& memory = *static_cast<Memory*>(opaque);
  const auto size = static_cast<std::int64_t>(memory.file.size());
  std::int64_t base = 0;
  switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
      return size;
    case SEEK_SET:
      break;
    case SEEK_CUR:
      base = memory.position;
      break;
    case SEEK_END:
      base = size;
      break;
    default:
      return AVERROR(EINVAL);
  }
  if (offset < -base || offset > size - base) {
    return AVERROR(EINVAL);
  }
  memory.position = base + offset;
  return memory.position;
}

/// A file may name others; none is ever opened.
int refuse_to_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EACCES);
}

bool is_supported(AVCodecID codec) {
  switch (codec) {
    case AV_CODEC_ID_H264:
    case AV_CODEC_ID_HEVC:
    case AV_CODEC_ID_VP8:
    case AV_CODEC_ID_VP9:
    case AV_CODEC_ID_AV1:
    case AV_CODEC_ID_MPEG4:
      return true;
    default:
      return false;
  }
}

/// One pass over a file.
class Demuxer {
 public:
  Demuxer(const Libav& av, BytesView file) : av_(av), memory_{file} {}
  Demuxer(const Demuxer&) = delete;
  Demuxer& operator=(const Demuxer&) = delete;
  ~Demuxer() {
    av_.av_packet_free(&packet_);
    if (context_ != nullptr) {
      av_.avformat_close_input(&context_);
    }
    if (io_ != nullptr) {
      av_.av_freep(static_cast<void*>(&io_->buffer));
      av_.avio_context_free(&io_);
    }
  }

  [[nodiscard]] Status open() {
    auto* const buffer = static_cast<unsigned char*>(av_.av_malloc(kBuffer));
    io_ = buffer == nullptr ? nullptr
                            : av_.avio_alloc_context(buffer, kBuffer, 0, &memory_, read_memory,
                                                     nullptr, seek_memory);
    context_ = av_.avformat_alloc_context();
    packet_ = av_.av_packet_alloc();
    if (io_ == nullptr || context_ == nullptr || packet_ == nullptr) {
      return fail(ErrorCode::unavailable, "worker.video");
    }
    context_->pb = io_;
    context_->io_open = refuse_to_open;
    context_->flags |= AVFMT_FLAG_CUSTOM_IO;
    AVDictionary* options = nullptr;
    av_.av_dict_set(&options, "format_whitelist", "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm", 0);
    av_.av_dict_set(&options, "protocol_whitelist", "none", 0);
    // An edit list can leave frames out of what a player shows; a reviewer is shown what is there.
    av_.av_dict_set(&options, "ignore_editlist", "1", 0);
    const int opened = av_.avformat_open_input(&context_, nullptr, nullptr, &options);
    av_.av_dict_free(&options);
    if (opened < 0) {
      context_ = nullptr;  // freed by the failure
      return damaged();
    }
    for (unsigned i = 0; i < context_->nb_streams; ++i) {
      AVStream* const one = context_->streams[i];
      const bool picture_beside = (one->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
      if (stream_ == nullptr && one->codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
          !picture_beside) {
        stream_ = one;
      } else {
        one->discard = AVDISCARD_ALL;
        alone_ = false;
      }
    }
    if (stream_ == nullptr || !is_supported(stream_->codecpar->codec_id)) {
      return fail(ErrorCode::media_unsupported, "worker.video");
    }
    return {};
  }

  /// The next packet of the video; null at the end.
  [[nodiscard]] Result<AVPacket*> next() {
    for (;;) {
      av_.av_packet_unref(packet_);
      const int read = av_.av_read_frame(context_, packet_);
      if (read == AVERROR_EOF) {
        return nullptr;
      }
      if (read < 0) {
        return damaged();
      }
      if (packet_->stream_index != stream_->index) {
        continue;
      }
      if ((packet_->flags & AV_PKT_FLAG_CORRUPT) != 0) {
        return damaged();
      }
      return packet_;
    }
  }

  [[nodiscard]] AVStream* stream() const { return stream_; }
  [[nodiscard]] bool alone() const { return alone_; }

 private:
  const Libav& av_;
  Memory memory_;
  AVIOContext* io_ = nullptr;
  AVFormatContext* context_ = nullptr;
  AVPacket* packet_ = nullptr;
  AVStream* stream_ = nullptr;
  bool alone_ = true;
};

/// Where a still comes from: the packet to start at and how many frames to let pass.
struct Place {
  std::size_t start = 0;
  std::size_t skip = 0;
  std::uint32_t frames = 0;
  bool every_frame = false;
};

Result<Place> place_of(const Libav& av, BytesView file, std::uint32_t frame) {
  Demuxer demuxer(av, file);
  LK_CHECK_OK(demuxer.open());
  std::vector<std::size_t> keys;
  std::size_t packets = 0;
  for (;;) {
    LK_TRY(packet, demuxer.next());
    if (packet == nullptr) {
      break;
    }
    if ((packet->flags & AV_PKT_FLAG_KEY) != 0) {
      keys.push_back(packets);
    }
    if (++packets > kMaxPackets) {
      return fail(ErrorCode::picture_too_large, "worker.video");
    }
  }
  if (packets == 0 || keys.empty()) {
    return damaged();
  }
  Place out;
  out.frames = static_cast<std::uint32_t>(std::min<std::size_t>(kMaxFrames, packets));
  out.every_frame = packets == out.frames && demuxer.alone();
  if (frame >= out.frames) {
    return fail(ErrorCode::not_found, "worker.video");
  }
  const auto spread = [&](std::size_t last) {
    return out.frames == 1 ? 0 : frame * last / (out.frames - 1);
  };
  if (keys.size() >= out.frames) {
    out.start = keys[spread(keys.size() - 1)];
    return out;
  }
  const auto wanted = spread(packets - 1);
  const auto after = std::upper_bound(keys.begin(), keys.end(), wanted);
  out.start = after == keys.begin() ? keys.front() : *std::prev(after);
  out.skip = std::min(kMaxForward, wanted > out.start ? wanted - out.start : 0);
  return out;
}

/// EXIF's number for the rotation that the container asks for, in quarter turns.
unsigned orientation_of(const Libav& av, const AVStream* stream) {
  const std::uint8_t* matrix = nullptr;
#if LIBAVFORMAT_VERSION_MAJOR < 61
  for (int i = 0; i < stream->nb_side_data; ++i) {
    const auto& side = stream->side_data[i];
#else
  for (int i = 0; i < stream->codecpar->nb_coded_side_data; ++i) {
    const auto& side = stream->codecpar->coded_side_data[i];
#endif
    if (side.type == AV_PKT_DATA_DISPLAYMATRIX && side.size >= 9 * sizeof(std::int32_t)) {
      matrix = side.data;
    }
  }
  if (matrix == nullptr) {
    return 1;
  }
  std::array<std::int32_t, 9> values{};
  std::memcpy(values.data(), matrix, sizeof(values));
  const double degrees = av.av_display_rotation_get(values.data());  // counter-clockwise
  if (!std::isfinite(degrees)) {
    return 1;
  }
  switch ((std::lround(-degrees / 90) % 4 + 4) % 4) {
    case 1:
      return 6;
    case 2:
      return 3;
    case 3:
      return 8;
    default:
      return 1;
  }
}

class StillDecoder {
 public:
  explicit StillDecoder(const Libav& av) : av_(av), frame_(av.av_frame_alloc()) {}
  StillDecoder(const StillDecoder&) = delete;
  StillDecoder& operator=(const StillDecoder&) = delete;
  ~StillDecoder() {
    av_.av_frame_free(&frame_);
    av_.avcodec_free_context(&context_);
  }

  [[nodiscard]] Status open(const AVStream* stream) {
    const AVCodec* const codec = av_.avcodec_find_decoder(stream->codecpar->codec_id);
    context_ = codec == nullptr ? nullptr : av_.avcodec_alloc_context3(codec);
    if (context_ == nullptr || frame_ == nullptr) {
      return fail(ErrorCode::media_unsupported, "worker.codec");
    }
    if (av_.avcodec_parameters_to_context(context_, stream->codecpar) < 0) {
      return damaged();
    }
    context_->thread_count = 1;
    context_->max_pixels = static_cast<std::int64_t>(media::kMaxPixels);
    context_->err_recognition = AV_EF_EXPLODE | AV_EF_BITSTREAM | AV_EF_BUFFER;
    if (av_.avcodec_open2(context_, codec, nullptr) < 0) {
      return fail(ErrorCode::media_unsupported, "worker.codec");
    }
    return {};
  }

  /// `packet` null: no more will come. The wanted frame once it has come out, nothing before.
  [[nodiscard]] Result<std::optional<media::Pixels>> feed(const AVPacket* packet,
                                                          std::size_t& to_skip) {
    if (av_.avcodec_send_packet(context_, packet) < 0) {
      return damaged();
    }
    for (;;) {
      const int got = av_.avcodec_receive_frame(context_, frame_);
      if (got == AVERROR(EAGAIN) || got == AVERROR_EOF) {
        return std::optional<media::Pixels>();
      }
      if (got < 0) {
        return damaged();
      }
      if (to_skip == 0) {
        LK_TRY(pixels, converted());
        return std::optional(std::move(pixels));
      }
      --to_skip;
      av_.av_frame_unref(frame_);
    }
  }

 private:
  [[nodiscard]] Result<media::Pixels> converted() {
    const int width = frame_->width;
    const int height = frame_->height;
    if (width < 1 || height < 1) {
      return damaged();
    }
    if (!media::size_allowed(static_cast<std::uint64_t>(width),
                             static_cast<std::uint64_t>(height))) {
      return fail(ErrorCode::picture_too_large, "worker.video");
    }
    SwsContext* const scaler = av_.sws_getContext(
        width, height, static_cast<AVPixelFormat>(frame_->format), width, height, AV_PIX_FMT_RGB24,
        SWS_BILINEAR | SWS_ACCURATE_RND, nullptr, nullptr, nullptr);
    if (scaler == nullptr) {
      return fail(ErrorCode::media_unsupported, "worker.pixels");
    }
    media::Pixels out{static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height), {}};
    // The scaler writes whole vectors: rows get room behind them, and are packed afterwards.
    constexpr std::size_t kSlack = 64;
    const std::size_t row = std::size_t{3} * out.width;
    const std::size_t stride = (row + 2 * kSlack - 1) / kSlack * kSlack;
    Bytes padded(stride * out.height + kSlack);
    const std::array<std::uint8_t*, 4> to{padded.data(), nullptr, nullptr, nullptr};
    const std::array<int, 4> strides{static_cast<int>(stride), 0, 0, 0};
    const int rows =
        av_.sws_scale(scaler, frame_->data, frame_->linesize, 0, height, to.data(), strides.data());
    av_.sws_freeContext(scaler);
    if (rows != height) {
      return damaged();
    }
    out.rgb.reserve(row * out.height);
    for (std::size_t y = 0; y < out.height; ++y) {
      const auto start = padded.begin() + static_cast<std::ptrdiff_t>(y * stride);
      out.rgb.insert(out.rgb.end(), start, start + static_cast<std::ptrdiff_t>(row));
    }
    return out;
  }

  const Libav& av_;
  AVFrame* frame_;
  AVCodecContext* context_ = nullptr;
};

/// Whether a short file has as many frames as packets: some codecs can put several into one.
Result<bool> one_frame_a_packet(const Libav& av, BytesView file) {
  Demuxer demuxer(av, file);
  LK_CHECK_OK(demuxer.open());
  StillDecoder decoder(av);
  LK_CHECK_OK(decoder.open(demuxer.stream()));
  constexpr std::size_t kMany = 1'000'000;
  std::size_t to_skip = kMany;
  for (std::size_t packets = 0;; ++packets) {
    LK_TRY(packet, demuxer.next());
    LK_TRY(none, decoder.feed(packet, to_skip));
    if (packet == nullptr || none) {
      return !none && kMany - to_skip == packets;
    }
  }
}

Result<media::Pixels> decoded(const Libav& av, BytesView file, Place place) {
  Demuxer demuxer(av, file);
  LK_CHECK_OK(demuxer.open());
  StillDecoder decoder(av);
  LK_CHECK_OK(decoder.open(demuxer.stream()));
  const auto orientation = orientation_of(av, demuxer.stream());
  for (std::size_t i = 0;; ++i) {
    LK_TRY(packet, demuxer.next());
    if (packet != nullptr && i < place.start) {
      continue;
    }
    LK_TRY(found, decoder.feed(packet, place.skip));
    if (found) {
      return turned_upright(*std::move(found), orientation);
    }
    if (packet == nullptr) {
      return damaged();
    }
  }
}

}  // namespace

Result<Frame> video_still(const Libav& av, BytesView file, const wire::Request& request) {
  LK_TRY(place, place_of(av, file, request.frame));
  if (place.every_frame) {
    LK_TRY(plain, one_frame_a_packet(av, file));
    place.every_frame = plain;
  }
  LK_TRY(pixels, decoded(av, file, place));
  auto small = fitted(pixels.view(), request.side);
  return Frame{std::move(small), pixels.width, pixels.height, place.frames, place.every_frame};
}

}  // namespace lightkeeper::decode
