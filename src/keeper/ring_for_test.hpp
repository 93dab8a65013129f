// Three keepers in one process for tests: a pump that delivers their messages in any order that
// keeps each link's.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/crypto/crypto.hpp"
#include "keeper/session.hpp"

namespace lightkeeper::keeper::test {

inline SecretBytes secret_from(Rng& rng) {
  SecretBytes secret(kPairSecretSize);
  rng.fill(secret.expose_secret_for_writing());
  return secret;
}

inline media::PdqBits random_hash(Rng& rng) { return media::PdqBits::from_bytes(rng.array<32>()); }

/// `hash` with exactly `distance` bits changed.
inline media::PdqBits at_distance(const media::PdqBits& hash, unsigned distance, Rng& rng) {
  media::PdqBits out = hash;
  for (unsigned done = 0; done < distance;) {
    const unsigned k = rng.array<1>()[0];
    if (out.bit(k) == hash.bit(k)) {
      out.set(k, !hash.bit(k));
      ++done;
    }
  }
  return out;
}

using PictureHashes = std::array<media::PdqBits, media::kHypotheses>;
using QueryShares = std::array<match::QueryShare, match::kKeepers>;

inline QueryShares share_picture(const PictureHashes& hashes, Rng& rng) {
  const QueryId query{rng.array<16>()};
  QueryShares shares;
  for (match::QueryShare& share : shares) {
    share.query = query;
  }
  for (std::size_t h = 0; h < hashes.size(); ++h) {
    const media::PdqBits r0 = random_hash(rng);
    const media::PdqBits r1 = random_hash(rng);
    const std::array<ByteArray<32>, 3> r{r0.bytes(), r1.bytes(), (hashes[h] ^ r0 ^ r1).bytes()};
    for (std::size_t i = 0; i < match::kKeepers; ++i) {
      shares[i].hashes[h] = {r[i], r[(i + 1) % 3]};
    }
  }
  return shares;
}

/// Openings in which every entry is a group and a colour of its own: the answer then names each
/// matching entry.
inline std::shared_ptr<const EpochTables> one_colour_per_entry(std::span<const media::PdqBits> list,
                                                               Rng& rng) {
  std::vector<std::uint32_t> colours(list.size());
  std::vector<ByteArray<16>> rho(list.size());
  std::vector<ByteArray<16>> l(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    colours[i] = static_cast<std::uint32_t>(i);
    rho[i] = rng.array<16>();
    rho[i][0] |= 1U;
    l[i] = rng.array<16>();
  }
  const auto count = static_cast<std::uint16_t>(std::max<std::size_t>(1, list.size()));
  return std::make_shared<const EpochTables>(
      EpochTables::create(list, count, colours, rho, l).value());
}

/// The secrets of three keepers that agree with one another.
inline std::array<std::shared_ptr<const SessionSecrets>, 3> ring_secrets(Rng& rng) {
  const SecretBytes common = secret_from(rng);
  std::array<SecretBytes, 3> pairs{secret_from(rng), secret_from(rng),
                                   secret_from(rng)};  // [j]: of (j, j+1)
  std::array<std::shared_ptr<const SessionSecrets>, 3> secrets;
  for (std::size_t i = 0; i < 3; ++i) {
    secrets[i] = std::make_shared<const SessionSecrets>(
        SessionSecrets{pairs[(i + 2) % 3].clone(), pairs[i].clone(), common.clone()});
  }
  return secrets;
}

struct Delivery {
  std::uint8_t from = 0;
  std::uint8_t to = 0;
  Bytes message;
};

/// What a run gave: the three keepers' shares, or the first error.
struct RingResult {
  std::array<std::optional<std::vector<match::OpeningShare>>, 3> sums;
  std::optional<Error> error;
  std::vector<Delivery> seen;  // every message that was delivered, in order

  /// The XOR of the three shares.
  [[nodiscard]] std::vector<match::OpeningShare> combined() const {
    std::vector<match::OpeningShare> out = *sums[0];
    for (std::size_t j = 0; j < out.size(); ++j) {
      for (std::size_t b = 0; b < 16; ++b) {
        out[j].mu[b] = static_cast<Byte>(out[j].mu[b] ^ (*sums[1])[j].mu[b] ^ (*sums[2])[j].mu[b]);
        out[j].lambda[b] =
            static_cast<Byte>(out[j].lambda[b] ^ (*sums[1])[j].lambda[b] ^ (*sums[2])[j].lambda[b]);
      }
    }
    return out;
  }
};

struct Ring {
  std::array<std::shared_ptr<const EpochTables>, 3> epochs;
  std::array<std::shared_ptr<const SessionSecrets>, 3> secrets;
  std::array<match::ManifestHash, 3> manifests{};
  std::shared_ptr<const SharedStreams> streams = std::make_shared<const SharedStreams>();
  /// May change, drop (false) or count messages on their way.
  std::function<bool(Delivery&)> tap = [](Delivery&) { return true; };

  [[nodiscard]] RingResult run(const QueryShares& shares, Rng& rng) const {
    std::vector<Session> sessions;
    std::array<std::array<std::deque<Bytes>, 3>, 3> wires;
    RingResult result;
    for (std::uint8_t i = 0; i < 3; ++i) {
      sessions.push_back(
          Session::create({i, manifests[i], epochs[i], secrets[i], streams}, shares[i], rng));
    }
    const auto collect = [&](std::uint8_t from) {
      for (Outgoing& out : sessions[from].take_outgoing()) {
        wires[from][neighbour_of(from, out.to)].push_back(std::move(out.message));
      }
    };
    for (std::uint8_t i = 0; i < 3; ++i) {
      collect(i);
    }
    for (;;) {
      std::vector<std::pair<std::uint8_t, std::uint8_t>> ready;
      for (std::uint8_t from = 0; from < 3; ++from) {
        for (std::uint8_t to = 0; to < 3; ++to) {
          if (!wires[from][to].empty()) {
            ready.emplace_back(from, to);
          }
        }
      }
      if (ready.empty()) {
        break;
      }
      const auto [from, to] = ready[rng.array<1>()[0] % ready.size()];
      Delivery delivery{from, to, std::move(wires[from][to].front())};
      wires[from][to].pop_front();
      if (!tap(delivery)) {
        continue;
      }
      result.seen.push_back(delivery);
      const Neighbour source =
          neighbour_of(to, Neighbour::next) == from ? Neighbour::next : Neighbour::previous;
      if (auto status = sessions[to].receive(source, delivery.message); !status && !result.error) {
        result.error = status.error();
      }
      collect(to);
    }
    for (std::size_t i = 0; i < 3; ++i) {
      result.sums[i] = sessions[i].sums();
    }
    return result;
  }
};

inline Ring honest_ring(std::shared_ptr<const EpochTables> epoch, Rng& rng) {
  Ring ring;
  ring.epochs = {epoch, epoch, epoch};
  ring.secrets = ring_secrets(rng);
  const match::ManifestHash manifest = rng.array<32>();
  ring.manifests = {manifest, manifest, manifest};
  return ring;
}

}  // namespace lightkeeper::keeper::test
