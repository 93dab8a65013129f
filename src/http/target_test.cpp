#include "http/target.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/base/bytes.hpp"

namespace lightkeeper::http {
namespace {

std::map<std::string, std::string> params_of(const char* pattern, const char* target) {
  const auto found = match(*parse_pattern(pattern), *parse_target(target));
  return found ? *found : std::map<std::string, std::string>{{"", "no match"}};
}

using Params = std::map<std::string, std::string>;
const Params kNoMatch = {{"", "no match"}};

TEST(Target, DecodesSegmentsAndQuery) {
  const auto target = parse_target("/people/K%C3%A4the%20M?name=a+b%2B&empty=&flag");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/people/Käthe M");
  EXPECT_EQ(target->segments, (std::vector<std::string>{"people", "Käthe M"}));
  EXPECT_EQ(target->query, (Params{{"name", "a b+"}, {"empty", ""}, {"flag", ""}}));
}

TEST(Target, RefusesWhatCouldMeanTwoThings) {
  for (const char* bad :
       {"", "a", "*", "http://host/", "/a%", "/a%2", "/a%zz", "/a%2", "/%00", "/a%0d%0ab", "/%ff",
        "/%c0%af", "/a/../b", "/a/%2e%2E/b", "/./a", "/a%2Fb", "/a%5cb", "/a?x=1&x=2", "/?a=%0a"}) {
    EXPECT_FALSE(parse_target(bad)) << bad;
  }
}

TEST(Pattern, FillsPlaceholders) {
  EXPECT_EQ(params_of("/a/{x}/b", "/a/1/b"), (Params{{"x", "1"}}));
  EXPECT_EQ(params_of("/a/{x}/b/{y}", "/a/1/b/2"), (Params{{"x", "1"}, {"y", "2"}}));
  EXPECT_EQ(params_of("/files/{rest*}", "/files/a/b.c"), (Params{{"rest", "a/b.c"}}));
  EXPECT_EQ(params_of("/files/{rest*}", "/files/"), (Params{{"rest", ""}}));
  EXPECT_EQ(params_of("/{rest*}", "/"), (Params{{"rest", ""}}));
  EXPECT_EQ(params_of("/", "/"), Params{});
}

TEST(Pattern, DoesNotFitOtherAddresses) {
  EXPECT_EQ(params_of("/a/{x}", "/a/"), kNoMatch);
  EXPECT_EQ(params_of("/a/{x}", "/a"), kNoMatch);
  EXPECT_EQ(params_of("/a/{x}", "/a/1/2"), kNoMatch);
  EXPECT_EQ(params_of("/a", "/a/"), kNoMatch);
  EXPECT_EQ(params_of("/a", "/A"), kNoMatch);
  EXPECT_EQ(params_of("/files/{rest*}", "/files"), kNoMatch);
}

TEST(Pattern, RefusesMalformedOnes) {
  for (const char* bad : {"", "a", "/{x", "/{rest*}/b", "/{x*y}"}) {
    EXPECT_FALSE(parse_pattern(bad)) << bad;
  }
}

TEST(Pattern, PrefersTheMoreExact) {
  const auto exact = [](const char* a, const char* b) {
    return more_exact(*parse_pattern(a), *parse_pattern(b));
  };
  EXPECT_TRUE(exact("/a/b", "/a/{x}"));
  EXPECT_TRUE(exact("/a/{x}", "/a/{rest*}"));
  EXPECT_TRUE(exact("/a/{rest*}", "/{rest*}"));
  EXPECT_FALSE(exact("/{rest*}", "/a/b"));
}

RC_GTEST_PROP(Target, NeverLetsAnythingClimbOrHide, (const std::string& text)) {
  const auto target = parse_target("/" + text);
  if (target) {
    for (const auto& segment : target->segments) {
      RC_ASSERT(segment != ".." && segment != ".");
      RC_ASSERT(segment.find('/') == std::string::npos);
      RC_ASSERT(segment.find('\0') == std::string::npos);
    }
  }
}

RC_GTEST_PROP(Target, ReadsBackEveryEncodedText, ()) {
  const auto text =
      *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange<char>(0x20, 0x7f)));
  RC_PRE(text.find('/') == std::string::npos && text.find('\\') == std::string::npos &&
         text != "." && text != "..");
  std::string encoded = "/x/";
  for (const char c : text) {
    encoded += '%' + to_hex(as_bytes(std::string_view(&c, 1)));
  }
  const auto target = parse_target(encoded);
  RC_ASSERT(target.has_value());
  RC_ASSERT(target->segments[1] == text);
}

}  // namespace
}  // namespace lightkeeper::http
