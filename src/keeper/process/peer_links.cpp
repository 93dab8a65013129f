#include "keeper/process/peer_links.hpp"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <atomic>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <deque>
#include <thread>

namespace lightkeeper::keeper {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using boost::system::error_code;
using TlsStream = asio::ssl::stream<Tcp::socket>;
using namespace std::chrono_literals;

constexpr auto kQuiet = asio::as_tuple(asio::use_awaitable);
constexpr auto kHandshakeTime = 5s;
constexpr auto kPingEvery = 2s;
constexpr auto kSilenceLimit = 8s;
constexpr auto kFirstPause = 100ms;
constexpr auto kLongestPause = 2000ms;
constexpr int kMostHandshakes = 8;  // calls that are being answered at one time
constexpr std::size_t kQueueLimit = std::size_t{512} << 20U;
constexpr std::string_view kExporterLabel = "EXPORTER-lightkeeper-pair-v1";

using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

PrivateKey private_key(const crypto::SigningKey& key) {
  return {
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.bytes.expose_secret().data(), 32),
      &EVP_PKEY_free};
}

/// An envelope for the key: fixed name, no end date, signed by the key itself.
Certificate envelope_of(EVP_PKEY* key) {
  Certificate certificate(X509_new(), &X509_free);
  if (!certificate || X509_set_version(certificate.get(), X509_VERSION_3) != 1 ||
      ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1) != 1 ||
      ASN1_TIME_set_string(X509_getm_notBefore(certificate.get()), "20000101000000Z") != 1 ||
      ASN1_TIME_set_string(X509_getm_notAfter(certificate.get()), "99991231235959Z") != 1 ||
      X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                                 reinterpret_cast<const unsigned char*>("lightkeeper keeper"), -1,
                                 -1, 0) != 1 ||
      X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get())) != 1 ||
      X509_set_pubkey(certificate.get(), key) != 1 ||
      X509_sign(certificate.get(), key, nullptr) == 0) {
    certificate.reset();
  }
  return certificate;
}

