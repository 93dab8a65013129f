// For the trials of the sender against the conformance hotline: synthetic cases, a sender with all
// that it needs, and the checker that compares the hotline's book with the journal.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/crypto/crypto.hpp"
#include "hotline/book.hpp"
#include "service/accountability/audit_log.hpp"
#include "service/preservation/preservation.hpp"
#include "service/store/database.hpp"
#include "service/submission/submission.hpp"

namespace lightkeeper::trial {

/// A case and its files, all made from its number.
struct Case {
  std::uint64_t number = 0;
  std::uint32_t files = 0;
  std::size_t file_bytes = 0;
  [[nodiscard]] ReportId id() const;
  [[nodiscard]] Bytes case_file() const;
  [[nodiscard]] Bytes content(std::uint32_t item) const;
};
[[nodiscard]] Result<Case> read_case(BytesView case_file);

class Wrapping final : public store::KeyWrapping {
 public:
  [[nodiscard]] Result<Bytes> wrap(BytesView associated, const SecretBytes& key) override;
  [[nodiscard]] Result<SecretBytes> unwrap(BytesView associated, BytesView wrapped) override;

 private:
  crypto::AeadKey key_{SecretBytes::copy_of(Bytes(32, 7))};
};

/// The rooms that the sender leans on, as they are in the service: holds and the audit log.
struct Rooms {
  accountability::AuditLog log;
  std::unique_ptr<preservation::Preservation> preservation;
};
[[nodiscard]] Result<std::unique_ptr<Rooms>> rooms(store::Database& database, Clock& clock);
/// Reports and review cases that holds can be placed on.
[[nodiscard]] Status enrol(store::Database& database, const std::map<ReportId, Case>& cases);

/// Documents that the conformance hotline accepts, files from the cases, the real exchange, the
/// holds and the audit log of `rooms`, approvals that agree.
[[nodiscard]] submission::Host host(std::shared_ptr<std::map<ReportId, Case>> cases, Rooms& rooms);
[[nodiscard]] submission::OutletSettings settings(const std::string& url);

/// What the journal says of one submission.
struct Journal {
  Case of_case;
  std::string state;
  bool receipt = false;
  std::string report_id;
  std::uint64_t may_be_open = 0, gone = 0;
  /// What the other rooms say of it.
  std::uint64_t first_submit_ms = 0, done_ms = 0;        // 0: never
  std::uint64_t hold_placed_ms = 0, hold_until_ms = 0;  // of the live hold that lasts longest
  std::uint64_t logged_queued = 0, logged_done = 0;     // entries of the audit log
};
[[nodiscard]] Result<std::vector<Journal>> read_journal(store::Database& database,
                                                        const std::map<ReportId, Case>& cases);

/// What is wrong between the two; a line each, at most `most`. A report that is open is wrong
/// unless the journal says that it may be: before the time has passed in which reports expire, this
/// finds what a sender lost; afterwards the expired ones do.
[[nodiscard]] std::vector<std::string> differences(
    const std::vector<Journal>& journal, const std::vector<hotline::StoredReport>& reports,
    std::size_t most);

}  // namespace lightkeeper::trial
