#include "service/review/review.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "core/base/codec.hpp"
#include "core/media/drawn_picture.hpp"
#include "service/store/temporary_folder.hpp"

namespace lightkeeper::review {
namespace {

constexpr std::uint64_t kStart = 1'800'000'000'000;  // some day of 2027, nearly one in the morning
constexpr Budgets kBudgets{{0, 600, 60, 30}, {0, 1200, 120, 60}};
constexpr std::string_view kMark = "R-4f2a";

const Bytes& picture(std::uint32_t seed) {
  static std::map<std::uint32_t, Bytes> made;
  static decode::Decoder encoder{decode::DecodeOptions{}};
  auto& file = made[seed];
  if (file.empty()) {
    file = encoder.jpeg(media::draw_picture(64, 48, seed).view()).value();
  }
  return file;
}

decode::Renditions& renditions() {
  static decode::Renditions all{decode::RenditionOptions{}};
  return all;
}

class ReviewTest : public testing::Test {
 protected:
  ReviewTest() {
    ada_ = account("ada", "reviewer");
    ben_ = account("ben", "reviewer");
    person_ = account("pat", "person");
    first_ = report(1);
    second_ = report(2);
    files_[first_] = {picture(1), picture(2), to_bytes("no picture at all")};
    files_[second_] = {picture(1)};
    review_ = made(kBudgets);
  }
  std::unique_ptr<Review> made(Budgets budgets) {
    Evidence evidence{
        [this](const ReportId& report) -> Result<std::vector<MediaItem>> {
          const auto found = files_.find(report);
          if (found == files_.end()) {
            return fail(ErrorCode::not_found, "test");
          }
          std::vector<MediaItem> out;
          for (const auto& file : found->second) {
            const auto item = static_cast<std::uint32_t>(out.size() + 1);
            out.push_back({item, "image/jpeg", file.size(), crypto::sha256(file), "verified"});
          }
          return out;
        },
        [this](const AccountId&, const ReportId& report, std::uint32_t item) -> Result<Bytes> {
          ++reads_;
          auto bytes = files_.at(report).at(item - 1);
          if (tampered_) {
            bytes.back() ^= 1;
          }
          return bytes;
        },
        [this](const ReportId&) -> Result<unsigned> { return severity_; }};
    auto out = Review::make(
        *database_, clock_, rng_,
        [this](store::Transaction&, const store::AuditEntry& entry) -> Status {
          if (audit_fails_) {
            return fail(ErrorCode::storage_failed, "test");
          }
          audit_.push_back(entry);
          return {};
        },
        renditions(), std::move(evidence), budgets, SecretBytes::copy_of(ByteArray<32>{7}));
    return *std::move(out);
  }
  AccountId account(std::string_view name, std::string_view role) {
    const AccountId id{rng_.array<16>()};
    (void)database_->write([&](store::Transaction& tx) -> Status {
      tx.run("INSERT INTO account(id, name, role, created_ms) VALUES(?, ?, ?, 0)", id, name, role);
      return {};
    });
    return id;
  }
  ReportId report(int number) {
    const ReportId id{rng_.array<16>()};
    const auto done = database_->write([&](store::Transaction& tx) -> Status {
      tx.run(
          "INSERT INTO report(id, number, reporter, client_id, request_mac, alleged, reason, "
          "received_ms, messages, verified, state, wrapped_key) "
          "VALUES(?, ?, ?, ?, x'00', ?, 'other', 0, 0, 0, 'open', x'00')",
          id, number, person_, "c" + std::to_string(number), person_);
      return {};
    });
    EXPECT_TRUE(done.has_value());
    return id;
  }
  void pass(std::uint64_t millis) { clock_.set(UnixMillis{clock_.now().value + millis}); }
  Result<View> open(const AccountId& who, Step step, std::uint32_t item = 1) {
    return review_->open(who, kMark, first_, item, step, 0);
  }
  void open_up_to(const AccountId& who, Step step, const ReportId& report, std::uint32_t item = 1) {
    ASSERT_TRUE(review_->media(who, report).has_value());
    for (const auto next : {Step::blurred, Step::grey, Step::colour}) {
      if (next <= step) {
        ASSERT_TRUE(review_->open(who, kMark, report, item, next, 0).has_value());
      }
    }
  }
  std::uint64_t seconds(const AccountId& who) {
    const auto exposure = review_->exposure(who).value();
    return exposure.seconds[0] + exposure.seconds[1] + exposure.seconds[2] + exposure.seconds[3];
  }
  std::size_t audited(std::string_view action, std::string_view part) const {
    return static_cast<std::size_t>(std::ranges::count_if(audit_, [&](const auto& entry) {
      return entry.action == action && entry.detail.find(part) != std::string::npos;
    }));
  }
  Status sql(std::string_view statement) {
    return database_->write([&](store::Transaction& tx) -> Status {
      tx.run(statement);
      return {};
    });
  }

