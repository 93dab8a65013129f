#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <cstdio>
#include <ctime>
#include <optional>
#include <set>
#include <thread>

#include "http/connection.hpp"

namespace lightkeeper::http {

namespace beast_http = beast::http;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kReadAhead = 64 * 1024;
constexpr std::size_t kSlowestBytesPerSecond = 64 * 1024;
constexpr auto kLinger = 2s;
constexpr std::size_t kLingerAfterHeader = 256 * 1024;
constexpr std::size_t kLingerAfterBody = 16 * 1024 * 1024;
constexpr auto kStopPatience = 5s;

using Parser = beast_http::request_parser<beast_http::vector_body<Byte>>;

std::chrono::milliseconds time_for(std::size_t bytes, std::chrono::milliseconds idle) {
  return idle + std::chrono::seconds(bytes / kSlowestBytesPerSecond);
}

std::string http_date() {
  static constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %d %02d:%02d:%02d GMT",
                kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour,
                utc.tm_min, utc.tm_sec);
  return text.data();
}

/// A header field that cannot start a new one.
bool is_one_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

bool has_body(int status) { return status >= 200 && status != 204 && status != 304; }

std::string response_head(const Shared& shared, const Response& response, bool keep_alive) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + ' ';
  head += std::string_view(beast_http::obsolete_reason(
      beast_http::int_to_status(static_cast<unsigned>(response.status))));
  head += "\r\n";
  std::set<std::string> given;
  const auto add = [&](const std::string& name, const std::string& value) {
    if (is_one_line(name) && is_one_line(value) && given.insert(lower(name)).second) {
      head += name + ": " + value + "\r\n";
    }
  };
  add("Date", http_date());
  add("Connection", keep_alive ? "keep-alive" : "close");
  if (has_body(response.status)) {
    add("Content-Type", response.content_type);
    add("Content-Length", std::to_string(response.body.size()));
  }
  given.insert("content-length");
  given.insert("transfer-encoding");
  for (const auto& [name, value] : response.headers) {
    add(name, value);
  }
  for (const auto& [name, value] : shared.options.default_headers) {
    add(name, value);
  }
  head += "\r\n";
  return head;
}

/// Writes a response; whether the connection can go on.
asio::awaitable<bool> write(Shared& shared, Connection& connection, const Response& response,
                            bool without_body, bool keep_alive) {
  const std::string head = response_head(shared, response, keep_alive);
  const bool with_body = !without_body && has_body(response.status);
  const std::array<asio::const_buffer, 2> parts = {
      asio::buffer(head), asio::buffer(response.body.data(), with_body ? response.body.size() : 0)};
  connection.arm(time_for(response.body.size(), shared.options.limits.idle));
  const auto [error, size] = co_await asio::async_write(connection.socket, parts, kQuiet);
  connection.disarm();
  co_return !error && keep_alive;
}

/// Lets the peer read our last words: without this, bytes that it still sends would make the kernel
/// throw them away. At most `bytes` more are taken.
asio::awaitable<void> linger(Connection& connection, std::size_t bytes) {
  error_code ignored;
  connection.socket.shutdown(Tcp::socket::shutdown_send, ignored);
  std::vector<Byte> sink(kReadAhead);
  connection.arm(kLinger);
  while (!connection.late()) {
    const auto [error, size] =
        co_await connection.socket.async_read_some(asio::buffer(sink), kQuiet);
    if (error || size > bytes) {
      break;
    }
    bytes -= size;
  }
  connection.disarm();
}

/// What to answer when reading a request failed; nothing when there is nobody or nothing to answer.
std::optional<Response> answer_to(const error_code& error, const Connection& connection,
                                  bool in_header) {
  if (connection.late()) {
    return Response::problem(
        Error(ErrorCode::timed_out, "http.read", "the request came too slowly"), 408);
  }
  if (error == beast_http::error::body_limit) {
    return Response::problem(
        Error(ErrorCode::too_large, "http.read", "the body is larger than this address takes"));
  }
  if (error == beast_http::error::header_limit ||
      (in_header && error == beast_http::error::buffer_overflow)) {
    return Response::problem(Error(ErrorCode::too_large, "http.read", "the header is too large"),
                             431);
  }
  if (error == beast_http::error::end_of_stream || error == beast_http::error::partial_message) {
    return std::nullopt;
  }
  if (error.category() == beast_http::make_error_code(beast_http::error::bad_method).category()) {
    return Response::problem(
        Error(ErrorCode::bad_argument, "http.read", "this is not well-formed HTTP/1.1"));
  }
  return std::nullopt;
}

