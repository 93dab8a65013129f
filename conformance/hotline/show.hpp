// What the stand-in shows of itself: answers as XML, reports as JSON and as a page. Everything that
// came from outside is escaped. Pure.
#pragma once

#include <string>
#include <vector>

#include "book.hpp"

namespace lightkeeper::hotline {

/// For text between tags and in attributes, of XML and HTML.
[[nodiscard]] std::string escaped(std::string_view text);
[[nodiscard]] std::string xml_of(const Reply& reply);
[[nodiscard]] std::string json_of(const std::vector<StoredReport>& reports, Seconds now);
[[nodiscard]] std::string page_of(const std::vector<StoredReport>& reports,
                                  const std::vector<std::string>& faults, Seconds now);
[[nodiscard]] std::string_view style_sheet();
[[nodiscard]] std::string_view placeholder_schema();
[[nodiscard]] std::string utc(Seconds at);

}  // namespace lightkeeper::hotline
