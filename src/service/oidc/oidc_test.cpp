// ID tokens of a small issuer made here, good and forged, and the flow against it without sockets.
#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <nlohmann/json.hpp>

#include "core/crypto/crypto.hpp"
#include "service/oidc/provider.hpp"

namespace lightkeeper::oidc {
namespace {

using nlohmann::json;

constexpr const char* kIssuer = "https://login.example.org";
constexpr const char* kClient = "console";
constexpr std::uint64_t kNow = 1'800'000'000'000;

Bytes number_of(const EVP_PKEY* key, const char* name) {
  BIGNUM* value = nullptr;
  EVP_PKEY_get_bn_param(key, name, &value);
  Bytes out(static_cast<std::size_t>(BN_num_bytes(value)));
  BN_bn2bin(value, out.data());
  BN_free(value);
  return out;
}

/// A key pair of an issuer, with its JWK.
struct TestKey {
  explicit TestKey(const std::string& kind, unsigned bits = 2048)
      : pair(kind == "RSA" ? EVP_RSA_gen(bits) : EVP_EC_gen("P-256")) {
    if (kind == "RSA") {
      jwk = {{"kty", "RSA"},
             {"kid", "r"},
             {"use", "sig"},
             {"n", to_base64url(number_of(pair, OSSL_PKEY_PARAM_RSA_N))},
             {"e", to_base64url(number_of(pair, OSSL_PKEY_PARAM_RSA_E))}};
    } else {
      Bytes point(65);
      std::size_t size = 0;
      EVP_PKEY_get_octet_string_param(pair, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point.data(),
                                      point.size(), &size);
      jwk = {{"kty", "EC"},
             {"crv", "P-256"},
             {"kid", "e"},
             {"alg", "ES256"},
             {"x", to_base64url(BytesView(point).subspan(1, 32))},
             {"y", to_base64url(BytesView(point).subspan(33, 32))}};
    }
  }
  TestKey(const TestKey&) = delete;
  TestKey& operator=(const TestKey&) = delete;
  ~TestKey() { EVP_PKEY_free(pair); }

  [[nodiscard]] Bytes sign(std::string_view message) const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, pair);
    const auto bytes = as_bytes(message);
    std::size_t size = 0;
    EVP_DigestSign(context, nullptr, &size, bytes.data(), bytes.size());
    Bytes out(size);
    EVP_DigestSign(context, out.data(), &size, bytes.data(), bytes.size());
    out.resize(size);
    EVP_MD_CTX_free(context);
    if (jwk["kty"] == "RSA") {
      return out;
    }
    const auto* at = out.data();
    ECDSA_SIG* both = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(out.size()));
    Bytes raw(64);
    BN_bn2binpad(ECDSA_SIG_get0_r(both), raw.data(), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(both), raw.data() + 32, 32);
    ECDSA_SIG_free(both);
    return raw;
  }

  EVP_PKEY* pair;
  json jwk;
};

std::string part(const json& value) { return to_base64url(as_bytes(value.dump())); }

const TestKey& rsa() {
  static const TestKey key("RSA");
  return key;
}
const TestKey& ec() {
  static const TestKey key("EC");
  return key;
}
Bytes key_set(const json& keys = {rsa().jwk, ec().jwk}) {
  return to_bytes(json{{"keys", keys}}.dump());
}

json good_claims() {
  return {{"iss", kIssuer},
          {"sub", "person-7"},
          {"aud", kClient},
          {"exp", kNow / 1000 + 300},
          {"iat", kNow / 1000 - 5},
          {"nonce", "n-1"},
          {"email", "robin@example.org"}};
}
std::string token(const json& claims, const TestKey& key = rsa(), json header = nullptr) {
  if (header.is_null()) {
    header = {{"alg", key.jwk["kty"] == "RSA" ? "RS256" : "ES256"}, {"kid", key.jwk["kid"]}};
  }
  const auto message = part(header) + "." + part(claims);
  return message + "." + to_base64url(key.sign(message));
}
TokenExpectations expectations() { return {kIssuer, kClient, "n-1", UnixMillis{kNow}}; }

