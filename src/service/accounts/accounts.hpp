// Accounts, invitations, passwords, passkeys and sessions.
//
// Who learns what: names and who invited whom are known to the service. Passwords are kept as
// argon2id hashes, one-time codes and bearer tokens as SHA-256 (both have at least 128 random
// bits). Whether a name exists is told only to people who are signed in, and to the holder of an
// unused invitation who asks for that name.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <semaphore>
#include <string>

#include "core/base/clock.hpp"
#include "core/base/rng.hpp"
#include "core/crypto/crypto.hpp"
#include "service/accounts/roles.hpp"
#include "service/accounts/webauthn.hpp"
#include "service/store/audit.hpp"
#include "service/store/database.hpp"

namespace lightkeeper::accounts {

struct Account {
  AccountId id;
  std::string name;
  Role role = Role::person;
  std::vector<std::string> scopes{};  // harms that staff may see; empty: all

  [[nodiscard]] bool sees(std::string_view harm) const;
};

struct SignedIn {
  Account account;
  std::string token;  // base64url, 32 random bytes; only its hash is kept
  UnixMillis expires;
};

using TokenHash = crypto::Digest;
struct Session {
  Account account;
  TokenHash token{};
  UnixMillis expires;
};

struct Invitation {
  Role role = Role::person;
  bool usable = false;
};

/// What an invited account will be.
struct InvitationTerms {
  Role role = Role::person;
  std::vector<std::string> scopes{};  // of staff; empty: all
  /// Staff only: who signs in as this subject at the sign-in provider needs no code.
  std::optional<std::string> oidc_subject{};
};

/// Who a sign-in provider says that somebody is. The caller has verified it.
struct ProvidedIdentity {
  std::string issuer, subject;
  std::string wanted_name;  // anything; a name is made of it if an account comes to be
};

/// What a request says about the one behind it: a page that only looks for news in the background
/// does not keep a session of staff alive.
enum class Activity : std::uint8_t { person, background };

struct Challenge {
  ByteArray<16> id{};
  ByteArray<32> challenge{};
};
struct RegistrationChallenge {
  Challenge challenge;
  AccountId user;  // the account's id if it comes to be
};
struct AssertionChallenge {
  Challenge challenge;
  std::vector<Bytes> credentials;  // for unknown names: one made up, the same each time
};

struct RegistrationAnswer {
  ByteArray<16> challenge{};
  Bytes credential_id, client_data_json, attestation_object;
};
struct AssertionAnswer {
  ByteArray<16> challenge{};
  Bytes credential_id, client_data_json, authenticator_data, signature;
};

constexpr std::size_t kMinPassword = 10;  // characters are counted as bytes of UTF-8
constexpr std::size_t kMaxPassword = 256;
constexpr std::uint64_t kSessionMillis = 12ULL * 3600 * 1000;
/// Staff sessions also end when they were not used for this long (setting staff_idle_minutes).
constexpr std::uint64_t kStaffIdleMillis = 15ULL * 60 * 1000;
constexpr std::uint64_t kInvitationMillis = 7ULL * 24 * 3600 * 1000;
constexpr std::size_t kMaxScopes = 16;
constexpr std::uint64_t kChallengeMillis = 5ULL * 60 * 1000;

/// 2..32 characters of a-z 0-9 _ -
[[nodiscard]] bool is_name(std::string_view name);

/// Thread-safe. The references must outlive it.
class Accounts {
 public:
  /// `name_secret` (32 bytes) makes the answers for unknown names. The relying party is fixed for a
  /// data folder's life in practice: passkeys are bound to its id.
  /// `audit` gets invitations of staff and their sessions.
  Accounts(store::Database& database, Clock& clock, Rng& rng, RelyingParty party,
           SecretBytes name_secret, store::AuditSink audit);

  /// A fresh one-time code (base64url, 16 random bytes) that can be used once within seven days.
  /// Without scopes.
  [[nodiscard]] Result<std::string> invite(Role role, std::optional<AccountId> by);
  /// `bad_argument` for scopes of a person, a scope that is no word, or more than kMaxScopes.
  [[nodiscard]] Result<std::string> invite(const InvitationTerms& terms,
                                           std::optional<AccountId> by);
  /// `code_used` for a code that does not exist.
  [[nodiscard]] Result<Invitation> look_at_invitation(std::string_view code);

  /// `code_used`, `already_exists` (name), `bad_argument` (name or password out of bounds).
  [[nodiscard]] Result<SignedIn> create_with_password(std::string_view code, std::string_view name,
                                                      std::string_view password);
  [[nodiscard]] Result<RegistrationChallenge> begin_registration(std::string_view code,
                                                                 std::string_view name);
  [[nodiscard]] Result<SignedIn> create_with_passkey(std::string_view code, std::string_view name,
                                                     const RegistrationAnswer& answer);

