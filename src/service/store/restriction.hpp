// What an account may not do for now: start conversations and send pictures. Set by decisions of
// room cases, looked at by room messaging, which do not know one another.
#pragma once

#include "service/store/database.hpp"

namespace lightkeeper::store {

/// An account is restricted while at least one case says so. Throws StoreFailure like every
/// statement.
inline void set_restriction(Transaction& tx, const AccountId& account, const ReportId& by_case,
                            bool on, UnixMillis now) {
  if (on) {
    tx.run(
        "INSERT INTO account_restriction(account, case_id, since_ms) VALUES(?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        account, by_case, now);
  } else {
    tx.run("DELETE FROM account_restriction WHERE account = ? AND case_id = ?", account, by_case);
  }
}

/// `account_restricted` while it is.
[[nodiscard]] inline Status check_not_restricted(Transaction& tx, const AccountId& account) {
  if (tx.row("SELECT 1 FROM account_restriction WHERE account = ? LIMIT 1", account)) {
    return fail(ErrorCode::account_restricted, "account");
  }
  return {};
}

}  // namespace lightkeeper::store
