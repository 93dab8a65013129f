#include "service/messaging/messaging.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "service/messaging/attachments.hpp"
#include "service/store/files.hpp"
#include "service/store/temporary_folder.hpp"

namespace lightkeeper::messaging {
namespace {

constexpr crypto::Digest kNoSession{};

class MessagingTest : public testing::Test {
 protected:
  MessagingTest() {
    (void)store::make_private_directory(folder_.path() / "attachments");
    ada_ = person("ada");
    ben_ = person("ben");
    cleo_ = person("cleo");
  }
  AccountId person(std::string_view name, std::string_view role = "person") {
    const AccountId id{rng_.array<16>()};
    (void)database_->write([&](store::Transaction& tx) -> Status {
      tx.run("INSERT INTO account(id, name, role, created_ms) VALUES(?, ?, ?, 0)", id, name, role);
      return {};
    });
    return id;
  }
  ConversationId group(std::vector<AccountId> others, std::string client_id = "create") {
    const ConversationId id{rng_.array<16>()};
    const auto made = messaging_.create_conversation(
        Caller(ada_),
        {id, ConversationKind::group, std::move(others), std::move(client_id), 0, Bytes{1, 2, 3}});
    EXPECT_TRUE(made) << made.error().message();
    return id;
  }
  NewMessage message(const ConversationId& conversation, std::string client_id) {
    NewMessage out{conversation, std::move(client_id), to_bytes("opaque"), {}};
    out.commitment = rng_.array<32>();
    return out;
  }
  /// Everything that a device gets when it connects now, without acknowledging it.
  std::vector<Event> waiting(const Caller& who) {
    std::vector<Event> out;
    const auto id = relay_.subscribe(
        {who, {}, UnixMillis{~0ULL}, [&](const Event& event) { out.push_back(event); }, [] {}});
    relay_.unsubscribe(id.value());
    return out;
  }
  /// The client ids of the messages among them.
  std::vector<std::string> bodies(const Caller& who) {
    std::vector<std::string> out;
    for (const auto& event : waiting(who)) {
      if (event.kind == EventKind::message) {
        out.push_back(event.client_id);
      }
    }
    return out;
  }
  DeviceId device(const AccountId& account, Byte key) {
    clock_.set(UnixMillis{clock_.now().value + 1});
    const auto made = messaging_.use_device(kNoSession, account, Bytes(32, key), "");
    EXPECT_TRUE(made);
    return made.value_or(DeviceId{});
  }
  std::int64_t count(std::string_view sql) {
    return database_
        ->read(
            [&](store::Transaction& tx) -> Result<std::int64_t> { return tx.row(sql)->integer(0); })
        .value();
  }

  store::TemporaryFolder folder_;
  SetClock clock_{UnixMillis{1'800'000'000'000}};
  crypto::SystemRng rng_;
  std::unique_ptr<store::Database> database_ = std::move(*store::Database::open(
      folder_.path() / "service.db", store::service_migrations(), clock_.now()));
  StampKeys stamp_keys_{SecretBytes::copy_of(crypto::SystemRng().array<32>())};
  Relay relay_{*database_};
  Messaging messaging_{*database_, clock_, stamp_keys_, relay_};
  Attachments attachments_{*database_, clock_, rng_, folder_.path() / "attachments"};
  AccountId ada_, ben_, cleo_;
};

TEST_F(MessagingTest, AMessageReachesEveryOtherMemberInOrderWithAGenuineStamp) {
  const auto room = group({ben_, cleo_});
  const auto first = message(room, "m1");
  const auto accepted = messaging_.accept_message(Caller(ada_), first);
  ASSERT_TRUE(accepted) << accepted.error().message();
  EXPECT_EQ(accepted->seq.value, 1U);
  ASSERT_TRUE(
      messaging_.accept_message(Caller(ben_), message(room, "m1")));  // client ids are per sender
  const auto events = waiting(Caller(cleo_));
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].kind, EventKind::welcome);
  EXPECT_EQ(events[1].sender, ada_);
  EXPECT_EQ(events[2].sender, ben_);
  EXPECT_EQ(events[2].seq.value, 2U);
  EXPECT_EQ(events[1].stamp, to_bytes(accepted->stamp));
  EXPECT_TRUE(messaging_.stamp_is_genuine(first.commitment, events[1].context, accepted->stamp));
  const auto context = franking::decode_context(events[1].context);
  ASSERT_TRUE(context);
  EXPECT_EQ(context->sender, ada_);
  EXPECT_EQ(context->conversation, room);
  EXPECT_EQ(context->seq.value, 1U);
  EXPECT_EQ(context->accepted, clock_.now());
  // The sender has its own message by the answer.
  EXPECT_EQ(waiting(Caller(ada_)).size(), 1U);
}

TEST_F(MessagingTest, ForgedStampsAreNotGenuine) {
  const auto room = group({ben_});
  const auto sent = message(room, "m1");
  const auto accepted = messaging_.accept_message(Caller(ada_), sent);
  ASSERT_TRUE(accepted);
  auto commitment = sent.commitment;
  commitment[0] ^= 1;
  EXPECT_FALSE(messaging_.stamp_is_genuine(commitment, accepted->context, accepted->stamp));
  for (std::size_t i = 0; i < accepted->context.size(); ++i) {
    auto context = accepted->context;
    context[i] ^= 1;
    EXPECT_FALSE(messaging_.stamp_is_genuine(sent.commitment, context, accepted->stamp)) << i;
    EXPECT_FALSE(
        messaging_.stamp_is_genuine(sent.commitment, BytesView(context).first(i), accepted->stamp))
        << i;
  }
  const StampKeys others(SecretBytes::copy_of(ByteArray<32>{}));
  const auto context = franking::decode_context(accepted->context).value();
  EXPECT_FALSE(franking::stamp_is_genuine(others.key(context.key_id), sent.commitment, context,
                                          accepted->stamp));
}

