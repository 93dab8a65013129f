#include "core/franking/frank.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "core/base/codec.hpp"

namespace lightkeeper::franking {
namespace {

using nlohmann::json;

class FrankEnvironment : public ::testing::Environment {
 public:
  void SetUp() override { ASSERT_TRUE(crypto::initialise()); }
};
const auto* const kEnvironment = ::testing::AddGlobalTestEnvironment(new FrankEnvironment);

json vectors() {
  std::ifstream file(LK_SOURCE_DIR "/vectors/frank_v1.json");
  return json::parse(file);
}
Bytes hex(const json& text) { return from_hex(text.get<std::string>()).value(); }
template <std::size_t N>
ByteArray<N> hex_array(const json& text) {
  return to_array<N>(hex(text)).value();
}

Content content_from(const json& from) {
  Content out;
  const std::string type = from["type"];
  out.type = type == "text"      ? ContentType::text
             : type == "picture" ? ContentType::picture
             : type == "edit"    ? ContentType::edit
                                 : ContentType::timer;
  out.expires_after = from["expires_after"];
  out.sender.value = hex_array<16>(from["sender"]);
  out.conversation.value = hex_array<16>(from["conversation"]);
  out.body = from["body"];
  for (const json& a : from["attachments"]) {
    AttachmentDescriptor descriptor;
    descriptor.id.value = hex_array<16>(a["id"]);
    descriptor.media_type = a["media_type"];
    descriptor.plaintext_size = a["plaintext_size"];
    descriptor.file_key = hex_array<32>(a["file_key"]);
    descriptor.ciphertext_root = hex_array<32>(a["ciphertext_root"]);
    descriptor.plaintext_root = hex_array<32>(a["plaintext_root"]);
    out.attachments.push_back(descriptor);
  }
  for (const json& ref : from["refs"]) {
    out.refs.push_back(hex_array<32>(ref));
  }
  return out;
}

Context context_from(const json& from) {
  Context out;
  out.key_id = from["key_id"];
  out.sender.value = hex_array<16>(from["sender"]);
  out.conversation.value = hex_array<16>(from["conversation"]);
  out.seq.value = from["seq"];
  out.accepted.value = from["accepted_ms"];
  out.mode =
      from["mode"] == "end_to_end_encrypted" ? Mode::end_to_end_encrypted : Mode::service_protected;
  return out;
}

// One honest message from sending to report, to be changed by the tests.
struct Sent {
  Content content;
  Bytes content_bytes;
  OpeningKey key;
  Commitment commitment{};
  Bytes payload;
  Context context;
  SecretBytes stamp_key;
  Stamp stamp{};

  [[nodiscard]] Result<Content> open() const {
    return open_message(payload, commitment, context, content.sender, content.conversation);
  }
  [[nodiscard]] ReportedMessage report() const { return {content_bytes, key, context, stamp}; }
};

Sent send_message(std::uint64_t seed, Content content) {
  crypto::SeededRng rng(seed);
  Sent out;
  out.content = std::move(content);
  out.content.sender.value = rng.array<16>();
  out.content.conversation.value = rng.array<16>();
  out.content_bytes = encode(out.content).value();
  out.key.bytes = rng.array<32>();
  out.commitment = commit(out.key, out.content_bytes);
  out.payload = encode(Payload{out.key, out.content_bytes});
  out.context = Context{7,
                        out.content.sender,
                        out.content.conversation,
                        ServerSeq{12},
                        UnixMillis{1'790'000'000'000},
                        Mode::end_to_end_encrypted};
  out.stamp_key = SecretBytes::copy_of(rng.array<32>());
  out.stamp = stamp(out.stamp_key, out.commitment, out.context);
  return out;
}
Content text(std::string body) {
  Content out;
  out.body = std::move(body);
  return out;
}

// --- the vectors ---------------------------------------------------------------------------------

TEST(FrankVectors, EveryStepOfEveryMessageGivesTheBytesOfTheSecondImplementation) {
  const json all = vectors();
  ASSERT_EQ(all["cases"].size(), 8U);
  for (const json& test : all["cases"]) {
    SCOPED_TRACE(test["name"].get<std::string>());
    const Content content = content_from(test["content"]);
    const Bytes bytes = encode(content).value();
    EXPECT_EQ(to_hex(bytes), test["content_bytes"]);
    EXPECT_EQ(encode(decode_content(bytes).value()).value(), bytes);
    const OpeningKey key{hex_array<32>(test["opening_key"])};
    const Commitment commitment = commit(key, bytes);
    EXPECT_EQ(to_hex(commitment), test["commitment"]);
    EXPECT_EQ(to_hex(encode(Payload{key, bytes})), test["payload"]);
    const Context context = context_from(test["context"]);
    EXPECT_EQ(to_hex(encode(context)), test["context_bytes"]);
    const SecretBytes stamp_key(hex(test["stamp_key"]));
    EXPECT_EQ(to_hex(stamp(stamp_key, commitment, context)), test["stamp"]);
    EXPECT_TRUE(open_message(hex(test["payload"]), commitment, context, content.sender,
                             content.conversation));
    const auto report = ReportedMessage{bytes, key, context, hex_array<32>(test["stamp"])};
    EXPECT_EQ(verify_report(stamp_key, report, true).finding, Finding::verified);
  }
}

class FixedRng final : public Rng {
 public:
  explicit FixedRng(Bytes bytes) : bytes_(std::move(bytes)) {}
  void fill(std::span<Byte> out) override { std::copy_n(bytes_.begin(), out.size(), out.begin()); }

