// A small XML document as a tree, read with everything switched off that a hostile document could
// use: document types, entities, other encodings, other files, the network.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/base/bytes.hpp"

namespace lightkeeper::reporting {

struct XmlElement {
  std::string name;  // with its prefix, if any
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string text;  // of this element alone, not of its children
  std::vector<XmlElement> children;
};

constexpr std::size_t kMaxXmlDepth = 16;
constexpr std::size_t kMaxXmlElements = 200'000;
constexpr std::size_t kMaxXmlAttributes = 16;  // of one element

/// `xml_refused`, with the reason.
[[nodiscard]] Result<XmlElement> read_xml(BytesView xml, std::size_t limit);
/// The part of read_xml() that needs no parser: size, encoding, no declarations of types or
/// entities, no NUL. Called before any of libxml2 sees the bytes.
[[nodiscard]] Status check_plain_xml(BytesView xml, std::size_t limit);
/// Starts libxml2 once, with loading of other files switched off for the whole process.
void prepare_libxml();

}  // namespace lightkeeper::reporting
