// Bytes and secrets. Bytes is public data; SecretBytes is key material.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace lightkeeper {

using Byte = std::uint8_t;
using Bytes = std::vector<Byte>;
using BytesView = std::span<const Byte>;

template <std::size_t N>
using ByteArray = std::array<Byte, N>;

[[nodiscard]] BytesView as_bytes(std::string_view text);
[[nodiscard]] std::string_view as_text(BytesView bytes);
[[nodiscard]] Bytes to_bytes(BytesView view);
[[nodiscard]] Bytes to_bytes(std::string_view text);
/// Joins its arguments in order.
[[nodiscard]] Bytes concat(std::initializer_list<BytesView> parts);

/// Lower-case hexadecimal.
[[nodiscard]] std::string to_hex(BytesView bytes);
/// Accepts upper and lower case, an even number of digits, nothing else.
[[nodiscard]] Result<Bytes> from_hex(std::string_view text);
/// Base64url without padding (RFC 4648 section 5), canonical only.
[[nodiscard]] std::string to_base64url(BytesView bytes);
[[nodiscard]] Result<Bytes> from_base64url(std::string_view text);
/// Base64 with padding (RFC 4648 section 4), canonical only; for formats of others.
[[nodiscard]] std::string to_base64(BytesView bytes);
[[nodiscard]] Result<Bytes> from_base64(std::string_view text);

/// Copies a view of exactly N bytes; any other size is `truncated` or `too_large`.
template <std::size_t N>
[[nodiscard]] Result<ByteArray<N>> to_array(BytesView view) {
  if (view.size() != N) {
    return fail(view.size() < N ? ErrorCode::truncated : ErrorCode::too_large, "bytes.to_array");
  }
  ByteArray<N> out{};
  for (std::size_t i = 0; i < N; ++i) {
    out[i] = view[i];
  }
  return out;
}

/// Equal contents, in time that depends on the sizes only. Different sizes are unequal.
[[nodiscard]] bool equal_constant_time(BytesView a, BytesView b);
/// Overwrites memory in a way that the compiler keeps.
void wipe(std::span<Byte> memory);

/// Key material: zeroed when it goes, moved and never copied by accident, compared in constant
/// time, without any stream or text form. The one way to the bytes is expose_secret(); an audit
/// greps for it.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::size_t size) : bytes_(size) {}
  /// Takes the bytes over; the caller's vector is left empty.
  explicit SecretBytes(Bytes&& bytes) : bytes_(std::move(bytes)) { bytes.clear(); }
  [[nodiscard]] static SecretBytes copy_of(BytesView bytes) { return SecretBytes(to_bytes(bytes)); }

  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  SecretBytes(SecretBytes&& other) noexcept : bytes_(std::move(other.bytes_)) {
    other.bytes_.clear();
  }
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  ~SecretBytes() { wipe(bytes_); }

  [[nodiscard]] SecretBytes clone() const { return copy_of(bytes_); }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] BytesView expose_secret() const { return bytes_; }
  [[nodiscard]] std::span<Byte> expose_secret_for_writing() { return bytes_; }
  [[nodiscard]] bool operator==(const SecretBytes& other) const {
    return equal_constant_time(bytes_, other.bytes_);
  }

 private:
  Bytes bytes_;
};

}  // namespace lightkeeper
