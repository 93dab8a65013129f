// Randomness comes in from outside. Production hosts pass a cryptographic source
// (crypto::SystemRng, or crypto.getRandomValues in a browser); only tests pass anything else.
#pragma once

#include "core/base/bytes.hpp"

namespace lightkeeper {

class Rng {
 public:
  Rng() = default;
  Rng(const Rng&) = delete;
  Rng& operator=(const Rng&) = delete;
  virtual ~Rng() = default;
  /// Fills with uniform bytes. A source that cannot deliver must end the process, never return.
  virtual void fill(std::span<Byte> out) = 0;

  template <std::size_t N>
  [[nodiscard]] ByteArray<N> array() {
    ByteArray<N> out{};
    fill(out);
    return out;
  }
};

}  // namespace lightkeeper