Response run_handler(const Shared& shared, const Handler& handler, const Request& request) {
  if (shared.abandoned) {
    return Response::problem(Error(ErrorCode::unavailable, "http.listener", "stopping"));
  }
  try {
    return handler(request);
  } catch (const std::exception&) {
    // What an exception says may hold user data; the place is enough to find it.
    std::fprintf(stderr, "http: a handler threw an exception\n");
    return Response::problem(Error(ErrorCode::internal, "http.handler"));
  }
}

/// The routes that fit a target, by method; the most exact one for each.
std::map<std::string, const Route*> fitting(const Shared& shared, const Target& target) {
  std::map<std::string, const Route*> out;
  for (const auto& route : shared.routes) {
    if (match(route.pattern, target)) {
      auto& best = out[route.method];
      if (best == nullptr || more_exact(route.pattern, best->pattern)) {
        best = &route;
      }
    }
  }
  return out;
}

const Route* choose(const std::map<std::string, const Route*>& routes, const std::string& method) {
  auto found = routes.find(method);
  if (found == routes.end() && method == "HEAD") {
    found = routes.find("GET");
  }
  return found == routes.end() ? nullptr : found->second;
}

/// For an address that exists, but not under this method: what does exist.
Response other_method(const std::map<std::string, const Route*>& routes,
                      const std::string& method) {
  std::string allow = "OPTIONS";
  for (const auto& [name, route] : routes) {
    if (name != "OPTIONS") {
      allow += name == "GET" ? ", GET, HEAD" : ", " + name;
    }
  }
  Response response;
  if (method == "OPTIONS") {
    response.status = 204;
  } else {
    response = Response::problem(Error(ErrorCode::method_not_allowed, "http.route"));
  }
  response.headers["Allow"] = allow;
  return response;
}

/// The header fields of a request, names in lower case, repeated ones joined. `bad_argument`
/// without exactly one Host.
Result<std::map<std::string, std::string>> fields_of(const Message& message) {
  std::map<std::string, std::string> out;
  for (const auto& field : message) {
    auto [at, fresh] =
        out.emplace(lower(std::string_view(field.name_string())), std::string(field.value()));
    if (!fresh) {
      at->second += ", " + std::string(field.value());
    }
  }
  if (message.version() >= 11 && message.count(beast_http::field::host) != 1) {
    return fail(ErrorCode::bad_argument, "http.read", "exactly one Host is needed");
  }
  return out;
}

