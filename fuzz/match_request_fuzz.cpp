// A request body at a keeper: as it comes, and as the plaintext of a box that does open.
#include <cstdlib>

#include "core/match/messages.hpp"

namespace lk = lightkeeper;
namespace match = lightkeeper::match;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (!lk::crypto::initialise()) {
    return 0;
  }
  const lk::BytesView bytes(data, size);
  static const auto box = lk::crypto::box_key_from_secret(lk::Bytes(32, 1)).value();
  const match::ManifestHash manifest{};
  (void)match::open_request(0, box, manifest, bytes);

  lk::Bytes plain(match::kQueryPlaintextSize);
  for (std::size_t i = 0; i < plain.size() && i < size; ++i) {
    plain[i] = data[i];
  }
  lk::crypto::SeededRng rng(1);
  const lk::Bytes binding(1 + 16 + 32);
  const auto sealed = lk::crypto::hpke_seal(box.public_key, lk::as_bytes("lightkeeper query v1"),
                                            binding, plain, {}, 32, rng);
  if (!sealed) {
    std::abort();
  }
  const lk::Bytes body = lk::concat({lk::Bytes{1}, binding, sealed->box});
  const auto opened = match::open_request(0, box, manifest, body);
  if (opened && (plain[0] != 1 || opened->share.query != lk::QueryId{})) {
    std::abort();
  }
  return 0;
}