 private:
  Bytes bytes_;
};

TEST(FrankVectors, EveryAttachmentGivesTheRootsOfTheSecondImplementation) {
  const json all = vectors();
  ASSERT_EQ(all["attachments"].size(), 5U);
  for (const json& test : all["attachments"]) {
    Bytes plaintext(test["plaintext_size"].get<std::size_t>());
    for (std::size_t k = 0; k < plaintext.size(); ++k) {
      plaintext[k] = static_cast<Byte>(k * 31 + k / 256 + test["start"].get<std::size_t>());
    }
    FixedRng rng(hex(test["file_key"]));
    const auto sealed = seal_attachment(plaintext, test["media_type"], rng).value();
    EXPECT_EQ(sealed.ciphertext.size(), test["ciphertext_size"]);
    EXPECT_EQ(to_hex(crypto::sha256(sealed.ciphertext)), test["ciphertext_sha256"]);
    EXPECT_EQ(to_hex(sealed.descriptor.ciphertext_root), test["ciphertext_root"]);
    EXPECT_EQ(to_hex(sealed.descriptor.plaintext_root), test["plaintext_root"]);
    EXPECT_EQ(open_attachment(sealed.descriptor, sealed.ciphertext).value(), plaintext);
  }
}

// --- parsers
// --------------------------------------------------------------------------------------

// Runs a parser over every truncation, one trailing byte and every single-bit flip of good bytes.
// What parses must be what those bytes say and nothing else: its encoding must be the bytes again.
void expect_strict(const Bytes& good,
                   const std::function<Result<Bytes>(BytesView)>& parse_and_encode) {
  ASSERT_EQ(parse_and_encode(good).value(), good);
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(parse_and_encode(BytesView(good).first(size))) << size;
  }
  EXPECT_FALSE(parse_and_encode(concat({good, ByteArray<1>{0}})));
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes changed = good;
    changed[bit / 8] = static_cast<Byte>(changed[bit / 8] ^ (1U << (bit % 8)));
    const auto again = parse_and_encode(changed);
    EXPECT_TRUE(!again || *again == changed) << bit;
  }
}

TEST(FrankParsers, AcceptOneEncodingOnlyAndNoTruncation) {
  const json all = vectors();  // by name: a range over a part of a temporary would outlive it
  ASSERT_EQ(all["cases"].size(), 8U);
  for (const json& test : all["cases"]) {
    expect_strict(hex(test["content_bytes"]), [](BytesView bytes) -> Result<Bytes> {
      LK_TRY(content, decode_content(bytes));
      return encode(content);
    });
    expect_strict(hex(test["context_bytes"]), [](BytesView bytes) -> Result<Bytes> {
      LK_TRY(context, decode_context(bytes));
      return encode(context);
    });
    expect_strict(hex(test["payload"]), [](BytesView bytes) -> Result<Bytes> {
      LK_TRY(payload, decode_payload(bytes));
      return encode(payload);
    });
    for (const auto& attachment : content_from(test["content"]).attachments) {
      expect_strict(encode(attachment).value(), [](BytesView bytes) -> Result<Bytes> {
        LK_TRY(descriptor, decode_descriptor(bytes));
        return encode(descriptor);
      });
    }
  }
}

