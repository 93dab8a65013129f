// What stands in the folder of a service: service.db, attachments/, keys/ and a lock.
//
// keys/stamp-root, keys/evidence and keys/names are 0600 or refused. Without keys/evidence the
// evidence of reports does not open; without keys/stamp-root earlier stamps cannot be checked. A
// backup does not hold them.
#pragma once

#include <filesystem>
#include <memory>

#include "core/base/clock.hpp"
#include "core/base/rng.hpp"
#include "service/store/audit.hpp"
#include "service/store/database.hpp"

namespace lightkeeper::service {

struct DataFolder {
  std::filesystem::path path;
  std::unique_ptr<store::Database> database;
  SecretBytes stamp_root, evidence_key, name_secret;

  [[nodiscard]] std::filesystem::path attachments() const { return path / "attachments"; }
};

enum class IfAbsent : std::uint8_t { create, refuse };

/// Opens the folder, migrates the database and reads the keys; creates what is missing, or refuses
/// with `not_found` when there is no database. Works beside a running service.
[[nodiscard]] Result<DataFolder> open_data_folder(const std::filesystem::path& path,
                                                  IfAbsent absent, Clock& clock, Rng& rng);

/// Where the rooms of this folder's service write what they did. `folder` must outlive it.
[[nodiscard]] store::AuditSink audit_sink(DataFolder& folder);

/// One line for each fault of the database, of attachments, of sealed cases and of the chain of
/// decisions.
[[nodiscard]] Result<std::vector<std::string>> verify_data_folder(DataFolder& folder, Clock& clock,
                                                                  Rng& rng);

/// Copies database and attachments to a new folder, consistently and while the service runs. Keys
/// stay out.
[[nodiscard]] Status back_up(DataFolder& folder, const std::filesystem::path& target);

}  // namespace lightkeeper::service
