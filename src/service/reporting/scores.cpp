// The two scores. Completeness is made of parts that more information can only raise: each asks
// whether something is there at all, or how many of it up to a limit, never which share.
#include <algorithm>

#include "service/reporting/lint.hpp"
#include "service/reporting/roles.hpp"
#include "service/reporting/words.hpp"

namespace lightkeeper::reporting {

namespace {

constexpr std::uint64_t kDay = 86'400'000;
constexpr std::uint64_t kRecent = 90 * kDay;

template <class Range, class Holds>
int count_up_to(const Range& range, int most, Holds holds) {
  int found = 0;
  for (const auto& one : range) {
    if (found < most && holds(one)) {
      ++found;
    }
  }
  return found;
}
template <class Range, class Holds>
bool any(const Range& range, Holds holds) {
  return std::ranges::any_of(range, holds);
}
int points(bool holds, int worth) { return holds ? worth : 0; }

int evidence_points(const CaseFile& file, const LintSettings& settings) {
  // The best of what there is: a report of words alone is as complete as one with pictures.
  const int text =
      points(any(file.messages,
                 [](const CaseMessage& one) {
                   return one.type != MessageType::unreadable && !one.body.empty();
                 }),
             12) +
      points(any(file.messages,
                 [](const CaseMessage& one) { return one.evidence != MessageClass::not_verified; }),
             8);
  int best = std::max(text, points(!file.statements.empty(), 8));
  best = std::max(
      best,
      points(any(file.vouchers,
                 [](const CaseVoucher& one) { return one.finding == VoucherFinding::confirmed; }),
             14));
  best = std::max(best, points(!file.incident.sites.empty(), 12));
  for (const auto& item : file.files) {
    const int hashes = points(item.sha256.has_value(), 1) + points(item.sha1.has_value(), 1) +
                       points(item.md5.has_value(), 1) + points(item.pdq.has_value(), 2);
    best = std::max(best, points(item.available, 6) + hashes +
                              points(was_viewed(file, item, settings.render), 6) +
                              points(item.annotations.has_value(), 3));
  }
  return best;
}

class Sum {
 public:
  void part(std::string code, int points, int of, std::string why) {
    score_.parts.push_back({std::move(code), std::clamp(points, 0, of), of, std::move(why)});
  }
  void change(std::string code, int points, std::string why) {
    score_.parts.push_back({std::move(code), points, 0, std::move(why)});
  }
  Score take() {
    for (const auto& one : score_.parts) {
      score_.score += one.points;
    }
    score_.score = std::clamp(score_.score, 0, 100);
    return std::move(score_);
  }

