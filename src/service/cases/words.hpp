// What people are told, from templates: never who reported, never content, never an accusation.
//
// Fields of a statement of reasons after Article 17 of Regulation (EU) 2022/2065: the restriction
// and its reach, the facts and whether automated means were used, the ground, and the ways to
// object.
#pragma once

#include <string>
#include <vector>

#include "core/base/ids.hpp"
#include "service/cases/kinds.hpp"

namespace lightkeeper::cases {

struct Words {
  std::string title;
  std::vector<std::string> body;  // one paragraph each
};

struct StatementFacts {
  DecisionKind decision = DecisionKind::warn;
  Harm harm = Harm::other;
  /// A device's check or the service's own check pointed to it, and a person decided.
  bool automated_detection = false;
  std::string policy_version;
  UnixMillis decided;
  std::uint64_t appeal_days = 0;
};
/// For the affected account. Only warn, restrict and report have one.
[[nodiscard]] Words statement_of_reasons(const StatementFacts& facts);

/// For people who reported: what came of it, in general terms. The same words for every step that
/// was taken, so that nobody learns from them what happened to another person.
[[nodiscard]] std::string outcome_words(DecisionKind decision);
[[nodiscard]] Words report_update(DecisionKind decision);
/// For the person who objected.
[[nodiscard]] Words appeal_update(bool upheld);

[[nodiscard]] Bytes encode(const Words& words);
[[nodiscard]] Result<Words> decode_words(BytesView bytes);

/// "21 November 2026"
[[nodiscard]] std::string day_of(UnixMillis time);

}  // namespace lightkeeper::cases
