#include "service/cases/desk_testing.hpp"
#include "service/cases/record.hpp"

namespace lightkeeper::cases {
namespace {

class Intake : public Desk {};

TEST_F(Intake, AGenuineReportIsVerifiedWithTheExactWords) {
  const Bytes picture(100'000, 9);
  const auto id = cases().accept(
      ben_, report({item(3, kWords), item(4, "", {store_picture(picture)}), item(9, "later")}));
  ASSERT_TRUE(id) << id.error().message();
  const auto view = cases().detail(rita_, *id);
  ASSERT_TRUE(view) << view.error().message();
  EXPECT_EQ(view->summary.verified, 3U);
  EXPECT_EQ(view->reporters, std::vector{ben_});
  EXPECT_EQ(view->summary.alleged, ada_);
  EXPECT_EQ(view->note, "a short note");
  ASSERT_EQ(view->messages.size(), 3U);
  EXPECT_EQ(view->messages[0].proof.evidence_class(), EvidenceClass::verified);
  EXPECT_EQ(view->messages[0].proof.proves(), franking::kProves);
  EXPECT_EQ(view->messages[0].proof.does_not_prove(), franking::kDoesNotProve);
  EXPECT_EQ(view->messages[0].body, kWords);
  const auto& attachment = view->messages[1].attachments.at(0);
  EXPECT_TRUE(attachment.proof.verified());
  EXPECT_EQ(attachment.hashes->sha256, crypto::sha256(picture));
  EXPECT_EQ(view->gaps, (std::vector<std::pair<std::uint64_t, std::uint64_t>>{{5, 8}}));
  const auto seen = cases().file(rita_, *id, attachment.item);
  ASSERT_TRUE(seen) << seen.error().message();
  EXPECT_EQ(seen->bytes, picture);
  EXPECT_EQ(seen->file.media_type, "image/png");
  EXPECT_EQ(seen->file.evidence_class, EvidenceClass::verified);
  const auto files = cases().files(*id);
  ASSERT_EQ(files->size(), 1U);
  EXPECT_EQ(files->front().hashes, *attachment.hashes);
  for (const auto nothing : {0U, attachment.item + 1, ~0U}) {
    EXPECT_EQ(cases().file(rita_, *id, nothing).error().code, ErrorCode::not_found);
  }
}

TEST_F(Intake, HashesAreThoseOfThePublishedExamples) {
  const auto hashes = hashes_of(as_bytes("abc"));
  ASSERT_TRUE(hashes);
  EXPECT_EQ(to_hex(hashes->sha256),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(hashes->sha1), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(to_hex(hashes->md5), "900150983cd24fb0d6963f7d28e17f72");
}

TEST_F(Intake, WhatWasChangedIsTakenButNotVerified) {
  auto other_words = item(3, kWords);
  franking::Content changed;
  changed.sender = ada_;
  changed.conversation = room_;
  changed.body = "other words";
  other_words.content = franking::encode(changed).value();
  auto other_stamp = item(3, kWords);
  other_stamp.stamp[0] ^= 1;
  auto other_key = item(3, kWords);
  other_key.opening_key.bytes[0] ^= 1;
  auto other_time = item(3, kWords);
  auto context = franking::decode_context(other_time.context).value();
  context.accepted.value += 1;
  other_time.context = franking::encode(context);
  auto other_sender = item(3, kWords);
  context = franking::decode_context(other_sender.context).value();
  context.sender = ben_;
  other_sender.context = franking::encode(context);
  auto junk = item(3, kWords);
  junk.content = Bytes(50, 0xff);
  junk.context = Bytes(3, 0xff);
  const auto before_joining = item(2, kWords);
  const auto id = cases().accept(ben_, report({other_words, other_stamp, other_key, other_time,
                                               other_sender, junk, before_joining}));
  ASSERT_TRUE(id);
  const auto view = cases().detail(rita_, *id);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->summary.verified, 0U);
  EXPECT_EQ(view->summary.not_verified, 7U);
  for (const auto& message : view->messages) {
    EXPECT_EQ(message.proof.evidence_class(), EvidenceClass::not_verified);
    EXPECT_FALSE(message.proof.why().empty());
    EXPECT_EQ(message.proof.proves(), franking::kProvesNothing);
  }
  EXPECT_EQ(view->messages[5].type, ItemType::unreadable);
  EXPECT_TRUE(view->gaps.empty());
}

TEST_F(Intake, ASwappedPictureIsNotVerified) {
  auto descriptor = store_picture(Bytes(1000, 1));
  const auto other = store_picture(Bytes(1000, 2));
  stored_[descriptor.id] = stored_[other.id];
  const auto gone = store_picture(Bytes(1000, 3));
  stored_.erase(gone.id);
  const auto id = cases().accept(ben_, report({item(3, "", {descriptor, gone})}));
  const auto view = cases().detail(rita_, id.value());
  ASSERT_TRUE(view);
  EXPECT_TRUE(view->messages[0].proof.verified());
  for (const auto& attachment : view->messages[0].attachments) {
    EXPECT_FALSE(attachment.proof.verified());
    EXPECT_FALSE(attachment.stored);
    EXPECT_FALSE(attachment.proof.why().empty());
  }
  EXPECT_EQ(cases().file(rita_, *id, 1).error().code, ErrorCode::not_found);
}

TEST_F(Intake, EditsNameTheMessageTheyBelongToAndTimesOfEndAreShown) {
  const auto first = item(3, kWords);
  franking::Content edit;
  edit.type = franking::ContentType::edit;
  edit.body = "the boat leaves at eight";
  edit.refs = {franking::commit(first.opening_key, first.content)};
  edit.expires_after = 3600;
  const auto id = cases().accept(ben_, report({first, item(5, edit)}));
  ASSERT_TRUE(id) << id.error().message();
  const auto view = cases().detail(rita_, *id);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->messages[1].type, ItemType::edit);
  EXPECT_EQ(view->messages[1].edits, 3U);
  EXPECT_EQ(view->messages[1].expires, UnixMillis{clock_.now().value + 3'600'000});
  EXPECT_FALSE(view->messages[0].edits || view->messages[0].expires);
}

TEST_F(Intake, AReportIsTakenOnce) {
  const auto wanted = report({item(3, kWords)});
  const auto first = cases().accept(ben_, wanted);
  const auto again = cases().accept(ben_, wanted);
  ASSERT_TRUE(first && again);
  EXPECT_EQ(*first, *again);
  EXPECT_EQ(cases().list(rita_, {})->total, 1U);
  auto other = wanted;
  other.note = "another note";
  EXPECT_EQ(cases().accept(ben_, other).error().code, ErrorCode::conflict);
  EXPECT_TRUE(cases().accept(cleo_, wanted));  // client ids are per reporter
}

TEST_F(Intake, AReplayedReportIsRecognisedAndOnRecord) {
  auto wanted = report({item(3, kWords)});
  const auto first = cases().accept(ben_, wanted);
  wanted.client_id = "another";
  EXPECT_EQ(cases().accept(ben_, wanted).value(), *first);
  EXPECT_EQ(cases().accept(ben_, wanted).value(), *first);  // and the answer stays the same
  EXPECT_EQ(cases().list(rita_, {})->total, 1U);
  EXPECT_EQ(cases().summary(rita_, *first)->reports, 1U);
  EXPECT_EQ(logged("report.replayed"), 1U);
  auto reused = wanted;
  reused.note = "another note";
  EXPECT_EQ(cases().accept(ben_, reused).error().code, ErrorCode::conflict);
}

TEST_F(Intake, TheSameEvidenceFromSomebodyElseJoinsTheCaseAndCountsOnce) {
  const auto message = item(3, kWords, {store_picture(Bytes(300, 7))});
  const auto first = cases().accept(ben_, report({message}));
  const auto second = cases().accept(cleo_, report({message}));
  ASSERT_TRUE(first && second);
  EXPECT_NE(*first, *second);
  const auto view = cases().detail(rita_, *first);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->summary.reports, 2U);
  EXPECT_EQ(view->summary.messages, 1U);
  EXPECT_EQ(view->messages.size(), 1U);
  EXPECT_EQ(view->reporters, (std::vector{ben_, cleo_}));
  EXPECT_EQ(cases().detail(rita_, *second).error().code, ErrorCode::not_found);
  EXPECT_EQ(cases().list(rita_, {})->total, 1U);
  EXPECT_TRUE(cases().faults()->empty());
}

TEST_F(Intake, MoreFromTheSameConversationJoinsWhileOpenAndOpensAnewAfterwards) {
  const auto first = cases().accept(ben_, report({item(3, kWords)}));
  const auto picture = store_picture(Bytes(500, 4));
  ASSERT_TRUE(cases().accept(ben_, report({item(5, "", {picture})})));
  auto view = cases().detail(rita_, *first);
  EXPECT_EQ(view->summary.reports, 2U);
  EXPECT_EQ(view->gaps, (std::vector<std::pair<std::uint64_t, std::uint64_t>>{{4, 4}}));
  // Items of the second report have numbers of their own and open under the case's key.
  const auto number = view->messages[1].attachments.at(0).item;
  EXPECT_EQ(number, item_of(1, 0, 0));
  EXPECT_EQ(cases().file(rita_, *first, number)->bytes, Bytes(500, 4));
  ASSERT_TRUE(cases().decide(rita_, *first, DecisionKind::warn, "a calm reason"));
  const auto later = cases().accept(ben_, report({item(7, "again")}));
  EXPECT_EQ(cases().summary(rita_, *later)->reports, 1U);
  EXPECT_EQ(cases().summary(rita_, *later)->priority.parts.size(), 3U);  // the earlier step counts
  EXPECT_TRUE(cases().faults()->empty());
}

TEST_F(Intake, AMadeUpConversationPushesNothingIntoACase) {
  const auto first = cases().accept(ben_, report({item(3, kWords)}));
  auto forged = item(4, "words that were never said");
  forged.stamp[0] ^= 1;
  const auto other = cases().accept(cleo_, report({forged}));
  EXPECT_TRUE(cases().summary(rita_, *other));
  EXPECT_EQ(cases().summary(rita_, *first)->reports, 1U);
}

TEST_F(Intake, ABadMomentOfTheServiceIsNotAJudgementAboutTheEvidence) {
  const auto wanted = report({item(3, kWords, {store_picture(Bytes(700, 5))})});
  VerifiedVoucher voucher;
  voucher.why = "not looked at";
  voucher.about = ada_;
  voucher.message = wanted.messages[0];
  for (const std::string who : {"was_member", "attachment"}) {
    for (const auto code : {ErrorCode::storage_failed, ErrorCode::io_failed, ErrorCode::timed_out,
                            ErrorCode::unavailable}) {
      bad_moment_ = {who, code};
      const auto refused = cases().accept(ben_, wanted);
      ASSERT_FALSE(refused) << who;
      EXPECT_EQ(refused.error().code, code) << who;
      EXPECT_EQ(cases().accept_voucher(ben_, "v1", Bytes(40, 1), voucher).error().code, code);
    }
  }
  EXPECT_EQ(cases().list(rita_, {})->total, 0U);
  // The same report again, once the moment is over, is worth what it always was.
  bad_moment_.reset();
  const auto id = cases().accept(ben_, wanted).value();
  const auto view = cases().detail(rita_, id);
  EXPECT_TRUE(view->messages.at(0).proof.verified());
  EXPECT_TRUE(view->messages[0].attachments.at(0).proof.verified());
  // What is gone is gone: that is an answer.
  bad_moment_ = {"attachment", ErrorCode::not_found};
  room_ = ConversationId{rng_.array<16>()};
  const auto gone = new_case(cleo_, {item(4, "", {store_picture(Bytes(700, 6))})});
  EXPECT_FALSE(cases().detail(rita_, gone)->messages.at(0).attachments.at(0).stored);
}

TEST_F(Intake, OnesOwnVerifiedMessageProvesNothingAboutSomebodyElse) {
  franking::Content hello;
  hello.body = "hi";
  // Ben names Cleo with a message that Ben wrote himself: it is genuine, and it is not Cleo's.
  auto wanted = report({said_by(ben_, 3, hello)});
  wanted.alleged = cleo_;
  wanted.harm = Harm::grooming;
  wanted.minor_side = true;
  const auto id = cases().accept(ben_, wanted).value();
  auto view = cases().detail(rita_, id);
  ASSERT_TRUE(view);
  EXPECT_TRUE(view->messages.at(0).proof.verified());  // shown as what it is, with its sender
  EXPECT_EQ(view->messages[0].sender, ben_);
  EXPECT_EQ(view->summary.verified, 1U);
  EXPECT_NE(view->summary.priority.band, Band::rescue);
  EXPECT_TRUE(std::ranges::none_of(view->summary.priority.parts, [](const auto& part) {
    return part.code == "verified" || part.code == "rescue";
  }));
  EXPECT_TRUE(view->summary.needs_second);
  EXPECT_EQ(cases().decide(rita_, id, DecisionKind::restrict_account, "a calm reason").value(),
            State::awaiting_second);
  EXPECT_FALSE(restricted(cleo_));
  // It brings nobody into another case about the same person by the conversation alone.
  auto more = report({said_by(ben_, 4, hello)});
  more.alleged = cleo_;
  EXPECT_NE(cases().accept(ben_, more).value(), id);
  EXPECT_EQ(cases().summary(rita_, id)->reports, 1U);
  // One message of Cleo's own is what makes the difference.
  auto proven = report({said_by(ben_, 5, hello), said_by(cleo_, 6, hello)});
  proven.alleged = cleo_;
  proven.harm = Harm::grooming;
  proven.minor_side = true;
  const auto other = cases().accept(ben_, proven).value();
  EXPECT_EQ(cases().summary(rita_, other)->priority.band, Band::rescue);
  EXPECT_FALSE(cases().summary(rita_, other)->needs_second);
  EXPECT_EQ(cases().faults().value(), std::vector<std::string>{});
  // A row that claims more proof than there is does not go unnoticed.
  tamper("UPDATE review_case SET proven = 1 WHERE id = x'" + id.hex() + "'");
  EXPECT_FALSE(cases().faults()->empty());
}

TEST_F(Intake, AStatementAloneIsTakenAndAnEmptyReportIsNot) {
  auto wanted = report({});
  EXPECT_EQ(cases().accept(ben_, wanted).error().code, ErrorCode::bad_argument);
  wanted.statement = "it happened yesterday";
  wanted.harm = Harm::grooming;
  wanted.minor_side = true;
  const auto id = cases().accept(ben_, wanted);
  ASSERT_TRUE(id);
  const auto view = cases().detail(rita_, *id);
  EXPECT_EQ(view->statement, "it happened yesterday");
  EXPECT_EQ(view->summary.harm, Harm::grooming);
  EXPECT_EQ(view->summary.verified, 0U);
  EXPECT_TRUE(view->summary.needs_second);
  auto unknown = report({item(3, kWords)});
  unknown.alleged = AccountId{};
  EXPECT_EQ(cases().accept(ben_, unknown).error().code, ErrorCode::not_found);
  auto staff = report({item(3, kWords)});
  staff.alleged = rita_.account;
  EXPECT_EQ(cases().accept(ben_, staff).error().code, ErrorCode::not_found);
  EXPECT_EQ(cases()
                .accept(ben_, report(std::vector<ReportedItem>(kMaxReportedMessages + 1)))
                .error()
                .code,
            ErrorCode::too_large);
  auto oversized = report({item(3, kWords)});
  oversized.messages[0].content.resize(franking::kMaxContentSize + 1);
  EXPECT_EQ(cases().accept(ben_, oversized).error().code, ErrorCode::too_large);
  EXPECT_EQ(cases().accept(ben_, words_only(std::string(kMaxNote + 1, 'x'))).error().code,
            ErrorCode::too_large);
}

TEST_F(Intake, AVoucherIsEvidenceOfItsOwnKind) {
  VerifiedVoucher voucher;
  voucher.side = VerifiedVoucher::Side::recipient;
  voucher.confirmed = true;
  voucher.proves = "what it proves";
  voucher.provenance = "certified_known";
  voucher.distance = 12;
  voucher.list_version = 4;
  voucher.about = ada_;
  voucher.media_type = "image/png";
  voucher.picture = Bytes(700, 5);
  voucher.message = item(3, kWords);
  const auto id = cases().accept_voucher(ben_, "v1", Bytes(40, 1), voucher);
  ASSERT_TRUE(id) << id.error().message();
  EXPECT_EQ(cases().accept_voucher(ben_, "v1", Bytes(40, 1), voucher).value(), *id);
  EXPECT_EQ(cases().accept_voucher(ben_, "v1", Bytes(40, 2), voucher).error().code,
            ErrorCode::conflict);
  const auto view = cases().detail(rita_, *id);
  ASSERT_TRUE(view) << view.error().message();
  ASSERT_EQ(view->vouchers.size(), 1U);
  EXPECT_TRUE(view->vouchers[0].confirmed);
  EXPECT_EQ(view->vouchers[0].original, Bytes(40, 1));
  EXPECT_EQ(view->vouchers[0].picture->item, voucher_item(0));
  // The picture is as good as the voucher, not as a frank.
  EXPECT_EQ(view->vouchers[0].picture->proof.evidence_class(), EvidenceClass::not_verified);
  EXPECT_EQ(view->summary.vouchers, 1U);
  EXPECT_EQ(view->summary.verified, 1U);
  EXPECT_EQ(view->summary.harm, Harm::known_picture);
  EXPECT_EQ(cases().file(rita_, *id, voucher_item(0))->bytes, Bytes(700, 5));
  voucher.confirmed = false;
  EXPECT_EQ(cases().accept_voucher(ben_, "v2", Bytes(40, 3), voucher).error().code,
            ErrorCode::bad_argument);
  EXPECT_EQ(cases().accept_voucher(ben_, "v2", Bytes(kMaxVoucher + 1), voucher).error().code,
            ErrorCode::too_large);
  EXPECT_TRUE(cases().faults()->empty());
}

TEST_F(Intake, WhatTheServiceFoundIsItsOwnRecordAndNothingElse) {
  ProviderRecord record;
  record.client_id = "scan-1";
  record.about = ada_;
  record.found_by = "the check of protected conversations";
  record.messages.push_back(
      {ada_, room_, ServerSeq{8}, clock_.now(), "bland words", {{"image/png", Bytes(900, 2)}}});
  const auto id = cases().accept_provider_record(record);
  ASSERT_TRUE(id) << id.error().message();
  EXPECT_EQ(cases().accept_provider_record(record).value(), *id);
  // A person's report about the same joins it, and the classes stay apart.
  ASSERT_TRUE(cases().accept(ben_, report({item(9, kWords)})));
  const auto view = cases().detail(rita_, *id);
  ASSERT_TRUE(view) << view.error().message();
  EXPECT_EQ(view->summary.provider_records, 1U);
  EXPECT_EQ(view->summary.verified, 1U);
  EXPECT_EQ(view->messages[0].proof.evidence_class(), EvidenceClass::provider_record);
  EXPECT_EQ(view->messages[0].attachments[0].proof.evidence_class(),
            EvidenceClass::provider_record);
  EXPECT_EQ(view->messages[0].proof.proves(), kRecordProves);
  EXPECT_EQ(view->messages[1].proof.evidence_class(), EvidenceClass::verified);
  EXPECT_EQ(view->reporters, std::vector{ben_});
  EXPECT_FALSE(view->reports[0].reporter);
  EXPECT_TRUE(cases().faults()->empty());
}

TEST_F(Intake, ProofsCannotBeMixed) {
  franking::Verification verification;
  verification.finding = franking::Finding::verified;
  verification.proves = franking::kProves;
  verification.does_not_prove = franking::kDoesNotProve;
  const std::vector proofs{Proof::by_frank(verification), Proof::by_word("why"),
                           Proof::by_own_record()};
  for (const auto& proof : proofs) {
    for (std::uint8_t number = 0; number < 4; ++number) {
      const auto restored =
          Proof::restored(number, proof.why(), proof.proves(), proof.does_not_prove());
      EXPECT_EQ(restored.has_value(), number == static_cast<std::uint8_t>(proof.evidence_class()));
    }
  }
  EXPECT_EQ(Proof::of_file(proofs[0]).evidence_class(), EvidenceClass::verified);
  EXPECT_EQ(Proof::of_file(proofs[1]).evidence_class(), EvidenceClass::not_verified);
  EXPECT_EQ(Proof::of_file(proofs[2]).evidence_class(), EvidenceClass::provider_record);
}

TEST_F(Intake, RecordsRoundTripAndDamagedOnesAreRefused) {
  CaseRecord record;
  record.note = "n";
  record.statement = "s";
  record.indicators = 3;
  record.evidence = {item(3, kWords)};
  MessageView view;
  view.body = kWords;
  view.edits = 2;
  AttachmentView attachment;
  attachment.item = 1;
  attachment.media_type = "image/png";
  attachment.stored = true;
  attachment.hashes = hashes_of(as_bytes("x")).value();
  view.attachments = {attachment};
  record.messages = {view};
  VoucherView voucher;
  voucher.why = "w";
  voucher.picture = attachment;
  record.voucher = voucher;
  const auto bytes = encode(record);
  const auto decoded = decode_case_record(bytes, 0);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(encode(*decoded), bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_case_record(BytesView(bytes).first(size), 0)) << size;
  }
  EXPECT_FALSE(decode_case_record(concat({bytes, Bytes{0}}), 0));
  // A flipped bit is refused or gives another record, never the same one.
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto flipped = bytes;
    flipped[i] ^= 0x40;
    const auto other = decode_case_record(flipped, 0);
    EXPECT_TRUE(!other || encode(*other) == flipped) << i;
  }
}

