// Inside this room only: the parts of FFmpeg's libraries that the worker for videos uses, loaded
// when that worker starts and nowhere else.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/log.h>
#include <libswscale/swscale.h>
}

#include "core/base/result.hpp"

namespace lightkeeper::decode {

/// Function pointers with the types of the libraries' own headers, by library.
// clang-format off: its layout of these lists does not settle.
#define LK_AVUTIL_FUNCTIONS(X) \
  X(av_malloc) \
  X(av_freep) \
  X(av_dict_set) \
  X(av_dict_free) \
  X(av_frame_alloc) \
  X(av_frame_free) \
  X(av_frame_unref) \
  X(av_display_rotation_get) \
  X(av_log_set_level)
#define LK_AVCODEC_FUNCTIONS(X) \
  X(avcodec_find_decoder) \
  X(avcodec_alloc_context3) \
  X(avcodec_free_context) \
  X(avcodec_parameters_to_context) \
  X(avcodec_open2) \
  X(avcodec_send_packet) \
  X(avcodec_receive_frame) \
  X(av_packet_alloc) \
  X(av_packet_free) \
  X(av_packet_unref)
#define LK_AVFORMAT_FUNCTIONS(X) \
  X(avformat_alloc_context) \
  X(avformat_open_input) \
  X(avformat_close_input) \
  X(avio_alloc_context) \
  X(avio_context_free) \
  X(av_read_frame)
#define LK_SWSCALE_FUNCTIONS(X) \
  X(sws_getContext) \
  X(sws_scale) \
  X(sws_freeContext)
// clang-format on

struct Libav {
#define LK_LIBAV_MEMBER(name) decltype(&::name) name = nullptr;
  LK_AVUTIL_FUNCTIONS(LK_LIBAV_MEMBER)
  LK_AVCODEC_FUNCTIONS(LK_LIBAV_MEMBER)
  LK_AVFORMAT_FUNCTIONS(LK_LIBAV_MEMBER)
  LK_SWSCALE_FUNCTIONS(LK_LIBAV_MEMBER)
#undef LK_LIBAV_MEMBER
};

/// Loads the versions that the headers belong to. Error: unavailable.
[[nodiscard]] Result<Libav> load_libav();

}  // namespace lightkeeper::decode
