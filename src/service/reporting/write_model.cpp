// The model in the order of the schema. One function for each type; the order of its lines is the
// order of the elements.
#include <array>

#include "service/reporting/names.hpp"
#include "service/reporting/render.hpp"
#include "service/reporting/xml_writer.hpp"

namespace lightkeeper::reporting {

namespace {

template <class E, std::size_t N>
std::string_view word(const std::array<std::string_view, N>& words, E value) {
  return words.at(static_cast<std::size_t>(value));
}

template <class E, std::size_t N>
void type_attribute(XmlWriter& xml, const std::array<std::string_view, N>& words,
                    const std::optional<E>& value) {
  if (value) {
    xml.attribute("type", word(words, *value));
  }
}

void write(XmlWriter& xml, const char* name, const Phone& phone) {
  xml.open(name);
  type_attribute(xml, schema::kPhoneTypes, phone.type);
  xml.attribute("verified", phone.verified);
  xml.attribute("verificationDate", phone.verified_at);
  xml.attribute("countryCallingCode", phone.country_calling_code);
  xml.attribute("extension", phone.extension);
  xml.text(phone.number);
  xml.close();
}
void write(XmlWriter& xml, const char* name, const Email& email) {
  xml.open(name);
  type_attribute(xml, schema::kEmailTypes, email.type);
  xml.attribute("verified", email.verified);
  xml.attribute("verificationDate", email.verified_at);
  xml.text(email.address);
  xml.close();
}
void write(XmlWriter& xml, const char* name, const Address& address) {
  xml.open(name);
  type_attribute(xml, schema::kAddressTypes, address.type);
  xml.element("address", address.address);
  xml.element("city", address.city);
  xml.element("zipCode", address.zip_code);
  xml.element("state", address.state);
  xml.element("nonUsaState", address.non_usa_state);
  xml.element("country", address.country);
  xml.close();
}
void write(XmlWriter& xml, const char* name, const IpCaptureEvent& event) {
  xml.open(name);
  xml.element("ipAddress", event.ip_address);
  if (event.event) {
    xml.element("eventName", word(schema::kIpEvents, *event.event));
  }
  xml.element("dateTime", event.at);
  xml.element("possibleProxy", event.possible_proxy);
  if (event.port) {
    xml.element("port", std::uint64_t{*event.port});
  }
  xml.close();
}
void write(XmlWriter& xml, const char* name, const DeviceId& device) {
  xml.open(name);
  xml.element("idType", device.id_type);
  xml.element("idValue", device.id_value);
  xml.element("eventName", device.event);
  xml.element("dateTime", device.at);
  xml.close();
}
void write(XmlWriter& xml, const char* name, const EstimatedLocation& location) {
  xml.open(name);
  xml.attribute("verified", location.verified);
  xml.attribute("timestamp", location.at);
  xml.element("city", location.city);
  xml.element("region", location.region);
  xml.element("countryCode", location.country);
  xml.close();
}

void write(XmlWriter& xml, const char* name, const ContactPerson& person);
void write(XmlWriter& xml, const char* name, const Person& person);
void write(XmlWriter& xml, const char* name, const AssociatedAccount& account);
void write(XmlWriter& xml, const char* name, const PersonOrUserReported& reported);
void write(XmlWriter& xml, const char* name, const IntendedRecipient& recipient);
void write(XmlWriter& xml, const char* name, const Victim& victim);
void write(XmlWriter& xml, const char* name, const LawEnforcement& agency);

template <class T>
void write_all(XmlWriter& xml, const char* name, const std::vector<T>& values) {
  for (const auto& value : values) {
    write(xml, name, value);
  }
}
template <class T>
void write_if(XmlWriter& xml, const char* name, const std::optional<T>& value) {
  if (value) {
    write(xml, name, *value);
  }
}

void contact(XmlWriter& xml, const ContactPerson& person) {
  xml.element("firstName", person.first_name);
  xml.element("lastName", person.last_name);
  write_all(xml, "phone", person.phones);
  write_all(xml, "email", person.emails);
  write_all(xml, "address", person.addresses);
}
void write(XmlWriter& xml, const char* name, const ContactPerson& person) {
  xml.open(name);
  contact(xml, person);
  xml.close();
}
void write(XmlWriter& xml, const char* name, const Person& person) {
  xml.open(name);
  contact(xml, person.contact);
  if (person.age) {
    xml.element("age", std::uint64_t{*person.age});
  }
  xml.element("dateOfBirth", person.date_of_birth);
  xml.close();
}

void disabled(XmlWriter& xml, const char* name, const std::optional<AccountDisabled>& state,
              bool may_come_back) {
  if (!state) {
    return;
  }
  xml.open(name);
  xml.attribute("disabledDate", state->disabled_at);
  xml.attribute("userNotified", state->user_notified);
  xml.attribute("userNotifiedDate", state->user_notified_at);
  if (may_come_back) {
    xml.attribute("reenabledDate", state->reenabled_at);
  }
  xml.text(state->disabled ? "true" : "false");
  xml.close();
}
template <class T>
void both_disabled(XmlWriter& xml, const T& account) {
  disabled(xml, "accountTemporarilyDisabled", account.temporarily_disabled, true);
  disabled(xml, "accountPermanentlyDisabled", account.permanently_disabled, false);
}

void write(XmlWriter& xml, const char* name, const AssociatedAccount& account) {
  xml.open(name);
  xml.attribute("type", word(schema::kAssociations, account.type));
  if (account.platform) {
    xml.open("platform");
    xml.attribute("thirdPartyUser", account.third_party_user);
    xml.text(*account.platform);
    xml.close();
  }
  xml.element("firstName", account.first_name);
  xml.element("middleName", account.middle_name);
  xml.element("lastName", account.last_name);
  if (account.approximate_age) {
    xml.element("approximateAge", std::uint64_t{*account.approximate_age});
  }
  xml.element("dateOfBirth", account.date_of_birth);
  write_all(xml, "phone", account.phones);
  write_all(xml, "email", account.emails);
  xml.element("allEmailsReported", account.all_emails_reported);
  write_all(xml, "address", account.addresses);
  xml.element("espService", account.esp_service);
  xml.element("espIdentifier", account.esp_identifier);
  xml.element("profileUrl", account.profile_urls);
  xml.element("screenName", account.screen_name);
  xml.element("displayName", account.display_names);
  xml.element("profileBio", account.profile_bio);
  xml.element("groupIdentifier", account.group_identifier);
  xml.element("compromisedAccount", account.compromised);
  both_disabled(xml, account);
  write_all(xml, "ipCaptureEvent", account.ip_events);
  write_all(xml, "deviceId", account.devices);
  xml.element("priorCTReport", account.prior_reports);  // without the s of the other types
  xml.element("additionalInfo", account.additional_info);
  xml.close();
}

// espIdentifier to deviceId: the same in all three roles.
void account_first_part(XmlWriter& xml, const AccountFacts& account) {
  xml.element("espIdentifier", account.esp_identifier);
  xml.element("espService", account.esp_service);
  xml.element("compromisedAccount", account.compromised);
  xml.element("screenName", account.screen_name);
  xml.element("displayName", account.display_names);
  xml.element("profileUrl", account.profile_urls);
  xml.element("profileBio", account.profile_bio);
  write_all(xml, "ipCaptureEvent", account.ip_events);
  write_all(xml, "deviceId", account.devices);
}
// accountTemporarilyDisabled to allEmailsReported: as well.
void account_last_part(XmlWriter& xml, const AccountFacts& account) {
  both_disabled(xml, account);
  write_if(xml, "estimatedLocation", account.estimated_location);
  xml.element("allEmailsReported", account.all_emails_reported);
}

void write(XmlWriter& xml, const char* name, const PersonOrUserReported& reported) {
  xml.open(name);
  write_if(xml, "personOrUserReportedPerson", reported.person);
  xml.element("vehicleDescription", reported.vehicle_description);
  account_first_part(xml, reported.account);
  xml.element("thirdPartyUserReported", reported.third_party_user_reported);
  xml.element("priorCTReports", reported.account.prior_reports);
  xml.element("groupIdentifier", reported.group_identifier);
  account_last_part(xml, reported.account);
  write_all(xml, "associatedAccount", reported.associated_accounts);
  xml.element("additionalInfo", reported.additional_info);
  xml.close();
}
void write(XmlWriter& xml, const char* name, const IntendedRecipient& recipient) {
  xml.open(name);
  write_if(xml, "intendedRecipientPerson", recipient.person);
  account_first_part(xml, recipient.account);
  xml.element("priorCTReports", recipient.account.prior_reports);
  xml.element("groupIdentifier", recipient.group_identifier);
  account_last_part(xml, recipient.account);
  xml.element("additionalInfo", recipient.additional_info);
  xml.close();
}
void write(XmlWriter& xml, const char* name, const Victim& victim) {
  xml.open(name);
  write(xml, "victimPerson", victim.person);
  account_first_part(xml, victim.account);
  xml.element("schoolName", victim.school_name);
  xml.element("priorCTReports", victim.account.prior_reports);
  account_last_part(xml, victim.account);
  write_all(xml, "associatedAccount", victim.associated_accounts);
  xml.element("additionalInfo", victim.additional_info);
  xml.close();
}

void write(XmlWriter& xml, const char* name, const IncidentSummary& summary) {
  xml.open(name);
  xml.element("incidentType", word(schema::kIncidentTypes, summary.type));
  xml.element("platform", summary.platform);
  xml.element("escalateToHighPriority", summary.escalate_to_high_priority);
  if (summary.annotations) {
    xml.open("reportAnnotations");
    for (const auto annotation : *summary.annotations) {
      xml.element(std::string(schema_text(annotation)).c_str(), true);
    }
    xml.close();
  }
  xml.element("incidentDateTime", summary.at);
  xml.element("incidentDateTimeDescription", summary.at_description);
  xml.close();
}

class DetailsWriter {
 public:
  explicit DetailsWriter(XmlWriter& xml) : xml_(xml) {}
  void operator()(const WebPageIncident& incident) const {
    xml_.open("webPageIncident");
    xml_.attribute("thirdPartyHostedContent", incident.third_party_hosted_content);
    xml_.element("url", incident.urls);
    end(incident);
  }
  void operator()(const EmailIncident& incident) const {
    xml_.open("emailIncident");
    write_all(xml_, "emailAddress", incident.addresses);
    xml_.element("content", incident.content);
    end(incident);
  }
  void operator()(const NewsgroupIncident& incident) const {
    xml_.open("newsgroupIncident");
    xml_.element("name", incident.name);
    write_all(xml_, "emailAddress", incident.addresses);
    xml_.element("content", incident.content);
    end(incident);
  }
  void operator()(const ChatImIncident& incident) const {
    xml_.open("chatImIncident");
    xml_.element("chatClient", incident.chat_client);
    xml_.element("chatRoomName", incident.chat_room_name);
    xml_.element("content", incident.content);
    end(incident);
  }
  void operator()(const OnlineGamingIncident& incident) const {
    xml_.open("onlineGamingIncident");
    xml_.element("gameName", incident.game_name);
    xml_.element("console", incident.console);
    xml_.element("content", incident.content);
    end(incident);
  }
  void operator()(const CellPhoneIncident& incident) const {
    xml_.open("cellPhoneIncident");
    write_if(xml_, "phoneNumber", incident.phone);
    degrees("latitude", incident.latitude);
    degrees("longitude", incident.longitude);
    end(incident);
  }
  void operator()(const NonInternetIncident& incident) const {
    xml_.open("nonInternetIncident");
    xml_.element("locationName", incident.location_name);
    write_all(xml_, "incidentAddress", incident.addresses);
    end(incident);
  }
  void operator()(const PeerToPeerIncident& incident) const {
    xml_.open("peer2peerIncident");
    xml_.element("client", incident.client);
    write_all(xml_, "ipCaptureEvent", incident.ip_events);
    xml_.element("fileNames", incident.file_names);
    end(incident);
  }