TEST_F(MessagingTest, TheSameClientIdIsAcceptedOnceAndForOneThing) {
  const auto room = group({ben_});
  const auto sent = message(room, "m1");
  const auto first = messaging_.accept_message(Caller(ada_), sent);
  clock_.set(UnixMillis{clock_.now().value + 5000});
  const auto again = messaging_.accept_message(Caller(ada_), sent);
  ASSERT_TRUE(first && again);
  EXPECT_EQ(*first, *again);
  EXPECT_EQ(waiting(Caller(ben_)).size(), 2U);
  auto other = sent;
  other.mls.push_back(1);
  EXPECT_EQ(messaging_.accept_message(Caller(ada_), other).error().code, ErrorCode::conflict);
  EXPECT_EQ(messaging_.accept_message(Caller(ada_), message(room, "create")).error().code,
            ErrorCode::conflict);
}

TEST_F(MessagingTest, OutsidersCanNeitherSendNorCommitNorSeeAConversation) {
  const auto room = group({ben_});
  EXPECT_EQ(messaging_.accept_message(Caller(cleo_), message(room, "x")).error().code,
            ErrorCode::not_found);
  EXPECT_EQ(messaging_.accept_commit(Caller(cleo_), {room, "y", 0, {1}, {}, {}}).error().code,
            ErrorCode::not_found);
  EXPECT_TRUE(messaging_.conversations(cleo_)->empty());
  EXPECT_EQ(messaging_.conversations(ben_)->size(), 1U);
  EXPECT_EQ(messaging_.accept_message(Caller(ada_), message(ConversationId{}, "z")).error().code,
            ErrorCode::not_found);
}

TEST_F(MessagingTest, ConversationsAreCreatedOnceWithRealPeople) {
  const ConversationId id{rng_.array<16>()};
  const NewConversation wanted{id, ConversationKind::direct, {ada_, ben_}, "c1", 0, Bytes{1}};
  EXPECT_TRUE(messaging_.create_conversation(Caller(ada_), wanted));
  EXPECT_TRUE(messaging_.create_conversation(Caller(ada_), wanted));
  EXPECT_EQ(waiting(Caller(ben_)).size(), 1U);
  EXPECT_EQ(messaging_
                .create_conversation(Caller(cleo_),
                                     {id, ConversationKind::direct, {ben_}, "c1", 0, Bytes{1}})
                .error()
                .code,
            ErrorCode::already_exists);
  const auto refused = [&](std::vector<AccountId> members, ConversationKind kind, Bytes welcome) {
    return messaging_
        .create_conversation(Caller(ada_), {ConversationId{rng_.array<16>()}, kind,
                                            std::move(members), "c2", 0, std::move(welcome)})
        .error()
        .code;
  };
  EXPECT_EQ(refused({ben_, cleo_}, ConversationKind::direct, {1}), ErrorCode::bad_argument);
  EXPECT_EQ(refused({ada_}, ConversationKind::direct, {1}), ErrorCode::bad_argument);
  EXPECT_EQ(refused({AccountId{}}, ConversationKind::direct, {1}), ErrorCode::not_found);
  EXPECT_EQ(refused({person("reader", "reviewer")}, ConversationKind::direct, {1}),
            ErrorCode::not_found);
  EXPECT_EQ(refused({ben_}, ConversationKind::direct, {}), ErrorCode::bad_argument);
  EXPECT_EQ(refused({ben_}, ConversationKind::group, Bytes(kMaxMlsBytes + 1)),
            ErrorCode::too_large);
}

TEST_F(MessagingTest, CommitsFollowOneAnother) {
  const auto room = group({ben_});
  const auto done = messaging_.accept_commit(Caller(ada_), {room, "k1", 0, {1}, {2}, {cleo_}});
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(*done, 1U);
  EXPECT_EQ(messaging_.accept_commit(Caller(ben_), {room, "k1", 0, {9}, {}, {}}).error().code,
            ErrorCode::conflict);
  EXPECT_EQ(messaging_.accept_commit(Caller(ada_), {room, "k1", 0, {1}, {2}, {cleo_}}).value(), 1U);
  EXPECT_EQ(messaging_.accept_commit(Caller(ben_), {room, "k2", 1, {9}, {}, {}}).value(), 2U);
  EXPECT_EQ(messaging_.accept_commit(Caller(ben_), {room, "k3", 2, {9}, {1}, {cleo_}}).error().code,
            ErrorCode::already_exists);
  const auto ben = waiting(Caller(ben_));
  ASSERT_EQ(ben.size(), 2U);
  EXPECT_EQ(ben[1].kind, EventKind::commit);
  const auto cleo = waiting(Caller(cleo_));
  ASSERT_EQ(cleo.size(), 2U);
  EXPECT_EQ(cleo[0].kind, EventKind::welcome);
  EXPECT_EQ(cleo[1].kind, EventKind::commit);
  EXPECT_EQ(messaging_.conversations(cleo_)->front().epoch, 2U);
}

