#include "lightkeeper/guard.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "core/franking/frank.hpp"
#include "guard/rules_for_tests.hpp"
#include "guard/test_epoch.hpp"

namespace lightkeeper::guard {
namespace {

class Guarding : public ::testing::Test {
 protected:
  Guarding() { EXPECT_TRUE(crypto::initialise()); }

  Result<Verdict> check(const media::Pixels& picture, Direction direction) {
    LK_TRY(begun, guard_.begin_picture(picture.view(), direction, kNow));
    return guard_.finish_picture(begun.id, epoch_.answer(begun));
  }

  crypto::SeededRng rng_{1};
  TestEpoch epoch_;
  Guard guard_ = ready_guard(epoch_, rng_);
};

ErrorCode code_of(const auto& result) { return result ? ErrorCode::internal : result.error().code; }
bool has_reason(const Verdict& verdict, std::string_view code) {
  return std::ranges::find(verdict.reasons, code, &ReasonText::code) != verdict.reasons.end();
}

// --- verdicts
// -------------------------------------------------------------------------------------

TEST_F(Guarding, StopsAListedPictureBeforeItIsSentAndTellsNobody) {
  const Verdict verdict = check(listed_picture(), Direction::sending).value();
  EXPECT_EQ(verdict.action, Action::block);
  EXPECT_TRUE(has_reason(verdict, "listed_picture_not_sent"));
  EXPECT_TRUE(has_reason(verdict, "nobody_told"));
  EXPECT_TRUE(verdict.disclosures.empty());
  ASSERT_TRUE(verdict.match);
  EXPECT_EQ(verdict.match->distance.value, 0);
  EXPECT_EQ(verdict.match->hypothesis, media::Dihedral::original);
  EXPECT_EQ(verdict.match->provenance, lists::Provenance::test);
  EXPECT_EQ(verdict.match->category, 3);
  EXPECT_EQ(verdict.match->manifest_version.value, 5U);
}

TEST_F(Guarding, CoversAListedPictureThatArrivesAndOffersAReport) {
  const Verdict verdict = check(listed_picture(), Direction::receiving).value();
  EXPECT_EQ(verdict.action, Action::blur);
  EXPECT_TRUE(has_reason(verdict, "listed_picture_covered"));
  EXPECT_EQ(verdict.disclosures.size(), 1U);
}

TEST_F(Guarding, FindsAMirroredAndABrightenedCopy) {
  media::Pixels mirrored = listed_picture();
  for (std::size_t y = 0; y < mirrored.height; ++y) {
    for (std::size_t x = 0; x < mirrored.width / 2; ++x) {
      for (std::size_t c = 0; c < 3; ++c) {
        std::swap(mirrored.rgb[(y * mirrored.width + x) * 3 + c],
                  mirrored.rgb[(y * mirrored.width + mirrored.width - 1 - x) * 3 + c]);
      }
    }
  }
  const Verdict verdict = check(mirrored, Direction::sending).value();
  EXPECT_EQ(verdict.action, Action::block);
  EXPECT_NE(verdict.match->hypothesis, media::Dihedral::original);
  media::Pixels brighter = listed_picture();
  for (Byte& value : brighter.rgb) {
    value = static_cast<Byte>(std::min(255, value + 12));
  }
  EXPECT_EQ(check(brighter, Direction::sending).value().action, Action::block);
}

// Browsers that blur what a page reads from a canvas; the worker lets up to this much noise pass.
TEST_F(Guarding, FindsAListedPictureThroughTheNoiseOfACanvas) {
  constexpr int kNoise = 4;
  const auto clean = hashes_of(listed_picture())[0];
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    crypto::SeededRng noise(seed);
    media::Pixels picture = listed_picture();
    for (Byte& value : picture.rgb) {
      value = static_cast<Byte>(
          std::clamp(value + noise.array<1>()[0] % (2 * kNoise + 1) - kNoise, 0, 255));
    }
    EXPECT_LE(media::distance(hashes_of(picture)[0], clean).value, 8);
    EXPECT_EQ(check(picture, Direction::sending).value().action, Action::block);
  }
}

TEST_F(Guarding, AllowsAPictureThatIsNotListed) {
  const Verdict verdict = check(other_picture(), Direction::sending).value();
  EXPECT_EQ(verdict.action, Action::allow);
  EXPECT_TRUE(has_reason(verdict, "no_match"));
  EXPECT_FALSE(verdict.match);
}

TEST_F(Guarding, AllowsAPictureOfTooLowQualityAndSaysSo) {
  const Verdict verdict = check(flat_picture(), Direction::sending).value();
  EXPECT_EQ(verdict.action, Action::allow);
  EXPECT_TRUE(has_reason(verdict, "low_quality"));
}

// --- traffic
// -----------------------------------------------------------------------------------------

using Begin = std::function<std::vector<KeeperRequest>(const media::Pixels&)>;

// Number, order, addresses and sizes of the requests must not depend on the picture.
bool traffic_is_equal(const Begin& begin) {
  std::set<std::vector<std::pair<std::string, std::size_t>>> shapes;
  for (const auto& picture : {listed_picture(), other_picture(), flat_picture(),
                              media::draw_picture(40, 900, 3), media::Pixels{1, 1, Bytes(3)}}) {
    std::vector<std::pair<std::string, std::size_t>> shape;
    for (const KeeperRequest& request : begin(picture)) {
      shape.emplace_back(request.url, request.body.size());
    }
    shapes.insert(shape);
  }
  return shapes.size() == 1 && shapes.begin()->size() == match::kKeepers &&
         std::ranges::all_of(*shapes.begin(),
                             [](const auto& one) { return one.second == match::kRequestSize; });
}

TEST_F(Guarding, SendsTheSameTrafficForMatchNoMatchAndLowQuality) {
  const Begin begin = [&](const media::Pixels& picture) {
    const auto check = guard_.begin_picture(picture.view(), Direction::sending, kNow).value();
    return std::vector(check.requests.begin(), check.requests.end());
  };
  EXPECT_TRUE(traffic_is_equal(begin));
}

TEST_F(Guarding, AGuardWhoseTrafficDependsOnThePictureIsCaught) {
  const auto quality = [](const media::Pixels& p) {
    return media::pdq(p.view(), media::PdqVariant::full).value().quality;
  };
  const Begin skips_low_quality = [&](const media::Pixels& picture) {
    const auto check = guard_.begin_picture(picture.view(), Direction::sending, kNow).value();
    return quality(picture) < media::kMinQuality
               ? std::vector<KeeperRequest>()
               : std::vector(check.requests.begin(), check.requests.end());
  };
  EXPECT_FALSE(traffic_is_equal(skips_low_quality));
  const Begin sends_the_hash_along = [&](const media::Pixels& picture) {
    auto check = guard_.begin_picture(picture.view(), Direction::sending, kNow).value();
    if (hashes_of(picture) == hashes_of(listed_picture())) {
      check.requests[1].body.push_back(0);
    }
    return std::vector(check.requests.begin(), check.requests.end());
  };
  EXPECT_FALSE(traffic_is_equal(sends_the_hash_along));
}

TEST_F(Guarding, NeverSendsTheSameBytesTwice) {
  std::set<crypto::Digest> seen;
  for (int i = 0; i < 5; ++i) {
    const media::Pixels picture = listed_picture();
    const PictureCheck check =
        guard_.begin_picture(picture.view(), Direction::sending, kNow).value();
    for (const KeeperRequest& request : check.requests) {
      EXPECT_TRUE(seen.insert(crypto::sha256(request.body)).second);
    }
  }
}

// --- errors are never "allow"
// ---------------------------------------------------------------------------

TEST_F(Guarding, GivesNoVerdictWithoutAllThreeKeepers) {
  for (const auto& picture : {listed_picture(), other_picture(), flat_picture()}) {
    for (unsigned silent = 1; silent < 8; ++silent) {
      const auto begun = guard_.begin_picture(picture.view(), Direction::sending, kNow).value();
      auto replies = epoch_.answer(begun);
      for (std::size_t i = 0; i < 3; ++i) {
        if ((silent >> i & 1U) != 0) {
          replies[i].clear();
        }
      }
      const auto verdict = guard_.finish_picture(begun.id, replies);
      ASSERT_EQ(code_of(verdict), ErrorCode::keeper_unreachable);
      EXPECT_EQ(verdict.error().detail,
                std::to_string(std::popcount(silent)) + " of 3 keepers did not answer");
    }
  }
}

TEST_F(Guarding, GivesNoVerdictOnRepliesThatWereChanged) {
  for (const auto& picture : {listed_picture(), other_picture(), flat_picture()}) {
    for (const int change : {0, 1, 2, 3}) {
      for (std::size_t i = 0; i < 3; ++i) {
        const auto begun = guard_.begin_picture(picture.view(), Direction::sending, kNow).value();
        auto replies = epoch_.answer(begun);
        if (change == 0) {
          replies[i][replies[i].size() / 2] ^= 1U;
        } else if (change == 1) {
          replies[i].pop_back();
        } else if (change == 2) {
          replies[i].push_back(0);
        } else {
          std::swap(replies[i], replies[(i + 1) % 3]);
        }
        EXPECT_FALSE(guard_.finish_picture(begun.id, replies)) << change;
      }
    }
  }
}

TEST_F(Guarding, AnswersACheckOnce) {
  const auto begun = guard_.begin_picture(other_picture().view(), Direction::sending, kNow).value();
  const auto replies = epoch_.answer(begun);
  EXPECT_TRUE(guard_.finish_picture(begun.id, replies));
  EXPECT_EQ(code_of(guard_.finish_picture(begun.id, replies)), ErrorCode::not_found);
  EXPECT_EQ(code_of(guard_.finish_picture(CheckId{999}, replies)), ErrorCode::not_found);
  const auto failed =
      guard_.begin_picture(other_picture().view(), Direction::sending, kNow).value();
  const auto good = epoch_.answer(failed);
  EXPECT_FALSE(guard_.finish_picture(failed.id, {}));
  EXPECT_EQ(code_of(guard_.finish_picture(failed.id, good)), ErrorCode::not_found);
}

TEST_F(Guarding, DoesNotTakeTheRepliesOfAnotherCheck) {
  const auto first =
      guard_.begin_picture(listed_picture().view(), Direction::sending, kNow).value();
  const auto second =
      guard_.begin_picture(other_picture().view(), Direction::sending, kNow).value();
  const auto replies_of_second = epoch_.answer(second);
  EXPECT_FALSE(guard_.finish_picture(first.id, replies_of_second));
  EXPECT_TRUE(guard_.finish_picture(second.id, replies_of_second));
}

TEST_F(Guarding, HoldsALimitedNumberOfChecks) {
  const media::Pixels small = media::draw_picture(8, 8, 1);
  std::vector<CheckId> ids;
  for (std::size_t i = 0; i < kMaxChecks; ++i) {
    ids.push_back(guard_.begin_picture(small.view(), Direction::sending, kNow)->id);
  }
  EXPECT_EQ(code_of(guard_.begin_picture(small.view(), Direction::sending, kNow)),
            ErrorCode::too_many_requests);
  guard_.cancel(ids[3]);
  EXPECT_TRUE(guard_.begin_picture(small.view(), Direction::sending, kNow));
}

TEST_F(Guarding, RefusesPixelsThatDoNotFitTheirSize) {
  const Bytes rgb(30);
  EXPECT_EQ(code_of(guard_.begin_picture({4, 4, rgb}, Direction::sending, kNow)),
            ErrorCode::bad_argument);
  EXPECT_EQ(code_of(guard_.begin_picture({100'000, 100'000, rgb}, Direction::sending, kNow)),
            ErrorCode::picture_too_large);
}

TEST_F(Guarding, RefusesFilesThatAreNotPictures) {
  EXPECT_EQ(code_of(guard_.clean_picture(as_bytes("%PDF-1.7 and more text"), "application/pdf")),
            ErrorCode::picture_type_unsupported);
  EXPECT_FALSE(guard_.clean_picture(as_bytes("%PDF-1.7 and more text"), "image/png"));
  EXPECT_FALSE(guard_.clean_picture({}, "image/png"));
}

// --- policy first, states and epochs
// ------------------------------------------------------------------------

TEST_F(Guarding, AsksForPolicyBeforeTheFirstCheckOfEachDirectionAndEpoch) {
  TestEpoch epoch;
  Guard fresh = Guard::create(rng_).value();
  const media::Pixels picture = other_picture();
  EXPECT_EQ(code_of(fresh.policy(Direction::sending)), ErrorCode::unavailable);
  EXPECT_EQ(code_of(fresh.begin_picture(picture.view(), Direction::sending, kNow)),
            ErrorCode::unavailable);
  const EpochInfo info = epoch.install(fresh).value();
  EXPECT_EQ(info.version.value, 5U);
  EXPECT_EQ(info.list_name, "drawn pictures");
  EXPECT_EQ(info.keepers[0], "http://localhost:8001");
  EXPECT_EQ(info.keepers[2], "http://localhost:8003");
  EXPECT_EQ(code_of(fresh.begin_picture(picture.view(), Direction::sending, kNow)),
            ErrorCode::bad_argument);
  const CheckPolicy policy = fresh.policy(Direction::sending).value();
  EXPECT_EQ(policy.checks.size(), 2U);
  for (const std::string& keeper : info.keepers) {
    EXPECT_NE(std::ranges::find(policy.disclosures, keeper, &Disclosed::to),
              policy.disclosures.end());
  }
  EXPECT_TRUE(fresh.begin_picture(picture.view(), Direction::sending, kNow));
  EXPECT_EQ(code_of(fresh.begin_picture(picture.view(), Direction::receiving, kNow)),
            ErrorCode::bad_argument);
  (void)epoch.install(fresh).value();  // the same again changes nothing
  EXPECT_TRUE(fresh.begin_picture(picture.view(), Direction::sending, kNow));
  epoch.keepers.manifest().version = Epoch{7};
  (void)epoch.install(fresh).value();
  EXPECT_EQ(code_of(fresh.begin_picture(picture.view(), Direction::sending, kNow)),
            ErrorCode::bad_argument);
}

TEST_F(Guarding, RefusesRollbackSplitViewExpiryAndForeignKeysAndKeepsWhatItHas) {
  TestEpoch lower(4);
  EXPECT_EQ(code_of(lower.install(guard_)), ErrorCode::manifest_stale);
  TestEpoch same_version;
  same_version.keepers.manifest().not_after.value += 1;
  EXPECT_EQ(code_of(same_version.install(guard_)), ErrorCode::manifest_mismatch);
  TestEpoch newer(6);
  const Bytes manifest = newer.signed_manifest();
  const auto install = [&](BytesView m, BytesView tiles, BytesView leaves, crypto::VerifyingKey key,
                           UnixMillis now, Epoch least) {
    return code_of(guard_.install_epoch({m, tiles, leaves, key, now, least}));
  };
  EXPECT_EQ(install(manifest, newer.tiles, newer.leaves, newer.key.public_key,
                    UnixMillis{kNow.value + 1001}, Epoch{0}),
            ErrorCode::manifest_stale);
  EXPECT_EQ(install(manifest, newer.tiles, newer.leaves, newer.key.public_key, kNow, Epoch{7}),
            ErrorCode::manifest_stale);
  crypto::VerifyingKey other = newer.key.public_key;
  other.bytes[0] ^= 1U;
  EXPECT_EQ(install(manifest, newer.tiles, newer.leaves, other, kNow, Epoch{0}),
            ErrorCode::bad_key);
  Bytes changed = manifest;
  changed[20] ^= 1U;
  EXPECT_NE(install(changed, newer.tiles, newer.leaves, newer.key.public_key, kNow, Epoch{0}),
            ErrorCode::internal);
  for (auto* file : {&newer.tiles, &newer.leaves}) {
    (*file)[file->size() - 1] ^= 1U;
    EXPECT_EQ(code_of(newer.install(guard_)), ErrorCode::manifest_mismatch);
    (*file)[file->size() - 1] ^= 1U;
  }
  // Nothing of it replaced the epoch that is installed.
  EXPECT_EQ(check(listed_picture(), Direction::sending)->match->manifest_version.value, 5U);
}

TEST_F(Guarding, DoesNotCheckAgainstAnExpiredList) {
  const media::Pixels picture = other_picture();
  EXPECT_TRUE(
      guard_.begin_picture(picture.view(), Direction::sending, UnixMillis{kNow.value + 1000}));
  EXPECT_EQ(code_of(guard_.begin_picture(picture.view(), Direction::sending,
                                         UnixMillis{kNow.value + 1001})),
            ErrorCode::manifest_stale);
}

TEST_F(Guarding, FinishesARunningCheckAgainstTheEpochItBeganWith) {
  const auto begun =
      guard_.begin_picture(listed_picture().view(), Direction::sending, kNow).value();
  const auto replies = epoch_.answer(begun);
  TestEpoch next(9);
  ASSERT_TRUE(next.install(guard_));
  const Verdict verdict = guard_.finish_picture(begun.id, replies).value();
  EXPECT_EQ(verdict.action, Action::block);
  EXPECT_EQ(verdict.match->manifest_version.value, 5U);
}

// Keepers and publisher together hand out an entry of a class that is not certified: the guard does
// not act on it, and does not allow either.
TEST_F(Guarding, RefusesEveryClassButTest) {
  for (const auto provenance :
       {lists::Provenance::certified_known, lists::Provenance::survivor_asserted}) {
    TestEpoch epoch(20 + static_cast<std::uint32_t>(provenance));
    lists::Entry entry = match::drawn_entry(hashes_of(listed_picture())[0], 3);
    entry.provenance = provenance;
    const crypto::Digest leaf = lists::leaf_of(entry);
    epoch.leaves = to_bytes(leaf);
    epoch.keepers.manifest().entries = 1;
    epoch.keepers.manifest().list_root = lists::merkle_root({&leaf, 1});
    const match::Gf128 group_key = match::Gf128::from_bytes(ByteArray<16>{0x21, 7});
    const std::array member{match::TileMember{entry, 0}};
    const auto encoded = match::encode_tiles(
        1, {match::seal_tile(group_key, epoch.keepers.manifest().list_root, member, 1)});
    epoch.tiles = encoded.bytes;
    epoch.keepers.manifest().tile_root = encoded.root;
    Guard guard = ready_guard(epoch, rng_);
    const auto begun =
        guard.begin_picture(listed_picture().view(), Direction::sending, kNow).value();
    const auto replies = epoch.answer(begun, [&](std::vector<match::Sums>& sums) {
      sums[0].mu = match::Gf128::from_bytes(ByteArray<16>{0x35, 9});
      sums[0].lambda = match::multiply(sums[0].mu, group_key);
    });
    EXPECT_EQ(code_of(guard.finish_picture(begun.id, replies)), ErrorCode::list_class_refused);
  }
}

// --- what a match discloses
// ---------------------------------------------------------------------------------------------

struct VoucherAttempt {
  match::Disclosure asked_for;  // by the manifest
  bool shipped;                 // table of classes
  VoucherCause cause;
};
/// Every attempt at a voucher after a match, and whether one came out.
std::vector<std::pair<VoucherAttempt, bool>> every_attempt(Direction direction) {
  std::vector<std::pair<VoucherAttempt, bool>> out;
  for (const auto level :
       {match::Disclosure::prevent, match::Disclosure::offer, match::Disclosure::disclose}) {
    for (const bool shipped : {true, false}) {
      for (const auto cause : {VoucherCause::level, VoucherCause::person}) {
        crypto::SeededRng rng(7);
        TestEpoch epoch;
        epoch.keepers.manifest().disclosure[2] = level;
        Guard guard =
            shipped ? Guard::create(rng).value()
                    : create_guard_with_rules(rng, rules_that_disclose_test_pictures()).value();
        (void)epoch.install(guard).value();
        (void)guard.policy(direction).value();
        const auto begun = guard.begin_picture(listed_picture().view(), direction, kNow).value();
        (void)guard.finish_picture(begun.id, epoch.answer(begun)).value();
        franking::Content content;
        content.type = franking::ContentType::picture;
        content.attachments = {
            guard.seal_attachment(Bytes(100, 5), "image/png").value().descriptor};
        const FrankedContent franked = guard.frank(content).value();
        const Bytes context = direction == Direction::sending
                                  ? Bytes()
                                  : franking::encode(franking::Context{
                                        1, content.sender, content.conversation, ServerSeq{1}, kNow,
                                        franking::Mode::end_to_end_encrypted});
        const auto voucher = guard.make_voucher(
            begun.id, cause, {franked.content, 0, franked.key, context, {}}, kNow);
        if (voucher) {
          const auto opened = policy::decode_voucher(*voucher).value();
          EXPECT_EQ(opened.direction, direction);
          EXPECT_EQ(opened.entry.hash, hashes_of(listed_picture())[0]);
          EXPECT_EQ(opened.manifest, match::hash_of(match::encode(epoch.keepers.manifest())));
          EXPECT_EQ(opened.content, franked.content);
          // Once: the match is forgotten with it.
          EXPECT_EQ(code_of(guard.make_voucher(
                        begun.id, cause, {franked.content, 0, franked.key, context, {}}, kNow)),
                    ErrorCode::not_found);
        } else {
          EXPECT_EQ(voucher.error().code, level == match::Disclosure::prevent
                                              ? ErrorCode::not_found
                                              : ErrorCode::not_allowed);
        }
        out.push_back({{level, shipped, cause}, voucher.has_value()});
      }
    }
  }
  return out;
}
/// No voucher at `prevent`; at `offer` only by the person; without the person only at `disclose`,
/// which the shipped table never gives to test pictures.
bool levels_hold(const std::vector<std::pair<VoucherAttempt, bool>>& attempts) {
  return std::ranges::all_of(attempts, [](const auto& one) {
    const auto& [attempt, made] = one;
    if (attempt.asked_for == match::Disclosure::prevent) {
      return !made;
    }
    const bool by_itself = attempt.asked_for == match::Disclosure::disclose && !attempt.shipped;
    return made == (by_itself || attempt.cause == VoucherCause::person);
  });
}

TEST_F(Guarding, MakesAVoucherOnlyAsTheLevelAllows) {
  for (const auto direction : {Direction::sending, Direction::receiving}) {
    const auto attempts = every_attempt(direction);
    EXPECT_EQ(attempts.size(), 12U);
    EXPECT_TRUE(levels_hold(attempts));
  }
}

TEST_F(Guarding, AGuardThatDisclosesWhereThePersonShouldDecideIsCaught) {
  auto attempts = every_attempt(Direction::receiving);
  for (auto& [attempt, made] : attempts) {
    if (attempt.asked_for == match::Disclosure::offer) {
      made = true;
    }
  }
  EXPECT_FALSE(levels_hold(attempts));
}

TEST_F(Guarding, RemembersNothingOfAPictureThatDidNotMatchOrWasDropped) {
  const auto other =
      guard_.begin_picture(other_picture().view(), Direction::receiving, kNow).value();
  (void)guard_.finish_picture(other.id, epoch_.answer(other)).value();
  EXPECT_EQ(code_of(guard_.make_voucher(other.id, VoucherCause::person, {}, kNow)),
            ErrorCode::not_found);
  const auto listed =
      guard_.begin_picture(listed_picture().view(), Direction::receiving, kNow).value();
  (void)guard_.finish_picture(listed.id, epoch_.answer(listed)).value();
  EXPECT_EQ(code_of(guard_.make_voucher(listed.id, VoucherCause::person, {}, kNow)),
            ErrorCode::bad_argument);  // there is a match, the message is missing
  guard_.cancel(listed.id);
  EXPECT_EQ(code_of(guard_.make_voucher(listed.id, VoucherCause::person, {}, kNow)),
            ErrorCode::not_found);
}

TEST_F(Guarding, TellsBeforehandWhatEachLevelDiscloses) {
  const auto policy = guard_.policy(Direction::sending).value();
  ASSERT_EQ(policy.levels.size(), 1U);
  EXPECT_NE(policy.levels[0].find("unless you report it"), std::string::npos);
  EXPECT_EQ(policy.disclosures.back().to, "only this device");
  Guard disclosing = create_guard_with_rules(rng_, rules_that_disclose_test_pictures()).value();
  TestEpoch epoch;
  epoch.keepers.manifest().disclosure[2] = match::Disclosure::disclose;
  (void)epoch.install(disclosing).value();
  const auto told = disclosing.policy(Direction::sending).value();
  EXPECT_NE(told.levels[0].find("your service is told"), std::string::npos);
  EXPECT_NE(told.disclosures.back().to, "only this device");
  const auto begun = disclosing.begin_picture(listed_picture().view(), Direction::sending, kNow);
  const auto verdict = disclosing.finish_picture(begun->id, epoch.answer(*begun)).value();
  EXPECT_TRUE(has_reason(verdict, "service_told"));
  EXPECT_FALSE(verdict.disclosed_now.empty());
}

// --- messages
// -----------------------------------------------------------------------------------------------

TEST_F(Guarding, FranksOpensAndRefuses) {
  franking::Content content;
  content.sender.value[0] = 1;
  content.conversation.value[0] = 2;
  content.body = "The tide is low at noon.";
  const FrankedContent franked = guard_.frank(content).value();
  EXPECT_NE(guard_.frank(content)->key.bytes, franked.key.bytes);
  const Bytes context =
      franking::encode(franking::Context{1, content.sender, content.conversation, ServerSeq{1},
                                         kNow, franking::Mode::end_to_end_encrypted});
  const OpenedContent opened = guard_
                                   .open_message(franked.payload, franked.commitment, context,
                                                 content.sender, content.conversation)
                                   .value();
  EXPECT_EQ(opened.content.body, content.body);
  EXPECT_EQ(opened.content_bytes, franked.content);
  EXPECT_EQ(opened.key.bytes, franked.key.bytes);
  EXPECT_EQ(code_of(guard_.open_message(franked.payload, Bytes(31), context, content.sender,
                                        content.conversation)),
            ErrorCode::frank_invalid);
  EXPECT_EQ(code_of(guard_.open_message(franked.payload, franked.commitment, Bytes(3),
                                        content.sender, content.conversation)),
            ErrorCode::frank_invalid);
  EXPECT_EQ(code_of(guard_.open_message(franked.payload, franked.commitment, context, AccountId{},
                                        content.conversation)),
            ErrorCode::frank_invalid);
  const auto sealed = guard_.seal_attachment(Bytes(100, 5), "image/png").value();
  EXPECT_EQ(guard_.open_attachment(sealed.descriptor, sealed.ciphertext).value(), Bytes(100, 5));
  EXPECT_NE(guard_.seal_attachment(Bytes(100, 5), "image/png")->descriptor.file_key,
            sealed.descriptor.file_key);
}

}  // namespace
}  // namespace lightkeeper::guard
