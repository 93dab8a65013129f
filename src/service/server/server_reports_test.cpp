// Reports through the sockets of the whole service: verified, reviewed, decided; hostile bodies;
// what stands on disk and in the log.
#include <fstream>
#include <iterator>
#include <set>

#include "core/policy/voucher.hpp"
#include "service/server/data_folder.hpp"
#include "service/server/server_testing.hpp"
#include "service/store/files.hpp"
#include "service/store/system_clock.hpp"

namespace lightkeeper::service {
namespace {

TEST_F(ServerTest, AReportIsVerifiedReviewedAndDecided) {
  const Bytes picture(70'000, 6);
  crypto::SystemRng rng;
  auto sealed = franking::seal_attachment(picture, "image/png", rng).value();
  const auto upload =
      call("POST", "/api/v1/attachments?conversation=" + *room_, ada_, Bytes(sealed.ciphertext));
  sealed.descriptor.id =
      AttachmentId::from_hex(upload.body["attachment"].get<std::string>()).value();
  auto forged = reportable("words that were said", {});
  forged["content_b64"] = reportable("words that were never said", {})["content_b64"];
  const auto wanted =
      report_of({reportable("first", {}), reportable("", {sealed.descriptor}), forged});
  const auto taken = checked("POST", "/api/v1/reports", "/api/v1/reports", ben_, wanted);
  ASSERT_EQ(taken.status, 201) << as_text(taken.raw);
  EXPECT_EQ(call("POST", "/api/v1/reports", ben_, wanted).body, taken.body);
  auto other = wanted;
  other["note"] = "another";
  EXPECT_EQ(call("POST", "/api/v1/reports", ben_, other).status, 409);

  const auto report = taken.body["report"].get<std::string>();
  const auto queue = checked("GET", "/api/v1/cases", "/api/v1/cases?view=queue", reader_);
  EXPECT_TRUE(std::ranges::any_of(queue.body["cases"],
                                  [&](const json& entry) { return entry["case"] == report; }));
  const auto address = "/api/v1/cases/" + report;
  const auto view = checked("GET", "/api/v1/cases/{case}", address, reader_);
  EXPECT_EQ(view.body["verified"], 2);
  EXPECT_EQ(view.body["not_verified"], 1);
  EXPECT_EQ(view.body["alleged"]["name"], "ada");
  EXPECT_EQ(view.body["messages"][0]["class"], "verified");
  EXPECT_EQ(view.body["messages"][0]["body"], "first");
  EXPECT_EQ(view.body["messages"][2]["class"], "not_verified");
  EXPECT_EQ(view.body["messages"][1]["attachments"][0]["class"], "verified");
  const auto sha256 = view.body["messages"][1]["attachments"][0]["sha256"].get<std::string>();
  EXPECT_EQ(sha256, to_hex(crypto::sha256(picture)));
  const auto found = checked("GET", "/api/v1/cases", "/api/v1/cases?view=all&q=" + sha256, reader_);
  EXPECT_EQ(found.body["total"], 1);
  EXPECT_EQ(found.body["cases"][0]["case"], report);
  EXPECT_EQ(checked("POST", "/api/v1/cases/{case}/assignment", address + "/assignment", reader_,
                    {{"to", "me"}})
                .body["assigned"]["name"],
            "reader");
  EXPECT_EQ(call("POST", address + "/release", reader_, json::object()).status, 409);
  EXPECT_EQ(checked("GET", "/api/v1/cases/statistics", "/api/v1/cases/statistics", reader_).status,
            200);
  EXPECT_EQ(checked("POST", "/api/v1/cases/bulk", "/api/v1/cases/bulk", reader_,
                    {{"cases", {id()}},
                     {"sha256", sha256},
                     {"decision", "warn"},
                     {"reason", "a calm reason"}})
                .body["skipped"]
                .size(),
            1U);
  EXPECT_EQ(checked("POST", "/api/v1/views", "/api/v1/views", reader_,
                    {{"name", "mine"}, {"query", "view=mine"}})
                .body["views"][0]["query"],
            "view=mine");
  EXPECT_EQ(checked("GET", "/api/v1/views", "/api/v1/views", reader_).body["views"].size(), 1U);
  EXPECT_EQ(checked("DELETE", "/api/v1/views", "/api/v1/views?name=mine", reader_).status, 204);
  EXPECT_EQ(checked("POST", "/api/v1/cases/{case}/decisions", address + "/decisions", reader_,
                    {{"decision", "warn"}, {"reason", "a calm reason"}})
                .body["state"],
            "decided");
  const auto decided = checked("GET", "/api/v1/cases/{case}", address, reader_);
  EXPECT_EQ(decided.body["decisions"].back()["reason"], "a calm reason");
  EXPECT_EQ(decided.body["decision"], "warn");
  EXPECT_EQ(decided.body["state"], "decided");

  // Both people are told in general words; the one it was about may object, and somebody else
  // answers.
  const auto own = checked("GET", "/api/v1/reports", "/api/v1/reports", ben_);
  EXPECT_TRUE(std::ranges::any_of(own.body["reports"], [&](const json& entry) {
    return entry["report"] == report && entry["status"] == "decided";
  }));
  const auto told = checked("GET", "/api/v1/notices", "/api/v1/notices", ada_);
  ASSERT_EQ(told.body["notices"].size(), 1U);
  const auto notice = told.body["notices"][0];
  EXPECT_EQ(notice["kind"], "statement_of_reasons");
  EXPECT_EQ(notice["appealable"], true);
  EXPECT_EQ(notice.dump().find("ben"), std::string::npos);
  EXPECT_EQ(checked("POST", "/api/v1/notices/{notice}/appeal",
                    "/api/v1/notices/" + notice["notice"].get<std::string>() + "/appeal", ada_,
                    {{"words", "I see it in another way"}})
                .body["state"],
            "open");
  const auto senior = &by_role_->at("senior");
  EXPECT_EQ(checked("POST", "/api/v1/cases/{case}/appeal-decision", address + "/appeal-decision",
                    senior, {{"uphold", false}, {"reason", "another look"}})
                .body["state"],
            "decided");
  // Whose decision was objected to is out, and from now on it takes two.
  EXPECT_EQ(call("POST", address + "/decisions", reader_,
                 {{"decision", "restrict"}, {"reason", "all the same"}})
                .body["code"],
            "needs_another_person");
  const auto other_senior = narrow("another-senior", "senior", json::array());
  EXPECT_EQ(checked("POST", "/api/v1/cases/{case}/decisions", address + "/decisions", &other_senior,
                    {{"decision", "escalate"}, {"reason", "a difficult one"}})
                .body["state"],
            "awaiting_second");
  EXPECT_EQ(checked("POST", "/api/v1/cases/{case}/second", address + "/second", senior,
                    {{"agree", true}, {"reason", "I take it"}})
                .body["state"],
            "open");
  const auto by_two = [&](const char* decision) {
    EXPECT_EQ(call("POST", address + "/decisions", senior,
                   {{"decision", decision}, {"reason", "talked about it"}})
                  .body["state"],
              "awaiting_second");
    EXPECT_EQ(
        call("POST", address + "/second", &other_senior, {{"agree", true}, {"reason", "the same"}})
            .body["state"],
        "decided");
  };
  by_two("restrict");
  // A restriction holds back pictures and new conversations, not words; another decision ends it.
  const auto put = "/api/v1/attachments?conversation=" + *room_;
  const auto refused = call("POST", put, ada_, Bytes(sealed.ciphertext));
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.body["code"], "account_restricted");
  EXPECT_EQ(call("POST", "/api/v1/conversations", ada_,
                 {{"conversation", id()},
                  {"kind", "direct"},
                  {"members", {ben_->account}},
                  {"client_id", id()},
                  {"epoch", 0},
                  {"welcome_b64", "AA"}})
                .body["code"],
            "account_restricted");
  (void)reportable("words are still sent", {});
  by_two("no_action");
  EXPECT_EQ(call("POST", put, ada_, Bytes(sealed.ciphertext)).status, 201);
}

/// Nothing leaves that people did not decide to report: not while it is open, waits for a second
/// person or for the answer to an objection, not after another decision, whatever reason is given.
TEST_F(ServerTest, OnlyWhatIsDecidedToBeReportedLeaves) {
  const auto* senior = &by_role_->at("senior");
  const auto* legal = &by_role_->at("legal");
  const auto prepared = [&](const std::string& id, const char* outlet, const char* country) {
    const auto address = "/api/v1/cases/" + id + "/tip";
    auto facts = call("GET", address, legal).body["facts"];
    facts["narrative"] = "[message 1: placeholder, 11 characters]";
    facts["outlet"] = outlet;
    facts["jurisdiction"] = {country};
    const auto kept = call("PUT", address, legal, facts);
    EXPECT_EQ(kept.status, 200) << as_text(kept.raw);
  };
  /// The decision that would stand in a report.
  const auto stands = [&](const std::string& id) {
    return call("GET", "/api/v1/cases/" + id + "/tip", legal)
        .body["case_file"]
        .value("decision", json::object())
        .value("decision", "");
  };
  const auto submit = [&](const std::string& id, bool dry_run, const json& reason) {
    return call("POST", "/api/v1/cases/" + id + "/tip/submissions", legal,
                {{"dry_run", dry_run}, {"override_reason", reason}});
  };
  const auto refused = [&](const std::string& id, const char* when) {
    for (const auto& reason : {json(nullptr), json("The law department takes it on itself.")}) {
      const auto answer = submit(id, false, reason);
      EXPECT_EQ(answer.body["code"], "conflict") << when << as_text(answer.raw);
    }
    for (const std::string outlet : {"nca", "dsa18", "abuse-site"}) {
      EXPECT_EQ(call("GET", "/api/v1/cases/" + id + "/outlets/" + outlet, reader_).body["code"],
                "conflict")
          << when << outlet;
    }
    EXPECT_NE(stands(id), "report") << when;
    EXPECT_EQ(call("GET", "/api/v1/submissions?case=" + id, senior).body["submissions"].size(), 0U);
    EXPECT_EQ(audited("outlet.document", "case:" + id, "", ""), 0) << when;
  };
  const auto decide = [&](const std::string& id, const Person* who, const char* decision) {
    return call("POST", "/api/v1/cases/" + id + "/decisions", who,
                {{"decision", decision}, {"reason", "a calm reason"}})
        .body["state"];
  };
  const auto second = [&](const std::string& id, bool agree) {
    return call("POST", "/api/v1/cases/" + id + "/second", senior,
                {{"agree", agree}, {"reason", "a calm reason"}})
        .body["state"];
  };
  const auto told = [&](const std::string& statement) {
    auto wanted = report_of(json::array());
    wanted["statement"] = statement;
    return call("POST", "/api/v1/reports", ben_, wanted).body.value("report", "");
  };

  const auto words = told("it happened on a call");
  prepared(words, "ncmec", "US");
  refused(words, "open");
  EXPECT_EQ(decide(words, reader_, "report"), "awaiting_second");
  refused(words, "waits for a second person");
  EXPECT_EQ(second(words, false), "open");
  refused(words, "the second person did not agree");
  EXPECT_EQ(decide(words, reader_, "no_action"), "decided");
  refused(words, "decided, and not to report");
  EXPECT_EQ(decide(words, reader_, "warn"), "decided");
  const auto notices = call("GET", "/api/v1/notices", ada_).body["notices"];
  std::string notice;
  for (const auto& one : notices) {
    if (notice.empty() && one["appealable"] == true) {
      notice = one["notice"];
    }
  }
  ASSERT_FALSE(notice.empty());
  ASSERT_EQ(
      call("POST", "/api/v1/notices/" + notice + "/appeal", ada_, {{"words", "my words"}}).status,
      201);
  refused(words, "somebody objects");

  // Decided by two to be reported: a dry run at any time, the rest only as the linter and the
  // outlet say.
  const auto id = told("it happened on another call");
  prepared(id, "ncmec", "US");
  EXPECT_EQ(submit(id, true, "A rehearsal.").status, 201);
  EXPECT_EQ(decide(id, reader_, "report"), "awaiting_second");
  EXPECT_EQ(second(id, true), "decided");
  EXPECT_EQ(stands(id), "report");
  EXPECT_EQ(submit(id, false, nullptr).body["code"], "report_incomplete");
  prepared(id, "nca", "GB");
  EXPECT_EQ(submit(id, false, "A reason.").body["code"], "outlet_not_for_case");
  prepared(id, "dsa18", "DE");
  for (int time = 0; time < 2; ++time) {
    const auto paper = call("GET", "/api/v1/cases/" + id + "/outlets/dsa18", reader_);
    EXPECT_EQ(paper.status, 200) << as_text(paper.raw);
  }
  EXPECT_EQ(audited("outlet.document", "case:" + id, reader_->account, "dsa18"), 2);
  EXPECT_EQ(audited("hold.place", "case:" + id, reader_->account, ""), 1) << "one hold is enough";
  prepared(id, "ncmec", "US");
  EXPECT_EQ(submit(id, false, "There is no template here.").status, 201);
}

/// A voucher of a class that is never disclosed, or about somebody else's unsent picture, opens no
/// case and is on record.
TEST_F(ServerTest, AVoucherThatNobodyMayHandInOpensNothing) {
  crypto::SystemRng rng;
  const auto voucher = [&](lists::Provenance provenance, const Person& sender) {
    franking::Content content;
    content.type = franking::ContentType::picture;
    content.sender = AccountId::from_hex(sender.account).value();
    content.conversation = ConversationId::from_hex(*room_).value();
    content.attachments = {
        franking::seal_attachment(Bytes(900, 1), "image/png", rng).value().descriptor};
    policy::Voucher out;
    out.direction = policy::Direction::sending;
    out.entry.provenance = provenance;
    out.content = franking::encode(content).value();
    return to_base64url(policy::encode(out).value());
  };
  const auto hand_in = [&](const std::string& bytes) {
    return call("POST", "/api/v1/vouchers", ada_, {{"client_id", id()}, {"voucher_b64", bytes}});
  };
  const auto cases = [&] {
    return call("GET", "/api/v1/cases?view=all", reader_).body["total"].get<int>();
  };
  const auto before = cases();
  EXPECT_EQ(hand_in(voucher(lists::Provenance::survivor_asserted, *ada_)).body["code"],
            "not_allowed");
  EXPECT_EQ(hand_in(voucher(lists::Provenance::certified_known, *ben_)).body["code"],
            "not_allowed");
  EXPECT_EQ(cases(), before);
  EXPECT_EQ(audited("voucher.refused", "account:" + ada_->account, ada_->account, ""), 2);
  // The same way in is open for what may be handed in.
  EXPECT_EQ(hand_in(voucher(lists::Provenance::certified_known, *ada_)).status, 201);
  EXPECT_EQ(cases(), before + 1);
}

TEST_F(ServerTest, HostileBodiesAreRefusedInFewWords) {
  const auto path = "/api/v1/conversations/" + *room_ + "/messages";
  const json good = {
      {"client_id", id()}, {"mls_b64", "AA"}, {"commitment_b64", to_base64url(Bytes(32, 1))}};
  const auto with = [&](const char* name, json value) {
    auto body = good;
    body[name] = std::move(value);
    return body.dump();
  };
  const std::vector<std::string> bad{
      "",
      "{",
      "[]",
      "null",
      "\"text\"",
      good.dump() + "x",
      "\xff\xfe",
      "{\"client_id\":\"\xff\"}",
      std::string(1000, '['),
      "{\"client_id\":" + std::string(500, '[') + std::string(500, ']') + "}",
      R"({"client_id":"a","client_id":"b","mls_b64":"AA","commitment_b64":"AA"})",
      with("client_id", 7),
      with("client_id", ""),
      with("client_id", "a b"),
      with("client_id", std::string(65, 'a')),
      with("mls_b64", nullptr),
      with("mls_b64", ""),
      with("mls_b64", "AA=="),
      with("mls_b64", "A"),
      with("mls_b64", "AB"),  // bits left over: not canonical
      with("mls_b64", "A+"),
      with("mls_b64", json::array()),
      with("commitment_b64", to_base64url(Bytes(31, 1))),
      with("commitment_b64", to_base64url(Bytes(33, 1))),
      with("stamp_b64", to_base64url(Bytes(32, 1))),  // clients do not send stamps
      with("unknown", 1),
  };
  for (const auto& body : bad) {
    const auto answer = call("POST", path, ada_, to_bytes(body));
    EXPECT_TRUE(answer.status == 400 || answer.status == 413)
        << answer.status << " " << body.substr(0, 60);
    EXPECT_EQ(misfit(answer.body, reference()["components"]["schemas"]["Problem"]), "")
        << body.substr(0, 60);
  }
  EXPECT_EQ(call("POST", path, ada_, Bytes(3 * 1024 * 1024, 'a')).status, 413);
  EXPECT_EQ(call("POST", "/api/v1/sessions", nullptr, Bytes(17 * 1024, '[')).status, 413);
  EXPECT_EQ(call("POST", path, ada_, good).status, 200);
  EXPECT_EQ(call("POST", "/api/v1/conversations/" + id() + "/messages", ada_, good).status, 404);
  EXPECT_EQ(call("POST", "/api/v1/conversations/nonsense/messages", ada_, good).status, 404);
  EXPECT_EQ(call("POST", path, cleo_, good).status, 404);
  EXPECT_EQ(call("GET", "/api/v1/cases?view=other", reader_).status, 400);
  EXPECT_EQ(call("GET", "/api/v1/cases?after=-1", reader_).status, 400);
  EXPECT_EQ(call("GET", "/api/v1/cases/" + id(), reader_).status, 404);
  auto report = report_of(json::array());
  EXPECT_EQ(call("POST", "/api/v1/reports", ben_, report).status, 400);
  report["messages"] = json::array({{{"content_b64", "AA"}}});
  EXPECT_EQ(call("POST", "/api/v1/reports", ben_, report).status, 400);
  report["reason"] = "a reason of my own";
  EXPECT_EQ(call("POST", "/api/v1/reports", ben_, report).status, 400);
}

/// Which of the needles stand in any file of a folder or in a text.
std::set<std::string> found_in(const std::filesystem::path& folder, const std::string& log,
                               const std::map<std::string, Bytes>& needles) {
  std::set<std::string> out;
  const auto scan = [&](std::string_view text) {
    for (const auto& [name, needle] : needles) {
      if (text.find(as_text(needle)) != std::string_view::npos) {
        out.insert(name);
      }
    }
  };
  scan(log);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      std::ifstream in(entry.path(), std::ios::binary);
      scan(std::string{std::istreambuf_iterator<char>(in), {}});
    }
  }
  return out;
}

