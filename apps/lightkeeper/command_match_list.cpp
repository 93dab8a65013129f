// lightkeeper match --list: the list is here, so it is searched in the clear.
#include "command_match.hpp"
#include "core/index/hash_index.hpp"
#include "core/match/messages.hpp"
#include "files.hpp"
#include "key_files.hpp"
#include "output.hpp"

namespace lightkeeper::cli {
namespace {

class ListAsker final : public PictureAsker {
 public:
  explicit ListAsker(lists::HashList list) : list_(std::move(list)), index_(index_of(list_)) {}

  [[nodiscard]] media::PdqVariant variant() const override { return list_.header().variant; }
  [[nodiscard]] std::optional<Epoch> manifest() const override { return std::nullopt; }

  [[nodiscard]] Result<std::optional<FoundEntry>> ask(const media::PdqResult& hashed) override {
    std::optional<FoundEntry> nearest;
    for (const auto& hit : index_.search(hashed.dihedral, HammingDistance{match::kThreshold})) {
      if (!nearest || hit.distance < nearest->distance) {
        nearest = FoundEntry{hit.distance, static_cast<media::Dihedral>(hit.query),
                             list_.entries()[hit.entry].provenance};
      }
    }
    return nearest;
  }

 private:
  static index::HashIndex index_of(const lists::HashList& list) {
    std::vector<media::PdqBits> hashes;
    hashes.reserve(list.entries().size());
    for (const auto& entry : list.entries()) {
      hashes.push_back(entry.hash);
    }
    return index::HashIndex::build(hashes);
  }

  lists::HashList list_;
  index::HashIndex index_;
};

}  // namespace

Result<std::unique_ptr<PictureAsker>> list_asker(const std::string& list,
                                                 const std::string& trust) {
  LK_TRY(file, read_file(list, lists::kMaxListFile));
  LK_TRY(opened, open_list(file, trust));
  return std::make_unique<ListAsker>(std::move(opened.list));
}

}  // namespace lightkeeper::cli
