// The sender against the conformance hotline, in one process: every code, every fault, and the
// checker against planted losses.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/clock.hpp"
#include "hotline/hotline.hpp"
#include "service/store/temporary_folder.hpp"
#include "trial.hpp"

namespace lightkeeper::trial {
namespace {

class SenderAndHotline : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(crypto::initialise());
    auto line = hotline::Hotline::start({});
    ASSERT_TRUE(line) << line.error().detail;
    line_ = *std::move(line);
    auto opened = store::Database::open(folder_.path() / "service.db", store::service_migrations(),
                                        clock_.now());
    ASSERT_TRUE(opened);
    database_ = *std::move(opened);
    auto made = rooms(*database_, clock_);
    ASSERT_TRUE(made);
    rooms_ = *std::move(made);
    auto sender = submission::Sender::make(*database_, clock_, rng_, keys_, settings(line_->url()),
                                           host(cases_, *rooms_));
    ASSERT_TRUE(sender);
    sender_ = *std::move(sender);
  }
  submission::SubmissionNumber queue(std::uint32_t files = 2) {
    const Case one{++last_, files, 100};
    cases_->emplace(one.id(), one);
    EXPECT_TRUE(enrol(*database_, {{one.id(), one}}));
    submission::NewSubmission fresh;
    fresh.of_case = one.id();
    fresh.outlet = "ncmec";
    fresh.case_file = one.case_file();
    const auto queued = sender_->queue(fresh);
    EXPECT_TRUE(queued);
    return queued ? queued->number : 0;
  }
  void work() {
    for (int steps = 0; steps < 3000; ++steps) {
      const auto progress = sender_->step_once();
      ASSERT_TRUE(progress) << progress.error().where;
      if (!progress->did_something) {
        if (!progress->next) {
          return;
        }
        clock_.set(*progress->next);
      }
    }
    FAIL() << "this never ends";
  }
  std::string state(submission::SubmissionNumber number) {
    const auto found = sender_->find(number);
    return found ? std::string(name_of(found->state)) : "";
  }
  std::vector<std::string> wrong() {
    const auto journal = read_journal(*database_, *cases_);
    if (!journal) {
      return {"no journal"};
    }
    auto out = differences(*journal, line_->book().reports(), 20);
    line_->advance(25 * 3600);
    const auto later = differences(*journal, line_->book().reports(), 20);
    out.insert(out.end(), later.begin(), later.end());
    return out;
  }

  store::TemporaryFolder folder_;
  SetClock clock_{UnixMillis{1'790'000'000'000}};
  crypto::SeededRng rng_{7};
  Wrapping keys_;
  std::shared_ptr<std::map<ReportId, Case>> cases_ = std::make_shared<std::map<ReportId, Case>>();
  std::uint64_t last_ = 0;
  std::unique_ptr<hotline::Hotline> line_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<Rooms> rooms_;
  std::unique_ptr<submission::Sender> sender_;
};

TEST_F(SenderAndHotline, AgreeOnEachKindOfCase) {
  for (const std::uint32_t files : {0U, 1U, 5U}) {
    queue(files);
  }
  work();
  EXPECT_EQ(wrong(), std::vector<std::string>{});
  for (const auto& report : line_->book().reports()) {
    EXPECT_TRUE(report.judged.remarks.empty());
  }
}

TEST_F(SenderAndHotline, GetThroughEveryFault) {
  for (const std::string endpoint : {"submit", "upload", "fileinfo", "finish"}) {
    for (const auto* kind : {"drop_before", "drop_after", "delay=5", "status=500", "status=429",
                             "status_after=502", "garbage", "expire", "wrong_md5", "code=1000",
                             "code=1100", "code=1110", "code=1111", "code=1300", "code=5001"}) {
      for (const auto* count : {":x1", ":x3"}) {
        ASSERT_TRUE(line_->set_faults({endpoint + ":" + kind + count}));
        const auto number = queue(1);
        work();
        const auto ended = state(number);
        if (endpoint == "submit" && kind == std::string("code=5001")) {
          EXPECT_EQ(ended, "quarantined");  // has no meaning there
          ASSERT_TRUE(database_->write([&](store::Transaction& tx) -> Status {
            tx.run("UPDATE submission SET dry_run = 1 WHERE number = ?", number);
            return {};
          }));
          continue;
        }
        EXPECT_EQ(ended, "done") << endpoint << " " << kind << count;
      }
    }
  }
  ASSERT_TRUE(line_->set_faults({}));
  EXPECT_EQ(wrong(), std::vector<std::string>{});
}

