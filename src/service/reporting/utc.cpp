#include "service/reporting/utc.hpp"

#include <chrono>

namespace lightkeeper::reporting {

namespace {

using std::chrono::day;
using std::chrono::days;
using std::chrono::month;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr std::int64_t kMillisPerDay = 86'400'000;

void digits(std::string& out, std::uint64_t value, std::size_t width) {
  const std::string text = std::to_string(value);
  out.append(text.size() < width ? width - text.size() : 0, '0');
  out += text;
}

struct Parts {
  Date date;
  std::uint64_t hour, minute, second, milli;
};
Parts parts_of(UnixMillis time) {
  const auto value = static_cast<std::int64_t>(std::min(time, kLastTime).value);
  const year_month_day date(sys_days(days(value / kMillisPerDay)));
  const auto rest = static_cast<std::uint64_t>(value % kMillisPerDay);
  return {{static_cast<std::uint16_t>(static_cast<int>(date.year())),
           static_cast<std::uint8_t>(static_cast<unsigned>(date.month())),
           static_cast<std::uint8_t>(static_cast<unsigned>(date.day()))},
          rest / 3'600'000,
          rest / 60'000 % 60,
          rest / 1000 % 60,
          rest % 1000};
}
void clock_text(std::string& out, const Parts& parts) {
  digits(out, parts.hour, 2);
  out += ':';
  digits(out, parts.minute, 2);
  out += ':';
  digits(out, parts.second, 2);
}

// `width` digits at `at`, which moves past them.
std::optional<int> number(std::string_view text, std::size_t& at, std::size_t width) {
  if (at + width > text.size()) {
    return std::nullopt;
  }
  int value = 0;
  for (std::size_t i = 0; i < width; ++i, ++at) {
    if (text[at] < '0' || text[at] > '9') {
      return std::nullopt;
    }
    value = value * 10 + (text[at] - '0');
  }
  return value;
}
bool skip(std::string_view text, std::size_t& at, char wanted) {
  if (at < text.size() && text[at] == wanted) {
    ++at;
    return true;
  }
  return false;
}
std::optional<year_month_day> read_date(std::string_view text, std::size_t& at) {
  const auto y = number(text, at, 4);
  if (!y || !skip(text, at, '-')) {
    return std::nullopt;
  }
  const auto m = number(text, at, 2);
  if (!m || !skip(text, at, '-')) {
    return std::nullopt;
  }
  const auto d = number(text, at, 2);
  if (!d) {
    return std::nullopt;
  }
  const year_month_day date(year(*y), month(static_cast<unsigned>(*m)),
                            day(static_cast<unsigned>(*d)));
  return date.ok() && *y > 0 ? std::optional(date) : std::nullopt;
}

}  // namespace

std::string date_text(const Date& date) {
  std::string out;
  digits(out, date.year, 4);
  out += '-';
  digits(out, date.month, 2);
  out += '-';
  digits(out, date.day, 2);
  return out;
}

std::string xml_time(UnixMillis time) {
  const Parts parts = parts_of(time);
  std::string out = date_text(parts.date) + "T";
  clock_text(out, parts);
  if (parts.milli != 0) {
    out += '.';
    digits(out, parts.milli, 3);
  }
  return out + "Z";
}

std::string plain_time(UnixMillis time) {
  const Parts parts = parts_of(time);
  std::string out = date_text(parts.date) + " ";
  clock_text(out, parts);
  return out + " UTC";
}

std::string plain_day(UnixMillis time) { return date_text(parts_of(time).date) + " UTC"; }

std::optional<Date> date_from_text(std::string_view text) {
  std::size_t at = 0;
  const auto date = read_date(text, at);
  if (!date || at != text.size()) {
    return std::nullopt;
  }
  return Date{static_cast<std::uint16_t>(static_cast<int>(date->year())),
              static_cast<std::uint8_t>(static_cast<unsigned>(date->month())),
              static_cast<std::uint8_t>(static_cast<unsigned>(date->day()))};
}

std::optional<ReadTime> read_xml_time(std::string_view text) {
  std::size_t at = 0;
  const auto date = read_date(text, at);
  if (!date || !skip(text, at, 'T')) {
    return std::nullopt;
  }
  const auto hour = number(text, at, 2);
  if (!hour || *hour > 23 || !skip(text, at, ':')) {
    return std::nullopt;
  }
  const auto minute = number(text, at, 2);
  if (!minute || *minute > 59 || !skip(text, at, ':')) {
    return std::nullopt;
  }
  const auto second = number(text, at, 2);
  if (!second || *second > 59) {
    return std::nullopt;
  }
  std::int64_t milli = 0;
  if (skip(text, at, '.')) {
    std::size_t places = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++places) {
      if (places < 3) {
        milli = milli * 10 + (text[at] - '0');
      }
    }
    if (places == 0) {
      return std::nullopt;
    }
    for (; places < 3; ++places) {
      milli *= 10;
    }
  }
  const std::int64_t local =
      static_cast<std::int64_t>(sys_days(*date).time_since_epoch().count()) * kMillisPerDay +
      *hour * 3'600'000LL + *minute * 60'000LL + *second * 1000LL + milli;
  if (at == text.size()) {
    return ReadTime{};
  }
  if (skip(text, at, 'Z')) {
    return at == text.size() ? std::optional(ReadTime{local}) : std::nullopt;
  }
  const bool east = skip(text, at, '+');
  if (!east && !skip(text, at, '-')) {
    return std::nullopt;
  }
  const auto zone_hour = number(text, at, 2);
  if (!zone_hour || *zone_hour > 14 || !skip(text, at, ':')) {
    return std::nullopt;
  }
  const auto zone_minute = number(text, at, 2);
  if (!zone_minute || *zone_minute > 59 || at != text.size() ||
      (*zone_hour == 14 && *zone_minute > 0)) {
    return std::nullopt;
  }
  const std::int64_t offset = *zone_hour * 3'600'000LL + *zone_minute * 60'000LL;
  return ReadTime{local + (east ? -offset : offset)};
}

std::uint32_t age_at(const Date& birth, UnixMillis at) {
  const Date today = parts_of(at).date;
  if (today < birth) {
    return 0;
  }
  const bool before_birthday =
      std::pair(today.month, today.day) < std::pair(birth.month, birth.day);
  return static_cast<std::uint32_t>(today.year - birth.year - (before_birthday ? 1 : 0));
}

}  // namespace lightkeeper::reporting
