#include "service/routes/staff_api.hpp"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "service/routes/answers.hpp"
#include "service/routes/fields.hpp"

namespace lightkeeper::routes {

namespace {

using accounts::InvitationTerms;
using accounts::Permission;
using accounts::Session;
using http::Request;
using http::Response;
using nlohmann::ordered_json;

constexpr std::string_view kWhere = "staff";
constexpr std::string_view kRoleKind = "staff.role";
constexpr std::string_view kInviteKind = "staff.invite";

/// Fields role, scopes and oidc_subject; finish() is the caller's.
Result<InvitationTerms> terms_from(Fields& fields) {
  LK_TRY(name, fields.text("role", 1, 16));
  LK_TRY(role, accounts::role_from_name(name));
  if (!accounts::is_staff(role)) {
    return fail(ErrorCode::bad_argument, kWhere, "the role is one of staff");
  }
  InvitationTerms terms{role};
  if (fields.has("scopes")) {
    LK_TRY(scopes, fields.texts("scopes", 32, accounts::kMaxScopes));
    for (const auto& scope : scopes) {
      if (!accounts::is_scope(scope)) {
        return fail(ErrorCode::bad_argument, kWhere, "a scope is the name of a harm");
      }
    }
    terms.scopes = std::move(scopes);
    std::ranges::sort(terms.scopes);
    const auto twice = std::ranges::unique(terms.scopes);
    terms.scopes.erase(twice.begin(), twice.end());
  }
  return terms;
}

/// What an approval is about, always written in the same way.
ordered_json subject_of(const InvitationTerms& terms) {
  ordered_json out{{"role", accounts::name_of(terms.role)}, {"scopes", terms.scopes}};
  if (terms.oidc_subject) {
    out["oidc_subject"] = *terms.oidc_subject;
  }
  return out;
}

class StaffApi {
 public:
  StaffApi(accounts::Accounts& accounts, approvals::Approvals& approvals, std::string public_url)
      : accounts_(accounts), approvals_(approvals), public_url_(std::move(public_url)) {}

  using Handler = Result<Response> (StaffApi::*)(const Session&, const Request&);

  Result<Response> list_staff(const Session&, const Request&) {
    LK_TRY(all, accounts_.staff());
    auto list = ordered_json::array();
    for (const auto& one : all) {
      list.push_back({{"account", one.id.hex()},
                      {"name", one.name},
                      {"role", accounts::name_of(one.role)},
                      {"scopes", one.scopes}});
    }
    return json_answer(200, {{"staff", list}});
  }

  Result<Response> invite(const Session& session, const Request& request) {
    LK_TRY(fields, Fields::parse(request.body));
    LK_TRY(terms, terms_from(fields));
    LK_TRY(oidc_subject, fields.optional_text("oidc_subject", 255));
    terms.oidc_subject = std::move(oidc_subject);
    std::optional<std::uint64_t> approval;
    if (fields.has("approval")) {
      LK_TRY(number, fields.number("approval", 1ULL << 53U));
      approval = number;
    }
    LK_CHECK_OK(fields.finish());
    if (invitation_needs_approval(terms.role)) {
      const auto subject = subject_of(terms).dump();
      if (!approval) {
        LK_TRY(number, approvals_.request(kInviteKind, subject, session.account.id));
        return json_answer(202, {{"approval", number.value}});
      }
      LK_CHECK_OK(approvals_.take({*approval}, kInviteKind, subject, session.account.id));
    } else if (approval) {
      return fail(ErrorCode::bad_argument, kWhere, "this role needs no approval");
    }
    LK_TRY(code, accounts_.invite(terms, session.account.id));
    return json_answer(201, {{"code", code}, {"link", public_url_ + "/console/#/join/" + code}});
  }

  Result<Response> change(const Session& session, const Request& request) {
    LK_TRY(id, path_id<AccountId>(request, "account"));
    LK_TRY(fields, Fields::parse(request.body));
    // No scopes mean all harms: said, not left out.
    if (!fields.has("scopes")) {
      return fail(ErrorCode::bad_json, kWhere, "field 'scopes' has to be there");
    }
    LK_TRY(terms, terms_from(fields));
    LK_CHECK_OK(fields.finish());
    LK_TRY(account, accounts_.account(id));
    if (!accounts::is_staff(account.role)) {
      return fail(ErrorCode::not_found, kWhere);
    }
    auto subject = subject_of(terms);
    subject["account"] = id.hex();
    LK_TRY(number, approvals_.request(kRoleKind, subject.dump(), session.account.id));
    return json_answer(202, {{"approval", number.value}});
  }

