#include "service/cases/priority.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

namespace lightkeeper::cases {
namespace {

constexpr std::uint64_t kDay = 24ULL * 3600 * 1000;

PriorityFacts any_facts() {
  PriorityFacts facts;
  facts.harm = *rc::gen::elementOf(std::vector<Harm>(kHarms.begin(), kHarms.end()));
  facts.minor_side = *rc::gen::arbitrary<bool>();
  facts.current = *rc::gen::arbitrary<bool>();
  facts.proven = *rc::gen::inRange<std::uint64_t>(0, 4);
  facts.confirmed_vouchers = *rc::gen::inRange<std::uint64_t>(0, 3);
  facts.provider_records = *rc::gen::inRange<std::uint64_t>(0, 3);
  facts.indicators = *rc::gen::inRange<std::uint32_t>(0, 32);
  facts.reporters = *rc::gen::inRange<std::uint64_t>(1, 8);
  facts.earlier_measures = *rc::gen::inRange<std::uint64_t>(0, 6);
  facts.duplicate = *rc::gen::arbitrary<bool>();
  facts.flood = *rc::gen::arbitrary<bool>();
  facts.received.value = *rc::gen::inRange<std::uint64_t>(0, 40 * kDay);
  facts.due.value = facts.received.value + *rc::gen::inRange<std::uint64_t>(0, 5 * kDay);
  return facts;
}
UnixMillis any_time() { return UnixMillis{*rc::gen::inRange<std::uint64_t>(0, 80 * kDay)}; }

RC_GTEST_PROP(Priority, IsTheSumOfPartsThatSayWhy, ()) {
  const auto priority = priority_of(any_facts(), any_time());
  std::int64_t sum = 0;
  std::set<std::string> codes;
  for (const auto& part : priority.parts) {
    sum += part.points;
    RC_ASSERT(part.points != 0);
    RC_ASSERT(!part.why.empty());
    RC_ASSERT(codes.insert(part.code).second);
  }
  RC_ASSERT(sum == priority.score);
}

RC_GTEST_PROP(Priority, RescueComesBeforeEverythingElse, ()) {
  const auto one = any_facts();
  const auto other = any_facts();
  const auto now = any_time();
  if (calls_for_rescue(one) && !calls_for_rescue(other)) {
    RC_ASSERT(priority_of(one, now).score > priority_of(other, now).score);
    RC_ASSERT(priority_of(one, now).band == Band::rescue);
  }
  RC_ASSERT((priority_of(other, now).band == Band::rescue) == calls_for_rescue(other));
}

RC_GTEST_PROP(Priority, MoreProofNeedOrWaitingNeverLowersItAndFloodsNeverRaiseIt, ()) {
  const auto facts = any_facts();
  const auto now = any_time();
  const auto score = priority_of(facts, now).score;
  const auto with = [&](auto change) {
    auto more = facts;
    change(more);
    return priority_of(more, now).score;
  };
  RC_ASSERT(with([](auto& more) { ++more.proven; }) >= score);
  RC_ASSERT(with([](auto& more) { ++more.confirmed_vouchers; }) >= score);
  RC_ASSERT(with([](auto& more) { ++more.provider_records; }) >= score);
  RC_ASSERT(with([](auto& more) { ++more.reporters; }) >= score);
  RC_ASSERT(with([](auto& more) { ++more.earlier_measures; }) >= score);
  RC_ASSERT(with([](auto& more) { more.minor_side = true; }) >= score);
  RC_ASSERT(with([](auto& more) { more.current = true; }) >= score);
  RC_ASSERT(with([](auto& more) { more.indicators |= 1; }) >= score);
  RC_ASSERT(with([](auto& more) { more.duplicate = true; }) <= score);
  RC_ASSERT(with([](auto& more) { more.flood = true; }) <= score);
  RC_ASSERT(priority_of(facts, UnixMillis{now.value + kDay}).score >= score);
}

RC_GTEST_PROP(Priority, StaysAsItIsUntilTheTimeItNames, ()) {
  const auto facts = any_facts();
  const auto now = std::max(any_time(), facts.received);
  const auto priority = priority_of(facts, now);
  if (priority.changes) {
    RC_ASSERT(*priority.changes > now);
    RC_ASSERT(priority_of(facts, UnixMillis{priority.changes->value - 1}).score == priority.score);
    RC_ASSERT(priority_of(facts, *priority.changes).score > priority.score);
  } else {
    RC_ASSERT(priority_of(facts, UnixMillis{now.value + 400 * kDay}).score == priority.score);
  }
}

TEST(Priority, VerifiedComesBeforeUnverifiedAndThreatsBeforeAnnoyance) {
  PriorityFacts facts;
  facts.due.value = kDay;
  const auto score = [&] { return priority_of(facts, {}).score; };
  facts.harm = Harm::unwanted;
  const auto unwanted = score();
  facts.proven = 1;
  const auto verified = score();
  facts.harm = Harm::threat;
  const auto threat = score();
  EXPECT_LT(unwanted, verified);
  EXPECT_LT(verified, threat);
}

}  // namespace
}  // namespace lightkeeper::cases