TEST_F(MessagingTest, MembershipCountsFromTheMessageAfterJoining) {
  const auto room = group({ben_});
  ASSERT_TRUE(messaging_.accept_message(Caller(ada_), message(room, "m1")));
  ASSERT_TRUE(messaging_.accept_commit(Caller(ada_), {room, "k1", 0, {1}, {2}, {cleo_}}));
  ASSERT_TRUE(messaging_.accept_message(Caller(ada_), message(room, "m2")));
  EXPECT_FALSE(messaging_.was_member(cleo_, room, ServerSeq{1}).value());
  EXPECT_TRUE(messaging_.was_member(cleo_, room, ServerSeq{2}).value());
  EXPECT_TRUE(messaging_.was_member(ben_, room, ServerSeq{1}).value());
  EXPECT_FALSE(messaging_.was_member(ben_, room, ServerSeq{0}).value());
  EXPECT_FALSE(messaging_.was_member(ben_, room, ServerSeq{3}).value());
  EXPECT_FALSE(messaging_.was_member(ben_, room, ServerSeq{~0ULL}).value());
}

TEST_F(MessagingTest, AcknowledgedEventsAreGoneAndTheOthersComeAgain) {
  const auto room = group({ben_, cleo_});
  ASSERT_TRUE(messaging_.accept_message(Caller(ada_), message(room, "m1")));
  ASSERT_TRUE(messaging_.accept_message(Caller(ada_), message(room, "m2")));
  ASSERT_TRUE(relay_.acknowledge(Caller(ben_), 2));
  ASSERT_TRUE(relay_.acknowledge(Caller(ben_), 2));
  const auto rest = waiting(Caller(ben_));
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].number, 3U);
  EXPECT_EQ(rest[0].client_id, "m2");
  EXPECT_EQ(waiting(Caller(cleo_)).size(), 3U);
  EXPECT_EQ(count("SELECT count(*) FROM envelope"), 3);
  ASSERT_TRUE(relay_.acknowledge(Caller(cleo_), 3));
  EXPECT_EQ(count("SELECT count(*) FROM envelope"), 1);
  ASSERT_TRUE(relay_.acknowledge(Caller(ben_), 999));
  EXPECT_EQ(count("SELECT count(*) FROM envelope"), 0);
  // Numbers are not used again.
  ASSERT_TRUE(messaging_.accept_message(Caller(ada_), message(room, "m3")));
  EXPECT_EQ(waiting(Caller(ben_)).front().number, 4U);
}

TEST_F(MessagingTest, ALiveSubscriptionGetsWhatComesAndStopsWithItsSession) {
  const auto room = group({ben_});
  std::vector<std::uint64_t> got;
  bool ended = false;
  crypto::Digest session{};
  session[0] = 7;
  const auto id = relay_.subscribe({Caller(ben_), session, UnixMillis{clock_.now().value + 1000},
                                    [&](const Event& event) { got.push_back(event.number); },
                                    [&] { ended = true; }});
  ASSERT_TRUE(id);
  ASSERT_TRUE(messaging_.accept_message(Caller(ada_), message(room, "m1")));
  EXPECT_EQ(got, (std::vector<std::uint64_t>{1, 2}));
  relay_.end_expired(clock_.now());
  EXPECT_FALSE(ended);
  relay_.end_session(session);
  EXPECT_TRUE(ended);
  ASSERT_TRUE(messaging_.accept_message(Caller(ada_), message(room, "m2")));
  EXPECT_EQ(got.size(), 2U);
  EXPECT_EQ(relay_.subscriptions(), 0U);
}

TEST_F(MessagingTest, ADeviceThatDoesNotAcknowledgeGetsABoundedAmount) {
  const auto room = group({ben_});
  for (int i = 0; i < 12; ++i) {
    auto big = message(room, std::to_string(i) + "m");
    big.mls.resize(kMaxMlsBytes);
    ASSERT_TRUE(messaging_.accept_message(Caller(ada_), big));
  }
  std::vector<std::uint64_t> got;
  const auto id = relay_.subscribe({Caller(ben_),
                                    {},
                                    UnixMillis{~0ULL},
                                    [&](const Event& event) { got.push_back(event.number); },
                                    [] {}});
  ASSERT_TRUE(id);
  EXPECT_LT(got.size(), 10U);
  while (got.back() < 13) {
    const auto before = got.size();
    ASSERT_TRUE(relay_.acknowledge(Caller(ben_), got.back()));
    ASSERT_GT(got.size(), before);
  }
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i], i + 1);
  }
}

TEST_F(MessagingTest, ManySendersAtOnceLoseAndDoubleNothing) {
  const auto room = group({ben_, cleo_});
  std::vector<std::uint64_t> got;
  const auto id = relay_.subscribe({Caller(cleo_),
                                    {},
                                    UnixMillis{~0ULL},
                                    [&](const Event& event) { got.push_back(event.number); },
                                    [] {}});
  ASSERT_TRUE(id);
  {
    std::vector<std::jthread> threads;
    for (const auto& sender : {ada_, ben_}) {
      threads.emplace_back([&, sender] {
        for (int i = 0; i < 30; ++i) {
          NewMessage sent{room, std::to_string(i) + "m", {1}, {}};
          EXPECT_TRUE(messaging_.accept_message(Caller(sender), sent));
        }
      });
    }
  }
  ASSERT_EQ(got.size(), 61U);
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i], i + 1);
  }
}

