#include "service/routes/cases_api.hpp"

#include <memory>
#include <nlohmann/json.hpp>

#include "core/base/codec.hpp"
#include "service/routes/answers.hpp"
#include "service/routes/fields.hpp"

namespace lightkeeper::routes {

namespace {

using accounts::Permission;
using accounts::Session;
using http::Request;
using http::Response;
using nlohmann::ordered_json;

template <class T, class Convert>
ordered_json or_null(const std::optional<T>& value, Convert&& convert) {
  return value ? ordered_json(convert(*value)) : ordered_json(nullptr);
}

ordered_json priority_json(const cases::Priority& priority) {
  auto parts = ordered_json::array();
  for (const auto& part : priority.parts) {
    parts.push_back({{"code", part.code}, {"points", part.points}, {"why", part.why}});
  }
  return {{"score", priority.score}, {"band", cases::name_of(priority.band)}, {"parts", parts}};
}

ordered_json attachment_json(const cases::AttachmentView& view) {
  return {{"item", view.item},
          {"media_type", view.media_type},
          {"size", view.size},
          {"sha256", view.hashes ? to_hex(view.hashes->sha256) : ""},
          {"class", cases::name_of(view.proof.evidence_class())},
          {"why", view.proof.why()},
          {"stored", view.stored}};
}

ordered_json voucher_json(const cases::VoucherView& view) {
  return {{"side", view.side == cases::VerifiedVoucher::Side::sender ? "sender" : "recipient"},
          {"finding", view.confirmed ? "confirmed" : "not_confirmed"},
          {"why", view.why},
          {"proves", view.proves},
          {"provenance", view.provenance},
          {"category", view.category},
          {"list_version", view.list_version},
          {"distance", view.distance},
          {"item", or_null(view.picture, [](const auto& picture) { return picture.item; })},
          {"made_ms", view.made.value}};
}

std::string text_of(const cases::Words& words) {
  std::string out = words.title;
  for (const auto& paragraph : words.body) {
    out += "\n\n" + paragraph;
  }
  return out;
}

/// All routes share one of these.
class Api {
 public:
  Api(accounts::Accounts& accounts, cases::Cases& cases) : accounts_(accounts), cases_(cases) {}
  using Handler = Result<Response> (Api::*)(const Session&, const Request&);

  Result<Response> list(const Session& session, const Request& request) {
    cases::CaseQuery wanted;
    if (const auto view = query(request, "view"); !view.empty()) {
      LK_TRY(parsed, cases::view_from_name(view));
      wanted.view = parsed;
    }
    if (const auto harm = query(request, "harm"); !harm.empty()) {
      LK_TRY(parsed, cases::harm_from_name(harm));
      wanted.harm = parsed;
    }
    if (const auto limit = query(request, "limit"); !limit.empty()) {
      LK_TRY(parsed, decimal(limit));
      if (parsed == 0 || parsed > cases::kMaxPage) {
        return fail(ErrorCode::bad_argument, "request", "'limit' is 1 to 200");
      }
      wanted.limit = parsed;
    }
    wanted.search = query(request, "q");
    if (wanted.search.size() > 64 || !is_utf8(as_bytes(wanted.search))) {
      return fail(ErrorCode::bad_argument, "request", "'q' has at most 64 characters");
    }
    wanted.after = query(request, "after");
    LK_TRY(page, cases_.list(staff_of(session.account), wanted));
    auto all = ordered_json::array();
    for (const auto& one : page.cases) {
      all.push_back(summary_json(one));
    }
    return json_answer(200, {{"cases", all},
                             {"next", page.next ? ordered_json(*page.next) : ordered_json(nullptr)},
                             {"total", page.total}});
  }

  Result<Response> statistics(const Session& session, const Request&) {
    LK_TRY(found, cases_.statistics(staff_of(session.account)));
    return json_answer(200, {{"open", found.open},
                             {"awaiting_second", found.awaiting_second},
                             {"appeals", found.appeals},
                             {"quarantined", found.quarantined},
                             {"overdue", found.overdue}});
  }

  Result<Response> detail(const Session& session, const Request& request) {
    LK_TRY(id, path_id<ReportId>(request, "case"));
    LK_TRY(view, cases_.detail(staff_of(session.account), id));
    return json_answer(200, detail_json(view));
  }

