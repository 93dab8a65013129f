#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <thread>

#include "http/http.hpp"
#include "http/raw_client_test_part.hpp"

namespace lightkeeper::http {
namespace {

using namespace std::chrono_literals;

Response text(std::string words) {
  Response response;
  response.content_type = "text/plain";
  response.body = to_bytes(words);
  return response;
}

class ListenerTest : public testing::Test {
 protected:
  ListenerTest() {
    options_.limits.header_time = 300ms;
    options_.limits.idle = 600ms;
    options_.default_headers = {{"X-Content-Type-Options", "nosniff"}};
  }
  ~ListenerTest() override {
    if (listener_) {
      listener_->stop();
    }
  }

  void start() {
    listener_ = std::make_unique<Listener>(options_);
    auto& l = *listener_;
    l.route("GET", "/hello", [](const Request&) { return text("hello"); });
    l.route("GET", "/people/{account}",
            [](const Request& r) { return text("person " + r.params.at("account")); });
    l.route("GET", "/people/me", [](const Request&) { return text("me"); });
    l.route("POST", "/echo", [](const Request& r) { return text(std::string(as_text(r.body))); });
    l.route(
        "POST", "/small", [](const Request& r) { return text(std::to_string(r.body.size())); },
        1000);
    l.route("GET", "/files/{rest*}",
            [](const Request& r) { return text(r.params.at("rest") + "?" + r.query.at("q")); });
    l.route("GET", "/header", [](const Request& r) { return text(r.header("x-name")); });
    l.route("GET", "/throw",
            [](const Request&) -> Response { throw std::runtime_error("secret words"); });
    l.route("GET", "/unanswered", [](const Request&) {
      auto r = text("never seen");
      r.unanswered = true;
      return r;
    });
    l.route("GET", "/nothing", [](const Request&) {
      Response r;
      r.status = 204;
      return r;
    });
    l.route("GET", "/split", [](const Request&) {
      auto r = text("split");
      r.headers["X-Bad"] = "a\r\nX-Injected: 1";
      r.headers["X-Content-Type-Options"] = "mine";
      return r;
    });
    ASSERT_TRUE(l.start());
  }
  /// The whole answer to one raw request on a connection of its own.
  std::string raw(std::string_view request, std::chrono::milliseconds time = 5s) {
    RawClient client(listener_->port());
    client.say(request);
    return client.hear("", time);
  }
  std::string url(const std::string& path) {
    return "http://127.0.0.1:" + std::to_string(listener_->port()) + path;
  }
  ClientResponse get(const std::string& path, const std::string& method = "GET") {
    ClientRequest request;
    request.method = method;
    request.url = url(path);
    auto response = exchange(request);
    return response ? *response : ClientResponse{};
  }

