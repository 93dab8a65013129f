// The sealed record of one report, before sealing, in our canonical encoding. Version 2 is written;
// version 1 (first release: no classes beyond the frank's finding, no hashes of files) is read.
#pragma once

#include "service/cases/evidence.hpp"

namespace lightkeeper::cases {

struct CaseRecord {
  std::string note;
  std::optional<std::string> statement;
  bool minor_side = false;
  std::uint32_t indicators = 0;
  std::string found_by;  // of a provider record: which check found it
  std::vector<MessageView> messages;
  /// For each message, as reported, so that it can be checked again; nothing for own records.
  std::vector<std::optional<ReportedItem>> evidence;
  std::optional<VoucherView> voucher;
};

[[nodiscard]] Bytes encode(const CaseRecord& record);
/// `ordinal` numbers the items of a version 1 record, which has none of its own.
[[nodiscard]] Result<CaseRecord> decode_case_record(BytesView bytes, std::uint32_t ordinal);

}  // namespace lightkeeper::cases