  ordered_json summary_json(const cases::CaseSummary& view) {
    return {{"case", view.id.hex()},
            {"number", view.number},
            {"received_ms", view.received.value},
            {"due_ms", view.due.value},
            {"state", cases::name_of(view.state)},
            {"harm", cases::name_of(view.harm)},
            {"reports", view.reports},
            {"messages", view.messages},
            {"verified", view.verified},
            {"not_verified", view.not_verified},
            {"vouchers", view.vouchers},
            {"provider_records", view.provider_records},
            {"priority", priority_json(view.priority)},
            {"assigned", or_null(view.assigned, [&](const auto& who) { return person(who); })},
            {"quarantined", view.quarantined},
            {"sampled", view.sampled},
            {"needs_second", view.needs_second},
            {"escalated", view.escalated},
            {"decision", or_null(view.decision, [](auto kind) { return cases::name_of(kind); })}};
  }

  ordered_json detail_json(const cases::CaseDetail& view) {
    auto body = summary_json(view.summary);
    auto reporters = ordered_json::array();
    for (const auto& reporter : view.reporters) {
      reporters.push_back(person(reporter));
    }
    auto reports = ordered_json::array();
    for (const auto& report : view.reports) {
      reports.push_back(
          {{"report", report.report.hex()},
           {"received_ms", report.received.value},
           {"reporter", or_null(report.reporter, [&](const auto& who) { return person(who); })},
           {"harm", cases::name_of(report.harm)}});
    }
    auto messages = ordered_json::array();
    for (const auto& message : view.messages) {
      messages.push_back(message_json(message));
    }
    auto gaps = ordered_json::array();
    for (const auto& [from, to] : view.gaps) {
      gaps.push_back(ordered_json::array({from, to}));
    }
    auto vouchers = ordered_json::array();
    for (const auto& voucher : view.vouchers) {
      vouchers.push_back(voucher_json(voucher));
    }
    auto decisions = ordered_json::array();
    for (const auto& made : view.decisions) {
      decisions.push_back(decision_json(made));
    }
    auto duplicates = ordered_json::array();
    for (const auto& duplicate : view.duplicates) {
      auto ids = ordered_json::array();
      for (const auto& other : duplicate.cases) {
        ids.push_back(other.hex());
      }
      duplicates.push_back({{"sha256", to_hex(duplicate.sha256)}, {"cases", ids}});
    }
    body["reporters"] = reporters;
    body["alleged"] = person(view.summary.alleged);
    body["note"] = view.note;
    body["statement"] = view.statement ? ordered_json(*view.statement) : ordered_json(nullptr);
    body["report_list"] = reports;
    body["messages"] = messages;
    body["gaps"] = gaps;
    body["vouchers_list"] = vouchers;
    body["decisions"] = decisions;
    body["policy_version"] = cases_.policy().version;
    body["second_pending"] = or_null(view.second_pending, [&](const auto& made) {
      return ordered_json{{"decision", cases::name_of(made.kind)},
                          {"reason", made.reason},
                          {"by", person(made.reviewer)}};
    });
    body["appeal"] = or_null(view.appeal, [](const auto& appeal) {
      ordered_json out{{"words", appeal.words},
                       {"made_ms", appeal.made.value},
                       {"state", cases::name_of(appeal.state)}};
      if (appeal.reason) {
        out["reason"] = *appeal.reason;
      }
      return out;
    });
    body["duplicates"] = duplicates;
    body["statement_of_reasons"] = or_null(view.statement_of_reasons, text_of);
    return body;
  }

  Result<Response> assign(const Session& session, const Request& request) {
    LK_TRY(id, path_id<ReportId>(request, "case"));
    LK_TRY(fields, Fields::parse(request.body));
    LK_TRY(to, fields.optional_text("to", 2));
    LK_CHECK_OK(fields.finish());
    if (to && *to != "me") {
      return fail(ErrorCode::bad_json, "request", "field 'to' is \"me\" or null");
    }
    LK_TRY(view, cases_.assign(staff_of(session.account), id, to.has_value()));
    return json_answer(200, summary_json(view));
  }

  Result<Response> release(const Session& session, const Request& request) {
    LK_TRY(id, path_id<ReportId>(request, "case"));
    LK_TRY(view, cases_.release(staff_of(session.account), id));
    return json_answer(200, summary_json(view));
  }

