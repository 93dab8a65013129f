// The conformance hotline's readers: first byte chooses form or document.
#include <cstdint>
#include <cstdlib>

#include "hotline/faults.hpp"
#include "hotline/forms.hpp"
#include "hotline/rules.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lightkeeper;
  if (size == 0) {
    return 0;
  }
  const BytesView input(data + 1, size - 1);
  switch (data[0]) {
    case 'm': {
      const auto parts = hotline::read_multipart("multipart/form-data; boundary=b", input);
      if (parts) {
        for (const auto& part : *parts) {
          if (part.content.size() > input.size()) {
            std::abort();
          }
        }
      }
      break;
    }
    case 'u':
      (void)hotline::read_field("application/x-www-form-urlencoded", input, "id");
      break;
    case 'f':
      (void)hotline::read_fault(as_text(input));
      break;
    case 'd':
      (void)hotline::judge_file_details(input);
      break;
    default: {
      const auto judged = hotline::judge_report(input, 1'790'000'000);
      if (judged.finding.code == 0 && judged.incident_type.empty()) {
        std::abort();
      }
    }
  }
  return 0;
}
