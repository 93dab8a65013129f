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
  for (const ErrorCode code : {ErrorCode::picture_too_large, ErrorCode::picture_type_unsupported}) {
    if (number == static_cast<std::uint16_t>(code)) {
      return fail(code, "decoder.worker");
    }
  }
  return fail(ErrorCode::picture_damaged, "decoder.worker");
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
  std::array<char*, 1> environment = {nullptr};  // nothing of ours, above all no secrets
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

Result<media::Pixels> Decoder::exchange(BytesView file, Deadline deadline) const {
  Writer head;
  head.u32(static_cast<std::uint32_t>(file.size()));
  LK_CHECK_OK(send_all(socket_, head.view(), deadline));
  LK_CHECK_OK(send_all(socket_, file, deadline));
  LK_TRY(answer, receive(socket_, wire::kAnswerHead, deadline));
  Reader answer_in(answer);
  LK_TRY(code, answer_in.u16());
  if (code != 0) {
    return error_from(code);
  }
  LK_TRY(size, receive(socket_, wire::kSizeHead, deadline));
  Reader size_in(size);
  LK_TRY(width, size_in.u32());
  LK_TRY(height, size_in.u32());
  if (!media::size_allowed(width, height)) {
    return fail(ErrorCode::picture_too_large, "decoder.answer");
  }
  LK_TRY(rgb, receive(socket_, std::size_t{3} * width * height, deadline));
  return media::Pixels{width, height, std::move(rgb)};
}

Result<media::Pixels> Decoder::decode(BytesView file) {
  if (file.size() > media::kMaxFileBytes) {
    return fail(ErrorCode::picture_too_large, "decoder.bytes");
  }
  const auto deadline = std::chrono::steady_clock::now() + options_.timeout;
  const std::lock_guard lock(mutex_);
  if (pid_ < 0) {
    LK_CHECK_OK(start());
  }
  auto pixels = exchange(file, deadline);
  if (!pixels && pixels.error().where == kGone && pictures_ > 0) {
    // A child that died may have died of an earlier picture, or of something else while it was
    // idle.
    stop();
    LK_CHECK_OK(start());
    pixels = exchange(file, deadline);
  }
  if (!pixels || ++pictures_ >= options_.pictures_per_worker) {
    stop();
  }
  return pixels;
}

std::optional<pid_t> Decoder::worker() const {
  const std::lock_guard lock(mutex_);
  return pid_ < 0 ? std::nullopt : std::optional(pid_);
}

Result<media::Pixels> decode_picture(BytesView file, const DecodeOptions& options) {
  return Decoder(options).decode(file);
}

}  // namespace lightkeeper::decode
