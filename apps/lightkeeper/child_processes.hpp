// Copies of this program that run as children: started, watched, stopped together.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace lightkeeper::cli {

/// From its making on, SIGINT, SIGTERM and SIGCHLD wait for pause(). Make it before the first
/// thread starts, and one per process. Children end when this process ends, however it ends.
class ChildProcesses {
 public:
  ChildProcesses();
  ChildProcesses(const ChildProcesses&) = delete;
  ChildProcesses& operator=(const ChildProcesses&) = delete;
  ~ChildProcesses() { stop(); }

  /// Starts this program with these arguments; what it prints goes to `log`. It is expected to run
  /// until stop().
  [[nodiscard]] Status start(std::string name, const std::vector<std::string>& arguments,
                             const std::filesystem::path& log);
  /// The same for one that ends by itself; waits for that. `unavailable` if its status is not 0,
  /// with its last words.
  [[nodiscard]] Status run(std::string name, const std::vector<std::string>& arguments,
                           const std::filesystem::path& log);
  /// Waits at most this long. `unavailable` names a child that has ended, with its last words.
  [[nodiscard]] Status pause(std::chrono::milliseconds time);
  /// Whether SIGINT or SIGTERM has come.
  [[nodiscard]] bool asked_to_stop() const { return asked_to_stop_; }
  /// Ends all children, the youngest first: politely, and after eight seconds each without asking.
  void stop();

 private:
  struct Child {
    std::string name;
    std::filesystem::path log;
    pid_t pid;
    bool ends_by_itself;
  };
  [[nodiscard]] Status launch(std::string name, const std::vector<std::string>& arguments,
                              const std::filesystem::path& log, bool ends_by_itself);
  [[nodiscard]] Status collect();

  std::vector<Child> children_;
  bool asked_to_stop_ = false;
};

}  // namespace lightkeeper::cli
