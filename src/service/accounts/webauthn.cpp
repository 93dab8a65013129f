#include "service/accounts/webauthn.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/base/codec.hpp"
#include "core/crypto/crypto.hpp"

namespace lightkeeper::accounts {

namespace {

constexpr std::string_view kWhere = "passkey";

// The little of CBOR (RFC 8949) that CTAP2 canonical form allows here: definite lengths in their
// shortest form. nlohmann::json::from_cbor cannot be used, because COSE keys have numbers as map
// keys.
class Cbor {
 public:
  enum class Major : Byte {
    unsigned_integer = 0,
    negative_integer = 1,
    bytes = 2,
    text = 3,
    map = 5
  };

  explicit Cbor(BytesView input) : reader_(input) {}

  /// The argument of an item of this kind: a value, a length or a number of pairs.
  Result<std::uint32_t> head(Major major) {
    LK_TRY(first, reader_.u8());
    if (first >> 5U != static_cast<Byte>(major)) {
      return fail(ErrorCode::bad_format, kWhere, "an unexpected CBOR item");
    }
    const std::uint32_t small = first & 31U;
    if (small < 24) {
      return small;
    }
    std::uint32_t value = 0;
    std::uint32_t least = 24;
    if (small == 24) {
      LK_TRY(argument, reader_.u8());
      value = argument;
    } else if (small == 25) {
      LK_TRY(argument, reader_.u16());
      value = argument;
      least = 256;
    } else if (small == 26) {
      LK_TRY(argument, reader_.u32());
      value = argument;
      least = 65536;
    } else {
      return fail(ErrorCode::bad_format, kWhere, "a CBOR length of an unused kind");
    }
    if (value < least) {
      return fail(ErrorCode::bad_format, kWhere, "a CBOR length that is not in shortest form");
    }
    return value;
  }

  Result<std::int64_t> integer() {
    if (reader_.remaining() == 0) {
      return fail(ErrorCode::truncated, kWhere);
    }
    auto as_unsigned = *this;
    if (auto value = as_unsigned.head(Major::unsigned_integer)) {
      *this = as_unsigned;
      return std::int64_t{*value};
    }
    LK_TRY(value, head(Major::negative_integer));
    return -1 - std::int64_t{value};
  }

  Result<BytesView> string(Major major) {
    LK_TRY(size, head(major));
    return reader_.fixed(size);
  }

  Status text(std::string_view expected) {
    LK_TRY(value, string(Major::text));
    if (as_text(value) != expected) {
      return fail(ErrorCode::bad_format, kWhere, "an unexpected CBOR name");
    }
    return {};
  }

  [[nodiscard]] Status finish() const { return reader_.finish(); }

 private:
  Reader reader_;
};

Status expect_integer(Cbor& cbor, std::int64_t expected) {
  LK_TRY(value, cbor.integer());
  if (value != expected) {
    return fail(ErrorCode::bad_key, kWhere, "only ES256 and EdDSA keys are taken");
  }
  return {};
}

Result<BytesView> expect_coordinate(Cbor& cbor) {
  LK_TRY(value, cbor.string(Cbor::Major::bytes));
  if (value.size() != 32) {
    return fail(ErrorCode::bad_key, kWhere, "a coordinate is not 32 bytes");
  }
  return value;
}

using KeyPointer = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

/// The point as an OpenSSL key; empty if it is not on the curve.
KeyPointer p256_key(BytesView point) {
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), &EVP_PKEY_CTX_free);
  std::string group = "prime256v1";
  Bytes copy = to_bytes(point);
  const std::array parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size()),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy.data(), copy.size()),
      OSSL_PARAM_construct_end()};
  EVP_PKEY* key = nullptr;
  if (context == nullptr || EVP_PKEY_fromdata_init(context.get()) <= 0 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY,
                        const_cast<OSSL_PARAM*>(parameters.data())) <= 0) {
    return {nullptr, &EVP_PKEY_free};
  }
  return {key, &EVP_PKEY_free};
}

bool signature_fits(const PasskeyPublicKey& key, BytesView message, BytesView signature) {
  if (key.algorithm == CoseAlgorithm::eddsa) {
    const auto public_key = to_array<32>(key.bytes);
    const auto fixed = to_array<64>(signature);
    return public_key && fixed &&
           crypto::verify(crypto::VerifyingKey{*public_key}, message, *fixed).has_value();
  }
  const auto public_key = p256_key(key.bytes);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  return public_key != nullptr && context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, public_key.get()) ==
             1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