TEST_F(ServerTest, NothingThatWasSaidOrShownStandsOnDiskOrInTheLog) {
  Bytes picture;
  for (int i = 0; i < 90'000; ++i) {
    picture.push_back(static_cast<Byte>(i * 31 + i / 251));
  }
  crypto::SystemRng rng;
  auto sealed = franking::seal_attachment(picture, "image/png", rng).value();
  const auto upload =
      call("POST", "/api/v1/attachments?conversation=" + *room_, ada_, Bytes(sealed.ciphertext));
  sealed.descriptor.id =
      AttachmentId::from_hex(upload.body["attachment"].get<std::string>()).value();
  const std::string words = "the lighthouse keeper counts nine boats";
  auto wanted = report_of({reportable(words, {}), reportable("", {sealed.descriptor})});
  wanted["note"] = "a note about nine boats";
  wanted["statement"] = "a statement about nine boats";
  const auto taken = call("POST", "/api/v1/reports", ben_, wanted);
  ASSERT_EQ(taken.status, 201);
  const auto report = taken.body["report"].get<std::string>();
  ASSERT_EQ(call("GET", "/api/v1/cases/" + report, reader_).body["verified"], 2);
  ASSERT_EQ(call("POST", "/api/v1/cases/" + report + "/decisions", reader_,
                 {{"decision", "warn"}, {"reason", "a reason about nine boats"}})
                .status,
            201);

  const std::map<std::string, Bytes> secrets{
      {"words", to_bytes(words)},
      {"note", to_bytes("a note about nine boats")},
      {"statement", to_bytes("a statement about nine boats")},
      {"reason", to_bytes("a reason about nine boats")},
      {"picture", to_bytes(BytesView(picture).subspan(100, 48))},
      {"picture, second chunk", to_bytes(BytesView(picture).subspan(70'000, 48))},
      {"file key", to_bytes(sealed.descriptor.file_key)},
      {"opening key",
       from_base64url(wanted["messages"][0]["opening_key_b64"].get<std::string>()).value()},
      {"password", to_bytes("a long password")},
      {"token", to_bytes(ben_->token)},
  };
  const auto log = testing::internal::GetCapturedStderr();
  testing::internal::CaptureStderr();
  EXPECT_NE(log.find("/api/v1/reports"), std::string::npos) << "the log was not seen";
  EXPECT_EQ(found_in(folder_->path(), log, secrets), std::set<std::string>{});
  // The log has no ids either: neither of people nor of conversations nor of reports.
  for (const auto& identifier : {ada_->account, ben_->account, *room_, report}) {
    EXPECT_EQ(log.find(identifier), std::string::npos);
  }
  EXPECT_EQ(log.find("\"ada\""), std::string::npos);

  // The same scanner finds planted copies: in a column, in a file, in the log.
  store::SystemClock clock;
  auto beside = open_data_folder(folder_->path() / "data", IfAbsent::refuse, clock, rng);
  ASSERT_TRUE(beside);
  ASSERT_TRUE(beside->database->write([&](store::Transaction& tx) -> Status {
    tx.run("UPDATE account SET password_hash = ? WHERE name = 'cleo'", words);
    return {};
  }));
  EXPECT_TRUE(found_in(folder_->path(), log, secrets).contains("words"));
  ASSERT_TRUE(store::write_durably(beside->attachments() / "planted", picture));
  EXPECT_TRUE(found_in(folder_->path(), log, secrets).contains("picture"));
  std::filesystem::remove(beside->attachments() / "planted");
  EXPECT_TRUE(found_in(folder_->path(), log + ben_->token, secrets).contains("token"));
}

}  // namespace
}  // namespace lightkeeper::service
