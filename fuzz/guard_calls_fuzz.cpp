// The guard's calls as a browser page makes them: u8 call, then the request. Answers are
// well-formed, whatever comes.
#include <cstdlib>

#include "core/base/codec.hpp"
#include "guard/calls.hpp"
#include "guard/test_epoch.hpp"

namespace lk = lightkeeper;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || !lk::crypto::initialise()) {
    return 0;
  }
  static lk::crypto::SeededRng rng(1);
  static lk::guard::TestEpoch epoch;
  lk::guard::Guard guard = lk::guard::ready_guard(epoch, rng);
  const lk::Bytes answer = lk::guard::call(guard, data[0], {data + 1, size - 1});
  lk::Reader in(answer);
  if (in.u8().value() == 1) {
    return 0;
  }
  if (!lk::error_code_from_name(in.text(100).value())) {
    std::abort();
  }
  for (int i = 0; i < 4; ++i) {
    (void)in.text(1000).value();
  }
  if (!in.finish()) {
    std::abort();
  }
  return 0;
}
