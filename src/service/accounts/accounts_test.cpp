#include "service/accounts/accounts.hpp"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "core/base/codec.hpp"
#include "service/accounts/captures.hpp"
#include "service/store/temporary_folder.hpp"

namespace lightkeeper::accounts {
namespace {

const RelyingParty kParty{"localhost", "http://localhost:8080"};
constexpr Byte kUpUv = 0x05;

/// A software authenticator: what a browser and a device would answer, with every field open to
/// forgery.
struct TestAuthenticator {
  explicit TestAuthenticator(CoseAlgorithm chosen) : algorithm(chosen) {
    crypto::SystemRng rng;
    if (algorithm == CoseAlgorithm::eddsa) {
      pair = crypto::generate_signing_key(rng);
    } else {
      ec = EVP_EC_gen("P-256");
      std::size_t size = 0;
      point.resize(65);
      EVP_PKEY_get_octet_string_param(ec, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(),
                                      &size);
    }
    credential = to_bytes(rng.array<32>());
  }
  TestAuthenticator(const TestAuthenticator&) = delete;
  TestAuthenticator& operator=(const TestAuthenticator&) = delete;
  ~TestAuthenticator() { EVP_PKEY_free(ec); }

  [[nodiscard]] Bytes cose_key() const {
    if (algorithm == CoseAlgorithm::eddsa) {
      return concat({Bytes{0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20},
                     pair.public_key.bytes});
    }
    return concat({Bytes{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20},
                   BytesView(point).subspan(1, 32), Bytes{0x22, 0x58, 0x20},
                   BytesView(point).subspan(33, 32)});
  }
  [[nodiscard]] static Bytes client_data(std::string_view type, BytesView challenge,
                                         std::string_view origin = kParty.origin) {
    return to_bytes("{\"type\":\"" + std::string(type) + "\",\"challenge\":\"" +
                    to_base64url(challenge) + "\",\"origin\":\"" + std::string(origin) +
                    "\",\"crossOrigin\":false}");
  }
  [[nodiscard]] Bytes data(Byte flags, bool with_credential,
                           std::string_view party = kParty.id) const {
    Writer writer;
    writer.fixed(crypto::sha256(as_bytes(party))).u8(flags).u32(counter);
    if (with_credential) {
      writer.fixed(ByteArray<16>{})
          .u16(static_cast<std::uint16_t>(credential.size()))
          .fixed(credential)
          .fixed(cose_key());
    }
    return writer.take();
  }
  [[nodiscard]] static Bytes attestation(BytesView auth_data) {
    Writer writer;
    writer.u8(0xa3).u8(0x63).fixed(as_bytes("fmt")).u8(0x64).fixed(as_bytes("none"));
    writer.u8(0x67).fixed(as_bytes("attStmt")).u8(0xa0).u8(0x68).fixed(as_bytes("authData"));
    if (auth_data.size() > 255) {
      writer.u8(0x59).u16(static_cast<std::uint16_t>(auth_data.size()));
    } else {
      writer.u8(0x58).u8(static_cast<Byte>(auth_data.size()));
    }
    return writer.fixed(auth_data).take();
  }
  [[nodiscard]] Bytes sign(BytesView auth_data, BytesView client_data_json) const {
    const auto message = concat({auth_data, crypto::sha256(client_data_json)});
    if (algorithm == CoseAlgorithm::eddsa) {
      return to_bytes(crypto::sign(pair.secret, message));
    }
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, ec);
    std::size_t size = 0;
    EVP_DigestSign(context, nullptr, &size, message.data(), message.size());
    Bytes signature(size);
    EVP_DigestSign(context, signature.data(), &size, message.data(), message.size());
    signature.resize(size);
    EVP_MD_CTX_free(context);
    return signature;
  }
  [[nodiscard]] RegistrationAnswer registration(const Challenge& challenge) const {
    return {challenge.id, credential, client_data("webauthn.create", challenge.challenge),
            attestation(data(kUpUv | 0x40, true))};
  }
  [[nodiscard]] AssertionAnswer assertion(const Challenge& challenge) const {
    auto json = client_data("webauthn.get", challenge.challenge);
    auto auth = data(kUpUv, false);
    auto signature = sign(auth, json);
    return {challenge.id, credential, std::move(json), std::move(auth), std::move(signature)};
  }

