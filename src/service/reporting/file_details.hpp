// CyberTipline report model: the <fileDetails> of one uploaded file.
#pragma once

#include "service/reporting/incident.hpp"

namespace lightkeeper::reporting {

enum class FileRelevance : std::uint8_t { reported, supplemental };
enum class FileAnnotation : std::uint8_t {
  anime_drawing_virtual,
  potential_meme,
  viral,
  possible_self_production,
  physical_harm,
  violence_gore,
  bestiality,
  live_streaming,
  infant,
  generative_ai,
};
[[nodiscard]] std::string_view schema_text(FileAnnotation annotation);
/// Of the industry's hash sharing agreement; only members of it may state one.
enum class IndustryClassification : std::uint8_t { a1, a2, b1, b2 };

struct FileHash {
  std::string type;  // "MD5", "SHA1", "SHA256", "PDQ"
  std::string value;
};
struct NameValue {
  std::string name, value;
};
enum class DetailsType : std::uint8_t { exif, hash };
struct FileDetail {
  DetailsType type = DetailsType::hash;
  std::vector<NameValue> pairs;  // at least one
};

struct FileDetails {
  std::uint64_t report_id = 0;
  std::string file_id;
  std::optional<std::string> file_name, original_file_name;
  std::optional<UnixMillis> uploaded_at;
  std::optional<std::string> location;  // URL
  /// The company's people have seen the entire contents. Set from signed review events and from
  /// nothing else (viewed_event.hpp).
  std::optional<bool> viewed_by_esp;
  std::optional<bool> exif_viewed_by_esp;
  std::optional<bool> publicly_available;
  std::optional<FileRelevance> relevance;
  /// Either this ...
  std::optional<bool> potential_meme;
  /// ... or these; both at once are invalid and refused by write_file_details().
  std::optional<std::set<FileAnnotation>> annotations;
  std::optional<IndustryClassification> classification;
  std::vector<FileHash> original_hashes;
  std::optional<IpCaptureEvent> ip_event;  // one only
  std::vector<DeviceId> devices;
  std::vector<FileDetail> details;
  std::vector<std::string> additional_info;
};

}  // namespace lightkeeper::reporting