bool accepted(const std::string& text, const Bytes& keys = key_set()) {
  const auto claims = verify_id_token(text, keys, expectations());
  EXPECT_TRUE(claims || claims.error().code == ErrorCode::oidc_failed);
  return claims.has_value();
}

TEST(IdToken, OfBothAlgorithmsAreRead) {
  for (const auto* key : {&rsa(), &ec()}) {
    const auto claims = verify_id_token(token(good_claims(), *key), key_set(), expectations());
    ASSERT_TRUE(claims) << claims.error().message();
    EXPECT_EQ(claims->subject, "person-7");
    EXPECT_EQ(claims->wanted_name, "robin@example.org");
  }
  // Without a key id any key of the right kind may fit.
  EXPECT_TRUE(accepted(token(good_claims(), ec(), {{"alg", "ES256"}})));
}

TEST(IdToken, NoneAndKeysOfTheWrongKindAreRefused) {
  const auto claims = part(good_claims());
  for (const char* none : {"none", "None", "NONE", "nOnE", ""}) {
    EXPECT_FALSE(accepted(part(json{{"alg", none}}) + "." + claims + "."));
    EXPECT_FALSE(accepted(token(good_claims(), rsa(), {{"alg", none}, {"kid", "r"}})));
  }
  EXPECT_FALSE(accepted(part(json::object()) + "." + claims + "."));
  // The classic confusion: the public key as the secret of an HMAC, under each name for it.
  for (const char* alg : {"HS256", "RS256", "ES256"}) {
    const auto message = part(json{{"alg", alg}, {"kid", "r"}}) + "." + claims;
    for (const auto& secret : {rsa().jwk.dump(), rsa().jwk["n"].get<std::string>()}) {
      const auto mac = crypto::hmac_sha256(as_bytes(secret), as_bytes(message));
      EXPECT_FALSE(accepted(message + "." + to_base64url(mac)));
    }
  }
  // A symmetric key that stands in the key set is never used.
  const auto message = part(json{{"alg", "HS256"}, {"kid", "o"}}) + "." + claims;
  const Bytes secret(32, 7);
  EXPECT_FALSE(
      accepted(message + "." + to_base64url(crypto::hmac_sha256(secret, as_bytes(message))),
               key_set({{{"kty", "oct"}, {"kid", "o"}, {"k", to_base64url(secret)}}})));
  // One algorithm's name with the other's key and signature.
  EXPECT_FALSE(accepted(token(good_claims(), rsa(), {{"alg", "ES256"}, {"kid", "r"}})));
  EXPECT_FALSE(accepted(token(good_claims(), ec(), {{"alg", "RS256"}, {"kid", "e"}})));
  for (const char* other : {"RS384", "PS256", "ES384", "EdDSA"}) {
    EXPECT_FALSE(accepted(token(good_claims(), rsa(), {{"alg", other}, {"kid", "r"}})));
  }
}

