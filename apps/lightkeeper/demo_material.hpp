// What the demo runs on: keys, a signed test list of drawn pictures, and two pictures to send.
#pragma once

#include <filesystem>

#include "core/base/result.hpp"

namespace lightkeeper::cli {

struct DemoMaterial {
  std::filesystem::path list;         // signed, 200 drawn pictures, class test
  std::filesystem::path signing_key;  // 0600
  std::filesystem::path verifying_key;
  std::filesystem::path pictures;          // the folder of the next two
  std::filesystem::path test_picture;      // stands on the list
  std::filesystem::path harmless_picture;  // does not; its file names a place
};

/// Makes what is not there yet in `folder`, and keeps what is. Synthetic pictures only.
[[nodiscard]] Result<DemoMaterial> make_demo_material(const std::filesystem::path& folder);

}  // namespace lightkeeper::cli
