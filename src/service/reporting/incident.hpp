// CyberTipline report model: what happened, when, and on which kind of service.
#pragma once

#include <set>
#include <variant>

#include "service/reporting/account.hpp"

namespace lightkeeper::reporting {

enum class IncidentType : std::uint8_t {
  possession_manufacture_distribution,
  trafficking,
  tourism,
  molestation,
  misleading_domain_name,
  misleading_words_or_images,
  online_enticement,
  unsolicited_material,
};
/// The exact text of the schema; one letter more or less makes a report invalid.
[[nodiscard]] std::string_view schema_text(IncidentType type);

enum class ReportAnnotation : std::uint8_t {
  sextortion,
  csam_solicitation,
  minor_to_minor_interaction,
  spam,
  sadistic_online_exploitation,
};
[[nodiscard]] std::string_view schema_text(ReportAnnotation annotation);

struct IncidentSummary {
  IncidentType type = IncidentType::possession_manufacture_distribution;
  std::optional<std::string> platform;
  /// A reason in words; that it is there is the escalation. At most 3000 characters.
  std::optional<std::string> escalate_to_high_priority;
  /// Set: written, even when empty ("none apply"). An annotation that does not apply is left out;
  /// "false" is not a value of the schema.
  std::optional<std::set<ReportAnnotation>> annotations;
  UnixMillis at;
  std::optional<std::string> at_description;  // what the time denotes
};

struct WebPageIncident {
  std::optional<bool> third_party_hosted_content;  // attribute
  std::vector<std::string> urls;                   // no white space, no control characters
  std::optional<std::string> additional_info;
};
struct EmailIncident {
  std::vector<Email> addresses;
  std::optional<std::string> content, additional_info;
};
struct NewsgroupIncident {
  std::optional<std::string> name;
  std::vector<Email> addresses;
  std::optional<std::string> content, additional_info;
};
/// The one for messaging.
struct ChatImIncident {
  std::optional<std::string> chat_client, chat_room_name;
  std::optional<std::string> content;  // the conversation as text
  std::optional<std::string> additional_info;
};
struct OnlineGamingIncident {
  std::optional<std::string> game_name, console, content, additional_info;
};
struct CellPhoneIncident {
  std::optional<Phone> phone;
  std::optional<double> latitude, longitude;  // degrees
  std::optional<std::string> additional_info;
};
struct NonInternetIncident {
  std::optional<std::string> location_name;
  std::vector<Address> addresses;
  std::optional<std::string> additional_info;
};
struct PeerToPeerIncident {
  std::optional<std::string> client;
  std::vector<IpCaptureEvent> ip_events;
  std::optional<std::string> file_names, additional_info;
};
using InternetDetails =
    std::variant<WebPageIncident, EmailIncident, NewsgroupIncident, ChatImIncident,
                 OnlineGamingIncident, CellPhoneIncident, NonInternetIncident, PeerToPeerIncident>;

struct LawEnforcement {
  std::string agency_name;
  std::optional<std::string> case_number;
  std::optional<ContactPerson> officer_contact;
  std::optional<bool> reported_to_le, served_legal_process_domestic,
      served_legal_process_international;
  std::optional<std::string> international_country;  // attribute fleaCountry of the last one
};

}  // namespace lightkeeper::reporting
