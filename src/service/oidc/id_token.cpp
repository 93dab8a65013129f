#include "service/oidc/id_token.hpp"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

namespace lightkeeper::oidc {

namespace {

using nlohmann::json;

constexpr std::size_t kLeastRsaBits = 2048;
constexpr std::size_t kMostRsaBits = 8192;
constexpr std::size_t kP256 = 32;

std::unexpected<Error> refused(const char* why) {
  return fail(ErrorCode::oidc_failed, "oidc.token", why);
}

template <auto Free>
struct Release {
  void operator()(auto* pointer) const { Free(pointer); }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Release<EVP_PKEY_CTX_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Release<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Release<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Release<OSSL_PARAM_free>>;

enum class Algorithm : std::uint8_t { rs256, es256 };

std::optional<std::string> text(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? std::optional(found->get<std::string>())
                                                     : std::nullopt;
}

/// Seconds since 1970 as milliseconds; nothing for what is not a whole, sensible number.
std::optional<std::uint64_t> time(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_unsigned()) {
    return std::nullopt;
  }
  const auto seconds = found->get<std::uint64_t>();
  return seconds > 1ULL << 40U ? std::nullopt : std::optional(seconds * 1000);
}

std::optional<Bytes> bytes(const json& object, const char* name) {
  const auto encoded = text(object, name);
  auto decoded = encoded ? from_base64url(*encoded) : Result<Bytes>(Bytes{});
  return encoded && decoded ? std::optional(*std::move(decoded)) : std::nullopt;
}

Key key_from(const char* kind, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  if (parameters == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) <= 0 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) <= 0) {
    return nullptr;
  }
  return Key(key);
}

Key rsa_key(const json& jwk) {
  const auto n = bytes(jwk, "n");
  const auto e = bytes(jwk, "e");
  if (!n || !e || n->size() * 8 > kMostRsaBits || e->empty() || e->size() > 8) {
    return nullptr;
  }
  const Number modulus(BN_bin2bn(n->data(), static_cast<int>(n->size()), nullptr));
  const Number exponent(BN_bin2bn(e->data(), static_cast<int>(e->size()), nullptr));
  if (modulus == nullptr || exponent == nullptr ||
      static_cast<std::size_t>(BN_num_bits(modulus.get())) < kLeastRsaBits ||
      BN_is_odd(exponent.get()) != 1 || BN_is_one(exponent.get()) == 1) {
    return nullptr;
  }
  const Builder builder(OSSL_PARAM_BLD_new());
  if (builder == nullptr ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
    return nullptr;
  }
  return key_from("RSA", builder.get());
}

Key p256_key(const json& jwk) {
  const auto x = bytes(jwk, "x");
  const auto y = bytes(jwk, "y");
  if (text(jwk, "crv") != "P-256" || !x || !y || x->size() != kP256 || y->size() != kP256) {
    return nullptr;
  }
  const Bytes uncompressed{4};
  const auto point = concat({uncompressed, *x, *y});
  const Builder builder(OSSL_PARAM_BLD_new());
  if (builder == nullptr ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1) {
    return nullptr;
  }
  // A point that is not on the curve is refused here.
  return key_from("EC", builder.get());
}

/// r || s as the DER that OpenSSL takes.
std::optional<Bytes> der_of(BytesView signature) {
  if (signature.size() != 2 * kP256) {
    return std::nullopt;
  }
  Number r(BN_bin2bn(signature.data(), kP256, nullptr));
  Number s(BN_bin2bn(signature.data() + kP256, kP256, nullptr));
  const std::unique_ptr<ECDSA_SIG, Release<ECDSA_SIG_free>> both(ECDSA_SIG_new());
  if (r == nullptr || s == nullptr || both == nullptr ||
      ECDSA_SIG_set0(both.get(), r.get(), s.get()) != 1) {
    return std::nullopt;
  }
  (void)r.release();  // theirs now
  (void)s.release();
  const int size = i2d_ECDSA_SIG(both.get(), nullptr);
  if (size <= 0) {
    return std::nullopt;
  }
  Bytes out(static_cast<std::size_t>(size));
  auto* at = out.data();
  i2d_ECDSA_SIG(both.get(), &at);
  return out;
}

bool fits(Algorithm algorithm, const json& jwk, const std::optional<std::string>& key_id) {
  const bool rsa = algorithm == Algorithm::rs256;
  const auto use = text(jwk, "use");
  const auto meant_for = text(jwk, "alg");
  return jwk.is_object() && text(jwk, "kty") == (rsa ? "RSA" : "EC") && (!use || use == "sig") &&
         (!meant_for || meant_for == (rsa ? "RS256" : "ES256")) &&
         (!key_id || text(jwk, "kid") == key_id);
}

