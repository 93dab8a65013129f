#include <algorithm>
#include <random>
#include <tuple>

#include "service/cases/desk_testing.hpp"

namespace lightkeeper::cases {
namespace {

class Queue : public Desk {
 protected:
  std::vector<CaseSummary> everything(const Staff& staff, CaseQuery query) {
    std::vector<CaseSummary> out;
    for (;;) {
      const auto page = cases().list(staff, query);
      EXPECT_TRUE(page) << (page ? "" : page.error().message());
      if (!page) {
        return out;
      }
      out.insert(out.end(), page->cases.begin(), page->cases.end());
      if (!page->next) {
        EXPECT_EQ(page->total, out.size());
        return out;
      }
      EXPECT_EQ(page->cases.size(), query.limit);
      query.after = *page->next;
    }
  }
  static bool in_order(const CaseSummary& a, const CaseSummary& b) {
    return std::tuple(-a.priority.score, a.due.value, a.number) <
           std::tuple(-b.priority.score, b.due.value, b.number);
  }
};

TEST_F(Queue, OrderIsByScoreThenDueThenNumberInPages) {
  std::minstd_rand random(7);
  for (int i = 0; i < 60; ++i) {
    auto wanted =
        report(random() % 2 == 0 ? std::vector{item(3, "x")} : std::vector<ReportedItem>{});
    wanted.statement = "words " + std::to_string(i);
    wanted.harm = kHarms.at(random() % kHarms.size());
    wanted.minor_side = random() % 3 == 0;
    wanted.indicators = static_cast<std::uint32_t>(random() % 8);
    policy_.flood_by_reporter = 1000;
    ASSERT_TRUE(cases().accept(random() % 2 == 0 ? ben_ : cleo_, wanted));
    room_ = ConversationId{rng_.array<16>()};
    clock_.set(UnixMillis{clock_.now().value + random() % 7'200'000});
  }
  ASSERT_TRUE(cases().rescore(1000));
  for (const std::size_t limit : {7U, 60U, 200U}) {
    CaseQuery query;
    query.limit = limit;
    const auto all = everything(rita_, query);
    ASSERT_EQ(all.size(), 60U);
    EXPECT_TRUE(std::ranges::is_sorted(all, in_order));
    EXPECT_EQ(all.front().priority.band, Band::rescue);
  }
  CaseQuery threats;
  threats.harm = Harm::threat;
  for (const auto& one : everything(rita_, threats)) {
    EXPECT_EQ(one.harm, Harm::threat);
  }
  EXPECT_TRUE(cases().faults()->empty());
}

TEST_F(Queue, TheScoreDoesNotDependOnTheOrderOfReports) {
  const auto first = item(3, kWords);
  const auto second = item(4, "more");
  const auto score = [&](const std::vector<std::pair<AccountId, ReportedItem>>& order) {
    std::optional<ReportId> id;
    for (const auto& [who, what] : order) {
      const auto made = cases().accept(who, report({what}));
      id = id ? id : std::optional(*made);
    }
    const auto out = cases().summary(rita_, *id)->priority.score;
    EXPECT_TRUE(cases().decide(rita_, *id, DecisionKind::no_action, "a calm reason"));
    return out;
  };
  // The same two reports in both orders, in two conversations.
  const auto one = score({{ben_, first}, {cleo_, second}});
  room_ = ConversationId{rng_.array<16>()};
  const auto third = item(3, kWords);
  const auto fourth = item(4, "more");
  EXPECT_EQ(one, score({{cleo_, fourth}, {ben_, third}}));
}

TEST_F(Queue, ScoresRiseWhileACaseWaitsAndRescoringFindsThem) {
  const auto id = new_case(ben_, {item(3, kWords)});
  const auto before = cases().summary(rita_, id)->priority.score;
  EXPECT_EQ(cases().rescore(100).value(), 0U);
  clock_.set(UnixMillis{clock_.now().value + 3ULL * 24 * 3600 * 1000});
  EXPECT_EQ(cases().rescore(100).value(), 1U);
  EXPECT_GT(cases().summary(rita_, id)->priority.score, before);
  EXPECT_EQ(cases().statistics(rita_)->overdue, 1U);
  EXPECT_TRUE(cases().faults()->empty());
}

TEST_F(Queue, SearchFindsByIdNameAndHashAndIsOnRecord) {
  const Bytes picture(800, 3);
  const auto id = new_case(ben_, {item(3, kWords, {store_picture(picture)})});
  const auto other = new_case(cleo_, {item(3, "other")});
  const auto found = [&](std::string text) {
    CaseQuery query;
    query.view = QueueView::all;
    query.search = std::move(text);
    std::vector<ReportId> out;
    for (const auto& one : everything(rita_, query)) {
      out.push_back(one.id);
    }
    return out;
  };
  const auto hashes = hashes_of(picture).value();
  EXPECT_EQ(found(id.hex().substr(0, 8)), std::vector{id});
  EXPECT_EQ(found(id.hex()), std::vector{id});
  EXPECT_EQ(found("ben"), std::vector{id});
  EXPECT_EQ(found("ada").size(), 2U);
  EXPECT_EQ(found(to_hex(hashes.sha256)), std::vector{id});
  EXPECT_EQ(found(to_hex(hashes.sha1)), std::vector{id});
  EXPECT_EQ(found(to_hex(hashes.md5)), std::vector{id});
  EXPECT_TRUE(found("nobody").empty());
  EXPECT_TRUE(found("%").empty());
  EXPECT_TRUE(found("' OR 1=1 --").empty());
  EXPECT_GE(logged("case.search"), 9U);
  EXPECT_TRUE(cases().summary(rita_, other));
  for (const std::string_view after : {"x", "1.2", "1.2.x", "1..3", "9999999999999999999999.1.1"}) {
    CaseQuery query;
    query.after = after;
    EXPECT_EQ(cases().list(rita_, query).error().code, ErrorCode::bad_argument) << after;
  }
}

TEST_F(Queue, ACaseIsHeldForHalfAnHourAndASeniorMayTakeItOver) {
  const auto id = new_case(ben_, {item(3, kWords)});
  const Staff other{account("otto", "reviewer"), {}, false, false};
  EXPECT_EQ(cases().assign(rita_, id, true)->assigned, rita_.account);
  EXPECT_EQ(cases().assign(other, id, true).error().code, ErrorCode::conflict);
  EXPECT_EQ(cases().decide(other, id, DecisionKind::warn, "a calm reason").error().code,
            ErrorCode::conflict);
  CaseQuery mine;
  mine.view = QueueView::mine;
  EXPECT_EQ(everything(rita_, mine).size(), 1U);
  EXPECT_TRUE(everything(other, mine).empty());
  EXPECT_EQ(cases().assign(sven_, id, true)->assigned, sven_.account);
  clock_.set(UnixMillis{clock_.now().value + kAssignmentMillis});
  EXPECT_FALSE(cases().summary(rita_, id)->assigned);
  EXPECT_TRUE(everything(sven_, mine).empty());
  EXPECT_EQ(cases().assign(other, id, true)->assigned, other.account);
  EXPECT_FALSE(cases().assign(other, id, false)->assigned);
  EXPECT_EQ(logged("case.assign"), 4U);
}

TEST_F(Queue, ABurstByOnePersonGoesToQuarantineAndIsNeverDropped) {
  policy_.flood_by_reporter = 5;
  policy_.flood_sampled_of_10000 = 0;
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(cases().accept(ben_, words_only("words " + std::to_string(i))));
  }
  CaseQuery quarantine;
  quarantine.view = QueueView::quarantine;
  EXPECT_EQ(everything(rita_, {}).size(), 5U);
  const auto held = everything(rita_, quarantine);
  ASSERT_EQ(held.size(), 7U);
  EXPECT_EQ(cases().statistics(rita_)->quarantined, 7U);
  const auto released = cases().release(rita_, held[0].id);
  EXPECT_FALSE(released->quarantined);
  EXPECT_GT(released->priority.score, held[0].priority.score);
  EXPECT_EQ(everything(rita_, {}).size(), 6U);
  EXPECT_EQ(cases().release(rita_, held[0].id).error().code, ErrorCode::conflict);
  // Somebody in need is never put aside, not even in a burst.
  auto urgent = report({item(3, kWords)});
  urgent.harm = Harm::threat;
  urgent.minor_side = true;
  const auto id = cases().accept(ben_, urgent);
  EXPECT_FALSE(cases().summary(rita_, *id)->quarantined);
  EXPECT_EQ(everything(rita_, {}).front().id, *id);
  // An hour later it is as before.
  clock_.set(UnixMillis{clock_.now().value + 3'600'001});
  const auto later = cases().accept(ben_, words_only("another day"));
  EXPECT_FALSE(cases().summary(rita_, *later)->quarantined);
}

TEST_F(Queue, ABurstAgainstOneAccountHoldsBackWordsAndNeverProof) {
  policy_.flood_against_account = 4;
  policy_.flood_sampled_of_10000 = 0;
  for (int i = 0; i < 6; ++i) {
    const auto who = account("person" + std::to_string(i), "person");
    ASSERT_TRUE(cases().accept(who, words_only("words " + std::to_string(i))));
  }
  EXPECT_EQ(cases().statistics(rita_)->quarantined, 2U);
  // Somebody else's message, however genuine, is no proof against ada and does not pass by.
  franking::Content hello;
  hello.body = "hi";
  const auto others = new_case(ben_, {said_by(ben_, 3, hello)});
  EXPECT_TRUE(cases().summary(rita_, others)->quarantined);
  const auto id = new_case(ben_, {item(3, kWords)});
  EXPECT_FALSE(cases().summary(rita_, id)->quarantined);
}

TEST_F(Queue, SomeOfAFloodStayInTheQueue) {
  policy_.flood_by_reporter = 0;
  policy_.flood_sampled_of_10000 = 5000;
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(cases().accept(ben_, words_only("words " + std::to_string(i))));
  }
  const auto quarantined = cases().statistics(rita_)->quarantined;
  EXPECT_GT(quarantined, 10U);
  EXPECT_LT(quarantined, 50U);
}