TEST(FrankParsers, ALaxParserIsCaught) {
  // The planted violation: a parser that ignores what follows and repairs what it reads.
  const Bytes good = hex(vectors()["cases"][0]["context_bytes"]);
  const auto lax = [](BytesView bytes) -> Result<Bytes> {
    LK_TRY(context, decode_context(bytes.size() > 54 ? bytes.first(54) : bytes));
    return encode(context);
  };
  EXPECT_TRUE(lax(concat({good, ByteArray<1>{0}})));
  EXPECT_FALSE(decode_context(concat({good, ByteArray<1>{0}})));
}

TEST(FrankParsers, RefuseWhatIsOversizedBothWays) {
  EXPECT_TRUE(encode(text(std::string(kMaxBody, 'a'))));
  EXPECT_EQ(encode(text(std::string(kMaxBody + 1, 'a'))).error().code, ErrorCode::too_large);
  EXPECT_EQ(encode(text("\xff")).error().code, ErrorCode::bad_format);
  Content many = text("x");
  many.refs.resize(kMaxRefs);
  EXPECT_TRUE(encode(many));
  many.refs.resize(kMaxRefs + 1);
  EXPECT_EQ(encode(many).error().code, ErrorCode::too_large);
  Content picture = text("x");
  picture.type = ContentType::picture;
  EXPECT_EQ(encode(picture).error().code, ErrorCode::bad_format);
  AttachmentDescriptor one;
  one.media_type = "image/png";
  one.plaintext_size = 1;
  picture.attachments.assign(kMaxAttachments, one);
  EXPECT_LE(encode(picture).value().size(), kMaxContentSize);
  picture.attachments.push_back(one);
  EXPECT_EQ(encode(picture).error().code, ErrorCode::too_large);
  picture.attachments.assign(1, one);
  picture.attachments[0].media_type = "text/html";
  EXPECT_EQ(encode(picture).error().code, ErrorCode::bad_format);
  picture.attachments[0] = one;
  picture.attachments[0].plaintext_size = kMaxAttachment + 1;
  EXPECT_EQ(encode(picture).error().code, ErrorCode::too_large);
  Content text_with_picture = text("x");
  text_with_picture.attachments.push_back(one);
  EXPECT_EQ(encode(text_with_picture).error().code, ErrorCode::bad_format);
  // A length that promises four gigabytes is refused before anything is reserved.
  EXPECT_EQ(decode_payload(Writer().u8(1).fixed(Bytes(32)).u32(0xffffffffU).take()).error().code,
            ErrorCode::too_large);
}

Content edit_of(const Commitment& original, std::string body) {
  Content out = text(std::move(body));
  out.type = ContentType::edit;
  out.refs = {original};
  return out;
}
Content timer(std::uint32_t seconds) {
  Content out;
  out.type = ContentType::timer;
  out.expires_after = seconds;
  return out;
}

TEST(FrankContents, OneContentHasOneVersion) {
  EXPECT_EQ(encode(text("x")).value().front(), 1);
  for (const std::uint32_t seconds : kExpiryChoices) {
    Content disappearing = text("x");
    disappearing.expires_after = seconds;
    const Bytes bytes = encode(disappearing).value();
    EXPECT_EQ(bytes.front(), 2);
    EXPECT_EQ(decode_content(bytes)->expires_after, seconds);
    EXPECT_EQ(decode_content(encode(timer(seconds)).value())->expires_after, seconds);
  }
  // The same text as version 2 with the time 0 would be a second encoding of it.
  Bytes second = encode(text("x")).value();
  second.front() = 2;
  second.insert(second.end(), 4, Byte{0});
  EXPECT_EQ(decode_content(second).error().code, ErrorCode::bad_format);
  // An edit or a timer as version 1 was never written by anybody.
  Bytes first = encode(timer(300)).value();
  first.front() = 1;
  first.erase(first.end() - 4, first.end());
  EXPECT_EQ(decode_content(first).error().code, ErrorCode::bad_format);
  Bytes third = encode(timer(300)).value();
  third.front() = 3;
  EXPECT_EQ(decode_content(third).error().code, ErrorCode::unsupported_version);
}

