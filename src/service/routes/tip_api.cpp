#include "service/routes/tip_api.hpp"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "service/routes/answers.hpp"
#include "service/routes/fields.hpp"
#include "service/routes/submission_api.hpp"

namespace lightkeeper::routes {

namespace {

using accounts::Permission;
using accounts::Session;
using http::Request;
using http::Response;
using nlohmann::ordered_json;
namespace r = reporting;

constexpr std::size_t kFactsBody = tips::kMaxFacts;
constexpr std::size_t kSubmissionsShown = 20;

r::IncidentType type_suggested_by(r::Harm harm) {
  switch (harm) {
    case r::Harm::known_picture:
      return r::IncidentType::possession_manufacture_distribution;
    case r::Harm::unwanted:
      return r::IncidentType::unsolicited_material;
    case r::Harm::grooming:
    case r::Harm::threat:
    case r::Harm::other:
      break;
  }
  return r::IncidentType::online_enticement;
}

/// What the form starts with before anybody has set anything. A suggestion: nothing of it is in
/// the report until a reviewer saves it.
r::TipFacts suggested(const r::CaseFile& file) {
  r::TipFacts out;
  out.incident_type = type_suggested_by(file.header.harm);
  out.incident_at = file.header.opened;
  out.time_denotes = "when the case was opened";
  for (const auto& message : file.messages) {
    if (message.evidence != r::MessageClass::not_verified &&
        (out.time_denotes.starts_with("when the case") || message.accepted > out.incident_at)) {
      out.incident_at = message.accepted;
      out.time_denotes = "when the service accepted the last reported message";
    }
  }
  for (const auto& item : file.files) {
    out.files.push_back({item.item, std::nullopt, {}, r::FileRelevance::reported});
  }
  for (const auto& recipient : file.accounts.intended_recipients) {
    if (recipient.target) {
      out.victims.push_back({std::nullopt, recipient.account});
    }
  }
  return out;
}

class Api {
 public:
  explicit Api(TipParts parts) : parts_(std::move(parts)) {}
  using Handler = Result<Response> (Api::*)(const Session&, const Request&);

  Result<Response> read(const Session& session, const Request& request) {
    LK_TRY(id, path_id<ReportId>(request, "case"));
    return answer(session, id);
  }

  Result<Response> set(const Session& session, const Request& request) {
    LK_TRY(id, path_id<ReportId>(request, "case"));
    LK_TRY(facts, r::parse_tip_facts(request.body));
    LK_TRY(file, parts_.gather(session, id));
    // Refused here rather than at every reading afterwards.
    LK_CHECK_OK(r::with_facts(std::move(file), facts, accounts::pseudonym_of(session.account.id)));
    LK_CHECK_OK(parts_.tips.keep(session.account.id, id, r::encode_tip_facts(facts)));
    return answer(session, id);
  }

  Result<Response> submit(const Session& session, const Request& request) {
    LK_TRY(id, path_id<ReportId>(request, "case"));
    LK_TRY(fields, Fields::parse(request.body));
    LK_TRY(dry_run, fields.flag("dry_run"));
    LK_TRY(override_reason, fields.optional_text("override_reason", submission::kMaxReason));
    LK_CHECK_OK(fields.finish());
    LK_TRY(file, parts_.gather(session, id));
    if (!dry_run) {
      // No reason overrides this; the sender asks again in the transaction that queues.
      LK_CHECK_OK(parts_.decided(id));
    }
    if (file.jurisdiction.outlet && *file.jurisdiction.outlet != r::Outlet::ncmec) {
      return fail(ErrorCode::outlet_not_for_case, "tip",
                  "this outlet takes a document: download it");
    }
    const auto found = r::lint(file, parts_.lint);
    if (found.has_hard() && !override_reason) {
      return fail(ErrorCode::report_incomplete, "tip",
                  "there are findings that block submitting; mend them, or say why not");
    }
    LK_TRY(queued, parts_.sender.queue({id, "ncmec", r::encode_case_file(file), dry_run,
                                        override_reason, session.account.id}));
    return json_answer(201, submission_json(queued));
  }

  Result<Response> document(const Session& session, const Request& request) {
    LK_TRY(id, path_id<ReportId>(request, "case"));
    const auto name = request.params.at("outlet");
    constexpr std::array<std::pair<std::string_view, r::Outlet>, 3> kOutlets{
        {{"nca", r::Outlet::nca},
         {"dsa18", r::Outlet::dsa18},
         {"abuse-site", r::Outlet::abuse_site}}};
    const auto outlet =
        std::ranges::find(kOutlets, name, &std::pair<std::string_view, r::Outlet>::first);
    if (outlet == kOutlets.end()) {
      return fail(ErrorCode::not_found, "tip");
    }
    LK_TRY(file, parts_.gather(session, id));
    LK_CHECK_OK(parts_.decided(id));
    LK_TRY(made, r::render_outlet(file, outlet->second, parts_.lint.render));
    LK_CHECK_OK(parts_.hand_out(session, id, outlet->second));
    auto response = octets_answer(to_bytes(made.html), "text/html; charset=utf-8", "no-store");
    // Should it ever be opened as a page of ours, it runs and fetches nothing.
    response.headers["Content-Security-Policy"] =
        "default-src 'none'; style-src 'unsafe-inline'; sandbox";
    response.headers["Content-Disposition"] =
        "attachment; filename=\"case-" + id.hex().substr(0, 8) + "-" + name + ".html\"";
    return response;
  }

 private:
  Result<Response> answer(const Session& session, const ReportId& id) {
    LK_TRY(file, parts_.gather(session, id));
    LK_TRY(kept, parts_.tips.newest(id));
    auto body = ordered_json::parse(r::tip_document(file, parts_.lint), nullptr, false);
    body["facts"] = ordered_json::parse(
        as_text(kept.version > 0 ? kept.bytes : r::encode_tip_facts(suggested(file))), nullptr,
        false);
    body["facts_kept"] = kept.version > 0;
    LK_TRY(hold, parts_.hold(id));
    body["hold"] = std::move(hold);
    LK_TRY(submissions, parts_.sender.list(id, kSubmissionsShown));
    body["submissions"] = ordered_json::array();
    for (const auto& one : submissions) {
      LK_TRY(whole, parts_.sender.find(one.number));  // with its receipt
      body["submissions"].push_back(submission_json(whole));
    }
    return json_answer(200, body);
  }

  TipParts parts_;
};

}  // namespace

std::vector<Route> tip_routes(TipParts parts, const Gate& gate) {
  const auto api = std::make_shared<Api>(std::move(parts));
  std::vector<Route> routes;
  const auto add = [&](Permission needs, std::string method, std::string pattern,
                       Api::Handler handler, std::size_t limit) {
    routes.push_back(gate.staff(
        {needs}, std::move(method), std::move(pattern),
        [api, handler](const Session& session, const Request& request) {
          return ((*api).*handler)(session, request);
        },
        limit));
  };
  add(Permission::prepare_report, "GET", "/api/v1/cases/{case}/tip", &Api::read, 0);
  add(Permission::prepare_report, "PUT", "/api/v1/cases/{case}/tip", &Api::set, kFactsBody);
  add(Permission::submit_report, "POST", "/api/v1/cases/{case}/tip/submissions", &Api::submit,
      kSmallBody);
  add(Permission::prepare_report, "GET", "/api/v1/cases/{case}/outlets/{outlet}", &Api::document,
      0);
  return routes;
}

}  // namespace lightkeeper::routes
