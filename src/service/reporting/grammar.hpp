// The two CyberTipline documents as a grammar: written from the public description of the schema
// (10 November 2025), element by element, in the order that it demands.
#pragma once

#include <span>
#include <string_view>

namespace lightkeeper::reporting {

enum class Value {
  none,        // children only
  text,        // anything
  note,        // at most 3000 characters
  token,       // not empty, no white space at its ends
  boolean,     // true, false, 1, 0
  fixed_true,  // empty or true; "false" is not a value
  count,       // a whole number from 0
  degrees,     // a decimal number
  time,        // xs:dateTime with a zone
  any_time,    // xs:dateTime or xs:date
  date,        // xs:date
  url,         // no white space, no control characters
  country,     // two capital letters
  us_state,    // the same
  calling_code,
  ip,
  port,
  choice,  // one of `words`
};

struct ElementType;
struct Attribute {
  std::string_view name;
  Value value = Value::text;
  std::span<const std::string_view> words{};
  bool required = false;
};
enum class Times { optional, once, any, some };  // 0 to 1, 1, 0 to n, 1 to n
struct Child {
  std::string_view name;
  const ElementType* type;
  Times times = Times::optional;
  bool or_before = false;  // an alternative to the child before it, at the same place
};
struct ElementType {
  Value value = Value::none;
  std::span<const std::string_view> words{};  // of Value::choice
  std::span<const Child> children{};
  bool any_order = false;  // xs:all; otherwise the order of the table
  std::span<const Attribute> attributes{};
};

[[nodiscard]] const ElementType& report_grammar();
[[nodiscard]] const ElementType& file_details_grammar();

}  // namespace lightkeeper::reporting
