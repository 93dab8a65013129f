#include "lightkeeper/guard.hpp"

#include <algorithm>
#include <map>

#include "core/media/pdq.hpp"
#include "guard/rules_for_tests.hpp"

namespace lightkeeper::guard {
namespace {

std::size_t place_of(Direction direction) { return direction == Direction::sending ? 0 : 1; }

Verdict verdict_of(policy::Advice advice) {
  Verdict out;
  out.action = advice.action;
  for (const policy::Reason reason : advice.reasons) {
    out.reasons.push_back({policy::name_of(reason), policy::text_of(reason)});
  }
  out.disclosures = std::move(advice.disclosed_by_a_report);
  out.level = advice.level;
  out.disclosed_now = std::move(advice.disclosed_now);
  return out;
}

void wipe_hashes(std::array<media::PdqBits, media::kHypotheses>& hashes) {
  for (media::PdqBits& hash : hashes) {
    for (std::uint64_t& word : hash.words) {
      // Through volatile: the compiler may not drop a write to memory that goes away next.
      *static_cast<volatile std::uint64_t*>(&word) = 0;
    }
  }
}

struct InstalledEpoch {
  match::Manifest manifest;
  match::ManifestHash hash{};
  match::TileSet tiles;
};

struct RunningCheck {
  // The epoch the requests were made for: a newer one may be installed before the answers come.
  std::shared_ptr<const InstalledEpoch> epoch;
  match::PictureQuery query;
  Direction direction = Direction::sending;
  bool quality_is_enough = false;
};

/// What a voucher is made of. Holds a listed hash, so it goes as soon as the voucher is made.
struct MatchedPicture {
  match::ManifestHash manifest{};
  match::Found found;
  match::Disclosure level = match::Disclosure::prevent;
  Direction direction = Direction::sending;
};

}  // namespace

struct Guard::State {
  State(Rng& source, const policy::ClassRules& classes) : rng(source), rules(classes) {}

