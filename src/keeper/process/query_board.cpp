#include "keeper/process/query_board.hpp"

#include <cstring>

namespace lightkeeper::keeper {
namespace {

constexpr std::size_t kMostEarly = 1024;  // nonces kept for queries that are not here yet
constexpr std::chrono::seconds kEarlyLifetime{10};
constexpr std::size_t kMostWaitingMessages = 24;  // a neighbour sends ten in a whole session

std::size_t index_of(Neighbour neighbour) { return static_cast<std::size_t>(neighbour); }

}  // namespace

std::size_t ReplayWindow::Hash::operator()(const QueryId& query) const {
  std::size_t hash = 0;
  std::memcpy(&hash, query.value.data(), sizeof(hash));
  return hash;
}

bool ReplayWindow::insert(const QueryId& query) {
  const std::lock_guard lock(mutex_);
  if (!seen_.insert(query).second) {
    return false;
  }
  order_.push_back(query);
  if (order_.size() > capacity_) {
    seen_.erase(order_.front());
    order_.pop_front();
  }
  return true;
}

void QueryBoard::link_up(Neighbour neighbour, ConnectionNumber connection,
                         SecretBytes pair_secret) {
  const std::lock_guard lock(mutex_);
  links_[index_of(neighbour)] = {connection, std::move(pair_secret)};
}

void QueryBoard::link_down(Neighbour neighbour, ConnectionNumber connection) {
  const std::lock_guard lock(mutex_);
  Link& link = links_[index_of(neighbour)];
  if (link.connection == connection) {
    link = {};
  }
  for (const auto& [query, slot] : slots_) {
    if (slot->connections[index_of(neighbour)] == connection && !slot->failure) {
      slot->failure = ErrorCode::keeper_unreachable;
      slot->changed.notify_all();
    }
  }
  std::erase_if(early_, [&](const auto& item) {
    return item.first.first == neighbour && item.second.connection == connection;
  });
}

QueryBoard::Slot* QueryBoard::slot_on(Neighbour from, ConnectionNumber connection,
                                      const QueryId& query) {
  const auto found = slots_.find(query);
  return found != slots_.end() && found->second->connections[index_of(from)] == connection
             ? found->second.get()
             : nullptr;
}

void QueryBoard::message(Neighbour from, ConnectionNumber connection, const QueryId& query,
                         Bytes message) {
  const std::lock_guard lock(mutex_);
  Slot* slot = slot_on(from, connection, query);
  if (slot == nullptr) {
    keep_early(from, connection, query, std::move(message));
    return;
  }
  if (slot->messages.size() >= kMostWaitingMessages) {
    slot->failure = ErrorCode::bad_format;
  } else {
    slot->messages.emplace_back(from, std::move(message));
  }
  slot->changed.notify_all();
}

void QueryBoard::keep_early(Neighbour from, ConnectionNumber connection, const QueryId& query,
                            Bytes message) {
  // Only the nonce can come before this keeper has the query; the rest belongs to queries that
  // ended here.
  if (message.size() != message_size(Step::nonce, 0) ||
      links_[index_of(from)].connection != connection) {
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(early_,
                [now](const auto& item) { return now - item.second.arrived > kEarlyLifetime; });
  if (early_.size() < kMostEarly) {
    early_.try_emplace({from, query}, Early{connection, std::move(message), now});
  }
}

void QueryBoard::aborted(Neighbour from, ConnectionNumber connection, const QueryId& query,
                         ErrorCode code) {
  const std::lock_guard lock(mutex_);
  early_.erase({from, query});
  if (Slot* slot = slot_on(from, connection, query); slot != nullptr && !slot->failure) {
    slot->failure = code;
    slot->changed.notify_all();
  }
}

Result<std::shared_ptr<QueryBoard::Slot>> QueryBoard::open(const QueryId& query) {
  const std::lock_guard lock(mutex_);
  if (stopped_) {
    return fail(ErrorCode::unavailable, "keeper.query");
  }
  if (slots_.contains(query)) {
    return fail(ErrorCode::replayed, "keeper.query");
  }
  if (slots_.size() >= most_sessions_) {
    return fail(ErrorCode::too_many_requests, "keeper.query");
  }
  if (links_[0].connection == 0 || links_[1].connection == 0) {
    return fail(ErrorCode::keeper_unreachable, "keeper.query");
  }
  auto slot = std::make_shared<Slot>();
  slot->query = query;
  slot->connections = {links_[0].connection, links_[1].connection};
  slot->previous_secret = links_[index_of(Neighbour::previous)].secret.clone();
  slot->next_secret = links_[index_of(Neighbour::next)].secret.clone();
  for (const Neighbour from : {Neighbour::previous, Neighbour::next}) {
    if (auto early = early_.extract({from, query});
        !early.empty() && early.mapped().connection == slot->connections[index_of(from)]) {
      slot->messages.emplace_back(from, std::move(early.mapped().message));
    }
  }
  slots_.emplace(query, slot);
  return slot;
}

Result<std::pair<Neighbour, Bytes>> QueryBoard::next(Slot& slot,
                                                     std::chrono::steady_clock::time_point until) {
  std::unique_lock lock(mutex_);
  slot.changed.wait_until(lock, until,
                          [&] { return stopped_ || slot.failure || !slot.messages.empty(); });
  if (stopped_) {
    return fail(ErrorCode::unavailable, "keeper.query");
  }
  // What came before the failure may complete the session: a neighbour that is done may close its
  // link.
  if (!slot.messages.empty()) {
    auto message = std::move(slot.messages.front());
    slot.messages.pop_front();
    return message;
  }
  return fail(slot.failure.value_or(ErrorCode::keeper_unreachable), "keeper.query");
}

void QueryBoard::close(const Slot& slot) {
  const std::lock_guard lock(mutex_);
  slots_.erase(slot.query);
}

std::size_t QueryBoard::running() const {
  const std::lock_guard lock(mutex_);
  return slots_.size();
}

bool QueryBoard::linked(Neighbour neighbour) const {
  const std::lock_guard lock(mutex_);
  return links_[index_of(neighbour)].connection != 0;
}

void QueryBoard::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  for (const auto& [query, slot] : slots_) {
    slot->changed.notify_all();
  }
}

}  // namespace lightkeeper::keeper
