#include "service/reporting/lint.hpp"

#include <algorithm>

#include "service/reporting/names.hpp"
#include "service/reporting/roles.hpp"
#include "service/reporting/text_shape.hpp"
#include "service/reporting/utc.hpp"
#include "service/reporting/validate.hpp"
#include "service/reporting/words.hpp"

namespace lightkeeper::reporting {

namespace {

constexpr std::uint64_t kDay = 86'400'000;
constexpr std::uint64_t kRecent = 90 * kDay;  // sign-ins older than this say little about today
constexpr std::size_t kLogins = 3;
constexpr int kUrgent = 50;  // rescue priority from which escalation should have been considered

constexpr auto kHard = Severity::hard;
constexpr auto kSoft = Severity::soft;

const std::vector<LintRule>& rules() {
  static const std::vector<LintRule> all = {
      {"incident.type", kHard, "Without the kind of incident nobody can route the report.",
       "Choose the kind of incident."},
      {"incident.time", kHard, "Records at other providers are asked for by time.",
       "Set when it happened, with its time zone."},
      {"incident.time_denotes", kHard,
       "A time that could be sending, upload or report leads to the wrong records.",
       "Say what the time is the time of."},
      {"incident.time_future", kHard, "The hotline refuses a time in the future.",
       "Correct the time of the incident."},
      {"reported.account", kHard, "Without an account at a service there is nobody to look for.",
       "Name the reported account and the service it belongs to."},
      {"roles.both", kHard, "A child could be shown as the person that the report is about.",
       "Decide for each account whether it is reported or harmed."},
      {"evidence.present", kHard, "A report without content gives nothing to work on.",
       "Add messages, files, vouchers, a statement or an address."},
      {"evidence.detection", kHard, "How it was found decides whether the evidence may be used.",
       "Say how the service came to know, in line with the evidence in the case."},
      {"file.viewed_event", kHard,
       "A flag that says somebody looked must come from a signed record; this record does not "
       "count.",
       "Have a reviewer look at the whole file again, or remove the record."},
      {"reporter.email", kHard, "The hotline answers by e-mail.",
       "Set the e-mail address of the reporting person in the service's settings."},
      {"reporter.contact", kHard, "An investigator with a question needs somebody to call.",
       "Set a contact person with a telephone number or an e-mail address."},
      {"reporter.template", kHard,
       "Investigators lose weeks finding out how to serve process and what exists under end-to-end "
       "encryption.",
       "Set the company template."},
      {"narrative.what", kHard, "Fields alone do not say what happened to whom.",
       "Write two or three sentences: who did what."},
      {"narrative.reviewed", kHard,
       "Whether a person of the service has judged it decides what may be done without a warrant.",
       "Record the decision, with the reviewer's pseudonym."},
      {"narrative.unavailable", kHard, "Silence about what is missing looks like withholding.",
       "Say what is not available and why."},
      {"preservation.hold", kHard, "Evidence that is not held may be gone when the warrant comes.",
       "Place a preservation hold before submitting."},
      {"schema.invalid", kHard, "The hotline refuses a document that breaks its schema.",
       "Mend the named element."},
      {"ip.registration", kSoft, "Where an account was made is often the best lead.",
       "Add the registration with its address, port and time."},
      {"ip.logins", kSoft, "One sign-in may be a café; three recent ones show a place.",
       "Add at least three sign-ins of the last 90 days with port and time."},
      {"ip.port", kSoft,
       "Many people share one address; without the port the access provider cannot say who it was.",
       "Record the port of the person's side."},
      {"ip.time", kSoft, "An address without a time belongs to nobody.",
       "Record the time of each event."},
      {"ip.proxy", kSoft, "A proxy that nobody marked costs a wasted request.",
       "Say for each address whether it may be a proxy."},
      {"contact.verified", kSoft, "A verified address or number, with its date, leads to a person.",
       "Add a verified e-mail address or telephone number with the date of verification."},
      {"contact.all_emails", kSoft,
       "Investigators ask again for further addresses unless told that these are all.",
       "Say whether all e-mail addresses are listed."},
      {"victim.named", kSoft, "A child who is not named cannot be protected.",
       "Add the child as a victim, apart from recipients, even if only an age is known."},
      {"victim.age_basis", kSoft, "Age decides which offence it is, and how sure one is matters.",
       "State the age or date of birth and what it is based on."},
      {"conversation.text", kSoft, "Text can be searched and quoted; pictures of text cannot.",
       "Include the messages as text."},
      {"conversation.verified", kSoft,
       "A verified message is evidence; an unverified one is somebody's word.",
       "Ask the person to report the messages themselves, not only to describe them."},
      {"conversation.gaps", kSoft, "Missing messages raise the question what was left out.",
       "Ask the person whether they want to add the messages in between."},
      {"annotations.decided", kSoft,
       "Annotations sort reports; none at all looks like not checked.",
       "Set the annotations, or say that none apply."},
      {"annotations.escalate", kSoft, "A child may need somebody today.",
       "Give a reason for high priority, or note why not."},
      {"file.annotations", kSoft,
       "Widely shared pictures and pictures that children made of themselves are handled in other "
       "ways.",
       "Decide for each file: meme, viral, self-produced, or none."},
      {"file.hashes", kSoft, "Hashes find the same file elsewhere without anybody looking at it.",
       "Add MD5, SHA-1, SHA-256 and PDQ."},
      {"file.viewed", kSoft,
       "A file that nobody of the service has seen stays closed until a warrant comes.",
       "If policy allows, have a reviewer look at the whole file."},
      {"file.missing", kSoft, "A file that cannot be uploaded cannot be examined.",
       "Say in what is not available why the file is missing."},
      {"location.basis", kSoft, "A place decides which force works the report.",
       "Add the estimated location with its basis and time."},
      {"prior.reports", kSoft, "Earlier reports about the account show a pattern.",
       "Look them up and add their numbers, or say that there are none."},
      {"group.identifier", kSoft, "Other members of a group may be at risk or involved.",
       "Add the identifier of the group."},
      {"associated.accounts", kSoft, "Accounts that belong together lead to the same person.",
       "Look them up and add them, or say that there are none."},
      {"device.identifiers", kSoft, "A device links accounts that share nothing else.",
       "Add the device identifiers that the service holds."},
      {"jurisdiction.links", kSoft, "Without a country the report goes to the wrong desk.",
       "Add the countries that the case has to do with, and what links them."},
      {"text.characters", kSoft, "Characters that XML cannot carry were replaced in the report.",
       "Check the text; the case file keeps the original."},
  };
  return all;
}

class Linter {
 public:
  Linter(const CaseFile& file, const LintSettings& settings)
      : file_(file), settings_(settings), roles_(roles_of(file)) {}

