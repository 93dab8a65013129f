// A browser's passkey answers: COSE keys, registrations, assertions.
#include "service/accounts/webauthn.hpp"

using namespace lightkeeper;
using namespace lightkeeper::accounts;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const RelyingParty party{"localhost", "http://localhost:8080"};
  const ByteArray<32> challenge{};
  const Bytes client_data = to_bytes(
      std::string(R"({"type":")") + (data[0] % 4 == 1 ? "webauthn.create" : "webauthn.get") +
      R"(","challenge":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","origin":"http://localhost:8080"})");
  const BytesView rest(data + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      (void)decode_cose_key(rest);
      break;
    case 1:
      (void)verify_registration(party, challenge, client_data, rest);
      break;
    case 2: {
      const PasskeyPublicKey key{CoseAlgorithm::eddsa, Bytes(32, 9)};
      const auto split = rest.size() < 64 ? rest.size() : rest.size() - 64;
      (void)verify_assertion(party, challenge, key, 0, client_data, rest.first(split),
                             rest.subspan(split));
      break;
    }
    default:
      (void)verify_registration(party, challenge, rest, {});
  }
  return 0;
}
