#include "service/store/files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace lightkeeper::store {

namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool valid() const { return number_ >= 0; }

 private:
  int number_;
};

Status write_all(int descriptor, BytesView bytes) {
  while (!bytes.empty()) {
    const auto wrote = ::write(descriptor, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) {
      continue;
    }
    if (wrote <= 0) {
      return fail(ErrorCode::io_failed, "files.write");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(wrote));
  }
  return {};
}

Status sync_directory(const std::filesystem::path& directory) {
  const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.valid() || ::fsync(opened.get()) != 0) {
    return fail(ErrorCode::io_failed, "files.sync");
  }
  return {};
}

}  // namespace

Status make_private_directory(const std::filesystem::path& directory) {
  std::error_code error;
  if (std::filesystem::is_directory(directory, error)) {
    return {};
  }
  const auto parent = std::filesystem::absolute(directory).parent_path();
  std::filesystem::create_directories(parent, error);
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail(ErrorCode::io_failed, "files.directory");
  }
  return sync_directory(parent);
}

Status write_durably(const std::filesystem::path& file, BytesView bytes) {
  auto temporary = file;
  temporary += ".part";
  {
    const Descriptor out(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!out.valid()) {
      return fail(ErrorCode::io_failed, "files.write");
    }
    LK_CHECK_OK(write_all(out.get(), bytes));
    if (::fsync(out.get()) != 0) {
      return fail(ErrorCode::io_failed, "files.sync");
    }
  }
  if (::rename(temporary.c_str(), file.c_str()) != 0) {
    return fail(ErrorCode::io_failed, "files.rename");
  }
  return sync_directory(std::filesystem::absolute(file).parent_path());
}

Result<Bytes> read_file(const std::filesystem::path& file, std::size_t limit) {
  const Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in.valid()) {
    return fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::io_failed, "files.read");
  }
  Bytes out;
  ByteArray<64 * 1024> block;
  for (;;) {
    const auto got = ::read(in.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return fail(ErrorCode::io_failed, "files.read");
    }
    if (got == 0) {
      return out;
    }
    if (out.size() + static_cast<std::size_t>(got) > limit) {
      return fail(ErrorCode::too_large, "files.read");
    }
    out.insert(out.end(), block.begin(), block.begin() + got);
  }
}

Result<SecretBytes> secret_key_file(const std::filesystem::path& file, std::string_view label,
                                    Rng& rng) {
  struct stat facts{};
  if (::stat(file.c_str(), &facts) != 0) {
    if (errno != ENOENT) {
      return fail(ErrorCode::io_failed, "key_file");
    }
    SecretBytes secret(32);
    rng.fill(secret.expose_secret_for_writing());
    SecretBytes line(
        to_bytes(std::string(label) + " " + to_base64url(secret.expose_secret()) + "\n"));
    LK_CHECK_OK(write_durably(file, line.expose_secret()));
    return secret;
  }
  if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(ErrorCode::bad_configuration, "key_file",
                file.filename().string() + " may be read by others; run chmod 600 on it");
  }
  LK_TRY(raw, read_file(file, 256));
  const SecretBytes line(std::move(raw));
  auto text = as_text(line.expose_secret());
  if (!text.starts_with(label) || !text.ends_with('\n') || text.size() < label.size() + 2 ||
      text[label.size()] != ' ') {
    return fail(ErrorCode::bad_configuration, "key_file",
                file.filename().string() + " is not a key file of this kind");
  }
  text.remove_prefix(label.size() + 1);
  text.remove_suffix(1);
  auto decoded = from_base64url(text);
  if (!decoded || decoded->size() != 32) {
    return fail(ErrorCode::bad_configuration, "key_file",
                file.filename().string() + " does not hold a 32-byte key");
  }
  return SecretBytes(std::move(*decoded));
}

Result<FolderLock> FolderLock::take(const std::filesystem::path& directory) {
  const int descriptor = ::open((directory / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return fail(ErrorCode::io_failed, "files.lock");
  }
  FolderLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    return fail(ErrorCode::conflict, "files.lock", "another service uses this data folder");
  }
  return lock;
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

}  // namespace lightkeeper::store
