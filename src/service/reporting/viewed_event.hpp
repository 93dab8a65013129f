// "A person of this service has looked at the whole file": the signed statement of room review, and
// the one place where fileViewedByEsp comes from.
//
// Investigators may open a file without a warrant only if a person of the provider has seen it, so
// the flag has to be true exactly when somebody has looked, never as a default. Anything that does
// not verify counts as "not viewed".
#pragma once

#include <span>
#include <string>

#include "core/base/ids.hpp"
#include "core/crypto/crypto.hpp"

namespace lightkeeper::reporting {

enum class ViewStep : std::uint8_t { blurred = 1, grey = 2, colour = 3 };

struct ViewedEvent {
  ReportId case_id;
  std::uint32_t item = 0;
  crypto::Digest sha256{};
  std::uint64_t size = 0;  // bytes of the file
  std::string reviewer;    // pseudonym, e.g. "R-4f2a"
  ViewStep step = ViewStep::blurred;
  bool whole = false;  // every frame, not a part
  UnixMillis at;
  crypto::Signature signature{};
};

/// What is signed: text "lightkeeper viewed file v1", case 16, u32 item, sha256 32, u64 size, text
/// reviewer, u8 step, u8 whole, u64 at (docs/reference/case-file.md).
[[nodiscard]] Bytes canonical_bytes(const ViewedEvent& event);

/// The file that a statement has to be about.
struct FileIdentity {
  ReportId case_id;
  std::uint32_t item = 0;
  crypto::Digest sha256{};
  std::uint64_t size = 0;
};

enum class ViewFinding : std::uint8_t {
  viewed,
  other_file,     // of another case, item, size or hash
  not_whole,      // a part only, or blurred
  future,         // later than the case file
  bad_signature,  // no key given, or none of them made it
};
[[nodiscard]] std::string_view words(ViewFinding finding);

/// Costs one signature check for each key. Thread-safe.
[[nodiscard]] ViewFinding examine(const ViewedEvent& event, const FileIdentity& file,
                                  std::span<const crypto::VerifyingKey> keys, UnixMillis not_after);

}  // namespace lightkeeper::reporting
