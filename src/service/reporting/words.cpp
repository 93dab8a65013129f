#include "service/reporting/words.hpp"

#include <algorithm>
#include <map>

#include "service/reporting/names.hpp"
#include "service/reporting/text_shape.hpp"
#include "service/reporting/utc.hpp"

namespace lightkeeper::reporting {

namespace {

std::string_view words(Source source) {
  switch (source) {
    case Source::service_record:
      return "the service's own records";
    case Source::verified_message:
      return "a verified message";
    case Source::guard_voucher:
      return "a voucher of a device's guard";
    case Source::persons_word:
      return "a person's word";
    case Source::reviewer:
      return "a reviewer's judgement";
    case Source::settings:
      return "the operator's settings";
  }
  return "";
}

std::string count(std::size_t number, std::string_view one, std::string_view many) {
  std::string out = std::to_string(number);
  out.append(" ").append(number == 1 ? one : many);
  return out;
}

// Whole lines as long as they fit, so that nothing ends in the middle of a sentence.
std::string fitted(const std::vector<std::string>& lines) {
  constexpr std::string_view kMore = "(More stands in the provider's records.)";
  std::string out;
  std::size_t used = 0;
  for (const auto& line : lines) {
    const std::size_t size = characters(line) + 1;
    if (used + size + kMore.size() > kMaxNote) {
      out += kMore;
      return out;
    }
    out.append(line).append("\n");
    used += size;
  }
  if (!out.empty()) {
    out.pop_back();
  }
  return out;
}

// Control characters other than line breaks would let a message draw over its neighbours.
std::string indented(std::string_view body) {
  std::string out;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const auto byte = static_cast<unsigned char>(body[i]);
    const auto next = [&](std::size_t k) {
      return i + k < body.size() ? static_cast<unsigned char>(body[i + k]) : 0U;
    };
    // CR LF, CR, LF, VT, FF; U+0085, U+2028, U+2029.
    std::size_t size = 0;
    if (byte == '\r' && next(1) == '\n') {
      size = 2;
    } else if (byte == '\r' || byte == '\n' || byte == 0x0B || byte == 0x0C) {
      size = 1;
    } else if (byte == 0xC2 && next(1) == 0x85) {
      size = 2;
    } else if (byte == 0xE2 && next(1) == 0x80 && (next(2) == 0xA8 || next(2) == 0xA9)) {
      size = 3;
    }
    if (size > 0) {
      out += "\n      | ";
      i += size - 1;
    } else {
      out += body[i];
    }
  }
  return out;
}

class Roles {
 public:
  explicit Roles(const CaseAccounts& accounts) {
    note(accounts.reported, "reported");
    note(accounts.intended_recipients, "recipient");
    note(accounts.victims, "victim");
  }
  [[nodiscard]] std::string of(const std::string& account) const {
    const auto found = roles_.find(account);
    return "account " + account + (found == roles_.end() ? "" : " (" + found->second + ")");
  }

