// TESTS ONLY: guard_testing.wasm. The same code as guard.wasm behind other doors: the primitives,
// to compare them with the vectors, and an epoch of drawn pictures with ideal keepers that answer
// for it. Never shipped.
//
// Requests and answers as in guard_abi.cpp; an answer is the bare result.
#include <cstdlib>
#include <optional>

#include "core/base/codec.hpp"
#include "guard/test_epoch.hpp"

namespace {

namespace lk = lightkeeper;
using lk::Byte;
using lk::Bytes;
using lk::BytesView;
using lk::Reader;
using lk::Writer;

constexpr std::size_t kMost = std::size_t{1} << 28U;

Bytes& answer() {
  static Bytes bytes;
  return bytes;
}
lk::guard::TestEpoch& epoch() {
  static lk::guard::TestEpoch one;
  return one;
}

lk::crypto::AeadKey aead_key(BytesView bytes) { return {lk::SecretBytes::copy_of(bytes)}; }
void write(Writer& out, const lk::media::PdqResult& hashed) {
  out.u8(static_cast<std::uint8_t>(hashed.quality));
  for (const auto& hash : hashed.dihedral) {
    out.text(lk::media::to_text(hash));
  }
}

// A mistake in a request ends the module: that is a mistake in the test.
Bytes run(std::uint32_t number, Reader in) {
  const auto bytes = [&] { return in.bytes(kMost).value(); };
  switch (number) {
    case 1:
      return lk::to_bytes(lk::crypto::sha256(bytes()));
    case 2: {
      const BytesView key = bytes();
      return lk::to_bytes(lk::crypto::hmac_sha256(key, bytes()));
    }
    case 3: {
      const BytesView key = bytes();
      const BytesView salt = bytes();
      const BytesView info = bytes();
      return lk::to_bytes(
          lk::crypto::hkdf_sha256(key, salt, info, in.u16().value()).expose_secret());
    }
    case 4: {
      const auto key = aead_key(bytes());
      const auto nonce = in.array<12>().value();
      const BytesView associated = bytes();
      return lk::crypto::aead_seal(key, nonce, associated, bytes());
    }
    case 5: {
      const auto pair = lk::crypto::signing_key_from_seed(in.fixed(32).value()).value();
      const BytesView message = bytes();
      const auto signature = lk::crypto::sign(pair.secret, message);
      if (!lk::crypto::verify(pair.public_key, message, signature)) {
        std::abort();
      }
      return lk::concat({pair.public_key.bytes, signature});
    }
    case 6: {
      const auto pair = lk::crypto::box_key_from_secret(in.fixed(32).value()).value();
      const auto shared = lk::crypto::x25519(pair.secret, {in.array<32>().value()});
      return shared ? lk::to_bytes(shared->expose_secret()) : Bytes();
    }
    case 7: {
      const auto pair = lk::crypto::box_key_from_secret(in.fixed(32).value()).value();
      const BytesView info = bytes();
      const BytesView associated = bytes();
      const BytesView box = bytes();
      const BytesView context = bytes();
      const auto opened =
          lk::crypto::hpke_open(pair, info, associated, box, context, in.u16().value());
      return opened ? Writer()
                          .bytes(opened->plaintext.expose_secret())
                          .bytes(opened->exported.expose_secret())
                          .take()
                    : Bytes();
    }
    case 8: {
      const auto width = in.u32().value();
      const auto height = in.u32().value();
      const auto picture = lk::media::draw_picture(width, height, in.u32().value());
      Writer out;
      out.u64(lk::media::fnv1a64(picture.rgb));
      write(out, lk::media::pdq(picture.view(), lk::media::PdqVariant::full).value());
      write(out, lk::media::pdq(picture.view(), lk::media::PdqVariant::via512).value());
      return out.take();
    }
    case 9: {  // a drawn picture as a canvas gives it
      const auto width = in.u32().value();
      const auto height = in.u32().value();
      const auto picture = lk::media::draw_picture(width, height, in.u32().value());
      Bytes rgba;
      for (std::size_t i = 0; i < picture.rgb.size(); i += 3) {
        rgba.insert(rgba.end(), {picture.rgb[i], picture.rgb[i + 1], picture.rgb[i + 2], 255});
      }
      return rgba;
    }
    case 10: {
      epoch().keepers.manifest().version = lk::Epoch{in.u32().value()};
      epoch().keepers.manifest().disclosure[2] =
          static_cast<lk::match::Disclosure>(in.u8().value());
      return Writer()
          .bytes(epoch().signed_manifest())
          .fixed(epoch().key.public_key.bytes)
          .bytes(epoch().tiles)
          .bytes(epoch().leaves)
          .u64(lk::guard::kNow.value)
          .take();
    }
    case 11: {
      std::array<Bytes, 3> requests;
      for (Bytes& request : requests) {
        request = lk::to_bytes(bytes());
      }
      Writer out;
      for (const Bytes& reply :
           epoch().keepers.answer(requests, [](std::vector<lk::match::Sums>&) {})) {
        out.bytes(reply);
      }
      return out.take();
    }
    default:
      std::abort();
  }
}

}  // namespace

extern "C" {

__attribute__((export_name("lk_abi_version"))) std::uint32_t lk_abi_version() { return 2; }
__attribute__((export_name("lk_alloc"))) void* lk_alloc(std::size_t size) {
  return std::malloc(size == 0 ? 1 : size);
}
__attribute__((export_name("lk_call"))) const Byte* lk_call(std::uint32_t number, Byte* request,
                                                            std::size_t size) {
  if (!lk::crypto::initialise()) {
    std::abort();
  }
  answer() = run(number, Reader({request, size}));
  std::free(request);
  return answer().data();
}
__attribute__((export_name("lk_answer_size"))) std::size_t lk_answer_size() {
  return answer().size();
}
__attribute__((export_name("lk_release"))) void lk_release() { answer() = Bytes(); }
}
