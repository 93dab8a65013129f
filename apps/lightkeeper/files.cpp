#include "files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace lightkeeper::cli {
namespace {

// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ > STDERR_FILENO) {
      close(number_);
    }
  }
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

std::unexpected<Error> system_failure(std::string_view where, int number) {
  return fail(number == ENOENT ? ErrorCode::not_found : ErrorCode::io_failed, where,
              std::strerror(number));
}

bool write_all(int descriptor, BytesView contents) {
  while (!contents.empty()) {
    const ssize_t written = write(descriptor, contents.data(), contents.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      return false;
    }
    contents = contents.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) {
    return ".";
  }
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<Bytes> read_file(const std::string& path, std::size_t limit) {
  const Descriptor file(path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    return system_failure("file.open", errno);
  }
  Bytes contents;
  ByteArray<64 * 1024> piece{};
  for (;;) {
    const ssize_t got = read(file.number(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return system_failure("file.read", errno);
    }
    if (got == 0) {
      return contents;
    }
    if (contents.size() + static_cast<std::size_t>(got) > limit) {
      return fail(ErrorCode::too_large, "file.read",
                  "the limit is " + std::to_string(limit) + " bytes");
    }
    contents.insert(contents.end(), piece.begin(), piece.begin() + got);
  }
}

Status write_file(const std::string& path, BytesView contents, FileSecrecy secrecy,
                  Overwrite overwrite) {
  struct stat present{};
  if (lstat(path.c_str(), &present) == 0) {
    // A size beyond ours is reported as too_large by read_file and so is different, too.
    const auto old = S_ISREG(present.st_mode)
                         ? read_file(path, contents.size())
                         : Result<Bytes>(fail(ErrorCode::io_failed, "file.write"));
    const bool same =
        old && BytesView(*old).size() == contents.size() && equal_constant_time(*old, contents);
    const bool secret_enough = secrecy == FileSecrecy::open || (present.st_mode & 0077U) == 0;
    if (same && secret_enough) {
      return {};
    }
    if (overwrite == Overwrite::refuse) {
      return fail(ErrorCode::already_exists, "file.write", "--force writes over it");
    }
  }
  std::string temporary = path + ".XXXXXX";
  const Descriptor file(mkostemp(temporary.data(), O_CLOEXEC));  // created with mode 0600
  if (!file.is_open()) {
    return system_failure("file.create", errno);
  }
  const auto give_up = [&temporary](std::string_view where) -> Status {
    const int number = errno;
    unlink(temporary.c_str());
    return system_failure(where, number);
  };
  if (!write_all(file.number(), contents)) {
    return give_up("file.write");
  }
  if (secrecy == FileSecrecy::open) {
    const mode_t mask = umask(0);
    umask(mask);
    if (fchmod(file.number(), 0644U & ~mask) != 0) {
      return give_up("file.mode");
    }
  }
  if (fsync(file.number()) != 0) {
    return give_up("file.flush");
  }
  // link() fails where rename() would replace a file that somebody else made meanwhile.
  if (overwrite == Overwrite::refuse) {
    if (link(temporary.c_str(), path.c_str()) != 0) {
      if (errno == EEXIST) {
        unlink(temporary.c_str());
        return fail(ErrorCode::already_exists, "file.write", "--force writes over it");
      }
      return give_up("file.place");
    }
    unlink(temporary.c_str());
  } else if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    return give_up("file.place");
  }
  const Descriptor folder(open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.is_open() && fsync(folder.number()) != 0 && errno != EINVAL) {
    return system_failure("file.flush_folder", errno);
  }
  return {};
}

}  // namespace lightkeeper::cli
