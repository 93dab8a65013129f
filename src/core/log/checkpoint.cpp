#include "core/log/checkpoint.hpp"

#include <optional>

namespace lightkeeper::log {

namespace {

constexpr std::string_view kProofTitle = "c2sp.org/tlog-proof@v1";

std::unexpected<Error> malformed(std::string_view where, std::string detail) {
  return fail(ErrorCode::bad_format, where, std::move(detail));
}

/// Takes the next line off `text`; nothing when no line end follows.
std::optional<std::string_view> take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

/// Decimal without leading zeros.
std::optional<std::uint64_t> decimal(std::string_view text) {
  if (text.empty() || text.size() > 15 || (text.size() > 1 && text.front() == '0')) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

std::optional<Hash> hash_line(std::string_view line) {
  const auto bytes = from_base64(line);
  if (!bytes || bytes->size() != 32) {
    return std::nullopt;
  }
  return to_array<32>(*bytes).value();
}

}  // namespace

std::string Checkpoint::text() const {
  std::string out = origin + "\n" + std::to_string(size) + "\n" + to_base64(root) + "\n";
  for (const auto& line : extensions) {
    out += line + "\n";
  }
  return out;
}

Result<Checkpoint> Checkpoint::from_text(std::string_view text) {
  constexpr std::string_view kWhere = "log.checkpoint";
  Checkpoint out;
  const auto origin = take_line(text);
  const auto size_line = take_line(text);
  const auto root_line = take_line(text);
  if (!origin || origin->empty() || !size_line || !root_line) {
    return malformed(kWhere, "a checkpoint has three lines");
  }
  const auto size = decimal(*size_line);
  const auto root = hash_line(*root_line);
  if (!size || *size > kMaxTreeSize) {
    return malformed(kWhere, "the size of the log is not a number that it can have");
  }
  if (!root) {
    return malformed(kWhere, "the root is not base64 of 32 bytes");
  }
  out.origin = *origin;
  out.size = *size;
  out.root = *root;
  while (!text.empty()) {
    const auto line = take_line(text);
    if (!line || line->empty()) {
      return malformed(kWhere, "an extension line is empty or has no end");
    }
    out.extensions.emplace_back(*line);
  }
  return out;
}

Result<Checkpoint> open_checkpoint(std::string_view bytes, const VerifierKey& log) {
  LK_TRY(note, Note::parse(bytes));
  LK_CHECK_OK(note.verify(log));
  LK_TRY(checkpoint, Checkpoint::from_text(note.text));
  if (checkpoint.origin != log.name) {
    return malformed("log.checkpoint", "the checkpoint is of another log");
  }
  return checkpoint;
}

Result<std::string> sign_checkpoint(const Checkpoint& checkpoint, const NoteSigner& log) {
  if (checkpoint.origin != log.verifier().name) {
    return fail(ErrorCode::bad_argument, "log.checkpoint", "a log signs its own checkpoints only");
  }
  return log.sign(checkpoint.text());
}

std::string PortableProof::text() const {
  std::string out(kProofTitle);
  out += "\n";
  if (!extra.empty()) {
    out += "extra " + to_base64(extra) + "\n";
  }
  out += "index " + std::to_string(index) + "\n";
  for (const auto& hash : hashes) {
    out += to_base64(hash) + "\n";
  }
  return out + "\n" + checkpoint;
}

Result<PortableProof> PortableProof::from_text(std::string_view text) {
  constexpr std::string_view kWhere = "log.proof";
  if (text.size() > kMaxProofText) {
    return fail(ErrorCode::too_large, kWhere);
  }
  PortableProof out;
  if (take_line(text) != kProofTitle) {
    return malformed(kWhere, "this is not a proof of a transparency log");
  }
  auto line = take_line(text);
  if (line && line->starts_with("extra ")) {
    auto extra = from_base64(line->substr(6));
    if (!extra || extra->empty()) {
      return malformed(kWhere, "the extra line is not base64");
    }
    if (extra->size() > kMaxProofExtra) {
      return fail(ErrorCode::too_large, kWhere);
    }
    out.extra = *std::move(extra);
    line = take_line(text);
  }
  const auto index = line && line->starts_with("index ") ? decimal(line->substr(6)) : std::nullopt;
  if (!index || *index >= kMaxTreeSize) {
    return malformed(kWhere, "the index of the entry is missing or not a number");
  }
  out.index = *index;
  for (line = take_line(text); line && !line->empty(); line = take_line(text)) {
    const auto hash = hash_line(*line);
    if (!hash) {
      return malformed(kWhere, "a hash is not base64 of 32 bytes");
    }
    if (out.hashes.size() == kMaxProofHashes) {
      return fail(ErrorCode::too_large, kWhere, "more hashes than a proof has");
    }
    out.hashes.push_back(*hash);
  }
  if (!line) {
    return malformed(kWhere, "the checkpoint is missing");
  }
  LK_CHECK_OK(Note::parse(text));
  out.checkpoint = text;
  return out;
}

Status PortableProof::verify(BytesView entry, const VerifierKey& log) const {
  LK_TRY(signed_head, open_checkpoint(checkpoint, log));
  return verify_inclusion(leaf_hash(entry), index, signed_head.size, hashes, signed_head.root);
}

}  // namespace lightkeeper::log