  CoseAlgorithm algorithm;
  crypto::SigningKeyPair pair;
  EVP_PKEY* ec = nullptr;
  Bytes point;
  Bytes credential;
  std::uint32_t counter = 1;
};

class AccountsTest : public testing::Test {
 protected:
  AccountsTest() {
    auto opened = store::Database::open(folder_.path() / "service.db", store::service_migrations(),
                                        clock_.now());
    database_ = std::move(*opened);
    accounts_ = std::make_unique<Accounts>(*database_, clock_, rng_, kParty,
                                           SecretBytes::copy_of(rng_.array<32>()), sink());
  }
  std::string code(Role role = Role::person) {
    return accounts_->invite(role, std::nullopt).value();
  }
  /// Keeps what it is given, or refuses when told to.
  store::AuditSink sink() {
    return [this](store::Transaction&, const store::AuditEntry& entry) -> Status {
      if (log_fails_) {
        return fail(ErrorCode::storage_failed, "audit");
      }
      entries_.push_back(entry);
      return {};
    };
  }
  [[nodiscard]] std::size_t entries_of(std::string_view action) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(entries_, [&](const auto& one) { return one.action == action; }));
  }
  /// An account without the cost of a password; the same subject again is another session.
  SignedIn join(Role role, const std::string& name) {
    (void)accounts_->invite(InvitationTerms{role, {}, name}, std::nullopt).value();
    return again(name);
  }
  SignedIn again(const std::string& name) {
    return accounts_->sign_in_with_provider({"https://login.example.org", name, name}, std::nullopt)
        .value();
  }
  void pass(std::uint64_t millis) { clock_.set(UnixMillis{clock_.now().value + millis}); }

  store::TemporaryFolder folder_;
  SetClock clock_{UnixMillis{1'800'000'000'000}};
  crypto::SystemRng rng_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<Accounts> accounts_;
  std::vector<store::AuditEntry> entries_;
  bool log_fails_ = false;
};

TEST_F(AccountsTest, AnInvitationIsUsedOnce) {
  const auto invitation = code();
  EXPECT_TRUE(accounts_->look_at_invitation(invitation)->usable);
  const auto made = accounts_->create_with_password(invitation, "robin", "a long password");
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->account.role, Role::person);
  EXPECT_FALSE(accounts_->look_at_invitation(invitation)->usable);
  EXPECT_EQ(accounts_->create_with_password(invitation, "sam", "a long password").error().code,
            ErrorCode::code_used);
  EXPECT_EQ(accounts_->create_with_password("made up", "sam", "a long password").error().code,
            ErrorCode::code_used);
  EXPECT_EQ(accounts_->look_at_invitation("made up").error().code, ErrorCode::code_used);
}

TEST_F(AccountsTest, ARefusedNameLeavesTheInvitationUsable) {
  ASSERT_TRUE(accounts_->create_with_password(code(), "robin", "a long password"));
  const auto invitation = code();
  EXPECT_EQ(accounts_->create_with_password(invitation, "robin", "a long password").error().code,
            ErrorCode::already_exists);
  EXPECT_TRUE(accounts_->look_at_invitation(invitation)->usable);
}

TEST_F(AccountsTest, AnInvitationExpires) {
  const auto invitation = code();
  pass(kInvitationMillis);
  EXPECT_FALSE(accounts_->look_at_invitation(invitation)->usable);
  EXPECT_EQ(accounts_->create_with_password(invitation, "robin", "a long password").error().code,
            ErrorCode::code_used);
}

TEST_F(AccountsTest, NamesAndPasswordsHaveBounds) {
  for (const std::string_view bad : {"", "a", "Robin", "ro bin", "r\xc3\xb6", "robin\n"}) {
    EXPECT_FALSE(is_name(bad)) << bad;
  }
  EXPECT_FALSE(is_name(std::string(33, 'a')));
  EXPECT_TRUE(is_name(std::string(32, 'a')));
  EXPECT_EQ(accounts_->create_with_password(code(), "robin", "short").error().code,
            ErrorCode::bad_argument);
  EXPECT_EQ(accounts_->create_with_password(code(), "robin", std::string(257, 'a')).error().code,
            ErrorCode::bad_argument);
}

TEST_F(AccountsTest, ASessionEndsByTimeAndBySigningOut) {
  const auto made = accounts_->create_with_password(code(), "robin", "a long password");
  ASSERT_TRUE(made);
  const auto session = accounts_->session(made->token);
  ASSERT_TRUE(session);
  EXPECT_EQ(session->account.name, "robin");
  EXPECT_EQ(accounts_->session("").error().code, ErrorCode::not_signed_in);
  EXPECT_EQ(accounts_->session(made->token + "A").error().code, ErrorCode::not_signed_in);
  ASSERT_TRUE(accounts_->sign_out(session->token));
  EXPECT_EQ(accounts_->session(made->token).error().code, ErrorCode::not_signed_in);
  const auto again = accounts_->sign_in_with_password("robin", "a long password");
  ASSERT_TRUE(again);
  pass(kSessionMillis);
  EXPECT_EQ(accounts_->session(again->token).error().code, ErrorCode::not_signed_in);
}

TEST_F(AccountsTest, UnknownNamesAndWrongPasswordsLookTheSame) {
  ASSERT_TRUE(accounts_->create_with_password(code(), "robin", "a long password"));
  const auto timed = [&](std::string_view name) {
    const auto start = std::chrono::steady_clock::now();
    const auto refused = accounts_->sign_in_with_password(name, "a wrong password");
    EXPECT_FALSE(refused);
    return std::pair(refused ? "" : refused.error().message(),
                     std::chrono::steady_clock::now() - start);
  };
  const auto wrong = timed("robin");
  const auto unknown = timed("nobody");
  EXPECT_EQ(wrong.first, unknown.first);
  // Both compute one argon2id hash; skipping it would be some hundred times faster.
  EXPECT_GT(unknown.second * 5, wrong.second);
}

