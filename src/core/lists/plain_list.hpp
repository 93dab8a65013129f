// Plain text lists as other tools write them: one hash of 64 hexadecimal digits a line, most
// significant digit first, optionally followed by a comma and a category number. Blank lines and
// what follows a '#' do not count.
#pragma once

#include "core/lists/entry.hpp"

namespace lightkeeper::lists {

/// Longer lines are refused unread.
constexpr std::size_t kMaxPlainLine = 1024;
/// No plain list is larger; readers of files stop here.
constexpr std::size_t kMaxPlainFile = std::size_t{1} << 30U;

struct PlainEntry {
  media::PdqBits hash;
  std::uint16_t category = 0;
  auto operator<=>(const PlainEntry&) const = default;
};

/// In the order of the file. Line ends are LF or CRLF, also missing at the last line; a UTF-8 byte
/// order mark at the start is skipped. Errors name the line and never repeat what stands there:
/// `bad_format`, `too_large`.
[[nodiscard]] Result<std::vector<PlainEntry>> parse_plain_list(BytesView text);

}  // namespace lightkeeper::lists