  Result<Response> remove(const Session& session, const Request& request) {
    LK_TRY(id, path_id<AccountId>(request, "account"));
    LK_CHECK_OK(accounts_.remove_staff(id, session.account.id));
    return no_content();
  }

  Result<Response> list_approvals(const Session&, const Request&) {
    LK_TRY(all, approvals_.list());
    auto list = ordered_json::array();
    for (const auto& one : all) {
      auto subject = ordered_json::parse(one.subject, nullptr, false);
      ordered_json item{{"id", one.number.value},
                        {"kind", one.kind},
                        {"subject", subject.is_object() ? subject : ordered_json::object()},
                        {"requested_by", person(one.requested_by)},
                        {"requested_ms", one.requested.value},
                        {"state", approvals::name_of(one.state)}};
      if (one.decided_by) {
        item["decided_by"] = person(*one.decided_by);
        item["reason"] = one.reason;
      }
      list.push_back(std::move(item));
    }
    return json_answer(200, {{"approvals", list}});
  }

  Result<Response> decide(const Session& session, const Request& request) {
    LK_TRY(number, path_number(request, "approval"));
    LK_TRY(fields, Fields::parse(request.body));
    LK_TRY(agreed, fields.flag("approve"));
    LK_TRY(reason, fields.text("reason", 1, approvals::kMaxReason));
    LK_CHECK_OK(fields.finish());
    LK_TRY(state, agreed ? approvals_.approve({number}, session.account.id, reason)
                         : approvals_.refuse({number}, session.account.id, reason));
    return json_answer(200, {{"state", approvals::name_of(state)}});
  }

 private:
  ordered_json person(const AccountId& id) {
    const auto account = accounts_.account(id);
    return {{"account", id.hex()}, {"name", account ? account->name : std::string()}};
  }

  accounts::Accounts& accounts_;
  approvals::Approvals& approvals_;
  std::string public_url_;
};

}  // namespace

bool invitation_needs_approval(accounts::Role role) {
  return accounts::may(role, Permission::approve);
}

void register_staff_deeds(accounts::Accounts& accounts, approvals::Approvals& approvals) {
  approvals.when_approved(
      std::string(kRoleKind),
      [&accounts](store::Transaction& tx, const approvals::Approval& approval) -> Status {
        LK_TRY(fields, Fields::parse(as_bytes(approval.subject)));
        LK_TRY(id, fields.id<AccountId>("account"));
        LK_TRY(terms, terms_from(fields));
        // Who asked may have lost the right since, and nobody agrees to their own new role.
        LK_CHECK_OK(accounts.check(tx, approval.requested_by, Permission::invite_staff));
        if (approval.decided_by == id) {
          return fail(ErrorCode::same_person, kWhere, "this is about the one who decides");
        }
        return accounts.set_staff(tx, id, terms, approval.requested_by);
      });
}

std::vector<Route> staff_routes(accounts::Accounts& accounts, approvals::Approvals& approvals,
                                const Gate& gate, std::string public_url) {
  const auto api = std::make_shared<StaffApi>(accounts, approvals, std::move(public_url));
  const auto bound = [api](StaffApi::Handler handler) -> Gate::SignedIn {
    return [api, handler](const Session& session, const Request& request) {
      return ((*api).*handler)(session, request);
    };
  };
  std::vector<Route> out;
  out.push_back(gate.staff({Permission::invite_staff, Permission::approve}, "GET", "/api/v1/staff",
                           bound(&StaffApi::list_staff), 0));
  out.push_back(gate.staff({Permission::invite_staff}, "POST", "/api/v1/staff/invitations",
                           bound(&StaffApi::invite), kSmallBody));
  out.push_back(gate.staff({Permission::invite_staff}, "PUT", "/api/v1/staff/{account}",
                           bound(&StaffApi::change), kSmallBody));
  out.push_back(gate.staff({Permission::invite_staff}, "DELETE", "/api/v1/staff/{account}",
                           bound(&StaffApi::remove), kSmallBody));
  out.push_back(gate.staff({Permission::approve}, "GET", "/api/v1/approvals",
                           bound(&StaffApi::list_approvals), 0));
  out.push_back(gate.staff({Permission::approve}, "POST", "/api/v1/approvals/{approval}",
                           bound(&StaffApi::decide), kSmallBody));
  return out;
}

}  // namespace lightkeeper::routes
