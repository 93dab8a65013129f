#include "suggestion.hpp"

#include <algorithm>

namespace lightkeeper::cli {
namespace {

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& names) {
  std::optional<std::string> best;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const auto& name : names) {
    const std::size_t distance = edit_distance(word, name);
    if (distance < least) {
      least = distance;
      best = name;
    }
  }
  return best;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Optimal string alignment, row by row.
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    above[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] =
          std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

std::optional<UnknownWord> unknown_word(const CLI::App& root,
                                        const std::vector<std::string>& arguments) {
  const CLI::App* app = &root;
  for (const auto& argument : arguments) {
    if (argument.starts_with("--")) {
      const std::string word = argument.substr(0, argument.find('='));
      std::vector<std::string> names;
      for (const auto* option : app->get_options()) {
        for (const auto& name : option->get_lnames()) {
          names.push_back("--" + name);
        }
      }
      if (!contains(names, word)) {
        return UnknownWord{word, nearest(word, names)};
      }
      continue;
    }
    if (argument.starts_with("-")) {
      continue;
    }
    std::vector<std::string> names;
    const CLI::App* next = nullptr;
    for (const auto* command : app->get_subcommands([](const CLI::App*) { return true; })) {
      if (!command->get_group().empty()) {  // commands without a group are internal
        names.push_back(command->get_name());
      }
      if (command->check_name(argument)) {
        next = command;
      }
    }
    if (next != nullptr) {
      app = next;
    } else if (!names.empty()) {
      return UnknownWord{argument, nearest(argument, names)};
    }
  }
  return std::nullopt;
}

}  // namespace lightkeeper::cli