Status check_client_data(BytesView json, std::string_view type, const RelyingParty& party,
                         BytesView challenge) {
  if (json.size() > kMaxClientData) {
    return fail(ErrorCode::too_large, kWhere);
  }
  // Client data is flat; anything nested is refused before the parser sees it.
  std::size_t depth = 0;
  bool inside = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = static_cast<char>(json[i]);
    if (inside) {
      i += c == '\\' ? 1U : 0U;
      inside = c != '"';
    } else if (c == '"') {
      inside = true;
    } else if (c == '{' || c == '[') {
      if (++depth > 4) {
        return fail(ErrorCode::bad_format, kWhere, "client data is nested too deeply");
      }
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  const auto data = nlohmann::json::parse(json.begin(), json.end(), nullptr, false);
  if (!data.is_object()) {
    return fail(ErrorCode::bad_format, kWhere, "client data is not a JSON object");
  }
  const auto text = [&](const char* name) -> std::optional<std::string> {
    const auto found = data.find(name);
    return found != data.end() && found->is_string() ? std::optional(found->get<std::string>())
                                                     : std::nullopt;
  };
  if (text("type") != type) {
    return fail(ErrorCode::not_signed_in, kWhere, "an answer to another kind of question");
  }
  if (text("challenge") != to_base64url(challenge)) {
    return fail(ErrorCode::not_signed_in, kWhere, "an answer to another challenge");
  }
  if (text("origin") != party.origin) {
    return fail(ErrorCode::not_signed_in, kWhere, "an answer given to another site");
  }
  if (const auto cross = data.find("crossOrigin");
      cross != data.end() && (!cross->is_boolean() || cross->get<bool>())) {
    return fail(ErrorCode::not_signed_in, kWhere, "an answer given inside another site");
  }
  return {};
}

struct AuthenticatorData {
  std::uint32_t counter = 0;
  bool has_credential = false;
  bool has_extensions = false;
};

constexpr Byte kUserPresent = 0x01;
constexpr Byte kUserVerified = 0x04;
constexpr Byte kHasCredential = 0x40;
constexpr Byte kHasExtensions = 0x80;

/// The 37 fixed bytes, checked.
Result<AuthenticatorData> read_authenticator_data(Reader& reader, const RelyingParty& party) {
  LK_TRY(party_hash, reader.array<32>());
  LK_TRY(flags, reader.u8());
  LK_TRY(counter, reader.u32());
  if (party_hash != crypto::sha256(as_bytes(party.id))) {
    return fail(ErrorCode::not_signed_in, kWhere, "an answer for another site");
  }
  // A passkey is the only proof at sign-in, so its holder must have been there and have unlocked
  // it.
  if ((flags & kUserPresent) == 0 || (flags & kUserVerified) == 0) {
    return fail(ErrorCode::not_signed_in, kWhere, "the passkey was not unlocked by its user");
  }
  return AuthenticatorData{counter, (flags & kHasCredential) != 0, (flags & kHasExtensions) != 0};
}

}  // namespace

namespace {

Result<PasskeyPublicKey> read_cose_key(Cbor& cbor) {
  LK_TRY(pairs, cbor.head(Cbor::Major::map));
  LK_CHECK_OK(expect_integer(cbor, 1));  // kty
  LK_TRY(type, cbor.integer());
  LK_CHECK_OK(expect_integer(cbor, 3));  // alg
  PasskeyPublicKey key;
  if (type == 2 && pairs == 5) {  // EC2
    key.algorithm = CoseAlgorithm::es256;
    LK_CHECK_OK(expect_integer(cbor, -7));
    LK_CHECK_OK(expect_integer(cbor, -1));
    LK_CHECK_OK(expect_integer(cbor, 1));  // P-256
    LK_CHECK_OK(expect_integer(cbor, -2));
    LK_TRY(x, expect_coordinate(cbor));
    LK_CHECK_OK(expect_integer(cbor, -3));
    LK_TRY(y, expect_coordinate(cbor));
    const Byte uncompressed = 4;
    key.bytes = concat({BytesView(&uncompressed, 1), x, y});
    if (p256_key(key.bytes) == nullptr) {
      return fail(ErrorCode::bad_key, kWhere, "the point is not on the curve");
    }
  } else if (type == 1 && pairs == 4) {  // OKP
    key.algorithm = CoseAlgorithm::eddsa;
    LK_CHECK_OK(expect_integer(cbor, -8));
    LK_CHECK_OK(expect_integer(cbor, -1));
    LK_CHECK_OK(expect_integer(cbor, 6));  // Ed25519
    LK_CHECK_OK(expect_integer(cbor, -2));
    LK_TRY(x, expect_coordinate(cbor));
    key.bytes = to_bytes(x);
  } else {
    return fail(ErrorCode::bad_key, kWhere, "only ES256 and EdDSA keys are taken");
  }
  return key;
}

/// Extensions were not asked for and are not used, but some authenticators add them: announced and
/// present, or neither.
Status check_extensions(bool announced, bool present) {
  if (announced != present) {
    return fail(announced ? ErrorCode::truncated : ErrorCode::trailing_data, kWhere);
  }
  return {};
}

}  // namespace