TEST_F(MessagingTest, AKeyPackageIsGivenOutOnce) {
  const std::vector<Bytes> packages{{1}, {2}, {2}};
  EXPECT_EQ(messaging_.add_key_packages(Caller(ben_), packages).value(), 2U);
  EXPECT_EQ(messaging_.claim_key_packages(Caller(ada_), ben_).value()[0].key_package, Bytes{1});
  EXPECT_EQ(messaging_.claim_key_packages(Caller(ada_), ben_).value()[0].key_package, Bytes{2});
  EXPECT_EQ(messaging_.claim_key_packages(Caller(ada_), ben_).error().code,
            ErrorCode::no_key_package);
  EXPECT_EQ(messaging_.claim_key_packages(Caller(ada_), AccountId{}).error().code,
            ErrorCode::not_found);
  std::vector<Bytes> many;
  for (std::uint16_t i = 0; i <= kMaxKeyPackages; ++i) {
    many.push_back({static_cast<Byte>(i >> 8U), static_cast<Byte>(i)});
  }
  EXPECT_EQ(messaging_.add_key_packages(Caller(ben_), many).error().code,
            ErrorCode::too_many_requests);
  EXPECT_EQ(messaging_.key_packages(Caller(ben_)).value(), 0U);
  many.pop_back();
  EXPECT_TRUE(messaging_.add_key_packages(Caller(ben_), many));
  EXPECT_EQ(messaging_.add_key_packages(Caller(ben_), std::vector<Bytes>{Bytes(kMaxKeyPackage + 1)})
                .error()
                .code,
            ErrorCode::too_large);
}

// --- Devices
// -------------------------------------------------------------------------------------------

TEST_F(MessagingTest, ADeviceIsItsKeyAndTheFirstCarriesTheAccountsId) {
  EXPECT_TRUE(messaging_.signature_keys(ben_)->empty());
  const auto first = messaging_.use_device(kNoSession, ben_, Bytes(32, 1), "telephone");
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(first->value, ben_.value);
  EXPECT_EQ(messaging_.use_device(kNoSession, ben_, Bytes(32, 1), "telephone").value(), *first);
  clock_.set(UnixMillis{clock_.now().value + 1});
  const auto second = messaging_.use_device(kNoSession, ben_, Bytes(32, 2), "laptop").value();
  EXPECT_NE(second, *first);
  EXPECT_EQ(messaging_.signature_keys(ben_).value(),
            (std::vector<Bytes>{Bytes(32, 1), Bytes(32, 2)}));
  EXPECT_EQ(messaging_.devices(ben_).value()[1].name, "laptop");
  EXPECT_FALSE(messaging_.use_device(kNoSession, ben_, {}, "x"));
  EXPECT_EQ(
      messaging_.use_device(kNoSession, ben_, Bytes(32, 3), std::string(65, 'x')).error().code,
      ErrorCode::too_large);
  EXPECT_EQ(messaging_.signature_keys(AccountId{}).error().code, ErrorCode::not_found);
  static_assert(kMaxDevices == 20, "the words of the refusal name the number");
  for (Byte i = 3; i <= kMaxDevices; ++i) {
    EXPECT_TRUE(messaging_.use_device(kNoSession, ben_, Bytes(32, i), ""));
  }
  EXPECT_EQ(messaging_.use_device(kNoSession, ben_, Bytes(32, 99), "").error().code,
            ErrorCode::too_many_requests);
  // Nobody, not even with the database in hand, unmakes a device or swaps its key unseen.
  for (const std::string_view sql :
       {"DELETE FROM device", "UPDATE device SET signature_key = x'00'"}) {
    EXPECT_FALSE(database_->write([&](store::Transaction& tx) -> Status {
      tx.run(sql);
      return {};
    }));
  }
}

TEST_F(MessagingTest, EveryDeviceOfEverybodyGetsAMessageButNotTheOneThatSentIt) {
  device(ada_, 1);
  device(ben_, 1);
  const auto room = group({ben_, cleo_});
  const Caller ada_laptop(ada_, device(ada_, 2));
  const Caller ben_laptop(ben_, device(ben_, 2));
  ASSERT_TRUE(messaging_.accept_message(Caller(ada_), message(room, "m1")));
  ASSERT_TRUE(messaging_.accept_message(ben_laptop, message(room, "m2")));
  EXPECT_EQ(bodies(Caller(ada_)), std::vector<std::string>{"m2"});
  EXPECT_EQ(bodies(ada_laptop), (std::vector<std::string>{"m1", "m2"}));
  EXPECT_EQ(bodies(Caller(ben_)), (std::vector<std::string>{"m1", "m2"}));
  EXPECT_EQ(bodies(ben_laptop), std::vector<std::string>{"m1"});
  EXPECT_EQ(bodies(Caller(cleo_)), (std::vector<std::string>{"m1", "m2"}));
  // One device's acknowledgement is not another's, and numbers are each device's own.
  ASSERT_TRUE(relay_.acknowledge(ben_laptop, 999));
  EXPECT_TRUE(bodies(ben_laptop).empty());
  EXPECT_EQ(bodies(Caller(ben_)).size(), 2U);
}

