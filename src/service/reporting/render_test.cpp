// From case files to reports: what stands in them, and what never may.
#include "service/reporting/render.hpp"

#include <nlohmann/json.hpp>

#include "service/reporting/outlets.hpp"
#include "service/reporting/preview.hpp"
#include "service/reporting/reporting_testing.hpp"
#include "service/reporting/roles.hpp"
#include "service/reporting/text_shape.hpp"
#include "service/reporting/tip.hpp"
#include "service/reporting/utc.hpp"
#include "service/reporting/words.hpp"

namespace lightkeeper::reporting {
namespace {

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}
std::size_t place(const std::string& text, std::string_view part) { return text.find(part); }

TEST(Rendering, EveryCompleteExampleGivesValidDocuments) {
  for (const auto* name : kExamples) {
    const CaseFile file = example(name);
    const auto report = render_report(file, {});
    if (std::string_view(name) == "incomplete") {
      ASSERT_FALSE(report);
      EXPECT_EQ(report.error().code, ErrorCode::report_incomplete);
      continue;
    }
    ASSERT_TRUE(report) << name << ": " << report.error().message();
    const auto faults = validate_report(*report, file.made);
    ASSERT_TRUE(faults);
    EXPECT_TRUE(faults->empty()) << name;
    for (const auto& item : file.files) {
      const auto details = render_file_details(file, item.item, 1, "f", {});
      EXPECT_TRUE(details) << name << ": " << details.error().message();
    }
  }
  EXPECT_EQ(render_file_details(example("pictures"), 99, 1, "f", {}).error().code,
            ErrorCode::not_found);
}

TEST(Rendering, TheConversationStandsAsTextWithMarks) {
  const auto text = report_text(example("text-only"));
  for (const auto* part :
       {"<chatClient>Example Messenger</chatClient>", "2026-03-02 00:00:00 UTC  #8",
        ", two people, end-to-end encrypted", "[message 6: SECRECY, 41 characters]", "[edit of #6]",
        "messages #3 to #5 were not reported", "[disappears from devices at", "VERIFIED MESSAGES",
        "WHAT PEOPLE WROTE", "end-to-end encrypted", "<escalateToHighPriority>",
        "<port>41020</port>", "<eventName>Registration</eventName>",
        "Reviewed by R-4f2a and R-91c0", "a person reported it to the service",
        "18 U.S.C. 2258A(h)"}) {
    EXPECT_TRUE(holds(text, part)) << part;
  }
  // The narrative of the whole report says it as well.
  EXPECT_TRUE(holds(text.substr(text.rfind("<additionalInfo>")),
                    "messages 3 to 5. Why: the child chose not to report them"));
  EXPECT_LT(place(text, "<incidentSummary>"), place(text, "<internetDetails>"));
  EXPECT_LT(place(text, "<reporter>"), place(text, "<personOrUserReported>"));
}

TEST(Rendering, ClassesOfEvidenceAreNeverMixed) {
  CaseFile file = example("group");
  file.messages[1].evidence = MessageClass::not_verified;
  file.messages[1].why = "no stamp";
  const auto text = conversation_text(file);
  const auto unverified = place(text, "MESSAGES THAT ARE NOT VERIFIED");
  const auto records = place(text, "RECORDS OF THE PROVIDER");
  const auto statements = place(text, "WHAT PEOPLE WROTE");
  ASSERT_LT(unverified, records);
  ASSERT_LT(records, statements);
  EXPECT_GT(place(text, "#31"), unverified);
  EXPECT_LT(place(text, "#31"), records);
  EXPECT_GT(place(text, "#30"), records);
  EXPECT_FALSE(holds(text, "VERIFIED MESSAGES ("));
}

// Lines that begin like a message: as many as there are messages, or somebody forged one.
std::size_t lines_like_messages(const std::string& text) {
  std::size_t found = 0;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    found += text.compare(at, 5, "2026-") == 0 && text.find("  #", at) < at + 26 ? 1U : 0U;
    if (text.find('\n', at) == std::string::npos) {
      break;
    }
  }
  return found;
}

