// Step 6: holds, the deletion interlock, destruction certificates. Released steps are never edited
// (migrations.hpp).
#pragma once

#include <string_view>

namespace lightkeeper::store {

inline constexpr std::string_view kPreservation = R"sql(
-- Which case a report belongs to, and when a case was last decided: the only places of this step
-- that know how cases are kept.
-- A report that belongs to no case (none does since step 4) is one by itself.
CREATE VIEW case_of_report AS
  SELECT id AS report, coalesce(case_id, id) AS case_id, alleged FROM report;
CREATE VIEW decided_case AS
  SELECT id AS case_id, decided_ms FROM review_case WHERE state = 'decided' AND decided_ms IS NOT NULL;

CREATE TABLE hold(
  number INTEGER PRIMARY KEY,
  case_id BLOB NOT NULL REFERENCES report(id),
  basis TEXT NOT NULL
    CHECK(basis IN ('report_2258a', 'letter_2703f', 'epoc_pr', 'uk_osa', 'internal')),
  reference TEXT NOT NULL,
  placed_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL,
  placed_by BLOB REFERENCES account(id),
  state TEXT NOT NULL CHECK(state IN ('live', 'expired', 'released')),
  extensions INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX hold_case ON hold(case_id, state);
CREATE TRIGGER hold_is_never_deleted BEFORE DELETE ON hold
  BEGIN SELECT RAISE(ABORT, 'holds are never deleted'); END;
-- Only live holds change, and only to last longer or to end.
CREATE TRIGGER hold_only_goes_on BEFORE UPDATE ON hold
  WHEN OLD.state <> 'live' OR NEW.number <> OLD.number OR NEW.case_id <> OLD.case_id
    OR NEW.basis <> OLD.basis OR NEW.placed_ms <> OLD.placed_ms OR NEW.until_ms < OLD.until_ms
    OR NEW.placed_by IS NOT OLD.placed_by OR NEW.extensions < OLD.extensions
  BEGIN SELECT RAISE(ABORT, 'a hold only goes on or ends'); END;

-- What was done with holds, for as long as the database exists.
CREATE TABLE hold_deed(
  number INTEGER PRIMARY KEY,
  hold INTEGER NOT NULL REFERENCES hold(number),
  deed TEXT NOT NULL CHECK(deed IN ('place', 'extend', 'expire', 'release')),
  done_by BLOB REFERENCES account(id),
  approved_by BLOB REFERENCES account(id),
  words TEXT NOT NULL,
  done_ms INTEGER NOT NULL,
  CHECK(deed <> 'release' OR (done_by IS NOT NULL AND approved_by IS NOT NULL
    AND done_by <> approved_by))
) STRICT;
CREATE TRIGGER hold_deed_is_never_edited BEFORE UPDATE ON hold_deed
  BEGIN SELECT RAISE(ABORT, 'deeds are append-only'); END;
CREATE TRIGGER hold_deed_is_never_deleted BEFORE DELETE ON hold_deed
  BEGIN SELECT RAISE(ABORT, 'deeds are append-only'); END;
-- A hold ends early only with the deed of two people that says so, written before.
CREATE TRIGGER hold_is_released_by_two BEFORE UPDATE OF state ON hold
  WHEN NEW.state = 'released' AND NOT EXISTS
    (SELECT 1 FROM hold_deed WHERE hold = OLD.number AND deed = 'release')
  BEGIN SELECT RAISE(ABORT, 'two people release a hold'); END;

CREATE TABLE preservation_request(
  approval INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK(kind IN ('hold.release', 'evidence.destroy')),
  subject TEXT NOT NULL,
  hold INTEGER REFERENCES hold(number),
  case_id BLOB NOT NULL REFERENCES report(id),
  reason TEXT NOT NULL,
  asked_by BLOB NOT NULL REFERENCES account(id),
  asked_ms INTEGER NOT NULL
) STRICT;

-- Who looked at evidence that is kept for a legal duty, and why.
CREATE TABLE held_read(
  number INTEGER PRIMARY KEY,
  case_id BLOB NOT NULL REFERENCES report(id),
  item INTEGER NOT NULL,
  reader BLOB NOT NULL REFERENCES account(id),
  reason TEXT NOT NULL CHECK(length(reason) > 0),
  read_ms INTEGER NOT NULL
) STRICT;
CREATE TRIGGER held_read_is_never_edited BEFORE UPDATE ON held_read
  BEGIN SELECT RAISE(ABORT, 'readings are append-only'); END;
CREATE TRIGGER held_read_is_never_deleted BEFORE DELETE ON held_read
  BEGIN SELECT RAISE(ABORT, 'readings are append-only'); END;

CREATE TABLE destruction(
  number INTEGER PRIMARY KEY,
  case_id BLOB NOT NULL UNIQUE REFERENCES report(id),
  ordered_by BLOB REFERENCES account(id),
  approved_by BLOB REFERENCES account(id),
  reason TEXT NOT NULL,
  items INTEGER NOT NULL,
  destroyed_ms INTEGER NOT NULL,
  certificate TEXT NOT NULL,
  signature BLOB NOT NULL CHECK(length(signature) = 64),
  -- By two people, or by the retention setting: by nobody.
  CHECK((ordered_by IS NULL AND approved_by IS NULL) OR
    (ordered_by IS NOT NULL AND approved_by IS NOT NULL AND ordered_by <> approved_by))
) STRICT;
CREATE TRIGGER destruction_is_never_edited BEFORE UPDATE ON destruction
  BEGIN SELECT RAISE(ABORT, 'certificates are append-only'); END;
CREATE TRIGGER destruction_is_never_deleted BEFORE DELETE ON destruction
  BEGIN SELECT RAISE(ABORT, 'certificates are append-only'); END;

-- What is held now: the accounts that held cases are about, and all reports about those accounts.
CREATE VIEW held_account AS
  SELECT c.alleged AS account, c.case_id FROM case_of_report AS c JOIN hold
    ON hold.case_id = c.case_id AND hold.state = 'live';
CREATE VIEW held_report AS
  SELECT c.report, c.case_id FROM case_of_report AS c
  WHERE EXISTS (SELECT 1 FROM held_account WHERE held_account.account = c.alleged);

-- The interlock. A REPLACE does not fire triggers of DELETE, so what would be replaced is guarded
-- as well.
CREATE TRIGGER destruction_waits_for_holds BEFORE INSERT ON destruction
  WHEN EXISTS (SELECT 1 FROM held_report WHERE case_id = NEW.case_id)
  BEGIN SELECT RAISE(ABORT, 'held'); END;
CREATE TRIGGER hold_needs_evidence BEFORE INSERT ON hold
  WHEN EXISTS (SELECT 1 FROM destruction WHERE case_id = NEW.case_id)
  BEGIN SELECT RAISE(ABORT, 'destroyed'); END;

CREATE TRIGGER evidence_of_holds_stays BEFORE DELETE ON evidence
  WHEN EXISTS (SELECT 1 FROM held_report WHERE report = OLD.report)
  BEGIN SELECT RAISE(ABORT, 'held'); END;
CREATE TRIGGER evidence_goes_with_a_certificate BEFORE DELETE ON evidence
  WHEN NOT EXISTS (SELECT 1 FROM destruction JOIN case_of_report AS c ON c.case_id =
    destruction.case_id WHERE c.report = OLD.report)
  BEGIN SELECT RAISE(ABORT, 'evidence is removed by destruction only'); END;
CREATE TRIGGER evidence_is_written_once BEFORE INSERT ON evidence
  WHEN EXISTS (SELECT 1 FROM evidence WHERE report = NEW.report AND item = NEW.item)
    OR EXISTS (SELECT 1 FROM destruction JOIN case_of_report AS c ON c.case_id =
      destruction.case_id WHERE c.report = NEW.report)
  BEGIN SELECT RAISE(ABORT, 'evidence is never edited'); END;

CREATE TRIGGER report_of_holds_stays BEFORE DELETE ON report
  WHEN EXISTS (SELECT 1 FROM held_report WHERE report = OLD.id)
  BEGIN SELECT RAISE(ABORT, 'held'); END;
CREATE TRIGGER report_of_holds_keeps_its_facts
  BEFORE UPDATE OF id, number, reporter, client_id, request_mac, alleged, received_ms, case_id,
    ordinal, kind, evidence_mac ON report
  WHEN EXISTS (SELECT 1 FROM held_report WHERE report = OLD.id)
  BEGIN SELECT RAISE(ABORT, 'held'); END;
-- Another wrapping of the same key is let through: the database cannot look into it, but a wrapped
-- key of 32 bytes is never shorter than that.
CREATE TRIGGER report_keeps_its_key BEFORE UPDATE OF wrapped_key ON report
  WHEN length(NEW.wrapped_key) < min(32, length(OLD.wrapped_key)) AND
    (EXISTS (SELECT 1 FROM held_report WHERE report = OLD.id) OR
     NOT EXISTS (SELECT 1 FROM destruction JOIN case_of_report AS c ON c.case_id =
       destruction.case_id WHERE c.report = OLD.id))
  BEGIN SELECT RAISE(ABORT, 'held'); END;
CREATE TRIGGER report_of_holds_is_not_replaced BEFORE INSERT ON report
  WHEN EXISTS (SELECT 1 FROM report AS old JOIN held_report ON held_report.report = old.id
    WHERE old.id = NEW.id OR old.number = NEW.number
      OR (old.reporter = NEW.reporter AND old.client_id = NEW.client_id))
  BEGIN SELECT RAISE(ABORT, 'held'); END;

-- Viewing events name a file's hash: they go with the evidence. That somebody looked, when and at
-- which step stays in review_view and in the audit log.
CREATE TRIGGER review_viewed_goes_with_a_certificate BEFORE DELETE ON review_viewed
  WHEN NOT EXISTS (SELECT 1 FROM destruction WHERE case_id = OLD.report)
  BEGIN SELECT RAISE(ABORT, 'viewing events are removed by destruction only'); END;
CREATE TRIGGER review_viewed_is_written_once BEFORE INSERT ON review_viewed
  WHEN EXISTS (SELECT 1 FROM destruction WHERE case_id = NEW.report) OR EXISTS (SELECT 1 FROM
    review_viewed WHERE number = NEW.number OR
      (report = NEW.report AND item = NEW.item AND reviewer = NEW.reviewer))
  BEGIN SELECT RAISE(ABORT, 'viewing events are append-only'); END;

-- Decisions are append-only since step 1; this keeps them from being replaced.
CREATE TRIGGER decision_is_not_replaced BEFORE INSERT ON decision
  WHEN EXISTS (SELECT 1 FROM decision WHERE number = NEW.number)
  BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;

CREATE TRIGGER attachment_of_holds_stays BEFORE DELETE ON attachment
  WHEN EXISTS (SELECT 1 FROM held_account WHERE account = OLD.owner)
  BEGIN SELECT RAISE(ABORT, 'held'); END;
CREATE TRIGGER attachment_of_holds_keeps_its_facts BEFORE UPDATE ON attachment
  WHEN EXISTS (SELECT 1 FROM held_account WHERE account = OLD.owner)
  BEGIN SELECT RAISE(ABORT, 'held'); END;
CREATE TRIGGER attachment_of_holds_is_not_replaced BEFORE INSERT ON attachment
  WHEN EXISTS (SELECT 1 FROM attachment AS old JOIN held_account
    ON held_account.account = old.owner WHERE old.id = NEW.id)
  BEGIN SELECT RAISE(ABORT, 'held'); END;

-- Where the account came from is part of what is preserved with a case.
CREATE TRIGGER capture_of_holds_stays BEFORE DELETE ON capture
  WHEN EXISTS (SELECT 1 FROM held_account WHERE account = OLD.account)
  BEGIN SELECT RAISE(ABORT, 'held'); END;
CREATE TRIGGER capture_of_holds_keeps_its_facts BEFORE UPDATE ON capture
  WHEN EXISTS (SELECT 1 FROM held_account WHERE account = OLD.account)
  BEGIN SELECT RAISE(ABORT, 'held'); END;
CREATE TRIGGER capture_of_holds_is_not_replaced BEFORE INSERT ON capture
  WHEN EXISTS (SELECT 1 FROM capture AS old JOIN held_account
    ON held_account.account = old.account WHERE old.id = NEW.id)
  BEGIN SELECT RAISE(ABORT, 'held'); END;
)sql";

}  // namespace lightkeeper::store
