#include "service/reporting/render.hpp"

#include <algorithm>

#include "service/reporting/names.hpp"
#include "service/reporting/roles.hpp"
#include "service/reporting/text_shape.hpp"
#include "service/reporting/validate.hpp"
#include "service/reporting/words.hpp"

namespace lightkeeper::reporting {

namespace {

template <class T>
std::vector<T> values(const std::vector<Fact<T>>& facts) {
  std::vector<T> out;
  for (const auto& fact : facts) {
    out.push_back(fact.value);
  }
  return out;
}
template <class T>
std::optional<T> value(const std::optional<Fact<T>>& fact) {
  return fact ? std::optional(fact->value) : std::nullopt;
}
std::optional<std::string> unless_empty(std::string text) {
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

Person person_of(const CaseAccount& account) {
  return {{value(account.first_name), value(account.last_name), values(account.phones),
           values(account.emails), values(account.addresses)},
          value(account.age),
          value(account.date_of_birth)};
}
bool says_anything(const Person& person) {
  const auto& contact = person.contact;
  return contact.first_name || contact.last_name || !contact.phones.empty() ||
         !contact.emails.empty() || !contact.addresses.empty() || person.age ||
         person.date_of_birth;
}

AccountFacts facts_of(const CaseAccount& account) {
  return {account.account,
          account.service,
          account.compromised,
          value(account.screen_name),
          values(account.display_names),
          values(account.profile_urls),
          value(account.profile_bio),
          values(account.ip_events),
          values(account.devices),
          account.prior_reports.value_or(std::vector<std::string>{}),
          account.temporarily_disabled,
          account.permanently_disabled,
          value(account.location),
          account.all_emails_reported};
}

std::vector<AssociatedAccount> associations_of(const CaseAccount& account) {
  std::vector<AssociatedAccount> out;
  if (!account.associated_accounts) {
    return out;
  }
  for (const auto& [one, origin] : *account.associated_accounts) {
    AssociatedAccount made;
    made.type = one.type;
    made.platform = one.platform;
    made.third_party_user = one.third_party_user;
    made.phones = one.phones;
    made.emails = one.emails;
    made.esp_service = one.service;
    made.esp_identifier = one.account;
    made.screen_name = one.screen_name;
    made.additional_info = "From " + words(origin) + ".";
    out.push_back(std::move(made));
  }
  return out;
}

// The group that a person acted in, if the case is about exactly one.
std::optional<std::string> group_of(const CaseFile& file, const CaseAccount& account) {
  if (account.group_identifier) {
    return account.group_identifier;
  }
  std::optional<std::string> only;
  for (const auto& one : file.conversations) {
    if (one.kind == ConversationKind::group) {
      if (only) {
        return std::nullopt;
      }
      only = one.conversation;
    }
  }
  return only;
}

std::string chat_room(const CaseFile& file) {
  for (const auto& one : file.conversations) {
    if (one.kind == ConversationKind::group && one.name) {
      return *one.name;
    }
  }
  return file.conversations.empty() ? std::string() : file.conversations.front().conversation;
}

std::vector<InternetDetails> details_of(const CaseFile& file) {
  std::vector<InternetDetails> out;
  const bool has_chat = !file.conversations.empty() || !file.messages.empty() ||
                        !file.statements.empty() || !file.vouchers.empty() || !file.files.empty();
  const auto& elsewhere = file.incident.elsewhere;
  if (has_chat || (file.incident.sites.empty() && elsewhere.nowhere())) {
    ChatImIncident chat;
    chat.chat_client = file.service.platform.value_or(file.service.name);
    chat.chat_room_name = unless_empty(chat_room(file));
    chat.content = unless_empty(conversation_text(file));
    chat.additional_info = unless_empty(evidence_and_limits(file));
    out.emplace_back(std::move(chat));
  }
  // Ours and other companies' pages apart: the attribute is about all addresses of one element.
  for (const auto hosting : {std::optional<bool>(), std::optional(false), std::optional(true)}) {
    WebPageIncident web;
    web.third_party_hosted_content = hosting;
    std::string notes;
    for (const auto& site : file.incident.sites) {
      if (site.value.third_party_hosted == hosting) {
        web.urls.push_back(site.value.url);
        notes += site.value.note ? *site.value.note + "\n" : "";
      }
    }
    if (!web.urls.empty()) {
      web.additional_info = unless_empty(std::string(first_characters(notes, kMaxNote)));
      out.emplace_back(std::move(web));
    }
  }
  const auto add = [&](const auto& all) { out.insert(out.end(), all.begin(), all.end()); };
  add(elsewhere.emails);
  add(elsewhere.newsgroups);
  add(elsewhere.games);
  add(elsewhere.cell_phones);
  add(elsewhere.places);
  add(elsewhere.peer_to_peer);
  return out;
}

Reporter reporter_of(const CaseFile& file, const RenderSettings& settings) {
  const auto& service = file.service;
  Reporter out;
  out.reporting_person.contact = service.reporting_person.value_or(ContactPerson{});
  out.contact_person = service.contact_person;
  out.company_template =
      settings.company_template ? settings.company_template : service.company_template;
  out.terms_of_service = service.terms_of_service;
  out.legal_url = service.legal_url;
  return out;
}

const CaseFileItem* find_item(const CaseFile& file, std::uint32_t item) {
  const auto found = std::ranges::find(file.files, item, &CaseFileItem::item);
  return found == file.files.end() ? nullptr : &*found;
}

std::vector<FileHash> hashes_of(const CaseFileItem& item) {
  std::vector<FileHash> out;
  if (item.md5) {
    out.push_back({"MD5", to_hex(*item.md5)});
  }
  if (item.sha1) {
    out.push_back({"SHA1", to_hex(*item.sha1)});
  }
  if (item.sha256) {
    out.push_back({"SHA256", to_hex(*item.sha256)});
  }
  if (item.pdq) {
    out.push_back({"PDQ", to_hex(*item.pdq)});
  }
  return out;
}

std::unexpected<Error> invalid(const Fault& fault) {
  return fail(ErrorCode::report_invalid, "report",
              "at " + fault.path + ": " + fault.rule + ": " + fault.why);
}

}  // namespace

bool was_viewed(const CaseFile& file, const CaseFileItem& item, const RenderSettings& settings) {
  if (!item.sha256) {
    return false;
  }
  const auto keys =
      settings.event_key ? std::vector{*settings.event_key} : file.service.review_keys;
  const FileIdentity identity{file.header.id, item.item, *item.sha256, item.size};
  return std::ranges::any_of(item.viewed, [&](const ViewedEvent& event) {
    return examine(event, identity, keys, file.made) == ViewFinding::viewed;
  });
}

Result<Report> build_report(const CaseFile& file, const RenderSettings& settings) {
  if (!file.incident.type) {
    return fail(ErrorCode::report_incomplete, "report", "/incident/type is not set");
  }
  if (!file.incident.time) {
    return fail(ErrorCode::report_incomplete, "report", "/incident/time is not set");
  }
  Report report;
  report.batched_viral = file.incident.batched_viral;
  report.summary = {file.incident.type->value,     file.service.platform,
                    file.incident.escalate_reason, annotations_of(file),
                    file.incident.time->value.at,  file.incident.time->value.denotes};
  report.details = details_of(file);
  report.law_enforcement = file.law_enforcement;
  report.reporter = reporter_of(file, settings);
  const ReportedRoles roles = roles_of(file);
  for (const auto& one : roles.reported) {
    PersonOrUserReported made;
    if (auto person = person_of(one); says_anything(person)) {
      made.person = std::move(person);
    }
    made.vehicle_description = one.vehicle_description;
    made.account = facts_of(one);
    made.third_party_user_reported = one.third_party;
    made.group_identifier = group_of(file, one);
    made.associated_accounts = associations_of(one);
    made.additional_info = unless_empty(account_notes(one));
    report.reported.push_back(std::move(made));
  }
  for (const auto& one : roles.intended_recipients) {
    IntendedRecipient made;
    if (auto person = person_of(one); says_anything(person)) {
      made.person = std::move(person);
    }
    made.account = facts_of(one);
    made.group_identifier = group_of(file, one);
    if (auto notes = account_notes(one); !notes.empty()) {
      made.additional_info.push_back(std::move(notes));
    }
    report.intended_recipients.push_back(std::move(made));
  }
  for (const auto& one : roles.victims) {
    Victim made;
    made.person = person_of(one);
    made.account = facts_of(one);
    made.school_name = one.school_name;
    made.associated_accounts = associations_of(one);
    made.additional_info = unless_empty(account_notes(one));
    report.victims.push_back(std::move(made));
  }
  report.additional_info = unless_empty(report_narrative(file, settings));
  return report;
}

Result<FileDetails> build_file_details(const CaseFile& file, std::uint32_t item,
                                       std::uint64_t report_id, std::string_view file_id,
                                       const RenderSettings& settings) {
  const auto* one = find_item(file, item);
  if (one == nullptr) {
    return fail(ErrorCode::not_found, "file_details", "the case file has no such item");
  }
  FileDetails out;
  out.report_id = report_id;
  out.file_id = std::string(file_id);
  out.file_name = one->name;
  out.original_file_name = one->original_name;
  out.uploaded_at = one->uploaded;
  out.location = one->url;
  out.viewed_by_esp = was_viewed(file, *one, settings);
  // exifViewedByEsp stays unset: no signed event says that somebody looked at it.
  out.publicly_available = one->publicly_available;
  out.relevance = one->relevance;
  if (one->relevance == FileRelevance::reported) {
    if (one->annotations && one->annotations->empty()) {
      out.potential_meme = false;
    } else {
      out.annotations = one->annotations;
    }
    if (file.service.industry_classification_agreed && one->classification) {
      out.classification = one->classification->value;
    }
  } else if (one->annotations) {
    auto kept = *one->annotations;
    kept.erase(FileAnnotation::potential_meme);
    if (!kept.empty()) {
      out.annotations = std::move(kept);
    }
  }
  out.original_hashes = hashes_of(*one);
  out.ip_event = value(one->ip_event);
  out.devices = values(one->devices);
  if (!one->exif.empty()) {
    out.details.push_back({DetailsType::exif, one->exif});
  }
  if (!out.original_hashes.empty()) {
    FileDetail hashes{DetailsType::hash, {}};
    for (const auto& hash : out.original_hashes) {
      hashes.pairs.push_back({hash.type, hash.value});
    }
    out.details.push_back(std::move(hashes));
  }
  out.additional_info = file_notes(file, *one, settings);
  return out;
}

Result<Bytes> render_report(const CaseFile& file, const RenderSettings& settings) {
  LK_TRY(report, build_report(file, settings));
  LK_TRY(written, write_report(report));
  LK_TRY(faults, validate_report(written.bytes, file.made));
  if (!faults.empty()) {
    return invalid(faults.front());
  }
  return std::move(written.bytes);
}

Result<Bytes> render_file_details(const CaseFile& file, std::uint32_t item, std::uint64_t report_id,
                                  std::string_view file_id, const RenderSettings& settings) {
  LK_TRY(details, build_file_details(file, item, report_id, file_id, settings));
  LK_TRY(written, write_file_details(details));
  LK_TRY(faults,
         validate_file_details(written.bytes, was_viewed(file, *find_item(file, item), settings)));
  if (!faults.empty()) {
    return invalid(faults.front());
  }
  return std::move(written.bytes);
}

}  // namespace lightkeeper::reporting
