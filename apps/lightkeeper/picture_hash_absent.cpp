// Stands in for picture_hash.cpp where the program is built without the picture decoder (src/decode).
#include "picture_hash.hpp"

namespace lightkeeper::cli {

Result<media::PdqResult> hash_picture(const std::string& /*path*/, media::PdqVariant /*variant*/) {
  return fail(ErrorCode::unavailable, "picture", "this program was built without a picture decoder");
}

}  // namespace lightkeeper::cli
