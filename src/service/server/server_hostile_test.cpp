// What somebody hostile may bring or change, end to end: each gets a clear error and stands in the
// audit log; docs/threat-model/hostile-input.md is the list.
#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "core/base/codec.hpp"
#include "service/accountability/export_file.hpp"
#include "service/accountability/verification.hpp"
#include "service/server/data_folder.hpp"
#include "service/server/server_testing.hpp"
#include "service/store/system_clock.hpp"

namespace lightkeeper::service {
namespace {

// --- The database, as whoever holds the disk can write it
// --------------------------------------------------------------

class HostileTest : public ServerTest {
 protected:
  /// A conversation of its own, so that what is reported in it opens a case of its own.
  void SetUp() override { *room_ = conversation(*ada_, *ben_); }
  static DataFolder beside() {
    store::SystemClock clock;
    crypto::SystemRng rng;
    return open_data_folder(folder_->path() / "data", IfAbsent::refuse, clock, rng).value();
  }
  /// Takes triggers away, changes rows, puts the triggers back.
  template <class... Args>
  static void tamper(const std::vector<std::string>& triggers, std::string_view sql,
                     const Args&... args) {
    auto folder = beside();
    const auto done = folder.database->write([&](store::Transaction& tx) -> Status {
      std::vector<std::string> kept;
      for (const auto& name : triggers) {
        kept.push_back(
            tx.row("SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ?", name)
                ->text(0));
        tx.run("DROP TRIGGER " + name);
      }
      EXPECT_GT(tx.run(sql, args...), 0U) << sql;
      for (const auto& trigger : kept) {
        tx.run(trigger);
      }
      return {};
    });
    ASSERT_TRUE(done) << done.error().message();
  }
  static std::vector<std::string> faults() {
    store::SystemClock clock;
    crypto::SystemRng rng;
    auto folder = beside();
    return verify_data_folder(folder, clock, rng).value();
  }
  static bool names(const std::vector<std::string>& all, const std::string& part) {
    return std::ranges::any_of(all, [&](const auto& one) { return one.contains(part); });
  }
  static void expect_problem(const Answer& answer, int status, const std::string& code) {
    EXPECT_EQ(answer.status, status) << as_text(answer.raw);
    EXPECT_EQ(answer.body.value("code", ""), code);
    EXPECT_EQ(misfit(answer.body, reference()["components"]["schemas"]["Problem"]), "");
  }
};

TEST_F(HostileTest, AFlippedByteOfStoredEvidenceIsNoticedAndNoted) {
  const auto id = reported({Bytes(300, 7)}, "unwanted");
  const auto address = "/api/v1/cases/" + id;
  const auto raw = ReportId::from_hex(id).value();
  ASSERT_EQ(call("GET", address, reader_).status, 200);
  const auto flip = [&](bool file) {
    const auto sealed = beside()
                            .database
                            ->read([&](store::Transaction& tx) -> Result<Bytes> {
                              return tx
                                  .row(
                                      "SELECT sealed FROM evidence WHERE report = ? AND (item > "
                                      "0) = ?",
                                      raw, file ? 1 : 0)
                                  ->blob(0);
                            })
                            .value();
    auto flipped = sealed;
    flipped.at(20) ^= 0x40;
    tamper({"evidence_stays_as_it_is"}, "UPDATE evidence SET sealed = ? WHERE sealed = ?", flipped,
           sealed);
  };
  flip(true);  // the file
  expect_problem(call("GET", address + "/media", reader_), 400, "decryption_failed");
  EXPECT_EQ(audited("evidence.damaged", "case:" + id, reader_->account, "decryption_failed"), 1);
  EXPECT_TRUE(names(faults(), "a file of case " + id + " does not open"));
  flip(true);  // twice is as it was
  EXPECT_EQ(call("GET", address + "/media", reader_).status, 200) << "the check sees only the flip";
  EXPECT_EQ(faults(), std::vector<std::string>{});
  flip(false);  // the written case
  expect_problem(call("GET", address, reader_), 400, "decryption_failed");
  EXPECT_EQ(audited("evidence.damaged", "case:" + id, reader_->account, "decryption_failed"), 2);
  EXPECT_TRUE(names(faults(), "case " + id));
  flip(false);
}

TEST_F(HostileTest, AKeyInThePlaceOfAnotherCasesKeyDoesNotOpen) {
  const auto id = reported({}, "unwanted");
  *room_ = conversation(*ada_, *ben_);
  const auto other = reported({}, "unwanted");
  ASSERT_NE(id, other);
  const auto raw = ReportId::from_hex(id).value();
  const auto kept =
      beside()
          .database
          ->read([&](store::Transaction& tx) -> Result<Bytes> {
            return tx.row("SELECT wrapped_key FROM report WHERE id = ?", raw)->blob(0);
          })
          .value();
  // Well made, and in the wrong place.
  tamper({},
         "UPDATE report SET wrapped_key = (SELECT wrapped_key FROM report AS o WHERE o.id = ?) "
         "WHERE id = ?",
         ReportId::from_hex(other).value(), raw);
  expect_problem(call("GET", "/api/v1/cases/" + id, reader_), 400, "decryption_failed");
  EXPECT_EQ(audited("evidence.damaged", "case:" + id, reader_->account, "decryption_failed"), 1);
  EXPECT_TRUE(names(faults(), "case " + id));
  tamper({}, "UPDATE report SET wrapped_key = ? WHERE id = ?", kept, raw);
  EXPECT_EQ(call("GET", "/api/v1/cases/" + id, reader_).status, 200) << "only the swap was seen";
  EXPECT_EQ(faults(), std::vector<std::string>{});
}

TEST_F(HostileTest, ATamperedAuditLogSaysWhere) {
  const auto before = audit();
  ASSERT_GT(before.size(), 6U);
  const auto number = before[5]["number"].get<std::uint64_t>();
  const auto kept = before[5]["detail"].get<std::string>();
  const auto findings = [&] {
    const auto file = call("GET", "/api/v1/audit/export", &by_role_->at("auditor"));
    EXPECT_EQ(file.status, 200);
    const auto exported = accountability::parse_export(file.raw);
    EXPECT_TRUE(exported);
    return exported
               ? accountability::verify_export(*exported, beside().audit_log->key(), {}).findings
               : std::vector<accountability::Finding>{};
  };
  EXPECT_TRUE(findings().empty());
  tamper({"audit_entry_is_never_edited"}, "UPDATE audit_entry SET detail = 'else' WHERE number = ?",
         number);
  // The file alone has signed heads and no leaves: it says between which heads. Beside the database
  // the entry itself is named.
  const auto found = findings();
  ASSERT_FALSE(found.empty());
  EXPECT_LE(found.front().entry, number);
  EXPECT_TRUE(
      names(faults(), "entry " + std::to_string(number) + " is not the one that was logged"));
  tamper({"audit_entry_is_never_edited"}, "UPDATE audit_entry SET detail = ? WHERE number = ?",
         kept, number);
  EXPECT_TRUE(findings().empty());
}

TEST_F(HostileTest, AReplayedReportStaysOneReportAndIsNoted) {
  const auto frank = reportable("said once", {});
  auto wanted = report_of(json::array({frank}));
  const auto first = call("POST", "/api/v1/reports", ben_, wanted);
  ASSERT_EQ(first.status, 201);
  const auto id = first.body["report"].get<std::string>();
  const auto messages = [&] {
    return call("GET", "/api/v1/cases/" + id, reader_).body["messages"].size();
  };
  // The same client id: the same answer, and nothing more happens.
  EXPECT_EQ(call("POST", "/api/v1/reports", ben_, wanted).body, first.body);
  auto changed = wanted;
  changed["note"] = "another note";
  expect_problem(call("POST", "/api/v1/reports", ben_, changed), 409, "conflict");
  EXPECT_EQ(audited("report.received", "case:" + id, ben_->account, ""), 1);
  EXPECT_EQ(messages(), 1U);
  // The same report under another client id: the first one's id, and a line in the log.
  wanted["client_id"] = this->id();
  EXPECT_EQ(call("POST", "/api/v1/reports", ben_, wanted).body["report"], id);
  EXPECT_EQ(audited("report.replayed", "case:" + id, ben_->account, "the same report"), 1);
  EXPECT_EQ(messages(), 1U);
  // The same frank in another report joins the case and is not counted twice.
  changed["client_id"] = this->id();
  EXPECT_EQ(call("POST", "/api/v1/reports", ben_, changed).status, 201);
  EXPECT_EQ(audited("report.received", "case:" + id, ben_->account, "joined a case"), 1);
  const auto seen = call("GET", "/api/v1/cases/" + id, reader_);
  EXPECT_EQ(seen.body["verified"], 1) << as_text(seen.raw);
  // In the hands of somebody who was never there it proves nothing.
  auto stolen = wanted;
  stolen["client_id"] = this->id();
  const auto theirs = call("POST", "/api/v1/reports", cleo_, stolen);
  ASSERT_EQ(theirs.status, 201);
  const auto view = call("GET", "/api/v1/cases/" + id, reader_);
  EXPECT_EQ(view.body["verified"], 1) << "one message, proved once";
}

TEST_F(HostileTest, WhoLacksTheRoleOrTheScopeIsRefusedAndNoted) {
  const auto id = reported({Bytes(300, 7)}, "unwanted");
  const auto address = "/api/v1/cases/" + id;
  const auto& legal = by_role_->at("legal");
  const auto placed = call("POST", "/api/v1/holds", &legal,
                           {{"case", id}, {"basis", "internal"}, {"reference", "r"}});
  ASSERT_EQ(placed.status, 201) << as_text(placed.raw);
  const auto hold = "/api/v1/holds/" + std::to_string(placed.body["id"].get<int>());

  // The role: a line that names the route.
  expect_problem(call("POST", hold + "/extend", reader_, {{"reference", "r"}}), 403, "not_allowed");
  EXPECT_EQ(audited("access.refused", "account:" + reader_->account, reader_->account,
                    "POST /api/v1/holds/{number}/extend"),
            1);

  // The scope: a line that names the case.
  const auto threats = narrow("threats-reader", "senior", {"threat"});
  const auto duty = narrow("threats-legal", "legal", {"threat"});
  std::ptrdiff_t refusals = 0;
  const auto refused = [&](const Person& who, const std::string& method, const std::string& path,
                           const json& body) {
    const auto answer = body.is_null() ? call(method, path, &who) : call(method, path, &who, body);
    expect_problem(answer, 403, "not_in_scope");
    EXPECT_EQ(audited("access.refused", "case:" + id, "", ""), ++refusals) << method << " " << path;
  };
  refused(threats, "GET", address, nullptr);
  refused(threats, "GET", address + "/media", nullptr);
  refused(threats, "GET", address + "/media/1/blurred", nullptr);
  refused(threats, "POST", address + "/media/1/viewed", {{"severity", 1}});
  refused(threats, "POST", address + "/assignment", {{"to", "me"}});
  refused(threats, "POST", address + "/decisions", {{"decision", "warn"}, {"reason", "r"}});
  refused(threats, "GET", address + "/tip", nullptr);
  refused(duty, "POST", "/api/v1/holds", {{"case", id}, {"basis", "internal"}, {"reference", "r"}});
  refused(duty, "POST", hold + "/extend", {{"reference", "r"}});
  refused(duty, "POST", hold + "/release", {{"reason", "r"}});
  refused(duty, "POST", address + "/held-evidence/1", {{"reason", "r"}});
  refused(duty, "POST", address + "/destruction", {{"reason", "r"}});
  // The queue shows nothing of it, and nothing has changed.
  const auto queue = call("GET", "/api/v1/cases?view=all", &threats);
  for (const auto& one : queue.body["cases"]) {
    EXPECT_NE(one["case"], id);
  }
  const auto holds = call("GET", "/api/v1/holds?case=" + id, &legal).body["holds"];
  ASSERT_EQ(holds.size(), 1U);
  EXPECT_EQ(holds[0]["until_ms"], placed.body["until_ms"]);
  EXPECT_EQ(audited("hold.release.ask", "case:" + id, "", ""), 0);
  // With the scope the same deeds go through: the refusals were about the scope.
  EXPECT_EQ(call("POST", hold + "/extend", &legal, {{"reference", "a letter"}}).status, 200);
  EXPECT_EQ(call("POST", hold + "/release", &legal, {{"reason", "a letter"}}).status, 202);
  expect_problem(call("POST", "/api/v1/holds/999/extend", &duty, {{"reference", "r"}}), 404,
                 "not_found");
}

// --- Pictures, made by hand: no drawing library would write these
// ------------------------------------------------------------------

Bytes chunk(std::string_view name, BytesView data) {
  const auto named = concat({as_bytes(name), data});
  std::uint32_t crc = 0xFFFFFFFF;
  for (const Byte byte : named) {
    crc ^= byte;
    for (int k = 0; k < 8; ++k) {
      crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
    }
  }
  return Writer().u32(static_cast<std::uint32_t>(data.size())).fixed(named).u32(~crc).take();
}

/// RFC 1950 and 1951: `count` zero bytes, 13 bits for each 258 of them.
Bytes deflated_zeros(std::uint64_t count) {
  Bytes out{0x78, 0x01};
  unsigned held = 0;
  unsigned bits = 0;
  const auto put = [&](unsigned value, unsigned width) {  // lowest bit first
    for (unsigned i = 0; i < width; ++i) {
      held |= ((value >> i) & 1U) << bits;
      if (++bits == 8) {
        out.push_back(static_cast<Byte>(held));
        held = bits = 0;
      }
    }
  };
  const auto code = [&](unsigned value, unsigned width) {  // Huffman codes: highest bit first
    for (unsigned i = width; i-- > 0;) {
      put((value >> i) & 1U, 1);
    }
  };
  put(0b011, 3);  // the last block, fixed codes
  std::uint64_t left = count;
  if (left > 0) {
    code(0x30, 8);
    --left;
  }
  for (; left >= 258; left -= 258) {
    code(0xC5, 8);  // 258 bytes
    code(0, 5);     // from one byte back
  }
  for (; left > 0; --left) {
    code(0x30, 8);
  }
  code(0, 7);
  if (bits > 0) {
    out.push_back(static_cast<Byte>(held));
  }
  const auto adler = static_cast<std::uint32_t>(((count % 65521) << 16U) | 1U);
  return concat({out, Writer().u32(adler).take()});
}

/// Black. `inflated`: what the compressed data hold, whatever the header says.
Bytes png(std::uint32_t width, std::uint32_t height, std::uint64_t inflated) {
  const Bytes signature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  const auto header = Writer().u32(width).u32(height).u8(8).u8(2).u8(0).u8(0).u8(0).take();
  return concat({signature, chunk("IHDR", header), chunk("IDAT", deflated_zeros(inflated)),
                 chunk("IEND", {})});
}
Bytes good_png(std::uint32_t side) { return png(side, side, std::uint64_t{side} * (3 * side + 1)); }

TEST_F(HostileTest, APictureThatIsABombIsNotOpenedAndTheNextOneIsShown) {
  const auto id = reported({png(60'000, 60'000, 1000), good_png(8)}, "unwanted");
  const auto address = "/api/v1/cases/" + id + "/media";
  const auto cards = checked("GET", "/api/v1/cases/{case}/media", address, reader_);
  ASSERT_EQ(cards.status, 200) << as_text(cards.raw);
  ASSERT_EQ(cards.body["media"].size(), 2U);
  const auto bomb = cards.body["media"][0]["item"].get<int>();
  const auto good = cards.body["media"][1]["item"].get<int>();
  EXPECT_EQ(cards.body["media"][0]["frames"], 0) << "nothing to show";
  expect_problem(call("GET", address + "/" + std::to_string(bomb) + "/blurred", reader_), 413,
                 "picture_too_large");
  EXPECT_EQ(call("GET", address + "/" + std::to_string(good) + "/blurred", reader_).status, 200);
  // Each was read, and that stands in the log.
  for (const auto item : {bomb, good}) {
    EXPECT_GE(
        audited("evidence.read", "case:" + id, reader_->account, "item " + std::to_string(item)), 1)
        << item;
  }
}

// --- XML
// ---------------------------------------------------------------------------------------------

constexpr std::string_view kBomb =
    "<?xml version=\"1.0\"?><!DOCTYPE reportResponse [<!ENTITY a \"0000000000\"><!ENTITY b "
    "\"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">]>"
    "<reportResponse><responseCode>&c;</responseCode><reportId>77</reportId></reportResponse>";

/// A hotline on this machine whose answers are what the test says.
class HostileHotlineTest : public HostileTest {
 protected:
  static void SetUpTestSuite() {
    hotline_ = new http::Listener(http::Listener::Options{});
    const auto bomb = [](const http::Request&) {
      http::Response out;
      out.content_type = "text/xml";
      out.body = to_bytes(kBomb);
      return out;
    };
    hotline_->route("GET", "/ispws/xsd", bomb);
    hotline_->route("GET", "/ispws/status", bomb);
    hotline_->route("POST", "/ispws/submit", bomb);
    ASSERT_TRUE(hotline_->start());
    secrets_ = new store::TemporaryFolder;
    const auto password = secrets_->path() / "password";
    std::ofstream(password) << "p";
    ::chmod(password.c_str(), 0600);
    Settings settings;
    settings.reporting_url = "http://127.0.0.1:" + std::to_string(hotline_->port()) + "/ispws";
    settings.reporting_user = "u";
    settings.reporting_password_file = password;
    settings.reporting_contact_email = "desk@example.org";
    settings.reporting_contact_phone = "+15555550100";
    start(std::move(settings));
  }
  static void TearDownTestSuite() {
    ServerTest::TearDownTestSuite();
    hotline_->stop();
    delete hotline_;
    delete secrets_;
  }
  static inline http::Listener* hotline_ = nullptr;
  static inline store::TemporaryFolder* secrets_ = nullptr;
};

TEST_F(HostileHotlineTest, AnXmlBombFromTheHotlineIsNotUnderstoodAndNoted) {
  const auto id = reported({Bytes(300, 7)}, "unwanted");
  const auto senior = &by_role_->at("senior");
  const auto tip = call("GET", "/api/v1/cases/" + id + "/tip", senior);
  ASSERT_EQ(tip.status, 200) << as_text(tip.raw);
  auto facts = tip.body["facts"];
  facts["narrative"] = "[message 1: a bland sentence, 16 characters]";
  const auto set = call("PUT", "/api/v1/cases/" + id + "/tip", senior, facts);
  ASSERT_EQ(set.status, 200) << as_text(set.raw);
  ASSERT_EQ(call("POST", "/api/v1/cases/" + id + "/decisions", senior,
                 {{"decision", "report"}, {"reason", "a calm reason"}})
                .body["state"],
            "decided");
  const auto queued = call("POST", "/api/v1/cases/" + id + "/tip/submissions", senior,
                           {{"dry_run", false}, {"override_reason", "a rehearsal"}});
  ASSERT_EQ(queued.status, 201) << as_text(queued.raw);
  const auto number = std::to_string(queued.body["id"].get<int>());
  // Until the sender has asked; nothing here depends on how long that takes.
  json seen;
  for (int tries = 0; tries < 6000; ++tries) {
    seen = call("GET", "/api/v1/submissions/" + number, senior).body;
    if (std::ranges::any_of(seen["steps"], [](const json& step) {
          return step["step"] == "submit" && step["result"] != "intent";
        })) {
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const auto answered = std::ranges::find_if(seen["steps"], [](const json& step) {
    return step["step"] == "submit" && step["result"] != "intent";
  });
  ASSERT_NE(answered, seen["steps"].end()) << seen.dump();
  EXPECT_EQ((*answered)["result"], "may_be_open:not_understood");
  EXPECT_TRUE(seen["report_id"].is_null()) << "nothing of such a document is believed";
  EXPECT_EQ(
      audited("submission.step", "submission:" + number, "", "submit may_be_open:not_understood"),
      1);
  EXPECT_EQ(call("GET", "/readyz", nullptr).status, 200);
}

TEST_F(HostileTest, ASchemaFileThatIsABombKeepsTheServiceFromStarting) {
  const store::TemporaryFolder folder;
  const auto schema = folder.path() / "schema.xsd";
  std::ofstream(schema) << kBomb;
  Settings settings;
  settings.data = folder.path() / "data";
  settings.port = 0;
  settings.reporting_xsd_file = schema;
  const auto started = Server::start(settings);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::schema_unusable);
  std::ofstream(schema, std::ios::trunc)
      << "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"><xs:element name=\"report\" "
         "type=\"xs:string\"/></xs:schema>";
  EXPECT_TRUE(Server::start(settings)) << "only the bomb was refused";
}

}  // namespace
}  // namespace lightkeeper::service
