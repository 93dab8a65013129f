#include "service/server/refused_access.hpp"

#include <gtest/gtest.h>

namespace lightkeeper::service {
namespace {

const AccountId kAda{ByteArray<16>{1}}, kBen{ByteArray<16>{2}};
const std::string kRoute = "access.refused";
constexpr std::uint64_t kMinute = kRefusalWindowMillis;

TEST(RefusedAccess, AFloodIsOneEntryAndOneCount) {
  RefusedAccess refusals;
  const auto first = refusals.refused(kAda, kRoute, "GET /api/v1/cases", UnixMillis{1000});
  ASSERT_TRUE(first);
  EXPECT_EQ(first->action, "access.refused");
  EXPECT_EQ(first->actor, kAda);
  EXPECT_EQ(first->detail, "GET /api/v1/cases");
  for (std::uint64_t i = 1; i <= 5000; ++i) {
    EXPECT_FALSE(refusals.refused(kAda, kRoute, "GET /api/v1/cases", UnixMillis{1000 + i}));
  }
  EXPECT_TRUE(refusals.counted(UnixMillis{1000 + kMinute - 1}).empty()) << "the minute is not over";
  const auto counted = refusals.counted(UnixMillis{1000 + kMinute});
  ASSERT_EQ(counted.size(), 1U);
  EXPECT_EQ(counted[0].detail, "GET /api/v1/cases, 5000 times more");
  EXPECT_EQ(counted[0].actor, kAda);
  EXPECT_TRUE(refusals.counted(UnixMillis{1000 + 9 * kMinute}).empty()) << "counted twice";
}

TEST(RefusedAccess, NobodyHidesBehindAnotherAccountOrRoute) {
  RefusedAccess refusals;
  EXPECT_TRUE(refusals.refused(kAda, kRoute, "GET /a", UnixMillis{5}));
  EXPECT_TRUE(refusals.refused(kBen, kRoute, "GET /a", UnixMillis{5}));
  EXPECT_TRUE(refusals.refused(kAda, kRoute, "GET /b", UnixMillis{5}));
  EXPECT_TRUE(refusals.refused(kAda, "voucher.refused", "GET /a", UnixMillis{5}));
  EXPECT_FALSE(refusals.refused(kAda, kRoute, "GET /a", UnixMillis{6}));
}

TEST(RefusedAccess, NothingIsLostBetweenTwoLooksNorAtTheEnd) {
  RefusedAccess refusals;
  EXPECT_TRUE(refusals.refused(kAda, kRoute, "GET /a", UnixMillis{0}));
  EXPECT_FALSE(refusals.refused(kAda, kRoute, "GET /a", UnixMillis{1}));
  EXPECT_EQ(refusals.refused(kAda, kRoute, "GET /a", UnixMillis{kMinute})->detail,
            "GET /a, and once more in the minute before");
  EXPECT_FALSE(refusals.refused(kAda, kRoute, "GET /a", UnixMillis{kMinute + 1}));
  EXPECT_FALSE(refusals.refused(kAda, kRoute, "GET /a", UnixMillis{kMinute + 2}));
  const auto last = refusals.all_counted();
  ASSERT_EQ(last.size(), 1U);
  EXPECT_EQ(last[0].detail, "GET /a, 2 times more");
  EXPECT_TRUE(refusals.refused(kAda, kRoute, "GET /a", UnixMillis{kMinute + 3}));
}

}  // namespace
}  // namespace lightkeeper::service
