// The sealed record of a case (both versions) and the words of a notice: what decodes encodes to
// the same bytes.
#include "service/cases/record.hpp"
#include "service/cases/words.hpp"

using namespace lightkeeper;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView bytes(data, size);
  if (const auto record = cases::decode_case_record(bytes, 0)) {
    // Version 1 is only read; version 2 has one encoding.
    if (bytes[0] == 2 && cases::encode(*record) != to_bytes(bytes)) {
      __builtin_trap();
    }
  }
  if (const auto words = cases::decode_words(bytes)) {
    if (cases::encode(*words) != to_bytes(bytes)) {
      __builtin_trap();
    }
  }
  return 0;
}
