#include "service/cases/vault.hpp"

#include "core/base/codec.hpp"

namespace lightkeeper::cases {

Bytes place_of(std::string_view what, const ReportId& id, std::uint32_t item) {
  return Writer().fixed(as_bytes(what)).fixed(id.value).u32(item).take();
}
Bytes place_of_evidence(const ReportId& report, std::uint32_t item) {
  return place_of("lightkeeper evidence v1", report, item);
}
Bytes case_key_place(const ReportId& id) { return place_of("lightkeeper case key v1", id, 0); }
Bytes room_key_place(std::string_view name) {
  return Writer().fixed(as_bytes("lightkeeper cases room key v1")).text(name).take();
}

Mac keyed(const SecretBytes& key, std::string_view what, BytesView bytes) {
  return crypto::hmac_sha256(key.expose_secret(), Writer().text(what).bytes(bytes).take());
}

Result<NewCaseKey> Vault::new_case_key(const ReportId& id) {
  NewCaseKey out{crypto::AeadKey{SecretBytes(32)}, {}};
  rng_.fill(out.key.bytes.expose_secret_for_writing());
  LK_TRY(wrapped, wrapping_.wrap(case_key_place(id), out.key.bytes));
  out.wrapped = std::move(wrapped);
  return out;
}

Result<crypto::AeadKey> Vault::case_key(const ReportId& id, BytesView wrapped) {
  if (wrapped.empty()) {
    return fail(ErrorCode::evidence_destroyed, "cases");
  }
  LK_TRY(key, wrapping_.unwrap(case_key_place(id), wrapped));
  if (key.expose_secret().size() != 32) {
    return fail(ErrorCode::decryption_failed, "cases");
  }
  return crypto::AeadKey{std::move(key)};
}

Bytes Vault::seal(const crypto::AeadKey& key, BytesView place, BytesView plaintext) {
  // Random nonces: a case key seals some thousands of items at most.
  const crypto::AeadNonce nonce = rng_.array<12>();
  return concat({nonce, crypto::aead_seal(key, nonce, place, plaintext)});
}

Result<Bytes> Vault::open(const crypto::AeadKey& key, BytesView place, BytesView sealed) {
  Reader in(sealed);
  LK_TRY(nonce, in.array<12>());
  LK_TRY(rest, in.fixed(in.remaining()));
  return crypto::aead_open(key, nonce, place, rest);
}

Result<SecretBytes> Vault::digest_key() {
  const std::scoped_lock lock(mutex_);
  if (!digest_key_) {
    const auto place = room_key_place("index");
    LK_TRY(key, database_.write([&](store::Transaction& tx) -> Result<SecretBytes> {
      if (const auto row = tx.row("SELECT wrapped FROM case_secret WHERE name = 'index'")) {
        return wrapping_.unwrap(place, row->blob(0));
      }
      SecretBytes fresh(32);
      rng_.fill(fresh.expose_secret_for_writing());
      LK_TRY(wrapped, wrapping_.wrap(place, fresh));
      tx.run("INSERT INTO case_secret(name, wrapped) VALUES('index', ?)", wrapped);
      return fresh;
    }));
    digest_key_ = std::move(key);
  }
  return digest_key_->clone();
}

}  // namespace lightkeeper::cases
