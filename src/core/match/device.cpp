#include "core/match/device.hpp"

#include <algorithm>
#include <tuple>

namespace lightkeeper::match {
namespace {

void wipe_words(media::PdqBits& hash) {
  wipe({reinterpret_cast<Byte*>(hash.words.data()), sizeof(hash.words)});
}

void wipe_share(HashShare& share) {
  wipe(share.own);
  wipe(share.next);
}

ByteArray<32> xor_of(const ByteArray<32>& a, const ByteArray<32>& b, const ByteArray<32>& c) {
  ByteArray<32> out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<Byte>(a[i] ^ b[i] ^ c[i]);
  }
  return out;
}

}  // namespace

struct PictureQuery::State {
  QueryId query;
  ManifestHash manifest{};
  crypto::Digest list_root{};
  std::size_t colours = 0;
  std::array<media::PdqBits, media::kHypotheses> hashes{};
  std::array<Bytes, kKeepers> requests;
  std::array<crypto::AeadKey, kKeepers> reply_keys;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { std::ranges::for_each(hashes, wipe_words); }
};

std::array<HashShare, kKeepers> share_hash(const media::PdqBits& x, Rng& rng) {
  auto r0 = rng.array<32>();
  auto r1 = rng.array<32>();
  auto plain = x.bytes();
  auto r2 = xor_of(plain, r0, r1);
  const std::array<HashShare, kKeepers> shares{HashShare{r0, r1}, HashShare{r1, r2},
                                               HashShare{r2, r0}};
  for (auto* secret : {&r0, &r1, &r2, &plain}) {
    wipe(*secret);
  }
  return shares;
}

PictureQuery::PictureQuery(std::unique_ptr<State> state) : state_(std::move(state)) {}
PictureQuery::PictureQuery(PictureQuery&&) noexcept = default;
PictureQuery& PictureQuery::operator=(PictureQuery&&) noexcept = default;
PictureQuery::~PictureQuery() = default;

Result<PictureQuery> PictureQuery::create(
    const Manifest& manifest, const ManifestHash& manifest_hash,
    const std::array<media::PdqBits, media::kHypotheses>& hashes, Rng& rng) {
  LK_CHECK_OK(check(manifest));
  if (hash_of(encode(manifest)) != manifest_hash) {
    return fail(ErrorCode::manifest_mismatch, "match.query",
                "this is not the hash of the manifest");
  }
  auto state = std::make_unique<State>();
  state->query = QueryId{rng.array<16>()};
  state->manifest = manifest_hash;
  state->list_root = manifest.list_root;
  state->colours = manifest.colours;
  state->hashes = hashes;

  std::array<QueryShare, kKeepers> parts;
  for (QueryShare& part : parts) {
    part.query = state->query;
  }
  for (std::size_t h = 0; h < hashes.size(); ++h) {
    auto shares = share_hash(hashes[h], rng);
    for (std::size_t keeper = 0; keeper < kKeepers; ++keeper) {
      parts[keeper].hashes[h] = shares[keeper];
    }
    std::ranges::for_each(shares, wipe_share);
  }
  Status sealed;
  for (std::size_t keeper = 0; keeper < kKeepers && sealed; ++keeper) {
    auto request = seal_request(static_cast<std::uint8_t>(keeper), manifest.keepers[keeper].box,
                                manifest_hash, parts[keeper], rng);
    if (request) {
      state->requests[keeper] = std::move(request->body);
      state->reply_keys[keeper] = std::move(request->reply_key);
    } else {
      sealed = std::unexpected(std::move(request).error());
    }
  }
  for (QueryShare& part : parts) {
    std::ranges::for_each(part.hashes, wipe_share);
  }
  LK_CHECK_OK(sealed);
  return PictureQuery(std::move(state));
}

const std::array<Bytes, kKeepers>& PictureQuery::requests() const { return state_->requests; }

Result<MatchOutcome> PictureQuery::open(const std::array<Bytes, kKeepers>& replies,
                                        const TileSet& tiles) const {
  if (tiles.list_root() != state_->list_root) {
    return fail(ErrorCode::manifest_mismatch, "match.open", "tiles of another list");
  }
  struct Sums {
    Gf128 mu;
    Gf128 lambda;
  };
  std::vector<Sums> sums(media::kHypotheses * state_->colours);
  for (std::size_t keeper = 0; keeper < kKeepers; ++keeper) {
    const RequestHeader header{static_cast<std::uint8_t>(keeper), state_->query, state_->manifest};
    LK_TRY(shares,
           open_reply(state_->reply_keys[keeper], header, state_->colours, replies[keeper]));
    for (std::size_t i = 0; i < sums.size(); ++i) {
      sums[i].mu = sums[i].mu ^ Gf128::from_bytes(shares[i].mu);
      sums[i].lambda = sums[i].lambda ^ Gf128::from_bytes(shares[i].lambda);
    }
  }
  MatchOutcome outcome;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    // The same steps for every colour, matched or not: without a match mu = lambda = 0, so K = 0,
    // whose label no tile carries. Only the look-up on this device tells the two apart.
    const Gf128 group_key = multiply(sums[i].lambda, invert(sums[i].mu));
    const BytesView tile = tiles.find(tile_label(group_key, state_->list_root));
    if (tile.empty()) {
      continue;
    }
    const std::size_t hypothesis = i / state_->colours;
    for (const RecoveredMember& member :
         open_tile(group_key, state_->list_root, tile, state_->hashes[hypothesis])) {
      if (!tiles.has_leaf(member.leaf_index, lists::leaf_of(member.entry))) {
        continue;
      }
      outcome.found.push_back({static_cast<media::Dihedral>(hypothesis), member.distance,
                               member.entry, member.leaf_index});
    }
  }
  const auto rank = [](const Found& f) {
    return std::tuple(f.distance, f.hypothesis, f.leaf_index);
  };
  const auto leaf_then_rank = [&rank](const Found& f) { return std::tuple(f.leaf_index, rank(f)); };
  std::ranges::sort(outcome.found, {}, leaf_then_rank);
  const auto repeated = std::ranges::unique(outcome.found, {}, &Found::leaf_index);
  outcome.found.erase(repeated.begin(), repeated.end());
  std::ranges::sort(outcome.found, {}, rank);
  return outcome;
}

}  // namespace lightkeeper::match
