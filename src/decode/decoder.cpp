#include "decode/decoder.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "core/base/codec.hpp"
#include "decode/wire.hpp"

namespace lightkeeper::decode {
namespace {

using Deadline = std::chrono::steady_clock::time_point;
using wire::Kind;
static_assert(kMaxFrames == wire::kMaxFrames);

/// Waits until the socket is ready; an error when the deadline comes first.
Status wait_for(int socket, short events, Deadline deadline) {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      return fail(ErrorCode::timed_out, "decoder.wait");
    }
    pollfd one{socket, events, 0};
    const int ready = poll(&one, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
    if (ready > 0) {
      return {};
    }
    if (ready < 0 && errno != EINTR) {
      return fail(ErrorCode::unavailable, "decoder.wait");
    }
  }
}

/// A fresh child that is gone is the picture's doing.
constexpr std::string_view kGone = "decoder.stopped";
std::unexpected<Error> gone() {
  return fail(ErrorCode::picture_damaged, kGone, "the decoder stopped at it");
}

Status send_all(int socket, BytesView bytes, Deadline deadline) {
  while (!bytes.empty()) {
    LK_CHECK_OK(wait_for(socket, POLLOUT, deadline));
    const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
      return gone();
    }
    bytes = bytes.subspan(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
  }
  return {};
}

Result<Bytes> receive(int socket, std::size_t size, Deadline deadline) {
  Bytes out(size);
  std::size_t have = 0;
  while (have < size) {
    LK_CHECK_OK(wait_for(socket, POLLIN, deadline));
    const ssize_t got = recv(socket, out.data() + have, size - have, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
      return gone();
    }
    have += static_cast<std::size_t>(std::max<ssize_t>(got, 0));
  }
  return out;
}

/// The child is not believed: only these answers mean anything.
std::unexpected<Error> error_from(std::uint16_t number) {
  for (const ErrorCode code : {ErrorCode::picture_too_large, ErrorCode::picture_type_unsupported,
                               ErrorCode::picture_animated, ErrorCode::media_unsupported,
                               ErrorCode::video_damaged, ErrorCode::not_found}) {
    if (number == static_cast<std::uint16_t>(code)) {
      return fail(code, "decoder.worker");
    }
  }
  return fail(ErrorCode::picture_damaged, "decoder.worker");
}

Status read_verdict(int socket, Deadline deadline) {
  LK_TRY(answer, receive(socket, wire::kAnswerHead, deadline));
  Reader in(answer);
  LK_TRY(code, in.u16());
  if (code != 0) {
    return error_from(code);
  }
  return {};
}

}  // namespace

