// The machine's clock, for commands.
#pragma once

#include <chrono>

#include "core/base/clock.hpp"

namespace lightkeeper::cli {

class WallClock final : public Clock {
 public:
  [[nodiscard]] UnixMillis now() override {
    const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
    return UnixMillis{static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(since_1970).count())};
  }
};

}  // namespace lightkeeper::cli
