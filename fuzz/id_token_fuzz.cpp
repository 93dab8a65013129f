// ID tokens: the input is a token, a newline and a key set.
#include <algorithm>
#include <cstdlib>

#include "service/oidc/id_token.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lightkeeper;
  const auto* end = data + size;
  const auto* line = std::find(data, end, std::uint8_t{'\n'});
  const std::string_view token(reinterpret_cast<const char*>(data),
                               static_cast<std::size_t>(line - data));
  const BytesView keys(line == end ? end : line + 1, end);
  const auto claims = oidc::verify_id_token(
      token, keys, {"https://login.example.org", "console", "n-1", UnixMillis{1'800'000'000'000}});
  // A key set that comes with the token may of course sign it; the claims must fit all the same.
  if (claims && (claims->subject.empty() || claims->subject.size() > 255)) {
    std::abort();
  }
  return 0;
}
