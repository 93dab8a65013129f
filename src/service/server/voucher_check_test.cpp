#include "service/server/voucher_check.hpp"

#include <gtest/gtest.h>

#include "core/crypto/crypto.hpp"

namespace lightkeeper::service {
namespace {

class VoucherCheckTest : public testing::Test {
 protected:
  VoucherCheck check() {
    return {routes::PublicFacts{},
            policy::class_rules(),
            {[this](std::uint32_t) { return key_.clone(); },
             [this](const AccountId&, const ConversationId&, ServerSeq) -> Result<bool> {
               if (member_fails_) {
                 return fail(*member_fails_, "test");
               }
               return true;
             },
             [this](const AccountId&, const AttachmentId&) -> Result<Bytes> {
               return fail(attachment_fails_, "test");
             }}};
  }
  Bytes voucher(policy::Direction direction, lists::Provenance provenance,
                const AccountId& sender) {
    franking::Content content;
    content.type = franking::ContentType::picture;
    content.sender = sender;
    content.conversation = ConversationId{rng_.array<16>()};
    content.attachments = {
        franking::seal_attachment(Bytes(900, 1), "image/png", rng_).value().descriptor};
    policy::Voucher out;
    out.direction = direction;
    out.entry.provenance = provenance;
    out.content = franking::encode(content).value();
    out.opening_key.bytes = rng_.array<32>();
    if (direction == policy::Direction::receiving) {
      franking::Context context;
      context.key_id = 20833;
      context.sender = sender;
      context.conversation = content.conversation;
      context.seq.value = 3;
      context.accepted = UnixMillis{1'800'000'000'000};
      out.context = franking::encode(context);
      out.stamp = franking::stamp(key_, franking::commit(out.opening_key, out.content), context);
    }
    return policy::encode(out).value();
  }

  crypto::SystemRng rng_;
  SecretBytes key_ = SecretBytes::copy_of(rng_.array<32>());
  AccountId ada_{rng_.array<16>()}, ben_{rng_.array<16>()};
  std::optional<ErrorCode> member_fails_;
  ErrorCode attachment_fails_ = ErrorCode::not_found;
};

TEST_F(VoucherCheckTest, WhatIsNeverDisclosedIsRefusedAndNotKept) {
  auto all = check();
  for (const auto direction : {policy::Direction::sending, policy::Direction::receiving}) {
    const auto refused =
        all.examine(ada_, voucher(direction, lists::Provenance::survivor_asserted, ada_));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::not_allowed);
    // The same of a class that may be disclosed is looked at.
    EXPECT_TRUE(all.examine(ada_, voucher(direction, lists::Provenance::certified_known, ada_)));
  }
}

TEST_F(VoucherCheckTest, AStoppedPictureIsNobodyElses) {
  auto all = check();
  const auto refused = all.examine(
      ada_, voucher(policy::Direction::sending, lists::Provenance::certified_known, ben_));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::not_allowed);
  EXPECT_EQ(all.examine(ada_, voucher(policy::Direction::receiving,
                                      lists::Provenance::certified_known, ben_))
                ->about,
            ben_);
}

TEST_F(VoucherCheckTest, ABadMomentIsAnErrorAndWhatIsGoneAReason) {
  auto all = check();
  const auto received =
      voucher(policy::Direction::receiving, lists::Provenance::certified_known, ben_);
  for (const auto code : {ErrorCode::storage_failed, ErrorCode::io_failed, ErrorCode::timed_out,
                          ErrorCode::unavailable}) {
    attachment_fails_ = code;
    EXPECT_EQ(all.examine(ada_, received).error().code, code);
    attachment_fails_ = ErrorCode::not_found;
    member_fails_ = code;
    EXPECT_EQ(all.examine(ada_, received).error().code, code);
    member_fails_.reset();
  }
  const auto gone = all.examine(ada_, received);
  ASSERT_TRUE(gone);
  EXPECT_FALSE(gone->confirmed);
  EXPECT_FALSE(gone->why.empty());
}

}  // namespace
}  // namespace lightkeeper::service