  std::vector<LintFinding> run() {
    incident();
    roles();
    evidence();
    service();
    narrative();
    network();
    contacts();
    victims();
    conversation();
    files();
    surroundings();
    documents();
    std::vector<LintFinding> sorted;
    for (const auto severity : {kHard, kSoft}) {
      for (const auto& rule : rules()) {
        for (auto& finding : findings_) {
          if (rule.severity == severity && finding.rule == rule.id) {
            sorted.push_back(std::move(finding));
          }
        }
      }
    }
    return sorted;
  }

 private:
  void find(std::string field, std::string_view rule, std::string_view more = {}) {
    const auto& all = rules();
    const auto& known = *std::ranges::find(all, rule, &LintRule::id);
    std::string why(known.why);
    if (!more.empty()) {
      why.append(" (").append(more).append(")");
    }
    findings_.push_back({std::move(field), std::string(rule), known.severity, std::move(why),
                         std::string(known.mend)});
  }
  void unless(bool holds, std::string_view field, std::string_view rule) {
    if (!holds) {
      find(std::string(field), rule);
    }
  }
  static std::string at(std::string_view list, std::size_t i, std::string_view field = {}) {
    std::string out("/");
    out.append(list).append("/").append(std::to_string(i));
    if (!field.empty()) {
      out.append("/").append(field);
    }
    return out;
  }

  void incident() {
    const auto& incident = file_.incident;
    unless(incident.type.has_value(), "/incident/type", "incident.type");
    unless(incident.time.has_value(), "/incident/time", "incident.time");
    if (incident.time) {
      unless(incident.time->value.denotes.has_value(), "/incident/time/denotes",
             "incident.time_denotes");
      unless(incident.time->value.at <= file_.made, "/incident/time/at_ms", "incident.time_future");
    }
    unless(annotations_of(file_).has_value(), "/incident/annotations", "annotations.decided");
    if (rescue_priority(file_).score >= kUrgent) {
      unless(incident.escalate_reason.has_value(), "/incident/escalate_reason",
             "annotations.escalate");
    }
  }

  void roles() {
    unless(std::ranges::any_of(roles_.reported,
                               [](const CaseAccount& one) { return one.account && one.service; }),
           "/accounts/reported", "reported.account");
    for (const auto i : reported_and_harmed(file_)) {
      find(at("accounts/reported", i, "account"), "roles.both");
    }
  }

