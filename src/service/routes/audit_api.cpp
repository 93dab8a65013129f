#include "service/routes/audit_api.hpp"

#include <map>
#include <nlohmann/json.hpp>

#include "service/routes/answers.hpp"

namespace lightkeeper::routes {

namespace {

using nlohmann::ordered_json;

constexpr std::uint64_t kUsualPage = 100;

http::Response download(Bytes bytes, std::string type, const std::string& name) {
  auto response = octets_answer(std::move(bytes), std::move(type), "no-store");
  response.headers["Content-Disposition"] = "attachment; filename=\"" + name + "\"";
  return response;
}

Result<http::Response> list_entries(accountability::AuditLog& log, accounts::Accounts& accounts,
                                    const http::Request& request) {
  std::uint64_t after = 0;
  std::uint64_t limit = kUsualPage;
  if (const auto text = query(request, "after"); !text.empty()) {
    LK_TRY(parsed, decimal(text));
    after = parsed;
  }
  if (const auto text = query(request, "limit"); !text.empty()) {
    LK_TRY(parsed, decimal(text));
    if (parsed == 0 || parsed > accountability::kMaxPage) {
      return fail(ErrorCode::bad_argument, "request", "limit is a number from 1 to 500");
    }
    limit = parsed;
  }
  LK_TRY(entries, log.entries(after, limit));
  std::map<AccountId, std::string> names;
  const auto name_of = [&](const AccountId& id) {
    const auto [at, is_new] = names.try_emplace(id);
    if (is_new) {
      const auto account = accounts.account(id);
      at->second = account ? account->name : "";
    }
    return at->second;
  };
  auto list = ordered_json::array();
  for (const auto& entry : entries) {
    list.push_back(
        {{"number", entry.number},
         {"at_ms", entry.at.value},
         {"action", entry.what.action},
         {"actor", entry.what.actor ? ordered_json({{"account", entry.what.actor->hex()},
                                                    {"name", name_of(*entry.what.actor)}})
                                    : ordered_json(nullptr)},
         {"subject", entry.what.subject},
         {"detail", entry.what.detail}});
  }
  return json_answer(200, {{"entries", list},
                           {"next", entries.size() == limit ? ordered_json(entries.back().number)
                                                            : ordered_json(nullptr)}});
}

}  // namespace

std::vector<Route> audit_routes(accountability::AuditLog& log, accounts::Accounts& accounts,
                                const Gate& gate) {
  using accounts::Permission;
  std::vector<Route> out;
  out.push_back(gate.staff(
      {Permission::read_audit}, "GET", "/api/v1/audit",
      [&](const accounts::Session&, const http::Request& request) {
        return list_entries(log, accounts, request);
      },
      0));
  out.push_back(gate.staff(
      {Permission::read_audit}, "GET", "/api/v1/audit/checkpoint",
      [&](const accounts::Session&, const http::Request&) -> Result<http::Response> {
        LK_TRY(note, log.checkpoint());
        return octets_answer(to_bytes(note), "text/plain; charset=utf-8", "no-store");
      },
      0));
  out.push_back(gate.staff(
      {Permission::read_audit}, "GET", "/api/v1/audit/export",
      [&](const accounts::Session& session, const http::Request&) -> Result<http::Response> {
        LK_CHECK_OK(log.record({"audit.export", session.account.id, "", ""}));
        LK_TRY(file, log.export_file());
        return download(std::move(file), "application/octet-stream", "audit-log.lkaudit");
      },
      0));
  out.push_back(gate.staff(
      {Permission::read_audit}, "GET", "/api/v1/audit/{number}/proof",
      [&](const accounts::Session&, const http::Request& request) -> Result<http::Response> {
        LK_TRY(number, path_number(request, "number"));
        LK_TRY(proof, log.inclusion(number));
        return download(to_bytes(proof.text()), "text/plain; charset=utf-8",
                        "entry-" + std::to_string(number) + ".tlog-proof");
      },
      0));
  return out;
}

}  // namespace lightkeeper::routes