  /// The same `not_signed_in`, after the same work, for an unknown name, a wrong password and an
  /// account without one; `too_many_requests` after five failures, for a time that doubles up to 15
  /// minutes, unknown names included.
  [[nodiscard]] Result<SignedIn> sign_in_with_password(std::string_view name,
                                                       std::string_view password);
  [[nodiscard]] Result<AssertionChallenge> begin_assertion(std::string_view name);
  [[nodiscard]] Result<SignedIn> sign_in_with_passkey(std::string_view name,
                                                      const AssertionAnswer& answer);

  /// Signs in who is linked to this identity. Who is not, but was invited by this subject, or
  /// brings the code of an invitation of staff, gets an account with the role and scopes of the
  /// invitation; roles never come from the provider. `oidc_not_invited` for everybody else.
  [[nodiscard]] Result<SignedIn> sign_in_with_provider(const ProvidedIdentity& identity,
                                                       const std::optional<std::string>& code);

  /// `not_signed_in` unless the token belongs to a session that has not expired, and for staff was
  /// used within the idle time. Costs a write at most every 30 seconds of a session of staff.
  [[nodiscard]] Result<Session> session(std::string_view token, Activity activity);
  [[nodiscard]] Result<Session> session(std::string_view token) {
    return session(token, Activity::person);
  }
  /// Of staff, all sessions of this account end; of people, this one.
  [[nodiscard]] Status sign_out(const TokenHash& token);
  /// Ends this session alone: of a command that signs in for one deed.
  [[nodiscard]] Status end_session(const TokenHash& token);
  /// Called while the service is put together.
  void set_staff_idle(std::uint64_t millis) { staff_idle_millis_ = millis; }

  /// People only, exact name only; staff are never found.
  [[nodiscard]] Result<std::optional<Account>> find_person(std::string_view name);
  [[nodiscard]] Result<Account> account(const AccountId& id);

  // --- Staff

  /// By name, without those who have left.
  [[nodiscard]] Result<std::vector<Account>> staff();
  /// `not_allowed` unless this is staff with the permission, in the transaction of the deed.
  [[nodiscard]] Status check(store::Transaction& tx, const AccountId& id,
                             Permission permission) const;
  /// Another role or other scopes, within the transaction in which two people agreed. Not for
  /// people, and nobody becomes a person by it: `bad_argument`, `not_found`.
  [[nodiscard]] Status set_staff(store::Transaction& tx, const AccountId& id,
                                 const InvitationTerms& terms, const AccountId& by);
  /// Access ends at once, with all sessions. `same_person` for oneself. What the account did stays.
  [[nodiscard]] Status remove_staff(const AccountId& id, const AccountId& by);

  [[nodiscard]] const RelyingParty& relying_party() const { return party_; }

  /// Removes expired sessions and invitations that expired more than a day ago.
  [[nodiscard]] Status forget_expired();

 private:
  /// An invitation that names a subject of the sign-in provider is not used in another way.
  enum class Way : std::uint8_t { local, provider };
  enum class Purpose : std::uint8_t { registration, assertion };
  struct OpenChallenge {
    Purpose purpose;
    std::string name;
    ByteArray<32> challenge;
    AccountId user;
    UnixMillis expires;
  };
  struct Failures {
    unsigned count = 0;
    UnixMillis last;
    UnixMillis locked_until;
  };

  [[nodiscard]] Result<Challenge> open_challenge(Purpose purpose, std::string_view name,
                                                 const AccountId& user);
  [[nodiscard]] Result<OpenChallenge> take_challenge(const ByteArray<16>& id, Purpose purpose,
                                                     std::string_view name);
  [[nodiscard]] Status check_throttle(std::string_view name);
  void note_failure(std::string_view name);
  void note_success(std::string_view name);
  [[nodiscard]] Result<SignedIn> start_session(store::Transaction& tx, const Account& account);
  [[nodiscard]] Status use_invitation(store::Transaction& tx, const crypto::Digest& code_hash,
                                      Way way, Account& account);
  [[nodiscard]] std::string free_name(store::Transaction& tx, std::string_view wanted);
  [[nodiscard]] Result<std::string> hash_password(std::string_view password);

  store::Database& database_;
  Clock& clock_;
  Rng& rng_;
  RelyingParty party_;
  SecretBytes name_secret_;
  store::AuditSink audit_;
  std::uint64_t staff_idle_millis_ = kStaffIdleMillis;
  std::string stand_in_hash_;  // checked when there is no real one, so that the work is the same
  std::counting_semaphore<> hashing_{2};  // 64 MiB each

  std::mutex mutex_;  // the two maps
  std::map<ByteArray<16>, OpenChallenge> challenges_;
  std::map<crypto::Digest, Failures> failures_;  // by a keyed hash of the name
};

}  // namespace lightkeeper::accounts
