#include "service/store/files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "files/files.hpp"

namespace lightkeeper::store {

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
  return files::flush_folder(parent);
}

Status write_durably(const std::filesystem::path& file, BytesView bytes) {
  auto written = files::write_whole(file, bytes, files::Readers::owner, files::Present::replace);
  if (!written && written.error().code == ErrorCode::not_found) {
    // A folder of the service is gone: nothing that whoever asked could have named.
    return fail(ErrorCode::io_failed, "files.write");
  }
  return written;
}

Result<Bytes> read_file(const std::filesystem::path& file, std::size_t limit) {
  return files::read_whole(file, limit);
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
