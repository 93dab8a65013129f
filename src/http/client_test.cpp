#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "http/http.hpp"
#include "http/raw_client_test_part.hpp"

namespace lightkeeper::http {
namespace {

using namespace std::chrono_literals;

/// A socket that listens on a free loopback port.
class Door {
 public:
  Door() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size);
    ::listen(fd_, 8);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;
  ~Door() { ::close(fd_); }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int accept() const { return ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC); }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

Result<ClientResponse> get(const std::string& url, std::chrono::milliseconds timeout = 3s,
                           std::size_t limit = 10'000) {
  ClientRequest request;
  request.url = url;
  request.timeout = timeout;
  request.response_limit = limit;
  return exchange(request);
}

/// What exchange() makes of a server that answers exactly this and closes.
Result<ClientResponse> given(std::string_view answer, std::size_t limit = 10'000) {
  const Door door;
  std::jthread server([&] {
    const int fd = door.accept();
    char part[4096];
    EXPECT_GT(::recv(fd, part, sizeof part, 0), 0);
    ::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
    ::shutdown(fd, SHUT_WR);
    while (::recv(fd, part, sizeof part, 0) > 0) {
    }
    ::close(fd);
  });
  return get("http://127.0.0.1:" + std::to_string(door.port()) + "/", 3s, limit);
}

TEST(Exchange, ReadsAnswersOfEveryFraming) {
  const auto sized = given("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Name: V\r\n\r\nab");
  ASSERT_TRUE(sized);
  EXPECT_EQ(sized->status, 200);
  EXPECT_EQ(as_text(sized->body), "ab");
  EXPECT_EQ(sized->headers.at("x-name"), "V");
  EXPECT_EQ(
      as_text(given("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
                  ->body),
      "abc");
  EXPECT_EQ(as_text(given("HTTP/1.1 200 OK\r\n\r\nuntil the end")->body), "until the end");
  EXPECT_EQ(given("HTTP/1.1 204 No Content\r\n\r\n")->status, 204);
}

TEST(Exchange, NamesWhatWentWrong) {
  EXPECT_EQ(given("").error().code, ErrorCode::unavailable);
  EXPECT_EQ(given("HTTP/1.1 200 OK\r\nContent-Le").error().code, ErrorCode::unavailable);
  EXPECT_EQ(given("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nab").error().code,
            ErrorCode::unavailable);
  EXPECT_EQ(given("SSH-2.0\r\n\r\n").error().code, ErrorCode::bad_format);
  EXPECT_EQ(given("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n").error().code,
            ErrorCode::bad_format);
  EXPECT_EQ(given("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", 10).error().code,
            ErrorCode::too_large);
  EXPECT_EQ(given("HTTP/1.1 200 OK\r\n\r\n" + std::string(11, 'a'), 10).error().code,
            ErrorCode::too_large);
  EXPECT_EQ(given("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'a') + "\r\n\r\n").error().code,
            ErrorCode::too_large);
}

TEST(Exchange, GivesUpInTime) {
  const Door silent;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(get("http://127.0.0.1:" + std::to_string(silent.port()), 200ms).error().code,
            ErrorCode::timed_out);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);
}

TEST(Exchange, SaysWhenNobodyListens) {
  std::uint16_t port = 0;
  {
    const Door gone;
    port = gone.port();
  }
  EXPECT_EQ(get("http://127.0.0.1:" + std::to_string(port)).error().code, ErrorCode::unavailable);
}

TEST(Exchange, RefusesAddressesAndFieldsThatCouldMeanTwoThings) {
  for (const char* bad : {"", "example", "ftp://127.0.0.1/", "http://", "http://:80/",
                          "http://a:b/", "http://a:0/", "http://a:65536/", "http://user@a/",
                          "http://a/ b", "http://a/\r\nX: 1", "http://a/#x", "http://a?x"}) {
    EXPECT_EQ(get(bad).error().code, ErrorCode::bad_argument) << bad;
  }
  ClientRequest request;
  request.url = "http://127.0.0.1:9/";
  request.headers = {{"X-A", "1\r\nX-B: 2"}};
  EXPECT_EQ(exchange(request).error().code, ErrorCode::bad_argument);
  request.headers = {{"X A", "1"}};
  EXPECT_EQ(exchange(request).error().code, ErrorCode::bad_argument);
  request.headers = {};
  request.method = "get /";
  EXPECT_EQ(exchange(request).error().code, ErrorCode::bad_argument);
}

TEST(Exchange, SendsNothingThatWasNotAskedFor) {
  const Door door;
  std::string heard;
  std::jthread server([&] {
    const int fd = door.accept();
    char part[4096];
    const auto got = ::recv(fd, part, sizeof part, 0);
    heard.assign(part, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    ::send(fd, "HTTP/1.1 204 No Content\r\n\r\n", 27, MSG_NOSIGNAL);
    ::close(fd);
  });
  const auto authority = "127.0.0.1:" + std::to_string(door.port());
  EXPECT_TRUE(get("http://" + authority + "/v1/manifest"));
  server.join();
  EXPECT_EQ(heard,
            "GET /v1/manifest HTTP/1.1\r\nHost: " + authority + "\r\nConnection: close\r\n\r\n");
}

/// A server with a certificate of its own making for `name`, and a file that holds the certificate.
class TlsServer {
 public:
  explicit TlsServer(const char* name) : context_(SSL_CTX_new(TLS_server_method())) {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name,
                                                (std::string("DNS:") + name).c_str());
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(certificate, key, EVP_sha256());
    SSL_CTX_use_certificate(context_, certificate);
    SSL_CTX_use_PrivateKey(context_, key);
    file_ = std::filesystem::path(testing::TempDir()) /
            ("lightkeeper_tls_" + std::to_string(::getpid()) + ".pem");
    BIO* out = BIO_new_file(file_.c_str(), "w");
    PEM_write_bio_X509(out, certificate);
    BIO_free(out);
    X509_free(certificate);
    EVP_PKEY_free(key);
    thread_ = std::jthread([this] { serve(); });
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  ~TlsServer() {
    thread_.join();
    SSL_CTX_free(context_);
    std::filesystem::remove(file_);
  }
  [[nodiscard]] std::string url(const std::string& host) const {
    return "https://" + host + ":" + std::to_string(door_.port()) + "/";
  }
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  void serve() {
    const int fd = door_.accept();
    SSL* ssl = SSL_new(context_);
    SSL_set_fd(ssl, fd);
    if (SSL_accept(ssl) == 1) {
      char part[4096];
      SSL_read(ssl, part, sizeof part);
      static constexpr std::string_view kAnswer =
          "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsafe";
      SSL_write(ssl, kAnswer.data(), static_cast<int>(kAnswer.size()));
      SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    ::close(fd);
  }

  SSL_CTX* context_;
  std::filesystem::path file_;
  Door door_;
  std::jthread thread_;
};

TEST(ExchangeTls, RefusesACertificateThatNobodyVouchesFor) {
  const TlsServer server("localhost");
  EXPECT_EQ(get(server.url("localhost")).error().code, ErrorCode::unavailable);
}

TEST(ExchangeTls, TakesATrustedCertificateForTheRightNameOnly) {
  {
    const TlsServer right("localhost");
    ::setenv("SSL_CERT_FILE", right.file().c_str(), 1);
    const auto answer = get(right.url("localhost"));
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(as_text(answer->body), "safe");
  }
  const TlsServer wrong("other.example");
  ::setenv("SSL_CERT_FILE", wrong.file().c_str(), 1);
  EXPECT_EQ(get(wrong.url("localhost")).error().code, ErrorCode::unavailable);
  ::unsetenv("SSL_CERT_FILE");
}

}  // namespace
}  // namespace lightkeeper::http
