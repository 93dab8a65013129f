#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "service/messaging/messaging.hpp"
#include "service/routes/fields.hpp"
#include "service/routes/relay_socket.hpp"
#include "service/routes/requests.hpp"
#include "service/store/temporary_folder.hpp"

namespace lightkeeper::routes {
namespace {

using nlohmann::json;

Result<Fields> fields(std::string_view text) { return Fields::parse(as_bytes(text)); }

TEST(Fields, ReadWhatIsExpectedAndNothingElse) {
  auto read = fields(R"({"a":"x","n":5,"b":"AAE","list":["p"],"o":{"k":"v"},"gone":null})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->text("a", 1, 5).value(), "x");
  EXPECT_EQ(read->number("n", 5).value(), 5U);
  EXPECT_FALSE(read->number("n", 4));
  EXPECT_EQ(read->bytes("b", 0, 2).value(), (Bytes{0, 1}));
  EXPECT_EQ(read->texts("list", 1, 1).value(), std::vector<std::string>{"p"});
  EXPECT_FALSE(read->finish());
  EXPECT_TRUE(read->object("o"));
  EXPECT_FALSE(read->has("gone"));
  EXPECT_FALSE(read->optional_text("gone", 1).value());
  EXPECT_TRUE(read->finish());
  EXPECT_FALSE(read->text("missing", 0, 5));
  EXPECT_FALSE(read->text("n", 0, 5));
  EXPECT_EQ(read->text("a", 0, 0).error().code, ErrorCode::too_large);
}

TEST(Fields, ErrorsNameTheFieldAndNeverItsValue) {
  auto read = fields(R"({"note":"private words"})");
  for (const auto& error : {read->number("note", 1).error(), read->bytes("note", 1, 100).error(),
                            read->text("note", 0, 3).error()}) {
    EXPECT_EQ(error.message().find("private"), std::string::npos);
    EXPECT_NE(error.message().find("note"), std::string::npos);
  }
}

TEST(Fields, DepthIsBoundedAndNamesAreUnique) {
  EXPECT_TRUE(fields(R"({"a":[[[[[[[1]]]]]]]})"));
  EXPECT_FALSE(fields(R"({"a":[[[[[[[[1]]]]]]]]})"));
  EXPECT_FALSE(fields("{\"a\":" + std::string(100'000, '[')));
  EXPECT_FALSE(fields(R"({"a":1,"a":2})"));
  EXPECT_FALSE(fields(R"({"o":{"a":1,"a":2}})"));
  EXPECT_TRUE(fields(R"({"o":{"a":1},"p":{"a":2}})"));
}

TEST(Requests, EveryTruncationOfAGoodBodyIsRefused) {
  const std::string good =
      R"({"client_id":"a","epoch":1,"mls_b64":"AA","welcome_b64":"AA","new_members":[")" +
      std::string(32, '0') + R"("]})";
  ASSERT_TRUE(parse_commit(ConversationId{}, as_bytes(good)));
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(parse_commit(ConversationId{}, as_bytes(good).first(size))) << size;
  }
}

class FakeSocket final : public http::Socket {
 public:
  void send(std::string text) override { sent.push_back(json::parse(text)); }
  void close() override { closed = true; }
  std::vector<json> sent;
  bool closed = false;
};

class RelaySocketTest : public testing::Test {
 protected:
  accounts::SignedIn sign_up(const std::string& name, accounts::Role role) {
    return accounts_
        .create_with_password(accounts_.invite(role, std::nullopt).value(), name, "a long password")
        .value();
  }
  void say(const std::shared_ptr<FakeSocket>& socket, const json& message) {
    handler_.received(socket, message.dump());
  }