TEST_F(AccountsTest, GuessingIsSlowedDownAlsoForUnknownNames) {
  ASSERT_TRUE(accounts_->create_with_password(code(), "robin", "a long password"));
  for (const std::string_view name : {"robin", "nobody"}) {
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(accounts_->sign_in_with_password(name, "wrong wrong").error().code,
                ErrorCode::not_signed_in);
    }
    EXPECT_EQ(accounts_->sign_in_with_password(name, "a long password").error().code,
              ErrorCode::too_many_requests);
  }
  pass(2'001);
  EXPECT_TRUE(accounts_->sign_in_with_password("robin", "a long password"));
}

class PasskeyTest : public AccountsTest, public testing::WithParamInterface<CoseAlgorithm> {};

TEST_P(PasskeyTest, SignsUpAndIn) {
  TestAuthenticator device(GetParam());
  const auto invitation = code();
  const auto question = accounts_->begin_registration(invitation, "robin");
  ASSERT_TRUE(question);
  const auto made =
      accounts_->create_with_passkey(invitation, "robin", device.registration(question->challenge));
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->account.id, question->user);

  device.counter = 2;
  const auto asked = accounts_->begin_assertion("robin");
  ASSERT_TRUE(asked);
  ASSERT_EQ(asked->credentials.size(), 1U);
  EXPECT_EQ(asked->credentials[0], device.credential);
  const auto answer = device.assertion(asked->challenge);
  EXPECT_TRUE(accounts_->sign_in_with_passkey("robin", answer));
  // The same answer again: the question is closed.
  EXPECT_EQ(accounts_->sign_in_with_passkey("robin", answer).error().code,
            ErrorCode::not_signed_in);
  // A copied authenticator: its counter does not rise.
  const auto third = accounts_->begin_assertion("robin");
  EXPECT_EQ(
      accounts_->sign_in_with_passkey("robin", device.assertion(third->challenge)).error().code,
      ErrorCode::not_signed_in);
}

TEST_P(PasskeyTest, EveryForgedFieldOfARegistrationIsRefused) {
  TestAuthenticator device(GetParam());
  const auto challenge = crypto::SystemRng().array<32>();
  const auto json = TestAuthenticator::client_data("webauthn.create", challenge);
  const auto good = TestAuthenticator::attestation(device.data(kUpUv | 0x40, true));
  ASSERT_TRUE(verify_registration(kParty, challenge, json, good));
  const auto refused = [&](BytesView client_data, BytesView attestation) {
    return !verify_registration(kParty, challenge, client_data, attestation);
  };
  EXPECT_TRUE(refused(TestAuthenticator::client_data("webauthn.get", challenge), good));
  EXPECT_TRUE(refused(TestAuthenticator::client_data("webauthn.create", ByteArray<32>{}), good));
  EXPECT_TRUE(refused(
      TestAuthenticator::client_data("webauthn.create", challenge, "http://localhost:8081"), good));
  EXPECT_TRUE(refused(
      json, TestAuthenticator::attestation(device.data(kUpUv | 0x40, true, "example.org"))));
  EXPECT_TRUE(
      refused(json, TestAuthenticator::attestation(device.data(0x44, true))));  // nobody there
  EXPECT_TRUE(
      refused(json, TestAuthenticator::attestation(device.data(0x41, true))));  // not unlocked
  EXPECT_TRUE(refused(json, TestAuthenticator::attestation(device.data(kUpUv, true))));
  EXPECT_TRUE(refused(json, TestAuthenticator::attestation(
                                device.data(kUpUv | 0xc0, true))));  // extensions missing
  EXPECT_TRUE(refused(json, concat({good, Bytes{0}})));
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_TRUE(refused(json, BytesView(good).first(size))) << size;
  }
}

