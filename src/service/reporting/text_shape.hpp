// Shapes of short texts, as case files and documents use them.
#pragma once

#include <string_view>

namespace lightkeeper::reporting {

/// Two capital letters.
[[nodiscard]] bool is_country(std::string_view text);
/// "+" and one to three digits.
[[nodiscard]] bool is_calling_code(std::string_view text);
/// Printable ASCII or UTF-8 without white space and control characters, with a scheme ("https:").
[[nodiscard]] bool is_url(std::string_view text);
/// Letters, digits, "-", "_", ":" and ".".
[[nodiscard]] bool is_id(std::string_view text);
/// An IPv4 or IPv6 address in its text form.
[[nodiscard]] bool is_ip(std::string_view text);
/// Code points of UTF-8.
[[nodiscard]] std::size_t characters(std::string_view utf8);
/// The first `most` code points, whole.
[[nodiscard]] std::string_view first_characters(std::string_view utf8, std::size_t most);

}  // namespace lightkeeper::reporting
