#include "service/routes/person_reports_api.hpp"

#include <nlohmann/json.hpp>

#include "service/routes/answers.hpp"
#include "service/routes/requests.hpp"

namespace lightkeeper::routes {

namespace {

using accounts::Session;
using http::Request;
using http::Response;
using nlohmann::ordered_json;

// Reports: 100 messages of 35 KiB content each, in base64.
constexpr std::size_t kReportBody = 8 * 1024 * 1024;

Result<Response> own_reports(cases::Cases& cases, const AccountId& account) {
  LK_TRY(all, cases.reports_of(account));
  auto list = ordered_json::array();
  for (const auto& one : all) {
    list.push_back({{"report", one.report.hex()},
                    {"sent_ms", one.sent.value},
                    {"status", cases::name_of(one.status)},
                    {"outcome", one.outcome ? ordered_json(*one.outcome) : ordered_json(nullptr)}});
  }
  return json_answer(200, {{"reports", list}});
}

Result<Response> notices(cases::Cases& cases, const AccountId& account) {
  LK_TRY(all, cases.notices_of(account));
  auto list = ordered_json::array();
  for (const auto& one : all) {
    list.push_back({{"notice", one.id.hex()},
                    {"kind", cases::name_of(one.kind)},
                    {"made_ms", one.made.value},
                    {"title", one.words.title},
                    {"body", one.words.body},
                    {"appealable", one.appealable},
                    {"appeal", one.appeal ? ordered_json(cases::name_of(*one.appeal))
                                          : ordered_json(nullptr)}});
  }
  return json_answer(200, {{"notices", list}});
}

}  // namespace

std::vector<Route> person_reports_routes(cases::Cases& cases, const Gate& gate) {
  std::vector<Route> routes;
  routes.push_back(gate.person(
      "POST", "/api/v1/reports",
      [&cases](const Session& session, const Request& request) -> Result<Response> {
        LK_TRY(wanted, parse_report(request.body));
        LK_TRY(id, cases.accept(session.account.id, wanted));
        return json_answer(201, {{"report", id.hex()}});
      },
      kReportBody));
  routes.push_back(gate.person(
      "GET", "/api/v1/reports",
      [&cases](const Session& session, const Request&) {
        return own_reports(cases, session.account.id);
      },
      0));
  routes.push_back(gate.person(
      "GET", "/api/v1/notices",
      [&cases](const Session& session, const Request&) {
        return notices(cases, session.account.id);
      },
      0));
  routes.push_back(gate.person(
      "POST", "/api/v1/notices/{notice}/appeal",
      [&cases](const Session& session, const Request& request) -> Result<Response> {
        LK_TRY(id, path_id<cases::NoticeId>(request, "notice"));
        LK_TRY(words, parse_appeal(request.body));
        LK_CHECK_OK(cases.appeal(session.account.id, id, words));
        return json_answer(201, {{"state", "open"}});
      },
      kSmallBody));
  return routes;
}

}  // namespace lightkeeper::routes
