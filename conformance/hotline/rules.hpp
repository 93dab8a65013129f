// What a report and a set of file details must look like: order, number, words and types of their
// elements, by the schema table of the CyberTipline's reporting API as it is publicly described
// (November 2025), and the rules that its documentation adds. Written independently of any sender,
// so that one checks the other.
//
// The reader refuses document types, entities, other encodings than UTF-8 and documents beyond its
// limits before it looks at anything else; it opens no file and no connection. Pure; thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"

namespace lightkeeper::hotline {

using Seconds = std::int64_t;  // since 1970, UTC

constexpr std::size_t kMaxDocument = 4UL * 1024 * 1024;

/// The reporting API's own words: 0 is success.
struct Finding {
  int code = 0;
  std::string where;  // "report/incidentSummary/incidentDateTime"
  std::string what;
};

struct JudgedReport {
  Finding finding;
  std::vector<std::string> remarks;  // accepted, but the documentation asks for more
  std::string incident_type, incident_time;
  bool escalated = false;
  std::size_t reported = 0, recipients = 0, victims = 0, addresses = 0;
};
[[nodiscard]] JudgedReport judge_report(BytesView document, Seconds now);

struct JudgedDetails {
  Finding finding;
  std::vector<std::string> remarks;
  std::string report_id, file_id, viewed, relevance, classification;
};
[[nodiscard]] JudgedDetails judge_file_details(BytesView document);

/// "2026-01-02T03:04:05[.678][Z|+00:00]" as xs:dateTime has it; no value if it is not one.
struct Moment {
  Seconds at = 0;
  bool zoned = false;
};
[[nodiscard]] bool read_moment(std::string_view text, Moment& out);

}  // namespace lightkeeper::hotline
