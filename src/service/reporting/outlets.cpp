#include "service/reporting/outlets.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "service/reporting/lint.hpp"
#include "service/reporting/names.hpp"
#include "service/reporting/roles.hpp"
#include "service/reporting/utc.hpp"
#include "service/reporting/words.hpp"

namespace lightkeeper::reporting {

namespace {

using nlohmann::ordered_json;

constexpr auto kMemberStates = std::to_array<std::string_view>(
    {"AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE",
     "IT", "LV", "LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE"});

bool is_linked_to(const CaseFile& file, auto wanted) {
  return std::ranges::any_of(file.jurisdiction.links,
                             [&](const CountryLink& link) { return wanted(link.country); });
}
bool is_member_state(std::string_view country) {
  return std::ranges::find(kMemberStates, country) != kMemberStates.end();
}
bool went_to(const CaseFile& file, Outlet outlet) {
  return std::ranges::any_of(file.jurisdiction.reported_to,
                             [&](const EarlierReport& one) { return one.outlet == outlet; });
}
bool endangers_somebody(const CaseFile& file) {
  return file.incident.escalate_reason || file.header.harm == Harm::grooming ||
         file.header.harm == Harm::threat || file.incident.type.has_value();
}

// --- A document for people and machines --------------------------------------------------------

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
      case '\0':
        out += "\xEF\xBF\xBD";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// A section of rows; a row without a value says "not held", because the forms ask for what is
// available only.
class Document {
 public:
  Document(std::string title, std::string lead)
      : title_(std::move(title)), lead_(std::move(lead)) {}

