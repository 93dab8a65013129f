#include <boost/asio/co_spawn.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <cstdio>
#include <deque>
#include <optional>

#include "http/connection.hpp"

namespace lightkeeper::http {

namespace websocket = beast::websocket;
using namespace std::chrono_literals;

namespace {

constexpr auto kClosePatience = 5s;

class QueuedSocket final : public Socket, public std::enable_shared_from_this<QueuedSocket> {
 public:
  QueuedSocket(std::shared_ptr<Shared> shared, std::shared_ptr<Connection> connection)
      : shared_(std::move(shared)),
        connection_(std::move(connection)),
        stream_(std::in_place, connection_->socket),
        wake_(shared_->io, asio::steady_timer::time_point::max()),
        writer_ended_(shared_->io, asio::steady_timer::time_point::max()) {}

  void send(std::string text) override {
    const std::lock_guard lock(mutex_);
    if (state_ != State::open) {
      return;
    }
    queued_bytes_ += text.size();
    if (queued_bytes_ > shared_->options.limits.socket_queue_bytes) {
      // This peer does not read. Its queue goes with it; what must not be lost is not acknowledged
      // yet.
      state_ = State::closed;
      queue_.clear();
      asio::post(shared_->io, [self = shared_from_this()] { self->connection_->cut(); });
      return;
    }
    queue_.push_back(std::move(text));
    asio::post(shared_->io, [self = shared_from_this()] { self->wake_.cancel(); });
  }

  void close() override { close_with(websocket::close_code::normal); }

  asio::awaitable<void> run(const SocketHandler& handler, Message upgrade) {
    const Limits& limits = shared_->options.limits;
    stream_->set_option(websocket::stream_base::timeout{limits.header_time, limits.idle, true});
    stream_->read_message_max(limits.socket_message_bytes);
    stream_->text(true);
    const auto [error] = co_await stream_->async_accept(upgrade, kQuiet);
    if (error) {
      co_return;
    }
    const auto self = shared_from_this();
    connection_->end_gently = [this] { close_with(websocket::close_code::going_away); };
    asio::co_spawn(shared_->io, write_all(), [self](const std::exception_ptr&) {
      self->writer_running_ = false;
      self->writer_ended_.cancel();
    });
    co_await on_worker(*shared_,
                       [&] { call([&] { handler.opened(self); }, handler.opened != nullptr); });
    co_await read_all(handler);
    end();
    if (writer_running_) {
      co_await writer_ended_.async_wait(kQuiet);
    }
    stream_.reset();  // its timer would hold up the listener's end as long as somebody holds the
                      // socket
    connection_->end_gently = nullptr;
    co_await on_worker(*shared_,
                       [&] { call([&] { handler.closed(self); }, handler.closed != nullptr); });
  }

 private:
  enum class State { open, closing, closed };

  template <class Call>
  static void call(Call handler, bool exists) {
    try {
      if (exists) {
        handler();
      }
    } catch (const std::exception&) {
      std::fprintf(stderr, "http: a socket handler threw an exception\n");
    }
  }

  void close_with(websocket::close_code code) {
    const std::lock_guard lock(mutex_);
    if (state_ != State::open) {
      return;
    }
    state_ = State::closing;
    close_code_ = code;
    asio::post(shared_->io, [self = shared_from_this()] {
      self->connection_->arm(kClosePatience);
      self->wake_.cancel();
    });
  }

  asio::awaitable<void> read_all(const SocketHandler& handler) {
    const auto self = shared_from_this();
    while (true) {
      beast::flat_buffer buffer;
      const auto [error, size] = co_await stream_->async_read(buffer, kQuiet);
      if (error) {
        co_return;
      }
      if (!stream_->got_text()) {
        close_with(websocket::close_code::unknown_data);
        continue;  // until the peer has answered the closing
      }
      std::string text = beast::buffers_to_string(buffer.data());
      co_await on_worker(*shared_, [&] {
        call([&] { handler.received(self, std::move(text)); }, handler.received != nullptr);
      });
    }
  }

  asio::awaitable<void> write_all() {
    while (true) {
      std::string text;
      bool empty = false;
      State state = State::open;
      {
        const std::lock_guard lock(mutex_);
        state = state_;
        empty = queue_.empty();
        if (!empty) {
          text = std::move(queue_.front());
          queue_.pop_front();
        }
      }
      if (state == State::closed) {
        co_return;
      }
      if (!empty) {
        const auto [error, size] = co_await stream_->async_write(asio::buffer(text), kQuiet);
        if (error) {
          connection_->cut();
          co_return;
        }
        const std::lock_guard lock(mutex_);
        queued_bytes_ -= text.size();
      } else if (state == State::closing) {
        co_await stream_->async_close(close_code_, kQuiet);
        co_return;
      } else {
        co_await wake_.async_wait(kQuiet);
      }
    }
  }

  /// Reading has ended: nothing more is sent, and a writer that still waits for the peer gives up.
  void end() {
    {
      const std::lock_guard lock(mutex_);
      state_ = State::closed;
      queue_.clear();
    }
    connection_->cut();
    wake_.cancel();
  }

  std::shared_ptr<Shared> shared_;  // first: the io_context outlives all that uses it
  std::shared_ptr<Connection> connection_;
  std::optional<websocket::stream<Tcp::socket&>> stream_;  // until both directions have ended
  asio::steady_timer wake_;
  asio::steady_timer writer_ended_;
  bool writer_running_ = true;
  websocket::close_code close_code_ = websocket::close_code::normal;

  std::mutex mutex_;  // guards what follows; any thread
  State state_ = State::open;
  std::deque<std::string> queue_;
  std::size_t queued_bytes_ = 0;  // including the message that is being written
};

}  // namespace

asio::awaitable<void> run_socket(std::shared_ptr<Shared> shared,
                                 std::shared_ptr<Connection> connection,
                                 const SocketHandler& handler, Message upgrade) {
  const auto socket = std::make_shared<QueuedSocket>(std::move(shared), std::move(connection));
  co_await socket->run(handler, std::move(upgrade));
}

}  // namespace lightkeeper::http