TEST(FrankContents, EditsAndTimersCarryWhatTheyNeedAndNothingElse) {
  EXPECT_EQ(encode(timer(301)).error().code, ErrorCode::bad_format);
  Content spoken = timer(300);
  spoken.body = "x";
  EXPECT_EQ(encode(spoken).error().code, ErrorCode::bad_format);
  Content pointing = timer(300);
  pointing.refs.emplace_back();
  EXPECT_EQ(encode(pointing).error().code, ErrorCode::bad_format);
  Content edit = edit_of({}, "x");
  EXPECT_TRUE(encode(edit));
  edit.refs.emplace_back();
  EXPECT_EQ(encode(edit).error().code, ErrorCode::bad_format);
  edit.refs.clear();
  EXPECT_EQ(encode(edit).error().code, ErrorCode::bad_format);
  Content with_picture = edit_of({}, "x");
  AttachmentDescriptor one;
  one.media_type = "image/png";
  one.plaintext_size = 1;
  with_picture.attachments.push_back(one);
  EXPECT_EQ(encode(with_picture).error().code, ErrorCode::bad_format);
  Content unknown = text("x");
  unknown.type = static_cast<ContentType>(5);
  EXPECT_EQ(encode(unknown).error().code, ErrorCode::bad_format);
}

TEST(FrankContents, OnlyTheSenderEditsAMessageAndOnlyWhereItWasSent) {
  const Sent original = send_message(31, text("See you at six."));
  Content edit = edit_of(original.commitment, "See you at seven.");
  edit.sender = original.content.sender;
  edit.conversation = original.content.conversation;
  EXPECT_TRUE(check_edit(edit, original.content, original.commitment));
  const auto refused = [&](const Content& changed, const Content& of, const Commitment& named) {
    const Status status = check_edit(changed, of, named);
    return !status && status.error().code == ErrorCode::frank_invalid;
  };
  Content by_another = edit;
  by_another.sender.value[0] ^= 1;
  EXPECT_TRUE(refused(by_another, original.content, original.commitment));
  Content elsewhere = edit;
  elsewhere.conversation.value[0] ^= 1;
  EXPECT_TRUE(refused(elsewhere, original.content, original.commitment));
  Commitment other = original.commitment;
  other[0] ^= 1;
  EXPECT_TRUE(refused(edit, original.content, other));
  EXPECT_TRUE(refused(original.content, original.content, original.commitment));
  EXPECT_TRUE(refused(edit, edit, original.commitment));  // an edit of an edit
  Content later = timer(300);
  later.sender = edit.sender;
  later.conversation = edit.conversation;
  EXPECT_TRUE(refused(edit, later, original.commitment));
}

TEST(FrankContents, BothVersionsAndTheTimerAreProvedByAReport) {
  const Sent original = send_message(32, text("See you at six."));
  const Sent edit = send_message(32, edit_of(original.commitment, "See you at seven."));
  const Sent set = send_message(33, timer(86400));
  for (const Sent* sent : {&original, &edit, &set}) {
    EXPECT_TRUE(sent->open());
    EXPECT_EQ(verify_report(sent->stamp_key, sent->report(), true).finding, Finding::verified);
  }
  // What a report claims to be the edit must be the edit that was sent.
  ReportedMessage claimed = edit.report();
  claimed.content = encode(edit_of(original.commitment, "Something else.")).value();
  EXPECT_EQ(verify_report(edit.stamp_key, claimed, true).finding, Finding::not_verified);
}

