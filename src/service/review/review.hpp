// Looking at evidence in small deliberate steps, and counting what that costs the person who looks.
//
// Who learns what: the service keeps which reviewer opened which step of which file and when.
// Seconds of exposure are told to that person alone; supervisors are told a state (ok, soft, hard).
// The browser never receives more than the step that was asked for. File hashes stand in the
// database only sealed or keyed, so the database alone does not show which file it was.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/rng.hpp"
#include "core/crypto/crypto.hpp"
#include "decode/renditions.hpp"
#include "service/store/audit.hpp"

namespace lightkeeper::review {

using decode::Step;

constexpr unsigned kSeverities = 4;  // 0 nothing difficult ... 3 the hardest
constexpr std::size_t kMaxReason = 1024;
constexpr std::uint64_t kMaxReleaseMinutes = 240;

/// What counts as looking (ADR 0083). All in milliseconds.
constexpr std::uint64_t kLookMillis = 5'000;  // each opening counts at least this
constexpr std::uint64_t kGapMillis = 15'000;  // most that one heartbeat can count
constexpr std::uint64_t kDayMillis = 86'400'000;

/// A file of a case as its room describes it, without its bytes.
struct MediaItem {
  std::uint32_t item = 0;
  std::string media_type;  // as claimed
  std::uint64_t size = 0;
  crypto::Digest sha256{};
  std::string evidence_class;  // "verified", "not_verified", "provider_record"
};

/// What this room asks of the others.
struct Evidence {
  /// The files of a case that are stored. `not_found` for no case, `evidence_destroyed`.
  std::function<Result<std::vector<MediaItem>>(const ReportId&)> list;
  /// The bytes of one of them, for this reader.
  std::function<Result<Bytes>(const AccountId& reader, const ReportId&, std::uint32_t item)> bytes;
  /// How hard files of this case are taken to be until somebody has said: 0..3, by its harm.
  std::function<Result<unsigned>(const ReportId&)> severity;
};

/// Seconds a day by severity; 0 means without limit.
struct Budgets {
  std::array<std::uint64_t, kSeverities> soft_seconds{};
  std::array<std::uint64_t, kSeverities> hard_seconds{};
};

enum class ExposureState : std::uint8_t { ok, soft, hard };
[[nodiscard]] std::string_view name_of(ExposureState state);

struct Media {
  MediaItem item;
  std::uint64_t seen_before =
      0;                     // identical files elsewhere that this reviewer saw in grey or colour
  std::uint32_t frames = 0;  // 0: this kind of file cannot be shown
  bool every_frame = false;  // the frames are the whole file
  std::vector<Step> steps;   // that this reviewer has opened
  bool viewed = false;       // a signed event of this reviewer exists
};
struct View {
  std::uint64_t number = 0;
  Bytes jpeg;
};
struct Exposure {
  std::array<std::uint64_t, kSeverities> seconds{};  // today, UTC
  ExposureState state = ExposureState::ok;
  std::optional<std::uint64_t> seconds_left;  // until the first hard budget; none without one
  std::optional<UnixMillis> released_until;
};
struct TeamMember {
  AccountId account;
  ExposureState state = ExposureState::ok;
};

/// "This person looked at this file": what `fileViewedByEsp` is computed from.
struct ViewedEvent {
  std::uint64_t number = 0;
  ReportId report;
  std::uint32_t item = 0;
  crypto::Digest sha256{};
  std::uint64_t size = 0;
  std::string pseudonym;
  Step step = Step::grey;   // the least of its frames' steps
  bool whole_file = false;  // false for a video of which key frames were seen
  UnixMillis at;
  Bytes canonical;  // what is signed
  crypto::Signature signature{};
};

/// Canonical bytes: text "lightkeeper viewed file v1", fixed16 case, u32 item, fixed32 SHA-256, u64
/// size, text pseudonym, u8 step, u8 whole, u64 time.
[[nodiscard]] Bytes canonical_bytes(const ViewedEvent& event);
/// The event of these bytes, if the signature is by this key; `bad_signature` or `bad_format`.
/// `number` is not part of them.
[[nodiscard]] Result<ViewedEvent> open_viewed_event(BytesView canonical,
                                                    const crypto::Signature& signature,
                                                    const crypto::VerifyingKey& key);

/// Thread-safe. Every deed has its audit entry in the same transaction.
class Review {
 public:
  /// `key_seed`: 32 bytes (keys/review in the data folder).
  [[nodiscard]] static Result<std::unique_ptr<Review>> make(store::Database& database, Clock& clock,
                                                            Rng& rng, store::AuditSink audit,
                                                            decode::Renditions& renditions,
                                                            Evidence evidence, Budgets budgets,
                                                            const SecretBytes& key_seed);

