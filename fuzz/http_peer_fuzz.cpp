// What a proxy says about a sender: whatever bytes come, what is taken reads back as itself.
#include <cstdlib>

#include "http/peer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lightkeeper::http;
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const auto& peer : {peer_from_text(text), peer_behind_proxy({{"x-forwarded-for", text}})}) {
    if (peer.address.empty() ? peer.port != 0
                             : peer_from_text(peer.address) != Peer{peer.address, 0}) {
      std::abort();
    }
  }
  return 0;
}
