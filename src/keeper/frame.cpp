#include "keeper/frame.hpp"

#include <utility>

#include "core/base/codec.hpp"
#include "keeper/session.hpp"

namespace lightkeeper::keeper {
namespace {

enum class Type : std::uint8_t { hello = 1, ping = 2, session = 3, abort = 4 };

/// The errors that one keeper may tell another; everything else is its own affair.
ErrorCode told(std::uint16_t code) {
  for (const ErrorCode known : {ErrorCode::shares_disagree, ErrorCode::manifest_mismatch,
                                ErrorCode::bad_format, ErrorCode::keeper_unreachable}) {
    if (code == static_cast<std::uint16_t>(known)) {
      return known;
    }
  }
  return ErrorCode::unavailable;
}

void write(Writer& out, const Hello& hello) {
  out.u8(static_cast<std::uint8_t>(Type::hello)).u8(kLinkVersion).u8(hello.keeper);
  out.fixed(hello.contribution).fixed(hello.list_root);
}
void write(Writer& out, const Ping&) { out.u8(static_cast<std::uint8_t>(Type::ping)); }
void write(Writer& out, const SessionFrame& frame) {
  out.u8(static_cast<std::uint8_t>(Type::session)).fixed(frame.query.value).fixed(frame.message);
}
void write(Writer& out, const AbortFrame& frame) {
  out.u8(static_cast<std::uint8_t>(Type::abort)).fixed(frame.query.value);
  out.u16(static_cast<std::uint16_t>(frame.code));
}

Result<Frame> read_hello(Reader& in) {
  LK_TRY(version, in.u8());
  if (version != kLinkVersion) {
    return fail(ErrorCode::unsupported_version, "keeper.frame");
  }
  LK_TRY(keeper, in.u8());
  LK_TRY(contribution, in.array<kContributionSize>());
  LK_TRY(list_root, in.array<32>());
  LK_CHECK_OK(in.finish());
  if (keeper >= match::kKeepers) {
    return fail(ErrorCode::bad_format, "keeper.frame");
  }
  return Hello{keeper, contribution, list_root};
}

}  // namespace

std::size_t frame_limit(std::size_t blocks) { return 1 + 16 + largest_message(blocks); }

Bytes encode_frame(const Frame& frame) {
  Writer body;
  std::visit([&body](const auto& kind) { write(body, kind); }, frame);
  Writer whole;
  whole.bytes(body.view());
  return whole.take();
}

Result<std::size_t> frame_size(const ByteArray<kFrameHeaderSize>& header, std::size_t limit) {
  Reader in(header);
  LK_TRY(size, in.u32());
  if (size == 0) {
    return fail(ErrorCode::bad_format, "keeper.frame");
  }
  if (size > limit) {
    return fail(ErrorCode::too_large, "keeper.frame");
  }
  return std::size_t{size};
}

Result<Frame> parse_frame(BytesView body) {
  Reader in(body);
  LK_TRY(type, in.u8());
  switch (static_cast<Type>(type)) {
    case Type::hello:
      return read_hello(in);
    case Type::ping:
      LK_CHECK_OK(in.finish());
      return Ping{};
    case Type::session: {
      LK_TRY(query, in.array<16>());
      LK_TRY(message, in.fixed(in.remaining()));
      return SessionFrame{QueryId{query}, to_bytes(message)};
    }
    case Type::abort: {
      LK_TRY(query, in.array<16>());
      LK_TRY(code, in.u16());
      LK_CHECK_OK(in.finish());
      return AbortFrame{QueryId{query}, told(code)};
    }
  }
  return fail(ErrorCode::bad_format, "keeper.frame");
}

}  // namespace lightkeeper::keeper
