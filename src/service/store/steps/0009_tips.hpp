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
)sql";

}  // namespace lightkeeper::store
