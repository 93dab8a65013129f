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
        const auto advice = advise(class_rules(), direction, {true, found}, levels);
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
  EXPECT_EQ(advise(class_rules(), Direction::sending, {true, unknown}, {}).error().code,
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

Result<Advice> shipped(Direction direction, const Checked& checked, const Levels& levels) {
  return advise(class_rules(), direction, checked, levels);
}

TEST(Policy, MoreEvidenceNeverGivesALesserAnswer) { EXPECT_TRUE(is_monotone(shipped)); }

TEST(Policy, ARuleThatForgetsEarlierMatchesIsCaught) {
  EXPECT_FALSE(is_monotone([](Direction direction, const Checked& checked, const Levels& levels) {
    const auto last = checked.matches.empty() ? checked.matches : checked.matches.last(1);
    return shipped(direction, {checked.quality_is_enough, last}, levels);
  }));
}

using LevelOf = std::function<Disclosure(Provenance, Disclosure)>;
Disclosure shipped_level(Provenance provenance, Disclosure manifest_level) {
  return level_of(class_rules(), provenance, manifest_level);
}
bool survivors_hashes_never_cause_a_report(const LevelOf& rule) {
  return std::ranges::all_of(kLevels, [&](Disclosure level) {
    return rule(Provenance::survivor_asserted, level) == Disclosure::prevent;
  });
}

TEST(Policy, SurvivorAssertedHashesNeverCauseAReport) {
  EXPECT_TRUE(survivors_hashes_never_cause_a_report(shipped_level));
}

TEST(Policy, ARuleThatBelievesTheManifestAloneIsCaught) {
  EXPECT_FALSE(
      survivors_hashes_never_cause_a_report([](Provenance, Disclosure level) { return level; }));
}

TEST(Policy, OnlyCertifiedEntriesMayDiscloseByThemselvesAndThatIsTheirDefault) {
  for (const auto provenance : kClasses) {
    EXPECT_EQ(shipped_level(provenance, Disclosure::prevent), Disclosure::prevent);
    EXPECT_EQ(shipped_level(provenance, Disclosure::disclose) == Disclosure::disclose,
              provenance == Provenance::certified_known);
    EXPECT_EQ(shipped_level(provenance, default_levels()[static_cast<std::size_t>(provenance) - 1]),
              default_levels()[static_cast<std::size_t>(provenance) - 1]);
  }
  EXPECT_EQ(default_levels(),
            (Levels{Disclosure::disclose, Disclosure::prevent, Disclosure::offer}));
  EXPECT_EQ(level_of(class_rules(), static_cast<Provenance>(9), Disclosure::disclose),
            Disclosure::prevent);
}

// The table as it will be once lists can be certified.
ClassRules usable_rules() {
  auto rules = class_rules();
  for (auto& rule : rules) {
    rule.usable = true;
  }
  return rules;
}

TEST(Policy, EachLevelDisclosesThatAndNoMoreAndSaysItAtOnce) {
  const auto rules = usable_rules();
  for_each_case([&](Direction direction, const std::vector<Provenance>& found,
                    const Levels& levels) {
    const auto advice = advise(rules, direction, {true, found}, levels).value();
    auto highest = Disclosure::prevent;
    for (const auto provenance : found) {
      highest = std::max(
          highest, level_of(rules, provenance, levels[static_cast<std::size_t>(provenance) - 1]));
    }
    EXPECT_EQ(advice.level, highest);
    EXPECT_EQ(advice.voucher_for.has_value(), highest != Disclosure::prevent);
    if (advice.voucher_for) {
      const auto chosen = found[*advice.voucher_for];
      EXPECT_NE(chosen, Provenance::survivor_asserted);
      EXPECT_EQ(level_of(rules, chosen, levels[static_cast<std::size_t>(chosen) - 1]), highest);
    }
    const auto says = [&](Reason reason) {
      return std::ranges::find(advice.reasons, reason) != advice.reasons.end();
    };
    EXPECT_EQ(advice.disclosed_now.empty(), highest != Disclosure::disclose);
    EXPECT_EQ(says(Reason::service_told), highest == Disclosure::disclose);
    EXPECT_EQ(says(Reason::nobody_told), !found.empty() && highest != Disclosure::disclose);
    // Who stopped before sending has nothing to report.
    EXPECT_EQ(advice.disclosed_by_a_report.empty(),
              highest != Disclosure::offer || direction == Direction::sending);
  });
}

TEST(Policy, SaysBeforehandWhatAMatchOfEachUsableClassDiscloses) {
  EXPECT_EQ(level_words(class_rules(), default_levels()).size(), 1U);
  const auto lines = level_words(usable_rules(), default_levels());
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_NE(lines[0].find("your service is told"), std::string::npos);
  EXPECT_NE(lines[1].find("nobody is told."), std::string::npos);
  EXPECT_NE(lines[2].find("unless you report it"), std::string::npos);
}

TEST(Policy, LowQualityAllowsAndSaysSo) {
  for (const auto direction : kDirections) {
    const auto advice = advise(class_rules(), direction, {false, {}}, {}).value();
    EXPECT_EQ(advice.action, Action::allow);
    EXPECT_EQ(advice.reasons, std::vector{Reason::low_quality});
  }
}

TEST(Policy, EveryReasonHasItsOwnNameAndCalmWords) {
  std::set<std::string_view> names;
  for (const auto reason : {Reason::no_match, Reason::low_quality, Reason::listed_picture_not_sent,
                            Reason::listed_picture_covered, Reason::test_list, Reason::nobody_told,
                            Reason::service_told}) {
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