RC_GTEST_PROP(FrankProperties, EveryTextComesBackAndOnlyItsOwnKeyAndBytesOpenIt,
              (const Bytes& letters)) {
  std::string words;  // code points U+0080..U+017F, two bytes of UTF-8 each
  for (const Byte letter : letters) {
    words += static_cast<char>(0xc2 + letter / 64);
    words += static_cast<char>(0x80 + letter % 64);
  }
  const Sent sent = send_message(words.size() + 1, text(words));
  RC_ASSERT(sent.open()->body == words);
  RC_ASSERT(verify_report(sent.stamp_key, sent.report(), true).finding == Finding::verified);
  Sent changed = send_message(words.size() + 1, text(words));
  const auto at = *rc::gen::inRange<std::size_t>(0, changed.payload.size());
  const auto bit = *rc::gen::inRange(0U, 8U);
  changed.payload[at] = static_cast<Byte>(changed.payload[at] ^ (1U << bit));
  RC_ASSERT(changed.open().error().code == ErrorCode::frank_invalid);
}

// --- the receiver
// -----------------------------------------------------------------------------------

TEST(FrankReceiver, ShowsAnHonestMessage) {
  const Sent sent = send_message(1, text("The tide is low at noon."));
  EXPECT_EQ(sent.open()->body, "The tide is low at noon.");
}

TEST(FrankReceiver, ShowsNothingThatCouldNotBeReportedLater) {
  const Sent good = send_message(2, text("The tide is low at noon."));
  const Sent other = send_message(3, text("The tide is high at noon."));
  const auto expect_refused = [](const Result<Content>& opened) {
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::frank_invalid);
  };
  const auto& c = good.content;
  expect_refused(
      open_message(good.payload, other.commitment, good.context, c.sender, c.conversation));
  expect_refused(
      open_message(other.payload, good.commitment, good.context, c.sender, c.conversation));
  expect_refused(open_message(good.payload, good.commitment, good.context, other.content.sender,
                              c.conversation));
  expect_refused(open_message(good.payload, good.commitment, good.context, c.sender,
                              other.content.conversation));
  expect_refused(
      open_message(good.payload, good.commitment, other.context, c.sender, c.conversation));
  expect_refused(open_message({}, good.commitment, good.context, c.sender, c.conversation));
  // Committed, but not canonical.
  const Bytes junk = to_bytes("not a content");
  expect_refused(open_message(encode(Payload{good.key, junk}), commit(good.key, junk), good.context,
                              c.sender, c.conversation));
}

// --- the report
// -----------------------------------------------------------------------------------------

// The same checker for the real verification and for planted violations: every single change of an
// honest report must end as "not verified".
bool catches_every_change(
    const std::function<Finding(const SecretBytes&, const ReportedMessage&, bool)>& verify) {
  const Sent sent = send_message(4, text("The tide is low at noon."));
  if (verify(sent.stamp_key, sent.report(), true) != Finding::verified) {
    return false;
  }
  std::vector<ReportedMessage> forged;
  const auto add = [&](auto change) {
    forged.push_back(sent.report());
    change(forged.back());
  };
  for (std::size_t bit = 0; bit < sent.content_bytes.size() * 8; bit += 3) {
    add([&](ReportedMessage& m) {
      m.content[bit / 8] = static_cast<Byte>(m.content[bit / 8] ^ (1U << (bit % 8)));
    });
  }
  for (std::size_t at = 0; at < 32; ++at) {
    add([&](ReportedMessage& m) { m.key.bytes[at] ^= 1U; });
    add([&](ReportedMessage& m) { m.stamp[at] ^= 128U; });
  }
  add([&](ReportedMessage& m) { m.content.clear(); });
  add([&](ReportedMessage& m) { m.context.sender.value[0] ^= 1U; });
  add([&](ReportedMessage& m) { m.context.conversation.value[15] ^= 1U; });
  add([&](ReportedMessage& m) { ++m.context.seq.value; });
  add([&](ReportedMessage& m) { ++m.context.accepted.value; });
  add([&](ReportedMessage& m) { ++m.context.key_id; });
  add([&](ReportedMessage& m) { m.context.mode = Mode::service_protected; });
  for (const ReportedMessage& message : forged) {
    if (verify(sent.stamp_key, message, true) != Finding::not_verified) {
      return false;
    }
  }
  // A genuine stamp on content that speaks for another account or room, as a changed messenger can
  // send it.
  for (const bool other_sender : {true, false}) {
    ReportedMessage message = sent.report();
    (other_sender ? message.context.sender.value[0] : message.context.conversation.value[0]) ^= 1U;
    message.stamp = stamp(sent.stamp_key, sent.commitment, message.context);
    if (verify(sent.stamp_key, message, true) != Finding::not_verified) {
      return false;
    }
  }
  const SecretBytes other_key = SecretBytes::copy_of(Bytes(32, 9));
  return verify(other_key, sent.report(), true) == Finding::not_verified &&
         verify(sent.stamp_key, sent.report(), false) == Finding::not_verified;
}

