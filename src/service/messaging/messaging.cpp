#include "service/messaging/messaging.hpp"

#include <algorithm>

#include "core/base/codec.hpp"
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

struct Outgoing {
  EventKind kind = EventKind::message;
  ConversationId conversation;
  AccountId sender;
  std::string_view client_id;
  BytesView body;
  UnixMillis accepted;
  std::optional<BytesView> commitment, context, stamp;
  std::optional<std::uint64_t> seq;
};

/// One envelope, one event for each recipient.
Status deliver(store::Transaction& tx, const Outgoing& out, std::span<const AccountId> recipients) {
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
        tx.row("SELECT count(*) FROM event WHERE account = ?", recipient)->number(0);
    if (waiting >= kMaxWaiting) {
      return fail(ErrorCode::unavailable, kWhere, "a member's queue is full");
    }
    const auto number =
        tx.row("SELECT next_event FROM account WHERE id = ?", recipient)->integer(0);
    tx.run("UPDATE account SET next_event = next_event + 1 WHERE id = ?", recipient);
    tx.run("INSERT INTO event(account, number, envelope) VALUES(?, ?, ?)", recipient, number,
           envelope);
  }
  return {};
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

// --- Devices and key packages
// --------------------------------------------------------------------------

Status Messaging::set_signature_key(const AccountId& account, BytesView key) {
  if (key.empty() || key.size() > 256) {
    return fail(ErrorCode::bad_key, kWhere, "a signature key has 1 to 256 bytes");
  }
  return database_.write([&](store::Transaction& tx) -> Status {
    tx.run("UPDATE account SET signature_key = ? WHERE id = ?", key, account);
    return {};
  });
}

Result<std::vector<Bytes>> Messaging::signature_keys(const AccountId& account) {
  return database_.read([&](store::Transaction& tx) -> Result<std::vector<Bytes>> {
    const auto row =
        tx.row("SELECT signature_key FROM account WHERE id = ? AND role = 'person'", account);
    if (!row) {
      return fail(ErrorCode::not_found, kWhere);
    }
    return row->null(0) ? std::vector<Bytes>{} : std::vector<Bytes>{row->blob(0)};
  });
}

Result<std::uint64_t> Messaging::add_key_packages(const AccountId& account,
                                                  std::span<const Bytes> packages) {
  for (const auto& package : packages) {
    LK_CHECK_OK(check_size(package, kMaxKeyPackage));
    if (package.empty()) {
      return fail(ErrorCode::bad_argument, kWhere, "a key package is not empty");
    }
  }
  return database_.write([&](store::Transaction& tx) -> Result<std::uint64_t> {
    for (const auto& package : packages) {
      tx.run("INSERT OR IGNORE INTO key_package(account, hash, bytes) VALUES(?, ?, ?)", account,
             crypto::sha256(package), package);
    }
    const auto count =
        tx.row("SELECT count(*) FROM key_package WHERE account = ?", account)->number(0);
    if (count > kMaxKeyPackages) {
      return fail(ErrorCode::too_many_requests, kWhere, "enough key packages are stored");
    }
    return count;
  });
}

Result<std::uint64_t> Messaging::key_packages(const AccountId& account) {
  return database_.read([&](store::Transaction& tx) -> Result<std::uint64_t> {
    return tx.row("SELECT count(*) FROM key_package WHERE account = ?", account)->number(0);
  });
}

Result<Bytes> Messaging::claim_key_package(const AccountId& account) {
  return database_.write([&](store::Transaction& tx) -> Result<Bytes> {
    LK_CHECK_OK(check_people(tx, std::span(&account, 1)));
    const auto row =
        tx.row("SELECT id, bytes FROM key_package WHERE account = ? ORDER BY id LIMIT 1", account);
    if (!row) {
      return fail(ErrorCode::no_key_package, kWhere);
    }
    tx.run("DELETE FROM key_package WHERE id = ?", row->integer(0));
    return row->blob(1);
  });
}

// --- Conversations
// ---------------------------------------------------------------------------------------

