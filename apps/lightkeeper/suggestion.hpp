// "Did you mean ...?" for a mistyped command or option.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace lightkeeper::cli {

/// The number of single-character insertions, deletions, substitutions and swaps of neighbours
/// between two words.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

struct UnknownWord {
  std::string word;
  std::optional<std::string> near;  // the command or option that it most resembles, if one is near
};
/// The first word of `arguments` that is neither a command nor an option where it stands.
[[nodiscard]] std::optional<UnknownWord> unknown_word(const CLI::App& root,
                                                      const std::vector<std::string>& arguments);

}  // namespace lightkeeper::cli
