#include "files/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace lightkeeper::files {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPart = ".part";

std::unexpected<Error> failed(std::string_view where) {
  const int number = errno;
  return fail(number == ENOENT ? ErrorCode::not_found : ErrorCode::io_failed, where,
              std::strerror(number));
}

Status write_all(int descriptor, BytesView contents) {
  while (!contents.empty()) {
    const auto wrote = ::write(descriptor, contents.data(), contents.size());
    if (wrote < 0 && errno == EINTR) {
      continue;
    }
    if (wrote <= 0) {
      return failed("file.write");
    }
    contents = contents.subspan(static_cast<std::size_t>(wrote));
  }
  return {};
}

Status fill(int descriptor, BytesView contents, Readers readers) {
  LK_CHECK_OK(write_all(descriptor, contents));
  if (readers == Readers::everybody) {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (::fchmod(descriptor, 0644U & ~mask) != 0) {
      return failed("file.mode");
    }
  }
  if (::fsync(descriptor) != 0) {
    return failed("file.flush");
  }
  return {};
}

Status place(const std::string& part, const fs::path& path, Present present) {
  if (present == Present::replace) {
    return ::rename(part.c_str(), path.c_str()) == 0 ? Status() : failed("file.place");
  }
  // link() fails where rename() would replace a file that somebody else made meanwhile.
  if (::link(part.c_str(), path.c_str()) != 0) {
    return errno == EEXIST ? fail(ErrorCode::already_exists, "file.place") : failed("file.place");
  }
  ::unlink(part.c_str());
  return {};
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) {
    ::close(number_);
  }
}

Result<Bytes> read_rest(int descriptor, std::size_t limit) {
  Bytes out;
  ByteArray<64 * 1024> block;
  for (;;) {
    const auto got = ::read(descriptor, block.data(), block.size());
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return failed("file.read");
    }
    if (got == 0) {
      return out;
    }
    if (out.size() + static_cast<std::size_t>(got) > limit) {
      return fail(ErrorCode::too_large, "file.read",
                  "the limit is " + std::to_string(limit) + " bytes");
    }
    out.insert(out.end(), block.begin(), block.begin() + got);
  }
}

Result<Bytes> read_whole(const fs::path& path, std::size_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    return failed("file.open");
  }
  return read_rest(file.number(), limit);
}

Status flush_folder(const fs::path& folder) {
  const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems cannot flush a folder and say so.
  if (!opened.is_open() || (::fsync(opened.number()) != 0 && errno != EINVAL)) {
    return failed("file.flush_folder");
  }
  return {};
}

Status write_whole(const fs::path& path, BytesView contents, Readers readers, Present present) {
  std::string part = path.string() + ".XXXXXX" + std::string(kPart);
  {
    const Descriptor file(
        ::mkostemps(part.data(), static_cast<int>(kPart.size()), O_CLOEXEC));  // with mode 0600
    if (!file.is_open()) {
      return failed("file.create");
    }
    if (auto filled = fill(file.number(), contents, readers); !filled) {
      ::unlink(part.c_str());
      return filled;
    }
  }
  if (auto placed = place(part, path, present); !placed) {
    ::unlink(part.c_str());
    return placed;
  }
  return flush_folder(fs::absolute(path).parent_path());
}

}  // namespace lightkeeper::files