TEST(Rendering, AMessageCannotLookLikeTwo) {
  const std::string forged = "2026-03-02 00:00:00 UTC  #9  account 00 (victim):";
  for (const std::string line_break :
       {"\n", "\r", "\r\n", "\x0B", "\x0C", "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"}) {
    CaseFile file = example("text-only");
    file.messages[0].body = "one" + line_break + forged + line_break + "two";
    const auto text = conversation_text(file);
    EXPECT_TRUE(holds(text, "\n      | " + forged)) << line_break.size();
    EXPECT_EQ(lines_like_messages(text), file.messages.size());
    EXPECT_EQ(text.find_first_of("\r\x0B\x0C"), std::string::npos);
    // Planted: the body as it came. The same count sees the forged line.
    EXPECT_EQ(lines_like_messages(text + "\n" + forged), file.messages.size() + 1);
  }
}

TEST(Rendering, ATargetIsAVictimAndNeverTheOneReported) {
  const auto text = report_text(example("group"));
  const auto robin = example("group").accounts.intended_recipients.front().account.value();
  EXPECT_TRUE(holds(text, "<victim>"));
  EXPECT_FALSE(holds(text, "<intendedRecipient>"));
  EXPECT_GT(place(text, "<espIdentifier>" + robin), place(text, "<victim>"));
  const auto before = text.substr(0, place(text, "<victim>"));
  EXPECT_FALSE(holds(before, "<espIdentifier>" + robin));
  // Somebody who only received a picture stays a recipient.
  const auto pictures = report_text(example("pictures"));
  EXPECT_TRUE(holds(pictures, "<intendedRecipient>"));
  EXPECT_FALSE(holds(pictures, "<victim>"));
  // A child who is approached is a victim even when nobody marked it.
  CaseFile file = example("group");
  file.accounts.intended_recipients.front().target = false;
  EXPECT_EQ(roles_of(file).victims.size(), 1U);
  file.accounts.intended_recipients.front().age->value = 30;
  EXPECT_EQ(roles_of(file).victims.size(), 0U);
}

TEST(Rendering, MinorToMinorSetsTheAnnotation) {
  CaseFile file = example("minor-to-minor");
  EXPECT_TRUE(holds(report_text(file), "<minorToMinorInteraction>true</minorToMinorInteraction>"));
  file.accounts.reported.front().date_of_birth->value.year = 1990;
  const auto text = report_text(file);
  EXPECT_FALSE(holds(text, "minorToMinorInteraction"));
  EXPECT_FALSE(holds(text, "reportAnnotations"));  // nobody has decided
}

TEST(Rendering, AnnotationsThatDoNotApplyAreLeftOut) {
  const auto text = report_text(example("pictures"));
  EXPECT_TRUE(holds(text, "<reportAnnotations/>"));
  EXPECT_FALSE(holds(text, ">false</sextortion>"));
  EXPECT_TRUE(holds(report_text(example("group")), "<sextortion>true</sextortion>"));
  EXPECT_TRUE(
      holds(report_text(example("viral")), "<batchedReport reason=\"VIRAL_POTENTIAL_MEME\"/>"));
}

TEST(Viewed, IsTrueOnlyByASignedEventForThisWholeFile) {
  const CaseFile file = example("pictures");
  EXPECT_TRUE(holds(details_text(file, 1), "<fileViewedByEsp>true</fileViewedByEsp>"));
  EXPECT_TRUE(holds(details_text(file, 2), "<fileViewedByEsp>false</fileViewedByEsp>"));
  EXPECT_TRUE(
      holds(details_text(example("voucher"), 1), "<fileViewedByEsp>false</fileViewedByEsp>"));
  const auto not_viewed = [&](auto change) {
    CaseFile changed = file;
    change(changed);
    return holds(details_text(changed, 1), "<fileViewedByEsp>false</fileViewedByEsp>");
  };
  const auto event = [](CaseFile& f) -> ViewedEvent& { return f.files[0].viewed[0]; };
  // The planted violations: each of these is one way to claim a view that nobody had.
  EXPECT_TRUE(not_viewed([](CaseFile& f) { f.files[0].viewed.clear(); }));
  EXPECT_TRUE(not_viewed([&](CaseFile& f) { event(f).signature[5] ^= 1; }));
  EXPECT_TRUE(not_viewed([&](CaseFile& f) { event(f).at.value += 1; }));
  EXPECT_TRUE(not_viewed([&](CaseFile& f) { event(f).reviewer = "R-0000"; }));
  EXPECT_TRUE(not_viewed([](CaseFile& f) { (*f.files[0].sha256)[0] ^= 1; }));
  EXPECT_TRUE(not_viewed([](CaseFile& f) { f.files[0].sha256.reset(); }));
  EXPECT_TRUE(not_viewed([](CaseFile& f) { f.files[0].size += 1; }));
  EXPECT_TRUE(not_viewed([](CaseFile& f) { f.files[0].viewed = f.files[1].viewed; }));
  EXPECT_TRUE(not_viewed([](CaseFile& f) { f.service.review_keys.clear(); }));
  EXPECT_TRUE(not_viewed([](CaseFile& f) { f.header.id.value[0] ^= 1; }));
  EXPECT_TRUE(not_viewed([](CaseFile& f) { f.made.value -= 4ULL * 3'600'000; }));
  // Signed, but a part or blurred: not the whole.
  const auto keys = crypto::signing_key_from_seed(Bytes(32, 7)).value();
  const auto resigned = [&](auto change) {
    return not_viewed([&](CaseFile& f) {
      change(event(f));
      event(f).signature = crypto::sign(keys.secret, canonical_bytes(event(f)));
    });
  };
  EXPECT_FALSE(resigned([](ViewedEvent&) {}));
  EXPECT_FALSE(resigned([](ViewedEvent& e) { e.step = ViewStep::colour; }));
  EXPECT_TRUE(resigned([](ViewedEvent& e) { e.step = ViewStep::blurred; }));
  EXPECT_TRUE(resigned([](ViewedEvent& e) { e.whole = false; }));
  EXPECT_TRUE(resigned([](ViewedEvent& e) { e.item = 2; }));
}

