#include "service/evidence_keys/evidence_keys.hpp"

#include <algorithm>

#include "core/base/codec.hpp"

namespace lightkeeper::evidence_keys {

namespace {

constexpr std::string_view kWhere = "evidence_keys";
constexpr std::size_t kHeader = 9;
constexpr std::size_t kNonce = 12;
constexpr std::size_t kWithoutHeader = kNonce + 32 + crypto::kAeadTagSize;

class FileKey final : public WrappingKey {
 public:
  FileKey(const SecretBytes& root, Rng& rng) : rng_(rng) {
    key_.bytes =
        crypto::hkdf_sha256(root.expose_secret(), {}, as_bytes("lightkeeper case keys v1"), 32);
    // Derived beside the key, not from it: the id says nothing about the key.
    const auto id = crypto::hkdf_sha256(root.expose_secret(), {},
                                        as_bytes("lightkeeper evidence key id v1"), id_.size());
    std::ranges::copy(id.expose_secret(), id_.begin());
  }
  [[nodiscard]] Kind kind() const override { return Kind::file; }
  [[nodiscard]] KeyId id() const override { return id_; }
  [[nodiscard]] Result<Bytes> seal(BytesView associated, BytesView plaintext) override {
    const crypto::AeadNonce nonce = rng_.array<kNonce>();
    return concat({nonce, crypto::aead_seal(key_, nonce, associated, plaintext)});
  }
  [[nodiscard]] Result<SecretBytes> open(BytesView associated, BytesView sealed) override {
    Reader in(sealed);
    LK_TRY(nonce, in.array<kNonce>());
    LK_TRY(rest, in.fixed(in.remaining()));
    LK_TRY(key, crypto::aead_open(key_, nonce, associated, rest));
    return SecretBytes(std::move(key));
  }

 private:
  crypto::AeadKey key_;
  KeyId id_{};
  Rng& rng_;
};

Bytes header_of(const WrappingKey& key) {
  return Writer().u8(static_cast<std::uint8_t>(key.kind())).fixed(key.id()).take();
}

std::unexpected<Error> does_not_open() { return fail(ErrorCode::decryption_failed, kWhere); }

}  // namespace

std::unique_ptr<WrappingKey> file_key(const SecretBytes& root, Rng& rng) {
  return std::make_unique<FileKey>(root, rng);
}

EvidenceKeys::EvidenceKeys(std::unique_ptr<WrappingKey> first,
                           std::vector<std::unique_ptr<WrappingKey>> others) {
  keys_.push_back(std::move(first));
  std::ranges::move(others, std::back_inserter(keys_));
}

Result<Bytes> EvidenceKeys::wrap(BytesView associated, const SecretBytes& key) {
  if (key.size() > kMaxWrappedKey) {
    return fail(ErrorCode::too_large, kWhere);
  }
  const auto header = header_of(first());
  LK_TRY(sealed, keys_.front()->seal(concat({header, associated}), key.expose_secret()));
  return concat({header, sealed});
}

Result<SecretBytes> EvidenceKeys::unwrap(BytesView associated, BytesView wrapped) {
  if (wrapped.size() == kWithoutHeader) {
    for (const auto& key : keys_) {
      if (key->kind() == Kind::file) {
        if (auto opened = key->open(associated, wrapped)) {
          return opened;
        }
      }
    }
    return does_not_open();
  }
  if (wrapped.size() < kHeader + kNonce + crypto::kAeadTagSize ||
      wrapped.size() > kHeader + kNonce + crypto::kAeadTagSize + kMaxWrappedKey) {
    return does_not_open();
  }
  const auto header = wrapped.first(kHeader);
  for (const auto& key : keys_) {
    if (std::ranges::equal(header_of(*key), header)) {
      return key->open(concat({header, associated}), wrapped.subspan(kHeader));
    }
  }
  return fail(ErrorCode::decryption_failed, kWhere,
              "it is wrapped under a key that is not at hand");
}

bool EvidenceKeys::is_current(BytesView wrapped) const {
  return wrapped.size() > kHeader && wrapped.size() != kWithoutHeader &&
         std::ranges::equal(header_of(first()), wrapped.first(kHeader));
}

}  // namespace lightkeeper::evidence_keys
