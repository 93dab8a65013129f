// The HTTP edge that keepers and the service share: a listener with explicit limits, and a small
// client. Beast stays inside the .cpp files of this room (and the private header connection.hpp).
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/base/bytes.hpp"

namespace lightkeeper::http {

struct Request {
  std::string method;  // upper case
  std::string path;    // decoded, without the query string
  std::map<std::string, std::string> query;
  std::map<std::string, std::string> headers;  // names in lower case
  std::map<std::string, std::string> params;   // from the route's {placeholders}
  Bytes body;
  // Who sent it (peer.hpp), only with Options::tell_peer; empty and 0 if not known.
  std::string peer_address;
  std::uint16_t peer_port = 0;
  [[nodiscard]] std::string header(const std::string& lower_case_name) const;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  Bytes body;
  std::map<std::string, std::string> headers;
  /// The connection ends without an answer: what a client sees when a network fails after the deed.
  bool unanswered = false;

  [[nodiscard]] static Response json(int status, std::string text);
  /// RFC 9457 application/problem+json from the catalogue: type, title, status, code, detail, mend.
  [[nodiscard]] static Response problem(const Error& error);
  /// The same under another status, where HTTP itself names one (408, 431).
  [[nodiscard]] static Response problem(const Error& error, int status);
};

using Handler = std::function<Response(const Request&)>;

/// One WebSocket connection. send() and close() may be called from any thread; messages keep their
/// order. A peer that does not read is closed once its queue exceeds Limits::socket_queue_bytes.
class Socket {
 public:
  virtual ~Socket() = default;
  virtual void send(std::string text) = 0;
  virtual void close() = 0;
};
struct SocketHandler {
  std::function<void(const std::shared_ptr<Socket>&)> opened;
  std::function<void(const std::shared_ptr<Socket>&, std::string text)> received;
  std::function<void(const std::shared_ptr<Socket>&)> closed;
};

struct Limits {
  std::size_t header_bytes = 16 * 1024;
  std::size_t body_bytes = 1024 * 1024;
  std::size_t socket_message_bytes = 1024 * 1024;
  std::size_t socket_queue_bytes = 8 * 1024 * 1024;
  std::size_t connections = 1024;
  std::chrono::milliseconds idle{30'000};
  std::chrono::milliseconds header_time{10'000};
};

/// Routes are added before start(). Handlers run on a pool of worker threads and may block.
class Listener {
 public:
  struct Options {
    std::string address =
        "127.0.0.1";         // a non-loopback address is refused unless behind_trusted_proxy
    std::uint16_t port = 0;  // 0: any free port
    bool behind_trusted_proxy = false;
    bool tell_peer = false;  // handlers learn the sender's address: the service, never a keeper
    unsigned workers = 8;
    Limits limits;
    std::map<std::string, std::string>
        default_headers;  // e.g. Content-Security-Policy; every response gets them
  };
  explicit Listener(Options options);
  ~Listener();
  /// `pattern` like "/api/v1/people/{account}"; a trailing "/{rest*}" takes all that follows.
  /// `body_limit` overrides Limits::body_bytes for this route.
  void route(const std::string& method, const std::string& pattern, Handler handler,
             std::size_t body_limit = 0);
  void socket(const std::string& path, SocketHandler handler);
  [[nodiscard]] Status start();
  [[nodiscard]] std::uint16_t port() const;
  /// Stops accepting, lets running handlers finish (at most 5 s), closes sockets.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct ClientRequest {
  std::string method = "GET";
  std::string url;  // http://host:port/path or https://
  std::map<std::string, std::string> headers;
  Bytes body;
  std::chrono::milliseconds timeout{10'000};
  std::size_t response_limit = 64 * 1024 * 1024;
};
struct ClientResponse {
  int status = 0;
  std::map<std::string, std::string> headers;
  Bytes body;
};
/// One blocking exchange. `keeper_unreachable` is the caller's word; here: `unavailable` or
/// `timed_out`.
[[nodiscard]] Result<ClientResponse> exchange(const ClientRequest& request);

}  // namespace lightkeeper::http