/// What the rule "no silent device" asks of the service: every device that came into use after the
/// conversation began has an event about it in the queue of every other member's device.
std::vector<std::string> silent_devices(store::Database& database) {
  return database
      .read([](store::Transaction& tx) -> Result<std::vector<std::string>> {
        std::vector<std::string> out;
        for (const auto& row : tx.rows(
                 "SELECT d.id, o.id FROM device d JOIN member m ON m.account = d.account "
                 "JOIN conversation c ON c.id = m.conversation AND c.created_ms < d.created_ms "
                 "JOIN member om ON om.conversation = m.conversation "
                 "JOIN device o ON o.account = om.account AND o.id <> d.id AND o.created_ms < "
                 "d.created_ms WHERE NOT EXISTS (SELECT 1 FROM event JOIN envelope ON envelope.id "
                 "= event.envelope WHERE event.device = o.id AND kind = 'devices' AND "
                 "envelope.conversation = m.conversation AND client_id = lower(hex(d.id)))")) {
          out.push_back(row.id<DeviceId>(0).hex() + " unknown to " + row.id<DeviceId>(1).hex());
        }
        return out;
      })
      .value();
}

TEST_F(MessagingTest, NoDeviceIsSilent) {
  for (const auto& account : {ada_, ben_, cleo_}) {
    device(account, 1);
  }
  const auto room = group({ben_, cleo_});
  const auto laptop = device(ben_, 2);
  EXPECT_TRUE(silent_devices(*database_).empty());
  for (const auto& account : {ada_, ben_, cleo_}) {
    const auto events = waiting(Caller(account));
    ASSERT_FALSE(events.empty());
    EXPECT_EQ(events.back().kind, EventKind::devices);
    EXPECT_EQ(events.back().sender, ben_);
    EXPECT_EQ(events.back().conversation, room);
    EXPECT_EQ(events.back().client_id, laptop.hex());
  }
  EXPECT_TRUE(waiting(Caller(ben_, laptop)).empty());
  // Planted violation: a device that was put on record without a word. The checker must see it.
  ASSERT_TRUE(database_->write([&](store::Transaction& tx) -> Status {
    tx.run(
        "INSERT INTO device(id, account, signature_key, name, created_ms) VALUES(?, ?, ?, '', ?)",
        DeviceId{rng_.array<16>()}, ben_, Bytes(32, 66), clock_.now().value + 5);
    return {};
  }));
  EXPECT_EQ(silent_devices(*database_).size(), 4U);  // ada, ben's two, cleo
}

TEST_F(MessagingTest, OnlyAnEarlierDevicesOwnSignatureVouches) {
  const auto old_keys = crypto::generate_signing_key(rng_);
  const auto strange_keys = crypto::generate_signing_key(rng_);
  const auto old_device =
      messaging_.use_device(kNoSession, ben_, old_keys.public_key.bytes, "").value();
  const auto laptop = device(ben_, 2);
  const Caller by(ben_, old_device);
  const auto statement = vouch_statement(ben_, Bytes(32, 2));
  const auto good = crypto::sign(old_keys.secret, statement);
  EXPECT_EQ(messaging_.vouch(by, laptop, crypto::sign(strange_keys.secret, statement)).error().code,
            ErrorCode::bad_signature);
  EXPECT_EQ(
      messaging_
          .vouch(by, laptop, crypto::sign(old_keys.secret, vouch_statement(ada_, Bytes(32, 2))))
          .error()
          .code,
      ErrorCode::bad_signature);
  EXPECT_EQ(messaging_.vouch(by, old_device, good).error().code, ErrorCode::bad_argument);
  EXPECT_EQ(messaging_.vouch(Caller(ada_), laptop, good).error().code, ErrorCode::not_found);
  EXPECT_FALSE(messaging_.devices(ben_).value()[1].vouched_by);
  EXPECT_TRUE(messaging_.vouch(by, laptop, good));
  EXPECT_TRUE(messaging_.vouch(by, laptop, good));
  const auto view = messaging_.devices(ben_).value();
  const auto& vouched = view[0].device == laptop ? view[0] : view[1];
  EXPECT_EQ(vouched.vouched_by, old_device);
  EXPECT_EQ(vouched.vouch, to_bytes(good));
}

TEST_F(MessagingTest, ARemovedDeviceGetsNothingMoreAndDoesNotComeBack) {
  device(ada_, 1);
  const auto room = group({ben_});
  device(ben_, 1);
  const auto lost = device(ben_, 2);
  crypto::Digest session{};
  session[0] = 9;
  ASSERT_TRUE(database_->write([&](store::Transaction& tx) -> Status {
    tx.run("INSERT INTO session(token_hash, account, expires_ms) VALUES(?, ?, ?)", session, ben_,
           clock_.now().value + 1000);
    return {};
  }));
  // Until it has said which device it is, a session is none.
  EXPECT_EQ(relay_.caller(session, ben_).error().code, ErrorCode::device_unknown);
  ASSERT_TRUE(messaging_.use_device(session, ben_, Bytes(32, 2), ""));
  EXPECT_EQ(relay_.caller(session, ben_)->device, lost);
  EXPECT_EQ(relay_.caller(session, cleo_)->device.value, cleo_.value);
  bool ended = false;
  const Caller there(ben_, lost);
  ASSERT_TRUE(relay_.subscribe(
      {there, session, UnixMillis{~0ULL}, [](const Event&) {}, [&] { ended = true; }}));
  ASSERT_TRUE(messaging_.add_key_packages(there, std::vector<Bytes>{{1}}));
  ASSERT_TRUE(messaging_.accept_message(Caller(ada_), message(room, "m1")));
  EXPECT_EQ(messaging_.remove_device(ada_, lost).error().code, ErrorCode::not_found);
  ASSERT_TRUE(messaging_.remove_device(ben_, lost));
  ASSERT_TRUE(messaging_.remove_device(ben_, lost));
  EXPECT_TRUE(ended);
  EXPECT_EQ(count("SELECT count(*) FROM session"), 0);
  EXPECT_TRUE(waiting(there).empty());
  EXPECT_EQ(messaging_.claim_key_packages(Caller(ada_), ben_).error().code,
            ErrorCode::no_key_package);
  EXPECT_EQ(messaging_.signature_keys(ben_).value(), std::vector<Bytes>{Bytes(32, 1)});
  EXPECT_EQ(messaging_.use_device(kNoSession, ben_, Bytes(32, 2), "").error().code,
            ErrorCode::device_removed);
  EXPECT_EQ(waiting(Caller(ada_)).back().kind, EventKind::devices);
  ASSERT_TRUE(messaging_.accept_message(Caller(ada_), message(room, "m2")));
  EXPECT_TRUE(waiting(there).empty());
  EXPECT_EQ(bodies(Caller(ben_)), (std::vector<std::string>{"m1", "m2"}));
}