TEST_P(PasskeyTest, EveryForgedFieldOfAnAssertionIsRefused) {
  TestAuthenticator device(GetParam());
  const auto challenge = crypto::SystemRng().array<32>();
  const auto key = decode_cose_key(device.cose_key());
  ASSERT_TRUE(key);
  const auto json = TestAuthenticator::client_data("webauthn.get", challenge);
  const auto data = device.data(kUpUv, false);
  const auto signature = device.sign(data, json);
  EXPECT_EQ(verify_assertion(kParty, challenge, *key, 0, json, data, signature).value(), 1U);
  EXPECT_FALSE(verify_assertion(kParty, challenge, *key, 1, json, data, signature));
  EXPECT_FALSE(verify_assertion(kParty, ByteArray<32>{}, *key, 0, json, data, signature));
  EXPECT_FALSE(verify_assertion({"localhost", "https://localhost:8080"}, challenge, *key, 0, json,
                                data, signature));
  EXPECT_FALSE(
      verify_assertion({"example.org", kParty.origin}, challenge, *key, 0, json, data, signature));
  for (std::size_t i = 0; i < data.size(); ++i) {
    auto changed = data;
    changed[i] ^= 0x40;
    EXPECT_FALSE(verify_assertion(kParty, challenge, *key, 0, json, changed, signature)) << i;
    EXPECT_FALSE(
        verify_assertion(kParty, challenge, *key, 0, json, BytesView(data).first(i), signature))
        << i;
  }
  auto changed = signature;
  changed[changed.size() / 2] ^= 1;
  EXPECT_FALSE(verify_assertion(kParty, challenge, *key, 0, json, data, changed));
  EXPECT_FALSE(verify_assertion(kParty, challenge, *key, 0, json, data, {}));
  auto framed = to_bytes("{\"type\":\"webauthn.get\",\"challenge\":\"" + to_base64url(challenge) +
                         "\",\"origin\":\"" + kParty.origin + "\",\"crossOrigin\":true}");
  EXPECT_FALSE(
      verify_assertion(kParty, challenge, *key, 0, framed, data, device.sign(data, framed)));
}

