#include "decode/sandbox.hpp"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LK_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LK_SANITIZED 1
#endif
#endif

namespace lightkeeper::decode {
namespace {

bool limit(decltype(RLIMIT_AS) what, rlim_t value) {
  const rlimit both{value, value};
  return setrlimit(what, &both) == 0;
}

/// What the C library's pthread_create asks for, and no process does.
constexpr scmp_datum_t kThreadFlags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM |
                                      CLONE_SIGHAND | CLONE_THREAD | CLONE_SETTLS |
                                      CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;

class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_KILL_PROCESS)) {}
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;
  ~Filter() { seccomp_release(context_); }

  Filter& allow(std::initializer_list<int> calls) {
    for (const int call : calls) {
      good_ = good_ && seccomp_rule_add_array(context_, SCMP_ACT_ALLOW, call, 0, nullptr) == 0;
    }
    return *this;
  }
  Filter& answer(std::uint16_t error, std::initializer_list<int> calls) {
    for (const int call : calls) {
      good_ =
          good_ && seccomp_rule_add_array(context_, SCMP_ACT_ERRNO(error), call, 0, nullptr) == 0;
    }
    return *this;
  }
  /// Only when argument `index`, masked, has this value.
  Filter& allow_when(int call, unsigned index, scmp_datum_t mask, scmp_datum_t value) {
    const scmp_arg_cmp fits{index, SCMP_CMP_MASKED_EQ, mask, value};
    good_ = good_ && seccomp_rule_add_array(context_, SCMP_ACT_ALLOW, call, 1, &fits) == 0;
    return *this;
  }
  [[nodiscard]] bool load() { return good_ && context_ != nullptr && seccomp_load(context_) == 0; }

 private:
  scmp_filter_ctx context_;
  bool good_ = true;
};

}  // namespace

Status enter_sandbox(const SandboxLimits& limits) {
  bool good = close_range(3, ~0U, 0) == 0;
  good = good && limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_NOFILE, 3) &&
         limit(RLIMIT_CPU, limits.cpu_seconds);
#if !defined(LK_SANITIZED)
  good = good && limit(RLIMIT_AS, limits.memory_bytes);
#endif
  good = good && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
         prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
  if (!good) {
    return fail(ErrorCode::unavailable, "sandbox.limits");
  }
  Filter filter;
  filter
      .allow({SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(close), SCMP_SYS(lseek), SCMP_SYS(fstat),
              SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk), SCMP_SYS(madvise), SCMP_SYS(futex),
              SCMP_SYS(sched_yield), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
              SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(gettid),
              SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall),
              SCMP_SYS(rt_sigaction), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(exit),
              SCMP_SYS(exit_group),
              // How many processors and how much memory there are: the C library asks when it makes
              // an arena for a thread or sorts.
              SCMP_SYS(sched_getaffinity), SCMP_SYS(sysinfo)})
      .answer(EACCES, {SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2), SCMP_SYS(creat),
                       SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(stat),
                       SCMP_SYS(lstat), SCMP_SYS(newfstatat), SCMP_SYS(readlink),
                       SCMP_SYS(readlinkat), SCMP_SYS(getcwd)})
      .answer(
          ENOSYS,
          {SCMP_SYS(clone3)})  // its arguments cannot be looked at; the C library then uses clone
      .allow_when(SCMP_SYS(clone), 0, ~scmp_datum_t{0}, kThreadFlags)
      .allow_when(SCMP_SYS(prctl), 0, ~scmp_datum_t{0}, PR_SET_NAME)
      .allow_when(SCMP_SYS(mmap), 2, PROT_EXEC, 0)
      .allow_when(SCMP_SYS(mprotect), 2, PROT_EXEC, 0);
#if defined(LK_SANITIZED)
  filter.allow({SCMP_SYS(sigaltstack)});
#endif
  if (!filter.load()) {
    return fail(ErrorCode::unavailable, "sandbox.filter");
  }
  return {};
}

}  // namespace lightkeeper::decode
