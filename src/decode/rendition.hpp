// What a reviewer's browser is given of a picture: one deliberate step at a time, marked with whose
// view it is. Pure functions on pixels; they run in the service itself and never in the process
// that decodes a hostile file, so a decoder that was taken over cannot hand out more than the step.
//
// Who learns what: a blurred rendition holds at most kBlurredSide grey numbers a side, whatever its
// size on the screen.
#pragma once

#include <string_view>

#include "core/media/pixels.hpp"

namespace lightkeeper::decode {

enum class Step : std::uint8_t { blurred = 1, grey = 2, colour = 3 };
[[nodiscard]] std::string_view name_of(Step step);
[[nodiscard]] Result<Step> step_from_name(std::string_view name);

constexpr std::uint32_t kReviewSide = 1600;   // pixels; the longest side of any rendition
constexpr std::uint32_t kBlurredSide = 64;    // pixels that remain before the blur
constexpr std::uint32_t kBlurredShown = 512;  // and the longest side that they are drawn at
constexpr std::size_t kMaxMark = 32;          // bytes of a watermark

/// Area average down to `side` pixels at the longest side; smaller pictures stay as they are.
/// `side` is at least 1.
[[nodiscard]] media::Pixels fitted(media::PixelsView pixels, std::uint32_t side);

/// The picture as the step shows it, at most kReviewSide a side. Grey is luma with the weights of
/// ITU-R BT.709 on the encoded values; blurred is grey, averaged to kBlurredSide, blurred three
/// times with a box of five and drawn larger. Cost: a few passes over the pixels.
[[nodiscard]] media::Pixels reduced(media::PixelsView pixels, Step step);

/// The mark, tiled over the whole picture in letters of our own 5 by 7 bitmap: each stroke is a
/// light and a dark line side by side, so it reads on any ground. Letters, digits, space and -
/// only, 1..kMaxMark bytes; anything else is `bad_argument`. Lower case is drawn as upper case.
[[nodiscard]] Result<media::Pixels> watermarked(media::Pixels pixels, std::string_view mark);

}  // namespace lightkeeper::decode
