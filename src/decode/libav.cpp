#include "decode/libav.hpp"

#include <dlfcn.h>

#include <string>

namespace lightkeeper::decode {
namespace {

void* library(const std::string& name, unsigned major) {
  const auto file = "lib" + name + ".so." + std::to_string(major);
  return dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
}

}  // namespace

Result<Libav> load_libav() {
  void* const util = library("avutil", LIBAVUTIL_VERSION_MAJOR);
  void* const codec = library("avcodec", LIBAVCODEC_VERSION_MAJOR);
  void* const format = library("avformat", LIBAVFORMAT_VERSION_MAJOR);
  void* const scale = library("swscale", LIBSWSCALE_VERSION_MAJOR);
  if (util == nullptr || codec == nullptr || format == nullptr || scale == nullptr) {
    return fail(ErrorCode::unavailable, "libav.load");
  }
  Libav av;
  bool found = true;
  void* from = util;
#define LK_LIBAV_FIND(name)                                          \
  av.name = reinterpret_cast<decltype(av.name)>(dlsym(from, #name)); \
  found = found && av.name != nullptr;
  LK_AVUTIL_FUNCTIONS(LK_LIBAV_FIND)
  from = codec;
  LK_AVCODEC_FUNCTIONS(LK_LIBAV_FIND)
  from = format;
  LK_AVFORMAT_FUNCTIONS(LK_LIBAV_FIND)
  from = scale;
  LK_SWSCALE_FUNCTIONS(LK_LIBAV_FIND)
#undef LK_LIBAV_FIND
  if (!found) {
    return fail(ErrorCode::unavailable, "libav.start");
  }
  av.av_log_set_level(AV_LOG_QUIET);
  return av;
}

}  // namespace lightkeeper::decode