  store::TemporaryFolder folder_;
  SetClock clock_{UnixMillis{1'800'000'000'000}};
  crypto::SystemRng rng_;
  std::unique_ptr<store::Database> database_ = std::move(*store::Database::open(
      folder_.path() / "service.db", store::service_migrations(), clock_.now()));
  accounts::Accounts accounts_{
      *database_,
      clock_,
      rng_,
      {"localhost", "http://localhost"},
      SecretBytes::copy_of(ByteArray<32>{}),
      [](store::Transaction&, const store::AuditEntry&) -> Status { return {}; }};
  messaging::StampKeys stamp_keys_{SecretBytes::copy_of(ByteArray<32>{})};
  messaging::Relay relay_{*database_};
  messaging::Messaging messaging_{*database_, clock_, stamp_keys_, relay_};
  http::SocketHandler handler_ = relay_socket(accounts_, relay_);
};

TEST_F(RelaySocketTest, EachDeviceGetsItsOwnEventsAndASessionWithoutADeviceNone) {
  const auto ada = sign_up("ada", accounts::Role::person);
  const auto ben = sign_up("ben", accounts::Role::person);
  const auto session = accounts_.session(ben.token).value();
  ASSERT_TRUE(messaging_.use_device(session.token, ben.account.id, Bytes(32, 1), ""));
  const auto again = accounts_.sign_in_with_password("ben", "a long password");
  ASSERT_TRUE(again);
  const auto undecided = std::make_shared<FakeSocket>();
  say(undecided, {{"type", "hello"}, {"token", again->token}});
  ASSERT_EQ(undecided->sent.size(), 1U);
  EXPECT_EQ(undecided->sent[0]["code"], "device_unknown");
  const auto other = accounts_.session(again->token).value();
  ASSERT_TRUE(messaging_.use_device(other.token, ben.account.id, Bytes(32, 2), ""));
  const ConversationId room{rng_.array<16>()};
  ASSERT_TRUE(messaging_.create_conversation(
      messaging::Caller(ada.account.id),
      {room, messaging::ConversationKind::direct, {ben.account.id}, "c", 0, {1}}));
  for (const auto& token : {ben.token, again->token}) {
    const auto socket = std::make_shared<FakeSocket>();
    say(socket, {{"type", "hello"}, {"token", token}});
    ASSERT_EQ(socket->sent.size(), 2U);
    EXPECT_EQ(socket->sent[1]["kind"], "welcome");
    say(socket, {{"type", "ack"}, {"event", 1}});  // of this device, not of the other
    handler_.closed(socket);
  }
}

TEST_F(RelaySocketTest, EventsComeAfterHelloUntilTheyAreAcknowledged) {
  const auto ada = sign_up("ada", accounts::Role::person);
  const auto ben = sign_up("ben", accounts::Role::person);
  const ConversationId room{rng_.array<16>()};
  ASSERT_TRUE(messaging_.create_conversation(
      messaging::Caller(ada.account.id),
      {room, messaging::ConversationKind::direct, {ben.account.id}, "c", 0, {1}}));
  const auto first = std::make_shared<FakeSocket>();
  say(first, {{"type", "hello"}, {"token", ben.token}});
  ASSERT_EQ(first->sent.size(), 2U);
  EXPECT_EQ(first->sent[0]["type"], "ready");
  EXPECT_EQ(first->sent[1]["kind"], "welcome");
  EXPECT_EQ(first->sent[1]["welcome_b64"], "AQ");
  ASSERT_TRUE(messaging_.accept_message(messaging::Caller(ada.account.id), {room, "m", {2}, {}}));
  ASSERT_EQ(first->sent.size(), 3U);
  EXPECT_EQ(first->sent[2]["seq"], 1);
  EXPECT_EQ(first->sent[2]["sender"], ada.account.id.hex());
  say(first, {{"type", "ack"}, {"event", 1}});
  handler_.closed(first);
  EXPECT_EQ(relay_.subscriptions(), 0U);

  const auto second = std::make_shared<FakeSocket>();
  say(second, {{"type", "hello"}, {"token", ben.token}});
  ASSERT_EQ(second->sent.size(), 2U);
  EXPECT_EQ(second->sent[1]["event"], 2);
  // Signing out ends the connection.
  relay_.end_session(accounts_.session(ben.token)->token);
  EXPECT_TRUE(second->closed);
}

TEST_F(RelaySocketTest, WhatIsNotUnderstoodOrNotAllowedEndsTheConnection) {
  const auto ada = sign_up("ada", accounts::Role::person);
  const auto reader = sign_up("reader", accounts::Role::reviewer);
  const std::vector<std::pair<std::string, std::string>> cases{
      {"not json", "bad_json"},
      {R"({"type":"other"})", "bad_json"},
      {R"({"type":"ack","event":1})", "not_signed_in"},
      {R"({"type":"ack","event":-1})", "bad_json"},
      {R"({"type":"hello","token":"wrong"})", "not_signed_in"},
      {R"({"type":"hello","token":")" + reader.token + "\"}", "not_allowed"},
      {std::string(5000, ' '), "too_large"},
  };
  for (const auto& [text, code] : cases) {
    const auto socket = std::make_shared<FakeSocket>();
    handler_.received(socket, text);
    EXPECT_TRUE(socket->closed) << text;
    ASSERT_EQ(socket->sent.size(), 1U) << text;
    EXPECT_EQ(socket->sent[0]["code"], code);
    handler_.closed(socket);
  }
  const auto socket = std::make_shared<FakeSocket>();
  say(socket, {{"type", "hello"}, {"token", ada.token}});
  say(socket, {{"type", "hello"}, {"token", ada.token}});
  EXPECT_TRUE(socket->closed);
  handler_.closed(socket);
  EXPECT_EQ(relay_.subscriptions(), 0U);
}

}  // namespace
}  // namespace lightkeeper::routes
