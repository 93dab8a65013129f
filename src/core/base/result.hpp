// Result<T>: a value or an Error. Nothing in the core throws.
#pragma once

#include <expected>
#include <utility>

#include "core/base/error.hpp"

namespace lightkeeper {

template <class T>
using Result = std::expected<T, Error>;
using Status = std::expected<void, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string_view where) {
  return std::unexpected<Error>(Error(code, where));
}
[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string_view where,
                                                 std::string detail) {
  return std::unexpected<Error>(Error(code, where, std::move(detail)));
}

}  // namespace lightkeeper

/// LK_TRY(name, expression): the value of a Result under `name`, or return its error to the caller.
#define LK_TRY(name, ...)                                       \
  auto name##_or_error = (__VA_ARGS__);                         \
  if (!name##_or_error) {                                       \
    return std::unexpected(std::move(name##_or_error).error()); \
  }                                                             \
  auto name = *std::move(name##_or_error)

/// LK_CHECK_OK(expression): return the error of a Status (or of a Result whose value is not
/// wanted).
#define LK_CHECK_OK(...)                                    \
  do {                                                      \
    if (auto lk_status = (__VA_ARGS__); !lk_status) {       \
      return std::unexpected(std::move(lk_status).error()); \
    }                                                       \
  } while (false)
