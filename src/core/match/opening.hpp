// The offline build at each keeper: which entries share a group, what opens a group, and the sealed
// tiles.
//
// Entries at most 62 apart are linked (one picture can match them all at once), and so are entries
// at least 225 apart (the photographic negative has d = 256, which wraps to 0 in the keepers'
// ring). Entries are coloured greedily into J accumulators, each into the colour that gives the
// smallest merged group; a group is a connected component within one colour and has at most 64
// members.
//
// Deterministic: three keepers that hold the same list and the same joint epoch secret build
// byte-identical tiles. There is no dealer. Who learns what: keepers hold the list anyway; a device
// that matches learns one group key K_g and with it what tiles.hpp says.
#pragma once

#include <cstdint>
#include <vector>

#include "core/crypto/crypto.hpp"

namespace lightkeeper::lists {
class HashList;
}

namespace lightkeeper::match {

constexpr std::uint16_t kFirstColours =
    16;  // J starts here and doubles, up to kMostColours of manifest.hpp
constexpr std::uint32_t kMaxGroupMembers = 64;
constexpr int kLinkNear = 62;  // linked if d <= 62
constexpr int kLinkFar = 225;  // linked if d >= 225

/// A series of near-duplicates that forced more colours: for the people who keep the list to look
/// at.
struct FlaggedSeries {
  std::uint32_t entry = 0;    // list index of the entry whose group would have exceeded 64 members
  std::uint16_t colours = 0;  // J after it was raised
  std::uint32_t links = 0;    // how many earlier entries this one is linked with
};

/// All vectors are by list index (the order of HashList::entries(), which is the order of its
/// leaves). `rho` and `l` are the keepers' secret of the epoch: never send or log them.
struct Openings {
  std::uint16_t colours = kFirstColours;  // J; goes into the manifest
  std::vector<std::uint32_t> colour_of;   // 0 .. J-1
  std::vector<ByteArray<16>> rho;         // non-zero elements of GF(2^128), in Gf128::bytes() form
  std::vector<ByteArray<16>> l;           // L_i = rho_i * K_g of the entry's group
  Bytes tiles;                            // the encoded tile set, see tiles.hpp
  crypto::Digest tile_root{};             // goes into the manifest
  std::vector<FlaggedSeries> flagged;     // empty unless J had to be raised
};

/// `bad_argument` unless the secret has 32 bytes; `too_large` if a series needs more than 1024
/// colours. Cost: N^2 / 2 distances (about 5 ns each) once per epoch, and about 10 us per entry for
/// tiles and sums.
[[nodiscard]] Result<Openings> build_openings(const lists::HashList& list,
                                              const SecretBytes& epoch_secret);

}  // namespace lightkeeper::match