 private:
  void note(const std::vector<CaseAccount>& accounts, const char* role) {
    for (const auto& one : accounts) {
      if (one.account) {
        roles_[*one.account] = role;
      }
    }
  }
  std::map<std::string, std::string> roles_;
};

std::string line_of(const CaseMessage& message, const Roles& roles, const CaseFile& file) {
  std::string out = plain_time(message.accepted) + "  #" + std::to_string(message.seq) + "  " +
                    roles.of(message.sender);
  if (message.edits) {
    out += "  [edit of #" + std::to_string(*message.edits) + "]";
  }
  if (message.deleted) {
    out += "  [taken back later by its sender]";
  }
  if (message.expires) {
    out += "  [disappears from devices at " + plain_time(*message.expires) + "]";
  }
  if (!message.why.empty()) {
    out += "  [not verified: " + indented(message.why) + "]";
  }
  out += ":\n      ";
  out +=
      message.type == MessageType::unreadable ? "[cannot be read]" : "| " + indented(message.body);
  for (const auto item : message.items) {
    out += "\n      [file " + std::to_string(item);
    for (const auto& one : file.files) {
      if (one.item == item) {
        out += ", " + one.media_type + ", " + count(one.size, "byte", "bytes");
        if (one.sha256) {
          out += ", SHA-256 " + to_hex(*one.sha256);
        }
      }
    }
    out += "]";
  }
  return out + "\n";
}

std::string_view heading(MessageClass evidence) {
  switch (evidence) {
    case MessageClass::verified:
      return "VERIFIED MESSAGES (each opens a commitment that the named account submitted)";
    case MessageClass::not_verified:
      return "MESSAGES THAT ARE NOT VERIFIED (a person's word only)";
    case MessageClass::provider_record:
      return "RECORDS OF THE PROVIDER (from a conversation that the service itself protects)";
  }
  return "";
}

// The messages of one class, in order, with what is missing between them.
std::string section(const CaseFile& file, MessageClass evidence, const Roles& roles) {
  std::map<std::string, std::vector<const CaseMessage*>> by_conversation;
  for (const auto& one : file.messages) {
    if (one.evidence == evidence) {
      by_conversation[one.conversation].push_back(&one);
    }
  }
  if (by_conversation.empty()) {
    return {};
  }
  std::string out = "=== " + std::string(heading(evidence)) + "\n";
  for (auto& [conversation, messages] : by_conversation) {
    // Of one position, in the order of the case file.
    std::ranges::sort(messages, {},
                      [](const CaseMessage* one) { return std::pair(one->seq, one); });
    out += "--- conversation " + conversation;
    for (const auto& one : file.conversations) {
      if (one.conversation == conversation) {
        out += one.kind == ConversationKind::group ? ", a group" : ", two people";
        if (one.members && one.kind == ConversationKind::group) {
          out += " of " + std::to_string(*one.members);
        }
        out += one.mode == ConversationMode::end_to_end_encrypted ? ", end-to-end encrypted"
                                                                  : ", protected by the service";
      }
    }
    out += "\n";
    std::vector<Gap> gaps;
    if (evidence == MessageClass::verified) {  // positions of other classes are claims
      std::ranges::copy_if(file.gaps, std::back_inserter(gaps),
                           [&](const Gap& gap) { return gap.conversation == conversation; });
      std::ranges::sort(gaps, {}, &Gap::first);
    }
    auto gap = gaps.begin();
    const auto say_gaps_before = [&](std::uint64_t seq) {
      for (; gap != gaps.end() && gap->first < seq; ++gap) {
        out += gap->first == gap->last
                   ? "  ... message #" + std::to_string(gap->first) + " was not reported ...\n"
                   : "  ... messages #" + std::to_string(gap->first) + " to #" +
                         std::to_string(gap->last) + " were not reported ...\n";
      }
    };
    std::size_t written = 0;
    for (const auto* one : messages) {
      say_gaps_before(one->seq);
      if (out.size() > kMaxConversationText) {
        out += "  ... " +
               count(messages.size() - written, "more message stands", "more messages stand") +
               " in the provider's case file ...\n";
        break;
      }
      out += line_of(*one, roles, file);
      ++written;
    }
    say_gaps_before(UINT64_MAX);
  }
  return out + "\n";
}

bool has_encrypted(const CaseFile& file) {
  return std::ranges::any_of(file.conversations, [](const CaseConversation& one) {
    return one.mode == ConversationMode::end_to_end_encrypted;
  });
}

template <class T>
std::vector<const T*> of_class(const std::vector<T>& all, auto evidence) {
  std::vector<const T*> out;
  for (const auto& one : all) {
    if (one.evidence == evidence) {
      out.push_back(&one);
    }
  }
  return out;
}

std::string evidence_counts(const CaseFile& file) {
  std::vector<std::string> parts;
  const auto add = [&](std::size_t number, std::string_view one, std::string_view many) {
    if (number > 0) {
      parts.push_back(count(number, one, many));
    }
  };
  add(of_class(file.messages, MessageClass::verified).size(), "verified message",
      "verified messages");
  add(of_class(file.messages, MessageClass::not_verified).size(), "message that is not verified",
      "messages that are not verified");
  add(of_class(file.messages, MessageClass::provider_record).size(), "record of the provider",
      "records of the provider");
  add(file.statements.size(), "statement of a person", "statements of people");
  add(file.files.size(), "file", "files");
  add(file.vouchers.size(), "voucher of a device's guard", "vouchers of devices' guards");
  return parts.empty() ? "none" : joined(parts);
}

// What does not exist or cannot be given, and why.
std::vector<std::string> limits(const CaseFile& file) {
  std::vector<std::string> lines;
  if (has_encrypted(file)) {
    lines.emplace_back(
        "Not available: messages that were not reported. The conversation is end-to-end encrypted; "
        "their content exists only on the devices of its members, and the service has no key.");
  }
  for (const auto& one : file.incident.unavailable) {
    lines.push_back("Not available: " + one.what + ". Why: " + one.why + ".");
  }
  return lines;
}

std::string accounts_line(const std::vector<CaseAccount>& accounts, std::string_view role) {
  constexpr std::size_t kNamed = 5;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(kNamed, accounts.size()); ++i) {
    names.push_back(accounts[i].account ? "account " + *accounts[i].account
                                        : std::string("a person without a known account"));
  }
  if (names.empty()) {
    return {};
  }
  return std::string(role) + ": " + joined(names) +
         (accounts.size() > kNamed ? ", and others named in this report." : ".");
}

}  // namespace

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) {
      out += i + 1 == parts.size() ? " and " : ", ";
    }
    out += parts[i];
  }
  return out;
}

