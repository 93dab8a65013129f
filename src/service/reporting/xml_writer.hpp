// Writes XML with libxml2's text writer; every text passes the one place that replaces what XML 1.0
// cannot carry.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "service/reporting/person.hpp"

namespace lightkeeper::reporting {

class XmlWriter {
 public:
  XmlWriter();
  ~XmlWriter();
  XmlWriter(const XmlWriter&) = delete;
  XmlWriter& operator=(const XmlWriter&) = delete;

  void open(const char* name);
  void close();
  void attribute(const char* name, std::string_view value);
  void attribute(const char* name, const std::optional<std::string>& value);
  void attribute(const char* name, std::optional<bool> value);
  void attribute(const char* name, std::optional<UnixMillis> value);
  void text(std::string_view value);

  void element(const char* name, std::string_view value);
  void element(const char* name, const char* value) { element(name, std::string_view(value)); }
  void element(const char* name, const std::string& value) {
    element(name, std::string_view(value));
  }
  void element(const char* name, bool value);
  void element(const char* name, std::uint64_t value);
  void element(const char* name, UnixMillis value);
  void element(const char* name, const Date& value);
  template <class T>
  void element(const char* name, const std::optional<T>& value) {
    if (value) {
      element(name, *value);
    }
  }
  template <class T>
  void element(const char* name, const std::vector<T>& values) {
    for (const auto& value : values) {
      element(name, value);
    }
  }
  /// Ends the document. Characters replaced by U+FFFD so far: replaced().
  [[nodiscard]] Bytes finish();
  [[nodiscard]] std::size_t replaced() const { return replaced_; }

 private:
  struct State;
  std::string clean(std::string_view value);
  std::unique_ptr<State> state_;
  std::size_t replaced_ = 0;
};

/// The text with every byte sequence that is not a character of XML 1.0 as U+FFFD; `replaced` more
/// of them.
struct CleanText {
  std::string text;
  std::size_t replaced = 0;
};
[[nodiscard]] CleanText clean_for_xml(std::string_view text);

}  // namespace lightkeeper::reporting
