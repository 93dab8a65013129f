// lightkeeper hash: the PDQ hashes of pictures.
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "output.hpp"
#include "picture_hash.hpp"

namespace lightkeeper::cli {
namespace {

struct HashOptions {
  std::vector<std::string> files;
  bool json = false;
};

void print_json_line(const std::string& file, const Result<PictureHashes>& hashes) {
  nlohmann::ordered_json object = {
      {"file", file}, {"pdq", nullptr}, {"pdq_via512", nullptr}, {"quality", nullptr}};
  if (hashes) {
    object["pdq"] = to_text(hashes->full.dihedral[0]);
    object["pdq_via512"] = to_text(hashes->via512.dihedral[0]);
    object["quality"] = hashes->full.quality;
  } else {
    object["error"] = to_json(hashes.error());
  }
  print_json(object);
}

/// The exit status of the first error, if any; the other files are hashed all the same.
int run_hash(const HashOptions& options) {
  int status = EXIT_SUCCESS;
  for (const std::string& file : options.files) {
    const auto hashes = hash_picture_both(file);
    if (!hashes) {
      const int code = print_error(file, hashes.error());
      status = status == EXIT_SUCCESS ? code : status;
    }
    if (options.json) {
      print_json_line(file, hashes);
    } else if (hashes) {
      print_line(to_text(hashes->full.dihedral[0]) + "  " + std::to_string(hashes->full.quality) +
                 "  " + file);
    }
  }
  return status;
}

}  // namespace

void add_hash_command(CLI::App& root, int& exit_code) {
  auto* hash = root.add_subcommand("hash", "Print the PDQ hashes of pictures");
  const auto options = std::make_shared<HashOptions>();
  hash->add_option("files", options->files, "JPEG, PNG or WebP pictures")
      ->required()
      ->type_name("FILE");
  hash->add_flag("--json", options->json, "One JSON object per file on standard output");
  hash->footer(
      "Prints hash, quality and file. Hashes of quality below 50 are noise and match nothing.\n"
      "With --json also the variant that the reference tool computes (squashed to 512x512 first).\n"
      "Pictures are decoded in a sandbox, upright and in sRGB; nothing leaves this machine.\n\n"
      "Example:\n  lightkeeper hash --json picture.jpg");
  hash->callback([options, &exit_code] { exit_code = run_hash(*options); });
}

}  // namespace lightkeeper::cli
