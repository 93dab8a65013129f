// Files that must survive kill -9 and power loss, and key files that only their owner may read.
#pragma once

#include <filesystem>

#include "core/base/bytes.hpp"
#include "core/base/rng.hpp"

namespace lightkeeper::store {

/// Creates the directory with mode 0700, and its parents. An existing one is left as it is.
[[nodiscard]] Status make_private_directory(const std::filesystem::path& directory);

/// Writes a new file (0600) so that after return it is whole and on disk, and before that it is not
/// there: temporary name, fsync, rename, fsync of the directory.
[[nodiscard]] Status write_durably(const std::filesystem::path& file, BytesView bytes);

/// Reads a whole file of at most `limit` bytes; `not_found`, `too_large` or `io_failed`.
[[nodiscard]] Result<Bytes> read_file(const std::filesystem::path& file, std::size_t limit);

/// A 32-byte secret in a text file "<label> <base64url>\n" with mode 0600: read, or made on first
/// use. `bad_configuration` when group or others may read it, or when it holds anything else.
[[nodiscard]] Result<SecretBytes> secret_key_file(const std::filesystem::path& file,
                                                  std::string_view label, Rng& rng);

/// Holds an advisory lock on a file while it lives, so that one data folder has one service.
class FolderLock {
 public:
  /// `conflict` when another process holds it.
  [[nodiscard]] static Result<FolderLock> take(const std::filesystem::path& directory);
  FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace lightkeeper::store
