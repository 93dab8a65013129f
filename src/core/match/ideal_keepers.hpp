// TESTS AND BENCHMARKS ONLY. Three keepers in one object that does what the split scan computes,
// but in the clear: it puts the shares together, scans the list, adds up the opening sums and
// shares them. The oracle for the device's side.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <tuple>

#include "core/lists/hash_list.hpp"
#include "core/match/device.hpp"
#include "core/match/gf128.hpp"
#include "core/match/opening.hpp"

namespace lightkeeper::match {

struct Sums {
  Gf128 mu;
  Gf128 lambda;
};
/// What the device will add up, [hypothesis * colours + colour]; a test may change it on the way.
using SumsHook = std::function<void(std::vector<Sums>&)>;

inline lists::Entry drawn_entry(const media::PdqBits& hash, std::uint16_t category) {
  const auto nonce = crypto::hmac_sha256(as_bytes("the organisations' key in tests"), hash.bytes());
  return {hash, lists::Provenance::test, category, nonce};
}

inline lists::HashList drawn_list(std::vector<lists::Entry> entries) {
  lists::ListHeader header{"drawn pictures", Epoch{1}, media::PdqVariant::full, {}, UnixMillis{1}};
  for (const lists::Entry& entry : entries) {
    if (entry.category != 0) {
      header.categories.emplace(entry.category, "category");
    }
  }
  return lists::HashList::create(std::move(header), std::move(entries)).value();
}

class IdealKeepers {
 public:
  explicit IdealKeepers(lists::HashList list) : list_(std::move(list)), rng_(7) {
    secret_ = SecretBytes(Bytes(32, 0x5e));
    openings_ = build_openings(list_, secret_).value();
    manifest_.version = Epoch{1};
    manifest_.entries = list_.entries().size();
    manifest_.list_root = list_.root();
    manifest_.colours = openings_.colours;
    manifest_.tile_root = openings_.tile_root;
    manifest_.not_after = UnixMillis{1000};
    manifest_.list_name = "drawn pictures";
    for (std::size_t i = 0; i < kKeepers; ++i) {
      boxes_[i] = crypto::generate_box_key(rng_);
      manifest_.keepers[i] = {"http://localhost:8001", "localhost:7001", boxes_[i].public_key, {}};
      manifest_.keepers[i].url.back() = static_cast<char>('1' + i);
    }
    leaves_.reserve(list_.leaves().size() * 32);
    for (const auto& leaf : list_.leaves()) {
      leaves_.insert(leaves_.end(), leaf.begin(), leaf.end());
    }
  }

  const lists::HashList& list() const { return list_; }
  const Openings& openings() const { return openings_; }
  const Bytes& leaves() const { return leaves_; }
  Manifest& manifest() { return manifest_; }
  ManifestHash manifest_hash() const { return hash_of(encode(manifest_)); }
  Rng& rng() { return rng_; }
  Result<TileSet> tiles() const { return TileSet::decode(openings_.tiles, leaves_, manifest_); }

  OpenedRequest open(std::uint8_t keeper, BytesView body) const {
    return open_request(keeper, boxes_[keeper], manifest_hash(), body).value();
  }

  std::array<Bytes, kKeepers> answer(const std::array<Bytes, kKeepers>& bodies,
                                     const SumsHook& hook) {
    std::vector<OpenedRequest> requests;
    for (std::uint8_t i = 0; i < kKeepers; ++i) {
      requests.push_back(open(i, bodies[i]));
    }
    const std::size_t colours = openings_.colours;
    std::vector<Sums> sums(media::kHypotheses * colours);
    for (std::size_t h = 0; h < media::kHypotheses; ++h) {
      media::PdqBits x;
      for (std::size_t i = 0; i < kKeepers; ++i) {
        const auto& next = requests[(i + 1) % kKeepers].share.hashes[h];
        if (requests[i].share.hashes[h].next != next.own) {
          std::abort();  // the sharing is not replicated: a mistake of the device's side
        }
        x = x ^ media::PdqBits::from_bytes(next.own);
      }
      const Gf128 scalar = Gf128::from_bytes(rng_.array<16>());
      for (std::size_t e = 0; e < list_.entries().size(); ++e) {
        const auto d = media::distance(x, list_.entries()[e].hash).value;
        if (d <= kThreshold || d == 256) {  // 256 wraps to 0 in the keepers' ring
          Sums& sum = sums[h * colours + openings_.colour_of[e]];
          sum.mu = sum.mu ^ multiply(scalar, Gf128::from_bytes(openings_.rho[e]));
          sum.lambda = sum.lambda ^ multiply(scalar, Gf128::from_bytes(openings_.l[e]));
        }
      }
    }
    hook(sums);
    std::array<std::vector<OpeningShare>, kKeepers> shares;
    for (const Sums& sum : sums) {
      const Sums a{Gf128::from_bytes(rng_.array<16>()), Gf128::from_bytes(rng_.array<16>())};
      const Sums b{Gf128::from_bytes(rng_.array<16>()), Gf128::from_bytes(rng_.array<16>())};
      shares[0].push_back({a.mu.bytes(), a.lambda.bytes()});
      shares[1].push_back({b.mu.bytes(), b.lambda.bytes()});
      shares[2].push_back(
          {(sum.mu ^ a.mu ^ b.mu).bytes(), (sum.lambda ^ a.lambda ^ b.lambda).bytes()});
    }
    std::array<Bytes, kKeepers> replies;
    for (std::size_t i = 0; i < kKeepers; ++i) {
      replies[i] = seal_reply(requests[i], shares[i]);
    }
    return replies;
  }

  /// The whole way of one picture.
  MatchOutcome check_picture(const std::array<media::PdqBits, media::kHypotheses>& hashes,
                             const TileSet& tiles, const SumsHook& hook) {
    const auto query = PictureQuery::create(manifest_, manifest_hash(), hashes, rng_).value();
    return query.open(answer(query.requests(), hook), tiles).value();
  }

  /// What a plaintext scan of the list finds, by the rule of MatchOutcome.
  std::vector<Found> plaintext_scan(
      const std::array<media::PdqBits, media::kHypotheses>& hashes) const {
    std::vector<Found> found;
    for (std::uint32_t e = 0; e < list_.entries().size(); ++e) {
      const lists::Entry& entry = list_.entries()[e];
      Found best{media::Dihedral::original, HammingDistance{999}, entry, e};
      for (std::size_t h = 0; h < media::kHypotheses; ++h) {
        const auto d = media::distance(hashes[h], entry.hash);
        if (d.value <= kThreshold && d < best.distance) {
          best.distance = d;
          best.hypothesis = static_cast<media::Dihedral>(h);
        }
      }
      if (best.distance.value <= kThreshold) {
        found.push_back(best);
      }
    }
    std::ranges::sort(found, {}, [](const Found& f) {
      return std::tuple(f.distance, f.hypothesis, f.leaf_index);
    });
    return found;
  }

 private:
  lists::HashList list_;
  crypto::SeededRng rng_;
  SecretBytes secret_;
  Openings openings_;
  Manifest manifest_;
  std::array<crypto::BoxKeyPair, kKeepers> boxes_;
  Bytes leaves_;
};

}  // namespace lightkeeper::match
