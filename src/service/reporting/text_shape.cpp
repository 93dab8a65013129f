#include "service/reporting/text_shape.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <string>

namespace lightkeeper::reporting {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

bool is_country(std::string_view text) {
  return text.size() == 2 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_calling_code(std::string_view text) {
  return text.size() >= 2 && text.size() <= 4 && text[0] == '+' &&
         std::ranges::all_of(text.substr(1), is_digit);
}

bool is_url(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_letter(text[0])) {
    return false;
  }
  const auto scheme = text.substr(0, colon);
  if (!std::ranges::all_of(scheme, [](char c) {
        return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
      })) {
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte <= 0x20 || byte == 0x7F) {
      return false;
    }
    // U+0080 to U+00A0 (C1 controls, no-break space), U+1680, U+2000 to U+200A, U+2028, U+2029,
    // U+202F, U+205F, U+3000: white space and controls beyond ASCII.
    const auto next = [&](std::size_t k) {
      return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0U;
    };
    if (byte == 0xC2 && next(1) <= 0xA0) {
      return false;
    }
    if (byte == 0xE1 && next(1) == 0x9A && next(2) == 0x80) {
      return false;
    }
    if (byte == 0xE2 && next(1) == 0x80 &&
        (next(2) <= 0x8A || next(2) == 0xA8 || next(2) == 0xA9 || next(2) == 0xAF)) {
      return false;
    }
    if ((byte == 0xE2 && next(1) == 0x81 && next(2) == 0x9F) ||
        (byte == 0xE3 && next(1) == 0x80 && next(2) == 0x80)) {
      return false;
    }
  }
  return true;
}

bool is_id(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == ':' || c == '.';
  });
}

bool is_ip(std::string_view text) {
  if (text.size() > 45 || text.find('\0') != std::string_view::npos) {
    return false;
  }
  const std::string copy(text);
  in6_addr address{};
  return inet_pton(AF_INET, copy.c_str(), &address) == 1 ||
         inet_pton(AF_INET6, copy.c_str(), &address) == 1;
}

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(
      utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string_view first_characters(std::string_view utf8, std::size_t most) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    if ((static_cast<unsigned char>(utf8[i]) & 0xC0) != 0x80 && ++seen > most) {
      return utf8.substr(0, i);
    }
  }
  return utf8;
}

}  // namespace lightkeeper::reporting
