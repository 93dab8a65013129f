#include "service/cases/cases.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "core/base/codec.hpp"
#include "service/cases/record.hpp"

namespace lightkeeper::cases {

namespace {

constexpr std::string_view kWhere = "cases";

template <class Enum, std::size_t N>
Result<Enum> from_name(std::string_view name, const std::array<Enum, N>& all) {
  for (const auto value : all) {
    if (name_of(value) == name) {
      return value;
    }
  }
  return fail(ErrorCode::bad_argument, kWhere, "an unknown word for a reason, decision or state");
}

Bytes associated_with(std::string_view what, const ReportId& report, std::uint32_t item) {
  return Writer().fixed(as_bytes(what)).fixed(report.value).u32(item).take();
}
Bytes associated_with_evidence(const ReportId& report, std::uint32_t item) {
  return associated_with("lightkeeper evidence v1", report, item);
}

constexpr std::uint32_t item_of(std::size_t message, std::size_t attachment) {
  return static_cast<std::uint32_t>(1 + message * franking::kMaxAttachments + attachment);
}

Result<Bytes> open_sealed(const crypto::AeadKey& key, BytesView associated, BytesView sealed) {
  Reader in(sealed);
  LK_TRY(nonce, in.array<12>());
  LK_TRY(rest, in.fixed(in.remaining()));
  return crypto::aead_open(key, nonce, associated, rest);
}

CaseSummary summary_of(const store::Row& row) {
  const auto reason = reason_from_name(row.text(3));
  const auto state = state_from_name(row.text(4));
  if (!reason || !state) {
    throw store::StoreFailure("a report has an unknown word");
  }
  return CaseSummary{row.id<ReportId>(0), row.number(1), UnixMillis{row.number(2)}, *reason, *state,
                     row.number(5),       row.number(6)};
}

std::vector<std::pair<std::uint64_t, std::uint64_t>> gaps_of(
    std::span<const MessageView> messages) {
  std::map<ConversationId, std::vector<std::uint64_t>> positions;
  for (const auto& message : messages) {
    if (message.finding == franking::Finding::verified) {
      positions[message.conversation].push_back(message.seq.value);
    }
  }
  std::vector<std::pair<std::uint64_t, std::uint64_t>> out;
  for (auto& [conversation, seqs] : positions) {
    std::ranges::sort(seqs);
    for (std::size_t i = 1; i < seqs.size(); ++i) {
      if (seqs[i] > seqs[i - 1] + 1) {
        out.emplace_back(seqs[i - 1] + 1, seqs[i] - 1);
      }
    }
  }
  return out;
}

crypto::Digest chain_of(BytesView before, const ReportId& report, const AccountId& reviewer,
                        std::string_view decision, BytesView sealed_reason,
                        std::uint64_t decided_ms) {
  Writer out;
  out.fixed(as_bytes("lightkeeper decision v1"))
      .bytes(before)
      .fixed(report.value)
      .fixed(reviewer.value);
  out.text(decision).bytes(sealed_reason).u64(decided_ms);
  return crypto::sha256(out.view());
}

}  // namespace

std::string_view name_of(Reason reason) {
  switch (reason) {
    case Reason::known_picture:
      return "known_picture";
    case Reason::unwanted:
      return "unwanted";
    case Reason::threat:
      return "threat";
    case Reason::other:
      break;
  }
  return "other";
}

std::string_view name_of(DecisionKind kind) {
  switch (kind) {
    case DecisionKind::warn:
      return "warn";
    case DecisionKind::restrict_account:
      return "restrict";
    case DecisionKind::escalate:
      return "escalate";
    case DecisionKind::no_action:
      break;
  }
  return "no_action";
}

std::string_view name_of(State state) { return state == State::open ? "open" : "decided"; }

Result<Reason> reason_from_name(std::string_view name) {
  return from_name(
      name, std::array{Reason::known_picture, Reason::unwanted, Reason::threat, Reason::other});
}
Result<DecisionKind> decision_from_name(std::string_view name) {
  return from_name(name, std::array{DecisionKind::no_action, DecisionKind::warn,
                                    DecisionKind::restrict_account, DecisionKind::escalate});
}
Result<State> state_from_name(std::string_view name) {
  return from_name(name, std::array{State::open, State::decided});
}

Cases::Cases(store::Database& database, Clock& clock, Rng& rng, Records records,
             const SecretBytes& evidence_key)
    : database_(database), clock_(clock), rng_(rng), records_(std::move(records)) {
  const auto root = evidence_key.expose_secret();
  wrapping_key_.bytes = crypto::hkdf_sha256(root, {}, as_bytes("lightkeeper case keys v1"), 32);
  mac_key_ = crypto::hkdf_sha256(root, {}, as_bytes("lightkeeper report requests v1"), 32);
}

Bytes Cases::seal(const crypto::AeadKey& key, BytesView associated, BytesView plaintext) {
  // Random nonces: a case key seals some thousands of items at most, the wrapping key one item for
  // each case.
  const crypto::AeadNonce nonce = rng_.array<12>();
  return concat({nonce, crypto::aead_seal(key, nonce, associated, plaintext)});
}

Result<crypto::AeadKey> Cases::case_key(const ReportId& report, BytesView wrapped) const {
  LK_TRY(bytes, open_sealed(wrapping_key_, associated_with("lightkeeper case key v1", report, 0),
                            wrapped));
  return crypto::AeadKey{SecretBytes(std::move(bytes))};
}

crypto::Digest Cases::request_mac(const AccountId& reporter, const NewReport& report) const {
  // Keyed: a plain hash of a short note or statement could be guessed from the database.
  Writer out;
  out.fixed(reporter.value).text(report.client_id).text(name_of(report.reason)).text(report.note);
  out.fixed(report.alleged.value).u8(report.statement ? 1 : 0).text(report.statement.value_or(""));
  for (const auto& item : report.messages) {
    out.bytes(item.content).fixed(item.opening_key.bytes).bytes(item.context).fixed(item.stamp);
  }
  return crypto::hmac_sha256(mac_key_.expose_secret(), out.view());
}

// --- Intake
// ------------------------------------------------------------------------------------------------

struct Cases::Intake {
  CaseRecord record;
  std::vector<std::pair<std::uint32_t, Bytes>> pictures;  // item and plaintext
  std::uint64_t verified = 0;
};

Cases::Intake Cases::examine(const AccountId& reporter, const NewReport& report) const {
  Intake intake;
  intake.record = {report.note, report.statement, {}, report.messages};
  std::size_t bytes_stored = 0;
  for (std::size_t m = 0; m < report.messages.size(); ++m) {
    const auto& item = report.messages[m];
    MessageView view;
    view.proves = franking::kProvesNothing;
    view.does_not_prove = franking::kDoesNotProve;
    if (const auto context = franking::decode_context(item.context)) {
      view.has_context = true;
      view.sender = context->sender;
      view.conversation = context->conversation;
      view.seq = context->seq;
      view.accepted = context->accepted;
      const auto member = records_.was_member(reporter, context->conversation, context->seq);
      const auto verification = franking::verify_report(
          records_.stamp_key(context->key_id),
          {item.content, item.opening_key, *context, item.stamp}, member.value_or(false));
      view.finding = verification.finding;
      view.why = verification.reason;
      view.proves = verification.proves;
      view.does_not_prove = verification.does_not_prove;
    } else {
      view.why = "There is no readable stamp with it.";
    }
    const bool verified = view.finding == franking::Finding::verified;
    intake.verified += verified ? 1U : 0U;
    if (const auto content = franking::decode_content(item.content)) {
      view.type =
          content->type == franking::ContentType::picture ? ItemType::picture : ItemType::text;
      view.body = content->body;
      for (std::size_t a = 0; a < content->attachments.size(); ++a) {
        const auto& descriptor = content->attachments[a];
        AttachmentView seen{descriptor.media_type,
                            descriptor.plaintext_size,
                            franking::Finding::not_verified,
                            {},
                            false};
        const auto ciphertext = records_.attachment(reporter, descriptor.id);
        if (!ciphertext) {
          seen.why =
              "The picture is not stored any more, or the person who reported it has no access to "
              "it.";
        } else if (auto plaintext = franking::open_attachment(descriptor, *ciphertext);
                   !plaintext) {
          seen.why = "The stored picture is not the one that the message describes.";
        } else if (bytes_stored + plaintext->size() > kMaxEvidenceBytes) {
          seen.why = "The report holds more picture data than is kept for one report.";
        } else {
          bytes_stored += plaintext->size();
          seen.stored = true;
          if (verified) {
            seen.finding = franking::Finding::verified;
          } else {
            seen.why = "The message that it came with is not verified.";
          }
          intake.pictures.emplace_back(item_of(m, a), *std::move(plaintext));
        }
        view.attachments.push_back(std::move(seen));
      }
    }
    intake.record.messages.push_back(std::move(view));
  }
  return intake;
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
  const auto mac = request_mac(reporter, report);
  const auto earlier = [&](store::Transaction& tx) -> Result<std::optional<ReportId>> {
    const auto row =
        tx.row("SELECT id, request_mac FROM report WHERE reporter = ? AND client_id = ?", reporter,
               report.client_id);
    if (!row) {
      return std::nullopt;
    }
    if (row->array<32>(1) != mac) {
      return fail(ErrorCode::conflict, kWhere, "this client id was used for another report");
    }
    return row->id<ReportId>(0);
  };
  LK_TRY(known, database_.read(earlier));
  if (known) {
    return *known;
  }
  // Checking and sealing happen outside the transaction: they take long and touch other rooms.
  const auto intake = examine(reporter, report);
  const ReportId id{rng_.array<16>()};
  crypto::AeadKey key{SecretBytes(32)};
  rng_.fill(key.bytes.expose_secret_for_writing());
  const auto wrapped = seal(wrapping_key_, associated_with("lightkeeper case key v1", id, 0),
                            key.bytes.expose_secret());
  const auto sealed_record = seal(key, associated_with_evidence(id, 0), encode(intake.record));
  std::vector<std::pair<std::uint32_t, Bytes>> sealed_pictures;
  for (const auto& [item, plaintext] : intake.pictures) {
    sealed_pictures.emplace_back(item, seal(key, associated_with_evidence(id, item), plaintext));
  }
  return database_.write([&](store::Transaction& tx) -> Result<ReportId> {
    LK_TRY(meanwhile, earlier(tx));
    if (meanwhile) {
      return *meanwhile;
    }
    if (!tx.row("SELECT 1 FROM account WHERE id = ? AND role = 'person'", report.alleged)) {
      return fail(ErrorCode::not_found, kWhere, "the named account does not exist");
    }
    tx.run(
        "INSERT INTO report(id, number, reporter, client_id, request_mac, alleged, reason, "
        "received_ms, messages, "
        "verified, state, wrapped_key) "
        "VALUES(?, (SELECT coalesce(max(number), 0) + 1 FROM report), ?, ?, ?, ?, ?, ?, ?, ?, "
        "'open', ?)",
        id, reporter, report.client_id, mac, report.alleged, name_of(report.reason), clock_.now(),
        report.messages.size(), intake.verified, wrapped);
    tx.run("INSERT INTO evidence(report, item, sealed) VALUES(?, 0, ?)", id, sealed_record);
    for (const auto& [item, sealed] : sealed_pictures) {
      tx.run("INSERT INTO evidence(report, item, sealed) VALUES(?, ?, ?)", id, item, sealed);
    }
    return id;
  });
}

// --- Review
// ------------------------------------------------------------------------------------------------

Result<std::vector<CaseSummary>> Cases::list(std::optional<State> state, std::uint64_t after) {
  return database_.read([&](store::Transaction& tx) -> Result<std::vector<CaseSummary>> {
    const auto rows =
        state ? tx.rows(
                    "SELECT id, number, received_ms, reason, state, messages, verified FROM report "
                    "WHERE state = ? AND number > ? ORDER BY number LIMIT ?",
                    name_of(*state), after, kPage)
              : tx.rows(
                    "SELECT id, number, received_ms, reason, state, messages, verified FROM report "
                    "WHERE number > ? ORDER BY number LIMIT ?",
                    after, kPage);
    std::vector<CaseSummary> out;
    for (const auto& row : rows) {
      out.push_back(summary_of(row));
    }
    return out;
  });
}

Result<CaseDetail> Cases::detail(const ReportId& report) {
  return database_.read([&](store::Transaction& tx) -> Result<CaseDetail> {
    const auto row = tx.row(
        "SELECT id, number, received_ms, reason, state, messages, verified, reporter, alleged, "
        "wrapped_key, sealed "
        "FROM report JOIN evidence ON evidence.report = report.id AND evidence.item = 0 WHERE id = "
        "?",
        report);
    if (!row) {
      return fail(ErrorCode::not_found, kWhere);
    }
    LK_TRY(key, case_key(report, row->blob(9)));
    LK_TRY(bytes, open_sealed(key, associated_with_evidence(report, 0), row->blob(10)));
    LK_TRY(record, decode_case_record(bytes));
    CaseDetail out{summary_of(*row),
                   row->id<AccountId>(7),
                   row->id<AccountId>(8),
                   std::move(record.note),
                   std::move(record.statement),
                   std::move(record.messages),
                   {},
                   {}};
    out.gaps = gaps_of(out.messages);
    for (const auto& made :
         tx.rows("SELECT decision, sealed_reason, reviewer, decided_ms FROM decision "
                 "WHERE report = ? ORDER BY number",
                 report)) {
      LK_TRY(kind, decision_from_name(made.text(0)));
      LK_TRY(reason, open_sealed(key, associated_with("lightkeeper decision reason v1", report, 0),
                                 made.blob(1)));
      out.decisions.push_back(
          {kind, std::string(as_text(reason)), made.id<AccountId>(2), UnixMillis{made.number(3)}});
    }
    return out;
  });
}

Result<Picture> Cases::picture(const ReportId& report, std::size_t message,
                               std::size_t attachment) {
  if (message >= kMaxReportedMessages || attachment >= franking::kMaxAttachments) {
    return fail(ErrorCode::not_found, kWhere);
  }
  LK_TRY(view, detail(report));
  if (message >= view.messages.size() || attachment >= view.messages[message].attachments.size()) {
    return fail(ErrorCode::not_found, kWhere);
  }
  const auto item = item_of(message, attachment);
  LK_TRY(bytes, database_.read([&](store::Transaction& tx) -> Result<Bytes> {
    const auto row = tx.row(
        "SELECT wrapped_key, sealed FROM report JOIN evidence ON evidence.report = report.id "
        "WHERE id = ? AND item = ?",
        report, item);
    if (!row) {
      return fail(ErrorCode::not_found, kWhere);
    }
    LK_TRY(key, case_key(report, row->blob(0)));
    return open_sealed(key, associated_with_evidence(report, item), row->blob(1));
  }));
  return Picture{view.messages[message].attachments[attachment].media_type, std::move(bytes)};
}

Status Cases::decide(const AccountId& reviewer, const ReportId& report, DecisionKind kind,
                     std::string_view reason) {
  if (reason.empty() || reason.size() > kMaxDecisionReason) {
    return fail(ErrorCode::bad_argument, kWhere, "a decision has a reason of at most 4096 bytes");
  }
  LK_TRY(view, detail(report));
  if (!view.decisions.empty()) {
    const auto& last = view.decisions.back();
    if (last.kind == kind && last.reviewer == reviewer && last.reason == reason) {
      return {};
    }
  }
  return database_.write([&](store::Transaction& tx) -> Status {
    const auto row = tx.row("SELECT wrapped_key FROM report WHERE id = ?", report);
    if (!row) {
      return fail(ErrorCode::not_found, kWhere);
    }
    LK_TRY(key, case_key(report, row->blob(0)));
    const auto sealed =
        seal(key, associated_with("lightkeeper decision reason v1", report, 0), as_bytes(reason));
    const auto before = tx.row("SELECT chain FROM decision ORDER BY number DESC LIMIT 1");
    const auto now = clock_.now();
    const auto chain = chain_of(before ? BytesView(before->blob(0)) : BytesView(), report, reviewer,
                                name_of(kind), sealed, now.value);
    tx.run(
        "INSERT INTO decision(report, reviewer, decision, sealed_reason, decided_ms, chain) "
        "VALUES(?, ?, ?, ?, ?, ?)",
        report, reviewer, name_of(kind), sealed, now, chain);
    tx.run("UPDATE report SET state = 'decided' WHERE id = ?", report);
    return {};
  });
}

Result<std::vector<std::string>> Cases::faults() {
  std::vector<std::string> out;
  std::uint64_t after = 0;
  for (;;) {
    LK_TRY(page, list(std::nullopt, after));
    for (const auto& summary : page) {
      const auto view = detail(summary.report);
      if (!view) {
        out.push_back("report " + summary.report.hex() +
                      " does not open: " + view.error().message());
        continue;
      }
      for (std::size_t m = 0; m < view->messages.size(); ++m) {
        for (std::size_t a = 0; a < view->messages[m].attachments.size(); ++a) {
          if (view->messages[m].attachments[a].stored && !picture(summary.report, m, a)) {
            out.push_back("a picture of report " + summary.report.hex() + " does not open");
          }
        }
      }
    }
    if (page.size() < kPage) {
      break;
    }
    after = page.back().number;
  }
  auto walked = database_.read([&](store::Transaction& tx) -> Status {
    Bytes before;
    for (const auto& row :
         tx.rows("SELECT number, report, reviewer, decision, sealed_reason, decided_ms, chain "
                 "FROM decision ORDER BY number")) {
      if (row.array<32>(6) != chain_of(before, row.id<ReportId>(1), row.id<AccountId>(2),
                                       row.text(3), row.blob(4), row.number(5))) {
        out.push_back("decision " + std::to_string(row.integer(0)) +
                      " does not follow from the one before it");
      }
      before = row.blob(6);
    }
    return {};
  });
  LK_CHECK_OK(std::move(walked));
  return out;
}

}  // namespace lightkeeper::cases
