#include "service/accounts/accounts.hpp"

#include <sodium.h>

#include <algorithm>

namespace lightkeeper::accounts {

namespace {

constexpr std::string_view kWhere = "accounts";
constexpr std::uint64_t kSeenStepMillis = 30'000;
constexpr std::size_t kMaxProvidedName = 24;
constexpr std::size_t kMaxChallenges = 16'384;
constexpr std::size_t kMaxChallengesPerName = 8;
constexpr std::size_t kMaxThrottledNames = 65'536;
constexpr std::uint64_t kMaxOpenInvitations = 50;
constexpr unsigned kFreeFailures = 5;
constexpr std::uint64_t kFirstLockMillis = 2'000;
constexpr std::uint64_t kLongestLockMillis = 15ULL * 60 * 1000;

UnixMillis later(UnixMillis time, std::uint64_t by) { return UnixMillis{time.value + by}; }

/// Codes and tokens are random, so a plain hash hides them; wrong alphabets simply never match.
crypto::Digest hash_of(std::string_view code_or_token) {
  return crypto::sha256(as_bytes(code_or_token));
}

std::string joined(std::span<const std::string> scopes) {
  std::string out;
  for (const auto& scope : scopes) {
    out.append(out.empty() ? "" : ",").append(scope);
  }
  return out;
}

std::vector<std::string> split(std::string_view scopes) {
  std::vector<std::string> out;
  while (!scopes.empty()) {
    const auto comma = std::min(scopes.find(','), scopes.size());
    out.emplace_back(scopes.substr(0, comma));
    scopes.remove_prefix(std::min(comma + 1, scopes.size()));
  }
  return out;
}

// The four columns that account_of() reads, for a statement that joins `staff` as below.
#define LK_ACCOUNT_COLUMNS                                                                        \
  "account.id, account.name, CASE account.role WHEN 'person' THEN 'person' ELSE staff.role END, " \
  "coalesce(staff.scopes, '')"
#define LK_WITH_STAFF "LEFT JOIN staff ON staff.account = account.id"

Account account_of(const store::Row& row) {
  // Staff without a row in `staff` have no role and so no text here: refused, never guessed.
  const auto role = role_from_name(row.text(2));
  if (!role) {
    throw store::StoreFailure("an account has an unknown role");
  }
  return Account{row.id<AccountId>(0), row.text(1), *role, split(row.text(3))};
}

/// What account.role and invitation.role hold: their columns know people and "reviewer" for staff.
std::string_view column_role(Role role) { return is_staff(role) ? "reviewer" : "person"; }

/// Holds a place among the few password hashes computed at the same time.
class Place {
 public:
  explicit Place(std::counting_semaphore<>& semaphore) : semaphore_(semaphore) {
    semaphore_.acquire();
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { semaphore_.release(); }

 private:
  std::counting_semaphore<>& semaphore_;
};

}  // namespace

bool Account::sees(std::string_view harm) const {
  return scopes.empty() || std::ranges::find(scopes, harm) != scopes.end();
}

bool is_name(std::string_view name) {
  return name.size() >= 2 && name.size() <= 32 && std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

Accounts::Accounts(store::Database& database, Clock& clock, Rng& rng, RelyingParty party,
                   SecretBytes name_secret, store::AuditSink audit)
    : database_(database),
      clock_(clock),
      rng_(rng),
      party_(std::move(party)),
      name_secret_(std::move(name_secret)),
      audit_(std::move(audit)) {
  // Any password will do: the comparison's result is thrown away.
  if (auto hash = hash_password(to_base64url(rng_.array<16>()))) {
    stand_in_hash_ = *std::move(hash);
  }
}

// --- Invitations
// -----------------------------------------------------------------------------------

Result<std::string> Accounts::invite(Role role, std::optional<AccountId> by) {
  return invite(InvitationTerms{role}, by);
}

Result<std::string> Accounts::invite(const InvitationTerms& terms, std::optional<AccountId> by) {
  if (terms.oidc_subject &&
      (!is_staff(terms.role) || terms.oidc_subject->empty() || terms.oidc_subject->size() > 255)) {
    return fail(ErrorCode::bad_argument, kWhere,
                "a subject of the sign-in provider has 1 to 255 bytes and is for staff");
  }
  if (terms.scopes.size() > kMaxScopes || !std::ranges::all_of(terms.scopes, is_scope) ||
      (!is_staff(terms.role) && !terms.scopes.empty())) {
    return fail(ErrorCode::bad_argument, kWhere, "scopes are up to 16 names of harms, for staff");
  }
  const auto code = to_base64url(rng_.array<16>());
  LK_CHECK_OK(database_.write([&](store::Transaction& tx) -> Status {
    if (by && tx.row("SELECT count(*) FROM invitation WHERE invited_by = ? AND used_ms IS NULL AND "
                     "expires_ms > ?",
                     by, clock_.now())
                      ->number(0) >= kMaxOpenInvitations) {
      return fail(ErrorCode::too_many_requests, kWhere, "too many invitations are still unused");
    }
    const auto role = name_of(terms.role);
    const auto scopes = joined(terms.scopes);
    tx.run("INSERT INTO invitation(code_hash, role, invited_by, expires_ms) VALUES(?, ?, ?, ?)",
           hash_of(code), column_role(terms.role), by, later(clock_.now(), kInvitationMillis));
    if (is_staff(terms.role)) {
      tx.run(
          "UPDATE invitation SET staff_role = ?, scopes = ?, oidc_subject = ? WHERE code_hash = ?",
          role, scopes, terms.oidc_subject, hash_of(code));
      return audit_(tx, {"staff.invite", by, "role:" + std::string(role),
                         scopes.empty() ? "all harms" : scopes});
    }
    return {};
  }));
  return code;
}

Result<Invitation> Accounts::look_at_invitation(std::string_view code) {
  return database_.read([&](store::Transaction& tx) -> Result<Invitation> {
    const auto row = tx.row(
        "SELECT coalesce(staff_role, role), used_ms, expires_ms, oidc_subject FROM invitation "
        "WHERE code_hash = ?",
        hash_of(code));
    if (!row) {
      return fail(ErrorCode::code_used, kWhere);
    }
    LK_TRY(role, role_from_name(row->text(0)));
    return Invitation{role, row->null(1) && row->number(2) > clock_.now().value && row->null(3)};
  });
}

Status Accounts::use_invitation(store::Transaction& tx, const crypto::Digest& code_hash, Way way,
                                Account& account) {
  const auto now = clock_.now();
  const auto row = tx.row(
      "SELECT coalesce(staff_role, role), scopes FROM invitation WHERE code_hash = ? AND used_ms "
      "IS NULL AND expires_ms > ? AND (? = 1 OR oidc_subject IS NULL)",
      code_hash, now, way == Way::provider ? 1 : 0);
  if (!row) {
    return fail(ErrorCode::code_used, kWhere);
  }
  LK_TRY(role, role_from_name(row->text(0)));
  account.role = role;
  account.scopes = split(row->text(1));
  if (tx.row("SELECT 1 FROM account WHERE name = ?", account.name)) {
    return fail(ErrorCode::already_exists, kWhere);
  }
  tx.run("UPDATE invitation SET used_ms = ? WHERE code_hash = ?", now, code_hash);
  tx.run("INSERT INTO account(id, name, role, created_ms) VALUES(?, ?, ?, ?)", account.id,
         account.name, column_role(account.role), now);
  if (is_staff(account.role)) {
    tx.run("INSERT INTO staff(account, role, scopes) VALUES(?, ?, ?)", account.id,
           name_of(account.role), row->text(1));
    return audit_(tx, {"staff.join", account.id, "account:" + account.id.hex(),
                       std::string(name_of(account.role))});
  }
  return {};
}

// --- Sessions
// --------------------------------------------------------------------------------------

Result<SignedIn> Accounts::start_session(store::Transaction& tx, const Account& account) {
  // The last word for every way of signing in.
  if (tx.row("SELECT 1 FROM staff WHERE account = ? AND left_ms IS NOT NULL", account.id)) {
    return fail(ErrorCode::not_signed_in, kWhere, "this account has no access any more");
  }
  const auto now = clock_.now();
  SignedIn out{account, to_base64url(rng_.array<32>()), later(now, kSessionMillis)};
  tx.run("INSERT INTO session(token_hash, account, expires_ms, seen_ms) VALUES(?, ?, ?, ?)",
         hash_of(out.token), account.id, out.expires, now);
  if (is_staff(account.role)) {
    LK_CHECK_OK(audit_(tx, {"session.start", account.id, "account:" + account.id.hex(), ""}));
  }
  return out;
}

Result<Session> Accounts::session(std::string_view token, Activity activity) {
  const auto hash = hash_of(token);
  const auto now = clock_.now();
  struct Found {
    Session session;
    UnixMillis seen;
  };
  LK_TRY(found, database_.read([&](store::Transaction& tx) -> Result<Found> {
    const auto row =
        tx.row("SELECT " LK_ACCOUNT_COLUMNS
               ", session.expires_ms, session.seen_ms FROM session JOIN account ON account.id = "
               "session.account " LK_WITH_STAFF
               " WHERE session.token_hash = ? AND session.expires_ms > ? AND staff.left_ms IS NULL",
               hash, now);
    if (!row) {
      return fail(ErrorCode::not_signed_in, kWhere);
    }
    return Found{{account_of(*row), hash, UnixMillis{row->number(4)}}, UnixMillis{row->number(5)}};
  }));
  if (!is_staff(found.session.account.role)) {
    return found.session;
  }
  if (now.value >= found.seen.value + staff_idle_millis_) {
    LK_CHECK_OK(database_.write([&](store::Transaction& tx) -> Status {
      tx.run("DELETE FROM session WHERE token_hash = ?", hash);
      return {};
    }));
    return fail(ErrorCode::not_signed_in, kWhere, "this session was not used for too long");
  }
  if (activity == Activity::person && now.value >= found.seen.value + kSeenStepMillis) {
    LK_CHECK_OK(database_.write([&](store::Transaction& tx) -> Status {
      tx.run("UPDATE session SET seen_ms = max(seen_ms, ?) WHERE token_hash = ?", now, hash);
      return {};
    }));
  }
  return found.session;
}

Status Accounts::sign_out(const TokenHash& token) {
  return database_.write([&](store::Transaction& tx) -> Status {
    const auto row = tx.row(
        "SELECT account FROM session JOIN account ON account.id = session.account WHERE "
        "token_hash = ? AND account.role <> 'person'",
        token);
    if (row) {
      const auto account = row->id<AccountId>(0);
      tx.run("DELETE FROM session WHERE account = ?", account);
      return audit_(tx, {"session.end", account, "account:" + account.hex(), ""});
    }
    tx.run("DELETE FROM session WHERE token_hash = ?", token);
    return {};
  });
}

Status Accounts::end_session(const TokenHash& token) {
  return database_.write([&](store::Transaction& tx) -> Status {
    tx.run("DELETE FROM session WHERE token_hash = ?", token);
    return {};
  });
}

// --- Staff
// --------------------------------------------------------------------------------------------

Result<std::vector<Account>> Accounts::staff() {
  return database_.read([&](store::Transaction& tx) -> Result<std::vector<Account>> {
    std::vector<Account> out;
    for (const auto& row :
         // The service's own account (step 4) has no row in `staff`: it is nobody.
         tx.rows("SELECT " LK_ACCOUNT_COLUMNS " FROM account " LK_WITH_STAFF
                 " WHERE account.role <> 'person' AND staff.account IS NOT NULL AND staff.left_ms "
                 "IS NULL ORDER BY name")) {
      out.push_back(account_of(row));
    }
    return out;
  });
}

Status Accounts::check(store::Transaction& tx, const AccountId& id, Permission permission) const {
  const auto row = tx.row("SELECT " LK_ACCOUNT_COLUMNS " FROM account " LK_WITH_STAFF
                          " WHERE id = ? AND (account.role = 'person' OR staff.account IS NOT "
                          "NULL) AND staff.left_ms IS NULL",
                          id);
  if (!row || !may(account_of(*row).role, permission)) {
    return fail(ErrorCode::not_allowed, kWhere);
  }
  return {};
}

Status Accounts::set_staff(store::Transaction& tx, const AccountId& id,
                           const InvitationTerms& terms, const AccountId& by) {
  if (!is_staff(terms.role) || terms.scopes.size() > kMaxScopes ||
      !std::ranges::all_of(terms.scopes, is_scope)) {
    return fail(ErrorCode::bad_argument, kWhere, "a role of staff and up to 16 scopes");
  }
  if (tx.run("UPDATE staff SET role = ?, scopes = ? WHERE account = ? AND left_ms IS NULL",
             name_of(terms.role), joined(terms.scopes), id) == 0) {
    return fail(ErrorCode::not_found, kWhere);
  }
  return audit_(tx, {"staff.role", by, "account:" + id.hex(), std::string(name_of(terms.role))});
}

Status Accounts::remove_staff(const AccountId& id, const AccountId& by) {
  if (id == by) {
    return fail(ErrorCode::same_person, kWhere, "a colleague takes the access away");
  }
  return database_.write([&](store::Transaction& tx) -> Status {
    LK_CHECK_OK(check(tx, by, Permission::invite_staff));
    if (tx.run("UPDATE staff SET left_ms = ? WHERE account = ? AND left_ms IS NULL", clock_.now(),
               id) == 0) {
      return fail(ErrorCode::not_found, kWhere);
    }
    tx.run("DELETE FROM session WHERE account = ?", id);
    return audit_(tx, {"staff.leave", by, "account:" + id.hex(), ""});
  });
}

// --- Sign-in providers
// --------------------------------------------------------------------------------

std::string Accounts::free_name(store::Transaction& tx, std::string_view wanted) {
  std::string name;
  for (const char c : wanted.substr(0, wanted.find('@'))) {
    const char small = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (name.size() < kMaxProvidedName && is_name(std::string(2, small))) {
      name += small;
    }
  }
  if (!is_name(name)) {
    name = "staff";
  }
  const auto taken = [&](const std::string& one) {
    return tx.row("SELECT 1 FROM account WHERE name = ?", one).has_value();
  };
  auto out = name;
  while (taken(out)) {
    out = name + "-" + to_hex(rng_.array<2>());
  }
  return out;
}

Result<SignedIn> Accounts::sign_in_with_provider(const ProvidedIdentity& identity,
                                                 const std::optional<std::string>& code) {
  const auto now = clock_.now();
  return database_.write([&](store::Transaction& tx) -> Result<SignedIn> {
    const auto linked =
        tx.row("SELECT " LK_ACCOUNT_COLUMNS
               " FROM oidc_link JOIN account ON account.id = oidc_link.account " LK_WITH_STAFF
               " WHERE issuer = ? AND subject = ? AND account.role <> 'person' AND staff.left_ms "
               "IS NULL",
               identity.issuer, identity.subject);
    if (linked) {
      return start_session(tx, account_of(*linked));
    }
    // Somebody who has left stays known, and no second invitation brings this subject back.
    if (tx.row("SELECT 1 FROM oidc_link WHERE issuer = ? AND subject = ?", identity.issuer,
               identity.subject)) {
      return fail(ErrorCode::oidc_not_invited, kWhere);
    }
    // A code for somebody else's subject is not theirs to use.
    const auto invitation =
        code ? tx.row(
                   "SELECT code_hash FROM invitation WHERE code_hash = ? AND staff_role IS NOT "
                   "NULL AND used_ms IS NULL AND expires_ms > ? AND (oidc_subject IS NULL OR "
                   "oidc_subject = ?)",
                   hash_of(*code), now, identity.subject)
             : tx.row(
                   "SELECT code_hash FROM invitation WHERE oidc_subject = ? AND staff_role IS "
                   "NOT NULL AND used_ms IS NULL AND expires_ms > ? ORDER BY expires_ms DESC",
                   identity.subject, now);
    if (!invitation) {
      return fail(code ? ErrorCode::code_used : ErrorCode::oidc_not_invited, kWhere);
    }
    Account account{AccountId{rng_.array<16>()}, free_name(tx, identity.wanted_name), Role::person};
    LK_CHECK_OK(use_invitation(tx, invitation->array<32>(0), Way::provider, account));
    tx.run("INSERT INTO oidc_link(issuer, subject, account, linked_ms) VALUES(?, ?, ?, ?)",
           identity.issuer, identity.subject, account.id, now);
    return start_session(tx, account);
  });
}

// --- Passwords
// -------------------------------------------------------------------------------------

Result<std::string> Accounts::hash_password(std::string_view password) {
  const Place place(hashing_);
  std::array<char, crypto_pwhash_STRBYTES> out{};
  // argon2id, 2 passes over 64 MiB.
  if (crypto_pwhash_str(out.data(), password.data(), password.size(),
                        crypto_pwhash_OPSLIMIT_INTERACTIVE,
                        crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0) {
    return fail(ErrorCode::unavailable, kWhere, "not enough memory to hash a password");
  }
  return std::string(out.data());
}

Result<SignedIn> Accounts::create_with_password(std::string_view code, std::string_view name,
                                                std::string_view password) {
  if (!is_name(name)) {
    return fail(ErrorCode::bad_argument, kWhere,
                "a name has 2 to 32 characters of a-z, 0-9, _ and -");
  }
  if (password.size() < kMinPassword || password.size() > kMaxPassword) {
    return fail(ErrorCode::bad_argument, kWhere, "a password has 10 to 256 characters");
  }
  // Look first: hashing is the costly part and must not be had without a code.
  LK_TRY(invitation, look_at_invitation(code));
  if (!invitation.usable) {
    return fail(ErrorCode::code_used, kWhere);
  }
  LK_TRY(hash, hash_password(password));
  return database_.write([&](store::Transaction& tx) -> Result<SignedIn> {
    Account account{AccountId{rng_.array<16>()}, std::string(name), Role::person};
    LK_CHECK_OK(use_invitation(tx, hash_of(code), Way::local, account));
    tx.run("UPDATE account SET password_hash = ? WHERE id = ?", hash, account.id);
    return start_session(tx, account);
  });
}

Status Accounts::check_throttle(std::string_view name) {
  const auto key = crypto::hmac_sha256(name_secret_.expose_secret(), as_bytes(name));
  const std::scoped_lock lock(mutex_);
  const auto found = failures_.find(key);
  if (found != failures_.end() && found->second.locked_until > clock_.now()) {
    return fail(ErrorCode::too_many_requests, kWhere, "too many failed attempts for this name");
  }
  return {};
}

void Accounts::note_failure(std::string_view name) {
  const auto key = crypto::hmac_sha256(name_secret_.expose_secret(), as_bytes(name));
  const auto now = clock_.now();
  const std::scoped_lock lock(mutex_);
  if (failures_.size() >= kMaxThrottledNames) {
    std::erase_if(failures_, [&](const auto& item) { return item.second.locked_until <= now; });
  }
  auto& entry = failures_[key];
  if (entry.count > 0 && now.value > entry.last.value + kLongestLockMillis) {
    entry = {};
  }
  entry.last = now;
  if (++entry.count >= kFreeFailures) {
    const auto doublings = std::min(entry.count - kFreeFailures, 16U);
    entry.locked_until = later(now, std::min(kLongestLockMillis, kFirstLockMillis << doublings));
  }
}

void Accounts::note_success(std::string_view name) {
  const std::scoped_lock lock(mutex_);
  failures_.erase(crypto::hmac_sha256(name_secret_.expose_secret(), as_bytes(name)));
}

Result<SignedIn> Accounts::sign_in_with_password(std::string_view name, std::string_view password) {
  LK_CHECK_OK(check_throttle(name));
  struct Candidate {
    std::optional<Account> account;
    std::string hash;
  };
  LK_TRY(candidate, database_.read([&](store::Transaction& tx) -> Result<Candidate> {
    const auto row =
        tx.row("SELECT " LK_ACCOUNT_COLUMNS ", password_hash FROM account " LK_WITH_STAFF
               " WHERE name = ? AND staff.left_ms IS NULL",
               name);
    if (!row || row->null(4)) {
      return Candidate{std::nullopt, stand_in_hash_};
    }
    return Candidate{account_of(*row), row->text(4)};
  }));
  bool fits = false;
  {
    const Place place(hashing_);
    const auto tried = password.substr(0, kMaxPassword + 1);
    fits = crypto_pwhash_str_verify(candidate.hash.c_str(), tried.data(), tried.size()) == 0;
  }
  if (!fits || !candidate.account) {
    note_failure(name);
    return fail(ErrorCode::not_signed_in, kWhere, "the name or the password is not right");
  }
  note_success(name);
  return database_.write([&](store::Transaction& tx) -> Result<SignedIn> {
    return start_session(tx, *candidate.account);
  });
}

// --- Passkeys
// --------------------------------------------------------------------------------------

Result<Challenge> Accounts::open_challenge(Purpose purpose, std::string_view name,
                                           const AccountId& user) {
  const auto now = clock_.now();
  const Challenge out{rng_.array<16>(), rng_.array<32>()};
  const std::scoped_lock lock(mutex_);
  std::erase_if(challenges_, [&](const auto& item) { return item.second.expires <= now; });
  const auto same_name = std::ranges::count_if(
      challenges_, [&](const auto& item) { return item.second.name == name; });
  if (challenges_.size() >= kMaxChallenges ||
      same_name >= static_cast<std::ptrdiff_t>(kMaxChallengesPerName)) {
    return fail(ErrorCode::too_many_requests, kWhere, "too many passkey questions are open");
  }
  challenges_.emplace(out.id, OpenChallenge{purpose, std::string(name), out.challenge, user,
                                            later(now, kChallengeMillis)});
  return out;
}

Result<Accounts::OpenChallenge> Accounts::take_challenge(const ByteArray<16>& id, Purpose purpose,
                                                         std::string_view name) {
  const std::scoped_lock lock(mutex_);
  const auto found = challenges_.find(id);
  if (found == challenges_.end()) {
    return fail(ErrorCode::not_signed_in, kWhere, "the passkey question is not open any more");
  }
  // Taken whatever comes next: a question is answered once.
  auto challenge = std::move(found->second);
  challenges_.erase(found);
  if (challenge.purpose != purpose || challenge.name != name || challenge.expires <= clock_.now()) {
    return fail(ErrorCode::not_signed_in, kWhere, "the passkey question is not open any more");
  }
  return challenge;
}

Result<RegistrationChallenge> Accounts::begin_registration(std::string_view code,
                                                           std::string_view name) {
  if (!is_name(name)) {
    return fail(ErrorCode::bad_argument, kWhere,
                "a name has 2 to 32 characters of a-z, 0-9, _ and -");
  }
  LK_TRY(invitation, look_at_invitation(code));
  if (!invitation.usable) {
    return fail(ErrorCode::code_used, kWhere);
  }
  const AccountId user{rng_.array<16>()};
  LK_TRY(challenge, open_challenge(Purpose::registration, name, user));
  return RegistrationChallenge{challenge, user};
}

Result<SignedIn> Accounts::create_with_passkey(std::string_view code, std::string_view name,
                                               const RegistrationAnswer& answer) {
  LK_TRY(challenge, take_challenge(answer.challenge, Purpose::registration, name));
  LK_TRY(passkey, verify_registration(party_, challenge.challenge, answer.client_data_json,
                                      answer.attestation_object));
  if (passkey.credential_id != answer.credential_id) {
    return fail(ErrorCode::bad_format, kWhere, "the credential id is not the attested one");
  }
  return database_.write([&](store::Transaction& tx) -> Result<SignedIn> {
    Account account{challenge.user, std::string(name), Role::person};
    LK_CHECK_OK(use_invitation(tx, hash_of(code), Way::local, account));
    if (tx.row("SELECT 1 FROM passkey WHERE credential = ?", passkey.credential_id)) {
      return fail(ErrorCode::already_exists, kWhere, "this passkey belongs to another account");
    }
    tx.run(
        "INSERT INTO passkey(credential, account, algorithm, public_key, counter, created_ms) "
        "VALUES(?, ?, ?, ?, ?, ?)",
        passkey.credential_id, account.id, static_cast<std::int32_t>(passkey.key.algorithm),
        passkey.key.bytes, passkey.counter, clock_.now());
    return start_session(tx, account);
  });
}

Result<AssertionChallenge> Accounts::begin_assertion(std::string_view name) {
  AssertionChallenge out;
  LK_TRY(challenge, open_challenge(Purpose::assertion, name, AccountId{}));
  out.challenge = challenge;
  LK_TRY(credentials, database_.read([&](store::Transaction& tx) -> Result<std::vector<Bytes>> {
    std::vector<Bytes> found;
    for (const auto& row : tx.rows(
             "SELECT passkey.credential FROM passkey JOIN account ON account.id = passkey.account "
             "WHERE account.name = ? ORDER BY passkey.credential",
             name)) {
      found.push_back(row.blob(0));
    }
    return found;
  }));
  out.credentials = std::move(credentials);
  if (out.credentials.empty()) {
    const auto made_up = crypto::hmac_sha256(name_secret_.expose_secret(),
                                             concat({as_bytes("credential "), as_bytes(name)}));
    out.credentials.push_back(to_bytes(made_up));
  }
  return out;
}

Result<SignedIn> Accounts::sign_in_with_passkey(std::string_view name,
                                                const AssertionAnswer& answer) {
  LK_CHECK_OK(check_throttle(name));
  LK_TRY(challenge, take_challenge(answer.challenge, Purpose::assertion, name));
  auto signed_in = database_.write([&](store::Transaction& tx) -> Result<SignedIn> {
    const auto row =
        tx.row("SELECT " LK_ACCOUNT_COLUMNS
               ", passkey.algorithm, passkey.public_key, passkey.counter FROM passkey "
               "JOIN account ON account.id = passkey.account " LK_WITH_STAFF
               " WHERE passkey.credential = ? AND account.name = ? AND staff.left_ms IS NULL",
               answer.credential_id, name);
    if (!row) {
      return fail(ErrorCode::not_signed_in, kWhere, "the passkey's signature does not fit");
    }
    const PasskeyPublicKey key{row->integer(4) == -8 ? CoseAlgorithm::eddsa : CoseAlgorithm::es256,
                               row->blob(5)};
    LK_TRY(counter,
           verify_assertion(party_, challenge.challenge, key,
                            static_cast<std::uint32_t>(row->number(6)), answer.client_data_json,
                            answer.authenticator_data, answer.signature));
    tx.run("UPDATE passkey SET counter = ? WHERE credential = ?", counter, answer.credential_id);
    return start_session(tx, account_of(*row));
  });
  if (!signed_in) {
    if (signed_in.error().code != ErrorCode::storage_failed) {
      note_failure(name);
      // One answer for everything that can be wrong here, so that a made-up credential is not told
      // apart.
      return fail(ErrorCode::not_signed_in, kWhere, "the passkey's answer does not fit");
    }
    return signed_in;
  }
  note_success(name);
  return signed_in;
}

// --- Accounts
// --------------------------------------------------------------------------------------

Result<std::optional<Account>> Accounts::find_person(std::string_view name) {
  return database_.read([&](store::Transaction& tx) -> Result<std::optional<Account>> {
    const auto row = tx.row("SELECT " LK_ACCOUNT_COLUMNS " FROM account " LK_WITH_STAFF
                            " WHERE name = ? AND account.role = 'person'",
                            name);
    return row ? std::optional(account_of(*row)) : std::nullopt;
  });
}

Result<Account> Accounts::account(const AccountId& id) {
  return database_.read([&](store::Transaction& tx) -> Result<Account> {
    const auto row = tx.row("SELECT " LK_ACCOUNT_COLUMNS " FROM account " LK_WITH_STAFF
                            " WHERE id = ? AND (account.role = 'person' OR staff.account IS NOT "
                            "NULL)",
                            id);
    if (!row) {
      return fail(ErrorCode::not_found, kWhere);
    }
    return account_of(*row);
  });
}

Status Accounts::forget_expired() {
  constexpr std::uint64_t kDay = 24ULL * 3600 * 1000;
  const auto now = clock_.now();
  return database_.write([&](store::Transaction& tx) -> Status {
    tx.run("DELETE FROM session WHERE expires_ms <= ?", now);
    tx.run("DELETE FROM invitation WHERE expires_ms <= ?", now.value > kDay ? now.value - kDay : 0);
    return {};
  });
}

}  // namespace lightkeeper::accounts
