#include "service/server/case_file.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace lightkeeper::service {

namespace {

namespace r = reporting;

template <class T>
r::Fact<T> recorded(T value, std::string basis) {
  return {std::move(value), {r::Source::service_record, std::move(basis), r::Confidence::certain}};
}

r::MessageClass class_of(cases::EvidenceClass from) {
  switch (from) {
    case cases::EvidenceClass::verified:
      return r::MessageClass::verified;
    case cases::EvidenceClass::provider_record:
      return r::MessageClass::provider_record;
    case cases::EvidenceClass::not_verified:
      break;
  }
  return r::MessageClass::not_verified;
}
r::FileClass file_class_of(cases::EvidenceClass from) {
  switch (from) {
    case cases::EvidenceClass::verified:
      return r::FileClass::verified;
    case cases::EvidenceClass::provider_record:
      return r::FileClass::provider_record;
    case cases::EvidenceClass::not_verified:
      break;
  }
  return r::FileClass::not_verified;
}

r::IpEventName event_of(accounts::CaptureEvent from) {
  switch (from) {
    case accounts::CaptureEvent::registration:
      return r::IpEventName::registration;
    case accounts::CaptureEvent::login:
      return r::IpEventName::login;
    case accounts::CaptureEvent::upload:
      return r::IpEventName::upload;
    case accounts::CaptureEvent::other:
      break;
  }
  return r::IpEventName::other;
}

r::HoldBasis basis_of(preservation::Basis from) {
  switch (from) {
    case preservation::Basis::report_2258a:
      return r::HoldBasis::report_2258a;
    case preservation::Basis::letter_2703f:
      return r::HoldBasis::letter_2703f;
    case preservation::Basis::epoc_pr:
      return r::HoldBasis::epoc_pr;
    case preservation::Basis::uk_osa:
      return r::HoldBasis::uk_osa;
    case preservation::Basis::internal:
      break;
  }
  return r::HoldBasis::internal;
}

std::optional<r::MessageType> type_of(cases::ItemType from) {
  switch (from) {
    case cases::ItemType::text:
      return r::MessageType::text;
    case cases::ItemType::picture:
      return r::MessageType::picture;
    case cases::ItemType::edit:
      return r::MessageType::edit;
    case cases::ItemType::unreadable:
      return r::MessageType::unreadable;
    case cases::ItemType::timer:
      break;
  }
  return std::nullopt;  // a timer says nothing that a report needs; the expiry of messages does
}

std::vector<r::CaseMessage> messages_of(const cases::CaseDetail& detail) {
  std::vector<r::CaseMessage> out;
  for (const auto& message : detail.messages) {
    const auto type = type_of(message.type);
    if (!type || !message.has_context) {
      continue;  // without a context there is no conversation to put it into: see statements_of()
    }
    r::CaseMessage one;
    one.conversation = message.conversation.hex();
    one.seq = message.seq.value;
    one.accepted = message.accepted;
    one.sender = message.sender.hex();
    one.evidence = class_of(message.proof.evidence_class());
    one.why = message.proof.why();
    one.type = *type;
    one.edits = message.edits;
    one.expires = message.expires;
    one.body = message.body;
    for (const auto& attachment : message.attachments) {
      if (attachment.stored) {
        one.items.push_back(attachment.item);
      }
    }
    out.push_back(std::move(one));
  }
  std::ranges::sort(out, {}, [](const r::CaseMessage& m) {
    return std::tuple(m.conversation, m.seq, m.accepted);
  });
  return out;
}

/// Words of the reporter, and reported text that carries no stamp at all: a person's word, both.
std::vector<r::Statement> statements_of(const cases::CaseDetail& detail) {
  std::vector<r::Statement> out;
  if (detail.statement) {
    out.push_back({detail.summary.received, *detail.statement});
  }
  if (!detail.note.empty()) {
    out.push_back({detail.summary.received, detail.note});
  }
  for (const auto& message : detail.messages) {
    if (!message.has_context && !message.body.empty()) {
      out.push_back({detail.summary.received,
                     "A message was reported without anything that shows where it comes from: " +
                         message.body});
    }
  }
  return out;
}

/// Stretches between two proven messages of one conversation that nobody reported.
std::vector<r::Gap> gaps_of(const std::vector<r::CaseMessage>& messages) {
  std::map<std::string, std::set<std::uint64_t>> positions;
  for (const auto& message : messages) {
    if (message.evidence != r::MessageClass::not_verified) {
      positions[message.conversation].insert(message.seq);
    }
  }
  std::vector<r::Gap> out;
  for (const auto& [conversation, seqs] : positions) {
    std::optional<std::uint64_t> before;
    for (const auto seq : seqs) {
      if (before && seq > *before + 1) {
        out.push_back({conversation, *before + 1, seq - 1});
      }
      before = seq;
    }
  }
  return out;
}

std::vector<r::Detection> detections_of(const cases::CaseDetail& detail) {
  std::vector<r::Detection> out;
  if (!detail.reporters.empty() && detail.summary.reports > detail.vouchers.size()) {
    out.push_back(r::Detection::user_report);
  }
  if (!detail.vouchers.empty()) {
    out.push_back(r::Detection::on_device_voucher);
  }
  if (detail.summary.provider_records > 0) {
    out.push_back(r::Detection::service_protected_match);
  }
  return out;
}

std::vector<r::Unavailable> unavailable_in(const std::vector<r::CaseMessage>& messages) {
  std::vector<r::Unavailable> out;
  const bool encrypted = std::ranges::any_of(messages, [](const r::CaseMessage& message) {
    return message.evidence != r::MessageClass::provider_record;
  });
  if (encrypted || messages.empty()) {
    out.push_back({"messages and files that nobody reported",
                   "The conversation is end-to-end encrypted. They exist on the devices of its "
                   "members only; this service has never been able to read them."});
  }
  return out;
}

std::vector<r::CaseVoucher> vouchers_of(const cases::CaseDetail& detail) {
  std::vector<r::CaseVoucher> out;
  for (const auto& voucher : detail.vouchers) {
    r::CaseVoucher one;
    one.side = voucher.side == cases::VerifiedVoucher::Side::sender ? r::VoucherSide::sender
                                                                    : r::VoucherSide::recipient;
    one.finding =
        voucher.confirmed ? r::VoucherFinding::confirmed : r::VoucherFinding::not_confirmed;
    one.why = voucher.why;
    one.proves = voucher.proves;
    one.provenance = voucher.provenance;
    one.category = voucher.category;
    one.list_version = voucher.list_version;
    one.distance = voucher.distance;
    one.made = voucher.made;
    if (voucher.picture && voucher.picture->stored) {
      one.item = voucher.picture->item;
    }
    out.push_back(std::move(one));
  }
  return out;
}

/// The decision that holds, and who agreed to it: none while the case is open or waits for a second
/// person, and none that a second person, a sample or the answer to an objection did away with.
std::optional<r::CaseDecision> decision_of(const cases::CaseDetail& detail) {
  std::optional<r::CaseDecision> out;
  if (detail.summary.state == cases::State::open ||
      detail.summary.state == cases::State::awaiting_second) {
    return out;
  }
  for (const auto& made : detail.decisions) {
    if (made.deed == cases::Deed::decision) {
      out = r::CaseDecision{std::string(cases::name_of(made.kind)),
                            accounts::pseudonym_of(made.reviewer), made.policy_version,
                            made.decided, std::nullopt};
    } else if (!made.agrees.value_or(false)) {
      out.reset();
    } else if (made.deed == cases::Deed::second && out) {
      out->second_reviewer = accounts::pseudonym_of(made.reviewer);
    }
  }
  return out;
}

}  // namespace