  void evidence() {
    const auto& f = file_;
    unless(!f.messages.empty() || !f.files.empty() || !f.vouchers.empty() ||
               !f.statements.empty() || !f.incident.sites.empty() ||
               !f.incident.elsewhere.nowhere(),
           "/messages", "evidence.present");
    const auto says = [&](Detection one) {
      return std::ranges::find(f.incident.detected_by, one) != f.incident.detected_by.end();
    };
    const bool has_records =
        std::ranges::any_of(
            f.messages,
            [](const CaseMessage& one) { return one.evidence == MessageClass::provider_record; }) ||
        std::ranges::any_of(f.files, [](const CaseFileItem& one) {
          return one.evidence == FileClass::provider_record;
        });
    if (f.incident.detected_by.empty()) {
      find("/incident/detected_by", "evidence.detection");
    } else if (says(Detection::on_device_voucher) && f.vouchers.empty()) {
      find("/incident/detected_by", "evidence.detection", "there is no voucher in the case");
    } else if (says(Detection::service_protected_match) && !has_records) {
      find("/incident/detected_by", "evidence.detection",
           "there is no record of the provider in the case");
    }
  }

  void service() {
    const auto& service = file_.service;
    unless(service.reporting_person && !service.reporting_person->emails.empty(),
           "/service/reporting_person/emails", "reporter.email");
    unless(service.contact_person &&
               (!service.contact_person->emails.empty() || !service.contact_person->phones.empty()),
           "/service/contact_person", "reporter.contact");
    unless(service.company_template || settings_.render.company_template,
           "/service/company_template", "reporter.template");
  }

  void narrative() {
    unless(file_.incident.narrative.has_value(), "/incident/narrative", "narrative.what");
    unless(!reviewers(file_, settings_.render).empty(), "/decision", "narrative.reviewed");
    const bool encrypted =
        std::ranges::any_of(file_.conversations, [](const CaseConversation& one) {
          return one.mode == ConversationMode::end_to_end_encrypted;
        });
    unless(encrypted || !file_.incident.unavailable.empty(), "/incident/unavailable",
           "narrative.unavailable");
    if (!settings_.hold_comes_with_submission) {
      unless(std::ranges::any_of(file_.holds,
                                 [&](const CaseHold& hold) {
                                   return hold.placed <= file_.made && file_.made < hold.until;
                                 }),
             "/holds", "preservation.hold");
    }
  }

  void network() {
    for (std::size_t i = 0; i < roles_.reported.size(); ++i) {
      const auto& events = roles_.reported[i].ip_events;
      const std::string field = at("accounts/reported", i, "ip_events");
      const auto count = [&](auto holds) {
        return static_cast<std::size_t>(std::ranges::count_if(
            events, [&](const Fact<IpCaptureEvent>& one) { return holds(one.value); }));
      };
      unless(count([](const IpCaptureEvent& one) {
               return one.event == IpEventName::registration;
             }) > 0,
             field, "ip.registration");
      unless(count([&](const IpCaptureEvent& one) { return is_good_login(one); }) >= kLogins, field,
             "ip.logins");
      for (std::size_t k = 0; k < events.size(); ++k) {
        const std::string event = at(field.substr(1), k);
        unless(events[k].value.port.has_value(), event + "/port", "ip.port");
        unless(events[k].value.at.has_value(), event + "/at_ms", "ip.time");
        unless(events[k].value.possible_proxy.has_value(), event + "/possible_proxy", "ip.proxy");
      }
    }
  }
  [[nodiscard]] bool is_good_login(const IpCaptureEvent& one) const {
    return one.event == IpEventName::login && one.port && one.at &&
           one.at->value + kRecent >= file_.made.value;
  }

  void contacts() {
    for (std::size_t i = 0; i < roles_.reported.size(); ++i) {
      const auto& account = roles_.reported[i];
      const auto is_verified = [](const auto& fact) {
        return fact.value.verified == true && fact.value.verified_at.has_value();
      };
      unless(std::ranges::any_of(account.emails, is_verified) ||
                 std::ranges::any_of(account.phones, is_verified),
             at("accounts/reported", i, "emails"), "contact.verified");
      unless(account.all_emails_reported.has_value(),
             at("accounts/reported", i, "all_emails_reported"), "contact.all_emails");
      unless(
          account.location && !account.location->origin.basis.empty() && account.location->value.at,
          at("accounts/reported", i, "location"), "location.basis");
      unless(account.prior_reports.has_value(), at("accounts/reported", i, "prior_reports"),
             "prior.reports");
      unless(account.associated_accounts.has_value(),
             at("accounts/reported", i, "associated_accounts"), "associated.accounts");
      unless(!account.devices.empty(), at("accounts/reported", i, "devices"), "device.identifiers");
    }
  }

