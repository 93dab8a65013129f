#include "service/submission/submission.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "core/base/codec.hpp"
#include "core/crypto/crypto.hpp"
#include "service/store/temporary_folder.hpp"
#include "service/submission/answer.hpp"

namespace lightkeeper::submission {
namespace {

// --- Answers
// ---------------------------------------------------------------------------------------

const std::string kOpened =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<reportResponse><responseCode>0</responseCode>"
    "<responseDescription>Success</responseDescription><reportId>4564654</reportId></"
    "reportResponse>";
const std::string kDone =
    "<reportDoneResponse><responseCode>0</responseCode><reportId>4564654</reportId>"
    "<files><fileId>a1</fileId><fileId>b2</fileId></files></reportDoneResponse>";

TEST(SubmissionAnswer, ReadsBothDocuments) {
  const auto opened = read_answer(as_bytes(kOpened));
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->code, 0);
  EXPECT_EQ(opened->report_id, "4564654");
  EXPECT_FALSE(opened->done);
  const auto done = read_answer(as_bytes(kDone));
  ASSERT_TRUE(done);
  EXPECT_TRUE(done->done);
  EXPECT_EQ(done->files, (std::vector<std::string>{"a1", "b2"}));
}

TEST(SubmissionAnswer, RefusesWhatIsHostile) {
  for (const std::string& text :
       {std::string(), std::string("<html/>"), std::string("{}"), std::string("<reportResponse/>"),
        std::string("<!DOCTYPE a [<!ENTITY b \"c\">]><reportResponse><responseCode>0"
                    "</responseCode></reportResponse>"),
        std::string("<reportResponse><responseCode>-1</responseCode></reportResponse>"),
        std::string("<reportResponse><responseCode>0x</responseCode></reportResponse>"),
        std::string("<reportResponse><responseCode>0</responseCode><responseCode>0</responseCode>"
                    "</reportResponse>"),
        std::string("<reportResponse><responseCode>0</responseCode><reportId>1 2</reportId>"
                    "</reportResponse>"),
        "<reportResponse><responseCode>0</responseCode><reportId>" + std::string(200, '1') +
            "</reportId></reportResponse>",
        std::string(kMaxAnswer + 1, ' ')}) {
    const auto answer = read_answer(as_bytes(text));
    ASSERT_FALSE(answer) << text.substr(0, 80);
    EXPECT_EQ(answer.error().code, ErrorCode::answer_not_understood);
  }
}

TEST(SubmissionAnswer, RefusesEveryTruncationAndSurvivesEveryChangedBit) {
  for (std::size_t size = 0; size < kDone.size(); ++size) {
    EXPECT_FALSE(read_answer(as_bytes(kDone).first(size))) << size;
  }
  std::size_t refused = 0;
  for (std::size_t i = 0; i < kDone.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      auto changed = kDone;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      refused += read_answer(as_bytes(changed)) ? 0U : 1U;
    }
  }
  EXPECT_GT(refused, kDone.size() * 4);
}

TEST(SubmissionAnswer, KnowsEveryCodeOfTheTable) {
  for (const int code : {1000, 1100, 1110, 1111, 1300, 1999}) {
    EXPECT_EQ(meaning_of(code), Meaning::transient) << code;
  }
  for (const int code : {2000, 3000, 3100, 3300}) {
    EXPECT_EQ(meaning_of(code), Meaning::configuration) << code;
  }
  for (const int code : {1210, 4000, 4100, 4110, 4200, 5999, 9000}) {
    EXPECT_EQ(meaning_of(code), Meaning::rejected) << code;
  }
  EXPECT_EQ(meaning_of(0), Meaning::ok);
  EXPECT_EQ(meaning_of(5001), Meaning::report_gone);
  EXPECT_EQ(meaning_of(5002), Meaning::file_gone);
  EXPECT_EQ(meaning_of(5101), Meaning::already_retracted);
  EXPECT_EQ(meaning_of(5102), Meaning::already_finished);
}

// --- Where and as whom
// -----------------------------------------------------------------------------

bool may_reach(Environment environment, const std::string& url, const std::string& test_host = "") {
  OutletSettings settings;
  settings.environment = environment;
  settings.url = url;
  settings.test_host = test_host;
  return check_destination(settings).has_value();
}

TEST(SubmissionDestination, IsThisMachineForTheDemo) {
  for (const auto* url : {"http://127.0.0.1:8090/ispws", "http://localhost/ispws",
                          "https://[::1]:1/a", "http://127.8.9.1"}) {
    EXPECT_TRUE(may_reach(Environment::demo, url)) << url;
  }
  for (const auto* url :
       {"https://hotline.example.org", "http://127.0.0.1.example.org/",
        "http://127.0.0.1@example.org", "http://localhost.example.org", "http://10.0.0.1",
        "https://127.example.org", "ftp://localhost", "http://127.0.0.1/a/", "http://127.0.0.1/a?b",
        "http://", "http://127.0.0.256", "http://127.0.0.1.", "https://report.cybertip.org/ispws",
        "http://127.0.0.1\\@example.org"}) {
    EXPECT_FALSE(may_reach(Environment::demo, url, "hotline.example.org")) << url;
  }
}

