// The linter against the corpus of good and bad reports, and properties of the two scores.
#include "service/reporting/lint.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "service/reporting/reporting_testing.hpp"
#include "service/reporting/roles.hpp"

namespace lightkeeper::reporting {
namespace {

using nlohmann::json;

bool finds(const LintResult& result, std::string_view rule) {
  return std::ranges::any_of(result.findings,
                             [&](const LintFinding& one) { return one.rule == rule; });
}

auto count_of(const LintResult& result, std::string_view rule) {
  return std::ranges::count(result.findings, rule, &LintFinding::rule);
}

TEST(Corpus, EveryReportIsJudgedAsExpected) {
  const auto corpus = json::parse(read_repository_file("fixtures/reports/corpus.json"));
  ASSERT_GE(corpus.size(), 50U);
  std::set<std::string> seen;
  for (const auto& one : corpus) {
    const auto name = one.at("name").get<std::string>();
    const auto base = json::parse(example_bytes(one.at("base").get<std::string>()));
    const auto text = base.patch(one.at("patch")).dump();
    const auto file = parse_case_file(as_bytes(text));
    ASSERT_TRUE(file) << name << ": " << file.error().message();
    const auto result = lint(*file, {});
    for (const auto& rule : one.value("finds", json::array())) {
      EXPECT_TRUE(finds(result, rule.get<std::string>())) << name;
      // The rule says something about this change: the report as it was has fewer of it.
      if (!one.at("patch").empty()) {
        EXPECT_GT(
            count_of(result, rule.get<std::string>()),
            count_of(lint(*parse_case_file(as_bytes(base.dump())), {}), rule.get<std::string>()))
            << name;
      }
      seen.insert(rule.get<std::string>());
    }
    if (one.value("none_hard", false)) {
      EXPECT_FALSE(result.has_hard())
          << name << ": " << result.findings.front().rule << " " << result.findings.front().field;
    }
  }
  for (const auto& rule : lint_rules()) {
    EXPECT_TRUE(seen.contains(std::string(rule.id))) << rule.id << " has no bad report";
  }
}

TEST(Linter, FieldsPointIntoTheCaseFileAndSayWhy) {
  const std::set<std::string> sections = {"incident", "accounts",     "service",
                                          "messages", "files",        "holds",
                                          "decision", "jurisdiction", "gaps"};
  for (const auto* name : kExamples) {
    for (const auto& finding : lint(example(name), {}).findings) {
      EXPECT_FALSE(finding.why.empty() || finding.mend.empty()) << finding.rule;
      const json::json_pointer pointer(finding.field);
      ASSERT_FALSE(pointer.empty()) << finding.rule;
      const auto end = finding.field.find('/', 1);
      EXPECT_TRUE(
          sections.contains(finding.field.substr(1, end == std::string::npos ? end : end - 1)))
          << finding.field;
    }
  }
}

TEST(Linter, EveryRuleStandsInTheReference) {
  const auto page = read_repository_file("docs/reference/report-rules.md");
  for (const auto& rule : lint_rules()) {
    EXPECT_NE(lightkeeper::as_text(page).find("`" + std::string(rule.id) + "`"), std::string::npos)
        << rule.id;
    EXPECT_FALSE(rule.why.empty() || rule.mend.empty());
  }
}

TEST(Linter, TheIncompleteExampleLacksALot) {
  const auto result = lint(example("incomplete"), {});
  for (const auto* rule :
       {"incident.type", "incident.time_denotes", "reported.account", "reporter.contact",
        "reporter.template", "narrative.what", "narrative.reviewed", "preservation.hold",
        "file.hashes", "conversation.verified"}) {
    EXPECT_TRUE(finds(result, rule)) << rule;
  }
  EXPECT_LT(result.completeness.score, 40);
  EXPECT_EQ(result.findings.front().severity, Severity::hard);
}

TEST(Linter, APictureNeedsNoWords) {
  EXPECT_FALSE(finds(lint(example("pictures"), {}), "conversation.text"));
}

TEST(Linter, AHoldThatComesWithTheSubmissionIsEnough) {
  CaseFile file = example("pictures");
  file.holds.clear();
  EXPECT_TRUE(finds(lint(file, {}), "preservation.hold"));
  EXPECT_FALSE(finds(lint(file, {{}, true}), "preservation.hold"));
}

TEST(Scores, AreSumsOfTheirParts) {
  int most = 0;
  for (const auto& part : completeness(example("text-only"), {}).parts) {
    most += part.of;
  }
  EXPECT_EQ(most, 100);
  for (const auto* name : kExamples) {
    for (const auto& score : {completeness(example(name), {}), rescue_priority(example(name))}) {
      int sum = 0;
      for (const auto& part : score.parts) {
        sum += part.points;
        EXPECT_FALSE(part.why.empty());
        EXPECT_LE(part.points, part.of);
      }
      EXPECT_EQ(score.score, std::clamp(sum, 0, 100)) << name;
    }
  }
}

TEST(Scores, CompleteIsNotUrgent) {
  const auto viral = lint(example("viral"), {});
  const auto words = lint(example("text-only"), {});
  EXPECT_GE(viral.completeness.score, 70);
  EXPECT_LE(viral.rescue.score, 10);
  EXPECT_GE(words.rescue.score, 70);
}

// --- Properties
// ------------------------------------------------------------------------------------

const std::vector<CaseFile>& all_examples() {
  static const std::vector<CaseFile> files = [] {
    std::vector<CaseFile> out;
    for (const auto* name : kExamples) {
      out.push_back(example(name));
    }
    return out;
  }();
  return files;
}

using Change = std::function<void(CaseFile&)>;

// Each adds something that was not there, or as much again.
const std::vector<Change>& additions() {
  static const Origin origin{Source::service_record, "test", Confidence::likely};
  static const std::vector<Change> all = {
      [](CaseFile& f) { f.incident.type = {IncidentType::online_enticement, origin}; },
      [](CaseFile& f) {
        if (!f.incident.time) {
          f.incident.time = {{f.made, "sending"}, origin};
        }
        f.incident.time->value.denotes = "sending";
      },
      [](CaseFile& f) { f.incident.narrative = "[Narrative: 12 characters]"; },
      [](CaseFile& f) { f.incident.detected_by.push_back(Detection::metadata); },
      [](CaseFile& f) { f.incident.unavailable.push_back({"a", "b"}); },
      [](CaseFile& f) { f.incident.annotations.emplace().insert(ReportAnnotation::sextortion); },
      [](CaseFile& f) { f.accounts.reported.push_back(all_examples()[0].accounts.reported[0]); },
      [](CaseFile& f) { f.accounts.reported.emplace_back(); },
      [](CaseFile& f) { f.accounts.victims.emplace_back(); },
      [](CaseFile& f) { f.accounts.victims.push_back(all_examples()[0].accounts.victims[0]); },
      [](CaseFile& f) { f.accounts.intended_recipients.emplace_back().target = true; },
      [](CaseFile& f) {
        if (!f.accounts.reported.empty()) {
          f.accounts.reported[0].ip_events.push_back(
              {{"192.0.2.1", IpEventName::login, f.made, {}, {}}, origin});
        }
      },
      [](CaseFile& f) {
        if (!f.accounts.reported.empty()) {
          f.accounts.reported[0].emails.push_back({{"a@example.org", {}, {}, {}}, origin});
        }
      },
      [](CaseFile& f) {
        if (!f.accounts.reported.empty()) {
          f.accounts.reported[0].location = {{}, origin};
        }
      },
      [](CaseFile& f) { f.messages.push_back(all_examples()[0].messages[0]); },
      [](CaseFile& f) {
        CaseMessage one = all_examples()[0].messages[0];
        one.type = MessageType::unreadable;
        one.evidence = MessageClass::not_verified;
        one.why = "test";
        f.messages.push_back(one);
      },
      [](CaseFile& f) { f.statements.push_back({f.made, "[statement: 10 characters]"}); },
      [](CaseFile& f) {
        CaseFileItem one;
        one.item = static_cast<std::uint32_t>(1000 + f.files.size());
        one.media_type = "image/png";
        one.why = "test";
        f.files.push_back(one);
      },
      [](CaseFile& f) {
        CaseFileItem one = all_examples()[1].files[0];
        one.item = static_cast<std::uint32_t>(1000 + f.files.size());
        f.files.push_back(one);
      },
      [](CaseFile& f) { f.vouchers.push_back(all_examples()[2].vouchers[0]); },
      [](CaseFile& f) { f.conversations.push_back(all_examples()[0].conversations[0]); },
      [](CaseFile& f) { f.gaps.push_back(all_examples()[0].gaps[0]); },
      [](CaseFile& f) { f.holds.push_back({HoldBasis::internal, f.made, {f.made.value + 1}}); },
      [](CaseFile& f) { f.decision = all_examples()[0].decision; },
      [](CaseFile& f) { f.jurisdiction.links.push_back({"CA", "test"}); },
      [](CaseFile& f) { f.service = all_examples()[0].service; },
  };
  return all;
}

RC_GTEST_PROP(Properties, MoreInformationNeverLowersCompleteness, ()) {
  CaseFile file = *rc::gen::elementOf(all_examples());
  const auto steps = *rc::gen::inRange(1, 8);
  int before = completeness(file, {}).score;
  for (int i = 0; i < steps; ++i) {
    const auto which = *rc::gen::inRange<std::size_t>(0, additions().size());
    additions()[which](file);
    const int after = completeness(file, {}).score;
    if (after < before) {
      RC_FAIL("addition " + std::to_string(which) + " lowered it");
    }
    before = after;
  }
}

RC_GTEST_PROP(Properties, WhateverIsAddedTheDocumentsAreValid, ()) {
  CaseFile file = *rc::gen::elementOf(all_examples());
  const auto steps = *rc::gen::inRange(0, 12);
  for (int i = 0; i < steps; ++i) {
    additions()[*rc::gen::inRange<std::size_t>(0, additions().size())](file);
  }
  const auto again = parse_case_file(encode_case_file(file));
  if (again) {  // what was added twice may break a rule of the format, such as items that are taken
    RC_ASSERT(encode_case_file(*again) == encode_case_file(file));
  }
  if (file.incident.type && file.incident.time) {
    RC_ASSERT(render_report(file, {}).has_value());
  } else {
    RC_ASSERT(render_report(file, {}).error().code == ErrorCode::report_incomplete);
  }
  for (const auto& item : file.files) {
    RC_ASSERT(render_file_details(file, item.item, 1, "f", {}).has_value());
  }
}

RC_GTEST_PROP(Properties, KnownAndRepeatedMaterialLowersUrgencyAndNotCompleteness, ()) {
  CaseFile file = *rc::gen::elementOf(all_examples());
  RC_PRE(!file.files.empty());
  const auto before = lint(file, {});
  for (auto& item : file.files) {
    item.seen_before += *rc::gen::inRange<std::uint32_t>(1, 100);
    if (!item.annotations) {
      item.annotations.emplace();
    }
    if (*rc::gen::arbitrary<bool>()) {
      item.annotations->insert(FileAnnotation::viral);
    }
  }
  const auto after = lint(file, {});
  RC_ASSERT(after.rescue.score <= before.rescue.score);
  RC_ASSERT(after.completeness.score >= before.completeness.score);
}

RC_GTEST_PROP(Properties, AYoungerChildAndANewerMessageNeverLowerUrgency, ()) {
  CaseFile file = all_examples()[0];
  const auto age = *rc::gen::inRange<std::uint32_t>(1, 40);
  file.accounts.victims[0].age->value = age;
  const auto older = rescue_priority(file).score;
  file.accounts.victims[0].age->value = *rc::gen::inRange<std::uint32_t>(0, age + 1);
  const auto younger = rescue_priority(file).score;
  RC_ASSERT(younger >= older);
  const auto back = *rc::gen::inRange<std::uint64_t>(0, 100ULL * 86'400'000);
  for (auto& one : file.messages) {
    one.accepted.value = file.made.value - back;
  }
  file.statements.clear();
  const auto old_score = rescue_priority(file).score;
  file.messages[0].accepted.value += *rc::gen::inRange<std::uint64_t>(0, back + 1);
  RC_ASSERT(rescue_priority(file).score >= old_score);
}

RC_GTEST_PROP(Properties, WhateverTheWordsAreTheReportIsValid, (const std::string& words)) {
  CaseFile file = all_examples()[0];
  file.messages[0].body = words;
  file.statements[0].text = words + " ";
  file.incident.narrative = "x" + words.substr(0, kMaxNarrative - 1);
  const auto report = build_report(file, {});
  RC_ASSERT(report.has_value());
  const auto written = write_report(*report);
  RC_ASSERT(written.has_value());
  const auto faults = validate_report(written->bytes, file.made);
  RC_ASSERT(faults.has_value());
  RC_ASSERT(faults->empty());
}

}  // namespace
}  // namespace lightkeeper::reporting
