// Three keepers with real sockets, and a device. (tests/keepers/ runs them as processes of the
// built program.)
#include "keeper/process/keeper.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <map>
#include <thread>

#include "core/lists/hash_list.hpp"
#include "core/match/device.hpp"
#include "http/http.hpp"
#include "keeper/process/folder_for_test.hpp"
#include "keeper/process/offer.hpp"
#include "keeper/ring_for_test.hpp"

namespace lightkeeper::keeper {
namespace {

using namespace std::chrono_literals;

constexpr std::array kLevels{match::Disclosure::disclose, match::Disclosure::prevent,
                             match::Disclosure::offer};

std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  EXPECT_EQ(::bind(socket, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size), 0);
  ::close(socket);
  return ntohs(address.sin_port);
}

lists::HashList list_of(std::span<const media::PdqBits> hashes, Rng& rng) {
  std::vector<lists::Entry> entries;
  for (const media::PdqBits& hash : hashes) {
    entries.push_back({hash, lists::Provenance::test, 0, rng.array<32>()});
  }
  return lists::HashList::create({"drawn", Epoch{1}, media::PdqVariant::full, {}, UnixMillis{0}},
                                 entries)
      .value();
}

class Keepers : public ::testing::Test {
 protected:
  Keepers() : rng_(42), clock_(UnixMillis{1000}), publisher_(crypto::generate_signing_key(rng_)) {
    for (std::uint8_t i = 0; i < 3; ++i) {
      const std::string url = "http://127.0.0.1:" + std::to_string(free_port());
      const std::string link = "127.0.0.1:" + std::to_string(free_port());
      cards_[i] =
          KeeperFolder::create(place_.path() / std::to_string(i), i, url, link, rng_).value();
    }
    for (media::PdqBits& hash : picture_) {
      hash = test::random_hash(rng_);
    }
    for (media::PdqBits& hash : other_) {
      hash = test::random_hash(rng_);
    }
    std::vector<media::PdqBits> hashes;
    for (unsigned d = 0; d <= 40; ++d) {
      hashes.push_back(test::at_distance(picture_[d % 8], d, rng_));
    }
    for (unsigned i = 0; i < 60; ++i) {
      hashes.push_back(test::random_hash(rng_));
    }
    list_ = std::make_unique<lists::HashList>(list_of(hashes, rng_));
  }
  ~Keepers() override {
    for (auto& keeper : keepers_) {
      keeper.reset();
    }
  }

  Keeper::Options options(std::size_t i) {
    Keeper::Options out;
    out.folder = place_.path() / std::to_string(i);
    out.list_file = list_->sign(publisher_.secret, publisher_.public_key);
    out.trusted = publisher_.public_key;
    out.cards = cards_;
    out.listen = cards_[i].card.url.substr(7);
    out.link_listen = cards_[i].card.link;
    out.answer_time = 1500ms;
    return out;
  }
  void start(std::size_t i) {
    auto keeper = Keeper::start(options(i), clock_);
    ASSERT_TRUE(keeper) << keeper.error().message();
    keepers_[i] = std::move(*keeper);
  }
  void start_all() {
    for (std::size_t i = 0; i < 3; ++i) {
      start(i);
    }
  }
  http::ClientResponse call(std::size_t i, const std::string& method, const std::string& path,
                            Bytes body = {}, std::map<std::string, std::string> headers = {}) {
    http::ClientRequest request;
    request.method = method;
    request.url = cards_[i].card.url + path;
    request.body = std::move(body);
    request.headers = std::move(headers);
    auto response = http::exchange(request);
    return response ? *response : http::ClientResponse{};
  }
  bool eventually(const std::function<bool()>& condition) {
    for (int i = 0; i < 400; ++i) {
      if (condition()) {
        return true;
      }
      std::this_thread::sleep_for(20ms);
    }
    return false;
  }
  bool all_ready() {
    return eventually([this] {
      return call(0, "GET", "/readyz").status == 200 && call(1, "GET", "/readyz").status == 200 &&
             call(2, "GET", "/readyz").status == 200;
    });
  }
  match::Manifest manifest_from_keepers() {
    std::array<Offer, 3> offers;
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_TRUE(eventually([&] { return call(i, "GET", "/v1/offer").status == 200; }));
      offers[i] = offer_from_json_text(as_text(call(i, "GET", "/v1/offer").body)).value();
    }
    return manifest_from_offers(offers, kLevels, UnixMillis{5000}).value();
  }
  Bytes sign(const match::Manifest& manifest) {
    return match::sign_manifest(manifest, publisher_.secret, publisher_.public_key);
  }
  void publish() {
    manifest_ = manifest_from_keepers();
    for (std::size_t i = 0; i < 3; ++i) {
      ASSERT_EQ(call(i, "POST", "/v1/manifest", sign(manifest_)).status, 201);
    }
    ASSERT_TRUE(all_ready());
  }
  match::PictureQuery query(const test::PictureHashes& hashes) {
    crypto::SystemRng rng;
    return match::PictureQuery::create(manifest_, match::hash_of(match::encode(manifest_)), hashes,
                                       rng)
        .value();
  }
  std::array<http::ClientResponse, 3> post(const match::PictureQuery& query) {
    std::array<std::future<http::ClientResponse>, 3> calls;
    for (std::size_t i = 0; i < 3; ++i) {
      calls[i] = std::async(std::launch::async,
                            [&, i] { return call(i, "POST", "/v1/query", query.requests()[i]); });
    }
    return {calls[0].get(), calls[1].get(), calls[2].get()};
  }
  /// The number of entries found, or -1 for an error.
  int check(const test::PictureHashes& hashes) {
    const auto asked = query(hashes);
    const auto answers = post(asked);
    for (const auto& answer : answers) {
      if (answer.status != 200) {
        return -1;
      }
    }
    const auto tiles = match::TileSet::decode(call(1, "GET", "/v1/tiles").body,
                                              call(2, "GET", "/v1/leaves").body, manifest_);
    const auto outcome =
        asked.open({answers[0].body, answers[1].body, answers[2].body}, tiles.value());
    return outcome ? static_cast<int>(outcome->found.size()) : -1;
  }
  static std::string code_of(const http::ClientResponse& response) {
    const std::string text(as_text(response.body));
    const auto at = text.find("\"code\":\"");
    return at == std::string::npos ? "" : text.substr(at + 8, text.find('"', at + 8) - at - 8);
  }

