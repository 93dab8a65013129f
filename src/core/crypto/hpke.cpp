// HPKE base mode, RFC 9180, for the one suite that we use:
// DHKEM(X25519, HKDF-SHA256) 0x0020, HKDF-SHA256 0x0001, ChaCha20-Poly1305 0x0003. One message per
// context, so the sequence number is always 0 and the nonce is the base nonce.
#include "core/base/codec.hpp"
#include "core/crypto/crypto.hpp"

namespace lightkeeper::crypto {
namespace {

const Bytes& kem_suite() {
  static const Bytes suite = Writer().fixed(as_bytes("KEM")).u16(0x0020).take();
  return suite;
}

const Bytes& hpke_suite() {
  static const Bytes suite =
      Writer().fixed(as_bytes("HPKE")).u16(0x0020).u16(0x0001).u16(0x0003).take();
  return suite;
}

// RFC 9180 section 4: LabeledExtract and LabeledExpand.
SecretBytes labeled_extract(BytesView suite, BytesView salt, std::string_view label,
                            BytesView key) {
  const SecretBytes input(concat({as_bytes("HPKE-v1"), suite, as_bytes(label), key}));
  return hkdf_extract(salt, input.expose_secret());
}

SecretBytes labeled_expand(BytesView suite, const SecretBytes& prk, std::string_view label,
                           BytesView info, std::size_t size) {
  const Bytes input = Writer()
                          .u16(static_cast<std::uint16_t>(size))
                          .fixed(as_bytes("HPKE-v1"))
                          .fixed(suite)
                          .fixed(as_bytes(label))
                          .fixed(info)
                          .take();
  return hkdf_expand(prk.expose_secret(), input, size);
}

struct KeySchedule {
  AeadKey key;
  AeadNonce nonce{};
  SecretBytes exporter;
};

// Sections 4.1 (ExtractAndExpand) and 5.1 (KeySchedule) with mode_base and no PSK.
Result<KeySchedule> schedule(const BoxSecretKey& secret, const BoxPublicKey& peer,
                             const BoxPublicKey& enc, const BoxPublicKey& recipient,
                             BytesView info) {
  LK_TRY(dh, x25519(secret, peer));
  const Bytes kem_context = concat({enc.bytes, recipient.bytes});
  const SecretBytes eae = labeled_extract(kem_suite(), {}, "eae_prk", dh.expose_secret());
  const SecretBytes shared = labeled_expand(kem_suite(), eae, "shared_secret", kem_context, 32);

  const SecretBytes psk_id_hash = labeled_extract(hpke_suite(), {}, "psk_id_hash", {});
  const SecretBytes info_hash = labeled_extract(hpke_suite(), {}, "info_hash", info);
  const Byte mode_base = 0;
  const Bytes context =
      concat({BytesView(&mode_base, 1), psk_id_hash.expose_secret(), info_hash.expose_secret()});
  const SecretBytes secret_prk =
      labeled_extract(hpke_suite(), shared.expose_secret(), "secret", {});

  KeySchedule out;
  out.key.bytes = labeled_expand(hpke_suite(), secret_prk, "key", context, 32);
  const SecretBytes nonce = labeled_expand(hpke_suite(), secret_prk, "base_nonce", context, 12);
  LK_TRY(nonce_array, to_array<12>(nonce.expose_secret()));
  out.nonce = nonce_array;
  out.exporter = labeled_expand(hpke_suite(), secret_prk, "exp", context, 32);
  return out;
}

// Section 5.3.
SecretBytes export_secret(const KeySchedule& keys, BytesView exporter_context, std::size_t size) {
  return labeled_expand(hpke_suite(), keys.exporter, "sec", exporter_context, size);
}

}  // namespace

Result<HpkeSealed> hpke_seal(const BoxPublicKey& recipient, BytesView info, BytesView associated,
                             BytesView plaintext, BytesView exporter_context,
                             std::size_t export_size, Rng& rng) {
  const BoxKeyPair ephemeral = generate_box_key(rng);
  LK_TRY(keys, schedule(ephemeral.secret, recipient, ephemeral.public_key, recipient, info));
  const Bytes sealed = aead_seal(keys.key, keys.nonce, associated, plaintext);
  return HpkeSealed{concat({ephemeral.public_key.bytes, sealed}),
                    export_secret(keys, exporter_context, export_size)};
}

Result<HpkeOpened> hpke_open(const BoxKeyPair& recipient, BytesView info, BytesView associated,
                             BytesView box, BytesView exporter_context, std::size_t export_size) {
  if (box.size() < kHpkeEncSize + kAeadTagSize) {
    return fail(ErrorCode::truncated, "crypto.hpke");
  }
  LK_TRY(enc_bytes, to_array<kHpkeEncSize>(box.first(kHpkeEncSize)));
  const BoxPublicKey enc{enc_bytes};
  LK_TRY(keys, schedule(recipient.secret, enc, enc, recipient.public_key, info));
  LK_TRY(plaintext, aead_open(keys.key, keys.nonce, associated, box.subspan(kHpkeEncSize)));
  return HpkeOpened{SecretBytes(std::move(plaintext)),
                    export_secret(keys, exporter_context, export_size)};
}

}  // namespace lightkeeper::crypto
