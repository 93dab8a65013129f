// Step 1: accounts, conversations, relay, reports. Released steps are never edited
// (migrations.hpp).
#pragma once

#include <string_view>

namespace lightkeeper::store {

inline constexpr std::string_view kFirstLight = R"sql(
CREATE TABLE account(
  id BLOB PRIMARY KEY CHECK(length(id) = 16),
  name TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL CHECK(role IN ('person', 'reviewer')),
  password_hash TEXT,
  signature_key BLOB,
  next_event INTEGER NOT NULL DEFAULT 1,
  created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE passkey(
  credential BLOB PRIMARY KEY,
  account BLOB NOT NULL REFERENCES account(id),
  algorithm INTEGER NOT NULL CHECK(algorithm IN (-7, -8)),
  public_key BLOB NOT NULL,
  counter INTEGER NOT NULL,
  created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX passkey_account ON passkey(account);

CREATE TABLE session(
  token_hash BLOB PRIMARY KEY CHECK(length(token_hash) = 32),
  account BLOB NOT NULL REFERENCES account(id),
  expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_expiry ON session(expires_ms);

CREATE TABLE invitation(
  code_hash BLOB PRIMARY KEY CHECK(length(code_hash) = 32),
  role TEXT NOT NULL CHECK(role IN ('person', 'reviewer')),
  invited_by BLOB REFERENCES account(id),
  expires_ms INTEGER NOT NULL,
  used_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE key_package(
  id INTEGER PRIMARY KEY,
  account BLOB NOT NULL REFERENCES account(id),
  hash BLOB NOT NULL,
  bytes BLOB NOT NULL,
  UNIQUE(account, hash)
) STRICT;

CREATE TABLE conversation(
  id BLOB PRIMARY KEY CHECK(length(id) = 16),
  kind TEXT NOT NULL CHECK(kind IN ('direct', 'group')),
  epoch INTEGER NOT NULL,
  last_seq INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE member(
  conversation BLOB NOT NULL REFERENCES conversation(id),
  account BLOB NOT NULL REFERENCES account(id),
  from_seq INTEGER NOT NULL,
  PRIMARY KEY(conversation, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_account ON member(account);

-- What was accepted from whom under which client id: the answer to a repeated request.
CREATE TABLE accepted(
  sender BLOB NOT NULL REFERENCES account(id),
  client_id TEXT NOT NULL,
  request_hash BLOB NOT NULL,
  seq INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  accepted_ms INTEGER NOT NULL,
  context BLOB NOT NULL,
  stamp BLOB NOT NULL,
  PRIMARY KEY(sender, client_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX accepted_age ON accepted(accepted_ms);

-- One ciphertext, held once until the last recipient has acknowledged it.
CREATE TABLE envelope(
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK(kind IN ('welcome', 'commit', 'message')),
  conversation BLOB NOT NULL REFERENCES conversation(id),
  sender BLOB NOT NULL REFERENCES account(id),
  client_id TEXT NOT NULL,
  body BLOB NOT NULL,
  commitment BLOB,
  context BLOB,
  stamp BLOB,
  seq INTEGER,
  accepted_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE event(
  account BLOB NOT NULL REFERENCES account(id),
  number INTEGER NOT NULL,
  envelope INTEGER NOT NULL REFERENCES envelope(id),
  PRIMARY KEY(account, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_envelope ON event(envelope);

CREATE TABLE attachment(
  id BLOB PRIMARY KEY CHECK(length(id) = 16),
  conversation BLOB NOT NULL REFERENCES conversation(id),
  owner BLOB NOT NULL REFERENCES account(id),
  size INTEGER NOT NULL,
  created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX attachment_owner ON attachment(owner);
CREATE INDEX attachment_age ON attachment(created_ms);

CREATE TABLE report(
  id BLOB PRIMARY KEY CHECK(length(id) = 16),
  number INTEGER NOT NULL UNIQUE,
  reporter BLOB NOT NULL REFERENCES account(id),
  client_id TEXT NOT NULL,
  request_mac BLOB NOT NULL,
  alleged BLOB NOT NULL REFERENCES account(id),
  reason TEXT NOT NULL,
  received_ms INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  verified INTEGER NOT NULL,
  state TEXT NOT NULL CHECK(state IN ('open', 'decided')),
  wrapped_key BLOB NOT NULL,
  UNIQUE(reporter, client_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX report_state ON report(state, number);

-- Sealed under the case's own key. Item 0 is the written case, the others are pictures.
CREATE TABLE evidence(
  report BLOB NOT NULL REFERENCES report(id),
  item INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY(report, item)
) STRICT;
CREATE TRIGGER evidence_stays_as_it_is BEFORE UPDATE ON evidence
  BEGIN SELECT RAISE(ABORT, 'evidence is never edited'); END;

-- Append-only; each row's chain value covers the row before it.
CREATE TABLE decision(
  number INTEGER PRIMARY KEY,
  report BLOB NOT NULL REFERENCES report(id),
  reviewer BLOB NOT NULL REFERENCES account(id),
  decision TEXT NOT NULL,
  sealed_reason BLOB NOT NULL,
  decided_ms INTEGER NOT NULL,
  chain BLOB NOT NULL
) STRICT;
CREATE INDEX decision_report ON decision(report);
CREATE TRIGGER decision_is_never_edited BEFORE UPDATE ON decision
  BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER decision_is_never_deleted BEFORE DELETE ON decision
  BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
)sql";

}  // namespace lightkeeper::store
