#include "core/base/bytes.hpp"

#include <algorithm>

namespace lightkeeper {

BytesView as_bytes(std::string_view text) {
  return {reinterpret_cast<const Byte*>(text.data()), text.size()};
}

std::string_view as_text(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Bytes to_bytes(BytesView view) { return Bytes(view.begin(), view.end()); }

Bytes to_bytes(std::string_view text) { return to_bytes(as_bytes(text)); }

Bytes concat(std::initializer_list<BytesView> parts) {
  Bytes out;
  std::size_t size = 0;
  for (const auto part : parts) {
    size += part.size();
  }
  out.reserve(size);
  for (const auto part : parts) {
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

std::string to_hex(BytesView bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const Byte b : bytes) {
    out += digits[b >> 4U];
    out += digits[b & 15U];
  }
  return out;
}

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  if (c >= 'A' && c <= 'F') {
    return c - 'A' + 10;
  }
  return -1;
}

constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Both alphabets, without padding.
std::string encode_base64(std::string_view alphabet, BytesView bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t buffer = 0;
  unsigned held = 0;
  for (const Byte b : bytes) {
    buffer = (buffer << 8U) | b;
    held += 8;
    while (held >= 6) {
      held -= 6;
      out += alphabet[(buffer >> held) & 63U];
    }
  }
  if (held > 0) {
    out += alphabet[(buffer << (6 - held)) & 63U];
  }
  return out;
}

Result<Bytes> decode_base64(std::string_view alphabet, std::string_view where,
                            std::string_view text) {
  if (text.size() % 4 == 1) {
    return fail(ErrorCode::bad_format, where, "impossible length");
  }
  Bytes out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t buffer = 0;
  unsigned held = 0;
  for (const char c : text) {
    const auto value = alphabet.find(c);
    if (value == std::string_view::npos) {
      return fail(ErrorCode::bad_format, where, "not a digit of this base64");
    }
    buffer = (buffer << 6U) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      out.push_back(static_cast<Byte>((buffer >> held) & 255U));
    }
  }
  if ((buffer & ((1U << held) - 1U)) != 0) {
    return fail(ErrorCode::bad_format, where, "not canonical");
  }
  return out;
}

}  // namespace

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) {
    return fail(ErrorCode::bad_format, "hex", "odd number of digits");
  }
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]);
    const int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) {
      return fail(ErrorCode::bad_format, "hex", "not a hexadecimal digit");
    }
    out.push_back(static_cast<Byte>(high * 16 + low));
  }
  return out;
}

std::string to_base64url(BytesView bytes) { return encode_base64(kBase64Url, bytes); }

Result<Bytes> from_base64url(std::string_view text) {
  return decode_base64(kBase64Url, "base64url", text);
}

std::string to_base64(BytesView bytes) {
  auto out = encode_base64(kBase64, bytes);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

Result<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) {
    return fail(ErrorCode::bad_format, "base64", "impossible length");
  }
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) {
    text.remove_suffix(1);
  }
  return decode_base64(kBase64, "base64", text);
}

bool equal_constant_time(BytesView a, BytesView b) {
  if (a.size() != b.size()) {
    return false;
  }
  volatile Byte difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<Byte>(difference | (a[i] ^ b[i]));
  }
  return difference == 0;
}

void wipe(std::span<Byte> memory) {
  std::fill(memory.begin(), memory.end(), Byte{0});
  // The empty statement claims to read the memory, so the stores above cannot be left out.
  __asm__ __volatile__("" : : "r"(memory.data()) : "memory");
}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    wipe(bytes_);
    bytes_ = std::move(other.bytes_);
    other.bytes_.clear();
  }
  return *this;
}

}  // namespace lightkeeper