  Rng& rng;
  const policy::ClassRules rules;
  std::shared_ptr<const InstalledEpoch> epoch;
  std::array<bool, 2> policy_asked{};
  std::map<std::uint32_t, RunningCheck> checks;
  std::map<std::uint32_t, MatchedPicture> matched;  // by check
  std::uint32_t next_check = 1;
};

Guard::Guard(std::unique_ptr<State> state) : state_(std::move(state)) {}
Guard::Guard(Guard&&) noexcept = default;
Guard& Guard::operator=(Guard&&) noexcept = default;
Guard::~Guard() = default;

Result<Guard> Guard::create(Rng& rng) {
  return create_guard_with_rules(rng, policy::class_rules());
}

Result<Guard> create_guard_with_rules(Rng& rng, const policy::ClassRules& rules) {
  LK_CHECK_OK(crypto::initialise());
  return Guard(std::make_unique<Guard::State>(rng, rules));
}

Result<EpochInfo> Guard::install_epoch(const EpochFiles& files) {
  LK_TRY(manifest, match::open_manifest(files.manifest, files.list_key, files.now));
  if (manifest.version < files.least_version) {
    return fail(ErrorCode::manifest_stale, "guard.install_epoch",
                "lower than the version seen before");
  }
  if (state_->epoch) {
    LK_CHECK_OK(match::check_succession(state_->epoch->manifest, manifest));
  }
  const match::ManifestHash hash = match::hash_of(match::encode(manifest));
  LK_TRY(tiles, match::TileSet::decode(files.tiles, files.leaves, manifest));
  const bool same = state_->epoch && state_->epoch->hash == hash;
  state_->epoch =
      std::make_shared<const InstalledEpoch>(std::move(manifest), hash, std::move(tiles));
  if (!same) {
    state_->policy_asked = {};
  }
  EpochInfo out;
  out.version = state_->epoch->manifest.version;
  out.list_name = state_->epoch->manifest.list_name;
  out.not_after = state_->epoch->manifest.not_after;
  for (std::size_t i = 0; i < match::kKeepers; ++i) {
    out.keepers[i] = state_->epoch->manifest.keepers[i].url;
  }
  return out;
}

Result<CheckPolicy> Guard::policy(Direction direction) {
  if (!state_->epoch) {
    return fail(ErrorCode::unavailable, "guard.policy", "no list is installed");
  }
  state_->policy_asked[place_of(direction)] = true;
  CheckPolicy out;
  out.checks.emplace_back(
      direction == Direction::sending
          ? "Only still JPEG, PNG and WebP pictures can be sent; place and camera data are removed."
          : "Only still JPEG, PNG and WebP pictures are opened.");
  out.checks.push_back("Each picture is compared, without showing it to anybody, with the list \"" +
                       state_->epoch->manifest.list_name + "\".");
  for (const match::KeeperCard& keeper : state_->epoch->manifest.keepers) {
    out.disclosures.push_back(
        {"That a check happens, when, and a random-looking share that alone says nothing about the "
         "picture",
         keeper.url});
  }
  const auto& levels = state_->epoch->manifest.disclosure;
  out.levels = policy::level_words(state_->rules, levels);
  bool told = false;
  for (const policy::ClassRule& rule : state_->rules) {
    told = told || (rule.usable &&
                    policy::level_of(state_->rules, rule.provenance,
                                     levels[static_cast<std::size_t>(rule.provenance) - 1]) ==
                        match::Disclosure::disclose);
  }
  out.disclosures.push_back(
      told ? Disclosed{"That a picture matched, and the picture, for the classes named above",
                       "the people who review reports for this service"}
           : Disclosed{"Whether the picture matched", "only this device"});
  return out;
}

Result<media::CleanPicture> Guard::clean_picture(BytesView file,
                                                 std::string_view claimed_media_type) const {
  return media::clean_picture(file, claimed_media_type);
}

Result<PictureCheck> Guard::begin_picture(media::PixelsView pixels, Direction direction,
                                          UnixMillis now) {
  if (!state_->epoch) {
    return fail(ErrorCode::unavailable, "guard.begin_picture", "no list is installed");
  }
  if (now > state_->epoch->manifest.not_after) {
    return fail(ErrorCode::manifest_stale, "guard.begin_picture", "expired");
  }
  if (!state_->policy_asked[place_of(direction)]) {
    return fail(ErrorCode::bad_argument, "guard.begin_picture", "ask policy() first");
  }
  if (state_->checks.size() >= kMaxChecks) {
    return fail(ErrorCode::too_many_requests, "guard.begin_picture",
                "finish or cancel earlier checks");
  }
  LK_TRY(hashed, media::pdq(pixels, state_->epoch->manifest.variant));
  const bool quality_is_enough = hashed.quality >= media::kMinQuality;
  if (!quality_is_enough) {
    // Such a hash is noise. The same requests go out with random hashes, so that traffic says
    // nothing of quality.
    for (media::PdqBits& hash : hashed.dihedral) {
      hash = media::PdqBits::from_bytes(state_->rng.array<32>());
    }
  }
  auto query = match::PictureQuery::create(state_->epoch->manifest, state_->epoch->hash,
                                           hashed.dihedral, state_->rng);
  wipe_hashes(hashed.dihedral);
  if (!query) {
    return std::unexpected(query.error());
  }
  PictureCheck out;
  out.id.value = state_->next_check++;
  for (std::size_t i = 0; i < match::kKeepers; ++i) {
    out.requests[i] = {state_->epoch->manifest.keepers[i].url + "/v1/query", query->requests()[i]};
  }
  state_->checks.emplace(
      out.id.value, RunningCheck{state_->epoch, *std::move(query), direction, quality_is_enough});
  return out;
}

Result<Verdict> Guard::finish_picture(CheckId check,
                                      const std::array<Bytes, match::kKeepers>& replies) {
  const auto found = state_->checks.find(check.value);
  if (found == state_->checks.end()) {
    return fail(ErrorCode::not_found, "guard.finish_picture", "no such check");
  }
  // Out of the list whatever happens: a query is answered once.
  const RunningCheck running = std::move(found->second);
  state_->checks.erase(found);

  const auto silent =
      std::ranges::count_if(replies, [](const Bytes& reply) { return reply.empty(); });
  if (silent > 0) {
    return fail(ErrorCode::keeper_unreachable, "guard.finish_picture",
                std::to_string(silent) + " of 3 keepers did not answer");
  }
  // Also for random hashes: a keeper that answers wrongly must look the same for every picture.
  LK_TRY(outcome, running.query.open(replies, running.epoch->tiles));

  const match::Manifest& manifest = running.epoch->manifest;
  if (!running.quality_is_enough) {
    LK_TRY(advice,
           policy::advise(state_->rules, running.direction, {false, {}}, manifest.disclosure));
    return verdict_of(std::move(advice));
  }
  std::vector<lists::Provenance> classes;
  for (const match::Found& entry : outcome.found) {
    classes.push_back(entry.entry.provenance);
  }
  LK_TRY(advice,
         policy::advise(state_->rules, running.direction, {true, classes}, manifest.disclosure));
  if (advice.voucher_for) {
    if (state_->matched.size() >= kMaxChecks) {
      state_->matched.erase(state_->matched.begin());
    }
    state_->matched.emplace(check.value,
                            MatchedPicture{running.epoch->hash, outcome.found[*advice.voucher_for],
                                           advice.level, running.direction});
  }
  Verdict out = verdict_of(std::move(advice));
  if (!outcome.found.empty()) {
    const match::Found& nearest = outcome.found.front();
    out.match = MatchedEntry{nearest.hypothesis, nearest.distance, nearest.entry.provenance,
                             nearest.entry.category, manifest.version};
  }
  return out;
}

void Guard::cancel(CheckId check) {
  state_->checks.erase(check.value);
  state_->matched.erase(check.value);
}

Result<Bytes> Guard::make_voucher(CheckId check, VoucherCause cause, const VoucherMessage& message,
                                  UnixMillis now) {
  const auto found = state_->matched.find(check.value);
  if (found == state_->matched.end()) {
    return fail(ErrorCode::not_found, "guard.make_voucher",
                "no match is remembered for this check");
  }
  const MatchedPicture& picture = found->second;
  const bool allowed = picture.level == match::Disclosure::disclose ||
                       (picture.level == match::Disclosure::offer && cause == VoucherCause::person);
  if (!allowed) {
    return fail(ErrorCode::not_allowed, "guard.make_voucher",
                "the list leaves it to the person to report");
  }
  policy::Voucher voucher;
  voucher.direction = picture.direction;
  voucher.manifest = picture.manifest;
  voucher.entry = picture.found.entry;
  voucher.leaf_index = picture.found.leaf_index;
  voucher.hypothesis = picture.found.hypothesis;
  voucher.made = now;
  voucher.content = to_bytes(message.content);
  voucher.attachment = message.attachment;
  voucher.opening_key = message.key;
  voucher.context = to_bytes(message.context);
  voucher.stamp = message.stamp;
  auto encoded = policy::encode(voucher);
  if (encoded) {
    state_->matched.erase(found);
  }
  return encoded;
}

Result<FrankedContent> Guard::frank(const franking::Content& content) {
  LK_TRY(bytes, franking::encode(content));
  FrankedContent out;
  out.key.bytes = state_->rng.array<32>();
  out.content = std::move(bytes);
  out.commitment = franking::commit(out.key, out.content);
  out.payload = franking::encode(franking::Payload{out.key, out.content});
  return out;
}

Result<OpenedContent> Guard::open_message(BytesView payload, BytesView authenticated,
                                          BytesView context, const AccountId& sender,
                                          const ConversationId& room) const {
  const auto commitment = to_array<32>(authenticated);
  const auto decoded_context = franking::decode_context(context);
  if (!commitment || !decoded_context) {
    return fail(ErrorCode::frank_invalid, "guard.open_message", "commitment or context");
  }
  LK_TRY(content, franking::open_message(payload, *commitment, *decoded_context, sender, room));
  LK_TRY(opened, franking::decode_payload(payload));
  return OpenedContent{std::move(content), std::move(opened.content), opened.key};
}

Result<franking::SealedAttachment> Guard::seal_attachment(BytesView plaintext,
                                                          std::string media_type) {
  return franking::seal_attachment(plaintext, std::move(media_type), state_->rng);
}

Result<Bytes> Guard::open_attachment(const franking::AttachmentDescriptor& descriptor,
                                     BytesView ciphertext) const {
  return franking::open_attachment(descriptor, ciphertext);
}

}  // namespace lightkeeper::guard