  test::PictureHashes picture_;
  test::PictureHashes other_;
  crypto::SeededRng rng_;
  SetClock clock_;
  test::TemporaryFolder place_;
  crypto::SigningKeyPair publisher_;
  std::array<PublicCard, 3> cards_;
  std::unique_ptr<lists::HashList> list_;
  match::Manifest manifest_;
  std::array<std::unique_ptr<Keeper>, 3> keepers_;
};

TEST_F(Keepers, AnswerLikeThePlaintextScanAlsoManyQueriesAtOnce) {
  start_all();
  publish();
  EXPECT_EQ(check(picture_), 32);  // planted distances 0..31
  EXPECT_EQ(check(other_), 0);
  std::vector<std::future<int>> calls;
  for (int i = 0; i < 24; ++i) {
    calls.push_back(std::async(std::launch::async,
                               [this, i] { return check(i % 2 == 0 ? picture_ : other_); }));
  }
  for (int i = 0; i < 24; ++i) {
    EXPECT_EQ(calls[static_cast<std::size_t>(i)].get(), i % 2 == 0 ? 32 : 0);
  }
  const std::string metrics(as_text(call(0, "GET", "/metrics").body));
  EXPECT_NE(metrics.find("lightkeeper_keeper_queries_answered_total 26\n"), std::string::npos)
      << metrics;
}

TEST_F(Keepers, RefuseWhatIsNotAProperQuery) {
  start_all();
  publish();
  const auto asked = query(picture_);
  EXPECT_EQ(code_of(call(0, "POST", "/v1/query", Bytes(match::kRequestSize - 1))), "bad_argument");
  EXPECT_EQ(call(0, "POST", "/v1/query", Bytes(match::kRequestSize + 1)).status, 413);
  EXPECT_GE(call(0, "POST", "/v1/query", Bytes(match::kRequestSize, 0x55)).status, 400);
  EXPECT_EQ(code_of(call(0, "POST", "/v1/query", asked.requests()[0], {{"Cookie", "a=b"}})),
            "identity_attached");
  EXPECT_EQ(
      code_of(call(0, "POST", "/v1/query", asked.requests()[0], {{"Authorization", "Bearer x"}})),
      "identity_attached");
  EXPECT_EQ(code_of(call(1, "POST", "/v1/query", asked.requests()[0])),
            "bad_argument");  // another keeper's box
  match::Manifest later = manifest_;
  later.version = Epoch{2};
  crypto::SystemRng rng;
  const auto stale =
      match::PictureQuery::create(later, match::hash_of(match::encode(later)), picture_, rng)
          .value();
  EXPECT_EQ(code_of(call(0, "POST", "/v1/query", stale.requests()[0])), "manifest_mismatch");
  const auto options = call(0, "OPTIONS", "/v1/query");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.headers.at("access-control-allow-origin"), "*");
  EXPECT_EQ(options.headers.at("access-control-max-age"), "86400");
  // None of that spoiled the query itself.
  const auto answers = post(asked);
  EXPECT_EQ(answers[0].status, 200);
  EXPECT_EQ(answers[0].body.size(), match::reply_size(manifest_.colours));
  EXPECT_EQ(answers[0].headers.at("access-control-allow-origin"), "*");
  // And it is answered once.
  for (const auto& again : post(asked)) {
    EXPECT_EQ(code_of(again), "replayed");
  }
}

