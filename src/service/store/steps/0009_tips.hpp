// Step 9: what reviewers set for reports to authorities. Released steps are never edited
// (migrations.hpp).
#pragma once

#include <string_view>

namespace lightkeeper::store {

// Sealed: a narrative is content. The newest version counts; earlier ones stay for the record.
inline constexpr std::string_view kTips = R"sql(
CREATE TABLE tip_facts(
  report BLOB NOT NULL REFERENCES report(id),
  version INTEGER NOT NULL CHECK(version > 0),
  author BLOB NOT NULL REFERENCES account(id),
  kept_ms INTEGER NOT NULL,
  wrapped_key BLOB NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY(report, version)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER tip_facts_are_never_edited BEFORE UPDATE OF report, version, author, kept_ms, sealed
  ON tip_facts
  BEGIN SELECT RAISE(ABORT, 'facts of a report are kept version by version'); END;
-- They go with the evidence of their case (step 6), and with nothing else.
CREATE TRIGGER tip_facts_go_with_a_certificate BEFORE DELETE ON tip_facts
  WHEN NOT EXISTS (SELECT 1 FROM destruction WHERE case_id = OLD.report)
  BEGIN SELECT RAISE(ABORT, 'facts of a report are removed by destruction only'); END;
CREATE TRIGGER tip_facts_are_written_once BEFORE INSERT ON tip_facts
  WHEN EXISTS (SELECT 1 FROM destruction WHERE case_id = NEW.report) OR EXISTS
    (SELECT 1 FROM tip_facts WHERE report = NEW.report AND version = NEW.version)
  BEGIN SELECT RAISE(ABORT, 'facts of a report are kept version by version'); END;
CREATE TRIGGER tip_facts_keep_their_key BEFORE UPDATE OF wrapped_key ON tip_facts
  WHEN length(NEW.wrapped_key) < min(32, length(OLD.wrapped_key))
  BEGIN SELECT RAISE(ABORT, 'facts of a report are removed by destruction only'); END;
)sql";

}  // namespace lightkeeper::store