TEST(SubmissionDestination, IsOneNamedHostOverHttpsForTests) {
  const std::string host = "hotline.example.org";
  EXPECT_TRUE(may_reach(Environment::test, "https://hotline.example.org/ispws", host));
  EXPECT_TRUE(may_reach(Environment::test, "https://Hotline.example.org:8443/ispws", host));
  EXPECT_FALSE(may_reach(Environment::test, "http://hotline.example.org/ispws", host));
  EXPECT_FALSE(may_reach(Environment::test, "https://other.example.org/ispws", host));
  EXPECT_FALSE(may_reach(Environment::test, "https://hotline.example.org/ispws"));
  // Not even when somebody names the real hotline as test host.
  for (const auto* real : {"https://report.cybertip.org/ispws", "https://REPORT.cybertip.org/ispws",
                           "https://report.cybertip.org./ispws"}) {
    EXPECT_FALSE(may_reach(Environment::test, real, "report.cybertip.org"));
    EXPECT_FALSE(may_reach(Environment::test, real, "report.cybertip.org."));
  }
  EXPECT_FALSE(may_reach(Environment::production, "http://hotline.example.org/ispws"));
}

TEST(SubmissionContacts, AreRefusedWhenTheyCannotBeReal) {
  const std::string phone = "+1-202-736-4190";
  EXPECT_TRUE(check_real_contacts({"safety@lighthouse-messages.net", phone}));
  for (const auto* email :
       {"safety@example.org", "safety@mail.example.com", "safety@a.test", "safety@b.invalid",
        "safety@localhost", "safety", "@lighthouse-messages.net", "a@b@lighthouse-messages.net",
        "a b@lighthouse-messages.net", "placeholder@lighthouse-messages.net",
        "noreply@lighthouse-messages.net", "your-name@lighthouse-messages.net", "x@example", ""}) {
    const auto checked = check_real_contacts({email, phone});
    ASSERT_FALSE(checked) << email;
    EXPECT_EQ(checked.error().code, ErrorCode::contacts_not_real);
  }
  for (const auto* number :
       {"+1-202-555-0101", "+1 (415) 555-0199", "+1-555-0123", "+1-202-222-2222", "202-736-4190",
        "+49 1234567", "+1", "", "+1-202-736-419O"}) {
    EXPECT_FALSE(check_real_contacts({"safety@lighthouse-messages.net", number})) << number;
  }
}

// --- One sender with a scripted hotline
// ------------------------------------------------------------

class FixedWrapping final : public store::KeyWrapping {
 public:
  [[nodiscard]] Result<Bytes> wrap(BytesView associated, const SecretBytes& key) override {
    return concat({associated, key.expose_secret()});
  }
  [[nodiscard]] Result<SecretBytes> unwrap(BytesView associated, BytesView wrapped) override {
    if (wrapped.size() != associated.size() + 32 ||
        to_bytes(wrapped.first(associated.size())) != to_bytes(associated)) {
      return fail(ErrorCode::decryption_failed, "test");
    }
    return SecretBytes::copy_of(wrapped.subspan(associated.size()));
  }
};

ReportId a_case(Byte number) {
  ReportId out;
  out.value[0] = number;
  return out;
}
AccountId an_account(Byte number) {
  AccountId out;
  out.value[0] = number;
  return out;
}

class SenderTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(crypto::initialise());
    auto opened = store::Database::open(folder_.path() / "service.db", store::service_migrations(),
                                        clock_.now());
    ASSERT_TRUE(opened) << opened.error().detail;
    database_ = *std::move(opened);
  }

  Host host() {
    Host out;
    out.render_report = [](BytesView) -> Result<Bytes> { return to_bytes("<report/>"); };
    out.render_file_details = [](BytesView, std::uint32_t, const std::string& report,
                                 const std::string& file) -> Result<Bytes> {
      return to_bytes("<fileDetails><reportId>" + report + "</reportId><fileId>" + file +
                      "</fileId></fileDetails>");
    };
    out.files = [this](BytesView) -> Result<std::vector<FileToSend>> {
      return std::vector<FileToSend>{{1, crypto::sha256(as_bytes(content_)), 5, "image/png"}};
    };
    out.file_bytes = [this](const ReportId&, std::uint32_t,
                            const AccountId& queued_by) -> Result<Bytes> {
      file_readers_.push_back(queued_by);
      return to_bytes(given_);
    };
    out.check_decided = [this](store::Transaction&, const ReportId&) -> Status {
      if (!decided_) {
        return fail(ErrorCode::conflict, "test.decided");
      }
      return {};
    };
    out.place_hold = [this](const ReportId&) -> Status {
      ++holds_;
      if (!may_hold_) {
        return fail(ErrorCode::unavailable, "test.hold");
      }
      return {};
    };
    out.report_sent = [this](store::Transaction&, const ReportId& of_case,
                             UnixMillis at) -> Status {
      if (!may_hold_) {
        return fail(ErrorCode::storage_failed, "test.hold");
      }
      sent_.emplace_back(of_case, at);
      return {};
    };
    out.request_approval = [](std::string_view, const std::string&,
                              const AccountId&) -> Result<std::uint64_t> { return 77; };
    out.exchange = [this](const http::ClientRequest& request) -> Result<http::ClientResponse> {
      const auto path = request.url.substr(request.url.rfind('/'));
      asked_.push_back(path);
      http::ClientResponse response;
      response.status = 200;
      if (path == "/xsd") {
        response.body = to_bytes(schema_);
        return response;
      }
      if (!answers_[path].empty()) {
        const auto next = answers_[path].front();
        answers_[path].erase(answers_[path].begin());
        if (next.empty()) {
          return fail(ErrorCode::unavailable, "test");
        }
        if (next.starts_with("http ")) {
          response.status = std::stoi(next.substr(5));
          response.headers["retry-after"] = "120";
          return response;
        }
        response.body = to_bytes(next);
        return response;
      }
      response.body = to_bytes(usual(path));
      response.headers["request-id"] = "r-1";
      return response;
    };
    out.audit = [this](store::Transaction&, const store::AuditEntry& entry) -> Status {
      if (refuse_audit_ == entry.action) {
        return fail(ErrorCode::storage_failed, "test.audit");
      }
      // As the log itself: one short line of text.
      if (entry.detail.size() > 1024 || !is_utf8(as_bytes(entry.detail)) ||
          std::ranges::any_of(entry.detail, [](char c) { return static_cast<Byte>(c) < 0x20; })) {
        return fail(ErrorCode::bad_argument, "test.audit");
      }
      audited_.push_back(entry.action + " " + entry.detail);
      return {};
    };
    return out;
  }
  std::string usual(const std::string& path) const {
    const std::string hash = "5d41402abc4b2a76b9719d911017c592";  // MD5 of "hello"
    if (path == "/submit") {
      return kOpened;
    }
    if (path == "/upload") {
      return "<reportResponse><responseCode>0</responseCode><fileId>f1</fileId><hash>" + hash +
             "</hash></reportResponse>";
    }
    if (path == "/finish") {
      return "<reportDoneResponse><responseCode>0</responseCode><reportId>4564654</reportId>"
             "<files><fileId>f1</fileId></files></reportDoneResponse>";
    }
    return code(0);
  }
  static std::string code(int number) {
    return "<reportResponse><responseCode>" + std::to_string(number) +
           "</responseCode></reportResponse>";
  }

  std::unique_ptr<Sender> make(Environment environment = Environment::test,
                               const std::string& password = "p") {
    OutletSettings settings;
    settings.environment = environment;
    settings.url = url_;
    settings.user = user_;
    settings.password = SecretBytes(to_bytes(password));
    settings.contacts = contacts_;
    auto made = Sender::make(*database_, clock_, rng_, keys_, std::move(settings), host());
    EXPECT_TRUE(made) << made.error().detail;
    return made ? *std::move(made) : nullptr;
  }
  static NewSubmission fresh(Byte number = 1, bool dry_run = false) {
    NewSubmission out;
    out.of_case = a_case(number);
    out.outlet = "ncmec";
    out.case_file = to_bytes("{\"words\":\"[message 3: SECRECY, 41 characters]\"}");
    out.dry_run = dry_run;
    out.by = an_account(1);
    return out;
  }
  /// Steps until nothing is due, moving the clock to what is due next at most `waits` times.
  void work(Sender& sender, int waits) {
    for (int steps = 0; steps < 2000; ++steps) {
      const auto progress = sender.step_once();
      ASSERT_TRUE(progress) << progress.error().where << " " << progress.error().detail;
      if (progress->did_something) {
        continue;
      }
      if (!progress->next || waits-- == 0) {
        return;
      }
      clock_.set(UnixMillis{std::max(progress->next->value, clock_.now().value + 1)});
    }
    FAIL() << "this never ends";
  }
  void forward(std::uint64_t ms) { clock_.set(UnixMillis{clock_.now().value + ms}); }
  std::size_t times(const std::string& path) const {
    return static_cast<std::size_t>(std::ranges::count(asked_, path));
  }
  static bool alarms(Sender& sender, const std::string& wanted) {
    const auto outlet = sender.outlet();
    return outlet && std::ranges::any_of(outlet->alarms,
                                         [&](const Alarm& alarm) { return alarm.code == wanted; });
  }
  Submission look(Sender& sender, SubmissionNumber number = 1) {
    auto found = sender.find(number);
    EXPECT_TRUE(found);
    return found ? *std::move(found) : Submission{};
  }

  store::TemporaryFolder folder_;
  SetClock clock_{UnixMillis{1'790'000'000'000}};
  crypto::SeededRng rng_{7};
  FixedWrapping keys_;
  std::unique_ptr<store::Database> database_;
  std::map<std::string, std::vector<std::string>> answers_;
  std::vector<std::string> asked_, audited_;
  std::string content_ = "hello", given_ = "hello", schema_ = "<s/>", refuse_audit_;
  std::vector<std::pair<ReportId, UnixMillis>> sent_;
  std::vector<AccountId> file_readers_;
  std::string url_ = "http://127.0.0.1:9/ispws", user_ = "u";
  Contacts contacts_{"safety@lighthouse-messages.net", "+1-202-736-4190"};
  int holds_ = 0;
  bool decided_ = true;
  bool may_hold_ = true;
};

TEST_F(SenderTest, SendsOnceWithTheHoldFirst) {
  auto sender = make();
  const auto queued = sender->queue(fresh());
  ASSERT_TRUE(queued) << queued.error().detail;
  EXPECT_EQ(queued->state, State::queued);
  EXPECT_EQ(holds_, 1);
  work(*sender, 0);
  const auto done = look(*sender);
  EXPECT_EQ(done.state, State::done);
  EXPECT_EQ(done.report_id, "4564654");
  ASSERT_TRUE(done.receipt);
  EXPECT_TRUE(done.receipt->contains("reportDoneResponse"));
  EXPECT_EQ(file_readers_, std::vector{an_account(1)}) << "read for whoever queued it";
  EXPECT_EQ(done.files.at(0).file_id, "f1");
  EXPECT_EQ(done.files.at(0).md5_matches, true);
  EXPECT_EQ(asked_,
            (std::vector<std::string>{"/xsd", "/submit", "/upload", "/fileinfo", "/finish"}));
  for (std::size_t i = 0; i + 1 < done.steps.size(); i += 2) {
    EXPECT_EQ(done.steps[i].result, "intent");
    EXPECT_EQ(done.steps[i + 1].result, "ok");
    EXPECT_EQ(done.steps[i].step, done.steps[i + 1].step);
  }
  EXPECT_EQ(done.steps.back().request_id, "r-1");
  EXPECT_TRUE(sender->outlet()->alarms.empty());
  const auto again = sender->queue(fresh());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::already_exists);
}

