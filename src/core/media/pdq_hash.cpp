#include "core/media/pdq_hash.hpp"

namespace lightkeeper::media {

std::string to_text(const PdqBits& bits) {
  ByteArray<32> big_endian{};
  const ByteArray<32> bytes = bits.bytes();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    big_endian[i] = bytes[bytes.size() - 1 - i];
  }
  return to_hex(big_endian);
}

Result<PdqBits> pdq_from_text(std::string_view text) {
  if (text.size() != 64) {
    return fail(ErrorCode::bad_format, "pdq_hash.from_text", "a PDQ hash has 64 hex digits");
  }
  LK_TRY(big_endian, from_hex(text));
  ByteArray<32> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = big_endian[bytes.size() - 1 - i];
  }
  return PdqBits::from_bytes(bytes);
}

std::string_view name_of(Dihedral hypothesis) {
  switch (hypothesis) {
    case Dihedral::original:
      return "original";
    case Dihedral::rotate90:
      return "rotate90";
    case Dihedral::rotate180:
      return "rotate180";
    case Dihedral::rotate270:
      return "rotate270";
    case Dihedral::flip_x:
      return "flip-x";
    case Dihedral::flip_y:
      return "flip-y";
    case Dihedral::flip_plus1:
      return "flip-plus-1";
    case Dihedral::flip_minus1:
      return "flip-minus-1";
  }
  return "unknown";
}

}  // namespace lightkeeper::media
