// Checkpoints, which commit to all entries of a log so far (c2sp.org/tlog-checkpoint), and proofs
// that can be handed on by themselves (c2sp.org/tlog-proof).
//
// A checkpoint is a signed note with the text
//
//   <origin: the name of the log>
//   <size in decimal>
//   <base64 of the root>
//   <further lines, which we neither write nor understand; kept>
//
// A proof is a text:
//
//   c2sp.org/tlog-proof@v1
//   extra <base64>              (may be absent; not covered by any signature)
//   index <decimal>
//   <base64 of a hash>          (one line each, none to kMaxProofHashes)
//   <empty line>
//   <the signed checkpoint>
#pragma once

#include "core/log/merkle.hpp"
#include "core/log/note.hpp"

namespace lightkeeper::log {

struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Hash root{};
  std::vector<std::string> extensions;
  bool operator==(const Checkpoint&) const = default;

  [[nodiscard]] std::string text() const;
  /// `bad_format` for a second way of writing the same, `too_large`.
  [[nodiscard]] static Result<Checkpoint> from_text(std::string_view text);
};

/// Parses a signed checkpoint and verifies it: the log's signature must be there and its name must
/// be the origin. Errors of Note::parse, from_text and Note::verify; `bad_format` for another
/// origin.
[[nodiscard]] Result<Checkpoint> open_checkpoint(std::string_view note, const VerifierKey& log);
/// Errors of NoteSigner::sign; `bad_argument` when the origin is not the signer's name.
[[nodiscard]] Result<std::string> sign_checkpoint(const Checkpoint& checkpoint,
                                                  const NoteSigner& log);

constexpr std::size_t kMaxProofText = kMaxNote + 16 * 1024;
constexpr std::size_t kMaxProofExtra = 4 * 1024;

struct PortableProof {
  Bytes extra;  // empty: no such line
  std::uint64_t index = 0;
  Proof hashes;
  std::string checkpoint;  // signed
  bool operator==(const PortableProof&) const = default;

  [[nodiscard]] std::string text() const;
  /// The checkpoint in it is parsed as a note, but not verified here.
  [[nodiscard]] static Result<PortableProof> from_text(std::string_view text);
  /// That `entry` is entry `index` of the log: errors of open_checkpoint and verify_inclusion.
  [[nodiscard]] Status verify(BytesView entry, const VerifierKey& log) const;
};

}  // namespace lightkeeper::log