TEST_F(MessagingTest, EachDeviceIsClaimedAndOnlyOwnDevicesAreAdded) {
  device(ben_, 1);
  const auto laptop = device(ben_, 2);
  ASSERT_TRUE(messaging_.add_key_packages(Caller(ben_), std::vector<Bytes>{{1}, {2}}));
  ASSERT_TRUE(messaging_.add_key_packages(Caller(ben_, laptop), std::vector<Bytes>{{3}}));
  EXPECT_EQ(messaging_.claim_key_packages(Caller(ada_), ben_)->size(), 2U);
  const auto others = messaging_.claim_key_packages(Caller(ben_, laptop), ben_).value();
  ASSERT_EQ(others.size(), 1U);  // never the caller's own
  EXPECT_EQ(others[0].key_package, Bytes{2});
  EXPECT_EQ(messaging_.claim_key_package(laptop).error().code, ErrorCode::no_key_package);
  EXPECT_EQ(messaging_.claim_key_package(DeviceId{}).error().code, ErrorCode::not_found);

  const auto room = group({ben_, cleo_});
  const auto telephone = device(cleo_, 4);
  NewCommit commit{room, "k1", 0, {1}, {2}, {}};
  commit.new_devices = {laptop};
  EXPECT_EQ(messaging_.accept_commit(Caller(cleo_), commit).error().code, ErrorCode::not_found);
  ASSERT_TRUE(relay_.acknowledge(Caller(ben_, laptop), 99));
  ASSERT_TRUE(messaging_.accept_commit(Caller(ben_), commit));
  const auto arrived = waiting(Caller(ben_, laptop));
  ASSERT_EQ(arrived.size(), 1U);
  EXPECT_EQ(arrived[0].kind, EventKind::welcome);
  EXPECT_EQ(waiting(Caller(cleo_, telephone)).back().kind, EventKind::commit);
}

TEST_F(MessagingTest, WhoLeavesIsOutAndCanStillReportWhatCameBefore) {
  const auto room = group({ben_, cleo_});
  ASSERT_TRUE(messaging_.accept_message(Caller(ada_), message(room, "m1")));
  const Leaving leaving{room, "bye", {7}};
  ASSERT_TRUE(messaging_.leave(Caller(ben_), leaving));
  ASSERT_TRUE(messaging_.leave(Caller(ben_), leaving));
  EXPECT_EQ(messaging_.leave(Caller(ben_), {room, "again", {7}}).error().code,
            ErrorCode::not_found);
  ASSERT_TRUE(messaging_.accept_message(Caller(ada_), message(room, "m2")));
  EXPECT_EQ(bodies(Caller(ben_)), std::vector<std::string>{"m1"});
  EXPECT_EQ(messaging_.accept_message(Caller(ben_), message(room, "m3")).error().code,
            ErrorCode::not_found);
  EXPECT_TRUE(messaging_.was_member(ben_, room, ServerSeq{1}).value());
  EXPECT_FALSE(messaging_.was_member(ben_, room, ServerSeq{2}).value());
  EXPECT_EQ(waiting(Caller(cleo_))[2].kind, EventKind::left);
  EXPECT_EQ(waiting(Caller(cleo_))[2].body, Bytes{7});
  const ConversationId direct{rng_.array<16>()};
  ASSERT_TRUE(messaging_.create_conversation(
      Caller(ada_), {direct, ConversationKind::direct, {ben_}, "d", 0, Bytes{1}}));
  EXPECT_EQ(messaging_.leave(Caller(ben_), {direct, "bye2", {7}}).error().code,
            ErrorCode::bad_argument);
}

TEST_F(MessagingTest, WhoStartedAGroupRemovesPeopleAndTheyLearnIt) {
  const auto room = group({ben_, cleo_});
  ASSERT_TRUE(messaging_.accept_message(Caller(ada_), message(room, "m1")));
  NewCommit commit{room, "k1", 0, {1}, {}, {}};
  commit.removed_members = {cleo_};
  EXPECT_EQ(messaging_.accept_commit(Caller(ben_), commit).error().code, ErrorCode::not_allowed);
  EXPECT_EQ(messaging_.conversations(ben_)->front().founder, ada_);
  ASSERT_TRUE(messaging_.accept_commit(Caller(ada_), commit));
  EXPECT_EQ(waiting(Caller(cleo_)).back().kind, EventKind::commit);
  EXPECT_TRUE(messaging_.conversations(cleo_)->empty());
  ASSERT_TRUE(messaging_.accept_message(Caller(ada_), message(room, "m2")));
  EXPECT_EQ(bodies(Caller(cleo_)), std::vector<std::string>{"m1"});
  EXPECT_TRUE(messaging_.was_member(cleo_, room, ServerSeq{1}).value());
  EXPECT_FALSE(messaging_.was_member(cleo_, room, ServerSeq{2}).value());
  NewCommit own{room, "k2", 1, {1}, {}, {}};
  own.removed_members = {ada_};
  EXPECT_EQ(messaging_.accept_commit(Caller(ada_), own).error().code, ErrorCode::bad_argument);
}

