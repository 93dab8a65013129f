// The schema as numbered steps, forward only. A step that was released is never edited: its SHA-256
// is kept in every database, and a database whose steps differ from ours is refused.
#pragma once

#include <span>
#include <string_view>

namespace lightkeeper::store {

struct Migration {
  int number;  // 1, 2, 3, ... without gaps
  std::string_view sql;
};

/// The steps of this program, in order.
[[nodiscard]] std::span<const Migration> service_migrations();

}  // namespace lightkeeper::store