TEST_F(SenderTest, StartsThePreservationClockWithTheReceipt) {
  auto sender = make();
  ASSERT_TRUE(sender->queue(fresh(1)));
  ASSERT_TRUE(sender->queue(fresh(2, true)));
  answers_["/finish"] = {""};
  work(*sender, 0);
  EXPECT_TRUE(sent_.empty()) << "not done yet, and a dry run sends nothing";
  forward(3'600'000);
  work(*sender, 0);
  const auto done = look(*sender, 1);
  ASSERT_EQ(done.state, State::done);
  ASSERT_EQ(sent_.size(), 1U);
  EXPECT_EQ(sent_[0], std::pair(a_case(1), *done.done));
  // Without the clock there is no receipt: the journal says so and asks again.
  ASSERT_TRUE(sender->queue(fresh(3)));
  for (int step = 0; step < 4; ++step) {  // hold, submit, upload, fileinfo
    ASSERT_TRUE(sender->step_once());
  }
  may_hold_ = false;
  EXPECT_FALSE(sender->step_once());
  EXPECT_EQ(look(*sender, 3).state, State::finishing);
  EXPECT_FALSE(look(*sender, 3).receipt);
  may_hold_ = true;
  ASSERT_TRUE(sender->recover());
  answers_["/finish"] = {code(5102)};
  work(*sender, 1);
  EXPECT_EQ(look(*sender, 3).state, State::done);
  EXPECT_EQ(sent_.size(), 2U);
}

TEST_F(SenderTest, SendsNothingBeforeTheHoldStands) {
  auto sender = make();
  may_hold_ = false;
  EXPECT_FALSE(sender->queue(fresh()));
  may_hold_ = true;
  ASSERT_TRUE(sender->queue(fresh()));
  may_hold_ = false;
  work(*sender, 20);
  EXPECT_EQ(times("/submit"), 0U);
  may_hold_ = true;
  work(*sender, 1);
  EXPECT_EQ(look(*sender).state, State::done);
}

TEST_F(SenderTest, SendsNothingThatNobodyDecidedToReport) {
  auto sender = make();
  decided_ = false;
  const auto refused = sender->queue(fresh());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_TRUE(sender->list(std::nullopt, 10)->empty());
  EXPECT_EQ(holds_, 0);
  auto dry = fresh();
  dry.dry_run = true;
  EXPECT_TRUE(sender->queue(dry));
  // A decision that is changed while the report waits stops it, and a person looks at it.
  decided_ = true;
  const auto queued = sender->queue(fresh());
  ASSERT_TRUE(queued);
  decided_ = false;
  work(*sender, 20);
  EXPECT_EQ(times("/submit"), 0U);
  EXPECT_EQ(sender->find(queued->number)->state, State::quarantined);
}

