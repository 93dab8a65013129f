// The wall clock of the operator's machine. Thread-safe.
#pragma once

#include <chrono>

#include "core/base/clock.hpp"

namespace lightkeeper::store {

class SystemClock final : public Clock {
 public:
  [[nodiscard]] UnixMillis now() override {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return UnixMillis{static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(since).count())};
  }
};

}  // namespace lightkeeper::store