TEST(Viewed, APinnedKeyWins) {
  const CaseFile file = example("pictures");
  const auto other = crypto::signing_key_from_seed(Bytes(32, 8)).value();
  EXPECT_TRUE(was_viewed(file, file.files[0], {file.service.review_keys.front(), {}}));
  EXPECT_FALSE(was_viewed(file, file.files[0], {other.public_key, {}}));
}

TEST(FileDocuments, CarryEveryHashAndTheirClass) {
  const auto text = details_text(example("pictures"), 1);
  for (const auto* type : {"MD5", "SHA1", "SHA256", "PDQ"}) {
    EXPECT_TRUE(holds(text, "<originalFileHash hashType=\"" + std::string(type) + "\">")) << type;
    EXPECT_TRUE(holds(text, "<name>" + std::string(type) + "</name>")) << type;
  }
  EXPECT_TRUE(holds(text, "<details type=\"EXIF\">"));
  EXPECT_TRUE(holds(text, "<potentialMeme>false</potentialMeme>"));
  EXPECT_TRUE(holds(text, "<fileRelevance>Reported</fileRelevance>"));
  EXPECT_FALSE(holds(text, "exifViewedByEsp"));
  EXPECT_TRUE(holds(details_text(example("viral"), 1), "<potentialMeme>true</potentialMeme>"));
  EXPECT_TRUE(holds(details_text(example("voucher"), 1), "From a voucher of a device"));
}

TEST(FileDocuments, AClassificationNeedsTheAgreementAndAReportedFile) {
  CaseFile file = example("pictures");
  for (auto& item : file.files) {
    item.classification = {IndustryClassification::b2, {Source::reviewer, "R-4f2a", {}}};
    item.annotations = {FileAnnotation::potential_meme};
  }
  EXPECT_FALSE(holds(details_text(file, 1), "industryClassification"));
  file.service.industry_classification_agreed = true;
  EXPECT_TRUE(holds(details_text(file, 1), "<industryClassification>B2</industryClassification>"));
  EXPECT_FALSE(holds(details_text(file, 2), "industryClassification"));  // supplemental
  EXPECT_FALSE(holds(details_text(file, 2), "potentialMeme"));
}

TEST(Texts, LongOnesStayWithinTheLimits) {
  CaseFile file = example("text-only");
  file.incident.narrative = std::string(kMaxNarrative, 'x');
  for (int i = 0; i < 8; ++i) {
    file.incident.unavailable.push_back({std::string(120, 'w'), std::string(200, 'y')});
  }
  for (int i = 0; i < 40; ++i) {
    file.accounts.victims.push_back(file.accounts.victims.front());
    file.accounts.victims.back().account = std::string(128, 'a');
    file.accounts.victims.back().note = std::string(1000, 'n');
    file.accounts.victims.back().age->origin.basis = std::string(1000, 'b');
  }
  EXPECT_LE(characters(report_narrative(file, {})), kMaxNote);
  EXPECT_LE(characters(evidence_and_limits(file)), kMaxNote);
  EXPECT_TRUE(holds(evidence_and_limits(file), "(More stands in the provider's records.)"));
  EXPECT_TRUE(render_report(file, {}));
}

