// What the operator has decided about decisions, as data: which need two people, how many are
// looked at again, how long a case may wait, when a notice waits.
//
// Every decision records the version of the policy that it was made under. Change the version with
// the rules.
#pragma once

#include <string>
#include <vector>

#include "core/base/ids.hpp"
#include "core/crypto/crypto.hpp"
#include "service/cases/kinds.hpp"

namespace lightkeeper::cases {

struct Policy {
  std::string version;

  /// A second person has to agree before such a decision takes effect.
  struct Second {
    DecisionKind decision = DecisionKind::report;
    bool only_without_proof = true;  // neither verified messages nor own records nor vouchers
  };
  std::vector<Second> seconds;
  /// Of 10,000 decisions, how many a second person looks at afterwards.
  std::uint32_t sampled_of_10000 = 0;

  struct Due {
    Band band = Band::low;
    std::uint64_t millis = 0;
  };
  std::vector<Due> due;  // the band at intake decides

  /// More reports than this within the window by one person, or against one account, are a flood.
  std::uint64_t flood_window_millis = 0;
  std::uint64_t flood_by_reporter = 0;
  std::uint64_t flood_against_account = 0;
  /// Of 10,000 cases of a flood, how many stay in the queue.
  std::uint32_t flood_sampled_of_10000 = 0;

  /// How long the statement of reasons for a report to a hotline waits, so that an investigation is
  /// not spoilt, and what the record says about it.
  std::uint64_t report_notice_delay_millis = 0;
  std::string report_notice_delay_reason;
  /// How long a person may appeal.
  std::uint64_t appeal_millis = 0;
};

/// The policy of this program. ADR 0079 says why each number is what it is.
[[nodiscard]] const Policy& standard_policy();

/// Facts of a case that rules look at.
struct PolicyFacts {
  bool proof = false;
};
[[nodiscard]] bool needs_second(const Policy& policy, DecisionKind decision, PolicyFacts facts);
/// Whether any decision about such a case would need two.
[[nodiscard]] bool may_need_second(const Policy& policy, PolicyFacts facts);
[[nodiscard]] std::uint64_t due_millis(const Policy& policy, Band band);

/// Chosen by a keyed hash: nobody can tell beforehand, and everybody with the key can check.
[[nodiscard]] bool is_sampled(const SecretBytes& key, std::string_view purpose, const ReportId& id,
                              std::uint32_t of_10000);

}  // namespace lightkeeper::cases
