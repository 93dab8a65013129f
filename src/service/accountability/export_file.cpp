#include "service/accountability/export_file.hpp"

namespace lightkeeper::accountability {

namespace {

constexpr std::string_view kWhere = "audit.export";
constexpr std::string_view kTitle = "lightkeeper audit log v1";
constexpr std::size_t kMaxKeyText = 512;

}  // namespace

ExportWriter::ExportWriter(const log::VerifierKey& key, std::string_view checkpoint) {
  out_.text(kTitle).text(key.text()).text(checkpoint);
}

Status ExportWriter::checkpoints(const std::vector<std::string>& older) {
  if (older.size() > kMaxCheckpointsInExport) {
    return fail(ErrorCode::too_large, kWhere);
  }
  out_.u32(static_cast<std::uint32_t>(older.size()));
  for (const auto& note : older) {
    out_.text(note);
  }
  return {};
}

void ExportWriter::count(std::uint64_t entries) { out_.u64(entries); }

Status ExportWriter::entry(const LoggedEntry& entry) {
  out_.bytes(encode(entry));
  if (out_.view().size() > kMaxExport) {
    return fail(ErrorCode::too_large, kWhere, "the log is larger than one file may be");
  }
  return {};
}

Result<ExportedLog> parse_export(BytesView file) {
  if (file.size() > kMaxExport) {
    return fail(ErrorCode::too_large, kWhere);
  }
  Reader in(file);
  const auto title = in.text(kTitle.size());
  if (!title || *title != kTitle) {
    return fail(ErrorCode::bad_format, kWhere, "this is not an exported audit log");
  }
  ExportedLog out;
  LK_TRY(key_text, in.text(kMaxKeyText));
  LK_TRY(key, log::VerifierKey::from_text(key_text));
  if (key.text() != key_text) {
    return fail(ErrorCode::bad_format, kWhere, "the key has a line end");
  }
  LK_TRY(checkpoint, in.text(log::kMaxNote));
  LK_TRY(older, in.u32());
  if (older > kMaxCheckpointsInExport) {
    return fail(ErrorCode::too_large, kWhere);
  }
  out.key = std::move(key);
  out.checkpoint = std::move(checkpoint);
  for (std::uint32_t i = 0; i < older; ++i) {
    LK_TRY(note, in.text(log::kMaxNote));
    out.older.push_back(std::move(note));
  }
  LK_TRY(count, in.u64());
  for (std::uint64_t i = 0; i < count; ++i) {  // ends with the file at the latest
    LK_TRY(bytes, in.bytes(kMaxEntryBytes));
    LK_TRY(entry, decode_entry(bytes));
    out.entries.push_back(std::move(entry));
  }
  LK_CHECK_OK(in.finish());
  return out;
}

Verified verify_export(const ExportedLog& exported, const log::VerifierKey& key,
                       const std::vector<Brought>& brought) {
  auto all = brought;
  all.push_back({"the checkpoint of the file", exported.checkpoint});
  Walk walk(key, exported.older, all);
  const auto newest = log::open_checkpoint(exported.checkpoint, key);
  for (const auto& entry : exported.entries) {
    walk.entry(entry, log::leaf_hash(encode(entry)));
  }
  if (newest && !exported.entries.empty() && exported.entries.back().number > newest->size) {
    walk.find(Tampering::entry_added, newest->size + 1,
              "there are entries after those that the checkpoint of the file signs");
  }
  return walk.finish();
}

}  // namespace lightkeeper::accountability
