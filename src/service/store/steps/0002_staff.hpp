// Step 2: roles and scopes of staff, sign-in by OIDC, approvals by two people, capture events.
// Released steps are never edited (migrations.hpp).
#pragma once

#include <string_view>

namespace lightkeeper::store {

inline constexpr std::string_view kStaff = R"sql(
-- account.role keeps 'person' or 'reviewer', where 'reviewer' now means staff; which staff stands
-- here. scopes: names of harms with commas between them; empty means all.
CREATE TABLE staff(
  account BLOB PRIMARY KEY REFERENCES account(id),
  role TEXT NOT NULL CHECK(role IN ('reviewer', 'senior', 'legal', 'auditor', 'admin')),
  scopes TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
INSERT INTO staff(account, role) SELECT id, 'reviewer' FROM account WHERE role = 'reviewer';

ALTER TABLE invitation ADD COLUMN staff_role TEXT
  CHECK(staff_role IN ('reviewer', 'senior', 'legal', 'auditor', 'admin'));
ALTER TABLE invitation ADD COLUMN scopes TEXT NOT NULL DEFAULT '';
UPDATE invitation SET staff_role = 'reviewer' WHERE role = 'reviewer';
)sql";

}  // namespace lightkeeper::store
