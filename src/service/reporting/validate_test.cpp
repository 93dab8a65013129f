// The vectors of the schema, hostile XML, and the second check by an operator's schema file.
#include "service/reporting/validate.hpp"

#include <nlohmann/json.hpp>

#include "core/base/codec.hpp"
#include "service/reporting/reporting_testing.hpp"
#include "service/reporting/xml_tree.hpp"
#include "service/reporting/xml_writer.hpp"
#include "service/reporting/xsd.hpp"

namespace lightkeeper::reporting {
namespace {

Bytes bytes_of(const std::string& text) { return to_bytes(std::string_view(text)); }

TEST(Vectors, EveryOneIsJudgedAsTheSchemaJudgesIt) {
  const auto document = nlohmann::json::parse(read_repository_file("vectors/cybertip.json"));
  const UnixMillis now{document.at("now_ms").get<std::uint64_t>()};
  std::size_t numbered = 0;
  for (const auto& vector : document.at("vectors")) {
    const auto name = vector.at("name").get<std::string>();
    numbered += name[0] >= '0' && name[0] <= '9' ? 1U : 0U;
    const Bytes xml = bytes_of(vector.at("xml").get<std::string>());
    const auto faults = vector.at("document") == "report" ? validate_report(xml, now)
                                                          : validate_file_details(xml, false);
    ASSERT_TRUE(faults) << name << ": " << faults.error().message();
    if (vector.at("valid").get<bool>()) {
      EXPECT_TRUE(faults->empty())
          << name << ": " << faults->front().path << " " << faults->front().rule;
    } else {
      const auto rule = vector.at("rule").get<std::string>();
      const bool found =
          std::ranges::any_of(*faults, [&](const Fault& f) { return f.rule == rule; });
      EXPECT_TRUE(found) << name << " should break rule " << rule;
      EXPECT_EQ(faults->size(), 1U) << name;
    }
  }
  EXPECT_GE(numbered, 12U);
}

TEST(Validator, NamesTheElementAndTheRuleAndNeverTheContent) {
  const auto faults = validate_report(
      bytes_of("<report><incidentSummary><incidentType>secret words</incidentType>"
               "<incidentDateTime>yesterday</incidentDateTime></incidentSummary><other/>"
               "<internetDetails/><reporter><reportingPerson><email>a@example.org</email>"
               "</reportingPerson></reporter></report>"),
      UnixMillis{0});
  ASSERT_TRUE(faults);
  ASSERT_EQ(faults->size(), 4U);
  EXPECT_EQ((*faults)[0].path, "/report/incidentSummary/incidentType");
  EXPECT_EQ((*faults)[0].rule, "enumeration");
  EXPECT_EQ((*faults)[1].rule, "value");
  EXPECT_EQ((*faults)[2].rule, "unknown");
  EXPECT_EQ((*faults)[3].path, "/report/internetDetails[1]");
  for (const auto& fault : *faults) {
    for (const char* secret : {"secret", "yesterday", "other"}) {
      EXPECT_EQ((fault.path + fault.why).find(secret), std::string::npos);
    }
  }
}

TEST(HostileXml, IsRefusedBeforeItIsRead) {
  const std::string bomb =
      "<?xml version=\"1.0\"?><!DOCTYPE report [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b "
      "\"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]><report>&b;</report>";
  std::string deep, closing;
  for (int i = 0; i < 100; ++i) {
    deep += "<a>";
    closing += "</a>";
  }
  std::string wide = "<report>";
  for (std::size_t i = 0; i <= kMaxXmlElements; ++i) {
    wide += "<a/>";
  }
  std::string attributes = "<report";
  for (int i = 0; i < 100; ++i) {
    attributes += " a" + std::to_string(i) + "=\"\"";
  }
  const std::string cases[] = {
      bomb,
      "<!DOCTYPE report SYSTEM \"file:///etc/hostname\"><report/>",
      "<report>&undefined;</report>",
      "<!ELEMENT report ANY><report/>",
      deep + closing,
      wide + "</report>",
      attributes + "/>",
      "<report>",
      "<report/><report/>",
      "",
      "no xml",
      std::string("<report>\0</report>", 18),
      "<report>\xFF</report>",
      "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><report/>",
      "<?xml version=\"1.0\" encoding='UTF-16'?><report/>",
  };
  for (const auto& one : cases) {
    const auto result = validate_report(bytes_of(one), UnixMillis{0});
    ASSERT_FALSE(result) << one.substr(0, 60);
    EXPECT_EQ(result.error().code, ErrorCode::xml_refused) << one.substr(0, 60);
    EXPECT_FALSE(read_xml(bytes_of(one), kMaxReportXml)) << one.substr(0, 60);
  }
  EXPECT_FALSE(read_xml(bytes_of("<report/>"), 8));
  EXPECT_TRUE(
      read_xml(bytes_of("<report><!-- a comment --><![CDATA[<!DOCTYPE]]>"), 1).error().code ==
      ErrorCode::xml_refused);
}

TEST(HostileXml, EveryTruncationAndManyBitFlipsAreJudgedWithoutHarm) {
  const Bytes whole = bytes_of(report_text(example("text-only")));
  for (std::size_t size = 0; size + 1 < whole.size(); size += 7) {
    const auto result = validate_report(BytesView(whole).first(size), UnixMillis{0});
    EXPECT_FALSE(result) << size;
  }
  for (std::size_t i = 0; i < whole.size(); i += 13) {
    Bytes changed = whole;
    changed[i] = static_cast<Byte>(changed[i] ^ (1U << (i % 8)));
    static_cast<void>(validate_report(changed, UnixMillis{0}));
    static_cast<void>(validate_file_details(changed, true));
  }
}

constexpr const char* kOwnXsd = R"(<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
 <xs:element name="note"><xs:complexType><xs:sequence>
  <xs:element name="first" type="xs:string"/><xs:element name="second" type="xs:int" minOccurs="0"/>
 </xs:sequence></xs:complexType></xs:element>
</xs:schema>)";

TEST(OperatorsSchema, FindsFaultsWithoutRepeatingContent) {
  const Bytes xsd = bytes_of(kOwnXsd);
  const auto good =
      validate_by_xsd(bytes_of("<note><first>a</first><second>1</second></note>"), xsd);
  ASSERT_TRUE(good);
  EXPECT_TRUE(good->empty());
  const auto order =
      validate_by_xsd(bytes_of("<note><second>1</second><first>a</first></note>"), xsd);
  ASSERT_TRUE(order);
  ASSERT_FALSE(order->empty());
  EXPECT_EQ(order->front().path, "/note/second");
  const auto type = validate_by_xsd(bytes_of("<note><first/><second>secret</second></note>"), xsd);
  ASSERT_TRUE(type);
  ASSERT_FALSE(type->empty());
  for (const auto& fault : *type) {
    EXPECT_EQ((fault.path + fault.why).find("secret"), std::string::npos);
  }
}

TEST(OperatorsSchema, NeverLoadsAnotherFile) {
  const std::string header = "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">";
  for (const std::string part :
       {"<xs:include schemaLocation=\"/etc/hostname\"/>",
        "<xs:import namespace=\"urn:x\" schemaLocation=\"http://192.0.2.1/x.xsd\"/>"}) {
    const auto result = validate_by_xsd(
        bytes_of("<note/>"), bytes_of(header + part + "<xs:element name=\"note\"/></xs:schema>"));
    ASSERT_FALSE(result) << part;
    EXPECT_EQ(result.error().code, ErrorCode::schema_unusable);
  }
  EXPECT_EQ(validate_by_xsd(bytes_of("<note/>"), bytes_of("not a schema")).error().code,
            ErrorCode::schema_unusable);
  EXPECT_EQ(validate_by_xsd(bytes_of("<note/>"), bytes_of("<note/>")).error().code,
            ErrorCode::schema_unusable);
  EXPECT_EQ(validate_by_xsd(bytes_of("<!DOCTYPE a><a/>"), bytes_of(kOwnXsd)).error().code,
            ErrorCode::xml_refused);
}

TEST(Writer, ReplacesWhatXmlCannotCarryAndSaysSo) {
  const auto clean = clean_for_xml(
      std::string_view("a\0b\x01\tc\xEF\xBF\xBE\xED\xA0\x80\xC0\x80 \xF0\x9F\x97\xBC", 19));
  EXPECT_TRUE(is_utf8(as_bytes(clean.text)));
  EXPECT_EQ(clean.replaced, 8U);  // NUL, U+0001, U+FFFE, three bytes of a surrogate, two overlong
  EXPECT_NE(clean.text.find("\xF0\x9F\x97\xBC"), std::string::npos);
  CaseFile file = example("text-only");
  file.incident.narrative = "a control \x02 character, <b>markup</b> & ]]> more";
  const auto text = report_text(file);
  EXPECT_NE(text.find("&lt;b&gt;markup"), std::string::npos);
  EXPECT_EQ(text.find('\x02'), std::string::npos);
}

}  // namespace
}  // namespace lightkeeper::reporting
