// Base codecs and the HPKE box parser: nothing crashes, and what is accepted has exactly one text
// form.
#include <cstdlib>

#include "core/base/codec.hpp"
#include "core/crypto/crypto.hpp"

using namespace lightkeeper;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  const auto text = as_text(input);
  if (const auto bytes = from_base64url(text); bytes && to_base64url(*bytes) != text) {
    std::abort();
  }
  if (const auto bytes = from_hex(text); bytes && from_hex(to_hex(*bytes)).value() != *bytes) {
    std::abort();
  }
  Reader reader(input);
  while (reader.remaining() > 0) {
    const auto kind = reader.u8();
    const bool went_on = *kind % 2 == 0 ? reader.text(1024).has_value() : reader.u32().has_value();
    if (!went_on) {
      break;
    }
  }
  static const auto recipient = [] {
    if (!crypto::initialise()) {
      std::abort();
    }
    crypto::SeededRng rng(1);
    return crypto::generate_box_key(rng);
  }();
  // Nobody forges a box by chance.
  if (crypto::hpke_open(recipient, {}, {}, input, {}, 32).has_value()) {
    std::abort();
  }
  return 0;
}
