// Exported audit logs. What parses has entries that encode to themselves, and verification ends.
#include <cstdlib>

#include "service/accountability/export_file.hpp"

namespace lk = lightkeeper;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (!lk::crypto::initialise()) {
    return 0;
  }
  if (const auto exported = lk::accountability::parse_export({data, size})) {
    for (const auto& entry : exported->entries) {
      const auto again = lk::accountability::decode_entry(lk::accountability::encode(entry));
      if (!again || lk::accountability::encode(*again) != lk::accountability::encode(entry)) {
        std::abort();
      }
    }
    (void)lk::accountability::verify_export(*exported, exported->key, {});
  }
  return 0;
}
