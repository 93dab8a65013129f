#include "files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "files/files.hpp"

namespace lightkeeper::cli {
Result<Bytes> read_file(const std::string& path, std::size_t limit) {
  return path == "-" ? files::read_rest(STDIN_FILENO, limit) : files::read_whole(path, limit);
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
  auto written = files::write_whole(
      path, contents,
      secrecy == FileSecrecy::secret ? files::Readers::owner : files::Readers::everybody,
      overwrite == Overwrite::allow ? files::Present::replace : files::Present::keep);
  if (!written && written.error().code == ErrorCode::already_exists) {
    return fail(ErrorCode::already_exists, "file.write", "--force writes over it");
  }
  return written;
}

}  // namespace lightkeeper::cli
