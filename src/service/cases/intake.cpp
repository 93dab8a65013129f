// Intake: what was reported is checked once, joined to the case it belongs to, sealed and counted.
#include <algorithm>
#include <map>
#include <set>

#include "core/base/codec.hpp"
#include "service/cases/case_row.hpp"
#include "service/cases/record.hpp"

namespace lightkeeper::cases {

namespace {

constexpr std::string_view kWhere = "cases";
constexpr int kAttempts = 16;

void write(Writer& out, const ReportedItem& item) {
  out.bytes(item.content).fixed(item.opening_key.bytes).bytes(item.context).fixed(item.stamp);
}

Mac request_digest(const SecretBytes& digest_key, const AccountId& reporter, BytesView request) {
  return keyed(digest_key, "request", concat({reporter.value, request}));
}

/// Of a ciphertext. Anything else may be different the next time.
bool says_that_it_is_gone(ErrorCode code) {
  return code == ErrorCode::not_found || code == ErrorCode::too_large;
}

}  // namespace

struct Cases::Incoming {
  struct Message {
    Bytes digest_of;  // what its keyed digest is made of
    EvidenceClass evidence_class = EvidenceClass::not_verified;
    /// Verified and of the account that the report is about. What others wrote, however well
    /// verified, is shown and proves nothing about that account.
    bool proven = false;
    std::optional<ConversationId> conversation;  // of proven ones and own records only

