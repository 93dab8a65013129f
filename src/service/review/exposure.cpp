// Counting seconds of looking. The server's clock alone counts; what a browser says only tells that
// something is still shown.
#include <algorithm>

#include "service/review/review.hpp"

namespace lightkeeper::review {

namespace {

constexpr std::string_view kWhere = "review.exposure";
/// Without a heartbeat for this long, nothing is shown any more.
constexpr std::uint64_t kForgottenMillis = 60'000;

void add(store::Transaction& tx, const AccountId& reviewer, UnixMillis now, unsigned severity,
         std::uint64_t millis) {
  if (millis == 0) {
    return;
  }
  tx.run(
      "INSERT INTO review_exposure(reviewer, day, severity, millis) VALUES(?, ?, ?, ?) "
      "ON CONFLICT(reviewer, day, severity) DO UPDATE SET millis = millis + excluded.millis",
      reviewer, now.value / kDayMillis, severity, millis);
}

}  // namespace

std::string_view name_of(ExposureState state) {
  switch (state) {
    case ExposureState::soft:
      return "soft";
    case ExposureState::hard:
      return "hard";
    case ExposureState::ok:
      break;
  }
  return "ok";
}

void Review::count(store::Transaction& tx, const AccountId& reviewer, UnixMillis now,
                   std::optional<unsigned> opening) {
  tx.run("DELETE FROM review_shown WHERE reviewer = ? AND beat_ms < ?", reviewer,
         now.value > kForgottenMillis ? now.value - kForgottenMillis : 0);
  const auto shown = tx.row(
      "SELECT count(*), coalesce(max(severity), 0) FROM review_shown WHERE reviewer = ?", reviewer);
  const bool looking = shown->integer(0) > 0;
  auto hardest = static_cast<unsigned>(shown->number(1));
  const auto row = tx.row("SELECT counted_to_ms FROM review_clock WHERE reviewer = ?", reviewer);
  std::uint64_t counted_to = row ? row->number(0) : now.value;
  if (counted_to > now.value + kLookMillis) {
    counted_to = now.value;  // the clock went back; what was counted stays counted
  }
  if (looking && now.value > counted_to) {
    add(tx, reviewer, now, hardest, std::min(now.value - counted_to, kGapMillis));
  }
  counted_to = std::max(counted_to, now.value);
  if (opening) {
    hardest = std::max(hardest, *opening);
    add(tx, reviewer, now, hardest, now.value + kLookMillis - counted_to);
    counted_to = now.value + kLookMillis;
  }
  tx.run(
      "INSERT INTO review_clock(reviewer, counted_to_ms) VALUES(?, ?) "
      "ON CONFLICT(reviewer) DO UPDATE SET counted_to_ms = excluded.counted_to_ms",
      reviewer, counted_to);
}

Exposure Review::exposure_in(store::Transaction& tx, const AccountId& reviewer,
                             UnixMillis now) const {
  Exposure out;
  for (const auto& row :
       tx.rows("SELECT severity, millis FROM review_exposure WHERE reviewer = ? AND day = ?",
               reviewer, now.value / kDayMillis)) {
    out.seconds.at(row.number(0)) = row.number(1) / 1000;
  }
  for (std::size_t s = 0; s < kSeverities; ++s) {
    const auto hard = budgets_.hard_seconds.at(s);
    const auto soft = budgets_.soft_seconds.at(s);
    const auto seconds = out.seconds.at(s);
    if (hard > 0) {
      const auto left = seconds >= hard ? 0 : hard - seconds;
      out.seconds_left = std::min(out.seconds_left.value_or(left), left);
    }
    if (hard > 0 && seconds >= hard) {
      out.state = ExposureState::hard;
    } else if (soft > 0 && seconds >= soft && out.state == ExposureState::ok) {
      out.state = ExposureState::soft;
    }
  }
  const auto released =
      tx.row("SELECT max(until_ms) FROM review_release WHERE reviewer = ? AND until_ms > ?",
             reviewer, now);
  if (released && !released->null(0)) {
    out.released_until = UnixMillis{released->number(0)};
    if (out.state == ExposureState::hard) {
      out.state = ExposureState::soft;
    }
  }
  return out;
}

Status Review::refuse_when_used_up(const AccountId& reviewer, const ReportId& report) {
  LK_TRY(used_up, database_.write([&](store::Transaction& tx) -> Result<bool> {
    if (exposure_in(tx, reviewer, clock_.now()).state != ExposureState::hard) {
      return false;
    }
    LK_CHECK_OK(audit_(tx, {"access.refused", reviewer, "case:" + report.hex(),
                            "the day's exposure budget is used up"}));
    return true;
  }));
  if (used_up) {
    return fail(ErrorCode::exposure_budget, kWhere);
  }
  return {};
}

Result<Exposure> Review::beat(const AccountId& reviewer, std::uint64_t view, bool ended) {
  return database_.write([&](store::Transaction& tx) -> Result<Exposure> {
    const auto now = clock_.now();
    const auto opened = tx.row(
        "SELECT severity, opened_ms FROM review_view WHERE number = ? AND reviewer = ? AND step > "
        "0",
        view, reviewer);
    if (!opened) {
      return fail(ErrorCode::not_found, kWhere);
    }
    if (!ended) {
      // A heartbeat after a long silence means that it is shown again, or still.
      tx.run(
          "INSERT INTO review_shown(view, reviewer, severity, beat_ms) VALUES(?, ?, ?, ?) "
          "ON CONFLICT(view) DO UPDATE SET beat_ms = excluded.beat_ms",
          view, reviewer, opened->number(0), now);
    }
    count(tx, reviewer, now, std::nullopt);
    if (ended) {
      tx.run("DELETE FROM review_shown WHERE view = ?", view);
    }
    return exposure_in(tx, reviewer, now);
  });
}

Result<Exposure> Review::exposure(const AccountId& reviewer) {
  return database_.read([&](store::Transaction& tx) -> Result<Exposure> {
    return exposure_in(tx, reviewer, clock_.now());
  });
}

Result<std::vector<TeamMember>> Review::team() {
  return database_.read([&](store::Transaction& tx) -> Result<std::vector<TeamMember>> {
    const auto now = clock_.now();
    std::vector<TeamMember> out;
    for (const auto& row :
         tx.rows("SELECT DISTINCT reviewer FROM review_exposure WHERE day = ? ORDER BY reviewer",
                 now.value / kDayMillis)) {
      const auto account = row.id<AccountId>(0);
      out.push_back({account, exposure_in(tx, account, now).state});
    }
    return out;
  });
}

Result<UnixMillis> Review::release(const AccountId& by, const AccountId& reviewer,
                                   std::uint64_t minutes, std::string_view reason) {
  if (minutes < 1 || minutes > kMaxReleaseMinutes || reason.empty() || reason.size() > kMaxReason) {
    return fail(ErrorCode::bad_argument, kWhere, "1 to 240 minutes, and a reason");
  }
  LK_TRY(until, database_.write([&](store::Transaction& tx) -> Result<std::optional<UnixMillis>> {
    const auto now = clock_.now();
    const auto subject = "account:" + reviewer.hex();
    if (by == reviewer) {
      LK_CHECK_OK(audit_(tx, {"access.refused", by, subject, "a release of oneself"}));
      return std::optional<UnixMillis>();
    }
    if (!tx.row("SELECT 1 FROM account WHERE id = ? AND role = 'reviewer'", reviewer)) {
      return fail(ErrorCode::not_found, kWhere);
    }
    const UnixMillis end{now.value + minutes * 60'000};
    tx.run(
        "INSERT INTO review_release(reviewer, released_by, until_ms, reason, made_ms) "
        "VALUES(?, ?, ?, ?, ?)",
        reviewer, by, end, reason, now);
    LK_CHECK_OK(
        audit_(tx, {"exposure.release", by, subject, std::to_string(minutes) + " minutes"}));
    return std::optional(end);
  }));
  if (!until) {
    return fail(ErrorCode::not_allowed, kWhere, "somebody else has to release");
  }
  return *until;
}

}  // namespace lightkeeper::review