 private:
  template <class T>
  void end(const T& incident) const {
    xml_.element("additionalInfo", incident.additional_info);
    xml_.close();
  }
  void degrees(const char* name, std::optional<double> value) const {
    if (value) {
      xml_.element(name, std::string_view(std::to_string(*value)));
    }
  }
  XmlWriter& xml_;
};

void write(XmlWriter& xml, const char* name, const LawEnforcement& agency) {
  xml.open(name);
  xml.element("agencyName", agency.agency_name);
  xml.element("caseNumber", agency.case_number);
  write_if(xml, "officerContact", agency.officer_contact);
  xml.element("reportedToLe", agency.reported_to_le);
  xml.element("servedLegalProcessDomestic", agency.served_legal_process_domestic);
  if (agency.served_legal_process_international) {
    xml.open("servedLegalProcessInternational");
    xml.attribute("fleaCountry", agency.international_country);
    xml.text(*agency.served_legal_process_international ? "true" : "false");
    xml.close();
  }
  xml.close();
}

void write(XmlWriter& xml, const char* name, const Reporter& reporter) {
  xml.open(name);
  write(xml, "reportingPerson", reporter.reporting_person);
  write_if(xml, "contactPerson", reporter.contact_person);
  xml.element("companyTemplate", reporter.company_template);
  xml.element("termsOfService", reporter.terms_of_service);
  xml.element("legalURL", reporter.legal_url);
  xml.close();
}

}  // namespace

std::string_view schema_text(IncidentType type) { return word(schema::kIncidentTypes, type); }
std::string_view schema_text(ReportAnnotation annotation) {
  return word(schema::kReportAnnotations, annotation);
}
std::string_view schema_text(FileAnnotation annotation) {
  return word(schema::kFileAnnotations, annotation);
}

Result<WrittenXml> write_report(const Report& report) {
  XmlWriter xml;
  xml.open("report");
  if (report.batched_viral) {
    xml.open("batchedReport");
    xml.attribute("reason", schema::kBatchReasons.front());
    xml.close();
  }
  write(xml, "incidentSummary", report.summary);
  for (const auto& details : report.details) {
    xml.open("internetDetails");
    std::visit(DetailsWriter(xml), details);
    xml.close();
  }
  write_if(xml, "lawEnforcement", report.law_enforcement);
  write(xml, "reporter", report.reporter);
  write_all(xml, "personOrUserReported", report.reported);
  write_all(xml, "intendedRecipient", report.intended_recipients);
  write_all(xml, "victim", report.victims);
  xml.element("additionalInfo", report.additional_info);
  xml.close();
  return WrittenXml{xml.finish(), xml.replaced()};
}

Result<WrittenXml> write_file_details(const FileDetails& details) {
  if (details.potential_meme && details.annotations) {
    return fail(ErrorCode::report_invalid, "file_details",
                "potentialMeme and fileAnnotations exclude each other");
  }
  XmlWriter xml;
  xml.open("fileDetails");
  xml.element("reportId", details.report_id);
  xml.element("fileId", details.file_id);
  xml.element("fileName", details.file_name);
  xml.element("originalFileName", details.original_file_name);
  xml.element("uploadedToEspTimestamp", details.uploaded_at);
  xml.element("locationOfFile", details.location);
  xml.element("fileViewedByEsp", details.viewed_by_esp);
  xml.element("exifViewedByEsp", details.exif_viewed_by_esp);
  xml.element("publiclyAvailable", details.publicly_available);
  if (details.relevance) {
    xml.element("fileRelevance", word(schema::kRelevances, *details.relevance));
  }
  xml.element("potentialMeme", details.potential_meme);
  if (details.annotations) {
    xml.open("fileAnnotations");
    for (const auto annotation : *details.annotations) {
      xml.element(std::string(schema_text(annotation)).c_str(), true);
    }
    xml.close();
  }
  if (details.classification) {
    xml.element("industryClassification", word(schema::kClassifications, *details.classification));
  }
  for (const auto& hash : details.original_hashes) {
    xml.open("originalFileHash");
    xml.attribute("hashType", std::string_view(hash.type));
    xml.text(hash.value);
    xml.close();
  }
  write_if(xml, "ipCaptureEvent", details.ip_event);
  write_all(xml, "deviceId", details.devices);
  for (const auto& part : details.details) {
    xml.open("details");
    xml.attribute("type", word(schema::kDetailsTypes, part.type));
    for (const auto& pair : part.pairs) {
      xml.open("nameValuePair");
      xml.element("name", pair.name);
      xml.element("value", pair.value);
      xml.close();
    }
    xml.close();
  }
  xml.element("additionalInfo", details.additional_info);
  xml.close();
  return WrittenXml{xml.finish(), xml.replaced()};
}

}  // namespace lightkeeper::reporting