    [[nodiscard]] bool counts() const {
      return proven || evidence_class == EvidenceClass::provider_record;
    }
  };
  std::string kind;  // "report", "voucher", "provider_record"
  AccountId reporter;
  std::string client_id;
  Harm harm = Harm::other;
  AccountId alleged;
  Bytes request;  // everything that was sent but the client id
  CaseRecord record;
  std::vector<std::pair<std::uint32_t, Bytes>> files;  // item as in a first report, and plaintext
  std::vector<Message> messages;
  std::optional<UnixMillis> newest;  // of messages that count
};

struct Cases::Target {
  std::optional<ReportId> known;     // it is here already, under this client id
  std::optional<ReportId> replayed;  // it is here already, under another client id
  std::optional<ReportId> joins;     // a case
  Bytes wrapped;                     // that case's key
  std::uint32_t ordinal = 0;
  bool operator==(const Target&) const = default;
};

Status Cases::examine_item(Incoming& incoming, const AccountId& reporter, const ReportedItem& item,
                           std::size_t& bytes_stored) const {
  MessageView view;
  Incoming::Message message;
  if (const auto context = franking::decode_context(item.context)) {
    view.has_context = true;
    view.sender = context->sender;
    view.conversation = context->conversation;
    view.seq = context->seq;
    view.accepted = context->accepted;
    // Evidence is judged once and for ever: by what is so, never by a bad moment of the disk. Such
    // errors go back to the device, which tries again.
    LK_TRY(member, neighbours_.was_member(reporter, context->conversation, context->seq));
    view.proof = Proof::by_frank(
        franking::verify_report(neighbours_.stamp_key(context->key_id),
                                {item.content, item.opening_key, *context, item.stamp}, member));
  } else {
    view.proof = Proof::by_word("There is no readable stamp with it.");
  }
  // Otherwise anybody could turn their own message into proof against somebody else.
  message.proven = view.proof.verified() && view.sender == incoming.alleged;
  if (message.proven) {
    message.conversation = view.conversation;
    incoming.newest = std::max(incoming.newest.value_or(view.accepted), view.accepted);
  }
  message.evidence_class = view.proof.evidence_class();
  Writer digest_of;
  write(digest_of, item);
  message.digest_of = digest_of.take();
  if (const auto content = franking::decode_content(item.content)) {
    view.type = static_cast<ItemType>(content->type);
    view.body = content->body;
    if (content->expires_after > 0) {
      if (content->type == franking::ContentType::timer) {
        view.body = std::to_string(content->expires_after);
      } else if (view.has_context) {
        view.expires = UnixMillis{view.accepted.value + 1000ULL * content->expires_after};
      }
    }
    if (content->type == franking::ContentType::edit && content->refs.size() == 1) {
      for (std::size_t i = 0; i < incoming.record.messages.size(); ++i) {
        const auto& earlier = incoming.record.evidence[i];
        const auto& seen = incoming.record.messages[i];
        if (earlier && seen.has_context && seen.conversation == view.conversation &&
            franking::commit(earlier->opening_key, earlier->content) == content->refs[0]) {
          view.edits = seen.seq.value;
        }
      }
    }
    const auto number = incoming.record.messages.size();
    for (std::size_t a = 0; a < content->attachments.size(); ++a) {
      const auto& descriptor = content->attachments[a];
      AttachmentView seen;
      seen.item = item_of(0, number, a);
      seen.media_type = descriptor.media_type;
      seen.size = descriptor.plaintext_size;
      const auto ciphertext = neighbours_.attachment(reporter, descriptor.id);
      if (!ciphertext && !says_that_it_is_gone(ciphertext.error().code)) {
        return std::unexpected(ciphertext.error());
      }
      if (!ciphertext) {
        seen.proof = Proof::by_word(
            "The picture is not stored any more, or the person who reported it has no access to "
            "it.");
      } else if (auto plaintext = franking::open_attachment(descriptor, *ciphertext); !plaintext) {
        seen.proof =
            Proof::by_word("The stored picture is not the one that the message describes.");
      } else if (bytes_stored + plaintext->size() > kMaxEvidenceBytes) {
        seen.proof =
            Proof::by_word("The report holds more picture data than is kept for one report.");
      } else {
        LK_TRY(hashes, hashes_of(*plaintext));
        bytes_stored += plaintext->size();
        seen.stored = true;
        seen.hashes = hashes;
        seen.proof = Proof::of_file(view.proof);
        incoming.files.emplace_back(seen.item, *std::move(plaintext));
      }
      view.attachments.push_back(std::move(seen));
    }
  }
  incoming.record.messages.push_back(std::move(view));
  incoming.record.evidence.emplace_back(item);
  incoming.messages.push_back(std::move(message));
  return {};
}

Result<Cases::Incoming> Cases::examine(const AccountId& reporter, const NewReport& report) const {
  Incoming incoming;
  incoming.kind = "report";
  incoming.reporter = reporter;
  incoming.client_id = report.client_id;
  incoming.harm = report.harm;
  incoming.alleged = report.alleged;
  incoming.record.note = report.note;
  incoming.record.statement = report.statement;
  incoming.record.minor_side = report.minor_side;
  incoming.record.indicators = report.indicators;
  Writer request;
  request.text("report").text(name_of(report.harm)).text(report.note);
  request.fixed(report.alleged.value).u8(report.statement ? 1 : 0);
  request.text(report.statement.value_or("")).u8(report.minor_side ? 1 : 0);
  request.u32(report.indicators);
  std::size_t bytes_stored = 0;
  for (const auto& item : report.messages) {
    write(request, item);
    LK_CHECK_OK(examine_item(incoming, reporter, item, bytes_stored));
  }
  incoming.request = request.take();
  return incoming;
}

Result<ReportId> Cases::accept(const AccountId& reporter, const NewReport& report) {
  if (report.messages.size() > kMaxReportedMessages || report.note.size() > kMaxNote ||
      report.statement.value_or("").size() > kMaxNote) {
    return fail(ErrorCode::too_large, kWhere);
  }
  for (const auto& item : report.messages) {
    if (item.content.size() > franking::kMaxContentSize ||
        item.context.size() > kMaxReportedContext) {
      return fail(ErrorCode::too_large, kWhere);
    }
  }
  if (report.messages.empty() && !report.statement) {
    return fail(ErrorCode::bad_argument, kWhere, "a report holds messages or a statement");
  }
  if (report.indicators >= 1U << kIndicators.size()) {
    return fail(ErrorCode::bad_argument, kWhere, "an unknown indicator");
  }
  LK_TRY(incoming, examine(reporter, report));
  return take(std::move(incoming));
}

Result<ReportId> Cases::accept_voucher(const AccountId& reporter, const std::string& client_id,
                                       BytesView voucher, const VerifiedVoucher& verified) {
  if (voucher.size() > kMaxVoucher || verified.picture.size() > kMaxEvidenceBytes ||
      verified.media_type.size() > 64 || verified.provenance.size() > 64 ||
      verified.why.size() > kMaxNote || verified.proves.size() > kMaxNote ||
      (verified.message && (verified.message->content.size() > franking::kMaxContentSize ||
                            verified.message->context.size() > kMaxReportedContext))) {
    return fail(ErrorCode::too_large, kWhere);
  }
  if (verified.confirmed != verified.why.empty()) {
    return fail(ErrorCode::bad_argument, kWhere, "a voucher is confirmed, or there is a reason");
  }
  Incoming incoming;
  incoming.kind = "voucher";
  incoming.reporter = reporter;
  incoming.client_id = client_id;
  incoming.harm = Harm::known_picture;
  incoming.alleged = verified.about;
  incoming.request = Writer().text("voucher").fixed(verified.about.value).bytes(voucher).take();
  VoucherView view{verified.side,         verified.confirmed,  verified.why,
                   verified.proves,       verified.provenance, verified.category,
                   verified.list_version, verified.distance,   verified.made,
                   to_bytes(voucher),     std::nullopt};
  if (!verified.picture.empty()) {
    LK_TRY(hashes, hashes_of(verified.picture));
    AttachmentView picture;
    picture.item = voucher_item(0);
    picture.media_type = verified.media_type;
    picture.size = verified.picture.size();
    picture.proof = Proof::by_word("It came with a voucher; see what that one proves.");
    picture.stored = true;
    picture.hashes = hashes;
    view.picture = std::move(picture);
    incoming.files.emplace_back(voucher_item(0), verified.picture);
  }
  incoming.record.voucher = std::move(view);
  if (verified.message) {
    std::size_t bytes_stored = verified.picture.size();
    LK_CHECK_OK(examine_item(incoming, reporter, *verified.message, bytes_stored));
  }
  return take(std::move(incoming));
}

Result<ReportId> Cases::accept_provider_record(const ProviderRecord& record) {
  std::size_t bytes = 0;
  bool fits = record.messages.size() <= kMaxReportedMessages &&
              record.found_by.size() <= kMaxNote && !record.messages.empty();
  for (const auto& message : record.messages) {
    fits = fits && message.body.size() <= franking::kMaxBody &&
           message.files.size() <= franking::kMaxAttachments;
    for (const auto& file : message.files) {
      bytes += file.bytes.size();
      fits = fits && file.media_type.size() <= 64;
    }
  }
  if (!fits || bytes > kMaxEvidenceBytes) {
    return fail(ErrorCode::too_large, kWhere, "a record holds 1 to 100 messages");
  }
  Incoming incoming;
  incoming.kind = "provider_record";
  incoming.client_id = record.client_id;
  incoming.harm = record.harm;
  incoming.alleged = record.about;
  incoming.record.found_by = record.found_by;
  Writer request;
  request.text("provider_record").text(name_of(record.harm)).fixed(record.about.value);
  request.text(record.found_by);
  for (std::size_t m = 0; m < record.messages.size(); ++m) {
    const auto& message = record.messages[m];
    MessageView view;
    view.proof = Proof::by_own_record();
    view.has_context = true;
    view.sender = message.sender;
    view.conversation = message.conversation;
    view.seq = message.seq;
    view.accepted = message.accepted;
    view.type = message.files.empty() ? ItemType::text : ItemType::picture;
    view.body = message.body;
    Writer one;
    one.text("own record").fixed(message.sender.value).fixed(message.conversation.value);
    one.u64(message.seq.value).u64(message.accepted.value).text(message.body);
    for (std::size_t a = 0; a < message.files.size(); ++a) {
      const auto& file = message.files[a];
      LK_TRY(hashes, hashes_of(file.bytes));
      one.text(file.media_type).fixed(hashes.sha256);
      AttachmentView seen;
      seen.item = item_of(0, m, a);
      seen.media_type = file.media_type;
      seen.size = file.bytes.size();
      seen.proof = Proof::of_file(view.proof);
      seen.stored = true;
      seen.hashes = hashes;
      incoming.files.emplace_back(seen.item, file.bytes);
      view.attachments.push_back(std::move(seen));
    }
    auto digest_of = one.take();
    request.bytes(digest_of);
    incoming.newest = std::max(incoming.newest.value_or(message.accepted), message.accepted);
    incoming.messages.push_back(
        {std::move(digest_of), EvidenceClass::provider_record, false, message.conversation});
    incoming.record.messages.push_back(std::move(view));
    incoming.record.evidence.emplace_back(std::nullopt);
  }
  incoming.request = request.take();
  return take(std::move(incoming));
}

Result<Cases::Target> Cases::target_of(store::Transaction& tx, const Incoming& incoming,
                                       const SecretBytes& digest_key) const {
  Target target;
  const auto request_mac = request_digest(digest_key, incoming.reporter, incoming.request);
  const auto under_client_id = [&](std::string_view sql) {
    return tx.row(sql, incoming.reporter, incoming.client_id);
  };
  auto earlier =
      under_client_id("SELECT id, request_mac FROM report WHERE reporter = ? AND client_id = ?");
  if (!earlier) {
    earlier = under_client_id(
        "SELECT report, request_mac FROM report_replay WHERE reporter = ? AND client_id = ?");
  }
  if (earlier) {
    if (earlier->array<32>(1) != request_mac) {
      return fail(ErrorCode::conflict, kWhere, "this client id was used for another report");
    }
    target.known = earlier->id<ReportId>(0);
    return target;
  }
  // The request's digest has its own column name from the first release; from step 4 on it covers
  // the same bytes whatever the client id.
  if (const auto same = tx.row("SELECT id FROM report WHERE evidence_mac = ? AND reporter = ?",
                               request_mac, incoming.reporter)) {
    target.replayed = same->id<ReportId>(0);
    return target;
  }
  if (!tx.row("SELECT 1 FROM account WHERE id = ? AND role = 'person'", incoming.alleged)) {
    return fail(ErrorCode::not_found, kWhere, "the named account does not exist");
  }
  std::optional<ReportId> joins;
  if (!incoming.messages.empty()) {
    // Identical evidence: every message stands in one case about the same account already.
    std::map<ReportId, std::size_t> holds;
    std::set<Mac> macs;
    for (const auto& message : incoming.messages) {
      macs.insert(keyed(digest_key, "message", message.digest_of));
    }
    for (const auto& mac : macs) {
      for (const auto& row :
           tx.rows("SELECT case_id FROM case_message JOIN review_case ON id = case_id "
                   "WHERE mac = ? AND alleged = ?",
                   mac, incoming.alleged)) {
        ++holds[row.id<ReportId>(0)];
      }
    }
    const auto whole =
        std::ranges::find_if(holds, [&](const auto& entry) { return entry.second == macs.size(); });
    if (whole != holds.end()) {
      joins = whole->first;
    }
  }
  for (const auto& message : incoming.messages) {
    // Only where the named account is proven to have written: with a made-up conversation, or one
    // of their own, anybody could push reports into a case.
    if (!joins && message.conversation) {
      if (const auto row = tx.row(
              "SELECT case_id FROM case_conversation JOIN review_case ON id = case_id "
              "WHERE case_conversation.alleged = ? AND mac = ? "
              "AND state IN ('open', 'awaiting_second') ORDER BY number LIMIT 1",
              incoming.alleged, keyed(digest_key, "conversation", message.conversation->value))) {
        joins = row->id<ReportId>(0);
      }
    }
  }
  if (joins) {
    const auto row = tx.row(
        "SELECT wrapped_key, (SELECT max(ordinal) + 1 FROM report WHERE case_id = ?) FROM report "
        "WHERE id = ?",
        *joins, *joins);
    // A destroyed case takes nothing more in; neither does one that is full.
    if (row && !row->blob(0).empty() && row->number(1) < kMaxReportsOfCase) {
      target.joins = joins;
      target.wrapped = row->blob(0);
      target.ordinal = static_cast<std::uint32_t>(row->number(1));
    }
  }
  return target;
}

bool Cases::is_flood(store::Transaction& tx, const Incoming& incoming) const {
  if (incoming.kind == "provider_record") {
    return false;
  }
  const auto now = clock_.now().value;
  const auto since = now > policy_.flood_window_millis ? now - policy_.flood_window_millis : 0;
  // Counted only as far as it matters: a flood must not cost more the larger it gets.
  const auto by_reporter =
      tx.row(
            "SELECT count(*) FROM (SELECT 1 FROM report WHERE reporter = ? AND received_ms > ? "
            "LIMIT ?)",
            incoming.reporter, since, policy_.flood_by_reporter)
          ->number(0);
  if (by_reporter >= policy_.flood_by_reporter) {
    return true;
  }
  // Against one account only reports without proof count and are held back: nobody hides a proven
  // report behind a burst of words.
  const bool proof = std::ranges::any_of(incoming.messages, &Incoming::Message::counts);
  return !proof &&
         tx.row(
               "SELECT count(*) FROM (SELECT 1 FROM report WHERE alleged = ? AND verified = 0 AND "
               "received_ms > ? LIMIT ?)",
               incoming.alleged, since, policy_.flood_against_account)
                 ->number(0) >= policy_.flood_against_account;
}

Result<ReportId> Cases::take(Incoming incoming) {
  LK_TRY(digest_key, vault_.digest_key());
  const auto request_mac = request_digest(digest_key, incoming.reporter, incoming.request);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    LK_TRY(target, database_.read([&](store::Transaction& tx) {
      return target_of(tx, incoming, digest_key);
    }));
    if (target.known) {
      return *target.known;
    }
    if (target.replayed) {
      const auto done = database_.write([&](store::Transaction& tx) -> Status {
        tx.run(
            "INSERT OR IGNORE INTO report_replay(reporter, client_id, request_mac, report, "
            "received_ms) VALUES(?, ?, ?, ?, ?)",
            incoming.reporter, incoming.client_id, request_mac, *target.replayed, clock_.now());
        const auto case_id =
            tx.row("SELECT case_id FROM report WHERE id = ?", *target.replayed)->id<ReportId>(0);
        return note(tx, "report.replayed", incoming.reporter, case_id,
                    "the same report under another client id");
      });
      LK_CHECK_OK(done);
      return *target.replayed;
    }
    // Sealing happens outside the transaction: it takes long. The target is looked up again inside.
    const ReportId id{rng_.array<16>()};
    NewCaseKey key;
    if (target.joins) {
      LK_TRY(existing, vault_.case_key(*target.joins, target.wrapped));
      key.key = std::move(existing);
    } else {
      LK_TRY(fresh, vault_.new_case_key(id));
      key = std::move(fresh);
    }
    const auto offset = target.ordinal * kItemsOfReport;
    auto record = incoming.record;
    for (auto& message : record.messages) {
      for (auto& attachment : message.attachments) {
        attachment.item += offset;
      }
    }
    if (record.voucher && record.voucher->picture) {
      record.voucher->picture->item += offset;
    }
    auto sealed_record = vault_.seal(key.key, place_of_evidence(id, 0), encode(record));
    std::vector<std::pair<std::uint32_t, Bytes>> sealed_files;
    for (const auto& [item, plaintext] : incoming.files) {
      sealed_files.emplace_back(
          item + offset, vault_.seal(key.key, place_of_evidence(id, item + offset), plaintext));
    }
    const auto done = database_.write([&](store::Transaction& tx) -> Result<bool> {
      LK_TRY(meanwhile, target_of(tx, incoming, digest_key));
      if (meanwhile != target) {
        return false;
      }
      LK_CHECK_OK(insert(tx, incoming, target, id, key, digest_key, std::move(sealed_record),
                         sealed_files));
      return true;
    });
    LK_CHECK_OK(done);
    if (*done) {
      return id;
    }
  }
  return fail(ErrorCode::unavailable, kWhere, "too many reports about the same at once");
}

