// The web pages of the service: files that Vite built (web/dist), embedded in the program.
#pragma once

#include <filesystem>
#include <map>
#include <vector>

#include "http/http.hpp"
#include "service/web_assets/asset.hpp"

namespace lightkeeper::service {

/// Answers GET for static files. "/" and "/console/" mean the index.html there; "/console" leads to
/// "/console/". Every answer has an ETag; files under /assets/ carry their hash in the name and may
/// be kept for ever, all others are asked for again each time. Safe to use from several threads.
class WebAssets {
 public:
  /// The files embedded in this program, or, for development, those in the folder that the
  /// environment variable LK_WEB_DIR names, read anew for each request.
  [[nodiscard]] static WebAssets from_environment();
  /// The files of a folder, read anew for each request.
  [[nodiscard]] static WebAssets from_folder(std::filesystem::path folder);
  explicit WebAssets(const std::vector<Asset>& assets);

  /// `request.path` names the file. 404 when there is none; without any files at all, a page that
  /// says how to build them.
  [[nodiscard]] http::Response respond(const http::Request& request) const;

 private:
  explicit WebAssets(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::map<std::string_view, Asset> assets_;
  std::filesystem::path folder_;  // empty: the embedded files
};

}  // namespace lightkeeper::service
