// Time comes in from outside: the core has no clock of its own.
#pragma once

#include "core/base/ids.hpp"

namespace lightkeeper {

class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;
  [[nodiscard]] virtual UnixMillis now() = 0;
};

/// A clock that stands where it is put; for hosts that pass the time in, and for tests.
class SetClock final : public Clock {
 public:
  explicit SetClock(UnixMillis start) : now_(start) {}
  [[nodiscard]] UnixMillis now() override { return now_; }
  void set(UnixMillis time) { now_ = time; }

 private:
  UnixMillis now_;
};

}  // namespace lightkeeper