Status Cases::insert(store::Transaction& tx, const Incoming& incoming, const Target& target,
                     const ReportId& id, const NewCaseKey& key, const SecretBytes& digest_key,
                     Bytes sealed_record,
                     const std::vector<std::pair<std::uint32_t, Bytes>>& sealed_files) {
  const auto case_id = target.joins.value_or(id);
  // The column is read by is_flood() alone: what counts as proof, of the messages of this report.
  const auto verified = std::ranges::count_if(incoming.messages, &Incoming::Message::counts);
  const bool flood = !target.joins && is_flood(tx, incoming);
  const auto request_mac = request_digest(digest_key, incoming.reporter, incoming.request);
  tx.run(
      "INSERT INTO report(id, number, reporter, client_id, request_mac, alleged, reason, "
      "received_ms, messages, verified, state, wrapped_key, case_id, ordinal, kind, evidence_mac) "
      "VALUES(?, (SELECT coalesce(max(number), 0) + 1 FROM report), ?, ?, ?, ?, ?, ?, ?, ?, "
      "'open', "
      "?, ?, ?, ?, ?)",
      id, incoming.reporter, incoming.client_id, request_mac, incoming.alleged,
      name_of(incoming.harm), clock_.now(), incoming.messages.size(), verified, key.wrapped,
      case_id, target.ordinal, incoming.kind, request_mac);
  tx.run("INSERT INTO evidence(report, item, sealed) VALUES(?, 0, ?)", id, sealed_record);
  for (const auto& [item, sealed] : sealed_files) {
    tx.run("INSERT INTO evidence(report, item, sealed) VALUES(?, ?, ?)", id, item, sealed);
  }
  if (!target.joins) {
    open_case(tx, incoming, id, digest_key);
  }
  add_evidence(tx, incoming, target, case_id, id, digest_key);
  score(tx, case_id);
  LK_TRY(row, row_of(tx, case_id));
  if (!target.joins) {
    const bool quarantined = flood && !calls_for_rescue(row.facts) &&
                             !is_sampled(digest_key, "flood", id, policy_.flood_sampled_of_10000);
    tx.run("UPDATE review_case SET flood = ?, quarantined = ?, due_ms = ? WHERE id = ?",
           flood ? 1 : 0, quarantined ? 1 : 0,
           row.received.value + due_millis(policy_, row.priority.band), id);
  } else {
    // What was added may make it more urgent, never less.
    tx.run("UPDATE review_case SET due_ms = min(due_ms, ?) WHERE id = ?",
           clock_.now().value + due_millis(policy_, row.priority.band), case_id);
  }
  score(tx, case_id);
  return note(tx, incoming.kind == "report" ? "report.received" : incoming.kind + ".received",
              incoming.kind == "provider_record" ? std::nullopt : std::optional(incoming.reporter),
              case_id, target.joins ? "joined a case" : "opened a case");
}

