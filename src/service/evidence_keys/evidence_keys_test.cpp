#include "service/evidence_keys/evidence_keys.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <p11-kit/pkcs11.h>
#include <thread>

#include "core/base/codec.hpp"
#include "service/evidence_keys/rewrap.hpp"
#include "service/evidence_keys/token.hpp"
#include "service/store/temporary_folder.hpp"

namespace lightkeeper::evidence_keys {
namespace {

using testing::HasSubstr;

const std::filesystem::path kModule = "/usr/lib/softhsm/libsofthsm2.so";
constexpr std::string_view kPin = "a-pin-for-tests";

Bytes of_case(int i) { return Writer().text("case").u32(static_cast<std::uint32_t>(i)).take(); }
SecretBytes case_key(int i) { return SecretBytes(Bytes(32, static_cast<Byte>(i))); }

std::unique_ptr<EvidenceKeys> ring(std::unique_ptr<WrappingKey> first,
                                   std::unique_ptr<WrappingKey> other = nullptr) {
  std::vector<std::unique_ptr<WrappingKey>> others;
  if (other) {
    others.push_back(std::move(other));
  }
  return std::make_unique<EvidenceKeys>(std::move(first), std::move(others));
}

class EvidenceKeysTest : public testing::Test {
 protected:
  EvidenceKeysTest() { EXPECT_TRUE(crypto::initialise()); }
  std::unique_ptr<WrappingKey> from_file(Byte fill) {
    return file_key(SecretBytes(Bytes(32, fill)), rng_);
  }
  crypto::SeededRng rng_{7};
};

/// What holds for every kind of key.
void check_wrapping(EvidenceKeys& keys) {
  const auto wrapped = keys.wrap(of_case(1), case_key(1)).value();
  EXPECT_EQ(wrapped.size(), 69U);
  EXPECT_TRUE(keys.is_current(wrapped));
  EXPECT_EQ(keys.unwrap(of_case(1), wrapped).value(), case_key(1));
  EXPECT_NE(keys.wrap(of_case(1), case_key(1)).value(), wrapped) << "a nonce never twice";
  EXPECT_EQ(keys.unwrap(of_case(2), wrapped).error().code, ErrorCode::decryption_failed)
      << "another case's key";
  for (std::size_t size = 0; size < wrapped.size(); ++size) {
    EXPECT_EQ(keys.unwrap(of_case(1), BytesView(wrapped).first(size)).error().code,
              ErrorCode::decryption_failed)
        << size;
  }
  for (std::size_t byte = 0; byte < wrapped.size(); ++byte) {
    auto changed = wrapped;
    changed[byte] ^= 1;
    EXPECT_EQ(keys.unwrap(of_case(1), changed).error().code, ErrorCode::decryption_failed) << byte;
  }
  auto longer = wrapped;
  longer.push_back(0);
  EXPECT_EQ(keys.unwrap(of_case(1), longer).error().code, ErrorCode::decryption_failed);
  longer.resize(10'000);
  EXPECT_EQ(keys.unwrap(of_case(1), longer).error().code, ErrorCode::decryption_failed);
  EXPECT_EQ(keys.wrap(of_case(1), SecretBytes(65)).error().code, ErrorCode::too_large);
  EXPECT_EQ(keys.unwrap(of_case(1), wrapped).value(), case_key(1)) << "still at work";
}

TEST_F(EvidenceKeysTest, AFileKeyWraps) { check_wrapping(*ring(from_file(1))); }

TEST_F(EvidenceKeysTest, WhatWasWrappedBeforeKeysHadIdsOpens) {
  const SecretBytes root(Bytes(32, 1));
  const crypto::AeadKey key{
      crypto::hkdf_sha256(root.expose_secret(), {}, as_bytes("lightkeeper case keys v1"), 32)};
  const crypto::AeadNonce nonce = rng_.array<12>();
  const auto old =
      concat({nonce, crypto::aead_seal(key, nonce, of_case(1), case_key(1).expose_secret())});
  const auto keys = ring(from_file(1));
  EXPECT_EQ(keys->unwrap(of_case(1), old).value(), case_key(1));
  EXPECT_FALSE(keys->is_current(old));
  EXPECT_EQ(keys->unwrap(of_case(2), old).error().code, ErrorCode::decryption_failed);
  EXPECT_EQ(ring(from_file(2))->unwrap(of_case(1), old).error().code, ErrorCode::decryption_failed);
}

TEST_F(EvidenceKeysTest, AnOlderKeyStillOpensAndNoLongerWraps) {
  const auto wrapped = ring(from_file(1))->wrap(of_case(1), case_key(1)).value();
  const auto both = ring(from_file(2), from_file(1));
  EXPECT_EQ(both->unwrap(of_case(1), wrapped).value(), case_key(1));
  EXPECT_FALSE(both->is_current(wrapped));
  const auto fresh = both->wrap(of_case(1), case_key(1)).value();
  EXPECT_EQ(ring(from_file(2))->unwrap(of_case(1), fresh).value(), case_key(1));
  EXPECT_THAT(ring(from_file(2))->unwrap(of_case(1), wrapped).error().message(),
              HasSubstr("not at hand"));
}

// --- Tokens --------------------------------------------------------------------------------------

/// A SoftHSM token in a folder of its own.
class TokenTest : public EvidenceKeysTest {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kModule)) {
      GTEST_SKIP() << "SoftHSM 2 is not installed (tools/packages.txt)";
    }
    std::filesystem::create_directory(tokens_);
    std::ofstream(folder_.path() / "softhsm2.conf")
        << "directories.tokendir = " << tokens_.string() << "\nobjectstore.backend = file\n"
        << "log.level = ERROR\n";
    ::setenv("SOFTHSM2_CONF", (folder_.path() / "softhsm2.conf").c_str(), 1);
    make_token("evidence");
    write_pin(kPin, 0600);
  }
  void make_token(const std::string& label) {
    const auto command = "softhsm2-util --module " + kModule.string() +
                         " --init-token --free --label " + label + " --so-pin 12345678 --pin " +
                         std::string(kPin) + " >/dev/null 2>&1";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
  void write_pin(std::string_view pin, mode_t mode) {
    std::ofstream(settings_.pin_file) << pin << "\n";
    ::chmod(settings_.pin_file.c_str(), mode);
  }
  std::unique_ptr<EvidenceKeys> from_token() {
    EXPECT_TRUE(make_token_key(settings_, rng_));
    return ring(token_key(settings_, rng_).value());
  }
  /// Somebody else in this process ends PKCS#11, as a plug-in might.
  static CK_FUNCTION_LIST_PTR functions() {
    void* library = ::dlopen(kModule.c_str(), RTLD_NOW | RTLD_LOCAL);
    CK_FUNCTION_LIST_PTR list = nullptr;
    reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"))(&list);
    return list;
  }

  store::TemporaryFolder folder_;
  std::filesystem::path tokens_ = folder_.path() / "tokens";
  TokenSettings settings_{kModule, "evidence", folder_.path() / "pin", "case-keys"};
};

TEST_F(TokenTest, ATokenKeyWraps) { check_wrapping(*from_token()); }

TEST_F(TokenTest, TheKeyOutlivesTheProcessAndKeepsItsId) {
  const auto wrapped = from_token()->wrap(of_case(1), case_key(1)).value();
  const auto again = ring(token_key(settings_, rng_).value());
  EXPECT_TRUE(again->is_current(wrapped));
  EXPECT_EQ(again->unwrap(of_case(1), wrapped).value(), case_key(1));
  EXPECT_EQ(make_token_key(settings_, rng_).error().code, ErrorCode::already_exists);
}

TEST_F(TokenTest, TheKeyDoesNotLeaveTheToken) {
  const auto keys = from_token();
  auto* list = functions();
  CK_SLOT_ID slot = 0;
  CK_ULONG count = 1;
  ASSERT_EQ(list->C_GetSlotList(CK_TRUE, nullptr, &count), CKR_OK);
  std::vector<CK_SLOT_ID> slots(count);
  ASSERT_EQ(list->C_GetSlotList(CK_TRUE, slots.data(), &count), CKR_OK);
  slot = slots.front();
  CK_SESSION_HANDLE session = 0;
  ASSERT_EQ(
      list->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session),
      CKR_OK);
  const auto code =
      list->C_Login(session, CKU_USER, const_cast<CK_BYTE_PTR>(as_bytes(kPin).data()), kPin.size());
  ASSERT_TRUE(code == CKR_OK || code == CKR_USER_ALREADY_LOGGED_IN);
  const auto find = [&](const std::string& label) {
    CK_ATTRIBUTE wanted{CKA_LABEL, const_cast<char*>(label.data()), label.size()};
    CK_OBJECT_HANDLE key = 0;
    CK_ULONG found = 0;
    EXPECT_EQ(list->C_FindObjectsInit(session, &wanted, 1), CKR_OK);
    EXPECT_EQ(list->C_FindObjects(session, &key, 1, &found), CKR_OK);
    EXPECT_EQ(found, 1U);
    list->C_FindObjectsFinal(session);
    return key;
  };
  const auto read = [&](CK_OBJECT_HANDLE key) {
    ByteArray<64> bytes{};
    CK_ATTRIBUTE value{CKA_VALUE, bytes.data(), bytes.size()};
    return list->C_GetAttributeValue(session, key, &value, 1);
  };
  EXPECT_EQ(read(find("case-keys")), CKR_ATTRIBUTE_SENSITIVE);
  CK_BBOOL yes = CK_TRUE;
  CK_ATTRIBUTE extractable{CKA_EXTRACTABLE, &yes, sizeof(yes)};
  EXPECT_NE(list->C_SetAttributeValue(session, find("case-keys"), &extractable, 1), CKR_OK);

