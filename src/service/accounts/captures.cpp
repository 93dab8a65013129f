#include "service/accounts/captures.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lightkeeper::accounts {

namespace {

constexpr std::array<std::string_view, 4> kEvents{"Registration", "Login", "Upload", "Other"};
constexpr std::uint64_t kDayMillis = 24ULL * 3600 * 1000;
constexpr std::size_t kMaxAddress = 64;

CaptureEvent event_of(std::string_view name) {
  const auto* found = std::ranges::find(kEvents, name);
  if (found == kEvents.end()) {
    throw store::StoreFailure("a capture has an unknown event");
  }
  return static_cast<CaptureEvent>(found - kEvents.begin());
}

}  // namespace

std::string_view name_of(CaptureEvent event) { return kEvents.at(static_cast<std::size_t>(event)); }

std::string user_agent_class(std::string_view user_agent) {
  using Pair = std::pair<std::string_view, std::string_view>;
  // In this order: later families carry the names of earlier ones.
  constexpr std::array<Pair, 5> kFamilies{{{"Edg", "Edge"},
                                           {"Firefox/", "Firefox"},
                                           {"Chrome/", "Chrome"},
                                           {"Safari/", "Safari"},
                                           {"lightkeeper", "Lightkeeper"}}};
  constexpr std::array<Pair, 6> kSystems{{{"Android", "Android"},
                                          {"iPhone", "iOS"},
                                          {"iPad", "iOS"},
                                          {"Windows", "Windows"},
                                          {"Mac OS X", "macOS"},
                                          {"Linux", "Linux"}}};
  const auto first = [&](const auto& table) -> std::string_view {
    const auto* found = std::ranges::find_if(
        table, [&](const Pair& one) { return user_agent.contains(one.first); });
    return found == table.end() ? "other" : found->second;
  };
  const auto family = first(kFamilies);
  const auto system = first(kSystems);
  if (family == "other" && system == "other") {
    return "other";
  }
  return std::string(family) + " on " + std::string(system);
}

Captures::Captures(store::Database& database, Clock& clock, unsigned days, store::AuditSink audit)
    : database_(database), clock_(clock), days_(days), audit_(std::move(audit)) {}

Status Captures::record(const AccountId& account, CaptureEvent event, std::string_view address,
                        std::uint16_t port, std::string_view user_agent) {
  if (days_ == 0 || address.empty() || address.size() > kMaxAddress) {
    return {};
  }
  return database_.write([&](store::Transaction& tx) -> Status {
    tx.run(
        "INSERT INTO capture(account, event, address, port, at_ms, user_agent) "
        "SELECT id, ?, ?, ?, ?, ? FROM account WHERE id = ? AND role = 'person'",
        name_of(event), address, port, clock_.now(), user_agent_class(user_agent), account);
    return {};
  });
}

Result<std::vector<Capture>> Captures::captures(const AccountId& account, UnixMillis since,
                                                const std::optional<AccountId>& by,
                                                std::string_view reason) {
  return database_.write([&](store::Transaction& tx) -> Result<std::vector<Capture>> {
    std::vector<Capture> out;
    for (const auto& row :
         tx.rows("SELECT event, address, port, at_ms, user_agent FROM capture WHERE account = ? "
                 "AND at_ms >= ? ORDER BY at_ms DESC, id DESC LIMIT 500",
                 account, since)) {
      out.push_back({event_of(row.text(0)), row.text(1), static_cast<std::uint16_t>(row.number(2)),
                     UnixMillis{row.number(3)}, row.text(4)});
    }
    std::ranges::reverse(out);
    LK_CHECK_OK(audit_(tx, {"capture.read", by, "account:" + account.hex(), std::string(reason)}));
    return out;
  });
}

Status Captures::forget_old() {
  const auto age = days_ * kDayMillis;
  const auto now = clock_.now().value;
  return database_.write([&](store::Transaction& tx) -> Status {
    tx.run(
        "DELETE FROM capture WHERE at_ms <= ? AND account NOT IN (SELECT account FROM "
        "held_account)",
        now > age ? now - age : 0);
    return {};
  });
}

}  // namespace lightkeeper::accounts
