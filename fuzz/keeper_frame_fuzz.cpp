// Frames on the link between keepers: whatever parses is written back to the same bytes.
#include <algorithm>
#include <cstdlib>

#include "keeper/frame.hpp"

using namespace lightkeeper;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  if (size >= keeper::kFrameHeaderSize) {
    const auto header = to_array<keeper::kFrameHeaderSize>(input.first(keeper::kFrameHeaderSize));
    const auto announced = keeper::frame_size(*header, keeper::frame_limit(4));
    if (announced && (*announced == 0 || *announced > keeper::frame_limit(4))) {
      std::abort();
    }
  }
  const auto frame = keeper::parse_frame(input);
  if (frame &&
      !std::holds_alternative<keeper::AbortFrame>(*frame)) {  // an abort's code is narrowed
    const Bytes again = keeper::encode_frame(*frame);
    if (!std::ranges::equal(BytesView(again).subspan(keeper::kFrameHeaderSize), input)) {
      std::abort();
    }
  }
  return 0;
}
