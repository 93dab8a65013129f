// Strong types: two ids of different kinds do not convert into each other, nor do a time and a
// count.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "core/base/bytes.hpp"

namespace lightkeeper {

/// A random 16-byte identifier of one kind of thing.
template <class Tag>
struct Id {
  ByteArray<16> value{};
  auto operator<=>(const Id&) const = default;
  [[nodiscard]] std::string hex() const { return to_hex(value); }
  [[nodiscard]] static Result<Id> from_hex(std::string_view text) {
    LK_TRY(bytes, lightkeeper::from_hex(text));
    LK_TRY(array, to_array<16>(bytes));
    return Id{array};
  }
};

using AccountId = Id<struct AccountTag>;
using ConversationId = Id<struct ConversationTag>;
using AttachmentId = Id<struct AttachmentTag>;
using ReportId = Id<struct ReportTag>;
using QueryId = Id<struct QueryTag>;

/// A number of one kind.
template <class Tag, class Number>
struct Quantity {
  Number value{};
  auto operator<=>(const Quantity&) const = default;
};

using Epoch = Quantity<struct EpochTag, std::uint32_t>;               // of a hash list; rises
using HammingDistance = Quantity<struct DistanceTag, std::uint16_t>;  // bits, 0..256
using ServerSeq = Quantity<struct SeqTag, std::uint64_t>;             // position in a conversation
using UnixMillis = Quantity<struct MillisTag, std::uint64_t>;  // milliseconds since 1970, UTC

}  // namespace lightkeeper
