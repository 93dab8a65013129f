// The two ways in which a form arrives: multipart/form-data (RFC 7578) and urlencoded. Strict and
// bounded: bytes from anybody. Pure; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"

namespace lightkeeper::hotline {

struct Part {
  std::string name;
  std::string file_name;  // empty: none given
  std::string content_type;
  BytesView content;  // of the body
};

constexpr std::size_t kMaxParts = 16;
constexpr std::size_t kMaxPartHeader = 4096;

/// The parts of a body; views of it. `bad_format` with what is wrong.
[[nodiscard]] Result<std::vector<Part>> read_multipart(const std::string& content_type,
                                                       BytesView body);
/// One field of either kind of form; nothing if it is not there, twice there, or the form is not
/// one.
[[nodiscard]] std::optional<std::string> read_field(const std::string& content_type, BytesView body,
                                                    std::string_view name);

}  // namespace lightkeeper::hotline
