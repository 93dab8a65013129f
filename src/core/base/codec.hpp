// The canonical binary encoding of all our wire and file formats: big-endian integers,
// length-prefixed byte strings, no padding, no optional order. One value has one encoding; a reader
// must finish().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/bytes.hpp"

namespace lightkeeper {

class Writer {
 public:
  Writer& u8(std::uint8_t value);
  Writer& u16(std::uint16_t value);
  Writer& u32(std::uint32_t value);
  Writer& u64(std::uint64_t value);
  /// The bytes themselves, for fields whose size the format fixes.
  Writer& fixed(BytesView bytes);
  /// A u32 length, then the bytes.
  Writer& bytes(BytesView bytes);
  Writer& text(std::string_view text) { return bytes(as_bytes(text)); }
  [[nodiscard]] const Bytes& view() const { return out_; }
  /// The encoding; the writer is empty afterwards.
  [[nodiscard]] Bytes take() { return std::move(out_); }

 private:
  Bytes out_;
};

/// Reads what Writer wrote. Views that it hands out live as long as the input does.
class Reader {
 public:
  explicit Reader(BytesView input) : rest_(input) {}
  [[nodiscard]] Result<std::uint8_t> u8();
  [[nodiscard]] Result<std::uint16_t> u16();
  [[nodiscard]] Result<std::uint32_t> u32();
  [[nodiscard]] Result<std::uint64_t> u64();
  [[nodiscard]] Result<BytesView> fixed(std::size_t size);
  /// A length-prefixed string of at most `limit` bytes; longer is `too_large`.
  [[nodiscard]] Result<BytesView> bytes(std::size_t limit);
  /// The same, refused unless it is well-formed UTF-8.
  [[nodiscard]] Result<std::string> text(std::size_t limit);
  template <std::size_t N>
  [[nodiscard]] Result<ByteArray<N>> array() {
    LK_TRY(view, fixed(N));
    return to_array<N>(view);
  }
  [[nodiscard]] std::size_t remaining() const { return rest_.size(); }
  /// `trailing_data` unless everything was read.
  [[nodiscard]] Status finish() const;

 private:
  BytesView rest_;
};

/// Well-formed UTF-8 by RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(BytesView bytes);

}  // namespace lightkeeper
