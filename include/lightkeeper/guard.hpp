// The guard: what a messenger calls before it encrypts and after it decrypts.
//
//   1. create(), then install_epoch() with the files of the current list (and again whenever there
//   are newer ones).
//   2. policy(direction): what will be checked and what leaves the device, to be shown before
//   anything is checked.
//   3. clean_picture(): only still JPEG, PNG and WebP pass, without location and other metadata.
//   4. begin_picture() with the decoded pixels when a picture is CHOSEN: three requests for three
//   keepers. Post
//      them without cookies, session or account.
//   5. finish_picture() with the three replies: advice. An error is not "allow": show it and send
//   nothing.
//   6. After a match, what the verdict's level says: at `disclose` make_voucher() at once, hand it
//   to the service signed in, and show verdict.disclosed_now at that moment; at `offer` only when
//   the person reports; at `prevent` never.
//   7. frank() and seal_attachment() before encryption; open_message() and open_attachment() after
//   decryption.
//      What open_message() refuses must not be shown.
//
// The guard itself sends nothing, stores nothing, has no clock and starts no thread. Who
// learns what: each keeper gets one random-looking share of every hash and nothing that depends on
// the picture; number, order and size of the requests are the same for a match, no match, and a
// picture of too low quality. Only this device learns the answer. Secrets (hashes, shares, reply
// keys) are wiped when a check ends. More: docs/threat-model/guard.md.
//
// Errors are Results with a code of the catalogue. One Guard is used by one thread at a time.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/rng.hpp"
#include "core/franking/frank.hpp"
#include "core/match/device.hpp"
#include "core/media/container.hpp"
#include "core/media/pixels.hpp"
#include "core/policy/verdict.hpp"
#include "core/policy/voucher.hpp"

namespace lightkeeper::guard {

using policy::Action;
using policy::Direction;
using policy::Disclosed;

/// The files of one epoch, as GET /v1/manifest, /v1/tiles and /v1/leaves of any keeper give them.
struct EpochFiles {
  BytesView manifest;
  BytesView tiles;
  BytesView leaves;
  crypto::VerifyingKey
      list_key;  // pinned by the messenger, never taken from where the files come from
  UnixMillis now;
  Epoch least_version;  // the highest version this device has ever installed; the host remembers it
};

struct EpochInfo {
  Epoch version;
  std::string list_name;
  std::array<std::string, match::kKeepers> keepers;  // base URLs
  UnixMillis not_after;
};

/// What a person should be able to read before a check happens.
struct CheckPolicy {
  std::vector<std::string> checks;
  std::vector<std::string> levels;  // what a match of each class would disclose
  std::vector<Disclosed> disclosures;
};

using CheckId = Quantity<struct CheckTag, std::uint32_t>;

struct KeeperRequest {
  std::string url;
  Bytes body;  // match::kRequestSize bytes
};
struct PictureCheck {
  CheckId id;
  std::array<KeeperRequest, match::kKeepers> requests;
};

struct ReasonText {
  std::string_view code;
  std::string_view text;  // default English
};
struct MatchedEntry {
  media::Dihedral hypothesis = media::Dihedral::original;
  HammingDistance distance;
  lists::Provenance provenance = lists::Provenance::test;
  std::uint16_t category = 0;
  Epoch manifest_version;
};
struct Verdict {
  Action action = Action::block;
  std::vector<ReasonText> reasons;
  std::vector<Disclosed> disclosures;  // what a report by the person would share
  match::Disclosure level = match::Disclosure::prevent;
  std::vector<Disclosed> disclosed_now;  // at `disclose`: what the voucher shares, to be shown now
  std::optional<MatchedEntry> match;     // the nearest entry
};

/// The message of the picture that matched. Sending: the content that would have been sent, its
/// picture sealed and uploaded; no stamp. Receiving: as it was opened.
struct VoucherMessage {
  BytesView content;
  std::uint8_t attachment = 0;
  franking::OpeningKey key;
  BytesView context;
  franking::Stamp stamp{};
};
/// Whether the person asked for it: at the level `offer` only a person's own act makes a voucher.
enum class VoucherCause : std::uint8_t { level = 1, person = 2 };

struct FrankedContent {
  Bytes payload;                      // for the encryption
  franking::Commitment commitment{};  // the whole authenticated data of the encryption
  Bytes content;
  franking::OpeningKey key;
};
struct OpenedContent {
  franking::Content content;
  Bytes content_bytes;  // keep these two, with context and stamp, to be able to report
  franking::OpeningKey key;
};

/// Checks in flight at once, and matches remembered for a voucher (the oldest goes first); more is
/// `too_many_requests` until some are finished or cancelled.
constexpr std::size_t kMaxChecks = 64;

class Guard {
 public:
  /// `rng` must be cryptographic and outlive the guard.
  [[nodiscard]] static Result<Guard> create(Rng& rng);
  Guard(Guard&&) noexcept;
  Guard& operator=(Guard&&) noexcept;
  ~Guard();

