// A voucher from anybody: what opens has exactly these bytes.
#include <algorithm>
#include <cstdlib>

#include "core/policy/voucher.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const lightkeeper::BytesView bytes(data, size);
  if (const auto voucher = lightkeeper::policy::decode_voucher(bytes)) {
    const auto again = lightkeeper::policy::encode(*voucher);
    if (!again || !std::ranges::equal(*again, bytes)) {
      std::abort();
    }
  }
  return 0;
}
