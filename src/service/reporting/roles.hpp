// Who is what in a report. The rules that protect people from being shown as something they are
// not stand here and nowhere else.
#pragma once

#include "service/reporting/case_file.hpp"

namespace lightkeeper::reporting {

/// Age in years at the time of the incident, if the case file says enough.
[[nodiscard]] std::optional<std::uint32_t> age_of(const CaseAccount& account, UnixMillis at);
[[nodiscard]] bool is_minor(const CaseAccount& account, UnixMillis at);

/// The accounts as they are reported: a recipient who was approached or pressed, or who is a child
/// in a case of grooming or threats, stands among the victims. The same account is never a victim
/// and a recipient at once.
struct ReportedRoles {
  std::vector<CaseAccount> reported, intended_recipients, victims;
};
[[nodiscard]] ReportedRoles roles_of(const CaseFile& file);
/// Accounts that stand among the reported and among victims or recipients as well.
[[nodiscard]] std::vector<std::size_t> reported_and_harmed(const CaseFile& file);

/// A child is reported, and a child was approached.
[[nodiscard]] bool is_minor_to_minor(const CaseFile& file);
/// What reviewers set, and what follows from the accounts.
[[nodiscard]] std::optional<std::set<ReportAnnotation>> annotations_of(const CaseFile& file);

}  // namespace lightkeeper::reporting
