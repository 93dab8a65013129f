// What every command says in the same way: results on stdout, messages on stderr, errors with their
// mend.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "core/base/error.hpp"

namespace lightkeeper::cli {

/// Prints "lightkeeper: <title> (<where>: <detail>)" and "  -> <mend>" on stderr and gives the exit
/// status of the catalogue, so that a command can `exit_code = print_error(error);`.
int print_error(const Error& error);
/// The same with the thing it is about in front, as the user wrote it: a path, an address.
int print_error(std::string_view subject, const Error& error);

/// One line on stderr, "lightkeeper: <text>".
void print_note(std::string_view text);

/// One line on stdout.
void print_line(std::string_view text);
/// One JSON object on one line of stdout. What is not UTF-8 (a file name can be anything) is
/// replaced.
void print_json(const nlohmann::ordered_json& object);

/// {"code", "title", "where", "detail", "mend"}: the form of an error inside JSON output.
[[nodiscard]] nlohmann::ordered_json to_json(const Error& error);

}  // namespace lightkeeper::cli
