// Step 7: the journal of reports to hotlines. Released steps are never edited (migrations.hpp).
#pragma once

#include <string_view>

namespace lightkeeper::store {

inline constexpr std::string_view kSubmission = R"sql(
CREATE TABLE submission(
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  tag BLOB NOT NULL UNIQUE CHECK(length(tag) = 16),
  case_id BLOB NOT NULL CHECK(length(case_id) = 16),
  outlet TEXT NOT NULL,
  environment TEXT NOT NULL CHECK(environment IN ('demo', 'test', 'production')),
  dry_run INTEGER NOT NULL CHECK(dry_run IN (0, 1)),
  state TEXT NOT NULL CHECK(state IN ('queued', 'opening', 'uploading', 'details', 'finishing', 'done',
                                      'retracted', 'quarantined', 'stopped')),
  state_ms INTEGER NOT NULL,
  -- Where a stopped one goes on.
  resumes TEXT,
  -- The report at the hotline is taken back first, and then this follows.
  retract_then TEXT CHECK(retract_then IN ('restart', 'quarantine')),
  -- The step whose intent is in the journal and whose outcome is not.
  pending TEXT,
  -- After an answer that did not come, the hotline is asked for its status first.
  probe INTEGER NOT NULL DEFAULT 0,
  wrapped_key BLOB NOT NULL,
  queued_by BLOB NOT NULL CHECK(length(queued_by) = 16),
  queued_ms INTEGER NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  mismatches INTEGER NOT NULL DEFAULT 0,
  report_id TEXT,
  opened_ms INTEGER,
  changed_ms INTEGER,
  failures INTEGER NOT NULL DEFAULT 0,
  next_ms INTEGER NOT NULL,
  lease_owner BLOB,
  lease_until_ms INTEGER NOT NULL DEFAULT 0,
  problem TEXT NOT NULL DEFAULT '',
  receipt TEXT,
  done_ms INTEGER,
  files_differ INTEGER NOT NULL DEFAULT 0,
  -- A person has ended it; its case may be queued again.
  set_aside INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX submission_once ON submission(case_id, outlet, environment)
  WHERE dry_run = 0 AND set_aside = 0;
CREATE INDEX submission_due ON submission(next_ms)
  WHERE state IN ('queued', 'opening', 'uploading', 'details', 'finishing');
CREATE INDEX submission_state ON submission(state);

-- Sealed under the submission's own key: the frozen case file, why findings were overridden, and the documents of a
-- dry run.
CREATE TABLE submission_document(
  submission INTEGER NOT NULL REFERENCES submission(number),
  part TEXT NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY(submission, part)
) STRICT;
CREATE TRIGGER submission_document_is_frozen BEFORE UPDATE ON submission_document
  BEGIN SELECT RAISE(ABORT, 'what was queued is frozen'); END;

-- What is known of each file in the present report.
CREATE TABLE submission_file(
  submission INTEGER NOT NULL REFERENCES submission(number),
  position INTEGER NOT NULL,
  item INTEGER NOT NULL,
  sha256 BLOB NOT NULL CHECK(length(sha256) = 32),
  size INTEGER NOT NULL,
  media_type TEXT NOT NULL,
  file_id TEXT,
  md5_matches INTEGER,
  details INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(submission, position),
  UNIQUE(submission, item)
) STRICT;

-- Each report that was opened, or may have been. At most one of a submission is ever asked to finish at a time, and
-- at most one is finished.
CREATE TABLE submission_attempt(
  submission INTEGER NOT NULL REFERENCES submission(number),
  attempt INTEGER NOT NULL,
  report_id TEXT,
  began_ms INTEGER NOT NULL,
  fate TEXT NOT NULL CHECK(fate IN ('opening', 'not_opened', 'may_be_open', 'open', 'retracted', 'gone', 'finishing',
                                    'finished')),
  PRIMARY KEY(submission, attempt)
) STRICT;
CREATE UNIQUE INDEX submission_finishes_once ON submission_attempt(submission) WHERE fate IN ('finishing', 'finished');
CREATE TRIGGER submission_finished_is_final BEFORE UPDATE ON submission_attempt WHEN old.fate = 'finished'
  BEGIN SELECT RAISE(ABORT, 'a finished report is final'); END;

CREATE TABLE submission_step(
  number INTEGER PRIMARY KEY,
  submission INTEGER NOT NULL REFERENCES submission(number),
  attempt INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  step TEXT NOT NULL,
  result TEXT NOT NULL,
  item INTEGER,
  code INTEGER,
  request_id TEXT
) STRICT;
CREATE INDEX submission_step_of ON submission_step(submission, number);
CREATE TRIGGER submission_step_is_never_edited BEFORE UPDATE ON submission_step
  BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER submission_step_is_never_deleted BEFORE DELETE ON submission_step
  BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

-- One row: the switches of the outlet.
CREATE TABLE submission_outlet(
  id INTEGER PRIMARY KEY CHECK(id = 1),
  kill_switch INTEGER NOT NULL DEFAULT 0,
  kill_switch_ms INTEGER NOT NULL DEFAULT 0,
  stopped_ms INTEGER,
  stopped_code INTEGER,
  -- A keyed digest of address, user and password, and its wrapped key: alone it tells nothing.
  configuration BLOB,
  configuration_key BLOB,
  unreachable_ms INTEGER,
  schema_pinned TEXT,
  schema_seen TEXT,
  schema_seen_ms INTEGER NOT NULL DEFAULT 0,
  schema_changed_ms INTEGER,
  contact_email TEXT,
  contact_phone TEXT,
  -- What two people agreed to: schema, address, user, contacts.
  armed_subject TEXT,
  armed_ms INTEGER
) STRICT;
INSERT INTO submission_outlet(id) VALUES(1);

-- The frozen case file, the documents made of it and what names the files sent go with the evidence
-- of the case, and with nothing else. The journal stays: numbers, codes, times, the receipt.
CREATE TRIGGER submission_document_goes_with_a_certificate BEFORE DELETE ON submission_document
  WHEN NOT EXISTS (SELECT 1 FROM destruction JOIN submission ON submission.case_id =
    destruction.case_id WHERE submission.number = OLD.submission)
  BEGIN SELECT RAISE(ABORT, 'what was queued is removed by destruction only'); END;
CREATE TRIGGER submission_document_is_written_once BEFORE INSERT ON submission_document
  WHEN EXISTS (SELECT 1 FROM destruction JOIN submission ON submission.case_id =
      destruction.case_id WHERE submission.number = NEW.submission)
    OR EXISTS (SELECT 1 FROM submission_document WHERE submission = NEW.submission AND
      part = NEW.part)
  BEGIN SELECT RAISE(ABORT, 'what was queued is frozen'); END;
CREATE TRIGGER submission_file_keeps_its_facts BEFORE UPDATE OF submission, position, item, sha256,
    size, media_type ON submission_file
  WHEN NOT EXISTS (SELECT 1 FROM destruction JOIN submission ON submission.case_id =
    destruction.case_id WHERE submission.number = OLD.submission)
  BEGIN SELECT RAISE(ABORT, 'what was queued is frozen'); END;
-- Another wrapping of the same key is let through, as for the keys of cases (step 6).
CREATE TRIGGER submission_keeps_its_key BEFORE UPDATE OF wrapped_key ON submission
  WHEN length(NEW.wrapped_key) < min(32, length(OLD.wrapped_key)) AND
    NOT EXISTS (SELECT 1 FROM destruction WHERE case_id = OLD.case_id)
  BEGIN SELECT RAISE(ABORT, 'what was queued is removed by destruction only'); END;
CREATE TRIGGER submission_needs_evidence BEFORE INSERT ON submission
  WHEN EXISTS (SELECT 1 FROM destruction WHERE case_id = NEW.case_id)
  BEGIN SELECT RAISE(ABORT, 'destroyed'); END;
-- A report that has not arrived needs its evidence, whether it is on its way or waits for a person.
CREATE VIEW unsent_case AS
  SELECT case_id FROM submission WHERE dry_run = 0 AND set_aside = 0 AND state <> 'done';
CREATE TRIGGER destruction_waits_for_reports BEFORE INSERT ON destruction
  WHEN EXISTS (SELECT 1 FROM unsent_case WHERE case_id = NEW.case_id)
  BEGIN SELECT RAISE(ABORT, 'a report of this case has not arrived'); END;
)sql";

}  // namespace lightkeeper::store