TEST_F(SenderAndHotline, FinishNothingOfWhatIsRejected) {
  for (const std::string endpoint : {"submit", "upload", "fileinfo", "finish"}) {
    for (const auto* code : {"1210", "4000", "4100", "4110", "4200"}) {
      ASSERT_TRUE(line_->set_faults({endpoint + ":code=" + code + ":x1"}));
      const auto number = queue(1);
      work();
      EXPECT_EQ(state(number), "quarantined") << endpoint << code;
    }
  }
  for (const auto& report : line_->book().reports()) {
    EXPECT_EQ(report.state, hotline::StoredReport::State::retracted);
  }
}

TEST_F(SenderAndHotline, StandStillOnWrongRights) {
  for (const std::string endpoint : {"submit", "upload", "fileinfo", "finish"}) {
    for (const auto* code : {"2000", "3000", "3100", "3300"}) {
      ASSERT_TRUE(line_->set_faults({endpoint + ":code=" + code + ":x1"}));
      const auto number = queue(1);
      work();
      EXPECT_EQ(state(number), "stopped") << endpoint << code;
      ASSERT_TRUE(sender_->set_kill_switch(false, "the rights are right again", AccountId{}));
      work();
      EXPECT_EQ(state(number), "done");
    }
  }
  EXPECT_EQ(wrong(), std::vector<std::string>{});
}

TEST_F(SenderAndHotline, SpeakXmlThatTheHotlineRefusesOnlyWhenItIsWrong) {
  auto broken = host(cases_, *rooms_);
  broken.render_report = [](BytesView) -> Result<Bytes> { return to_bytes("<report/>"); };
  auto sender =
      submission::Sender::make(*database_, clock_, rng_, keys_, settings(line_->url()), broken);
  ASSERT_TRUE(sender);
  sender_ = *std::move(sender);
  const auto number = queue(1);
  work();
  EXPECT_EQ(state(number), "quarantined");
  EXPECT_TRUE(line_->book().reports().empty());
}

TEST_F(SenderAndHotline, CheckerFindsPlantedLossesAndDoubles) {
  queue(2);
  work();
  ASSERT_EQ(wrong(), std::vector<std::string>{});
  const auto journal = *read_journal(*database_, *cases_);
  const auto reports = line_->book().reports();
  const auto finds = [](const std::vector<std::string>& found, const char* words) {
    return std::ranges::any_of(found, [&](const auto& one) { return one.contains(words); });
  };
  EXPECT_TRUE(finds(differences(journal, {}, 9), "0 finished reports"));
  auto doubled = reports;
  doubled.push_back(reports[0]);
  doubled.back().number += 1;
  EXPECT_TRUE(finds(differences(journal, doubled, 9), "2 finished reports"));
  auto lost = reports;
  lost[0].files.pop_back();
  EXPECT_TRUE(finds(differences(journal, lost, 9), "the files are not each there once"));
  auto twice = reports;
  twice[0].files.push_back(twice[0].files[0]);
  EXPECT_TRUE(finds(differences(journal, twice, 9), "the files are not each there once"));
  auto bare = reports;
  bare[0].files[0].details.clear();
  EXPECT_TRUE(finds(differences(journal, bare, 9), "a file without its details"));
  auto orphan = reports;
  orphan.push_back(reports[0]);
  orphan.back().state = hotline::StoredReport::State::expired;
  EXPECT_TRUE(finds(differences(journal, orphan, 9), "a report expired that the journal"));
  auto open = reports;
  open.push_back(reports[0]);
  open.back().state = hotline::StoredReport::State::open;
  EXPECT_TRUE(finds(differences(journal, open, 9), "still open"));
  EXPECT_TRUE(finds(differences({}, reports, 9), "nobody queued"));
  auto pending = journal;
  pending[0].state = "uploading";
  EXPECT_TRUE(finds(differences(pending, reports, 9), "the journal says uploading"));
  auto known = journal;
  known[0].may_be_open = 1;
  EXPECT_FALSE(finds(differences(known, open, 9), "still open")) << "the journal knows of it";
  auto unheld = journal;
  unheld[0].hold_placed_ms = 0;
  EXPECT_TRUE(finds(differences(unheld, reports, 9), "no hold stood"));
  unheld[0].hold_placed_ms = unheld[0].first_submit_ms + 1;
  EXPECT_TRUE(finds(differences(unheld, reports, 9), "no hold stood"));
  auto short_hold = journal;
  short_hold[0].hold_until_ms -= 1;
  EXPECT_TRUE(finds(differences(short_hold, reports, 9), "the hold ends before a year"));
  auto unlogged = journal;
  unlogged[0].logged_done = 0;
  EXPECT_TRUE(finds(differences(unlogged, reports, 9), "the audit log does not have"));
}

}  // namespace
}  // namespace lightkeeper::trial
