#include "service/cases/to_report.hpp"

#include "service/cases/kinds.hpp"

namespace lightkeeper::cases {

Status check_decided_to_report(store::Transaction& tx, const ReportId& id) {
  const auto row = tx.row("SELECT state, decision FROM review_case WHERE id = ?", id);
  if (!row) {
    return fail(ErrorCode::not_found, "cases");
  }
  if (row->text(0) != name_of(State::decided) || row->null(1) ||
      row->text(1) != name_of(DecisionKind::report)) {
    return fail(ErrorCode::conflict, "cases",
                "this case is not decided to be reported: people decide that first");
  }
  return {};
}

}  // namespace lightkeeper::cases
