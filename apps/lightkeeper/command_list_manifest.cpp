// lightkeeper list manifest: signs what the three keepers built alike, and hands it to them.
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "command.hpp"
#include "core/lists/hash_list.hpp"
#include "core/policy/verdict.hpp"
#include "files.hpp"
#include "keeper/process/offer.hpp"
#include "keeper_client.hpp"
#include "key_files.hpp"
#include "output.hpp"
#include "wall_clock.hpp"

namespace lightkeeper::cli {
namespace {

constexpr std::uint64_t kMillisPerDay = 24ULL * 60 * 60 * 1000;
constexpr auto kOfferWait =
    std::chrono::seconds(60);  // keepers may have just started, or still be building
constexpr std::size_t kOfferLimit = 64 * 1024;

struct ManifestOptions {
  std::string list;
  std::vector<std::string> keepers;
  std::string key;
  std::string out;
  std::vector<std::string> disclosure;
  unsigned valid_days = 7;
  bool json = false;
};

constexpr std::array<std::string_view, 3> kLevelNames{"prevent", "offer", "disclose"};

/// "test=prevent" changes one class; the others keep what is usual for them.
Result<std::array<match::Disclosure, 3>> levels_from(const std::vector<std::string>& wanted) {
  auto levels = policy::default_levels();
  for (const auto& text : wanted) {
    const auto sign = text.find('=');
    const auto level = sign == std::string::npos
                           ? kLevelNames.end()
                           : std::ranges::find(kLevelNames, text.substr(sign + 1));
    const auto provenance = lists::provenance_from_name(text.substr(0, sign));
    if (!provenance || level == kLevelNames.end()) {
      return fail(ErrorCode::bad_argument, "list.manifest",
                  "--disclosure takes CLASS=prevent, CLASS=offer or CLASS=disclose");
    }
    const auto asked = static_cast<match::Disclosure>(level - kLevelNames.begin());
    if (policy::level_of(policy::class_rules(), *provenance, asked) != asked) {
      print_note("devices go no further than the class \"" + text.substr(0, sign) +
                 "\" allows, whatever the manifest says");
    }
    levels.at(static_cast<std::size_t>(*provenance) - 1) = asked;
  }
  return levels;
}

Result<keeper::Offer> fetch_offer(const std::string& url,
                                  std::chrono::steady_clock::time_point until) {
  for (;;) {
    const auto text = call_keeper({"GET", url + "/v1/offer", {}, kOfferLimit});
    if (text) {
      return keeper::offer_from_json_text(as_text(*text));
    }
    const bool may_come = text.error().code == ErrorCode::keeper_unreachable ||
                          text.error().code == ErrorCode::unavailable;
    if (!may_come || std::chrono::steady_clock::now() > until) {
      return std::unexpected(text.error());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

Result<match::Manifest> make_manifest(const ManifestOptions& options, const KeeperUrls& urls,
                                      const crypto::SigningKeyPair& key) {
  LK_TRY(levels, levels_from(options.disclosure));
  LK_TRY(file, read_file(options.list, lists::kMaxListFile));
  LK_TRY(list, lists::HashList::open(file, key.public_key));
  std::array<keeper::Offer, match::kKeepers> offers;
  const auto until = std::chrono::steady_clock::now() + kOfferWait;
  for (std::size_t i = 0; i < urls.size(); ++i) {
    LK_TRY(offer, fetch_offer(urls[i], until));
    if (offer.list_root != list.root() || offer.entries != list.entries().size() ||
        offer.list_name != list.header().name || offer.variant != list.header().variant) {
      return fail(ErrorCode::manifest_mismatch, "list.manifest", "a keeper holds another list");
    }
    offers[i] = std::move(offer);
  }
  const UnixMillis now = WallClock().now();
  return keeper::manifest_from_offers(offers, levels,
                                      UnixMillis{now.value + options.valid_days * kMillisPerDay});
}

Status publish(const ManifestOptions& options) {
  LK_CHECK_OK(crypto::initialise());
  LK_TRY(urls, keeper_urls(options.keepers));
  LK_TRY(key, read_signing_key(options.key));
  LK_TRY(manifest, make_manifest(options, urls, key));
  const Bytes signed_manifest = match::sign_manifest(manifest, key.secret, key.public_key);
  LK_CHECK_OK(write_file(options.out, signed_manifest, FileSecrecy::open, Overwrite::allow));
  std::array<KeeperCall, match::kKeepers> calls;
  for (std::size_t i = 0; i < urls.size(); ++i) {
    calls[i] = {"POST", urls[i] + "/v1/manifest", signed_manifest, kOfferLimit};
  }
  LK_CHECK_OK(call_keepers(calls));
  const std::string hash = to_hex(match::hash_of(match::encode(manifest)));
  if (options.json) {
    print_json({{"version", manifest.version.value},
                {"entries", manifest.entries},
                {"colours", manifest.colours},
                {"hash", hash},
                {"not_after_ms", manifest.not_after.value}});
  } else {
    print_line("manifest " + std::to_string(manifest.version.value) + " of " +
               std::to_string(manifest.entries) + " entries is in force at all three keepers (" +
               hash + ")");
  }
  return {};
}

}  // namespace

void add_list_manifest_command(CLI::App& root, int& exit_code) {
  auto* manifest = root.get_subcommand("list")->add_subcommand(
      "manifest", "Sign what three keepers built from a list, and hand it to them");
  const auto options = std::make_shared<ManifestOptions>();
  manifest->add_option("--list", options->list, "The signed list that the keepers hold")
      ->required()
      ->type_name("LIST");
  manifest->add_option("--keepers", options->keepers, "Addresses of keepers 0, 1 and 2")
      ->required()
      ->delimiter(',')
      ->type_name("URL,URL,URL");
  manifest->add_option("--key", options->key, "The publisher's signing key")
      ->required()
      ->type_name("KEYFILE");
  manifest->add_option("--out", options->out, "Where to write the manifest")
      ->required()
      ->type_name("FILE");
  manifest
      ->add_option(
          "--disclosure", options->disclosure,
          "What a match of a class discloses: prevent, offer or disclose; classes that are "
          "not named keep what is usual")
      ->delimiter(',')
      ->type_name("CLASS=LEVEL");
  manifest->add_option("--valid-days", options->valid_days, "Days until devices refuse it")
      ->check(CLI::Range(1, 366))
      ->capture_default_str();
  manifest->add_flag("--json", options->json, "One JSON object on standard output");
  manifest->callback([options, &exit_code] {
    const Status status = publish(*options);
    exit_code = status ? 0 : print_error(status.error());
  });
}

}  // namespace lightkeeper::cli
