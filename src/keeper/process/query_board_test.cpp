#include "keeper/process/query_board.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace lightkeeper::keeper {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr QueryId kQuery{{1}};
constexpr QueryId kOther{{2}};

SecretBytes secret(Byte value) { return SecretBytes(Bytes(32, value)); }
Bytes nonce_message(Byte value) { return Bytes(message_size(Step::nonce, 0), value); }

void link_both(QueryBoard& board) {
  board.link_up(Neighbour::previous, 1, secret(1));
  board.link_up(Neighbour::next, 2, secret(2));
}

TEST(ReplayWindow, RefusesWhatItRemembersAndForgetsTheOldest) {
  ReplayWindow window(2);
  EXPECT_TRUE(window.insert(kQuery));
  EXPECT_FALSE(window.insert(kQuery));
  EXPECT_TRUE(window.insert(kOther));
  EXPECT_FALSE(window.insert(kQuery));
  EXPECT_TRUE(window.insert(QueryId{{3}}));
  EXPECT_FALSE(window.insert(kOther));
  EXPECT_TRUE(window.insert(kQuery));  // the window is bounded
}

TEST(QueryBoard, OpensOnlyWithBothLinksAndPlacesLeftAndOnce) {
  QueryBoard board(2);
  EXPECT_EQ(board.open(kQuery).error().code, ErrorCode::keeper_unreachable);
  board.link_up(Neighbour::previous, 1, secret(1));
  EXPECT_EQ(board.open(kQuery).error().code, ErrorCode::keeper_unreachable);
  link_both(board);
  const auto slot = board.open(kQuery).value();
  EXPECT_EQ(slot->previous_secret.expose_secret()[0], 1);
  EXPECT_EQ(slot->next_secret.expose_secret()[0], 2);
  EXPECT_EQ(board.open(kQuery).error().code, ErrorCode::replayed);
  const auto second = board.open(kOther).value();
  EXPECT_EQ(board.open(QueryId{{3}}).error().code, ErrorCode::too_many_requests);
  board.close(*slot);
  EXPECT_EQ(board.running(), 1U);
  EXPECT_TRUE(board.open(QueryId{{3}}));
}

TEST(QueryBoard, KeepsEarlyNoncesOfTheSameConnectionAndNothingElse) {
  QueryBoard board(4);
  link_both(board);
  board.message(Neighbour::previous, 1, kQuery, nonce_message(7));
  board.message(Neighbour::previous, 1, kQuery, nonce_message(8));  // the first one stands
  board.message(Neighbour::next, 9, kQuery, nonce_message(9));      // of a connection that is gone
  board.message(Neighbour::next, 2, kQuery, Bytes(1000));           // not a nonce
  const auto slot = board.open(kQuery).value();
  const auto first = board.next(*slot, Clock::now() + 1s);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->first, Neighbour::previous);
  EXPECT_EQ(first->second[0], 7);
  EXPECT_EQ(board.next(*slot, Clock::now() + 10ms).error().code, ErrorCode::keeper_unreachable);
}

TEST(QueryBoard, ABrokenLinkEndsItsQueriesButNotNewerOnes) {
  QueryBoard board(4);
  link_both(board);
  const auto old_slot = board.open(kQuery).value();
  board.link_up(Neighbour::next, 3, secret(3));
  board.link_down(Neighbour::next, 2);
  const auto new_slot = board.open(kOther).value();
  EXPECT_EQ(board.next(*old_slot, Clock::now() + 5s).error().code, ErrorCode::keeper_unreachable);
  board.message(Neighbour::next, 2, kOther, nonce_message(1));  // the old connection's
  board.message(Neighbour::next, 3, kOther, nonce_message(2));
  EXPECT_EQ(board.next(*new_slot, Clock::now() + 5s).value().second[0], 2);
}

TEST(QueryBoard, WhatANeighbourSaysWhenItGivesUpIsTheError) {
  QueryBoard board(4);
  link_both(board);
  const auto slot = board.open(kQuery).value();
  board.aborted(Neighbour::previous, 7, kQuery,
                ErrorCode::bad_format);  // another connection: not heard
  board.aborted(Neighbour::previous, 1, kQuery, ErrorCode::shares_disagree);
  EXPECT_EQ(board.next(*slot, Clock::now() + 5s).error().code, ErrorCode::shares_disagree);
}

TEST(QueryBoard, AFloodOfMessagesEndsTheQueryInsteadOfFillingMemory) {
  QueryBoard board(4);
  link_both(board);
  const auto slot = board.open(kQuery).value();
  for (int i = 0; i < 100; ++i) {
    board.message(Neighbour::next, 2, kQuery, nonce_message(1));
  }
  std::size_t delivered = 0;
  for (;;) {
    const auto message = board.next(*slot, Clock::now() + 1s);
    if (!message) {
      EXPECT_EQ(message.error().code, ErrorCode::bad_format);
      break;
    }
    ++delivered;
  }
  EXPECT_LT(delivered, 30U);
  EXPECT_GT(delivered, 9U);
}

TEST(QueryBoard, StoppingWakesWhoeverWaits) {
  QueryBoard board(4);
  link_both(board);
  const auto slot = board.open(kQuery).value();
  std::thread stopper([&board] { board.stop(); });
  EXPECT_EQ(board.next(*slot, Clock::now() + 60s).error().code, ErrorCode::unavailable);
  stopper.join();
  EXPECT_EQ(board.open(kOther).error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace lightkeeper::keeper
