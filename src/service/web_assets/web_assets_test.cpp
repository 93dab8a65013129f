#include "service/web_assets/web_assets.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "absent_site.gen.hpp"
#include "core/crypto/crypto.hpp"
#include "test_site.gen.hpp"

namespace lightkeeper::service {
namespace {

http::Response get(const WebAssets& assets, const std::string& path,
                   std::map<std::string, std::string> headers = {}) {
  http::Request request;
  request.method = "GET";
  request.path = path;
  request.headers = std::move(headers);
  return assets.respond(request);
}
std::string on_disk(const std::string& path) {
  std::ifstream file(std::string(LK_SOURCE_DIR "/src/service/web_assets/test_site") + path,
                     std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}
std::string words(const http::Response& response) { return std::string(as_text(response.body)); }

const std::array<std::pair<std::string, std::string>, 5> kFiles = {{
    {"/index.html", "text/html; charset=utf-8"},
    {"/console/index.html", "text/html; charset=utf-8"},
    {"/assets/main-3f2a.js", "text/javascript; charset=utf-8"},
    {"/guard/guard.wasm", "application/wasm"},
    {"/empty.txt", "text/plain; charset=utf-8"},
}};

class EverySource : public testing::TestWithParam<bool> {
 protected:
  EverySource()
      : assets_(GetParam()
                    ? WebAssets(embedded::test_site())
                    : WebAssets::from_folder(LK_SOURCE_DIR "/src/service/web_assets/test_site")) {}
  WebAssets assets_;
};
INSTANTIATE_TEST_SUITE_P(WebAssets, EverySource, testing::Bool(),
                         [](const auto& source) { return source.param ? "Embedded" : "FromDisk"; });

TEST_P(EverySource, ServesEachFileWithItsBytesAndType) {
  for (const auto& [path, type] : kFiles) {
    const auto response = get(assets_, path);
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_EQ(response.content_type, type) << path;
    EXPECT_EQ(words(response), on_disk(path)) << path;
  }
}

TEST_P(EverySource, FindsTheIndexOfAFolder) {
  EXPECT_EQ(words(get(assets_, "/")), on_disk("/index.html"));
  EXPECT_EQ(words(get(assets_, "/console/")), on_disk("/console/index.html"));
  const auto leads = get(assets_, "/console");
  EXPECT_EQ(leads.status, 308);
  EXPECT_EQ(leads.headers.at("Location"), "/console/");
}

TEST_P(EverySource, AnswersNotFound) {
  for (const char* path : {"/none", "/none/", "/index.htm", "/assets/none.js", "/index.html/"}) {
    EXPECT_EQ(get(assets_, path).status, 404) << path;
  }
}

TEST_P(EverySource, SavesTheBodyWhenTheBrowserHasIt) {
  const auto first = get(assets_, "/index.html");
  const auto etag = first.headers.at("ETag");
  for (const auto& tag : {etag, "W/" + etag, "\"other\", " + etag, std::string("*")}) {
    const auto again = get(assets_, "/index.html", {{"if-none-match", tag}});
    EXPECT_EQ(again.status, 304) << tag;
    EXPECT_TRUE(again.body.empty());
    EXPECT_EQ(again.headers.at("ETag"), etag);
  }
  EXPECT_EQ(get(assets_, "/index.html", {{"if-none-match", "\"other\""}}).status, 200);
  EXPECT_EQ(get(assets_, "/console/index.html", {{"if-none-match", etag}}).status, 200);
}

TEST_P(EverySource, LetsOnlyHashedNamesBeKept) {
  EXPECT_EQ(get(assets_, "/index.html").headers.at("Cache-Control"), "no-cache");
  EXPECT_EQ(get(assets_, "/guard/guard.wasm").headers.at("Cache-Control"), "no-cache");
  EXPECT_EQ(get(assets_, "/assets/main-3f2a.js").headers.at("Cache-Control"),
            "public, max-age=31536000, immutable");
}

TEST(WebAssets, CompressesForThoseWhoTakeItAndGivesItAnETagOfItsOwn) {
  const WebAssets assets(embedded::test_site());
  const auto plain = get(assets, "/assets/main-3f2a.js");
  for (const char* accept : {"gzip", "br, gzip", "deflate, gzip;q=0.5", "gzip ; q=1.0"}) {
    const auto zipped = get(assets, "/assets/main-3f2a.js", {{"accept-encoding", accept}});
    EXPECT_EQ(zipped.headers.at("Content-Encoding"), "gzip") << accept;
    EXPECT_LT(zipped.body.size(), plain.body.size() / 10);
    EXPECT_EQ(zipped.body[0], 0x1f);
    EXPECT_NE(zipped.headers.at("ETag"), plain.headers.at("ETag"));
  }
  for (const char* accept : {"", "br", "gzip;q=0", "gzip;q=0.000", "xgzip"}) {
    EXPECT_FALSE(get(assets, "/assets/main-3f2a.js", {{"accept-encoding", accept}})
                     .headers.contains("Content-Encoding"))
        << accept;
  }
  // A file that gzip makes larger goes as it is.
  EXPECT_FALSE(get(assets, "/guard/guard.wasm", {{"accept-encoding", "gzip"}})
                   .headers.contains("Content-Encoding"));
}

TEST(WebAssets, KnowsTheHashOfWhatItEmbeds) {
  const auto files = embedded::test_site();
  EXPECT_EQ(files.size(), kFiles.size());
  for (const auto& asset : files) {
    EXPECT_EQ(to_hex(crypto::sha256(asset.bytes)), asset.hash) << asset.path;
  }
}

TEST(WebAssets, SaysHowToBuildThePagesWhenThereAreNone) {
  const WebAssets none(embedded::absent_site());
  for (const char* path : {"/", "/console/"}) {
    const auto page = get(none, path);
    EXPECT_EQ(page.status, 503);
    EXPECT_NE(words(page).find("npm run build"), std::string::npos);
  }
  EXPECT_EQ(get(none, "/guard/guard.wasm").status, 404);
}

}  // namespace
}  // namespace lightkeeper::service
