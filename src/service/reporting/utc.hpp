// Times as people and documents write them.
#pragma once

#include <optional>
#include <string>

#include "service/reporting/person.hpp"

namespace lightkeeper::reporting {

constexpr UnixMillis kLastTime{253'402'300'799'999};  // the end of the year 9999

/// "2026-03-01T12:00:03Z", with milliseconds where there are any: xs:dateTime.
[[nodiscard]] std::string xml_time(UnixMillis time);
/// "2026-03-01 12:00:03 UTC".
[[nodiscard]] std::string plain_time(UnixMillis time);
/// "2026-03-01 UTC".
[[nodiscard]] std::string plain_day(UnixMillis time);
[[nodiscard]] std::string date_text(const Date& date);
/// "YYYY-MM-DD" of a day that exists.
[[nodiscard]] std::optional<Date> date_from_text(std::string_view text);
/// xs:dateTime with a zone ("Z" or an offset); nothing for any other text, a year outside 1 to 9999
/// or a day that does not exist.
struct ReadTime {
  std::optional<std::int64_t> unix_millis;  // not set: no zone was given
};
[[nodiscard]] std::optional<ReadTime> read_xml_time(std::string_view text);
/// Whole years from birth to `at`.
[[nodiscard]] std::uint32_t age_at(const Date& birth, UnixMillis at);

}  // namespace lightkeeper::reporting
