// What passes between the service and its decoding children: heads of requests and of answers.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "decode/rendition.hpp"
#include "decode/renditions.hpp"
#include "decode/wire.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lightkeeper;
  const BytesView input(data, size);
  static_cast<void>(decode::media_type_shown_by(input));
  if (const auto request = decode::wire::parse_request(input)) {
    const auto again = decode::wire::request_head(*request);
    if (!std::equal(again.begin(), again.end(), input.begin(), input.end())) {
      std::abort();  // one value, one encoding
    }
  }
  constexpr std::uint32_t kSide = 1600;
  if (const auto head = decode::wire::parse_frame_head(input, kSide)) {
    const auto again = decode::wire::frame_head(*head);
    if (!std::equal(again.begin(), again.end(), input.begin(), input.end()) ||
        head->width > kSide || head->height > kSide || head->frames > decode::kMaxFrames) {
      std::abort();
    }
  }
  // The steps and the mark, on pixels of any content and small sizes.
  if (size > 3) {
    const std::uint32_t width = 1 + data[0] % 40;
    const std::uint32_t height = 1 + data[1] % 40;
    media::Pixels pixels{width, height, Bytes(std::size_t{3} * width * height, data[2])};
    for (const auto step : {decode::Step::blurred, decode::Step::grey, decode::Step::colour}) {
      const auto out = decode::reduced(pixels.view(), step);
      if (out.rgb.size() != std::size_t{3} * out.width * out.height) {
        std::abort();
      }
    }
    static_cast<void>(decode::watermarked(pixels, as_text(input.subspan(3))));
  }
  return 0;
}
