#include "service/web_assets/web_assets.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "core/crypto/crypto.hpp"
#include "web_dist.gen.hpp"

namespace lightkeeper::service {
namespace {

constexpr std::string_view kNotBuilt =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Lightkeeper</title>"
    "<h1>The web pages are not built yet</h1>"
    "<p>This program was built without them. In the source folder, <code>./run --build-only</code> "
    "builds everything; "
    "<code>npm install --no-save &amp;&amp; npm run build</code> in <code>web/</code> builds the "
    "pages alone, and "
    "<code>LK_WEB_DIR=web/dist</code> serves them from disk.</p></html>\n";

std::string_view content_type(std::string_view path) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kTypes = {{
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".wasm", "application/wasm"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".webmanifest", "application/manifest+json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".webp", "image/webp"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".txt", "text/plain; charset=utf-8"},
      {".xml", "application/xml"},
  }};
  for (const auto& [ending, type] : kTypes) {
    if (path.ends_with(ending)) {
      return type;
    }
  }
  return "application/octet-stream";
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) {
    text.remove_prefix(1);
  }
  while (text.ends_with(' ') || text.ends_with('\t')) {
    text.remove_suffix(1);
  }
  return text;
}

/// Whether a comma-separated header field has an element for which `wanted` holds.
template <class Wanted>
bool any_element(std::string_view field, Wanted wanted) {
  while (!field.empty()) {
    const auto comma = std::min(field.find(','), field.size());
    if (wanted(trimmed(field.substr(0, comma)))) {
      return true;
    }
    field.remove_prefix(std::min(comma + 1, field.size()));
  }
  return false;
}

bool takes_gzip(std::string_view accept_encoding) {
  return any_element(accept_encoding, [](std::string_view element) {
    const auto name = trimmed(element.substr(0, element.find(';')));
    const bool refused =
        element.find("q=0") != std::string_view::npos &&
        element.find_first_of("123456789", element.find("q=0")) == std::string_view::npos;
    return name == "gzip" && !refused;
  });
}

http::Response answer(const Asset& asset, const http::Request& request) {
  const bool zipped = asset.gzip.size() > 0 && asset.gzip.size() < asset.bytes.size() &&
                      takes_gzip(request.header("accept-encoding"));
  const std::string etag = '"' + std::string(asset.hash.substr(0, 32)) + (zipped ? "-gz\"" : "\"");
  http::Response response;
  response.content_type = std::string(content_type(asset.path));
  response.headers["ETag"] = etag;
  response.headers["Vary"] = "Accept-Encoding";
  response.headers["Cache-Control"] =
      asset.path.starts_with("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
  const auto same = [&](std::string_view tag) {
    return tag == "*" || tag == etag || (tag.starts_with("W/") && tag.substr(2) == etag);
  };
  if (any_element(request.header("if-none-match"), same)) {
    response.status = 304;
    return response;
  }
  if (zipped) {
    response.headers["Content-Encoding"] = "gzip";
  }
  response.body = to_bytes(zipped ? asset.gzip : asset.bytes);
  return response;
}

http::Response not_found() {
  return http::Response::problem(Error(ErrorCode::not_found, "web_assets"));
}

}  // namespace

WebAssets::WebAssets(const std::vector<Asset>& assets) {
  for (const auto& asset : assets) {
    assets_.emplace(asset.path, asset);
  }
}

WebAssets WebAssets::from_folder(std::filesystem::path folder) {
  return WebAssets(std::move(folder));
}

WebAssets WebAssets::from_environment() {
  const char* folder =
      std::getenv("LK_WEB_DIR");  // NOLINT(concurrency-mt-unsafe): read once, before threads
  return folder != nullptr && *folder != '\0' ? from_folder(folder)
                                              : WebAssets(embedded::web_dist());
}

http::Response WebAssets::respond(const http::Request& request) const {
  std::string path = request.path;
  if (path.ends_with('/')) {
    path += "index.html";
  }
  if (!folder_.empty()) {
    // The listener has refused every segment that climbs.
    const auto on_disk = folder_ / path.substr(1);
    std::error_code ignored;
    if (std::filesystem::is_directory(on_disk, ignored)) {
      http::Response response;
      response.status = 308;
      response.headers["Location"] = request.path + '/';
      return response;
    }
    std::ifstream file(on_disk, std::ios::binary);
    if (!file) {
      return not_found();
    }
    const Bytes bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const std::string hash = to_hex(crypto::sha256(bytes));
    return answer({path, hash, bytes, {}}, request);
  }
  if (const auto found = assets_.find(path); found != assets_.end()) {
    return answer(found->second, request);
  }
  if (assets_.contains(path + "/index.html")) {
    http::Response response;
    response.status = 308;
    response.headers["Location"] = request.path + '/';
    return response;
  }
  if (assets_.empty() && path.ends_with("/index.html")) {
    http::Response response;
    response.status = 503;
    response.content_type = "text/html; charset=utf-8";
    response.body = to_bytes(kNotBuilt);
    return response;
  }
  return not_found();
}

}  // namespace lightkeeper::service
