#include "service/accountability/verification.hpp"

#include <algorithm>

#include "service/accountability/rows.hpp"

namespace lightkeeper::accountability {

namespace {

constexpr std::uint64_t kBatch = 2000;
constexpr std::uint64_t kMostFilled = 100'000;  // missing entries whose place is held

std::string entry_name(std::uint64_t number) { return "entry " + std::to_string(number); }
std::string range_name(std::uint64_t from, std::uint64_t to) {
  return from == to ? entry_name(from)
                    : "entries " + std::to_string(from) + " to " + std::to_string(to);
}

}  // namespace

std::string_view name_of(Tampering kind) {
  switch (kind) {
    case Tampering::entry_changed:
      return "entry_changed";
    case Tampering::entries_swapped:
      return "entries_swapped";
    case Tampering::entry_missing:
      return "entry_missing";
    case Tampering::entry_added:
      return "entry_added";
    case Tampering::tail_removed:
      return "tail_removed";
    case Tampering::tree_changed:
      return "tree_changed";
    case Tampering::checkpoint_forged:
      return "checkpoint_forged";
    case Tampering::checkpoint_unmet:
      break;
  }
  return "checkpoint_unmet";
}

Walk::Walk(log::VerifierKey key, const std::vector<std::string>& kept,
           const std::vector<Brought>& brought)
    : key_(std::move(key)) {
  for (const auto& note : kept) {
    take("", note);
  }
  for (const auto& one : brought) {
    take(one.name, one.note);
  }
  // Not stable_sort: the library's own buffer for it is deprecated, which clang 19 reports.
  std::ranges::sort(heads_, {},
                    [](const Head& head) { return std::pair(head.checkpoint.size, head.name); });
  meet_checkpoints();
}

void Walk::take(const std::string& name, const std::string& note) {
  ++out_.checkpoints;
  auto opened = log::open_checkpoint(note, key_);
  if (opened) {
    heads_.push_back(
        {name.empty() ? "the checkpoint of " + std::to_string(opened->size) + " entries" : name,
         !name.empty(), *std::move(opened)});
    return;
  }
  const auto called = name.empty() ? std::string("a checkpoint") : name;
  switch (opened.error().code) {
    case ErrorCode::not_found:
      find(Tampering::checkpoint_forged, 0, called + " is not signed by the log's key");
      break;
    case ErrorCode::bad_signature:
      find(Tampering::checkpoint_forged, 0, called + " does not fit its signature");
      break;
    default:
      find(Tampering::checkpoint_forged, 0, called + " is not a checkpoint of this log");
  }
}

void Walk::find(Tampering kind, std::uint64_t entry, std::string words) {
  if (out_.findings.size() < kMaxFindings) {
    out_.findings.push_back({kind, entry, std::move(words)});
  }
}

void Walk::meet_checkpoints() {
  for (; next_head_ < heads_.size() && heads_[next_head_].checkpoint.size <= last_number_;
       ++next_head_) {
    const auto& head = heads_[next_head_];
    if (lost_count_ || head.checkpoint.size != last_number_) {
      continue;  // what keeps us from comparing was found before
    }
    if (head.checkpoint.root == frontier_.root()) {
      last_met_ = last_number_;
    } else if (!unmet_ || head.brought) {
      // All that follow are unmet as well: the first one says where.
      unmet_ = unmet_ || !head.brought;
      const auto from = std::min(last_met_ + 1, last_number_);
      find(Tampering::checkpoint_unmet, from,
           "something in " + range_name(from, last_number_) + " is not what " + head.name +
               " signs");
    }
  }
}

void Walk::entry(const LoggedEntry& entry, const std::optional<log::Hash>& leaf) {
  if (entry.number <= last_number_) {
    find(Tampering::entries_swapped, entry.number,
         entry_name(entry.number) + " does not stand in the order of numbers");
    lost_count_ = true;
    ++out_.entries;
    return;
  }
  const auto missing = entry.number - last_number_ - 1;
  if (missing > 0) {
    find(Tampering::entry_missing, last_number_ + 1,
         range_name(last_number_ + 1, entry.number - 1) + (missing == 1 ? " is" : " are") +
             " missing");
    if (missing > kMostFilled) {
      lost_count_ = true;
    }
    // What is there keeps its place in the tree; roots from here on are not those that were signed.
    for (std::uint64_t i = 0; i < missing && !lost_count_; ++i) {
      frontier_.append({});
      ++last_number_;
      meet_checkpoints();
    }
  }
  last_number_ = entry.number;
  const auto hash = log::leaf_hash(encode(entry));
  if (!leaf) {
    find(Tampering::entry_added, entry.number,
         entry_name(entry.number) + " was added past the log: its tree does not know it");
  } else if (hash != *leaf && suspects_.size() < kMaxFindings) {
    suspects_.push_back({entry, *leaf});
  }
  frontier_.append(hash);
  ++out_.entries;
  meet_checkpoints();
}

void Walk::name_suspects() {
  // Two entries whose contents were exchanged fit each other's kept hash.
  std::vector<bool> named(suspects_.size(), false);
  const auto fits = [&](std::size_t content, std::size_t place) {
    auto moved = suspects_[content].entry;
    moved.number = suspects_[place].entry.number;
    return log::leaf_hash(encode(moved)) == suspects_[place].kept;
  };
  for (std::size_t i = 0; i < suspects_.size(); ++i) {
    for (std::size_t k = i + 1; k < suspects_.size() && !named[i]; ++k) {
      if (!named[k] && fits(i, k) && fits(k, i)) {
        named[i] = named[k] = true;
        find(Tampering::entries_swapped, suspects_[i].entry.number,
             "entries " + std::to_string(suspects_[i].entry.number) + " and " +
                 std::to_string(suspects_[k].entry.number) + " stand in each other's place");
      }
    }
    if (!named[i]) {
      find(Tampering::entry_changed, suspects_[i].entry.number,
           entry_name(suspects_[i].entry.number) + " is not the one that was logged");
    }
  }
}

Verified Walk::finish() {
  for (; next_head_ < heads_.size(); ++next_head_) {
    const auto& head = heads_[next_head_];
    const auto size = head.checkpoint.size;
    find(Tampering::tail_removed, last_number_ + 1,
         range_name(last_number_ + 1, size) + (size == last_number_ + 1 ? " was" : " were") +
             " removed from the end: " + head.name + " signs " + std::to_string(size) +
             (size == 1 ? " entry" : " entries"));
  }
  name_suspects();
  if (out_.entries > 0 && out_.checkpoints == 0) {
    find(Tampering::checkpoint_forged, 0, "there are entries and no checkpoint");
  }
  out_.root = frontier_.root();
  return std::move(out_);
}

Result<Verified> verify_log(store::Database& database, const log::VerifierKey& key,
                            const std::vector<Brought>& brought) {
  return database.read([&](store::Transaction& tx) -> Result<Verified> {
    std::vector<std::string> kept;
    std::vector<std::uint64_t> sizes;
    for (const auto& row : tx.rows("SELECT size, note FROM audit_checkpoint ORDER BY size")) {
      kept.push_back(row.text(1));
      sizes.push_back(row.number(0));
    }
    Walk walk(key, kept, brought);
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const auto opened = log::open_checkpoint(kept[i], key);
      if (opened && opened->size != sizes[i]) {
        walk.find(Tampering::checkpoint_forged, 0,
                  "a checkpoint is kept under the size of another one");
      }
    }
    // The kept tree follows from the kept leaves, whatever was done to the entries.
    log::Frontier from_leaves;
    std::uint64_t nodes = 0;
    bool whole = true;
    std::uint64_t after = 0;
    for (;;) {
      const auto rows = tx.rows(
          "SELECT number, at_ms, action, actor, subject, detail, hash FROM audit_entry LEFT JOIN "
          "audit_node ON level = 0 AND position = number - 1 WHERE number > ? ORDER BY number "
          "LIMIT ?",
          after, kBatch);
      for (const auto& row : rows) {
        const auto entry = entry_of(row);
        after = entry.number;
        const auto leaf = row.null(6) ? std::nullopt : std::optional(row.array<32>(6));
        walk.entry(entry, leaf);
        if (!leaf || entry.number != from_leaves.size() + 1) {
          whole = false;
        }
        if (!whole) {
          continue;
        }
        for (const auto& node : from_leaves.append(*leaf)) {
          ++nodes;
          if (node.at.level == 0) {
            continue;
          }
          const auto row_of_node =
              tx.row("SELECT hash FROM audit_node WHERE level = ? AND position = ?", node.at.level,
                     node.at.index);
          if (!row_of_node || row_of_node->array<32>(0) != node.hash) {
            walk.find(
                Tampering::tree_changed, entry.number,
                "the kept tree is not that of the entries up to " + std::to_string(entry.number));
          }
        }
      }
      if (rows.size() < kBatch) {
        break;
      }
    }
    if (whole && tx.row("SELECT count(*) FROM audit_node")->number(0) != nodes) {
      walk.find(Tampering::tree_changed, from_leaves.size() + 1,
                "the kept tree has nodes of entries that are not there");
    }
    return walk.finish();
  });
}

}  // namespace lightkeeper::accountability