/// One request and its response; whether another may follow on this connection.
asio::awaitable<bool> serve_one(std::shared_ptr<Shared> shared,
                                std::shared_ptr<Connection> connection,
                                beast::flat_buffer& buffer) {
  const Limits& limits = shared->options.limits;
  auto& socket = connection->socket;
  if (buffer.size() == 0) {
    connection->arm(limits.idle);
    const auto [error, size] = co_await socket.async_read_some(buffer.prepare(4096), kQuiet);
    connection->disarm();
    if (error) {
      co_return false;
    }
    buffer.commit(size);
  }

  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
  parser.body_limit(boost::none);  // set when the route is known
  connection->arm(limits.header_time);
  const auto [header_error, header_size] =
      co_await beast_http::async_read_header(socket, buffer, parser, kQuiet);
  connection->disarm();
  if (header_error) {
    if (const auto answer = answer_to(header_error, *connection, true)) {
      co_await write(*shared, *connection, *answer, false, false);
      co_await linger(*connection, kLingerAfterHeader);
    }
    co_return false;
  }

  Request request;
  request.method = std::string(parser.get().method_string());
  const bool head_only = request.method == "HEAD";
  const bool body_follows = parser.chunked() || parser.content_length().value_or(0) > 0;
  const bool keep_alive = parser.get().keep_alive() && parser.get().version() >= 11;
  auto target = parse_target(std::string_view(parser.get().target()));
  auto fields = fields_of(parser.get());

  std::optional<Response> refusal;
  const Route* route = nullptr;
  if (!target || !fields) {
    refusal = Response::problem(target ? fields.error() : target.error());
  } else {
    if (beast::websocket::is_upgrade(parser.get())) {
      const auto found = shared->sockets.find(target->path);
      if (found != shared->sockets.end() && buffer.size() == 0) {
        co_await run_socket(shared, connection, found->second, parser.release());
        co_return false;
      }
    }
    const auto routes = fitting(*shared, *target);
    route = choose(routes, request.method);
    if (route == nullptr) {
      refusal = routes.empty() ? Response::problem(Error(ErrorCode::not_found, "http.route"))
                               : other_method(routes, request.method);
    }
  }
  const std::size_t limit =
      route == nullptr || route->body_limit == 0 ? limits.body_bytes : route->body_limit;
  if (!refusal && parser.content_length().value_or(0) > limit) {
    refusal = answer_to(beast_http::error::body_limit, *connection, false);
  }
  if (refusal) {
    const bool goes_on =
        co_await write(*shared, *connection, *refusal, head_only, keep_alive && !body_follows);
    if (!goes_on) {
      co_await linger(*connection, kLingerAfterBody);
    }
    co_return goes_on;
  }

  if (body_follows) {
    connection->arm(time_for(limit, limits.idle));
    if (lower((*fields)["expect"]) == "100-continue") {
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await asio::async_write(socket, asio::buffer(kContinue), kQuiet);
    }
    parser.body_limit(limit);
    const auto [body_error, body_size] =
        co_await beast_http::async_read(socket, buffer, parser, kQuiet);
    connection->disarm();
    if (body_error) {
      if (const auto answer = answer_to(body_error, *connection, false)) {
        co_await write(*shared, *connection, *answer, head_only, false);
        co_await linger(*connection, kLingerAfterBody);
      }
      co_return false;
    }
  }

  if (shared->options.tell_peer) {
    auto peer =
        shared->options.behind_trusted_proxy ? peer_behind_proxy(*fields) : connection->peer;
    request.peer_address = std::move(peer.address);
    request.peer_port = peer.port;
  }
  request.params = *match(route->pattern, *target);
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  request.headers = std::move(*fields);
  request.body = std::move(parser.get().body());
  connection->handling = true;
  Response response;
  co_await on_worker(*shared, [&] { response = run_handler(*shared, route->handler, request); });
  if (response.unanswered) {
    connection->handling = false;
    co_return false;
  }
  const bool goes_on =
      co_await write(*shared, *connection, response, head_only, keep_alive && !shared->stopping);
  connection->handling = false;
  co_return goes_on;
}

asio::awaitable<void> serve(std::shared_ptr<Shared> shared,
                            std::shared_ptr<Connection> connection) {
  beast::flat_buffer buffer(shared->options.limits.header_bytes + kReadAhead);
  bool goes_on = true;
  while (goes_on && !shared->stopping) {
    goes_on = co_await serve_one(shared, connection, buffer);
  }
}

void forget(Shared& shared, const std::shared_ptr<Connection>& connection) {
  connection->disarm();
  connection->cut();
  const std::lock_guard lock(shared.mutex);
  shared.connections.erase(connection);
  shared.changed.notify_all();
}

/// Answers a connection beyond the limit without waiting for it: the kernel takes this little at
/// once.
void turn_away(Tcp::socket socket) {
  static constexpr std::string_view kFull =
      "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\nContent-Length: "
      "0\r\n\r\n";
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(kFull), ignored);
  socket.shutdown(Tcp::socket::shutdown_send, ignored);
}

asio::awaitable<void> accept_all(std::shared_ptr<Shared> shared,
                                 std::shared_ptr<Tcp::acceptor> acceptor) {
  while (acceptor->is_open()) {
    auto [error, socket] = co_await acceptor->async_accept(kQuiet);
    if (error) {
      if (error == asio::error::operation_aborted) {
        co_return;
      }
      // Most often the process has no file descriptor left. Connections that end will give some
      // back.
      asio::steady_timer pause(shared->io, 50ms);
      co_await pause.async_wait(kQuiet);
      continue;
    }
    socket.set_option(Tcp::no_delay(true), error);
    bool full = false;
    auto connection = std::make_shared<Connection>(std::move(socket));
    if (const auto other_end = connection->socket.remote_endpoint(error); !error) {
      connection->peer = peer_from_text(other_end.address().to_string());
      connection->peer.port = other_end.port();
    }
    {
      const std::lock_guard lock(shared->mutex);
      full = shared->connections.size() >= shared->options.limits.connections;
      if (!full) {
        shared->connections.insert(connection);
      }
    }
    if (full) {
      turn_away(std::move(connection->socket));
      continue;
    }
    asio::co_spawn(
        shared->io, serve(shared, connection),
        [shared, connection](const std::exception_ptr&) { forget(*shared, connection); });
  }
}

}  // namespace