/// The only question asked of a peer's certificate: is its key the pinned one? TLS itself proves
/// possession.
int check_pinned_key(X509_STORE_CTX* context, void* pinned) {
  const auto* expected = static_cast<const crypto::VerifyingKey*>(pinned);
  X509* leaf = X509_STORE_CTX_get0_cert(context);
  EVP_PKEY* key = leaf != nullptr ? X509_get0_pubkey(leaf) : nullptr;
  ByteArray<32> raw{};
  std::size_t size = raw.size();
  const bool same = key != nullptr && EVP_PKEY_get_id(key) == EVP_PKEY_ED25519 &&
                    EVP_PKEY_get_raw_public_key(key, raw.data(), &size) == 1 &&
                    size == raw.size() && equal_constant_time(raw, expected->bytes);
  X509_STORE_CTX_set_error(context, same ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
  return same ? 1 : 0;
}

Status prepare(asio::ssl::context& context, const crypto::SigningKey& link_key,
               const crypto::VerifyingKey& peer) {
  std::string algorithms = "ed25519";  // OpenSSL's macro casts const away
  SSL_CTX* native = context.native_handle();
  const PrivateKey key = private_key(link_key);
  const Certificate certificate = key ? envelope_of(key.get()) : Certificate(nullptr, &X509_free);
  if (!certificate || SSL_CTX_set_min_proto_version(native, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_num_tickets(native, 0) != 1 ||
      SSL_CTX_set1_sigalgs_list(native, algorithms.data()) != 1 ||
      SSL_CTX_use_certificate(native, certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(native, key.get()) != 1) {
    return fail(ErrorCode::bad_key, "keeper.links.tls");
  }
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(native, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(native, &check_pinned_key,
                                   const_cast<crypto::VerifyingKey*>(&peer));
  return {};
}

Result<std::pair<std::string, std::string>> split_address(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == address.size()) {
    return fail(ErrorCode::bad_argument, "keeper.links", "host:port is expected");
  }
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  }
  return std::pair(host, address.substr(colon + 1));
}

struct Connection {
  Connection(Tcp::socket socket, asio::ssl::context& context, Neighbour to)
      : stream(std::move(socket), context), neighbour(to), wake(stream.get_executor()) {}

  void close() {
    open = false;
    error_code ignored;
    stream.lowest_layer().close(ignored);
    wake.cancel();
  }

  TlsStream stream;
  Neighbour neighbour;
  asio::steady_timer wake;  // cancelled when there is something to write
  ConnectionNumber number = 0;
  bool open = true;
  std::deque<Bytes> queue;
  std::size_t queued_bytes = 0;
  std::chrono::steady_clock::time_point heard = std::chrono::steady_clock::now();
};
using ConnectionPtr = std::shared_ptr<Connection>;

}  // namespace

struct PeerLinks::State {
  State(Options chosen, const crypto::SigningKey& key, Hello greeting, Events told)
      : options(std::move(chosen)),
        link_key{key.bytes.clone()},
        hello(greeting),
        events(std::move(told)),
        acceptor(io) {}

  asio::awaitable<void> call_next();
  asio::awaitable<void> answer_calls();
  asio::awaitable<void> answer(ConnectionPtr connection);
  asio::awaitable<bool> shake_hands(ConnectionPtr connection,
                                    asio::ssl::stream_base::handshake_type side);
  asio::awaitable<void> serve(ConnectionPtr connection);
  asio::awaitable<void> write_queue(ConnectionPtr connection);
  asio::awaitable<Result<Frame>> read_frame(ConnectionPtr connection);
  void enqueue(const ConnectionPtr& connection, Bytes frame);

  Options options;
  crypto::SigningKey link_key;
  Hello hello;
  Events events;
  asio::io_context io{1};
  asio::ssl::context as_client{asio::ssl::context::tls_client};
  asio::ssl::context as_server{asio::ssl::context::tls_server};
  Tcp::acceptor acceptor;
  std::array<ConnectionPtr, 2> current;  // by Neighbour, after the hello
  ConnectionNumber last_number = 0;
  int handshakes = 0;
  std::atomic<std::uint64_t> sent_bytes{0};
  std::atomic<std::uint64_t> received_bytes{0};
  std::atomic<std::uint64_t> connections{0};
  std::atomic<std::uint64_t> refused{0};
  std::thread thread;
};

PeerLinks::PeerLinks(Options options, const crypto::SigningKey& link_key, Hello hello,
                     Events events)
    : state_(std::make_unique<State>(std::move(options), link_key, hello, std::move(events))) {}

PeerLinks::~PeerLinks() { stop(); }

Status PeerLinks::start() {
  State& state = *state_;
  LK_CHECK_OK(prepare(state.as_client, state.link_key, state.options.next_key));
  LK_CHECK_OK(prepare(state.as_server, state.link_key, state.options.previous_key));
  LK_TRY(listen, split_address(state.options.listen));
  LK_CHECK_OK(split_address(state.options.next));
  error_code error;
  Tcp::resolver resolver(state.io);
  const auto endpoints =
      resolver.resolve(listen.first, listen.second, Tcp::resolver::passive, error);
  if (error || endpoints.empty()) {
    return fail(ErrorCode::bad_argument, "keeper.links.listen", error.message());
  }
  const Tcp::endpoint endpoint = endpoints.begin()->endpoint();
  state.acceptor.open(endpoint.protocol(), error);
  if (!error) {
    state.acceptor.set_option(Tcp::acceptor::reuse_address(true), error);
  }
  if (!error) {
    state.acceptor.bind(endpoint, error);
  }
  if (!error) {
    state.acceptor.listen(16, error);
  }
  if (error) {
    return fail(ErrorCode::io_failed, "keeper.links.listen", error.message());
  }
  asio::co_spawn(state.io, state.call_next(), asio::detached);
  asio::co_spawn(state.io, state.answer_calls(), asio::detached);
  state.thread = std::thread([&state] { state.io.run(); });
  return {};
}

void PeerLinks::stop() {
  state_->io.stop();
  if (state_->thread.joinable()) {
    state_->thread.join();
  }
}

void PeerLinks::send(Neighbour to, ConnectionNumber connection, const Frame& frame) {
  asio::post(state_->io,
             [state = state_.get(), to, connection, bytes = encode_frame(frame)]() mutable {
               const ConnectionPtr& current = state->current[static_cast<std::size_t>(to)];
               if (current && current->number == connection) {
                 state->enqueue(current, std::move(bytes));
               }
             });
}

PeerLinks::Counters PeerLinks::counters() const {
  return {state_->sent_bytes, state_->received_bytes, state_->connections, state_->refused};
}

void PeerLinks::State::enqueue(const ConnectionPtr& connection, Bytes frame) {
  connection->queued_bytes += frame.size();
  if (connection->queued_bytes > kQueueLimit) {
    connection->close();
    return;
  }
  connection->queue.push_back(std::move(frame));
  connection->wake.cancel();
}

asio::awaitable<void> PeerLinks::State::call_next() {
  const auto address = split_address(options.next).value();
  auto pause = std::chrono::milliseconds(kFirstPause);
  for (;;) {
    Tcp::resolver resolver(io);
    const auto [resolve_error, endpoints] =
        co_await resolver.async_resolve(address.first, address.second, kQuiet);
    if (!resolve_error) {
      Tcp::socket socket(io);
      asio::steady_timer limit(io, kHandshakeTime);
      limit.async_wait([&socket](const error_code& cancelled) {
        if (!cancelled) {
          error_code ignored;
          socket.close(ignored);
        }
      });
      const auto [connect_error, endpoint] =
          co_await asio::async_connect(socket, endpoints, kQuiet);
      if (limit.cancel() == 1 && !connect_error) {
        const auto connection =
            std::make_shared<Connection>(std::move(socket), as_client, Neighbour::next);
        if (co_await shake_hands(connection, asio::ssl::stream_base::client)) {
          co_await serve(connection);
          if (connection->number != 0) {
            pause = kFirstPause;
          }
        }
      }
    }
    asio::steady_timer timer(io, pause);
    co_await timer.async_wait(kQuiet);
    pause = std::min(2 * pause, std::chrono::milliseconds(kLongestPause));
  }
}

asio::awaitable<void> PeerLinks::State::answer_calls() {
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(kQuiet);
    if (error) {
      asio::steady_timer timer(io, kFirstPause);
      co_await timer.async_wait(kQuiet);
      continue;
    }
    if (handshakes < kMostHandshakes) {
      ++handshakes;
      asio::co_spawn(
          io,
          answer(std::make_shared<Connection>(std::move(socket), as_server, Neighbour::previous)),
          asio::detached);
    }
  }
}

