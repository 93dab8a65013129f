// The stand-in as a listener on this machine: the reporting API's seven addresses, and four of its
// own (/, /__reports, /__faults, /__clock, /__xsd) to look inside and to play faults.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "book.hpp"
#include "faults.hpp"

namespace lightkeeper::hotline {

struct Options {
  std::uint16_t port = 0;  // 0: any free one; always on 127.0.0.1
  std::string user = "tester", password = "tester";
  std::string base = "/ispws";
  std::string schema;  // what /xsd gives; empty: our placeholder, which says what it is
  std::vector<std::string> faults;
  std::uint64_t seed = 1;
  double clock_factor = 1;  // time runs this many times as fast
  LifeTimes times;
  std::size_t max_upload = 256UL * 1024 * 1024;
};

class Hotline {
 public:
  /// Listens when it returns.
  [[nodiscard]] static Result<std::unique_ptr<Hotline>> start(const Options& options);
  ~Hotline();
  Hotline(const Hotline&) = delete;
  Hotline& operator=(const Hotline&) = delete;

  /// "http://127.0.0.1:PORT/ispws"
  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] Book& book();
  [[nodiscard]] Status set_faults(const std::vector<std::string>& faults);
  void set_schema(std::string schema);
  void advance(Seconds seconds);
  void stop();

 private:
  struct Parts;
  explicit Hotline(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace lightkeeper::hotline
