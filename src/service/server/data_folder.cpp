#include "service/server/data_folder.hpp"

#include "service/cases/cases.hpp"
#include "service/messaging/attachments.hpp"
#include "service/store/files.hpp"

namespace lightkeeper::service {

namespace {

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
  LK_TRY(database, store::Database::open(file, store::service_migrations(), clock.now()));
  folder.stamp_root = std::move(stamp_root);
  folder.evidence_key = std::move(evidence_key);
  folder.name_secret = std::move(name_secret);
  folder.database = std::move(database);
  return folder;
}

store::AuditSink audit_sink(DataFolder& /*folder*/) {
  // The room `audit` (step 3 of the schema) gives its sink here.
  return [](store::Transaction&, const store::AuditEntry&) -> Status { return {}; };
}

Result<std::vector<std::string>> verify_data_folder(DataFolder& folder, Clock& clock, Rng& rng) {
  LK_TRY(faults, folder.database->faults());
  messaging::Attachments attachments(*folder.database, clock, rng, folder.attachments());
  LK_TRY(of_attachments, attachments.faults());
  // Only cases that are there are opened, so intake's questions to other rooms have no answer here.
  cases::Cases cases(*folder.database, clock, rng, {}, folder.evidence_key);
  LK_TRY(of_cases, cases.faults());
  faults.insert(faults.end(), of_attachments.begin(), of_attachments.end());
  faults.insert(faults.end(), of_cases.begin(), of_cases.end());
  return faults;
}

Status back_up(DataFolder& folder, const std::filesystem::path& target) {
  if (std::filesystem::exists(target)) {
    return fail(ErrorCode::already_exists, "backup");
  }
  LK_CHECK_OK(store::make_private_directory(target));
  const auto attachments = target / "attachments";
  LK_CHECK_OK(store::make_private_directory(attachments));
  // Files before and after: each row of the copied database has its file, whether it was stored or
  // expired meanwhile.
  LK_CHECK_OK(copy_missing(folder.attachments(), attachments));
  LK_CHECK_OK(folder.database->copy_to(target / "service.db"));
  return copy_missing(folder.attachments(), attachments);
}

}  // namespace lightkeeper::service