Result<PasskeyPublicKey> decode_cose_key(BytesView bytes) {
  Cbor cbor(bytes);
  LK_TRY(key, read_cose_key(cbor));
  LK_CHECK_OK(cbor.finish());
  return key;
}

Result<NewPasskey> verify_registration(const RelyingParty& party, BytesView challenge,
                                       BytesView client_data_json, BytesView attestation_object) {
  LK_CHECK_OK(check_client_data(client_data_json, "webauthn.create", party, challenge));
  if (attestation_object.size() > kMaxAttestation) {
    return fail(ErrorCode::too_large, kWhere);
  }
  Cbor cbor(attestation_object);
  LK_TRY(pairs, cbor.head(Cbor::Major::map));
  if (pairs != 3) {
    return fail(ErrorCode::bad_format, kWhere, "an attestation of an unexpected shape");
  }
  LK_CHECK_OK(cbor.text("fmt"));
  LK_CHECK_OK(cbor.text("none"));
  LK_CHECK_OK(cbor.text("attStmt"));
  LK_TRY(statement, cbor.head(Cbor::Major::map));
  if (statement != 0) {
    return fail(ErrorCode::bad_format, kWhere, "an attestation that was not asked for");
  }
  LK_CHECK_OK(cbor.text("authData"));
  LK_TRY(data, cbor.string(Cbor::Major::bytes));
  LK_CHECK_OK(cbor.finish());

  Reader reader(data);
  LK_TRY(facts, read_authenticator_data(reader, party));
  if (!facts.has_credential) {
    return fail(ErrorCode::bad_format, kWhere, "authenticator data of an unexpected shape");
  }
  LK_CHECK_OK(reader.fixed(16));  // the model's number: not kept
  LK_TRY(size, reader.u16());
  if (size == 0 || size > kMaxCredentialId) {
    return fail(ErrorCode::bad_format, kWhere, "a credential id of an unexpected size");
  }
  LK_TRY(credential, reader.fixed(size));
  LK_TRY(rest, reader.fixed(reader.remaining()));
  Cbor rest_cbor(rest);
  LK_TRY(key, read_cose_key(rest_cbor));
  LK_CHECK_OK(check_extensions(facts.has_extensions, !rest_cbor.finish().has_value()));
  return NewPasskey{to_bytes(credential), std::move(key), facts.counter};
}

Result<std::uint32_t> verify_assertion(const RelyingParty& party, BytesView challenge,
                                       const PasskeyPublicKey& key, std::uint32_t counter,
                                       BytesView client_data_json, BytesView authenticator_data,
                                       BytesView signature) {
  LK_CHECK_OK(check_client_data(client_data_json, "webauthn.get", party, challenge));
  if (authenticator_data.size() > kMaxAttestation) {
    return fail(ErrorCode::too_large, kWhere);
  }
  Reader reader(authenticator_data);
  LK_TRY(facts, read_authenticator_data(reader, party));
  if (facts.has_credential) {
    return fail(ErrorCode::bad_format, kWhere, "authenticator data of an unexpected shape");
  }
  LK_CHECK_OK(check_extensions(facts.has_extensions, reader.remaining() != 0));
  if (!signature_fits(key, concat({authenticator_data, crypto::sha256(client_data_json)}),
                      signature)) {
    return fail(ErrorCode::not_signed_in, kWhere, "the passkey's signature does not fit");
  }
  if ((facts.counter != 0 || counter != 0) && facts.counter <= counter) {
    return fail(ErrorCode::not_signed_in, kWhere, "the passkey's counter did not rise");
  }
  return facts.counter;
}

}  // namespace lightkeeper::accounts