TEST_F(Keepers, AQueryThatDoesNotReachAllThreeEndsInAnError) {
  start_all();
  publish();
  const auto asked = query(picture_);
  auto first = std::async(std::launch::async,
                          [&] { return call(0, "POST", "/v1/query", asked.requests()[0]); });
  const auto second = call(2, "POST", "/v1/query", asked.requests()[2]);
  EXPECT_EQ(code_of(first.get()), "keeper_unreachable");
  EXPECT_EQ(code_of(second), "keeper_unreachable");
  EXPECT_EQ(check(other_), 0);
}

TEST_F(Keepers, SharesThatDoNotFitAreRefusedByAllThree) {
  start_all();
  publish();
  const auto shares = test::share_picture(picture_, rng_);
  std::array<std::future<http::ClientResponse>, 3> calls;
  for (std::uint8_t i = 0; i < 3; ++i) {
    match::QueryShare share = shares[i];
    if (i == 1) {
      share.hashes[3].own[4] ^= 1U;
    }
    const auto sealed = match::seal_request(i, cards_[i].card.box,
                                            match::hash_of(match::encode(manifest_)), share, rng_)
                            .value();
    calls[i] = std::async(std::launch::async, [this, i, body = sealed.body] {
      return call(i, "POST", "/v1/query", body);
    });
  }
  for (auto& answer : calls) {
    EXPECT_EQ(code_of(answer.get()), "shares_disagree");
  }
}

TEST_F(Keepers, AStoppedKeeperIsAnErrorAndComesBackWithItsManifest) {
  start_all();
  publish();
  keepers_[2].reset();
  EXPECT_TRUE(eventually([this] { return call(0, "GET", "/readyz").status == 503; }));
  EXPECT_EQ(check(picture_), -1);
  EXPECT_EQ(code_of(call(0, "POST", "/v1/query", query(picture_).requests()[0])),
            "keeper_unreachable");
  start(2);
  ASSERT_TRUE(all_ready());
  EXPECT_EQ(call(2, "GET", "/v1/manifest").body, sign(manifest_));
  EXPECT_EQ(check(picture_), 32);
}