  Result<Response> decide(const Session& session, const Request& request) {
    LK_TRY(id, path_id<ReportId>(request, "case"));
    LK_TRY(fields, Fields::parse(request.body));
    LK_TRY(name, fields.text("decision", 1, 32));
    LK_TRY(kind, cases::decision_from_name(name));
    LK_TRY(reason, fields.text("reason", 1, cases::kMaxDecisionReason));
    LK_CHECK_OK(fields.finish());
    return state_answer(cases_.decide(staff_of(session.account), id, kind, reason));
  }

  Result<Response> second(const Session& session, const Request& request) {
    LK_TRY(id, path_id<ReportId>(request, "case"));
    LK_TRY(word, word_of(request, "agree"));
    return state_answer(cases_.second(staff_of(session.account), id, word.yes, word.reason));
  }

  Result<Response> decide_appeal(const Session& session, const Request& request) {
    LK_TRY(id, path_id<ReportId>(request, "case"));
    LK_TRY(word, word_of(request, "uphold"));
    return state_answer(cases_.decide_appeal(staff_of(session.account), id, word.yes, word.reason));
  }

  Result<Response> bulk(const Session& session, const Request& request) {
    LK_TRY(fields, Fields::parse(request.body));
    LK_TRY(ids, fields.ids<ReportId>("cases", cases::kMaxBulk));
    LK_TRY(hex, fields.text("sha256", 64, 64));
    LK_TRY(name, fields.text("decision", 1, 32));
    LK_TRY(kind, cases::decision_from_name(name));
    LK_TRY(reason, fields.text("reason", 1, cases::kMaxDecisionReason));
    LK_CHECK_OK(fields.finish());
    const auto bytes = from_hex(hex);
    const auto sha256 = bytes ? to_array<32>(*bytes) : Result<ByteArray<32>>();
    if (!bytes || !sha256) {
      return fail(ErrorCode::bad_json, "request", "field 'sha256' is 64 hexadecimal digits");
    }
    LK_TRY(done, cases_.decide_in_bulk(staff_of(session.account), ids, *sha256, kind, reason));
    auto skipped = ordered_json::array();
    for (const auto& one : done.skipped) {
      skipped.push_back({{"case", one.id.hex()}, {"why", one.why}});
    }
    return json_answer(200, {{"decided", done.decided}, {"skipped", skipped}});
  }

  Result<Response> views(const Session& session, const Request&) {
    LK_TRY(all, cases_.views(session.account.id));
    auto list = ordered_json::array();
    for (const auto& view : all) {
      list.push_back({{"name", view.name}, {"query", view.query}});
    }
    return json_answer(200, {{"views", list}});
  }
  Result<Response> save_view(const Session& session, const Request& request) {
    LK_TRY(fields, Fields::parse(request.body));
    LK_TRY(name, fields.text("name", 1, cases::kMaxViewName));
    LK_TRY(wanted, fields.text("query", 0, cases::kMaxViewQuery));
    LK_CHECK_OK(fields.finish());
    LK_CHECK_OK(cases_.save_view(session.account.id, {name, wanted}));
    return views(session, request);
  }
  Result<Response> forget_view(const Session& session, const Request& request) {
    LK_CHECK_OK(cases_.forget_view(session.account.id, query(request, "name")));
    return no_content();
  }

 private:
  struct Word {
    bool yes = false;
    std::string reason;
  };
  static Result<Word> word_of(const Request& request, std::string_view name) {
    LK_TRY(fields, Fields::parse(request.body));
    LK_TRY(yes, fields.flag(name));
    LK_TRY(reason, fields.text("reason", 1, cases::kMaxDecisionReason));
    LK_CHECK_OK(fields.finish());
    return Word{yes, std::move(reason)};
  }
  static Result<Response> state_answer(const Result<cases::State>& state) {
    if (!state) {
      return std::unexpected(state.error());
    }
    return json_answer(201, {{"state", cases::name_of(*state)}});
  }

  /// The name on record, or nothing for an account that a forged report made up.
  std::string name_of(const AccountId& id) {
    const auto account = accounts_.account(id);
    return account ? account->name : std::string();
  }
  ordered_json person(const AccountId& id) {
    return {{"account", id.hex()}, {"name", name_of(id)}};
  }

