// What a keeper offers to the publisher of a manifest: the results of its own offline build of the
// list's openings. Three equal offers show that all three hold the same list and the same epoch
// secret. Public.
#pragma once

#include "core/match/manifest.hpp"
#include "keeper/process/keeper_folder.hpp"

namespace lightkeeper::keeper {

struct Offer {
  PublicCard card;
  std::string list_name;
  Epoch epoch;  // of the list
  std::uint64_t entries = 0;
  media::PdqVariant variant = media::PdqVariant::full;
  crypto::Digest list_root{};
  crypto::Digest tile_root{};
  std::uint16_t colours = 0;
  crypto::Digest manifest{};  // hash of the manifest that the keeper holds; zero for none
  Epoch manifest_version;
};
[[nodiscard]] std::string to_json_text(const Offer& offer);
/// `bad_json`, `bad_argument`.
[[nodiscard]] Result<Offer> offer_from_json_text(std::string_view text);

/// The manifest that three offers add up to. `manifest_mismatch` unless they agree in everything
/// but the cards and come from the keepers 0, 1, 2 in this order. It succeeds the newest manifest
/// that one of them holds (a keeper that missed one catches up); two different ones of the same
/// version are `manifest_mismatch`. `levels`: what a match discloses, by Provenance - 1;
/// `bad_argument` if survivor-asserted entries were to do anything but prevent.
[[nodiscard]] Result<match::Manifest> manifest_from_offers(
    const std::array<Offer, match::kKeepers>& offers,
    const std::array<match::Disclosure, 3>& levels, UnixMillis not_after);

}  // namespace lightkeeper::keeper
