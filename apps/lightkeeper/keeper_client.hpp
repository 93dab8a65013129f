// Speaking with three keepers over HTTP, for commands.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/match/manifest.hpp"

namespace lightkeeper::cli {

using KeeperUrls = std::array<std::string, match::kKeepers>;

/// Exactly three addresses, without a slash at the end; `bad_argument` otherwise.
[[nodiscard]] Result<KeeperUrls> keeper_urls(const std::vector<std::string>& given);

struct KeeperCall {
  std::string method;
  std::string url;
  Bytes body;
  std::size_t response_limit = 0;
};
/// One exchange. An answer that is a problem document is an error with the code that it names; no
/// answer is `keeper_unreachable`. Sends nothing that tells who asks.
[[nodiscard]] Result<Bytes> call_keeper(const KeeperCall& call);
/// Three at the same time, answers in order. If some keepers do not answer, one
/// `keeper_unreachable` says how many.
[[nodiscard]] Result<std::array<Bytes, match::kKeepers>> call_keepers(
    const std::array<KeeperCall, match::kKeepers>& calls);

}  // namespace lightkeeper::cli
