// clean_picture() on any bytes: no crash, no endless loop, and what it gives is clean and stays so.
#include <cstdlib>

#include "core/media/container.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace lightkeeper;
  const BytesView file(data, size);
  const auto type = media::sniff_picture(file);
  const auto claimed = type ? media::media_type_of(*type) : std::string_view("image/jpeg");
  const auto once = media::clean_picture(file, claimed);
  if (!once) {
    return 0;
  }
  const auto twice = media::clean_picture(once->bytes, claimed);
  if (!twice || twice->bytes != once->bytes || twice->width != once->width ||
      twice->height != once->height || once->bytes.size() > size + 64 ||
      !media::size_allowed(once->width, once->height)) {
    std::abort();
  }
  return 0;
}
