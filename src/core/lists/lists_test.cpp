#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/base/codec.hpp"
#include "core/lists/hash_list.hpp"
#include "core/lists/key_file.hpp"
#include "core/lists/plain_list.hpp"

namespace lightkeeper::lists {
namespace {

nlohmann::json vectors() {
  std::ifstream file(LK_SOURCE_DIR "/vectors/hash_list.json");
  return nlohmann::json::parse(file);
}

Bytes hex(const nlohmann::json& text) { return from_hex(text.get<std::string>()).value(); }
std::string root_text(const crypto::Digest& digest) { return to_hex(digest); }

crypto::SigningKeyPair key_from(std::string_view words) {
  return crypto::signing_key_from_seed(crypto::sha256(as_bytes(words))).value();
}

Entry entry_of(std::uint64_t number, std::uint16_t category) {
  const auto digest = crypto::sha256(Writer().u64(number).take());
  return {media::PdqBits::from_bytes(digest), Provenance::test, category, crypto::sha256(digest)};
}

HashList small_list() {
  return HashList::create({"drawn",
                           Epoch{3},
                           media::PdqVariant::via512,
                           {{1, "squares"}, {2, "lines"}},
                           UnixMillis{9}},
                          {entry_of(1, 0), entry_of(2, 1), entry_of(3, 2)})
      .value();
}

// Puts a body of any kind into a file with a genuine signature, to reach the parser behind the
// signature.
Bytes sign_body(BytesView body, const crypto::SigningKeyPair& pair) {
  Writer writer;
  writer.fixed(as_bytes("LKLIST1\n")).bytes(body);
  const auto signature = crypto::sign(pair.secret, writer.view());
  return writer.fixed(pair.public_key.bytes).fixed(signature).take();
}
Bytes body_of(const HashList& list) {
  const Bytes draft = list.draft();
  return to_bytes(BytesView(draft).subspan(12));
}

class Lists : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(crypto::initialise().has_value()); }
};
using HashListFile = Lists;
using HashListRules = Lists;
using KeyFile = Lists;
using MerkleRoot = Lists;
using PlainList = Lists;

// --- Vectors of a second implementation
// ------------------------------------------------------------

TEST_F(MerkleRoot, AgreesWithTheVectors) {
  const auto all = vectors();
  for (const auto& vector : all["merkle"]) {
    std::vector<crypto::Digest> leaves;
    for (int i = 0; i < vector["leaves"].get<int>(); ++i) {
      leaves.push_back(crypto::sha256(as_bytes(std::to_string(i))));
    }
    EXPECT_EQ(root_text(merkle_root(leaves)), vector["root"]) << leaves.size();
  }
}

TEST_F(MerkleRoot, DependsOnEveryLeafAndItsPlace) {
  std::vector<crypto::Digest> leaves;
  for (int i = 0; i < 11; ++i) {
    leaves.push_back(crypto::sha256(as_bytes(std::to_string(i))));
  }
  const auto root = merkle_root(leaves);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    auto changed = leaves;
    changed[i][31] ^= 1;
    EXPECT_NE(merkle_root(changed), root) << i;
    auto swapped = leaves;
    std::swap(swapped[i], swapped[(i + 1) % leaves.size()]);
    EXPECT_NE(merkle_root(swapped), root) << i;
  }
}