  Listener::Options options_;
  std::unique_ptr<Listener> listener_;
};

std::string words(const ClientResponse& response) { return std::string(as_text(response.body)); }
const std::string kEnd = " HTTP/1.1\r\nHost: t\r\nConnection: close\r\n";

TEST_F(ListenerTest, FindsTheMostExactRoute) {
  start();
  EXPECT_EQ(words(get("/hello")), "hello");
  EXPECT_EQ(words(get("/people/abc%20d")), "person abc d");
  EXPECT_EQ(words(get("/people/me")), "me");
  EXPECT_EQ(words(get("/files/a/b?q=1")), "a/b?1");
}

TEST_F(ListenerTest, SendsDefaultHeadersOnEveryAnswerAndNeverSplitsOne) {
  start();
  EXPECT_EQ(get("/hello").headers["x-content-type-options"], "nosniff");
  EXPECT_EQ(get("/none").headers["x-content-type-options"], "nosniff");
  const auto answer = get("/split");
  EXPECT_EQ(answer.headers.count("x-injected"), 0U);
  EXPECT_EQ(answer.headers.count("x-bad"), 0U);
  EXPECT_EQ(answer.headers.at("x-content-type-options"), "mine");
}

TEST_F(ListenerTest, AnswersProblemsFromTheCatalogue) {
  start();
  const auto missing = get("/none");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.headers.at("content-type"), "application/problem+json");
  EXPECT_EQ(words(missing).find(R"({"type":"urn:lightkeeper:problem:not_found","title":")"), 0U);
  EXPECT_NE(words(missing).find(R"("status":404,"code":"not_found")"), std::string::npos);
  const auto method = get("/hello", "DELETE");
  EXPECT_EQ(method.status, 405);
  EXPECT_EQ(method.headers.at("allow"), "OPTIONS, GET, HEAD");
}

TEST_F(ListenerTest, AnswersHeadAndOptions) {
  start();
  const auto head = raw("HEAD /hello" + kEnd + "\r\n");
  EXPECT_NE(head.find("Content-Length: 5\r\n"), std::string::npos);
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
  const auto options = get("/people/x", "OPTIONS");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.headers.at("allow"), "OPTIONS, GET, HEAD");
  EXPECT_EQ(options.headers.count("content-length"), 0U);
}

TEST_F(ListenerTest, EndsTheConnectionWithoutAnAnswerWhenAskedTo) {
  start();
  EXPECT_EQ(raw("GET /unanswered" + kEnd + "\r\n"), "");
}

TEST_F(ListenerTest, HidesWhatAHandlerThrows) {
  start();
  const auto answer = get("/throw");
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(words(answer).find("secret"), std::string::npos);
  EXPECT_EQ(words(get("/hello")), "hello");
}

TEST_F(ListenerTest, KeepsAConnectionAndTakesPipelinedRequests) {
  start();
  const auto answer =
      raw("GET /hello HTTP/1.1\r\nHost: t\r\n\r\nGET /nothing HTTP/1.1\r\nHost: t\r\n\r\n"
          "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabcGET /people/me" +
          kEnd + "\r\n");
  EXPECT_NE(answer.find("hello"), std::string::npos);
  EXPECT_NE(answer.find("204 No Content"), std::string::npos);
  EXPECT_NE(answer.find("\r\n\r\nabcHTTP/1.1 200"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("me")) << answer;
}

TEST_F(ListenerTest, TakesChunkedBodiesWithinTheLimit) {
  start();
  const std::string head = "POST /small" + kEnd + "Transfer-Encoding: chunked\r\n\r\n";
  EXPECT_TRUE(raw(head + "3\r\nabc\r\n0\r\n\r\n").ends_with("3"));
  const std::string chunk = "1f4\r\n" + std::string(500, 'a') + "\r\n";
  EXPECT_TRUE(raw(head + chunk + chunk + "0\r\n\r\n").ends_with("1000"));
  EXPECT_NE(raw(head + chunk + chunk + chunk + "0\r\n\r\n").find("413"), std::string::npos);
}

TEST_F(ListenerTest, RefusesABodyBeyondTheRoutesLimitBeforeItComes) {
  start();
  EXPECT_NE(raw("POST /small" + kEnd + "Content-Length: 1001\r\n\r\n").find("HTTP/1.1 413"),
            std::string::npos);
  EXPECT_NE(
      raw("POST /small" + kEnd + "Content-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n")
          .find("HTTP/1.1 413"),
      std::string::npos);
  ClientRequest big;
  big.method = "POST";
  big.url = url("/echo");
  big.body.assign(3U << 20, 'x');  // sent whole, although the answer is ready before
  const auto answer = exchange(big);
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->status, 413);
  big.body.assign(1U << 20, 'x');
  EXPECT_EQ(exchange(big)->body.size(), 1U << 20);
}

TEST_F(ListenerTest, SaysContinueWhenAsked) {
  start();
  RawClient client(listener_->port());
  client.say("POST /small" + kEnd + "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.hear("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.say("ab");
  EXPECT_TRUE(client.hear().ends_with("\r\n\r\n2"));
}

std::size_t resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) {
      return std::stoul(line.substr(6));
    }
  }
  return 0;
}

TEST_F(ListenerTest, EndsAnEndlessHeaderLine) {
  start();
  const auto before = resident_kib();
  RawClient client(listener_->port());
  client.say("GET /hello HTTP/1.1\r\nX-A: ");
  const std::string block(64 * 1024, 'a');
  std::size_t taken = 0;
  while (taken < (64U << 20) && client.say(block)) {
    taken += block.size();
  }
  EXPECT_LT(taken, 64U << 20);
  EXPECT_LT(resident_kib(), before + 16 * 1024);
}

