// What a hotline answers.
#include <cstdint>
#include <cstdlib>

#include "service/submission/answer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lightkeeper;
  const auto answer = submission::read_answer(BytesView(data, size));
  if (answer) {
    (void)submission::meaning_of(answer->code);
    if (answer->code < 0 || (answer->report_id && answer->report_id->empty())) {
      std::abort();
    }
  }
  return 0;
}
