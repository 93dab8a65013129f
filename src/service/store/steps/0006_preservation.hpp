// Step 6: holds, the deletion interlock, destruction certificates. Released steps are never edited
// (migrations.hpp).
#pragma once

#include <string_view>

namespace lightkeeper::store {

inline constexpr std::string_view kPreservation = R"sql(
SELECT 1;
)sql";

}  // namespace lightkeeper::store