 private:
  Score score_;
};

}  // namespace

Score completeness(const CaseFile& file, const LintSettings& settings) {
  const ReportedRoles roles = roles_of(file);
  const auto best_of_reported = [&](auto measure) {
    int best = 0;
    for (const auto& one : roles.reported) {
      best = std::max(best, measure(one));
    }
    return best;
  };
  const auto& incident = file.incident;
  Sum sum;
  sum.part("incident",
           points(incident.type.has_value(), 4) + points(incident.time.has_value(), 4) +
               points(incident.time && incident.time->value.denotes, 2),
           10, "what happened, when, and what that time denotes");
  sum.part("reported", best_of_reported([](const CaseAccount& one) {
             return points(one.account.has_value(), 6) + points(one.service.has_value(), 2) +
                    points(one.screen_name || !one.display_names.empty(), 2);
           }),
           10, "the reported account, its service and its names");
  sum.part("contact", best_of_reported([](const CaseAccount& one) {
             const auto is_verified = [](const auto& fact) {
               return fact.value.verified == true && fact.value.verified_at.has_value();
             };
             return points(!one.emails.empty() || !one.phones.empty(), 2) +
                    points(any(one.emails, is_verified) || any(one.phones, is_verified), 4) +
                    points(one.all_emails_reported.has_value(), 1);
           }),
           7, "a verified e-mail address or telephone number, and whether these are all");
  sum.part(
      "network", best_of_reported([&](const CaseAccount& one) {
        const auto has = [](const Fact<IpCaptureEvent>& fact, IpEventName event) {
          return fact.value.event == event && fact.value.at.has_value();
        };
        return points(any(one.ip_events,
                          [&](const auto& fact) { return has(fact, IpEventName::registration); }),
                      4) +
               3 * count_up_to(one.ip_events, 3,
                               [&](const auto& fact) {
                                 return has(fact, IpEventName::login) && fact.value.port &&
                                        fact.value.at->value + kRecent >= file.made.value;
                               }) +
               points(any(one.ip_events,
                          [](const auto& fact) { return fact.value.possible_proxy.has_value(); }),
                      2);
      }),
      15, "registration, and three recent sign-ins with port and time");
  sum.part("victim",
           points(!roles.victims.empty(), 6) +
               points(any(roles.victims,
                          [](const CaseAccount& one) {
                            return (one.age && !one.age->origin.basis.empty()) ||
                                   (one.date_of_birth && !one.date_of_birth->origin.basis.empty());
                          }),
                      4),
           10, "a child, apart from recipients, with an age and its basis");
  sum.part("evidence", evidence_points(file, settings), 20,
           "verified text, or a file that was seen and hashed, or a confirmed voucher");
  sum.part("narrative",
           points(incident.narrative.has_value(), 6) + points(!incident.detected_by.empty(), 2) +
               points(!reviewers(file, settings.render).empty(), 2) +
               points(!incident.unavailable.empty() ||
                          any(file.conversations,
                              [](const CaseConversation& one) {
                                return one.mode == ConversationMode::end_to_end_encrypted;
                              }),
                      2),
           12, "who and what, how it was found, who reviewed it, what is missing and why");
  sum.part("surroundings", best_of_reported([](const CaseAccount& one) {
                             return points(one.location.has_value(), 2) +
                                    points(one.prior_reports.has_value(), 1) +
                                    points(one.associated_accounts.has_value(), 1) +
                                    points(!one.devices.empty(), 1);
                           }) + points(annotations_of(file).has_value(), 1),
           6, "place, earlier reports, other accounts, devices, annotations");
  const auto& service = file.service;
  sum.part("reporter",
           points(service.reporting_person && !service.reporting_person->emails.empty(), 2) +
               points(service.contact_person && (!service.contact_person->emails.empty() ||
                                                 !service.contact_person->phones.empty()),
                      2) +
               points(service.company_template || settings.render.company_template, 2),
           6, "whom to ask, and how to serve process");
  sum.part("preservation",
           points(settings.hold_comes_with_submission || any(file.holds,
                                                             [&](const CaseHold& hold) {
                                                               return hold.placed <= file.made &&
                                                                      file.made < hold.until;
                                                             }),
                  4),
           4, "held before it is reported");
  return sum.take();
}

Score rescue_priority(const CaseFile& file) {
  const ReportedRoles roles = roles_of(file);
  const UnixMillis now = file.made;
  Sum sum;
  const bool pressure =
      file.header.harm == Harm::grooming || file.header.harm == Harm::threat ||
      (file.incident.type && file.incident.type->value == IncidentType::online_enticement);
  sum.part("contact", points(pressure, 25), 25,
           pressure ? "a child is being approached or pressed"
                    : "nothing says that a child is being approached");
  sum.part("escalated", points(file.incident.escalate_reason.has_value(), 20), 20,
           file.incident.escalate_reason ? "a reviewer gave a reason for high priority"
                                         : "no reviewer gave a reason for high priority");
  std::optional<std::uint32_t> youngest;
  for (const auto& one : roles.victims) {
    if (const auto age = age_of(one, now); age && (!youngest || *age < *youngest)) {
      youngest = age;
    }
  }
  const bool minor = youngest && *youngest < 18;
  sum.part("child", points(minor, 15) + points(minor && *youngest < 13, 5), 20,
           !minor           ? "no child is named with an age"
           : *youngest < 13 ? "a child under 13 is named"
                            : "a child is named");
  UnixMillis last{0};
  for (const auto& one : file.messages) {
    last = std::max(last, one.accepted);
  }
  for (const auto& one : file.statements) {
    last = std::max(last, one.made.value_or(UnixMillis{0}));
  }
  if (last.value == 0 && file.incident.time) {
    last = file.incident.time->value.at;
  }
  const std::uint64_t age = last.value > 0 && now > last ? now.value - last.value : 0;
  const int recent = last.value == 0   ? 0
                     : age < kDay      ? 15
                     : age < 7 * kDay  ? 10
                     : age < 30 * kDay ? 5
                                       : 0;
  sum.part("recent", recent, 15,
           recent > 0 ? "it happened in the last 30 days" : "nothing says that it is recent");
  const auto annotations = annotations_of(file).value_or(std::set<ReportAnnotation>{});
  const bool threat = annotations.contains(ReportAnnotation::sextortion) ||
                      annotations.contains(ReportAnnotation::sadistic_online_exploitation) ||
                      file.header.harm == Harm::threat;
  sum.part("threat", points(threat, 10), 10,
           threat ? "threats are part of it" : "nothing says that threats are part of it");
  const auto of_a_file = [&](FileAnnotation wanted) {
    return any(file.files, [&](const CaseFileItem& item) {
      return item.annotations && item.annotations->contains(wanted);
    });
  };
  const int shown =
      points(of_a_file(FileAnnotation::live_streaming), 5) +
      points(of_a_file(FileAnnotation::physical_harm) || of_a_file(FileAnnotation::infant), 5) +
      points(of_a_file(FileAnnotation::possible_self_production), 5);
  sum.part("file", shown, 10,
           shown > 0 ? "what a reviewer marked in the files" : "no file is marked as urgent");

  // Known material: the same picture again and again helps no child today.
  const auto all_files = [&](auto holds) {
    return !file.files.empty() && std::ranges::all_of(file.files, holds);
  };
  const bool nothing_but_files = file.messages.empty() && file.statements.empty();
  const auto lower = [&](std::string code, bool applies, int by, const char* why) {
    if (applies) {
      sum.change(std::move(code), -by, why);
    }
  };
  lower("viral",
        file.incident.batched_viral ||
            any(file.files,
                [](const CaseFileItem& item) {
                  return item.annotations &&
                         (item.annotations->contains(FileAnnotation::viral) ||
                          item.annotations->contains(FileAnnotation::potential_meme));
                }),
        30, "a file is widely shared");
  std::uint32_t repeats = UINT32_MAX;
  for (const auto& item : file.files) {
    repeats = std::min(repeats, item.seen_before);
  }
  if (!file.files.empty() && repeats > 0) {
    sum.change("repeated", -static_cast<int>(std::min<std::uint32_t>(repeats, 20)),
               "every file was in earlier reports");
  }
  lower("known_only", nothing_but_files && all_files([&](const CaseFileItem& item) {
                        return any(file.vouchers, [&](const CaseVoucher& one) {
                          return one.item == item.item && one.finding == VoucherFinding::confirmed;
                        });
                      }),
        10, "known pictures only, and no conversation");
  lower("annotated_spam", annotations.contains(ReportAnnotation::spam), 10,
        "it was sent to many as spam");
  return sum.take();
}

}  // namespace lightkeeper::reporting
