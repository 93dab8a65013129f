// The sealed record of a case, before sealing: version 1 of our canonical encoding.
#pragma once

#include "service/cases/cases.hpp"

namespace lightkeeper::cases {

struct CaseRecord {
  std::string note;
  std::optional<std::string> statement;
  std::vector<MessageView> messages;
  std::vector<ReportedItem> evidence;  // as reported, so that it can be checked again
};

[[nodiscard]] Bytes encode(const CaseRecord& record);
[[nodiscard]] Result<CaseRecord> decode_case_record(BytesView bytes);

}  // namespace lightkeeper::cases