TEST(IdToken, KeysComeFromTheKeySetOnly) {
  const TestKey strange("EC");
  // Brought along in the header, in every way that the standards have.
  EXPECT_FALSE(accepted(token(good_claims(), strange, {{"alg", "ES256"}, {"jwk", strange.jwk}})));
  EXPECT_FALSE(accepted(
      token(good_claims(), strange, {{"alg", "ES256"}, {"jku", "https://example.org/keys"}})));
  EXPECT_FALSE(accepted(token(good_claims(), strange, {{"alg", "ES256"}, {"kid", "e"}})));
  EXPECT_FALSE(accepted(token(good_claims(), ec(), {{"alg", "ES256"}, {"kid", "other"}})));
  EXPECT_FALSE(accepted(token(good_claims(), ec(), {{"alg", "ES256"}, {"kid", 7}})));
  EXPECT_FALSE(
      accepted(token(good_claims(), ec(), {{"alg", "ES256"}, {"kid", "e"}, {"crit", {"exp"}}})));
  // A key for something else, and keys that are none.
  auto encryption = ec().jwk;
  encryption["use"] = "enc";
  auto other_algorithm = ec().jwk;
  other_algorithm["alg"] = "ES384";
  auto off_curve = ec().jwk;
  off_curve["y"] = to_base64url(Bytes(32, 1));
  auto short_point = ec().jwk;
  short_point["x"] = to_base64url(Bytes(31, 1));
  for (const auto& key : {encryption, other_algorithm, off_curve, short_point, json("text"),
                          json(nullptr), json::object()}) {
    EXPECT_FALSE(accepted(token(good_claims(), ec()), key_set({key}))) << key;
  }
  EXPECT_TRUE(accepted(token(good_claims(), ec()), key_set({json(nullptr), ec().jwk})));
  const TestKey weak("RSA", 1024);
  EXPECT_FALSE(accepted(token(good_claims(), weak), key_set({weak.jwk})));
  auto even = rsa().jwk;
  even["e"] = to_base64url(Bytes{2});
  EXPECT_FALSE(accepted(token(good_claims()), key_set({even})));
  EXPECT_FALSE(accepted(token(good_claims()), to_bytes("[]")));
  EXPECT_FALSE(accepted(token(good_claims()), to_bytes("")));
  EXPECT_FALSE(accepted(token(good_claims()), key_set(json(std::vector<json>(65, rsa().jwk)))));
}

TEST(IdToken, EveryClaimThatDoesNotFitIsRefused) {
  const auto with = [](const char* name, const json& value) {
    auto claims = good_claims();
    if (value.is_null()) {
      claims.erase(name);
    } else {
      claims[name] = value;
    }
    return accepted(token(claims, ec()));
  };
  const auto seconds = static_cast<std::int64_t>(kNow / 1000);
  ASSERT_TRUE(with("extra", 1));
  for (const auto& bad :
       std::vector<std::pair<const char*, json>>{{"iss", nullptr},
                                                 {"iss", "https://login.example.org/"},
                                                 {"iss", "https://other.example.org"},
                                                 {"aud", nullptr},
                                                 {"aud", "other"},
                                                 {"aud", json::array()},
                                                 {"aud", {"other"}},
                                                 {"aud", {kClient, "other"}},  // and no azp
                                                 {"azp", "other"},
                                                 {"azp", 7},
                                                 {"exp", nullptr},
                                                 {"exp", seconds - 60},
                                                 {"exp", "soon"},
                                                 {"exp", -1},
                                                 {"exp", 1e300},
                                                 {"iat", nullptr},
                                                 {"iat", seconds + 61},
                                                 {"iat", seconds - 661},
                                                 {"nbf", seconds + 61},
                                                 {"nbf", "soon"},
                                                 {"nonce", nullptr},
                                                 {"nonce", "n-2"},
                                                 {"nonce", ""},
                                                 {"sub", nullptr},
                                                 {"sub", ""},
                                                 {"sub", 7},
                                                 {"sub", std::string(256, 'x')}}) {
    EXPECT_FALSE(with(bad.first, bad.second)) << bad.first << " " << bad.second;
  }
  EXPECT_TRUE(with("aud", {kClient}));
  EXPECT_TRUE(with("azp", kClient));
  auto both = good_claims();
  both["aud"] = {kClient, "other"};
  both["azp"] = kClient;
  EXPECT_TRUE(accepted(token(both, ec())));
  EXPECT_TRUE(with("exp", seconds - 59));
}

