// The one description of the case file: its fields, limits and meaning. The reader, the writer and
// the JSON Schema are three visitors of it, so that they cannot disagree.
//
// A visitor offers need(name, value, rule, words) for a field that has to be there and may(...) for
// one that may be missing or null.
#pragma once

#include <limits>

#include "service/reporting/names.hpp"
#include "service/reporting/utc.hpp"

namespace lightkeeper::reporting {

enum class Shape : std::uint8_t { free, id, country, url, calling_code };
struct Rule {
  std::uint64_t least = 0;  // bytes of a text, or the smallest number
  std::uint64_t most = 0;   // bytes of a text, or the largest number
  std::size_t items = 0;    // of a list
  Shape shape = Shape::free;
};
constexpr Rule plain() { return {}; }
constexpr Rule text(std::uint64_t least, std::uint64_t most) { return {least, most}; }
constexpr Rule texts(std::size_t items, std::uint64_t least, std::uint64_t most) {
  return {least, most, items};
}
constexpr Rule number(std::uint64_t least, std::uint64_t most) { return {least, most}; }
/// Of an angle: from -most to most.
constexpr Rule degrees(std::uint64_t most) { return {0, most}; }
constexpr Rule list(std::size_t items) { return {0, 0, items}; }
constexpr Rule shaped(Shape shape, std::uint64_t least, std::uint64_t most, std::size_t items = 0) {
  return {least, most, items, shape};
}
constexpr std::uint64_t kSafeNumber = 9'007'199'254'740'991;  // what every JSON reader can hold
constexpr std::uint64_t kWords = 1000;                        // bytes of a short explanation

template <class T>
struct TypeName;
#define LK_TYPE_NAME(type, text)                   \
  template <>                                      \
  struct TypeName<type> {                          \
    static constexpr std::string_view name = text; \
  }
LK_TYPE_NAME(Origin, "origin");
LK_TYPE_NAME(Address, "address");
LK_TYPE_NAME(Email, "email");
LK_TYPE_NAME(Phone, "phone");
LK_TYPE_NAME(ContactPerson, "contact");
LK_TYPE_NAME(IpCaptureEvent, "ip_event");
LK_TYPE_NAME(DeviceId, "device");
LK_TYPE_NAME(EstimatedLocation, "location");
LK_TYPE_NAME(AccountDisabled, "disabled");
LK_TYPE_NAME(CaseHeader, "case");
LK_TYPE_NAME(ServiceFacts, "service");
LK_TYPE_NAME(IncidentTime, "incident_time");
LK_TYPE_NAME(Site, "site");
LK_TYPE_NAME(EmailIncident, "email_incident");
LK_TYPE_NAME(NewsgroupIncident, "newsgroup_incident");
LK_TYPE_NAME(OnlineGamingIncident, "gaming_incident");
LK_TYPE_NAME(CellPhoneIncident, "cell_phone_incident");
LK_TYPE_NAME(NonInternetIncident, "place_incident");
LK_TYPE_NAME(PeerToPeerIncident, "peer_to_peer_incident");
LK_TYPE_NAME(Elsewhere, "elsewhere");
LK_TYPE_NAME(LawEnforcement, "law_enforcement");
LK_TYPE_NAME(Unavailable, "unavailable");
LK_TYPE_NAME(Incident, "incident");
LK_TYPE_NAME(CaseAssociation, "associated_account");
LK_TYPE_NAME(CaseAccount, "account");
LK_TYPE_NAME(PersonWhoReported, "person_who_reported");
LK_TYPE_NAME(CaseAccounts, "accounts");
LK_TYPE_NAME(CaseConversation, "conversation");
LK_TYPE_NAME(CaseMessage, "message");
LK_TYPE_NAME(Gap, "gap");
LK_TYPE_NAME(Statement, "statement");
LK_TYPE_NAME(NameValue, "name_value");
LK_TYPE_NAME(ViewedEvent, "viewed_event");
LK_TYPE_NAME(CaseFileItem, "file");
LK_TYPE_NAME(CaseVoucher, "voucher");
LK_TYPE_NAME(CaseHold, "hold");
LK_TYPE_NAME(CaseDecision, "decision");
LK_TYPE_NAME(CountryLink, "country_link");
LK_TYPE_NAME(EarlierReport, "earlier_report");
LK_TYPE_NAME(Jurisdiction, "jurisdiction");
LK_TYPE_NAME(CaseFile, "case_file");
#undef LK_TYPE_NAME

/// A struct of the case file, described below.
template <class T>
concept Described = requires { TypeName<T>::name; };

template <class V>
void describe(V& v, Origin& x) {
  v.need("source", x.source, plain(), "Who or what it comes from");
  v.may("basis", x.basis, text(0, kWords), "In words: from which record, message or judgement");
  v.may("confidence", x.confidence, plain(), "How sure, where that matters");
}
template <class V>
void describe(V& v, Address& x) {
  v.may("type", x.type, plain(), "What kind of address");
  v.may("address", x.address, text(1, 500), "Street and number");
  v.may("city", x.city, text(1, 200), "City");
  v.may("zip_code", x.zip_code, text(1, 40), "Postal code");
  v.may("state", x.state, text(2, 2), "Code of a state of the USA");
  v.may("non_usa_state", x.non_usa_state, text(1, 200), "State or region elsewhere");
  v.may("country", x.country, shaped(Shape::country, 2, 2), "ISO 3166 code, two capital letters");
}
template <class V>
void describe(V& v, Email& x) {
  v.need("address", x.address, text(3, 320), "The e-mail address");
  v.may("type", x.type, plain(), "What kind of address");
  v.may("verified", x.verified, plain(), "Whether the service verified it");
  v.may("verified_ms", x.verified_at, plain(), "When the service verified it");
}
template <class V>
void describe(V& v, Phone& x) {
  v.need("number", x.number, text(2, 40), "The telephone number");
  v.may("type", x.type, plain(), "What kind of number");
  v.may("verified", x.verified, plain(), "Whether the service verified it");
  v.may("verified_ms", x.verified_at, plain(), "When the service verified it");
  v.may("country_calling_code", x.country_calling_code, shaped(Shape::calling_code, 2, 4),
        "\"+\" and one to three digits");
  v.may("extension", x.extension, text(1, 20), "Extension");
}
template <class V>
void describe(V& v, ContactPerson& x) {
  v.may("first_name", x.first_name, text(1, 200), "First name");
  v.may("last_name", x.last_name, text(1, 200), "Last name, or the name of a team");
  v.may("phones", x.phones, list(10), "Telephone numbers");
  v.may("emails", x.emails, list(10), "E-mail addresses");
  v.may("addresses", x.addresses, list(10), "Postal addresses");
}
template <class V>
void describe(V& v, IpCaptureEvent& x) {
  v.need("ip", x.ip_address, text(2, 45), "IPv4 or IPv6 address");
  v.may("event", x.event, plain(), "What happened from this address");
  v.may("at_ms", x.at, plain(), "When, UTC");
  v.may("possible_proxy", x.possible_proxy, plain(), "Whether it may be a proxy");
  v.may("port", x.port, number(1, 65535),
        "Port of the person's side; tells people behind one address apart");
}
template <class V>
void describe(V& v, DeviceId& x) {
  v.need("type", x.id_type, text(1, 100), "What kind of identifier, e.g. IMEI");
  v.need("value", x.id_value, text(1, 300), "The identifier");
  v.may("event", x.event, text(1, 100), "What the device did");
  v.may("at_ms", x.at, plain(), "When, UTC");
}
template <class V>
void describe(V& v, EstimatedLocation& x) {
  v.may("verified", x.verified, plain(), "Whether the location was verified");
  v.may("at_ms", x.at, plain(), "When the person was there, UTC");
  v.may("city", x.city, text(1, 200), "City");
  v.may("region", x.region, text(1, 200), "Region");
  v.may("country", x.country, shaped(Shape::country, 2, 2), "ISO 3166 code, two capital letters");
}
template <class V>
void describe(V& v, AccountDisabled& x) {
  v.may("disabled", x.disabled, plain(), "Whether the account is switched off");
  v.may("disabled_ms", x.disabled_at, plain(), "Since when");
  v.may("user_notified", x.user_notified, plain(), "Whether the person was told");
  v.may("user_notified_ms", x.user_notified_at, plain(), "When the person was told");
  v.may("reenabled_ms", x.reenabled_at, plain(), "When it was switched on again");
}
template <class V>
void describe(V& v, CaseHeader& x) {
  v.need("id", x.id, plain(), "Id of the case: that of its first report");
  v.may("number", x.number, number(0, kSafeNumber), "Number of the case at the service");
  v.need("opened_ms", x.opened, plain(), "When the first report arrived");
  v.need("harm", x.harm, plain(), "What the case is about");
}
template <class V>
void describe(V& v, ServiceFacts& x) {
  v.need("name", x.name, text(1, 200), "The organisation that reports");
  v.may("platform", x.platform, text(1, 200), "Name of the service as people know it");
  v.may("website", x.website, shaped(Shape::url, 1, 500), "Its website");
  v.may("country", x.country, shaped(Shape::country, 2, 2), "Where it is established");
  v.may("reporting_person", x.reporting_person, plain(), "Who reports; needs an e-mail address");
  v.may("contact_person", x.contact_person, plain(), "Whom an investigator calls");
  v.may("company_template", x.company_template, text(1, 20'000),
        "How to serve legal process, what the service holds and for how long");
  v.may("terms_of_service", x.terms_of_service, text(1, 3000), "The rule that was broken");
  v.may("legal_url", x.legal_url, shaped(Shape::url, 1, 500), "Where the rules stand");
  v.may("reports_to_ncmec", x.reports_to_ncmec, plain(), "Whether this service reports to NCMEC");
  v.may("industry_classification_agreed", x.industry_classification_agreed, plain(),
        "Whether it signed the industry's hash sharing agreement");
  v.may("review_keys_b64", x.review_keys, list(8),
        "Public keys (Ed25519) of the service's review key, newest first");
}
template <class V>
void describe(V& v, IncidentTime& x) {
  v.need("at_ms", x.at, plain(), "When it happened, UTC");
  v.may("denotes", x.denotes, text(1, kWords), "What that time is the time of");
}
template <class V>
void describe(V& v, Site& x) {
  v.need("url", x.url, shaped(Shape::url, 1, 2000), "The address, exact");
  v.may("seen_ms", x.seen, plain(), "When it was seen");
  v.may("third_party_hosted", x.third_party_hosted, plain(), "Whether somebody else hosts it");
  v.may("note", x.note, text(1, kWords), "A reviewer's note");
}
constexpr std::uint64_t kMaxNotes = 3000;                  // bytes of what else there is to say
constexpr std::uint64_t kMaxElsewhereContent = 32 * 1024;  // bytes
template <class V>
void describe(V& v, EmailIncident& x) {
  v.may("addresses", x.addresses, list(20), "E-mail addresses that were used");
  v.may("content", x.content, text(1, kMaxElsewhereContent), "What was written");
  v.may("additional_info", x.additional_info, text(1, kMaxNotes), "What else is known");
}
template <class V>
void describe(V& v, NewsgroupIncident& x) {
  v.may("name", x.name, text(1, 200), "Name of the newsgroup");
  v.may("addresses", x.addresses, list(20), "E-mail addresses that were used");
  v.may("content", x.content, text(1, kMaxElsewhereContent), "What was written");
  v.may("additional_info", x.additional_info, text(1, kMaxNotes), "What else is known");
}
template <class V>
void describe(V& v, OnlineGamingIncident& x) {
  v.may("game_name", x.game_name, text(1, 200), "Name of the game");
  v.may("console", x.console, text(1, 200), "What it is played on");
  v.may("content", x.content, text(1, kMaxElsewhereContent), "What was written");
  v.may("additional_info", x.additional_info, text(1, kMaxNotes), "What else is known");
}
template <class V>
void describe(V& v, CellPhoneIncident& x) {
  v.may("phone", x.phone, plain(), "The telephone number");
  v.may("latitude", x.latitude, degrees(90), "Where it was: degrees north");
  v.may("longitude", x.longitude, degrees(180), "Where it was: degrees east");
  v.may("additional_info", x.additional_info, text(1, kMaxNotes), "What else is known");
}
template <class V>
void describe(V& v, NonInternetIncident& x) {
  v.may("location_name", x.location_name, text(1, 200), "Name of the place");
  v.may("addresses", x.addresses, list(10), "Where it is");
  v.may("additional_info", x.additional_info, text(1, kMaxNotes), "What else is known");
}
template <class V>
void describe(V& v, PeerToPeerIncident& x) {
  v.may("client", x.client, text(1, 200), "The program");
  v.may("ip_events", x.ip_events, list(100), "Where it was used from");
  v.may("file_names", x.file_names, text(1, kMaxNotes), "Names of files that were offered");
  v.may("additional_info", x.additional_info, text(1, kMaxNotes), "What else is known");
}
template <class V>
void describe(V& v, Elsewhere& x) {
  v.may("emails", x.emails, list(10), "E-mail");
  v.may("newsgroups", x.newsgroups, list(10), "Newsgroups");
  v.may("games", x.games, list(10), "Online games");
  v.may("cell_phones", x.cell_phones, list(10), "Telephones");
  v.may("places", x.places, list(10), "Places that are not on the internet");
  v.may("peer_to_peer", x.peer_to_peer, list(10), "Peer-to-peer networks");
}
template <class V>
void describe(V& v, LawEnforcement& x) {
  v.need("agency_name", x.agency_name, text(1, 200), "The agency");
  v.may("case_number", x.case_number, text(1, 100), "Its own number of the case");
  v.may("officer_contact", x.officer_contact, plain(), "Whom to ask there");
  v.may("reported", x.reported_to_le, plain(), "Whether the service reported to it");
  v.may("served_domestic", x.served_legal_process_domestic, plain(),
        "Whether it served legal process on the service, from the service's own country");
  v.may("served_international", x.served_legal_process_international, plain(),
        "The same, from another country");
  v.may("international_country", x.international_country, shaped(Shape::country, 2, 2),
        "Which country; only with served_international");
}
template <class V>
void describe(V& v, Unavailable& x) {
  v.need("what", x.what, text(1, 120), "What does not exist or cannot be given");
  v.need("why", x.why, text(1, 200), "Why");
}
template <class V>
void describe(V& v, Incident& x) {
  v.may("type", x.type, plain(), "Kind of incident, with the origin of that judgement");
  v.may("time", x.time, plain(), "When it happened, and what that time denotes");
  v.may("escalate_reason", x.escalate_reason, text(1, 2000),
        "Why somebody should look at once; missing: not escalated");
  v.may("annotations", x.annotations, list(5),
        "What applies; empty: decided, none apply; missing: nobody has decided");
  v.may("narrative", x.narrative, text(1, kMaxNarrative), "A reviewer's words: who and what");
  v.may("detected_by", x.detected_by, list(4), "How the service came to know");
  v.may("unavailable", x.unavailable, list(8), "What is not available, and why");
  v.may("sites", x.sites, list(50), "Addresses of web pages");
  v.may("elsewhere", x.elsewhere, plain(), "What happened in other places");
  v.may("batched_viral", x.batched_viral, plain(), "One of many reports about the same viral file");
}
template <class V>
void describe(V& v, CaseAssociation& x) {
  v.need("type", x.type, plain(), "How the accounts belong together");
  v.may("platform", x.platform, text(1, 200), "On which platform");
  v.may("third_party_user", x.third_party_user, plain(), "Whether that is another company's");
  v.may("account", x.account, text(1, 128), "Its id");
  v.may("service", x.service, text(1, 200), "Its service");
  v.may("screen_name", x.screen_name, text(1, 200), "Its name");
  v.may("emails", x.emails, list(10), "E-mail addresses");
  v.may("phones", x.phones, list(10), "Telephone numbers");
}
template <class V>
void describe(V& v, CaseAccount& x) {
  v.may("account", x.account, text(1, 128), "Id of the account at the service");
  v.may("service", x.service, text(1, 200), "The service that the id belongs to");
  v.may("screen_name", x.screen_name, text(1, 200), "Name for signing in or being found");
  v.may("display_names", x.display_names, texts(20, 1, 200), "Names shown to others");
  v.may("profile_urls", x.profile_urls, shaped(Shape::url, 1, 2000, 20), "Addresses of profiles");
  v.may("profile_bio", x.profile_bio, text(1, 3000), "What the profile says");
  v.may("first_name", x.first_name, text(1, 200), "First name");
  v.may("last_name", x.last_name, text(1, 200), "Last name");
  v.may("emails", x.emails, list(20), "E-mail addresses");
  v.may("phones", x.phones, list(20), "Telephone numbers");
  v.may("addresses", x.addresses, list(10), "Postal addresses");
  v.may("age", x.age, number(0, 130), "Age in years");
  v.may("date_of_birth", x.date_of_birth, plain(), "Date of birth, YYYY-MM-DD");
  v.may("ip_events", x.ip_events, list(500), "Where the account was used from");
  v.may("devices", x.devices, list(50), "Devices of the account");
  v.may("location", x.location, plain(), "Estimated location, with its basis");
  v.may("all_emails_reported", x.all_emails_reported, plain(),
        "Whether every e-mail address that the service has stands here");
  v.may("compromised", x.compromised, plain(), "Whether somebody else may have taken it over");
  v.may("third_party", x.third_party, plain(), "Whether it is another company's account");
  v.may("temporarily_disabled", x.temporarily_disabled, plain(), "Switched off for a time");
  v.may("permanently_disabled", x.permanently_disabled, plain(), "Switched off for good");
  v.may("group_identifier", x.group_identifier, text(1, 128), "Group that it acted in");
  v.may("school_name", x.school_name, text(1, 200), "School of a victim");
  v.may("vehicle_description", x.vehicle_description, text(1, kWords), "Vehicle of a person");
  v.may("note", x.note, text(1, kWords), "A reviewer's note");
  v.may("prior_reports", x.prior_reports, texts(100, 1, 64),
        "Numbers of earlier reports; empty: looked, none; missing: nobody has looked");
  v.may("associated_accounts", x.associated_accounts, list(50),
        "Accounts that belong to it; empty: looked, none; missing: nobody has looked");
  v.may("target", x.target, plain(),
        "Of a recipient: was approached or pressed; such a person is reported as a victim");
}
template <class V>
void describe(V& v, PersonWhoReported& x) {
  v.need("relation", x.relation, plain(), "What the person has to do with it");
  v.may("account", x.account, text(1, 128), "Their account");
  v.may("may_be_contacted", x.may_be_contacted, plain(), "Whether they agreed to be contacted");
  v.may("email", x.email, plain(), "Only if they agreed");
  v.may("phone", x.phone, plain(), "Only if they agreed");
}
template <class V>
void describe(V& v, CaseAccounts& x) {
  v.may("reported", x.reported, list(50), "Whom the report is about");
  v.may("intended_recipients", x.intended_recipients, list(100), "Whom it was sent to");
  v.may("victims", x.victims, list(50), "Children whom it was done to");
  v.may("reporter", x.reporter, plain(), "Who told the service");
}
template <class V>
void describe(V& v, CaseConversation& x) {
  v.need("conversation", x.conversation, shaped(Shape::id, 1, 64), "Its id");
  v.need("kind", x.kind, plain(), "Two people, or a group");
  v.need("mode", x.mode, plain(), "Who can read it");
  v.may("name", x.name, text(1, 200), "Name of a group");
  v.may("members", x.members, number(0, 1'000'000), "How many people");
}
template <class V>
void describe(V& v, CaseMessage& x) {
  v.need("conversation", x.conversation, shaped(Shape::id, 1, 64), "Conversation it stands in");
  v.need("seq", x.seq, number(0, kSafeNumber), "Its position in the conversation");
  v.need("accepted_ms", x.accepted, plain(), "When the service accepted it, UTC");
  v.need("sender", x.sender, text(1, 128), "Account of the sender");
  v.need("class", x.evidence, plain(), "What stands behind it");
  v.may("why", x.why, text(0, kWords), "Why it is not verified; only then");
  v.need("type", x.type, plain(), "What it is");
  v.may("edits", x.edits, number(0, kSafeNumber), "Position of the message that it edits");
  v.may("expires_ms", x.expires, plain(), "When it disappears from devices");
  v.may("deleted", x.deleted, plain(), "Whether its sender took it back later");
  v.may("body", x.body, text(0, 64 * 1024), "Its words");
  v.may("items", x.items, {0, 1'000'000, 20}, "Its files, by item");
}
template <class V>
void describe(V& v, Gap& x) {
  v.need("conversation", x.conversation, shaped(Shape::id, 1, 64), "Conversation");
  v.need("first", x.first, number(0, kSafeNumber), "First position that was not reported");
  v.need("last", x.last, number(0, kSafeNumber), "Last position that was not reported");
}
template <class V>
void describe(V& v, Statement& x) {
  v.may("made_ms", x.made, plain(), "When it was written");
  v.need("text", x.text, text(1, 32 * 1024), "A person's own words: never more than that");
}
template <class V>
void describe(V& v, NameValue& x) {
  v.need("name", x.name, text(1, 200), "Name");
  v.need("value", x.value, text(0, 2000), "Value");
}
template <class V>
void describe(V& v, ViewedEvent& x) {
  v.need("case", x.case_id, plain(), "Case that was looked at");
  v.need("item", x.item, number(0, 1'000'000), "File that was looked at");
  v.need("sha256", x.sha256, plain(), "Its SHA-256");
  v.need("size", x.size, number(0, kSafeNumber), "Its size in bytes");
  v.need("reviewer", x.reviewer, text(1, 64), "Pseudonym of the reviewer");
  v.need("step", x.step, plain(), "In which form it was shown");
  v.need("whole", x.whole, plain(), "Whether the whole file was shown");
  v.need("at_ms", x.at, plain(), "When");
  v.need("signature_b64", x.signature, plain(), "Ed25519 signature of the service's review key");
}
template <class V>
void describe(V& v, CaseFileItem& x) {
  v.need("item", x.item, number(0, 1'000'000), "Its number in the case");
  v.need("class", x.evidence, plain(), "What stands behind it");
  v.may("why", x.why, text(0, kWords), "Why it is not verified; only then");
  v.need("media_type", x.media_type, text(3, 100), "Its media type");
  v.need("size", x.size, number(0, kSafeNumber), "Bytes");
  v.may("available", x.available, plain(), "Whether its bytes can be uploaded");
  v.may("name", x.name, text(1, 255), "Name that the service gives it");
  v.may("original_name", x.original_name, text(1, 255), "Name that it was uploaded under");
  v.may("url", x.url, shaped(Shape::url, 1, 2000), "Where it stands");
  v.may("sha256", x.sha256, plain(), "SHA-256");
  v.may("sha1", x.sha1, plain(), "SHA-1");
  v.may("md5", x.md5, plain(), "MD5");
  v.may("pdq", x.pdq, plain(), "PDQ, a hash of how it looks");
  v.may("uploaded_ms", x.uploaded, plain(), "When it was uploaded to the service");
  v.may("publicly_available", x.publicly_available, plain(), "Whether anybody could see it");
  v.may("relevance", x.relevance, plain(), "What is reported, or context of it");
  v.may("classification", x.classification, plain(),
        "Industry classification; sent only by a service that signed the agreement");
  v.may("annotations", x.annotations, list(10),
        "What applies; empty: decided, none apply; missing: nobody has decided");
  v.may("ip_event", x.ip_event, plain(), "Where it was uploaded from");
  v.may("devices", x.devices, list(10), "Device that it was uploaded from");
  v.may("exif", x.exif, list(100), "What the file says about itself");
  v.may("notes", x.notes, texts(10, 1, kWords), "A reviewer's notes");
  v.may("seen_before", x.seen_before, number(0, 1'000'000'000),
        "Reports with the identical file before this one");
  v.may("viewed", x.viewed, list(20), "Signed events of people who looked at it");
}
template <class V>
void describe(V& v, CaseVoucher& x) {
  v.need("side", x.side, plain(), "Whose guard made it");
  v.need("finding", x.finding, plain(), "What the service found when it checked");
  v.may("why", x.why, text(0, kWords), "Why it is not confirmed");
  v.may("proves", x.proves, text(0, 2000), "What it proves, in fixed words");
  v.need("provenance", x.provenance, text(1, 100), "Class of the list entry");
  v.may("category", x.category, number(0, 4'294'967'295), "Category of the list entry");
  v.may("list_version", x.list_version, number(0, 4'294'967'295), "Version of the list");
  v.may("distance", x.distance, number(0, 256), "Bits by which picture and entry differ");
  v.need("made_ms", x.made, plain(), "When the guard made it");
  v.may("item", x.item, number(0, 1'000'000), "The picture, among the files");
}
template <class V>
void describe(V& v, CaseHold& x) {
  v.need("basis", x.basis, plain(), "Why it is kept");
  v.need("placed_ms", x.placed, plain(), "Since when");
  v.need("until_ms", x.until, plain(), "Until when");
}
template <class V>
void describe(V& v, CaseDecision& x) {
  v.need("decision", x.decision, text(1, 40), "What was decided");
  v.need("reviewer", x.reviewer, text(1, 64), "By whom: a pseudonym");
  v.need("policy_version", x.policy_version, text(1, 64), "Under which policy");
  v.need("decided_ms", x.decided, plain(), "When");
  v.may("second_reviewer", x.second_reviewer, text(1, 64), "Who agreed: a pseudonym");
}
template <class V>
void describe(V& v, CountryLink& x) {
  v.need("country", x.country, shaped(Shape::country, 2, 2), "ISO 3166 code");
  v.need("basis", x.basis, text(1, 300), "What links the case to it");
}
template <class V>
void describe(V& v, EarlierReport& x) {
  v.need("outlet", x.outlet, plain(), "Where it went");
  v.need("reference", x.reference, text(1, 100), "Number that was given there");
  v.need("at_ms", x.at, plain(), "When");
}
template <class V>
void describe(V& v, Jurisdiction& x) {
  v.may("links", x.links, list(20), "Countries that the case has to do with");
  v.may("reported_to", x.reported_to, list(20), "Where this case has been reported already");
  v.may("outlet", x.outlet, plain(), "Where the reviewer wants it to go");
}
template <class V>
void describe(V& v, CaseFile& x) {
  v.need("made_ms", x.made, plain(), "When this document was made");
  v.need("case", x.header, plain(), "The case");
  v.need("service", x.service, plain(), "Who reports");
  v.need("incident", x.incident, plain(), "What happened");
  v.need("accounts", x.accounts, plain(), "Who was involved, by role");
  v.may("conversations", x.conversations, list(50), "Conversations of the messages");
  v.may("messages", x.messages, list(kMaxCaseMessages), "Messages, each of one class of evidence");
  v.may("gaps", x.gaps, list(kMaxCaseMessages), "Stretches that were not reported");
  v.may("statements", x.statements, list(50), "What people wrote to the service");
  v.may("files", x.files, list(kMaxCaseFiles), "Files, each of one class of evidence");
  v.may("vouchers", x.vouchers, list(200), "Vouchers of guards");
  v.may("holds", x.holds, list(50), "Preservation holds");
  v.may("decision", x.decision, plain(), "The decision that led here");
  v.may("jurisdiction", x.jurisdiction, plain(), "Countries and earlier reports");
  v.may("law_enforcement", x.law_enforcement, plain(), "An agency that is at work on it already");
}
/// A fact stands as its fields, or as "value", and where it comes from.
template <class V, class T>
void describe_fact(V& v, Fact<T>& x, const Rule& rule) {
  if constexpr (Described<T>) {
    describe(v, x.value);
  } else {
    v.need("value", x.value, rule, "The fact");
  }
  v.need("origin", x.origin, plain(), "Where it comes from");
}

constexpr std::string_view kCaseFormat = "lightkeeper-case-v1";

}  // namespace lightkeeper::reporting