  // Planted: a key that may be read is read by the same means, and is refused as evidence key.
  CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
  CK_BBOOL no = CK_FALSE;
  CK_ULONG length = 32;
  std::string label = "open";
  std::array<CK_ATTRIBUTE, 7> open{{{CKA_TOKEN, &yes, sizeof(yes)},
                                    {CKA_SENSITIVE, &no, sizeof(no)},
                                    {CKA_EXTRACTABLE, &yes, sizeof(yes)},
                                    {CKA_ENCRYPT, &yes, sizeof(yes)},
                                    {CKA_DECRYPT, &yes, sizeof(yes)},
                                    {CKA_VALUE_LEN, &length, sizeof(length)},
                                    {CKA_LABEL, label.data(), label.size()}}};
  CK_OBJECT_HANDLE made = 0;
  ASSERT_EQ(list->C_GenerateKey(session, &mechanism, open.data(), open.size(), &made), CKR_OK);
  EXPECT_EQ(read(find("open")), CKR_OK);
  list->C_CloseSession(session);
  auto other = settings_;
  other.key = "open";
  const auto refused = token_key(other, rng_);
  EXPECT_EQ(refused.error().code, ErrorCode::bad_configuration);
  EXPECT_THAT(refused.error().message(), HasSubstr("may leave the token"));
}

