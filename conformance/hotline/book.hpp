// The reports of the stand-in, and their life cycle: open, changed, finished, retracted or expired
// (24 h after opening or 1 h after the last change, whichever is later). In memory only; of files
// only size and digests are kept. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "rules.hpp"

namespace lightkeeper::hotline {

/// What the API says; written as XML by answer.cpp.
struct Reply {
  int code = 0;
  std::string description = "Success";
  std::optional<std::string> report_id, file_id, hash;
  bool done = false;               // the root is reportDoneResponse
  std::vector<std::string> files;  // with `done`
};

struct StoredFile {
  std::string id, name, content_type;
  std::uint64_t size = 0;
  std::string md5, sha256;
  std::string details;  // the document, once it came
  JudgedDetails judged;
};

struct StoredReport {
  enum class State : std::uint8_t { open, finished, retracted, expired };
  std::uint64_t number = 0;
  State state = State::open;
  Seconds opened = 0, changed = 0, ended = 0;
  std::string document;
  JudgedReport judged;
  std::vector<StoredFile> files;
};
[[nodiscard]] std::string_view name_of(StoredReport::State state);

struct LifeTimes {
  Seconds after_opening = 24 * 3600;
  Seconds after_change = 3600;
};

[[nodiscard]] std::string md5_hex(BytesView bytes);

class Book {
 public:
  Book(std::function<Seconds()> now, LifeTimes times) : now_(std::move(now)), times_(times) {}

  [[nodiscard]] Reply submit(BytesView document);
  [[nodiscard]] Reply upload(const std::string& report, BytesView content, std::string name,
                             std::string content_type);
  [[nodiscard]] Reply file_info(BytesView document);
  [[nodiscard]] Reply finish(const std::string& report);
  [[nodiscard]] Reply retract(const std::string& report);
  /// As if its time had run out.
  void expire(const std::string& report);
  void clear();

  /// Copies, oldest first.
  [[nodiscard]] std::vector<StoredReport> reports();

 private:
  /// The open report, or what to answer instead.
  [[nodiscard]] StoredReport* open_report(const std::string& number, Reply& refusal);
  void expire_old();
  [[nodiscard]] Seconds deadline(const StoredReport& report) const {
    return std::max(report.opened + times_.after_opening, report.changed + times_.after_change);
  }

  std::function<Seconds()> now_;
  LifeTimes times_;
  std::mutex mutex_;
  std::map<std::uint64_t, StoredReport> reports_;
  std::uint64_t next_report_ = 4'564'654;
  std::uint64_t next_file_ = 1;
};

}  // namespace lightkeeper::hotline
