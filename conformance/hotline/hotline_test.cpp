#include "hotline.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "http/http.hpp"
#include "show.hpp"

namespace lightkeeper::hotline {
namespace {

const std::string kReport =
    "<report><incidentSummary><incidentType>Child Sex Tourism</incidentType>"
    "<platform>A &amp; &lt;b&gt;</platform>"
    "<incidentDateTime>2026-03-01T10:00:00Z</incidentDateTime></incidentSummary>"
    "<internetDetails><nonInternetIncident/></internetDetails>"
    "<reporter><reportingPerson><email>desk@example.org</email></reportingPerson></reporter>"
    "</report>";
// "tester:tester"
const std::string kBasic = "Basic dGVzdGVyOnRlc3Rlcg==";

std::string between(const std::string& text, const std::string& tag) {
  const auto from = text.find("<" + tag + ">");
  const auto to = text.find("</" + tag + ">");
  return from == std::string::npos ? ""
                                   : text.substr(from + tag.size() + 2, to - from - tag.size() - 2);
}

struct Answer {
  int status = 0;
  std::string text, request_id;
  [[nodiscard]] std::string code() const { return between(text, "responseCode"); }
  [[nodiscard]] std::string report() const { return between(text, "reportId"); }
  [[nodiscard]] std::string file() const { return between(text, "fileId"); }
  [[nodiscard]] std::string hash() const { return between(text, "hash"); }
};

class HotlineTest : public testing::Test {
 protected:
  void SetUp() override {
    auto started = Hotline::start(Options{});
    ASSERT_TRUE(started) << started.error().detail;
    hotline_ = *std::move(started);
  }
  Answer ask(const std::string& method, const std::string& path, const std::string& type,
             const std::string& body, const std::string& authorization = kBasic) {
    http::ClientRequest request;
    request.method = method;
    request.url = path.starts_with("/__") || path == "/"
                      ? "http://127.0.0.1:" + std::to_string(hotline_->port()) + path
                      : hotline_->url() + path;
    request.body = to_bytes(body);
    if (!type.empty()) {
      request.headers["Content-Type"] = type;
    }
    if (!authorization.empty()) {
      request.headers["Authorization"] = authorization;
    }
    const auto out = http::exchange(request);
    if (!out) {
      return {};
    }
    const auto id = out->headers.find("request-id");
    return {out->status, std::string(as_text(out->body)),
            id == out->headers.end() ? "" : id->second};
  }
  Answer submit(const std::string& document = kReport) {
    return ask("POST", "/submit", "text/xml; charset=utf-8", document);
  }
  Answer upload(const std::string& id, const std::string& content) {
    return ask("POST", "/upload", "multipart/form-data; boundary=xyz",
               "--xyz\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n" + id +
                   "\r\n--xyz\r\nContent-Disposition: form-data; name=\"file\"; "
                   "filename=\"a.png\"\r\n\r\n" +
                   content + "\r\n--xyz--\r\n");
  }
  Answer info(const std::string& id, const std::string& file, const std::string& rest = "") {
    return ask("POST", "/fileinfo", "text/xml",
               "<fileDetails><reportId>" + id + "</reportId><fileId>" + file + "</fileId>" + rest +
                   "</fileDetails>");
  }
  Answer end(const std::string& verb, const std::string& id) {
    return ask("POST", "/" + verb, "application/x-www-form-urlencoded", "id=" + id);
  }
  void faults(const std::vector<std::string>& wanted) {
    const auto set = hotline_->set_faults(wanted);
    ASSERT_TRUE(set) << set.error().detail;
  }

  std::unique_ptr<Hotline> hotline_;
};

TEST_F(HotlineTest, TakesAWholeReport) {
  EXPECT_EQ(ask("GET", "/status", "", "").code(), "0");
  EXPECT_NE(ask("GET", "/xsd", "", "").text.find("Placeholder"), std::string::npos);
  const auto opened = submit();
  EXPECT_EQ(opened.code(), "0") << opened.text;
  EXPECT_EQ(opened.request_id.size(), 16U);
  const auto sent = upload(opened.report(), "hello");
  EXPECT_EQ(sent.hash(), "5d41402abc4b2a76b9719d911017c592");  // RFC 1321's function of "hello"
  EXPECT_EQ(info(opened.report(), sent.file()).code(), "0");
  const auto done = end("finish", opened.report());
  EXPECT_EQ(done.code(), "0");
  EXPECT_NE(done.text.find("<reportDoneResponse><responseCode>0</responseCode><reportId>"),
            std::string::npos);
  EXPECT_EQ(done.file(), sent.file());
  const auto kept = hotline_->book().reports();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].state, StoredReport::State::finished);
  EXPECT_EQ(kept[0].document, kReport);
  EXPECT_EQ(kept[0].files.at(0).size, 5U);
}

