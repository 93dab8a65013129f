// Inside this room only: one envelope, one event for each device it is for.
#pragma once

#include "service/messaging/messaging.hpp"

namespace lightkeeper::messaging {

struct Outgoing {
  EventKind kind = EventKind::message;
  ConversationId conversation;
  AccountId sender;
  std::string_view client_id;
  BytesView body;
  UnixMillis accepted;
  std::optional<BytesView> commitment{}, context{}, stamp{};
  std::optional<std::uint64_t> seq{};
};

/// All or none: `unavailable` when one queue is full.
[[nodiscard]] Status deliver(store::Transaction& tx, const Outgoing& out,
                             std::span<const DeviceId> recipients);
/// The devices in use of everybody in the conversation, without one.
[[nodiscard]] std::vector<DeviceId> devices_in(store::Transaction& tx,
                                               const ConversationId& conversation,
                                               const DeviceId& but);
/// The devices in use; before the first has announced itself, the one that it will be.
[[nodiscard]] std::vector<DeviceId> devices_of(store::Transaction& tx, const AccountId& account);
/// Takes everything out of a device's queue.
void empty_mailbox(store::Transaction& tx, const DeviceId& device);

}  // namespace lightkeeper::messaging