TEST_P(PasskeyTest, KeysOfOtherShapesAreRefused) {
  const TestAuthenticator device(GetParam());
  const auto good = device.cose_key();
  ASSERT_TRUE(decode_cose_key(good));
  EXPECT_FALSE(decode_cose_key(concat({good, Bytes{0}})));
  for (std::size_t i = 0; i < good.size(); ++i) {
    EXPECT_FALSE(decode_cose_key(BytesView(good).first(i))) << i;
  }
  // Every bit of the structure matters; a changed coordinate is off the curve but for a chance of
  // about one half in x, so only the structure is walked here.
  for (std::size_t i = 0; i < 10; ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      auto changed = good;
      changed[i] ^= static_cast<Byte>(1U << bit);
      EXPECT_FALSE(decode_cose_key(changed)) << i << " " << bit;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(BothAlgorithms, PasskeyTest,
                         testing::Values(CoseAlgorithm::es256, CoseAlgorithm::eddsa));

TEST_F(AccountsTest, UnknownNamesGetAStablePasskeyQuestion) {
  const auto first = accounts_->begin_assertion("nobody");
  const auto second = accounts_->begin_assertion("nobody");
  const auto other = accounts_->begin_assertion("noone");
  ASSERT_TRUE(first && second && other);
  ASSERT_EQ(first->credentials.size(), 1U);
  EXPECT_EQ(first->credentials, second->credentials);
  EXPECT_NE(first->credentials, other->credentials);
  EXPECT_NE(first->challenge.challenge, second->challenge.challenge);
  // Answering it is refused in the same words as a wrong signature for a known name.
  TestAuthenticator device(CoseAlgorithm::es256);
  device.credential = first->credentials[0];
  const auto unknown =
      accounts_->sign_in_with_passkey("nobody", device.assertion(first->challenge));
  const auto invitation = code();
  TestAuthenticator real(CoseAlgorithm::es256);
  const auto question = accounts_->begin_registration(invitation, "robin");
  ASSERT_TRUE(
      accounts_->create_with_passkey(invitation, "robin", real.registration(question->challenge)));
  const auto asked = accounts_->begin_assertion("robin");
  device.credential = asked->credentials[0];
  const auto wrong = accounts_->sign_in_with_passkey("robin", device.assertion(asked->challenge));
  ASSERT_FALSE(unknown);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(unknown.error().message(), wrong.error().message());
}

TEST_F(AccountsTest, PasskeyQuestionsAreBoundedAndExpire) {
  for (int i = 0; i < 8; ++i) {
    EXPECT_TRUE(accounts_->begin_assertion("nobody"));
  }
  EXPECT_EQ(accounts_->begin_assertion("nobody").error().code, ErrorCode::too_many_requests);
  pass(kChallengeMillis);
  EXPECT_TRUE(accounts_->begin_assertion("nobody"));
}

TEST_F(AccountsTest, OnlyPeopleAreFoundAndOnlyByTheirExactName) {
  ASSERT_TRUE(accounts_->create_with_password(code(), "robin", "a long password"));
  ASSERT_TRUE(accounts_->create_with_password(code(Role::reviewer), "reader", "a long password"));
  EXPECT_TRUE(accounts_->find_person("robin").value());
  EXPECT_FALSE(accounts_->find_person("robi").value());
  EXPECT_FALSE(accounts_->find_person("reader").value());
}

TEST_F(AccountsTest, StaffHaveTheRoleAndTheScopesThatTheyWereInvitedWith) {
  for (const auto role : kRoles) {
    if (!is_staff(role)) {
      continue;
    }
    const std::string name(name_of(role));
    const auto invitation =
        accounts_->invite(InvitationTerms{role, {"grooming", "threat"}}, std::nullopt).value();
    EXPECT_EQ(accounts_->look_at_invitation(invitation)->role, role);
    const auto made = accounts_->create_with_password(invitation, name, "a long password");
    ASSERT_TRUE(made) << made.error().message();
    EXPECT_EQ(made->account.role, role);
    for (const auto& account :
         {accounts_->session(made->token)->account, accounts_->account(made->account.id).value(),
          accounts_->sign_in_with_password(name, "a long password")->account}) {
      EXPECT_EQ(account.role, role);
      EXPECT_EQ(account.scopes, (std::vector<std::string>{"grooming", "threat"}));
      EXPECT_TRUE(account.sees("threat"));
      EXPECT_FALSE(account.sees("other"));
    }
    EXPECT_FALSE(accounts_->find_person(name).value());
  }
  EXPECT_EQ(entries_of("staff.invite"), kRoles.size() - 1);
  EXPECT_EQ(entries_of("staff.join"), kRoles.size() - 1);
  EXPECT_EQ(entries_of("session.start"), 2 * (kRoles.size() - 1));
}

TEST_F(AccountsTest, WithoutScopesStaffSeeEverythingAndPeopleHaveNone) {
  const auto made =
      accounts_->create_with_password(code(Role::senior), "reader", "a long password");
  EXPECT_TRUE(made->account.sees("anything"));
  EXPECT_EQ(accounts_->invite(InvitationTerms{Role::person, {"threat"}}, std::nullopt).error().code,
            ErrorCode::bad_argument);
  for (const std::string bad : {"", "a,b", "Threat", "threat "}) {
    EXPECT_FALSE(accounts_->invite(InvitationTerms{Role::legal, {bad}}, std::nullopt)) << bad;
  }
  EXPECT_FALSE(accounts_->invite(InvitationTerms{Role::legal, std::vector<std::string>(17, "a")},
                                 std::nullopt));
}

TEST_F(AccountsTest, WhatTheLogDoesNotTakeDoesNotHappen) {
  const auto staff = code(Role::legal);
  ASSERT_TRUE(accounts_->create_with_password(staff, "counsel", "a long password"));
  const auto next = code(Role::auditor);
  log_fails_ = true;
  EXPECT_EQ(accounts_->invite(Role::admin, std::nullopt).error().code, ErrorCode::storage_failed);
  EXPECT_FALSE(accounts_->create_with_password(next, "reads", "a long password"));
  EXPECT_TRUE(accounts_->look_at_invitation(next)->usable);
  EXPECT_FALSE(accounts_->sign_in_with_password("counsel", "a long password"));
  // People's own doings are not in the log, so they go on.
  EXPECT_TRUE(accounts_->create_with_password(code(), "robin", "a long password"));
  log_fails_ = false;
  EXPECT_TRUE(accounts_->create_with_password(next, "reads", "a long password"));
}

TEST_F(AccountsTest, StaffAreSignedOutWhenIdleAndEverywhere) {
  const auto first = join(Role::reviewer, "reader");
  // Used every ten minutes: stays. The background of a page is not a person.
  for (int i = 0; i < 3; ++i) {
    pass(kStaffIdleMillis * 2 / 3);
    ASSERT_TRUE(accounts_->session(first.token));
  }
  pass(kStaffIdleMillis * 2 / 3);
  ASSERT_TRUE(accounts_->session(first.token, Activity::background));
  pass(kStaffIdleMillis * 2 / 3);
  EXPECT_EQ(accounts_->session(first.token).error().code, ErrorCode::not_signed_in);
  EXPECT_EQ(accounts_->session(first.token).error().code, ErrorCode::not_signed_in);

  const auto here = again("reader");
  const auto there = again("reader");
  ASSERT_TRUE(accounts_->sign_out(accounts_->session(here.token)->token));
  EXPECT_FALSE(accounts_->session(there.token));
  EXPECT_EQ(entries_of("session.end"), 1U);

  // People stay signed in on their other devices, and for hours.
  const auto one = accounts_->create_with_password(code(), "robin", "a long password").value();
  const auto two = accounts_->sign_in_with_password("robin", "a long password").value();
  pass(kStaffIdleMillis * 2);
  ASSERT_TRUE(accounts_->sign_out(accounts_->session(one.token)->token));
  EXPECT_TRUE(accounts_->session(two.token));
}

TEST_F(AccountsTest, AccessEndsAtOnceAndBringsNobodyBack) {
  const auto boss = join(Role::admin, "boss");
  const auto reader = join(Role::reviewer, "reader");
  EXPECT_EQ(accounts_->remove_staff(boss.account.id, boss.account.id).error().code,
            ErrorCode::same_person);
  EXPECT_EQ(accounts_->remove_staff(boss.account.id, reader.account.id).error().code,
            ErrorCode::not_allowed);
  EXPECT_EQ(accounts_->staff()->size(), 2U);
  const auto counsel =
      accounts_->create_with_password(code(Role::legal), "counsel", "a long password").value();
  ASSERT_TRUE(accounts_->remove_staff(counsel.account.id, boss.account.id));
  ASSERT_TRUE(accounts_->remove_staff(reader.account.id, boss.account.id));
  EXPECT_FALSE(accounts_->session(reader.token));
  EXPECT_FALSE(
      accounts_->sign_in_with_provider({"https://login.example.org", "reader", ""}, std::nullopt));
  EXPECT_FALSE(accounts_->sign_in_with_password("counsel", "a long password"));
  EXPECT_EQ(accounts_->staff()->size(), 1U);
  EXPECT_EQ(accounts_->remove_staff(reader.account.id, boss.account.id).error().code,
            ErrorCode::not_found);
  // What they did keeps their name.
  EXPECT_EQ(accounts_->account(reader.account.id)->name, "reader");
  const auto by = [&](Permission permission) {
    return database_->read([&](store::Transaction& tx) -> Status {
      return accounts_->check(tx, reader.account.id, permission);
    });
  };
  EXPECT_EQ(by(Permission::read_cases).error().code, ErrorCode::not_allowed);
}

TEST_F(AccountsTest, TheServicesOwnAccountIsNobody) {
  const AccountId service{ByteArray<16>{}};
  ASSERT_EQ(database_
                ->read([&](store::Transaction& tx) -> Result<std::int64_t> {
                  return tx.row("SELECT count(*) FROM account WHERE id = ?", service)->integer(0);
                })
                .value(),
            1);
  const auto boss = join(Role::admin, "boss");
  ASSERT_EQ(accounts_->staff()->size(), 1U);
  EXPECT_EQ(accounts_->staff()->front().id, boss.account.id);
  EXPECT_EQ(accounts_->account(service).error().code, ErrorCode::not_found);
  EXPECT_EQ(database_
                ->read([&](store::Transaction& tx) -> Status {
                  return accounts_->check(tx, service, Permission::read_cases);
                })
                .error()
                .code,
            ErrorCode::not_allowed);
  EXPECT_FALSE(accounts_->sign_in_with_password("(service)", "a long password"));
}

TEST_F(AccountsTest, ANewRoleHoldsForOpenSessions) {
  const auto reader = join(Role::reviewer, "reader");
  const auto robin = accounts_->create_with_password(code(), "robin", "a long password").value();
  const auto set = [&](const AccountId& id, const InvitationTerms& terms) {
    return database_->write(
        [&](store::Transaction& tx) -> Status { return accounts_->set_staff(tx, id, terms, id); });
  };
  ASSERT_TRUE(set(reader.account.id, {Role::senior, {"threat"}}));
  EXPECT_EQ(accounts_->session(reader.token)->account.role, Role::senior);
  EXPECT_FALSE(accounts_->session(reader.token)->account.sees("other"));
  EXPECT_EQ(set(reader.account.id, {Role::person}).error().code, ErrorCode::bad_argument);
  EXPECT_EQ(set(robin.account.id, {Role::admin}).error().code, ErrorCode::not_found);
  EXPECT_EQ(accounts_->session(robin.token)->account.role, Role::person);
}

TEST_F(AccountsTest, AProviderSignsInWhoWasInvitedAndNobodyElse) {
  const auto sign_in = [&](const std::string& subject, std::optional<std::string> with = {}) {
    return accounts_->sign_in_with_provider(
        {"https://login.example.org", subject, "Robin.Reader@example.org"}, with);
  };
  EXPECT_EQ(sign_in("sub-1").error().code, ErrorCode::oidc_not_invited);
  const auto named =
      accounts_->invite(InvitationTerms{Role::legal, {}, "sub-1"}, std::nullopt).value();
  // The code of an invitation for a subject opens nothing in another way, or for another subject.
  EXPECT_FALSE(accounts_->look_at_invitation(named)->usable);
  EXPECT_FALSE(accounts_->create_with_password(named, "robin", "a long password"));
  EXPECT_EQ(sign_in("sub-2", named).error().code, ErrorCode::code_used);
  const auto first = sign_in("sub-1");
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(first->account.role, Role::legal);
  EXPECT_EQ(first->account.name, "robinreader");
  const auto again = sign_in("sub-1");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->account.id, first->account.id);

  // By a one-time code of staff; one of people opens nothing here.
  EXPECT_EQ(sign_in("sub-3", code()).error().code, ErrorCode::code_used);
  const auto spare = code(Role::auditor);
  const auto third = sign_in("sub-3", spare);
  ASSERT_TRUE(third);
  EXPECT_EQ(third->account.role, Role::auditor);
  EXPECT_NE(third->account.name, first->account.name);
  EXPECT_TRUE(is_name(third->account.name));
  EXPECT_EQ(sign_in("sub-4", spare).error().code, ErrorCode::code_used);

  // Another issuer with the same subject is somebody else.
  EXPECT_EQ(
      accounts_->sign_in_with_provider({"https://other.example.org", "sub-1", ""}, std::nullopt)
          .error()
          .code,
      ErrorCode::oidc_not_invited);
  // Who has left does not come back by a new invitation for the same subject.
  const auto boss = join(Role::admin, "boss");
  ASSERT_TRUE(accounts_->remove_staff(first->account.id, boss.account.id));
  (void)accounts_->invite(InvitationTerms{Role::legal, {}, "sub-1"}, std::nullopt).value();
  EXPECT_EQ(sign_in("sub-1").error().code, ErrorCode::oidc_not_invited);
}

TEST_F(AccountsTest, CapturesAreOfPeopleForALimitedTimeAndReadingThemIsLogged) {
  const auto robin = accounts_->create_with_password(code(), "robin", "a long password").value();
  const auto reader = join(Role::reviewer, "reader");
  Captures captures(*database_, clock_, 90, sink());
  constexpr std::string_view kAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0";
  const auto record = [&](const AccountId& who, CaptureEvent event, std::string_view address) {
    ASSERT_TRUE(captures.record(who, event, address, 55001, kAgent));
  };
  record(robin.account.id, CaptureEvent::registration, "192.0.2.4");
  pass(1);
  record(robin.account.id, CaptureEvent::login, "2001:db8::1");
  record(robin.account.id, CaptureEvent::upload, "");
  record(reader.account.id, CaptureEvent::login, "192.0.2.5");
  const auto read = [&](const AccountId& who, UnixMillis since) {
    return captures.captures(who, since, reader.account.id, "case:00");
  };
  const auto all = read(robin.account.id, UnixMillis{0}).value();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].event, CaptureEvent::registration);
  EXPECT_EQ(all[0].address, "192.0.2.4");
  EXPECT_EQ(all[0].port, 55001);
  EXPECT_EQ(all[0].user_agent, "Firefox on Linux");
  EXPECT_EQ(all[1].at, clock_.now());
  EXPECT_EQ(read(robin.account.id, clock_.now())->size(), 1U);
  EXPECT_EQ(read(reader.account.id, UnixMillis{0})->size(), 0U);
  EXPECT_EQ(entries_of("capture.read"), 3U);
  log_fails_ = true;
  EXPECT_FALSE(read(robin.account.id, UnixMillis{0}));
  log_fails_ = false;
  pass(89ULL * 24 * 3600 * 1000);
  ASSERT_TRUE(captures.forget_old());
  EXPECT_EQ(read(robin.account.id, UnixMillis{0})->size(), 2U);
  pass(24ULL * 3600 * 1000);
  ASSERT_TRUE(captures.forget_old());
  EXPECT_EQ(read(robin.account.id, UnixMillis{0})->size(), 0U);

  Captures off(*database_, clock_, 0, sink());
  ASSERT_TRUE(off.record(robin.account.id, CaptureEvent::login, "192.0.2.4", 1, kAgent));
  EXPECT_EQ(read(robin.account.id, UnixMillis{0})->size(), 0U);
}