TEST_F(HotlineTest, KeepsTheOrderOfAnswerElements) {
  const auto sent = upload(submit().report(), "hello").text;
  std::size_t last = 0;
  for (const auto* name :
       {"<responseCode>", "<responseDescription>", "<reportId>", "<fileId>", "<hash>"}) {
    const auto at = sent.find(name);
    ASSERT_NE(at, std::string::npos) << name;
    EXPECT_GT(at, last);
    last = at;
  }
}

TEST_F(HotlineTest, AnswersEveryCodeOfItsOwn) {
  EXPECT_EQ(ask("GET", "/status", "", "", "").code(), "2000");
  EXPECT_EQ(ask("GET", "/status", "", "", "").status, 401);
  EXPECT_EQ(ask("GET", "/status", "", "", "Basic eDp5").code(), "2000");
  EXPECT_EQ(ask("GET", "/nowhere", "", "").code(), "1210");
  EXPECT_EQ(ask("POST", "/submit", "application/json", kReport).code(), "4000");
  EXPECT_EQ(submit("<report>").code(), "4110");
  EXPECT_EQ(submit("<report/>").code(), "4100");
  EXPECT_EQ(end("finish", "x").code(), "4000");
  EXPECT_EQ(end("finish", "1").code(), "5001");
  const auto id = submit().report();
  EXPECT_EQ(upload(id, "").code(), "4200");
  EXPECT_EQ(ask("POST", "/upload", "multipart/form-data; boundary=x", "broken").code(), "4200");
  EXPECT_EQ(info(id, "nothing").code(), "5002");
  const auto file = upload(id, "a").file();
  EXPECT_EQ(info(id, file).code(), "0");
  EXPECT_EQ(info(id, file).code(), "0");
  EXPECT_EQ(info(id, file, "<fileName>b</fileName>").code(), "4000");
  EXPECT_EQ(end("finish", id).code(), "0");
  for (const auto& after :
       {end("finish", id), end("retract", id), upload(id, "a"), info(id, file)}) {
    EXPECT_EQ(after.code(), "5102");
  }
  const auto other = submit().report();
  EXPECT_EQ(end("retract", other).code(), "0");
  for (const auto& after : {end("finish", other), end("retract", other), upload(other, "a")}) {
    EXPECT_EQ(after.code(), "5101");
  }
}

TEST_F(HotlineTest, ExpiresAfterTheLaterOfTwoTimes) {
  const auto id = submit().report();
  hotline_->advance(24 * 3600 - 60);
  EXPECT_EQ(upload(id, "a").code(), "0");  // lives one hour more from now
  hotline_->advance(3600 - 60);
  const auto file = upload(id, "b").file();
  EXPECT_FALSE(file.empty());
  hotline_->advance(3600 + 1);
  EXPECT_EQ(info(id, file).code(), "5001");
  EXPECT_EQ(hotline_->book().reports().at(0).state, StoredReport::State::expired);
  const auto young = submit().report();
  hotline_->advance(3600 * 2);
  EXPECT_EQ(end("finish", young).code(), "0");
}

