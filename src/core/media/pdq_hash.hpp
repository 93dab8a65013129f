// The 256-bit PDQ hash as a value, tagged with the variant that made it.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string>

#include "core/base/ids.hpp"

namespace lightkeeper::media {

/// Two hashes of different variants differ by 2..24 bits for the same picture, so they never mix.
enum class PdqVariant : std::uint8_t {
  full = 1,    // no resampling before the filter
  via512 = 2,  // squashed to 512x512 by nearest neighbour first when a side exceeds 512
};
[[nodiscard]] constexpr std::string_view name_of(PdqVariant variant) {
  return variant == PdqVariant::full ? "full" : "via512";
}

/// 256 bits. Bit k = 16*i + j (i vertical, j horizontal frequency index) stands in
/// words[k / 64] at weight 2^(k % 64); the text form is the big-endian number, 64 hex digits.
struct PdqBits {
  std::array<std::uint64_t, 4> words{};
  auto operator<=>(const PdqBits&) const = default;

  [[nodiscard]] constexpr bool bit(unsigned k) const {
    return (words[k / 64] >> (k % 64) & 1U) != 0;
  }
  constexpr void set(unsigned k, bool on) {
    const std::uint64_t mask = std::uint64_t{1} << (k % 64);
    words[k / 64] = on ? (words[k / 64] | mask) : (words[k / 64] & ~mask);
  }
  [[nodiscard]] constexpr PdqBits operator^(const PdqBits& other) const {
    PdqBits out;
    for (std::size_t i = 0; i < 4; ++i) {
      out.words[i] = words[i] ^ other.words[i];
    }
    return out;
  }
  [[nodiscard]] constexpr int weight() const {
    return std::popcount(words[0]) + std::popcount(words[1]) + std::popcount(words[2]) +
           std::popcount(words[3]);
  }
  /// 32 bytes, least significant first: byte b holds bits 8b .. 8b+7. The form on the wire and in
  /// files.
  [[nodiscard]] constexpr ByteArray<32> bytes() const {
    ByteArray<32> out{};
    for (std::size_t b = 0; b < 32; ++b) {
      out[b] = static_cast<Byte>(words[b / 8] >> (8 * (b % 8)));
    }
    return out;
  }
  [[nodiscard]] static constexpr PdqBits from_bytes(const ByteArray<32>& bytes) {
    PdqBits out;
    for (std::size_t b = 0; b < 32; ++b) {
      out.words[b / 8] |= static_cast<std::uint64_t>(bytes[b]) << (8 * (b % 8));
    }
    return out;
  }
};

[[nodiscard]] constexpr HammingDistance distance(const PdqBits& a, const PdqBits& b) {
  return HammingDistance{static_cast<std::uint16_t>((a ^ b).weight())};
}

/// 64 lower-case hex digits, most significant word first.
[[nodiscard]] std::string to_text(const PdqBits& bits);
/// Exactly 64 hex digits, either case.
[[nodiscard]] Result<PdqBits> pdq_from_text(std::string_view text);

/// The eight ways to turn and mirror a picture, in the order of the reference values.
enum class Dihedral : std::uint8_t {
  original,
  rotate90,
  rotate180,
  rotate270,
  flip_x,
  flip_y,
  flip_plus1,
  flip_minus1
};
constexpr std::size_t kHypotheses = 8;
[[nodiscard]] std::string_view name_of(Dihedral hypothesis);

/// What hashing one picture gives.
struct PdqResult {
  PdqVariant variant = PdqVariant::full;
  int quality = 0;                              // 0..100; below kMinQuality a hash is noise
  std::array<PdqBits, kHypotheses> dihedral{};  // [0] is the hash of the picture as it stands
};
constexpr int kMinQuality = 50;

}  // namespace lightkeeper::media
