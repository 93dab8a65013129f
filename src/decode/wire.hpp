// Inside this room only: what goes over the socket between parent and child. All integers
// big-endian.
//   request: u32 size, the file
//   answer:  u16 error code, 0 for none; then u32 width, u32 height, 3 * width * height bytes
#pragma once

#include "core/media/pixels.hpp"

namespace lightkeeper::decode::wire {

constexpr std::size_t kRequestHead = 4;
constexpr std::size_t kAnswerHead = 2;
constexpr std::size_t kSizeHead = 8;

}  // namespace lightkeeper::decode::wire
