// Step 3: the tamper-evident audit log. Released steps are never edited (migrations.hpp).
#pragma once

#include <string_view>

namespace lightkeeper::store {

inline constexpr std::string_view kAuditLog = R"sql(
-- Numbers count from 1 without gaps. No reference to account: an entry outlives what it names.
CREATE TABLE audit_entry(
  number INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  action TEXT NOT NULL,
  actor BLOB CHECK(actor IS NULL OR length(actor) = 16),
  subject TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_entry_is_never_edited BEFORE UPDATE ON audit_entry
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_entry_is_never_deleted BEFORE DELETE ON audit_entry
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- Whole subtrees of the Merkle tree over the entries; level 0 is the hash of entry position + 1.
CREATE TABLE audit_node(
  level INTEGER NOT NULL,
  position INTEGER NOT NULL,
  hash BLOB NOT NULL CHECK(length(hash) = 32),
  PRIMARY KEY(level, position)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER audit_node_is_never_edited BEFORE UPDATE ON audit_node
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_node_is_never_deleted BEFORE DELETE ON audit_node
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- Signed, each over the first `size` entries.
CREATE TABLE audit_checkpoint(
  size INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  note TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_checkpoint_is_never_edited BEFORE UPDATE ON audit_checkpoint
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_checkpoint_is_never_deleted BEFORE DELETE ON audit_checkpoint
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
)sql";

}  // namespace lightkeeper::store
