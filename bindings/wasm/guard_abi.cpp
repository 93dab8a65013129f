// What guard.wasm exports. One module instance holds one guard; JavaScript runs it on one thread.
//
//   p = lk_alloc(n); write n bytes at p; a = lk_call(number, p, n); read lk_answer_size() bytes at a; lk_release()
//
// lk_call wipes and frees the request, lk_release the answer, so pictures and keys do not stay in the module's memory.
#include <cstdlib>
#include <optional>

#include "guard/calls.hpp"

namespace {

using lightkeeper::Byte;
using lightkeeper::Bytes;

// The edge's own state: one guard per module instance.
lightkeeper::crypto::SystemRng& source() {
  static lightkeeper::crypto::SystemRng rng;
  return rng;
}
lightkeeper::guard::Guard& guard() {
  static std::optional<lightkeeper::guard::Guard> one;
  if (!one) {
    auto created = lightkeeper::guard::Guard::create(source());
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

}  // namespace

extern "C" {

__attribute__((export_name("lk_abi_version"))) std::uint32_t lk_abi_version() { return 1; }

/// Null when the memory limit is reached.
__attribute__((export_name("lk_alloc"))) void* lk_alloc(std::size_t size) { return std::malloc(size == 0 ? 1 : size); }

__attribute__((export_name("lk_call"))) const Byte* lk_call(std::uint32_t number, Byte* request, std::size_t size) {
  answer() = lightkeeper::guard::call(guard(), number, {request, size});
  lightkeeper::wipe({request, size});
  std::free(request);
  return answer().data();
}

__attribute__((export_name("lk_answer_size"))) std::size_t lk_answer_size() { return answer().size(); }

__attribute__((export_name("lk_release"))) void lk_release() {
  lightkeeper::wipe(answer());
  answer() = Bytes();
}
}
