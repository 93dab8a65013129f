#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/vector_body.hpp>
#include <charconv>
#include <optional>

#include "http/http.hpp"

namespace lightkeeper::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using Tcp = asio::ip::tcp;

constexpr auto kQuiet = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t kHeaderLimit = 64 * 1024;

struct Url {
  bool tls = false;
  std::string host;  // without brackets
  std::string port;
  std::string authority;  // as written, for the Host header
  std::string target;
};

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

Result<Url> parse_url(std::string_view text) {
  const auto bad = [](const char* detail) {
    return fail(ErrorCode::bad_argument, "http.url", detail);
  };
  Url url;
  if (!is_printable(text)) {
    return bad("a space, control character or non-ASCII letter");
  }
  if (text.starts_with("http://")) {
    text.remove_prefix(7);
  } else if (text.starts_with("https://")) {
    text.remove_prefix(8);
    url.tls = true;
  } else {
    return bad("neither http:// nor https://");
  }
  const auto slash = text.find_first_of("/?#");
  url.authority = std::string(text.substr(0, slash));
  url.target = slash == std::string_view::npos ? "/" : std::string(text.substr(slash));
  if (url.target[0] != '/' || url.target.contains('#')) {
    return bad("a path is expected after the host, and no fragment");
  }
  std::string_view host = url.authority;
  if (host.contains('@')) {
    return bad("a user name does not belong here");
  }
  std::string_view port;
  const auto bracket = host.starts_with('[') ? host.find(']') : std::string_view::npos;
  const auto colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
    unsigned number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc() || end != port.data() + port.size() || number == 0 || number > 65535) {
      return bad("the port is not a number from 1 to 65535");
    }
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  }
  if (host.empty()) {
    return bad("no host");
  }
  url.host = std::string(host);
  url.port = port.empty() ? (url.tls ? "443" : "80") : std::string(port);
  return url;
}

Result<std::string> request_head(const ClientRequest& request, const Url& url) {
  const auto is_line = [](std::string_view text) {
    return std::ranges::none_of(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  };
  if (request.method.empty() ||
      !std::ranges::all_of(request.method, [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return fail(ErrorCode::bad_argument, "http.exchange", "the method");
  }
  std::string head = request.method + ' ' + url.target + " HTTP/1.1\r\nHost: " + url.authority +
                     "\r\nConnection: close\r\n";
  for (const auto& [name, value] : request.headers) {
    if (!is_printable(name) || name.empty() || name.contains(':') || !is_line(value)) {
      return fail(ErrorCode::bad_argument, "http.exchange", "a header field");
    }
    head += name + ": " + value + "\r\n";
  }
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    head += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  head += "\r\n";
  return head;
}

std::unexpected<Error> unavailable(const error_code& error) {
  return fail(ErrorCode::unavailable, "http.exchange", error.message());
}

template <class Stream>
asio::awaitable<Result<ClientResponse>> talk(Stream& stream, const ClientRequest& request,
                                             const std::string& head) {
  const std::array<asio::const_buffer, 2> parts = {asio::buffer(head), asio::buffer(request.body)};
  // A server may answer and close before it has read everything; what it said counts, so a failed
  // write does not end the exchange.
  co_await asio::async_write(stream, parts, kQuiet);
  beast::flat_buffer buffer;
  beast::http::response_parser<beast::http::vector_body<Byte>> parser;
  parser.header_limit(kHeaderLimit);
  parser.body_limit(request.response_limit);
  parser.skip(request.method == "HEAD");
  const auto [error, size] = co_await beast::http::async_read(stream, buffer, parser, kQuiet);
  if (error == beast::http::error::body_limit || error == beast::http::error::header_limit) {
    co_return fail(ErrorCode::too_large, "http.exchange", "the response");
  }
  if (error == beast::http::error::end_of_stream || error == beast::http::error::partial_message) {
    co_return fail(ErrorCode::unavailable, "http.exchange",
                   "the connection ended before the response did");
  }
  if (error &&
      error.category() == beast::http::make_error_code(beast::http::error::bad_method).category()) {
    co_return fail(ErrorCode::bad_format, "http.exchange",
                   "the response is not well-formed HTTP/1.1");
  }
  if (error) {
    co_return unavailable(error);
  }
  ClientResponse response;
  response.status = static_cast<int>(parser.get().result_int());
  for (const auto& field : parser.get()) {
    std::string name(field.name_string());
    std::ranges::transform(name, name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    response.headers.emplace(std::move(name), std::string(field.value()));
  }
  response.body = std::move(parser.get().body());
  co_return response;
}

asio::awaitable<Result<ClientResponse>> run(asio::io_context& io, const ClientRequest& request,
                                            const Url& url, const std::string& head) {
  Tcp::resolver resolver(io);
  const auto [resolve_error, endpoints] =
      co_await resolver.async_resolve(url.host, url.port, kQuiet);
  if (resolve_error) {
    co_return unavailable(resolve_error);
  }
  Tcp::socket socket(io);
  const auto [connect_error, endpoint] = co_await asio::async_connect(socket, endpoints, kQuiet);
  if (connect_error) {
    co_return unavailable(connect_error);
  }
  error_code ignored;
  socket.set_option(Tcp::no_delay(true), ignored);
  if (!url.tls) {
    co_return co_await talk(socket, request, head);
  }
  asio::ssl::context context(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  error_code trust_error;
  context.set_default_verify_paths(trust_error);
  if (trust_error) {
    co_return unavailable(trust_error);
  }
  asio::ssl::stream<Tcp::socket> stream(std::move(socket), context);
  stream.set_verify_mode(asio::ssl::verify_peer);
  stream.set_verify_callback(asio::ssl::host_name_verification(url.host));
  SSL_ctrl(stream.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
           std::string(url.host).data());
  const auto [tls_error] = co_await stream.async_handshake(asio::ssl::stream_base::client, kQuiet);
  if (tls_error) {
    co_return unavailable(tls_error);
  }
  co_return co_await talk(stream, request, head);
}

}  // namespace

Result<ClientResponse> exchange(const ClientRequest& request) {
  LK_TRY(url, parse_url(request.url));
  LK_TRY(head, request_head(request, url));
  try {
    std::optional<Result<ClientResponse>> result;
    asio::io_context io(1);
    asio::co_spawn(io, run(io, request, url, head),
                   [&](const std::exception_ptr& thrown, Result<ClientResponse> outcome) {
                     if (thrown) {
                       outcome = fail(ErrorCode::unavailable, "http.exchange");
                     }
                     result = std::move(outcome);
                   });
    io.run_for(request.timeout);
    if (!result) {
      return fail(ErrorCode::timed_out, "http.exchange");
    }
    return *std::move(result);
  } catch (const std::exception&) {
    return fail(ErrorCode::unavailable, "http.exchange");
  }
}

}  // namespace lightkeeper::http
