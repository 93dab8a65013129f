// What a neighbour may send during a session. The input is a script: u8 (bit 0: which neighbour;
// bit 1: send what it owes, with the payload from the input, instead of raw bytes), u8 size, bytes.
// Whatever comes, the session gives an error or waits; after an error it stays silent and has no
// sums.
#include <algorithm>
#include <cstdlib>

#include "keeper/session.hpp"

using namespace lightkeeper;
using keeper::Neighbour;

namespace {

std::shared_ptr<const keeper::EpochTables> small_epoch() {
  const std::vector<media::PdqBits> list(3);
  const std::vector<std::uint32_t> colours{0, 1, 0};
  const std::vector<ByteArray<16>> elements(3, ByteArray<16>{1});
  return std::make_shared<const keeper::EpochTables>(
      *keeper::EpochTables::create(list, 2, colours, elements, elements));
}

std::vector<keeper::Step> owed_by(Neighbour from, std::uint8_t keeper) {
  std::vector<keeper::Step> steps{keeper::Step::nonce, keeper::Step::share_mac};
  if (from == Neighbour::next) {
    steps.push_back(keeper::Step::inject_product);
    for (unsigned round = 0; round < keeper::kCircuitRounds; ++round) {
      steps.push_back(keeper::circuit_step(round));
    }
  } else if (keeper == 1) {
    steps.push_back(keeper::Step::inject);
  }
  return steps;
}

/// Shared randomness whose MACs an input can guess: all zero.
class NoMasks final : public keeper::SharedStreams {
 public:
  SecretBytes expand(BytesView, const keeper::SessionId&, keeper::Layer, keeper::Direction,
                     std::size_t size) const override {
    return SecretBytes(size);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool ready = crypto::initialise().has_value();
  static const auto epoch = small_epoch();
  if (!ready || size < 1) {
    return 0;
  }
  BytesView script(data, size);
  const auto index = static_cast<std::uint8_t>(script[0] % 3);
  script = script.subspan(1);
  crypto::SeededRng rng(1);
  const auto secrets = std::make_shared<const keeper::SessionSecrets>(
      keeper::SessionSecrets{SecretBytes(32), SecretBytes(32), SecretBytes(32)});
  auto session = keeper::Session::create(
      {index, {}, epoch, secrets, std::make_shared<const NoMasks>()}, match::QueryShare{}, rng);
  // The MAC that both neighbours owe for all-zero shares under the all-zero key.
  const crypto::Digest mac = crypto::hmac_sha256(ByteArray<32>{}, Bytes(8 * 32));
  std::size_t sent[2] = {0, 0};
  bool failed = false;
  while (script.size() >= 2) {
    const auto from = (script[0] & 1U) != 0 ? Neighbour::next : Neighbour::previous;
    const bool proper = (script[0] & 2U) != 0;
    const std::size_t length = std::min<std::size_t>(script[1], script.size() - 2);
    Bytes message = to_bytes(script.subspan(2, length));
    script = script.subspan(2 + length);
    const auto owed = owed_by(from, index);
    std::size_t& at = sent[static_cast<std::size_t>(from)];
    if (proper && at < owed.size()) {
      message.resize(keeper::message_size(owed[at], epoch->list().blocks()));
      message[0] = keeper::kSessionVersion;
      message[1] = static_cast<Byte>(owed[at]);
      if (owed[at] == keeper::Step::share_mac) {
        std::ranges::copy(mac, message.begin() + 2);
      }
      ++at;
    }
    const bool taken = session.receive(from, message).has_value();
    if (failed && taken) {
      std::abort();
    }
    failed = failed || !taken;
    if (failed && (session.sums() || !session.take_outgoing().empty())) {
      std::abort();
    }
  }
  if (session.sums() && session.sums()->size() != media::kHypotheses * epoch->colours()) {
    std::abort();
  }
  return 0;
}