CaseFiles::CaseFiles(CaseFileSources sources) : sources_(std::move(sources)) {
  sources_.service.review_keys = {sources_.review.public_key()};
}

Result<r::CaseAccount> CaseFiles::account_of(const cases::Staff& staff, const ReportId& id,
                                             const AccountId& account) {
  r::CaseAccount out;
  out.account = account.hex();
  out.service = sources_.service.platform.value_or(sources_.service.name);
  if (const auto known = sources_.accounts.account(account)) {
    out.screen_name = recorded(known->name, "the name of the account");
  }
  const auto now = sources_.clock.now().value;
  LK_TRY(captures, sources_.captures.captures(
                       account, UnixMillis{now > kCaptureMillis ? now - kCaptureMillis : 0},
                       staff.account, "case:" + id.hex()));
  for (const auto& capture : captures) {
    r::IpCaptureEvent event;
    event.ip_address = capture.address;
    event.event = event_of(capture.event);
    event.at = capture.at;
    if (capture.port != 0) {
      event.port = capture.port;
    }
    out.ip_events.push_back(recorded(std::move(event), "the connection, as the service saw it"));
  }
  return out;
}

Result<std::vector<std::string>> CaseFiles::prior_reports(const cases::Staff& staff,
                                                          const cases::CaseDetail& detail) {
  std::vector<std::string> out;
  const auto alleged = sources_.accounts.account(detail.summary.alleged);
  if (!alleged) {
    return out;
  }
  cases::CaseQuery query;
  query.view = cases::QueueView::all;
  query.search = alleged->name;
  query.limit = cases::kMaxPage;
  // All kinds of harm: what was reported before stands in the report, whoever prepares it.
  cases::Staff whole;
  whole.account = staff.account;
  LK_TRY(page, sources_.cases.list(whole, query));
  for (const auto& other : page.cases) {
    if (other.id == detail.summary.id || other.alleged != detail.summary.alleged) {
      continue;
    }
    LK_TRY(submissions, sources_.sender.list(other.id, 20));
    for (const auto& submission : submissions) {
      if (submission.state == submission::State::done && submission.report_id) {
        out.push_back(*submission.report_id);
      }
    }
  }
  return out;
}

