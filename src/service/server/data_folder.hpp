// What stands in the folder of a service: service.db, attachments/, keys/, audit/, a lock and
// `address`, where the service that holds the lock listens.
//
// keys/stamp-root, keys/evidence, keys/names, keys/review and keys/audit-log are 0600 or refused.
// review.pub is the public key of viewing events and destruction certificates. Without
// keys/evidence the evidence of reports does not open; without keys/stamp-root earlier stamps
// cannot be checked; without keys/audit-log the audit log cannot go on under its name. A backup
// does not hold them. audit/log.pub is the audit log's public key and audit/checkpoint its newest
// signed head, outside the database.
#pragma once

#include <filesystem>
#include <memory>

#include "core/base/clock.hpp"
#include "core/base/rng.hpp"
#include "service/accountability/audit_log.hpp"
#include "service/evidence_keys/token.hpp"
#include "service/store/audit.hpp"
#include "service/store/database.hpp"

namespace lightkeeper::service {

struct DataFolder {
  std::filesystem::path path;
  std::unique_ptr<store::Database> database;
  SecretBytes stamp_root, evidence_key, name_secret;
  /// Wraps the keys of cases: under keys/evidence, or under a token's key after use_token().
  std::unique_ptr<Rng> wrapping_rng;
  std::unique_ptr<evidence_keys::EvidenceKeys> wrapping;
  SecretBytes review_key;  // signs viewing events and destruction certificates
  /// On the machine's own clock.
  std::unique_ptr<Clock> audit_clock;
  std::unique_ptr<accountability::AuditLog> audit_log;

  [[nodiscard]] std::filesystem::path attachments() const { return path / "attachments"; }
  [[nodiscard]] std::filesystem::path audit_checkpoint() const {
    return path / "audit" / "checkpoint";
  }
};

enum class IfAbsent : std::uint8_t { create, refuse };

/// Opens the folder, migrates the database and reads the keys; creates what is missing, or refuses
/// with `not_found` when there is no database. Works beside a running service.
[[nodiscard]] Result<DataFolder> open_data_folder(const std::filesystem::path& path,
                                                  IfAbsent absent, Clock& clock, Rng& rng);

/// New keys are wrapped under the token's key from now on; what keys/evidence has wrapped still
/// opens. Errors of evidence_keys::token_key().
[[nodiscard]] Status use_token(DataFolder& folder, const evidence_keys::TokenSettings& token);

/// Where the rooms of this folder's service write what they did. What `folder` points to must
/// outlive it.
[[nodiscard]] store::AuditSink audit_sink(DataFolder& folder);

/// One line for each fault of the database, of attachments, of sealed cases, of the chain of
/// decisions and of the audit log.
[[nodiscard]] Result<std::vector<std::string>> verify_data_folder(DataFolder& folder, Clock& clock,
                                                                  Rng& rng);

/// Copies database, attachments and the audit log's public key and checkpoint to a new folder,
/// consistently and while the service runs. Secret keys stay out.
[[nodiscard]] Status back_up(DataFolder& folder, const std::filesystem::path& target);

}  // namespace lightkeeper::service
