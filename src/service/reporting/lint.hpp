// Is this report one that an investigator can work on? And, separately, how soon should somebody
// look? Two scores that are never added up: a complete report about a picture that everybody has
// seen is complete and not urgent.
//
// Pure functions of the case file. Both scores are sums of named parts with a reason each. Rules:
// docs/reference/report-rules.md.
#pragma once

#include "service/reporting/render.hpp"

namespace lightkeeper::reporting {

enum class Severity : std::uint8_t { hard, soft };  // hard: blocks submitting without a reason

struct LintFinding {
  std::string field;  // JSON pointer into the case file
  std::string rule;   // stable id, "ip.logins"
  Severity severity = Severity::soft;
  std::string why;   // why it matters to those who get the report
  std::string mend;  // what can be done about it
};

struct ScorePart {
  std::string code;
  int points = 0;
  int of = 0;  // most that this part can give; rescue priority: 0 for parts that only lower
  std::string why;
};
struct Score {
  int score = 0;  // 0 to 100
  std::vector<ScorePart> parts;
};

struct LintSettings {
  RenderSettings render;
  /// The submission places a hold before it opens a report; without that a missing hold is a
  /// finding.
  bool hold_comes_with_submission = false;
};
struct LintResult {
  std::vector<LintFinding> findings;  // hard ones first, then in the order of the rules
  Score completeness, rescue;
  [[nodiscard]] bool has_hard() const;
};
[[nodiscard]] LintResult lint(const CaseFile& file, const LintSettings& settings);

/// More information never lowers it (property-tested).
[[nodiscard]] Score completeness(const CaseFile& file, const LintSettings& settings);
/// How soon a child may need somebody. Known, viral and repeated material lowers it; nothing about
/// the completeness of the report changes it.
[[nodiscard]] Score rescue_priority(const CaseFile& file);

/// Every rule, for documentation and tests.
struct LintRule {
  std::string_view id;
  Severity severity;
  std::string_view why, mend;
};
[[nodiscard]] const std::vector<LintRule>& lint_rules();

}  // namespace lightkeeper::reporting
