#include "child_processes.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <thread>

namespace lightkeeper::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 8s;

sigset_t watched_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGCHLD}) {
    sigaddset(&signals, signal);
  }
  return signals;
}

/// The last lines of a log that our own program wrote.
std::string last_words(const std::filesystem::path& log) {
  std::ifstream file(log);
  std::array<std::string, 3> lines;
  std::size_t count = 0;
  for (std::string line; std::getline(file, line); ++count) {
    lines[count % lines.size()] = line.substr(0, 300);
  }
  std::string text;
  for (std::size_t i = count - std::min(count, lines.size()); i < count; ++i) {
    text += "\n    " + lines[i % lines.size()];
  }
  return text;
}

std::string fate(int status) {
  return WIFSIGNALED(status) ? std::string("was ended by ") + strsignal(WTERMSIG(status))
                             : "has ended with status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

ChildProcesses::ChildProcesses() {
  const sigset_t signals = watched_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

Status ChildProcesses::launch(std::string name, const std::vector<std::string>& arguments,
                              const std::filesystem::path& log, bool ends_by_itself) {
  // Everything is prepared before the fork: after it, a process with threads may call only the
  // simplest functions.
  std::vector<std::string> words = arguments;
  std::vector<char*> argv = {const_cast<char*>("lightkeeper")};
  for (auto& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  const int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (input < 0 || output < 0) {
    return fail(ErrorCode::io_failed, "child.log", std::strerror(errno));
  }
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) {
    // A group of its own: Ctrl-C in a terminal reaches the parent only, which then stops the
    // children in order.
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) {
      _exit(1);  // the parent ended before it could be noticed
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    execv("/proc/self/exe", argv.data());
    _exit(127);
  }
  close(input);
  close(output);
  if (pid < 0) {
    return fail(ErrorCode::unavailable, "child.start", std::strerror(errno));
  }
  children_.push_back({std::move(name), log, pid, ends_by_itself});
  return {};
}

Status ChildProcesses::start(std::string name, const std::vector<std::string>& arguments,
                             const std::filesystem::path& log) {
  return launch(std::move(name), arguments, log, false);
}

Status ChildProcesses::run(std::string name, const std::vector<std::string>& arguments,
                           const std::filesystem::path& log) {
  LK_CHECK_OK(launch(std::move(name), arguments, log, true));
  const pid_t pid = children_.back().pid;
  while (!asked_to_stop_ &&
         std::ranges::any_of(children_, [pid](const Child& child) { return child.pid == pid; })) {
    LK_CHECK_OK(pause(100ms));
  }
  return {};
}

Status ChildProcesses::collect() {
  for (auto child = children_.begin(); child != children_.end();) {
    int status = 0;
    if (waitpid(child->pid, &status, WNOHANG) != child->pid) {
      ++child;
      continue;
    }
    const Child ended = *child;
    child = children_.erase(child);
    if (!ended.ends_by_itself || status != 0) {
      return fail(ErrorCode::unavailable, "demo",
                  ended.name + " " + fate(status) + "; its log is " + ended.log.string() +
                      last_words(ended.log));
    }
  }
  return {};
}

Status ChildProcesses::pause(std::chrono::milliseconds time) {
  const sigset_t signals = watched_signals();
  const timespec limit = {time.count() / 1000, time.count() % 1000 * 1'000'000};
  const int signal = sigtimedwait(&signals, nullptr, &limit);
  if (signal == SIGINT || signal == SIGTERM) {
    asked_to_stop_ = true;
    return {};
  }
  return collect();
}

void ChildProcesses::stop() {
  while (!children_.empty()) {
    const pid_t pid = children_.back().pid;
    children_.pop_back();
    kill(pid, SIGTERM);
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (waitpid(pid, nullptr, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() > until) {
        kill(pid, SIGKILL);
        waitpid(pid, nullptr, 0);
        break;
      }
      std::this_thread::sleep_for(10ms);
    }
  }
}

}  // namespace lightkeeper::cli