TEST_F(SenderTest, ComesBackAfterTransientCodesAndWaitsLongerEachTime) {
  Byte fresh_case = 0;
  for (const int number : {1000, 1100, 1110, 1111, 1300}) {
    for (const auto* path : {"/submit", "/upload", "/fileinfo", "/finish"}) {
      if (number != 1000 && path != std::string("/upload")) {
        continue;  // the conformance hotline plays every pair: tests/submission
      }
      SCOPED_TRACE(path + std::to_string(number));
      asked_.clear();
      auto sender = make();
      answers_[path] = {code(number), code(number), code(number)};
      ASSERT_TRUE(sender->queue(fresh(++fresh_case)));
      const auto from = clock_.now().value;
      work(*sender, 3);
      EXPECT_EQ(look(*sender, fresh_case).state, State::done);
      EXPECT_EQ(times(path), 4U);
      EXPECT_EQ(times("/retract"), 0U);
      // 2 + 4 + 8 seconds, each shortened by at most half.
      EXPECT_GE(clock_.now().value - from, 7'000U);
      EXPECT_LE(clock_.now().value - from, 14'010U);
    }
  }
}

TEST_F(SenderTest, QuarantinesWhatIsRejectedAndTakesItBackFirst) {
  Byte number = 0;
  for (const int rejected : {1210, 4000, 4100, 4110, 4200, 9999}) {
    for (const auto* path : {"/submit", "/upload", "/fileinfo", "/finish"}) {
      if (rejected != 4100 && path != std::string("/submit")) {
        continue;
      }
      SCOPED_TRACE(path + std::to_string(rejected));
      asked_.clear();
      auto sender = make();
      answers_[path] = {code(rejected)};
      ASSERT_TRUE(sender->queue(fresh(++number)));
      work(*sender, 0);
      const auto held = look(*sender, number);
      EXPECT_EQ(held.state, State::quarantined);
      EXPECT_TRUE(held.problem.contains(std::to_string(rejected)));
      EXPECT_EQ(times("/retract"), std::string(path) == "/submit" ? 0U : 1U);
      EXPECT_EQ(times("/finish"), std::string(path) == "/finish" ? 1U : 0U);
      EXPECT_TRUE(alarms(*sender, "quarantined"));
      ASSERT_TRUE(sender->set_aside(number, "a person has mended the case", an_account(2)));
      EXPECT_FALSE(alarms(*sender, "quarantined"));
      ASSERT_TRUE(sender->queue(fresh(number)));
      work(*sender, 0);
      EXPECT_EQ(look(*sender, ++number).state, State::done);
    }
  }
}

TEST_F(SenderTest, StopsTheOutletWhenTheConfigurationIsWrong) {
  Byte number = 0;
  for (const std::string& answer : {code(2000), code(3000), code(3100), code(3300),
                                    std::string("http 401"), std::string("http 403")}) {
    for (const auto* path : {"/submit", "/upload", "/fileinfo", "/finish"}) {
      if (answer != code(2000) && path != std::string("/submit")) {
        continue;
      }
      SCOPED_TRACE(path + answer);
      auto sender = make();
      answers_[path] = {answer};
      ASSERT_TRUE(sender->queue(fresh(++number)));
      work(*sender, 0);
      EXPECT_EQ(look(*sender, number).state, State::stopped);
      EXPECT_TRUE(alarms(*sender, "configuration"));
      asked_.clear();
      ASSERT_TRUE(sender->queue(fresh(++number)));
      work(*sender, 3);
      EXPECT_TRUE(asked_.empty());
      // The same settings do not start it again, other ones do.
      EXPECT_TRUE(make()->outlet()->stopped);
      auto mended = make(Environment::test, "another");
      EXPECT_FALSE(alarms(*mended, "configuration"));
      work(*mended, 3);
      EXPECT_EQ(look(*mended, number).state, State::done);
      EXPECT_EQ(look(*mended, static_cast<SubmissionNumber>(number - 1)).state, State::done);
    }
  }
}

TEST_F(SenderTest, BeginsAgainWhenTheReportIsGone) {
  Byte number = 0;
  for (const auto* path : {"/upload", "/fileinfo", "/finish"}) {
    for (const int gone : {5001, 5101}) {
      if (gone == 5101 && std::string(path) == "/finish") {
        continue;  // somebody else's deed: the next test
      }
      SCOPED_TRACE(path + std::to_string(gone));
      asked_.clear();
      auto sender = make();
      answers_[path] = {code(gone)};
      const auto queued = sender->queue(fresh(++number));
      ASSERT_TRUE(queued);
      work(*sender, 2);
      EXPECT_EQ(look(*sender, queued->number).state, State::done);
      EXPECT_EQ(times("/submit"), 2U);
      EXPECT_EQ(times("/retract"), 0U);
    }
  }
}

TEST_F(SenderTest, TakesRepeatedFinishAsDoneAndForeignRetractionToAPerson) {
  auto sender = make();
  answers_["/finish"] = {"", code(5102)};
  ASSERT_TRUE(sender->queue(fresh(1)));
  work(*sender, 2);
  EXPECT_EQ(look(*sender, 1).state, State::done);
  EXPECT_TRUE(look(*sender, 1).receipt->contains("5102"));
  EXPECT_EQ(times("/submit"), 1U);
  answers_["/finish"] = {code(5101)};
  ASSERT_TRUE(sender->queue(fresh(2)));
  work(*sender, 2);
  EXPECT_EQ(look(*sender, 2).state, State::retracted);
  EXPECT_TRUE(alarms(*sender, "retracted"));
}

TEST_F(SenderTest, TakesBackWhatArrivedWrong) {
  auto sender = make();
  const std::string wrong =
      "<reportResponse><responseCode>0</responseCode><fileId>f1</fileId><hash>"
      "00000000000000000000000000000000</hash></reportResponse>";
  answers_["/upload"] = {wrong};
  ASSERT_TRUE(sender->queue(fresh(1)));
  work(*sender, 2);
  EXPECT_EQ(look(*sender, 1).state, State::done);
  EXPECT_EQ(times("/retract"), 1U);
  EXPECT_EQ(times("/submit"), 2U);
  answers_["/upload"] = {wrong, wrong, wrong, wrong, wrong, wrong};
  ASSERT_TRUE(sender->queue(fresh(2)));
  work(*sender, 9);
  EXPECT_EQ(look(*sender, 2).state, State::quarantined);
  EXPECT_EQ(times("/retract"), 7U);
}

TEST_F(SenderTest, NeverSendsAnotherFileThanTheFrozenOne) {
  auto sender = make();
  ASSERT_TRUE(sender->queue(fresh()));
  given_ = "hallo";
  work(*sender, 2);
  EXPECT_EQ(look(*sender).state, State::quarantined);
  EXPECT_EQ(times("/upload"), 0U);
  EXPECT_EQ(times("/retract"), 1U);
}

TEST_F(SenderTest, DoesNotRepeatWhatMayHaveHappened) {
  auto sender = make();
  answers_["/submit"] = {""};
  answers_["/upload"] = {"", "<html>"};
  ASSERT_TRUE(sender->queue(fresh()));
  work(*sender, 12);
  const auto done = look(*sender);
  EXPECT_EQ(done.state, State::done);
  EXPECT_EQ(times("/submit"), 4U);   // lost, upload lost, upload not understood, good
  EXPECT_EQ(times("/retract"), 2U);  // of the two whose number is known
  EXPECT_EQ(times("/upload"), 3U);
  EXPECT_EQ(sender->counts()->may_be_open, 1U);
  EXPECT_TRUE(std::ranges::any_of(done.steps, [](const Step& step) {
    return step.step == "submit" && step.result.starts_with("may_be_open");
  }));
}

TEST_F(SenderTest, AsksForTheStatusBeforeItOpensAgain) {
  auto sender = make();
  answers_["/submit"] = {""};
  answers_["/status"] = {"", "", ""};
  ASSERT_TRUE(sender->queue(fresh()));
  work(*sender, 3);
  EXPECT_EQ(times("/submit"), 1U);
  EXPECT_TRUE(alarms(*sender, "unreachable"));
  work(*sender, 9);
  EXPECT_EQ(look(*sender).state, State::done);
  EXPECT_EQ(times("/submit"), 2U);
  EXPECT_FALSE(alarms(*sender, "unreachable"));
}

TEST_F(SenderTest, WaitsAsLongAsABusyHotlineAsks) {
  auto sender = make();
  answers_["/submit"] = {"http 429"};
  ASSERT_TRUE(sender->queue(fresh()));
  work(*sender, 0);
  const auto from = clock_.now().value;
  ASSERT_TRUE(sender->queue(fresh(2)));
  work(*sender, 0);
  EXPECT_EQ(times("/submit"), 1U);
  work(*sender, 4);
  EXPECT_GE(clock_.now().value - from, 120'000U);
  EXPECT_EQ(sender->counts()->done, 2U);
}

TEST_F(SenderTest, BeginsAgainBeforeTheTimeRunsOut) {
  auto sender = make();
  answers_["/upload"] = {code(1000)};
  ASSERT_TRUE(sender->queue(fresh()));
  work(*sender, 0);
  EXPECT_EQ(look(*sender).state, State::uploading);
  EXPECT_EQ(look(*sender).expires->value, look(*sender).opened->value + 24 * 3'600'000ULL);
  forward(24 * 3'600'000ULL - 60'000);
  EXPECT_TRUE(alarms(*sender, "delayed"));
  work(*sender, 2);
  EXPECT_EQ(look(*sender).state, State::done);
  EXPECT_EQ(times("/retract"), 1U);
  EXPECT_EQ(times("/submit"), 2U);
  EXPECT_FALSE(alarms(*sender, "delayed"));
}

TEST_F(SenderTest, SettlesWhatAKilledSenderLeft) {
  // The sender dies inside the exchange: its intent stands, its outcome never comes.
  struct Killed {};
  Byte number = 0;
  for (const auto* where : {"/submit", "/upload", "/fileinfo", "/finish"}) {
    SCOPED_TRACE(where);
    asked_.clear();
    ++number;
    SubmissionNumber queued_number = 0;
    {
      OutletSettings settings;
      settings.environment = Environment::test;
      settings.url = "http://127.0.0.1:9/ispws";
      settings.user = "u";
      settings.password = SecretBytes(to_bytes("p"));
      auto dying = host();
      const auto alive = dying.exchange;
      dying.exchange = [&](const http::ClientRequest& request) -> Result<http::ClientResponse> {
        auto out = alive(request);
        if (request.url.ends_with(where)) {
          throw Killed{};
        }
        return out;
      };
      auto sender = Sender::make(*database_, clock_, rng_, keys_, std::move(settings), dying);
      ASSERT_TRUE(sender);
      const auto queued = (*sender)->queue(fresh(number));
      ASSERT_TRUE(queued);
      queued_number = queued->number;
      EXPECT_THROW(work(**sender, 0), Killed);
    }
    auto next = make();
    work(*next, 0);  // the dead sender's lease still stands
    EXPECT_EQ(times("/submit"), 1U);
    ASSERT_TRUE(next->recover());
    work(*next, 2);
    EXPECT_EQ(look(*next, queued_number).state, State::done);
    const bool begins_again = std::string(where) == "/submit" || std::string(where) == "/upload";
    EXPECT_EQ(times("/submit"), begins_again ? 2U : 1U);
    EXPECT_EQ(times("/retract"), std::string(where) == "/upload" ? 1U : 0U);
    EXPECT_EQ(times("/finish"), std::string(where) == "/finish" ? 2U : 1U);
  }
}

TEST_F(SenderTest, LeasesKeepTwoSendersApartUntilTheyRunOut) {
  auto first = make();
  ASSERT_TRUE(first->queue(fresh()));
  ASSERT_TRUE(database_->write([](store::Transaction& tx) -> Status {
    tx.run("UPDATE submission SET lease_owner = ?, lease_until_ms = ?", BytesView(Bytes(16, 1)),
           1'790'000'000'000 + 60'000);
    return {};
  }));
  work(*first, 0);
  EXPECT_EQ(look(*first).state, State::queued);
  work(*first, 1);
  EXPECT_EQ(look(*first).state, State::done);
  EXPECT_GE(clock_.now().value, 1'790'000'060'000U);
}

TEST_F(SenderTest, StopsBetweenStepsAndStaysStopped) {
  auto sender = make();
  ASSERT_TRUE(sender->queue(fresh()));
  ASSERT_TRUE(sender->step_once());
  ASSERT_TRUE(sender->step_once());
  const auto before = asked_.size();
  ASSERT_TRUE(sender->set_kill_switch(true, "we look into something", an_account(3)));
  work(*sender, 0);
  EXPECT_EQ(asked_.size(), before);
  EXPECT_TRUE(alarms(*sender, "kill_switch"));
  auto restarted = make();
  EXPECT_TRUE(restarted->outlet()->kill_switch);
  work(*restarted, 0);
  EXPECT_EQ(asked_.size(), before);
  const auto refused = restarted->queue(fresh(2));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::sending_stopped);
  ASSERT_TRUE(restarted->set_kill_switch(false, "all is well", an_account(3)));
  work(*restarted, 1);
  EXPECT_EQ(look(*restarted).state, State::done);
}

TEST_F(SenderTest, StopsWhateverTheReasonLooksLike) {
  auto sender = make();
  ASSERT_TRUE(sender->queue(fresh()));
  std::string characters;
  for (int i = 0; i < 500; ++i) {
    characters += "\xE2\x80\xA6";  // three bytes each: the cut falls inside of one
  }
  for (const auto& reason : {std::string("two\nlines\r\nand\ta tab"), std::string(kMaxReason, 'r'),
                             characters, std::string("\x7F\x01"), std::string("\xFF\xFE")}) {
    ASSERT_TRUE(sender->set_kill_switch(true, reason, an_account(3))) << reason.size();
    EXPECT_TRUE(sender->outlet()->kill_switch);
    EXPECT_TRUE(audited_.back().starts_with("submission.stop ")) << audited_.back();
    work(*sender, 0);
    EXPECT_EQ(times("/submit"), 0U);
    ASSERT_TRUE(sender->set_kill_switch(false, reason, an_account(3))) << reason.size();
    EXPECT_FALSE(sender->outlet()->kill_switch);
    ASSERT_TRUE(sender->set_kill_switch(true, "again", an_account(3)));
  }
  EXPECT_EQ(audited_.at(1), "submission.stop two lines  and a tab");
  EXPECT_EQ(std::ranges::count(audited_, "submission.stop " + std::string(1000, 'r') + " ..."), 1);
  EXPECT_EQ(std::ranges::count(audited_, "submission.stop (a reason that is not text)"), 1);
  EXPECT_FALSE(sender->set_kill_switch(false, "", an_account(3)));
  EXPECT_FALSE(sender->set_kill_switch(false, std::string(kMaxReason + 1, 'r'), an_account(3)));
}

TEST_F(SenderTest, DryRunsKeepTheDocumentsAndSendNothing) {
  auto sender = make();
  ASSERT_TRUE(sender->queue(fresh(1, true)));
  work(*sender, 0);
  EXPECT_EQ(look(*sender).state, State::done);
  EXPECT_EQ(asked_, std::vector<std::string>{"/xsd"});
  EXPECT_EQ(holds_, 0);
  const auto documents = sender->documents(1);
  ASSERT_TRUE(documents);
  ASSERT_EQ(documents->size(), 2U);
  EXPECT_EQ(as_text(documents->at(0)), "<report/>");
  EXPECT_TRUE(as_text(documents->at(1)).contains("dry-run-1"));
  EXPECT_TRUE(sender->queue(fresh(1, true)));
  EXPECT_TRUE(sender->queue(fresh(1)));
}

TEST_F(SenderTest, QueuesNothingAndShowsNothingOfADestroyedCase) {
  auto sender = make();
  ASSERT_TRUE(sender->queue(fresh(1, true)));
  work(*sender, 0);
  ASSERT_TRUE(sender->documents(1));
  // As room preservation does it: the certificate first, then what it lets go.
  ASSERT_TRUE(database_->write([](store::Transaction& tx) -> Status {
    tx.run("INSERT INTO account(id, name, role, created_ms) VALUES(?, 'a', 'person', 0)",
           an_account(9));
    tx.run(
        "INSERT INTO report(id, number, reporter, client_id, request_mac, alleged, reason, "
        "received_ms, messages, verified, state, wrapped_key) VALUES(?, 1, ?, 'c', x'00', ?, "
        "'other', 0, 0, 0, 'open', x'00')",
        a_case(1), an_account(9), an_account(9));
    tx.run(
        "INSERT INTO destruction(case_id, reason, items, destroyed_ms, certificate, signature) "
        "VALUES(?, '', 0, 0, '', zeroblob(64))",
        a_case(1));
    tx.run("DELETE FROM submission_document");
    tx.run("UPDATE submission SET wrapped_key = x''");
    return {};
  }));
  EXPECT_EQ(sender->documents(1).error().code, ErrorCode::evidence_destroyed);
  EXPECT_EQ(sender->queue(fresh(1, true)).error().code, ErrorCode::evidence_destroyed);
  EXPECT_EQ(sender->queue(fresh(1)).error().code, ErrorCode::evidence_destroyed);
  EXPECT_TRUE(sender->queue(fresh(2)));
  EXPECT_EQ(look(*sender).state, State::done) << "the journal stays";
}

TEST_F(SenderTest, KeepsTheCaseFileSealed) {
  auto sender = make();
  auto wanted = fresh();
  wanted.override_reason = "a reason in words";
  ASSERT_TRUE(sender->queue(wanted));
  work(*sender, 0);
  const auto found = [&](std::string_view needle) {
    for (const auto* name : {"service.db", "service.db-wal"}) {
      std::ifstream in(folder_.path() / name, std::ios::binary);
      const std::string all(std::istreambuf_iterator<char>(in), {});
      if (all.contains(needle)) {
        return true;
      }
    }
    return false;
  };
  EXPECT_TRUE(found("4564654"));  // the same search finds what is not sealed
  EXPECT_FALSE(found("SECRECY"));
  EXPECT_FALSE(found("a reason in words"));
}

TEST_F(SenderTest, TellsNoPasswordToWhoHasTheDatabaseAlone) {
  (void)make();
  const auto kept = [&] {
    return *database_->read([](store::Transaction& tx) -> Result<Bytes> {
      return tx.row("SELECT configuration FROM submission_outlet")->blob(0);
    });
  };
  const auto first = kept();
  (void)make();
  EXPECT_EQ(kept(), first) << "the same settings";
  Writer facts;
  facts.text(url_).text(user_).bytes(as_bytes("p"));
  EXPECT_NE(first, to_bytes(crypto::hmac_sha256(as_bytes("lightkeeper outlet"), facts.view())))
      << "anybody could try passwords against this";
  // The key makes the difference: with another one the same settings give another digest.
  ASSERT_TRUE(database_->write([](store::Transaction& tx) -> Status {
    tx.run("UPDATE submission_outlet SET configuration_key = NULL");
    return {};
  }));
  (void)make();
  EXPECT_NE(kept(), first);
  // A key that does not open is replaced; the sender starts.
  ASSERT_TRUE(database_->write([](store::Transaction& tx) -> Status {
    tx.run("UPDATE submission_outlet SET configuration_key = x'00'");
    return {};
  }));
  EXPECT_TRUE(make());
}

TEST_F(SenderTest, UndoesWhatTheAuditLogDoesNotTake) {
  auto sender = make();
  refuse_audit_ = "submission.queue";
  EXPECT_FALSE(sender->queue(fresh()));
  EXPECT_TRUE(sender->list(std::nullopt, 10)->empty());
  refuse_audit_ = "submission.stop";
  EXPECT_FALSE(sender->set_kill_switch(true, "a reason", an_account(1)));
  EXPECT_FALSE(sender->outlet()->kill_switch);
  refuse_audit_.clear();
  EXPECT_TRUE(sender->queue(fresh()));
  EXPECT_EQ(audited_, std::vector<std::string>{"submission.queue to send"});
}

// --- Production
// ------------------------------------------------------------------------------------

class ProductionTest : public SenderTest {
 protected:
  Status arm(Sender& sender, const std::string& schema, const Contacts& contacts, Byte first,
             Byte second) {
    return database_->write([&](store::Transaction& tx) -> Status {
      OutletSettings settings;
      settings.url = url_;
      settings.user = user_;
      settings.contacts = contacts;
      return sender.arm(tx, arming_subject(schema, settings), an_account(first),
                        an_account(second));
    });
  }
  std::string hash() const { return to_hex(crypto::sha256(as_bytes(schema_))); }
};

TEST_F(ProductionTest, IsArmedForOneAddressOneUserAndTheContactsInReports) {
  const auto contacts = contacts_;
  const auto start = [&] {
    auto sender = make(Environment::production);
    work(*sender, 0);
    return sender;
  };
  auto sender = start();
  const auto other = sender->request_arming(
      hash(), {"desk@lighthouse-messages.net", "+1-202-736-4190"}, an_account(1));
  ASSERT_FALSE(other) << "real, but not what reports carry";
  EXPECT_EQ(other.error().code, ErrorCode::contacts_not_real);
  EXPECT_FALSE(arm(*sender, hash(), {"desk@lighthouse-messages.net", "+1-202-736-4190"}, 1, 2));
  Byte number = 0;
  const std::vector<std::pair<std::string, std::function<void()>>> changes{
      {"url", [&] { url_ = "http://127.0.0.1:9/other"; }},
      {"user", [&] { user_ = "another"; }},
      {"email", [&] { contacts_.email = "desk@lighthouse-messages.net"; }},
      {"phone", [&] { contacts_.phone = "+1-202-736-4191"; }}};
  for (const auto& [what, change] : changes) {
    SCOPED_TRACE(what);
    ASSERT_TRUE(arm(*sender, hash(), contacts_, 1, 2));
    auto same = start();  // a restart alone disarms nothing
    EXPECT_TRUE(same->outlet()->armed);
    ASSERT_TRUE(same->queue(fresh(++number)));
    change();
    audited_.clear();
    asked_.clear();
    sender = start();
    EXPECT_FALSE(sender->outlet()->armed);
    EXPECT_EQ(audited_, (std::vector<std::string>{
                            "production.disarm another address, user or contact than two people "
                            "armed"}));
    work(*sender, 2);
    EXPECT_EQ(times("/submit"), 0U) << "what was queued waits as well";
    const auto locked = sender->queue(fresh(99));
    ASSERT_FALSE(locked);
    EXPECT_EQ(locked.error().code, ErrorCode::production_locked);
    ASSERT_TRUE(arm(*sender, hash(), contacts_, 1, 2));
    work(*sender, 2);
    EXPECT_EQ(look(*sender, number).state, State::done);
  }
  // Going back is a change, too.
  contacts_ = contacts;
  EXPECT_FALSE(start()->outlet()->armed);
}

TEST_F(ProductionTest, IsLockedUntilTwoPeopleArmIt) {
  auto sender = make(Environment::production);
  const auto locked = sender->queue(fresh());
  ASSERT_FALSE(locked);
  EXPECT_EQ(locked.error().code, ErrorCode::production_locked);
  EXPECT_TRUE(sender->queue(fresh(1, true)));
  work(*sender, 0);
  EXPECT_EQ(sender->outlet()->schema_seen, hash());
  EXPECT_EQ(sender->request_arming(hash(), contacts_, an_account(1)), 77U);
  EXPECT_FALSE(sender->request_arming(std::string(64, '0'), contacts_, an_account(1)));
  EXPECT_FALSE(sender->request_arming(hash(), {"a@example.org", "+1-202-555-0100"}, an_account(1)));
  EXPECT_FALSE(make()->request_arming(hash(), contacts_, an_account(1)));
  EXPECT_FALSE(sender->outlet()->armed);  // asked for is not armed
  EXPECT_FALSE(sender->queue(fresh()));
  EXPECT_FALSE(arm(*sender, hash(), contacts_, 1, 1));
  EXPECT_FALSE(arm(*sender, std::string(64, '0'), contacts_, 1, 2));
  EXPECT_FALSE(arm(*sender, hash(), {"a@example.org", "+1-202-555-0100"}, 1, 2));
  EXPECT_FALSE(sender->outlet()->armed);
  ASSERT_TRUE(arm(*sender, hash(), contacts_, 1, 2));
  EXPECT_TRUE(sender->outlet()->armed);
  ASSERT_TRUE(sender->queue(fresh()));
  work(*sender, 0);
  EXPECT_EQ(look(*sender, 2).state, State::done);
}

TEST_F(ProductionTest, IsDisarmedByAnotherSchema) {
  auto sender = make(Environment::production);
  work(*sender, 0);
  ASSERT_TRUE(arm(*sender, hash(), contacts_, 1, 2));
  ASSERT_TRUE(sender->queue(fresh(1)));
  schema_ = "<another/>";
  forward(3'600'000);
  work(*sender, 3);
  EXPECT_EQ(times("/submit"), 0U);
  EXPECT_FALSE(sender->outlet()->armed);
  EXPECT_TRUE(alarms(*sender, "schema_changed"));
  EXPECT_FALSE(sender->queue(fresh(2)));
  ASSERT_TRUE(arm(*sender, hash(), contacts_, 2, 1));
  EXPECT_FALSE(alarms(*sender, "schema_changed"));
  work(*sender, 3);
  EXPECT_EQ(look(*sender, 1).state, State::done);
}

}  // namespace
}  // namespace lightkeeper::submission
