// Reading and writing whole files, for commands.
#pragma once

#include <string>

#include "core/base/bytes.hpp"

namespace lightkeeper::cli {

/// The whole file, at most `limit` bytes (`too_large`). "-" is standard input. `not_found`,
/// `io_failed`.
[[nodiscard]] Result<Bytes> read_file(const std::string& path, std::size_t limit);

enum class FileSecrecy : std::uint8_t { open, secret };  // 0644 less the umask; 0600
enum class Overwrite : std::uint8_t { refuse, allow };

/// Writes a file beside `path` and puts it in place in one step, so that nobody ever sees half of
/// it. Writing what is there already is a success. With Overwrite::refuse, a file with other
/// contents is `already_exists`.
[[nodiscard]] Status write_file(const std::string& path, BytesView contents, FileSecrecy secrecy,
                                Overwrite overwrite);

}  // namespace lightkeeper::cli