  ordered_json message_json(const cases::MessageView& message) {
    auto attachments = ordered_json::array();
    for (const auto& attachment : message.attachments) {
      attachments.push_back(attachment_json(attachment));
    }
    ordered_json out{{"class", cases::name_of(message.proof.evidence_class())},
                     {"why", message.proof.why()},
                     {"proves", message.proof.proves()},
                     {"does_not_prove", message.proof.does_not_prove()},
                     {"sender", message.has_context ? message.sender.hex() : ""},
                     {"sender_name", message.has_context ? name_of(message.sender) : ""},
                     {"conversation", message.has_context ? message.conversation.hex() : ""},
                     {"seq", message.seq.value},
                     {"accepted_ms", message.accepted.value},
                     {"type", cases::name_of(message.type)},
                     {"body", message.body},
                     {"attachments", attachments}};
    if (message.edits) {
      out["edits"] = *message.edits;
    }
    if (message.expires) {
      out["expires_ms"] = message.expires->value;
    }
    return out;
  }

  ordered_json decision_json(const cases::DecisionMade& made) {
    const bool second = made.deed == cases::Deed::second || made.deed == cases::Deed::quality;
    return {{"decision", cases::name_of(made.kind)},
            {"deed", cases::name_of(made.deed)},
            {"reason", made.reason},
            {"decided_ms", made.decided.value},
            {"reviewer", person(made.reviewer)},
            {"policy_version", made.policy_version},
            {"second", second},
            {"agrees", or_null(made.agrees, [](bool agrees) { return agrees; })}};
  }

  accounts::Accounts& accounts_;
  cases::Cases& cases_;
};

}  // namespace

ordered_json case_json(accounts::Accounts& accounts, cases::Cases& cases,
                       const cases::CaseSummary& view) {
  return Api(accounts, cases).summary_json(view);
}
ordered_json case_json(accounts::Accounts& accounts, cases::Cases& cases,
                       const cases::CaseDetail& view) {
  return Api(accounts, cases).detail_json(view);
}

cases::Staff staff_of(const accounts::Account& account) {
  cases::Staff out;
  out.account = account.id;
  out.senior = accounts::may(account.role, Permission::decide_second);
  for (const auto& scope : account.scopes) {
    if (const auto harm = cases::harm_from_name(scope)) {
      out.scopes.push_back(*harm);
    }
  }
  out.nothing = out.scopes.empty() && !account.scopes.empty();
  return out;
}

std::vector<Route> cases_routes(accounts::Accounts& accounts, cases::Cases& cases,
                                const Gate& gate) {
  const auto api = std::make_shared<Api>(accounts, cases);
  std::vector<Route> routes;
  const auto staff = [&](Permission needs, std::string method, std::string pattern,
                         Api::Handler handler, std::size_t limit = 0) {
    routes.push_back(gate.staff(
        {needs}, std::move(method), std::move(pattern),
        [api, handler](const Session& session, const Request& request) {
          return ((*api).*handler)(session, request);
        },
        limit));
  };
  staff(Permission::read_cases, "GET", "/api/v1/cases", &Api::list);
  staff(Permission::decide, "POST", "/api/v1/cases/bulk", &Api::bulk, kSmallBody);
  staff(Permission::read_cases, "GET", "/api/v1/cases/statistics", &Api::statistics);
  staff(Permission::read_cases, "GET", "/api/v1/cases/{case}", &Api::detail);
  staff(Permission::decide_second, "POST", "/api/v1/cases/{case}/appeal-decision",
        &Api::decide_appeal, kSmallBody);
  staff(Permission::decide, "POST", "/api/v1/cases/{case}/assignment", &Api::assign, kSmallBody);
  staff(Permission::decide, "POST", "/api/v1/cases/{case}/decisions", &Api::decide, kSmallBody);
  staff(Permission::decide, "POST", "/api/v1/cases/{case}/release", &Api::release, kSmallBody);
  staff(Permission::decide_second, "POST", "/api/v1/cases/{case}/second", &Api::second, kSmallBody);
  staff(Permission::read_cases, "GET", "/api/v1/views", &Api::views);
  staff(Permission::read_cases, "POST", "/api/v1/views", &Api::save_view, kSmallBody);
  staff(Permission::read_cases, "DELETE", "/api/v1/views", &Api::forget_view, kSmallBody);
  return routes;
}

}  // namespace lightkeeper::routes
