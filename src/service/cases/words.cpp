#include "service/cases/words.hpp"

#include <array>
#include <chrono>
#include <string_view>

#include "core/base/codec.hpp"

namespace lightkeeper::cases {

namespace {

std::string what_happens(DecisionKind decision) {
  switch (decision) {
    case DecisionKind::restrict_account:
      return "For now your account can't start new conversations or send pictures. You can still "
             "read, and write in the conversations that you have.";
    case DecisionKind::report:
      return "We passed what we were told on to the organisation that the law names for this. "
             "Nothing changed about what your account can do.";
    case DecisionKind::warn:
    case DecisionKind::no_action:
    case DecisionKind::escalate:
      break;
  }
  return "Nothing changes about what your account can do. Please read our rules once more.";
}

std::string_view ground_of(Harm harm) {
  switch (harm) {
    case Harm::known_picture:
      return "our rule on pictures that stand on lists of child-protection organisations";
    case Harm::grooming:
      return "our rule on contact with children";
    case Harm::threat:
      return "our rule on pressure and threats";
    case Harm::unwanted:
      return "our rule on messages that somebody does not want to get";
    case Harm::other:
      break;
  }
  return "our rules on how people treat one another here";
}

}  // namespace

Bytes encode(const Words& words) {
  Writer out;
  out.u8(1).text(words.title).u32(static_cast<std::uint32_t>(words.body.size()));
  for (const auto& paragraph : words.body) {
    out.text(paragraph);
  }
  return out.take();
}

Result<Words> decode_words(BytesView bytes) {
  constexpr std::size_t kMaxParagraphs = 32;
  constexpr std::size_t kMaxText = 4096;
  Reader in(bytes);
  LK_TRY(version, in.u8());
  LK_TRY(title, in.text(kMaxText));
  LK_TRY(count, in.u32());
  if (version != 1 || count > kMaxParagraphs) {
    return fail(ErrorCode::bad_format, "notice");
  }
  Words out{std::move(title), {}};
  for (std::uint32_t i = 0; i < count; ++i) {
    LK_TRY(paragraph, in.text(kMaxText));
    out.body.push_back(std::move(paragraph));
  }
  LK_CHECK_OK(in.finish());
  return out;
}

std::string day_of(UnixMillis time) {
  static constexpr std::array<std::string_view, 12> kMonths{
      "January", "February", "March",     "April",   "May",      "June",
      "July",    "August",   "September", "October", "November", "December"};
  const auto days = std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(time.value)));
  const std::chrono::year_month_day date(days);
  return std::to_string(static_cast<unsigned>(date.day())) + " " +
         std::string(kMonths.at(static_cast<unsigned>(date.month()) - 1)) + " " +
         std::to_string(static_cast<int>(date.year()));
}

Words statement_of_reasons(const StatementFacts& facts) {
  Words out{"A decision about your account", {}};
  out.body.push_back("On " + day_of(facts.decided) + " we made a decision about your account. " +
                     what_happens(facts.decision));
  out.body.push_back(
      "What it rests on: something that was sent from your account and that we were asked to look "
      "at. The ground is " +
      std::string(ground_of(facts.harm)) + " (rules of " + facts.policy_version + ").");
  out.body.push_back(facts.automated_detection
                         ? "An automatic check pointed to it. A person looked at it and decided."
                         : "No automatic check was involved. A person looked at it and decided.");
  out.body.push_back(
      "If you think that this is a mistake, you can object here within " +
      std::to_string(facts.appeal_days) +
      " days. Somebody else than the person who decided will look at it. You can also turn to an "
      "out-of-court dispute body or to a court.");
  return out;
}

std::string outcome_words(DecisionKind decision) {
  if (decision == DecisionKind::no_action) {
    return "We looked at it with care and did not take a step this time. It was right to tell us. "
           "If something else happens, tell us again.";
  }
  return "We looked at it with care and took a step. It was right to tell us. To protect everybody "
         "we can't say more about another person.";
}

Words report_update(DecisionKind decision) {
  return {"About your report", {outcome_words(decision)}};
}

Words appeal_update(bool upheld) {
  if (upheld) {
    return {"About your objection",
            {"Somebody else looked at the decision again, and it stays as it is.",
             "You can turn to an out-of-court dispute body or to a court."}};
  }
  return {"About your objection",
          {"Somebody else looked at the decision again and changed it. Your account can do "
           "everything again. We are sorry for the trouble."}};
}

}  // namespace lightkeeper::cases