TEST(Preview, ShowsAddressesTimesAndEventsFirst) {
  const auto view = investigator_view(example("pictures"), {});
  ASSERT_TRUE(view);
  ASSERT_EQ(view->captures.size(), 5U);
  EXPECT_EQ(view->captures[0].event, "Registration");
  EXPECT_EQ(view->captures[4].who, "file 1");
  ASSERT_EQ(view->files.size(), 2U);
  EXPECT_TRUE(view->files[0].viewed);
  EXPECT_FALSE(view->files[0].locked);
  EXPECT_TRUE(view->files[1].locked);
  const auto text = view_text(*view);
  EXPECT_LT(place(text, "Addresses, times, events"), place(text, "People"));
  EXPECT_LT(place(text, "People"), place(text, "Files"));
  EXPECT_TRUE(holds(text, "stays closed until there is a warrant"));
  EXPECT_TRUE(holds(text, "198.51.100.40 port 40040"));
}

TEST(Outlets, NothingIsReportedTwice) {
  const auto applies = [](const CaseFile& file, Outlet outlet) {
    for (const auto& one : outlet_advice(file)) {
      if (one.outlet == outlet) {
        return one.applies;
      }
    }
    return false;
  };
  CaseFile uk = example("address-uk");
  EXPECT_TRUE(applies(uk, Outlet::nca));
  EXPECT_FALSE(applies(uk, Outlet::ncmec));
  EXPECT_TRUE(applies(uk, Outlet::dsa18));
  EXPECT_TRUE(applies(uk, Outlet::abuse_site));
  CaseFile both = uk;
  both.service.reports_to_ncmec = true;
  EXPECT_TRUE(applies(both, Outlet::ncmec));
  EXPECT_FALSE(applies(both, Outlet::nca));
  EXPECT_EQ(render_outlet(both, Outlet::nca, {}).error().code, ErrorCode::outlet_not_for_case);
  both.service.reports_to_ncmec = false;
  both.jurisdiction.reported_to.push_back({Outlet::ncmec, "123", both.made});
  EXPECT_FALSE(applies(both, Outlet::nca));
  uk.jurisdiction.reported_to.push_back({Outlet::nca, "UK-1", uk.made});
  EXPECT_FALSE(applies(uk, Outlet::nca));
  EXPECT_FALSE(applies(example("text-only"), Outlet::abuse_site));
}

// Markup that a document of ours never has.
std::string living_markup(const std::string& html) {
  for (const auto* part :
       {"<script", "<img", "<b>", "<a ", "<iframe", "</title><", "onerror=y>", "javascript:"}) {
    if (holds(html, part)) {
      return part;
    }
  }
  return {};
}

TEST(Outlets, DocumentsHoldNoScriptAndNoLivingMarkup) {
  CaseFile file = example("address-uk");
  const std::string hostile = "<script>alert(1)</script><img src=x onerror=y>";
  file.messages[0].body = hostile;
  file.incident.narrative = "a \"quoted\" <b>word</b> & more";
  file.service.name = "</title><script>";
  file.accounts.reported[0].account = "<iframe src='x'>";
  for (const auto outlet : {Outlet::nca, Outlet::dsa18, Outlet::abuse_site}) {
    const auto document = render_outlet(file, outlet, {});
    ASSERT_TRUE(document) << document.error().message();
    EXPECT_EQ(living_markup(document->html), "");
    EXPECT_TRUE(holds(document->html, "default-src 'none'"));
    EXPECT_TRUE(nlohmann::json::accept(document->json));
    EXPECT_NE(living_markup(document->html + hostile), "");  // planted: words as they came
  }
}

TEST(Outlets, AnAddressIsExactForMachinesOnly) {
  const auto document = render_outlet(example("address-uk"), Outlet::abuse_site, {});
  ASSERT_TRUE(document);
  EXPECT_TRUE(holds(document->json, "https://pages.example.org:8443/a?b=c"));
  EXPECT_FALSE(holds(document->html, "https://pages.example.org"));
  EXPECT_TRUE(holds(document->html, "hxxps[:]//pages[.]example[.]org[:]8443/a?b=c"));
}

