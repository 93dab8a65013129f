// TESTS ONLY. One epoch of drawn pictures, signed, with ideal keepers to answer for it.
#pragma once

#include <algorithm>
#include <memory>

#include "core/lists/hash_list.hpp"
#include "core/match/ideal_keepers.hpp"
#include "core/media/drawn_picture.hpp"
#include "core/media/pdq.hpp"
#include "lightkeeper/guard.hpp"

namespace lightkeeper::guard {

constexpr UnixMillis kNow{1'000'000};

inline std::array<media::PdqBits, media::kHypotheses> hashes_of(const media::Pixels& picture) {
  return media::pdq(picture.view(), media::PdqVariant::full).value().dihedral;
}
inline media::Pixels listed_picture() { return media::draw_picture(320, 240, 1); }
inline media::Pixels other_picture() { return media::draw_picture(320, 240, 2); }
inline media::Pixels flat_picture() { return {320, 240, Bytes(std::size_t{320} * 240 * 3, 90)}; }

struct TestEpoch {
  crypto::SeededRng rng{42};
  crypto::SigningKeyPair key = crypto::generate_signing_key(rng);
  match::IdealKeepers keepers;
  Bytes tiles;
  Bytes leaves;

  explicit TestEpoch(std::uint32_t version = 5)
      : keepers(match::drawn_list(
            {match::drawn_entry(hashes_of(listed_picture())[0], 3),
             match::drawn_entry(hashes_of(media::draw_picture(200, 300, 7))[0], 4)})) {
    keepers.manifest().version = Epoch{version};
    keepers.manifest().not_after = UnixMillis{kNow.value + 1000};
    keepers.manifest().disclosure = {match::Disclosure::prevent, match::Disclosure::prevent,
                                     match::Disclosure::offer};
    for (std::size_t i = 0; i < match::kKeepers; ++i) {
      keepers.manifest().keepers[i].url = "http://localhost:" + std::to_string(8001 + i);
    }
    tiles = keepers.openings().tiles;
    leaves = keepers.leaves();
  }
  Bytes signed_manifest() {
    return match::sign_manifest(keepers.manifest(), key.secret, key.public_key);
  }
  Result<EpochInfo> install(Guard& guard) {
    const Bytes manifest = signed_manifest();
    return guard.install_epoch({manifest, tiles, leaves, key.public_key, kNow, Epoch{0}});
  }
  std::array<Bytes, 3> answer(const PictureCheck& check, const match::SumsHook& hook) {
    return keepers.answer({check.requests[0].body, check.requests[1].body, check.requests[2].body},
                          hook);
  }
  std::array<Bytes, 3> answer(const PictureCheck& check) {
    return answer(check, [](std::vector<match::Sums>&) {});
  }
};

inline Guard ready_guard(TestEpoch& epoch, Rng& rng) {
  Guard guard = Guard::create(rng).value();
  (void)epoch.install(guard).value();
  (void)guard.policy(Direction::sending).value();
  (void)guard.policy(Direction::receiving).value();
  return guard;
}

}  // namespace lightkeeper::guard
