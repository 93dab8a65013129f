// lightkeeper match: whether pictures stand on a list.
#include "command_match.hpp"

#include <nlohmann/json.hpp>

#include "command.hpp"
#include "output.hpp"
#include "picture_hash.hpp"

namespace lightkeeper::cli {
namespace {

constexpr int kNoMatch = 0;
constexpr int kMatch = 1;
constexpr int kError = 2;

struct MatchOptions {
  std::string list;
  std::vector<std::string> keepers;
  std::string trust;
  std::vector<std::string> files;
  bool json = false;
};

struct Answer {
  std::string_view verdict;
  std::optional<FoundEntry> found;
  std::optional<Error> error;
};

Answer answer_for(PictureAsker& asker, const std::string& file) {
  const auto hashed = hash_picture(file, asker.variant());
  if (!hashed) {
    return {"error", std::nullopt, hashed.error()};
  }
  const auto found = asker.ask(*hashed);
  if (!found) {
    return {"error", std::nullopt, found.error()};
  }
  if (hashed->quality < media::kMinQuality) {
    return {"skipped", std::nullopt, std::nullopt};
  }
  return {*found ? "match" : "no-match", *found, std::nullopt};
}

void print_answer(const std::string& file, const Answer& answer, std::optional<Epoch> manifest) {
  nlohmann::ordered_json object = {{"file", file},        {"verdict", answer.verdict},
                                   {"distance", nullptr}, {"hypothesis", nullptr},
                                   {"class", nullptr},    {"manifest", nullptr}};
  if (answer.found) {
    object["distance"] = answer.found->distance.value;
    object["hypothesis"] = media::name_of(answer.found->hypothesis);
    object["class"] = lists::name_of(answer.found->provenance);
  }
  if (manifest) {
    object["manifest"] = manifest->value;
  }
  if (answer.error) {
    object["error"] = to_json(*answer.error);
  }
  print_json(object);
}

void print_answer_line(const std::string& file, const Answer& answer) {
  std::string line = file + ": ";
  line += answer.verdict;
  if (answer.found) {
    line += " (" + std::to_string(answer.found->distance.value) + " bits apart, ";
    line += media::name_of(answer.found->hypothesis);
    line += ", class ";
    line += lists::name_of(answer.found->provenance);
    line += ")";
  } else if (answer.verdict == "skipped") {
    line += " (too little detail to tell)";
  }
  print_line(line);
}

}  // namespace

int ask_for_files(PictureAsker& asker, const std::vector<std::string>& files, bool json) {
  int status = kNoMatch;
  for (const auto& file : files) {
    const Answer answer = answer_for(asker, file);
    if (answer.error) {
      print_error(file, *answer.error);
      status = kError;
    } else if (answer.found && status == kNoMatch) {
      status = kMatch;
    }
    if (json) {
      print_answer(file, answer, asker.manifest());
    } else if (!answer.error) {
      print_answer_line(file, answer);
    }
  }
  return status;
}

namespace {

int run_match(const MatchOptions& options) {
  const auto asker = options.keepers.empty() ? list_asker(options.list, options.trust)
                                             : keepers_asker(options.keepers, options.trust);
  if (asker) {
    return ask_for_files(**asker, options.files, options.json);
  }
  // Nobody can be asked: said once to people, and of every file to a program.
  if (options.keepers.empty()) {
    print_error(options.list, asker.error());
  } else {
    print_error(asker.error());
  }
  if (options.json) {
    for (const auto& file : options.files) {
      print_answer(file, {"error", std::nullopt, asker.error()}, std::nullopt);
    }
  }
  return kError;
}

}  // namespace

void add_match_command(CLI::App& root, int& exit_code) {
  auto* match = root.add_subcommand("match", "Say whether pictures stand on a list");
  const auto options = std::make_shared<MatchOptions>();
  match->add_option("files", options->files, "Pictures")->required()->type_name("FILE");
  auto* way = match->add_option_group("way", "Where to ask, one of");
  way->add_option("--list", options->list, "A signed list on this machine")->type_name("LIST");
  way->add_option("--keepers", options->keepers, "Three keepers, none of whom learns anything")
      ->delimiter(',')
      ->allow_extra_args(false)  // what follows the three is a file
      ->type_name("URL,URL,URL");
  way->require_option(1);
  match->add_option("--trust", options->trust, "Verifying key of the list's publisher")
      ->type_name("KEYFILE");
  match->add_flag("--json", options->json, "One JSON object per file on standard output");
  match->footer(
      "Each picture is tried as it stands, turned and mirrored; up to 31 of 256 bits may differ.\n"
      "Exit status: 0 no match, 1 a match, 2 an error with at least one file.\n\n"
      "Examples:\n  lightkeeper match --list drawn.lklist --trust org.pub --json picture.jpg\n"
      "  lightkeeper match --keepers URL0,URL1,URL2 --trust org.pub --json picture.jpg");
  match->callback([options, &exit_code] { exit_code = run_match(*options); });
}

}  // namespace lightkeeper::cli
