#include "core/match/opening.hpp"

#include <algorithm>
#include <bit>

#include "core/lists/hash_list.hpp"
#include "core/match/grouping.hpp"
#include "core/match/manifest.hpp"
#include "core/match/tiles.hpp"

namespace lightkeeper::match {
namespace {

constexpr std::string_view kRhoInfo = "lightkeeper opening rho v1";
constexpr std::string_view kGroupInfo = "lightkeeper opening group key v1";

/// `count` non-zero elements, one after another from a ChaCha20 stream under a key of the epoch
/// secret and the list root: another list or another secret gives unrelated elements.
std::vector<Gf128> elements(const SecretBytes& epoch_secret, const crypto::Digest& list_root,
                            std::string_view info, std::size_t count) {
  if (count == 0) {
    return {};
  }
  const SecretBytes key =
      crypto::hkdf_sha256(epoch_secret.expose_secret(), list_root, as_bytes(info), 32);
  const SecretBytes stream =
      crypto::chacha20_stream(key.expose_secret(), crypto::AeadNonce{}, count * 16);
  std::vector<Gf128> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    ByteArray<16> bytes{};
    std::ranges::copy(stream.expose_secret().subspan(i * 16, 16), bytes.begin());
    out[i] = Gf128::from_bytes(bytes);
    if (out[i] == Gf128{}) {
      out[i] = kGf128One;
    }
  }
  return out;
}

}  // namespace

Result<Openings> build_openings(const lists::HashList& list, const SecretBytes& epoch_secret) {
  if (epoch_secret.size() != 32) {
    return fail(ErrorCode::bad_argument, "opening.epoch_secret", "must have 32 bytes");
  }
  const auto entries = list.entries();
  std::vector<media::PdqBits> hashes;
  hashes.reserve(entries.size());
  for (const lists::Entry& entry : entries) {
    hashes.push_back(entry.hash);
  }
  LK_TRY(grouping, group_entries(hashes, kMostColours));

  std::vector<std::vector<TileMember>> members(grouping.groups);
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    members[grouping.group_of[i]].push_back({entries[i], i});
  }
  std::size_t largest = 1;
  for (const auto& group : members) {
    largest = std::max(largest, group.size());
  }
  // Rounded up, so that the size of the tiles says little about the list and stays over many
  // epochs.
  const std::size_t capacity = std::bit_ceil(largest);

  const auto rho = elements(epoch_secret, list.root(), kRhoInfo, entries.size());
  const auto group_keys = elements(epoch_secret, list.root(), kGroupInfo, grouping.groups);
  std::vector<Bytes> tiles;
  tiles.reserve(grouping.groups);
  for (std::size_t g = 0; g < members.size(); ++g) {
    tiles.push_back(seal_tile(group_keys[g], list.root(), members[g], capacity));
  }
  EncodedTiles encoded = encode_tiles(capacity, std::move(tiles));

  Openings openings;
  openings.colours = grouping.colours;
  openings.rho.reserve(entries.size());
  openings.l.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    openings.rho.push_back(rho[i].bytes());
    openings.l.push_back(multiply(rho[i], group_keys[grouping.group_of[i]]).bytes());
  }
  openings.colour_of = std::move(grouping.colour_of);
  openings.tiles = std::move(encoded.bytes);
  openings.tile_root = encoded.root;
  openings.flagged = std::move(grouping.flagged);
  return openings;
}

}  // namespace lightkeeper::match