TEST(IdToken, EveryTruncationAndEveryChangedByteIsRefused) {
  const auto good = token(good_claims(), ec());
  ASSERT_TRUE(accepted(good));
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(accepted(good.substr(0, size))) << size;
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto changed = good;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(accepted(changed)) << at;
  }
  EXPECT_FALSE(accepted(good + "."));
  EXPECT_FALSE(accepted(good + "=="));
  EXPECT_FALSE(accepted(std::string(kMaxIdToken + 1, 'A')));
}

/// An issuer that answers what it is told to, and keeps what it was asked.
struct TestIssuer {
  Result<http::ClientResponse> answer(const http::ClientRequest& request) {
    requests.push_back(request);
    http::ClientResponse response;
    response.status = 200;
    if (request.url == std::string(kIssuer) + "/.well-known/openid-configuration") {
      response.body = to_bytes(document.dump());
    } else if (request.url == "https://login.example.org/token") {
      auto claims = good_claims();
      claims["nonce"] = nonce;
      response.body = to_bytes(json{{"id_token", token(claims, *key)}}.dump());
      response.status = token_status;
    } else if (request.url == "https://login.example.org/keys") {
      response.body = key_set();
    } else {
      response.status = 404;
    }
    return response;
  }
  json document = {{"issuer", kIssuer},
                   {"authorization_endpoint", "https://login.example.org/authorize"},
                   {"token_endpoint", "https://login.example.org/token"},
                   {"jwks_uri", "https://login.example.org/keys"}};
  std::string nonce;
  int token_status = 200;
  const TestKey* key = &ec();
  std::vector<http::ClientRequest> requests;
};

std::string parameter(const std::string& url, const std::string& name) {
  const auto at = url.find("&" + name + "=") + name.size() + 2;
  return url.substr(at, url.find('&', at) - at);
}

class ProviderTest : public testing::Test {
 protected:
  TestIssuer issuer_;
  SetClock clock_{UnixMillis{kNow}};
  crypto::SystemRng rng_;
  Provider provider_{{kIssuer, kClient, "a secret/1", "https://chat.example.org/console/"},
                     clock_,
                     rng_,
                     [this](const auto& request) { return issuer_.answer(request); }};

  std::string begin(std::optional<std::string> code = {}) {
    const auto url = provider_.begin(std::move(code)).value();
    issuer_.nonce = parameter(url, "nonce");
    return url;
  }
};

TEST_F(ProviderTest, TheFlowFromTheAddressToTheIdentity) {
  const auto url = begin("an-invitation");
  EXPECT_TRUE(url.starts_with("https://login.example.org/authorize?response_type=code&"));
  EXPECT_EQ(parameter(url, "redirect_uri"), "https%3A%2F%2Fchat.example.org%2Fconsole%2F");
  const auto arrived = provider_.finish("code/7", parameter(url, "state"));
  ASSERT_TRUE(arrived) << arrived.error().message();
  EXPECT_EQ(arrived->subject, "person-7");
  EXPECT_EQ(arrived->issuer, kIssuer);
  EXPECT_EQ(arrived->code, "an-invitation");
  const auto& asked = issuer_.requests.at(1);
  EXPECT_EQ(asked.method, "POST");
  // console:a%20secret%2F1
  EXPECT_EQ(asked.headers.at("Authorization"), "Basic Y29uc29sZTphJTIwc2VjcmV0JTJGMQ==");
  const std::string form(as_text(asked.body));
  EXPECT_TRUE(form.contains("code=code%2F7"));
  // PKCE: what was promised in the address is the hash of what is shown here.
  const auto verifier = form.substr(form.find("code_verifier=") + 14);
  EXPECT_EQ(to_base64url(crypto::sha256(as_bytes(verifier))), parameter(url, "code_challenge"));
}