std::string words(const Origin& origin) {
  std::string out(words(origin.source));
  if (!origin.basis.empty()) {
    out += ": " + origin.basis;
  }
  if (origin.confidence) {
    out.append(" (").append(json_name(*origin.confidence)).append(")");
  }
  return out;
}

std::string_view words(Detection detection) {
  switch (detection) {
    case Detection::user_report:
      return "a person reported it to the service";
    case Detection::on_device_voucher:
      return "the guard on a device found a match with a list and sent a voucher";
    case Detection::service_protected_match:
      return "the service found it in a conversation that the service itself protects";
    case Detection::metadata:
      return "a pattern in the service's own records, without content";
  }
  return "";
}

std::string_view words(HoldBasis basis) {
  switch (basis) {
    case HoldBasis::report_2258a:
      return "18 U.S.C. 2258A(h)";
    case HoldBasis::letter_2703f:
      return "a letter under 18 U.S.C. 2703(f)";
    case HoldBasis::epoc_pr:
      return "a European Preservation Order";
    case HoldBasis::uk_osa:
      return "the UK's Online Safety Act";
    case HoldBasis::internal:
      return "the service's own decision";
  }
  return "";
}

std::string conversation_text(const CaseFile& file) {
  const Roles roles(file.accounts);
  std::string out;
  for (const auto evidence :
       {MessageClass::verified, MessageClass::not_verified, MessageClass::provider_record}) {
    out += section(file, evidence, roles);
  }
  if (!file.statements.empty()) {
    out += "=== WHAT PEOPLE WROTE TO THE SERVICE (a person's word only)\n";
    for (const auto& one : file.statements) {
      out += (one.made ? plain_time(*one.made) : std::string("time not known")) + ":\n      | " +
             indented(one.text) + "\n";
    }
    out += "\n";
  }
  if (!file.vouchers.empty()) {
    out += "=== VOUCHERS OF GUARDS (made on a device, checked by the service)\n";
    for (const auto& one : file.vouchers) {
      out += plain_time(one.made) + "  " + std::string(json_name(one.side)) + "'s guard, " +
             (one.finding == VoucherFinding::confirmed ? "confirmed"
                                                       : "not confirmed: " + indented(one.why)) +
             "; list entry of class " + indented(one.provenance) + ", list version " +
             std::to_string(one.list_version) + ", " + count(one.distance, "bit", "bits") +
             " apart";
      if (one.item) {
        out += ", file " + std::to_string(*one.item);
      }
      out += "\n";
    }
  }
  return out;
}

