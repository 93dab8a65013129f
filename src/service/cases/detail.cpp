// Reading a case: everything is opened inside the transaction that puts the reading on record.
#include <algorithm>
#include <map>
#include <set>

#include "core/base/codec.hpp"
#include "service/cases/case_row.hpp"
#include "service/cases/opened_report.hpp"

namespace lightkeeper::cases {

namespace {

constexpr std::string_view kWhere = "cases";

std::vector<std::pair<std::uint64_t, std::uint64_t>> gaps_of(
    std::span<const MessageView> messages) {
  std::map<ConversationId, std::vector<std::uint64_t>> positions;
  for (const auto& message : messages) {
    if (message.proof.evidence_class() != EvidenceClass::not_verified) {
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

void add_paragraph(std::string& text, std::string_view more) {
  if (!more.empty()) {
    text += (text.empty() ? "" : "\n\n") + std::string(more);
  }
}

/// Messages that several reports hold stand here once: proven before claimed.
std::vector<MessageView> merged(std::vector<CaseRecord>& records) {
  std::vector<MessageView> out;
  std::map<crypto::Digest, std::size_t> seen;
  for (auto& record : records) {
    for (std::size_t i = 0; i < record.messages.size(); ++i) {
      auto& message = record.messages[i];
      if (const auto& evidence = record.evidence[i]) {
        const auto digest = crypto::sha256(Writer()
                                               .bytes(evidence->content)
                                               .fixed(evidence->opening_key.bytes)
                                               .bytes(evidence->context)
                                               .fixed(evidence->stamp)
                                               .take());
        const auto [place, fresh] = seen.emplace(digest, out.size());
        if (!fresh) {
          if (!out[place->second].proof.verified() && message.proof.verified()) {
            out[place->second] = std::move(message);
          }
          continue;
        }
      }
      out.push_back(std::move(message));
    }
  }
  return out;
}

}  // namespace

std::string_view name_of(AppealState state) {
  switch (state) {
    case AppealState::upheld:
      return "upheld";
    case AppealState::changed:
      return "changed";
    case AppealState::open:
      break;
  }
  return "open";
}

Result<crypto::AeadKey> Cases::key_of(store::Transaction& tx, const ReportId& id) {
  const auto row = tx.row("SELECT wrapped_key FROM report WHERE id = ? AND case_id = ?", id, id);
  if (!row) {
    return fail(ErrorCode::not_found, kWhere);
  }
  return vault_.case_key(id, row->blob(0));
}

Result<std::vector<Cases::OpenedReport>> Cases::open_reports(store::Transaction& tx,
                                                             const ReportId& id,
                                                             const crypto::AeadKey& key) const {
  std::vector<OpenedReport> out;
  for (const auto& row :
       tx.rows("SELECT report.id, ordinal, kind, reporter, reason, received_ms, sealed FROM report "
               "LEFT JOIN evidence ON evidence.report = report.id AND item = 0 "
               "WHERE case_id = ? ORDER BY ordinal",
               id)) {
    OpenedReport report;
    report.id = row.id<ReportId>(0);
    report.ordinal = static_cast<std::uint32_t>(row.number(1));
    report.kind = row.text(2);
    report.reporter = row.id<AccountId>(3);
    LK_TRY(harm, harm_from_name(row.text(4)));
    report.harm = harm;
    report.received = UnixMillis{row.number(5)};
    if (row.null(6)) {
      return fail(ErrorCode::decryption_failed, kWhere, "a report of the case has no record");
    }
    LK_TRY(bytes, Vault::open(key, place_of_evidence(report.id, 0), row.blob(6)));
    LK_TRY(record, decode_case_record(bytes, report.ordinal));
    report.record = std::move(record);
    out.push_back(std::move(report));
  }
  return out;
}

Result<std::vector<DecisionMade>> Cases::decisions_of(store::Transaction& tx, const ReportId& id,
                                                      const crypto::AeadKey& key) const {
  std::vector<DecisionMade> out;
  for (const auto& row :
       tx.rows("SELECT decision, sealed_reason, reviewer, decided_ms, deed, policy_version, agrees "
               "FROM decision WHERE report = ? ORDER BY number",
               id)) {
    LK_TRY(kind, decision_from_name(row.text(0)));
    LK_TRY(reason,
           Vault::open(key, place_of("lightkeeper decision reason v1", id, 0), row.blob(1)));
    LK_TRY(deed, deed_from_name(row.text(4)));
    DecisionMade made;
    made.kind = kind;
    made.deed = deed;
    made.reason = std::string(as_text(reason));
    made.reviewer = row.id<AccountId>(2);
    made.decided = UnixMillis{row.number(3)};
    made.policy_version = row.text(5);
    if (!row.null(6)) {
      made.agrees = row.integer(6) != 0;
    }
    out.push_back(std::move(made));
  }
  return out;
}

Result<CaseDetail> Cases::detail_in(store::Transaction& tx, const Row& row,
                                    const SecretBytes& digest_key) {
  LK_TRY(key, key_of(tx, row.id));
  LK_TRY(reports, open_reports(tx, row.id, key));
  CaseDetail out;
  out.summary = summary_of(row);
  std::vector<CaseRecord> records;
  std::string statements;
  for (auto& report : reports) {
    ReportLine line{report.id, report.received, std::nullopt, report.harm};
    if (report.kind != "provider_record") {
      line.reporter = report.reporter;
      if (std::ranges::find(out.reporters, report.reporter) == out.reporters.end()) {
        out.reporters.push_back(report.reporter);
      }
    }
    out.reports.push_back(line);
    add_paragraph(out.note, report.record.note);
    add_paragraph(out.note, report.record.found_by);
    add_paragraph(statements, report.record.statement.value_or(""));
    if (report.record.voucher) {
      out.vouchers.push_back(*report.record.voucher);
    }
    records.push_back(std::move(report.record));
  }
  if (!statements.empty()) {
    out.statement = std::move(statements);
  }
  out.messages = merged(records);
  for (auto& message : out.messages) {
    for (auto& attachment : message.attachments) {
      if (attachment.stored && !attachment.hashes) {  // a case from before step 4
        LK_TRY(file, file_in(tx, row.id, attachment.item));
        attachment.hashes = file.file.hashes;
      }
    }
  }
  out.gaps = gaps_of(out.messages);
  LK_TRY(decisions, decisions_of(tx, row.id, key));
  out.decisions = std::move(decisions);
  if (row.state == State::awaiting_second && !out.decisions.empty()) {
    out.second_pending = out.decisions.back();
  }
  if (const auto made =
          tx.row("SELECT sealed_words, made_ms, state, sealed_reason FROM appeal WHERE case_id = ? "
                 "ORDER BY made_ms DESC LIMIT 1",
                 row.id)) {
    AppealView view;
    LK_TRY(words, Vault::open(key, place_of("lightkeeper appeal v1", row.id, 0), made->blob(0)));
    view.words = std::string(as_text(words));
    view.made = UnixMillis{made->number(1)};
    view.state = made->text(2) == "upheld"    ? AppealState::upheld
                 : made->text(2) == "changed" ? AppealState::changed
                                              : AppealState::open;
    if (!made->null(3)) {
      LK_TRY(reason,
             Vault::open(key, place_of("lightkeeper appeal reason v1", row.id, 0), made->blob(3)));
      view.reason = std::string(as_text(reason));
    }
    out.appeal = std::move(view);
  }
  if (const auto told = tx.row(
          "SELECT id, sealed FROM notice WHERE case_id = ? AND kind = 'statement_of_reasons' "
          "ORDER BY made_ms DESC LIMIT 1",
          row.id)) {
    LK_TRY(bytes, Vault::open(key, place_of("lightkeeper notice v1", told->id<ReportId>(0), 0),
                              told->blob(1)));
    LK_TRY(words, decode_words(bytes));
    out.statement_of_reasons = std::move(words);
  }
  std::set<crypto::Digest> looked_at;
  const auto elsewhere = [&](const AttachmentView& attachment) {
    if (!attachment.hashes || !looked_at.insert(attachment.hashes->sha256).second) {
      return;
    }
    Duplicate duplicate{attachment.hashes->sha256, {}};
    for (const auto& other :
         tx.rows("SELECT DISTINCT case_id FROM evidence_file WHERE sha256_mac = ? AND case_id != ? "
                 "LIMIT 200",
                 keyed(digest_key, "sha256", attachment.hashes->sha256), row.id)) {
      duplicate.cases.push_back(other.id<ReportId>(0));
    }
    if (!duplicate.cases.empty()) {
      out.duplicates.push_back(std::move(duplicate));
    }
  };
  for (const auto& message : out.messages) {
    std::ranges::for_each(message.attachments, elsewhere);
  }
  for (const auto& voucher : out.vouchers) {
    if (voucher.picture) {
      elsewhere(*voucher.picture);
    }
  }
  return out;
}

Result<CaseDetail> Cases::detail(const Staff& staff, const ReportId& id) {
  LK_TRY(digest_key, vault_.digest_key());
  return deed(staff, id, [&](store::Transaction& tx) -> Result<CaseDetail> {
    LK_TRY(row, row_for(tx, staff, id));
    LK_TRY(out, detail_in(tx, row, digest_key));
    // Cases that this account does not look after are not named to it.
    for (auto& duplicate : out.duplicates) {
      std::erase_if(duplicate.cases,
                    [&](const ReportId& other) { return !row_for(tx, staff, other).has_value(); });
    }
    std::erase_if(out.duplicates, [](const Duplicate& one) { return one.cases.empty(); });
    if (row.assigned == staff.account) {  // reading is working on it
      tx.run("UPDATE review_case SET assigned_ms = ? WHERE id = ?", clock_.now(), id);
    }
    LK_CHECK_OK(note(tx, "evidence.read", staff.account, id, "the case"));
    return out;
  });
}

Result<EvidenceBytes> Cases::file_in(store::Transaction& tx, const ReportId& id,
                                     std::uint32_t item) {
  if (item == 0) {
    return fail(ErrorCode::not_found, kWhere);  // the written record is no file
  }
  LK_TRY(key, key_of(tx, id));
  const auto row = tx.row(
      "SELECT evidence.report, sealed FROM evidence JOIN report ON report.id = evidence.report "
      "WHERE case_id = ? AND item = ?",
      id, item);
  if (!row) {
    return fail(ErrorCode::not_found, kWhere);
  }
  LK_TRY(bytes, Vault::open(key, place_of_evidence(row->id<ReportId>(0), item), row->blob(1)));
  LK_TRY(reports, open_reports(tx, id, key));
  for (const auto& report : reports) {
    std::vector<const AttachmentView*> views;
    for (const auto& message : report.record.messages) {
      for (const auto& attachment : message.attachments) {
        views.push_back(&attachment);
      }
    }
    if (report.record.voucher && report.record.voucher->picture) {
      views.push_back(&*report.record.voucher->picture);
    }
    for (const auto* view : views) {
      if (view->item == item && view->stored) {
        LK_TRY(hashes, hashes_of(bytes));
        if (view->hashes && *view->hashes != hashes) {
          return fail(ErrorCode::decryption_failed, kWhere, "a file is not the one that was kept");
        }
        return EvidenceBytes{{item, view->media_type, view->proof.evidence_class(),
                              view->proof.why(), bytes.size(), hashes},
                             std::move(bytes)};
      }
    }
  }
  return fail(ErrorCode::not_found, kWhere);
}

Result<EvidenceBytes> Cases::file(const Staff& staff, const ReportId& id, std::uint32_t item) {
  return deed(staff, id, [&](store::Transaction& tx) -> Result<EvidenceBytes> {
    LK_TRY(row, row_for(tx, staff, id));
    LK_TRY(out, file_in(tx, row.id, item));
    LK_CHECK_OK(note(tx, "evidence.read", staff.account, id, "item " + std::to_string(item)));
    return out;
  });
}

Result<EvidenceBytes> Cases::file_for_sending(const AccountId& queued_by, const ReportId& id,
                                              std::uint32_t item) {
  return database_.write([&](store::Transaction& tx) -> Result<EvidenceBytes> {
    LK_TRY(row, row_of(tx, id));
    LK_TRY(out, file_in(tx, row.id, item));
    LK_CHECK_OK(
        note(tx, "evidence.read", queued_by, id, "item " + std::to_string(item) + " for a report"));
    return out;
  });
}

Result<std::vector<EvidenceFile>> Cases::files(const ReportId& id) {
  return database_.read([&](store::Transaction& tx) -> Result<std::vector<EvidenceFile>> {
    LK_TRY(row, row_of(tx, id));
    LK_TRY(key, key_of(tx, id));
    LK_TRY(reports, open_reports(tx, id, key));
    std::vector<EvidenceFile> out;
    for (const auto& report : reports) {
      const auto add = [&](const AttachmentView& view) -> Status {
        if (view.stored) {
          auto hashes = view.hashes;
          if (!hashes) {
            LK_TRY(file, file_in(tx, id, view.item));
            hashes = file.file.hashes;
          }
          out.push_back({view.item, view.media_type, view.proof.evidence_class(), view.proof.why(),
                         view.size, *hashes});
        }
        return {};
      };
      for (const auto& message : report.record.messages) {
        for (const auto& attachment : message.attachments) {
          LK_CHECK_OK(add(attachment));
        }
      }
      if (report.record.voucher && report.record.voucher->picture) {
        LK_CHECK_OK(add(*report.record.voucher->picture));
      }
    }
    return out;
  });
}

Result<Harm> Cases::harm_of(const ReportId& id) {
  return database_.read([&](store::Transaction& tx) -> Result<Harm> {
    LK_TRY(row, row_of(tx, id));
    return row.facts.harm;
  });
}

Status Cases::note(store::Transaction& tx, std::string_view action, std::optional<AccountId> actor,
                   const ReportId& id, std::string detail) const {
  if (!audit_) {
    return fail(ErrorCode::internal, kWhere, "there is no audit log");
  }
  return audit_(tx, {std::string(action), actor, "case:" + id.hex(), std::move(detail)});
}

Error Cases::refused(const Staff& staff, const ReportId& id, const Error& error) {
  std::string_view action;
  switch (error.code) {
    case ErrorCode::not_in_scope:
    case ErrorCode::needs_another_person:
    case ErrorCode::not_allowed:
      action = "access.refused";
      break;
    case ErrorCode::decryption_failed:
    case ErrorCode::bad_format:
    case ErrorCode::truncated:
    case ErrorCode::trailing_data:
    case ErrorCode::unsupported_version:
      action = "evidence.damaged";
      break;
    default:
      return error;
  }
  const auto noted = database_.write([&](store::Transaction& tx) {
    return note(tx, action, staff.account, id, std::string(describe(error.code).name));
  });
  return noted ? error : noted.error();
}

}  // namespace lightkeeper::cases
