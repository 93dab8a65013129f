// A key that is read is written the same, up to its line end.
#include <cstdlib>

#include "core/lists/key_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lightkeeper;
  static const bool ready = crypto::initialise().has_value();
  std::string_view text = as_text({data, size});
  if (text.ends_with('\n')) {
    text.remove_suffix(text.ends_with("\r\n") ? 2 : 1);
  }
  const std::string line = std::string(text) + "\n";
  if (const auto key = lists::verifying_key_from_text({data, size});
      key && lists::key_text(*key) != line) {
    std::abort();
  }
  if (const auto key = lists::nonce_key_from_text({data, size});
      key && as_text(lists::key_text(*key).expose_secret()) != line) {
    std::abort();
  }
  if (const auto pair = lists::signing_key_from_text({data, size});
      ready && pair && as_text(lists::key_text(pair->secret).expose_secret()) != line) {
    std::abort();
  }
  return 0;
}
