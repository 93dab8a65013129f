// What open_draft() accepts must be what draft() writes, and no input may crash or take memory for
// entries that are not there. Drafts need no signature, so every byte reaches the parser.
#include <cstdlib>

#include "core/lists/hash_list.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lightkeeper;
  static const bool ready = crypto::initialise().has_value();
  const BytesView input(data, size);
  if (const auto list = lists::HashList::open_draft(input); ready && list) {
    const Bytes written = list->draft();
    if (!std::equal(written.begin(), written.end(), input.begin(), input.end())) {
      std::abort();
    }
  }
  if (const auto signer = lists::claimed_signer(input); ready && signer) {
    const auto list = lists::HashList::open(input, *signer);  // the seeds hold a genuine one
    if (list && list->draft().size() + 32 + 64 != input.size()) {
      std::abort();
    }
  }
  return 0;
}
