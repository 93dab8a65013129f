#include "keeper/session.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace lightkeeper::keeper {
namespace {

constexpr std::size_t kHeaderSize = 2;
constexpr std::size_t kMacSize = 32;
constexpr std::size_t kBits = 256;
constexpr std::size_t kInjectedBytes = media::kHypotheses * kBits;

std::size_t payload_size(Step step, std::size_t blocks) {
  switch (step) {
    case Step::nonce:
      return kNonceSize;
    case Step::share_mac:
      return kMacSize;
    case Step::inject:
    case Step::inject_product:
      return kInjectedBytes;
    case Step::circuit:
      break;
  }
  const unsigned round = static_cast<unsigned>(step) - static_cast<unsigned>(Step::circuit);
  return circuit_bits(round) * media::kHypotheses * blocks * sizeof(std::uint64_t);
}

// Words travel least significant byte first, as they lie in memory here.
static_assert(std::endian::native == std::endian::little);

std::vector<std::uint64_t> words_of(BytesView bytes) {
  std::vector<std::uint64_t> words(bytes.size() / sizeof(std::uint64_t));
  if (!words.empty()) {
    std::memcpy(words.data(), bytes.data(), bytes.size());
  }
  return words;
}

BytesView bytes_of(std::span<const std::uint64_t> words) {
  return {reinterpret_cast<const Byte*>(words.data()), words.size_bytes()};
}

/// Bit k of the hash, least significant bit of byte 0 first (PdqBits::bytes()).
unsigned bit_of(const ByteArray<32>& hash, std::size_t k) {
  return unsigned{hash[k / 8]} >> (k % 8) & 1U;
}

void wipe_share(match::QueryShare& share) {
  for (match::HashShare& hash : share.hashes) {
    wipe(hash.own);
    wipe(hash.next);
  }
}

}  // namespace

std::size_t message_size(Step step, std::size_t blocks) {
  return kHeaderSize + payload_size(step, blocks);
}

std::size_t largest_message(std::size_t blocks) {
  return std::max(message_size(Step::inject, blocks), message_size(circuit_step(0), blocks));
}

Session::Session(SessionInput input, const match::QueryShare& share)
    : input_(std::move(input)), share_(share) {
  for (Inbox& from : inboxes_) {
    from.owed = {Step::nonce, Step::share_mac};
  }
  if (input_.keeper == 1) {
    inbox(Neighbour::previous).owed.push_back(Step::inject);
  }
  std::vector<Step>& next = inbox(Neighbour::next).owed;
  next.push_back(Step::inject_product);
  for (unsigned round = 0; round < kCircuitRounds; ++round) {
    next.push_back(circuit_step(round));
  }
}

Session::~Session() { wipe_share(share_); }

Session Session::create(SessionInput input, const match::QueryShare& share, Rng& rng) {
  Session session(std::move(input), share);
  Nonce& nonce = session.nonces_[session.input_.keeper];
  nonce = rng.array<kNonceSize>();
  session.send(Neighbour::previous, Step::nonce, nonce);
  session.send(Neighbour::next, Step::nonce, nonce);
  return session;
}

Status Session::receive(Neighbour from, BytesView message) {
  if (failure_) {
    return std::unexpected(*failure_);
  }
  Inbox& box = inbox(from);
  const bool expected =
      box.arrived < box.owed.size() && message.size() >= kHeaderSize &&
      message[0] == kSessionVersion && message[1] == static_cast<Byte>(box.owed[box.arrived]) &&
      message.size() == message_size(box.owed[box.arrived], input_.epoch->list().blocks());
  Status status;
  if (expected) {
    ++box.arrived;
    box.payloads.push_back(to_bytes(message.subspan(kHeaderSize)));
    status = advance();
  } else {
    status = fail(ErrorCode::bad_format, "keeper.session");
  }
  if (!status) {
    failure_ = status.error();
    outgoing_.clear();
    sums_.reset();
    wipe_share(share_);
  }
  return status;
}

std::vector<Outgoing> Session::take_outgoing() { return std::exchange(outgoing_, {}); }

void Session::send(Neighbour to, Step step, BytesView payload) {
  const ByteArray<kHeaderSize> header{kSessionVersion, static_cast<Byte>(step)};
  outgoing_.push_back({to, concat({header, payload})});
}

Bytes Session::take(Neighbour from) {
  Bytes payload = std::move(inbox(from).payloads.front());
  inbox(from).payloads.pop_front();
  return payload;
}

