// lightkeeper: one program for people, keepers and operators. See command.hpp for how commands are
// added.
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "command.hpp"
#include "core/crypto/crypto.hpp"
#include "output.hpp"
#include "suggestion.hpp"

namespace lightkeeper::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  lightkeeper hash picture.jpg                      the perceptual hash of a picture\n"
    "  lightkeeper match --list drawn.lklist picture.jpg whether a picture stands on a list\n"
    "  lightkeeper demo                                  everything on this machine, to try it\n"
    "\n"
    "Exit status: 0 done; match: 0 no match, 1 match, 2 error; other errors: 64 to 78 as in "
    "sysexits.h.\n"
    "Help on a command: lightkeeper <command> --help";

// In a command line error CLI11 names what it could not use; the words come from the user's own
// line.
int print_usage_error(const CLI::App& root, const CLI::ParseError& error,
                      const std::vector<std::string>& arguments) {
  std::string detail = error.what();
  if (const auto unknown = unknown_word(root, arguments)) {
    detail = "'" + unknown->word + "' is not known here";
    if (unknown->near) {
      detail += "; did you mean '" + *unknown->near + "'?";
    }
  }
  const bool match = !arguments.empty() && arguments.front() == "match";
  const int status = print_error(Error(ErrorCode::bad_argument, "command line", detail));
  return match ? 2 : status;
}

int run(int argc, char** argv) {
  CLI::App root("Lightkeeper: an open child-safety layer for end-to-end encrypted messaging.",
                "lightkeeper");
  root.set_version_flag("--version", "lightkeeper " LK_VERSION);
  root.set_help_flag("-h,--help", "Print this help");
  root.set_help_all_flag("--help-all", "Print the help of every command");
  root.require_subcommand(1);
  root.get_formatter()->column_width(36);
  if (const auto ready = crypto::initialise(); !ready) {
    return print_error(ready.error());
  }
  int exit_code = EXIT_SUCCESS;
#define LK_COMMAND(name) add_##name##_command(root, exit_code);
#include "commands.inc"
#undef LK_COMMAND
  root.footer(kExamples);  // after the commands, which would take it over as theirs

  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty()) {
    print_line(root.help());
    return describe(ErrorCode::bad_argument).exit_code;
  }
  try {
    root.parse(argc, argv);
  } catch (const CLI::Success& request) {  // --help, --version
    return root.exit(request);
  } catch (const CLI::ParseError& error) {
    return print_usage_error(root, error, arguments);
  }
  if (std::fflush(stdout) != 0) {
    return print_error(Error(ErrorCode::io_failed, "standard output"));
  }
  return exit_code;
}

}  // namespace
}  // namespace lightkeeper::cli

int main(int argc, char** argv) {
  using namespace lightkeeper;
  try {
    return cli::run(argc, argv);
  } catch (const std::exception&) {
    // What an exception says may hold what it was about, so it is not printed.
    return cli::print_error(Error(ErrorCode::internal, "main"));
  }
}
