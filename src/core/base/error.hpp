// Errors are values. An Error never carries user data: its parts are a code from the catalogue, the
// place in our own program text, and an optional detail that the program wrote.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lightkeeper {

enum class ErrorCode : std::uint16_t {
#define LK_ERROR(name, number, http, exit, title, mend) name = number,
#include "core/base/errors.def"
#undef LK_ERROR
};

/// One line of the catalogue.
struct ErrorEntry {
  ErrorCode code;
  std::string_view name;   // stable identifier, e.g. "frank_invalid"
  int http_status;         // RFC 9110 status of the problem document
  int exit_code;           // of the command line, after sysexits where one fits
  std::string_view title;  // one plain sentence
  std::string_view mend;   // what the reader can do about it
};

/// The catalogue, in the order of errors.def.
[[nodiscard]] const std::vector<ErrorEntry>& error_catalogue();
/// The line for a code. Every ErrorCode has one.
[[nodiscard]] const ErrorEntry& describe(ErrorCode code);
/// The code with this stable name, if any.
[[nodiscard]] std::optional<ErrorCode> error_code_from_name(std::string_view name);

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string_view where;  // a string literal of ours: "hash_list.signature"
  std::string detail;      // written by the program; never content, names or identifiers of people

  Error(ErrorCode c, std::string_view place) : code(c), where(place) {}
  Error(ErrorCode c, std::string_view place, std::string more)
      : code(c), where(place), detail(std::move(more)) {}

  /// "title (where: detail)": one line for people.
  [[nodiscard]] std::string message() const;
};

}  // namespace lightkeeper
