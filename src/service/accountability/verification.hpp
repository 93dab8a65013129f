// Was the audit log changed? Everything is computed anew from the entries and compared with what
// was kept and signed. Needs no secret, no service and no network.
//
// What cannot be found out here: entries cut off since the newest checkpoint that the reader has;
// and a forgery by somebody who holds the log's signing key, unless the reader has a checkpoint
// from before (`since`). Both are why checkpoints are handed to somebody outside.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/log/checkpoint.hpp"
#include "service/accountability/entry.hpp"
#include "service/store/database.hpp"

namespace lightkeeper::accountability {

enum class Tampering : std::uint8_t {
  entry_changed,      // an entry is not the one that was logged under its number
  entries_swapped,    // two entries stand in each other's place
  entry_missing,      // a number is left out
  entry_added,        // an entry that the log never took in
  tail_removed,       // a checkpoint signs more entries than there are
  tree_changed,       // the kept tree does not follow from the entries
  checkpoint_forged,  // a checkpoint that the log's key did not sign, or that is unreadable
  checkpoint_unmet,   // the entries are not those that a checkpoint signs
};
/// "entry_changed", ...
[[nodiscard]] std::string_view name_of(Tampering kind);

struct Finding {
  Tampering kind = Tampering::entry_changed;
  /// The first entry that it concerns; 0 for none in particular.
  std::uint64_t entry = 0;
  std::string words;
};

struct Verified {
  std::uint64_t entries = 0;
  std::uint64_t checkpoints = 0;  // that were checked
  log::Hash root{};
  std::vector<Finding> findings;  // at most kMaxFindings
};
constexpr std::size_t kMaxFindings = 100;

/// Checkpoints that the reader brings along, beside those in the log.
struct Brought {
  /// How the words of a finding call it: "the kept checkpoint", "the older checkpoint".
  std::string name;
  std::string note;
};

/// The whole log in one consistent look. Errors only when the database does not answer.
/// Cost: linear in the number of entries. Another process may write meanwhile.
[[nodiscard]] Result<Verified> verify_log(store::Database& database, const log::VerifierKey& key,
                                          const std::vector<Brought>& brought);

/// Entry by entry, for a database and for an exported file alike. Entries come in the order of
/// their numbers.
class Walk {
 public:
  /// `kept` checkpoints are signed notes; those of one log, in any order.
  Walk(log::VerifierKey key, const std::vector<std::string>& kept,
       const std::vector<Brought>& brought);
  /// `leaf`: the hash that was kept when the entry was logged, if there is one to compare with.
  void entry(const LoggedEntry& entry, const std::optional<log::Hash>& leaf);
  void find(Tampering kind, std::uint64_t entry, std::string words);
  [[nodiscard]] Verified finish();

 private:
  struct Head {
    std::string name;
    bool brought = false;
    log::Checkpoint checkpoint;
  };
  struct Suspect {
    LoggedEntry entry;
    log::Hash kept{};
  };
  void take(const std::string& name, const std::string& note);
  void meet_checkpoints();
  void name_suspects();

  log::VerifierKey key_;
  std::vector<Head> heads_;  // by size
  std::size_t next_head_ = 0;
  std::uint64_t last_number_ = 0;  // of the entry before
  std::uint64_t last_met_ = 0;     // size of the last checkpoint that fits
  bool unmet_ = false;
  bool lost_count_ = false;  // entries have no known place any more: roots say nothing
  log::Frontier frontier_;
  std::vector<Suspect> suspects_;
  Verified out_;
};

}  // namespace lightkeeper::accountability
