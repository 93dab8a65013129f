// Our own documents, rendered from the example cases, before the rules of the conformance hotline:
// two readings of one public description, written apart.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "hotline/rules.hpp"
#include "service/reporting/render.hpp"

namespace lightkeeper::trial {
namespace {

Bytes read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  return to_bytes(text);
}

TEST(ExampleCases, AreAcceptedByRulesThatWereWrittenApart) {
  std::size_t accepted = 0;
  for (const auto& entry : std::filesystem::directory_iterator(LK_SOURCE_DIR "/examples/cases")) {
    if (entry.path().extension() != ".json" || entry.path().stem() == "incomplete") {
      continue;
    }
    SCOPED_TRACE(entry.path().filename().string());
    const auto parsed = reporting::parse_case_file(read(entry.path()));
    ASSERT_TRUE(parsed) << parsed.error().detail;
    const auto report = reporting::render_report(*parsed, {});
    ASSERT_TRUE(report) << report.error().detail;
    const auto now = static_cast<hotline::Seconds>(parsed->made.value / 1000);
    const auto judged = hotline::judge_report(*report, now);
    EXPECT_EQ(judged.finding.code, 0) << judged.finding.where << ": " << judged.finding.what;
    EXPECT_TRUE(judged.remarks.empty());
    for (const auto& file : parsed->files) {
      if (!file.available) {
        continue;
      }
      const auto details = reporting::render_file_details(*parsed, file.item, 4564654, "a1", {});
      ASSERT_TRUE(details) << details.error().detail;
      const auto seen = hotline::judge_file_details(*details);
      EXPECT_EQ(seen.finding.code, 0) << seen.finding.where << ": " << seen.finding.what;
      EXPECT_TRUE(seen.remarks.empty());
      ++accepted;
    }
    ++accepted;
    // The same document with two elements exchanged is refused: the rules do look.
    std::string changed(as_text(*report));
    const auto at = changed.find("<incidentSummary>");
    ASSERT_NE(at, std::string::npos);
    changed.insert(at, "<additionalInfo>x</additionalInfo>");
    EXPECT_EQ(hotline::judge_report(as_bytes(changed), now).finding.code, 4100);
  }
  EXPECT_GE(accepted, 6U);
}

}  // namespace
}  // namespace lightkeeper::trial
