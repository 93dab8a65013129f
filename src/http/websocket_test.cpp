#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "http/http.hpp"
#include "http/raw_client_test_part.hpp"

namespace lightkeeper::http {
namespace {

using namespace std::chrono_literals;
namespace beast = boost::beast;
using Tcp = boost::asio::ip::tcp;

/// A browser's side, blocking.
class Peer {
 public:
  explicit Peer(std::uint16_t port, const std::string& path = "/relay") : stream_(io_) {
    stream_.next_layer().connect({boost::asio::ip::address_v4::loopback(), port}, error);
    if (!error) {
      stream_.handshake("localhost", path, error);
    }
  }
  std::string hear() {
    beast::flat_buffer buffer;
    stream_.read(buffer, error);
    return error ? "[ended]" : beast::buffers_to_string(buffer.data());
  }
  void say(const std::string& text) { stream_.write(boost::asio::buffer(text), error); }
  void say_bytes(const std::string& bytes) {
    stream_.binary(true);
    say(bytes);
  }
  std::uint16_t close_code() { return stream_.reason().code; }
  void close() { stream_.close(beast::websocket::close_code::normal, error); }

  boost::system::error_code error;

 private:
  boost::asio::io_context io_;
  beast::websocket::stream<Tcp::socket> stream_;
};

/// What the handlers have seen, to wait for.
struct Seen {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> texts;
  int opened = 0;
  int closed = 0;
  std::shared_ptr<Socket> last;

  template <class Condition>
  bool wait_for(Condition condition, std::chrono::milliseconds time = 5s) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, time, condition);
  }
};

class SocketTest : public testing::Test {
 protected:
  void start() {
    listener_ = std::make_unique<Listener>(options_);
    listener_->route("GET", "/plain", [](const Request&) { return Response::json(200, "{}"); });
    listener_->socket("/relay",
                      {[this](const std::shared_ptr<Socket>& socket) {
                         note([&] {
                           ++seen_.opened;
                           seen_.last = socket;
                         });
                       },
                       [this](const std::shared_ptr<Socket>& socket, std::string text) {
                         if (text == "throw") {
                           throw std::runtime_error("x");
                         }
                         if (text == "close") {
                           socket->send("last words");
                           socket->close();
                           socket->send("too late");
                         } else if (text.starts_with("echo ")) {
                           socket->send(text.substr(5));
                         }
                         note([&] { seen_.texts.push_back(std::move(text)); });
                       },
                       [this](const std::shared_ptr<Socket>&) { note([&] { ++seen_.closed; }); }});
    ASSERT_TRUE(listener_->start());
  }
  template <class Change>
  void note(Change change) {
    const std::lock_guard lock(seen_.mutex);
    change();
    seen_.changed.notify_all();
  }

  Listener::Options options_;
  Seen seen_;
  std::unique_ptr<Listener> listener_;  // last: gone before what its handlers use
};

TEST_F(SocketTest, EchoesAndReportsItsWholeLife) {
  start();
  Peer peer(listener_->port());
  peer.say("echo hello");
  EXPECT_EQ(peer.hear(), "hello");
  peer.say("throw");
  peer.say("echo still here");
  EXPECT_EQ(peer.hear(), "still here");
  peer.close();
  EXPECT_TRUE(seen_.wait_for([&] { return seen_.closed == 1; }));
  EXPECT_EQ(seen_.opened, 1);
}

TEST_F(SocketTest, KeepsTheOrderOfWhatComesAndOfWhatEachThreadSends) {
  start();
  Peer peer(listener_->port());
  for (int i = 0; i < 500; ++i) {
    peer.say(std::to_string(i));
  }
  ASSERT_TRUE(seen_.wait_for([&] { return seen_.texts.size() == 500; }));
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(seen_.texts[static_cast<std::size_t>(i)], std::to_string(i));
  }
  {
    std::vector<std::jthread> senders;
    for (int sender = 0; sender < 4; ++sender) {
      senders.emplace_back([this, sender] {
        for (int i = 0; i < 250; ++i) {
          seen_.last->send(std::to_string(sender) + ' ' + std::to_string(i));
        }
      });
    }
  }
  std::array<int, 4> next{};
  for (int i = 0; i < 1000; ++i) {
    const auto text = peer.hear();
    auto& expected = next.at(static_cast<std::size_t>(text[0] - '0'));
    ASSERT_EQ(text.substr(2), std::to_string(expected++));
  }
}

