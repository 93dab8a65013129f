// An audit log as one file that can be checked without its service.
//
//   text "lightkeeper audit log v1", text verifier key, text newest signed checkpoint,
//   u32 number of older checkpoints, text each, u64 number of entries, bytes of each (entry.hpp)
//
// The key in the file says whose log it claims to be. A reader who has the key from elsewhere
// passes that one; a file that was forged as a whole, key and all, is caught by nothing else.
#pragma once

#include "core/base/codec.hpp"
#include "service/accountability/verification.hpp"

namespace lightkeeper::accountability {

constexpr std::size_t kMaxExport = 512 * 1024 * 1024;
constexpr std::uint32_t kMaxCheckpointsInExport = 1024;

class ExportWriter {
 public:
  ExportWriter(const log::VerifierKey& key, std::string_view checkpoint);
  /// In this order: checkpoints(), count(), then entry() for each. `too_large`.
  [[nodiscard]] Status checkpoints(const std::vector<std::string>& older);
  void count(std::uint64_t entries);
  [[nodiscard]] Status entry(const LoggedEntry& entry);
  [[nodiscard]] Bytes take() { return out_.take(); }

 private:
  Writer out_;
};

struct ExportedLog {
  log::VerifierKey key;  // as the file claims
  std::string checkpoint;
  std::vector<std::string> older;
  std::vector<LoggedEntry> entries;
};
/// Errors when it is not such a file; whether it tells the truth is verify_export()'s to say.
[[nodiscard]] Result<ExportedLog> parse_export(BytesView file);
/// `key`: the one that the reader trusts.
[[nodiscard]] Verified verify_export(const ExportedLog& exported, const log::VerifierKey& key,
                                     const std::vector<Brought>& brought);

}  // namespace lightkeeper::accountability
