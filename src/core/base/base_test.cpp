#include <gtest/gtest.h>

#include <set>
#include <type_traits>

#include "core/base/codec.hpp"
#include "core/base/ids.hpp"

namespace lightkeeper {
namespace {

TEST(ErrorCatalogue, NumbersAndNamesAreUnique) {
  std::set<int> numbers;
  std::set<std::string_view> names;
  for (const auto& entry : error_catalogue()) {
    EXPECT_TRUE(numbers.insert(static_cast<int>(entry.code)).second) << entry.name;
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_EQ(describe(entry.code).name, entry.name);
    EXPECT_EQ(error_code_from_name(entry.name), entry.code);
    EXPECT_GE(entry.http_status, 400);
    EXPECT_LT(entry.http_status, 600);
    // 0, 1 and 2 are answers of commands (no match, match, error), never errors of the catalogue.
    EXPECT_GE(entry.exit_code, 64);
    EXPECT_LE(entry.exit_code, 78);
    EXPECT_FALSE(entry.mend.empty());
  }
  EXPECT_FALSE(error_code_from_name("no_such_error").has_value());
}

TEST(ErrorMessage, NamesThePlaceAndTheDetail) {
  const Error error(ErrorCode::truncated, "somewhere", "byte 7");
  EXPECT_EQ(error.message(), "The data ends too early (somewhere: byte 7)");
}

TEST(Hex, RoundTripsAndRefusesWhatIsNotHex) {
  const Bytes bytes = {0x00, 0x7f, 0xff, 0x10};
  EXPECT_EQ(to_hex(bytes), "007fff10");
  EXPECT_EQ(from_hex("007FfF10").value(), bytes);
  EXPECT_FALSE(from_hex("0").has_value());
  EXPECT_FALSE(from_hex("0g").has_value());
  EXPECT_FALSE(from_hex("0x12").has_value());
}

TEST(Base64Url, MatchesRfc4648AndIsCanonical) {
  EXPECT_EQ(to_base64url(as_bytes("")), "");
  EXPECT_EQ(to_base64url(as_bytes("f")), "Zg");
  EXPECT_EQ(to_base64url(as_bytes("fo")), "Zm8");
  EXPECT_EQ(to_base64url(as_bytes("foo")), "Zm9v");
  EXPECT_EQ(to_base64url(as_bytes("foob")), "Zm9vYg");
  EXPECT_EQ(to_base64url(as_bytes("fooba")), "Zm9vYmE");
  EXPECT_EQ(to_base64url(as_bytes("foobar")), "Zm9vYmFy");
  for (std::size_t size = 0; size < 70; ++size) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) {
      bytes[i] = static_cast<Byte>(i * 37 + size);
    }
    EXPECT_EQ(from_base64url(to_base64url(bytes)).value(), bytes);
  }
  EXPECT_FALSE(from_base64url("Zh").has_value()) << "a second text for the same byte";
  EXPECT_FALSE(from_base64url("Z").has_value());
  EXPECT_FALSE(from_base64url("Zg==").has_value());
  EXPECT_FALSE(from_base64url("Zm+v").has_value());
}

TEST(Base64, MatchesRfc4648AndIsCanonical) {
  EXPECT_EQ(to_base64(as_bytes("")), "");
  EXPECT_EQ(to_base64(as_bytes("f")), "Zg==");
  EXPECT_EQ(to_base64(as_bytes("fo")), "Zm8=");
  EXPECT_EQ(to_base64(as_bytes("foo")), "Zm9v");
  EXPECT_EQ(to_base64(Bytes{0xfb, 0xff}), "+/8=");
  for (std::size_t size = 0; size < 70; ++size) {
    const Bytes bytes(size, static_cast<Byte>(size * 37));
    EXPECT_EQ(from_base64(to_base64(bytes)).value(), bytes);
  }
  for (const auto* bad :
       {"Zh==", "Zg=", "Zg", "Z===", "====", "Zg==Zg==", "Zm-v", "Zm9v\n", "Zm9="}) {
    EXPECT_FALSE(from_base64(bad).has_value()) << bad;
  }
}

