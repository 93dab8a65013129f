// The guard as bytes in, bytes out: what the WebAssembly module exports, and what any other
// language can bind.
//
// A request is the canonical encoding (core/base/codec.hpp) of the call's arguments; the answer
// starts with u8 1 and the result, or u8 0 and the error: text code, text title, text mend, text
// where, text detail. The layout of every call stands in docs/reference/guard-calls.md. Hostile
// bytes give an error.
#pragma once

#include "lightkeeper/guard.hpp"

namespace lightkeeper::guard {

/// Wire format: never renumber, never reuse.
enum class Call : std::uint32_t {
  install_epoch = 1,
  policy = 2,
  clean_picture = 3,
  begin_picture = 4,
  finish_picture = 5,
  cancel = 6,
  frank = 7,
  open_message = 8,
  seal_attachment = 9,
  open_attachment = 10,
  make_voucher = 11,
};

[[nodiscard]] Bytes call(Guard& guard, std::uint32_t number, BytesView request);

}  // namespace lightkeeper::guard
