#include "forms.hpp"

#include <algorithm>

namespace lightkeeper::hotline {

namespace {

constexpr std::size_t kMaxBoundary = 70;  // RFC 2046, section 5.1.1

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

std::unexpected<Error> bad(const char* what) {
  return fail(ErrorCode::bad_format, "hotline.form", what);
}

/// The value of `; name=value` or `; name="value"` in a header field.
std::optional<std::string> parameter(std::string_view field, std::string_view wanted) {
  auto at = field.find(';');
  while (at != std::string_view::npos) {
    field.remove_prefix(at + 1);
    const auto equal = field.find('=');
    if (equal == std::string_view::npos) {
      return std::nullopt;
    }
    const bool is_it = lower(trimmed(field.substr(0, equal))) == wanted;
    field = field.substr(equal + 1);
    std::string value;
    if (field.starts_with('"')) {
      std::size_t i = 1;
      for (; i < field.size() && field[i] != '"'; ++i) {
        if (field[i] == '\\' && i + 1 < field.size()) {
          ++i;
        }
        value += field[i];
      }
      if (i >= field.size()) {
        return std::nullopt;
      }
      field.remove_prefix(i + 1);
    } else {
      value = trimmed(field.substr(0, field.find(';')));
    }
    if (is_it) {
      return value;
    }
    at = field.find(';');
  }
  return std::nullopt;
}

Result<Part> read_part(std::string_view text) {
  const auto end = text.find("\r\n\r\n");
  const bool bare = text.starts_with("\r\n");
  if (!bare && (end == std::string_view::npos || end > kMaxPartHeader)) {
    return bad("a part has no end of its header");
  }
  Part part;
  auto header = bare ? std::string_view() : text.substr(0, end);
  part.content = as_bytes(text.substr(bare ? 2 : end + 4));
  bool named = false;
  while (!header.empty()) {
    const auto line = header.substr(0, header.find("\r\n"));
    header.remove_prefix(std::min(line.size() + 2, header.size()));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) {
      return bad("a line of a part's header has no colon");
    }
    const auto name = lower(trimmed(line.substr(0, colon)));
    const auto value = trimmed(line.substr(colon + 1));
    if (name == "content-disposition") {
      const auto field = parameter(value, "name");
      if (!lower(value).starts_with("form-data") || !field || named) {
        return bad("a part is not form-data with one name");
      }
      named = true;
      part.name = *field;
      part.file_name = parameter(value, "filename").value_or("");
    } else if (name == "content-type") {
      part.content_type = value;
    } else if (name == "content-transfer-encoding" && lower(value) != "binary" &&
               lower(value) != "8bit" && lower(value) != "7bit") {
      return bad("a part is encoded for transfer");
    }
  }
  if (!named) {
    return bad("a part has no name");
  }
  return part;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::optional<std::string> from_url(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size() || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0) {
      return std::nullopt;
    }
    out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
    i += 2;
  }
  return out;
}

}  // namespace

Result<std::vector<Part>> read_multipart(const std::string& content_type, BytesView body) {
  if (!lower(content_type).starts_with("multipart/form-data")) {
    return bad("multipart/form-data is expected");
  }
  const auto boundary = parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > kMaxBoundary) {
    return bad("the boundary is missing or too long");
  }
  const auto all = as_text(body);
  const auto first = "--" + *boundary;
  const auto next = "\r\n" + first;
  std::size_t at = 0;
  if (!all.starts_with(first)) {  // a preamble is allowed and ignored
    const auto found = all.find(next);
    if (found == std::string_view::npos) {
      return bad("the boundary is not there");
    }
    at = found + 2;
  }
  at += first.size();
  std::vector<Part> out;
  while (true) {
    auto rest = all.substr(at);
    if (rest.starts_with("--")) {
      return out;
    }
    while (rest.starts_with(' ') || rest.starts_with('\t')) {
      rest.remove_prefix(1);
    }
    if (!rest.starts_with("\r\n")) {
      return bad("the boundary is not followed by a new line");
    }
    rest.remove_prefix(2);
    // The bytes of a file may hold anything but the boundary; the header of a part stands first.
    const auto end = rest.starts_with(first) ? 0 : rest.find(next);
    if (end == std::string_view::npos) {
      return bad("the last boundary is missing");
    }
    if (out.size() == kMaxParts) {
      return bad("too many parts");
    }
    LK_TRY(part, read_part(rest.substr(0, end)));
    out.push_back(std::move(part));
    at = static_cast<std::size_t>(rest.data() - all.data()) + end + next.size();
  }
}

std::optional<std::string> read_field(const std::string& content_type, BytesView body,
                                      std::string_view name) {
  std::optional<std::string> out;
  if (lower(content_type).starts_with("application/x-www-form-urlencoded")) {
    auto rest = as_text(body);
    while (!rest.empty()) {
      const auto pair = rest.substr(0, rest.find('&'));
      rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
      const auto equal = std::min(pair.find('='), pair.size());
      const auto key = from_url(pair.substr(0, equal));
      auto value = from_url(pair.substr(std::min(equal + 1, pair.size())));
      if (!key || !value || (*key == name && out)) {
        return std::nullopt;
      }
      if (*key == name) {
        out = std::move(value);
      }
    }
    return out;
  }
  const auto parts = read_multipart(content_type, body);
  if (!parts) {
    return std::nullopt;
  }
  for (const auto& part : *parts) {
    if (part.name == name) {
      if (out || part.content.size() > kMaxPartHeader) {
        return std::nullopt;
      }
      out = std::string(as_text(part.content));
    }
  }
  return out;
}

}  // namespace lightkeeper::hotline
