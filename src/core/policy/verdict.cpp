#include "core/policy/verdict.hpp"

#include <algorithm>

namespace lightkeeper::policy {
namespace {

using lists::Provenance;
using match::Disclosure;

const ClassRule* rule_of(const ClassRules& rules, Provenance provenance) {
  const auto found = std::ranges::find(rules, provenance, &ClassRule::provenance);
  return found == rules.end() ? nullptr : &*found;
}

}  // namespace

const ClassRules& class_rules() {
  static constexpr ClassRules kRules{{
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
    case Reason::service_told:
      return "service_told";
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
    case Reason::service_told:
      return "Your service is told about this now. People there look at it; below is what they "
             "see.";
    case Reason::nobody_told:
      break;
  }
  return "Nobody has been told.";
}

Disclosure level_of(const ClassRules& rules, Provenance provenance, Disclosure manifest_level) {
  const ClassRule* rule = rule_of(rules, provenance);
  return rule == nullptr ? Disclosure::prevent : std::min(rule->highest, manifest_level);
}

const std::array<Disclosure, 3>& default_levels() {
  static constexpr std::array kLevels{Disclosure::disclose, Disclosure::prevent, Disclosure::offer};
  return kLevels;
}

Result<Advice> advise(const ClassRules& rules, Direction direction, const Checked& checked,
                      const std::array<Disclosure, 3>& levels) {
  Advice out;
  if (checked.matches.empty()) {
    out.reasons.push_back(checked.quality_is_enough ? Reason::no_match : Reason::low_quality);
    return out;
  }
  bool all_test = true;
  for (std::size_t i = 0; i < checked.matches.size(); ++i) {
    const Provenance provenance = checked.matches[i];
    const ClassRule* rule = rule_of(rules, provenance);
    if (rule == nullptr || !rule->usable) {
      return fail(ErrorCode::list_class_refused, "policy.advise");
    }
    out.action =
        std::max(out.action, direction == Direction::sending ? rule->sending : rule->receiving);
    all_test = all_test && provenance == Provenance::test;
    const auto level =
        level_of(rules, provenance, levels[static_cast<std::size_t>(provenance) - 1]);
    if (level > out.level) {
      out.level = level;
      out.voucher_for = i;
    }
  }
  out.reasons.push_back(direction == Direction::sending ? Reason::listed_picture_not_sent
                                                        : Reason::listed_picture_covered);
  if (all_test) {
    out.reasons.push_back(Reason::test_list);
  }
  const bool told = out.level == Disclosure::disclose;
  out.reasons.push_back(told ? Reason::service_told : Reason::nobody_told);
  const std::string reviewers = "the people who review reports for this service";
  if (told) {
    out.disclosed_now = {
        {direction == Direction::sending
             ? "This picture, that your account was about to send it, where and when"
             : "This picture, its message, who sent it, that it reached you, and when",
         reviewers},
    };
  } else if (out.level == Disclosure::offer && direction == Direction::receiving) {
    // Who stopped before sending has nothing to report: nothing was sent.
    out.disclosed_by_a_report = {
        {"If you report: this picture, its message, who sent it, and when", reviewers},
    };
  }
  return out;
}

std::vector<std::string> level_words(const ClassRules& rules,
                                     const std::array<Disclosure, 3>& levels) {
  std::vector<std::string> out;
  for (const ClassRule& rule : rules) {
    if (!rule.usable) {
      continue;  // no list with this class is accepted
    }
    std::string line = "If a picture matches an entry of the class \"";
    line.append(lists::name_of(rule.provenance)).append("\": ");
    switch (
        level_of(rules, rule.provenance, levels[static_cast<std::size_t>(rule.provenance) - 1])) {
      case Disclosure::prevent:
        line += "it is stopped or covered, and nobody is told.";
        break;
      case Disclosure::offer:
        line += "it is stopped or covered; nobody is told unless you report it.";
        break;
      case Disclosure::disclose:
        line +=
            "it is stopped or covered, and your service is told: the picture, whose message it "
            "is, and when. You see it at that moment.";
        break;
    }
    out.push_back(std::move(line));
  }
  return out;
}

}  // namespace lightkeeper::policy
