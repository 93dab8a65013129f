#include "service/reporting/roles.hpp"

#include <algorithm>

#include "service/reporting/utc.hpp"

namespace lightkeeper::reporting {

namespace {

constexpr std::uint32_t kAdult = 18;

UnixMillis time_of(const CaseFile& file) {
  return file.incident.time ? file.incident.time->value.at : file.made;
}

bool same_account(const CaseAccount& a, const CaseAccount& b) {
  return a.account && b.account && *a.account == *b.account && a.service == b.service;
}

bool is_about_pressure(const CaseFile& file) {
  const auto& type = file.incident.type;
  return file.header.harm == Harm::grooming || file.header.harm == Harm::threat ||
         (type && (type->value == IncidentType::online_enticement ||
                   type->value == IncidentType::unsolicited_material));
}

}  // namespace

std::optional<std::uint32_t> age_of(const CaseAccount& account, UnixMillis at) {
  if (account.date_of_birth) {
    return age_at(account.date_of_birth->value, at);
  }
  return account.age ? std::optional(account.age->value) : std::nullopt;
}

bool is_minor(const CaseAccount& account, UnixMillis at) {
  const auto age = age_of(account, at);
  return age && *age < kAdult;
}

ReportedRoles roles_of(const CaseFile& file) {
  ReportedRoles out{file.accounts.reported, {}, file.accounts.victims};
  for (const auto& one : file.accounts.intended_recipients) {
    const bool is_listed = std::ranges::any_of(
        out.victims, [&](const CaseAccount& victim) { return same_account(victim, one); });
    if (is_listed) {
      continue;
    }
    if (one.target || (is_about_pressure(file) && is_minor(one, time_of(file)))) {
      out.victims.push_back(one);
    } else {
      out.intended_recipients.push_back(one);
    }
  }
  return out;
}

std::vector<std::size_t> reported_and_harmed(const CaseFile& file) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < file.accounts.reported.size(); ++i) {
    const auto is_same = [&](const CaseAccount& other) {
      return same_account(file.accounts.reported[i], other);
    };
    if (std::ranges::any_of(file.accounts.victims, is_same) ||
        std::ranges::any_of(file.accounts.intended_recipients, is_same)) {
      out.push_back(i);
    }
  }
  return out;
}

bool is_minor_to_minor(const CaseFile& file) {
  const auto at = time_of(file);
  const auto minor = [at](const CaseAccount& one) { return is_minor(one, at); };
  return std::ranges::any_of(file.accounts.reported, minor) &&
         (std::ranges::any_of(file.accounts.victims, minor) ||
          std::ranges::any_of(file.accounts.intended_recipients, minor));
}

std::optional<std::set<ReportAnnotation>> annotations_of(const CaseFile& file) {
  auto out = file.incident.annotations;
  if (is_minor_to_minor(file)) {
    if (!out) {
      out.emplace();
    }
    out->insert(ReportAnnotation::minor_to_minor_interaction);
  }
  return out;
}

}  // namespace lightkeeper::reporting
