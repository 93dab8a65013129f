#include "service/routes/submission_api.hpp"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "service/routes/answers.hpp"
#include "service/routes/fields.hpp"

namespace lightkeeper::routes {

namespace {

using accounts::Permission;
using nlohmann::ordered_json;

constexpr std::uint64_t kUsualPage = 100;
constexpr std::uint64_t kMaxPage = 500;

template <class T>
ordered_json or_null(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}
ordered_json or_null(const std::optional<UnixMillis>& time) {
  return time ? ordered_json(time->value) : ordered_json(nullptr);
}

ordered_json outlet_json(const submission::OutletState& outlet) {
  auto alarms = ordered_json::array();
  for (const auto& alarm : outlet.alarms) {
    alarms.push_back({{"code", alarm.code},
                      {"submission", alarm.submission == 0 ? ordered_json(nullptr)
                                                           : ordered_json(alarm.submission)},
                      {"since_ms", alarm.since.value},
                      {"words", alarm.words}});
  }
  return {{"environment", name_of(outlet.environment)},
          {"armed", outlet.armed},
          {"schema",
           {{"pinned", or_null(outlet.schema_pinned)}, {"seen", or_null(outlet.schema_seen)}}},
          {"kill_switch", outlet.kill_switch},
          {"stopped", outlet.stopped},
          {"queue", outlet.queue},
          {"alarms", std::move(alarms)}};
}

class Api {
 public:
  explicit Api(SubmissionParts parts) : parts_(std::move(parts)), sender_(&parts_.sender) {}
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  [[nodiscard]] Result<http::Response> list(const accounts::Session& session,
                                            const http::Request& request) const {
    std::uint64_t limit = kUsualPage;
    if (const auto text = query(request, "limit"); !text.empty()) {
      LK_TRY(parsed, decimal(text));
      if (parsed == 0 || parsed > kMaxPage) {
        return fail(ErrorCode::bad_argument, "request", "limit is a number from 1 to 500");
      }
      limit = parsed;
    }
    std::optional<ReportId> of_case;
    if (const auto text = query(request, "case"); !text.empty()) {
      auto id = ReportId::from_hex(text);
      if (!id) {
        return fail(ErrorCode::bad_argument, "request", "case is 32 hexadecimal digits");
      }
      of_case = *id;
      LK_CHECK_OK(parts_.may_see(session, *id));
    }
    const bool limited = !session.account.scopes.empty();
    LK_TRY(all, sender_->list(of_case, limited ? kMaxPage : limit));
    auto out = ordered_json::array();
    for (const auto& one : all) {
      if (out.size() < limit && parts_.sees(session, one.of_case)) {
        out.push_back(submission_json(one));
      }
    }
    return json_answer(200, {{"submissions", std::move(out)}});
  }

  [[nodiscard]] Result<http::Response> show(const accounts::Session& session,
                                            const http::Request& request) const {
    LK_TRY(number, path_number(request, "submission"));
    LK_TRY(found, sender_->find(number));
    LK_CHECK_OK(parts_.may_see(session, found.of_case));
    return json_answer(200, submission_json(found));
  }

  [[nodiscard]] Result<http::Response> set_aside(const accounts::Session& session,
                                                 const http::Request& request) const {
    LK_TRY(number, path_number(request, "submission"));
    LK_TRY(fields, Fields::parse(request.body));
    LK_TRY(reason, fields.text("reason", 1, submission::kMaxReason));
    LK_CHECK_OK(fields.finish());
    LK_TRY(before, sender_->find(number));
    LK_CHECK_OK(parts_.may_see(session, before.of_case));
    LK_CHECK_OK(sender_->set_aside(number, reason, session.account.id));
    LK_TRY(after, sender_->find(number));
    return json_answer(200, submission_json(after));
  }

  [[nodiscard]] Result<http::Response> outlet(const accounts::Session&,
                                              const http::Request&) const {
    LK_TRY(state, sender_->outlet());
    return json_answer(200, outlet_json(state));
  }

