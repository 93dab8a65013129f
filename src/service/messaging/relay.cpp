#include "service/messaging/relay.hpp"

namespace lightkeeper::messaging {

namespace {

constexpr int kBatch = 32;

EventKind kind_from_name(const std::string& name) {
  if (name == "welcome") {
    return EventKind::welcome;
  }
  if (name == "commit") {
    return EventKind::commit;
  }
  if (name == "left") {
    return EventKind::left;
  }
  if (name == "devices") {
    return EventKind::devices;
  }
  return EventKind::message;
}

Event event_of(const store::Row& row) {
  Event event;
  event.number = row.number(0);
  event.kind = kind_from_name(row.text(1));
  event.conversation = row.id<ConversationId>(2);
  event.sender = row.id<AccountId>(3);
  event.client_id = row.text(4);
  event.body = row.blob(5);
  event.accepted.value = row.number(6);
  if (event.kind == EventKind::message) {
    event.commitment = row.blob(7);
    event.context = row.blob(8);
    event.stamp = row.blob(9);
    event.seq.value = row.number(10);
  }
  return event;
}

}  // namespace

std::string_view name_of(EventKind kind) {
  switch (kind) {
    case EventKind::welcome:
      return "welcome";
    case EventKind::commit:
      return "commit";
    case EventKind::left:
      return "left";
    case EventKind::devices:
      return "devices";
    case EventKind::message:
      break;
  }
  return "message";
}

Status Relay::pump(Subscription& subscription) {
  const std::scoped_lock lock(subscription.mutex);
  while (!subscription.ended) {
    LK_TRY(events, database_.read([&](store::Transaction& tx) -> Result<std::vector<Event>> {
      std::vector<Event> out;
      for (const auto& row :
           tx.rows("SELECT event.number, kind, conversation, sender, client_id, body, accepted_ms, "
                   "commitment, context, "
                   "stamp, seq FROM event JOIN envelope ON envelope.id = event.envelope "
                   "WHERE event.device = ? AND event.number > ? ORDER BY event.number LIMIT ?",
                   subscription.subscriber.who.device, subscription.sent, kBatch)) {
        out.push_back(event_of(row));
      }
      return out;
    }));
    if (events.empty()) {
      return {};
    }
    for (const auto& event : events) {
      if (!subscription.on_the_way.empty() &&
          (subscription.bytes_on_the_way + event.body.size() > kWindowBytes ||
           subscription.on_the_way.size() >= kWindowEvents)) {
        return {};  // the next acknowledgement goes on from here
      }
      subscription.subscriber.send(event);
      subscription.sent = event.number;
      subscription.on_the_way.emplace_back(event.number, event.body.size());
      subscription.bytes_on_the_way += event.body.size();
    }
  }
  return {};
}

Result<Relay::SubscriptionId> Relay::subscribe(Subscriber subscriber) {
  auto subscription = std::make_shared<Subscription>(std::move(subscriber));
  SubscriptionId id = 0;
  {
    const std::scoped_lock lock(mutex_);
    id = next_++;
    subscriptions_.emplace(id, subscription);
  }
  if (auto status = pump(*subscription); !status) {
    unsubscribe(id);
    return std::unexpected(std::move(status).error());
  }
  return id;
}

void Relay::unsubscribe(SubscriptionId id) {
  std::shared_ptr<Subscription> gone;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = subscriptions_.find(id);
    if (found == subscriptions_.end()) {
      return;
    }
    gone = std::move(found->second);
    subscriptions_.erase(found);
  }
  const std::scoped_lock lock(gone->mutex);
  gone->ended = true;
}

std::vector<std::shared_ptr<Relay::Subscription>> Relay::of_account(const AccountId& account) {
  std::vector<std::shared_ptr<Subscription>> out;
  const std::scoped_lock lock(mutex_);
  for (const auto& [id, subscription] : subscriptions_) {
    if (subscription->subscriber.who.account == account) {
      out.push_back(subscription);
    }
  }
  return out;
}

void Relay::wake(std::span<const AccountId> accounts) {
  for (const auto& account : accounts) {
    for (const auto& subscription : of_account(account)) {
      // A failed look leaves the events where they are; the device gets them at its next
      // acknowledgement, the next event or its next connection.
      (void)pump(*subscription);
    }
  }
}

Status Relay::acknowledge(const Caller& who, std::uint64_t number) {
  LK_CHECK_OK(database_.write([&](store::Transaction& tx) -> Status {
    const auto rows =
        tx.rows("SELECT envelope FROM event WHERE device = ? AND number <= ?", who.device, number);
    tx.run("DELETE FROM event WHERE device = ? AND number <= ?", who.device, number);
    for (const auto& row : rows) {
      tx.run(
          "DELETE FROM envelope WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM event WHERE "
          "event.envelope = ?1)",
          row.integer(0));
    }
    return {};
  }));
  for (const auto& subscription : of_account(who.account)) {
    if (subscription->subscriber.who.device != who.device) {
      continue;
    }
    {
      const std::scoped_lock lock(subscription->mutex);
      auto& on_the_way = subscription->on_the_way;
      while (!on_the_way.empty() && on_the_way.front().first <= number) {
        subscription->bytes_on_the_way -= on_the_way.front().second;
        on_the_way.pop_front();
      }
    }
    LK_CHECK_OK(pump(*subscription));
  }
  return {};
}

void Relay::end(const std::function<bool(const Subscriber&)>& wanted) {
  std::vector<std::shared_ptr<Subscription>> ending;
  {
    const std::scoped_lock lock(mutex_);
    std::erase_if(subscriptions_, [&](const auto& item) {
      if (!wanted(item.second->subscriber)) {
        return false;
      }
      ending.push_back(item.second);
      return true;
    });
  }
  for (const auto& subscription : ending) {
    const std::scoped_lock lock(subscription->mutex);
    subscription->ended = true;
    subscription->subscriber.end();
  }
}

void Relay::end_session(const crypto::Digest& session) {
  end([&](const Subscriber& subscriber) { return subscriber.session == session; });
}

void Relay::end_device(const DeviceId& device) {
  end([&](const Subscriber& subscriber) { return subscriber.who.device == device; });
}

Result<Caller> Relay::caller(const crypto::Digest& session, const AccountId& account) {
  return database_.read([&](store::Transaction& tx) -> Result<Caller> {
    if (const auto row = tx.row(
            "SELECT device.id FROM session_device JOIN device ON device.id = session_device.device "
            "WHERE token_hash = ? AND account = ? AND removed_ms IS NULL",
            session, account)) {
      return Caller(account, row->id<DeviceId>(0));
    }
    if (tx.row("SELECT 1 FROM device WHERE account = ?", account)) {
      return fail(ErrorCode::device_unknown, "relay");
    }
    return Caller(account);
  });
}

void Relay::end_expired(UnixMillis now) {
  end([&](const Subscriber& subscriber) { return subscriber.expires <= now; });
}

std::size_t Relay::subscriptions() {
  const std::scoped_lock lock(mutex_);
  return subscriptions_.size();
}

}  // namespace lightkeeper::messaging
