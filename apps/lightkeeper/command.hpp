// The commands of the program. Each lives in its own file command_<name>.cpp and is wired in by one
// line lk_command(<name> ...) in CMakeLists.txt.
//
// A command adds its subcommand to `root` (or, for a verb in its own file, to the noun found by
// root.get_subcommand("list")), and in its callback puts its exit status into `exit_code`.
// Callbacks print results to stdout and messages to stderr (output.hpp) and do not throw for what
// can go wrong in use.
#pragma once

#include <CLI/CLI.hpp>

namespace lightkeeper::cli {

#define LK_COMMAND(name) void add_##name##_command(CLI::App& root, int& exit_code);
#include "commands.inc"
#undef LK_COMMAND

}  // namespace lightkeeper::cli