TEST_F(MessagingTest, WhoWasRemovedReportsPicturesAndDownloadsNone) {
  const auto room = group({ben_, cleo_});
  const Bytes bytes(100, 7);
  const auto id = attachments_.put(ada_, room, bytes).value();
  ASSERT_TRUE(messaging_.accept_message(Caller(ada_), message(room, "m1")));
  NewCommit commit{room, "k1", 0, {1}, {}, {}};
  commit.removed_members = {cleo_};
  ASSERT_TRUE(messaging_.accept_commit(Caller(ada_), commit));
  EXPECT_EQ(attachments_.get(cleo_, id).error().code, ErrorCode::not_found);
  EXPECT_EQ(attachments_.get_for_report(cleo_, id).value(), bytes);
  EXPECT_EQ(attachments_.get_for_report(ben_, id).value(), bytes);
  EXPECT_EQ(attachments_.get_for_report(person("dora"), id).error().code, ErrorCode::not_found);
}

TEST_F(MessagingTest, AMessageFromAnEpochThatIsGoneIsRefusedAndNotLost) {
  const auto room = group({ben_});
  for (std::uint64_t epoch = 0; epoch < kMaxEpochsBehind + 1; ++epoch) {
    ASSERT_TRUE(messaging_.accept_commit(Caller(ben_),
                                         {room, std::to_string(epoch) + "k", epoch, {1}, {}, {}}));
  }
  auto late = message(room, "m1");
  late.epoch = 0;
  EXPECT_EQ(messaging_.accept_message(Caller(ada_), late).error().code, ErrorCode::epoch_gone);
  late.epoch = 1;  // encrypted anew under the same client id
  late.mls.push_back(1);
  EXPECT_TRUE(messaging_.accept_message(Caller(ada_), late));
  late.epoch = 0;  // a repetition of what was accepted is answered, whatever the epoch
  EXPECT_TRUE(messaging_.accept_message(Caller(ada_), late));
}

TEST_F(MessagingTest, WhatWaitedBeforeThisStepStillArrivesInOrder) {
  store::TemporaryFolder folder;
  const auto path = folder.path() / "old.db";
  const auto steps = store::service_migrations();
  {
    auto old = std::move(*store::Database::open(path, steps.first(7), clock_.now()));
    ASSERT_TRUE(old->write([&](store::Transaction& tx) -> Status {
      tx.run(
          "INSERT INTO account(id, name, role, created_ms, signature_key, next_event) VALUES(?, "
          "'ada', 'person', 5, x'0102', 8)",
          ada_);
      tx.run("INSERT INTO account(id, name, role, created_ms) VALUES(?, 'ben', 'person', 6)", ben_);
      const ConversationId room{};
      tx.run("INSERT INTO conversation(id, kind, epoch, created_ms) VALUES(?, 'group', 0, 0)",
             room);
      tx.run("INSERT INTO key_package(account, hash, bytes) VALUES(?, x'01', x'02')", ada_);
      tx.run(
          "INSERT INTO envelope(id, kind, conversation, sender, client_id, body, accepted_ms) "
          "VALUES(3, 'welcome', ?, ?, 'w', x'07', 9)",
          room, ben_);
      tx.run("INSERT INTO event(account, number, envelope) VALUES(?, 7, 3)", ada_);
      return {};
    }));
  }
  auto now = std::move(*store::Database::open(path, steps, clock_.now()));
  Relay relay(*now);
  Messaging messaging(*now, clock_, stamp_keys_, relay);
  EXPECT_EQ(messaging.signature_keys(ada_).value(), (std::vector<Bytes>{{1, 2}}));
  EXPECT_TRUE(messaging.signature_keys(ben_)->empty());
  EXPECT_EQ(messaging.key_packages(Caller(ada_)).value(), 1U);
  std::vector<Event> got;
  ASSERT_TRUE(relay.subscribe({Caller(ada_),
                               {},
                               UnixMillis{~0ULL},
                               [&](const Event& event) { got.push_back(event); },
                               [] {}}));
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].number, 7U);
  EXPECT_EQ(got[0].body, Bytes{7});
  EXPECT_TRUE(now->faults()->empty());
}