Status Messaging::create_conversation(const AccountId& creator, const NewConversation& wanted) {
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
    tx.run("INSERT INTO conversation(id, kind, epoch, created_ms) VALUES(?, ?, ?, ?)",
           wanted.conversation, name_of(wanted.kind), wanted.epoch, now);
    tx.run("INSERT INTO member(conversation, account, from_seq) VALUES(?, ?, 1)",
           wanted.conversation, creator);
    for (const auto& other : others) {
      tx.run("INSERT INTO member(conversation, account, from_seq) VALUES(?, ?, 1)",
             wanted.conversation, other);
    }
    LK_CHECK_OK(deliver(tx,
                        {EventKind::welcome,
                         wanted.conversation,
                         creator,
                         wanted.client_id,
                         wanted.welcome,
                         now,
                         {},
                         {},
                         {},
                         {}},
                        others));
    remember(tx, creator, wanted.client_id, hash, {{}, wanted.epoch, now, {}, {}}, {});
    return {};
  });
  LK_CHECK_OK(std::move(written));
  relay_.wake(others);
  return {};
}

Result<std::vector<ConversationView>> Messaging::conversations(const AccountId& account) {
  return database_.read([&](store::Transaction& tx) -> Result<std::vector<ConversationView>> {
    std::vector<ConversationView> out;
    for (const auto& row : tx.rows("SELECT id, kind, epoch FROM conversation JOIN member ON "
                                   "member.conversation = conversation.id "
                                   "WHERE member.account = ? ORDER BY created_ms, id",
                                   account)) {
      ConversationView view;
      view.conversation = row.id<ConversationId>(0);
      view.kind = row.text(1) == "direct" ? ConversationKind::direct : ConversationKind::group;
      view.epoch = row.number(2);
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

Result<AcceptedMessage> Messaging::accept_message(const AccountId& sender,
                                                  const NewMessage& message) {
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
    LK_CHECK_OK(
        deliver(tx,
                {EventKind::message, message.conversation, sender, message.client_id, message.mls,
                 out.accepted, message.commitment, out.context, out.stamp, out.seq.value},
                recipients));
    remember(tx, sender, message.client_id, hash, {out.seq, 0, out.accepted, out.context, {}},
             out.stamp);
    return out;
  }));
  relay_.wake(recipients);
  return accepted;
}

Result<std::uint64_t> Messaging::accept_commit(const AccountId& sender, const NewCommit& commit) {
  LK_CHECK_OK(check_size(commit.mls, kMaxMlsBytes));
  LK_CHECK_OK(check_size(commit.welcome, kMaxMlsBytes));
  const auto added = distinct_without(commit.new_members, sender);
  if (commit.mls.empty() || added.empty() != commit.welcome.empty()) {
    return fail(ErrorCode::bad_argument, kWhere,
                "a commit is not empty, and a welcome is for new members");
  }
  Writer fields;
  fields.fixed(commit.conversation.value).u64(commit.epoch).bytes(commit.mls).bytes(commit.welcome);
  write_accounts(fields, added);
  const auto hash = request_hash("commit", fields);
  std::vector<AccountId> recipients;
  LK_TRY(epoch, database_.write([&](store::Transaction& tx) -> Result<std::uint64_t> {
    const auto row = tx.row(
        "SELECT kind, epoch, last_seq FROM conversation JOIN member ON member.conversation = "
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
    const auto now = clock_.now();
    const auto old = others_in(tx, commit.conversation, sender);
    if (old.size() + 1 + added.size() > kMaxMembers) {
      return fail(ErrorCode::too_large, kWhere, "a group has at most 100 members");
    }
    for (const auto& account : added) {
      if (std::ranges::find(old, account) != old.end()) {
        return fail(ErrorCode::already_exists, kWhere, "somebody is in the group already");
      }
      tx.run("INSERT INTO member(conversation, account, from_seq) VALUES(?, ?, ?)",
             commit.conversation, account, row->number(2) + 1);
    }
    tx.run("UPDATE conversation SET epoch = ? WHERE id = ?", commit.epoch + 1, commit.conversation);
    LK_CHECK_OK(deliver(tx,
                        {EventKind::commit,
                         commit.conversation,
                         sender,
                         commit.client_id,
                         commit.mls,
                         now,
                         {},
                         {},
                         {},
                         {}},
                        old));
    LK_CHECK_OK(deliver(tx,
                        {EventKind::welcome,
                         commit.conversation,
                         sender,
                         commit.client_id,
                         commit.welcome,
                         now,
                         {},
                         {},
                         {},
                         {}},
                        added));
    remember(tx, sender, commit.client_id, hash, {{}, commit.epoch + 1, now, {}, {}}, {});
    recipients = old;
    recipients.insert(recipients.end(), added.begin(), added.end());
    return commit.epoch + 1;
  }));
  relay_.wake(recipients);
  return epoch;
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
    return row && seq.value >= row->number(0) && seq.value <= row->number(1);
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
