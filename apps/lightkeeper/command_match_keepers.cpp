// lightkeeper match --keepers: three keepers are asked, and none of them learns anything of the
// picture.
#include <algorithm>

#include "command_match.hpp"
#include "core/match/device.hpp"
#include "keeper_client.hpp"
#include "key_files.hpp"
#include "output.hpp"
#include "wall_clock.hpp"

namespace lightkeeper::cli {
namespace {

constexpr std::size_t kManifestLimit = 2 * match::kMaxManifestSize;
constexpr std::size_t kSignerTail = 32 + 64;  // public key and signature end a signed manifest

/// What all three keepers must serve byte for byte alike.
struct Installed {
  match::Manifest manifest;
  match::ManifestHash hash{};
  match::TileSet tiles;
  KeeperUrls urls;  // by keeper index
};

Result<crypto::VerifyingKey> key_of_manifest(BytesView signed_manifest, const std::string& trust) {
  if (!trust.empty()) {
    return read_verifying_key(trust);
  }
  if (signed_manifest.size() <= kSignerTail) {
    return fail(ErrorCode::truncated, "match.manifest");
  }
  print_note(
      "without --trust the manifest's own key is taken: that shows nothing about who publishes it");
  LK_TRY(key, to_array<32>(signed_manifest.subspan(signed_manifest.size() - kSignerTail, 32)));
  return crypto::VerifyingKey{key};
}

std::array<KeeperCall, match::kKeepers> get_from_all(const KeeperUrls& urls,
                                                     const std::string& path, std::size_t limit) {
  std::array<KeeperCall, match::kKeepers> calls;
  for (std::size_t i = 0; i < urls.size(); ++i) {
    calls[i] = {"GET", urls[i] + path, {}, limit};
  }
  return calls;
}

/// The addresses by keeper index, if they are the manifest's in another order; as given otherwise.
KeeperUrls in_order(const KeeperUrls& given, const match::Manifest& manifest) {
  KeeperUrls ordered;
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    ordered[i] = manifest.keepers[i].url;
    if (std::ranges::find(given, ordered[i]) == given.end()) {
      return given;
    }
  }
  return ordered;
}

Result<Installed> install(const std::vector<std::string>& keepers, const std::string& trust) {
  LK_CHECK_OK(crypto::initialise());
  LK_TRY(given, keeper_urls(keepers));
  LK_TRY(manifests, call_keepers(get_from_all(given, "/v1/manifest", kManifestLimit)));
  if (manifests[0] != manifests[1] || manifests[0] != manifests[2]) {
    return fail(ErrorCode::manifest_mismatch, "match.manifest",
                "the keepers serve different manifests");
  }
  LK_TRY(key, key_of_manifest(manifests[0], trust));
  LK_TRY(manifest, match::open_manifest(manifests[0], key, WallClock().now()));
  const KeeperUrls urls = in_order(given, manifest);
  // Both are checked against the manifest, so it does not matter which keeper they come from.
  LK_TRY(tiles, call_keeper({"GET", urls[0] + "/v1/tiles", {}, match::kMaxTileSetSize}));
  LK_TRY(leaves, call_keeper({"GET", urls[1] + "/v1/leaves", {}, 32 * manifest.entries + 1}));
  LK_TRY(tile_set, match::TileSet::decode(tiles, leaves, manifest));
  const match::ManifestHash hash = match::hash_of(match::encode(manifest));
  return Installed{std::move(manifest), hash, std::move(tile_set), urls};
}

class KeepersAsker final : public PictureAsker {
 public:
  explicit KeepersAsker(Installed installed) : installed_(std::move(installed)) {}

  [[nodiscard]] media::PdqVariant variant() const override { return installed_.manifest.variant; }
  [[nodiscard]] std::optional<Epoch> manifest() const override {
    return installed_.manifest.version;
  }

  [[nodiscard]] Result<std::optional<FoundEntry>> ask(const media::PdqResult& hashed) override {
    std::array<media::PdqBits, media::kHypotheses> hashes = hashed.dihedral;
    if (hashed.quality < media::kMinQuality) {
      // A dummy: the same traffic, but nothing of the picture in it.
      for (media::PdqBits& hash : hashes) {
        hash = media::PdqBits::from_bytes(rng_.array<32>());
      }
    }
    LK_TRY(query, match::PictureQuery::create(installed_.manifest, installed_.hash, hashes, rng_));
    std::array<KeeperCall, match::kKeepers> calls;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      calls[i] = {"POST", installed_.urls[i] + "/v1/query", query.requests()[i],
                  match::reply_size(installed_.manifest.colours) + 16 * 1024};
    }
    LK_TRY(replies, call_keepers(calls));
    LK_TRY(outcome, query.open(replies, installed_.tiles));
    if (outcome.found.empty()) {
      return std::nullopt;
    }
    const match::Found& nearest = outcome.found.front();
    return FoundEntry{nearest.distance, nearest.hypothesis, nearest.entry.provenance};
  }

 private:
  Installed installed_;
  crypto::SystemRng rng_;
};

}  // namespace

Result<std::unique_ptr<PictureAsker>> keepers_asker(const std::vector<std::string>& keepers,
                                                    const std::string& trust) {
  LK_TRY(installed, install(keepers, trust));
  return std::make_unique<KeepersAsker>(std::move(installed));
}

}  // namespace lightkeeper::cli
