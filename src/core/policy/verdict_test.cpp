#include "core/policy/verdict.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

namespace lightkeeper::policy {
namespace {

using lists::Provenance;
using match::Disclosure;
using Levels = std::array<Disclosure, 3>;

constexpr std::array kDirections{Direction::sending, Direction::receiving};
constexpr std::array kClasses{Provenance::certified_known, Provenance::survivor_asserted,
                              Provenance::test};
constexpr std::array kLevels{Disclosure::prevent, Disclosure::offer, Disclosure::disclose};

// Every combination of up to three matches and every manifest.
void for_each_case(
    const std::function<void(Direction, const std::vector<Provenance>&, const Levels&)>& use) {
  std::vector<std::vector<Provenance>> matches{{}};
  for (const auto a : kClasses) {
    matches.push_back({a});
    for (const auto b : kClasses) {
      matches.push_back({a, b});
      for (const auto c : kClasses) {
        matches.push_back({a, b, c});
      }
    }
  }
  for (const auto direction : kDirections) {
    for (const auto& found : matches) {
      for (const auto x : kLevels) {
        for (const auto y : kLevels) {
          for (const auto z : kLevels) {
            use(direction, found, {x, y, z});
          }
        }
      }
    }
  }
}

TEST(Policy, HasTheTableOfTheHouse) {
  const auto& rules = class_rules();
  ASSERT_EQ(rules.size(), kClasses.size());
  for (std::size_t i = 0; i < rules.size(); ++i) {
    EXPECT_EQ(rules[i].provenance, kClasses[i]);
    EXPECT_EQ(rules[i].sending, Action::block);
    EXPECT_EQ(rules[i].receiving, Action::blur);
    EXPECT_EQ(rules[i].usable, kClasses[i] == Provenance::test);
  }
}

TEST(Policy, IsTotalAndRefusesEveryClassThatIsNotCertifiedYet) {
  std::size_t cases = 0;
  for_each_case(
      [&](Direction direction, const std::vector<Provenance>& found, const Levels& levels) {
        ++cases;
        const auto advice = advise(direction, {true, found}, levels);
        const bool only_test =
            std::ranges::all_of(found, [](Provenance p) { return p == Provenance::test; });
        if (!only_test) {
          ASSERT_FALSE(advice);
          EXPECT_EQ(advice.error().code, ErrorCode::list_class_refused);
          return;
        }
        ASSERT_TRUE(advice);
        EXPECT_FALSE(advice->reasons.empty());
        EXPECT_EQ(advice->action, found.empty()                     ? Action::allow
                                  : direction == Direction::sending ? Action::block
                                                                    : Action::blur);
      });
  EXPECT_EQ(cases, 2U * 40U * 27U);
  const std::array unknown{static_cast<Provenance>(9)};
  EXPECT_EQ(advise(Direction::sending, {true, unknown}, {}).error().code,
            ErrorCode::list_class_refused);
}

// Monotone: one more match never turns into a lesser answer; an error (nothing is sent or shown) is
// the most.
using Rule = std::function<Result<Advice>(Direction, const Checked&, const Levels&)>;
bool is_monotone(const Rule& rule) {
  bool holds = true;
  const auto height = [&](Direction direction, const std::vector<Provenance>& found,
                          const Levels& levels) {
    const auto advice = rule(direction, {true, found}, levels);
    return advice ? static_cast<int>(advice->action) : 100;
  };
  for_each_case(
      [&](Direction direction, const std::vector<Provenance>& found, const Levels& levels) {
        for (const auto more : kClasses) {
          auto larger = found;
          larger.push_back(more);
          holds = holds && height(direction, larger, levels) >= height(direction, found, levels);
        }
      });
  return holds;
}

TEST(Policy, MoreEvidenceNeverGivesALesserAnswer) { EXPECT_TRUE(is_monotone(advise)); }

TEST(Policy, ARuleThatForgetsEarlierMatchesIsCaught) {
  EXPECT_FALSE(is_monotone([](Direction direction, const Checked& checked, const Levels& levels) {
    const auto last = checked.matches.empty() ? checked.matches : checked.matches.last(1);
    return advise(direction, {checked.quality_is_enough, last}, levels);
  }));
}

using MayReport = std::function<bool(Provenance, Disclosure)>;
bool survivors_hashes_never_cause_a_report(const MayReport& rule) {
  return std::ranges::none_of(
      kLevels, [&](Disclosure level) { return rule(Provenance::survivor_asserted, level); });
}

TEST(Policy, SurvivorAssertedHashesNeverCauseAReport) {
  EXPECT_TRUE(survivors_hashes_never_cause_a_report(report_may_follow));
  EXPECT_FALSE(report_may_follow(Provenance::test, Disclosure::prevent));
  EXPECT_TRUE(report_may_follow(Provenance::test, Disclosure::offer));
}

TEST(Policy, ARuleThatBelievesTheManifestAloneIsCaught) {
  EXPECT_FALSE(survivors_hashes_never_cause_a_report(
      [](Provenance, Disclosure level) { return level != Disclosure::prevent; }));
}

TEST(Policy, NothingIsDisclosedWhenAPictureIsStoppedAndAReportIsOnlyOfferedToTheReceiver) {
  const std::array match{Provenance::test};
  for (const auto level : kLevels) {
    const Levels levels{level, level, level};
    const auto sending = advise(Direction::sending, {true, match}, levels).value();
    EXPECT_TRUE(sending.disclosed_by_a_report.empty());
    EXPECT_NE(std::ranges::find(sending.reasons, Reason::nobody_told), sending.reasons.end());
    const auto receiving = advise(Direction::receiving, {true, match}, levels).value();
    EXPECT_EQ(receiving.disclosed_by_a_report.empty(), level == Disclosure::prevent);
  }
}

TEST(Policy, LowQualityAllowsAndSaysSo) {
  for (const auto direction : kDirections) {
    const auto advice = advise(direction, {false, {}}, {}).value();
    EXPECT_EQ(advice.action, Action::allow);
    EXPECT_EQ(advice.reasons, std::vector{Reason::low_quality});
  }
}

TEST(Policy, EveryReasonHasItsOwnNameAndCalmWords) {
  std::set<std::string_view> names;
  for (const auto reason :
       {Reason::no_match, Reason::low_quality, Reason::listed_picture_not_sent,
        Reason::listed_picture_covered, Reason::test_list, Reason::nobody_told}) {
    EXPECT_TRUE(names.insert(name_of(reason)).second);
    const std::string_view text = text_of(reason);
    EXPECT_TRUE(text.ends_with('.'));
    for (const auto never : {"violation", "illegal", "suspicious", "!"}) {
      EXPECT_EQ(text.find(never), std::string_view::npos) << text;
    }
  }
}

}  // namespace
}  // namespace lightkeeper::policy
