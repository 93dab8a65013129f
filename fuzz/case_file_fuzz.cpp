// Case files: what is read is written and read the same, and everything made from it holds.
#include <cstdlib>

#include "service/reporting/tip.hpp"
#include "service/reporting/validate.hpp"

namespace lk = lightkeeper;
namespace reporting = lightkeeper::reporting;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (!lk::crypto::initialise()) {
    return 0;
  }
  const lk::BytesView bytes(data, size);
  static_cast<void>(reporting::parse_tip_facts(bytes));
  const auto file = reporting::parse_case_file(bytes);
  if (!file) {
    return 0;
  }
  const lk::Bytes again = reporting::encode_case_file(*file);
  const auto reread = reporting::parse_case_file(again);
  if (!reread || reporting::encode_case_file(*reread) != again) {
    std::abort();
  }
  const auto result = reporting::lint(*file, {});
  if (result.completeness.score < 0 || result.completeness.score > 100 || result.rescue.score < 0 ||
      result.rescue.score > 100) {
    std::abort();
  }
  if (const auto report = reporting::build_report(*file, {})) {
    const auto written = reporting::write_report(*report);
    // Whatever the words are, the document is well-formed.
    if (!written || !reporting::validate_report(written->bytes, file->made)) {
      std::abort();
    }
  }
  return 0;
}
