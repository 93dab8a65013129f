// TESTS ONLY: loaded in front of the C library (LD_PRELOAD), it makes the calendar of a program run LK_TEST_LATER_SECONDS
// ahead. Clocks that only measure how long something takes stay as they are.
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>

extern "C" int clock_gettime(clockid_t id, struct timespec* out) noexcept {
  const int result = static_cast<int>(::syscall(SYS_clock_gettime, id, out));
  const char* later = std::getenv("LK_TEST_LATER_SECONDS");
  if (result == 0 && id == CLOCK_REALTIME && later != nullptr) {
    out->tv_sec += std::atol(later);
  }
  return result;
}
