// The guard in a messenger of your own, in one page: docs/how-to/embed-the-guard.md.
//
//   embed_guard KEEPER_URL LIST_KEY PICTURE PIXELS
//
// KEEPER_URL any of the three keepers, LIST_KEY the pinned key of the list (base64url), PICTURE a
// JPEG, PNG or WebP file, PIXELS the same picture decoded, as a binary PPM: a messenger has its own
// decoder. Exit status 0: may be sent; 1: is not sent; 2: not checked, so not sent.
#include <array>
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>

#include "http/http.hpp"
#include "lightkeeper/guard.hpp"

namespace lk = lightkeeper;
using lk::guard::Direction;

namespace {

lk::Result<lk::Bytes> read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return lk::fail(lk::ErrorCode::io_failed, "embed_guard", path);
  }
  const std::string all((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return lk::to_bytes(all);
}

lk::Result<lk::media::Pixels> read_pixels(const char* path) {
  std::ifstream file(path, std::ios::binary);
  std::string magic;
  lk::media::Pixels out;
  int most = 0;
  if (!(file >> magic >> out.width >> out.height >> most) || magic != "P6" || most != 255 ||
      !lk::media::size_allowed(out.width, out.height)) {
    return lk::fail(lk::ErrorCode::bad_format, "embed_guard", "not a binary PPM of 8 bits");
  }
  file.get();
  const std::string all((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  out.rgb = lk::to_bytes(all);
  return out;
}

// Step 1 and 4 are the only ones that touch the network, and it is the messenger that does.
lk::Result<lk::Bytes> exchange(const std::string& method, const std::string& url,
                               const lk::Bytes& body) {
  lk::http::ClientRequest request;  // no cookies, no session, no account
  request.method = method;
  request.url = url;
  request.body = body;
  LK_TRY(response, lk::http::exchange(request));
  if (response.status != 200) {
    return lk::fail(lk::ErrorCode::unavailable, "embed_guard",
                    "status " + std::to_string(response.status));
  }
  return std::move(response.body);
}

lk::UnixMillis now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since).count())};
}

lk::Result<bool> may_be_sent(const std::string& keeper, const std::string& list_key,
                             const char* picture_file, const char* pixels_file) {
  lk::crypto::SystemRng rng;
  LK_TRY(guard, lk::guard::Guard::create(rng));

  // 1. The current list, from any keeper; the pinned key says whether it is genuine. A real
  // messenger keeps these
  //    files, and the highest version it has seen.
  LK_TRY(manifest, exchange("GET", keeper + "/v1/manifest", {}));
  LK_TRY(tiles, exchange("GET", keeper + "/v1/tiles", {}));
  LK_TRY(leaves, exchange("GET", keeper + "/v1/leaves", {}));
  LK_TRY(key_bytes, lk::from_base64url(list_key));
  LK_TRY(key, lk::to_array<32>(key_bytes));
  LK_CHECK_OK(guard.install_epoch({manifest, tiles, leaves, {key}, now(), lk::Epoch{0}}));

  // 2. What will be checked, and who learns what: show it where people look for it.
  LK_TRY(policy, guard.policy(Direction::sending));
  for (const auto& line : policy.disclosures) {
    std::cout << line.what << ": " << line.to << "\n";
  }

  // 3. The file that will be sent: without place and camera data, and only if it is a still
  // picture.
  LK_TRY(file, read_file(picture_file));
  LK_TRY(sniffed, [&]() -> lk::Result<lk::media::PictureType> {
    if (const auto type = lk::media::sniff_picture(file)) {
      return *type;
    }
    return lk::fail(lk::ErrorCode::picture_type_unsupported, "embed_guard");
  }());
  LK_TRY(clean, guard.clean_picture(file, lk::media::media_type_of(sniffed)));

  // 4. The private check of its pixels. An answer that does not come is an empty one.
  LK_TRY(pixels, read_pixels(pixels_file));
  LK_TRY(check, guard.begin_picture(pixels.view(), Direction::sending, now()));
  std::array<lk::Bytes, 3> replies;
  for (std::size_t i = 0; i < replies.size(); ++i) {
    replies[i] =
        exchange("POST", check.requests[i].url, check.requests[i].body).value_or(lk::Bytes());
  }
  LK_TRY(verdict, guard.finish_picture(check.id, replies));

  // 5. Advice in words.
  for (const auto& reason : verdict.reasons) {
    std::cout << reason.text << "\n";
  }
  if (verdict.action == lk::guard::Action::block) {
    return false;
  }
  std::cout << "To send: " << clean.bytes.size() << " bytes\n";
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) {
    std::cerr << "usage: embed_guard KEEPER_URL LIST_KEY PICTURE PIXELS\n";
    return 2;
  }
  const auto sent = may_be_sent(arguments[1], arguments[2], arguments[3], arguments[4]);
  if (!sent) {
    std::cerr << "Not checked, so not sent: " << sent.error().message() << "\n"
              << "  -> " << lk::describe(sent.error().code).mend << "\n";
    return 2;
  }
  return *sent ? 0 : 1;
}
