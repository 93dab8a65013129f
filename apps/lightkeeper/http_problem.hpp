// What a problem document of ours says, as an error of the command that got it.
#pragma once

#include <string_view>

#include "http/http.hpp"

namespace lightkeeper::cli {

/// The code and detail that the answer names; `unavailable` with the status when it names none.
[[nodiscard]] Error problem_of(const http::ClientResponse& response, std::string_view where);

}  // namespace lightkeeper::cli