Status CaseFiles::add_people(const cases::Staff& staff, const cases::CaseDetail& detail,
                             r::CaseFile& file) {
  const auto& id = detail.summary.id;
  LK_TRY(reported, account_of(staff, id, detail.summary.alleged));
  LK_TRY(prior, prior_reports(staff, detail));
  reported.prior_reports = std::move(prior);
  file.accounts.reported.push_back(std::move(reported));
  const bool targeted =
      detail.summary.harm == cases::Harm::grooming || detail.summary.harm == cases::Harm::threat;
  for (const auto& reporter : detail.reporters) {
    if (reporter == detail.summary.alleged) {
      continue;  // a sender's own guard handed in a voucher
    }
    LK_TRY(recipient, account_of(staff, id, reporter));
    recipient.target = targeted;
    file.accounts.intended_recipients.push_back(std::move(recipient));
    if (!file.accounts.reporter) {
      file.accounts.reporter = r::PersonWhoReported{
          targeted ? r::ReporterRelation::victim : r::ReporterRelation::recipient, reporter.hex(),
          false, std::nullopt, std::nullopt};
    }
  }
  return {};
}

void CaseFiles::add_conversations(const cases::CaseDetail& detail, r::CaseFile& file) {
  std::set<std::string> wanted;
  for (const auto& message : file.messages) {
    wanted.insert(message.conversation);
  }
  std::map<std::string, messaging::ConversationView> known;
  auto people = detail.reporters;
  people.push_back(detail.summary.alleged);
  for (const auto& person : people) {
    for (auto& view : sources_.messaging.conversations(person).value_or(
             std::vector<messaging::ConversationView>{})) {
      known.emplace(view.conversation.hex(), std::move(view));
    }
  }
  for (const auto& conversation : wanted) {
    r::CaseConversation one;
    one.conversation = conversation;
    const auto found = known.find(conversation);
    if (found != known.end()) {
      one.kind = found->second.kind == messaging::ConversationKind::group
                     ? r::ConversationKind::group
                     : r::ConversationKind::direct;
      one.members = static_cast<std::uint32_t>(found->second.members.size());
    }
    const bool readable = std::ranges::any_of(file.messages, [&](const r::CaseMessage& message) {
      return message.conversation == conversation &&
             message.evidence == r::MessageClass::provider_record;
    });
    one.mode = readable ? r::ConversationMode::service_protected
                        : r::ConversationMode::end_to_end_encrypted;
    file.conversations.push_back(std::move(one));
  }
}

