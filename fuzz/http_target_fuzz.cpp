// Request targets: whatever bytes come, a target that is taken cannot climb, and matching ends.
#include <cstdlib>

#include "http/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lightkeeper::http;
  static const Pattern kPattern = *parse_pattern("/files/{name}/{rest*}");
  const auto target = parse_target(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!target) {
    return 0;
  }
  for (const auto& segment : target->segments) {
    if (segment == "." || segment == ".." || segment.find('/') != std::string::npos) {
      std::abort();
    }
  }
  if (const auto params = match(kPattern, *target); params && params->at("name").empty()) {
    std::abort();
  }
  return 0;
}
