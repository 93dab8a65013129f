#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "core/base/codec.hpp"
#include "core/media/container.hpp"
#include "decode/decoder.hpp"
#include "decode/rendition.hpp"
#include "decode/sandbox.hpp"
#include "decode/video.hpp"
#include "decode/vips.hpp"
#include "decode/wire.hpp"

namespace lightkeeper::decode {
namespace {

// Enough for 50 megapixels of a progressive CMYK picture: coefficients, rows, result, and turned
// result.
constexpr SandboxLimits kLimits{.memory_bytes = std::uint64_t{2} << 30, .cpu_seconds = 600};
constexpr int kSocket = 0;
constexpr int kRowsAtATime = 16;

Result<Bytes> read_exactly(std::size_t size) {
  Bytes out(size);
  std::size_t have = 0;
  while (have < size) {
    const ssize_t got = read(kSocket, out.data() + have, size - have);
    if (got == 0 || (got < 0 && errno != EINTR)) {
      return fail(ErrorCode::truncated, "worker.read");
    }
    have += static_cast<std::size_t>(std::max<ssize_t>(got, 0));
  }
  return out;
}

Status write_all(BytesView bytes) {
  while (!bytes.empty()) {
    const ssize_t put = write(kSocket, bytes.data(), bytes.size());
    if (put < 0 && errno != EINTR) {
      return fail(ErrorCode::io_failed, "worker.write");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(std::max<ssize_t>(put, 0)));
  }
  return {};
}

/// One decoding: a chain of lazy images that is pulled through, 16 rows at a time, by this one
/// thread.
class Decoding {
 public:
  explicit Decoding(const Vips& vips) : vips_(vips) {}

  [[nodiscard]] Result<media::Pixels> run(BytesView file, bool moving_allowed) {
    LK_TRY(image, open(file));
    if (!moving_allowed && (vips_.vips_image_get_n_pages(image.get()) > 1 || moves(file))) {
      return fail(ErrorCode::picture_animated, "worker.pages");
    }
    const int width = vips_.vips_image_get_width(image.get());
    const int height = vips_.vips_image_get_height(image.get());
    if (width < 1 || height < 1) {
      return fail(ErrorCode::picture_damaged, "worker.size");
    }
    if (!media::size_allowed(static_cast<std::uint64_t>(width),
                             static_cast<std::uint64_t>(height))) {
      return fail(ErrorCode::picture_too_large, "worker.size");
    }
    const int orientation = vips_.vips_image_get_orientation(image.get());
    LK_TRY(bytes_image, to_eight_bits(std::move(image)));
    LK_TRY(srgb, to_srgb(std::move(bytes_image)));
    LK_TRY(pixels, pull(srgb.get()));
    return turned_upright(std::move(pixels), static_cast<unsigned>(orientation));
  }

 private:
  struct Unref {
    decltype(&::g_object_unref) unref;
    void operator()(void* object) const { unref(object); }
  };
  using Image = std::unique_ptr<VipsImage, Unref>;

  [[nodiscard]] Result<Image> owned(int failed, VipsImage* image) const {
    if (failed != 0 || image == nullptr) {
      return fail(ErrorCode::picture_damaged, "worker.decode");
    }
    return Image(image, Unref{vips_.g_object_unref});
  }

  [[nodiscard]] Result<Image> open(BytesView file) const {
    const auto type = media::sniff_picture(file);
    if (!type) {
      return fail(ErrorCode::picture_type_unsupported, "worker.type");
    }
    VipsImage* out = nullptr;
    void* const data = const_cast<Byte*>(file.data());  // the library only reads it
    const auto load = [&](auto loader) {
      return loader(data, file.size(), &out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                    VIPS_FAIL_ON_ERROR, static_cast<char*>(nullptr));
    };
    int failed = 1;
    switch (*type) {
      case media::PictureType::jpeg:
        failed = load(vips_.vips_jpegload_buffer);
        break;
      case media::PictureType::png:
        failed = load(vips_.vips_pngload_buffer);
        break;
      case media::PictureType::webp:
        failed = load(vips_.vips_webpload_buffer);
        break;
    }
    return owned(failed, out);
  }