  /// Verifies everything before anything is replaced; on error the epoch before stays.
  /// `manifest_stale` for an expired or lower version, `bad_signature`, `bad_key`,
  /// `manifest_mismatch` for files that do not fit.
  [[nodiscard]] Result<EpochInfo> install_epoch(const EpochFiles& files);

  /// `unavailable` without an epoch. Must be asked once per direction and epoch before
  /// begin_picture().
  [[nodiscard]] Result<CheckPolicy> policy(Direction direction);

  /// Refuses whatever is not a still JPEG, PNG or WebP or not what it claims to be; the bytes that
  /// come back have the same pixels and no metadata.
  [[nodiscard]] Result<media::CleanPicture> clean_picture(
      BytesView file, std::string_view claimed_media_type) const;

  /// Pixels as the person sees them: upright, sRGB. A quality below 50 makes the same requests with
  /// random hashes. `unavailable` without an epoch, `manifest_stale` when it has expired at `now`,
  /// `bad_argument` if policy() was not asked.
  [[nodiscard]] Result<PictureCheck> begin_picture(media::PixelsView pixels, Direction direction,
                                                   UnixMillis now);

  /// The bodies of the three answers, in the order of the requests; an empty one says that this
  /// keeper did not answer. Ends the check in every case. Any error means "not checked": never send
  /// or show because of it.
  [[nodiscard]] Result<Verdict> finish_picture(CheckId check,
                                               const std::array<Bytes, match::kKeepers>& replies);
  /// Forgets a check that will not be finished, or a match that no voucher will be made for.
  void cancel(CheckId check);

  /// The voucher for a finished check that matched, and its picture forgotten. `not_allowed` unless
  /// the level of the match is `disclose`, or `offer` and the person asked; `not_found` for a check
  /// without a match, or one whose voucher was made: keep the bytes to send them again.
  /// `bad_argument` when the message does not fit the check.
  [[nodiscard]] Result<Bytes> make_voucher(CheckId check, VoucherCause cause,
                                           const VoucherMessage& message, UnixMillis now);

  /// Commits to a message with a fresh opening key.
  [[nodiscard]] Result<FrankedContent> frank(const franking::Content& content);
  /// `frank_invalid`: do not show.
  [[nodiscard]] Result<OpenedContent> open_message(BytesView payload, BytesView authenticated,
                                                   BytesView context, const AccountId& sender,
                                                   const ConversationId& room) const;
  [[nodiscard]] Result<franking::SealedAttachment> seal_attachment(BytesView plaintext,
                                                                   std::string media_type);
  [[nodiscard]] Result<Bytes> open_attachment(const franking::AttachmentDescriptor& descriptor,
                                              BytesView ciphertext) const;

 private:
  friend Result<Guard> create_guard_with_rules(Rng& rng, const policy::ClassRules& rules);
  struct State;
  explicit Guard(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace lightkeeper::guard
