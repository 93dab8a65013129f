#include "keeper/frame.hpp"

#include <gtest/gtest.h>

#include "keeper/session.hpp"

namespace lightkeeper::keeper {
namespace {

Result<Frame> read_whole(BytesView bytes, std::size_t limit) {
  LK_TRY(header, to_array<kFrameHeaderSize>(bytes.first(kFrameHeaderSize)));
  LK_TRY(size, frame_size(header, limit));
  EXPECT_EQ(size, bytes.size() - kFrameHeaderSize);
  return parse_frame(bytes.subspan(kFrameHeaderSize));
}

const std::vector<Frame> kFrames{
    Hello{2, ByteArray<32>{1, 2, 3}, crypto::Digest{4, 5}},
    Ping{},
    SessionFrame{QueryId{{6}}, Bytes{1, 1, 7, 8}},
    AbortFrame{QueryId{{9}}, ErrorCode::shares_disagree},
};

TEST(Frame, WhatIsWrittenIsRead) {
  for (const Frame& frame : kFrames) {
    const auto read = read_whole(encode_frame(frame), frame_limit(0));
    ASSERT_TRUE(read);
    EXPECT_TRUE(*read == frame);
  }
}

TEST(Frame, TruncatedAndLengthenedFramesOfFixedSizeAreRefused) {
  for (const Frame& frame : kFrames) {
    const Bytes whole = encode_frame(frame);
    const BytesView body = BytesView(whole).subspan(kFrameHeaderSize);
    const bool variable = std::holds_alternative<SessionFrame>(frame);
    for (std::size_t size = 0; size < (variable ? 17 : body.size()); ++size) {
      EXPECT_FALSE(parse_frame(body.first(size)));
    }
    if (!variable) {
      EXPECT_FALSE(parse_frame(concat({body, ByteArray<1>{}})));
    }
  }
}

TEST(Frame, UnknownTypesVersionsAndKeepersAreRefused) {
  EXPECT_EQ(parse_frame(Bytes{0}).error().code, ErrorCode::bad_format);
  EXPECT_EQ(parse_frame(Bytes{5}).error().code, ErrorCode::bad_format);
  Bytes hello = encode_frame(kFrames[0]);
  hello[5] = 2;
  EXPECT_EQ(parse_frame(BytesView(hello).subspan(4)).error().code, ErrorCode::unsupported_version);
  hello[5] = 1;
  hello[6] = 3;
  EXPECT_EQ(parse_frame(BytesView(hello).subspan(4)).error().code, ErrorCode::bad_format);
}

TEST(Frame, LengthsAreLimitedByTheListBeforeAnythingIsRead) {
  const std::size_t limit = frame_limit(30);
  EXPECT_EQ(limit, 17 + message_size(circuit_step(0), 30));
  const auto header = [](std::size_t size) {
    ByteArray<4> bytes{};
    for (std::size_t b = 0; b < 4; ++b) {
      bytes[3 - b] = static_cast<Byte>(size >> (8 * b));
    }
    return bytes;
  };
  EXPECT_EQ(frame_size(header(limit), limit).value(), limit);
  EXPECT_EQ(frame_size(header(limit + 1), limit).error().code, ErrorCode::too_large);
  EXPECT_EQ(frame_size(header(0), limit).error().code, ErrorCode::bad_format);
  EXPECT_EQ(frame_size({255, 255, 255, 255}, limit).error().code, ErrorCode::too_large);
}

TEST(Frame, AnAbortCarriesOnlyCodesThatKeepersTellOneAnother) {
  Bytes body(17);
  body[0] = 4;
  body.push_back(0);
  body.push_back(static_cast<Byte>(ErrorCode::not_signed_in));
  EXPECT_EQ(std::get<AbortFrame>(parse_frame(body).value()).code, ErrorCode::unavailable);
  body[18] = static_cast<Byte>(ErrorCode::keeper_unreachable);
  EXPECT_EQ(std::get<AbortFrame>(parse_frame(body).value()).code, ErrorCode::keeper_unreachable);
}

}  // namespace
}  // namespace lightkeeper::keeper