TEST_F(AccountsTest, CapturesOfAHeldAccountStayWhileItIsHeld) {
  const auto held = accounts_->create_with_password(code(), "robin", "a long password").value();
  const auto other = accounts_->create_with_password(code(), "kim", "a long password").value();
  Captures captures(*database_, clock_, 90, sink());
  for (const auto& who : {held.account.id, other.account.id}) {
    ASSERT_TRUE(captures.record(who, CaptureEvent::login, "192.0.2.4", 1, "x"));
  }
  const ReportId id{rng_.array<16>()};
  const auto run = [&](std::string_view sql, const auto&... values) {
    ASSERT_TRUE(database_->write([&](store::Transaction& tx) -> Status {
      tx.run(sql, values...);
      return {};
    }));
  };
  run("INSERT INTO report(id, number, reporter, client_id, request_mac, alleged, reason, "
      "received_ms, messages, verified, state, wrapped_key, case_id) "
      "VALUES(?, 1, ?, 'c', x'00', ?, 'other', 0, 0, 0, 'open', x'010203', ?)",
      id, other.account.id, held.account.id, id);
  run("INSERT INTO hold(case_id, basis, reference, placed_ms, until_ms, state) "
      "VALUES(?, 'report_2258a', '', 0, 9, 'live')",
      id);
  pass(91ULL * 24 * 3600 * 1000);
  ASSERT_TRUE(captures.forget_old());
  const auto left = [&](const AccountId& who) {
    return captures.captures(who, UnixMillis{0}, std::nullopt, "case:00")->size();
  };
  EXPECT_EQ(left(held.account.id), 1U);
  EXPECT_EQ(left(other.account.id), 0U);
  run("UPDATE hold SET state = 'expired'");
  ASSERT_TRUE(captures.forget_old());
  EXPECT_EQ(left(held.account.id), 0U);
}

