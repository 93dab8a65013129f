// What the ways of asking have in common: `match --list` asks a list on this machine, `match
// --keepers` asks three keepers who each learn nothing. Each way is a PictureAsker; the loop over
// the files and the output are shared.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/lists/entry.hpp"

namespace lightkeeper::cli {

/// The nearest entry that one picture matches.
struct FoundEntry {
  HammingDistance distance;
  media::Dihedral hypothesis = media::Dihedral::original;
  lists::Provenance provenance = lists::Provenance::test;
};

class PictureAsker {
 public:
  PictureAsker() = default;
  PictureAsker(const PictureAsker&) = delete;
  PictureAsker& operator=(const PictureAsker&) = delete;
  virtual ~PictureAsker() = default;
  [[nodiscard]] virtual media::PdqVariant variant() const = 0;
  /// The version of the manifest that answers, for the output; none for a list on this machine.
  [[nodiscard]] virtual std::optional<Epoch> manifest() const = 0;
  /// Called for every picture that could be hashed, also for one of too low quality (whose answer
  /// is not used), so that whoever sees the requests cannot tell which pictures were skipped.
  [[nodiscard]] virtual Result<std::optional<FoundEntry>> ask(const media::PdqResult& hashed) = 0;
};

/// Asks for each file in turn and prints what comes out: a line, or with `json` an object with the
/// keys file, verdict (match, no-match, skipped, error), distance, hypothesis, class, manifest, and
/// error where there is one. Gives the exit status: 0 no match, 1 a match, 2 an error with at least
/// one file.
[[nodiscard]] int ask_for_files(PictureAsker& asker, const std::vector<std::string>& files,
                                bool json);

/// `match --list`. With an empty `trust` the list's own key is taken, with a message.
[[nodiscard]] Result<std::unique_ptr<PictureAsker>> list_asker(const std::string& list,
                                                               const std::string& trust);

/// `match --keepers`: fetches and checks what the keepers serve. An empty `trust` as above.
[[nodiscard]] Result<std::unique_ptr<PictureAsker>> keepers_asker(
    const std::vector<std::string>& keepers, const std::string& trust);

}  // namespace lightkeeper::cli
