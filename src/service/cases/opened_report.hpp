// Inside the room: one report of a case with its record opened.
#pragma once

#include "service/cases/cases.hpp"
#include "service/cases/record.hpp"

namespace lightkeeper::cases {

struct Cases::OpenedReport {
  ReportId id;
  std::uint32_t ordinal = 0;
  std::string kind;
  AccountId reporter;
  Harm harm = Harm::other;
  UnixMillis received;
  CaseRecord record;
};

}  // namespace lightkeeper::cases