TEST_F(HashListFile, AgreesWithTheVectorsByteForByte) {
  const auto all = vectors();
  const auto pair = crypto::signing_key_from_seed(hex(all["keys"]["signing_seed"])).value();
  EXPECT_EQ(to_hex(pair.public_key.bytes), all["keys"]["verifying_key"]);
  const NonceKey nonce_key{SecretBytes(hex(all["keys"]["nonce_key"]))};
  for (const auto& vector : all["lists"]) {
    ListHeader header;
    header.name = vector["name"];
    header.epoch = Epoch{vector["epoch"]};
    header.created = UnixMillis{vector["created"]};
    header.variant =
        vector["variant"] == "full" ? media::PdqVariant::full : media::PdqVariant::via512;
    for (const auto& [number, name] : vector["categories"].items()) {
      header.categories[static_cast<std::uint16_t>(std::stoi(number))] = name;
    }
    std::vector<Entry> entries;
    for (const auto& given : vector["given"]) {
      const auto hash = media::pdq_from_text(given["hash"].get<std::string>()).value();
      entries.push_back({hash, Provenance::test, given["category"], nonce_of(nonce_key, hash)});
    }
    const auto list = HashList::create(header, entries).value();
    EXPECT_EQ(root_text(list.root()), vector["root"]);
    ASSERT_EQ(list.entries().size(), vector["entries"].size());
    for (std::size_t i = 0; i < list.entries().size(); ++i) {
      EXPECT_EQ(media::to_text(list.entries()[i].hash), vector["entries"][i]["hash"]);
      EXPECT_EQ(to_hex(list.entries()[i].nonce), vector["entries"][i]["nonce"]);
      EXPECT_EQ(to_hex(list.leaves()[i]), vector["entries"][i]["leaf"]);
      EXPECT_EQ(leaf_of(list.entries()[i]), list.leaves()[i]);
    }
    EXPECT_EQ(to_hex(list.draft()), vector["draft"]);
    EXPECT_EQ(to_hex(list.sign(pair.secret, pair.public_key)), vector["file"]);
    const auto opened = HashList::open(hex(vector["file"]), pair.public_key).value();
    EXPECT_EQ(opened.root(), list.root());
    EXPECT_EQ(opened.header().categories, header.categories);
    EXPECT_EQ(opened.header().created, header.created);
  }
}

TEST_F(KeyFile, AgreesWithTheVectors) {
  const auto keys = vectors()["keys"];
  const auto text = [&](const char* name) { return keys[name].get<std::string>(); };
  const auto pair = signing_key_from_text(as_bytes(text("signing_key_file"))).value();
  EXPECT_EQ(to_hex(pair.public_key.bytes), keys["verifying_key"]);
  EXPECT_EQ(as_text(key_text(pair.secret).expose_secret()), text("signing_key_file"));
  EXPECT_EQ(verifying_key_from_text(as_bytes(text("verifying_key_file"))).value(), pair.public_key);
  EXPECT_EQ(key_text(pair.public_key), text("verifying_key_file"));
  const auto nonce_key = nonce_key_from_text(as_bytes(text("nonce_key_file"))).value();
  EXPECT_EQ(to_hex(nonce_key.bytes.expose_secret()), keys["nonce_key"]);
  EXPECT_EQ(as_text(key_text(nonce_key).expose_secret()), text("nonce_key_file"));
}

// --- Rules
// -------------------------------------------------------------------------------------------

TEST_F(HashListRules, EveryClassButTestIsRefused) {
  Entry entry = entry_of(1, 0);
  const ListHeader header{"drawn", Epoch{1}, media::PdqVariant::full, {}, {}};
  for (const auto provenance : {Provenance::certified_known, Provenance::survivor_asserted}) {
    entry.provenance = provenance;
    EXPECT_EQ(HashList::create(header, {entry}).error().code, ErrorCode::list_class_refused);
    // The same in a file, genuinely signed.
    const auto pair = key_from("signer");
    entry.provenance = Provenance::test;
    Bytes body = body_of(HashList::create(header, {entry}).value());
    body[body.size() - 35] = static_cast<Byte>(provenance);
    EXPECT_EQ(HashList::open(sign_body(body, pair), pair.public_key).error().code,
              ErrorCode::list_class_refused);
    body[body.size() - 35] = 9;
    EXPECT_EQ(HashList::open(sign_body(body, pair), pair.public_key).error().code,
              ErrorCode::bad_format);
  }
}

TEST_F(HashListRules, NamesThatADisplayCouldActOnAreRefused) {
  for (const char* name :
       {"", " drawn", "drawn ", "dr\nawn", "dr\x1b[31mawn", "dr\xc3\xa4wn", "dr\x7f"}) {
    EXPECT_EQ(HashList::create({name, Epoch{1}, media::PdqVariant::full, {}, {}}, {}).error().code,
              ErrorCode::bad_argument);
    EXPECT_EQ(HashList::create({"drawn", Epoch{1}, media::PdqVariant::full, {{1, name}}, {}}, {})
                  .error()
                  .code,
              ErrorCode::bad_argument);
  }
  EXPECT_FALSE(
      HashList::create({std::string(65, 'a'), Epoch{1}, media::PdqVariant::full, {}, {}}, {})
          .has_value());
  EXPECT_TRUE(
      HashList::create({std::string(64, 'a'), Epoch{1}, media::PdqVariant::full, {}, {}}, {})
          .has_value());
}

