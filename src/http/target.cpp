#include "http/target.hpp"

#include <algorithm>

#include "core/base/codec.hpp"

namespace lightkeeper::http {
namespace {

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return static_cast<unsigned>(c - '0');
  }
  if (c >= 'a' && c <= 'f') {
    return static_cast<unsigned>(c - 'a') + 10;
  }
  if (c >= 'A' && c <= 'F') {
    return static_cast<unsigned>(c - 'A') + 10;
  }
  return std::nullopt;
}

Result<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
      const auto low = i + 2 < text.size() ? hex_digit(text[i + 2]) : std::nullopt;
      if (!high || !low) {
        return fail(ErrorCode::bad_argument, "http.target", "a percent code is broken");
      }
      out += static_cast<char>(*high * 16 + *low);
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  if (!is_utf8(as_bytes(out))) {
    return fail(ErrorCode::bad_argument, "http.target", "not UTF-8");
  }
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::ranges::any_of(out, is_control)) {
    return fail(ErrorCode::bad_argument, "http.target", "a control character");
  }
  return out;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(end + 1);
  }
}

}  // namespace

Result<Target> parse_target(std::string_view target) {
  if (!target.starts_with('/')) {
    return fail(ErrorCode::bad_argument, "http.target", "only an absolute path is taken");
  }
  const auto question = target.find('?');
  Target out;
  for (const auto raw :
       split(target.substr(1, question == std::string_view::npos ? question : question - 1), '/')) {
    LK_TRY(segment, percent_decode(raw, false));
    const std::string_view view = segment;
    if (view == "." || view == ".." || view.contains('/') || view.contains('\\')) {
      return fail(ErrorCode::bad_argument, "http.target", "a segment that climbs");
    }
    out.path += '/';
    out.path += segment;
    out.segments.push_back(std::move(segment));
  }
  if (question == std::string_view::npos) {
    return out;
  }
  for (const auto pair : split(target.substr(question + 1), '&')) {
    if (pair.empty()) {
      continue;
    }
    const auto equals = pair.find('=');
    LK_TRY(name, percent_decode(pair.substr(0, equals), true));
    LK_TRY(value,
           percent_decode(equals == std::string_view::npos ? "" : pair.substr(equals + 1), true));
    if (!out.query.emplace(std::move(name), std::move(value)).second) {
      return fail(ErrorCode::bad_argument, "http.target", "a query name is given twice");
    }
  }
  return out;
}

Result<Pattern> parse_pattern(std::string_view pattern) {
  if (!pattern.starts_with('/')) {
    return fail(ErrorCode::bad_argument, "http.pattern", std::string(pattern));
  }
  Pattern out;
  const auto parts = split(pattern.substr(1), '/');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto part = parts[i];
    using Kind = PatternSegment::Kind;
    if (!part.starts_with('{')) {
      out.push_back({Kind::literal, std::string(part)});
    } else if (part.ends_with("*}") && i + 1 == parts.size()) {
      out.push_back({Kind::rest, std::string(part.substr(1, part.size() - 3))});
    } else if (part.ends_with('}') && !part.contains('*')) {
      out.push_back({Kind::parameter, std::string(part.substr(1, part.size() - 2))});
    } else {
      return fail(ErrorCode::bad_argument, "http.pattern", std::string(pattern));
    }
  }
  return out;
}

std::optional<std::map<std::string, std::string>> match(const Pattern& pattern,
                                                        const Target& target) {
  std::map<std::string, std::string> params;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (i >= target.segments.size()) {
      return std::nullopt;
    }
    const auto& [kind, text] = pattern[i];
    const auto& segment = target.segments[i];
    if (kind == PatternSegment::Kind::rest) {
      std::string rest = segment;
      for (std::size_t j = i + 1; j < target.segments.size(); ++j) {
        rest += '/';
        rest += target.segments[j];
      }
      params.emplace(text, std::move(rest));
      return params;
    }
    if (kind == PatternSegment::Kind::literal ? segment != text : segment.empty()) {
      return std::nullopt;
    }
    if (kind == PatternSegment::Kind::parameter) {
      params.emplace(text, segment);
    }
  }
  if (pattern.size() != target.segments.size()) {
    return std::nullopt;
  }
  return params;
}

bool more_exact(const Pattern& a, const Pattern& b) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (a[i].kind != b[i].kind) {
      return a[i].kind > b[i].kind;
    }
  }
  return a.size() > b.size();
}

}  // namespace lightkeeper::http
