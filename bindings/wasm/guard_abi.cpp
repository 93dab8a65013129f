// What guard.wasm exports. One module instance holds one guard; JavaScript runs it on one thread.
//
//   p = lk_alloc(n); write n bytes at p; a = lk_call(number, p, n); read lk_answer_size() bytes at
//   a; lk_release()
//
// Pictures, hashes, texts and keys do not stay in the module's memory: lk_call wipes the request
// and the stack that it used, and whatever the module frees is wiped first.
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <optional>

#include "guard/calls.hpp"
#ifdef LK_DISCLOSE_TEST_PICTURES
#include "guard/rules_for_tests.hpp"
#endif

namespace {

using lightkeeper::Byte;
using lightkeeper::Bytes;

/// The host's generator (crypto.getRandomValues in a browser), without another one in between.
class HostRng final : public lightkeeper::Rng {
 public:
  void fill(std::span<Byte> out) override {
    constexpr std::size_t kMostAtOnce = 256;  // of getentropy
    while (!out.empty()) {
      const auto part = out.first(std::min(out.size(), kMostAtOnce));
      if (getentropy(part.data(), part.size()) != 0) {
        std::abort();
      }
      out = out.subspan(part.size());
    }
  }
};

// The edge's own state: one guard per module instance.
HostRng& source() {
  static HostRng rng;
  return rng;
}
lightkeeper::guard::Guard& guard() {
  static std::optional<lightkeeper::guard::Guard> one;
  if (!one) {
#ifdef LK_DISCLOSE_TEST_PICTURES
    auto created = lightkeeper::guard::create_guard_with_rules(
        source(), lightkeeper::guard::rules_that_disclose_test_pictures());
#else
    auto created = lightkeeper::guard::Guard::create(source());
#endif
    if (!created) {
      std::abort();  // libsodium did not start: nothing can be done safely
    }
    one.emplace(*std::move(created));
  }
  return *one;
}
Bytes& answer() {
  static Bytes bytes;
  return bytes;
}

// Lower end of the stack; set by the linker, which puts the stack below everything else
// (--stack-first).
extern "C" Byte __stack_low;

/// The dead part of the stack holds copies of hashes and keys. Everything below this frame goes;
/// the distance keeps the frames of this function and of what it calls.
[[gnu::noinline]] void wipe_dead_stack() {
  constexpr std::ptrdiff_t kOwnFrames = 256;
  auto* const low = &__stack_low;
  auto* const high = static_cast<Byte*>(__builtin_frame_address(0)) - kOwnFrames;
  if (low < high) {
    __builtin_memset(low, 0, static_cast<std::size_t>(high - low));
    __asm__ volatile("" : : "r"(low) : "memory");
  }
}

void wipe_and_free(void* memory) noexcept {
  if (memory != nullptr) {
    lightkeeper::wipe({static_cast<Byte*>(memory), malloc_usable_size(memory)});
    std::free(memory);
  }
}

}  // namespace

// Containers free without wiping when they grow or go; here all of it is wiped. The array and sized
// forms end here, too.
void operator delete(void* memory) noexcept { wipe_and_free(memory); }
void operator delete(void* memory, std::size_t) noexcept { wipe_and_free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { wipe_and_free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  wipe_and_free(memory);
}

extern "C" {

__attribute__((export_name("lk_abi_version"))) std::uint32_t lk_abi_version() { return 2; }

/// Null when the memory limit is reached.
__attribute__((export_name("lk_alloc"))) void* lk_alloc(std::size_t size) {
  return std::malloc(size == 0 ? 1 : size);
}

__attribute__((export_name("lk_call"))) const Byte* lk_call(std::uint32_t number, Byte* request,
                                                            std::size_t size) {
  answer() = lightkeeper::guard::call(guard(), number, {request, size});
  wipe_and_free(request);
  wipe_dead_stack();
  return answer().data();
}

__attribute__((export_name("lk_answer_size"))) std::size_t lk_answer_size() {
  return answer().size();
}

__attribute__((export_name("lk_release"))) void lk_release() { answer() = Bytes(); }
}
