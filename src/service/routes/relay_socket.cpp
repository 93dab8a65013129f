#include "service/routes/relay_socket.hpp"

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "service/routes/requests.hpp"

namespace lightkeeper::routes {

namespace {

using nlohmann::ordered_json;
using SocketPointer = std::shared_ptr<http::Socket>;

/// Which subscription belongs to which open socket.
class OpenSockets {
 public:
  OpenSockets(accounts::Accounts& accounts, messaging::Relay& relay)
      : accounts_(accounts), relay_(relay) {}

  void received(const SocketPointer& socket, const std::string& text) {
    if (const auto status = handle(socket, text); !status) {
      const auto& entry = describe(status.error().code);
      socket->send(
          ordered_json{{"type", "problem"}, {"code", entry.name}, {"title", entry.title}}.dump());
      socket->close();
    }
  }

  void closed(const SocketPointer& socket) {
    if (const auto entry = take(socket)) {
      relay_.unsubscribe(entry->subscription);
    }
  }

 private:
  struct Entry {
    messaging::Caller who;
    messaging::Relay::SubscriptionId subscription = 0;
  };

  Status handle(const SocketPointer& socket, const std::string& text) {
    LK_TRY(message, parse_socket_message(as_bytes(text)));
    const auto known = find(socket);
    if (const auto* hello = std::get_if<Hello>(&message)) {
      if (known) {
        return fail(ErrorCode::bad_json, "relay", "a second hello");
      }
      LK_TRY(session, accounts_.session(hello->token));
      if (session.account.role != accounts::Role::person) {
        return fail(ErrorCode::not_allowed, "relay");
      }
      // Each device has a queue of its own; a session that has not said which it is gets none.
      LK_TRY(who, relay_.caller(session.token, session.account.id));
      socket->send(R"({"type":"ready"})");
      // The relay holds no socket alive: closed() comes when the connection ends and takes the
      // subscription away.
      const std::weak_ptr<http::Socket> weak = socket;
      LK_TRY(subscription, relay_.subscribe({who, session.token, session.expires,
                                             [weak](const messaging::Event& event) {
                                               if (const auto open = weak.lock()) {
                                                 open->send(event_json(event));
                                               }
                                             },
                                             [weak] {
                                               if (const auto open = weak.lock()) {
                                                 open->close();
                                               }
                                             }}));
      const std::scoped_lock lock(mutex_);
      entries_.insert_or_assign(socket.get(), Entry{who, subscription});
      return {};
    }
    if (!known) {
      return fail(ErrorCode::not_signed_in, "relay");
    }
    return relay_.acknowledge(known->who, std::get<Acknowledgement>(message).event);
  }

  std::optional<Entry> find(const SocketPointer& socket) {
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(socket.get());
    return found == entries_.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<Entry> take(const SocketPointer& socket) {
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(socket.get());
    if (found == entries_.end()) {
      return std::nullopt;
    }
    const auto entry = found->second;
    entries_.erase(found);
    return entry;
  }

  accounts::Accounts& accounts_;
  messaging::Relay& relay_;
  std::mutex mutex_;
  std::map<const http::Socket*, Entry> entries_;
};

}  // namespace

std::string event_json(const messaging::Event& event) {
  ordered_json out{{"type", "event"},
                   {"event", event.number},
                   {"kind", messaging::name_of(event.kind)},
                   {"conversation", event.conversation.hex()},
                   {"sender", event.sender.hex()},
                   {"client_id", event.client_id},
                   {event.kind == messaging::EventKind::welcome ? "welcome_b64" : "mls_b64",
                    to_base64url(event.body)},
                   {"accepted_ms", event.accepted.value}};
  if (event.kind == messaging::EventKind::message) {
    out["commitment_b64"] = to_base64url(event.commitment);
    out["context_b64"] = to_base64url(event.context);
    out["stamp_b64"] = to_base64url(event.stamp);
    out["seq"] = event.seq.value;
  }
  return out.dump();
}

http::SocketHandler relay_socket(accounts::Accounts& accounts, messaging::Relay& relay) {
  const auto sockets = std::make_shared<OpenSockets>(accounts, relay);
  http::SocketHandler handler;
  handler.received = [sockets](const SocketPointer& socket, const std::string& text) {
    sockets->received(socket, text);
  };
  handler.closed = [sockets](const SocketPointer& socket) { sockets->closed(socket); };
  return handler;
}

}  // namespace lightkeeper::routes