TEST_F(Queue, FilesKnownFromDecidedCasesLowerAndLink) {
  const Bytes picture(600, 8);
  const auto first = new_case(ben_, {item(3, "", {store_picture(picture)})});
  ASSERT_TRUE(cases().decide(rita_, first, DecisionKind::warn, "a calm reason"));
  const auto second = new_case(cleo_, {item(3, "", {store_picture(picture)})});
  const auto view = cases().detail(rita_, second);
  ASSERT_EQ(view->duplicates.size(), 1U);
  EXPECT_EQ(view->duplicates[0].cases, std::vector{first});
  EXPECT_TRUE(std::ranges::any_of(view->summary.priority.parts, [](const auto& part) {
    return part.code == "duplicate" && part.points < 0;
  }));
}

TEST_F(Queue, AScopeShowsItsHarmsAndRefusesTheRestOnRecord) {
  auto threat = report({item(3, kWords)});
  threat.harm = Harm::threat;
  const auto id = cases().accept(ben_, threat).value();
  room_ = ConversationId{rng_.array<16>()};
  const auto other = new_case(ben_, {item(3, kWords)});
  const Staff narrow{rita_.account, {Harm::threat}, false, false};
  const auto seen = everything(narrow, {});
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].id, id);
  EXPECT_EQ(cases().statistics(narrow)->open, 1U);
  EXPECT_TRUE(cases().detail(narrow, id));
  EXPECT_EQ(cases().detail(narrow, other).error().code, ErrorCode::not_in_scope);
  EXPECT_EQ(cases().file(narrow, other, 1).error().code, ErrorCode::not_in_scope);
  EXPECT_EQ(cases().decide(narrow, other, DecisionKind::warn, "x").error().code,
            ErrorCode::not_in_scope);
  EXPECT_EQ(cases().assign(narrow, other, true).error().code, ErrorCode::not_in_scope);
  EXPECT_EQ(logged("access.refused"), 4U);
  const Staff nothing{rita_.account, {}, false, true};
  EXPECT_TRUE(everything(nothing, {}).empty());
  EXPECT_EQ(cases().detail(nothing, id).error().code, ErrorCode::not_in_scope);
}

TEST_F(Queue, SavedViewsAreOnesOwn) {
  ASSERT_TRUE(cases().save_view(rita_.account, {"threats", "view=queue&harm=threat"}));
  ASSERT_TRUE(cases().save_view(rita_.account, {"threats", "view=all&harm=threat"}));
  ASSERT_EQ(cases().views(rita_.account)->size(), 1U);
  EXPECT_EQ(cases().views(rita_.account)->front().query, "view=all&harm=threat");
  EXPECT_TRUE(cases().views(sven_.account)->empty());
  EXPECT_EQ(cases().forget_view(sven_.account, "threats").error().code, ErrorCode::not_found);
  EXPECT_TRUE(cases().forget_view(rita_.account, "threats"));
  EXPECT_EQ(cases().save_view(rita_.account, {"", "x"}).error().code, ErrorCode::bad_argument);
  for (std::size_t i = 0; i < kMaxViews; ++i) {
    ASSERT_TRUE(cases().save_view(rita_.account, {"v" + std::to_string(i), ""}));
  }
  EXPECT_EQ(cases().save_view(rita_.account, {"one more", ""}).error().code,
            ErrorCode::too_many_requests);
}

}  // namespace
}  // namespace lightkeeper::cases
