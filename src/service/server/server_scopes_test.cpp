// Scopes and rights where they are easily forgotten: lists, numbers of other things, and what a
// second person approves later.
#include "service/server/server_testing.hpp"

namespace lightkeeper::service {
namespace {

class ServerScopes : public ServerTest {
 protected:
  /// One for all tests: later reports about the same account join it.
  static const std::string& the_case() {
    static const std::string one = reported({}, "threat");
    return one;
  }
  static std::uint64_t held(const std::string& of_case, const Person& by) {
    const auto hold = call("POST", "/api/v1/holds", &by,
                           {{"case", of_case}, {"basis", "internal"}, {"reference", "a letter"}});
    EXPECT_EQ(hold.status, 201) << as_text(hold.raw);
    return hold.body.value("id", std::uint64_t{0});
  }
  static std::string asked_release(std::uint64_t hold, const Person& by) {
    const auto asked = call("POST", "/api/v1/holds/" + std::to_string(hold) + "/release", &by,
                            {{"reason", "it is not needed any more"}});
    EXPECT_EQ(asked.status, 202) << as_text(asked.raw);
    return std::to_string(asked.body.value("approval", 0));
  }
  static int approve(const std::string& number, const Person& by) {
    return call("POST", "/api/v1/approvals/" + number, &by,
                {{"approve", true}, {"reason", "as agreed"}})
        .status;
  }
  static std::string state_of(std::uint64_t hold) {
    const auto all = call("GET", "/api/v1/holds", &by_role_->at("legal"));
    for (const auto& one : all.body["holds"]) {
      if (one["id"] == hold) {
        return one["state"];
      }
    }
    return "not there";
  }
  static bool lists(const Person& who, std::uint64_t hold) {
    const auto all = call("GET", "/api/v1/holds", &who);
    EXPECT_EQ(all.status, 200) << as_text(all.raw);
    return std::ranges::any_of(all.body["holds"],
                               [&](const auto& one) { return one["id"] == hold; });
  }
};

TEST_F(ServerScopes, HoldsOfOtherHarmsAreNeitherListedNorEndedByWhoDoesNotLookAfterThem) {
  const auto& of_case = the_case();
  const auto& legal = by_role_->at("legal");
  const auto hold = held(of_case, legal);
  const auto inside = narrow("scope-threat", "legal", json::array({"threat"}));
  const auto outside = narrow("scope-unwanted", "legal", json::array({"unwanted"}));
  EXPECT_TRUE(lists(inside, hold));
  EXPECT_FALSE(lists(outside, hold));
  EXPECT_EQ(call("GET", "/api/v1/holds?case=" + of_case, &inside).status, 200);
  const auto refused = call("GET", "/api/v1/holds?case=" + of_case, &outside);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.body["code"], "not_in_scope");
  EXPECT_EQ(call("GET", "/api/v1/submissions?case=" + of_case, &outside).status, 403);
  EXPECT_EQ(call("GET", "/api/v1/submissions?case=" + of_case, &inside).status, 200);
  // The second person looks after the case as well, or is none.
  const auto release = asked_release(hold, legal);
  EXPECT_EQ(approve(release, outside), 403);
  EXPECT_EQ(state_of(hold), "live");
  EXPECT_EQ(approve(release, inside), 200);
  EXPECT_EQ(state_of(hold), "released");
}

TEST_F(ServerScopes, WhatSomebodyAskedForEndsWithTheirRightToAsk) {
  const auto& of_case = the_case();
  const auto hold = held(of_case, by_role_->at("legal"));
  const auto leaver = narrow("leaver", "legal", json::array());
  const auto release = asked_release(hold, leaver);
  ASSERT_EQ(call("DELETE", "/api/v1/staff/" + leaver.account, &by_role_->at("admin")).status, 204);
  EXPECT_EQ(approve(release, by_role_->at("legal")), 403);
  EXPECT_EQ(state_of(hold), "live");
  const auto again = asked_release(hold, by_role_->at("legal"));
  EXPECT_EQ(approve(again, by_role_->at("senior")), 200) << "the same deed by who may";
  EXPECT_EQ(state_of(hold), "released");
}

}  // namespace
}  // namespace lightkeeper::service