TEST(FrankReport, EveryChangeOfAnHonestReportIsNotVerified) {
  EXPECT_TRUE(
      catches_every_change([](const SecretBytes& key, const ReportedMessage& message, bool member) {
        return verify_report(key, message, member).finding;
      }));
}

TEST(FrankReport, VerificationsThatSkipOneCheckAreCaught) {
  const auto no_membership = [](const SecretBytes& key, const ReportedMessage& message, bool) {
    return verify_report(key, message, true).finding;
  };
  EXPECT_FALSE(catches_every_change(no_membership));
  const auto stamp_only = [](const SecretBytes& key, const ReportedMessage& m, bool member) {
    return member && stamp_is_genuine(key, commit(m.key, m.content), m.context, m.stamp)
               ? Finding::verified
               : Finding::not_verified;
  };
  EXPECT_FALSE(catches_every_change(stamp_only));
  const auto short_stamp = [](const SecretBytes& key, const ReportedMessage& m, bool member) {
    const Stamp right = stamp(key, commit(m.key, m.content), m.context);
    const bool fits = std::equal(right.begin(), right.begin() + 8, m.stamp.begin());
    return member && fits
               ? verify_report(key, ReportedMessage{m.content, m.key, m.context, right}, true)
                     .finding
               : Finding::not_verified;
  };
  EXPECT_FALSE(catches_every_change(short_stamp));
}

TEST(FrankReport, NothingIsGenuineUnderAKeyOfAnotherSize) {
  const Sent sent = send_message(5, text("Hello"));
  for (const std::size_t size : {0U, 16U, 31U, 33U, 64U}) {
    const SecretBytes key = SecretBytes::copy_of(Bytes(size, 1));
    EXPECT_FALSE(stamp_is_genuine(key, sent.commitment, sent.context,
                                  stamp(key, sent.commitment, sent.context)));
  }
}

TEST(FrankReport, SaysWhatIsProvedInTheWordsOfTheReference) {
  const Sent sent = send_message(6, text("Hello"));
  const Verification good = verify_report(sent.stamp_key, sent.report(), true);
  EXPECT_TRUE(good.reason.empty());
  const Verification bad = verify_report(sent.stamp_key, sent.report(), false);
  EXPECT_FALSE(bad.reason.empty());
  EXPECT_EQ(bad.proves, kProvesNothing);
  std::ifstream file(LK_SOURCE_DIR "/docs/reference/franking.md");
  const std::string reference((std::istreambuf_iterator<char>(file)),
                              std::istreambuf_iterator<char>());
  EXPECT_NE(reference.find(good.proves), std::string::npos);
  EXPECT_NE(reference.find(good.does_not_prove), std::string::npos);
  EXPECT_NE(reference.find(bad.proves), std::string::npos);
}

// --- attachments
// -------------------------------------------------------------------------------------------

Bytes drawn_bytes(std::size_t size) {
  Bytes out(size);
  crypto::SeededRng(size).fill(out);
  return out;
}

TEST(FrankAttachment, ComesBackAtEverySizeAroundTheChunk) {
  crypto::SeededRng rng(8);
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{15}, kAttachmentChunk - 1, kAttachmentChunk,
        kAttachmentChunk + 1, 2 * kAttachmentChunk, 2 * kAttachmentChunk + 5}) {
    const Bytes plaintext = drawn_bytes(size);
    const auto sealed = seal_attachment(plaintext, "image/png", rng).value();
    EXPECT_EQ(open_attachment(sealed.descriptor, sealed.ciphertext).value(), plaintext);
  }
  EXPECT_EQ(seal_attachment({}, "image/png", rng).error().code, ErrorCode::bad_argument);
  EXPECT_EQ(seal_attachment(Bytes(kMaxAttachment + 1), "image/png", rng).error().code,
            ErrorCode::too_large);
  EXPECT_EQ(seal_attachment(Bytes(1), "video/mp4", rng).error().code, ErrorCode::bad_format);
}