TEST(ConstantTimeEqual, AgreesWithEquality) {
  EXPECT_TRUE(equal_constant_time(as_bytes("abc"), as_bytes("abc")));
  EXPECT_FALSE(equal_constant_time(as_bytes("abc"), as_bytes("abd")));
  EXPECT_FALSE(equal_constant_time(as_bytes("abc"), as_bytes("ab")));
  EXPECT_TRUE(equal_constant_time({}, {}));
}

TEST(SecretBytes, CannotBeCopiedOrPrintedAndIsWiped) {
  static_assert(!std::is_copy_constructible_v<SecretBytes>);
  static_assert(!std::is_copy_assignable_v<SecretBytes>);
  SecretBytes a = SecretBytes::copy_of(as_bytes("key"));
  SecretBytes b = std::move(a);
  EXPECT_EQ(b.size(), 3U);
  EXPECT_TRUE(b == SecretBytes::copy_of(as_bytes("key")));
  EXPECT_FALSE(b == SecretBytes::copy_of(as_bytes("kez")));
  Bytes memory = {1, 2, 3};
  wipe(memory);
  EXPECT_EQ(memory, (Bytes{0, 0, 0}));
}

TEST(Codec, RoundTripsEveryFieldAndDemandsTheEnd) {
  const Bytes encoded = Writer()
                            .u8(1)
                            .u16(0x0203)
                            .u32(0x04050607)
                            .u64(0x08090a0b0c0d0e0f)
                            .text("héllo")
                            .fixed(Bytes{9})
                            .take();
  Reader reader(encoded);
  EXPECT_EQ(reader.u8().value(), 1);
  EXPECT_EQ(reader.u16().value(), 0x0203);
  EXPECT_EQ(reader.u32().value(), 0x04050607U);
  EXPECT_EQ(reader.u64().value(), 0x08090a0b0c0d0e0fU);
  EXPECT_EQ(reader.text(100).value(), "héllo");
  EXPECT_FALSE(reader.finish().has_value());
  EXPECT_EQ(reader.array<1>().value()[0], 9);
  EXPECT_TRUE(reader.finish().has_value());
  EXPECT_EQ(reader.u8().error().code, ErrorCode::truncated);
}

TEST(Codec, EveryTruncationIsRefused) {
  const Bytes encoded = Writer().u32(7).text("abc").u16(1).take();
  for (std::size_t size = 0; size < encoded.size(); ++size) {
    Reader reader(BytesView(encoded).first(size));
    const bool whole =
        reader.u32().has_value() && reader.text(10).has_value() && reader.u16().has_value();
    EXPECT_FALSE(whole) << size;
  }
}

TEST(Codec, LimitsAndBadTextAreRefused) {
  const Bytes encoded = Writer().text("abcdef").take();
  EXPECT_EQ(Reader(encoded).text(5).error().code, ErrorCode::too_large);
  const Bytes overlong = Writer().bytes(Bytes{0xc0, 0x80}).take();
  EXPECT_EQ(Reader(overlong).text(5).error().code, ErrorCode::bad_format);
  const Bytes lying = Writer().u32(0xffffffff).take();
  EXPECT_FALSE(Reader(lying).bytes(0xffffffff).has_value());
}

TEST(Utf8, AcceptsAndRefusesByRfc3629) {
  for (const char* good : {"", "a", "é", "€", "😀", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(as_bytes(good))) << good;
  }
  for (const char* bad :
       {"\x80", "\xc3", "\xc0\xaf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"}) {
    EXPECT_FALSE(is_utf8(as_bytes(bad)));
  }
}

TEST(Ids, DifferentKindsDoNotConvert) {
  static_assert(!std::is_convertible_v<AccountId, ConversationId>);
  static_assert(!std::is_constructible_v<AccountId, ConversationId>);
  static_assert(!std::is_convertible_v<Epoch, HammingDistance>);
  static_assert(!std::is_convertible_v<int, Epoch>);
  const auto id = AccountId::from_hex("000102030405060708090a0b0c0d0e0f");
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(id->hex(), "000102030405060708090a0b0c0d0e0f");
  EXPECT_FALSE(AccountId::from_hex("00").has_value());
}

}  // namespace
}  // namespace lightkeeper