TEST_F(TokenTest, SettingsThatCannotWorkAreNamed) {
  const auto refused = [&](const TokenSettings& settings) {
    const auto opened = token_key(settings, rng_);
    EXPECT_FALSE(opened);
    return opened.error();
  };
  EXPECT_EQ(refused(settings_).code, ErrorCode::not_found) << "no key yet";
  EXPECT_THAT(refused(settings_).message(), HasSubstr("data evidence-key"));

  auto other = settings_;
  other.module = "/usr/lib/no-such-module.so";
  EXPECT_EQ(refused(other).code, ErrorCode::bad_configuration);
  EXPECT_THAT(refused(other).message(), HasSubstr("cannot be loaded"));
  other.module = "/lib/x86_64-linux-gnu/libm.so.6";
  if (std::filesystem::exists(other.module)) {
    EXPECT_THAT(refused(other).message(), HasSubstr("not a PKCS#11 module"));
  }
  other = settings_;
  other.token = "another";
  EXPECT_THAT(refused(other).message(), HasSubstr("no token has this label"));
  other = settings_;
  other.pin_file = folder_.path() / "no-pin";
  EXPECT_THAT(refused(other).message(), HasSubstr("PIN file cannot be read"));
  write_pin(kPin, 0644);
  EXPECT_THAT(refused(settings_).message(), HasSubstr("chmod 600"));
  write_pin("", 0600);
  EXPECT_THAT(refused(settings_).message(), HasSubstr("empty"));
  write_pin("not-the-pin", 0600);
  EXPECT_EQ(refused(settings_).code, ErrorCode::bad_configuration);
  EXPECT_THAT(refused(settings_).message(), HasSubstr("refuses the PIN"));
  write_pin(kPin, 0600);
  make_token("evidence");
  functions()->C_Finalize(nullptr);
  EXPECT_THAT(refused(settings_).message(), HasSubstr("more than one token"));
}

TEST_F(TokenTest, ASessionThatWasLostIsOpenedAgain) {
  const auto keys = from_token();
  const auto wrapped = keys->wrap(of_case(1), case_key(1)).value();
  ASSERT_EQ(functions()->C_Finalize(nullptr), CKR_OK);
  EXPECT_EQ(keys->unwrap(of_case(1), wrapped).value(), case_key(1));
  ASSERT_EQ(functions()->C_Finalize(nullptr), CKR_OK);
  EXPECT_TRUE(keys->wrap(of_case(2), case_key(2)));
}

