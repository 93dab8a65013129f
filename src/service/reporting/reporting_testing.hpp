// What the tests of this room share: the examples, and files of the repository.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "service/reporting/lint.hpp"
#include "service/reporting/validate.hpp"

namespace lightkeeper::reporting {

inline constexpr const char* kExamples[] = {"text-only", "pictures",       "voucher",
                                            "group",     "minor-to-minor", "incomplete",
                                            "viral",     "address-uk"};

inline Bytes read_repository_file(const std::string& path) {
  std::ifstream in(std::string(LK_SOURCE_DIR) + "/" + path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  return Bytes(std::istreambuf_iterator<char>(in), {});
}
inline Bytes example_bytes(const std::string& name) {
  return read_repository_file("examples/cases/" + name + ".json");
}
inline CaseFile example(const std::string& name) {
  auto file = parse_case_file(example_bytes(name));
  EXPECT_TRUE(file) << name << ": " << file.error().message();
  return file ? *std::move(file) : CaseFile{};
}
inline std::string text_of(const Result<Bytes>& bytes) {
  EXPECT_TRUE(bytes) << bytes.error().message();
  return bytes ? std::string(lightkeeper::as_text(*bytes)) : std::string();
}
inline std::string report_text(const CaseFile& file) { return text_of(render_report(file, {})); }
inline std::string details_text(const CaseFile& file, std::uint32_t item) {
  return text_of(render_file_details(file, item, 7, "f" + std::to_string(item), {}));
}

}  // namespace lightkeeper::reporting
