#include "service/cases/policy.hpp"

#include <algorithm>

#include "core/base/codec.hpp"

namespace lightkeeper::cases {

namespace {

constexpr std::uint64_t kHour = 3600ULL * 1000;
constexpr std::uint64_t kDay = 24 * kHour;

}  // namespace

const Policy& standard_policy() {
  static const Policy policy{
      .version = "2026-11",
      .seconds = {{DecisionKind::report, true}, {DecisionKind::restrict_account, true}},
      .sampled_of_10000 = 500,
      .due = {{Band::rescue, kHour},
              {Band::high, 8 * kHour},
              {Band::normal, kDay},
              {Band::low, 3 * kDay}},
      .flood_window_millis = kHour,
      .flood_by_reporter = 20,
      .flood_against_account = 50,
      .flood_sampled_of_10000 = 1000,
      .report_notice_delay_millis = 90 * kDay,
      .report_notice_delay_reason = "So that an investigation is not spoilt.",
      .appeal_millis = 184 * kDay,
  };
  return policy;
}

bool needs_second(const Policy& policy, DecisionKind decision, PolicyFacts facts) {
  return std::ranges::any_of(policy.seconds, [&](const Policy::Second& rule) {
    return rule.decision == decision && (!rule.only_without_proof || !facts.proof);
  });
}

bool may_need_second(const Policy& policy, PolicyFacts facts) {
  return std::ranges::any_of(kDecisionKinds,
                             [&](DecisionKind kind) { return needs_second(policy, kind, facts); });
}

std::uint64_t due_millis(const Policy& policy, Band band) {
  for (const auto& rule : policy.due) {
    if (rule.band == band) {
      return rule.millis;
    }
  }
  return 3 * kDay;
}

bool is_sampled(const SecretBytes& key, std::string_view purpose, const ReportId& id,
                std::uint32_t of_10000) {
  const auto digest =
      crypto::hmac_sha256(key.expose_secret(), Writer().text(purpose).fixed(id.value).take());
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    number = number << 8U | digest[i];
  }
  return number % 10'000 < of_10000;
}

}  // namespace lightkeeper::cases