  store::TemporaryFolder folder_;
  SetClock clock_{UnixMillis{kStart}};
  crypto::SeededRng rng_{5};
  std::unique_ptr<store::Database> database_ =
      store::Database::open(folder_.path() / "service.db", store::service_migrations(), {}).value();
  AccountId ada_, ben_, person_;
  ReportId first_, second_;
  std::map<ReportId, std::vector<Bytes>> files_;
  std::vector<store::AuditEntry> audit_;
  bool audit_fails_ = false;
  bool tampered_ = false;
  unsigned severity_ = 1;
  int reads_ = 0;
  std::unique_ptr<Review> review_;
};

TEST_F(ReviewTest, StepsComeInOrderAndEachIsOnRecord) {
  EXPECT_EQ(open(ada_, Step::blurred).error().code, ErrorCode::conflict) << "the card comes first";
  const auto cards = review_->media(ada_, first_).value();
  ASSERT_EQ(cards.size(), 3U);
  EXPECT_EQ(cards[0].frames, 1U);
  EXPECT_TRUE(cards[0].every_frame);
  EXPECT_EQ(cards[2].frames, 0U) << "cannot be shown";
  EXPECT_EQ(audited("evidence.view", "card"), 3U);
  EXPECT_EQ(open(ada_, Step::grey).error().code, ErrorCode::conflict);
  EXPECT_EQ(open(ada_, Step::colour).error().code, ErrorCode::conflict);
  const auto blurred = open(ada_, Step::blurred);
  ASSERT_TRUE(blurred.has_value());
  EXPECT_EQ(audited("evidence.view", "item 1 frame 0 blurred view "), 1U);
  EXPECT_EQ(open(ada_, Step::colour).error().code, ErrorCode::conflict);
  EXPECT_EQ(open(ada_, Step::grey, 2).error().code, ErrorCode::conflict) << "item by item";
  EXPECT_EQ(open(ben_, Step::grey).error().code, ErrorCode::conflict) << "person by person";
  ASSERT_TRUE(open(ada_, Step::grey).has_value());
  ASSERT_TRUE(open(ada_, Step::colour).has_value());
  const auto after = review_->media(ada_, first_).value();
  EXPECT_EQ(after[0].steps, (std::vector{Step::blurred, Step::grey, Step::colour}));
  EXPECT_TRUE(after[1].steps.empty());
  EXPECT_EQ(audited("evidence.view", "card"), 3U) << "a card is opened once";
  EXPECT_EQ(audit_.back().actor, ada_);
  EXPECT_EQ(audit_.back().subject, "case:" + first_.hex());
}

TEST_F(ReviewTest, WhatIsNotThereOrCannotBeShownIsRefusedWithoutARecordOfLooking) {
  ASSERT_TRUE(review_->media(ada_, first_).has_value());
  EXPECT_EQ(open(ada_, Step::blurred, 9).error().code, ErrorCode::not_found);
  EXPECT_EQ(open(ada_, Step::blurred, 3).error().code, ErrorCode::media_unsupported);
  EXPECT_EQ(review_->open(ada_, kMark, first_, 1, Step::blurred, 1).error().code,
            ErrorCode::not_found);
  EXPECT_EQ(review_->media(ada_, ReportId{}).error().code, ErrorCode::not_found);
  EXPECT_EQ(review_->open(ada_, "", first_, 1, Step::blurred, 0).error().code,
            ErrorCode::bad_argument)
      << "no picture without a mark";
  EXPECT_EQ(seconds(ada_), 0U);
  EXPECT_EQ(audited("evidence.view", "frame"), 0U);
  tampered_ = true;
  EXPECT_EQ(open(ada_, Step::blurred).error().code, ErrorCode::storage_failed);
}

TEST_F(ReviewTest, NoDeedWithoutItsAuditEntry) {
  ASSERT_TRUE(review_->media(ada_, first_).has_value());
  audit_fails_ = true;
  EXPECT_FALSE(open(ada_, Step::blurred).has_value());
  EXPECT_EQ(seconds(ada_), 0U);
  EXPECT_FALSE(review_->media(ben_, first_).has_value());
  EXPECT_FALSE(review_->release(ada_, ben_, 10, "a reason").has_value());
  audit_fails_ = false;
  EXPECT_EQ(open(ada_, Step::grey).error().code, ErrorCode::conflict) << "nothing was opened";
  EXPECT_EQ(open(ben_, Step::blurred).error().code, ErrorCode::conflict);
  EXPECT_FALSE(review_->exposure(ben_)->released_until.has_value());
  open_up_to(ada_, Step::grey, first_);
  audit_fails_ = true;
  EXPECT_FALSE(review_->viewed(ada_, kMark, first_, 1, 2).has_value());
  EXPECT_TRUE(review_->viewed_events(first_)->empty());
}

// ---- counting

TEST_F(ReviewTest, HeartbeatsCountTheServersSecondsAndTheEndStopsThem) {
  ASSERT_TRUE(review_->media(ada_, first_).has_value());
  const auto view = open(ada_, Step::blurred).value();
  EXPECT_EQ(seconds(ada_), 5U) << "an opening counts at least this";
  for (int i = 0; i < 4; ++i) {
    pass(5'000);
    ASSERT_TRUE(review_->beat(ada_, view.number, false).has_value());
  }
  EXPECT_EQ(seconds(ada_), 20U);
  pass(3'000);
  ASSERT_TRUE(review_->beat(ada_, view.number, true).has_value());
  EXPECT_EQ(seconds(ada_), 23U);
  pass(600'000);
  ASSERT_TRUE(review_->exposure(ada_).has_value());
  EXPECT_EQ(seconds(ada_), 23U) << "nothing is shown any more";
  EXPECT_EQ(seconds(ben_), 0U);
  EXPECT_EQ(review_->beat(ben_, view.number, false).error().code, ErrorCode::not_found);
  EXPECT_EQ(review_->beat(ada_, 999, false).error().code, ErrorCode::not_found);
}

TEST_F(ReviewTest, ABrowserThatSendsNoHeartbeatIsCountedForEachOpening) {
  ASSERT_TRUE(review_->media(ada_, first_).has_value());
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(open(ada_, Step::blurred).has_value());
    pass(120'000);
  }
  EXPECT_EQ(seconds(ada_), 30U);
}

TEST_F(ReviewTest, ViewsSideBySideCountOnceAndAsTheHardest) {
  ASSERT_TRUE(review_->media(ada_, first_).has_value());
  const auto one = open(ada_, Step::blurred, 1).value();
  severity_ = 3;
  const auto two = open(ada_, Step::blurred, 2).value();
  for (int i = 0; i < 4; ++i) {
    pass(5'000);
    ASSERT_TRUE(review_->beat(ada_, one.number, false).has_value());
    ASSERT_TRUE(review_->beat(ada_, two.number, false).has_value());
  }
  EXPECT_EQ(seconds(ada_), 20U);
  EXPECT_EQ(review_->exposure(ada_)->seconds[3], 15U);
}

/// One observation of a person's counter and what may lie between two of them. Empty when all is
/// well.
struct Observed {
  std::uint64_t total_seconds = 0;
  std::uint64_t allowed_millis = 0;  // what may have been added since the one before
};
std::string broken_rule(const std::vector<Observed>& seen) {
  std::uint64_t allowed = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    allowed += seen[i].allowed_millis;
    if (i > 0 && seen[i].total_seconds < seen[i - 1].total_seconds) {
      return "fell";
    }
    if (seen[i].total_seconds * 1000 > allowed) {
      return "too much";
    }
  }
  return {};
}

TEST_F(ReviewTest, AnySequenceOfOpeningsBeatsAndClockJumpsKeepsTheCounterHonest) {
  review_ = made({});
  std::vector<Observed> longest;
  for (unsigned seed = 0; seed < 12; ++seed) {
    std::mt19937 random(seed);
    const auto die = [&](unsigned sides) { return static_cast<unsigned>(random() % sides); };
    const auto who = account("r" + std::to_string(seed), "reviewer");
    ASSERT_TRUE(review_->media(who, first_).has_value());
    std::vector<std::uint64_t> views;
    std::vector<Observed> seen;
    clock_.set(UnixMillis{kStart});
    for (int i = 0; i < 40; ++i) {
      Observed now;
      switch (die(6)) {
        case 0:
          views.push_back(open(who, Step::blurred)->number);
          now.allowed_millis = kGapMillis + kLookMillis;
          break;
        case 1:
        case 2:
          if (!views.empty()) {
            ASSERT_TRUE(
                review_->beat(who, views[die(static_cast<unsigned>(views.size()))], die(4) == 0)
                    .has_value());
            now.allowed_millis = kGapMillis;
          }
          break;
        case 3:
          pass(die(20'000));
          break;
        case 4:
          pass(die(2) == 0 ? 3'600'000 : 1);
          break;
        default:  // back, but not into the day before
          clock_.set(UnixMillis{std::max(kStart, clock_.now().value - die(7'200'000))});
          break;
      }
      now.total_seconds = seconds(who);
      seen.push_back(now);
    }
    EXPECT_EQ(broken_rule(seen), "") << seed;
    longest = seen;
  }
  // The same checker sees a counter that falls and one that runs ahead.
  auto fallen = longest;
  fallen.push_back({longest.back().total_seconds - 1, 0});
  EXPECT_EQ(broken_rule(fallen), "fell");
  auto ahead = longest;
  ahead.push_back({100'000'000, 1});
  EXPECT_EQ(broken_rule(ahead), "too much");
}

TEST_F(ReviewTest, TheDatabaseItselfKeepsCountersFromFalling) {
  ASSERT_TRUE(review_->media(ada_, first_).has_value());
  ASSERT_TRUE(open(ada_, Step::blurred).has_value());
  EXPECT_FALSE(sql("UPDATE review_exposure SET millis = millis - 1").has_value());
  EXPECT_FALSE(sql("UPDATE review_view SET step = 3").has_value());
  EXPECT_FALSE(sql("DELETE FROM review_view WHERE step = 1").has_value());
  ASSERT_TRUE(sql("DROP TRIGGER review_exposure_only_rises").has_value());
  EXPECT_TRUE(sql("UPDATE review_exposure SET millis = millis - 1").has_value())
      << "it was the trigger";
}

// ---- budgets

TEST_F(ReviewTest, SoftWarnsHardRefusesAndAnotherPersonReleases) {
  severity_ = 3;  // soft 30 s, hard 60 s
  ASSERT_TRUE(review_->media(ada_, first_).has_value());
  const auto view = open(ada_, Step::blurred).value();
  const auto look = [&](int times) {
    for (int i = 0; i < times; ++i) {
      pass(5'000);
      ASSERT_TRUE(review_->beat(ada_, view.number, false).has_value());
    }
  };
  look(5);
  EXPECT_EQ(review_->exposure(ada_)->state, ExposureState::ok);
  EXPECT_EQ(review_->exposure(ada_)->seconds_left, 35U);
  look(1);
  EXPECT_EQ(review_->exposure(ada_)->state, ExposureState::soft);
  EXPECT_TRUE(open(ada_, Step::grey).has_value()) << "a warning is no refusal";
  look(6);
  EXPECT_EQ(review_->exposure(ada_)->state, ExposureState::hard);
  EXPECT_EQ(review_->exposure(ada_)->seconds_left, 0U);
  const auto reads = reads_;
  EXPECT_EQ(open(ada_, Step::colour).error().code, ErrorCode::exposure_budget);
  EXPECT_EQ(reads_, reads) << "evidence is not even read";
  EXPECT_EQ(audited("access.refused", "budget"), 1U);
  EXPECT_TRUE(review_->media(ada_, first_).has_value()) << "cards stay open";

  EXPECT_EQ(review_->release(ada_, ada_, 10, "I feel fine").error().code, ErrorCode::not_allowed);
  EXPECT_EQ(audited("access.refused", "release of oneself"), 1U);
  EXPECT_EQ(open(ada_, Step::colour).error().code, ErrorCode::exposure_budget);
  EXPECT_EQ(review_->release(ben_, ada_, 0, "r").error().code, ErrorCode::bad_argument);
  EXPECT_EQ(review_->release(ben_, ada_, 241, "r").error().code, ErrorCode::bad_argument);
  EXPECT_EQ(review_->release(ben_, ada_, 10, "").error().code, ErrorCode::bad_argument);
  EXPECT_EQ(review_->release(ben_, person_, 10, "r").error().code, ErrorCode::not_found);
  const auto until = review_->release(ben_, ada_, 10, "the case cannot wait").value();
  EXPECT_EQ(until.value, clock_.now().value + 600'000);
  EXPECT_EQ(review_->exposure(ada_)->released_until, until);
  EXPECT_TRUE(open(ada_, Step::colour).has_value());
  pass(600'001);
  EXPECT_EQ(open(ada_, Step::colour).error().code, ErrorCode::exposure_budget);
  pass(kDayMillis);
  EXPECT_TRUE(open(ada_, Step::colour).has_value()) << "a new day";
  EXPECT_FALSE(sql("INSERT INTO review_release(reviewer, released_by, until_ms, reason, made_ms) "
                   "SELECT id, id, 1, '', 1 FROM account LIMIT 1")
                   .has_value())
      << "not even by hand";
}

TEST_F(ReviewTest, SupervisorsAreToldStatesOfThoseWhoLooked) {
  severity_ = 3;
  EXPECT_TRUE(review_->team()->empty());
  ASSERT_TRUE(review_->media(ada_, first_).has_value());
  for (int i = 0; i < 12; ++i) {
    (void)open(ada_, Step::blurred);
    pass(5'000);
  }
  const auto team = review_->team().value();
  ASSERT_EQ(team.size(), 1U);
  EXPECT_EQ(team[0].account, ada_);
  EXPECT_EQ(team[0].state, ExposureState::hard);
}

TEST_F(ReviewTest, WhatPeopleSayAboutAFileCountsForLaterViews) {
  open_up_to(ada_, Step::grey, first_);
  EXPECT_EQ(review_->exposure(ada_)->seconds[1], 5U);
  ASSERT_TRUE(review_->viewed(ada_, kMark, first_, 1, 3).has_value());
  ASSERT_TRUE(review_->media(ben_, first_).has_value());
  ASSERT_TRUE(open(ben_, Step::blurred).has_value());
  EXPECT_EQ(review_->exposure(ben_)->seconds[3], 5U);
  EXPECT_EQ(review_->viewed(ada_, kMark, first_, 1, 4).error().code, ErrorCode::bad_argument);
}

// ---- "viewed whole file"

TEST_F(ReviewTest, TheEventIsSignedOnlyAfterTheFileWasReallyOpened) {
  EXPECT_EQ(review_->viewed(ada_, kMark, first_, 1, 1).error().code, ErrorCode::conflict);
  open_up_to(ada_, Step::blurred, first_);
  EXPECT_EQ(review_->viewed(ada_, kMark, first_, 1, 1).error().code, ErrorCode::conflict)
      << "blurred is not looking";
  ASSERT_TRUE(open(ada_, Step::grey).has_value());
  const auto event = review_->viewed(ada_, kMark, first_, 1, 1).value();
  EXPECT_EQ(event.sha256, crypto::sha256(picture(1)));
  EXPECT_EQ(event.size, picture(1).size());
  EXPECT_EQ(event.pseudonym, kMark);
  EXPECT_EQ(event.step, Step::grey);
  EXPECT_TRUE(event.whole_file);
  EXPECT_EQ(event.at, clock_.now());
  EXPECT_TRUE(crypto::verify(review_->public_key(), event.canonical, event.signature).has_value());
  EXPECT_EQ(event.canonical, Writer()
                                 .text("lightkeeper viewed file v1")
                                 .fixed(first_.value)
                                 .u32(1)
                                 .fixed(crypto::sha256(picture(1)))
                                 .u64(picture(1).size())
                                 .text("R-4f2a")
                                 .u8(2)
                                 .u8(1)
                                 .u64(kStart)
                                 .take());
  EXPECT_EQ(audited("evidence.viewed", "item 1 whole file"), 1U);
  pass(1000);
  const auto again = review_->viewed(ada_, kMark, first_, 1, 2).value();
  EXPECT_EQ(again.number, event.number);
  EXPECT_EQ(again.canonical, event.canonical);
  EXPECT_EQ(review_->viewed(ben_, kMark, first_, 1, 1).error().code, ErrorCode::conflict)
      << "nobody signs for another";
  EXPECT_EQ(review_->viewed(ada_, kMark, first_, 2, 1).error().code, ErrorCode::conflict);
  EXPECT_EQ(review_->viewed(ada_, kMark, first_, 3, 1).error().code, ErrorCode::conflict)
      << "what cannot be shown is never viewed";
  EXPECT_EQ(review_->viewed_events(first_)->size(), 1U);
  EXPECT_TRUE(review_->media(ada_, first_)->front().viewed);
  EXPECT_TRUE(review_->faults()->empty());
}

TEST_F(ReviewTest, AnIdenticalFileElsewhereIsToldAndNeverSignedFor) {
  open_up_to(ada_, Step::grey, first_);
  ASSERT_TRUE(review_->viewed(ada_, kMark, first_, 1, 1).has_value());
  const auto cards = review_->media(ada_, second_).value();
  EXPECT_EQ(cards[0].seen_before, 1U);
  EXPECT_FALSE(cards[0].viewed);
  EXPECT_EQ(review_->viewed(ada_, kMark, second_, 1, 1).error().code, ErrorCode::conflict);
  EXPECT_EQ(review_->media(ben_, second_)->front().seen_before, 0U) << "ben has not seen it";
}

TEST_F(ReviewTest, EventsInTheDatabaseAreSealedAndStayWhereTheyBelong) {
  open_up_to(ada_, Step::grey, first_);
  open_up_to(ada_, Step::grey, first_, 2);
  ASSERT_TRUE(review_->viewed(ada_, kMark, first_, 1, 1).has_value());
  ASSERT_TRUE(review_->viewed(ada_, kMark, first_, 2, 1).has_value());
  const auto digest = crypto::sha256(picture(1));
  const auto rows = database_->read([](store::Transaction& tx) -> Result<std::vector<store::Row>> {
    auto all = tx.rows("SELECT sealed FROM review_viewed");
    for (auto& row : tx.rows("SELECT digest FROM review_media")) {
      all.push_back(row);
    }
    return all;
  });
  for (const auto& row : *rows) {
    EXPECT_TRUE(std::ranges::search(row.blob(0), digest).empty()) << "the hash stands in clear";
  }
  EXPECT_FALSE(sql("UPDATE review_viewed SET at_ms = 1").has_value());
  EXPECT_FALSE(sql("DELETE FROM review_viewed").has_value());
  ASSERT_TRUE(sql("DROP TRIGGER review_viewed_is_never_edited").has_value());
  ASSERT_TRUE(sql("UPDATE review_viewed SET sealed = (SELECT sealed FROM review_viewed WHERE "
                  "item = 2) WHERE item = 1")
                  .has_value());
  EXPECT_EQ(review_->faults()->size(), 1U) << "an event in the place of another is found";
  EXPECT_FALSE(review_->viewed_events(first_).has_value());
}

TEST(ViewedEvent, EveryTruncationAndEveryFlippedBitIsRefused) {
  const auto key = crypto::signing_key_from_seed(ByteArray<32>{1}).value();
  const auto other = crypto::signing_key_from_seed(ByteArray<32>{2}).value();
  ViewedEvent event;
  event.item = 3;
  event.size = 1000;
  event.pseudonym = kMark;
  event.step = Step::colour;
  event.whole_file = true;
  const auto canonical = canonical_bytes(event);
  const auto signature = crypto::sign(key.secret, canonical);
  const auto opened = open_viewed_event(canonical, signature, key.public_key);
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(canonical_bytes(*opened), canonical);
  EXPECT_EQ(open_viewed_event(canonical, signature, other.public_key).error().code,
            ErrorCode::bad_signature);
  for (std::size_t size = 0; size < canonical.size(); ++size) {
    EXPECT_FALSE(open_viewed_event(BytesView(canonical).first(size), signature, key.public_key));
  }
  for (std::size_t bit = 0; bit < 8 * canonical.size(); ++bit) {
    auto flipped = canonical;
    flipped[bit / 8] ^= static_cast<Byte>(1U << bit % 8);
    EXPECT_FALSE(open_viewed_event(flipped, signature, key.public_key)) << bit;
  }
  EXPECT_FALSE(open_viewed_event(concat({canonical, Bytes{0}}), signature, key.public_key));
}

}  // namespace
}  // namespace lightkeeper::review

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments == std::vector<std::string>{"decode-worker"}) {
    return lightkeeper::decode::run_decode_worker();
  }
  testing::InitGoogleTest(&argc, argv);
  return lightkeeper::crypto::initialise() ? RUN_ALL_TESTS() : 1;
}
