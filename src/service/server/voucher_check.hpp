// What the service can confirm of a voucher that a device handed in: the parts come from messaging
// (franks, ciphertext), from the published epoch and from the decoder; the judgement is
// policy::verify_voucher().
//
// Who learns what: the service sees the one picture that the voucher opens. It is decoded in the
// sandboxed child.
#pragma once

#include <functional>
#include <memory>

#include "core/policy/voucher.hpp"
#include "decode/decoder.hpp"
#include "service/cases/evidence.hpp"
#include "service/routes/api.hpp"

namespace lightkeeper::service {

class VoucherCheck {
 public:
  struct Records {
    std::function<SecretBytes(std::uint32_t key_id)> stamp_key;
    std::function<Result<bool>(const AccountId&, const ConversationId&, ServerSeq)> was_member;
    std::function<Result<Bytes>(const AccountId& reader, const AttachmentId&)> attachment;
  };

  /// The epoch in `facts` is the one that vouchers are compared with; without one, or with files
  /// that do not fit together, nothing is confirmed. `rules`: policy::class_rules(), or a test's.
  VoucherCheck(const routes::PublicFacts& facts, const policy::ClassRules& rules, Records records);

  /// `bad_format` for bytes that are no voucher; `not_allowed`, and nothing is kept, when its class
  /// is never disclosed or when a stopped picture is said to be somebody else's. Whatever else is
  /// wrong with it makes it "not confirmed", with the reason; what is wrong here (the disk, the
  /// decoder) is an error, so that it is handed in again. Thread-safe; costs one decoding and one
  /// PDQ.
  [[nodiscard]] Result<cases::VerifiedVoucher> examine(const AccountId& submitted_by,
                                                       BytesView voucher);

 private:
  struct Epoch {
    match::Manifest manifest;
    match::TileSet tiles;
  };
  std::optional<Epoch> epoch_;
  policy::ClassRules rules_;
  Records records_;
  decode::Decoder decoder_{decode::DecodeOptions{}};
};

}  // namespace lightkeeper::service