  void victims() {
    unless(!roles_.victims.empty(), "/accounts/victims", "victim.named");
    // Where the victim stands in the case file: those listed, then those who were recipients.
    for (std::size_t i = 0; i < roles_.victims.size(); ++i) {
      const auto& victim = roles_.victims[i];
      const Origin* basis = victim.date_of_birth ? &victim.date_of_birth->origin
                            : victim.age         ? &victim.age->origin
                                                 : nullptr;
      const bool is_listed = i < file_.accounts.victims.size();
      unless(basis != nullptr && !basis->basis.empty(),
             is_listed ? at("accounts/victims", i, "age") : "/accounts/intended_recipients",
             "victim.age_basis");
    }
  }

  void conversation() {
    const auto& messages = file_.messages;
    if (!messages.empty() || !file_.statements.empty()) {
      const auto has_text = [](const CaseMessage& one) {
        return one.type != MessageType::unreadable && !one.body.empty();
      };
      // A picture without words needs none.
      const auto is_picture = [](const CaseMessage& one) {
        return one.type == MessageType::picture;
      };
      unless(std::ranges::any_of(messages, has_text) || std::ranges::all_of(messages, is_picture),
             "/messages", "conversation.text");
      unless(std::ranges::any_of(
                 messages,
                 [](const CaseMessage& one) { return one.evidence != MessageClass::not_verified; }),
             "/messages", "conversation.verified");
    }
    unless(file_.gaps.empty(), "/gaps", "conversation.gaps");
    const bool has_group = std::ranges::any_of(
        file_.conversations, [](const auto& one) { return one.kind == ConversationKind::group; });
    const bool says_group = std::ranges::any_of(
        roles_.reported, [](const CaseAccount& one) { return one.group_identifier.has_value(); });
    unless(!has_group || says_group, "/accounts/reported", "group.identifier");
  }

  void files() {
    for (std::size_t i = 0; i < file_.files.size(); ++i) {
      const auto& item = file_.files[i];
      unless(item.sha256 && item.sha1 && item.md5 && item.pdq, at("files", i), "file.hashes");
      unless(item.annotations.has_value(), at("files", i, "annotations"), "file.annotations");
      unless(item.available, at("files", i, "available"), "file.missing");
      unless(was_viewed(file_, item, settings_.render), at("files", i, "viewed"), "file.viewed");
      const auto keys = settings_.render.event_key ? std::vector{*settings_.render.event_key}
                                                   : file_.service.review_keys;
      for (std::size_t k = 0; k < item.viewed.size(); ++k) {
        const auto finding =
            examine(item.viewed[k],
                    {file_.header.id, item.item, item.sha256.value_or(crypto::Digest{}), item.size},
                    keys, file_.made);
        // To have looked at a part is no fault; it only does not count.
        if (finding != ViewFinding::viewed && finding != ViewFinding::not_whole) {
          find(at("files", i) + at("viewed", k), "file.viewed_event", words(finding));
        }
      }
    }
  }

  void surroundings() {
    unless(!file_.jurisdiction.links.empty(), "/jurisdiction/links", "jurisdiction.links");
  }

  // The documents themselves, by our own validator.
  void documents() {
    const auto report = build_report(file_, settings_.render);
    if (!report) {
      return;  // the missing facts are findings already
    }
    std::size_t replaced = 0;
    if (const auto written = write_report(*report)) {
      replaced += written->replaced;
      note(validate_report(written->bytes, file_.made));
    }
    for (const auto& item : file_.files) {
      const auto details = build_file_details(file_, item.item, 1, "1", settings_.render);
      const auto written =
          details ? write_file_details(*details) : std::unexpected(details.error());
      if (written) {
        replaced += written->replaced;
        note(validate_file_details(written->bytes, was_viewed(file_, item, settings_.render)));
      }
    }
    if (replaced > 0) {
      find("", "text.characters", std::to_string(replaced) + " replaced");
    }
  }
  void note(const Result<std::vector<Fault>>& faults) {
    if (!faults) {
      find("", "schema.invalid", faults.error().detail);
      return;
    }
    for (const auto& fault : *faults) {
      // These have rules of their own, which point into the case file.
      if (fault.rule != "future" && fault.path != "/report/reporter/reportingPerson/email") {
        find("", "schema.invalid", fault.path + ": " + fault.why);
      }
    }
  }

  const CaseFile& file_;
  const LintSettings& settings_;
  ReportedRoles roles_;
  std::vector<LintFinding> findings_;
};

}  // namespace

const std::vector<LintRule>& lint_rules() { return rules(); }

bool LintResult::has_hard() const {
  return std::ranges::any_of(findings,
                             [](const LintFinding& one) { return one.severity == kHard; });
}

LintResult lint(const CaseFile& file, const LintSettings& settings) {
  return {Linter(file, settings).run(), completeness(file, settings), rescue_priority(file)};
}

}  // namespace lightkeeper::reporting
