#include "core/lists/plain_list.hpp"

#include <charconv>

#include "core/lists/hash_list.hpp"

namespace lightkeeper::lists {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::unexpected<Error> refuse(std::size_t line, ErrorCode code, std::string_view why) {
  return fail(code, "plain_list", "line " + std::to_string(line) + ": " + std::string(why));
}

}  // namespace

Result<std::vector<PlainEntry>> parse_plain_list(BytesView text) {
  std::string_view rest = as_text(text);
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (rest.starts_with(kByteOrderMark)) {
    rest.remove_prefix(kByteOrderMark.size());
  }
  std::vector<PlainEntry> entries;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const auto end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    if (line.size() > kMaxPlainLine) {
      return refuse(number, ErrorCode::too_large,
                    "longer than " + std::to_string(kMaxPlainLine) + " bytes");
    }
    line = trimmed(line.substr(0, line.find('#')));
    if (line.empty()) {
      continue;
    }
    if (entries.size() == kMaxEntries) {
      return refuse(number, ErrorCode::too_large,
                    "more than " + std::to_string(kMaxEntries) + " hashes");
    }
    const auto comma = line.find(',');
    const auto hash = media::pdq_from_text(trimmed(line.substr(0, comma)));
    if (!hash) {
      return refuse(number, ErrorCode::bad_format, "not a hash of 64 hexadecimal digits");
    }
    PlainEntry entry{*hash, 0};
    if (comma != std::string_view::npos) {
      const std::string_view category = trimmed(line.substr(comma + 1));
      const char* last = category.data() + category.size();
      const auto [stopped, problem] = std::from_chars(category.data(), last, entry.category);
      if (problem != std::errc{} || stopped != last) {
        return refuse(number, ErrorCode::bad_format,
                      "the category is not a number from 0 to 65535");
      }
    }
    entries.push_back(entry);
  }
  return entries;
}

}  // namespace lightkeeper::lists