TEST_F(HashListRules, CategoriesNeedANameExceptNone) {
  const ListHeader header{"drawn", Epoch{1}, media::PdqVariant::full, {{2, "lines"}}, {}};
  EXPECT_TRUE(HashList::create(header, {entry_of(1, 0), entry_of(2, 2)}).has_value());
  EXPECT_EQ(HashList::create(header, {entry_of(1, 1)}).error().code, ErrorCode::bad_argument);
  EXPECT_EQ(HashList::create({"drawn", Epoch{1}, media::PdqVariant::full, {{0, "none"}}, {}}, {})
                .error()
                .code,
            ErrorCode::bad_argument);
}

TEST_F(HashListRules, AnotherVariantNumberIsRefused) {
  EXPECT_FALSE(HashList::create({"drawn", Epoch{1}, static_cast<media::PdqVariant>(3), {}, {}}, {})
                   .has_value());
}

RC_GTEST_PROP(HashListRulesProperty, AnyOrderAndRepetitionOfEntriesGivesOneFile, ()) {
  const auto numbers =
      *rc::gen::container<std::vector<std::uint8_t>>(rc::gen::inRange<std::uint8_t>(0, 12));
  std::vector<Entry> entries;
  for (const auto n : numbers) {
    entries.push_back(entry_of(n, n % 3));
  }
  const ListHeader header{"drawn", Epoch{1}, media::PdqVariant::full, {{1, "a"}, {2, "b"}}, {}};
  const auto list = HashList::create(header, entries).value();
  std::sort(entries.begin(), entries.end());
  entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
  const auto other = HashList::create(header, entries).value();
  RC_ASSERT(list.draft() == other.draft());
  RC_ASSERT(list.entries().size() == entries.size());
  RC_ASSERT(std::is_sorted(list.leaves().begin(), list.leaves().end()));
  RC_ASSERT(HashList::open_draft(list.draft()).value().root() == list.root());
}

// --- Hostile files
// -----------------------------------------------------------------------------------

// The checker: true if nothing but the genuine file opens, whatever single thing is changed in it.
template <class Open>
bool refuses_every_change(const Bytes& file, Open open) {
  for (std::size_t size = 0; size < file.size(); ++size) {
    if (open(BytesView(file).first(size)).has_value()) {
      return false;
    }
  }
  for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
    Bytes changed = file;
    changed[bit / 8] ^= static_cast<Byte>(1U << bit % 8);
    if (open(changed).has_value()) {
      return false;
    }
  }
  Bytes longer = file;
  longer.push_back(0);
  return !open(longer).has_value();
}

TEST_F(HashListFile, EveryTruncationAndEveryFlippedBitIsRefused) {
  const auto pair = key_from("signer");
  const Bytes file = small_list().sign(pair.secret, pair.public_key);
  ASSERT_TRUE(HashList::open(file, pair.public_key).has_value());
  EXPECT_TRUE(refuses_every_change(
      file, [&](BytesView bytes) { return HashList::open(bytes, pair.public_key); }));
}

TEST_F(HashListFile, ThatCheckCatchesAReaderThatDoesNotVerify) {
  // Planted violation: the same file, read without looking at the signature.
  const auto pair = key_from("signer");
  const Bytes file = small_list().sign(pair.secret, pair.public_key);
  EXPECT_FALSE(refuses_every_change(file, [&](BytesView bytes) -> Result<HashList> {
    if (bytes.size() < 96) {
      return fail(ErrorCode::truncated, "planted");
    }
    Bytes draft = to_bytes(bytes.first(bytes.size() - 96));
    const Bytes magic = to_bytes("LKDRFT1\n");
    std::copy_n(magic.begin(), std::min(magic.size(), draft.size()), draft.begin());
    return HashList::open_draft(draft);
  }));
}

TEST_F(HashListFile, AnotherSignerIsRefusedAndNamed) {
  const auto pair = key_from("signer");
  const auto other = key_from("somebody else");
  const Bytes file = small_list().sign(other.secret, other.public_key);
  EXPECT_EQ(HashList::open(file, pair.public_key).error().code, ErrorCode::bad_signature);
  EXPECT_EQ(claimed_signer(file).value(), other.public_key);
  // A file that names the trusted key but was signed by another.
  const Bytes forged = small_list().sign(other.secret, pair.public_key);
  EXPECT_EQ(HashList::open(forged, pair.public_key).error().code, ErrorCode::bad_signature);
}

