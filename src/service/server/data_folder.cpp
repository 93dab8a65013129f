#include "service/server/data_folder.hpp"

#include "core/lists/key_file.hpp"
#include "service/accountability/verification.hpp"
#include "service/cases/cases.hpp"
#include "service/messaging/attachments.hpp"
#include "service/server/evidence_desk.hpp"
#include "service/store/files.hpp"
#include "service/store/system_clock.hpp"
#include "service/tips/tips.hpp"

namespace lightkeeper::service {

namespace {

// How many milliseconds of the audit log's newest entries may be without a signature while it is
// being written; the housekeeper signs the rest within a minute.
constexpr std::uint64_t kAuditInterval = 10'000;

/// Copies files that are not in the target yet. Attachments never change, so a name that is there
/// is done.
Status copy_missing(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(from, error)) {
    const auto target = to / entry.path().filename();
    if (entry.path().extension() == ".part" || std::filesystem::exists(target)) {
      continue;
    }
    auto bytes = store::read_file(entry.path(), messaging::kMaxAttachmentCiphertext);
    if (!bytes && bytes.error().code == ErrorCode::not_found) {
      continue;  // removed meanwhile by the retention job
    }
    LK_CHECK_OK(bytes);
    LK_CHECK_OK(store::write_durably(target, *bytes));
  }
  if (error) {
    return fail(ErrorCode::io_failed, "backup");
  }
  return {};
}

Status keep_public_key(const std::filesystem::path& directory, const log::VerifierKey& key) {
  LK_CHECK_OK(store::make_private_directory(directory));
  const auto text = key.text() + "\n";
  const auto kept = store::read_file(directory / "log.pub", log::kMaxNote);
  if (kept && as_text(*kept) == text) {
    return {};
  }
  return store::write_durably(directory / "log.pub", as_bytes(text));
}

/// For whoever checks viewing events and destruction certificates without the service.
Status keep_review_key(const std::filesystem::path& file, const SecretBytes& seed) {
  LK_TRY(key, crypto::signing_key_from_seed(seed.expose_secret()));
  const auto text = lists::key_text(key.public_key) + "\n";
  const auto kept = store::read_file(file, lists::kMaxKeyFile);
  if (kept && as_text(*kept) == text) {
    return {};
  }
  return store::write_durably(file, as_bytes(text));
}

}  // namespace

Result<DataFolder> open_data_folder(const std::filesystem::path& path, IfAbsent absent,
                                    Clock& clock, Rng& rng) {
  const auto file = path / "service.db";
  if (absent == IfAbsent::refuse && !std::filesystem::exists(file)) {
    return fail(ErrorCode::not_found, "data_folder", "there is no service.db in this folder");
  }
  DataFolder folder;
  folder.path = path;
  LK_CHECK_OK(store::make_private_directory(path));
  LK_CHECK_OK(store::make_private_directory(folder.attachments()));
  LK_CHECK_OK(store::make_private_directory(path / "keys"));
  LK_TRY(stamp_root,
         store::secret_key_file(path / "keys" / "stamp-root", "lightkeeper-stamp-root-v1", rng));
  LK_TRY(evidence_key,
         store::secret_key_file(path / "keys" / "evidence", "lightkeeper-evidence-key-v1", rng));
  LK_TRY(name_secret,
         store::secret_key_file(path / "keys" / "names", "lightkeeper-name-secret-v1", rng));
  LK_TRY(review_key,
         store::secret_key_file(path / "keys" / "review", "lightkeeper-review-key-v1", rng));
  LK_CHECK_OK(keep_review_key(path / "review.pub", review_key));
  LK_TRY(audit_seed,
         store::secret_key_file(path / "keys" / "audit-log", "lightkeeper-audit-log-v1", rng));
  LK_TRY(audit_signer, accountability::log_signer(audit_seed.expose_secret()));
  LK_CHECK_OK(keep_public_key(path / "audit", audit_signer.verifier()));
  LK_TRY(database, store::Database::open(file, store::service_migrations(), clock.now()));
  folder.stamp_root = std::move(stamp_root);
  folder.evidence_key = std::move(evidence_key);
  folder.name_secret = std::move(name_secret);
  folder.review_key = std::move(review_key);
  folder.database = std::move(database);
  folder.wrapping_rng = std::make_unique<crypto::SystemRng>();
  folder.wrapping = std::make_unique<evidence_keys::EvidenceKeys>(
      evidence_keys::file_key(folder.evidence_key, *folder.wrapping_rng),
      std::vector<std::unique_ptr<evidence_keys::WrappingKey>>());
  folder.audit_clock = std::make_unique<store::SystemClock>();
  folder.audit_log = std::make_unique<accountability::AuditLog>(
      *folder.database, *folder.audit_clock, std::move(audit_signer), kAuditInterval);
  return folder;
}