bool signed_by(Algorithm algorithm, const json& jwk, BytesView message, BytesView signature) {
  const auto key = algorithm == Algorithm::rs256 ? rsa_key(jwk) : p256_key(jwk);
  const Digest context(EVP_MD_CTX_new());
  const auto der =
      algorithm == Algorithm::es256 ? der_of(signature) : std::optional<Bytes>(to_bytes(signature));
  // RSA's padding is PKCS #1 v1.5 unless another is asked for, which is what RS256 means.
  return key != nullptr && context != nullptr && der &&
         EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), der->data(), der->size(), message.data(),
                          message.size()) == 1;
}

Result<json> object_in(std::string_view part) {
  const auto decoded = from_base64url(part);
  if (!decoded) {
    return refused("a part is not base64url");
  }
  auto out = json::parse(decoded->begin(), decoded->end(), nullptr, false);
  if (!out.is_object()) {
    return refused("a part is not a JSON object");
  }
  return out;
}

Status check_audience(const json& claims, const std::string& client_id) {
  const auto audience = claims.find("aud");
  bool for_us = false;
  bool for_others = false;
  if (audience != claims.end() && audience->is_string()) {
    for_us = audience->get<std::string>() == client_id;
  } else if (audience != claims.end() && audience->is_array()) {
    for (const auto& one : *audience) {
      (one.is_string() && one.get<std::string>() == client_id ? for_us : for_others) = true;
    }
  }
  if (!for_us) {
    return refused("the audience");
  }
  const auto party = claims.find("azp");
  if (party == claims.end() ? for_others : text(claims, "azp") != client_id) {
    return refused("the authorized party");
  }
  return {};
}

}  // namespace

Result<Claims> verify_id_token(std::string_view token, BytesView key_set,
                               const TokenExpectations& expected) {
  if (token.size() > kMaxIdToken || key_set.size() > kMaxKeySet) {
    return refused("too large");
  }
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return refused("not three parts");
  }
  LK_TRY(header, object_in(token.substr(0, first)));
  const auto name = text(header, "alg");
  if ((name != "RS256" && name != "ES256") || header.contains("crit")) {
    return refused("the algorithm or an extension");
  }
  const auto algorithm = name == "RS256" ? Algorithm::rs256 : Algorithm::es256;
  if (header.contains("kid") && !text(header, "kid")) {
    return refused("the key id");
  }
  const auto signature = from_base64url(token.substr(second + 1));
  if (!signature) {
    return refused("the signature is not base64url");
  }
  const auto keys = json::parse(key_set.begin(), key_set.end(), nullptr, false);
  const auto list = keys.is_object() ? keys.find("keys") : keys.end();
  if (!keys.is_object() || list == keys.end() || !list->is_array() || list->size() > kMaxKeys) {
    return refused("the key set");
  }
  const auto message = as_bytes(token.substr(0, second));
  bool genuine = false;
  for (const auto& jwk : *list) {
    genuine = genuine || (fits(algorithm, jwk, text(header, "kid")) &&
                          signed_by(algorithm, jwk, message, *signature));
  }
  if (!genuine) {
    return refused("the signature");
  }

  LK_TRY(claims, object_in(token.substr(first + 1, second - first - 1)));
  if (text(claims, "iss") != expected.issuer) {
    return refused("the issuer");
  }
  LK_CHECK_OK(check_audience(claims, expected.client_id));
  const auto now = expected.now.value;
  const auto expires = time(claims, "exp");
  const auto issued = time(claims, "iat");
  if (!expires || *expires + kClockSkewMillis <= now) {
    return refused("expired");
  }
  if (!issued || *issued > now + kClockSkewMillis ||
      *issued + kOldestTokenMillis + kClockSkewMillis < now) {
    return refused("the time of issue");
  }
  if (claims.contains("nbf") &&
      time(claims, "nbf").value_or(~std::uint64_t{0}) > now + kClockSkewMillis) {
    return refused("not valid yet");
  }
  if (expected.nonce.empty() || text(claims, "nonce") != expected.nonce) {
    return refused("the nonce");
  }
  Claims out;
  out.subject = text(claims, "sub").value_or("");
  if (out.subject.empty() || out.subject.size() > 255) {
    return refused("the subject");
  }
  out.wanted_name = text(claims, "preferred_username").value_or(text(claims, "email").value_or(""));
  return out;
}

}  // namespace lightkeeper::oidc