SecretBytes Session::stream(Neighbour with, Layer layer, std::size_t size) const {
  // Named by the ring: the pair (j, j+1) has one stream per layer, which both draw alike.
  const std::uint8_t first =
      with == Neighbour::next ? input_.keeper : neighbour_of(input_.keeper, Neighbour::previous);
  const SecretBytes& secret =
      with == Neighbour::next ? input_.secrets->next : input_.secrets->previous;
  return input_.streams->expand(secret.expose_secret(), sid_, layer,
                                {first, neighbour_of(first, Neighbour::next)}, size);
}

SecretBytes Session::zero_bits(Layer layer, std::size_t size) const {
  SecretBytes share = stream(Neighbour::next, layer, size);
  const SecretBytes other = stream(Neighbour::previous, layer, size);
  const std::span<Byte> out = share.expose_secret_for_writing();
  const BytesView in = other.expose_secret();
  for (std::size_t i = 0; i < size; ++i) {
    out[i] = static_cast<Byte>(out[i] ^ in[i]);
  }
  return share;
}

SecretBytes Session::zero_sum(Layer layer, std::size_t size) const {
  SecretBytes share = stream(Neighbour::next, layer, size);
  const SecretBytes other = stream(Neighbour::previous, layer, size);
  const std::span<Byte> out = share.expose_secret_for_writing();
  const BytesView in = other.expose_secret();
  for (std::size_t i = 0; i < size; ++i) {
    out[i] = static_cast<Byte>(out[i] - in[i]);
  }
  return share;
}

Bytes Session::common_component(Neighbour with) const {
  Bytes component;
  component.reserve(media::kHypotheses * kHashBytes);
  for (const match::HashShare& hash : share_.hashes) {
    const ByteArray<32>& held = with == Neighbour::previous ? hash.own : hash.next;
    component.insert(component.end(), held.begin(), held.end());
  }
  return component;
}

crypto::Digest Session::share_mac(Neighbour with, bool mine) const {
  const std::uint8_t me = input_.keeper;
  const std::uint8_t peer = neighbour_of(me, with);
  const SecretBytes& secret =
      with == Neighbour::next ? input_.secrets->next : input_.secrets->previous;
  const SecretBytes key =
      input_.streams->expand(secret.expose_secret(), sid_, Layer::share_mac,
                             mine ? Direction{me, peer} : Direction{peer, me}, 32);
  Bytes component = common_component(with);
  const crypto::Digest mac = crypto::hmac_sha256(key.expose_secret(), component);
  wipe(component);
  return mac;
}

Status Session::advance() {
  for (;;) {
    switch (stage_) {
      case Stage::nonces:
        if (waiting(Neighbour::previous) || waiting(Neighbour::next)) {
          return {};
        }
        send_share_macs();
        stage_ = Stage::macs;
        break;
      case Stage::macs:
        if (waiting(Neighbour::previous) || waiting(Neighbour::next)) {
          return {};
        }
        LK_CHECK_OK(compare_share_macs());
        start_injection();
        stage_ = Stage::inject;
        break;
      case Stage::inject:
        if (input_.keeper == 1) {
          if (waiting(Neighbour::previous)) {
            return {};
          }
          c_own_ = SecretBytes(take(Neighbour::previous));
        }
        multiply_injection();
        stage_ = Stage::inject_product;
        break;
      case Stage::inject_product:
        if (waiting(Neighbour::next)) {
          return {};
        }
        z_next_ = SecretBytes(take(Neighbour::next));
        scan_list();
        send_round();
        stage_ = Stage::circuit;
        break;
      case Stage::circuit:
        if (waiting(Neighbour::next)) {
          return {};
        }
        circuit_->receive(round_, words_of(take(Neighbour::next)));
        if (++round_ < kCircuitRounds) {
          send_round();
        } else {
          finish();
          stage_ = Stage::done;
        }
        break;
      case Stage::done:
        return {};
    }
  }
}

void Session::send_share_macs() {
  for (const Neighbour from : {Neighbour::previous, Neighbour::next}) {
    const Bytes payload = take(from);
    std::ranges::copy(payload, nonces_[neighbour_of(input_.keeper, from)].begin());
  }
  sid_ = session_id(share_.query, input_.manifest, nonces_);
  for (const Neighbour to : {Neighbour::previous, Neighbour::next}) {
    send(to, Step::share_mac, share_mac(to, true));
  }
}

