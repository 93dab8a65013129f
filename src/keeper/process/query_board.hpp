// Where the link thread and the threads that run sessions meet: one slot per running query, the
// state of both links, and the nonces of queries that a neighbour got first. Thread-safe. Holds
// query ids in memory only.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_set>

#include "keeper/session.hpp"

namespace lightkeeper::keeper {

using ConnectionNumber = std::uint64_t;  // a new one for every connection; 0 is none

/// Remembers the newest `capacity` query ids.
class ReplayWindow {
 public:
  explicit ReplayWindow(std::size_t capacity) : capacity_(capacity) {}
  /// False if the id is in the window already.
  [[nodiscard]] bool insert(const QueryId& query);

 private:
  struct Hash {
    std::size_t operator()(
        const QueryId& query) const;  // ids are random, their first bytes are a hash
  };
  std::size_t capacity_;
  std::mutex mutex_;
  std::unordered_set<QueryId, Hash> seen_;
  std::deque<QueryId> order_;
};

class QueryBoard {
 public:
  explicit QueryBoard(std::size_t most_sessions) : most_sessions_(most_sessions) {}

  // The link thread's side.
  void link_up(Neighbour neighbour, ConnectionNumber connection, SecretBytes pair_secret);
  /// Fails every query that runs over this connection.
  void link_down(Neighbour neighbour, ConnectionNumber connection);
  void message(Neighbour from, ConnectionNumber connection, const QueryId& query, Bytes message);
  void aborted(Neighbour from, ConnectionNumber connection, const QueryId& query, ErrorCode code);

  // A session's side.
  struct Slot {
    QueryId query;
    std::array<ConnectionNumber, 2> connections{};  // by Neighbour
    SecretBytes previous_secret;
    SecretBytes next_secret;

   private:
    friend class QueryBoard;
    std::deque<std::pair<Neighbour, Bytes>> messages;
    std::optional<ErrorCode> failure;
    std::condition_variable changed;
  };
  /// `keeper_unreachable` while a link is down, `too_many_requests` when all places are taken,
  /// `replayed` if the same query runs already. Give it back with close().
  [[nodiscard]] Result<std::shared_ptr<Slot>> open(const QueryId& query);
  /// The next message in order of arrival. `keeper_unreachable` if none comes until then or a link
  /// breaks; otherwise what the neighbour that gave up said.
  [[nodiscard]] Result<std::pair<Neighbour, Bytes>> next(
      Slot& slot, std::chrono::steady_clock::time_point until);
  void close(const Slot& slot);

  [[nodiscard]] std::size_t running() const;
  [[nodiscard]] bool linked(Neighbour neighbour) const;
  /// Ends all waiting, for good: every query fails with `unavailable`.
  void stop();

 private:
  struct Link {
    ConnectionNumber connection = 0;
    SecretBytes secret;
  };
  struct Early {
    ConnectionNumber connection = 0;
    Bytes message;
    std::chrono::steady_clock::time_point arrived;
  };
  using EarlyKey = std::pair<Neighbour, QueryId>;

  [[nodiscard]] Slot* slot_on(Neighbour from, ConnectionNumber connection, const QueryId& query);
  void keep_early(Neighbour from, ConnectionNumber connection, const QueryId& query, Bytes message);

  mutable std::mutex mutex_;
  std::size_t most_sessions_;
  bool stopped_ = false;
  std::array<Link, 2> links_;
  std::map<QueryId, std::shared_ptr<Slot>> slots_;
  std::map<EarlyKey, Early> early_;
};

}  // namespace lightkeeper::keeper