Status CaseFiles::add_files(const ReportId& id, const cases::CaseDetail& detail,
                            r::CaseFile& file) {
  LK_TRY(stored, sources_.cases.files(id));
  LK_TRY(events, sources_.review.viewed_events(id));
  std::map<std::uint32_t, const r::CaseMessage*> message_of;
  for (const auto& message : file.messages) {
    for (const auto item : message.items) {
      message_of.emplace(item, &message);
    }
  }
  std::set<std::uint32_t> from_vouchers;
  for (const auto& voucher : file.vouchers) {
    if (voucher.item) {
      from_vouchers.insert(*voucher.item);
    }
  }
  for (const auto& evidence : stored) {
    r::CaseFileItem one;
    one.item = evidence.item;
    one.evidence = from_vouchers.contains(evidence.item) ? r::FileClass::voucher
                                                         : file_class_of(evidence.evidence_class);
    one.why = evidence.why;
    one.media_type = evidence.media_type;
    one.size = evidence.size;
    one.available = true;
    one.sha256 = evidence.hashes.sha256;
    one.sha1 = evidence.hashes.sha1;
    one.md5 = evidence.hashes.md5;
    one.publicly_available = false;
    const auto message = message_of.find(evidence.item);
    if (message != message_of.end()) {
      one.uploaded = message->second->accepted;
    }
    for (const auto& duplicate : detail.duplicates) {
      if (duplicate.sha256 == evidence.hashes.sha256) {
        one.seen_before = static_cast<std::uint32_t>(duplicate.cases.size());
      }
    }
    for (const auto& event : events) {
      if (event.item == evidence.item) {
        one.viewed.push_back({event.report, event.item, event.sha256, event.size, event.pseudonym,
                              static_cast<r::ViewStep>(event.step), event.whole_file, event.at,
                              event.signature});
      }
    }
    file.files.push_back(std::move(one));
  }
  return {};
}

Status CaseFiles::add_holds_and_reports(const ReportId& id, r::CaseFile& file) {
  LK_TRY(holds, sources_.preservation.holds(id));
  for (const auto& hold : holds) {
    if (hold.state == preservation::HoldState::live) {
      file.holds.push_back({basis_of(hold.basis), hold.placed, hold.until});
    }
  }
  LK_TRY(submissions, sources_.sender.list(id, 50));
  for (const auto& submission : submissions) {
    if (submission.state == submission::State::done && submission.report_id && submission.done) {
      file.jurisdiction.reported_to.push_back(
          {r::Outlet::ncmec, *submission.report_id, *submission.done});
    }
  }
  return {};
}

Result<r::CaseFile> CaseFiles::gather(const cases::Staff& staff, const ReportId& id) {
  LK_TRY(detail, sources_.cases.detail(staff, id));
  r::CaseFile file;
  file.header = {detail.summary.id, detail.summary.number, detail.summary.received,
                 static_cast<r::Harm>(detail.summary.harm)};
  file.service = sources_.service;
  file.messages = messages_of(detail);
  file.gaps = gaps_of(file.messages);
  file.statements = statements_of(detail);
  file.vouchers = vouchers_of(detail);
  file.incident.detected_by = detections_of(detail);
  file.incident.unavailable = unavailable_in(file.messages);
  file.decision = decision_of(detail);
  LK_CHECK_OK(add_people(staff, detail, file));
  add_conversations(detail, file);
  LK_CHECK_OK(add_files(id, detail, file));
  LK_CHECK_OK(add_holds_and_reports(id, file));
  LK_TRY(kept, sources_.tips.newest(id));
  file.made = sources_.clock.now();  // last: nothing in the document is later
  if (kept.version == 0) {
    return file;
  }
  LK_TRY(facts, r::parse_tip_facts(kept.bytes));
  return r::with_facts(std::move(file), facts, accounts::pseudonym_of(kept.author));
}

}  // namespace lightkeeper::service
