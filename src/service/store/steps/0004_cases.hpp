// Step 4: cases, queue, decisions of two, appeals, notices, vouchers. Released steps are never
// edited (migrations.hpp).
#pragma once

#include <string_view>

namespace lightkeeper::store {

inline constexpr std::string_view kCases = R"sql(
-- What the service finds itself has nobody who reported it. Not a name that anybody can take; it
-- has neither password nor passkey nor a role of staff.
INSERT INTO account(id, name, role, created_ms) VALUES(zeroblob(16), '(service)', 'reviewer', 0);

-- The unit of review. Its id is that of its first report, whose wrapped_key is the key of the whole
-- case; the other reports of the case have an empty one. Everything that is not a count, a time or
-- an account is sealed or a keyed digest.
CREATE TABLE review_case(
  id BLOB PRIMARY KEY REFERENCES report(id),
  number INTEGER NOT NULL UNIQUE,
  received_ms INTEGER NOT NULL,
  due_ms INTEGER NOT NULL,
  state TEXT NOT NULL CHECK(state IN ('open', 'awaiting_second', 'decided', 'appealed')),
  harm TEXT NOT NULL CHECK(harm IN ('known_picture', 'grooming', 'threat', 'unwanted', 'other')),
  alleged BLOB NOT NULL REFERENCES account(id),
  reports INTEGER NOT NULL,
  reporters INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  verified INTEGER NOT NULL,
  -- Of the verified ones, those of the alleged account itself: only they are proof against it.
  proven INTEGER NOT NULL DEFAULT 0,
  not_verified INTEGER NOT NULL,
  provider_records INTEGER NOT NULL,
  vouchers INTEGER NOT NULL,
  confirmed_vouchers INTEGER NOT NULL,
  -- Facts of the priority beside the counts (cases/priority.hpp); the score is theirs at scored_ms.
  minor_side INTEGER NOT NULL,
  indicators INTEGER NOT NULL,
  current INTEGER NOT NULL,
  earlier_measures INTEGER NOT NULL,
  duplicate INTEGER NOT NULL,
  flood INTEGER NOT NULL,
  score INTEGER NOT NULL,
  band INTEGER NOT NULL,
  scored_ms INTEGER NOT NULL,
  rescore_ms INTEGER NOT NULL,
  assigned BLOB REFERENCES account(id),
  assigned_ms INTEGER,
  quarantined INTEGER NOT NULL,
  sampled INTEGER NOT NULL,
  needs_second INTEGER NOT NULL,
  escalated INTEGER NOT NULL,
  decision TEXT,
  decided_ms INTEGER
) STRICT, WITHOUT ROWID;
-- With harm, so that counting and narrowing by scope read the index alone.
CREATE INDEX case_queue ON review_case(state, quarantined, score DESC, due_ms, number, harm);
CREATE INDEX case_all ON review_case(score DESC, due_ms, number, harm);
CREATE INDEX case_sampled ON review_case(score DESC, due_ms, number, harm)
  WHERE state = 'decided' AND sampled = 1;
CREATE INDEX case_assigned ON review_case(assigned) WHERE assigned IS NOT NULL;
CREATE INDEX case_alleged ON review_case(alleged);
-- Earlier measures against an account are counted with each new case about it.
CREATE INDEX case_measures ON review_case(alleged)
  WHERE state = 'decided' AND decision IN ('warn', 'restrict', 'report');
CREATE INDEX case_rescore ON review_case(rescore_ms) WHERE state = 'open';
CREATE INDEX case_due ON review_case(due_ms) WHERE state = 'open';
CREATE TRIGGER case_is_never_deleted BEFORE DELETE ON review_case
  BEGIN SELECT RAISE(ABORT, 'cases are never deleted'); END;

-- ordinal: place of a report in its case; items of evidence are numbered by it (cases/evidence.hpp).
ALTER TABLE report ADD COLUMN case_id BLOB;
ALTER TABLE report ADD COLUMN ordinal INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report ADD COLUMN kind TEXT NOT NULL DEFAULT 'report'
  CHECK(kind IN ('report', 'voucher', 'provider_record'));
ALTER TABLE report ADD COLUMN evidence_mac BLOB;
CREATE INDEX report_case ON report(case_id, ordinal);
CREATE INDEX report_reporter ON report(reporter, received_ms);
CREATE INDEX report_alleged ON report(alleged, verified, received_ms);
CREATE INDEX report_evidence ON report(evidence_mac);

-- The same evidence from the same person under another client id: told the first report's id.
CREATE TABLE report_replay(
  reporter BLOB NOT NULL REFERENCES account(id),
  client_id TEXT NOT NULL,
  request_mac BLOB NOT NULL,
  report BLOB NOT NULL REFERENCES report(id),
  received_ms INTEGER NOT NULL,
  PRIMARY KEY(reporter, client_id)
) STRICT, WITHOUT ROWID;

-- Keyed digests: which conversation, which messages, which files, for whoever has the key only.
CREATE TABLE case_conversation(
  alleged BLOB NOT NULL,
  mac BLOB NOT NULL,
  case_id BLOB NOT NULL REFERENCES review_case(id),
  PRIMARY KEY(alleged, mac, case_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE case_message(
  case_id BLOB NOT NULL REFERENCES review_case(id),
  mac BLOB NOT NULL,
  class TEXT NOT NULL CHECK(class IN ('verified', 'not_verified', 'provider_record')),
  -- 1: verified, and of the account that the case is about.
  proven INTEGER NOT NULL DEFAULT 0 CHECK(proven IN (0, 1)),
  PRIMARY KEY(case_id, mac)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_message_mac ON case_message(mac);
CREATE TABLE evidence_file(
  case_id BLOB NOT NULL REFERENCES review_case(id),
  item INTEGER NOT NULL,
  report BLOB NOT NULL REFERENCES report(id),
  size INTEGER NOT NULL,
  sha256_mac BLOB NOT NULL,
  sha1_mac BLOB NOT NULL,
  md5_mac BLOB NOT NULL,
  PRIMARY KEY(case_id, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX evidence_file_sha256 ON evidence_file(sha256_mac);
CREATE INDEX evidence_file_sha1 ON evidence_file(sha1_mac);
CREATE INDEX evidence_file_md5 ON evidence_file(md5_mac);

-- Keys of the room itself, wrapped like those of cases: 'index' makes the keyed digests.
CREATE TABLE case_secret(name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- deed: what kind of row it is. Rows from before this step have policy_version ''.
ALTER TABLE decision ADD COLUMN deed TEXT NOT NULL DEFAULT 'decision'
  CHECK(deed IN ('decision', 'second', 'quality', 'appeal'));
ALTER TABLE decision ADD COLUMN policy_version TEXT NOT NULL DEFAULT '';
ALTER TABLE decision ADD COLUMN agrees INTEGER;

CREATE TABLE notice(
  id BLOB PRIMARY KEY CHECK(length(id) = 16),
  account BLOB NOT NULL REFERENCES account(id),
  case_id BLOB NOT NULL REFERENCES review_case(id),
  kind TEXT NOT NULL CHECK(kind IN ('statement_of_reasons', 'report_update', 'appeal_update')),
  made_ms INTEGER NOT NULL,
  visible_ms INTEGER NOT NULL,
  delayed_because TEXT NOT NULL,
  sealed BLOB NOT NULL,
  -- Another decision came before it was to be seen: never shown.
  withdrawn_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_account ON notice(account, visible_ms);
CREATE INDEX notice_case ON notice(case_id, made_ms);
CREATE TRIGGER notice_is_never_edited BEFORE UPDATE ON notice
  WHEN OLD.withdrawn_ms IS NOT NULL OR NEW.withdrawn_ms IS NULL OR NEW.withdrawn_ms >= OLD.visible_ms
    OR NEW.id IS NOT OLD.id OR NEW.account IS NOT OLD.account OR NEW.case_id IS NOT OLD.case_id
    OR NEW.kind IS NOT OLD.kind OR NEW.made_ms IS NOT OLD.made_ms
    OR NEW.visible_ms IS NOT OLD.visible_ms OR NEW.delayed_because IS NOT OLD.delayed_because
    OR NEW.sealed IS NOT OLD.sealed
  BEGIN SELECT RAISE(ABORT, 'notices are never edited, only withdrawn before they are seen'); END;

CREATE TABLE appeal(
  notice BLOB PRIMARY KEY REFERENCES notice(id),
  case_id BLOB NOT NULL REFERENCES review_case(id),
  sealed_words BLOB NOT NULL,
  made_ms INTEGER NOT NULL,
  state TEXT NOT NULL CHECK(state IN ('open', 'upheld', 'changed')),
  decided_by BLOB REFERENCES account(id),
  sealed_reason BLOB,
  decided_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX appeal_case ON appeal(case_id, made_ms);
CREATE TRIGGER appeal_is_decided_once BEFORE UPDATE ON appeal
  WHEN OLD.state != 'open' OR NEW.sealed_words != OLD.sealed_words OR NEW.made_ms != OLD.made_ms
  BEGIN SELECT RAISE(ABORT, 'an appeal is decided once'); END;
CREATE TRIGGER appeal_is_never_deleted BEFORE DELETE ON appeal
  BEGIN SELECT RAISE(ABORT, 'appeals are never deleted'); END;

-- An account is restricted while any case says so.
CREATE TABLE account_restriction(
  account BLOB NOT NULL REFERENCES account(id),
  case_id BLOB NOT NULL REFERENCES review_case(id),
  since_ms INTEGER NOT NULL,
  PRIMARY KEY(account, case_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE saved_view(
  account BLOB NOT NULL REFERENCES account(id),
  name TEXT NOT NULL,
  query TEXT NOT NULL,
  PRIMARY KEY(account, name)
) STRICT, WITHOUT ROWID;

-- Reports from before: each is a case of its own. scored_ms 0: scored at the next sweep. Whose their
-- verified messages are was not noted then, so none of them counts as proof: two people decide.
UPDATE report SET case_id = id;
INSERT INTO review_case(id, number, received_ms, due_ms, state, harm, alleged, reports, reporters,
  messages, verified, not_verified, provider_records, vouchers, confirmed_vouchers, minor_side,
  indicators, current, earlier_measures, duplicate, flood, score, band, scored_ms, rescore_ms,
  quarantined, sampled, needs_second, escalated, decision, decided_ms)
SELECT id, number, received_ms, received_ms + 259200000, state, reason, alleged, 1, 1, messages,
  verified, messages - verified, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  (SELECT decision FROM decision WHERE decision.report = report.id ORDER BY number DESC LIMIT 1),
  (SELECT decided_ms FROM decision WHERE decision.report = report.id ORDER BY number DESC LIMIT 1)
FROM report;
-- report.state is of step 1 and is not read any more: the case has the state.
DROP INDEX report_state;
)sql";

}  // namespace lightkeeper::store
