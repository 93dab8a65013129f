#include "service/routes/submission_api.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/crypto/crypto.hpp"
#include "service/accountability/audit_log.hpp"
#include "service/store/temporary_folder.hpp"

namespace lightkeeper::routes {
namespace {

using accounts::Role;
using nlohmann::json;

class PlainKeys final : public store::KeyWrapping {
 public:
  [[nodiscard]] Result<Bytes> wrap(BytesView, const SecretBytes& key) override {
    return to_bytes(key.expose_secret());
  }
  [[nodiscard]] Result<SecretBytes> unwrap(BytesView, BytesView wrapped) override {
    return SecretBytes::copy_of(wrapped);
  }
};

store::AuditSink silent() {
  return [](store::Transaction&, const store::AuditEntry&) -> Status { return {}; };
}

class SubmissionApiTest : public testing::Test {
 protected:
  SubmissionApiTest() {
    submission::Host host;
    host.render_report = [](BytesView) -> Result<Bytes> { return to_bytes("<report/>"); };
    host.files = [](BytesView) -> Result<std::vector<submission::FileToSend>> {
      return std::vector<submission::FileToSend>{};
    };
    host.check_decided = [](store::Transaction&, const ReportId&) -> Status { return {}; };
    host.place_hold = [](const ReportId&) -> Status { return {}; };
    host.report_sent = [](store::Transaction&, const ReportId&, UnixMillis) -> Status {
      return {};
    };
    host.request_approval = [this](std::string_view kind, const std::string&,
                                   const AccountId& by) -> Result<std::uint64_t> {
      asked_ = std::string(kind) + " " + by.hex();
      return 41;
    };
    host.exchange = [this](const http::ClientRequest& request) -> Result<http::ClientResponse> {
      http::ClientResponse out;
      out.status = 200;
      out.body = to_bytes(request.url.ends_with("/xsd")
                              ? "<s/>"
                              : "<reportResponse><responseCode>" + code_ +
                                    "</responseCode><reportId>4564654</reportId></reportResponse>");
      return out;
    };
    host.audit = log_.sink();
    submission::OutletSettings settings;
    settings.environment = submission::Environment::production;
    settings.url = "http://127.0.0.1:9/ispws";
    settings.contacts = {"safety@lighthouse-messages.net", "+1-202-736-4190"};
    sender_ = submission::Sender::make(*database_, clock_, rng_, keys_, std::move(settings),
                                       std::move(host))
                  .value();
    routes_ = submission_routes(
        {*sender_,
         [this](const accounts::Session&, const ReportId& id) -> Status {
           if (id == unseen_) {
             return fail(ErrorCode::not_in_scope, "test");
           }
           return {};
         },
         [this](const accounts::Session&, const ReportId& id) { return id != unseen_; }},
        gate_);
  }
  std::string token(Role role) {
    auto& kept = tokens_[role];
    if (kept.empty()) {
      kept = accounts_
                 .create_with_password(accounts_.invite(role, std::nullopt).value(),
                                       "staff" + std::to_string(tokens_.size()), "a long password")
                 .value()
                 .token;
    }
    return kept;
  }
  std::pair<int, json> call(Role role, const std::string& method, const std::string& pattern,
                            const json& body = nullptr,
                            const std::map<std::string, std::string>& params = {}) {
    for (const auto& route : routes_) {
      if (route.method == method && route.pattern == "/api/v1" + pattern) {
        http::Request request;
        request.params = params;
        request.body = body.is_null() ? Bytes{} : to_bytes(body.dump());
        request.headers["authorization"] = "Bearer " + token(role);
        const auto answer = route.handler(request);
        return {answer.status, json::parse(answer.body.begin(), answer.body.end(), nullptr, false)};
      }
    }
    ADD_FAILURE() << pattern;
    return {};
  }
  submission::SubmissionNumber queue(bool dry_run, Byte of_case = 7) {
    submission::NewSubmission fresh;
    fresh.of_case.value[0] = of_case;
    fresh.outlet = "ncmec";
    fresh.case_file = to_bytes("{}");
    fresh.dry_run = dry_run;
    return sender_->queue(fresh).value().number;
  }
  void work() {
    while (sender_->step_once().value().did_something) {
    }
  }