TEST(UserAgent, OnlyFamilyAndSystemAreKept) {
  EXPECT_EQ(user_agent_class("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) "
                             "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"),
            "Edge on Windows");
  EXPECT_EQ(user_agent_class("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) "
                             "AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1"),
            "Safari on iOS");
  EXPECT_EQ(user_agent_class("Mozilla/5.0 (Linux; Android 15; Model-7 Build/X1) Chrome/140.0"),
            "Chrome on Android");
  EXPECT_EQ(user_agent_class("serial 12345"), "other");
  EXPECT_EQ(user_agent_class(""), "other");
}

TEST(Roles, NamesGoThereAndBack) {
  for (const auto role : kRoles) {
    EXPECT_EQ(role_from_name(name_of(role)).value(), role);
  }
  EXPECT_EQ(role_from_name("root").error().code, ErrorCode::bad_argument);
}

TEST(Roles, NobodyHasBothEvidenceAndTheKeysToTheHouse) {
  using enum Permission;
  for (const auto role : kRoles) {
    // Who reads the log or lets people in never reads evidence.
    for (const auto apart : {read_audit, invite_staff}) {
      EXPECT_FALSE(may(role, read_cases) && may(role, apart)) << name_of(role);
    }
    EXPECT_EQ(may(role, Permission::read_audit), role == Role::auditor);
    for (const auto permission : kPermissions) {
      EXPECT_FALSE(role == Role::person && may(role, permission));
      EXPECT_FALSE(role == Role::auditor && permission != read_audit && may(role, permission));
    }
  }
}