  [[nodiscard]] Result<http::Response> kill_switch(const accounts::Session& session,
                                                   const http::Request& request) const {
    LK_TRY(fields, Fields::parse(request.body));
    LK_TRY(on, fields.flag("on"));
    LK_TRY(reason, fields.text("reason", 1, submission::kMaxReason));
    LK_CHECK_OK(fields.finish());
    LK_CHECK_OK(sender_->set_kill_switch(on, reason, session.account.id));
    LK_TRY(state, sender_->outlet());
    return json_answer(200, outlet_json(state));
  }

  [[nodiscard]] Result<http::Response> arm(const accounts::Session& session,
                                           const http::Request& request) const {
    LK_TRY(fields, Fields::parse(request.body));
    LK_TRY(schema, fields.text("schema_sha256", 64, 64));
    LK_TRY(email, fields.text("contact_email", 3, 254));
    LK_TRY(phone, fields.text("contact_phone", 5, 40));
    LK_CHECK_OK(fields.finish());
    LK_TRY(approval, sender_->request_arming(schema, {email, phone}, session.account.id));
    return json_answer(202, {{"approval", approval}});
  }

 private:
  SubmissionParts parts_;
  submission::Sender* sender_;
};

}  // namespace

ordered_json submission_json(const submission::Submission& one) {
  auto steps = ordered_json::array();
  for (const auto& step : one.steps) {
    steps.push_back({{"at_ms", step.at.value},
                     {"step", step.step},
                     {"item", or_null(step.item)},
                     {"result", step.result},
                     {"code", or_null(step.code)},
                     {"request_id", or_null(step.request_id)}});
  }
  auto files = ordered_json::array();
  for (const auto& file : one.files) {
    files.push_back({{"item", file.item},
                     {"file_id", or_null(file.file_id)},
                     {"md5_matches", or_null(file.md5_matches)}});
  }
  const auto shown =
      one.state == submission::State::details ? submission::State::uploading : one.state;
  return {{"id", one.number},
          {"case", one.of_case.hex()},
          {"outlet", one.outlet},
          {"environment", name_of(one.environment)},
          {"dry_run", one.dry_run},
          {"state", name_of(shown)},
          {"report_id", or_null(one.report_id)},
          {"steps", std::move(steps)},
          {"files", std::move(files)},
          {"opened_ms", or_null(one.opened)},
          {"expires_ms", or_null(one.expires)},
          {"done_ms", or_null(one.done)},
          {"receipt", or_null(one.receipt)},
          {"problem", one.problem.empty() ? ordered_json(nullptr) : ordered_json(one.problem)}};
}

std::vector<Route> submission_routes(SubmissionParts parts, const Gate& gate) {
  const auto api = std::make_shared<const Api>(std::move(parts));
  std::vector<Route> out;
  using Handler =
      Result<http::Response> (Api::*)(const accounts::Session&, const http::Request&) const;
  const auto add = [&](std::vector<Permission> needs, const char* method, const char* pattern,
                       Handler handler, std::size_t body_limit) {
    out.push_back(gate.staff(
        std::move(needs), method, pattern,
        [api, handler](const accounts::Session& session, const http::Request& request) {
          return ((*api).*handler)(session, request);
        },
        body_limit));
  };
  const std::vector<Permission> readers{Permission::submit_report, Permission::read_audit};
  add(readers, "GET", "/api/v1/submissions", &Api::list, 0);
  add(readers, "GET", "/api/v1/submissions/{submission}", &Api::show, 0);
  add({Permission::submit_report}, "POST", "/api/v1/submissions/{submission}/set-aside",
      &Api::set_aside, kSmallBody);
  add({Permission::submit_report, Permission::arm_production, Permission::read_audit}, "GET",
      "/api/v1/reporting", &Api::outlet, 0);
  add({Permission::submit_report}, "POST", "/api/v1/reporting/kill-switch", &Api::kill_switch,
      kSmallBody);
  add({Permission::arm_production}, "POST", "/api/v1/reporting/arm", &Api::arm, kSmallBody);
  return out;
}

}  // namespace lightkeeper::routes
