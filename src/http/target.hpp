// Request targets and routes: pure text work, without sockets.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace lightkeeper::http {

/// The target of a request line, taken apart. Segments are decoded one by one, so an encoded slash
/// never makes a new segment.
struct Target {
  std::string path;  // decoded
  std::vector<std::string> segments;
  std::map<std::string, std::string> query;
};

/// Takes origin-form only ("/a/b?c=d"). `bad_argument` for anything else: no leading slash, a
/// broken percent code, an encoded slash, a control character, text that is not UTF-8, a "." or
/// ".." segment, a name given twice in the query.
[[nodiscard]] Result<Target> parse_target(std::string_view target);

/// One segment of a route's pattern.
struct PatternSegment {
  enum class Kind { rest, parameter, literal };  // in rising order of precedence
  Kind kind;
  std::string text;  // the literal, or the name of the parameter
};
using Pattern = std::vector<PatternSegment>;

/// "/people/{account}" or "/files/{rest*}". Patterns come from our own program; a malformed one is
/// `bad_argument`.
[[nodiscard]] Result<Pattern> parse_pattern(std::string_view pattern);

/// The values of the placeholders, or nothing if the pattern does not fit. "{rest*}" may be empty,
/// but the slash before it must be there.
[[nodiscard]] std::optional<std::map<std::string, std::string>> match(const Pattern& pattern,
                                                                      const Target& target);

/// Whether `a` is the more exact of two patterns that both fit: at the first segment where they
/// differ in kind, a literal wins over a parameter, and a parameter over a rest.
[[nodiscard]] bool more_exact(const Pattern& a, const Pattern& b);

}  // namespace lightkeeper::http
