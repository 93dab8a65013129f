#include "service/server/tip_desk.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "service/cases/to_report.hpp"
#include "service/reporting/names.hpp"
#include "service/routes/cases_api.hpp"
#include "service/routes/submission_api.hpp"
#include "service/routes/tip_api.hpp"

namespace lightkeeper::service {

namespace {

/// `Hold` of the API: the one that a report to the hotline needs, or null.
Result<nlohmann::ordered_json> report_hold(preservation::Preservation& preservation,
                                           const ReportId& id) {
  LK_TRY(holds, preservation.holds(id));
  for (const auto& hold : holds) {
    if (hold.basis == preservation::Basis::report_2258a &&
        hold.state == preservation::HoldState::live) {
      return nlohmann::ordered_json{{"id", hold.number},
                                    {"case", id.hex()},
                                    {"basis", preservation::name_of(hold.basis)},
                                    {"placed_ms", hold.placed.value},
                                    {"until_ms", hold.until.value},
                                    {"placed_by", nullptr},
                                    {"state", preservation::name_of(hold.state)},
                                    {"items", hold.items}};
    }
  }
  return nlohmann::ordered_json(nullptr);
}

}  // namespace

Result<std::unique_ptr<TipDesk>> TipDesk::make(TipDeskParts parts, const Settings& settings) {
  std::unique_ptr<TipDesk> desk(new TipDesk(std::move(parts)));
  auto& own = desk->parts_;
  desk->tips_ = std::make_unique<tips::Tips>(own.database, own.clock, own.rng, own.keys, own.audit);

  LK_TRY(outlet, outlet_settings(settings));
  LK_TRY(render, outlet_render_settings(settings));
  render.event_key = own.evidence.review().public_key();
  LK_TRY(schema, outlet_schema(settings));
  desk->lint_ = {render, true};
  auto& cases = own.cases;
  auto& preservation = own.evidence.preservation();
  auto& approvals = own.approvals;
  LK_TRY(sender, submission::Sender::make(
                     own.database, own.clock, own.rng, own.keys, std::move(outlet),
                     outlet_host({[&cases](const ReportId& of_case, std::uint32_t item,
                                           const AccountId& queued_by) -> Result<Bytes> {
                                    LK_TRY(file, cases.file_for_sending(queued_by, of_case, item));
                                    return std::move(file.bytes);
                                  },
                                  cases::check_decided_to_report,
                                  [&preservation](const ReportId& of_case) -> Status {
                                    LK_CHECK_OK(preservation.hold_for_report(of_case));
                                    return {};
                                  },
                                  [&preservation](store::Transaction& tx, const ReportId& of_case,
                                                  UnixMillis at) {
                                    return preservation.report_sent(tx, of_case, at);
                                  },
                                  [&approvals](std::string_view kind, const std::string& subject,
                                               const AccountId& by) -> Result<std::uint64_t> {
                                    LK_TRY(number, approvals.request(kind, subject, by));
                                    return number.value;
                                  },
                                  own.audit, render, std::move(schema)})));
  desk->sender_ = std::move(sender);
  auto* sending = desk->sender_.get();
  approvals.when_approved(
      std::string(submission::kArmingApproval),
      [sending, &people = own.accounts](store::Transaction& tx,
                                        const approvals::Approval& approval) -> Status {
        if (!approval.decided_by) {
          return fail(ErrorCode::not_approved, "server.arming");
        }
        // As they are now: who asked may have left since.
        LK_CHECK_OK(people.check(tx, approval.requested_by, accounts::Permission::arm_production));
        return sending->arm(tx, approval.subject, approval.requested_by, *approval.decided_by);
      });
  LK_CHECK_OK(sending->recover());
  desk->files_ = std::make_unique<CaseFiles>(CaseFileSources{
      own.cases, own.evidence.review(), preservation, own.accounts, own.captures, own.messaging,
      *desk->tips_, *sending, own.clock, outlet_service_facts(settings)});
  return desk;
}

std::vector<routes::Route> TipDesk::routes(const routes::Gate& gate) {
  auto* files = files_.get();
  auto* preservation = &parts_.evidence.preservation();
  auto* evidence = &parts_.evidence;
  auto out =
      routes::submission_routes({*sender_,
                                 [evidence](const accounts::Session& session, const ReportId& id) {
                                   return evidence->may_look_into(session.account, id);
                                 },
                                 [evidence](const accounts::Session& session, const ReportId& id) {
                                   return evidence->looks_after(session.account, id);
                                 }},
                                gate);
  auto tip = routes::tip_routes(
      {[files](const accounts::Session& session, const ReportId& id) {
         return files->gather(routes::staff_of(session.account), id);
       },
       *tips_, *sender_,
       [preservation](const ReportId& id) { return report_hold(*preservation, id); },
       [this](const ReportId& id) {
         return parts_.database.read(
             [&](store::Transaction& tx) { return cases::check_decided_to_report(tx, id); });
       },
       [this](const accounts::Session& session, const ReportId& id, reporting::Outlet outlet) {
         return hand_out(session.account.id, id, outlet);
       },
       lint_},
      gate);
  for (auto& one : tip) {
    out.push_back(std::move(one));
  }
  return out;
}

Status TipDesk::hand_out(const AccountId& by, const ReportId& id, reporting::Outlet outlet) {
  // The hold first: what leaves is kept. A year where the law of the United Kingdom says so, the
  // service's own term otherwise.
  auto& preservation = parts_.evidence.preservation();
  const auto basis = outlet == reporting::Outlet::nca ? preservation::Basis::uk_osa
                                                      : preservation::Basis::internal;
  LK_TRY(holds, preservation.holds(id));
  const auto enough_until =
      parts_.clock.now().value + (preservation::days_of(basis) - 1) * 24ULL * 3600 * 1000;
  const bool held = std::ranges::any_of(holds, [&](const preservation::Hold& hold) {
    return hold.basis == basis && hold.state == preservation::HoldState::live &&
           hold.until.value >= enough_until;
  });
  if (!held) {
    LK_CHECK_OK(preservation.place(by, id, basis, std::nullopt, "before a document is handed out"));
  }
  return parts_.database.write([&](store::Transaction& tx) -> Status {
    LK_CHECK_OK(cases::check_decided_to_report(tx, id));
    return parts_.audit(
        tx, {"outlet.document", by, "case:" + id.hex(), std::string(reporting::json_name(outlet))});
  });
}

void TipDesk::start() {
  auto* sender = sender_.get();
  sending_ = std::jthread([sender](const std::stop_token& stop) { sender->run(stop); });
}

void TipDesk::stop() {
  if (sending_.joinable()) {
    sending_.request_stop();
    sender_->wake();
    sending_.join();
  }
}

}  // namespace lightkeeper::service