/// What docs/reference/roles.md says, as "role permission".
std::set<std::string> documented_rights() {
  std::ifstream in(std::string(LK_SOURCE_DIR) + "/docs/reference/roles.md");
  std::set<std::string> out;
  std::vector<std::string> columns;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("| ")) {
      continue;
    }
    std::vector<std::string> cells;
    std::stringstream row(line);
    for (std::string cell; std::getline(row, cell, '|');) {
      std::erase(cell, ' ');
      std::erase(cell, '`');
      cells.push_back(cell);
    }
    if (columns.empty()) {
      columns = cells;
      continue;
    }
    for (std::size_t i = 2; i < cells.size() && i < columns.size(); ++i) {
      if (cells[i] == "yes") {
        out.insert(columns[i] + " " + cells[1]);
      }
    }
  }
  return out;
}

TEST(Roles, TheTableIsTheOneOfTheReference) {
  std::set<std::string> ours;
  for (const auto role : kRoles) {
    for (const auto permission : kPermissions) {
      if (may(role, permission)) {
        ours.insert(std::string(name_of(role)) + " " + std::string(name_of(permission)));
      }
    }
  }
  EXPECT_EQ(ours, documented_rights());
}

TEST(Roles, PseudonymsStayTheSameAndTellAccountsApart) {
  const AccountId one{ByteArray<16>{1}}, two{ByteArray<16>{2}};
  EXPECT_EQ(pseudonym_of(one), pseudonym_of(one));
  EXPECT_NE(pseudonym_of(one), pseudonym_of(two));
  EXPECT_EQ(pseudonym_of(one).size(), 8U);
  EXPECT_TRUE(pseudonym_of(one).starts_with("R-"));
}

/// Whether any file of a folder holds these bytes.
bool folder_holds(const std::filesystem::path& folder, std::string_view needle) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(in), {}};
      if (text.find(needle) != std::string::npos) {
        return true;
      }
    }
  }
  return false;
}

TEST_F(AccountsTest, CodesTokensAndPasswordsAreNotOnDisk) {
  const auto invitation = code();
  const auto made = accounts_->create_with_password(invitation, "robin", "a long password");
  ASSERT_TRUE(made);
  for (const std::string_view secret : {std::string_view(invitation), std::string_view(made->token),
                                        std::string_view("a long password")}) {
    EXPECT_FALSE(folder_holds(folder_.path(), secret));
    EXPECT_FALSE(
        folder_holds(folder_.path(), as_text(from_base64url(secret).value_or(Bytes(20, 0xfe)))));
  }
  // The scanner sees what is really there: the name, and a planted token.
  EXPECT_TRUE(folder_holds(folder_.path(), "robin"));
  ASSERT_TRUE(database_->write([&](store::Transaction& tx) -> Status {
    tx.run("UPDATE account SET password_hash = ?", made->token);
    return {};
  }));
  EXPECT_TRUE(folder_holds(folder_.path(), made->token));
}

TEST_F(AccountsTest, ExpiredThingsAreForgotten) {
  ASSERT_TRUE(accounts_->create_with_password(code(), "robin", "a long password"));
  (void)code();
  const auto count = [&] {
    return database_
        ->read([](store::Transaction& tx) -> Result<std::int64_t> {
          return tx
              .row("SELECT (SELECT count(*) FROM session) + (SELECT count(*) FROM invitation)")
              ->integer(0);
        })
        .value();
  };
  ASSERT_TRUE(accounts_->forget_expired());
  EXPECT_EQ(count(), 3);
  pass(8ULL * 24 * 3600 * 1000 + 1);
  ASSERT_TRUE(accounts_->forget_expired());
  EXPECT_EQ(count(), 0);
}

}  // namespace
}  // namespace lightkeeper::accounts
