#include "core/match/messages.hpp"

#include <algorithm>

#include "core/base/codec.hpp"

namespace lightkeeper::match {
namespace {

constexpr Byte kVersion = 1;
constexpr std::string_view kQueryInfo = "lightkeeper query v1";
constexpr std::string_view kReplyInfo = "lightkeeper reply v1";
constexpr std::size_t kKeySize = 32;

/// u8 index || query id || manifest hash: what both directions are bound to.
Bytes binding_of(const RequestHeader& header) {
  return Writer().u8(header.keeper).fixed(header.query.value).fixed(header.manifest).take();
}

Bytes reply_binding_of(const RequestHeader& header) {
  return concat({as_bytes(kReplyInfo), binding_of(header)});
}

/// A (key, nonce) pair seals once: a reply key comes from one box and answers one request.
constexpr std::string_view kReplyNonceInfo = "lightkeeper reply nonce v1";

}  // namespace

Result<SealedRequest> seal_request(std::uint8_t keeper, const crypto::BoxPublicKey& box_key,
                                   const ManifestHash& manifest, const QueryShare& share,
                                   Rng& rng) {
  if (keeper >= kKeepers) {
    return fail(ErrorCode::bad_argument, "match.seal_request", "keeper index");
  }
  const RequestHeader header{keeper, share.query, manifest};
  SecretBytes plaintext(kQueryPlaintextSize);
  const auto out = plaintext.expose_secret_for_writing();
  out[0] = kVersion;
  std::size_t at = 1;
  const auto put = [&out, &at](BytesView part) {
    for (const Byte b : part) {
      out[at++] = b;
    }
  };
  put(share.query.value);
  for (const HashShare& hash : share.hashes) {
    put(hash.own);
    put(hash.next);
  }
  LK_TRY(sealed, crypto::hpke_seal(box_key, as_bytes(kQueryInfo), binding_of(header),
                                   plaintext.expose_secret(), as_bytes(kReplyInfo), kKeySize, rng));
  SealedRequest request;
  request.body = Writer().u8(kVersion).fixed(binding_of(header)).fixed(sealed.box).take();
  request.reply_key = crypto::AeadKey{std::move(sealed.exported)};
  return request;
}

Result<OpenedRequest> open_request(std::uint8_t keeper, const crypto::BoxKeyPair& box_key,
                                   const ManifestHash& manifest, BytesView body) {
  if (body.size() != kRequestSize) {
    return fail(body.size() < kRequestSize ? ErrorCode::truncated : ErrorCode::too_large,
                "match.request");
  }
  Reader reader(body);
  LK_TRY(version, reader.u8());
  if (version != kVersion) {
    return fail(ErrorCode::unsupported_version, "match.request");
  }
  OpenedRequest request;
  LK_TRY(index, reader.u8());
  LK_TRY(query, reader.array<16>());
  LK_TRY(named, reader.array<32>());
  if (index != keeper) {
    return fail(ErrorCode::bad_argument, "match.request", "meant for another keeper");
  }
  if (named != manifest) {
    return fail(ErrorCode::manifest_mismatch, "match.request");
  }
  request.header = {index, QueryId{query}, named};
  LK_TRY(box, reader.fixed(reader.remaining()));
  LK_TRY(opened, crypto::hpke_open(box_key, as_bytes(kQueryInfo), binding_of(request.header), box,
                                   as_bytes(kReplyInfo), kKeySize));
  Reader plain(opened.plaintext.expose_secret());
  LK_TRY(inner_version, plain.u8());
  LK_TRY(inner_query, plain.array<16>());
  if (inner_version != kVersion) {
    return fail(ErrorCode::unsupported_version, "match.request.box");
  }
  if (inner_query != query) {
    return fail(ErrorCode::bad_format, "match.request.box", "another query id");
  }
  request.share.query = request.header.query;
  for (HashShare& hash : request.share.hashes) {
    LK_TRY(own, plain.array<32>());
    LK_TRY(next, plain.array<32>());
    hash = {own, next};
  }
  LK_CHECK_OK(plain.finish());
  request.reply_key = crypto::AeadKey{std::move(opened.exported)};
  return request;
}

Bytes seal_reply(const OpenedRequest& request, std::span<const OpeningShare> sums) {
  Writer plain;
  for (const OpeningShare& sum : sums) {
    plain.fixed(sum.mu).fixed(sum.lambda);
  }
  const crypto::Digest mac = crypto::hmac_sha256(request.reply_key.bytes.expose_secret(),
                                                 concat({as_bytes(kReplyNonceInfo), plain.view()}));
  crypto::AeadNonce nonce{};
  std::copy_n(mac.begin(), nonce.size(), nonce.begin());
  return concat({nonce, crypto::aead_seal(request.reply_key, nonce,
                                          reply_binding_of(request.header), plain.view())});
}

Result<std::vector<OpeningShare>> open_reply(const crypto::AeadKey& reply_key,
                                             const RequestHeader& header, std::size_t colours,
                                             BytesView body) {
  if (body.size() != reply_size(colours)) {
    return fail(body.size() < reply_size(colours) ? ErrorCode::truncated : ErrorCode::too_large,
                "match.reply");
  }
  LK_TRY(nonce, to_array<kReplyNonceSize>(body.first(kReplyNonceSize)));
  LK_TRY(plain, crypto::aead_open(reply_key, nonce, reply_binding_of(header),
                                  body.subspan(kReplyNonceSize)));
  Reader reader(plain);
  std::vector<OpeningShare> sums(media::kHypotheses * colours);
  for (OpeningShare& sum : sums) {
    LK_TRY(mu, reader.array<16>());
    LK_TRY(lambda, reader.array<16>());
    sum = {mu, lambda};
  }
  LK_CHECK_OK(reader.finish());
  return sums;
}

}  // namespace lightkeeper::match
