// The delivery service: devices, key packages, conversations, commits and stamped messages.
//
// Who learns what: the service sees who is in which conversation, who sends when and how much,
// commitments and stamps; bodies are MLS ciphertext. A message is held until all its recipients
// have acknowledged it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/rng.hpp"
#include "core/franking/frank.hpp"
#include "service/messaging/relay.hpp"
#include "service/messaging/stamp_keys.hpp"
#include "service/store/database.hpp"

namespace lightkeeper::messaging {

enum class ConversationKind : std::uint8_t { direct, group };
[[nodiscard]] std::string_view name_of(ConversationKind kind);

constexpr std::size_t kMaxMembers = 100;
constexpr std::size_t kMaxMlsBytes = 256 * 1024;
constexpr std::size_t kMaxKeyPackage = 16 * 1024;
constexpr std::size_t kMaxKeyPackages = 200;   // stored for one device
constexpr std::uint64_t kMaxWaiting = 20'000;  // events waiting for one device
constexpr std::size_t kMaxClientId = 64;
constexpr std::size_t kMaxDevices = 20;  // of one account at a time
constexpr std::size_t kMaxDeviceName = 64;
/// A message that was encrypted more epochs ago than this could not be read any more (devices keep
/// the keys of a few past epochs), so it is refused rather than lost.
constexpr std::uint64_t kMaxEpochsBehind = 3;

struct DeviceView {
  DeviceId device;
  std::string name;  // for the owner only
  Bytes signature_key;
  UnixMillis created;
  /// The earlier device that signed vouch_statement() for this one; empty until then.
  std::optional<DeviceId> vouched_by;
  Bytes vouch;
};
/// What an earlier device signs (Ed25519) after its owner confirmed the new one:
/// text "lightkeeper device v1", account 16, bytes signature key.
[[nodiscard]] Bytes vouch_statement(const AccountId& account, BytesView signature_key);
struct ClaimedKeyPackage {
  DeviceId device;
  Bytes key_package;
};

struct NewConversation {
  ConversationId conversation;
  ConversationKind kind = ConversationKind::direct;
  std::vector<AccountId> members;  // with or without the creator
  std::string client_id;
  std::uint64_t epoch = 0;
  Bytes welcome;
};
struct NewMessage {
  ConversationId conversation;
  std::string client_id;
  Bytes mls;
  franking::Commitment commitment{};
  /// The epoch that it was encrypted in; `epoch_gone` if that is too long ago. Not known: not
  /// asked.
  std::optional<std::uint64_t> epoch{};
};
struct NewCommit {
  ConversationId conversation;
  std::string client_id;
  std::uint64_t epoch = 0;  // the one that this commit ends
  Bytes mls;
  Bytes welcome;  // for new members or devices; empty without any
  std::vector<AccountId> new_members;
  std::vector<DeviceId> new_devices{};       // the sender's own other ones
  std::vector<AccountId> removed_members{};  // by who started the group only
};
struct Leaving {
  ConversationId conversation;
  std::string client_id;
  Bytes mls;  // the statement, for the others
};

struct AcceptedMessage {
  ServerSeq seq;
  UnixMillis accepted;
  Bytes context;
  franking::Stamp stamp{};
  bool operator==(const AcceptedMessage&) const = default;
};
struct Member {
  AccountId account;
  std::string name;
};
struct ConversationView {
  ConversationId conversation;
  ConversationKind kind = ConversationKind::direct;
  std::vector<Member> members;
  std::uint64_t epoch = 0;
  std::optional<AccountId> founder;  // who may remove people; nobody in old conversations
};

/// Thread-safe. What a function accepted is on disk when it returns, and stays accepted once: the
/// same account and client id again gives the same answer, or `conflict` if anything else differs.
class Messaging {
 public:
  Messaging(store::Database& database, Clock& clock, const StampKeys& stamp_keys, Relay& relay)
      : database_(database), clock_(clock), stamp_keys_(stamp_keys), relay_(relay) {}

  // --- Devices. No device is added or removed without an event to everybody who shares a
  // conversation with the account, in the same transaction.

  /// This session is the device with this key. A key that is new for the account makes a new
  /// device; the first one of an account gets the account's id. `device_removed`,
  /// `too_many_requests` above kMaxDevices.
  [[nodiscard]] Result<DeviceId> use_device(const crypto::Digest& session, const AccountId& account,
                                            BytesView key, std::string_view name);
  /// Those in use, oldest first. `not_found` for what is not a person.
  [[nodiscard]] Result<std::vector<DeviceView>> devices(const AccountId& account);
  [[nodiscard]] Result<std::vector<Bytes>> signature_keys(const AccountId& account);
  /// `bad_signature` unless it is the calling device's signature of vouch_statement(); `conflict`
  /// if another device vouched before; `bad_argument` for oneself.
  [[nodiscard]] Status vouch(const Caller& by, const DeviceId& device,
                             const crypto::Signature& signature);
  /// Ends its sessions, its queue and its key packages. Its record and key stay.
  [[nodiscard]] Status remove_device(const AccountId& owner, const DeviceId& device);

  /// How many wait now. Known ones are not stored twice. `too_many_requests` above kMaxKeyPackages.
  [[nodiscard]] Result<std::uint64_t> add_key_packages(const Caller& who,
                                                       std::span<const Bytes> packages);
  [[nodiscard]] Result<std::uint64_t> key_packages(const Caller& who);
  /// Takes one away for each device in use but the caller's own, the oldest first: each is given
  /// out once. A device without any is left out; `no_key_package` when nothing is left at all.
  [[nodiscard]] Result<std::vector<ClaimedKeyPackage>> claim_key_packages(const Caller& by,
                                                                          const AccountId& account);
  /// The same for one device.
  [[nodiscard]] Result<Bytes> claim_key_package(const DeviceId& device);

  [[nodiscard]] Status create_conversation(const Caller& creator, const NewConversation& wanted);
  [[nodiscard]] Result<std::vector<ConversationView>> conversations(const AccountId& account);
  [[nodiscard]] Result<AcceptedMessage> accept_message(const Caller& sender,
                                                       const NewMessage& message);
  /// The new epoch; `conflict` when the named one is not current.
  [[nodiscard]] Result<std::uint64_t> accept_commit(const Caller& sender, const NewCommit& commit);
  /// Out of a group, at once and for all one's devices. The others are told with the statement.
  [[nodiscard]] Status leave(const Caller& who, const Leaving& leaving);

  /// Whether this service made the stamp. Nothing but the answer is learnt or kept.
  [[nodiscard]] bool stamp_is_genuine(const franking::Commitment& commitment, BytesView context,
                                      const franking::Stamp& stamp) const;
  /// The service's own record, for reports.
  [[nodiscard]] Result<bool> was_member(const AccountId& account,
                                        const ConversationId& conversation, ServerSeq seq);

  /// Removes undelivered events and records of acceptance from before `cutoff`.
  [[nodiscard]] Status forget_before(UnixMillis cutoff);

 private:
  store::Database& database_;
  Clock& clock_;
  const StampKeys& stamp_keys_;
  Relay& relay_;
};

}  // namespace lightkeeper::messaging
