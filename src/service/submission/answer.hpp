// A hotline's answer, read. Private to this room. Bytes from a network: bounded and strict. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"

namespace lightkeeper::submission {

constexpr std::size_t kMaxAnswer = 1024UL * 1024;
constexpr std::size_t kMaxIdentifier = 128;
constexpr std::size_t kMaxAnswerFiles = 10'000;

struct Answer {
  std::int64_t code = 0;
  std::optional<std::string> report_id, file_id, hash;
  std::vector<std::string> files;  // of a reportDoneResponse
  bool done = false;               // it is a reportDoneResponse
};

/// `answer_not_understood` for anything but one of the two documents, well-formed, without document
/// type, each element at most once, identifiers of printable ASCII.
[[nodiscard]] Result<Answer> read_answer(BytesView document);

/// What a response code asks for. Codes that the table does not hold are treated by their thousand.
enum class Meaning : std::uint8_t {
  ok,
  transient,          // try again, on the same report
  configuration,      // nothing will work until somebody mends the settings
  rejected,           // this document will never be taken as it is
  report_gone,        // 5001
  file_gone,          // 5002
  already_retracted,  // 5101
  already_finished,   // 5102
};
[[nodiscard]] Meaning meaning_of(std::int64_t code);

}  // namespace lightkeeper::submission
