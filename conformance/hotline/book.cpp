#include "book.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>

namespace lightkeeper::hotline {

namespace {

using State = StoredReport::State;

Reply refuse(int code, std::string description) {
  Reply out;
  out.code = code;
  out.description = std::move(description);
  return out;
}

Reply refuse(const Finding& finding) {
  return refuse(finding.code,
                finding.where.empty() ? finding.what : finding.where + ": " + finding.what);
}

std::string digest_hex(const EVP_MD* method, BytesView bytes) {
  ByteArray<EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, method, nullptr) != 1) {
    return {};
  }
  return to_hex(BytesView(out).first(size));
}

}  // namespace

std::string md5_hex(BytesView bytes) { return digest_hex(EVP_md5(), bytes); }

std::string_view name_of(State state) {
  switch (state) {
    case State::open:
      return "open";
    case State::finished:
      return "finished";
    case State::retracted:
      return "retracted";
    case State::expired:
      return "expired";
  }
  return "";
}

void Book::expire_old() {
  const auto now = now_();
  for (auto& [number, report] : reports_) {
    if (report.state == State::open && now >= deadline(report)) {
      report.state = State::expired;
      report.ended = deadline(report);
    }
  }
}

StoredReport* Book::open_report(const std::string& text, Reply& refusal) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    refusal = refuse(4000, "the report number is missing or not a number");
    return nullptr;
  }
  const auto found = reports_.find(number);
  if (found == reports_.end()) {
    refusal = refuse(5001, "Report does not exist");
    return nullptr;
  }
  auto& report = found->second;
  if (report.state == State::open && now_() >= deadline(report)) {
    report.state = State::expired;
    report.ended = deadline(report);
  }
  switch (report.state) {
    case State::open:
      return &report;
    case State::expired:
      refusal = refuse(5001, "Report does not exist");
      break;
    case State::retracted:
      refusal = refuse(5101, "Report has already been retracted");
      break;
    case State::finished:
      refusal = refuse(5102, "Report has already been finished");
      break;
  }
  refusal.report_id = text;
  return nullptr;
}

Reply Book::submit(BytesView document) {
  auto judged = judge_report(document, now_());
  if (judged.finding.code != 0) {
    return refuse(judged.finding);
  }
  const std::scoped_lock lock(mutex_);
  StoredReport report;
  report.number = next_report_++;
  report.opened = report.changed = now_();
  report.document = std::string(as_text(document));
  report.judged = std::move(judged);
  Reply out;
  out.report_id = std::to_string(report.number);
  reports_.emplace(report.number, std::move(report));
  return out;
}

Reply Book::upload(const std::string& number, BytesView content, std::string name,
                   std::string content_type) {
  StoredFile file;
  file.name = std::move(name);
  file.content_type = std::move(content_type);
  file.size = content.size();
  file.md5 = md5_hex(content);
  file.sha256 = digest_hex(EVP_sha256(), content);
  const std::scoped_lock lock(mutex_);
  Reply out;
  auto* report = open_report(number, out);
  if (report == nullptr) {
    return out;
  }
  if (content.empty()) {
    return refuse(4200, "the file is empty");
  }
  file.id = md5_hex(as_bytes(number + "/" + std::to_string(next_file_++)));
  out.report_id = number;
  out.file_id = file.id;
  out.hash = file.md5;
  report->files.push_back(std::move(file));
  report->changed = now_();
  return out;
}

Reply Book::file_info(BytesView document) {
  auto judged = judge_file_details(document);
  if (judged.finding.code != 0) {
    return refuse(judged.finding);
  }
  const std::scoped_lock lock(mutex_);
  Reply out;
  auto* report = open_report(judged.report_id, out);
  if (report == nullptr) {
    return out;
  }
  const auto file = std::ranges::find(report->files, judged.file_id, &StoredFile::id);
  if (file == report->files.end()) {
    return refuse(5002, "File does not exist");
  }
  if (!file->details.empty() && file->details != as_text(document)) {
    return refuse(4000, "other details were given for this file already");
  }
  file->details = std::string(as_text(document));
  file->judged = std::move(judged);
  report->changed = now_();
  out.report_id = std::to_string(report->number);
  return out;
}

Reply Book::finish(const std::string& number) {
  const std::scoped_lock lock(mutex_);
  Reply out;
  auto* report = open_report(number, out);
  if (report == nullptr) {
    return out;
  }
  report->state = State::finished;
  report->ended = report->changed = now_();
  out.done = true;
  out.report_id = number;
  for (const auto& file : report->files) {
    out.files.push_back(file.id);
  }
  return out;
}

Reply Book::retract(const std::string& number) {
  const std::scoped_lock lock(mutex_);
  Reply out;
  auto* report = open_report(number, out);
  if (report == nullptr) {
    return out;
  }
  report->state = State::retracted;
  report->ended = report->changed = now_();
  out.report_id = number;
  return out;
}

void Book::expire(const std::string& number) {
  const std::scoped_lock lock(mutex_);
  Reply ignored;
  if (auto* report = open_report(number, ignored)) {
    report->state = State::expired;
    report->ended = now_();
  }
}

void Book::clear() {
  const std::scoped_lock lock(mutex_);
  reports_.clear();
}

std::vector<StoredReport> Book::reports() {
  const std::scoped_lock lock(mutex_);
  expire_old();
  std::vector<StoredReport> out;
  for (const auto& [number, report] : reports_) {
    out.push_back(report);
  }
  return out;
}

}  // namespace lightkeeper::hotline
