#include "service/reporting/preview.hpp"

#include "service/reporting/names.hpp"
#include "service/reporting/utc.hpp"

namespace lightkeeper::reporting {

namespace {

std::string contact_words(const std::string& text, const std::optional<bool>& verified) {
  return text + (verified == true ? " (verified)" : " (not verified)");
}

class Extraction {
 public:
  explicit Extraction(InvestigatorView& view) : view_(view) {}

  void person(const std::string& role, const std::optional<Person>& person,
              const AccountFacts& account) {
    SeenPerson seen;
    seen.role = role;
    seen.esp_identifier = account.esp_identifier.value_or("");
    seen.esp_service = account.esp_service.value_or("");
    seen.screen_name = account.screen_name.value_or(
        account.display_names.empty() ? "" : account.display_names.front());
    if (person) {
      for (const auto& email : person->contact.emails) {
        seen.contacts.push_back(contact_words(email.address, email.verified));
      }
      for (const auto& phone : person->contact.phones) {
        seen.contacts.push_back(contact_words(phone.number, phone.verified));
      }
      if (person->age) {
        seen.age = std::to_string(*person->age);
      } else if (person->date_of_birth) {
        seen.age = "born " + date_text(*person->date_of_birth);
      }
    }
    for (const auto& event : account.ip_events) {
      capture(role, event);
    }
    view_.people.push_back(std::move(seen));
  }
  void capture(const std::string& who, const IpCaptureEvent& event) {
    view_.captures.push_back(
        {who, event.ip_address, event.port, event.at ? plain_time(*event.at) : std::string(),
         event.event ? std::string(schema::kIpEvents.at(static_cast<std::size_t>(*event.event)))
                     : std::string(),
         event.possible_proxy == true});
  }

 private:
  InvestigatorView& view_;
};

std::string numbered(const char* role, std::size_t i) {
  return std::string(role) + " " + std::to_string(i + 1);
}

}  // namespace

Result<InvestigatorView> investigator_view(const CaseFile& file, const RenderSettings& settings) {
  LK_TRY(report, build_report(file, settings));
  InvestigatorView view;
  view.reporting_service = file.service.name;
  view.incident_type = schema_text(report.summary.type);
  view.incident_at = plain_time(report.summary.at);
  view.escalated = report.summary.escalate_to_high_priority.has_value();
  Extraction extraction(view);
  for (std::size_t i = 0; i < report.reported.size(); ++i) {
    extraction.person(numbered("reported", i), report.reported[i].person,
                      report.reported[i].account);
  }
  for (std::size_t i = 0; i < report.victims.size(); ++i) {
    extraction.person(numbered("victim", i), report.victims[i].person, report.victims[i].account);
  }
  for (std::size_t i = 0; i < report.intended_recipients.size(); ++i) {
    extraction.person(numbered("intended recipient", i), report.intended_recipients[i].person,
                      report.intended_recipients[i].account);
  }
  for (const auto& item : file.files) {
    if (!item.available) {
      continue;  // never uploaded, so nobody sees it
    }
    LK_TRY(details, build_file_details(file, item.item, 0, "", settings));
    SeenFile seen;
    seen.item = item.item;
    seen.name = details.original_file_name.value_or(details.file_name.value_or(""));
    seen.viewed = details.viewed_by_esp == true;
    seen.locked = !seen.viewed && details.publicly_available != true;
    if (details.classification) {
      seen.classification =
          schema::kClassifications.at(static_cast<std::size_t>(*details.classification));
    }
    seen.sha256 = item.sha256 ? to_hex(*item.sha256) : std::string();
    if (!details.additional_info.empty()) {
      seen.note = details.additional_info.front();
    }
    if (details.ip_event) {
      extraction.capture("file " + std::to_string(item.item), *details.ip_event);
    }
    view.files.push_back(std::move(seen));
  }
  return view;
}

std::string view_text(const InvestigatorView& view) {
  const auto or_dash = [](const std::string& text) {
    return text.empty() ? std::string("-") : text;
  };
  std::string out = view.reporting_service + "\n" + view.incident_type + "\n" + view.incident_at +
                    (view.escalated ? "  HIGH PRIORITY" : "") + "\n\nAddresses, times, events\n";
  for (const auto& one : view.captures) {
    out += "  " + one.ip_address + (one.port ? " port " + std::to_string(*one.port) : " no port") +
           "  " + (one.at.empty() ? "no time" : one.at) + "  " +
           (one.event.empty() ? "no event" : one.event) + (one.possible_proxy ? "  proxy?" : "") +
           "  (" + one.who + ")\n";
  }
  if (view.captures.empty()) {
    out += "  none\n";
  }
  out += "\nPeople\n";
  for (const auto& one : view.people) {
    out += "  " + one.role + ": " + or_dash(one.esp_identifier) + " at " +
           or_dash(one.esp_service) + ", name " + or_dash(one.screen_name) + ", age " +
           or_dash(one.age) + "\n";
    for (const auto& contact : one.contacts) {
      out += "    " + contact + "\n";
    }
  }
  if (view.people.empty()) {
    out += "  none\n";
  }
  out += "\nFiles\n";
  for (const auto& one : view.files) {
    out += "  " + std::to_string(one.item) + "  " + or_dash(one.name) + "  " +
           (one.viewed ? "seen by a person of the service"
                       : std::string("not seen by a person of the service") +
                             (one.locked ? ": stays closed until there is a warrant" : "")) +
           "\n    class " + or_dash(one.classification) + "  SHA-256 " + or_dash(one.sha256) + "\n";
    if (!one.note.empty()) {
      out += "    " + one.note + "\n";
    }
  }
  if (view.files.empty()) {
    out += "  none\n";
  }
  return out;
}

}  // namespace lightkeeper::reporting