TEST_F(ProviderTest, AStateIsUsedOnceAndExpires) {
  const auto state = parameter(begin(), "state");
  ASSERT_TRUE(provider_.finish("c", state));
  EXPECT_EQ(provider_.finish("c", state).error().code, ErrorCode::oidc_failed);
  EXPECT_EQ(provider_.finish("c", "made-up").error().code, ErrorCode::oidc_failed);
  const auto failed = parameter(begin(), "state");
  issuer_.token_status = 400;
  EXPECT_FALSE(provider_.finish("c", failed));
  issuer_.token_status = 200;
  EXPECT_FALSE(provider_.finish("c", failed));
  const auto late = parameter(begin(), "state");
  clock_.set(UnixMillis{kNow + kStateMillis});
  EXPECT_FALSE(provider_.finish("c", late));
  EXPECT_FALSE(provider_.finish("", parameter(begin(), "state")));
}

TEST_F(ProviderTest, ATokenOfAnotherSignInIsRefused) {
  const auto first = parameter(begin(), "state");
  begin();  // the issuer now answers with the nonce of the second
  EXPECT_FALSE(provider_.finish("c", first));
  const TestKey strange("EC");
  issuer_.key = &strange;
  EXPECT_FALSE(provider_.finish("c", parameter(begin(), "state")));
}

TEST_F(ProviderTest, ADiscoveryDocumentOfSomebodyElseIsRefused) {
  for (const auto& [name, value] : std::vector<std::pair<const char*, json>>{
           {"issuer", "https://other.example.org"},
           {"token_endpoint", "http://login.example.org/token"},
           {"token_endpoint", nullptr},
           {"jwks_uri", "http://localhost.example.org/keys"},
           {"authorization_endpoint", "javascript:alert(1)"}}) {
    TestIssuer other;
    other.document[name] = value;
    Provider provider({kIssuer, kClient, "", "https://chat.example.org/console/"}, clock_, rng_,
                      [&](const auto& request) { return other.answer(request); });
    EXPECT_EQ(provider.begin({}).error().code, ErrorCode::oidc_failed) << name << value;
  }
}

TEST_F(ProviderTest, SignInsOfStrangersKeepNobodyOut) {
  const auto mine = parameter(begin(), "state");
  for (std::size_t i = 0; i < 20'000; ++i) {
    ASSERT_TRUE(provider_.begin({}));
  }
  EXPECT_EQ(issuer_.requests.size(), 1U) << "one discovery served them all";
  EXPECT_TRUE(provider_.finish("c", mine));
  EXPECT_EQ(provider_.begin(std::string(1'000, 'c')).error().code, ErrorCode::too_large);
}

TEST_F(ProviderTest, AChangedStateIsRefused) {
  const auto state = parameter(begin(), "state");
  EXPECT_LE(state.size(), kMaxState);
  for (std::size_t i = 0; i < state.size(); ++i) {
    auto changed = state;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(provider_.finish("c", changed).error().code, ErrorCode::oidc_failed) << i;
    EXPECT_EQ(provider_.finish("c", state.substr(0, i)).error().code, ErrorCode::oidc_failed) << i;
  }
  Provider another({kIssuer, kClient, "", "https://chat.example.org/console/"}, clock_, rng_,
                   [&](const auto& request) { return issuer_.answer(request); });
  EXPECT_EQ(another.finish("c", state).error().code, ErrorCode::oidc_failed);
  EXPECT_TRUE(provider_.finish("c", state));
}

TEST(Endpoint, IsHttpsOrThisMachine) {
  for (const auto* good :
       {"https://login.example.org", "https://login.example.org:8443/a?b=c", "http://localhost:1/x",
        "http://127.0.0.1:4593/api", "http://[::1]:1/"}) {
    EXPECT_TRUE(is_endpoint(good)) << good;
  }
  for (const auto* bad :
       {"", "https://", "http://login.example.org", "http://localhost.example.org",
        "http://localhost@example.org", "https://a@example.org", "http://127.0.0.1.example.org",
        "ftp://localhost", "https://exa mple.org", "https://example.org/#x",
        "http://localhost\\@example.org/"}) {
    EXPECT_FALSE(is_endpoint(bad)) << bad;
  }
}

}  // namespace
}  // namespace lightkeeper::oidc
