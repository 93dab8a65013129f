// The case file: one case as one self-contained JSON document, "lightkeeper-case-v1". Every outlet
// is rendered from it, now or years later, without the service that made it.
//
// What it holds is what the service knows about one case, so it is as sensitive as the evidence
// itself. Each fact says where it comes from (Origin); the classes of evidence are never mixed: a
// message is verified, not verified or a record of the provider; statements and vouchers stand in
// lists of their own. Reference: docs/reference/case-file.md, api/case.schema.json.
#pragma once

#include "service/reporting/model.hpp"
#include "service/reporting/viewed_event.hpp"

namespace lightkeeper::reporting {

constexpr std::size_t kMaxCaseFile = 16 * 1024 * 1024;
constexpr std::size_t kMaxCaseDepth = 10;
constexpr std::size_t kMaxCaseMessages = 1000;
constexpr std::size_t kMaxCaseFiles = 200;
constexpr std::size_t kMaxNarrative = 1200;  // bytes; leaves room for the standard parts

enum class Source : std::uint8_t {
  service_record,    // the service's own records: accounts, sign-ins, stamps
  verified_message,  // said in a message whose frank verifies
  guard_voucher,     // a voucher of a device's guard
  persons_word,      // a person told us
  reviewer,          // a reviewer's judgement
  settings,          // the operator's settings
};
enum class Confidence : std::uint8_t { certain, likely, possible };
struct Origin {
  Source source = Source::persons_word;
  std::string basis;  // in words: "age given at registration", "message 12"
  std::optional<Confidence> confidence;
};
template <class T>
struct Fact {
  T value{};
  Origin origin;
};

enum class Harm : std::uint8_t { known_picture, grooming, threat, unwanted, other };
struct CaseHeader {
  ReportId id;
  std::uint64_t number = 0;
  UnixMillis opened;
  Harm harm = Harm::other;
};

/// Who reports: from the operator's settings.
struct ServiceFacts {
  std::string name;                     // the organisation
  std::optional<std::string> platform;  // the name people know it by; espService, chatClient
  std::optional<std::string> website;
  std::optional<std::string> country;  // where the service is established
  std::optional<ContactPerson> reporting_person;
  std::optional<ContactPerson> contact_person;  // whom an investigator calls
  std::optional<std::string> company_template, terms_of_service, legal_url;
  bool reports_to_ncmec = true;
  bool industry_classification_agreed = false;  // has signed the industry's hash sharing agreement
  std::vector<crypto::VerifyingKey> review_keys;  // that sign viewed events
};

struct IncidentTime {
  UnixMillis at;
  std::optional<std::string> denotes;  // "when the service accepted the last reported message"
};
enum class Detection : std::uint8_t {
  user_report,
  on_device_voucher,
  service_protected_match,
  metadata,
};
struct Site {
  std::string url;
  std::optional<UnixMillis> seen;
  std::optional<bool> third_party_hosted;
  std::optional<std::string> note;
};
/// What happened in other places than the conversations and pages of the case: each becomes an
/// element of its own in a report. `nowhere()`: there is nothing of it.
struct Elsewhere {
  std::vector<EmailIncident> emails;
  std::vector<NewsgroupIncident> newsgroups;
  std::vector<OnlineGamingIncident> games;
  std::vector<CellPhoneIncident> cell_phones;
  std::vector<NonInternetIncident> places;
  std::vector<PeerToPeerIncident> peer_to_peer;
  [[nodiscard]] bool nowhere() const {
    return emails.empty() && newsgroups.empty() && games.empty() && cell_phones.empty() &&
           places.empty() && peer_to_peer.empty();
  }
};
/// What does not exist or cannot be given, and why.
struct Unavailable {
  std::string what, why;
};
struct Incident {
  std::optional<Fact<IncidentType>> type;
  std::optional<Fact<IncidentTime>> time;
  std::optional<std::string> escalate_reason;
  /// Not set: nobody has decided. Empty: decided, none apply.
  std::optional<std::set<ReportAnnotation>> annotations;
  std::optional<std::string> narrative;  // a reviewer's words: who, what
  std::vector<Detection> detected_by;
  std::vector<Unavailable> unavailable;
  std::vector<Fact<Site>> sites;
  Elsewhere elsewhere;
  bool batched_viral = false;
};

struct CaseAssociation {
  AssociationType type = AssociationType::other;
  std::optional<std::string> platform;
  std::optional<bool> third_party_user;
  std::optional<std::string> account, service, screen_name;
  std::vector<Email> emails;
  std::vector<Phone> phones;
};
struct CaseAccount {
  std::optional<std::string> account;  // id at the service: espIdentifier
  std::optional<std::string> service;  // espService
  std::optional<Fact<std::string>> screen_name;
  std::vector<Fact<std::string>> display_names, profile_urls;
  std::optional<Fact<std::string>> profile_bio, first_name, last_name;
  std::vector<Fact<Email>> emails;
  std::vector<Fact<Phone>> phones;
  std::vector<Fact<Address>> addresses;
  std::optional<Fact<std::uint32_t>> age;  // years
  std::optional<Fact<Date>> date_of_birth;
  std::vector<Fact<IpCaptureEvent>> ip_events;
  std::vector<Fact<DeviceId>> devices;
  std::optional<Fact<EstimatedLocation>> location;
  std::optional<bool> all_emails_reported, compromised, third_party;
  std::optional<AccountDisabled> temporarily_disabled, permanently_disabled;
  std::optional<std::string> group_identifier, school_name, vehicle_description, note;
  /// Not set: nobody has looked. Empty: looked, there are none.
  std::optional<std::vector<std::string>> prior_reports;
  std::optional<std::vector<Fact<CaseAssociation>>> associated_accounts;
  /// Of a recipient: was approached or pressed. Such a person is reported as a victim, never as
  /// anything else.
  bool target = false;
};
enum class ReporterRelation : std::uint8_t { victim, recipient, witness, trusted_flagger };
/// The person who told the service. Contact details stand here only if that person agreed.
struct PersonWhoReported {
  ReporterRelation relation = ReporterRelation::recipient;
  std::optional<std::string> account;
  bool may_be_contacted = false;
  std::optional<Email> email;
  std::optional<Phone> phone;
};
struct CaseAccounts {
  std::vector<CaseAccount> reported, intended_recipients, victims;
  std::optional<PersonWhoReported> reporter;
};

enum class MessageClass : std::uint8_t { verified, not_verified, provider_record };
enum class MessageType : std::uint8_t { text, picture, edit, unreadable };
enum class ConversationKind : std::uint8_t { direct, group };
enum class ConversationMode : std::uint8_t { end_to_end_encrypted, service_protected };
struct CaseConversation {
  std::string conversation;
  ConversationKind kind = ConversationKind::direct;
  ConversationMode mode = ConversationMode::end_to_end_encrypted;
  std::optional<std::string> name;
  std::optional<std::uint32_t> members;
};
struct CaseMessage {
  std::string conversation;
  std::uint64_t seq = 0;  // position in the conversation, by the service's stamp
  UnixMillis accepted;
  std::string sender;  // account
  MessageClass evidence = MessageClass::not_verified;
  std::string why;  // why not verified; empty otherwise
  MessageType type = MessageType::text;
  std::optional<std::uint64_t> edits;  // seq of the message that it edits
  std::optional<UnixMillis> expires;   // a disappearing message
  bool deleted = false;                // taken back by its sender later
  std::string body;
  std::vector<std::uint32_t> items;  // of `files`
};
/// A stretch of a conversation that was not reported; first and last position.
struct Gap {
  std::string conversation;
  std::uint64_t first = 0, last = 0;
};
/// What a person wrote to the service. Never more than a person's word.
struct Statement {
  std::optional<UnixMillis> made;
  std::string text;
};

enum class FileClass : std::uint8_t { verified, not_verified, provider_record, voucher };
struct CaseFileItem {
  std::uint32_t item = 0;
  FileClass evidence = FileClass::not_verified;
  std::string why;
  std::string media_type;
  std::uint64_t size = 0;
  bool available = false;  // its bytes can be uploaded
  std::optional<std::string> name, original_name, url;
  std::optional<crypto::Digest> sha256;
  std::optional<ByteArray<20>> sha1;
  std::optional<ByteArray<16>> md5;
  std::optional<crypto::Digest> pdq;
  std::optional<UnixMillis> uploaded;
  std::optional<bool> publicly_available;
  FileRelevance relevance = FileRelevance::reported;
  std::optional<Fact<IndustryClassification>> classification;
  /// Not set: nobody has decided. Empty: decided, none apply (so: no meme, not self-produced).
  std::optional<std::set<FileAnnotation>> annotations;
  std::optional<Fact<IpCaptureEvent>> ip_event;
  std::vector<Fact<DeviceId>> devices;
  std::vector<NameValue> exif;
  std::vector<std::string> notes;
  std::uint32_t seen_before = 0;  // reports with the identical file before this one
  std::vector<ViewedEvent> viewed;
};

enum class VoucherSide : std::uint8_t { sender, recipient };
enum class VoucherFinding : std::uint8_t { confirmed, not_confirmed };
struct CaseVoucher {
  VoucherSide side = VoucherSide::recipient;
  VoucherFinding finding = VoucherFinding::not_confirmed;
  std::string why, proves;
  std::string provenance;  // class of the list entry
  std::uint32_t category = 0;
  std::uint32_t list_version = 0;
  std::uint16_t distance = 0;
  UnixMillis made;
  std::optional<std::uint32_t> item;
};

enum class HoldBasis : std::uint8_t { report_2258a, letter_2703f, epoc_pr, uk_osa, internal };
struct CaseHold {
  HoldBasis basis = HoldBasis::report_2258a;
  UnixMillis placed, until;
};
struct CaseDecision {
  std::string decision, reviewer, policy_version;  // reviewer: pseudonym
  UnixMillis decided;
  std::optional<std::string> second_reviewer;
};

enum class Outlet : std::uint8_t { ncmec, nca, dsa18, abuse_site };
struct CountryLink {
  std::string country;
  std::string basis;  // "where the reported account signed in from"
};
struct EarlierReport {
  Outlet outlet = Outlet::ncmec;
  std::string reference;
  UnixMillis at;
};
struct Jurisdiction {
  std::vector<CountryLink> links;
  std::vector<EarlierReport> reported_to;
  std::optional<Outlet> outlet;  // what the reviewer chose
};

struct CaseFile {
  UnixMillis made;  // when this document was made; nothing in it is later
  CaseHeader header;
  ServiceFacts service;
  Incident incident;
  CaseAccounts accounts;
  std::vector<CaseConversation> conversations;
  std::vector<CaseMessage> messages;
  std::vector<Gap> gaps;
  std::vector<Statement> statements;
  std::vector<CaseFileItem> files;
  std::vector<CaseVoucher> vouchers;
  std::vector<CaseHold> holds;
  std::optional<CaseDecision> decision;
  Jurisdiction jurisdiction;
  /// An agency that is at work on it already, as far as the service knows.
  std::optional<LawEnforcement> law_enforcement;
};

/// Reads JSON of at most kMaxCaseFile bytes. `case_file_invalid` names the place as a JSON pointer
/// and the rule that it breaks, never what stands there. Unknown and doubled fields are refused.
[[nodiscard]] Result<CaseFile> parse_case_file(BytesView json);
/// The same document again; parse_case_file(encode_case_file(c)) gives c.
[[nodiscard]] Bytes encode_case_file(const CaseFile& file);
/// The JSON Schema (2020-12) of the format: api/case.schema.json.
[[nodiscard]] std::string case_file_schema();

}  // namespace lightkeeper::reporting