TEST_F(HashListFile, GenuinelySignedNonsenseIsRefusedOrCanonical) {
  const auto pair = key_from("signer");
  const Bytes body = body_of(small_list());
  for (std::size_t size = 0; size < body.size(); ++size) {
    EXPECT_FALSE(
        HashList::open(sign_body(BytesView(body).first(size), pair), pair.public_key).has_value())
        << size;
  }
  for (std::size_t bit = 0; bit < body.size() * 8; ++bit) {
    Bytes changed = body;
    changed[bit / 8] ^= static_cast<Byte>(1U << bit % 8);
    const Bytes file = sign_body(changed, pair);
    if (const auto list = HashList::open(file, pair.public_key)) {
      EXPECT_EQ(list->sign(pair.secret, pair.public_key), file) << bit;
    }
  }
  Bytes longer = body;
  longer.push_back(0);
  EXPECT_EQ(HashList::open(sign_body(longer, pair), pair.public_key).error().code,
            ErrorCode::trailing_data);
}

TEST_F(HashListFile, EntriesOutOfOrderOrTwiceAreRefused) {
  const auto pair = key_from("signer");
  const Bytes body = body_of(small_list());
  const std::size_t first = body.size() - 3 * kEntrySize;
  Bytes swapped = body;
  std::swap_ranges(swapped.begin() + static_cast<std::ptrdiff_t>(first),
                   swapped.begin() + static_cast<std::ptrdiff_t>(first + kEntrySize),
                   swapped.begin() + static_cast<std::ptrdiff_t>(first + kEntrySize));
  EXPECT_EQ(HashList::open(sign_body(swapped, pair), pair.public_key).error().code,
            ErrorCode::bad_format);
  Bytes twice = body;
  std::copy_n(body.begin() + static_cast<std::ptrdiff_t>(first), kEntrySize,
              twice.begin() + static_cast<std::ptrdiff_t>(first + kEntrySize));
  EXPECT_EQ(HashList::open(sign_body(twice, pair), pair.public_key).error().code,
            ErrorCode::bad_format);
}

TEST_F(HashListFile, CountsThatTheFileDoesNotHoldCostNoMemory) {
  const auto pair = key_from("signer");
  const auto start = [] { return Writer().u8(1).u32(1).u64(0).text("drawn").u16(0); };
  EXPECT_EQ(HashList::open(sign_body(start().u32(kMaxEntries).take(), pair), pair.public_key)
                .error()
                .code,
            ErrorCode::truncated);
  EXPECT_EQ(HashList::open(sign_body(start().u32(kMaxEntries + 1).take(), pair), pair.public_key)
                .error()
                .code,
            ErrorCode::too_large);
  const Bytes lying = Writer().fixed(as_bytes("LKLIST1\n")).u32(0xffffffff).take();
  EXPECT_FALSE(HashList::open(lying, pair.public_key).has_value());
}

TEST_F(HashListFile, DraftsAndSignedFilesAreNotTakenForOneAnother) {
  const auto pair = key_from("signer");
  const auto list = small_list();
  const Bytes signed_file = list.sign(pair.secret, pair.public_key);
  EXPECT_FALSE(HashList::open_draft(signed_file).has_value());
  EXPECT_FALSE(HashList::open(list.draft(), pair.public_key).has_value());
  EXPECT_FALSE(claimed_signer(list.draft()).has_value());
  EXPECT_TRUE(looks_like_draft(list.draft()));
  EXPECT_FALSE(looks_like_draft(signed_file));
}

// --- Keys
// --------------------------------------------------------------------------------------------

TEST_F(KeyFile, TheWrongKindIsNamedAndNothingElseIsRepeated) {
  const auto pair = key_from("signer");
  const auto secret = key_text(pair.secret);
  const auto error = verifying_key_from_text(secret.expose_secret()).error();
  EXPECT_EQ(error.code, ErrorCode::bad_key);
  EXPECT_NE(error.detail.find("signing-key"), std::string::npos);
  EXPECT_EQ(error.detail.find(as_text(secret.expose_secret().subspan(27, 10))), std::string::npos);
  EXPECT_FALSE(signing_key_from_text(as_bytes(key_text(pair.public_key))).has_value());
  EXPECT_FALSE(nonce_key_from_text(secret.expose_secret()).has_value());
}

