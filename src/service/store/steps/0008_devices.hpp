// Step 8: several devices of one person, leaving a group, who started it. Released steps are never
// edited (migrations.hpp).
#pragma once

#include <string_view>

namespace lightkeeper::store {

inline constexpr std::string_view kDevices = R"sql(
-- The first device of an account carries the account's id, so that what waits for an account before
-- its first device has announced itself, or from before this step, is that device's.
CREATE TABLE device(
  id BLOB PRIMARY KEY CHECK(length(id) = 16),
  account BLOB NOT NULL REFERENCES account(id),
  signature_key BLOB NOT NULL,
  name TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  vouched_by BLOB REFERENCES device(id),
  vouch BLOB CHECK(length(vouch) = 64),
  removed_ms INTEGER,
  UNIQUE(account, signature_key)
) STRICT, WITHOUT ROWID;
INSERT INTO device(id, account, signature_key, name, created_ms)
  SELECT id, id, signature_key, '', created_ms FROM account WHERE signature_key IS NOT NULL;
-- A device is never quietly unmade or given another key: it is removed with its time, in the open.
CREATE TRIGGER device_stays_on_record BEFORE DELETE ON device
  BEGIN SELECT RAISE(ABORT, 'devices are removed with their time, never deleted'); END;
CREATE TRIGGER device_keeps_its_key BEFORE UPDATE OF id, account, signature_key, created_ms ON device
  BEGIN SELECT RAISE(ABORT, 'a device keeps its key'); END;

CREATE TABLE session_device(
  token_hash BLOB PRIMARY KEY REFERENCES session(token_hash) ON DELETE CASCADE,
  device BLOB NOT NULL REFERENCES device(id)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_device_device ON session_device(device);

-- One queue for each device; the numbers of its events rise and are never used again.
CREATE TABLE mailbox(
  device BLOB PRIMARY KEY CHECK(length(device) = 16),
  next_event INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO mailbox SELECT id, next_event FROM account;

CREATE TABLE new_envelope(
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK(kind IN ('welcome', 'commit', 'message', 'left', 'devices')),
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
INSERT INTO new_envelope SELECT id, kind, conversation, sender, client_id, body, commitment, context,
  stamp, seq, accepted_ms FROM envelope;
CREATE TABLE new_event(
  device BLOB NOT NULL REFERENCES mailbox(device),
  number INTEGER NOT NULL,
  envelope INTEGER NOT NULL REFERENCES new_envelope(id),
  PRIMARY KEY(device, number)
) STRICT, WITHOUT ROWID;
INSERT INTO new_event SELECT account, number, envelope FROM event;
DROP TABLE event;
DROP TABLE envelope;
ALTER TABLE new_envelope RENAME TO envelope;
ALTER TABLE new_event RENAME TO event;
CREATE INDEX event_envelope ON event(envelope);

CREATE TABLE new_key_package(
  id INTEGER PRIMARY KEY,
  device BLOB NOT NULL,
  hash BLOB NOT NULL,
  bytes BLOB NOT NULL,
  UNIQUE(device, hash)
) STRICT;
INSERT INTO new_key_package SELECT id, account, hash, bytes FROM key_package;
DROP TABLE key_package;
ALTER TABLE new_key_package RENAME TO key_package;

-- Who may remove others; null for conversations from before this step: then nobody.
ALTER TABLE conversation ADD COLUMN founder BLOB REFERENCES account(id);
-- Who left or was removed can still report what came while they were there.
CREATE TABLE past_member(
  conversation BLOB NOT NULL REFERENCES conversation(id),
  account BLOB NOT NULL REFERENCES account(id),
  from_seq INTEGER NOT NULL,
  until_seq INTEGER NOT NULL,
  PRIMARY KEY(conversation, account, from_seq)
) STRICT, WITHOUT ROWID;
)sql";

}  // namespace lightkeeper::store