asio::awaitable<void> PeerLinks::State::answer(ConnectionPtr connection) {
  const bool authenticated = co_await shake_hands(connection, asio::ssl::stream_base::server);
  --handshakes;
  if (authenticated) {
    co_await serve(connection);
  }
}

asio::awaitable<bool> PeerLinks::State::shake_hands(ConnectionPtr connection,
                                                    asio::ssl::stream_base::handshake_type side) {
  error_code ignored;
  connection->stream.lowest_layer().set_option(Tcp::no_delay(true), ignored);
  connection->wake.expires_after(kHandshakeTime);
  connection->wake.async_wait([weak = std::weak_ptr(connection)](const error_code& cancelled) {
    if (const auto late = weak.lock(); late && !cancelled) {
      late->close();
    }
  });
  const auto [error] = co_await connection->stream.async_handshake(side, kQuiet);
  connection->wake.cancel();
  if (error || !connection->open) {
    ++refused;
    connection->close();
    co_return false;
  }
  co_return true;
}

asio::awaitable<Result<Frame>> PeerLinks::State::read_frame(ConnectionPtr connection) {
  ByteArray<kFrameHeaderSize> header{};
  const auto [header_error, header_read] =
      co_await asio::async_read(connection->stream, asio::buffer(header), kQuiet);
  if (header_error) {
    co_return fail(ErrorCode::unavailable, "keeper.links");
  }
  const auto size = frame_size(header, options.frame_limit);
  if (!size) {
    co_return std::unexpected(size.error());
  }
  Bytes body(*size);
  const auto [body_error, body_read] =
      co_await asio::async_read(connection->stream, asio::buffer(body), kQuiet);
  if (body_error) {
    co_return fail(ErrorCode::unavailable, "keeper.links");
  }
  received_bytes += kFrameHeaderSize + body.size();
  connection->heard = std::chrono::steady_clock::now();
  co_return parse_frame(body);
}

asio::awaitable<void> PeerLinks::State::serve(ConnectionPtr connection) {
  SecretBytes pair_secret(kPairSecretSize);
  const std::span<Byte> exported = pair_secret.expose_secret_for_writing();
  if (SSL_export_keying_material(connection->stream.native_handle(), exported.data(),
                                 exported.size(), kExporterLabel.data(), kExporterLabel.size(),
                                 nullptr, 0, 0) != 1) {
    connection->close();
    co_return;
  }
  enqueue(connection, encode_frame(hello));
  asio::co_spawn(io, write_queue(connection), asio::detached);
  const auto side = static_cast<std::size_t>(connection->neighbour);
  auto frame = co_await read_frame(connection);
  if (frame && std::holds_alternative<Hello>(*frame) &&
      events.hello(connection->neighbour, std::get<Hello>(*frame))) {
    connection->number = ++last_number;
    ++connections;
    if (current[side]) {
      current[side]->close();  // a newer call replaces one that may be half dead
      events.down(connection->neighbour, current[side]->number);
    }
    current[side] = connection;
    events.up(connection->neighbour, connection->number, std::move(pair_secret));
    for (;;) {
      frame = co_await read_frame(connection);
      if (!frame || std::holds_alternative<Hello>(*frame)) {
        break;
      }
      if (!std::holds_alternative<Ping>(*frame) && current[side] == connection) {
        events.frame(connection->neighbour, connection->number, std::move(*frame));
      }
    }
  }
  if (frame || frame.error().code != ErrorCode::unavailable) {
    ++refused;
  }
  connection->close();
  if (current[side] == connection) {
    current[side].reset();
    events.down(connection->neighbour, connection->number);
  }
}

asio::awaitable<void> PeerLinks::State::write_queue(ConnectionPtr connection) {
  while (connection->open) {
    if (connection->queue.empty()) {
      connection->wake.expires_after(kPingEvery);
      const auto [cancelled] = co_await connection->wake.async_wait(kQuiet);
      if (std::chrono::steady_clock::now() - connection->heard > kSilenceLimit) {
        connection->close();
      } else if (!cancelled) {
        enqueue(connection, encode_frame(Ping{}));
      }
      continue;
    }
    const Bytes frame = std::move(connection->queue.front());
    connection->queue.pop_front();
    const auto [error, written] =
        co_await asio::async_write(connection->stream, asio::buffer(frame), kQuiet);
    connection->queued_bytes -= frame.size();
    sent_bytes += written;
    if (error) {
      connection->close();
    }
  }
}

}  // namespace lightkeeper::keeper