Status Decoder::start() {
  std::array<int, 2> pair{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    return fail(ErrorCode::unavailable, "decoder.start");
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pair[1], 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  sigset_t all;
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::string name = "lightkeeper";
  std::string command = "decode-worker";
  std::array<char*, 3> arguments = {name.data(), command.data(), nullptr};
  // Nothing of ours, above all no secrets; only what the child is for.
  std::string purpose =
      options_.kind == WorkerKind::videos ? "LK_DECODE=videos" : "LK_DECODE=pictures";
  std::array<char*, 2> environment = {purpose.data(), nullptr};
  const int failed = posix_spawn(&pid_, options_.program.c_str(), &actions, &attributes,
                                 arguments.data(), environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  close(pair[1]);
  if (failed != 0) {
    pid_ = -1;
    close(pair[0]);
    return fail(ErrorCode::unavailable, "decoder.start");
  }
  socket_ = pair[0];
  pictures_ = 0;
  return {};
}

void Decoder::stop() {
  if (pid_ < 0) {
    return;
  }
  close(socket_);
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  socket_ = -1;
}

template <class Read>
auto Decoder::exchange(BytesView head, BytesView body, Read read)
    -> std::invoke_result_t<Read, int, Deadline> {
  const auto deadline = std::chrono::steady_clock::now() + options_.timeout;
  const std::lock_guard lock(mutex_);
  if (pid_ < 0) {
    LK_CHECK_OK(start());
  }
  const auto once = [&]() -> std::invoke_result_t<Read, int, Deadline> {
    LK_CHECK_OK(send_all(socket_, head, deadline));
    LK_CHECK_OK(send_all(socket_, body, deadline));
    LK_CHECK_OK(read_verdict(socket_, deadline));
    return read(socket_, deadline);
  };
  auto answer = once();
  if (!answer && answer.error().where == kGone && pictures_ > 0) {
    // A child that died may have died of an earlier picture, or of something else while it was
    // idle.
    stop();
    LK_CHECK_OK(start());
    answer = once();
  }
  if (!answer || ++pictures_ >= options_.pictures_per_worker) {
    stop();
  }
  return answer;
}

Result<media::Pixels> Decoder::decode(BytesView file) {
  if (file.size() > media::kMaxFileBytes) {
    return fail(ErrorCode::picture_too_large, "decoder.bytes");
  }
  const auto head =
      wire::request_head({.kind = Kind::pixels, .size = static_cast<std::uint32_t>(file.size())});
  return exchange(head, file, [](int socket, Deadline deadline) -> Result<media::Pixels> {
    LK_TRY(size, receive(socket, wire::kPixelsHead, deadline));
    Reader size_in(size);
    LK_TRY(width, size_in.u32());
    LK_TRY(height, size_in.u32());
    if (!media::size_allowed(width, height)) {
      return fail(ErrorCode::picture_too_large, "decoder.answer");
    }
    LK_TRY(rgb, receive(socket, std::size_t{3} * width * height, deadline));
    return media::Pixels{width, height, std::move(rgb)};
  });
}

Result<Frame> Decoder::frame(BytesView file, std::uint32_t frame, std::uint32_t side) {
  const bool video = options_.kind == WorkerKind::videos;
  if (file.size() > (video ? wire::kMaxVideoBytes : media::kMaxFileBytes)) {
    return fail(ErrorCode::picture_too_large, "decoder.bytes");
  }
  if (side < 1 || side > wire::kMaxFittedSide) {
    return fail(ErrorCode::bad_argument, "decoder.side");
  }
  if (frame >= wire::kMaxFrames) {
    return fail(ErrorCode::not_found, "decoder.frame");
  }
  const auto head = wire::request_head({.kind = Kind::frame,
                                        .frame = frame,
                                        .side = side,
                                        .size = static_cast<std::uint32_t>(file.size())});
  return exchange(head, file, [side](int socket, Deadline deadline) -> Result<Frame> {
    LK_TRY(bytes, receive(socket, wire::kFrameHead, deadline));
    LK_TRY(found, wire::parse_frame_head(bytes, side));
    LK_TRY(rgb, receive(socket, std::size_t{3} * found.width * found.height, deadline));
    return Frame{{found.width, found.height, std::move(rgb)},
                 found.full_width,
                 found.full_height,
                 found.frames,
                 found.every_frame};
  });
}

Result<Bytes> Decoder::jpeg(media::PixelsView pixels) {
  const auto head = wire::request_head({.kind = Kind::jpeg,
                                        .width = pixels.width,
                                        .height = pixels.height,
                                        .size = static_cast<std::uint32_t>(pixels.rgb.size())});
  if (pixels.rgb.size() > wire::kMaxJpegBytes || !wire::parse_request(head)) {
    return fail(ErrorCode::bad_argument, "decoder.jpeg");
  }
  return exchange(head, pixels.rgb, [](int socket, Deadline deadline) -> Result<Bytes> {
    LK_TRY(bytes, receive(socket, wire::kJpegHead, deadline));
    Reader in(bytes);
    LK_TRY(size, in.u32());
    if (size > wire::kMaxJpegBytes) {
      return fail(ErrorCode::picture_too_large, "decoder.answer");
    }
    return receive(socket, size, deadline);
  });
}

std::optional<pid_t> Decoder::worker() const {
  const std::lock_guard lock(mutex_);
  return pid_ < 0 ? std::nullopt : std::optional(pid_);
}

Result<media::Pixels> decode_picture(BytesView file, const DecodeOptions& options) {
  return Decoder(options).decode(file);
}

}  // namespace lightkeeper::decode