TEST(FrankAttachment, OpensToTheCommittedBytesOrNotAtAll) {
  crypto::SeededRng rng(9);
  const Bytes plaintext = drawn_bytes(2 * kAttachmentChunk + 100);
  const auto sealed = seal_attachment(plaintext, "image/jpeg", rng).value();
  const auto expect_refused = [](const AttachmentDescriptor& descriptor, BytesView ciphertext) {
    const auto opened = open_attachment(descriptor, ciphertext);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::frank_invalid);
  };
  const std::size_t sealed_chunk = kAttachmentChunk + crypto::kAeadTagSize;
  const BytesView all = sealed.ciphertext;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, sealed_chunk, 2 * sealed_chunk, all.size() - 1}) {
    expect_refused(sealed.descriptor, all.first(size));
  }
  expect_refused(sealed.descriptor, concat({all, ByteArray<1>{0}}));
  for (std::size_t at = 0; at < all.size(); at += 9973) {
    Bytes changed = sealed.ciphertext;
    changed[at] ^= 4U;
    expect_refused(sealed.descriptor, changed);
  }
  for (const auto field : {0, 1, 2, 3}) {
    AttachmentDescriptor changed = sealed.descriptor;
    field == 0   ? changed.file_key[5] ^= 1U
    : field == 1 ? changed.ciphertext_root[5] ^= 1U
                 : changed.plaintext_root[5] ^= 1U;
    if (field == 3) {
      changed = sealed.descriptor;
      changed.plaintext_size -= 1;
    }
    expect_refused(changed, all);
  }
  AttachmentDescriptor huge = sealed.descriptor;
  huge.plaintext_size = ~std::uint64_t{0};
  expect_refused(huge, all);
}

// What a dishonest sender can still choose: chunks in another order, a file cut at a chunk, each
// with a fitting ciphertext root. The nonce and the plaintext root must stop it.
TEST(FrankAttachment, AFittingCiphertextRootDoesNotHelpAChangedFile) {
  crypto::SeededRng rng(10);
  const auto sealed = seal_attachment(drawn_bytes(2 * kAttachmentChunk), "image/jpeg", rng).value();
  const std::size_t half = kAttachmentChunk + crypto::kAeadTagSize;
  const BytesView all = sealed.ciphertext;
  const Bytes swapped = concat({all.subspan(half), all.first(half)});
  AttachmentDescriptor descriptor = sealed.descriptor;
  const auto root = [](const Bytes& ciphertext, std::size_t chunk) {
    Bytes hashes;
    for (std::size_t at = 0; at < ciphertext.size(); at += chunk) {
      const auto hash = crypto::sha256(BytesView(ciphertext).subspan(at, chunk));
      hashes.insert(hashes.end(), hash.begin(), hash.end());
    }
    return crypto::sha256(Writer()
                              .fixed(as_bytes("lightkeeper attachment v1"))
                              .u8(2)
                              .u64(ciphertext.size())
                              .fixed(hashes)
                              .take());
  };
  ASSERT_EQ(root(sealed.ciphertext, half), descriptor.ciphertext_root);
  descriptor.ciphertext_root = root(swapped, half);
  EXPECT_EQ(open_attachment(descriptor, swapped).error().detail, "a chunk does not open");
  // Another picture under the same key, with its own ciphertext root but the first picture's
  // plaintext root.
  FixedRng same_key(to_bytes(sealed.descriptor.file_key));
  const auto other =
      seal_attachment(Bytes(2 * kAttachmentChunk, 7), "image/jpeg", same_key).value();
  AttachmentDescriptor mixed = other.descriptor;
  mixed.plaintext_root = sealed.descriptor.plaintext_root;
  EXPECT_EQ(open_attachment(mixed, other.ciphertext).error().detail, "plaintext root");
}

}  // namespace
}  // namespace lightkeeper::franking
