// What the operator may observe: counts and durations by route, and log lines of the same. No
// content, no names, no ids, no addresses: routes appear as patterns ("/api/v1/people/{account}"),
// never as the path that was asked for.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "http/http.hpp"

namespace lightkeeper::service {

/// Thread-safe.
class Observation {
 public:
  explicit Observation(const std::string& log_level);
  ~Observation();
  Observation(const Observation&) = delete;
  Observation& operator=(const Observation&) = delete;

  /// The handler with its counts, durations and log lines; an exception becomes the problem
  /// `internal`.
  [[nodiscard]] http::Handler observed(std::string method, std::string pattern,
                                       http::Handler handler);
  /// A gauge whose value is asked for at each look.
  void gauge(const std::string& name, const std::string& help, std::function<double()> value);

  /// One line about the program itself; the texts are literals of ours.
  void note(std::string_view event);
  void note(std::string_view event, const Error& error);

  /// Prometheus' text format.
  [[nodiscard]] std::string metrics();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lightkeeper::service
