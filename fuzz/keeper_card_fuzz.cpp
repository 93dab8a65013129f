// Cards and offers, as JSON from another party: whatever parses is written back to an equal value.
#include <cstdlib>

#include "keeper/process/offer.hpp"

using namespace lightkeeper;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto card = keeper::card_from_json_text(text)) {
    if (keeper::card_from_json_text(keeper::to_json_text(*card)) != *card) {
      std::abort();
    }
  }
  if (const auto offer = keeper::offer_from_json_text(text)) {
    const std::string written = keeper::to_json_text(*offer);
    if (keeper::to_json_text(*keeper::offer_from_json_text(written)) != written) {
      std::abort();
    }
  }
  return 0;
}