void Cases::open_case(store::Transaction& tx, const Incoming& incoming, const ReportId& id,
                      const SecretBytes& digest_key) {
  const auto now = clock_.now();
  const auto earlier =
      tx.row(
            "SELECT count(*) FROM review_case WHERE alleged = ? AND state = 'decided' AND "
            "decision IN ('warn', 'restrict', 'report')",
            incoming.alleged)
          ->number(0);
  tx.run(
      "INSERT INTO review_case(id, number, received_ms, due_ms, state, harm, alleged, reports, "
      "reporters, messages, verified, not_verified, provider_records, vouchers, "
      "confirmed_vouchers, minor_side, indicators, current, earlier_measures, duplicate, flood, "
      "score, band, scored_ms, rescore_ms, quarantined, sampled, needs_second, escalated) "
      "VALUES(?, (SELECT coalesce(max(number), 0) + 1 FROM review_case), ?, ?, 'open', ?, ?, 0, 0, "
      "0, 0, 0, 0, 0, 0, 0, 0, 0, ?, 0, 0, 0, 0, 0, 0, 0, ?, 0, 0)",
      id, now, now.value + due_millis(policy_, Band::low), name_of(incoming.harm), incoming.alleged,
      earlier, is_sampled(digest_key, "quality", id, policy_.sampled_of_10000) ? 1 : 0);
}