TEST_F(MessagingTest, AttachmentsAreForMembersOnly) {
  const auto room = group({ben_});
  const Bytes bytes(100'000, 5);
  const auto id = attachments_.put(ada_, room, bytes);
  ASSERT_TRUE(id) << id.error().message();
  EXPECT_EQ(attachments_.get(ben_, *id).value(), bytes);
  EXPECT_EQ(attachments_.get(cleo_, *id).error().code, ErrorCode::not_found);
  EXPECT_EQ(attachments_.get(ben_, AttachmentId{}).error().code, ErrorCode::not_found);
  EXPECT_EQ(attachments_.put(cleo_, room, bytes).error().code, ErrorCode::not_found);
  EXPECT_EQ(attachments_.put(ada_, room, {}).error().code, ErrorCode::bad_argument);
}

TEST_F(MessagingTest, AttachmentsExpireLeftoversAreSweptAndFaultsAreFound) {
  const auto room = group({ben_});
  const auto id = attachments_.put(ada_, room, Bytes(10, 1));
  ASSERT_TRUE(id);
  EXPECT_TRUE(attachments_.faults()->empty());
  const auto folder = folder_.path() / "attachments";
  const auto old = std::filesystem::file_time_type::clock::now() - std::chrono::hours(2);
  std::ofstream(folder / "0011.part") << "cut off";
  std::ofstream(folder / std::string(32, 'a')) << "no row";
  std::filesystem::last_write_time(folder / "0011.part", old);
  std::filesystem::last_write_time(folder / std::string(32, 'a'), old);
  std::filesystem::last_write_time(folder / id->hex(), old);
  ASSERT_TRUE(attachments_.forget_before(clock_.now()));
  EXPECT_FALSE(std::filesystem::exists(folder / "0011.part"));
  EXPECT_FALSE(std::filesystem::exists(folder / std::string(32, 'a')));
  EXPECT_TRUE(attachments_.get(ben_, *id));
  std::filesystem::resize_file(folder / id->hex(), 9);
  EXPECT_EQ(attachments_.faults()->size(), 1U);
  ASSERT_TRUE(attachments_.forget_before(UnixMillis{clock_.now().value + 1}));
  EXPECT_EQ(attachments_.get(ben_, *id).error().code, ErrorCode::not_found);
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST_F(MessagingTest, OldEventsAndRecordsAreForgotten) {
  const auto room = group({ben_});
  ASSERT_TRUE(messaging_.accept_message(Caller(ada_), message(room, "m1")));
  ASSERT_TRUE(messaging_.forget_before(clock_.now()));
  EXPECT_EQ(waiting(Caller(ben_)).size(), 2U);
  ASSERT_TRUE(messaging_.forget_before(UnixMillis{clock_.now().value + 1}));
  EXPECT_TRUE(waiting(Caller(ben_)).empty());
  EXPECT_EQ(count("SELECT count(*) FROM accepted"), 0);
  EXPECT_TRUE(database_->faults()->empty());
}

TEST_F(MessagingTest, WhatAHeldAccountSentIsLeftOutOfTheSweepAndTheRestIsSwept) {
  const auto room = group({ben_});
  const auto of_ada = attachments_.put(ada_, room, Bytes(10, 1)).value();
  const auto of_ben = attachments_.put(ben_, room, Bytes(10, 2)).value();
  ASSERT_TRUE(messaging_.accept_message(Caller(ada_), message(room, "m1")));
  ASSERT_TRUE(messaging_.accept_message(Caller(ben_), message(room, "m2")));
  ASSERT_TRUE(database_->write([&](store::Transaction& tx) -> Status {
    tx.run(
        "INSERT INTO report(id, number, reporter, client_id, request_mac, alleged, reason, "
        "received_ms, messages, verified, state, wrapped_key) "
        "VALUES(zeroblob(16), 1, ?, 'c', x'00', ?, 'other', 0, 0, 0, 'open', x'00')",
        ben_, ada_);
    tx.run(
        "INSERT INTO hold(case_id, basis, reference, placed_ms, until_ms, state) "
        "VALUES(zeroblob(16), 'internal', '', 0, 1, 'live')");
    return {};
  }));
  const UnixMillis later{clock_.now().value + 1};
  ASSERT_TRUE(attachments_.forget_before(later));
  ASSERT_TRUE(messaging_.forget_before(later));
  EXPECT_TRUE(attachments_.get(ben_, of_ada));
  EXPECT_EQ(attachments_.get(ada_, of_ben).error().code, ErrorCode::not_found);
  EXPECT_EQ(count("SELECT count(*) FROM accepted"), 2) << "ada's message and her conversation";
  EXPECT_EQ(waiting(Caller(ben_)).size(), 2U);
  EXPECT_TRUE(waiting(Caller(ada_)).empty());
  ASSERT_TRUE(database_->write([&](store::Transaction& tx) -> Status {
    tx.run("UPDATE hold SET state = 'expired'");
    return {};
  }));
  ASSERT_TRUE(attachments_.forget_before(later));
  ASSERT_TRUE(messaging_.forget_before(later));
  EXPECT_EQ(attachments_.get(ben_, of_ada).error().code, ErrorCode::not_found);
  EXPECT_EQ(count("SELECT count(*) FROM envelope"), 0);
}

TEST_F(MessagingTest, AQueueThatIsFullRefusesForAllInsteadOfLosingForOne) {
  const auto room = group({ben_, cleo_});
  ASSERT_TRUE(messaging_.accept_message(Caller(ada_), message(room, "m1")));
  ASSERT_TRUE(database_->write([&](store::Transaction& tx) -> Status {
    tx.run(
        "WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        "INSERT INTO event SELECT ?, i, 1 FROM n",
        1000 + kMaxWaiting, ben_);
    return {};
  }));
  EXPECT_EQ(messaging_.accept_message(Caller(ada_), message(room, "m2")).error().code,
            ErrorCode::unavailable);
  EXPECT_EQ(waiting(Caller(cleo_)).size(), 2U);
  ASSERT_TRUE(relay_.acknowledge(Caller(ben_), 5000));
  EXPECT_EQ(messaging_.accept_message(Caller(ada_), message(room, "m2"))->seq.value, 2U);
}

}  // namespace
}  // namespace lightkeeper::messaging
