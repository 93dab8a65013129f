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
  scopes TEXT NOT NULL DEFAULT '',
  left_ms INTEGER  -- since then this account cannot come in any more
) STRICT, WITHOUT ROWID;
INSERT INTO staff(account, role) SELECT id, 'reviewer' FROM account WHERE role = 'reviewer';

ALTER TABLE invitation ADD COLUMN staff_role TEXT
  CHECK(staff_role IN ('reviewer', 'senior', 'legal', 'auditor', 'admin'));
ALTER TABLE invitation ADD COLUMN scopes TEXT NOT NULL DEFAULT '';
ALTER TABLE invitation ADD COLUMN oidc_subject TEXT;
UPDATE invitation SET staff_role = 'reviewer' WHERE role = 'reviewer';

-- When a session of staff was last used.
ALTER TABLE session ADD COLUMN seen_ms INTEGER NOT NULL DEFAULT 0;
CREATE INDEX session_account ON session(account);

-- A member of staff as a sign-in provider knows them.
CREATE TABLE oidc_link(
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  account BLOB NOT NULL REFERENCES account(id),
  linked_ms INTEGER NOT NULL,
  PRIMARY KEY(issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX oidc_link_account ON oidc_link(account);

-- What one person asked for and another said about it.
CREATE TABLE approval(
  number INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  requested_by BLOB NOT NULL REFERENCES account(id),
  requested_ms INTEGER NOT NULL,
  decided_by BLOB REFERENCES account(id) CHECK(decided_by <> requested_by),
  decided_ms INTEGER,
  agreed INTEGER CHECK(agreed IN (0, 1)),
  reason TEXT,
  used_ms INTEGER CHECK(used_ms IS NULL OR coalesce(agreed, 0) = 1),
  CHECK((decided_by IS NULL) = (agreed IS NULL) AND (decided_by IS NULL) = (decided_ms IS NULL))
) STRICT;
CREATE INDEX approval_requester ON approval(requested_by);
CREATE TRIGGER approval_is_asked_once BEFORE UPDATE OF number, kind, subject, requested_by,
  requested_ms ON approval
  BEGIN SELECT RAISE(ABORT, 'what was asked stays as it was asked'); END;
CREATE TRIGGER approval_is_decided_once BEFORE UPDATE OF decided_by, decided_ms, agreed, reason
  ON approval WHEN OLD.decided_by IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'an approval is decided once'); END;
CREATE TRIGGER approval_is_used_once BEFORE UPDATE OF used_ms ON approval
  WHEN OLD.used_ms IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'an approval is used once'); END;
CREATE TRIGGER approval_is_never_deleted BEFORE DELETE ON approval
  BEGIN SELECT RAISE(ABORT, 'approvals are kept'); END;

-- Where a person's registrations, sign-ins and uploads came from. Read for reports to a hotline
-- only; removed after capture_days.
CREATE TABLE capture(
  id INTEGER PRIMARY KEY,
  account BLOB NOT NULL REFERENCES account(id),
  event TEXT NOT NULL CHECK(event IN ('Registration', 'Login', 'Upload', 'Other')),
  address TEXT NOT NULL,
  port INTEGER NOT NULL CHECK(port BETWEEN 0 AND 65535),
  at_ms INTEGER NOT NULL,
  user_agent TEXT NOT NULL
) STRICT;
CREATE INDEX capture_account ON capture(account, at_ms);
CREATE INDEX capture_age ON capture(at_ms);
)sql";

}  // namespace lightkeeper::store
