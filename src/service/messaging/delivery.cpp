#include "service/messaging/delivery.hpp"

namespace lightkeeper::messaging {

Status deliver(store::Transaction& tx, const Outgoing& out, std::span<const DeviceId> recipients) {
  if (recipients.empty()) {
    return {};
  }
  tx.run(
      "INSERT INTO envelope(kind, conversation, sender, client_id, body, commitment, context, "
      "stamp, seq, accepted_ms) "
      "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      name_of(out.kind), out.conversation, out.sender, out.client_id, out.body, out.commitment,
      out.context, out.stamp, out.seq, out.accepted);
  const auto envelope = tx.last_row_id();
  for (const auto& recipient : recipients) {
    // Refused for all rather than lost for one.
    const auto waiting =
        tx.row("SELECT count(*) FROM event WHERE device = ?", recipient)->number(0);
    if (waiting >= kMaxWaiting) {
      return fail(ErrorCode::unavailable, "messaging", "a member's queue is full");
    }
    tx.run("INSERT OR IGNORE INTO mailbox(device, next_event) VALUES(?, 1)", recipient);
    const auto number =
        tx.row("SELECT next_event FROM mailbox WHERE device = ?", recipient)->integer(0);
    tx.run("UPDATE mailbox SET next_event = next_event + 1 WHERE device = ?", recipient);
    tx.run("INSERT INTO event(device, number, envelope) VALUES(?, ?, ?)", recipient, number,
           envelope);
  }
  return {};
}

std::vector<DeviceId> devices_of(store::Transaction& tx, const AccountId& account) {
  std::vector<DeviceId> out;
  bool any = false;
  for (const auto& row :
       tx.rows("SELECT id, removed_ms FROM device WHERE account = ? ORDER BY created_ms, id",
               account)) {
    any = true;
    if (row.null(1)) {
      out.push_back(row.id<DeviceId>(0));
    }
  }
  if (!any) {
    out.push_back(Caller(account).device);
  }
  return out;
}

std::vector<DeviceId> devices_in(store::Transaction& tx, const ConversationId& conversation,
                                 const DeviceId& but) {
  std::vector<DeviceId> out;
  for (const auto& row : tx.rows(
           "SELECT account FROM member WHERE conversation = ? ORDER BY account", conversation)) {
    for (const auto& device : devices_of(tx, row.id<AccountId>(0))) {
      if (device != but) {
        out.push_back(device);
      }
    }
  }
  return out;
}

void empty_mailbox(store::Transaction& tx, const DeviceId& device) {
  const auto rows = tx.rows("SELECT envelope FROM event WHERE device = ?", device);
  tx.run("DELETE FROM event WHERE device = ?", device);
  for (const auto& row : rows) {
    tx.run(
        "DELETE FROM envelope WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM event WHERE "
        "event.envelope = ?1)",
        row.integer(0));
  }
}

}  // namespace lightkeeper::messaging
