// What crosses the wire between a device and the three keepers, byte for byte.
//
// Who learns what: a keeper opens its own box and gets one uniformly random half of the sharing;
// the box, the request and the reply have the same size for every picture, matched or not.
#pragma once

#include <array>

#include "core/crypto/crypto.hpp"
#include "core/media/pdq_hash.hpp"

namespace lightkeeper::match {

constexpr std::size_t kKeepers = 3;
constexpr std::uint16_t kThreshold = 31;  // bits; d <= 31 is a match
using ManifestHash = crypto::Digest;

/// The two components that keeper i holds of one hash x = r0 ^ r1 ^ r2: `own` = r_i, `next` =
/// r_(i+1 mod 3).
struct HashShare {
  ByteArray<32> own{};
  ByteArray<32> next{};
};

/// One keeper's part of a picture's query: always exactly eight hashes.
struct QueryShare {
  QueryId query;
  std::array<HashShare, media::kHypotheses> hashes{};
};

/// POST body: u8 version 1, u8 keeper index, query id 16, manifest hash 32, HPKE box.
/// HPKE info = "lightkeeper query v1"; associated data = u8 index || query id || manifest hash;
/// plaintext = u8 version 1 || query id || 8 x (own 32 || next 32);
/// reply key = export("lightkeeper reply v1", 32).
constexpr std::size_t kQueryPlaintextSize = 1 + 16 + media::kHypotheses * 64;
constexpr std::size_t kRequestSize =
    1 + 1 + 16 + 32 + crypto::kHpkeEncSize + kQueryPlaintextSize + crypto::kAeadTagSize;

struct SealedRequest {
  Bytes body;  // kRequestSize bytes
  crypto::AeadKey reply_key;
};
/// Device side.
[[nodiscard]] Result<SealedRequest> seal_request(std::uint8_t keeper,
                                                 const crypto::BoxPublicKey& box_key,
                                                 const ManifestHash& manifest,
                                                 const QueryShare& share, Rng& rng);

struct RequestHeader {
  std::uint8_t keeper = 0;
  QueryId query;
  ManifestHash manifest{};
};
struct OpenedRequest {
  RequestHeader header;
  QueryShare share;
  crypto::AeadKey reply_key;
};
/// Keeper side. `manifest_mismatch` if the request names another manifest, `bad_argument` for
/// another index.
[[nodiscard]] Result<OpenedRequest> open_request(std::uint8_t keeper,
                                                 const crypto::BoxKeyPair& box_key,
                                                 const ManifestHash& manifest, BytesView body);

/// A keeper's XOR share of one colour's opening sums, each an element of GF(2^128), 16 bytes.
struct OpeningShare {
  ByteArray<16> mu{};
  ByteArray<16> lambda{};
};

/// Reply body: nonce 12 || AEAD(reply key, nonce, "lightkeeper reply v1" || u8 index || query id ||
/// manifest hash) over the plaintext 8 x colours x (mu 16 || lambda 16), hypothesis by hypothesis.
/// nonce = first 12 bytes of HMAC-SHA256(reply key, "lightkeeper reply nonce v1" || plaintext):
/// should a request ever be answered twice, two different answers do not meet under one nonce. With
/// equal nonces the XOR over all three keepers' answers would be zero exactly when nothing matched.
constexpr std::size_t kReplyNonceSize = 12;
[[nodiscard]] constexpr std::size_t reply_size(std::size_t colours) {
  return kReplyNonceSize + media::kHypotheses * colours * 32 + crypto::kAeadTagSize;
}
[[nodiscard]] Bytes seal_reply(const OpenedRequest& request, std::span<const OpeningShare> sums);
[[nodiscard]] Result<std::vector<OpeningShare>> open_reply(const crypto::AeadKey& reply_key,
                                                           const RequestHeader& header,
                                                           std::size_t colours, BytesView body);

}  // namespace lightkeeper::match
