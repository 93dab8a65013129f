// Which tables hold keys that the evidence key has wrapped, and what each is bound to. A test
// compares this with the schema.
#pragma once

#include "service/evidence_keys/rewrap.hpp"

namespace lightkeeper::service {

[[nodiscard]] std::vector<evidence_keys::WrappedColumn> wrapped_columns();

}  // namespace lightkeeper::service