TEST_F(ListenerTest, Answers431ToLongHeaders) {
  start();
  std::string request = "GET /hello" + kEnd;
  for (int i = 0; i < 2000; ++i) {
    request += "X-" + std::to_string(i) + ": 1\r\n";
  }
  EXPECT_NE(raw(request + "\r\n").find("HTTP/1.1 431"), std::string::npos);
  EXPECT_NE(raw("GET /" + std::string(20'000, 'a') + kEnd + "\r\n").find("HTTP/1.1 431"),
            std::string::npos);
}

TEST_F(ListenerTest, Answers408ToASlowHeaderHoweverItTrickles) {
  start();
  RawClient client(listener_->port());
  const auto begin = std::chrono::steady_clock::now();
  client.say("GET /hello HTTP/1.1\r\nX-A: ");
  std::atomic<bool> stop = false;
  std::jthread trickle([&] {
    while (!stop && client.say("a")) {
      std::this_thread::sleep_for(10ms);
    }
  });
  const auto answer = client.hear("mend");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);
  EXPECT_NE(answer.find("HTTP/1.1 408"), std::string::npos) << answer;
  stop = true;
}

TEST_F(ListenerTest, Answers408ToASlowBody) {
  start();
  EXPECT_NE(raw("POST /small" + kEnd + "Content-Length: 10\r\n\r\nabc").find("HTTP/1.1 408"),
            std::string::npos);
}

TEST_F(ListenerTest, ClosesIdleConnections) {
  start();
  RawClient client(listener_->port());
  EXPECT_EQ(client.hear("", 3s), "");
}

TEST_F(ListenerTest, RefusesMalformedRequests) {
  start();
  for (const std::string& bad :
       {std::string("nonsense\r\n\r\n"), std::string("GET /hello HTTP/1.1\r\n\r\n"),
        std::string("GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        std::string("GET hello" + kEnd + "\r\n"), std::string("GET /%zz" + kEnd + "\r\n"),
        std::string("GET /a/../hello" + kEnd + "\r\n"),
        std::string("POST /echo" + kEnd +
                    "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        std::string("POST /echo" + kEnd + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
        std::string("POST /echo" + kEnd + "Content-Length: -1\r\n\r\n"),
        std::string("POST /echo" + kEnd + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
        std::string("GET /hello" + kEnd + "X-A : 1\r\n\r\n"),
        std::string("GET /hello HTTP/9.9\r\nHost: t\r\n\r\n")}) {
    EXPECT_NE(raw(bad).find("HTTP/1.1 400"), std::string::npos) << bad;
  }
  EXPECT_EQ(words(get("/hello")), "hello");
}

TEST_F(ListenerTest, SurvivesEveryTruncationAndByteChange) {
  start();
  const std::string good = "POST /echo" + kEnd + "Content-Length: 3\r\n\r\nabc";
  for (std::size_t size = 0; size < good.size(); ++size) {
    RawClient client(listener_->port());
    client.say(good.substr(0, size));
  }
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto changed = good;
    changed[i] = static_cast<char>(changed[i] ^ 0x55);
    RawClient client(listener_->port());
    client.say(changed);
  }
  EXPECT_EQ(words(get("/hello")), "hello");
}

TEST_F(ListenerTest, ServesManyConnectionsAtOnce) {
  start();
  std::vector<std::jthread> clients;
  std::atomic<int> right = 0;
  for (int i = 0; i < 100; ++i) {
    clients.emplace_back([&, i] {
      const auto answer = get("/people/" + std::to_string(i));
      right += words(answer) == "person " + std::to_string(i) ? 1 : 0;
    });
  }
  clients.clear();
  EXPECT_EQ(right, 100);
}

TEST_F(ListenerTest, TurnsAwayConnectionsBeyondTheLimitAndRecovers) {
  options_.limits.connections = 4;
  options_.limits.idle = 5s;
  start();
  {
    std::vector<RawClient> held;
    for (int i = 0; i < 4; ++i) {
      held.emplace_back(listener_->port());
      held.back().say("GET /hello HTTP/1.1\r\nHost: t\r\n\r\n");
      EXPECT_NE(held.back().hear("hello").find("200 OK"), std::string::npos);
    }
    EXPECT_NE(raw("").find("HTTP/1.1 503"), std::string::npos);
  }
  for (int tries = 0; tries < 50 && words(get("/hello")) != "hello"; ++tries) {
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_EQ(words(get("/hello")), "hello");
}

TEST_F(ListenerTest, LetsRunningHandlersFinishWhenItStops) {
  options_.limits.idle = 30s;
  std::mutex mutex;
  std::condition_variable changed;
  bool inside = false;
  Listener listener(options_);
  listener.route("GET", "/slow", [&](const Request&) {
    {
      const std::lock_guard lock(mutex);
      inside = true;
    }
    changed.notify_all();
    std::this_thread::sleep_for(300ms);
    return text("finished");
  });
  ASSERT_TRUE(listener.start());
  RawClient idle(listener.port());
  RawClient busy(listener.port());
  busy.say("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n");
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return inside; });
  const auto begin = std::chrono::steady_clock::now();
  listener.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);  // the idle one is not waited for
  const auto answer = busy.hear();
  EXPECT_TRUE(answer.ends_with("finished")) << answer;
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_EQ(idle.hear("", 1s), "");
  EXPECT_FALSE(RawClient(listener.port()).connected());
  listener.stop();  // again: nothing happens
}

TEST_F(ListenerTest, StopsAndStartsUnderLoad) {
  for (int round = 0; round < 5; ++round) {
    start();
    std::vector<std::jthread> clients;
    for (int i = 0; i < 8; ++i) {
      clients.emplace_back([this] {
        for (int n = 0; n < 20; ++n) {
          get("/hello");
        }
      });
    }
    std::this_thread::sleep_for(10ms);
    listener_->stop();
  }
}

TEST_F(ListenerTest, StaysOnLoopbackUnlessAProxyIsNamed) {
  options_.address = "0.0.0.0";
  Listener open(options_);
  EXPECT_EQ(open.start().error().code, ErrorCode::bad_configuration);
  options_.behind_trusted_proxy = true;
  Listener behind(options_);
  EXPECT_TRUE(behind.start());
  options_.address = "localhost";
  Listener named(options_);
  EXPECT_EQ(named.start().error().code, ErrorCode::bad_configuration);
}

/// What a handler learns about who asked, sent with an X-Forwarded-For of the sender's own making.
std::string peer_seen(Listener::Options options) {
  std::string seen = "not asked";
  Listener listener(std::move(options));
  listener.route("GET", "/", [&](const Request& request) {
    seen = request.peer_address + (request.peer_port == 0 ? " no port" : " with port");
    return Response{};
  });
  EXPECT_TRUE(listener.start());
  ClientRequest request;
  request.url = "http://127.0.0.1:" + std::to_string(listener.port()) + "/";
  request.headers["X-Forwarded-For"] = "203.0.113.9, 192.0.2.4";
  EXPECT_TRUE(exchange(request));
  listener.stop();
  return seen;
}

TEST_F(ListenerTest, TellsWhoAskedOnlyWhenItMayAndBelievesOnlyATrustedProxy) {
  Listener::Options options;
  EXPECT_EQ(peer_seen(options), " no port");
  options.tell_peer = true;
  EXPECT_EQ(peer_seen(options), "127.0.0.1 with port");
  options.behind_trusted_proxy = true;
  EXPECT_EQ(peer_seen(options), "192.0.2.4 no port");
}

TEST_F(ListenerTest, SaysWhenAPortIsTakenOrAPatternIsWrong) {
  start();
  options_.port = listener_->port();
  Listener second(options_);
  EXPECT_EQ(second.start().error().code, ErrorCode::unavailable);
  options_.port = 0;
  Listener wrong(options_);
  wrong.route("GET", "/{a*}/b", [](const Request&) { return Response{}; });
  EXPECT_EQ(wrong.start().error().code, ErrorCode::bad_argument);
}

}  // namespace
}  // namespace lightkeeper::http
