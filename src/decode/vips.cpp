#include "decode/vips.hpp"

#include <dlfcn.h>

#include <cstdlib>

namespace lightkeeper::decode {

Result<Vips> load_vips() {
  // Read by the library when it starts: where its plug-ins would be, no run-time code generation,
  // and no spilling of large pictures into files.
  setenv("VIPSHOME", "/nonexistent", 1);
  setenv("VIPS_NOVECTOR", "1", 1);
  setenv("VIPS_DISC_THRESHOLD", "2g", 1);
  setenv("LC_ALL", "C", 1);
  void* const library = dlopen("libvips.so.42", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return fail(ErrorCode::unavailable, "vips.load");
  }
  Vips vips;
  bool found = true;
#define LK_VIPS_FIND(name)                                                  \
  vips.name = reinterpret_cast<decltype(vips.name)>(dlsym(library, #name)); \
  found = found && vips.name != nullptr;
  LK_VIPS_FUNCTIONS(LK_VIPS_FIND)
#undef LK_VIPS_FIND
  if (!found || vips.vips_init("lightkeeper") != 0) {
    return fail(ErrorCode::unavailable, "vips.start");
  }
  vips.vips_concurrency_set(1);
  vips.vips_cache_set_max(0);
  vips.vips_block_untrusted_set(TRUE);
  vips.vips_operation_block_set("VipsForeign", TRUE);
  for (const char* const allowed : {"VipsForeignLoadJpegBuffer", "VipsForeignLoadPngBuffer",
                                    "VipsForeignLoadWebpBuffer", "VipsForeignSaveJpegBuffer"}) {
    vips.vips_operation_block_set(allowed, FALSE);
  }
  return vips;
}

}  // namespace lightkeeper::decode
