// Whatever is read can be written again and reads the same; errors hold no byte of the input but
// our own words.
#include <cstdlib>

#include "core/lists/plain_list.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lightkeeper;
  const auto entries = lists::parse_plain_list({data, size});
  if (!entries) {
    if (!entries.error().detail.starts_with("line ")) {
      std::abort();
    }
    return 0;
  }
  std::string text;
  for (const auto& entry : *entries) {
    text += media::to_text(entry.hash) + "," + std::to_string(entry.category) + "\n";
  }
  if (const auto again = lists::parse_plain_list(as_bytes(text)); !again || *again != *entries) {
    std::abort();
  }
  return 0;
}
