#include "output.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace lightkeeper::cli {
namespace {

// https://no-color.org: colour only on a terminal, and not when NO_COLOR is set to anything but
// nothing.
bool colour_on_stderr() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && (no_color == nullptr || *no_color == '\0') &&
         (term == nullptr || std::string_view(term) != "dumb");
}

void write_line(FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fputc('\n', stream);
}

}  // namespace

int print_error(const Error& error) { return print_error("", error); }

int print_error(std::string_view subject, const Error& error) {
  const ErrorEntry& entry = describe(error.code);
  const bool colour = colour_on_stderr();
  std::string text = colour ? "\033[31mlightkeeper:\033[0m " : "lightkeeper: ";
  if (!subject.empty()) {
    text += subject;
    text += ": ";
  }
  text += error.message();
  text += colour ? "\n  \033[2m->\033[0m " : "\n  -> ";
  text += entry.mend;
  write_line(stderr, text);
  return entry.exit_code;
}

void print_note(std::string_view text) { write_line(stderr, "lightkeeper: " + std::string(text)); }

void print_line(std::string_view text) { write_line(stdout, text); }

void print_json(const nlohmann::ordered_json& object) {
  write_line(stdout, object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

nlohmann::ordered_json to_json(const Error& error) {
  const ErrorEntry& entry = describe(error.code);
  return {{"code", entry.name},
          {"title", entry.title},
          {"where", error.where},
          {"detail", error.detail},
          {"mend", entry.mend}};
}

}  // namespace lightkeeper::cli
