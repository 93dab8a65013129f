// Step 7: the journal of reports to hotlines. Released steps are never edited (migrations.hpp).
#pragma once

#include <string_view>

namespace lightkeeper::store {

inline constexpr std::string_view kSubmission = R"sql(
SELECT 1;
)sql";

}  // namespace lightkeeper::store
