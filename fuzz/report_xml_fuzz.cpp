// Documents for the CyberTipline, as anybody may send them to our validator.
#include <cstdlib>

#include "service/reporting/validate.hpp"
#include "service/reporting/xsd.hpp"

namespace lk = lightkeeper;
namespace reporting = lightkeeper::reporting;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const lk::BytesView bytes(data, size);
  const auto faults = reporting::validate_report(bytes, lk::UnixMillis{1'800'000'000'000});
  static_cast<void>(reporting::validate_file_details(bytes, false));
  if (faults && faults->size() > 100) {
    std::abort();
  }
  static const lk::Bytes schema = lk::to_bytes(std::string_view(
      "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"><xs:element name=\"report\" "
      "type=\"xs:anyType\"/></xs:schema>"));
  static_cast<void>(reporting::validate_by_xsd(bytes, schema));
  return 0;
}
