// What the files of the listener share. Private to this room: nothing outside src/http includes it.
//
// Threads: one thread runs all sockets (Shared::io); the workers run the program's handlers and
// nothing else. What is not marked otherwise is touched by the socket thread only.
#pragma once

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/vector_body.hpp>
#include <condition_variable>
#include <mutex>
#include <unordered_set>

#include "http/http.hpp"
#include "http/peer.hpp"
#include "http/target.hpp"

namespace lightkeeper::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using Tcp = asio::ip::tcp;
using Message = beast::http::request<beast::http::vector_body<Byte>>;

/// Completion token: co_await gives (error_code, value...) and never throws.
inline constexpr auto kQuiet = asio::as_tuple(asio::use_awaitable);

/// One accepted connection and its deadline.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  explicit Connection(Tcp::socket accepted)
      : socket(std::move(accepted)), timer_(socket.get_executor()) {}

  /// From `time` on, whatever the socket waits for is cancelled, until disarm().
  void arm(std::chrono::milliseconds time);
  void disarm();
  /// Whether the deadline has passed since the last arm().
  [[nodiscard]] bool late() const { return late_; }
  /// Closes the socket at once; all that waits for it ends with an error.
  void cut();

  Tcp::socket socket;
  Peer peer;                         // the other end
  bool handling = false;             // a handler runs, or its response is being written
  std::function<void()> end_gently;  // set while the connection is a WebSocket

 private:
  void wait(std::uint64_t generation);

  asio::steady_timer timer_;
  std::uint64_t generation_ = 0;
  bool late_ = false;
};

struct Route {
  std::string method;
  Pattern pattern;
  Handler handler;
  std::size_t body_limit;
};

struct Shared {
  Shared(Listener::Options chosen) : options(std::move(chosen)), workers(options.workers) {}

  Listener::Options options;
  std::vector<Route> routes;
  std::map<std::string, SocketHandler> sockets;
  asio::io_context io{1};
  asio::thread_pool workers;
  std::atomic<bool> abandoned =
      false;  // stop() has waited long enough: waiting requests are dropped
  bool stopping = false;

  // Any thread, under the mutex.
  std::mutex mutex;
  std::condition_variable changed;
  std::unordered_set<std::shared_ptr<Connection>> connections;
};

/// Runs `job` on a worker thread and resumes on the socket thread. `job` must not throw.
template <class Job>
asio::awaitable<void> on_worker(Shared& shared, Job job) {
  const auto start = [](auto done, asio::thread_pool& workers, Job work) {
    auto keeps_running = asio::make_work_guard(done);
    asio::post(workers, [done = std::move(done), work = std::move(work),
                         keeps_running = std::move(keeps_running)]() mutable {
      work();
      asio::post(std::move(done));
    });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(
      start, asio::use_awaitable, std::ref(shared.workers), std::move(job));
}

/// The whole life of a WebSocket, from its upgrade request to its end. In websocket.cpp.
asio::awaitable<void> run_socket(std::shared_ptr<Shared> shared,
                                 std::shared_ptr<Connection> connection,
                                 const SocketHandler& handler, Message upgrade);

}  // namespace lightkeeper::http