void Cases::add_evidence(store::Transaction& tx, const Incoming& incoming, const Target& target,
                         const ReportId& case_id, const ReportId& report,
                         const SecretBytes& digest_key) {
  for (const auto& message : incoming.messages) {
    const auto mac = keyed(digest_key, "message", message.digest_of);
    tx.run(
        "INSERT INTO case_message(case_id, mac, class, proven) VALUES(?, ?, ?, ?) ON CONFLICT DO "
        "UPDATE SET class = excluded.class, proven = excluded.proven WHERE class = 'not_verified'",
        case_id, mac, name_of(message.evidence_class), message.proven ? 1 : 0);
    if (message.conversation) {
      tx.run("INSERT OR IGNORE INTO case_conversation(alleged, mac, case_id) VALUES(?, ?, ?)",
             incoming.alleged, keyed(digest_key, "conversation", message.conversation->value),
             case_id);
    }
  }
  const auto offset = target.ordinal * kItemsOfReport;
  const auto file = [&](const AttachmentView& view) {
    if (view.stored && view.hashes) {
      tx.run(
          "INSERT INTO evidence_file(case_id, item, report, size, sha256_mac, sha1_mac, md5_mac) "
          "VALUES(?, ?, ?, ?, ?, ?, ?)",
          case_id, view.item + offset, report, view.size,
          keyed(digest_key, "sha256", view.hashes->sha256),
          keyed(digest_key, "sha1", view.hashes->sha1), keyed(digest_key, "md5", view.hashes->md5));
    }
  };
  for (const auto& message : incoming.record.messages) {
    std::ranges::for_each(message.attachments, file);
  }
  bool confirmed = false;
  if (incoming.record.voucher) {
    confirmed = incoming.record.voucher->confirmed;
    if (incoming.record.voucher->picture) {
      file(*incoming.record.voucher->picture);
    }
  }
  const auto now = clock_.now().value;
  const bool current = incoming.newest && now <= incoming.newest->value + kCurrentMillis;
  tx.run(
      "UPDATE review_case SET "
      "reports = (SELECT count(*) FROM report WHERE case_id = review_case.id), "
      "reporters = (SELECT count(DISTINCT reporter) FROM report WHERE case_id = review_case.id), "
      "messages = (SELECT count(*) FROM case_message WHERE case_id = review_case.id), "
      "verified = (SELECT count(*) FROM case_message WHERE case_id = review_case.id "
      "AND class = 'verified'), "
      "proven = (SELECT count(*) FROM case_message WHERE case_id = review_case.id AND proven = 1), "
      "not_verified = (SELECT count(*) FROM case_message WHERE case_id = review_case.id "
      "AND class = 'not_verified'), "
      "provider_records = (SELECT count(*) FROM case_message WHERE case_id = review_case.id "
      "AND class = 'provider_record'), "
      "vouchers = vouchers + ?, confirmed_vouchers = confirmed_vouchers + ?, "
      "minor_side = max(minor_side, ?), indicators = indicators | ?, current = max(current, ?), "
      "duplicate = EXISTS(SELECT 1 FROM evidence_file WHERE case_id = review_case.id) AND NOT "
      "EXISTS(SELECT 1 FROM evidence_file AS own WHERE own.case_id = review_case.id AND NOT "
      "EXISTS(SELECT 1 FROM evidence_file AS other JOIN review_case AS there ON there.id = "
      "other.case_id WHERE other.sha256_mac = own.sha256_mac AND other.case_id != own.case_id AND "
      "there.state = 'decided')) WHERE id = ?",
      incoming.record.voucher ? 1 : 0, confirmed ? 1 : 0, incoming.record.minor_side ? 1 : 0,
      incoming.record.indicators, current ? 1 : 0, case_id);
  // Grooming or a threat in any of the reports makes the case one: the more urgent harm stands.
  if (incoming.harm == Harm::grooming || incoming.harm == Harm::threat) {
    tx.run("UPDATE review_case SET harm = ? WHERE id = ? AND harm NOT IN ('grooming', 'threat')",
           name_of(incoming.harm), case_id);
  }
  tx.run(
      "UPDATE review_case SET needs_second = ? WHERE id = ? AND proven = 0 AND provider_records "
      "= 0 AND confirmed_vouchers = 0",
      may_need_second(policy_, {false}) ? 1 : 0, case_id);
  tx.run(
      "UPDATE review_case SET needs_second = ? WHERE id = ? AND (proven > 0 OR provider_records "
      "> 0 OR confirmed_vouchers > 0)",
      may_need_second(policy_, {true}) ? 1 : 0, case_id);
}

}  // namespace lightkeeper::cases
