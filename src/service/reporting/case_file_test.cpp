#include "service/reporting/case_file.hpp"

#include <nlohmann/json.hpp>

#include "service/reporting/reporting_testing.hpp"

namespace lightkeeper::reporting {
namespace {

using nlohmann::json;

Bytes dumped(const json& document) { return to_bytes(std::string_view(document.dump())); }

TEST(CaseFileFormat, EveryExampleReadsAndIsWrittenTheSame) {
  for (const auto* name : kExamples) {
    const Bytes bytes = example_bytes(name);
    const auto file = parse_case_file(bytes);
    ASSERT_TRUE(file) << name << ": " << file.error().message();
    const Bytes again = encode_case_file(*file);
    const auto reread = parse_case_file(again);
    ASSERT_TRUE(reread) << name << ": " << reread.error().message();
    EXPECT_EQ(encode_case_file(*reread), again) << name;
    // Nothing of the example is lost: every scalar of it stands in what was written.
    const auto before = json::parse(bytes).flatten();
    const auto after = json::parse(again).flatten();
    for (const auto& [pointer, value] : before.items()) {
      if (value.is_null() || value.empty() || value == "") {
        continue;
      }
      EXPECT_TRUE(after.contains(pointer) && after.at(pointer) == value) << name << " " << pointer;
    }
  }
}

TEST(CaseFileFormat, TheSchemaFileIsTheOneOfTheProgram) {
  EXPECT_EQ(lightkeeper::as_text(read_repository_file("api/case.schema.json")), case_file_schema());
}

struct Wrong {
  const char* pointer;  // what is changed
  json value;
  const char* named;  // what the error has to name
};

TEST(CaseFileFormat, RefusalsNameThePlaceAndTheRule) {
  const json good = json::parse(example_bytes("pictures"));
  const Wrong wrongs[] = {
      {"/format", "lightkeeper-case-v2", "/format"},
      {"/extra", 1, "at the top"},
      {"/case/id", "12", "/case/id: 32 hexadecimal digits"},
      {"/case/harm", "else", "/case/harm: one of known_picture"},
      {"/made_ms", -1, "/made_ms"},
      {"/made_ms", 1e300, "/made_ms"},
      {"/made_ms", 253402300800000ULL, "/made_ms"},
      {"/service/country", "us", "/service/country: two capital letters"},
      {"/service/website", "no address", "/service/website"},
      {"/service/review_keys_b64", {"AAAA"}, "/service/review_keys_b64/0"},
      {"/accounts/reported/0/ip_events/1/port", 0, "/accounts/reported/0/ip_events/1/port"},
      {"/accounts/reported/0/ip_events/1/port", 65536, "/accounts/reported/0/ip_events/1/port"},
      {"/accounts/reported/0/ip_events/0/ip", "999.1.1.1", "/accounts/reported/0/ip_events/0/ip"},
      {"/accounts/reported/0/ip_events/0/origin", nullptr, "origin: has to be there"},
      {"/accounts/reported/0/all_emails_reported", "yes", "true or false"},
      {"/files/0/sha256", "00", "/files/0/sha256: 64 hexadecimal digits"},
      {"/files/1/item", 1, "/files/1/item: no item twice"},
      {"/files/0/why", "reason", "/files/0/why"},
      {"/files/0/class", "not_verified", "/files/0/why"},
      {"/messages/0/items", {9}, "/messages/0/items"},
      {"/messages/0/class", "voucher", "/messages/0/class: one of verified"},
      {"/messages/0/edits", 3, "/messages/0/edits"},
      {"/files/0/annotations", {"viral", "viral"}, "/files/0/annotations: nothing twice"},
      {"/holds/0/until_ms", 1, "/holds/0/until_ms"},
      {"/accounts/reporter/email", {{"address", "a@example.org"}}, "/accounts/reporter"},
      {"/gaps", {{{"conversation", "a"}, {"first", 3}, {"last", 2}}}, "/gaps/0/last"},
      {"/law_enforcement", {{"case_number", "1"}}, "/law_enforcement/agency_name: has to be there"},
      {"/law_enforcement",
       {{"agency_name", "An agency"}, {"international_country", "CA"}},
       "/law_enforcement/international_country: only with"},
      {"/incident/elsewhere", {{"radio", json::array()}}, "does not know"},
      {"/incident/elsewhere",
       {{"cell_phones", {{{"latitude", 90.5}}}}},
       "/incident/elsewhere/cell_phones/0/latitude: a number from -90 to 90"},
      {"/incident/elsewhere",
       {{"cell_phones", {{{"longitude", "east"}}}}},
       "longitude: a number from -180 to 180"},
      {"/incident/elsewhere",
       {{"peer_to_peer", {{{"ip_events", {{{"ip", "999.1.1.1"}}}}}}}},
       "/incident/elsewhere/peer_to_peer/0/ip_events/0/ip"},
      {"/incident/narrative", std::string(kMaxNarrative + 1, 'x'), "/incident/narrative"},
  };
  for (const auto& wrong : wrongs) {
    json changed = good;
    changed[json::json_pointer(wrong.pointer)] = wrong.value;
    const auto result = parse_case_file(dumped(changed));
    ASSERT_FALSE(result) << wrong.pointer;
    EXPECT_NE(result.error().message().find(wrong.named), std::string::npos)
        << wrong.pointer << ": " << result.error().message();
  }
  ASSERT_TRUE(parse_case_file(dumped(good)));
}

TEST(CaseFileFormat, HostileDocumentsAreRefused) {
  const Bytes whole = example_bytes("text-only");
  for (std::size_t size = 0; size + 2 < whole.size(); size += 5) {
    EXPECT_FALSE(parse_case_file(BytesView(whole).first(size)));
  }
  for (std::size_t i = 0; i < whole.size(); i += 11) {
    Bytes changed = whole;
    changed[i] = static_cast<Byte>(changed[i] ^ (1U << (i % 8)));
    if (const auto file = parse_case_file(changed)) {
      EXPECT_TRUE(parse_case_file(encode_case_file(*file)));
    }
  }
  std::string deep(2000, '[');
  EXPECT_FALSE(parse_case_file(to_bytes(std::string_view(deep))));
  std::string many = "{\"format\":[";
  for (int i = 0; i < 250'000; ++i) {
    many += "0,";
  }
  EXPECT_FALSE(parse_case_file(to_bytes(std::string_view(many + "0]}"))));
  EXPECT_FALSE(parse_case_file(Bytes(kMaxCaseFile + 1, ' ')));
  EXPECT_FALSE(parse_case_file(to_bytes(std::string_view(
      "{\"format\":\"lightkeeper-case-v1\",\"format\":\"lightkeeper-case-v1\"}"))));
  EXPECT_FALSE(parse_case_file(Bytes{0xFF, 0xFE}));
}

}  // namespace
}  // namespace lightkeeper::reporting
