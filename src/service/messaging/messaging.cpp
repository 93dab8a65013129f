#include "service/messaging/messaging.hpp"

#include <algorithm>

#include "core/base/codec.hpp"
#include "service/messaging/delivery.hpp"
#include "service/store/restriction.hpp"

namespace lightkeeper::messaging {

namespace {

constexpr std::string_view kWhere = "messaging";

/// Binds a client id to everything that was asked for under it.
crypto::Digest request_hash(std::string_view what, const Writer& fields) {
  return crypto::sha256(concat({as_bytes(what), fields.view()}));
}

struct Earlier {
  ServerSeq seq;
  std::uint64_t epoch = 0;
  UnixMillis accepted;
  Bytes context;
  ByteArray<32> stamp{};
};

/// The record of an earlier acceptance; `conflict` if the client id was used for something else.
Result<std::optional<Earlier>> earlier(store::Transaction& tx, const AccountId& sender,
                                       std::string_view client_id, const crypto::Digest& hash) {
  const auto row = tx.row(
      "SELECT request_hash, seq, epoch, accepted_ms, context, stamp FROM accepted WHERE sender = ? "
      "AND client_id = ?",
      sender, client_id);
  if (!row) {
    return std::nullopt;
  }
  if (row->array<32>(0) != hash) {
    return fail(ErrorCode::conflict, kWhere, "this client id was used for something else");
  }
  Earlier out{
      ServerSeq{row->number(1)}, row->number(2), UnixMillis{row->number(3)}, row->blob(4), {}};
  if (!row->blob(5).empty()) {
    out.stamp = row->array<32>(5);
  }
  return out;
}

void remember(store::Transaction& tx, const AccountId& sender, std::string_view client_id,
              const crypto::Digest& hash, const Earlier& what, BytesView stamp) {
  tx.run(
      "INSERT INTO accepted(sender, client_id, request_hash, seq, epoch, accepted_ms, context, "
      "stamp) "
      "VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
      sender, client_id, hash, what.seq, what.epoch, what.accepted, what.context, stamp);
}

std::vector<AccountId> others_in(store::Transaction& tx, const ConversationId& conversation,
                                 const AccountId& but) {
  std::vector<AccountId> out;
  for (const auto& row : tx.rows(
           "SELECT account FROM member WHERE conversation = ? AND account <> ? ORDER BY account",
           conversation, but)) {
    out.push_back(row.id<AccountId>(0));
  }
  return out;
}

/// The person is out, and keeps the right to report what came while they were in.
void end_membership(store::Transaction& tx, const ConversationId& conversation,
                    const AccountId& account) {
  tx.run(
      "INSERT INTO past_member SELECT conversation, account, from_seq, last_seq FROM member JOIN "
      "conversation ON conversation.id = member.conversation WHERE conversation = ? AND account = "
      "? "
      "AND from_seq <= last_seq",
      conversation, account);
  tx.run("DELETE FROM member WHERE conversation = ? AND account = ?", conversation, account);
}

Status check_people(store::Transaction& tx, std::span<const AccountId> accounts) {
  for (const auto& account : accounts) {
    if (!tx.row("SELECT 1 FROM account WHERE id = ? AND role = 'person'", account)) {
      return fail(ErrorCode::not_found, kWhere, "a named member does not exist");
    }
  }
  return {};
}

Status check_size(BytesView bytes, std::size_t limit) {
  if (bytes.size() > limit) {
    return fail(ErrorCode::too_large, kWhere);
  }
  return {};
}

/// Sorted, once each, without `but`.
std::vector<AccountId> distinct_without(std::vector<AccountId> accounts, const AccountId& but) {
  std::ranges::sort(accounts);
  const auto same = std::ranges::unique(accounts);
  accounts.erase(same.begin(), same.end());
  std::erase(accounts, but);
  return accounts;
}

void write_accounts(Writer& fields, std::span<const AccountId> accounts) {
  fields.u32(static_cast<std::uint32_t>(accounts.size()));
  for (const auto& account : accounts) {
    fields.fixed(account.value);
  }
}

}  // namespace

std::string_view name_of(ConversationKind kind) {
  return kind == ConversationKind::direct ? "direct" : "group";
}

// --- Conversations
// ---------------------------------------------------------------------------------------

Status Messaging::create_conversation(const Caller& by, const NewConversation& wanted) {
  const AccountId& creator = by.account;
  LK_CHECK_OK(check_size(wanted.welcome, kMaxMlsBytes));
  LK_CHECK_OK(database_.read(
      [&](store::Transaction& tx) { return store::check_not_restricted(tx, creator); }));
  const auto others = distinct_without(wanted.members, creator);
  if (wanted.kind == ConversationKind::direct && others.size() != 1) {
    return fail(ErrorCode::bad_argument, kWhere, "a direct conversation has two members");
  }
  if (others.size() + 1 > kMaxMembers) {
    return fail(ErrorCode::too_large, kWhere, "a group has at most 100 members");
  }
  if (others.empty() != wanted.welcome.empty()) {
    return fail(ErrorCode::bad_argument, kWhere, "a welcome is for the other members");
  }
  Writer fields;
  fields.fixed(wanted.conversation.value)
      .text(name_of(wanted.kind))
      .u64(wanted.epoch)
      .bytes(wanted.welcome);
  write_accounts(fields, others);
  const auto hash = request_hash("conversation", fields);

  auto written = database_.write([&](store::Transaction& tx) -> Status {
    LK_TRY(before, earlier(tx, creator, wanted.client_id, hash));
    if (before) {
      return {};
    }
    if (tx.row("SELECT 1 FROM conversation WHERE id = ?", wanted.conversation)) {
      return fail(ErrorCode::already_exists, kWhere);
    }
    LK_CHECK_OK(check_people(tx, others));
    const auto now = clock_.now();
    tx.run("INSERT INTO conversation(id, kind, epoch, created_ms, founder) VALUES(?, ?, ?, ?, ?)",
           wanted.conversation, name_of(wanted.kind), wanted.epoch, now, creator);
    tx.run("INSERT INTO member(conversation, account, from_seq) VALUES(?, ?, 1)",
           wanted.conversation, creator);
    for (const auto& other : others) {
      tx.run("INSERT INTO member(conversation, account, from_seq) VALUES(?, ?, 1)",
             wanted.conversation, other);
    }
    LK_CHECK_OK(deliver(
        tx,
        {EventKind::welcome, wanted.conversation, creator, wanted.client_id, wanted.welcome, now},
        devices_in(tx, wanted.conversation, by.device)));
    remember(tx, creator, wanted.client_id, hash, {{}, wanted.epoch, now, {}, {}}, {});
    return {};
  });
  LK_CHECK_OK(std::move(written));
  relay_.wake(others);
  relay_.wake(std::span(&creator, 1));
  return {};
}

Result<std::vector<ConversationView>> Messaging::conversations(const AccountId& account) {
  return database_.read([&](store::Transaction& tx) -> Result<std::vector<ConversationView>> {
    std::vector<ConversationView> out;
    for (const auto& row :
         tx.rows("SELECT id, kind, epoch, founder FROM conversation JOIN member ON "
                 "member.conversation = conversation.id "
                 "WHERE member.account = ? ORDER BY created_ms, id",
                 account)) {
      ConversationView view;
      view.conversation = row.id<ConversationId>(0);
      view.kind = row.text(1) == "direct" ? ConversationKind::direct : ConversationKind::group;
      view.epoch = row.number(2);
      if (!row.null(3)) {
        view.founder = row.id<AccountId>(3);
      }
      for (const auto& member :
           tx.rows("SELECT account.id, account.name FROM member JOIN account ON account.id = "
                   "member.account WHERE member.conversation = ? ORDER BY account.name",
                   view.conversation)) {
        view.members.push_back({member.id<AccountId>(0), member.text(1)});
      }
      out.push_back(std::move(view));
    }
    return out;
  });
}

Result<AcceptedMessage> Messaging::accept_message(const Caller& by, const NewMessage& message) {
  const AccountId& sender = by.account;
  LK_CHECK_OK(check_size(message.mls, kMaxMlsBytes));
  if (message.mls.empty()) {
    return fail(ErrorCode::bad_argument, kWhere, "a message is not empty");
  }
  Writer fields;
  fields.fixed(message.conversation.value).fixed(message.commitment).bytes(message.mls);
  const auto hash = request_hash("message", fields);
  std::vector<AccountId> recipients;
  LK_TRY(accepted, database_.write([&](store::Transaction& tx) -> Result<AcceptedMessage> {
    if (!tx.row("SELECT 1 FROM member WHERE conversation = ? AND account = ?", message.conversation,
                sender)) {
      return fail(ErrorCode::not_found, kWhere);
    }
    LK_TRY(before, earlier(tx, sender, message.client_id, hash));
    if (before) {
      return AcceptedMessage{before->seq, before->accepted, before->context, before->stamp};
    }
    if (message.epoch &&
        *message.epoch + kMaxEpochsBehind <
            tx.row("SELECT epoch FROM conversation WHERE id = ?", message.conversation)
                ->number(0)) {
      return fail(ErrorCode::epoch_gone, kWhere);
    }
    tx.run("UPDATE conversation SET last_seq = last_seq + 1 WHERE id = ?", message.conversation);
    franking::Context context;
    context.accepted = clock_.now();
    context.key_id = StampKeys::key_id_at(context.accepted);
    context.sender = sender;
    context.conversation = message.conversation;
    context.seq.value =
        tx.row("SELECT last_seq FROM conversation WHERE id = ?", message.conversation)->number(0);
    AcceptedMessage out{
        context.seq, context.accepted, franking::encode(context),
        franking::stamp(stamp_keys_.key(context.key_id), message.commitment, context)};
    recipients = others_in(tx, message.conversation, sender);
    recipients.push_back(sender);
    LK_CHECK_OK(
        deliver(tx,
                {EventKind::message, message.conversation, sender, message.client_id, message.mls,
                 out.accepted, message.commitment, out.context, out.stamp, out.seq.value},
                devices_in(tx, message.conversation, by.device)));
    remember(tx, sender, message.client_id, hash, {out.seq, 0, out.accepted, out.context, {}},
             out.stamp);
    return out;
  }));
  relay_.wake(recipients);
  return accepted;
}

Result<std::uint64_t> Messaging::accept_commit(const Caller& by, const NewCommit& commit) {
  const AccountId& sender = by.account;
  LK_CHECK_OK(check_size(commit.mls, kMaxMlsBytes));
  LK_CHECK_OK(check_size(commit.welcome, kMaxMlsBytes));
  const auto added = distinct_without(commit.new_members, sender);
  const auto removed = distinct_without(commit.removed_members, sender);
  if (commit.mls.empty() ||
      (added.empty() && commit.new_devices.empty()) != commit.welcome.empty()) {
    return fail(ErrorCode::bad_argument, kWhere,
                "a commit is not empty, and a welcome is for new members and devices");
  }
  if (removed.size() != commit.removed_members.size()) {
    return fail(ErrorCode::bad_argument, kWhere, "nobody removes themselves, or anybody twice");
  }
  Writer fields;
  fields.fixed(commit.conversation.value).u64(commit.epoch).bytes(commit.mls).bytes(commit.welcome);
  write_accounts(fields, added);
  // As ever for a commit without them, so that a record from before this field still fits.
  if (!commit.new_devices.empty() || !removed.empty()) {
    fields.u32(static_cast<std::uint32_t>(commit.new_devices.size()));
    for (const auto& device : commit.new_devices) {
      fields.fixed(device.value);
    }
    write_accounts(fields, removed);
  }
  const auto hash = request_hash("commit", fields);
  std::vector<AccountId> recipients;
  LK_TRY(epoch, database_.write([&](store::Transaction& tx) -> Result<std::uint64_t> {
    const auto row = tx.row(
        "SELECT kind, epoch, last_seq, founder FROM conversation JOIN member ON "
        "member.conversation = "
        "conversation.id "
        "WHERE conversation.id = ? AND member.account = ?",
        commit.conversation, sender);
    if (!row) {
      return fail(ErrorCode::not_found, kWhere);
    }
    LK_TRY(before, earlier(tx, sender, commit.client_id, hash));
    if (before) {
      return before->epoch;
    }
    if (row->number(1) != commit.epoch) {
      return fail(ErrorCode::conflict, kWhere, "another commit came first");
    }
    if (!added.empty() && row->text(0) == "direct") {
      return fail(ErrorCode::bad_argument, kWhere, "a direct conversation has two members");
    }
    LK_CHECK_OK(check_people(tx, added));
    if (!removed.empty() &&
        (row->text(0) == "direct" || row->null(3) || row->id<AccountId>(3) != sender)) {
      return fail(ErrorCode::not_allowed, kWhere, "who started a group may remove people");
    }
    const auto own = devices_of(tx, sender);
    for (const auto& device : commit.new_devices) {
      if (device == by.device || std::ranges::find(own, device) == own.end()) {
        return fail(ErrorCode::not_found, kWhere, "a new device is another one of the sender's");
      }
    }
    const auto now = clock_.now();
    const auto old = others_in(tx, commit.conversation, sender);
    if (old.size() + 1 + added.size() > kMaxMembers) {
      return fail(ErrorCode::too_large, kWhere, "a group has at most 100 members");
    }
    // Who is removed still gets the commit that says so.
    auto told = devices_in(tx, commit.conversation, by.device);
    std::erase_if(told, [&](const DeviceId& device) {
      return std::ranges::find(commit.new_devices, device) != commit.new_devices.end();
    });
    for (const auto& account : removed) {
      if (std::ranges::find(old, account) == old.end()) {
        return fail(ErrorCode::not_found, kWhere, "somebody is not in the group");
      }
      end_membership(tx, commit.conversation, account);
    }
    auto welcomed = commit.new_devices;
    for (const auto& account : added) {
      if (std::ranges::find(old, account) != old.end()) {
        return fail(ErrorCode::already_exists, kWhere, "somebody is in the group already");
      }
      tx.run("INSERT INTO member(conversation, account, from_seq) VALUES(?, ?, ?)",
             commit.conversation, account, row->number(2) + 1);
      const auto theirs = devices_of(tx, account);
      welcomed.insert(welcomed.end(), theirs.begin(), theirs.end());
    }
    tx.run("UPDATE conversation SET epoch = ? WHERE id = ?", commit.epoch + 1, commit.conversation);
    LK_CHECK_OK(deliver(
        tx, {EventKind::commit, commit.conversation, sender, commit.client_id, commit.mls, now},
        told));
    LK_CHECK_OK(deliver(
        tx,
        {EventKind::welcome, commit.conversation, sender, commit.client_id, commit.welcome, now},
        welcomed));
    remember(tx, sender, commit.client_id, hash, {{}, commit.epoch + 1, now, {}, {}}, {});
    recipients = old;
    recipients.insert(recipients.end(), added.begin(), added.end());
    recipients.push_back(sender);
    return commit.epoch + 1;
  }));
  relay_.wake(recipients);
  return epoch;
}

Status Messaging::leave(const Caller& who, const Leaving& leaving) {
  LK_CHECK_OK(check_size(leaving.mls, kMaxMlsBytes));
  Writer fields;
  fields.fixed(leaving.conversation.value).bytes(leaving.mls);
  const auto hash = request_hash("leave", fields);
  std::vector<AccountId> recipients;
  auto written = database_.write([&](store::Transaction& tx) -> Status {
    LK_TRY(before, earlier(tx, who.account, leaving.client_id, hash));
    if (before) {
      return {};
    }
    const auto row = tx.row(
        "SELECT kind FROM conversation JOIN member ON member.conversation = conversation.id WHERE "
        "conversation.id = ? AND member.account = ?",
        leaving.conversation, who.account);
    if (!row) {
      return fail(ErrorCode::not_found, kWhere);
    }
    if (row->text(0) == "direct") {
      return fail(ErrorCode::bad_argument, kWhere, "a direct conversation is not left");
    }
    const auto now = clock_.now();
    // The person's own other devices learn it, too.
    const auto told = devices_in(tx, leaving.conversation, who.device);
    recipients = others_in(tx, leaving.conversation, who.account);
    recipients.push_back(who.account);
    end_membership(tx, leaving.conversation, who.account);
    LK_CHECK_OK(deliver(
        tx,
        {EventKind::left, leaving.conversation, who.account, leaving.client_id, leaving.mls, now},
        told));
    remember(tx, who.account, leaving.client_id, hash, {{}, 0, now, {}, {}}, {});
    return {};
  });
  LK_CHECK_OK(std::move(written));
  relay_.wake(recipients);
  return {};
}

// --- Stamps and membership
// -----------------------------------------------------------------------------

bool Messaging::stamp_is_genuine(const franking::Commitment& commitment, BytesView context,
                                 const franking::Stamp& stamp) const {
  const auto decoded = franking::decode_context(context);
  return decoded &&
         franking::stamp_is_genuine(stamp_keys_.key(decoded->key_id), commitment, *decoded, stamp);
}

Result<bool> Messaging::was_member(const AccountId& account, const ConversationId& conversation,
                                   ServerSeq seq) {
  return database_.read([&](store::Transaction& tx) -> Result<bool> {
    const auto row = tx.row(
        "SELECT from_seq, last_seq FROM member JOIN conversation ON conversation.id = "
        "member.conversation WHERE member.conversation = ? AND member.account = ?",
        conversation, account);
    if (row && seq.value >= row->number(0) && seq.value <= row->number(1)) {
      return true;
    }
    for (const auto& past : tx.rows(
             "SELECT from_seq, until_seq FROM past_member WHERE conversation = ? AND account = ?",
             conversation, account)) {
      if (seq.value >= past.number(0) && seq.value <= past.number(1)) {
        return true;
      }
    }
    return false;
  });
}

Status Messaging::forget_before(UnixMillis cutoff) {
  return database_.write([&](store::Transaction& tx) -> Status {
    // What a held account sent stays (preservation, step 6 of the schema).
    tx.run(
        "DELETE FROM event WHERE envelope IN (SELECT id FROM envelope WHERE accepted_ms < ? AND "
        "sender NOT IN (SELECT account FROM held_account))",
        cutoff);
    tx.run(
        "DELETE FROM envelope WHERE accepted_ms < ? AND sender NOT IN "
        "(SELECT account FROM held_account)",
        cutoff);
    tx.run(
        "DELETE FROM accepted WHERE accepted_ms < ? AND sender NOT IN "
        "(SELECT account FROM held_account)",
        cutoff);
    return {};
  });
}

}  // namespace lightkeeper::messaging