Status Session::compare_share_macs() {
  const Bytes previous = take(Neighbour::previous);
  const Bytes next = take(Neighbour::next);
  const bool previous_agrees = equal_constant_time(previous, share_mac(Neighbour::previous, false));
  const bool next_agrees = equal_constant_time(next, share_mac(Neighbour::next, false));
  if (!previous_agrees || !next_agrees) {
    return fail(ErrorCode::shares_disagree, "keeper.session");
  }
  return {};
}

void Session::start_injection() {
  c_own_ = SecretBytes(kInjectedBytes);
  c_next_ = SecretBytes(kInjectedBytes);
  if (input_.keeper == 0) {
    c_own_ = stream(Neighbour::previous, Layer::inject_input, kInjectedBytes);
    const BytesView c0 = c_own_.expose_secret();
    const std::span<Byte> c1 = c_next_.expose_secret_for_writing();
    for (std::size_t h = 0; h < media::kHypotheses; ++h) {
      for (std::size_t k = 0; k < kBits; ++k) {
        const unsigned c = bit_of(share_.hashes[h].own, k) ^ bit_of(share_.hashes[h].next, k);
        c1[h * kBits + k] = static_cast<Byte>(c - c0[h * kBits + k]);
      }
    }
    send(Neighbour::next, Step::inject, c1);
  } else if (input_.keeper == 2) {
    c_next_ = stream(Neighbour::next, Layer::inject_input, kInjectedBytes);
  }
}

void Session::multiply_injection() {
  // Of b2 = (0, 0, b2), keeper 1 holds the last component as `next`, keeper 2 as `own`, keeper 0
  // does not.
  z_own_ = zero_sum(Layer::inject_product, kInjectedBytes);
  const std::span<Byte> z = z_own_.expose_secret_for_writing();
  const BytesView c_own = c_own_.expose_secret();
  const BytesView c_next = c_next_.expose_secret();
  for (std::size_t h = 0; h < media::kHypotheses; ++h) {
    for (std::size_t k = 0; k < kBits; ++k) {
      const std::size_t at = h * kBits + k;
      const unsigned b_own = input_.keeper == 2 ? bit_of(share_.hashes[h].own, k) : 0;
      const unsigned b_next = input_.keeper == 1 ? bit_of(share_.hashes[h].next, k) : 0;
      z[at] =
          static_cast<Byte>(z[at] + c_own[at] * b_own + c_own[at] * b_next + c_next[at] * b_own);
    }
  }
  send(Neighbour::previous, Step::inject_product, z);
}

void Session::scan_list() {
  std::vector<ScanVector> own(media::kHypotheses);
  std::vector<ScanVector> next(media::kHypotheses);
  for (std::size_t h = 0; h < media::kHypotheses; ++h) {
    own[h].adds_weight = input_.keeper == 0;
    next[h].adds_weight = neighbour_of(input_.keeper, Neighbour::next) == 0;
    for (std::size_t k = 0; k < kBits; ++k) {
      const std::size_t at = h * kBits + k;
      const unsigned b_own = input_.keeper == 2 ? bit_of(share_.hashes[h].own, k) : 0;
      const unsigned b_next = input_.keeper == 1 ? bit_of(share_.hashes[h].next, k) : 0;
      own[h].x[k] =
          static_cast<Byte>(c_own_.expose_secret()[at] + b_own - 2U * z_own_.expose_secret()[at]);
      next[h].x[k] = static_cast<Byte>(c_next_.expose_secret()[at] + b_next -
                                       2U * z_next_.expose_secret()[at]);
    }
  }
  const SplitList& list = input_.epoch->list();
  circuit_.emplace(input_.keeper, scan(list, own), scan(list, next));
}

void Session::send_round() {
  const SecretBytes zero = zero_bits(circuit_layer(round_), 8 * circuit_->words(round_));
  send(Neighbour::previous, circuit_step(round_),
       bytes_of(circuit_->products(round_, words_of(zero.expose_secret()))));
}

void Session::finish() {
  const std::vector<EpochTables::Element> sums =
      opening_sums(*input_.epoch, circuit_->match_share());
  const SecretBytes scalars =
      input_.streams->expand(input_.secrets->common.expose_secret(), sid_, Layer::opening_scalar,
                             kAllKeepers, 16 * sums.size());
  const SecretBytes zero = zero_bits(Layer::opening_zero, 32 * sums.size());
  sums_ = blind(sums, scalars.expose_secret(), zero.expose_secret());
  circuit_.reset();
  wipe_share(share_);
}

}  // namespace lightkeeper::keeper
