// How entries stand in the database.
#pragma once

#include "service/accountability/entry.hpp"

namespace lightkeeper::accountability {

/// Of a row that begins with number, at_ms, action, actor, subject, detail.
[[nodiscard]] inline LoggedEntry entry_of(const store::Row& row) {
  return {row.number(0),
          UnixMillis{row.number(1)},
          {row.text(2), row.null(3) ? std::nullopt : std::optional(row.id<AccountId>(3)),
           row.text(4), row.text(5)}};
}

}  // namespace lightkeeper::accountability
