// One entry of the audit log and its bytes, which are the leaf of the Merkle tree:
//
//   text "lightkeeper audit entry v1", u64 number, u64 at_ms, text action,
//   u8 1 and fixed16 actor, or u8 0, text subject, text detail        (codec.hpp)
#pragma once

#include <string>

#include "service/store/audit.hpp"

namespace lightkeeper::accountability {

constexpr std::size_t kMaxAction = 64;
constexpr std::size_t kMaxSubject = 256;
constexpr std::size_t kMaxDetail = 1024;
constexpr std::size_t kMaxEntryBytes = 2048;

struct LoggedEntry {
  std::uint64_t number = 0;  // from 1
  UnixMillis at;
  store::AuditEntry what;
};

/// `bad_argument` unless the action is one or more words of a-z and _ with dots between them, and
/// subject and detail are UTF-8 without control characters within the limits.
[[nodiscard]] Status check(const store::AuditEntry& entry);

[[nodiscard]] Bytes encode(const LoggedEntry& entry);
/// Only what encode() gives for an entry that check() accepts.
[[nodiscard]] Result<LoggedEntry> decode_entry(BytesView bytes);

}  // namespace lightkeeper::accountability
