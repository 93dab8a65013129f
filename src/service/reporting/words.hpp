// The texts of a report, made from a case file: what a person reads after the fields.
#pragma once

#include <string>

#include "service/reporting/render.hpp"

namespace lightkeeper::reporting {

constexpr std::size_t kMaxNote = 3000;  // characters of additionalInfo and the like
constexpr std::size_t kMaxConversationText = 8'000'000;  // bytes

/// "a", "a and b", "a, b and c".
[[nodiscard]] std::string joined(const std::vector<std::string>& parts);
/// "service's own records: given at registration (certain)".
[[nodiscard]] std::string words(const Origin& origin);
[[nodiscard]] std::string_view words(Detection detection);
[[nodiscard]] std::string_view words(HoldBasis basis);

/// Conversations as text, one section for each class of evidence, which are never mixed: time in
/// UTC, message number, sender, marks of edits and gaps. A line break inside a message is indented,
/// so that no message can look like two.
[[nodiscard]] std::string conversation_text(const CaseFile& file);
/// Who, what, how found, reviewed by whom, kept until when, what is missing and why. At most
/// kMaxNote characters.
[[nodiscard]] std::string report_narrative(const CaseFile& file, const RenderSettings& settings);
/// What each class of evidence means, and what does not exist or cannot be given, and why. At most
/// kMaxNote characters.
[[nodiscard]] std::string evidence_and_limits(const CaseFile& file);
/// Notes and origins of the facts about an account. At most kMaxNote characters.
[[nodiscard]] std::string account_notes(const CaseAccount& account);
/// What is known about a file besides its fields; each at most kMaxNote characters.
[[nodiscard]] std::vector<std::string> file_notes(const CaseFile& file, const CaseFileItem& item,
                                                  const RenderSettings& settings);
/// Pseudonyms of everybody who looked at evidence or decided, each once.
[[nodiscard]] std::vector<std::string> reviewers(const CaseFile& file,
                                                 const RenderSettings& settings);

}  // namespace lightkeeper::reporting