TEST_F(Keepers, TakeOnlyTheManifestOfTheirOwnComputationAndOnlyRisingOnes) {
  start_all();
  const match::Manifest good = manifest_from_keepers();
  EXPECT_EQ(call(0, "GET", "/v1/manifest").status, 503);
  const auto refused = [&](auto change) {
    match::Manifest bad = good;
    change(bad);
    return code_of(call(0, "POST", "/v1/manifest", sign(bad)));
  };
  EXPECT_EQ(refused([](auto& m) { m.tile_root[0] ^= 1U; }), "manifest_mismatch");
  EXPECT_EQ(refused([](auto& m) { m.list_root[0] ^= 1U; }), "manifest_mismatch");
  EXPECT_EQ(refused([](auto& m) { m.entries += 1; }), "manifest_mismatch");
  EXPECT_EQ(refused([](auto& m) { m.colours = 32; }), "manifest_mismatch");
  EXPECT_EQ(refused([](auto& m) { m.list_name = "other"; }), "manifest_mismatch");
  EXPECT_EQ(refused([](auto& m) { m.variant = media::PdqVariant::via512; }), "manifest_mismatch");
  EXPECT_EQ(refused([](auto& m) { m.keepers[1].box.bytes[0] ^= 1U; }), "manifest_mismatch");
  EXPECT_EQ(refused([](auto& m) { m.not_after = UnixMillis{999}; }), "manifest_stale");
  const auto stranger = crypto::generate_signing_key(rng_);
  EXPECT_EQ(code_of(call(0, "POST", "/v1/manifest",
                         match::sign_manifest(good, stranger.secret, stranger.public_key))),
            "bad_key");
  Bytes flipped = sign(good);
  flipped[20] ^= 1U;
  EXPECT_EQ(code_of(call(0, "POST", "/v1/manifest", flipped)), "bad_signature");
  EXPECT_EQ(call(0, "POST", "/v1/manifest", Bytes(100'000)).status, 413);

  match::Manifest second = good;
  second.version = Epoch{2};
  EXPECT_EQ(call(0, "POST", "/v1/manifest", sign(second)).status, 201);
  EXPECT_EQ(call(0, "POST", "/v1/manifest", sign(second)).status, 200);
  EXPECT_EQ(code_of(call(0, "POST", "/v1/manifest", sign(good))), "manifest_stale");
  match::Manifest split = second;
  split.not_after = UnixMillis{4999};
  EXPECT_EQ(code_of(call(0, "POST", "/v1/manifest", sign(split))), "manifest_mismatch");
}

TEST_F(Keepers, AnExpiredManifestAnswersNoQuery) {
  start_all();
  publish();
  clock_.set(UnixMillis{5001});
  EXPECT_EQ(call(0, "GET", "/readyz").status, 503);
  EXPECT_EQ(code_of(call(0, "POST", "/v1/query", query(picture_).requests()[0])), "manifest_stale");
}

TEST_F(Keepers, AKeeperWithAnotherListIsLeftAlone) {
  start(0);
  start(1);
  list_ = std::make_unique<lists::HashList>(
      list_of(std::vector<media::PdqBits>{test::random_hash(rng_)}, rng_));
  start(2);
  std::this_thread::sleep_for(700ms);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(call(i, "GET", "/v1/offer").status, 503);
  }
}

TEST_F(Keepers, AStrangerWithoutTheLinkKeyIsRefused) {
  start(0);
  start(1);
  // Keeper 2 calls itself keeper 2 and listens where keeper 2 should, but has other keys.
  const auto stranger = place_.path() / "stranger";
  PublicCard card =
      KeeperFolder::create(stranger, 2, cards_[2].card.url, cards_[2].card.link, rng_).value();
  Keeper::Options theirs = options(2);
  theirs.folder = stranger;
  theirs.cards[2] = card;
  auto keeper = Keeper::start(std::move(theirs), clock_);
  ASSERT_TRUE(keeper);
  std::string metrics;
  EXPECT_TRUE(eventually([&] {
    metrics = as_text(call(0, "GET", "/metrics").body);
    return metrics.contains("link_up{neighbour=\"next\"} 1\n") &&
           metrics.contains("link_refused_total ") && !metrics.contains("link_refused_total 0\n");
  })) << metrics;
  EXPECT_TRUE(metrics.contains("link_up{neighbour=\"previous\"} 0\n")) << metrics;
  EXPECT_EQ(call(0, "GET", "/v1/offer").status, 503);
}

TEST_F(Keepers, AContributionThatWasNotCommittedToIsRefused) {
  cards_[2].commitment[0] ^= 1U;  // as keepers 0 and 1 know the card
  start(0);
  start(1);
  cards_[2].commitment[0] ^= 1U;
  start(2);
  std::this_thread::sleep_for(700ms);
  EXPECT_EQ(call(0, "GET", "/v1/offer").status, 503);
  EXPECT_EQ(call(1, "GET", "/v1/offer").status, 503);
}

TEST_F(Keepers, WrongCardsAndListsDoNotStart) {
  Keeper::Options swapped = options(0);
  std::swap(swapped.cards[1], swapped.cards[2]);
  EXPECT_EQ(Keeper::start(std::move(swapped), clock_).error().code, ErrorCode::bad_argument);
  Keeper::Options foreign = options(0);
  foreign.cards[0].card.link = "127.0.0.1:1";
  EXPECT_EQ(Keeper::start(std::move(foreign), clock_).error().code, ErrorCode::bad_argument);
  Keeper::Options list = options(0);
  list.list_file[30] ^= 1U;
  EXPECT_FALSE(Keeper::start(std::move(list), clock_));
  Keeper::Options key = options(0);
  key.trusted.bytes[0] ^= 1U;
  EXPECT_FALSE(Keeper::start(std::move(key), clock_));
  Keeper::Options public_address = options(0);
  public_address.listen = "0.0.0.0:" + std::to_string(free_port());
  EXPECT_FALSE(Keeper::start(std::move(public_address), clock_));
}

}  // namespace
}  // namespace lightkeeper::keeper
