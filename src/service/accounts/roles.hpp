// Roles of accounts and what each may do. One table, `may`, is the whole answer; nothing else in
// the service compares roles.
//
// Two things never fall to one role: an administrator decides who comes in and never reads
// evidence; an auditor reads who did what and never reads evidence.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/ids.hpp"
#include "core/base/result.hpp"

namespace lightkeeper::accounts {

/// A person uses the messenger. The others are staff and use the console.
enum class Role : std::uint8_t { person, reviewer, senior, legal, auditor, admin };
inline constexpr std::array kRoles{Role::person, Role::reviewer, Role::senior,
                                   Role::legal,  Role::auditor,  Role::admin};

enum class Permission : std::uint8_t {
  read_cases,
  decide,
  decide_second,
  release_exposure,
  prepare_report,
  submit_report,
  hold_evidence,
  destroy_evidence,
  arm_production,
  read_audit,
  invite_staff,
  approve,
};
inline constexpr std::array kPermissions{
    Permission::read_cases,       Permission::decide,           Permission::decide_second,
    Permission::release_exposure, Permission::prepare_report,   Permission::submit_report,
    Permission::hold_evidence,    Permission::destroy_evidence, Permission::arm_production,
    Permission::read_audit,       Permission::invite_staff,     Permission::approve,
};

/// The table of docs/reference/roles.md; a test compares the two.
[[nodiscard]] bool may(Role role, Permission permission);
[[nodiscard]] constexpr bool is_staff(Role role) { return role != Role::person; }

/// "person", "reviewer", ...
[[nodiscard]] std::string_view name_of(Role role);
[[nodiscard]] Result<Role> role_from_name(std::string_view name);
/// "read_cases", "decide", ...
[[nodiscard]] std::string_view name_of(Permission permission);

/// A scope is the name of a harm ("grooming"): 1..32 of a-z and _.
[[nodiscard]] bool is_scope(std::string_view name);

/// How a member of staff is named in watermarks and signed events: "R-" and six hexadecimal digits
/// of the SHA-256 of the account id. The same for an account's whole life. Staff, who see one
/// another's account ids, can compute it; nobody outside sees those ids.
[[nodiscard]] std::string pseudonym_of(const AccountId& account);

}  // namespace lightkeeper::accounts
