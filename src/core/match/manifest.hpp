// The manifest: what a device and the three keepers must agree on before a picture is checked.
//
// One publisher signs it (certification by several organisations and the log come later). Its hash
// stands in every request and reply, so parties that hold different manifests give an error and
// never an answer. Public data; learns nothing of anybody. Pure functions, thread-safe.
#pragma once

#include <array>
#include <string>

#include "core/crypto/crypto.hpp"
#include "core/match/messages.hpp"

namespace lightkeeper::match {

/// What may leave the device, by the user's own act, after a match of an entry of a class.
enum class Disclosure : std::uint8_t {
  prevent = 0,   // nothing; the match only prevents
  offer = 1,     // a report is offered to the user
  disclose = 2,  // the user is told beforehand that a report follows
};

struct KeeperCard {
  std::string url;   // http(s)://host[:port][/path], no user, query, fragment or slash at the end;
                     // <= 200 characters
  std::string link;  // host:port of the keepers' own network; <= 200 characters
  crypto::BoxPublicKey box;
  crypto::VerifyingKey link_key;
  bool operator==(const KeeperCard&) const = default;
};

constexpr std::uint16_t kLeastColours = 1;
constexpr std::uint16_t kMostColours = 1024;
constexpr std::size_t kMaxUrlSize = 200;
constexpr std::size_t kMaxListNameSize = 100;
constexpr std::size_t kMaxManifestSize = 4096;  // of the encoding, and nothing in it can reach this

struct Manifest {
  Epoch version;              // rises with every manifest of a list
  std::uint64_t entries = 0;  // N, below 2^32
  crypto::Digest list_root{};
  media::PdqVariant variant = media::PdqVariant::full;
  std::uint8_t hypotheses = media::kHypotheses;  // 8, always
  std::uint16_t threshold = kThreshold;          // 31, always
  std::uint16_t colours = kLeastColours;         // J accumulators
  std::array<KeeperCard, kKeepers> keepers;
  crypto::Digest tile_root{};
  std::array<Disclosure, 3> disclosure{};  // by Provenance - 1
  crypto::Digest previous{};               // hash_of the manifest before; zero for the first
  UnixMillis not_after;                    // refused once this moment has passed
  std::string list_name;                   // UTF-8, 1..100 bytes
  bool operator==(const Manifest&) const = default;
};

/// Whether a card's addresses may stand in a manifest; `bad_argument` otherwise.
[[nodiscard]] Status check(const KeeperCard& card);
/// Whether a manifest may be written or used: 8 hypotheses, threshold 31, 1..1024 colours, N <
/// 2^32, valid addresses, three different keepers (one party in two places would hold all shares of
/// a hash), a list name, and survivor-asserted entries that only prevent. `bad_argument` otherwise.
[[nodiscard]] Status check(const Manifest& manifest);

/// The canonical encoding (docs/reference/private-match.md). The manifest must pass check().
[[nodiscard]] Bytes encode(const Manifest& manifest);
/// Exactly one encoding, within the limits; anything else is refused.
[[nodiscard]] Result<Manifest> decode_manifest(BytesView encoded);
/// SHA-256("lightkeeper manifest v1" || encoded), of what encode() gives (not of the signed file).
[[nodiscard]] ManifestHash hash_of(BytesView encoded);

/// "LKMANI1\n" || u32 length || encoding || public key 32 || signature 64 over all that stands
/// before it.
[[nodiscard]] Bytes sign_manifest(const Manifest& manifest, const crypto::SigningKey& key,
                                  const crypto::VerifyingKey& public_key);
/// `bad_key` if another key than `trusted` signed, `bad_signature`, `manifest_stale` if `now` is
/// after not_after.
[[nodiscard]] Result<Manifest> open_manifest(BytesView signed_manifest,
                                             const crypto::VerifyingKey& trusted, UnixMillis now);

/// May `next` replace `held`? `manifest_stale` for a lower version (rollback); `manifest_mismatch`
/// for another manifest of the same version (split view), for another list's name, and for a direct
/// successor whose `previous` is not the hash of `held`. The same manifest again is fine.
[[nodiscard]] Status check_succession(const Manifest& held, const Manifest& next);

}  // namespace lightkeeper::match
