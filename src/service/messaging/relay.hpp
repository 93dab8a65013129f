// Events to devices, in order, until they are acknowledged.
//
// The queue in the database is the truth; a subscription only remembers how far it has sent. So an
// event is sent again after every reconnect until it is acknowledged, and a client shows a message
// once by its (conversation, seq).
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "core/crypto/crypto.hpp"
#include "service/store/database.hpp"

namespace lightkeeper::messaging {

using DeviceId = Id<struct DeviceTag>;

/// Who asks, from which of their devices. The first device carries
/// the account's id.
struct Caller {
  AccountId account;
  DeviceId device;
  /// The account's first device.
  explicit Caller(const AccountId& of) : account(of), device{of.value} {}
  Caller(const AccountId& of, const DeviceId& from) : account(of), device(from) {}
};

/// `left`: the sender has left; the body is their own statement of it inside the encryption.
/// `devices`: the sender's list of devices changed; without a body.
enum class EventKind : std::uint8_t { welcome, commit, message, left, devices };
[[nodiscard]] std::string_view name_of(EventKind kind);

struct Event {
  std::uint64_t number = 0;  // rises by one for each event of a device
  EventKind kind = EventKind::message;
  ConversationId conversation;
  AccountId sender;
  std::string client_id;
  Bytes body;  // MLS message or Welcome
  UnixMillis accepted;
  // Messages only:
  Bytes commitment, context, stamp;
  ServerSeq seq;
};

/// How much may be on its way to one subscription without an acknowledgement; at least one event
/// always is.
constexpr std::size_t kWindowBytes = 2 * 1024 * 1024;
constexpr std::size_t kWindowEvents = 256;

/// Thread-safe. Callbacks are called one at a time for each subscription, and must not call the
/// relay.
class Relay {
 public:
  struct Subscriber {
    Caller who;
    crypto::Digest session{};  // the token's hash
    UnixMillis expires;
    std::function<void(const Event&)> send;
    std::function<void()> end;  // the session ended
  };
  using SubscriptionId = std::uint64_t;

  explicit Relay(store::Database& database) : database_(database) {}

  /// Sends what waits, then what comes.
  [[nodiscard]] Result<SubscriptionId> subscribe(Subscriber subscriber);
  void unsubscribe(SubscriptionId id);
  /// There is something new for these accounts.
  void wake(std::span<const AccountId> accounts);
  /// Removes the events up to and including `number`; repeating it does nothing.
  [[nodiscard]] Status acknowledge(const Caller& who, std::uint64_t number);
  /// The device that a session has announced. An account without any device yet is its first one;
  /// with one, `device_unknown` until the session has said which it is.
  [[nodiscard]] Result<Caller> caller(const crypto::Digest& session, const AccountId& account);
  /// Ends the subscriptions of one session, or those whose time is over.
  void end_session(const crypto::Digest& session);
  void end_device(const DeviceId& device);
  void end_expired(UnixMillis now);
  [[nodiscard]] std::size_t subscriptions();

 private:
  struct Subscription {
    explicit Subscription(Subscriber who) : subscriber(std::move(who)) {}
    Subscriber subscriber;
    std::mutex mutex;  // all below, and the callbacks
    bool ended = false;
    std::uint64_t sent = 0;  // number of the last event sent
    std::deque<std::pair<std::uint64_t, std::size_t>> on_the_way;
    std::size_t bytes_on_the_way = 0;
  };
  [[nodiscard]] Status pump(Subscription& subscription);
  [[nodiscard]] std::vector<std::shared_ptr<Subscription>> of_account(const AccountId& account);
  void end(const std::function<bool(const Subscriber&)>& wanted);

  store::Database& database_;
  std::mutex mutex_;  // the two below
  SubscriptionId next_ = 1;
  std::map<SubscriptionId, std::shared_ptr<Subscription>> subscriptions_;
};

}  // namespace lightkeeper::messaging
