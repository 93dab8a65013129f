#include "core/policy/verdict.hpp"

#include <algorithm>

namespace lightkeeper::policy {
namespace {

using lists::Provenance;
using match::Disclosure;

const ClassRule* rule_of(Provenance provenance) {
  const auto& rules = class_rules();
  const auto found = std::ranges::find(rules, provenance, &ClassRule::provenance);
  return found == rules.end() ? nullptr : &*found;
}

}  // namespace

const std::array<ClassRule, 3>& class_rules() {
  static constexpr std::array<ClassRule, 3> kRules{{
      {Provenance::certified_known, false, Action::block, Action::blur, Disclosure::disclose},
      {Provenance::survivor_asserted, false, Action::block, Action::blur, Disclosure::prevent},
      {Provenance::test, true, Action::block, Action::blur, Disclosure::offer},
  }};
  return kRules;
}

std::string_view name_of(Action action) {
  switch (action) {
    case Action::allow:
      return "allow";
    case Action::warn:
      return "warn";
    case Action::blur:
      return "blur";
    case Action::block:
      break;
  }
  return "block";
}

std::string_view name_of(Reason reason) {
  switch (reason) {
    case Reason::no_match:
      return "no_match";
    case Reason::low_quality:
      return "low_quality";
    case Reason::listed_picture_not_sent:
      return "listed_picture_not_sent";
    case Reason::listed_picture_covered:
      return "listed_picture_covered";
    case Reason::test_list:
      return "test_list";
    case Reason::nobody_told:
      break;
  }
  return "nobody_told";
}

std::string_view text_of(Reason reason) {
  switch (reason) {
    case Reason::no_match:
      return "The private check found nothing.";
    case Reason::low_quality:
      return "This picture has too little detail to be compared, so the private check says nothing "
             "about it.";
    case Reason::listed_picture_not_sent:
      return "This picture can't be sent. It matches a list kept by child-protection "
             "organisations.";
    case Reason::listed_picture_covered:
      return "We covered this picture before you saw it. You don't have to look.";
    case Reason::test_list:
      return "It is a harmless drawn picture from a test list.";
    case Reason::nobody_told:
      break;
  }
  return "Nobody has been told.";
}

bool report_may_follow(Provenance provenance, Disclosure manifest_level) {
  const ClassRule* rule = rule_of(provenance);
  return rule != nullptr && std::min(rule->highest, manifest_level) != Disclosure::prevent;
}

Result<Advice> advise(Direction direction, const Checked& checked,
                      const std::array<Disclosure, 3>& levels) {
  Advice out;
  bool all_test = true;
  bool report = false;
  for (const Provenance provenance : checked.matches) {
    const ClassRule* rule = rule_of(provenance);
    if (rule == nullptr || !rule->usable) {
      return fail(ErrorCode::list_class_refused, "policy.advise");
    }
    out.action =
        std::max(out.action, direction == Direction::sending ? rule->sending : rule->receiving);
    all_test = all_test && provenance == Provenance::test;
    report =
        report || report_may_follow(provenance, levels[static_cast<std::size_t>(provenance) - 1]);
  }
  if (checked.matches.empty()) {
    out.reasons.push_back(checked.quality_is_enough ? Reason::no_match : Reason::low_quality);
    return out;
  }
  out.reasons.push_back(direction == Direction::sending ? Reason::listed_picture_not_sent
                                                        : Reason::listed_picture_covered);
  if (all_test) {
    out.reasons.push_back(Reason::test_list);
  }
  out.reasons.push_back(Reason::nobody_told);
  // Who stopped before sending has nothing to report: nothing was sent.
  if (report && direction == Direction::receiving) {
    out.disclosed_by_a_report = {
        {"If you report: this picture, its message, who sent it, and when",
         "the people who review reports for this service"},
    };
  }
  return out;
}

}  // namespace lightkeeper::policy
