// Step 5: exposure budgets, steps of looking, signed viewing events. Released steps are never
// edited (migrations.hpp).
#pragma once

#include <string_view>

namespace lightkeeper::store {

inline constexpr std::string_view kReview = R"sql(
-- What is known of a file since somebody asked for its card. digest: keyed, so that the database
-- alone does not tell which file it is.
CREATE TABLE review_media(
  report BLOB NOT NULL REFERENCES report(id),
  item INTEGER NOT NULL CHECK(item > 0),
  digest BLOB NOT NULL CHECK(length(digest) = 32),
  frames INTEGER NOT NULL CHECK(frames BETWEEN 0 AND 12),
  every_frame INTEGER NOT NULL CHECK(every_frame IN (0, 1)),
  PRIMARY KEY(report, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX review_media_digest ON review_media(digest);

-- Who opened which step of what: 0 the metadata card, 1 blurred, 2 grey, 3 colour.
CREATE TABLE review_view(
  number INTEGER PRIMARY KEY,
  reviewer BLOB NOT NULL REFERENCES account(id),
  report BLOB NOT NULL REFERENCES report(id),
  item INTEGER NOT NULL,
  step INTEGER NOT NULL CHECK(step BETWEEN 0 AND 3),
  frame INTEGER NOT NULL CHECK(frame BETWEEN 0 AND 11),
  severity INTEGER NOT NULL CHECK(severity BETWEEN 0 AND 3),
  opened_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX review_view_item ON review_view(report, item, reviewer, step, frame);
CREATE TRIGGER review_view_is_never_edited BEFORE UPDATE ON review_view
  BEGIN SELECT RAISE(ABORT, 'views are append-only'); END;
CREATE TRIGGER review_view_is_never_deleted BEFORE DELETE ON review_view
  BEGIN SELECT RAISE(ABORT, 'views are append-only'); END;

-- What is on a screen now, as far as heartbeats say.
CREATE TABLE review_shown(
  view INTEGER PRIMARY KEY REFERENCES review_view(number),
  reviewer BLOB NOT NULL REFERENCES account(id),
  severity INTEGER NOT NULL,
  beat_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX review_shown_reviewer ON review_shown(reviewer);

-- Up to when a person's looking has been counted: two views at once count once.
CREATE TABLE review_clock(
  reviewer BLOB PRIMARY KEY REFERENCES account(id),
  counted_to_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE review_exposure(
  reviewer BLOB NOT NULL REFERENCES account(id),
  day INTEGER NOT NULL,
  severity INTEGER NOT NULL CHECK(severity BETWEEN 0 AND 3),
  millis INTEGER NOT NULL CHECK(millis >= 0),
  PRIMARY KEY(reviewer, day, severity)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER review_exposure_only_rises BEFORE UPDATE ON review_exposure
  WHEN NEW.millis < OLD.millis OR NEW.reviewer <> OLD.reviewer OR NEW.day <> OLD.day
    OR NEW.severity <> OLD.severity
  BEGIN SELECT RAISE(ABORT, 'exposure only rises'); END;

CREATE TABLE review_release(
  number INTEGER PRIMARY KEY,
  reviewer BLOB NOT NULL REFERENCES account(id),
  released_by BLOB NOT NULL REFERENCES account(id),
  until_ms INTEGER NOT NULL,
  reason TEXT NOT NULL,
  made_ms INTEGER NOT NULL,
  CHECK(reviewer <> released_by)
) STRICT;
CREATE INDEX review_release_reviewer ON review_release(reviewer, until_ms);
CREATE TRIGGER review_release_is_never_edited BEFORE UPDATE ON review_release
  BEGIN SELECT RAISE(ABORT, 'releases are append-only'); END;
CREATE TRIGGER review_release_is_never_deleted BEFORE DELETE ON review_release
  BEGIN SELECT RAISE(ABORT, 'releases are append-only'); END;

-- How hard a file is, as people who saw it said; the last word counts.
CREATE TABLE review_severity(
  number INTEGER PRIMARY KEY,
  report BLOB NOT NULL REFERENCES report(id),
  item INTEGER NOT NULL,
  reviewer BLOB NOT NULL REFERENCES account(id),
  severity INTEGER NOT NULL CHECK(severity BETWEEN 0 AND 3),
  said_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX review_severity_item ON review_severity(report, item, number);

-- Signed events, sealed: canonical bytes and signature name the file's hash.
CREATE TABLE review_viewed(
  number INTEGER PRIMARY KEY,
  report BLOB NOT NULL REFERENCES report(id),
  item INTEGER NOT NULL,
  reviewer BLOB NOT NULL REFERENCES account(id),
  sealed BLOB NOT NULL,
  at_ms INTEGER NOT NULL,
  UNIQUE(report, item, reviewer)
) STRICT;
CREATE TRIGGER review_viewed_is_never_edited BEFORE UPDATE ON review_viewed
  BEGIN SELECT RAISE(ABORT, 'viewing events are append-only'); END;
-- What keeps them from being deleted stands in step 6: they name a file's hash, so they go with
-- the evidence, and with nothing else.
)sql";

}  // namespace lightkeeper::store
