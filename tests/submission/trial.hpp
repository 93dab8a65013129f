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

/// Documents that the conformance hotline accepts, files from the cases, holds and approvals that
/// agree, the real exchange.
[[nodiscard]] submission::Host host(std::shared_ptr<std::map<ReportId, Case>> cases);
[[nodiscard]] submission::OutletSettings settings(const std::string& url);

/// What the journal says of one submission.
struct Journal {
  Case of_case;
  std::string state;
  bool receipt = false;
  std::string report_id;
  std::uint64_t may_be_open = 0, gone = 0;
};
[[nodiscard]] Result<std::vector<Journal>> read_journal(store::Database& database,
                                                        const std::map<ReportId, Case>& cases);

/// What is wrong between the two; a line each, at most `most`. All reports must have had the time
/// to expire.
[[nodiscard]] std::vector<std::string> differences(
    const std::vector<Journal>& journal, const std::vector<hotline::StoredReport>& reports,
    std::size_t most);

}  // namespace lightkeeper::trial
