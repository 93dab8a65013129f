// Match voucher v1: what a guard hands to the service when a picture matched and the level of the
// match allows it, and what the service can prove of it.
//
// A voucher names the certified entry that the match opened, the picture by its key and roots (the
// descriptor inside the franked content), and the frank. Who learns what: the service learns this
// one picture, its message and the entry's hash; nothing of other pictures, and nothing at all
// below the level `offer`. The keepers learn nothing. Format: docs/reference/voucher.md.
// Pure functions, thread-safe.
#pragma once

#include <optional>
#include <string>

#include "core/franking/frank.hpp"
#include "core/lists/entry.hpp"
#include "core/match/manifest.hpp"
#include "core/match/tiles.hpp"
#include "core/policy/verdict.hpp"

namespace lightkeeper::policy {

struct Voucher {
  /// sending: the picture was stopped on the sender's device, nothing was sent. receiving: it came
  /// in a message.
  Direction direction = Direction::receiving;
  match::ManifestHash manifest{};
  lists::Entry entry;
  std::uint32_t leaf_index = 0;
  media::Dihedral hypothesis = media::Dihedral::original;  // which of the eight matched
  UnixMillis made;                                         // by the device's clock: a claim
  Bytes content;                // canonical content; when sending, of the message that was not sent
  std::uint8_t attachment = 0;  // which of its attachments
  franking::OpeningKey opening_key;
  /// The stamp of the message; receiving only.
  Bytes context;
  franking::Stamp stamp{};
};
constexpr std::size_t kMaxVoucherContext = 256;
constexpr std::size_t kMaxVoucherSize = franking::kMaxContentSize + 1024;

/// `bad_argument` for a content that is not canonical or has no such attachment, and for a stamp
/// that is missing (receiving) or there (sending).
[[nodiscard]] Result<Bytes> encode(const Voucher& voucher);
/// One voucher has one encoding; everything else is refused.
[[nodiscard]] Result<Voucher> decode_voucher(BytesView bytes);

/// What the service gathered from its own records to check a voucher.
struct VoucherRecords {
  /// The manifest that this service publishes, and its leaves.
  const match::Manifest* manifest = nullptr;
  const match::TileSet* epoch = nullptr;
  /// The eight hashes, recomputed from the disclosed picture in the manifest's PDQ variant; nothing
  /// if the ciphertext is gone or does not fit the descriptor's roots.
  std::optional<std::array<media::PdqBits, media::kHypotheses>> picture;
  /// Who is signed in and hands it in.
  AccountId submitted_by;
  /// Of the message, for `receiving`.
  std::optional<franking::Verification> frank;
};

enum class VoucherFinding : std::uint8_t { confirmed, not_confirmed };
struct VoucherVerification {
  VoucherFinding finding = VoucherFinding::not_confirmed;
  std::string why;  // why not; empty when confirmed
  std::string proves;
  std::string does_not_prove;
  HammingDistance distance;  // recomputed; 0 when it could not be
};
/// The exact wording of what is proved (docs/reference/voucher.md).
inline constexpr std::string_view kReceivedVoucherProves =
    "The named account submitted a commitment to this message at the given server time and "
    "position. The disclosed picture is the one that the message describes, and its hash, "
    "recomputed here, is within 31 bits of an entry of the signed list.";
inline constexpr std::string_view kStoppedVoucherProves =
    "The signed-in account that handed this in disclosed this picture, and its hash, recomputed "
    "here, is within 31 bits of an entry of the signed list.";
inline constexpr std::string_view kVoucherDoesNotProve =
    "That the picture is what the list says: near-duplicate hashes can collide, and a person must "
    "look. Who held the device. That a stopped picture would have been sent.";

/// Confirmed only if every part holds: known manifest, an entry of its list whose class may be
/// disclosed at all, the picture within 31 bits of it under the named hypothesis, and, when
/// receiving, a verified frank; when sending, a content of the account that hands it in.
[[nodiscard]] VoucherVerification verify_voucher(const ClassRules& rules, const Voucher& voucher,
                                                 const VoucherRecords& records);

}  // namespace lightkeeper::policy
