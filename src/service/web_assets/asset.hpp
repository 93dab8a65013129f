// One file that the service serves as it is.
#pragma once

#include <string_view>

#include "core/base/bytes.hpp"

namespace lightkeeper::service {

struct Asset {
  std::string_view path;  // "/console/index.html"
  std::string_view hash;  // SHA-256 of the bytes, in hexadecimal
  BytesView bytes;
  BytesView gzip;  // the same, compressed
};

}  // namespace lightkeeper::service
