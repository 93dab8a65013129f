// Signed notes, checkpoints and verifier keys. What parses encodes to the same bytes; what is
// signed anew opens.
#include <cstdlib>

#include "core/log/checkpoint.hpp"

namespace lk = lightkeeper;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (!lk::crypto::initialise()) {
    return 0;
  }
  const auto text = lk::as_text({data, size});
  static const auto signer =
      lk::log::NoteSigner::create("log.example.org",
                                  lk::crypto::signing_key_from_seed(lk::Bytes(32, 1)).value())
          .value();
  if (const auto key = lk::log::VerifierKey::from_text(text);
      key && key->text() != text.substr(0, key->text().size())) {
    std::abort();
  }
  if (const auto note = lk::log::Note::parse(text)) {
    if (note->encode() != text) {
      std::abort();
    }
    (void)note->verify(signer.verifier());
    (void)signer.countersign(text);
  }
  (void)lk::log::open_checkpoint(text, signer.verifier());
  if (const auto checkpoint = lk::log::Checkpoint::from_text(text)) {
    if (checkpoint->text() != text) {
      std::abort();
    }
    if (checkpoint->origin == signer.verifier().name) {
      const auto note = lk::log::sign_checkpoint(*checkpoint, signer);
      if (note && lk::log::open_checkpoint(*note, signer.verifier()) != *checkpoint) {
        std::abort();
      }
    }
  }
  return 0;
}