TEST(Outlets, NcaPriorityFollowsUrgency) {
  EXPECT_EQ(nca_priority(example("text-only")), 1);
  EXPECT_EQ(nca_priority(example("viral")), 3);
}

TEST(TipDesk, FactsOfTheReviewerGoIntoTheCaseFile) {
  const auto facts = parse_tip_facts(as_bytes(
      R"({"incident_type":"csam","incident_ms":1772000000000,"time_denotes":"upload","escalate_reason":null,
          "annotations":["spam"],"narrative":"[Narrative: 20 characters]",
          "files":[{"item":1,"classification":"B2","annotations":["viral"],"relevance":"reported"}],
          "victims":[{"age":12,"account":null}],"outlet":"ncmec","jurisdiction":["CA"]})"));
  ASSERT_TRUE(facts) << facts.error().message();
  EXPECT_EQ(encode_tip_facts(*parse_tip_facts(encode_tip_facts(*facts))), encode_tip_facts(*facts));
  const auto file = with_facts(example("pictures"), *facts, "R-4f2a");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->incident.time->value.at.value, 1772000000000U);
  EXPECT_EQ(file->incident.type->origin.source, Source::reviewer);
  EXPECT_EQ(file->accounts.victims.size(), 1U);
  EXPECT_EQ(file->jurisdiction.links.back().country, "CA");
  EXPECT_TRUE(render_report(*file, {}));
  // Naming a recipient as a victim moves them.
  auto moved = *facts;
  moved.victims = {{14, example("pictures").accounts.intended_recipients[0].account}};
  const auto after = with_facts(example("pictures"), moved, "R-4f2a");
  ASSERT_TRUE(after);
  EXPECT_TRUE(after->accounts.intended_recipients.empty());
  EXPECT_EQ(after->accounts.victims.size(), 1U);
  moved.files[0].item = 77;
  EXPECT_EQ(with_facts(example("pictures"), moved, "R").error().code, ErrorCode::not_found);
  for (const auto* bad : {"", "[]", "{}", R"({"incident_type":"x"})",
                          R"({"incident_type":"csam","incident_ms":-1})"}) {
    EXPECT_EQ(parse_tip_facts(as_bytes(bad)).error().code, ErrorCode::bad_json) << bad;
  }
}

TEST(TipDesk, TheDocumentHoldsEverythingToLookAt) {
  for (const auto* name : kExamples) {
    const auto text = tip_document(example(name), {});
    const auto document = nlohmann::json::parse(text, nullptr, false);
    ASSERT_FALSE(document.is_discarded()) << name;
    EXPECT_EQ(document.at("preview").is_null(), std::string_view(name) == "incomplete");
    EXPECT_EQ(document.at("lint").at("completeness").at("score").get<int>(),
              completeness(example(name), {}).score);
  }
}

TEST(Times, AreReadAndWritten) {
  EXPECT_EQ(xml_time(UnixMillis{0}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(xml_time(UnixMillis{951'782'400'001}), "2000-02-29T00:00:00.001Z");
  EXPECT_EQ(plain_time(UnixMillis{1'772'452'800'000}), "2026-03-02 12:00:00 UTC");
  EXPECT_EQ(read_xml_time("2000-02-29T00:00:00.001Z")->unix_millis, 951'782'400'001);
  EXPECT_EQ(read_xml_time("2000-02-29T01:30:00+01:30")->unix_millis, 951'782'400'000);
  EXPECT_EQ(read_xml_time("1969-12-31T23:59:59Z")->unix_millis, -1000);
  EXPECT_FALSE(read_xml_time("2000-02-29T00:00:00")->unix_millis);
  for (const auto* bad : {"2001-02-29T00:00:00Z", "2000-13-01T00:00:00Z", "2000-01-01T24:00:00Z",
                          "2000-01-01", "2000-01-01T00:00:00ZZ", "2000-01-01T00:00:00+15:00", ""}) {
    EXPECT_FALSE(read_xml_time(bad)) << bad;
  }
  EXPECT_EQ(age_at({2012, 3, 2}, UnixMillis{1'772'452'800'000}), 14U);
  EXPECT_EQ(age_at({2012, 3, 3}, UnixMillis{1'772'452'800'000}), 13U);
  EXPECT_FALSE(date_from_text("2012-02-30"));
}

}  // namespace
}  // namespace lightkeeper::reporting