TEST_F(SocketTest, SendsWhatIsQueuedBeforeItCloses) {
  start();
  Peer peer(listener_->port());
  peer.say("close");
  EXPECT_EQ(peer.hear(), "last words");
  EXPECT_EQ(peer.hear(), "[ended]");
  EXPECT_EQ(peer.close_code(), beast::websocket::close_code::normal);
  EXPECT_TRUE(seen_.wait_for([&] { return seen_.closed == 1; }));
  seen_.last->send("to nobody");  // allowed at any time
  seen_.last->close();
}

TEST_F(SocketTest, ClosesAPeerThatDoesNotRead) {
  options_.limits.socket_queue_bytes = 1 << 20;
  start();
  Peer peer(listener_->port());
  ASSERT_TRUE(seen_.wait_for([&] { return seen_.opened == 1; }));
  const std::string block(64 * 1024, 'a');
  int sent = 0;
  while (sent < 4000 && !seen_.wait_for([&] { return seen_.closed == 1; }, 0ms)) {
    seen_.last->send(block);
    ++sent;
  }
  EXPECT_TRUE(seen_.wait_for([&] { return seen_.closed == 1; }));
  EXPECT_LT(sent, 4000) << "the queue took everything";
}

TEST_F(SocketTest, RefusesLongAndBinaryMessages) {
  options_.limits.socket_message_bytes = 1000;
  start();
  Peer lengthy(listener_->port());
  lengthy.say(std::string(1001, 'a'));
  EXPECT_EQ(lengthy.hear(), "[ended]");
  EXPECT_EQ(lengthy.close_code(), beast::websocket::close_code::too_big);
  Peer binary(listener_->port());
  binary.say_bytes("abc");
  EXPECT_EQ(binary.hear(), "[ended]");
  EXPECT_EQ(binary.close_code(), beast::websocket::close_code::unknown_data);
  EXPECT_TRUE(seen_.wait_for([&] { return seen_.closed == 2; }));
  EXPECT_TRUE(seen_.texts.empty());
}

TEST_F(SocketTest, EndsAPeerThatAnswersNoPing) {
  options_.limits.idle = 400ms;
  start();
  RawClient silent(listener_->port());
  silent.say(
      "GET /relay HTTP/1.1\r\nHost: t\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  EXPECT_TRUE(silent.hear("\r\n\r\n").starts_with("HTTP/1.1 101"));
  EXPECT_TRUE(seen_.wait_for([&] { return seen_.closed == 1; }, 3s));
}

TEST_F(SocketTest, KeepsAQuietPeerThatAnswersPings) {
  options_.limits.idle = 1s;
  start();
  Peer peer(listener_->port());
  ASSERT_TRUE(seen_.wait_for([&] { return seen_.opened == 1; }));
  std::jthread later([this] {
    std::this_thread::sleep_for(2500ms);
    seen_.last->send("good morning");
  });
  EXPECT_EQ(peer.hear(), "good morning");
}

TEST_F(SocketTest, TellsItsPeersWhenTheListenerStops) {
  start();
  Peer first(listener_->port());
  Peer second(listener_->port());
  ASSERT_TRUE(seen_.wait_for([&] { return seen_.opened == 2; }));
  std::jthread stopper([this] { listener_->stop(); });
  EXPECT_EQ(first.hear(), "[ended]");
  EXPECT_EQ(first.close_code(), beast::websocket::close_code::going_away);
  EXPECT_EQ(second.hear(), "[ended]");
  stopper.join();
  EXPECT_EQ(seen_.closed, 2);
}

TEST_F(SocketTest, UpgradesOnlyAtItsAddress) {
  start();
  EXPECT_TRUE(Peer(listener_->port(), "/plain").error);
  EXPECT_TRUE(Peer(listener_->port(), "/none").error);
  RawClient plain(listener_->port());
  plain.say("GET /relay HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
  EXPECT_NE(plain.hear().find("HTTP/1.1 404"), std::string::npos);
}

TEST_F(SocketTest, SurvivesBrokenFrames) {
  start();
  for (int first = 0; first < 256; first += 5) {
    RawClient client(listener_->port());
    client.say(
        "GET /relay HTTP/1.1\r\nHost: t\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n");
    client.hear("\r\n\r\n");
    client.say(std::string(1, static_cast<char>(first)) +
               std::string(20, static_cast<char>(first ^ 0xff)));
  }
  Peer peer(listener_->port());
  peer.say("echo fine");
  EXPECT_EQ(peer.hear(), "fine");
}

}  // namespace
}  // namespace lightkeeper::http
