// Our own check of the two CyberTipline documents: order, cardinality, values, and the rules that
// stand in the documentation but not in the schema. NCMEC's schema itself is never shipped; an
// operator who has it can check against it as well (xsd.hpp).
#pragma once

#include <string>
#include <vector>

#include "core/base/ids.hpp"

namespace lightkeeper::reporting {

constexpr std::size_t kMaxReportXml = 64 * 1024 * 1024;

/// One broken rule. `path` is made of element names and positions; `rule` is a stable word of
/// docs/reference/report-rules.md; neither holds content.
struct Fault {
  std::string path;  // "/report/victim[1]/victimPerson"
  std::string rule;  // "required", "order", "cardinality", "unknown", "value", ...
  std::string why;
  bool operator==(const Fault&) const = default;
};

/// Every fault, in document order, at most 100. `xml_refused` for what is not plain well-formed
/// XML within limits: document types, entities, other encodings than UTF-8, too deep or too large.
/// `now` bounds the time of the incident.
[[nodiscard]] Result<std::vector<Fault>> validate_report(BytesView xml, UnixMillis now);
/// `viewed`: whether a signed event shows that the whole file was seen; fileViewedByEsp may say
/// true only then.
[[nodiscard]] Result<std::vector<Fault>> validate_file_details(BytesView xml, bool viewed);

}  // namespace lightkeeper::reporting
