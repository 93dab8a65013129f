// Whole files on disk, for keepers, service and command line: read with a limit, and written so
// that they survive kill -9 and power loss. Who may read a file is said at every call.
#pragma once

#include <filesystem>

#include "core/base/bytes.hpp"

namespace lightkeeper::files {

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

/// The whole file, of at most `limit` bytes; `not_found`, `too_large` or `io_failed`.
[[nodiscard]] Result<Bytes> read_whole(const std::filesystem::path& path, std::size_t limit);
/// What can still be read from a descriptor, which stays open: standard input.
[[nodiscard]] Result<Bytes> read_rest(int descriptor, std::size_t limit);

enum class Readers : std::uint8_t { owner, everybody };  // 0600; 0644 less the umask
enum class Present : std::uint8_t { replace, keep };     // what to do with a file that is there

/// After it returns the file is whole and on disk under its name; before, the name is as it was:
/// a name of its own (*.part), fsync, rename, fsync of the folder. What a crash leaves behind ends
/// in .part. Two writers of one name do not disturb each other: the later one stays.
/// `already_exists` with Present::keep; `not_found` without the folder; `io_failed`.
[[nodiscard]] Status write_whole(const std::filesystem::path& path, BytesView contents,
                                 Readers readers, Present present);

/// The names in a folder are on disk.
[[nodiscard]] Status flush_folder(const std::filesystem::path& folder);

}  // namespace lightkeeper::files
