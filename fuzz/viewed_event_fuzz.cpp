// Signed "viewed whole file" events, as they come back from a case file or a database.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "service/review/review.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lightkeeper;
  static const auto key = crypto::signing_key_from_seed(ByteArray<32>{1}).value();
  const BytesView input(data, size);
  // Signed here, so that the parser's later part is reached.
  const auto event =
      review::open_viewed_event(input, crypto::sign(key.secret, input), key.public_key);
  if (event) {
    const auto again = review::canonical_bytes(*event);
    if (!std::equal(again.begin(), again.end(), input.begin(), input.end())) {
      std::abort();
    }
  }
  return 0;
}
