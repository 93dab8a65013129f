// CyberTipline report model: accounts, where and when they were seen, and the three roles an
// account can have in a report. Nobody is moved between roles by writing: see case_report.hpp.
#pragma once

#include "service/reporting/person.hpp"

namespace lightkeeper::reporting {

enum class IpEventName : std::uint8_t { login, registration, purchase, upload, other, unknown };
struct IpCaptureEvent {
  std::string ip_address;  // IPv4 or IPv6, text form
  std::optional<IpEventName> event;
  std::optional<UnixMillis> at;
  std::optional<bool> possible_proxy;
  std::optional<std::uint16_t> port;  // of the person's side; tells people behind one address apart
};

struct DeviceId {
  std::string id_type;  // free text: "IMEI", "ICCID"
  std::string id_value;
  std::optional<std::string> event;
  std::optional<UnixMillis> at;
};

struct EstimatedLocation {
  std::optional<bool> verified;  // attributes
  std::optional<UnixMillis> at;
  std::optional<std::string> city, region;
  std::optional<std::string> country;  // two capital letters
};

/// accountTemporarilyDisabled and accountPermanentlyDisabled; only the former is ever re-enabled.
struct AccountDisabled {
  bool disabled = true;
  std::optional<UnixMillis> disabled_at;
  std::optional<bool> user_notified;
  std::optional<UnixMillis> user_notified_at;
  std::optional<UnixMillis> reenabled_at;
};

enum class AssociationType : std::uint8_t {
  billing,
  linked,
  business,
  creator,
  parent,
  guardian,
  other
};
struct AssociatedAccount {
  AssociationType type = AssociationType::other;
  std::optional<std::string> platform;
  std::optional<bool> third_party_user;  // attribute of platform
  std::optional<std::string> first_name, middle_name, last_name;
  std::optional<std::uint32_t> approximate_age;
  std::optional<Date> date_of_birth;
  std::vector<Phone> phones;
  std::vector<Email> emails;
  std::optional<bool> all_emails_reported;
  std::vector<Address> addresses;
  std::optional<std::string> esp_service, esp_identifier;
  std::vector<std::string> profile_urls;
  std::optional<std::string> screen_name;
  std::vector<std::string> display_names;
  std::optional<std::string> profile_bio, group_identifier;
  std::optional<bool> compromised;
  std::optional<AccountDisabled> temporarily_disabled, permanently_disabled;
  std::vector<IpCaptureEvent> ip_events;
  std::vector<DeviceId> devices;
  std::vector<std::string>
      prior_reports;  // written as priorCTReport here, priorCTReports elsewhere
  std::optional<std::string> additional_info;
};

/// What the three roles share, in the order of the schema; what only one of them has stands in its
/// own type.
struct AccountFacts {
  std::optional<std::string> esp_identifier, esp_service;
  std::optional<bool> compromised;
  std::optional<std::string> screen_name;
  std::vector<std::string> display_names, profile_urls;
  std::optional<std::string> profile_bio;
  std::vector<IpCaptureEvent> ip_events;
  std::vector<DeviceId> devices;
  std::vector<std::string> prior_reports;
  std::optional<AccountDisabled> temporarily_disabled, permanently_disabled;
  std::optional<EstimatedLocation> estimated_location;
  std::optional<bool> all_emails_reported;
};

/// Shown to investigators as the person that the report is about.
struct PersonOrUserReported {
  std::optional<Person> person;
  std::optional<std::string> vehicle_description;
  AccountFacts account;
  std::optional<bool> third_party_user_reported;
  std::optional<std::string> group_identifier;
  std::vector<AssociatedAccount> associated_accounts;
  std::optional<std::string> additional_info;
};

struct IntendedRecipient {
  std::optional<Person> person;
  AccountFacts account;
  std::optional<std::string> group_identifier;
  std::vector<std::string> additional_info;
};

struct Victim {
  Person person;  // required by the schema; may hold nothing but an age
  AccountFacts account;
  std::optional<std::string> school_name;
  std::vector<AssociatedAccount> associated_accounts;
  std::optional<std::string> additional_info;
};

}  // namespace lightkeeper::reporting
