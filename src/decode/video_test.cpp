#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "decode/libav.hpp"
#include "decode/renditions.hpp"

namespace lightkeeper::decode {
namespace {

constexpr std::string_view kMark = "R-4f2a";
constexpr int kWidth = 96;
constexpr int kHeight = 64;

struct Clip {
  int frames = 40;
  int key_every = 10;
  bool sound = false;
  int width = kWidth;
  int height = kHeight;
};

void write_packets(AVFormatContext* out, AVCodecContext* codec, AVStream* stream) {
  AVPacket* packet = av_packet_alloc();
  while (avcodec_receive_packet(codec, packet) == 0) {
    packet->stream_index = stream->index;
    av_packet_rescale_ts(packet, codec->time_base, stream->time_base);
    EXPECT_EQ(av_interleaved_write_frame(out, packet), 0);
  }
  av_packet_free(&packet);
}

/// A grey that gets brighter from frame to frame, 16 to 16 + 4 * frames, made with the library's
/// own MPEG-4 encoder; with sound, a second of silence beside it.
Bytes clip_of(const char* container, const Clip& clip) {
  AVFormatContext* out = nullptr;
  EXPECT_GE(avformat_alloc_output_context2(&out, nullptr, container, nullptr), 0);
  EXPECT_EQ(avio_open_dyn_buf(&out->pb), 0);
  const AVCodec* encoder = avcodec_find_encoder(AV_CODEC_ID_MPEG4);
  AVCodecContext* codec = avcodec_alloc_context3(encoder);
  codec->width = clip.width;
  codec->height = clip.height;
  codec->pix_fmt = AV_PIX_FMT_YUV420P;
  codec->time_base = {1, 25};
  codec->framerate = {25, 1};
  codec->gop_size = clip.key_every;
  codec->max_b_frames = 0;
  codec->bit_rate = 400'000;
  codec->thread_count = 1;
  codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  EXPECT_EQ(avcodec_open2(codec, encoder, nullptr), 0);
  AVStream* stream = avformat_new_stream(out, nullptr);
  avcodec_parameters_from_context(stream->codecpar, codec);
  stream->time_base = codec->time_base;
  AVStream* sound = nullptr;
  if (clip.sound) {
    sound = avformat_new_stream(out, nullptr);
    sound->codecpar->codec_type = AVMEDIA_TYPE_AUDIO;
    sound->codecpar->codec_id = AV_CODEC_ID_PCM_S16LE;
    sound->codecpar->sample_rate = 8000;
    sound->codecpar->format = AV_SAMPLE_FMT_S16;
    sound->codecpar->bits_per_coded_sample = 16;
    sound->codecpar->block_align = 2;
    av_channel_layout_default(&sound->codecpar->ch_layout, 1);
  }
  EXPECT_GE(avformat_write_header(out, nullptr), 0);
  AVFrame* frame = av_frame_alloc();
  frame->format = codec->pix_fmt;
  frame->width = clip.width;
  frame->height = clip.height;
  EXPECT_EQ(av_frame_get_buffer(frame, 0), 0);
  for (int i = 0; i < clip.frames; ++i) {
    EXPECT_EQ(av_frame_make_writable(frame), 0);
    for (int y = 0; y < clip.height; ++y) {
      std::fill_n(frame->data[0] + std::ptrdiff_t{y} * frame->linesize[0], clip.width,
                  static_cast<std::uint8_t>(16 + 4 * i));
    }
    for (const int plane : {1, 2}) {
      for (int y = 0; y < clip.height / 2; ++y) {
        std::fill_n(frame->data[plane] + std::ptrdiff_t{y} * frame->linesize[plane], clip.width / 2,
                    std::uint8_t{128});
      }
    }
    frame->pts = i;
    EXPECT_EQ(avcodec_send_frame(codec, frame), 0);
    write_packets(out, codec, stream);
  }
  avcodec_send_frame(codec, nullptr);
  write_packets(out, codec, stream);
  if (sound != nullptr) {
    AVPacket* packet = av_packet_alloc();
    EXPECT_EQ(av_new_packet(packet, 16'000), 0);
    std::fill_n(packet->data, 16'000, std::uint8_t{0});
    packet->stream_index = sound->index;
    packet->pts = packet->dts = 0;
    packet->duration = 8000;
    EXPECT_EQ(av_interleaved_write_frame(out, packet), 0);
    av_packet_free(&packet);
  }
  EXPECT_EQ(av_write_trailer(out), 0);
  av_frame_free(&frame);
  avcodec_free_context(&codec);
  std::uint8_t* data = nullptr;
  const int size = avio_close_dyn_buf(out->pb, &data);
  Bytes file(data, data + size);
  av_free(data);
  out->pb = nullptr;
  avformat_free_context(out);
  return file;
}

Renditions& renditions() {
  static Renditions all{RenditionOptions{}};
  return all;
}

/// The grey in the middle of a still, from 0 to 255.
int grey_of(Decoder& decoder, BytesView file, std::uint32_t frame) {
  const auto still = decoder.frame(file, frame, 1600);
  if (!still) {
    ADD_FAILURE() << frame << ": " << still.error().message();
    return -1;
  }
  return still->pixels.rgb[still->pixels.rgb.size() / 2];
}

DecodeOptions for_videos() {
  DecodeOptions options;
  options.kind = WorkerKind::videos;
  return options;
}

TEST(Video, GivesTwelveStillsSpreadOverTheFileFromEveryContainer) {
  for (const char* const container : {"mp4", "mov", "matroska"}) {
    SCOPED_TRACE(container);
    const auto file = clip_of(container, {});
    const auto facts = renditions().facts(file);
    ASSERT_TRUE(facts.has_value()) << facts.error().message();
    EXPECT_EQ(facts->frames, 12U);
    EXPECT_FALSE(facts->every_frame) << "40 frames are more than 12";
    EXPECT_EQ(facts->width, 96U);
    EXPECT_TRUE(facts->media_type.starts_with("video/"));
    Decoder decoder(for_videos());
    int before = -1;
    for (std::uint32_t i = 0; i < 12; ++i) {
      const int grey = grey_of(decoder, file, i);
      // Luma 16..235 becomes 0..255: frame n has luma 16 + 4 n, and still i is frame 39 i / 11.
      const int wanted = static_cast<int>(4 * (39 * i / 11) * 255 / 219);
      EXPECT_NEAR(grey, wanted, 6) << i;
      EXPECT_GT(grey, before);
      before = grey;
    }
    EXPECT_EQ(decoder.frame(file, 12, 100).error().code, ErrorCode::not_found);
    const auto jpeg = renditions().jpeg(file, 11, Step::grey, kMark);
    ASSERT_TRUE(jpeg.has_value());
    EXPECT_EQ((*jpeg)[0], 0xFF);
  }
}

TEST(Video, TakesKeyFramesWhereThereAreEnough) {
  const auto file = clip_of("mp4", {.frames = 30, .key_every = 1});
  Decoder decoder(for_videos());
  EXPECT_NEAR(grey_of(decoder, file, 0), 0, 6);
  EXPECT_NEAR(grey_of(decoder, file, 11), 4 * 29 * 255 / 219, 6);
}

TEST(Video, IsEveryFrameOnlyWhenItIsShortAndSilent) {
  const Clip five{.frames = 5};
  const auto silent = renditions().facts(clip_of("mov", five));
  ASSERT_TRUE(silent.has_value());
  EXPECT_EQ(silent->frames, 5U);
  EXPECT_TRUE(silent->every_frame);
  const auto loud = renditions().facts(clip_of("mov", {.frames = 5, .sound = true}));
  ASSERT_TRUE(loud.has_value()) << loud.error().message();
  EXPECT_EQ(loud->frames, 5U);
  EXPECT_FALSE(loud->every_frame) << "nobody hears it here";
}

TEST(VideoHostile, TruncationsFlipsAndOtherContainersAreRefusedAndTheNextVideoIsShown) {
  const auto good = clip_of("mp4", {.frames = 5});
  const auto fine = [&] { return renditions().facts(good).has_value(); };
  EXPECT_TRUE(fine());
  for (std::size_t size = 12; size < good.size(); size += good.size() / 9) {
    EXPECT_FALSE(renditions().facts(BytesView(good).first(size)).has_value()) << size;
  }
  for (std::size_t i = 8; i < good.size(); i += good.size() / 12) {
    auto bad = good;
    bad[i] ^= 0xA5;
    static_cast<void>(renditions().facts(bad));  // refused or shown, never a crash or a hang
  }
  EXPECT_TRUE(fine());
  // Looks like an MP4 and is none; a container that the library knows and we do not take.
  auto hollow = good;
  std::fill(hollow.begin() + 12, hollow.end(), Byte{0});
  EXPECT_FALSE(renditions().facts(hollow).has_value());
  const auto avi = clip_of("avi", {.frames = 5});
  EXPECT_EQ(renditions().facts(avi).error().code, ErrorCode::media_unsupported);
  Decoder decoder(for_videos());
  EXPECT_FALSE(decoder.frame(avi, 0, 100).has_value()) << "nor by its worker";
  EXPECT_TRUE(fine());
}

TEST(Video, GivesStillsOfAFileOfAnotherEncoder) {
  const char* const folder = std::getenv("LK_VIDEOS");
  if (folder == nullptr) {
    GTEST_SKIP() << "no videos here; LK_VIDEOS names their folder";
  }
  std::ifstream in(std::filesystem::path(folder) / "pattern-sd-grey-bar.mp4", std::ios::binary);
  const Bytes file{std::istreambuf_iterator<char>(in), {}};
  const auto facts = renditions().facts(file);
  ASSERT_TRUE(facts.has_value()) << facts.error().message();
  EXPECT_EQ(facts->frames, 12U);
  EXPECT_FALSE(facts->every_frame);
  for (std::uint32_t i = 0; i < facts->frames; ++i) {
    EXPECT_TRUE(renditions().jpeg(file, i, Step::colour, kMark).has_value()) << i;
  }
}

TEST(Video, AWorkerForPicturesDoesNotTakeVideosNorTheOtherWayRound) {
  const auto video = clip_of("mp4", {.frames = 3});
  Decoder pictures{DecodeOptions{}};
  EXPECT_FALSE(pictures.frame(video, 0, 100).has_value());
  Decoder videos(for_videos());
  const auto picture = pictures.jpeg(media::Pixels{8, 8, Bytes(192, 9)}.view());
  ASSERT_TRUE(picture.has_value());
  EXPECT_FALSE(videos.frame(*picture, 0, 100).has_value());
  EXPECT_FALSE(videos.decode(*picture).has_value());
  EXPECT_TRUE(videos.frame(video, 0, 100).has_value());
}

}  // namespace
}  // namespace lightkeeper::decode