std::vector<std::string> reviewers(const CaseFile& file, const RenderSettings& settings) {
  std::vector<std::string> out;
  const auto add = [&](const std::string& name) {
    if (std::ranges::find(out, name) == out.end()) {
      out.push_back(name);
    }
  };
  if (file.decision) {
    add(file.decision->reviewer);
    if (file.decision->second_reviewer) {
      add(*file.decision->second_reviewer);
    }
  }
  const auto keys =
      settings.event_key ? std::vector{*settings.event_key} : file.service.review_keys;
  for (const auto& item : file.files) {
    for (const auto& event : item.viewed) {
      if (item.sha256 && examine(event, {file.header.id, item.item, *item.sha256, item.size}, keys,
                                 file.made) == ViewFinding::viewed) {
        add(event.reviewer);
      }
    }
  }
  return out;
}

std::string report_narrative(const CaseFile& file, const RenderSettings& settings) {
  std::vector<std::string> lines;
  lines.push_back("Case " + file.header.id.hex() + " of " + file.service.name + ".");
  if (file.incident.narrative) {
    lines.push_back("What happened, in a reviewer's words: " + *file.incident.narrative);
  }
  for (auto line : {accounts_line(file.accounts.reported, "Reported"),
                    accounts_line(file.accounts.victims, "Victim")}) {
    if (!line.empty()) {
      lines.push_back(std::move(line));
    }
  }
  std::vector<std::string> detections;
  for (const auto one : file.incident.detected_by) {
    detections.emplace_back(words(one));
  }
  if (!detections.empty()) {
    lines.push_back("How it was found: " + joined(detections) + ".");
  }
  if (const auto& reporter = file.accounts.reporter) {
    lines.push_back(
        "The person who told the service: " + std::string(json_name(reporter->relation)) +
        (reporter->may_be_contacted ? ", agreed to be contacted." : "."));
  }
  lines.push_back("Evidence: " + evidence_counts(file) + ".");
  std::size_t seen = 0;
  for (const auto& item : file.files) {
    seen += was_viewed(file, item, settings) ? 1U : 0U;
  }
  if (!file.files.empty()) {
    lines.push_back("Files of which a reviewer has seen the whole: " + std::to_string(seen) +
                    " of " + std::to_string(file.files.size()) + ".");
  }
  const auto people = reviewers(file, settings);
  if (!people.empty()) {
    std::string line = "Reviewed by " + joined(people) + " (pseudonyms)";
    if (file.decision) {
      line += "; decision \"" + file.decision->decision + "\" of " +
              plain_day(file.decision->decided) + " under policy " + file.decision->policy_version;
    }
    lines.push_back(line + ".");
  }
  for (const auto& hold : file.holds) {
    if (hold.until > file.made) {
      lines.push_back("Kept since " + plain_day(hold.placed) + " until " + plain_day(hold.until) +
                      " under " + std::string(words(hold.basis)) + ".");
    }
  }
  for (auto& line : limits(file)) {
    lines.push_back(std::move(line));
  }
  return fitted(lines);
}