Status use_token(DataFolder& folder, const evidence_keys::TokenSettings& token) {
  LK_TRY(key, evidence_keys::token_key(token, *folder.wrapping_rng));
  std::vector<std::unique_ptr<evidence_keys::WrappingKey>> others;
  others.push_back(evidence_keys::file_key(folder.evidence_key, *folder.wrapping_rng));
  folder.wrapping =
      std::make_unique<evidence_keys::EvidenceKeys>(std::move(key), std::move(others));
  return {};
}

store::AuditSink audit_sink(DataFolder& folder) { return folder.audit_log->sink(); }

Result<std::vector<std::string>> verify_data_folder(DataFolder& folder, Clock& clock, Rng& rng) {
  LK_TRY(faults, folder.database->faults());
  messaging::Attachments attachments(*folder.database, clock, rng, folder.attachments());
  LK_TRY(of_attachments, attachments.faults());
  // Only cases that are there are opened, so intake's questions to other rooms have no answer here.
  cases::Cases cases(*folder.database, clock, rng, {}, *folder.wrapping, {},
                     cases::standard_policy());
  LK_TRY(of_cases, cases.faults());
  faults.insert(faults.end(), of_attachments.begin(), of_attachments.end());
  faults.insert(faults.end(), of_cases.begin(), of_cases.end());
  LK_TRY(of_desk, evidence_desk_faults(*folder.database, clock, rng, folder.review_key));
  faults.insert(faults.end(), of_desk.begin(), of_desk.end());
  LK_TRY(of_tips, tips::Tips(*folder.database, clock, rng, *folder.wrapping, {}).faults());
  faults.insert(faults.end(), of_tips.begin(), of_tips.end());
  std::vector<accountability::Brought> brought;
  if (const auto kept = store::read_file(folder.audit_checkpoint(), log::kMaxNote)) {
    brought.push_back({"the kept checkpoint", std::string(as_text(*kept))});
  }
  LK_TRY(audit, accountability::verify_log(*folder.database, folder.audit_log->key(), brought));
  for (const auto& finding : audit.findings) {
    faults.push_back("audit log: " + finding.words);
  }
  return faults;
}

Status back_up(DataFolder& folder, const std::filesystem::path& target) {
  if (std::filesystem::exists(target)) {
    return fail(ErrorCode::already_exists, "backup");
  }
  LK_CHECK_OK(store::make_private_directory(target));
  const auto attachments = target / "attachments";
  LK_CHECK_OK(store::make_private_directory(attachments));
  const auto audit = target / "audit";
  LK_CHECK_OK(store::make_private_directory(audit));
  LK_CHECK_OK(keep_public_key(audit, folder.audit_log->key()));
  // Signed before the database is copied, so that the copy holds at least what its checkpoint
  // signs.
  LK_TRY(newest, folder.audit_log->checkpoint());
  LK_CHECK_OK(store::write_durably(audit / "checkpoint", as_bytes(newest)));
  // Files before and after: each row of the copied database has its file, whether it was stored or
  // expired meanwhile.
  LK_CHECK_OK(copy_missing(folder.attachments(), attachments));
  LK_CHECK_OK(folder.database->copy_to(target / "service.db"));
  return copy_missing(folder.attachments(), attachments);
}

}  // namespace lightkeeper::service
