#include "service/cases/evidence.hpp"

#include <openssl/evp.h>

namespace lightkeeper::cases {

Proof Proof::by_frank(const franking::Verification& verification) {
  if (verification.finding == franking::Finding::verified) {
    return {EvidenceClass::verified, {}, verification.proves, verification.does_not_prove};
  }
  return by_word(verification.reason);
}

Proof Proof::by_word(std::string why) {
  return {EvidenceClass::not_verified, std::move(why), franking::kProvesNothing,
          franking::kDoesNotProve};
}

Proof Proof::by_own_record() {
  return {EvidenceClass::provider_record, {}, kRecordProves, kRecordDoesNotProve};
}

Proof Proof::of_file(const Proof& message) {
  return message.class_ == EvidenceClass::not_verified
             ? by_word("The message that it came with is not verified.")
             : message;
}

Result<Proof> Proof::restored(std::uint8_t evidence_class, std::string why, std::string proves,
                              std::string does_not_prove) {
  const auto wrong = [] { return fail(ErrorCode::bad_format, "evidence", "mixed classes"); };
  if (evidence_class > static_cast<std::uint8_t>(EvidenceClass::provider_record)) {
    return wrong();
  }
  // Words of proof belong to one class each, so a changed class byte alone is found.
  Proof out(static_cast<EvidenceClass>(evidence_class), std::move(why), proves, does_not_prove);
  switch (out.class_) {
    case EvidenceClass::verified:
      if (!out.why_.empty() || proves != franking::kProves) {
        return wrong();
      }
      break;
    case EvidenceClass::provider_record:
      if (!out.why_.empty() || proves != kRecordProves) {
        return wrong();
      }
      break;
    case EvidenceClass::not_verified:
      if (proves != franking::kProvesNothing) {
        return wrong();
      }
      break;
  }
  return out;
}

std::string_view name_of(ItemType type) {
  switch (type) {
    case ItemType::text:
      return "text";
    case ItemType::picture:
      return "picture";
    case ItemType::edit:
      return "edit";
    case ItemType::timer:
      return "timer";
    case ItemType::unreadable:
      break;
  }
  return "unreadable";
}

Result<FileHashes> hashes_of(BytesView bytes) {
  FileHashes out;
  out.sha256 = crypto::sha256(bytes);
  const auto digest = [&](const EVP_MD* kind, std::span<Byte> into) {
    unsigned size = 0;
    return EVP_Digest(bytes.data(), bytes.size(), into.data(), &size, kind, nullptr) == 1 &&
           size == into.size();
  };
  if (!digest(EVP_sha1(), out.sha1) || !digest(EVP_md5(), out.md5)) {
    return fail(ErrorCode::unavailable, "evidence", "this machine's OpenSSL has no SHA-1 or MD5");
  }
  return out;
}

}  // namespace lightkeeper::cases
