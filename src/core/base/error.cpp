#include "core/base/error.hpp"

namespace lightkeeper {

const std::vector<ErrorEntry>& error_catalogue() {
  static const std::vector<ErrorEntry> entries = {
#define LK_ERROR(name, number, http, exit, title, mend) \
  ErrorEntry{ErrorCode::name, #name, http, exit, title, mend},
#include "core/base/errors.def"
#undef LK_ERROR
  };
  return entries;
}

const ErrorEntry& describe(ErrorCode code) {
  const auto& entries = error_catalogue();
  for (const auto& entry : entries) {
    if (entry.code == code) {
      return entry;
    }
  }
  return entries.front();
}

std::optional<ErrorCode> error_code_from_name(std::string_view name) {
  for (const auto& entry : error_catalogue()) {
    if (entry.name == name) {
      return entry.code;
    }
  }
  return std::nullopt;
}

std::string Error::message() const {
  std::string text(describe(code).title);
  text += " (";
  text += where;
  if (!detail.empty()) {
    text += ": ";
    text += detail;
  }
  text += ")";
  return text;
}

}  // namespace lightkeeper