  /// 16-bit channels keep their upper byte, as libpng and browsers do.
  [[nodiscard]] Result<Image> to_eight_bits(Image in) const {
    const VipsBandFormat format = vips_.vips_image_get_format(in.get());
    if (format == VIPS_FORMAT_UCHAR) {
      return in;
    }
    if (format != VIPS_FORMAT_USHORT) {
      return fail(ErrorCode::picture_type_unsupported, "worker.format");
    }
    VipsImage* narrow = nullptr;
    const int failed = vips_.vips_cast(in.get(), &narrow, VIPS_FORMAT_UCHAR, "shift", TRUE,
                                       static_cast<char*>(nullptr));
    LK_TRY(narrowed, owned(failed, narrow));
    const bool grey = vips_.vips_image_get_bands(narrowed.get()) < 3;
    VipsImage* named = nullptr;
    const int unnamed = vips_.vips_copy(narrowed.get(), &named, "interpretation",
                                        grey ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB,
                                        static_cast<char*>(nullptr));
    return owned(unnamed, named);
  }

  /// By the embedded profile where it fits the channels, by convention otherwise.
  [[nodiscard]] Result<Image> to_srgb(Image in) const {
    VipsImage* out = nullptr;
    const bool profile = vips_.vips_image_get_typeof(in.get(), VIPS_META_ICC_NAME) != 0;
    if (profile &&
        vips_.vips_icc_transform(in.get(), &out, "srgb", "embedded", TRUE, "intent",
                                 VIPS_INTENT_RELATIVE, static_cast<char*>(nullptr)) == 0) {
      return owned(0, out);
    }
    const int failed = vips_.vips_colourspace(in.get(), &out, VIPS_INTERPRETATION_sRGB,
                                              static_cast<char*>(nullptr));
    return owned(failed, out);
  }

  [[nodiscard]] Result<media::Pixels> pull(VipsImage* image) const {
    const int width = vips_.vips_image_get_width(image);
    const int height = vips_.vips_image_get_height(image);
    const int bands = vips_.vips_image_get_bands(image);
    if ((bands != 3 && bands != 4) || vips_.vips_image_get_format(image) != VIPS_FORMAT_UCHAR) {
      return fail(ErrorCode::picture_type_unsupported, "worker.bands");
    }
    media::Pixels pixels{static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height), {}};
    pixels.rgb.reserve(std::size_t{3} * pixels.width * pixels.height);
    const std::unique_ptr<VipsRegion, Unref> region(vips_.vips_region_new(image),
                                                    Unref{vips_.g_object_unref});
    for (int top = 0; top < height; top += kRowsAtATime) {
      const VipsRect rect{0, top, width, std::min(kRowsAtATime, height - top)};
      if (region == nullptr || vips_.vips_region_prepare(region.get(), &rect) != 0) {
        return fail(ErrorCode::picture_damaged, "worker.decode");
      }
      for (int y = top; y < top + rect.height; ++y) {
        const VipsRect& valid = region->valid;  // at least what was asked for
        const Byte* const row = region->data + std::ptrdiff_t{y - valid.top} * region->bpl -
                                std::ptrdiff_t{valid.left} * bands;
        const BytesView bytes(row,
                              static_cast<std::size_t>(width) * static_cast<std::size_t>(bands));
        if (bands == 3) {
          pixels.rgb.insert(pixels.rgb.end(), bytes.begin(), bytes.end());
        } else {
          LK_TRY(opaque, media::pixels_over_white(pixels.width, 1, bytes));
          pixels.rgb.insert(pixels.rgb.end(), opaque.rgb.begin(), opaque.rgb.end());
        }
      }
    }
    return pixels;
  }

  /// An animated PNG is a still one to the loader; the container knows better.
  [[nodiscard]] static bool moves(BytesView file) {
    const auto type = media::sniff_picture(file);
    const auto clean = media::clean_picture(file, media::media_type_of(*type));
    return !clean && clean.error().code == ErrorCode::picture_animated;
  }

