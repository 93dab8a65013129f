// From a picture file to its PDQ hashes, the same way for every command: read, clean, decode in the
// sandbox, hash.
#pragma once

#include <string>

#include "core/media/pdq_hash.hpp"

namespace lightkeeper::cli {

/// The eight hashes and the quality. Errors are those of the steps; a low quality is not one.
[[nodiscard]] Result<media::PdqResult> hash_picture(const std::string& path,
                                                    media::PdqVariant variant);

struct PictureHashes {
  media::PdqResult full;
  media::PdqResult via512;
};
/// Both variants from one decoding.
[[nodiscard]] Result<PictureHashes> hash_picture_both(const std::string& path);

}  // namespace lightkeeper::cli
