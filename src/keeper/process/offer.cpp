#include "keeper/process/offer.hpp"

#include <nlohmann/json.hpp>

namespace lightkeeper::keeper {
namespace {

Result<crypto::Digest> digest_member(const nlohmann::json& json, const char* name) {
  LK_TRY(bytes, from_base64url(json.at(name).get<std::string>()));
  return to_array<32>(bytes);
}

Result<std::uint64_t> number_member(const nlohmann::json& json, const char* name,
                                    std::uint64_t most) {
  const nlohmann::json& value = json.at(name);
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most) {
    return fail(ErrorCode::bad_json, "keeper.offer");
  }
  return value.get<std::uint64_t>();
}

}  // namespace

std::string to_json_text(const Offer& offer) {
  const nlohmann::ordered_json json{
      {"version", 1},
      {"card", nlohmann::ordered_json::parse(to_json_text(offer.card))},
      {"list_name", offer.list_name},
      {"epoch", offer.epoch.value},
      {"entries", offer.entries},
      {"variant", static_cast<unsigned>(offer.variant)},
      {"list_root_b64", to_base64url(offer.list_root)},
      {"tile_root_b64", to_base64url(offer.tile_root)},
      {"colours", offer.colours},
      {"manifest_b64", to_base64url(offer.manifest)},
      {"manifest_version", offer.manifest_version.value}};
  return json.dump();
}

Result<Offer> offer_from_json_text(std::string_view text) {
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    if (!json.is_object() || json.at("version") != 1) {
      return fail(ErrorCode::bad_json, "keeper.offer");
    }
    Offer offer;
    LK_TRY(card, card_from_json_text(json.at("card").dump()));
    LK_TRY(epoch, number_member(json, "epoch", 0xffffffffU));
    LK_TRY(entries, number_member(json, "entries", 0xffffffffU));
    LK_TRY(variant, number_member(json, "variant", 2));
    LK_TRY(colours, number_member(json, "colours", match::kMostColours));
    LK_TRY(version, number_member(json, "manifest_version", 0xffffffffU));
    LK_TRY(list_root, digest_member(json, "list_root_b64"));
    LK_TRY(tile_root, digest_member(json, "tile_root_b64"));
    LK_TRY(manifest, digest_member(json, "manifest_b64"));
    if (variant == 0) {
      return fail(ErrorCode::bad_json, "keeper.offer");
    }
    offer.card = card;
    offer.list_name = json.at("list_name").get<std::string>();
    offer.epoch.value = static_cast<std::uint32_t>(epoch);
    offer.entries = entries;
    offer.variant = static_cast<media::PdqVariant>(variant);
    offer.list_root = list_root;
    offer.tile_root = tile_root;
    offer.colours = static_cast<std::uint16_t>(colours);
    offer.manifest = manifest;
    offer.manifest_version.value = static_cast<std::uint32_t>(version);
    return offer;
  } catch (const nlohmann::json::exception&) {
    return fail(ErrorCode::bad_json, "keeper.offer");
  }
}

Result<match::Manifest> manifest_from_offers(const std::array<Offer, match::kKeepers>& offers,
                                             const std::array<match::Disclosure, 3>& levels,
                                             UnixMillis not_after) {
  const Offer& first = offers[0];
  const Offer* newest = &first;
  match::Manifest manifest;
  for (std::size_t i = 0; i < offers.size(); ++i) {
    const Offer& offer = offers[i];
    if (offer.card.index != i) {
      return fail(ErrorCode::manifest_mismatch, "keeper.offers",
                  "name the keepers 0, 1 and 2 in this order");
    }
    if (offer.list_root != first.list_root || offer.entries != first.entries ||
        offer.epoch != first.epoch || offer.variant != first.variant ||
        offer.list_name != first.list_name) {
      return fail(ErrorCode::manifest_mismatch, "keeper.offers",
                  "the keepers hold different lists");
    }
    if (offer.tile_root != first.tile_root || offer.colours != first.colours) {
      return fail(ErrorCode::manifest_mismatch, "keeper.offers",
                  "the keepers built different openings");
    }
    if (offer.manifest_version == newest->manifest_version && offer.manifest != newest->manifest) {
      return fail(ErrorCode::manifest_mismatch, "keeper.offers",
                  "two keepers hold different manifests of one version");
    }
    if (offer.manifest_version > newest->manifest_version) {
      newest = &offer;
    }
    manifest.keepers[i] = offer.card.card;
  }
  manifest.version.value = newest->manifest_version.value + 1;
  manifest.entries = first.entries;
  manifest.list_root = first.list_root;
  manifest.variant = first.variant;
  manifest.colours = first.colours;
  manifest.tile_root = first.tile_root;
  manifest.disclosure = levels;
  manifest.previous = newest->manifest;
  manifest.not_after = not_after;
  manifest.list_name = first.list_name;
  LK_CHECK_OK(match::check(manifest));
  return manifest;
}

}  // namespace lightkeeper::keeper
