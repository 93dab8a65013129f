#include "service/accountability/audit_log.hpp"

#include <algorithm>

#include "service/accountability/export_file.hpp"
#include "service/accountability/rows.hpp"
#include "service/store/files.hpp"

namespace lightkeeper::accountability {

namespace {

constexpr std::string_view kWhere = "audit";
constexpr std::uint64_t kExportBatch = 5000;
constexpr std::size_t kMaxExportedCheckpoints = 256;

std::uint64_t size_of(store::Transaction& tx) {
  return tx.row("SELECT coalesce(max(number), 0) FROM audit_entry")->number(0);
}

/// Throws StoreFailure for a node that is not there: then the log is damaged, and the caller's
/// transaction ends.
log::Hash node_at(store::Transaction& tx, log::NodeAt at) {
  const auto row =
      tx.row("SELECT hash FROM audit_node WHERE level = ? AND position = ?", at.level, at.index);
  if (!row) {
    throw store::StoreFailure("the tree of the audit log is damaged");
  }
  return row->array<32>(0);
}
log::NodeSource nodes_of(store::Transaction& tx) {
  return [&tx](log::NodeAt at) -> Result<log::Hash> { return node_at(tx, at); };
}

}  // namespace

Result<log::NoteSigner> log_signer(BytesView seed) {
  LK_TRY(keys, crypto::signing_key_from_seed(seed));
  const auto digest = crypto::sha256(keys.public_key.bytes);
  return log::NoteSigner::create("lightkeeper.audit/" + to_hex(BytesView(digest).first(8)),
                                 std::move(keys));
}

AuditLog::AuditLog(store::Database& database, Clock& clock, log::NoteSigner signer,
                   std::uint64_t interval_ms)
    : database_(database), clock_(clock), signer_(std::move(signer)), interval_ms_(interval_ms) {}

store::AuditSink AuditLog::sink() {
  return
      [this](store::Transaction& tx, const store::AuditEntry& entry) { return append(tx, entry); };
}

Status AuditLog::append(store::Transaction& tx, const store::AuditEntry& entry) {
  LK_CHECK_OK(check(entry));
  const auto size = size_of(tx);
  if (size >= log::kMaxTreeSize) {
    return fail(ErrorCode::too_large, kWhere);
  }
  const LoggedEntry logged{size + 1, clock_.now(), entry};
  tx.run(
      "INSERT INTO audit_entry(number, at_ms, action, actor, subject, detail) VALUES(?, ?, ?, ?, "
      "?, ?)",
      logged.number, logged.at, entry.action, entry.actor, entry.subject, entry.detail);
  log::NodeAt at{0, size};
  auto hash = log::leaf_hash(encode(logged));
  for (;;) {
    tx.run("INSERT INTO audit_node(level, position, hash) VALUES(?, ?, ?)", at.level, at.index,
           BytesView(hash));
    if (at.index % 2 == 0) {
      break;
    }
    hash = log::node_hash(node_at(tx, {at.level, at.index - 1}), hash);
    at = {static_cast<std::uint8_t>(at.level + 1), at.index / 2};
  }
  const auto last = tx.row("SELECT at_ms FROM audit_checkpoint ORDER BY size DESC LIMIT 1");
  const auto now = logged.at.value;
  if (!last || now < last->number(0) || now - last->number(0) >= interval_ms_) {
    (void)sign_head(tx, logged.number);
  }
  return {};
}

Status AuditLog::record(const store::AuditEntry& entry) {
  return database_.write([&](store::Transaction& tx) { return append(tx, entry); });
}

std::string AuditLog::sign_head(store::Transaction& tx, std::uint64_t size) {
  const auto root = log::root_at(size, nodes_of(tx));
  const auto note = root ? log::sign_checkpoint({signer_.verifier().name, size, *root, {}}, signer_)
                         : Result<std::string>(std::unexpected(root.error()));
  if (!note) {
    throw store::StoreFailure("the head of the audit log cannot be signed");
  }
  tx.run("INSERT INTO audit_checkpoint(size, at_ms, note) VALUES(?, ?, ?)", size, clock_.now(),
         *note);
  return *note;
}

std::string AuditLog::newest_checkpoint(store::Transaction& tx) {
  const auto size = size_of(tx);
  const auto row = tx.row("SELECT note FROM audit_checkpoint WHERE size = ?", size);
  return row ? row->text(0) : sign_head(tx, size);
}

Result<std::vector<LoggedEntry>> AuditLog::entries(std::uint64_t after, std::size_t limit) {
  return database_.read([&](store::Transaction& tx) -> Result<std::vector<LoggedEntry>> {
    std::vector<LoggedEntry> out;
    for (const auto& row :
         tx.rows("SELECT number, at_ms, action, actor, subject, detail FROM audit_entry WHERE "
                 "number > ? ORDER BY number LIMIT ?",
                 after, std::min(limit, kMaxPage))) {
      out.push_back(entry_of(row));
    }
    return out;
  });
}

Result<std::string> AuditLog::checkpoint() {
  return database_.write(
      [&](store::Transaction& tx) -> Result<std::string> { return newest_checkpoint(tx); });
}

Result<log::PortableProof> AuditLog::inclusion(std::uint64_t number) {
  return database_.write([&](store::Transaction& tx) -> Result<log::PortableProof> {
    const auto size = size_of(tx);
    if (number == 0 || number > size) {
      return fail(ErrorCode::not_found, kWhere);
    }
    LK_TRY(hashes, log::inclusion_proof(number - 1, size, nodes_of(tx)));
    return log::PortableProof{{}, number - 1, std::move(hashes), newest_checkpoint(tx)};
  });
}

Result<AuditLog::Growth> AuditLog::consistency(std::uint64_t old_size) {
  return database_.write([&](store::Transaction& tx) -> Result<Growth> {
    LK_TRY(proof, log::consistency_proof(old_size, size_of(tx), nodes_of(tx)));
    return Growth{newest_checkpoint(tx), std::move(proof)};
  });
}

Result<Bytes> AuditLog::export_file() {
  return database_.write([&](store::Transaction& tx) -> Result<Bytes> {
    ExportWriter out(key(), newest_checkpoint(tx));
    // Older checkpoints tell between which two a change lies; evenly spread, not all of them.
    const auto count = tx.row("SELECT count(*) FROM audit_checkpoint")->number(0);
    const auto step = count / kMaxExportedCheckpoints + 1;
    std::vector<std::string> older;
    for (const auto& row : tx.rows("SELECT note FROM (SELECT size, note, row_number() OVER (ORDER "
                                   "BY size) AS place FROM audit_checkpoint) WHERE place % ? = 0 "
                                   "ORDER BY size",
                                   step)) {
      older.push_back(row.text(0));
    }
    LK_CHECK_OK(out.checkpoints(older));
    const auto size = size_of(tx);
    out.count(size);
    std::uint64_t after = 0;
    while (after < size) {
      const auto rows = tx.rows(
          "SELECT number, at_ms, action, actor, subject, detail FROM audit_entry WHERE "
          "number > ? ORDER BY number LIMIT ?",
          after, kExportBatch);
      if (rows.empty()) {
        break;
      }
      for (const auto& row : rows) {
        const auto entry = entry_of(row);
        LK_CHECK_OK(out.entry(entry));
        after = entry.number;
      }
    }
    return out.take();
  });
}

Status AuditLog::publish(const std::filesystem::path& file) {
  const std::scoped_lock lock(publishing_);
  LK_TRY(newest, checkpoint());
  const auto before = store::read_file(file, log::kMaxNote);
  if (before) {
    if (as_text(*before) == newest) {
      return {};
    }
    const auto tampered = [] {
      return fail(ErrorCode::log_tampered, kWhere,
                  "the log does not begin with what its kept checkpoint signs");
    };
    const auto old = log::open_checkpoint(as_text(*before), key());
    if (!old) {
      return tampered();
    }
    LK_TRY(now, log::open_checkpoint(newest, key()));
    if (old->size > now.size) {
      return tampered();
    }
    LK_TRY(root, database_.read([&](store::Transaction& tx) -> Result<log::Hash> {
      return log::root_at(old->size, nodes_of(tx));
    }));
    if (root != old->root) {
      return tampered();
    }
  } else if (before.error().code != ErrorCode::not_found) {
    return std::unexpected(before.error());
  }
  return store::write_durably(file, as_bytes(newest));
}

}  // namespace lightkeeper::accountability
