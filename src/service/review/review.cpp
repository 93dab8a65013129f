#include "service/review/review.hpp"

#include <algorithm>

#include "core/base/codec.hpp"

namespace lightkeeper::review {

namespace {

constexpr std::string_view kWhere = "review";
constexpr int kCard = 0;

int number_of(Step step) { return static_cast<int>(step); }

Bytes event_association(const ReportId& report, std::uint32_t item, const AccountId& reviewer) {
  return Writer()
      .text("lightkeeper viewed event v1")
      .fixed(report.value)
      .u32(item)
      .fixed(reviewer.value)
      .take();
}

std::string subject_of(const ReportId& report) { return "case:" + report.hex(); }

/// Only these say that the file cannot be shown; anything else may be different next time.
bool is_final(ErrorCode code) {
  switch (code) {
    case ErrorCode::media_unsupported:
    case ErrorCode::picture_type_unsupported:
    case ErrorCode::picture_damaged:
    case ErrorCode::picture_animated:
    case ErrorCode::picture_too_large:
    case ErrorCode::video_damaged:
      return true;
    default:
      return false;
  }
}

}  // namespace

struct Review::Known {
  std::uint32_t frames = 0;
  bool every_frame = false;
  Bytes digest;
};

Review::Review(store::Database& database, Clock& clock, Rng& rng, store::AuditSink audit,
               decode::Renditions& renditions, Evidence evidence, Budgets budgets,
               crypto::SigningKeyPair key, const SecretBytes& key_seed)
    : database_(database),
      clock_(clock),
      rng_(rng),
      audit_(std::move(audit)),
      renditions_(renditions),
      evidence_(std::move(evidence)),
      budgets_(budgets),
      key_(std::move(key.secret)),
      public_key_(key.public_key) {
  const auto root = key_seed.expose_secret();
  digest_key_ = crypto::hkdf_sha256(root, {}, as_bytes("lightkeeper review digests v1"), 32);
  sealing_key_.bytes = crypto::hkdf_sha256(root, {}, as_bytes("lightkeeper review events v1"), 32);
}

Result<std::unique_ptr<Review>> Review::make(store::Database& database, Clock& clock, Rng& rng,
                                             store::AuditSink audit, decode::Renditions& renditions,
                                             Evidence evidence, Budgets budgets,
                                             const SecretBytes& key_seed) {
  LK_TRY(key, crypto::signing_key_from_seed(key_seed.expose_secret()));
  return std::unique_ptr<Review>(new Review(database, clock, rng, std::move(audit), renditions,
                                            std::move(evidence), budgets, std::move(key),
                                            key_seed));
}

Bytes Review::keyed(const crypto::Digest& sha256) const {
  return to_bytes(crypto::hmac_sha256(digest_key_.expose_secret(), sha256));
}

Result<MediaItem> Review::item_of(const ReportId& report, std::uint32_t item) const {
  LK_TRY(items, evidence_.list(report));
  const auto found = std::ranges::find(items, item, &MediaItem::item);
  if (found == items.end()) {
    return fail(ErrorCode::not_found, kWhere);
  }
  return *found;
}

Result<Bytes> Review::bytes_of(const AccountId& reader, const ReportId& report,
                               const MediaItem& item) const {
  LK_TRY(bytes, evidence_.bytes(reader, report, item.item));
  if (crypto::sha256(bytes) != item.sha256) {
    return fail(ErrorCode::storage_failed, kWhere, "a stored file is not the one of its case");
  }
  return bytes;
}

Result<Review::Known> Review::known(const AccountId& reader, const ReportId& report,
                                    const MediaItem& item) {
  const auto digest = keyed(item.sha256);
  LK_TRY(kept, database_.read([&](store::Transaction& tx) -> Result<std::optional<Known>> {
    const auto row =
        tx.row("SELECT frames, every_frame, digest FROM review_media WHERE report = ? AND item = ?",
               report, item.item);
    if (!row || row->blob(2) != digest) {
      return std::optional<Known>();
    }
    return std::optional(
        Known{static_cast<std::uint32_t>(row->number(0)), row->integer(1) == 1, row->blob(2)});
  }));
  if (kept) {
    return *kept;
  }
  Known out{0, false, digest};
  LK_TRY(bytes, bytes_of(reader, report, item));
  const auto facts = renditions_.facts(bytes);
  if (!facts && !is_final(facts.error().code)) {
    return out;  // nobody's file is judged by a bad moment of the decoder
  }
  if (facts) {
    out.frames = facts->frames;
    out.every_frame = facts->every_frame;
  }
  LK_CHECK_OK(database_.write([&](store::Transaction& tx) -> Status {
    tx.run(
        "INSERT INTO review_media(report, item, digest, frames, every_frame) VALUES(?, ?, ?, ?, ?) "
        "ON CONFLICT(report, item) DO UPDATE SET digest = excluded.digest, "
        "frames = excluded.frames, every_frame = excluded.every_frame",
        report, item.item, digest, out.frames, out.every_frame ? 1 : 0);
    return {};
  }));
  return out;
}

Result<std::vector<Media>> Review::media(const AccountId& reviewer, const ReportId& report) {
  LK_TRY(items, evidence_.list(report));
  LK_TRY(fallback, evidence_.severity(report));
  std::vector<Media> out;
  for (const auto& item : items) {
    LK_TRY(about, known(reviewer, report, item));
    LK_TRY(media, database_.write([&](store::Transaction& tx) -> Result<Media> {
      Media card{item, 0, about.frames, about.every_frame, {}, false};
      bool has_card = false;
      for (const auto& row : tx.rows("SELECT DISTINCT step FROM review_view WHERE report = ? AND "
                                     "item = ? AND reviewer = ? ORDER BY step",
                                     report, item.item, reviewer)) {
        if (row.integer(0) == kCard) {
          has_card = true;
        } else {
          card.steps.push_back(static_cast<Step>(row.integer(0)));
        }
      }
      card.seen_before = tx.row(
                               "SELECT count(*) FROM review_media AS other WHERE digest = ?1 AND "
                               "NOT (report = ?2 AND item = ?3) AND EXISTS (SELECT 1 FROM "
                               "review_view AS seen WHERE seen.report = other.report AND "
                               "seen.item = other.item AND seen.reviewer = ?4 AND seen.step >= 2)",
                               about.digest, report, item.item, reviewer)
                             ->number(0);
      card.viewed = tx.row(
                          "SELECT 1 FROM review_viewed WHERE report = ? AND item = ? AND "
                          "reviewer = ?",
                          report, item.item, reviewer)
                        .has_value();
      if (!has_card) {
        tx.run(
            "INSERT INTO review_view(reviewer, report, item, step, frame, severity, opened_ms) "
            "VALUES(?, ?, ?, ?, 0, ?, ?)",
            reviewer, report, item.item, kCard, fallback, clock_.now());
        LK_CHECK_OK(audit_(tx, {"evidence.view", reviewer, subject_of(report),
                                "item " + std::to_string(item.item) + " card"}));
      }
      return card;
    }));
    out.push_back(std::move(media));
  }
  return out;
}

Status Review::check_step(store::Transaction& tx, const AccountId& reviewer, const ReportId& report,
                          std::uint32_t item, Step step) const {
  if (!tx.row("SELECT 1 FROM review_view WHERE report = ? AND item = ? AND reviewer = ? AND "
              "step = ?",
              report, item, reviewer, number_of(step) - 1)) {
    return fail(ErrorCode::conflict, kWhere, "the step before this one has not been opened");
  }
  return {};
}

Result<View> Review::open(const AccountId& reviewer, std::string_view pseudonym,
                          const ReportId& report, std::uint32_t item, Step step,
                          std::uint32_t frame) {
  LK_TRY(about, item_of(report, item));
  LK_CHECK_OK(refuse_when_used_up(reviewer, report));
  LK_CHECK_OK(database_.read([&](store::Transaction& tx) -> Status {
    return check_step(tx, reviewer, report, item, step);
  }));
  LK_TRY(fallback, evidence_.severity(report));
  LK_TRY(file, bytes_of(reviewer, report, about));
  LK_TRY(jpeg, renditions_.jpeg(file, frame, step, pseudonym));
  LK_TRY(number, database_.write([&](store::Transaction& tx) -> Result<std::uint64_t> {
    const auto now = clock_.now();
    // Again, now that the picture is ready: another view may have used up the budget meanwhile.
    if (exposure_in(tx, reviewer, now).state == ExposureState::hard) {
      return fail(ErrorCode::exposure_budget, kWhere);
    }
    const auto said = tx.row(
        "SELECT severity FROM review_severity WHERE report = ? AND item = ? ORDER BY number DESC "
        "LIMIT 1",
        report, item);
    const auto severity = said ? static_cast<unsigned>(said->number(0)) : fallback;
    tx.run(
        "INSERT INTO review_view(reviewer, report, item, step, frame, severity, opened_ms) "
        "VALUES(?, ?, ?, ?, ?, ?, ?)",
        reviewer, report, item, number_of(step), frame, severity, now);
    const auto view = static_cast<std::uint64_t>(tx.last_row_id());
    count(tx, reviewer, now, severity);
    tx.run("INSERT INTO review_shown(view, reviewer, severity, beat_ms) VALUES(?, ?, ?, ?)", view,
           reviewer, severity, now);
    LK_CHECK_OK(
        audit_(tx, {"evidence.view", reviewer, subject_of(report),
                    "item " + std::to_string(item) + " frame " + std::to_string(frame) + " " +
                        std::string(decode::name_of(step)) + " view " + std::to_string(view)}));
    return view;
  }));
  return View{number, std::move(jpeg)};
}

Result<ViewedEvent> Review::opened_event(const store::Row& row) const {
  // number, report, item, reviewer, sealed
  const auto report = row.id<ReportId>(1);
  const auto item = static_cast<std::uint32_t>(row.number(2));
  Reader in(row.blob(4));
  LK_TRY(nonce, in.array<12>());
  LK_TRY(sealed, in.fixed(in.remaining()));
  LK_TRY(plain, crypto::aead_open(sealing_key_, nonce,
                                  event_association(report, item, row.id<AccountId>(3)), sealed));
  Reader plain_in(plain);
  LK_TRY(signature, plain_in.array<64>());
  LK_TRY(canonical, plain_in.fixed(plain_in.remaining()));
  LK_TRY(event, open_viewed_event(canonical, signature, public_key_));
  if (event.report != report || event.item != item) {
    return fail(ErrorCode::bad_format, kWhere, "an event stands in the place of another");
  }
  event.number = row.number(0);
  return event;
}

Result<ViewedEvent> Review::viewed(const AccountId& reviewer, std::string_view pseudonym,
                                   const ReportId& report, std::uint32_t item, unsigned severity) {
  if (severity >= kSeverities) {
    return fail(ErrorCode::bad_argument, kWhere, "severity is 0 to 3");
  }
  LK_TRY(about, item_of(report, item));
  LK_TRY(file, known(reviewer, report, about));
  return database_.write([&](store::Transaction& tx) -> Result<ViewedEvent> {
    const auto now = clock_.now();
    const auto said = tx.row(
        "SELECT severity FROM review_severity WHERE report = ? AND item = ? AND reviewer = ? "
        "ORDER BY number DESC LIMIT 1",
        report, item, reviewer);
    const auto kept = tx.row(
        "SELECT number, report, item, reviewer, sealed FROM review_viewed WHERE report = ? AND "
        "item = ? AND reviewer = ?",
        report, item, reviewer);
    const auto frames = tx.rows(
        "SELECT max(step) FROM review_view WHERE report = ? AND item = ? AND reviewer = ? AND "
        "step >= ? AND frame < ? GROUP BY frame",
        report, item, reviewer, number_of(Step::grey), file.frames);
    if (!kept && (file.frames == 0 || frames.size() != file.frames)) {
      return fail(ErrorCode::conflict, kWhere, "not every frame has been opened in grey or colour");
    }
    if (!said || said->number(0) != severity) {
      tx.run(
          "INSERT INTO review_severity(report, item, reviewer, severity, said_ms) "
          "VALUES(?, ?, ?, ?, ?)",
          report, item, reviewer, severity, now);
    }
    if (kept) {
      return opened_event(*kept);
    }
    ViewedEvent event;
    event.report = report;
    event.item = item;
    event.sha256 = about.sha256;
    event.size = about.size;
    event.pseudonym = pseudonym;
    event.step = static_cast<Step>(std::ranges::min_element(frames, {}, [](const auto& row) {
                                     return row.integer(0);
                                   })->integer(0));
    event.whole_file = file.every_frame;
    event.at = now;
    event.canonical = canonical_bytes(event);
    event.signature = crypto::sign(key_, event.canonical);
    const crypto::AeadNonce nonce = rng_.array<12>();
    const auto sealed = concat(
        {nonce, crypto::aead_seal(sealing_key_, nonce, event_association(report, item, reviewer),
                                  concat({event.signature, event.canonical}))});
    tx.run("INSERT INTO review_viewed(report, item, reviewer, sealed, at_ms) VALUES(?, ?, ?, ?, ?)",
           report, item, reviewer, sealed, now);
    event.number = static_cast<std::uint64_t>(tx.last_row_id());
    LK_CHECK_OK(audit_(
        tx, {"evidence.viewed", reviewer, subject_of(report),
             "item " + std::to_string(item) + (event.whole_file ? " whole file" : " key frames")}));
    return event;
  });
}

Result<std::vector<ViewedEvent>> Review::viewed_events(const ReportId& report) {
  return database_.read([&](store::Transaction& tx) -> Result<std::vector<ViewedEvent>> {
    std::vector<ViewedEvent> out;
    for (const auto& row : tx.rows("SELECT number, report, item, reviewer, sealed FROM "
                                   "review_viewed WHERE report = ? ORDER BY number",
                                   report)) {
      LK_TRY(event, opened_event(row));
      out.push_back(std::move(event));
    }
    return out;
  });
}

Result<std::vector<std::string>> Review::faults() {
  return database_.read([&](store::Transaction& tx) -> Result<std::vector<std::string>> {
    std::vector<std::string> out;
    for (const auto& row : tx.rows(
             "SELECT number, report, item, reviewer, sealed FROM review_viewed ORDER BY number")) {
      if (const auto event = opened_event(row); !event) {
        out.push_back("viewing event " + std::to_string(row.integer(0)) +
                      " does not open: " + event.error().message());
      }
    }
    return out;
  });
}

}  // namespace lightkeeper::review
