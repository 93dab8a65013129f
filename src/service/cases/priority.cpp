#include "service/cases/priority.hpp"

#include <algorithm>
#include <bit>

namespace lightkeeper::cases {

namespace {

constexpr std::uint64_t kDay = 24ULL * 3600 * 1000;
constexpr std::uint64_t kMaxDays = 20;

constexpr std::int64_t kRescue = 1000;
constexpr std::int64_t kPossibleRescue = 150;
constexpr std::int64_t kIndicator = 30;  // each, at most three
constexpr std::int64_t kVerified = 60;
constexpr std::int64_t kProviderRecord = 60;
constexpr std::int64_t kConfirmedVoucher = 50;
constexpr std::int64_t kEarlierMeasure = 40;   // each, at most two
constexpr std::int64_t kFurtherReporter = 20;  // each, at most three
constexpr std::int64_t kWaitingDay = 2;
constexpr std::int64_t kOverdue = 30;
constexpr std::int64_t kDuplicate = -60;
constexpr std::int64_t kFlood = -200;

constexpr std::int64_t kHighFrom = 220;
constexpr std::int64_t kNormalFrom = 100;

std::int64_t points_of(Harm harm) {
  switch (harm) {
    case Harm::grooming:
    case Harm::threat:
      return 120;
    case Harm::known_picture:
      return 100;
    case Harm::unwanted:
      return 40;
    case Harm::other:
      break;
  }
  return 20;
}

std::string_view why_of(Harm harm) {
  switch (harm) {
    case Harm::grooming:
      return "The report is about somebody who tries to gain a child's trust.";
    case Harm::threat:
      return "The report is about pressure or a threat.";
    case Harm::known_picture:
      return "The report is about a picture on a list of known pictures.";
    case Harm::unwanted:
      return "The report is about something that the person does not want to get.";
    case Harm::other:
      break;
  }
  return "The report is about something else.";
}

bool about_contact(const PriorityFacts& facts) {
  return facts.harm == Harm::grooming || facts.harm == Harm::threat || facts.indicators != 0;
}

std::int64_t at_most(std::uint64_t count, std::uint64_t most) {
  return static_cast<std::int64_t>(std::min(count, most));
}

}  // namespace

bool calls_for_rescue(const PriorityFacts& facts) {
  return about_contact(facts) && facts.minor_side && facts.current && facts.proven > 0;
}

Priority priority_of(const PriorityFacts& facts, UnixMillis now) {
  Priority out;
  const auto add = [&](std::string_view code, std::int64_t points, std::string_view why) {
    if (points != 0) {
      out.parts.push_back({std::string(code), points, std::string(why)});
      out.score += points;
    }
  };
  const bool rescue = calls_for_rescue(facts);
  if (rescue) {
    add("rescue", kRescue,
        "Somebody under 18 is affected, the contact is recent and its messages are verified.");
  } else if (about_contact(facts) && facts.minor_side) {
    add("possible_rescue", kPossibleRescue,
        "Somebody under 18 may be affected; nothing recent is verified.");
  }
  add("harm", points_of(facts.harm), why_of(facts.harm));
  add("indicators",
      kIndicator * at_most(static_cast<std::uint64_t>(std::popcount(facts.indicators)), 3),
      "The reporting device noticed signs of pressure.");
  add("verified", facts.proven > 0 ? kVerified : 0,
      "There are verified messages of the reported account.");
  add("provider_record", facts.provider_records > 0 ? kProviderRecord : 0,
      "The service's own record holds it.");
  add("voucher", facts.confirmed_vouchers > 0 ? kConfirmedVoucher : 0,
      "A device's check was confirmed.");
  add("repeat_account", kEarlierMeasure * at_most(facts.earlier_measures, 2),
      "Earlier cases about the same account led to a step.");
  add("several_reporters",
      kFurtherReporter * at_most(facts.reporters > 0 ? facts.reporters - 1 : 0, 3),
      "Several people reported it.");
  const auto waited = now.value > facts.received.value ? now.value - facts.received.value : 0;
  const auto days = std::min(waited / kDay, kMaxDays);
  add("waiting", kWaitingDay * static_cast<std::int64_t>(days), "It has waited for days.");
  const bool overdue = now >= facts.due;
  add("overdue", overdue ? kOverdue : 0, "Its time is over.");
  add("duplicate", facts.duplicate ? kDuplicate : 0, "All its files are known from decided cases.");
  add("flood", facts.flood ? kFlood : 0, "It is one of many reports within a short time.");

  if (rescue) {
    out.band = Band::rescue;
  } else if (out.score >= kHighFrom) {
    out.band = Band::high;
  } else if (out.score >= kNormalFrom) {
    out.band = Band::normal;
  }
  if (days < kMaxDays) {
    out.changes = UnixMillis{facts.received.value + (days + 1) * kDay};
  }
  if (!overdue && (!out.changes || facts.due < *out.changes)) {
    out.changes = facts.due;
  }
  return out;
}

}  // namespace lightkeeper::cases
