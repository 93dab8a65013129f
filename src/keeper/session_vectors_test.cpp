// vectors/split_scan.json comes from a second implementation:
// tools/generate_split_scan_vectors.mjs.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "keeper/ring_for_test.hpp"

namespace lightkeeper::keeper {
namespace {

using Json = nlohmann::json;

template <std::size_t N>
ByteArray<N> array_of(const Json& text) {
  return to_array<N>(from_hex(text.get<std::string>()).value()).value();
}
template <std::size_t N>
std::vector<ByteArray<N>> arrays_of(const Json& texts) {
  std::vector<ByteArray<N>> out;
  for (const Json& text : texts) {
    out.push_back(array_of<N>(text));
  }
  return out;
}

/// Gives the nonces of the vectors, one keeper after the other; then zeros.
class ListedNonces final : public Rng {
 public:
  explicit ListedNonces(std::vector<ByteArray<32>> nonces) : nonces_(std::move(nonces)) {}
  void fill(std::span<Byte> out) override {
    std::ranges::fill(out, Byte{0});
    if (out.size() == kNonceSize && used_ < nonces_.size()) {
      std::ranges::copy(nonces_[used_++], out.begin());
    }
  }

 private:
  std::vector<ByteArray<32>> nonces_;
  std::size_t used_ = 0;
};

TEST(SplitScanVectors, GiveTheSameSessionIdMessagesAndSums) {
  std::ifstream file(LK_SOURCE_DIR "/vectors/split_scan.json");
  const Json all = Json::parse(file);
  std::vector<media::PdqBits> list;
  for (const auto& bytes : arrays_of<32>(all["list"])) {
    list.push_back(media::PdqBits::from_bytes(bytes));
  }
  const auto epoch = std::make_shared<const EpochTables>(
      EpochTables::create(list, all["colours"].get<std::uint16_t>(),
                          all["colour_of"].get<std::vector<std::uint32_t>>(),
                          arrays_of<16>(all["rho"]), arrays_of<16>(all["l"]))
          .value());
  const auto pairs = arrays_of<32>(all["pair_secrets"]);
  const auto nonces = arrays_of<32>(all["nonces"]);
  const auto common = array_of<32>(all["common_secret"]);
  const auto manifest = array_of<32>(all["manifest"]);
  const QueryId query{array_of<16>(all["query"])};
  EXPECT_EQ(to_hex(session_id(query, manifest, {nonces[0], nonces[1], nonces[2]})),
            all["session_id"]);

  test::Ring ring;
  test::QueryShares shares;
  for (std::size_t i = 0; i < 3; ++i) {
    ring.epochs[i] = epoch;
    ring.manifests[i] = manifest;
    ring.secrets[i] = std::make_shared<const SessionSecrets>(
        SessionSecrets{SecretBytes::copy_of(pairs[(i + 2) % 3]), SecretBytes::copy_of(pairs[i]),
                       SecretBytes::copy_of(common)});
    shares[i].query = query;
    for (std::size_t h = 0; h < media::kHypotheses; ++h) {
      shares[i].hashes[h] = {array_of<32>(all["shares"][h][i]),
                             array_of<32>(all["shares"][h][(i + 1) % 3])};
    }
  }
  ListedNonces rng(nonces);
  const test::RingResult result = ring.run(shares, rng);
  ASSERT_FALSE(result.error);

  EXPECT_EQ(result.seen.size(), all["messages"].size());
  for (const Json& expected : all["messages"]) {
    const auto found = std::ranges::find_if(result.seen, [&](const test::Delivery& delivery) {
      return delivery.from == expected["from"] && delivery.to == expected["to"] &&
             delivery.message[1] == expected["step"];
    });
    ASSERT_NE(found, result.seen.end()) << expected;
    const BytesView payload = BytesView(found->message).subspan(2);
    if (expected.contains("payload")) {
      EXPECT_EQ(to_hex(payload), expected["payload"]) << "step " << expected["step"];
    } else {
      EXPECT_EQ(to_hex(crypto::sha256(payload)), expected["payload_sha256"])
          << "step " << expected["step"];
    }
  }
  for (std::size_t i = 0; i < 3; ++i) {
    ASSERT_EQ(result.sums[i]->size(), all["sums"][i].size());
    for (std::size_t s = 0; s < result.sums[i]->size(); ++s) {
      const match::OpeningShare& share = (*result.sums[i])[s];
      EXPECT_EQ(to_hex(share.mu) + to_hex(share.lambda), all["sums"][i][s]);
    }
  }
}

}  // namespace
}  // namespace lightkeeper::keeper