  Document& section(std::string name) {
    if (open_) {
      html_ += "</table>\n";
    }
    open_ = true;
    html_ += "<h2>" + escaped(name) + "</h2>\n<table>\n";
    current_ = std::move(name);
    json_[current_] = ordered_json::object();
    return *this;
  }
  Document& row(const std::string& name, const std::optional<std::string>& value) {
    html_ += "<tr><th scope=\"row\">" + escaped(name) + "</th><td>" +
             (value && !value->empty() ? escaped(*value) : "<em>not held</em>") + "</td></tr>\n";
    json_[current_][name] = value && !value->empty() ? ordered_json(*value) : ordered_json(nullptr);
    return *this;
  }
  Document& rows(const std::string& name, const std::vector<std::string>& values) {
    std::string cells;
    for (const auto& value : values) {
      cells += "<li>" + escaped(value) + "</li>";
    }
    html_ += "<tr><th scope=\"row\">" + escaped(name) + "</th><td>" +
             (values.empty() ? "<em>not held</em>" : "<ul>" + cells + "</ul>") + "</td></tr>\n";
    json_[current_][name] = values;
    return *this;
  }
  /// Shown in one form, given to machines in another.
  Document& row_for_both(const std::string& name, const std::string& shown,
                         const std::string& exact) {
    html_ +=
        "<tr><th scope=\"row\">" + escaped(name) + "</th><td>" + escaped(shown) + "</td></tr>\n";
    json_[current_][name] = exact;
    return *this;
  }
  Document& text(const std::string& name, const std::string& words) {
    html_ += "<tr><th scope=\"row\">" + escaped(name) + "</th><td><pre>" + escaped(words) +
             "</pre></td></tr>\n";
    json_[current_][name] = words;
    return *this;
  }
  OutletDocument take(std::string_view format) {
    ordered_json machine{{"format", format}, {"title", title_}};
    machine.update(json_);
    std::string html =
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<title>" +
        escaped(title_) +
        "</title>\n<style>\nbody{font:16px/1.5 system-ui,sans-serif;max-width:68rem;margin:2rem "
        "auto;padding:0 1rem;color:#14202b;background:#fff}\ntable{border-collapse:collapse;width:"
        "100%}\nth,td{border:1px solid #d5dde4;padding:.4rem "
        ".6rem;text-align:left;vertical-align:top}\nth{width:16rem}\npre{white-space:pre-wrap;"
        "margin:0;font:inherit}\n</style>\n</head>\n<body>\n<main>\n<h1>" +
        escaped(title_) + "</h1>\n<p>" + escaped(lead_) + "</p>\n" + html_ +
        (open_ ? "</table>\n" : "") + "</main>\n</body>\n</html>\n";
    return {std::move(html),
            machine.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n"};
  }

 private:
  std::string title_, lead_, html_, current_;
  bool open_ = false;
  ordered_json json_ = ordered_json::object();
};

// --- Parts that several documents share ----------------------------------------------------------

std::optional<std::string> name_of(const std::optional<ContactPerson>& person) {
  if (!person) {
    return std::nullopt;
  }
  std::string out = person->first_name.value_or("");
  if (person->last_name) {
    out += (out.empty() ? "" : " ") + *person->last_name;
  }
  return out;
}
std::vector<std::string> emails_of(const std::vector<Email>& emails) {
  std::vector<std::string> out;
  for (const auto& email : emails) {
    out.push_back(
        email.address +
        (email.verified == true
             ? " (verified" +
                   (email.verified_at ? " " + plain_day(*email.verified_at) : std::string()) + ")"
             : std::string()));
  }
  return out;
}
std::vector<std::string> phones_of(const std::vector<Phone>& phones) {
  std::vector<std::string> out;
  for (const auto& phone : phones) {
    out.push_back(phone.country_calling_code.value_or("") +
                  (phone.country_calling_code ? " " : "") + phone.number +
                  (phone.verified == true ? " (verified)" : ""));
  }
  return out;
}
std::string event_line(const IpCaptureEvent& event) {
  return event.ip_address +
         (event.port ? " port " + std::to_string(*event.port) : ", port not held") +
         (event.at ? ", " + plain_time(*event.at) : ", time not held") +
         (event.event ? ", " + std::string(json_name(*event.event)) : std::string()) +
         (event.possible_proxy == true ? ", possibly a proxy" : "");
}

void service_section(Document& document, const CaseFile& file) {
  const auto& service = file.service;
  const ContactPerson none;
  const auto& contact = service.contact_person     ? *service.contact_person
                        : service.reporting_person ? *service.reporting_person
                                                   : none;
  document.section("Who reports")
      .row("Service", service.name)
      .row("Platform", service.platform)
      .row("Name",
           name_of(service.contact_person ? service.contact_person : service.reporting_person))
      .rows("E-mail", emails_of(contact.emails))
      .rows("Telephone", phones_of(contact.phones));
}

void account_section(Document& document, const CaseAccount& account, const std::string& title) {
  document.section(title)
      .row("Account", account.account)
      .row("Service", account.service)
      .row("User name",
           account.screen_name ? std::optional(account.screen_name->value) : std::nullopt);
  std::vector<Email> emails;
  for (const auto& one : account.emails) {
    emails.push_back(one.value);
  }
  std::vector<std::string> recovery;
  std::vector<Email> others;
  for (const auto& one : emails) {
    if (one.type == EmailType::recovery) {
      recovery.push_back(one.address);
    } else {
      others.push_back(one);
    }
  }
  std::vector<Phone> phones;
  for (const auto& one : account.phones) {
    phones.push_back(one.value);
  }
  std::vector<std::string> billing, urls, logins, connections;
  for (const auto& one : account.addresses) {
    if (one.value.type == AddressType::billing) {
      std::vector<std::string> parts;
      for (const auto& part :
           {one.value.address, one.value.city, one.value.zip_code, one.value.country}) {
        if (part) {
          parts.push_back(*part);
        }
      }
      billing.push_back(joined(parts));
    }
  }
  for (const auto& one : account.profile_urls) {
    urls.push_back(one.value);
  }
  for (const auto& one : account.ip_events) {
    logins.push_back(event_line(one.value));
  }
  if (account.associated_accounts) {
    for (const auto& one : *account.associated_accounts) {
      connections.push_back(
          std::string(json_name(one.value.type)) + ": " +
          one.value.account.value_or(one.value.screen_name.value_or("account without id")));
    }
  }
  document.rows("Billing", billing)
      .rows("E-mail", emails_of(others))
      .rows("Recovery e-mail", recovery)
      .rows("Telephone", phones_of(phones))
      .rows("Profile addresses", urls)
      .rows("Addresses of sign-ins", logins)
      .rows("Connections with other accounts", connections);
}

void evidence_section(Document& document, const CaseFile& file, const RenderSettings& settings) {
  std::vector<std::string> found;
  for (const auto one : file.incident.detected_by) {
    found.emplace_back(words(one));
  }
  document.section("Content and how it was found")
      .rows("How it was found", found)
      .row("What happened", file.incident.narrative)
      .row("When", file.incident.time
                       ? std::optional(plain_time(file.incident.time->value.at) +
                                       (file.incident.time->value.denotes
                                            ? ": " + *file.incident.time->value.denotes
                                            : std::string()))
                       : std::nullopt);
  if (const auto text = conversation_text(file); !text.empty()) {
    document.text("Conversation", text);
  }
  document.text("What the evidence is, and what is not available", evidence_and_limits(file));
  for (const auto& item : file.files) {
    document.section("File " + std::to_string(item.item))
        .row("Type and size", item.media_type + ", " + std::to_string(item.size) + " bytes")
        .row("Original name", item.original_name)
        .row("Address", item.url ? std::optional(defanged(*item.url)) : std::nullopt)
        .row("Uploaded", item.uploaded ? std::optional(plain_time(*item.uploaded)) : std::nullopt)
        .row("Uploaded from",
             item.ip_event ? std::optional(event_line(item.ip_event->value)) : std::nullopt)
        .row("SHA-256", item.sha256 ? std::optional(to_hex(*item.sha256)) : std::nullopt)
        .row("SHA-1", item.sha1 ? std::optional(to_hex(*item.sha1)) : std::nullopt)
        .row("MD5", item.md5 ? std::optional(to_hex(*item.md5)) : std::nullopt)
        .row("PDQ", item.pdq ? std::optional(to_hex(*item.pdq)) : std::nullopt)
        .rows("Notes", file_notes(file, item, settings));
    std::vector<std::string> exif;
    for (const auto& pair : item.exif) {
      exif.push_back(pair.name + ": " + pair.value);
    }
    document.rows("What the file says about itself (EXIF)", exif);
  }
}

void accounts_sections(Document& document, const CaseFile& file) {
  const ReportedRoles roles = roles_of(file);
  for (std::size_t i = 0; i < roles.reported.size(); ++i) {
    account_section(document, roles.reported[i], "Reported account " + std::to_string(i + 1));
  }
  for (std::size_t i = 0; i < roles.victims.size(); ++i) {
    account_section(document, roles.victims[i], "Victim " + std::to_string(i + 1));
    const auto age = age_of(roles.victims[i], file.made);
    document.row("Age", age ? std::optional(std::to_string(*age)) : std::nullopt);
  }
}

OutletDocument nca(const CaseFile& file, const RenderSettings& settings) {
  const int priority = nca_priority(file);
  Document document(
      "Report to the National Crime Agency",
      "Online Safety Act 2023, section 66. Holds what the service has; it was not asked "
      "to collect anything for this report.");
  std::vector<std::string> earlier;
  for (const auto& one : file.jurisdiction.reported_to) {
    earlier.push_back(std::string(json_name(one.outlet)) + " " + one.reference + ", " +
                      plain_day(one.at));
  }
  document.section("Report")
      .row("Priority", std::to_string(priority))
      .row("To be sent", priority == 1   ? "immediately"
                         : priority == 2 ? "as soon as reasonably practicable"
                                         : "without undue delay")
      .row("Reference of the service", file.header.id.hex())
      .rows("Previous reports", earlier);
  service_section(document, file);
  evidence_section(document, file, settings);
  accounts_sections(document, file);
  document.section("Declaration")
      .row("Completeness",
           "This report holds the information of Schedule 1 that is available to the service at " +
               plain_time(file.made) + ".");
  return document.take("lightkeeper-nca-v1");
}

OutletDocument dsa18(const CaseFile& file, const RenderSettings& settings) {
  Document document(
      "Notice under Article 18 of Regulation (EU) 2022/2065",
      "The service has information that gives rise to a suspicion that a criminal "
      "offence involving a threat to the life or safety of a person has taken place, is "
      "taking place or is likely to take place. Nobody has been found guilty of anything.");
  std::vector<std::string> links;
  for (const auto& link : file.jurisdiction.links) {
    links.push_back(link.country + ": " + link.basis);
  }
  document.section("Notice")
      .row("Reference of the service", file.header.id.hex())
      .row("Made", plain_time(file.made))
      .row("Reason for urgency", file.incident.escalate_reason)
      .rows("Countries concerned", links);
  service_section(document, file);
  evidence_section(document, file, settings);
  accounts_sections(document, file);
  return document.take("lightkeeper-dsa18-v1");
}

OutletDocument abuse_site(const CaseFile& file) {
  Document document(
      "Notice of an address",
      "Addresses are shown so that no program opens them; the machine part holds them "
      "exactly.");
  document.section("Notice")
      .row("Reference of the service", file.header.id.hex())
      .row("Made", plain_time(file.made));
  service_section(document, file);
  for (std::size_t i = 0; i < file.incident.sites.size(); ++i) {
    const auto& [site, origin] = file.incident.sites[i];
    document.section("Address " + std::to_string(i + 1))
        .row_for_both("Address", defanged(site.url), site.url)
        .row("Seen", site.seen ? std::optional(plain_time(*site.seen)) : std::nullopt)
        .row("Hosted by somebody else",
             site.third_party_hosted
                 ? std::optional<std::string>(*site.third_party_hosted ? "yes" : "no")
                 : std::nullopt)
        .row("Where this comes from", words(origin))
        .row("Note", site.note);
  }
  return document.take("lightkeeper-address-notice-v1");
}

}  // namespace

std::string defanged(std::string_view url) {
  const auto colon = url.find(':');
  std::string out;
  std::string_view rest = url;
  if (colon != std::string_view::npos) {
    for (const char c : url.substr(0, colon)) {
      out += c == 't' ? 'x' : c == 'T' ? 'X' : c;  // http becomes hxxp
    }
    out += "[:]";
    rest = url.substr(colon + 1);
  }
  for (const char c : rest) {
    if (c == '.') {
      out += "[.]";
    } else if (c == ':') {
      out += "[:]";
    } else if (c == '@') {
      out += "[@]";
    } else {
      out += c;
    }
  }
  return out;
}

int nca_priority(const CaseFile& file) {
  if (file.incident.escalate_reason) {
    return 1;
  }
  const Score rescue = rescue_priority(file);
  return rescue.score >= 60 ? 1 : rescue.score >= 30 ? 2 : 3;
}

std::vector<OutletAdvice> outlet_advice(const CaseFile& file) {
  std::vector<OutletAdvice> out;
  const bool to_ncmec = file.service.reports_to_ncmec || went_to(file, Outlet::ncmec);
  if (went_to(file, Outlet::ncmec)) {
    out.push_back({Outlet::ncmec, false, "it was reported there already"});
  } else if (file.service.reports_to_ncmec) {
    out.push_back({Outlet::ncmec, true, "the service reports to NCMEC"});
  } else {
    out.push_back({Outlet::ncmec, false, "the service does not report to NCMEC"});
  }
  const bool uk = is_linked_to(file, [](std::string_view country) { return country == "GB"; });
  if (!uk) {
    out.push_back({Outlet::nca, false, "nothing links the case to the United Kingdom"});
  } else if (went_to(file, Outlet::nca)) {
    out.push_back({Outlet::nca, false, "it was reported there already"});
  } else if (to_ncmec) {
    out.push_back({Outlet::nca, false, "what goes to NCMEC is not reported to the NCA as well"});
  } else {
    out.push_back({Outlet::nca, true, "the case has to do with the United Kingdom"});
  }
  const bool eu = is_linked_to(file, is_member_state);
  if (!eu) {
    out.push_back({Outlet::dsa18, false, "nothing links the case to the European Union"});
  } else if (went_to(file, Outlet::dsa18)) {
    out.push_back({Outlet::dsa18, false, "it was notified there already"});
  } else if (!endangers_somebody(file)) {
    out.push_back({Outlet::dsa18, false, "nothing says that life or safety is threatened"});
  } else {
    out.push_back({Outlet::dsa18, true,
                   "life or safety of a person may be threatened, and the case "
                   "has to do with the European Union"});
  }
  out.push_back({Outlet::abuse_site, !file.incident.sites.empty(),
                 file.incident.sites.empty() ? "there is no address in the case"
                                             : "there are addresses of pages in the case"});
  return out;
}

Result<OutletDocument> render_outlet(const CaseFile& file, Outlet outlet,
                                     const RenderSettings& settings) {
  const auto advice = outlet_advice(file);
  const auto& one = *std::ranges::find(advice, outlet, &OutletAdvice::outlet);
  if (outlet == Outlet::ncmec) {
    return fail(ErrorCode::outlet_not_for_case, "outlet", "NCMEC takes a report, not a document");
  }
  if (!one.applies) {
    return fail(ErrorCode::outlet_not_for_case, "outlet", one.why);
  }
  switch (outlet) {
    case Outlet::nca:
      return nca(file, settings);
    case Outlet::dsa18:
      return dsa18(file, settings);
    default:
      return abuse_site(file);
  }
}

}  // namespace lightkeeper::reporting
