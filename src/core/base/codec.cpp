#include "core/base/codec.hpp"

namespace lightkeeper {

Writer& Writer::u8(std::uint8_t value) {
  out_.push_back(value);
  return *this;
}

Writer& Writer::u16(std::uint16_t value) {
  return u8(static_cast<Byte>(value >> 8U)).u8(static_cast<Byte>(value & 255U));
}

Writer& Writer::u32(std::uint32_t value) {
  return u16(static_cast<std::uint16_t>(value >> 16U))
      .u16(static_cast<std::uint16_t>(value & 0xffffU));
}

Writer& Writer::u64(std::uint64_t value) {
  return u32(static_cast<std::uint32_t>(value >> 32U))
      .u32(static_cast<std::uint32_t>(value & 0xffffffffU));
}

Writer& Writer::fixed(BytesView bytes) {
  out_.insert(out_.end(), bytes.begin(), bytes.end());
  return *this;
}

Writer& Writer::bytes(BytesView bytes) {
  return u32(static_cast<std::uint32_t>(bytes.size())).fixed(bytes);
}

Result<BytesView> Reader::fixed(std::size_t size) {
  if (rest_.size() < size) {
    return fail(ErrorCode::truncated, "codec");
  }
  const BytesView out = rest_.first(size);
  rest_ = rest_.subspan(size);
  return out;
}

Result<std::uint8_t> Reader::u8() {
  LK_TRY(view, fixed(1));
  return view[0];
}

Result<std::uint16_t> Reader::u16() {
  LK_TRY(view, fixed(2));
  return static_cast<std::uint16_t>(view[0] << 8U | view[1]);
}

Result<std::uint32_t> Reader::u32() {
  LK_TRY(high, u16());
  LK_TRY(low, u16());
  return static_cast<std::uint32_t>(high) << 16U | low;
}

Result<std::uint64_t> Reader::u64() {
  LK_TRY(high, u32());
  LK_TRY(low, u32());
  return static_cast<std::uint64_t>(high) << 32U | low;
}

Result<BytesView> Reader::bytes(std::size_t limit) {
  LK_TRY(size, u32());
  if (size > limit) {
    return fail(ErrorCode::too_large, "codec");
  }
  return fixed(size);
}

Result<std::string> Reader::text(std::size_t limit) {
  LK_TRY(view, bytes(limit));
  if (!is_utf8(view)) {
    return fail(ErrorCode::bad_format, "codec.text", "not UTF-8");
  }
  return std::string(as_text(view));
}

Status Reader::finish() const {
  if (!rest_.empty()) {
    return fail(ErrorCode::trailing_data, "codec");
  }
  return {};
}

bool is_utf8(BytesView bytes) {
  std::size_t i = 0;
  while (i < bytes.size()) {
    const Byte lead = bytes[i];
    std::size_t more = 0;
    std::uint32_t value = lead;
    std::uint32_t least = 0;
    if (lead < 0x80) {
      ++i;
      continue;
    }
    if (lead >= 0xc2 && lead <= 0xdf) {
      more = 1;
      value = lead & 0x1fU;
      least = 0x80;
    } else if (lead >= 0xe0 && lead <= 0xef) {
      more = 2;
      value = lead & 0x0fU;
      least = 0x800;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      more = 3;
      value = lead & 0x07U;
      least = 0x10000;
    } else {
      return false;
    }
    if (bytes.size() - i <= more) {
      return false;
    }
    for (std::size_t k = 1; k <= more; ++k) {
      const Byte next = bytes[i + k];
      if ((next & 0xc0U) != 0x80U) {
        return false;
      }
      value = value << 6U | (next & 0x3fU);
    }
    if (value < least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
      return false;
    }
    i += more + 1;
  }
  return true;
}

}  // namespace lightkeeper
