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
constexpr std::size_t kMaxKeyPackages = 200;   // stored for one account
constexpr std::uint64_t kMaxWaiting = 20'000;  // events waiting for one account
constexpr std::size_t kMaxClientId = 64;

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
};
struct NewCommit {
  ConversationId conversation;
  std::string client_id;
  std::uint64_t epoch = 0;  // the one that this commit ends
  Bytes mls;
  Bytes welcome;  // for new members; empty without any
  std::vector<AccountId> new_members;
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
};

/// Thread-safe. What a function accepted is on disk when it returns, and stays accepted once: the
/// same sender and client id again gives the same answer, or `conflict` if anything else differs.
class Messaging {
 public:
  Messaging(store::Database& database, Clock& clock, const StampKeys& stamp_keys, Relay& relay)
      : database_(database), clock_(clock), stamp_keys_(stamp_keys), relay_(relay) {}

  [[nodiscard]] Status set_signature_key(const AccountId& account, BytesView key);
  /// Empty until the person's first device is there. `not_found` for what is not a person.
  [[nodiscard]] Result<std::vector<Bytes>> signature_keys(const AccountId& account);

  /// How many wait now. Known ones are not stored twice. `too_many_requests` above kMaxKeyPackages.
  [[nodiscard]] Result<std::uint64_t> add_key_packages(const AccountId& account,
                                                       std::span<const Bytes> packages);
  [[nodiscard]] Result<std::uint64_t> key_packages(const AccountId& account);
  /// Takes one away, the oldest first: each is given out once. `no_key_package` when none is left.
  [[nodiscard]] Result<Bytes> claim_key_package(const AccountId& account);

  [[nodiscard]] Status create_conversation(const AccountId& creator, const NewConversation& wanted);
  [[nodiscard]] Result<std::vector<ConversationView>> conversations(const AccountId& account);
  [[nodiscard]] Result<AcceptedMessage> accept_message(const AccountId& sender,
                                                       const NewMessage& message);
  /// The new epoch; `conflict` when the named one is not current.
  [[nodiscard]] Result<std::uint64_t> accept_commit(const AccountId& sender,
                                                    const NewCommit& commit);

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
