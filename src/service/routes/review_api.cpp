#include "service/routes/review_api.hpp"

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

constexpr std::uint64_t kMaxNumber = 1ULL << 53U;  // what JSON numbers carry exactly

ordered_json exposure_json(const review::Exposure& exposure, const review::Budgets& budgets) {
  auto all = ordered_json::array();
  for (std::size_t s = 0; s < review::kSeverities; ++s) {
    all.push_back({{"severity", s},
                   {"seconds", exposure.seconds.at(s)},
                   {"soft", budgets.soft_seconds.at(s)},
                   {"hard", budgets.hard_seconds.at(s)}});
  }
  return {
      {"budgets", all},
      {"state", review::name_of(exposure.state)},
      {"released_until_ms",
       exposure.released_until ? ordered_json(exposure.released_until->value) : ordered_json()}};
}

ordered_json media_json(const review::Media& media) {
  auto steps = ordered_json::array();
  for (const auto step : media.steps) {
    steps.push_back(decode::name_of(step));
  }
  return {{"item", media.item.item},
          {"media_type", media.item.media_type},
          {"size", media.item.size},
          {"sha256", to_hex(media.item.sha256)},
          {"class", media.item.evidence_class},
          {"seen_before", media.seen_before},
          {"frames", media.frames},
          {"every_frame", media.every_frame},
          {"steps", steps},
          {"viewed", media.viewed}};
}

Result<std::uint32_t> small(std::uint64_t value) {
  if (value > std::numeric_limits<std::uint32_t>::max()) {
    return fail(ErrorCode::not_found, "request");
  }
  return static_cast<std::uint32_t>(value);
}

/// All routes share one of these.
class Api {
 public:
  explicit Api(ReviewParts parts) : parts_(std::move(parts)) {}

  Result<Response> media(const Session& session, const Request& request) {
    LK_TRY(report, visible(session, request));
    LK_TRY(all, parts_.review.media(session.account.id, report));
    auto media = ordered_json::array();
    for (const auto& one : all) {
      media.push_back(media_json(one));
    }
    return json_answer(200, {{"media", media}});
  }

  Result<Response> look(const Session& session, const Request& request) {
    LK_TRY(report, visible(session, request));
    LK_TRY(item, item_of(request));
    LK_TRY(step, decode::step_from_name(request.params.at("step")));
    const auto wanted = query(request, "frame");
    LK_TRY(number, wanted.empty() ? Result<std::uint64_t>(0) : decimal(wanted));
    LK_TRY(frame, small(number));
    LK_TRY(view, parts_.review.open(session.account.id, accounts::pseudonym_of(session.account.id),
                                    report, item, step, frame));
    auto response = octets_answer(std::move(view.jpeg), "image/jpeg", "no-store");
    response.headers["Lightkeeper-View"] = std::to_string(view.number);
    return response;
  }

  Result<Response> beat(const Session& session, const Request& request) {
    LK_TRY(view, path_number(request, "number"));
    LK_TRY(fields, Fields::parse(request.body));
    LK_TRY(ended, fields.flag("ended"));
    LK_CHECK_OK(fields.finish());
    LK_TRY(exposure, parts_.review.beat(session.account.id, view, ended));
    return json_answer(
        200, {{"state", review::name_of(exposure.state)},
              {"seconds_left",
               exposure.seconds_left ? ordered_json(*exposure.seconds_left) : ordered_json()}});
  }

  Result<Response> viewed(const Session& session, const Request& request) {
    LK_TRY(report, visible(session, request));
    LK_TRY(item, item_of(request));
    LK_TRY(fields, Fields::parse(request.body));
    LK_TRY(severity, fields.number("severity", review::kSeverities - 1));
    LK_CHECK_OK(fields.finish());
    LK_TRY(event,
           parts_.review.viewed(session.account.id, accounts::pseudonym_of(session.account.id),
                                report, item, static_cast<unsigned>(severity)));
    return json_answer(200, {{"event", event.number}, {"whole_file", event.whole_file}});
  }

  Result<Response> exposure(const Session& session, const Request&) {
    LK_TRY(own, parts_.review.exposure(session.account.id));
    return json_answer(200, exposure_json(own, parts_.review.budgets()));
  }

  Result<Response> team(const Session&, const Request&) {
    LK_TRY(members, parts_.review.team());
    auto people = ordered_json::array();
    for (const auto& member : members) {
      people.push_back({{"person",
                         {{"account", member.account.hex()},
                          {"name", parts_.name_of(member.account).value_or("")}}},
                        {"state", review::name_of(member.state)}});
    }
    return json_answer(200, {{"people", people}});
  }

  Result<Response> release(const Session& session, const Request& request) {
    LK_TRY(fields, Fields::parse(request.body));
    LK_TRY(account, fields.id<AccountId>("account"));
    LK_TRY(minutes, fields.number("minutes", kMaxNumber));
    LK_TRY(reason, fields.text("reason", 1, review::kMaxReason));
    LK_CHECK_OK(fields.finish());
    LK_TRY(until, parts_.review.release(session.account.id, account, minutes, reason));
    return json_answer(201, {{"released_until_ms", until.value}});
  }

 private:
  Result<ReportId> visible(const Session& session, const Request& request) {
    LK_TRY(report, path_id<ReportId>(request, "case"));
    LK_CHECK_OK(parts_.may_see(session, report));
    return report;
  }
  static Result<std::uint32_t> item_of(const Request& request) {
    LK_TRY(number, path_number(request, "item"));
    return small(number);
  }

  ReviewParts parts_;
};

}  // namespace

std::vector<Route> review_routes(ReviewParts parts, const Gate& gate) {
  const auto api = std::make_shared<Api>(std::move(parts));
  std::vector<Route> routes;
  const auto add = [&](Permission needs, std::string method, std::string pattern,
                       Result<Response> (Api::*handler)(const Session&, const Request&)) {
    routes.push_back(gate.staff(
        {needs}, std::move(method), std::move(pattern),
        [api, handler](const Session& session, const Request& request) {
          return ((*api).*handler)(session, request);
        },
        kSmallBody));
  };
  add(Permission::read_cases, "GET", "/api/v1/cases/{case}/media", &Api::media);
  add(Permission::read_cases, "GET", "/api/v1/cases/{case}/media/{item}/{step}", &Api::look);
  add(Permission::read_cases, "POST", "/api/v1/cases/{case}/media/{item}/viewed", &Api::viewed);
  add(Permission::read_cases, "POST", "/api/v1/views-open/{number}", &Api::beat);
  add(Permission::read_cases, "GET", "/api/v1/exposure", &Api::exposure);
  add(Permission::release_exposure, "GET", "/api/v1/exposure/team", &Api::team);
  add(Permission::release_exposure, "POST", "/api/v1/exposure/releases", &Api::release);
  return routes;
}

}  // namespace lightkeeper::routes
