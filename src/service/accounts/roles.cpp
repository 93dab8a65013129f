#include "service/accounts/roles.hpp"

#include <algorithm>

#include "core/base/bytes.hpp"
#include "core/crypto/crypto.hpp"

namespace lightkeeper::accounts {

namespace {

constexpr std::array<std::string_view, kRoles.size()> kRoleNames{"person", "reviewer", "senior",
                                                                 "legal",  "auditor",  "admin"};
constexpr std::array<std::string_view, kPermissions.size()> kPermissionNames{
    "read_cases",     "decide",        "decide_second", "release_exposure",
    "prepare_report", "submit_report", "hold_evidence", "destroy_evidence",
    "arm_production", "read_audit",    "invite_staff",  "approve"};

constexpr std::uint32_t bits(std::initializer_list<Permission> permissions) {
  std::uint32_t out = 0;
  for (const auto permission : permissions) {
    out |= 1U << static_cast<unsigned>(permission);
  }
  return out;
}

constexpr std::array<std::uint32_t, kRoles.size()> kTable = [] {
  using enum Permission;
  std::array<std::uint32_t, kRoles.size()> table{};
  const auto of = [&](Role role) -> std::uint32_t& {
    return table.at(static_cast<std::size_t>(role));
  };
  of(Role::reviewer) = bits({read_cases, decide, prepare_report});
  of(Role::senior) =
      of(Role::reviewer) | bits({decide_second, release_exposure, submit_report, approve});
  of(Role::legal) = bits({read_cases, prepare_report, submit_report, hold_evidence,
                          destroy_evidence, arm_production, approve});
  of(Role::auditor) = bits({read_audit});
  of(Role::admin) = bits({invite_staff, arm_production, approve});
  return table;
}();

}  // namespace

bool may(Role role, Permission permission) {
  return (kTable.at(static_cast<std::size_t>(role)) & bits({permission})) != 0;
}

std::string_view name_of(Role role) { return kRoleNames.at(static_cast<std::size_t>(role)); }

Result<Role> role_from_name(std::string_view name) {
  const auto* found = std::ranges::find(kRoleNames, name);
  if (found == kRoleNames.end()) {
    return fail(ErrorCode::bad_argument, "accounts",
                "a role is person, reviewer, senior, legal, auditor or admin");
  }
  return kRoles.at(static_cast<std::size_t>(found - kRoleNames.begin()));
}

std::string_view name_of(Permission permission) {
  return kPermissionNames.at(static_cast<std::size_t>(permission));
}

bool is_scope(std::string_view name) {
  return !name.empty() && name.size() <= 32 &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

std::string pseudonym_of(const AccountId& account) {
  const auto digest =
      crypto::sha256(concat({as_bytes("lightkeeper pseudonym v1"), BytesView(account.value)}));
  return "R-" + to_hex(BytesView(digest).first(3));
}

}  // namespace lightkeeper::accounts