TEST_F(Intake, NothingThatWasReportedStandsInTheFiles) {
  Bytes picture;
  for (int i = 0; i < 4000; ++i) {
    picture.push_back(static_cast<Byte>(i * 7 + i / 256));
  }
  auto wanted = report({item(3, kWords, {store_picture(picture)})});
  wanted.note = "a note nobody else should read";
  wanted.statement = "a statement nobody else should read";
  const auto id = cases().accept(ben_, wanted).value();
  ASSERT_TRUE(cases().decide(rita_, id, DecisionKind::warn, "a reason nobody else should read"));
  const auto notices = cases().notices_of(ada_).value();
  ASSERT_TRUE(cases().appeal(ada_, notices.at(0).id, "words nobody else should read"));
  const auto hashes = hashes_of(picture).value();
  const auto secrets = std::to_array<Bytes>(
      {to_bytes(kWords), to_bytes("nobody else should read"),
       to_bytes(BytesView(picture).first(64)), to_bytes(wanted.messages[0].opening_key.bytes),
       to_bytes(hashes.sha256), to_bytes(hashes.sha1), to_bytes(hashes.md5), to_bytes(room_.value),
       to_bytes("We made a decision")});
  for (const auto& secret : secrets) {
    EXPECT_FALSE(folder_holds(folder_.path(), secret)) << to_hex(secret);
  }
  // The same scanner finds a planted copy of each, in a column and in a file.
  for (const auto& secret : secrets) {
    ASSERT_TRUE(database_->write([&](store::Transaction& tx) -> Status {
      tx.run(
          "INSERT INTO evidence(report, item, sealed) VALUES(?, (SELECT max(item) + 1 FROM "
          "evidence), ?)",
          id, secret);
      return {};
    }));
    EXPECT_TRUE(folder_holds(folder_.path(), secret));
  }
  std::ofstream(folder_.path() / "service.log") << "received: a second secret";
  EXPECT_TRUE(folder_holds(folder_.path(), as_bytes("a second secret")));
}

TEST_F(Intake, ALogThatFailsUndoesTheReport) {
  log_fails_ = true;
  EXPECT_FALSE(cases().accept(ben_, report({item(3, kWords)})));
  log_fails_ = false;
  EXPECT_EQ(cases().list(rita_, {})->total, 0U);
  EXPECT_TRUE(cases().accept(ben_, report({item(3, kWords)})));
}

}  // namespace
}  // namespace lightkeeper::cases
