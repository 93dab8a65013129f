// Frames on the link between two keepers, inside TLS 1.3: u32 length of what follows (big-endian),
// u8 type, body.
//   1 hello    u8 version 1, u8 keeper index, contribution 32 (to the joint epoch secret), list
//   root 32 2 ping     nothing 3 session  query id 16, one message of session.hpp 4 abort    query
//   id 16, u16 error code: this keeper gives up the query
// The first frame each way is the hello, and it comes once. Anything else ends the connection.
#pragma once

#include <variant>

#include "core/base/ids.hpp"
#include "core/crypto/crypto.hpp"

namespace lightkeeper::keeper {

constexpr std::size_t kFrameHeaderSize = 4;
constexpr std::size_t kContributionSize = 32;
constexpr std::uint8_t kLinkVersion = 1;

struct Hello {
  std::uint8_t keeper = 0;
  ByteArray<kContributionSize> contribution{};
  crypto::Digest list_root{};
  bool operator==(const Hello&) const = default;
};
struct Ping {
  bool operator==(const Ping&) const = default;
};
struct SessionFrame {
  QueryId query;
  Bytes message;
  bool operator==(const SessionFrame&) const = default;
};
struct AbortFrame {
  QueryId query;
  ErrorCode code = ErrorCode::unavailable;
  bool operator==(const AbortFrame&) const = default;
};
using Frame = std::variant<Hello, Ping, SessionFrame, AbortFrame>;

/// The largest body (type byte included) that a keeper takes when its list has so many blocks.
[[nodiscard]] std::size_t frame_limit(std::size_t blocks);
/// The whole frame, length in front.
[[nodiscard]] Bytes encode_frame(const Frame& frame);
/// The length that the first four bytes announce; `too_large` above `limit`, `bad_format` for zero.
[[nodiscard]] Result<std::size_t> frame_size(const ByteArray<kFrameHeaderSize>& header,
                                             std::size_t limit);
/// What follows the length. An abort with a code that no keeper sends reads as `unavailable`.
[[nodiscard]] Result<Frame> parse_frame(BytesView body);

}  // namespace lightkeeper::keeper