std::string evidence_and_limits(const CaseFile& file) {
  std::vector<std::string> lines;
  if (!of_class(file.messages, MessageClass::verified).empty()) {
    lines.emplace_back(
        "Verified: the named account, signed in, submitted a commitment to this message at the "
        "given "
        "server time and position, and the reported content opens it. It does not prove who held "
        "the device, nor that the conversation around it is complete.");
  }
  if (!of_class(file.messages, MessageClass::not_verified).empty() || !file.statements.empty()) {
    lines.emplace_back(
        "Not verified: what a person told the service; nothing else stands behind it.");
  }
  if (!of_class(file.messages, MessageClass::provider_record).empty()) {
    lines.emplace_back(
        "Record of the provider: the service itself could read the conversation and took it from "
        "its own store.");
  }
  if (!file.vouchers.empty()) {
    lines.emplace_back(
        "Voucher: the guard on a device matched a picture with a list; the service checked the "
        "match again. It says nothing about who looked at the picture.");
  }
  for (auto& line : limits(file)) {
    lines.push_back(std::move(line));
  }
  return fitted(lines);
}

std::string account_notes(const CaseAccount& account) {
  std::vector<std::string> lines;
  if (account.note) {
    lines.push_back(*account.note);
  }
  const auto origin = [&](std::string_view what, const Origin& from) {
    lines.push_back(std::string(what) + " from " + words(from) + ".");
  };
  if (account.age) {
    origin("Age", account.age->origin);
  }
  if (account.date_of_birth) {
    origin("Date of birth", account.date_of_birth->origin);
  }
  if (account.location) {
    origin("Location", account.location->origin);
  }
  if (account.first_name) {
    origin("First name", account.first_name->origin);
  }
  if (account.last_name) {
    origin("Last name", account.last_name->origin);
  }
  if (account.screen_name) {
    origin("Screen name", account.screen_name->origin);
  }
  for (const auto& email : account.emails) {
    origin("E-mail address " + email.value.address, email.origin);
  }
  for (const auto& phone : account.phones) {
    origin("Telephone number " + phone.value.number, phone.origin);
  }
  if (!account.ip_events.empty()) {
    origin("Addresses and times", account.ip_events.front().origin);
  }
  return fitted(lines);
}

std::vector<std::string> file_notes(const CaseFile& file, const CaseFileItem& item,
                                    const RenderSettings& settings) {
  std::vector<std::string> out;
  switch (item.evidence) {
    case FileClass::verified:
      out.emplace_back("Verified: it fits the commitment of the message that it came with.");
      break;
    case FileClass::not_verified:
      out.push_back("Not verified: " + item.why);
      break;
    case FileClass::provider_record:
      out.emplace_back("Record of the provider: taken from the service's own store.");
      break;
    case FileClass::voucher:
      out.emplace_back("From a voucher of a device's guard.");
      break;
  }
  for (const auto& voucher : file.vouchers) {
    if (voucher.item == item.item) {
      out.push_back(voucher.finding == VoucherFinding::confirmed
                        ? "A voucher of the " + std::string(json_name(voucher.side)) +
                              "'s guard is confirmed: the picture matches an entry of class " +
                              voucher.provenance + "."
                        : "A voucher of the " + std::string(json_name(voucher.side)) +
                              "'s guard could not be confirmed: " + voucher.why);
    }
  }
  std::vector<std::string> seen;
  const auto keys =
      settings.event_key ? std::vector{*settings.event_key} : file.service.review_keys;
  for (const auto& event : item.viewed) {
    if (item.sha256 && examine(event, {file.header.id, item.item, *item.sha256, item.size}, keys,
                               file.made) == ViewFinding::viewed) {
      seen.push_back(event.reviewer + " at " + plain_time(event.at));
    }
  }
  out.push_back(seen.empty() ? "No person of the service has seen the whole file."
                             : "Seen as a whole by " + joined(seen) + ".");
  if (item.seen_before > 0) {
    out.push_back("The identical file was in " +
                  count(item.seen_before, "earlier report", "earlier reports") +
                  " of this service.");
  }
  out.insert(out.end(), item.notes.begin(), item.notes.end());
  for (auto& one : out) {
    one = std::string(first_characters(one, kMaxNote));
  }
  return out;
}

}  // namespace lightkeeper::reporting
