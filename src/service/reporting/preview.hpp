// What an investigator's tools extract first from a report: addresses with time and event, then for
// each file whether a person has seen it, its class, hash and note. Shown before submitting.
#pragma once

#include "service/reporting/render.hpp"

namespace lightkeeper::reporting {

struct SeenCapture {
  std::string who;  // "reported 1", "victim 1"
  std::string ip_address;
  std::optional<std::uint16_t> port;
  std::string at;     // UTC, or empty
  std::string event;  // or empty
  bool possible_proxy = false;
};
struct SeenPerson {
  std::string role;  // "reported", "intended recipient", "victim"
  std::string esp_identifier, esp_service, screen_name;
  std::vector<std::string> contacts;  // "a@example.org (verified)"
  std::string age;
};
struct SeenFile {
  std::uint32_t item = 0;
  std::string name;
  bool viewed = false;
  bool locked = false;  // their tool keeps it closed until a warrant is recorded
  std::string classification, sha256, note;
};
struct InvestigatorView {
  std::string reporting_service, incident_type, incident_at;
  bool escalated = false;
  std::vector<SeenCapture> captures;
  std::vector<SeenPerson> people;
  std::vector<SeenFile> files;
};
/// `report_incomplete` as build_report().
[[nodiscard]] Result<InvestigatorView> investigator_view(const CaseFile& file,
                                                         const RenderSettings& settings);
[[nodiscard]] std::string view_text(const InvestigatorView& view);

}  // namespace lightkeeper::reporting
