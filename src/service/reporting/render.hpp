// From a case file to the documents of the CyberTipline: the report, and one document for each
// file.
//
// Pure: the same case file and settings give the same bytes. Who learns what: the hotline learns
// what stands in these documents and nothing else of the case.
#pragma once

#include "service/reporting/case_file.hpp"

namespace lightkeeper::reporting {

struct RenderSettings {
  /// A key that the caller pinned: the only one whose viewed events count. Without it, those that
  /// the case file names.
  std::optional<crypto::VerifyingKey> event_key;
  /// Wins over what stands in the case file, e.g. the operator's template of today.
  std::optional<std::string> company_template;
};

/// The report as a model, so that it can be looked at before it is written. `report_incomplete`
/// when the incident's type or time is missing.
[[nodiscard]] Result<Report> build_report(const CaseFile& file, const RenderSettings& settings);
/// Details of one file. `not_found` for an item that the case file does not have.
[[nodiscard]] Result<FileDetails> build_file_details(const CaseFile& file, std::uint32_t item,
                                                     std::uint64_t report_id,
                                                     std::string_view file_id,
                                                     const RenderSettings& settings);

/// A written document. Characters that XML 1.0 cannot carry became U+FFFD; `replaced` counts them.
struct WrittenXml {
  Bytes bytes;
  std::size_t replaced = 0;
};
/// UTF-8 with an XML declaration. `report_invalid` for a model that no order of elements can
/// express (potential meme and annotations at once).
[[nodiscard]] Result<WrittenXml> write_report(const Report& report);
[[nodiscard]] Result<WrittenXml> write_file_details(const FileDetails& details);

/// Builds, writes and validates. `report_incomplete`, or `report_invalid` naming the element and
/// the rule.
[[nodiscard]] Result<Bytes> render_report(const CaseFile& file, const RenderSettings& settings);
[[nodiscard]] Result<Bytes> render_file_details(const CaseFile& file, std::uint32_t item,
                                                std::uint64_t report_id, std::string_view file_id,
                                                const RenderSettings& settings);

/// Whether a signed event shows that a person has seen the whole file.
[[nodiscard]] bool was_viewed(const CaseFile& file, const CaseFileItem& item,
                              const RenderSettings& settings);

}  // namespace lightkeeper::reporting
