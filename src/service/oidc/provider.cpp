#include "service/oidc/provider.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/codec.hpp"

namespace lightkeeper::oidc {

namespace {

using nlohmann::json;

constexpr std::string_view kWhere = "oidc";
constexpr std::uint64_t kDiscoveryMillis = 5ULL * 60 * 1000;
constexpr std::size_t kMaxCode = 4 * 1024;
constexpr std::size_t kMaxStartCode = 256;
constexpr std::string_view kStateLabel = "lightkeeper oidc state v1";

std::unexpected<Error> refused(const char* why) {
  return fail(ErrorCode::oidc_failed, kWhere, why);
}

/// application/x-www-form-urlencoded and query strings: everything but RFC 3986's unreserved.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      out.append("%").append(1, kDigits[byte >> 4U]).append(1, kDigits[byte & 15U]);
    }
  }
  return out;
}

std::string base64(BytesView bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto left = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8U | (j < left ? bytes[i + j] : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out += j <= left ? kDigits[group >> (18U - 6U * j) & 63U] : '=';
    }
  }
  return out;
}

std::string text(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

bool is_endpoint(std::string_view url) {
  const bool secure = url.starts_with("https://");
  if (!secure && !url.starts_with("http://")) {
    return false;
  }
  const auto rest = url.substr(secure ? 8 : 7);
  const auto authority = rest.substr(0, rest.find_first_of("/?#"));
  const bool plain = std::ranges::all_of(url, [](char c) { return c > 0x20 && c < 0x7f; });
  if (authority.empty() || authority.contains('@') || authority.contains('\\') || !plain ||
      url.contains('#')) {
    return false;
  }
  const auto host = authority.starts_with('[') ? authority.substr(0, authority.find(']') + 1)
                                               : authority.substr(0, authority.find(':'));
  return secure || host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

Provider::Provider(ProviderSettings settings, Clock& clock, Rng& rng, Exchange exchange)
    : settings_(std::move(settings)), clock_(clock), rng_(rng), exchange_(std::move(exchange)) {
  auto key = rng_.array<32>();
  state_key_.bytes = SecretBytes::copy_of(key);
  wipe(key);
}

std::string Provider::seal(const Open& open) {
  Writer plain;
  plain.u64(open.expires.value).text(open.nonce).text(open.verifier).u8(open.code ? 1 : 0);
  if (open.code) {
    plain.text(*open.code);
  }
  const auto nonce = rng_.array<12>();
  Writer out;
  out.fixed(nonce).fixed(crypto::aead_seal(state_key_, nonce, as_bytes(kStateLabel), plain.view()));
  return to_base64url(out.view());
}

Result<Provider::Open> Provider::take(std::string_view state) {
  const auto gone = [] { return refused("this sign-in is not open any more"); };
  if (state.size() > kMaxState) {
    return gone();
  }
  const auto bytes = from_base64url(state);
  if (!bytes || bytes->size() <= 12) {
    return gone();
  }
  const BytesView all(*bytes);
  LK_TRY(nonce, to_array<12>(all.first(12)));
  const auto plain = crypto::aead_open(state_key_, nonce, as_bytes(kStateLabel), all.subspan(12));
  if (!plain) {
    return gone();
  }
  Reader in(*plain);
  Open open;
  LK_TRY(expires, in.u64());
  open.expires = UnixMillis{expires};
  LK_TRY(id_nonce, in.text(kMaxState));
  open.nonce = std::move(id_nonce);
  LK_TRY(verifier, in.text(kMaxState));
  open.verifier = std::move(verifier);
  LK_TRY(has_code, in.u8());
  if (has_code == 1) {
    LK_TRY(code, in.text(kMaxStartCode));
    open.code = std::move(code);
  }
  const auto now = clock_.now();
  if (open.expires <= now) {
    return gone();
  }
  const std::scoped_lock lock(mutex_);
  used_.erase(used_.begin(), used_.upper_bound(now.value));
  const Bytes mark(nonce.begin(), nonce.end());
  const auto [from, to] = used_.equal_range(expires);
  if (std::any_of(from, to, [&](const auto& one) { return one.second == mark; })) {
    return gone();
  }
  if (used_.size() >= kMaxUsedStates) {
    used_.erase(used_.begin());
  }
  used_.emplace(expires, mark);
  return open;
}

Result<Bytes> Provider::fetch(const http::ClientRequest& request) {
  LK_TRY(answer, exchange_(request));
  if (answer.status != 200) {
    return refused("the provider does not answer 200");
  }
  return std::move(answer.body);
}

Result<Provider::Endpoints> Provider::discover() {
  {
    const std::scoped_lock lock(mutex_);
    if (endpoints_ && clock_.now().value < discovered_.value + kDiscoveryMillis) {
      return *endpoints_;
    }
  }
  http::ClientRequest request;
  const std::string_view issuer = settings_.issuer;
  request.url = std::string(issuer.substr(0, issuer.size() - (issuer.ends_with('/') ? 1 : 0))) +
                "/.well-known/openid-configuration";
  request.response_limit = kMaxKeySet;
  LK_TRY(bytes, fetch(request));
  const auto document = json::parse(bytes.begin(), bytes.end(), nullptr, false);
  if (!document.is_object() || text(document, "issuer") != settings_.issuer) {
    return refused("the discovery document is not that of the issuer");
  }
  Endpoints out{text(document, "authorization_endpoint"), text(document, "token_endpoint"),
                text(document, "jwks_uri")};
  if (!is_endpoint(out.authorization) || !is_endpoint(out.token) || !is_endpoint(out.keys)) {
    return refused("an endpoint is not https");
  }
  // client_secret_basic is what a provider takes unless it says otherwise.
  if (const auto ways = document.find("token_endpoint_auth_methods_supported");
      ways != document.end() && ways->is_array()) {
    out.secret_in_body = std::ranges::find(*ways, json("client_secret_basic")) == ways->end() &&
                         std::ranges::find(*ways, json("client_secret_post")) != ways->end();
  }
  const std::scoped_lock lock(mutex_);
  endpoints_ = out;
  discovered_ = clock_.now();
  return out;
}

Result<std::string> Provider::begin(std::optional<std::string> code) {
  if (code && code->size() > kMaxStartCode) {
    return fail(ErrorCode::too_large, kWhere, "the code");
  }
  LK_TRY(endpoints, discover());
  const Open open{to_base64url(rng_.array<32>()), to_base64url(rng_.array<32>()), std::move(code),
                  UnixMillis{clock_.now().value + kStateMillis}};
  std::string url = endpoints.authorization;
  url.append(url.contains('?') ? "&" : "?")
      .append("response_type=code&scope=openid%20email&client_id=")
      .append(escaped(settings_.client_id))
      .append("&redirect_uri=")
      .append(escaped(settings_.redirect_uri))
      .append("&state=")
      .append(seal(open))
      .append("&nonce=")
      .append(open.nonce)
      .append("&code_challenge_method=S256&code_challenge=")
      .append(to_base64url(crypto::sha256(as_bytes(open.verifier))));
  return url;
}

Result<std::string> Provider::redeem(const Endpoints& endpoints, std::string_view code,
                                     const std::string& verifier) {
  http::ClientRequest request;
  request.method = "POST";
  request.url = endpoints.token;
  request.response_limit = kMaxKeySet;
  request.headers["Content-Type"] = "application/x-www-form-urlencoded";
  request.headers["Accept"] = "application/json";
  auto form = "grant_type=authorization_code&code=" + escaped(code) +
              "&redirect_uri=" + escaped(settings_.redirect_uri) +
              "&code_verifier=" + escaped(verifier);
  if (settings_.client_secret.empty() || endpoints.secret_in_body) {
    form += "&client_id=" + escaped(settings_.client_id);
  }
  if (!settings_.client_secret.empty()) {
    if (endpoints.secret_in_body) {
      form += "&client_secret=" + escaped(settings_.client_secret);
    } else {
      const auto pair = escaped(settings_.client_id) + ":" + escaped(settings_.client_secret);
      request.headers["Authorization"] = "Basic " + base64(as_bytes(pair));
    }
  }
  request.body = to_bytes(form);
  LK_TRY(bytes, fetch(request));
  const auto answer = json::parse(bytes.begin(), bytes.end(), nullptr, false);
  auto token = answer.is_object() ? text(answer, "id_token") : std::string();
  if (token.empty()) {
    return refused("no id_token came");
  }
  return token;
}

Result<Arrival> Provider::finish(std::string_view code, std::string_view state) {
  // Taken whatever comes next: a state is used once.
  LK_TRY(open, take(state));
  if (code.empty() || code.size() > kMaxCode) {
    return refused("the code");
  }
  LK_TRY(endpoints, discover());
  LK_TRY(token, redeem(endpoints, code, open.verifier));
  http::ClientRequest request;
  request.url = endpoints.keys;
  request.response_limit = kMaxKeySet;
  LK_TRY(keys, fetch(request));
  LK_TRY(claims,
         verify_id_token(token, keys,
                         {settings_.issuer, settings_.client_id, open.nonce, clock_.now()}));
  return Arrival{settings_.issuer, claims.subject, claims.wanted_name, open.code};
}

}  // namespace lightkeeper::oidc
