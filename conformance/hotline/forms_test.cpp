#include "forms.hpp"

#include <gtest/gtest.h>

namespace lightkeeper::hotline {
namespace {

const std::string kType = "multipart/form-data; boundary=\"b-1\"";

std::string form(const std::string& content) {
  return "--b-1\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n4564654\r\n"
         "--b-1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a \\\"b\\\".png\"\r\n"
         "Content-Type: image/png\r\n\r\n" +
         content + "\r\n--b-1--\r\n";
}

TEST(HotlineForms, ReadPartsWithAnyBytes) {
  const std::string content("\0\r\n--b-\r\n-- b-1 \xff", 17);
  const auto body = form(content);
  const auto parts = read_multipart(kType, as_bytes(body));
  ASSERT_TRUE(parts) << parts.error().detail;
  ASSERT_EQ(parts->size(), 2U);
  EXPECT_EQ(as_text((*parts)[0].content), "4564654");
  EXPECT_EQ((*parts)[1].file_name, "a \"b\".png");
  EXPECT_EQ((*parts)[1].content_type, "image/png");
  EXPECT_EQ(as_text((*parts)[1].content), content);
  EXPECT_EQ(read_field(kType, as_bytes(body), "id"), "4564654");
}

TEST(HotlineForms, ReadEmptyParts) {
  const std::string body = "--b-1\r\nContent-Disposition: form-data; name=id\r\n\r\n\r\n--b-1--";
  const auto parts = read_multipart(kType, as_bytes(body));
  ASSERT_TRUE(parts) << parts.error().detail;
  EXPECT_TRUE(parts->at(0).content.empty());
}

TEST(HotlineForms, RefuseEveryTruncationBeforeTheLastBoundary) {
  const auto body = form("content");
  const auto last = body.rfind("--\r\n");
  for (std::size_t size = 0; size < last + 2; ++size) {
    EXPECT_FALSE(read_multipart(kType, as_bytes(body).first(size))) << size;
  }
}

TEST(HotlineForms, SurviveEveryChangedByte) {
  const auto body = form("content");
  std::size_t refused = 0;
  for (std::size_t i = 0; i < body.size(); ++i) {
    for (const int flip : {1, 32, 128}) {
      auto changed = body;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      refused += read_multipart(kType, as_bytes(changed)) ? 0U : 1U;
    }
  }
  EXPECT_GT(refused, body.size());
}

TEST(HotlineForms, RefuseWhatIsNoForm) {
  const auto refuses = [](const std::string& type, const std::string& body) {
    return !read_multipart(type, as_bytes(body)).has_value();
  };
  EXPECT_TRUE(refuses("text/xml", form("a")));
  EXPECT_TRUE(refuses("multipart/form-data", form("a")));
  EXPECT_TRUE(refuses("multipart/form-data; boundary=" + std::string(71, 'b'), form("a")));
  EXPECT_TRUE(refuses(kType, ""));
  EXPECT_TRUE(refuses(kType, "--b-1\r\n\r\nno name\r\n--b-1--"));
  EXPECT_TRUE(refuses(kType, "--b-1\r\nX: " + std::string(kMaxPartHeader, 'x') + "\r\n\r\n"));
  std::string many;
  for (std::size_t i = 0; i <= kMaxParts; ++i) {
    many += "--b-1\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n";
  }
  EXPECT_TRUE(refuses(kType, many + "--b-1--"));
}

TEST(HotlineForms, ReadUrlencodedFields) {
  const std::string type = "application/x-www-form-urlencoded";
  EXPECT_EQ(read_field(type, as_bytes("a=1&id=45%364+6"), "id"), "4564 6");
  EXPECT_FALSE(read_field(type, as_bytes("id=1&id=2"), "id"));
  EXPECT_FALSE(read_field(type, as_bytes("id=%4"), "id"));
  EXPECT_FALSE(read_field(type, as_bytes("other=1"), "id"));
}

}  // namespace
}  // namespace lightkeeper::hotline
