// Inside the room: the chain over all decisions. Each row's value covers the row before it, so that
// a missing, edited or moved one is found.
#pragma once

#include "core/base/codec.hpp"
#include "service/cases/cases.hpp"

namespace lightkeeper::cases {

struct ChainLink {
  ReportId id;
  AccountId reviewer;
  std::string_view decision;
  BytesView sealed_reason;
  std::uint64_t decided_ms = 0;
  // From step 4 on; a row with an empty policy version is from before.
  std::string_view deed, policy_version;
  std::optional<bool> agrees;
};

[[nodiscard]] inline crypto::Digest chain_of(BytesView before, const ChainLink& link) {
  Writer out;
  const bool first = link.policy_version.empty();
  out.fixed(as_bytes(first ? "lightkeeper decision v1" : "lightkeeper decision v2"));
  out.bytes(before).fixed(link.id.value).fixed(link.reviewer.value).text(link.decision);
  out.bytes(link.sealed_reason).u64(link.decided_ms);
  if (!first) {
    out.text(link.deed).text(link.policy_version);
    out.u8(link.agrees ? (*link.agrees ? 2 : 1) : 0);
  }
  return crypto::sha256(out.view());
}

}  // namespace lightkeeper::cases