TEST_F(TokenTest, ATokenThatIsGoneIsUnavailableUntilItIsBack) {
  const auto keys = from_token();
  const auto wrapped = keys->wrap(of_case(1), case_key(1)).value();
  const auto away = folder_.path() / "away";
  std::filesystem::rename(tokens_, away);
  std::filesystem::create_directory(tokens_);
  ASSERT_EQ(functions()->C_Finalize(nullptr), CKR_OK);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(keys->unwrap(of_case(1), wrapped).error().code, ErrorCode::unavailable);
    EXPECT_EQ(keys->wrap(of_case(1), case_key(1)).error().code, ErrorCode::unavailable);
  }
  std::filesystem::remove_all(tokens_);
  std::filesystem::rename(away, tokens_);
  functions()->C_Finalize(nullptr);
  EXPECT_EQ(keys->unwrap(of_case(1), wrapped).value(), case_key(1));
}

TEST_F(TokenTest, AKeyThatWasDestroyedInTheTokenOpensNothing) {
  const auto keys = from_token();
  const auto wrapped = keys->wrap(of_case(1), case_key(1)).value();
  // The token is made anew under the same label, with a new key under the same label.
  for (const auto& entry : std::filesystem::directory_iterator(tokens_)) {
    std::filesystem::remove_all(entry.path());
  }
  ASSERT_EQ(functions()->C_Finalize(nullptr), CKR_OK);
  make_token("evidence");
  const auto fresh = from_token();
  EXPECT_FALSE(fresh->is_current(wrapped));
  EXPECT_EQ(fresh->unwrap(of_case(1), wrapped).error().code, ErrorCode::decryption_failed);
  EXPECT_EQ(keys->unwrap(of_case(1), wrapped).error().code, ErrorCode::unavailable)
      << "a running service does not take the other key for its own";
}