TEST_F(HotlineTest, PlaysEveryFault) {
  for (const auto* code : {"1000", "1100", "1110", "1111", "1300", "3000", "3100", "3300"}) {
    faults({"submit:code=" + std::string(code) + ":x1"});
    EXPECT_EQ(submit().code(), code);
  }
  EXPECT_TRUE(hotline_->book().reports().empty());
  faults({"submit:drop_before:x1"});
  EXPECT_EQ(submit().status, 0);
  EXPECT_TRUE(hotline_->book().reports().empty());
  faults({"submit:drop_after:x1"});
  EXPECT_EQ(submit().status, 0);
  EXPECT_EQ(hotline_->book().reports().size(), 1U);
  faults({"submit:status=503:x1"});
  EXPECT_EQ(submit().status, 503);
  EXPECT_EQ(hotline_->book().reports().size(), 1U);
  faults({"submit:status_after=502:x1", "upload:wrong_md5"});
  EXPECT_EQ(submit().status, 502);
  EXPECT_EQ(hotline_->book().reports().size(), 2U);
  const auto id = submit().report();
  EXPECT_EQ(upload(id, "hello").hash().size(), 32U);
  EXPECT_NE(upload(id, "hello").hash(), "5d41402abc4b2a76b9719d911017c592");
  faults({"finish:expire:x1"});
  EXPECT_EQ(end("finish", id).code(), "5001");
  faults({"*:garbage:x1"});
  EXPECT_EQ(submit().code(), "");
  faults({"submit:code_after=1000:x1"});
  const auto before = hotline_->book().reports().size();
  EXPECT_EQ(submit().code(), "1000");
  EXPECT_EQ(hotline_->book().reports().size(), before + 1);
}

TEST_F(HotlineTest, TakesFaultsAndTimeAtRunTime) {
  EXPECT_EQ(
      ask("PUT", "/__faults", "application/json", R"({"faults":["submit:code=1000"]})").status,
      200);
  EXPECT_EQ(submit().code(), "1000");
  for (const auto* bad : {"", "[]", "{}", R"({"faults":[1]})", R"({"faults":["submit"]})",
                          R"({"faults":["x:expire"]})", R"({"faults":["submit:code"]})",
                          R"({"faults":["submit:expire=1"]})", R"({"faults":["submit:expire:2"]})",
                          R"({"faults":["submit:status=1"]})"}) {
    EXPECT_EQ(ask("PUT", "/__faults", "application/json", bad).status, 400) << bad;
  }
  EXPECT_EQ(submit().code(), "1000");
  ask("PUT", "/__faults", "application/json", R"({"faults":[]})");
  const auto id = submit().report();
  EXPECT_EQ(ask("POST", "/__clock", "application/json", R"({"advance_seconds":86400})").status,
            200);
  EXPECT_EQ(end("finish", id).code(), "5001");
  EXPECT_EQ(ask("POST", "/__clock", "application/json", R"({"advance_seconds":-1})").status, 400);
  EXPECT_EQ(ask("PUT", "/__xsd", "text/xml", "<mine/>").status, 204);
  EXPECT_EQ(ask("GET", "/xsd", "", "").text, "<mine/>");
}

TEST_F(HotlineTest, ShowsWhatArrivedEscaped) {
  const auto id = submit().report();
  upload(id, "hello");
  const auto page = ask("GET", "/", "", "", "");
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.text.find("A &amp;amp; &amp;lt;b&amp;gt;"), std::string::npos);
  EXPECT_NE(page.text.find("1 file without details"), std::string::npos);
  const auto listed = nlohmann::json::parse(ask("GET", "/__reports", "", "", "").text);
  EXPECT_EQ(listed["reports"][0]["document"], kReport);
  EXPECT_EQ(listed["reports"][0]["files"][0]["md5"], "5d41402abc4b2a76b9719d911017c592");
}

TEST(HotlineFaults, AreTheSameForTheSameSeed) {
  const auto drawn = [](std::uint64_t seed) {
    Faults faults(seed);
    faults.set({*read_fault("*:drop_before:0.3")});
    std::string out;
    for (int i = 0; i < 1000; ++i) {
      out += faults.draw("submit").empty() ? '.' : 'x';
    }
    return out;
  };
  EXPECT_EQ(drawn(1), drawn(1));
  EXPECT_NE(drawn(1), drawn(2));
  const auto count = std::ranges::count(drawn(3), 'x');
  EXPECT_GT(count, 230);
  EXPECT_LT(count, 370);
}

TEST(HotlineShow, EscapesEverythingThatCouldEndAnElement) {
  EXPECT_EQ(escaped("<a href=\"'&\x01"), "&lt;a href=&quot;&#39;&amp;?");
}

}  // namespace
}  // namespace lightkeeper::hotline
