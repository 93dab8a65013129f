// The hotline's requests, and what their answers say about whether the deed was done.
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>

#include "service/submission/parts.hpp"

namespace lightkeeper::submission {

namespace {

constexpr std::uint64_t kBaseTimeoutMs = 30'000;
constexpr std::uint64_t kSlowestBytesPerMs = 64;
constexpr std::size_t kMaxSchema = 8UL * 1024 * 1024;

std::string digest_hex(const EVP_MD* method, BytesView bytes) {
  ByteArray<EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, method, nullptr);
  return to_hex(BytesView(out).first(size));
}

/// RFC 4648 section 4, which HTTP Basic uses; ours is the one of section 5.
std::string base64(BytesView bytes) {
  auto out = to_base64url(bytes);
  for (char& c : out) {
    c = c == '-' ? '+' : c == '_' ? '/' : c;
  }
  while (out.size() % 4 != 0) {
    out += '=';
  }
  return out;
}

std::optional<std::string> header(const http::ClientResponse& response, const char* name) {
  const auto found = response.headers.find(name);
  if (found == response.headers.end()) {
    return std::nullopt;
  }
  return found->second;
}

/// For the journal: identifiers only, whatever the other side sends.
std::optional<std::string> as_identifier(std::optional<std::string> text) {
  if (!text || text->empty() || text->size() > kMaxIdentifier ||
      std::ranges::any_of(*text, [](char c) { return c <= 0x20 || c >= 0x7f; })) {
    return std::nullopt;
  }
  return text;
}

}  // namespace

std::string md5_hex(BytesView bytes) { return digest_hex(EVP_md5(), bytes); }
std::string sha256_hex(BytesView bytes) { return to_hex(crypto::sha256(bytes)); }

Wire::Wire(const OutletSettings& settings,
           std::function<Result<http::ClientResponse>(const http::ClientRequest&)> exchange)
    : url_(settings.url), exchange_(std::move(exchange)) {
  SecretBytes plain(
      concat({as_bytes(settings.user), as_bytes(":"), settings.password.expose_secret()}));
  authorization_ = SecretBytes(to_bytes("Basic " + base64(plain.expose_secret())));
}

http::ClientRequest Wire::request(const char* method, const char* path,
                                  const std::string& content_type, Bytes body) const {
  http::ClientRequest out;
  out.method = method;
  out.url = url_ + path;
  out.headers["Authorization"] = std::string(as_text(authorization_.expose_secret()));
  if (!content_type.empty()) {
    out.headers["Content-Type"] = content_type;
  }
  out.timeout = std::chrono::milliseconds(kBaseTimeoutMs + body.size() / kSlowestBytesPerMs);
  out.response_limit = kMaxAnswer;
  out.body = std::move(body);
  return out;
}

Reply Wire::ask(const char* method, const char* path, const std::string& content_type,
                Bytes body) const {
  Reply out;
  auto response = exchange_(request(method, path, content_type, std::move(body)));
  if (!response) {
    out.why = describe(response.error().code).name;
    return out;
  }
  out.request_id = as_identifier(header(*response, "request-id"));
  if (response->status == 429) {
    out.kind = Reply::Kind::busy;
    if (const auto wait = header(*response, "retry-after")) {
      std::uint64_t seconds = 0;
      const auto* end = wait->data() + wait->size();
      if (const auto [stop, error] = std::from_chars(wait->data(), end, seconds);
          error == std::errc() && stop == end) {
        out.retry_after_ms = std::min(seconds, kLongestRetryAfter / 1000) * 1000;
      }
    }
    return out;
  }
  if (auto answer = read_answer(response->body)) {
    out.kind = Reply::Kind::answered;
    out.answer = *std::move(answer);
    out.document = std::move(response->body);
    return out;
  }
  if (response->status == 401 || response->status == 403) {
    out.kind = Reply::Kind::refused;
    return out;
  }
  // A good status with something else than a document of ours: a proxy's page, or worse.
  out.why = response->status / 100 == 2 ? std::string(kNotUnderstood)
                                        : "http_" + std::to_string(response->status);
  return out;
}

Reply Wire::status() const { return ask("GET", "/status", "", {}); }

Result<Bytes> Wire::schema() const {
  auto wanted = request("GET", "/xsd", "", {});
  wanted.response_limit = kMaxSchema;
  LK_TRY(response, exchange_(wanted));
  if (response.status != 200 || response.body.empty()) {
    return fail(ErrorCode::answer_not_understood, "submission.schema");
  }
  return std::move(response.body);
}

Reply Wire::submit(Bytes report) const {
  return ask("POST", "/submit", "text/xml; charset=utf-8", std::move(report));
}

Reply Wire::upload(const std::string& report_id, const std::string& name,
                   const std::string& media_type, BytesView content, Rng& rng) const {
  // 128 random bits: that they stand in a file by accident is not worth a search.
  const auto boundary = "lightkeeper-" + to_hex(rng.array<16>());
  const auto head = "--" + boundary + "\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n" +
                    report_id + "\r\n--" + boundary +
                    "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name +
                    "\"\r\nContent-Type: " + media_type + "\r\n\r\n";
  const auto tail = "\r\n--" + boundary + "--\r\n";
  return ask("POST", "/upload", "multipart/form-data; boundary=" + boundary,
             concat({as_bytes(head), content, as_bytes(tail)}));
}

Reply Wire::file_info(Bytes details) const {
  return ask("POST", "/fileinfo", "text/xml; charset=utf-8", std::move(details));
}

Reply Wire::end(const char* verb, const std::string& report_id) const {
  std::string id;
  for (const char c : report_id) {  // identifiers may hold what a form would read otherwise
    const auto byte = static_cast<Byte>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_' || c == '.';
    if (plain) {
      id += c;
    } else {
      id.append("%").append(to_hex(BytesView(&byte, 1)));
    }
  }
  return ask("POST", (std::string("/") + verb).c_str(), "application/x-www-form-urlencoded",
             to_bytes("id=" + id));
}

}  // namespace lightkeeper::submission
