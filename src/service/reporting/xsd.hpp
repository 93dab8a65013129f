// A second check against a schema file that the operator downloaded. No network and no other file
// is ever read: a schema that imports another one is refused.
#pragma once

#include "service/reporting/validate.hpp"

namespace lightkeeper::reporting {

constexpr std::size_t kMaxXsd = 4 * 1024 * 1024;

/// `schema_unusable` for what validate_by_xsd() could not use; for looking at a file once, early.
[[nodiscard]] Status check_xsd(BytesView xsd);

/// Faults by the operator's schema, at most 100; `schema_unusable` for a schema that cannot be
/// used, `xml_refused` as validate_report().
[[nodiscard]] Result<std::vector<Fault>> validate_by_xsd(BytesView xml, BytesView xsd);

}  // namespace lightkeeper::reporting