void Connection::arm(std::chrono::milliseconds time) {
  late_ = false;
  timer_.expires_after(time);
  wait(++generation_);
}

void Connection::wait(std::uint64_t generation) {
  timer_.async_wait([self = shared_from_this(), generation](const error_code& error) {
    if (error || generation != self->generation_) {
      return;
    }
    self->late_ = true;
    error_code ignored;
    self->socket.cancel(ignored);
    // A read in several parts may just be between two of them; cancel again until it has noticed.
    self->timer_.expires_after(100ms);
    self->wait(generation);
  });
}

void Connection::disarm() {
  ++generation_;
  timer_.cancel();
}

void Connection::cut() {
  error_code ignored;
  socket.close(ignored);
}

struct Listener::State {
  explicit State(Options options) : shared(std::make_shared<Shared>(std::move(options))) {}

  std::shared_ptr<Shared> shared;
  std::shared_ptr<Tcp::acceptor> acceptor;
  std::uint16_t port = 0;
  std::optional<Error> misuse;  // the first wrong pattern, reported by start()
  std::thread thread;
};

Listener::Listener(Options options) : state_(std::make_unique<State>(std::move(options))) {}

Listener::~Listener() { stop(); }

void Listener::route(const std::string& method, const std::string& pattern, Handler handler,
                     std::size_t body_limit) {
  auto parsed = parse_pattern(pattern);
  if (!parsed) {
    state_->misuse = parsed.error();
    return;
  }
  state_->shared->routes.push_back({method, *std::move(parsed), std::move(handler), body_limit});
}

void Listener::socket(const std::string& path, SocketHandler handler) {
  state_->shared->sockets[path] = std::move(handler);
}

Status Listener::start() {
  auto& shared = *state_->shared;
  if (state_->misuse) {
    return std::unexpected(*state_->misuse);
  }
  error_code error;
  const auto address = asio::ip::make_address(shared.options.address, error);
  if (error) {
    return fail(ErrorCode::bad_configuration, "http.listener", "address: not an IP address");
  }
  if (!address.is_loopback() && !shared.options.behind_trusted_proxy) {
    return fail(ErrorCode::bad_configuration, "http.listener",
                "address: beyond loopback only behind a trusted proxy that ends TLS");
  }
  const Tcp::endpoint endpoint(address, shared.options.port);
  auto acceptor = std::make_shared<Tcp::acceptor>(shared.io);
  acceptor->open(endpoint.protocol(), error);
  if (!error) {
    acceptor->set_option(Tcp::acceptor::reuse_address(true), error);
  }
  if (!error) {
    acceptor->bind(endpoint, error);
  }
  if (!error) {
    acceptor->listen(asio::socket_base::max_listen_connections, error);
  }
  if (error) {
    return fail(ErrorCode::unavailable, "http.listener",
                "port " + std::to_string(shared.options.port) + ": " + error.message());
  }
  state_->port = acceptor->local_endpoint(error).port();
  state_->acceptor = acceptor;
  asio::co_spawn(shared.io, accept_all(state_->shared, acceptor), asio::detached);
  state_->thread = std::thread([kept = state_->shared] { kept->io.run(); });
  return {};
}

std::uint16_t Listener::port() const { return state_->port; }

void Listener::stop() {
  auto& shared = *state_->shared;
  if (!state_->thread.joinable()) {
    return;
  }
  // These jobs may stay in the queue when the thread has ended already, so they must not keep the
  // queue itself alive.
  asio::post(shared.io, [&shared, acceptor = state_->acceptor.get()] {
    shared.stopping = true;
    error_code ignored;
    acceptor->close(ignored);
    const std::lock_guard lock(shared.mutex);
    for (const auto& connection : shared.connections) {
      if (connection->end_gently) {
        connection->end_gently();
      } else if (!connection->handling) {
        connection->cut();
      }
    }
  });
  {
    std::unique_lock lock(shared.mutex);
    shared.changed.wait_for(lock, kStopPatience, [&] { return shared.connections.empty(); });
  }
  shared.abandoned = true;
  asio::post(shared.io, [&shared] {
    const std::lock_guard lock(shared.mutex);
    for (const auto& connection : shared.connections) {
      connection->cut();
    }
  });
  // The thread ends by itself when the last connection and the last handler have ended.
  state_->thread.join();
  shared.workers.join();
}

}  // namespace lightkeeper::http
