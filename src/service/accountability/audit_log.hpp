// The audit log: who did what to which case, when; append-only, as leaves of a Merkle tree whose
// head is signed again and again (core/log).
//
// Who learns what: auditors (Permission::read_audit) and whoever has the database or an exported
// file learn which account did what to which case id, and when. No entry holds content. A
// checkpoint tells how many entries there are; it may be published.
//
// An entry is written in the same transaction as the deed, so there is no deed without its entry.
// At most every `interval` the same transaction signs the new head; checkpoint() signs on demand.
#pragma once

#include <filesystem>
#include <mutex>

#include "core/base/clock.hpp"
#include "core/log/checkpoint.hpp"
#include "service/accountability/entry.hpp"

namespace lightkeeper::accountability {

constexpr std::size_t kMaxPage = 500;

/// The log's name and key: "lightkeeper.audit/" and 16 hexadecimal digits of the SHA-256 of the
/// public key. `seed` is 32 bytes.
[[nodiscard]] Result<log::NoteSigner> log_signer(BytesView seed);

/// Thread-safe. The references must outlive it.
class AuditLog {
 public:
  /// `interval_ms`: 0 signs with each entry.
  AuditLog(store::Database& database, Clock& clock, log::NoteSigner signer,
           std::uint64_t interval_ms);

  /// For the rooms; calls append(). Keeps a pointer to this.
  [[nodiscard]] store::AuditSink sink();
  /// `bad_argument` for an entry that check() refuses, `storage_failed`. O(log n): reads at most
  /// one and writes on average two nodes.
  [[nodiscard]] Status append(store::Transaction& tx, const store::AuditEntry& entry);
  /// In a transaction of its own, for what changes nothing else: reads of evidence, refusals.
  [[nodiscard]] Status record(const store::AuditEntry& entry);

  /// Oldest first, those after number `after`, at most `limit` and kMaxPage.
  [[nodiscard]] Result<std::vector<LoggedEntry>> entries(std::uint64_t after, std::size_t limit);
  /// Signed, over all entries so far; made if the newest is older.
  [[nodiscard]] Result<std::string> checkpoint();
  /// That entry `number` is in the log, to be handed on by itself; `not_found`.
  [[nodiscard]] Result<log::PortableProof> inclusion(std::uint64_t number);
  /// That the log of the checkpoint that checkpoint() gives begins with the log that had
  /// `old_size` entries.
  struct Growth {
    std::string checkpoint;
    log::Proof proof;
  };
  [[nodiscard]] Result<Growth> consistency(std::uint64_t old_size);
  /// Self-contained (export_file.hpp); `too_large` beyond kMaxExport.
  [[nodiscard]] Result<Bytes> export_file();

  /// Keeps the newest checkpoint in a file, outside the database. `log_tampered`, and the file
  /// stays as it is, when the log does not begin with what the file's checkpoint signs.
  [[nodiscard]] Status publish(const std::filesystem::path& file);

  [[nodiscard]] const log::VerifierKey& key() const { return signer_.verifier(); }

 private:
  [[nodiscard]] std::string sign_head(store::Transaction& tx, std::uint64_t size);
  [[nodiscard]] std::string newest_checkpoint(store::Transaction& tx);

  store::Database& database_;
  Clock& clock_;
  log::NoteSigner signer_;
  std::uint64_t interval_ms_;
  std::mutex publishing_;
};

}  // namespace lightkeeper::accountability
