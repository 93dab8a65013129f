// TESTS ONLY. A guard with another table of classes, so that the level `disclose` can be exercised
// before lists can be certified. Nothing that is shipped calls it: guard.wasm and the SDK's
// create() use policy::class_rules(), and a test proves that the shipped module refuses.
#pragma once

#include "lightkeeper/guard.hpp"

namespace lightkeeper::guard {

[[nodiscard]] Result<Guard> create_guard_with_rules(Rng& rng, const policy::ClassRules& rules);

/// The shipped table, except that drawn test pictures may be disclosed like certified ones.
[[nodiscard]] inline policy::ClassRules rules_that_disclose_test_pictures() {
  auto rules = policy::class_rules();
  for (auto& rule : rules) {
    if (rule.provenance == lists::Provenance::test) {
      rule.highest = match::Disclosure::disclose;
    }
  }
  return rules;
}

}  // namespace lightkeeper::guard
