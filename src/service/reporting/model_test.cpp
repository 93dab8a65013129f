// The whole model: every element and attribute of the grammar can be written, in the order that the
// grammar demands.
#include "service/reporting/model.hpp"

#include <functional>

#include "service/reporting/grammar.hpp"
#include "service/reporting/reporting_testing.hpp"
#include "service/reporting/xml_tree.hpp"

namespace lightkeeper::reporting {
namespace {

constexpr UnixMillis kTime{1'772'452'800'123};

Email full_email() { return {"a@example.org", EmailType::recovery, true, kTime}; }
Phone full_phone() { return {"555-0100", PhoneType::mobile, true, kTime, "+1", "12"}; }
Address full_address() {
  return {AddressType::billing, "1 Example Street", "Exampleton", "00000", "CA", "Region", "US"};
}
ContactPerson full_contact() {
  return {"First",
          "Last",
          {full_phone(), full_phone()},
          {full_email(), full_email()},
          {full_address()}};
}
Person full_person() { return {full_contact(), 13, Date{2013, 1, 31}}; }
IpCaptureEvent full_event() { return {"2001:db8::1", IpEventName::upload, kTime, true, 65535}; }
DeviceId full_device() { return {"IMEI", "00", "Login", kTime}; }
AccountDisabled full_disabled() { return {true, kTime, true, kTime, kTime}; }
AssociatedAccount full_association() {
  AssociatedAccount out;
  out.type = AssociationType::guardian;
  out.platform = "Example";
  out.third_party_user = true;
  out.first_name = out.middle_name = out.last_name = "Name";
  out.approximate_age = 40;
  out.date_of_birth = Date{1986, 2, 28};
  out.phones = {full_phone()};
  out.emails = {full_email()};
  out.all_emails_reported = true;
  out.addresses = {full_address()};
  out.esp_service = out.esp_identifier = "x";
  out.profile_urls = {"https://example.org/p"};
  out.screen_name = "x";
  out.display_names = {"x", "y"};
  out.profile_bio = out.group_identifier = "x";
  out.compromised = false;
  out.temporarily_disabled = out.permanently_disabled = full_disabled();
  out.ip_events = {full_event()};
  out.devices = {full_device()};
  out.prior_reports = {"1", "2"};
  out.additional_info = "x";
  return out;
}
AccountFacts full_facts() {
  AccountFacts out;
  out.esp_identifier = out.esp_service = out.screen_name = out.profile_bio = "x";
  out.compromised = true;
  out.display_names = {"x", "y"};
  out.profile_urls = {"https://example.org/p"};
  out.ip_events = {full_event(), full_event()};
  out.devices = {full_device()};
  out.prior_reports = {"1", "2"};
  out.temporarily_disabled = out.permanently_disabled = full_disabled();
  out.estimated_location = EstimatedLocation{true, kTime, "Exampleton", "Region", "US"};
  out.all_emails_reported = false;
  return out;
}
Report full_report() {
  Report out;
  out.batched_viral = true;
  out.summary = {IncidentType::trafficking,
                 "Example",
                 "[reason: 10 characters]",
                 std::set{ReportAnnotation::sextortion, ReportAnnotation::csam_solicitation,
                          ReportAnnotation::minor_to_minor_interaction, ReportAnnotation::spam,
                          ReportAnnotation::sadistic_online_exploitation},
                 kTime,
                 "upload"};
  out.details = {
      WebPageIncident{true, {"https://example.org/"}, "x"},
      EmailIncident{{full_email()}, "x", "x"},
      NewsgroupIncident{"x", {full_email()}, "x", "x"},
      ChatImIncident{"x", "x", "x", "x"},
      OnlineGamingIncident{"x", "x", "x", "x"},
      CellPhoneIncident{full_phone(), -12.5, 130.25, "x"},
      NonInternetIncident{"x", {full_address()}, "x"},
      PeerToPeerIncident{"x", {full_event()}, "x", "x"},
  };
  out.law_enforcement = LawEnforcement{"Agency", "1", full_contact(), true, false, true, "CA"};
  out.reporter = {full_person(), full_contact(), "template", "terms", "https://example.org/terms"};
  PersonOrUserReported reported{full_person(),        "x", full_facts(), false, "x",
                                {full_association()}, "x"};
  out.reported = {reported, reported};
  out.intended_recipients = {{full_person(), full_facts(), "x", {"x", "y"}}};
  out.victims = {{full_person(), full_facts(), "x", {full_association()}, "x"}};
  out.additional_info = "x";
  return out;
}
FileDetails full_details() {
  FileDetails out;
  out.report_id = 7;
  out.file_id = "f";
  out.file_name = out.original_file_name = "x";
  out.uploaded_at = kTime;
  out.location = "https://example.org/f";
  out.viewed_by_esp = out.exif_viewed_by_esp = out.publicly_available = true;
  out.relevance = FileRelevance::reported;
  out.annotations.emplace();
  for (int i = 0; i < 10; ++i) {
    out.annotations->insert(static_cast<FileAnnotation>(i));
  }
  out.classification = IndustryClassification::a2;
  out.original_hashes = {{"MD5", "00"}, {"SHA1", "01"}};
  out.ip_event = full_event();
  out.devices = {full_device()};
  out.details = {{DetailsType::exif, {{"a", "b"}}}, {DetailsType::hash, {{"MD5", "00"}}}};
  out.additional_info = {"x", "y"};
  return out;
}

// Which children and attributes of the grammar the document uses, by type.
using Seen = std::set<std::pair<const void*, std::string_view>>;
void walk(const XmlElement& element, const ElementType& type, Seen& seen) {
  for (const auto& [name, value] : element.attributes) {
    for (const auto& attribute : type.attributes) {
      if (attribute.name == name) {
        seen.insert({&type, attribute.name});
      }
    }
  }
  for (const auto& one : element.children) {
    for (const auto& child : type.children) {
      if (child.name == one.name) {
        seen.insert({&type, child.name});
        walk(one, *child.type, seen);
      }
    }
  }
}
std::vector<std::string> never_written(const ElementType& type, const Seen& seen) {
  std::vector<std::string> out;
  std::set<const void*> done;
  const std::function<void(const ElementType&)> visit = [&](const ElementType& one) {
    if (!done.insert(&one).second) {
      return;
    }
    for (const auto& attribute : one.attributes) {
      if (!seen.contains({&one, attribute.name})) {
        out.emplace_back(attribute.name);
      }
    }
    for (const auto& child : one.children) {
      if (!seen.contains({&one, child.name})) {
        out.emplace_back(child.name);
      }
      visit(*child.type);
    }
  };
  visit(type);
  return out;
}

TEST(Model, AFullReportIsValidAndUsesEveryElementOfTheGrammar) {
  const auto written = write_report(full_report());
  ASSERT_TRUE(written);
  const auto faults = validate_report(written->bytes, kTime);
  ASSERT_TRUE(faults);
  for (const auto& fault : *faults) {
    ADD_FAILURE() << fault.path << " " << fault.rule << " " << fault.why;
  }
  EXPECT_EQ(written->replaced, 0U);
  Seen seen;
  walk(*read_xml(written->bytes, kMaxReportXml), report_grammar(), seen);
  EXPECT_EQ(never_written(report_grammar(), seen), std::vector<std::string>{});
  // The checker sees what is left out.
  Report less = full_report();
  less.victims[0].school_name.reset();
  Seen fewer;
  walk(*read_xml(write_report(less)->bytes, kMaxReportXml), report_grammar(), fewer);
  EXPECT_EQ(never_written(report_grammar(), fewer), std::vector<std::string>{"schoolName"});
}

TEST(Model, FullFileDetailsAreValidAndUseEveryElementOfTheGrammar) {
  const auto written = write_file_details(full_details());
  ASSERT_TRUE(written);
  const auto faults = validate_file_details(written->bytes, true);
  ASSERT_TRUE(faults);
  for (const auto& fault : *faults) {
    ADD_FAILURE() << fault.path << " " << fault.rule << " " << fault.why;
  }
  Seen seen;
  walk(*read_xml(written->bytes, kMaxReportXml), file_details_grammar(), seen);
  EXPECT_EQ(never_written(file_details_grammar(), seen), std::vector<std::string>{"potentialMeme"});
  FileDetails meme = full_details();
  meme.potential_meme = true;
  EXPECT_EQ(write_file_details(meme).error().code, ErrorCode::report_invalid);
  meme.annotations.reset();
  EXPECT_TRUE(validate_file_details(write_file_details(meme)->bytes, true)->empty());
}

TEST(Model, EveryChildMovedOutOfItsPlaceIsFound) {
  // Each element of the full report, put at the end of its parent: wrong unless it was last, or
  // only its like follow.
  auto document = *read_xml(write_report(full_report())->bytes, kMaxReportXml);
  std::size_t moved = 0;
  const std::function<std::string(const XmlElement&)> print = [&](const XmlElement& one) {
    std::string out = "<" + one.name;
    for (const auto& [name, value] : one.attributes) {
      out += " " + name + "=\"" + value + "\"";
    }
    out += ">" + (one.children.empty() ? one.text : std::string());
    for (const auto& child : one.children) {
      out += print(child);
    }
    return out + "</" + one.name + ">";
  };
  const std::string good = print(document);
  ASSERT_TRUE(validate_report(as_bytes(good), kTime)->empty());
  const std::function<void(XmlElement&)> visit = [&](XmlElement& parent) {
    const auto whole = parent.children;
    for (std::size_t i = 0; i + 1 < whole.size() && parent.name != "reportAnnotations"; ++i) {
      if (whole[i].name == whole.back().name) {
        continue;
      }
      parent.children = whole;
      std::rotate(parent.children.begin() + static_cast<std::ptrdiff_t>(i),
                  parent.children.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                  parent.children.end());
      const auto text = print(document);
      EXPECT_FALSE(validate_report(as_bytes(text), kTime)->empty())
          << whole[i].name << " at the end of " << parent.name;
      ++moved;
    }
    parent.children = whole;
    for (auto& child : parent.children) {
      visit(child);
    }
  };
  visit(document);
  EXPECT_GT(moved, 150U);
}

// ---- from the case file to the report

/// A case file that says all that one can say, through its JSON and back.
CaseFile full_case() {
  auto file = example("group");
  const Origin origin{Source::service_record, "from a record", std::nullopt};
  file.incident.batched_viral = true;
  file.incident.escalate_reason = "[reason: 10 characters]";
  file.incident.annotations =
      std::set{ReportAnnotation::sextortion, ReportAnnotation::csam_solicitation,
               ReportAnnotation::minor_to_minor_interaction, ReportAnnotation::spam,
               ReportAnnotation::sadistic_online_exploitation};
  file.incident.sites = {
      Fact<Site>{Site{"https://example.org/", kTime, true, "[note: 4 characters]"}, origin}};
  auto& elsewhere = file.incident.elsewhere;
  elsewhere.emails = {{{full_email()}, "x", "x"}};
  elsewhere.newsgroups = {{"x", {full_email()}, "x", "x"}};
  elsewhere.games = {{"x", "x", "x", "x"}};
  elsewhere.cell_phones = {{full_phone(), -12.5, 130.25, "x"}};
  elsewhere.places = {{"x", {full_address()}, "x"}};
  elsewhere.peer_to_peer = {{"x", {full_event()}, "x", "x"}};
  file.law_enforcement = LawEnforcement{"Agency", "1", full_contact(), true, false, true, "CA"};
  file.service.reporting_person = file.service.contact_person = full_contact();
  file.service.company_template = file.service.terms_of_service = "x";
  file.service.legal_url = "https://example.org/terms";
  CaseAccount account;
  account.account = "a-1";
  account.service = "Example";
  const auto fact = [&](auto value) { return Fact<decltype(value)>{std::move(value), origin}; };
  const auto word = fact(std::string("x"));
  account.screen_name = word;
  account.display_names = {word};
  account.profile_urls = {fact(std::string("https://example.org/p"))};
  account.profile_bio = account.first_name = account.last_name = word;
  account.emails = {fact(full_email())};
  account.phones = {fact(full_phone())};
  account.addresses = {fact(full_address())};
  account.age = fact(std::uint32_t{13});
  account.date_of_birth = fact(Date{2013, 1, 31});
  account.ip_events = {fact(full_event())};
  account.devices = {fact(full_device())};
  account.location = fact(EstimatedLocation{true, kTime, "Exampleton", "Region", "US"});
  account.all_emails_reported = account.compromised = account.third_party = true;
  account.temporarily_disabled = account.permanently_disabled = full_disabled();
  account.group_identifier = account.school_name = account.vehicle_description = "x";
  account.note = "x";
  account.prior_reports = {"1"};
  account.associated_accounts = std::vector{fact(CaseAssociation{AssociationType::guardian,
                                                                 "Example",
                                                                 true,
                                                                 "a-9",
                                                                 "Example",
                                                                 "x",
                                                                 {full_email()},
                                                                 {full_phone()}})};
  file.accounts.reported = {account};
  account.account = "a-2";
  file.accounts.victims = {account};
  account.account = "a-3";
  account.age = fact(std::uint32_t{40});  // a child would stand among the victims
  account.date_of_birth = fact(Date{1986, 1, 31});
  file.accounts.intended_recipients = {account};
  auto read = parse_case_file(encode_case_file(file));
  EXPECT_TRUE(read) << read.error().message();
  return read ? *std::move(read) : CaseFile{};
}

TEST(Model, ACaseFileReachesEveryElementOfAReportButThese) {
  const auto file = full_case();
  const auto report = build_report(file, {});
  ASSERT_TRUE(report) << report.error().message();
  const auto written = write_report(*report);
  ASSERT_TRUE(written) << written.error().message();
  EXPECT_TRUE(validate_report(written->bytes, file.made)->empty());
  Seen seen;
  walk(*read_xml(written->bytes, kMaxReportXml), report_grammar(), seen);
  // All of an associated account: a case file says which account it is and how to reach its owner,
  // and no more of somebody whom nobody reported.
  const std::vector<std::string> out_of_reach{"firstName",
                                              "middleName",
                                              "lastName",
                                              "approximateAge",
                                              "dateOfBirth",
                                              "allEmailsReported",
                                              "address",
                                              "profileUrl",
                                              "displayName",
                                              "profileBio",
                                              "groupIdentifier",
                                              "compromisedAccount",
                                              "accountTemporarilyDisabled",
                                              "accountPermanentlyDisabled",
                                              "ipCaptureEvent",
                                              "deviceId",
                                              "priorCTReport"};
  EXPECT_EQ(never_written(report_grammar(), seen), out_of_reach);
  // The checker sees what is lost on the way.
  auto less = full_case();
  less.law_enforcement->case_number.reset();
  less.incident.elsewhere.games.clear();
  Seen fewer;
  walk(*read_xml(write_report(*build_report(less, {}))->bytes, kMaxReportXml), report_grammar(),
       fewer);
  EXPECT_GT(never_written(report_grammar(), fewer).size(), out_of_reach.size());
}

TEST(Model, WhatHappenedElsewhereOnlyIsAReportOfItsOwnKind) {
  auto file = example("text-only");
  file.conversations.clear();
  file.messages.clear();
  file.statements.clear();
  file.vouchers.clear();
  file.files.clear();
  file.gaps.clear();
  file.incident.sites.clear();
  EXPECT_TRUE(report_text(file).contains("<chatImIncident>"));
  file.incident.elsewhere.games = {{"Example Game", {}, {}, {}}};
  const auto text = report_text(file);
  EXPECT_FALSE(text.contains("<chatImIncident>"));
  EXPECT_TRUE(text.contains("<gameName>Example Game</gameName>"));
}

}  // namespace
}  // namespace lightkeeper::reporting