  store::TemporaryFolder folder_;
  SetClock clock_{UnixMillis{1'800'000'000'000}};
  crypto::SystemRng rng_;
  PlainKeys keys_;
  std::unique_ptr<store::Database> database_ = std::move(*store::Database::open(
      folder_.path() / "service.db", store::service_migrations(), clock_.now()));
  accounts::Accounts accounts_{*database_,
                               clock_,
                               rng_,
                               {"localhost", "http://localhost"},
                               SecretBytes::copy_of(ByteArray<32>{}),
                               silent()};
  accountability::AuditLog log_{*database_, clock_,
                                accountability::log_signer(Bytes(32, 1)).value(), 10'000};
  int refused_ = 0;
  Gate gate_{accounts_, [this](const accounts::Account&, const std::string&) { ++refused_; }};
  std::unique_ptr<submission::Sender> sender_;
  std::vector<Route> routes_;
  std::map<Role, std::string> tokens_;
  ReportId unseen_;
  std::string asked_, code_ = "0";
};

TEST_F(SubmissionApiTest, ShowsSubmissionsToThoseWhoSubmitAndToAuditors) {
  const auto number = queue(true);
  work();
  const auto [status, body] = call(Role::senior, "GET", "/submissions");
  EXPECT_EQ(status, 200);
  EXPECT_EQ(body["submissions"][0]["id"], number);
  EXPECT_EQ(body["submissions"][0]["state"], "done");
  EXPECT_EQ(body["submissions"][0]["dry_run"], true);
  const auto one = call(Role::auditor, "GET", "/submissions/{submission}", nullptr,
                        {{"submission", std::to_string(number)}});
  EXPECT_EQ(one.first, 200);
  EXPECT_EQ(one.second["steps"][0]["step"], "dry_run");
  EXPECT_EQ(one.second["problem"], nullptr);
  EXPECT_EQ(
      call(Role::senior, "GET", "/submissions/{submission}", nullptr, {{"submission", "99"}}).first,
      404);
  EXPECT_EQ(refused_, 0);
  EXPECT_EQ(call(Role::reviewer, "GET", "/submissions").first, 403);
  EXPECT_EQ(call(Role::admin, "GET", "/submissions").first, 403);
  EXPECT_EQ(refused_, 2);
}

TEST_F(SubmissionApiTest, ShowsAndChangesOnlyCasesThatOneLooksAfter) {
  const auto other = queue(true, 9);
  const auto number = queue(true);
  unseen_.value[0] = 9;
  const auto all = call(Role::senior, "GET", "/submissions").second["submissions"];
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0]["id"], number);
  const std::map<std::string, std::string> at{{"submission", std::to_string(other)}};
  const auto shown = call(Role::senior, "GET", "/submissions/{submission}", nullptr, at);
  EXPECT_EQ(shown.first, 403);
  EXPECT_EQ(shown.second["code"], "not_in_scope");
  EXPECT_EQ(call(Role::senior, "POST", "/submissions/{submission}/set-aside",
                 json{{"reason", "it is not mine"}}, at)
                .first,
            403);
  unseen_ = {};
  EXPECT_EQ(call(Role::senior, "GET", "/submissions/{submission}", nullptr, at).first, 200);
}

TEST_F(SubmissionApiTest, SwitchesSendingOffAndOn) {
  const json off{{"on", true}, {"reason", "we look into something"}};
  EXPECT_EQ(call(Role::auditor, "POST", "/reporting/kill-switch", off).first, 403);
  EXPECT_EQ(call(Role::legal, "POST", "/reporting/kill-switch", json{{"on", true}}).first, 400);
  const auto [status, body] = call(Role::legal, "POST", "/reporting/kill-switch", off);
  EXPECT_EQ(status, 200);
  EXPECT_EQ(body["kill_switch"], true);
  EXPECT_EQ(body["alarms"][0]["code"], "kill_switch");
  const auto seen = call(Role::auditor, "GET", "/reporting").second;
  EXPECT_EQ(seen["environment"], "production");
  EXPECT_EQ(seen["armed"], false);
  EXPECT_EQ(seen["kill_switch"], true);
}

TEST_F(SubmissionApiTest, SwitchesOffWhateverTheReasonLooksLike) {
  for (const auto& reason :
       {std::string("one line\nand another"), std::string(submission::kMaxReason, 'r')}) {
    const auto [status, body] =
        call(Role::legal, "POST", "/reporting/kill-switch", json{{"on", true}, {"reason", reason}});
    EXPECT_EQ(status, 200) << body;
    EXPECT_EQ(body["kill_switch"], true);
    ASSERT_EQ(
        call(Role::legal, "POST", "/reporting/kill-switch", json{{"on", false}, {"reason", reason}})
            .first,
        200);
  }
}

TEST_F(SubmissionApiTest, AsksForASecondPersonToArm) {
  work();  // sees the schema
  const auto schema =
      call(Role::admin, "GET", "/reporting").second["schema"]["seen"].get<std::string>();
  json wanted{{"schema_sha256", schema},
              {"contact_email", "safety@lighthouse-messages.net"},
              {"contact_phone", "+1-202-736-4190"}};
  EXPECT_EQ(call(Role::senior, "POST", "/reporting/arm", wanted).first, 403);
  const auto [status, body] = call(Role::admin, "POST", "/reporting/arm", wanted);
  EXPECT_EQ(status, 202);
  EXPECT_EQ(body["approval"], 41);
  EXPECT_TRUE(asked_.starts_with("production.arm "));
  EXPECT_EQ(call(Role::admin, "GET", "/reporting").second["armed"], false);
  wanted["contact_email"] = "safety@example.org";
  const auto unreal = call(Role::admin, "POST", "/reporting/arm", wanted);
  EXPECT_EQ(unreal.first, 400);
  EXPECT_EQ(unreal.second["code"], "contacts_not_real");
  wanted["contact_email"] = "desk@lighthouse-messages.net";
  EXPECT_EQ(call(Role::admin, "POST", "/reporting/arm", wanted).first, 400)
      << "reports would carry others";
}

}  // namespace
}  // namespace lightkeeper::routes
