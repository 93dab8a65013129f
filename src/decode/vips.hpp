// Inside this room only: the part of libvips that the worker uses, loaded when the worker starts.
#pragma once

#include <vips/vips.h>

#include "core/base/result.hpp"

namespace lightkeeper::decode {

/// Function pointers with the types of the library's own headers.
// clang-format off: its layout of this list does not settle.
#define LK_VIPS_FUNCTIONS(X) \
  X(vips_init) \
  X(vips_concurrency_set) \
  X(vips_cache_set_max) \
  X(vips_block_untrusted_set) \
  X(vips_operation_block_set) \
  X(vips_jpegload_buffer) \
  X(vips_pngload_buffer) \
  X(vips_webpload_buffer) \
  X(vips_jpegsave_buffer) \
  X(vips_image_new_from_memory) \
  X(vips_image_get_n_pages) \
  X(vips_image_get_width) \
  X(vips_image_get_height) \
  X(vips_image_get_bands) \
  X(vips_image_get_format) \
  X(vips_image_get_orientation) \
  X(vips_image_get_typeof) \
  X(vips_cast) \
  X(vips_copy) \
  X(vips_icc_transform) \
  X(vips_colourspace) \
  X(vips_region_new) \
  X(vips_region_prepare) \
  X(g_object_unref) \
  X(g_free)
// clang-format on

struct Vips {
#define LK_VIPS_MEMBER(name) decltype(&::name) name = nullptr;
  LK_VIPS_FUNCTIONS(LK_VIPS_MEMBER)
#undef LK_VIPS_MEMBER
};

/// Loads libvips.so.42, starts it with one thread, no caches, no plug-ins, no run-time code and no
/// loader but those for JPEG, PNG and WebP, and no saver but that for JPEG. Once a process. Error:
/// unavailable.
[[nodiscard]] Result<Vips> load_vips();

}  // namespace lightkeeper::decode
