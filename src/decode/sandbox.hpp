// Giving up every right that computing on memory and one open socket does not need.
#pragma once

#include <cstdint>

#include "core/base/result.hpp"

namespace lightkeeper::decode {

struct SandboxLimits {
  std::uint64_t
      memory_bytes;  // address space; not enforced in sanitizer builds, which reserve terabytes
  std::uint64_t cpu_seconds;  // for the whole life of the process
};

/// For a process with one thread. Afterwards and for good: no new privileges, no core dump, no new
/// file descriptor, no file of more than zero bytes, and a system-call filter in which reading and
/// writing what is open, memory that is not executable, clocks, threads (the WebP decoder needs
/// one) and the end of the process are all there is. Opening a file fails with EACCES, because
/// libraries try that and can do without; anything else outside the list, such as a socket, a new
/// process or a signal to another one, ends the process. Closes every file descriptor above 2.
/// Error: unavailable when the kernel refuses any of it.
[[nodiscard]] Status enter_sandbox(const SandboxLimits& limits);

}  // namespace lightkeeper::decode