  const Vips& vips_;
};

Status refuse(ErrorCode code) {
  return write_all(Writer().u16(static_cast<std::uint16_t>(code)).take());
}

Status answer_pixels(const Result<media::Pixels>& pixels) {
  if (!pixels) {
    return refuse(pixels.error().code);
  }
  LK_CHECK_OK(write_all(Writer().u16(0).u32(pixels->width).u32(pixels->height).take()));
  return write_all(pixels->rgb);
}

Result<Frame> still(const Vips& vips, BytesView file, const wire::Request& request) {
  LK_TRY(pixels, Decoding(vips).run(file, false));
  if (request.frame > 0) {
    return fail(ErrorCode::not_found, "worker.frame");
  }
  auto small = fitted(pixels.view(), request.side);
  return Frame{std::move(small), pixels.width, pixels.height, 1, true};
}

Status answer_frame(const Result<Frame>& frame) {
  if (!frame) {
    return refuse(frame.error().code);
  }
  LK_CHECK_OK(write_all(Writer().u16(0).take()));
  LK_CHECK_OK(
      write_all(wire::frame_head({frame->pixels.width, frame->pixels.height, frame->full_width,
                                  frame->full_height, frame->frames, frame->every_frame})));
  return write_all(frame->pixels.rgb);
}

Result<Bytes> as_jpeg(const Vips& vips, const wire::Request& request, BytesView rgb) {
  VipsImage* const image =
      vips.vips_image_new_from_memory(rgb.data(), rgb.size(), static_cast<int>(request.width),
                                      static_cast<int>(request.height), 3, VIPS_FORMAT_UCHAR);
  if (image == nullptr) {
    return fail(ErrorCode::internal, "worker.jpeg");
  }
  image->Type = VIPS_INTERPRETATION_sRGB;
  void* data = nullptr;
  std::size_t size = 0;
  constexpr int kQuality = 85;
  const int failed = vips.vips_jpegsave_buffer(image, &data, &size, "Q", kQuality, "strip", TRUE,
                                               static_cast<char*>(nullptr));
  vips.g_object_unref(image);
  if (failed != 0) {
    return fail(ErrorCode::internal, "worker.jpeg");
  }
  const auto* const first = static_cast<const Byte*>(data);
  Bytes out(first, first + size);
  vips.g_free(data);
  return out;
}

Status answer_jpeg(const Result<Bytes>& file) {
  if (!file) {
    return refuse(file.error().code);
  }
  LK_CHECK_OK(write_all(Writer().u16(0).u32(static_cast<std::uint32_t>(file->size())).take()));
  return write_all(*file);
}

Status serve_pictures(const Vips& vips) {
  for (;;) {
    LK_TRY(head, read_exactly(wire::kRequestHead));
    LK_TRY(request, wire::parse_request(head));
    LK_TRY(body, read_exactly(request.size));
    switch (request.kind) {
      case wire::Kind::pixels:
        LK_CHECK_OK(answer_pixels(Decoding(vips).run(body, true)));
        break;
      case wire::Kind::frame:
        LK_CHECK_OK(answer_frame(still(vips, body, request)));
        break;
      case wire::Kind::jpeg:
        LK_CHECK_OK(answer_jpeg(as_jpeg(vips, request, body)));
        break;
    }
  }
}

Status serve_videos(const Libav& av) {
  for (;;) {
    LK_TRY(head, read_exactly(wire::kRequestHead));
    LK_TRY(request, wire::parse_request(head));
    if (request.kind != wire::Kind::frame) {
      return fail(ErrorCode::bad_argument, "worker.request");
    }
    LK_TRY(body, read_exactly(request.size));
    LK_CHECK_OK(answer_frame(video_still(av, body, request)));
  }
}

/// The one variable that the parent sets; anything else is a worker for pictures.
bool for_videos() {
  const char* const purpose = std::getenv("LK_DECODE");
  return purpose != nullptr && std::string_view(purpose) == "videos";
}

}  // namespace

int run_decode_worker() {
  std::signal(SIGPIPE, SIG_IGN);
  if (for_videos()) {
    const auto av = load_libav();
    if (!av) {
      return describe(av.error().code).exit_code;
    }
    if (const Status inside = enter_sandbox(kLimits); !inside) {
      return describe(inside.error().code).exit_code;
    }
    static_cast<void>(serve_videos(*av));
    _exit(0);
  }
  const auto vips = load_vips();
  if (!vips) {
    return describe(vips.error().code).exit_code;
  }
  if (const Status inside = enter_sandbox(kLimits); !inside) {
    return describe(inside.error().code).exit_code;
  }
  // Ends when the parent closes the socket. Leaves at once: the libraries' own goodbyes need more
  // rights.
  static_cast<void>(serve_pictures(*vips));
  _exit(0);
}

}  // namespace lightkeeper::decode
