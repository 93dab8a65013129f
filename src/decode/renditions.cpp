#include "decode/renditions.hpp"

#include <algorithm>

#include "core/media/container.hpp"

namespace lightkeeper::decode {
namespace {

bool has(BytesView file, std::size_t offset, std::string_view what) {
  return file.size() >= offset + what.size() &&
         std::ranges::equal(file.subspan(offset, what.size()), as_bytes(what));
}

DecodeOptions options_of(const RenditionOptions& options, WorkerKind kind) {
  DecodeOptions out;
  out.program = options.program;
  out.timeout = options.timeout;
  out.kind = kind;
  // A child that has seen a file of one case does not see one of another for long.
  out.pictures_per_worker = 16;
  return out;
}

}  // namespace

std::string_view media_type_shown_by(BytesView file) {
  if (const auto picture = media::sniff_picture(file)) {
    return media::media_type_of(*picture);
  }
  // ISO 14496-12: a 'ftyp' box comes first; its brand "qt  " is QuickTime's.
  if (has(file, 4, "ftyp")) {
    return has(file, 8, "qt  ") ? "video/quicktime" : "video/mp4";
  }
  // RFC 8794: the EBML header; its document type stands in the first bytes of any usual writer.
  if (has(file, 0, "\x1A\x45\xDF\xA3")) {
    const auto head = file.first(std::min<std::size_t>(file.size(), 64));
    const auto webm = as_bytes("webm");
    return std::ranges::search(head, webm).empty() ? "video/x-matroska" : "video/webm";
  }
  return {};
}

Renditions::Renditions(const RenditionOptions& options)
    : pictures_(options_of(options, WorkerKind::pictures)),
      videos_(options_of(options, WorkerKind::videos)),
      encoder_(options_of(options, WorkerKind::pictures)) {}

Result<Frame> Renditions::decoded(BytesView file, std::uint32_t frame, std::uint32_t side) {
  const auto type = media_type_shown_by(file);
  if (type.empty()) {
    return fail(ErrorCode::media_unsupported, "renditions");
  }
  return type.starts_with("image/") ? pictures_.frame(file, frame, side)
                                    : videos_.frame(file, frame, side);
}

Result<MediaFacts> Renditions::facts(BytesView file) {
  LK_TRY(first, decoded(file, 0, 1));
  return MediaFacts{std::string(media_type_shown_by(file)), first.frames, first.every_frame,
                    first.full_width, first.full_height};
}

Result<Bytes> Renditions::jpeg(BytesView file, std::uint32_t frame, Step step,
                               std::string_view mark) {
  LK_TRY(found, decoded(file, frame, kReviewSide));
  LK_TRY(marked, watermarked(reduced(found.pixels.view(), step), mark));
  return encoder_.jpeg(marked.view());
}

}  // namespace lightkeeper::decode
