// The device's side of one private check: split the eight hashes of a picture into three requests,
// and put the three replies together.
//
// Who learns what: each keeper gets one uniformly random share pair of every hash and learns
// nothing of the picture, not even whether it matched. The device learns the entries within 31 bits
// of its own hashes, each proven by its leaf in the signed list; on a match also that group's key.
// Requests and replies have the same sizes for every picture.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "core/base/rng.hpp"
#include "core/match/manifest.hpp"
#include "core/match/messages.hpp"
#include "core/match/tiles.hpp"

namespace lightkeeper::match {

/// A certified entry within 31 bits of one of the picture's hashes.
struct Found {
  media::Dihedral hypothesis = media::Dihedral::original;
  HammingDistance distance;
  lists::Entry entry;
  std::uint32_t leaf_index = 0;
  bool operator==(const Found&) const = default;
};

/// By rising distance, then hypothesis, then leaf; each leaf once, at its smallest distance. Empty:
/// no match.
struct MatchOutcome {
  std::vector<Found> found;
};

/// The three share pairs of a hash x = r0 ^ r1 ^ r2, where r0 and r1 come from `rng`: keeper i gets
/// [i].
[[nodiscard]] std::array<HashShare, kKeepers> share_hash(const media::PdqBits& x, Rng& rng);

/// One picture's check. Holds the hashes and the reply keys until it goes, then wipes them.
/// Each query is answered once; after an error make a new one (fresh shares only).
class PictureQuery {
 public:
  /// The hashes must be of the manifest's PDQ variant. `bad_key` if a keeper's box key is unusable.
  [[nodiscard]] static Result<PictureQuery> create(
      const Manifest& manifest, const ManifestHash& manifest_hash,
      const std::array<media::PdqBits, media::kHypotheses>& hashes, Rng& rng);
  PictureQuery(PictureQuery&&) noexcept;
  PictureQuery& operator=(PictureQuery&&) noexcept;
  ~PictureQuery();

  /// POST [i] to keepers[i].url + "/v1/query"; kRequestSize bytes each.
  [[nodiscard]] const std::array<Bytes, kKeepers>& requests() const;

  /// An error (`decryption_failed`, `bad_format`, `manifest_mismatch`) means "no answer": retry
  /// with a new query. Whatever opens but does not lead to a certified entry within 31 bits counts
  /// as no match.
  [[nodiscard]] Result<MatchOutcome> open(const std::array<Bytes, kKeepers>& replies,
                                          const TileSet& tiles) const;

 private:
  struct State;
  explicit PictureQuery(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace lightkeeper::match
