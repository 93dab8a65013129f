// What follows from a check: one table from provenance class, direction and disclosure level to
// advice.
//
// Advice, not scores: the host gets an action, reasons in words, and what is or would be disclosed
// to whom. What a match discloses is a level in the signed manifest, capped by the class: `prevent`
// nothing ever; `offer` what the person reports; `disclose` a voucher, and the person is told at
// that moment. Pure functions without state, thread-safe. Learns nothing of anybody.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/lists/entry.hpp"
#include "core/match/manifest.hpp"

namespace lightkeeper::policy {

enum class Direction : std::uint8_t { sending = 1, receiving = 2 };

/// From least to most protective; more evidence never leads to a lesser one.
enum class Action : std::uint8_t { allow = 0, warn = 1, blur = 2, block = 3 };
[[nodiscard]] std::string_view name_of(Action action);

/// Stable names with the default English text; hosts may translate by name.
enum class Reason : std::uint8_t {
  no_match,
  low_quality,
  listed_picture_not_sent,
  listed_picture_covered,
  test_list,
  nobody_told,
  service_told,
};
[[nodiscard]] std::string_view name_of(Reason reason);
[[nodiscard]] std::string_view text_of(Reason reason);

/// What would reach whom. `to` is empty where nobody gets it.
struct Disclosed {
  std::string what;
  std::string to;
  bool operator==(const Disclosed&) const = default;
};

struct Advice {
  Action action = Action::allow;
  std::vector<Reason> reasons;
  /// What a report by the person would share. Empty where no report is offered.
  std::vector<Disclosed> disclosed_by_a_report;
  /// The highest level among the matches; `prevent` without any.
  match::Disclosure level = match::Disclosure::prevent;
  /// The first match of that level, as a position in Checked::matches: the entry for a voucher.
  std::optional<std::size_t> voucher_for;
  /// What reaches whom at once. Empty below `disclose`.
  std::vector<Disclosed> disclosed_now;
  bool operator==(const Advice&) const = default;
};

/// One line of the table.
struct ClassRule {
  lists::Provenance provenance;
  bool usable;  // false: refused until lists can be certified and logged
  Action sending;
  Action receiving;
  match::Disclosure highest;  // a manifest may ask for less, never for more
};
using ClassRules = std::array<ClassRule, 3>;
[[nodiscard]] const ClassRules& class_rules();

/// What a match of this class discloses: what the manifest asks for, but never more than the class
/// allows. Survivor-asserted entries and unknown classes: prevent.
[[nodiscard]] match::Disclosure level_of(const ClassRules& rules, lists::Provenance provenance,
                                         match::Disclosure manifest_level);
/// What a manifest asks for unless its publisher says otherwise: disclose, prevent, offer.
[[nodiscard]] const std::array<match::Disclosure, 3>& default_levels();

/// What a picture's check found: nothing, or one provenance class per matching entry.
struct Checked {
  bool quality_is_enough = true;
  std::span<const lists::Provenance> matches;
};
/// `list_class_refused` if any match is of a class that is not usable yet, whatever else matched;
/// the picture is then neither allowed nor named. `levels` by Provenance - 1, from the manifest.
[[nodiscard]] Result<Advice> advise(const ClassRules& rules, Direction direction,
                                    const Checked& checked,
                                    const std::array<match::Disclosure, 3>& levels);

/// One line for each class of the manifest: what a match of it would disclose. To be shown before
/// the first check.
[[nodiscard]] std::vector<std::string> level_words(const ClassRules& rules,
                                                   const std::array<match::Disclosure, 3>& levels);

}  // namespace lightkeeper::policy