TEST_F(KeyFile, EveryTruncationAndTrailingThingsAreRefused) {
  const std::string text = key_text(key_from("signer").public_key);
  for (std::size_t size = 0; size + 1 < text.size(); ++size) {
    EXPECT_EQ(verifying_key_from_text(as_bytes(text.substr(0, size))).error().code,
              ErrorCode::bad_key)
        << size;
  }
  EXPECT_TRUE(verifying_key_from_text(as_bytes(text.substr(0, text.size() - 1))).has_value());
  EXPECT_TRUE(
      verifying_key_from_text(as_bytes(text.substr(0, text.size() - 1) + "\r\n")).has_value());
  EXPECT_FALSE(verifying_key_from_text(as_bytes(text + "\n")).has_value());
  EXPECT_FALSE(verifying_key_from_text(as_bytes(text + text)).has_value());
  EXPECT_FALSE(verifying_key_from_text(as_bytes(" " + text)).has_value());
}

TEST_F(KeyFile, NonceKeysGiveEqualNoncesForEqualHashesOnly) {
  crypto::SeededRng rng(5);
  const NonceKey key = generate_nonce_key(rng);
  const NonceKey other = generate_nonce_key(rng);
  const auto hash = entry_of(1, 0).hash;
  EXPECT_EQ(nonce_of(key, hash), nonce_of(key, hash));
  EXPECT_NE(nonce_of(key, hash), nonce_of(other, hash));
  EXPECT_NE(nonce_of(key, hash), nonce_of(key, entry_of(2, 0).hash));
}

// --- Plain lists
// -------------------------------------------------------------------------------------

const std::string kHash(64, 'a');

TEST_F(PlainList, ReadsHashesCategoriesCommentsAndBothLineEnds) {
  const auto entries =
      parse_plain_list(as_bytes("\xef\xbb\xbf# a list\r\n\r\n" + kHash + "\r\n  " +
                                std::string(64, 'B') + " , 7  # seven\n\n" + kHash + ",65535"))
          .value();
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(media::to_text(entries[0].hash), kHash);
  EXPECT_EQ(entries[0].category, 0);
  EXPECT_EQ(media::to_text(entries[1].hash), std::string(64, 'b'));
  EXPECT_EQ(entries[1].category, 7);
  EXPECT_EQ(entries[2].category, 65535);
  EXPECT_TRUE(parse_plain_list({}).value().empty());
  EXPECT_TRUE(parse_plain_list(as_bytes("\n#\n \n")).value().empty());
}

TEST_F(PlainList, ErrorsNameTheLineAndRepeatNothingOfIt) {
  const std::vector<std::string> bad_lines = {
      std::string(63, 'a'), std::string(65, 'a'), std::string(63, 'a') + "g",
      kHash + " " + kHash,  kHash + ",",          kHash + ",x",
      kHash + ",65536",     kHash + ",-1",        kHash + ",1,2",
      "secret words",       kHash + '\0',         std::string("0x").append(kHash)};
  for (const auto& bad : bad_lines) {
    const auto error =
        parse_plain_list(as_bytes(kHash + "\n# remark\n" + bad + "\n" + kHash + "\n")).error();
    EXPECT_EQ(error.code, ErrorCode::bad_format);
    EXPECT_TRUE(error.detail.starts_with("line 3: ")) << error.detail;
    EXPECT_EQ(error.detail.find("secret"), std::string::npos);
  }
  const auto error =
      parse_plain_list(as_bytes(std::string("\n").append(kMaxPlainLine + 1, '#'))).error();
  EXPECT_EQ(error.code, ErrorCode::too_large);
  EXPECT_TRUE(error.detail.starts_with("line 2: "));
}

RC_GTEST_PROP(PlainListProperty, ReadsBackWhatIsWritten, ()) {
  const auto rows = *rc::gen::container<std::vector<std::pair<std::uint64_t, std::uint16_t>>>(
      rc::gen::pair(rc::gen::arbitrary<std::uint64_t>(), rc::gen::arbitrary<std::uint16_t>()));
  const std::string end = *rc::gen::element<std::string>("\n", "\r\n", " # remark\n");
  std::string text;
  std::vector<PlainEntry> expected;
  for (const auto& [number, category] : rows) {
    expected.push_back({entry_of(number, 0).hash, category});
    text += media::to_text(expected.back().hash) + "," + std::to_string(category) + end;
  }
  RC_ASSERT(parse_plain_list(as_bytes(text)).value() == expected);
}

}  // namespace
}  // namespace lightkeeper::lists
