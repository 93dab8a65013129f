#include "show.hpp"

#include <array>
#include <ctime>
#include <nlohmann/json.hpp>

namespace lightkeeper::hotline {

namespace {

constexpr std::size_t kNewestOnPage = 200;

std::string element(std::string_view name, std::string_view text) {
  std::string out("<");
  out.append(name).append(">").append(escaped(text)).append("</").append(name).append(">");
  return out;
}

std::string cell(std::string_view text) { return element("td", text); }

std::string count_of(std::size_t number, std::string_view one) {
  return std::to_string(number) + " " + std::string(one) + (number == 1 ? "" : "s");
}

std::string joined_remarks(const StoredReport& report) {
  std::string out;
  const auto add = [&](const std::string& text) { out += (out.empty() ? "" : "; ") + text; };
  for (const auto& remark : report.judged.remarks) {
    add(remark);
  }
  std::size_t without = 0;
  for (const auto& file : report.files) {
    for (const auto& remark : file.judged.remarks) {
      add(remark);
    }
    without += file.details.empty() ? 1U : 0U;
  }
  if (without != 0) {
    add(count_of(without, "file") + " without details");
  }
  return out;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        // Control characters cannot stand in XML; nothing needs them here.
        out += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? '?' : c;
    }
  }
  return out;
}

std::string utc(Seconds at) {
  const auto time = static_cast<std::time_t>(at);
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 32> out{};
  const auto size = std::strftime(out.data(), out.size(), "%Y-%m-%d %H:%M:%S", &parts);
  return {out.data(), size};
}

std::string xml_of(const Reply& reply) {
  std::string out = R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>)"
                    "\n";
  if (reply.done) {
    out += "<reportDoneResponse>" + element("responseCode", std::to_string(reply.code)) +
           element("reportId", reply.report_id.value_or("")) + "<files>";
    for (const auto& file : reply.files) {
      out += element("fileId", file);
    }
    return out + "</files></reportDoneResponse>\n";
  }
  out += "<reportResponse>" + element("responseCode", std::to_string(reply.code)) +
         element("responseDescription", reply.description);
  out += reply.report_id ? element("reportId", *reply.report_id) : "";
  out += reply.file_id ? element("fileId", *reply.file_id) : "";
  out += reply.hash ? element("hash", *reply.hash) : "";
  return out + "</reportResponse>\n";
}

std::string json_of(const std::vector<StoredReport>& reports, Seconds now) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const auto& report : reports) {
    nlohmann::ordered_json files = nlohmann::ordered_json::array();
    for (const auto& file : report.files) {
      files.push_back({{"file_id", file.id},
                       {"name", file.name},
                       {"content_type", file.content_type},
                       {"size", file.size},
                       {"md5", file.md5},
                       {"sha256", file.sha256},
                       {"details", file.details},
                       {"remarks", file.judged.remarks}});
    }
    all.push_back({{"report_id", std::to_string(report.number)},
                   {"state", name_of(report.state)},
                   {"opened", report.opened},
                   {"changed", report.changed},
                   {"ended", report.ended},
                   {"document", report.document},
                   {"remarks", report.judged.remarks},
                   {"files", std::move(files)}});
  }
  return nlohmann::ordered_json{{"now", now}, {"reports", std::move(all)}}.dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string page_of(const std::vector<StoredReport>& reports,
                    const std::vector<std::string>& faults, Seconds now) {
  std::string out =
      "<!doctype html><html lang=en><meta charset=utf-8>"
      "<meta name=viewport content=\"width=device-width\"><title>Conformance hotline</title>"
      "<link rel=stylesheet href=\"/__style.css\"><main><h1>Conformance hotline</h1>"
      "<p>A stand-in for a reporting API, on this machine only. Nothing that arrives here goes to "
      "any hotline. Its time is " +
      utc(now) + " UTC.</p><p>Faults: ";
  if (faults.empty()) {
    out += "none.";
  }
  for (const auto& fault : faults) {
    out += element("code", fault) + " ";
  }
  out += "</p>";
  if (reports.empty()) {
    return out + "<p>No report has arrived yet.</p></main></html>\n";
  }
  out += "<table><caption>" + count_of(reports.size(), "report") +
         "</caption><thead><tr><th scope=col>Report<th scope=col>State<th scope=col>Opened (UTC)"
         "<th scope=col>Incident<th scope=col>Holds<th scope=col>Files<th scope=col>Remarks<tbody>";
  std::size_t shown = 0;
  for (auto report = reports.rbegin(); report != reports.rend() && shown < kNewestOnPage;
       ++report, ++shown) {
    std::string files;
    for (const auto& file : report->files) {
      files += "<li>" + escaped(file.name) + ", " + std::to_string(file.size) + " bytes, MD5 " +
               element("code", file.md5) +
               (file.details.empty() ? ", no details"
                                     : "<details><summary>details</summary>" +
                                           element("pre", file.details) + "</details>");
    }
    out += "<tr><th scope=row>" + std::to_string(report->number) + "</th>" +
           cell(name_of(report->state)) + cell(utc(report->opened)) + "<td>" +
           escaped(report->judged.incident_type) + ", " + escaped(report->judged.incident_time) +
           (report->judged.escalated ? " <strong>escalated</strong>" : "") +
           "<details><summary>document</summary>" + element("pre", report->document) +
           "</details></td>" +
           cell(std::to_string(report->judged.reported) + " reported, " +
                std::to_string(report->judged.recipients) + " recipient, " +
                std::to_string(report->judged.victims) + " victim, " +
                count_of(report->judged.addresses, "address event")) +
           "<td><ul>" + files + "</ul></td>" + cell(joined_remarks(*report));
  }
  out += "</table>";
  if (reports.size() > shown) {
    out += "<p>The newest " + std::to_string(shown) +
           " are shown; all are in <a href=\"/__reports\">"
           "/__reports</a>.</p>";
  }
  return out + "</main></html>\n";
}

std::string_view style_sheet() {
  return R"(:root { color-scheme: light dark; --line: #b8bec8; --quiet: #4a5160; --paper: #fdfdfc; --ink: #15181d; }
@media (prefers-color-scheme: dark) { :root { --line: #444b57; --quiet: #b3bac6; --paper: #14171c; --ink: #eceff3; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 90rem; margin: 0 auto; padding: 1rem; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: start; color: var(--quiet); padding: .5rem 0; }
th, td { border-block-end: 1px solid var(--line); padding: .5rem; text-align: start; vertical-align: top; }
ul { margin: 0; padding-inline-start: 1.2rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; max-width: 60ch; }
code { overflow-wrap: anywhere; }
)";
}

std::string_view placeholder_schema() {
  return R"(<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:annotation>
    <xs:documentation>Placeholder of the Lightkeeper conformance hotline. It is not the schema of any hotline and says
nothing about reports; give the stand-in a schema of your own with --xsd FILE.</xs:documentation>
  </xs:annotation>
  <xs:element name="placeholder" type="xs:string"/>
</xs:schema>
)";
}

}  // namespace lightkeeper::hotline
