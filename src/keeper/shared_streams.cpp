#include "keeper/shared_streams.hpp"

namespace lightkeeper::keeper {

SessionId session_id(const QueryId& query, const match::ManifestHash& manifest,
                     const std::array<Nonce, match::kKeepers>& nonces) {
  crypto::Sha256 hash;
  hash.update(as_bytes("lightkeeper sid v1")).update(query.value).update(manifest);
  for (const Nonce& nonce : nonces) {
    hash.update(nonce);
  }
  return hash.finish();
}

SecretBytes expand_stream(BytesView secret, const SessionId& sid, Layer layer, Direction direction,
                          std::size_t size) {
  const ByteArray<3> tail{static_cast<Byte>(layer), direction.from, direction.to};
  const SecretBytes key =
      crypto::hkdf_sha256(secret, sid, concat({as_bytes("lightkeeper stream v1"), tail}), 32);
  return crypto::chacha20_stream(key.expose_secret(), crypto::AeadNonce{}, size);
}

}  // namespace lightkeeper::keeper