TEST_F(TokenTest, ThreadsShareOneToken) {
  const auto keys = from_token();
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      crypto::SeededRng own(static_cast<std::uint64_t>(t));
      for (int i = 0; i < 50; ++i) {
        const auto wrapped = keys->wrap(of_case(t * 100 + i), case_key(i));
        const auto key = keys->unwrap(of_case(t * 100 + i), wrapped.value());
        right += key && *key == case_key(i) ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(right, 200);
}

// --- Rotation ------------------------------------------------------------------------------------

class RewrapTest : public TokenTest {
 protected:
  void SetUp() override {
    TokenTest::SetUp();
    database_ = store::Database::open(folder_.path() / "test.db", kSteps, UnixMillis{0}).value();
  }
  void fill(EvidenceKeys& keys, int count) {
    for (int i = 0; i < count; ++i) {
      const auto wrapped = keys.wrap(of_case(i), case_key(i)).value();
      ASSERT_TRUE(database_->write([&](store::Transaction& tx) -> Status {
        tx.run("INSERT INTO sealed(id, wrapped) VALUES(?, ?)", i, wrapped);
        return {};
      }));
    }
  }
  std::vector<WrappedColumn> columns() {
    return {{"sealed",
             [](store::Transaction& tx) {
               std::vector<WrappedColumn::Row> out;
               for (const auto& row : tx.rows("SELECT id, wrapped FROM sealed ORDER BY id")) {
                 out.push_back(
                     {{row.integer(0)}, of_case(static_cast<int>(row.integer(0))), row.blob(1)});
               }
               return out;
             },
             [](store::Transaction& tx, const WrappedColumn::Row& row, BytesView wrapped) {
               tx.run("UPDATE sealed SET wrapped = ? WHERE id = ? AND wrapped = ?", wrapped,
                      std::get<std::int64_t>(row.place[0]), row.wrapped);
             }}};
  }
  store::AuditSink sink() {
    return [this](store::Transaction&, const store::AuditEntry& entry) -> Status {
      entries_.push_back(entry);
      return {};
    };
  }
  Result<Rewrapped> run(EvidenceKeys& keys) {
    return rewrap(*database_, keys, columns(), sink(), [](std::uint64_t, std::uint64_t) {});
  }
  /// How many of `count` keys open under these keys.
  int open(EvidenceKeys& keys, int count) {
    return database_
        ->read([&](store::Transaction& tx) -> Result<int> {
          int out = 0;
          for (const auto& row : columns()[0].rows(tx)) {
            const auto key = keys.unwrap(row.associated, row.wrapped);
            out += key && *key == case_key(static_cast<int>(std::get<std::int64_t>(row.place[0])))
                       ? 1
                       : 0;
          }
          EXPECT_LE(out, count);
          return out;
        })
        .value();
  }

  static constexpr std::array kSteps{
      store::Migration{1, "CREATE TABLE sealed(id INTEGER PRIMARY KEY, wrapped BLOB NOT NULL)"}};
  std::unique_ptr<store::Database> database_;
  std::vector<store::AuditEntry> entries_;
};

TEST_F(RewrapTest, AllKeysMoveFromTheFileToTheTokenOnce) {
  fill(*ring(from_file(1)), 250);
  from_token();
  const auto both = ring(token_key(settings_, rng_).value(), from_file(1));
  const auto first = run(*both).value();
  EXPECT_EQ(first.keys, 250U);
  EXPECT_EQ(first.anew, 250U);
  EXPECT_EQ(first.closed, 0U);
  ASSERT_EQ(entries_.size(), 3U);
  EXPECT_EQ(entries_[0].action, "evidence.rewrap");
  EXPECT_EQ(entries_[2].detail, "50 keys");
  EXPECT_EQ(open(*ring(token_key(settings_, rng_).value()), 250), 250) << "without the file";
  EXPECT_EQ(open(*ring(from_file(1)), 250), 0) << "the file opens nothing any more";
  const auto second = run(*both).value();
  EXPECT_EQ(second.keys, 250U);
  EXPECT_EQ(second.anew, 0U);
  EXPECT_EQ(entries_.size(), 3U);
}

TEST_F(RewrapTest, WhatStopsInTheMiddleGoesOn) {
  fill(*ring(from_file(1)), 250);
  const auto both = ring(from_file(2), from_file(1));
  int batches = 0;
  const auto failing = [&](store::Transaction&, const store::AuditEntry&) -> Status {
    return ++batches == 2 ? Status(fail(ErrorCode::storage_failed, "test")) : Status();
  };
  EXPECT_EQ(rewrap(*database_, *both, columns(), failing, [](std::uint64_t, std::uint64_t) {})
                .error()
                .code,
            ErrorCode::storage_failed);
  EXPECT_EQ(open(*ring(from_file(2)), 250), 100) << "the batch without its entry is undone";
  EXPECT_EQ(open(*both, 250), 250) << "every key opens at any time";
  EXPECT_EQ(run(*both)->anew, 150U);
  EXPECT_EQ(open(*ring(from_file(2)), 250), 250);
}

TEST_F(RewrapTest, KilledAtAnyTimeEveryKeyOpens) {
  fill(*ring(from_file(1)), 400);
  database_.reset();
  for (int round = 0; round < 5; ++round) {
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      database_ = store::Database::open(folder_.path() / "test.db", kSteps, UnixMillis{0}).value();
      const auto both =
          ring(from_file(static_cast<Byte>(round + 2)), from_file(static_cast<Byte>(round + 1)));
      (void)rewrap(*database_, *both, columns(), sink(), [&](std::uint64_t done, std::uint64_t) {
        if (done >= 100 * static_cast<std::uint64_t>(round % 4 + 1)) {
          ::kill(::getpid(), SIGKILL);
        }
      });
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    database_ = store::Database::open(folder_.path() / "test.db", kSteps, UnixMillis{0}).value();
    const auto both =
        ring(from_file(static_cast<Byte>(round + 2)), from_file(static_cast<Byte>(round + 1)));
    EXPECT_EQ(open(*both, 400), 400) << round;
    ASSERT_TRUE(run(*both));
    EXPECT_EQ(open(*ring(from_file(static_cast<Byte>(round + 2))), 400), 400);
    database_.reset();
  }
}

TEST_F(RewrapTest, AKeyOfAStrangerIsLeftAndCounted) {
  fill(*ring(from_file(9)), 3);
  const auto both = ring(from_file(2), from_file(1));
  const auto done = run(*both).value();
  EXPECT_EQ(done.anew, 0U);
  EXPECT_EQ(done.closed, 3U);
  EXPECT_EQ(open(*ring(from_file(9)), 3), 3);
}

TEST_F(RewrapTest, AKeyThatIsDestroyedMeanwhileStaysDestroyed) {
  fill(*ring(from_file(1)), 2);
  auto racing = columns();
  const auto rows = racing[0].rows;
  racing[0].rows = [rows](store::Transaction& tx) {
    auto out = rows(tx);
    tx.run("UPDATE sealed SET wrapped = x'' WHERE id = 1");
    return out;
  };
  const auto both = ring(from_file(2), from_file(1));
  ASSERT_TRUE(rewrap(*database_, *both, racing, sink(), [](std::uint64_t, std::uint64_t) {}));
  EXPECT_EQ(open(*both, 2), 1);
}

}  // namespace
}  // namespace lightkeeper::evidence_keys
