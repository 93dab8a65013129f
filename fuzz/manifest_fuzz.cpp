// The manifest: as a signed file, and its body alone. What parses encodes to the same bytes.
#include <algorithm>
#include <cstdlib>

#include "core/match/manifest.hpp"

namespace lk = lightkeeper;
namespace match = lightkeeper::match;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (!lk::crypto::initialise()) {
    return 0;
  }
  const lk::BytesView bytes(data, size);
  static const auto keys = lk::crypto::signing_key_from_seed(lk::Bytes(32, 1)).value();
  (void)match::open_manifest(bytes, keys.public_key, lk::UnixMillis{0});
  if (const auto manifest = match::decode_manifest(bytes)) {
    const lk::Bytes again = match::encode(*manifest);
    if (!match::check(*manifest) ||
        !std::equal(again.begin(), again.end(), bytes.begin(), bytes.end())) {
      std::abort();
    }
    const lk::Bytes file = match::sign_manifest(*manifest, keys.secret, keys.public_key);
    if (match::open_manifest(file, keys.public_key, manifest->not_after) != *manifest) {
      std::abort();
    }
  }
  return 0;
}
