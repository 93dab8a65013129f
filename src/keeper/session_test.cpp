#include "keeper/session.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>
#include <string>
#include <tuple>

#include "keeper/ring_for_test.hpp"

namespace lightkeeper::keeper {
namespace {

using test::Delivery;
using test::PictureHashes;
using test::Ring;
using test::RingResult;

PictureHashes random_picture(Rng& rng) {
  PictureHashes hashes;
  for (media::PdqBits& hash : hashes) {
    hash = test::random_hash(rng);
  }
  return hashes;
}

/// The plaintext scan, with d mod 256 as the ring has it: a photographic negative counts here, and
/// only here.
std::vector<bool> plaintext_matches(const PictureHashes& picture,
                                    std::span<const media::PdqBits> list) {
  std::vector<bool> out;
  for (const media::PdqBits& x : picture) {
    for (const media::PdqBits& y : list) {
      out.push_back(media::distance(x, y).value % 256 <= match::kThreshold);
    }
  }
  return out;
}

/// With one colour per entry: which (hash, entry) pairs the answer opens, and that lambda / mu is L
/// / rho there.
std::vector<bool> opened(const Ring& ring, const RingResult& result) {
  std::vector<bool> out;
  const std::vector<match::OpeningShare> sums = result.combined();
  const std::size_t entries = ring.epochs[0]->list().entries();
  for (std::size_t h = 0; h < media::kHypotheses; ++h) {
    for (std::size_t i = 0; i < entries; ++i) {
      const auto mu = match::Gf128::from_bytes(sums[h * ring.epochs[0]->colours() + i].mu);
      const auto lambda = match::Gf128::from_bytes(sums[h * ring.epochs[0]->colours() + i].lambda);
      out.push_back(mu != match::Gf128{});
      const EpochTables::Element& element = ring.epochs[0]->elements()[i];
      EXPECT_EQ(multiply(mu, element.l), multiply(lambda, element.rho));
    }
  }
  return out;
}

void expect_plaintext_answer(const PictureHashes& picture, std::span<const media::PdqBits> list,
                             Rng& rng) {
  const Ring ring = test::honest_ring(test::one_colour_per_entry(list, rng), rng);
  const RingResult result = ring.run(test::share_picture(picture, rng), rng);
  ASSERT_FALSE(result.error) << result.error->message();
  for (const auto& sums : result.sums) {
    ASSERT_TRUE(sums);
    ASSERT_EQ(sums->size(), media::kHypotheses * ring.epochs[0]->colours());
  }
  EXPECT_EQ(opened(ring, result), plaintext_matches(picture, list));
}

TEST(Session, EveryPlantedDistanceGivesThePlaintextAnswer) {
  crypto::SeededRng rng(1);
  const PictureHashes picture = random_picture(rng);
  std::vector<media::PdqBits> list;
  for (unsigned d = 0; d <= 64; ++d) {
    list.push_back(test::at_distance(picture[d % 8], d, rng));
  }
  for (unsigned d = 192; d <= 256; ++d) {
    list.push_back(test::at_distance(picture[d % 8], d, rng));
  }
  expect_plaintext_answer(picture, list, rng);
}

TEST(Session, SizesThatAreNoMultipleOfABlockGiveThePlaintextAnswer) {
  crypto::SeededRng rng(2);
  for (const std::size_t size : {0U, 1U, 63U, 64U, 65U, 511U, 513U}) {
    const PictureHashes picture = random_picture(rng);
    std::vector<media::PdqBits> list(size);
    for (std::size_t i = 0; i < size; ++i) {
      list[i] = i % 5 == 0 ? test::at_distance(picture[i % 8], static_cast<unsigned>(i % 40), rng)
                           : test::random_hash(rng);
    }
    expect_plaintext_answer(picture, list, rng);
  }
}

TEST(Session, AllZeroHashesDoNotMatchTheFillOfTheLastBlock) {
  crypto::SeededRng rng(3);
  const PictureHashes picture{};  // distance 0 to the zero hashes that fill up the block
  const std::vector<media::PdqBits> list{test::at_distance({}, 200, rng)};
  expect_plaintext_answer(picture, list, rng);
}

TEST(Session, OtherWeightsDuplicatesAndNegativesGiveThePlaintextAnswer) {
  crypto::SeededRng rng(4);
  PictureHashes picture = random_picture(rng);
  picture[1] = {};
  picture[2].words.fill(~std::uint64_t{0});
  picture[3] = test::at_distance({}, 3, rng);
  picture[4] = test::at_distance({}, 112, rng);
  picture[5] = test::at_distance({}, 142, rng);
  picture[7] = picture[6];
  std::vector<media::PdqBits> list;
  media::PdqBits all_ones;
  all_ones.words.fill(~std::uint64_t{0});
  for (const media::PdqBits& hash : picture) {
    list.push_back(hash);
    list.push_back(hash);
    list.push_back(hash ^ all_ones);
    list.push_back(test::at_distance(hash, 31, rng));
    list.push_back(test::at_distance(hash, 32, rng));
    list.push_back(test::at_distance(hash ^ all_ones, 7, rng));
  }
  expect_plaintext_answer(picture, list, rng);
}

TEST(Session, SeriesOfThousandsOfNearDuplicatesGiveThePlaintextAnswer) {
  crypto::SeededRng rng(5);
  for (const std::size_t size : {300U, 5000U}) {
    const PictureHashes picture = random_picture(rng);
    std::vector<media::PdqBits> list(size);
    for (std::size_t i = 0; i < size; ++i) {
      list[i] = test::at_distance(picture[0], static_cast<unsigned>(i % 48), rng);
    }
    expect_plaintext_answer(picture, list, rng);
  }
}

RC_GTEST_PROP(Session, AnyListAndPictureGiveThePlaintextAnswer, ()) {
  crypto::SeededRng rng(*rc::gen::arbitrary<std::uint64_t>());
  const PictureHashes picture = random_picture(rng);
  std::vector<media::PdqBits> list(*rc::gen::inRange<std::size_t>(0, 130));
  for (media::PdqBits& hash : list) {
    hash = test::at_distance(picture[rng.array<1>()[0] % 8], rng.array<1>()[0] % 70U, rng);
  }
  const Ring ring = test::honest_ring(test::one_colour_per_entry(list, rng), rng);
  const RingResult result = ring.run(test::share_picture(picture, rng), rng);
  RC_ASSERT(!result.error);
  RC_ASSERT(opened(ring, result) == plaintext_matches(picture, list));
}

TEST(Session, EntriesOfOneGroupInOneColourOpenItsKeyTogether) {
  crypto::SeededRng rng(6);
  const PictureHashes picture = random_picture(rng);
  std::vector<media::PdqBits> list(40);
  const match::Gf128 key = match::Gf128::from_bytes(rng.array<16>());
  std::vector<ByteArray<16>> rho;
  std::vector<ByteArray<16>> l;
  for (std::size_t i = 0; i < list.size(); ++i) {
    list[i] = test::at_distance(picture[3], static_cast<unsigned>(i), rng);
    rho.push_back(rng.array<16>());
    l.push_back(multiply(match::Gf128::from_bytes(rho[i]), key).bytes());
  }
  const std::vector<std::uint32_t> colour_of(list.size(), 2);
  const auto epoch =
      std::make_shared<const EpochTables>(EpochTables::create(list, 4, colour_of, rho, l).value());
  const Ring ring = test::honest_ring(epoch, rng);
  const test::QueryShares shares = test::share_picture(picture, rng);
  const auto first = ring.run(shares, rng).combined();
  const auto second = ring.run(shares, rng).combined();
  for (std::size_t j = 0; j < first.size(); ++j) {
    const auto mu = match::Gf128::from_bytes(first[j].mu);
    const auto lambda = match::Gf128::from_bytes(first[j].lambda);
    EXPECT_EQ(mu != match::Gf128{}, j == 3 * 4 + 2);
    EXPECT_EQ(lambda, multiply(mu, key));
  }
  // A fresh scalar per query: the same picture's answers cannot be linked by their sums.
  EXPECT_NE(first[3 * 4 + 2].mu, second[3 * 4 + 2].mu);
}

TEST(Session, TheScalarDiffersBetweenHashesAndColours) {
  crypto::SeededRng rng(7);
  PictureHashes picture;
  picture.fill(test::random_hash(rng));
  const std::vector<media::PdqBits> list(3, picture[0]);
  const std::vector<ByteArray<16>> ones(3, match::kGf128One.bytes());
  const std::vector<std::uint32_t> colour_of{0, 1, 2};
  const auto epoch = std::make_shared<const EpochTables>(
      EpochTables::create(list, 3, colour_of, ones, ones).value());
  const auto sums =
      test::honest_ring(epoch, rng).run(test::share_picture(picture, rng), rng).combined();
  std::set<std::string> scalars;
  for (const match::OpeningShare& sum : sums) {
    scalars.insert(to_hex(sum.mu));
  }
  EXPECT_EQ(scalars.size(), 24U);
}

// --- What must end a session
// ------------------------------------------------------------------------------------

struct Prepared {
  PictureHashes picture;
  Ring ring;
  test::QueryShares shares;
};
Prepared prepared(std::size_t entries, Rng& rng, bool matching = true) {
  const PictureHashes picture = random_picture(rng);
  std::vector<media::PdqBits> list(entries);
  for (std::size_t i = 0; i < entries; ++i) {
    list[i] = matching && i % 3 == 0 ? test::at_distance(picture[i % 8], 10, rng)
                                     : test::random_hash(rng);
  }
  Ring ring = test::honest_ring(test::one_colour_per_entry(list, rng), rng);
  test::QueryShares shares = test::share_picture(picture, rng);
  return {picture, std::move(ring), shares};
}

TEST(Session, SharesThatDoNotFitTogetherAreRefusedBeforeAnythingElseIsSent) {
  crypto::SeededRng rng(8);
  for (std::size_t keeper = 0; keeper < 3; ++keeper) {
    for (const bool own : {true, false}) {
      Prepared p = prepared(10, rng);
      match::HashShare& hash = p.shares[keeper].hashes[5];
      (own ? hash.own : hash.next)[17] ^= 0x10U;
      const RingResult result = p.ring.run(p.shares, rng);
      ASSERT_TRUE(result.error);
      EXPECT_EQ(result.error->code, ErrorCode::shares_disagree);
      for (const auto& sums : result.sums) {
        EXPECT_FALSE(sums);
      }
      for (const Delivery& delivery : result.seen) {
        EXPECT_LT(delivery.message[1], static_cast<Byte>(circuit_step(1)));
      }
    }
  }
}

TEST(Session, DifferentManifestsGiveAnErrorAndNoSums) {
  crypto::SeededRng rng(9);
  for (std::size_t keeper = 0; keeper < 3; ++keeper) {
    Prepared p = prepared(10, rng);
    p.ring.manifests[keeper][0] ^= 1U;
    const RingResult result = p.ring.run(p.shares, rng);
    ASSERT_TRUE(result.error);
    EXPECT_EQ(result.error->code,
              ErrorCode::shares_disagree);  // another manifest, another sid, other MAC keys
    EXPECT_FALSE(result.sums[0] || result.sums[1] || result.sums[2]);
  }
}

TEST(Session, DifferentQueryIdsGiveAnErrorAndNoSums) {
  crypto::SeededRng rng(10);
  Prepared p = prepared(10, rng);
  p.shares[1].query.value[0] ^= 1U;
  const RingResult result = p.ring.run(p.shares, rng);
  ASSERT_TRUE(result.error);
  EXPECT_FALSE(result.sums[0] || result.sums[1] || result.sums[2]);
}

TEST(Session, AnotherPairSecretGivesAnErrorAndNoSums) {
  crypto::SeededRng rng(11);
  Prepared p = prepared(10, rng);
  p.ring.secrets[2] = std::make_shared<const SessionSecrets>(SessionSecrets{
      test::secret_from(rng), p.ring.secrets[2]->next.clone(), p.ring.secrets[2]->common.clone()});
  const RingResult result = p.ring.run(p.shares, rng);
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->code, ErrorCode::shares_disagree);
  EXPECT_FALSE(result.sums[0] || result.sums[1] || result.sums[2]);
}

TEST(Session, AMissingMessageLeavesTheReceiverWithoutSums) {
  crypto::SeededRng rng(12);
  const std::size_t messages = [&] {
    Prepared p = prepared(5, rng);
    return p.ring.run(p.shares, rng).seen.size();
  }();
  EXPECT_EQ(messages, 6U + 6U + 1U + 3U + 21U);
  for (std::size_t dropped = 0; dropped < messages; ++dropped) {
    Prepared p = prepared(5, rng);
    std::size_t count = 0;
    std::uint8_t receiver = 0;
    p.ring.tap = [&](Delivery& delivery) {
      if (count++ == dropped) {
        receiver = delivery.to;
        return false;
      }
      return true;
    };
    const RingResult result = p.ring.run(p.shares, rng);
    EXPECT_FALSE(result.sums[receiver]) << dropped;
  }
}

TEST(Session, AMessageOfAnotherSizeStepOrVersionEndsTheSession) {
  crypto::SeededRng rng(13);
  const auto spoils = std::to_array<std::function<void(Bytes&)>>({
      [](Bytes& m) { m.pop_back(); },
      [](Bytes& m) { m.push_back(0); },
      [](Bytes& m) { m.clear(); },
      [](Bytes& m) { m.resize(1); },
      [](Bytes& m) { m[0] ^= 1U; },
      [](Bytes& m) { m[1] ^= 1U; },
      [](Bytes& m) { m.resize(m.size() * 3 + 100); },
  });
  for (std::size_t target = 0; target < 37; ++target) {
    for (const auto& spoil : spoils) {
      Prepared p = prepared(3, rng);
      std::size_t count = 0;
      std::uint8_t receiver = 0;
      p.ring.tap = [&](Delivery& delivery) {
        if (count++ == target) {
          spoil(delivery.message);
          receiver = delivery.to;
        }
        return true;
      };
      const RingResult result = p.ring.run(p.shares, rng);
      ASSERT_TRUE(result.error);
      EXPECT_EQ(result.error->code, ErrorCode::bad_format);
      EXPECT_FALSE(result.sums[receiver]);
    }
  }
}

TEST(Session, AnErrorIsFinalAndSilent) {
  crypto::SeededRng rng(14);
  const Prepared p = prepared(3, rng);
  Session session =
      Session::create({0, p.ring.manifests[0], p.ring.epochs[0], p.ring.secrets[0], p.ring.streams},
                      p.shares[0], rng);
  EXPECT_EQ(session.take_outgoing().size(), 2U);
  EXPECT_FALSE(session.receive(Neighbour::next, Bytes{1, 2, 3}));
  const Bytes good = concat({ByteArray<2>{1, 1}, ByteArray<32>{}});
  EXPECT_EQ(session.receive(Neighbour::next, good).error().code, ErrorCode::bad_format);
  EXPECT_TRUE(session.take_outgoing().empty());
  EXPECT_FALSE(session.sums());
}

TEST(Session, MessagesHaveTheSameSizesAndNumberForMatchAndNoMatch) {
  crypto::SeededRng rng(15);
  const auto shape = [&](bool matching) {
    Prepared p = prepared(100, rng, matching);
    std::map<std::tuple<int, int, int>, std::size_t> sizes;
    for (const Delivery& d : p.ring.run(p.shares, rng).seen) {
      sizes[{d.from, d.to, d.message[1]}] += d.message.size();
    }
    return sizes;
  };
  const auto expected = shape(true);
  EXPECT_EQ(shape(false), expected);
  EXPECT_EQ(shape(false), expected);
}

TEST(Session, FourteenBitsPerEntryAndHashAreSent) {
  std::size_t bits = 0;
  for (unsigned round = 0; round < kCircuitRounds; ++round) {
    bits += 8 * (message_size(circuit_step(round), 100) - 2);
  }
  EXPECT_EQ(bits, 14U * 100 * kBlockEntries * media::kHypotheses);
}

TEST(Session, BadEpochTablesAreRefused) {
  const std::vector<media::PdqBits> two(2);
  const std::vector<ByteArray<16>> elements(2);
  const std::vector<std::uint32_t> colours{0, 1};
  EXPECT_TRUE(EpochTables::create(two, 2, colours, elements, elements));
  EXPECT_FALSE(EpochTables::create(two, 1, colours, elements, elements));
  EXPECT_FALSE(EpochTables::create(two, 0, colours, elements, elements));
  EXPECT_FALSE(EpochTables::create(two, 2, std::span(colours).first(1), elements, elements));
  EXPECT_FALSE(EpochTables::create(two, 2, colours, std::span(elements).first(1), elements));
  EXPECT_FALSE(EpochTables::create(two, 2, colours, elements, std::span(elements).first(1)));
}

}  // namespace
}  // namespace lightkeeper::keeper