  /// The metadata cards of a case's files; the first step, and on record as one.
  [[nodiscard]] Result<std::vector<Media>> media(const AccountId& reviewer, const ReportId& report);

  /// One step of one frame. `conflict` when the step before it was not opened by this reviewer,
  /// `exposure_budget` when the day's hard budget is used up and not released, `not_found`,
  /// `media_unsupported` and the decoder's errors. `pseudonym` goes into the watermark.
  [[nodiscard]] Result<View> open(const AccountId& reviewer, std::string_view pseudonym,
                                  const ReportId& report, std::uint32_t item, Step step,
                                  std::uint32_t frame);

  /// Every five seconds while a view is shown, and once when it is covered. `not_found` unless the
  /// view is this reviewer's.
  [[nodiscard]] Result<Exposure> beat(const AccountId& reviewer, std::uint64_t view, bool ended);

  /// "I have looked at the whole file": signed, once for each reviewer and item; said again, it
  /// gives the same event and keeps the new severity. `conflict` unless every frame was opened here
  /// in grey or colour by this reviewer; an identical file of another case does not count (ADR
  /// 0084).
  [[nodiscard]] Result<ViewedEvent> viewed(const AccountId& reviewer, std::string_view pseudonym,
                                           const ReportId& report, std::uint32_t item,
                                           unsigned severity);
  /// All events of a case, oldest first, for reports to authorities.
  [[nodiscard]] Result<std::vector<ViewedEvent>> viewed_events(const ReportId& report);

  /// One's own.
  [[nodiscard]] Result<Exposure> exposure(const AccountId& reviewer);
  /// States only, of everybody who looked at something today.
  [[nodiscard]] Result<std::vector<TeamMember>> team();
  /// Lets somebody else go on for a while; `not_allowed` for oneself. The caller has checked the
  /// permission release_exposure.
  [[nodiscard]] Result<UnixMillis> release(const AccountId& by, const AccountId& reviewer,
                                           std::uint64_t minutes, std::string_view reason);

  [[nodiscard]] const crypto::VerifyingKey& public_key() const { return public_key_; }
  [[nodiscard]] const Budgets& budgets() const { return budgets_; }

  /// One line for each event that does not open or whose signature is not ours.
  [[nodiscard]] Result<std::vector<std::string>> faults();

 private:
  Review(store::Database& database, Clock& clock, Rng& rng, store::AuditSink audit,
         decode::Renditions& renditions, Evidence evidence, Budgets budgets,
         crypto::SigningKeyPair key, const SecretBytes& key_seed);

  struct Known;  // what is kept about a file
  [[nodiscard]] Result<MediaItem> item_of(const ReportId& report, std::uint32_t item) const;
  [[nodiscard]] Result<Bytes> bytes_of(const AccountId& reader, const ReportId& report,
                                       const MediaItem& item) const;
  [[nodiscard]] Result<Known> known(const AccountId& reader, const ReportId& report,
                                    const MediaItem& item);
  [[nodiscard]] Bytes keyed(const crypto::Digest& sha256) const;
  [[nodiscard]] Exposure exposure_in(store::Transaction& tx, const AccountId& reviewer,
                                     UnixMillis now) const;
  [[nodiscard]] Status check_step(store::Transaction& tx, const AccountId& reviewer,
                                  const ReportId& report, std::uint32_t item, Step step) const;
  [[nodiscard]] Status refuse_when_used_up(const AccountId& reviewer, const ReportId& report);
  /// Counts up to now; `opening` is the severity of a view that is opened at this moment.
  static void count(store::Transaction& tx, const AccountId& reviewer, UnixMillis now,
                    std::optional<unsigned> opening);
  [[nodiscard]] Result<ViewedEvent> opened_event(const store::Row& row) const;

  store::Database& database_;
  Clock& clock_;
  Rng& rng_;
  store::AuditSink audit_;
  decode::Renditions& renditions_;
  Evidence evidence_;
  Budgets budgets_;
  crypto::SigningKey key_;
  crypto::VerifyingKey public_key_;
  SecretBytes digest_key_;
  crypto::AeadKey sealing_key_;
};

}  // namespace lightkeeper::review
