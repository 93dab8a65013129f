#include "rules.hpp"

#include <gtest/gtest.h>

namespace lightkeeper::hotline {
namespace {

constexpr Seconds kNow = 1'790'000'000;

std::string report(const std::string& summary_rest, const std::string& after_reporter,
                   const std::string& internet =
                       "<internetDetails><chatImIncident><chatClient>Example</chatClient>"
                       "<content>[message 1: GREETING, 12 characters]</content></chatImIncident>"
                       "</internetDetails>") {
  return R"(<?xml version="1.0" encoding="UTF-8"?><report><incidentSummary>)" + summary_rest +
         "</incidentSummary>" + internet +
         "<reporter><reportingPerson><email>desk@example.org</email></reportingPerson></reporter>" +
         after_reporter + "</report>";
}

const std::string kSummary =
    "<incidentType>Online Enticement of Children for Sexual Acts</incidentType>"
    "<escalateToHighPriority>a reason in words</escalateToHighPriority>"
    "<reportAnnotations><sextortion>true</sextortion></reportAnnotations>"
    "<incidentDateTime>2026-03-01T10:00:00Z</incidentDateTime>";
const std::string kPlain =
    "<incidentType>Child Sex Tourism</incidentType>"
    "<incidentDateTime>2026-03-01T10:00:00Z</incidentDateTime>";

int code_of(const std::string& document) {
  return judge_report(as_bytes(document), kNow).finding.code;
}
std::string place_of(const std::string& document) {
  return judge_report(as_bytes(document), kNow).finding.where;
}
std::string details(const std::string& inside) {
  return "<fileDetails><reportId>4564654</reportId><fileId>b0754af766b426f2928a02c651ed4b99"
         "</fileId>" +
         inside + "</fileDetails>";
}
int details_code(const std::string& inside) {
  return judge_file_details(as_bytes(details(inside))).finding.code;
}

TEST(HotlineRules, AcceptFullChatReport) {
  const auto judged = judge_report(
      as_bytes(report(
          kSummary,
          "<personOrUserReported><espIdentifier>r-1</espIdentifier><espService>Example</espService>"
          "<screenName>one</screenName><ipCaptureEvent><ipAddress>192.0.2.7</ipAddress>"
          "<eventName>Login</eventName><dateTime>2026-03-01T09:59:00Z</dateTime>"
          "<possibleProxy>false</possibleProxy><port>51234</port></ipCaptureEvent>"
          "<accountTemporarilyDisabled disabledDate=\"2026-03-01T11:00:00Z\">true"
          "</accountTemporarilyDisabled></personOrUserReported>"
          "<victim><victimPerson><age>13</age></victimPerson></victim>")),
      kNow);
  EXPECT_EQ(judged.finding.code, 0) << judged.finding.where << ": " << judged.finding.what;
  EXPECT_TRUE(judged.remarks.empty());
  EXPECT_TRUE(judged.escalated);
  EXPECT_EQ(judged.reported, 1U);
  EXPECT_EQ(judged.victims, 1U);
  EXPECT_EQ(judged.addresses, 1U);
}

TEST(HotlineRules, AcceptEmptyAnnotations) {
  EXPECT_EQ(code_of(report("<incidentType>Child Sex Tourism</incidentType><reportAnnotations/>"
                           "<incidentDateTime>2026-03-01T10:00:00Z</incidentDateTime>",
                           "")),
            0);
  EXPECT_EQ(code_of(report("<incidentType>Child Sex Tourism</incidentType><reportAnnotations>"
                           "<sextortion/></reportAnnotations>"
                           "<incidentDateTime>2026-03-01T10:00:00Z</incidentDateTime>",
                           "")),
            0);
  EXPECT_EQ(details_code("<fileAnnotations/>"), 0);
}

TEST(HotlineRules, RefuseWhatTheSchemaRefuses) {
  EXPECT_EQ(place_of(report("<incidentType>Child Sex Tourism</incidentType><reportAnnotations>"
                            "<sextortion>false</sextortion></reportAnnotations>"
                            "<incidentDateTime>2026-03-01T10:00:00Z</incidentDateTime>",
                            "")),
            "report/incidentSummary/reportAnnotations/sextortion");
  EXPECT_EQ(place_of(report(kPlain,
                            "<personOrUserReported><ipCaptureEvent><eventName>Login</eventName>"
                            "<ipAddress>192.0.2.7</ipAddress></ipCaptureEvent>"
                            "</personOrUserReported>")),
            "report/personOrUserReported/ipCaptureEvent/ipAddress");
  EXPECT_EQ(place_of(report("<incidentType>Online Enticement of Children for Sexual Act"
                            "</incidentType><incidentDateTime>2026-03-01T10:00:00Z"
                            "</incidentDateTime>",
                            "")),
            "report/incidentSummary/incidentType");
  EXPECT_EQ(place_of(report(kPlain, "<victim><screenName>two</screenName></victim>")),
            "report/victim/victimPerson");
  EXPECT_EQ(details_code("<potentialMeme>true</potentialMeme><fileAnnotations/>"), 4100);
  EXPECT_EQ(details_code("<ipCaptureEvent><ipAddress>192.0.2.7</ipAddress></ipCaptureEvent>"
                         "<ipCaptureEvent><ipAddress>192.0.2.8</ipAddress></ipCaptureEvent>"),
            4100);
  EXPECT_EQ(details_code("<details type=\"EXIF\"><nameValuePair><name>a</name><value>b</value>"
                         "</nameValuePair></details><details type=\"HASH\"><nameValuePair>"
                         "<name>a</name><value>b</value></nameValuePair></details>"
                         "<additionalInfo>a</additionalInfo><additionalInfo>b</additionalInfo>"),
            0);
}

TEST(HotlineRules, RemarkOnWhatOnlyTheDocumentationAsksFor) {
  const auto judged = judge_report(as_bytes(report(kPlain, "", "")), kNow);
  EXPECT_EQ(judged.finding.code, 0);
  ASSERT_EQ(judged.remarks.size(), 1U);
  EXPECT_NE(judged.remarks[0].find("internetDetails"), std::string::npos);
  EXPECT_EQ(judge_file_details(as_bytes(details(""))).remarks.size(), 2U);
}

TEST(HotlineRules, RefuseTheFutureAndAddressesWithWhiteSpace) {
  EXPECT_EQ(place_of(report("<incidentType>Child Sex Tourism</incidentType>"
                            "<incidentDateTime>2036-03-01T10:00:00Z</incidentDateTime>",
                            "")),
            "report/incidentSummary/incidentDateTime");
  const auto page = [](const std::string& url) {
    return report(kPlain, "",
                  "<internetDetails><webPageIncident><url>" + url +
                      "</url></webPageIncident></internetDetails>");
  };
  EXPECT_EQ(code_of(page("https://example.org/a")), 0);
  EXPECT_EQ(code_of(page("https://example.org/a b")), 4100);
  EXPECT_EQ(code_of(page("\nhttps://example.org/a")), 4100);
}

TEST(HotlineRules, KeepClassificationAndMemesToReportedFiles) {
  EXPECT_EQ(details_code("<fileRelevance>Reported</fileRelevance><industryClassification>A1"
                         "</industryClassification>"),
            0);
  EXPECT_EQ(details_code("<fileRelevance>Supplemental Reported</fileRelevance>"
                         "<industryClassification>A1</industryClassification>"),
            4100);
  EXPECT_EQ(details_code("<fileRelevance>Supplemental Reported</fileRelevance>"
                         "<potentialMeme>true</potentialMeme>"),
            4100);
}

TEST(HotlineRules, RefuseHostileDocuments) {
  const std::string good = report(kPlain, "");
  EXPECT_EQ(code_of("<!DOCTYPE report [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>" + good),
            4110);
  EXPECT_EQ(code_of("<!DOCTYPE r SYSTEM \"file:///etc/hostname\"><report/>"), 4110);
  EXPECT_EQ(code_of("<report>&undefined;</report>"), 4110);
  EXPECT_EQ(code_of("<?xml version=\"1.0\" encoding=\"UTF-16\"?>" + good.substr(38)), 4110);
  EXPECT_EQ(code_of("<?xml version=\"1.0\" encoding=\"utf-7\"?><report/>"), 4110);
  EXPECT_EQ(code_of(std::string("<report>\0</report>", 18)), 4110);
  EXPECT_EQ(code_of("<report>\xff</report>"), 4110);
  EXPECT_EQ(code_of(""), 4110);
  EXPECT_EQ(code_of(std::string(kMaxDocument + 1, ' ')), 4110);
  EXPECT_EQ(code_of("<other/>"), 4100);
  EXPECT_EQ(code_of("<report xmlns=\"urn:x\"/>"), 4100);
  std::string deep = "<report>";
  for (int i = 0; i < 5000; ++i) {
    deep += "<a>";
  }
  EXPECT_EQ(code_of(deep), 4110);
}

TEST(HotlineRules, RefuseEveryTruncationAndSurviveEveryChangedByte) {
  const std::string good = report(kSummary, "<victim><victimPerson/></victim>");
  ASSERT_EQ(code_of(good), 0);
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(code_of(good.substr(0, size)), 4110) << size;
  }
  std::size_t refused = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto changed = good;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    refused += code_of(changed) != 0 ? 1U : 0U;
  }
  EXPECT_GT(refused, good.size() / 2);
}

TEST(HotlineRules, ReadMoments) {
  Moment moment;
  EXPECT_TRUE(read_moment("1970-01-02T00:00:01Z", moment));
  EXPECT_EQ(moment.at, 86401);
  EXPECT_TRUE(read_moment("1970-01-02T02:00:01.25+02:00", moment));
  EXPECT_EQ(moment.at, 86401);
  EXPECT_TRUE(read_moment("2024-02-29T00:00:00", moment));
  EXPECT_FALSE(moment.zoned);
  for (const auto* bad : {"", "2025-02-29T00:00:00Z", "2025-02-28 00:00:00Z",
                          "2025-02-28T24:00:01Z", "2025-02-28T00:00:00ZZ", "2025-02-28T00:00:00.Z",
                          "2025-02-28T00:00:00+2", "2025-13-28T00:00:00Z"}) {
    EXPECT_FALSE(read_moment(bad, moment)) << bad;
  }
}

}  // namespace
}  // namespace lightkeeper::hotline
