#include "service/messaging/stamp_keys.hpp"

#include "core/base/codec.hpp"

namespace lightkeeper::messaging {

std::uint32_t StampKeys::key_id_at(UnixMillis time) {
  return static_cast<std::uint32_t>(time.value / (24ULL * 3600 * 1000));
}

SecretBytes StampKeys::key(std::uint32_t key_id) const {
  Writer info;
  info.fixed(as_bytes("lightkeeper stamp key v1")).u32(key_id);
  return crypto::hkdf_sha256(root_.expose_secret(), {}, info.view(), 32);
}

}  // namespace lightkeeper::messaging
