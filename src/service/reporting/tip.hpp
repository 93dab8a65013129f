// What the console's tip desk needs: the facts that a reviewer sets, and everything to look at
// before submitting, as JSON text.
#pragma once

#include "service/reporting/lint.hpp"
#include "service/reporting/outlets.hpp"
#include "service/reporting/preview.hpp"

namespace lightkeeper::reporting {

/// PUT /api/v1/cases/{case}/tip, read and checked.
struct TipFacts {
  struct FileFacts {
    std::uint32_t item = 0;
    std::optional<IndustryClassification> classification;
    std::set<FileAnnotation> annotations;
    FileRelevance relevance = FileRelevance::reported;
  };
  struct VictimFacts {
    std::optional<std::uint32_t> age;
    std::optional<std::string> account;
  };
  IncidentType incident_type = IncidentType::possession_manufacture_distribution;
  UnixMillis incident_at;
  std::string time_denotes;
  std::optional<std::string> escalate_reason;
  std::set<ReportAnnotation> annotations;
  std::string narrative;
  std::vector<FileFacts> files;
  std::vector<VictimFacts> victims;
  Outlet outlet = Outlet::ncmec;
  std::vector<std::string> countries;
};
/// `bad_json` names the field.
[[nodiscard]] Result<TipFacts> parse_tip_facts(BytesView json);
[[nodiscard]] Bytes encode_tip_facts(const TipFacts& facts);
/// The case file with the reviewer's facts in it, their origin said. `not_found` for an unknown
/// item.
[[nodiscard]] Result<CaseFile> with_facts(CaseFile file, const TipFacts& facts,
                                          std::string_view reviewer);

/// {case_file, lint: {completeness, rescue, findings}, preview, xml, file_details, outlets}: one
/// JSON object as text. An incomplete report has an empty xml and preview null.
[[nodiscard]] std::string tip_document(const CaseFile& file, const LintSettings& settings);
/// {findings, completeness, rescue_priority}: what `lightkeeper report lint --json` prints.
[[nodiscard]] std::string lint_document(const LintResult& result);

}  // namespace lightkeeper::reporting
