#include "service/routes/preservation_api.hpp"

#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "service/routes/answers.hpp"
#include "service/routes/fields.hpp"

namespace lightkeeper::routes {

namespace {

using accounts::Permission;
using accounts::Session;
using http::Request;
using http::Response;
using nlohmann::ordered_json;

/// All routes share one of these.
class Api {
 public:
  explicit Api(PreservationParts parts) : parts_(std::move(parts)) {}

  Result<Response> list(const Session& session, const Request& request) {
    std::optional<ReportId> report;
    if (const auto wanted = query(request, "case"); !wanted.empty()) {
      const auto id = ReportId::from_hex(wanted);
      if (!id) {
        return fail(ErrorCode::bad_argument, "request", "a case is 32 hexadecimal digits");
      }
      report = *id;
      LK_CHECK_OK(parts_.may_see(session, *id));
    }
    LK_TRY(all, parts_.preservation.holds(report));
    auto holds = ordered_json::array();
    for (const auto& hold : all) {
      if (parts_.sees(session, hold.report)) {
        holds.push_back(hold_json(hold));
      }
    }
    return json_answer(200, {{"holds", holds}});
  }

  Result<Response> place(const Session& session, const Request& request) {
    LK_TRY(fields, Fields::parse(request.body));
    LK_TRY(report, fields.id<ReportId>("case"));
    LK_TRY(basis_name, fields.text("basis", 1, 32));
    LK_TRY(basis, preservation::basis_from_name(basis_name));
    std::optional<std::uint64_t> days;
    if (fields.has("days")) {
      LK_TRY(number, fields.number("days", preservation::kMaxDays));
      days = number;
    }
    (void)fields.optional_text("days", 0);  // null counts as absent
    LK_TRY(reference, fields.text("reference", 0, preservation::kMaxReference));
    LK_CHECK_OK(fields.finish());
    LK_CHECK_OK(parts_.may_see(session, report));
    LK_TRY(hold, parts_.preservation.place(session.account.id, report, basis, days, reference));
    return json_answer(201, hold_json(hold));
  }

  Result<Response> extend(const Session& session, const Request& request) {
    LK_TRY(number, path_number(request, "number"));
    LK_TRY(fields, Fields::parse(request.body));
    LK_TRY(reference, fields.text("reference", 1, preservation::kMaxReference));
    LK_CHECK_OK(fields.finish());
    LK_CHECK_OK(may_act_on_hold(session, number));
    LK_TRY(hold, parts_.preservation.extend(session.account.id, number, reference));
    return json_answer(200, hold_json(hold));
  }

  Result<Response> release(const Session& session, const Request& request) {
    LK_TRY(number, path_number(request, "number"));
    LK_TRY(reason, reason_of(request));
    LK_CHECK_OK(may_act_on_hold(session, number));
    LK_TRY(approval, parts_.preservation.ask_release(session.account.id, number, reason));
    return json_answer(202, {{"approval", approval}});
  }

  Result<Response> destroy(const Session& session, const Request& request) {
    LK_TRY(report, path_id<ReportId>(request, "case"));
    LK_TRY(reason, reason_of(request));
    LK_CHECK_OK(parts_.may_see(session, report));
    LK_TRY(approval, parts_.preservation.ask_destruction(session.account.id, report, reason));
    return json_answer(202, {{"approval", approval}});
  }

  Result<Response> certificates(const Session& session, const Request&) {
    LK_TRY(all, parts_.preservation.certificates());
    auto out = ordered_json::array();
    for (const auto& one : all) {
      if (!parts_.sees(session, one.report)) {
        continue;
      }
      out.push_back({{"id", one.number},
                     {"case", one.report.hex()},
                     {"destroyed_ms", one.destroyed.value},
                     {"items", one.items},
                     {"text", one.text},
                     {"signature_b64", to_base64url(one.signature)}});
    }
    return json_answer(200, {{"certificates", out},
                             {"key_b64", to_base64url(parts_.preservation.public_key().bytes)}});
  }

  Result<Response> read_held(const Session& session, const Request& request) {
    LK_TRY(report, path_id<ReportId>(request, "case"));
    LK_TRY(item, path_number(request, "item"));
    LK_TRY(reason, reason_of(request));
    if (item > std::numeric_limits<std::uint32_t>::max()) {
      return fail(ErrorCode::not_found, "request");
    }
    LK_CHECK_OK(parts_.may_see(session, report));
    LK_TRY(bytes, parts_.preservation.read_held(session.account.id, report,
                                                static_cast<std::uint32_t>(item), reason));
    auto response = octets_answer(std::move(bytes), "application/octet-stream", "no-store");
    // Never shown by a browser: it is handed over, not looked at.
    response.headers["Content-Disposition"] = "attachment";
    return response;
  }

 private:
  /// A hold keeps its case, so this check and the deed cannot mean different cases.
  Status may_act_on_hold(const Session& session, std::uint64_t number) {
    LK_TRY(hold, parts_.preservation.hold(number));
    return parts_.may_see(session, hold.report);
  }

  static Result<std::string> reason_of(const Request& request) {
    LK_TRY(fields, Fields::parse(request.body));
    LK_TRY(reason, fields.text("reason", 1, preservation::kMaxReason));
    LK_CHECK_OK(fields.finish());
    return reason;
  }

  [[nodiscard]] ordered_json hold_json(const preservation::Hold& hold) const {
    ordered_json by;
    if (hold.placed_by) {
      by = {{"account", hold.placed_by->hex()},
            {"name", parts_.name_of(*hold.placed_by).value_or("")}};
    }
    return {{"id", hold.number},
            {"case", hold.report.hex()},
            {"basis", preservation::name_of(hold.basis)},
            {"reference", hold.reference},
            {"placed_ms", hold.placed.value},
            {"until_ms", hold.until.value},
            {"placed_by", by},
            {"state", preservation::name_of(hold.state)},
            {"items", hold.items}};
  }

  PreservationParts parts_;
};

}  // namespace

std::vector<Route> preservation_routes(PreservationParts parts, const Gate& gate) {
  const auto api = std::make_shared<Api>(std::move(parts));
  std::vector<Route> routes;
  const auto add = [&](std::vector<Permission> needs, std::string method, std::string pattern,
                       Result<Response> (Api::*handler)(const Session&, const Request&)) {
    routes.push_back(gate.staff(
        std::move(needs), std::move(method), std::move(pattern),
        [api, handler](const Session& session, const Request& request) {
          return ((*api).*handler)(session, request);
        },
        kSmallBody));
  };
  add({Permission::hold_evidence, Permission::read_audit}, "GET", "/api/v1/holds", &Api::list);
  add({Permission::hold_evidence}, "POST", "/api/v1/holds", &Api::place);
  add({Permission::hold_evidence}, "POST", "/api/v1/holds/{number}/extend", &Api::extend);
  add({Permission::hold_evidence}, "POST", "/api/v1/holds/{number}/release", &Api::release);
  add({Permission::hold_evidence}, "POST", "/api/v1/cases/{case}/held-evidence/{item}",
      &Api::read_held);
  add({Permission::destroy_evidence}, "POST", "/api/v1/cases/{case}/destruction", &Api::destroy);
  add({Permission::destroy_evidence, Permission::hold_evidence, Permission::read_audit}, "GET",
      "/api/v1/certificates", &Api::certificates);
  return routes;
}

}  // namespace lightkeeper::routes
