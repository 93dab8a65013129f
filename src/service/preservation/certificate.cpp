#include "service/preservation/certificate.hpp"

#include <array>
#include <chrono>
#include <cstdio>

namespace lightkeeper::preservation {

namespace {

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out.push_back(c >= ' ' && c <= '~' ? c : '?');
  }
  return out;
}

std::string who(const std::optional<AccountId>& account) {
  return account ? "account " + account->hex() : "the retention setting";
}

}  // namespace

std::string utc(UnixMillis time) {
  using std::chrono::days;
  const std::chrono::milliseconds since{static_cast<std::int64_t>(time.value)};
  const auto day = std::chrono::floor<days>(since);
  const std::chrono::year_month_day date{std::chrono::sys_days{day}};
  const std::chrono::hh_mm_ss clock{since - day};
  std::array<char, 64> out{};
  const int size = std::snprintf(
      out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return {out.data(), static_cast<std::size_t>(size)};
}

std::string certificate_text(const CertificateFacts& facts) {
  std::string out = "lightkeeper destruction certificate v1\n";
  out += "service " + printable(facts.service) + "\n";
  out += "certificate " + std::to_string(facts.number) + "\n";
  out += "case " + facts.report.hex() + "\n";
  out += "destroyed " + utc(facts.destroyed) + "\n";
  out += "ordered by " + who(facts.ordered_by) + "\n";
  out += "approved by " + who(facts.approved_by) + "\n";
  for (const auto& item : facts.items) {
    out += "item " + item.report.hex() + " " + std::to_string(item.item) + " sealed bytes " +
           std::to_string(item.bytes) + " sha256 " + to_hex(item.sha256) + "\n";
  }
  for (const auto& key : facts.keys) {
    out += "wrapped key " + key.report.hex() + " sha256 " + to_hex(key.sha256) + "\n";
  }
  for (const auto& copy : facts.copies) {
    out += "copy " + printable(copy.name) + " sealed bytes " + std::to_string(copy.bytes) +
           " sha256 " + to_hex(copy.sha256) + "\n";
  }
  for (const auto& count : facts.counts) {
    out += "rows " + printable(count.name) + " " + std::to_string(count.rows) + "\n";
  }
  out += "end\n";
  return out;
}

}  // namespace lightkeeper::preservation
