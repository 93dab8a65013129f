#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "core/log/checkpoint.hpp"

namespace lightkeeper::log {
namespace {

using nlohmann::json;

json vectors(const std::string& name) {
  std::ifstream in(std::string(LK_SOURCE_DIR) + "/vectors/" + name);
  return json::parse(in);
}
Bytes hex(const json& text) { return from_hex(text.get<std::string>()).value(); }
Hash hash_of(const json& text) { return to_array<32>(hex(text)).value(); }
Proof proof_of(const json& list) {
  Proof out;
  for (const auto& one : list) {
    out.push_back(hash_of(one));
  }
  return out;
}

/// A log in memory: every whole subtree as append() gave it.
struct Tree {
  Frontier frontier;
  std::map<NodeAt, Hash> nodes;
  std::vector<Hash> leaves, roots{empty_root()};
  NodeSource source = [this](NodeAt at) -> Result<Hash> {
    const auto found = nodes.find(at);
    if (found == nodes.end()) {
      return fail(ErrorCode::not_found, "test");
    }
    return found->second;
  };

  Tree() = default;
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  void append(BytesView entry) {
    leaves.push_back(leaf_hash(entry));
    for (const auto& node : frontier.append(leaves.back())) {
      nodes[node.at] = node.hash;
    }
    roots.push_back(frontier.root());
  }
};

/// Entries "0", "1", ...; made once for all tests.
const Tree& tree_of_300() {
  static Tree tree;
  if (tree.leaves.empty()) {
    EXPECT_TRUE(crypto::initialise());
    for (int i = 0; i < 300; ++i) {
      tree.append(as_bytes(std::to_string(i)));
    }
  }
  return tree;
}

class LogTest : public testing::Test {
 protected:
  LogTest() { EXPECT_TRUE(crypto::initialise()); }
};

// --- The tree ------------------------------------------------------------------------------------

TEST_F(LogTest, RootsOfTheTreeThatImplementationsOfRfc6962Share) {
  const std::vector<std::string> entries{"",
                                         "00",
                                         "10",
                                         "2021",
                                         "3031",
                                         "40414243",
                                         "5051525354555657",
                                         "606162636465666768696a6b6c6d6e6f"};
  const std::vector<std::string> roots{
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  Frontier frontier;
  EXPECT_EQ(to_hex(frontier.root()), roots[0]);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    frontier.append(leaf_hash(from_hex(entries[i]).value()));
    EXPECT_EQ(to_hex(frontier.root()), roots[i + 1]) << i + 1;
  }
}

TEST_F(LogTest, AgreesWithTheSecondImplementation) {
  const auto known = vectors("log_tree.json");
  Tree tree;
  for (const auto& entry : known["entries"]) {
    tree.append(hex(entry));
  }
  ASSERT_EQ(known["roots"].size(), tree.roots.size());
  for (std::size_t n = 0; n < tree.roots.size(); ++n) {
    EXPECT_EQ(tree.roots[n], hash_of(known["roots"][n])) << n;
    EXPECT_EQ(root_at(n, tree.source).value(), tree.roots[n]) << n;
  }
  for (const auto& one : known["inclusion"]) {
    const auto index = one["index"].get<std::uint64_t>();
    const auto size = one["size"].get<std::uint64_t>();
    const auto proof = inclusion_proof(index, size, tree.source).value();
    EXPECT_EQ(proof, proof_of(one["proof"])) << index << " of " << size;
    EXPECT_TRUE(verify_inclusion(tree.leaves[index], index, size, proof, tree.roots[size]));
  }
  for (const auto& one : known["consistency"]) {
    const auto before = one["old_size"].get<std::uint64_t>();
    const auto after = one["new_size"].get<std::uint64_t>();
    const auto proof = consistency_proof(before, after, tree.source).value();
    EXPECT_EQ(proof, proof_of(one["proof"])) << before << " to " << after;
    EXPECT_TRUE(verify_consistency(before, tree.roots[before], after, tree.roots[after], proof));
  }
}

TEST_F(LogTest, EveryEntryOfEverySizeUpTo300HasAProof) {
  const auto& tree = tree_of_300();
  for (std::uint64_t size = 1; size <= 300; ++size) {
    for (std::uint64_t index = 0; index < size; ++index) {
      const auto proof = inclusion_proof(index, size, tree.source).value();
      ASSERT_TRUE(verify_inclusion(tree.leaves[index], index, size, proof, tree.roots[size]))
          << index << " of " << size;
      ASSERT_LE(proof.size(), 9U);
    }
  }
}

TEST_F(LogTest, EveryTwoSizesUpTo300AreConsistent) {
  const auto& tree = tree_of_300();
  for (std::uint64_t after = 0; after <= 300; ++after) {
    for (std::uint64_t before = 0; before <= after; ++before) {
      const auto proof = consistency_proof(before, after, tree.source).value();
      ASSERT_TRUE(verify_consistency(before, tree.roots[before], after, tree.roots[after], proof))
          << before << " to " << after;
    }
  }
}

RC_GTEST_PROP(LogProperty, AnyChangedBitOfAnInclusionProofIsRefused, ()) {
  const auto& tree = tree_of_300();
  const auto size = *rc::gen::inRange<std::uint64_t>(1, 301);
  const auto index = *rc::gen::inRange<std::uint64_t>(0, size);
  auto proof = inclusion_proof(index, size, tree.source).value();
  auto leaf = tree.leaves[index];
  auto root = tree.roots[size];
  const auto bit = *rc::gen::inRange<std::size_t>(0, 256 * (proof.size() + 2));
  auto& hash = bit / 256 < proof.size()    ? proof[bit / 256]
               : bit / 256 == proof.size() ? leaf
                                           : root;
  hash[bit % 256 / 8] ^= static_cast<Byte>(1U << (bit % 8));
  RC_ASSERT(verify_inclusion(leaf, index, size, proof, root).error().code ==
            ErrorCode::proof_invalid);
}

RC_GTEST_PROP(LogProperty, AnInclusionProofFitsNoOtherPlaceAndNoOtherLength, ()) {
  const auto& tree = tree_of_300();
  const auto size = *rc::gen::inRange<std::uint64_t>(2, 301);
  const auto index = *rc::gen::inRange<std::uint64_t>(0, size);
  const auto other = *rc::gen::inRange<std::uint64_t>(0, 2 * size);
  auto proof = inclusion_proof(index, size, tree.source).value();
  if (other != index) {
    RC_ASSERT(!verify_inclusion(tree.leaves[index], other, size, proof, tree.roots[size]));
  }
  auto shorter = proof;
  shorter.pop_back();
  RC_ASSERT(!verify_inclusion(tree.leaves[index], index, size, shorter, tree.roots[size]));
  proof.push_back(tree.roots[1]);
  RC_ASSERT(!verify_inclusion(tree.leaves[index], index, size, proof, tree.roots[size]));
}

RC_GTEST_PROP(LogProperty, AnyChangedBitOfAConsistencyProofIsRefused, ()) {
  const auto& tree = tree_of_300();
  const auto after = *rc::gen::inRange<std::uint64_t>(2, 301);
  const auto before = *rc::gen::inRange<std::uint64_t>(1, after);
  auto proof = consistency_proof(before, after, tree.source).value();
  auto old_root = tree.roots[before];
  auto new_root = tree.roots[after];
  const auto bit = *rc::gen::inRange<std::size_t>(0, 256 * (proof.size() + 2));
  auto& hash = bit / 256 < proof.size()    ? proof[bit / 256]
               : bit / 256 == proof.size() ? old_root
                                           : new_root;
  hash[bit % 256 / 8] ^= static_cast<Byte>(1U << (bit % 8));
  RC_ASSERT(verify_consistency(before, old_root, after, new_root, proof).error().code ==
            ErrorCode::proof_invalid);
}

RC_GTEST_PROP(LogProperty, ALogWithOneOldEntryChangedIsNotConsistent, ()) {
  const auto& honest = tree_of_300();
  const auto after = *rc::gen::inRange<std::uint64_t>(1, 60);
  const auto before = *rc::gen::inRange<std::uint64_t>(1, after + 1);
  const auto changed = *rc::gen::inRange<std::uint64_t>(0, before);
  Tree forged;
  for (std::uint64_t i = 0; i < after; ++i) {
    forged.append(as_bytes(i == changed ? "changed" : std::to_string(i)));
  }
  const auto proof = consistency_proof(before, after, forged.source).value();
  RC_ASSERT(!verify_consistency(before, honest.roots[before], after, forged.roots[after], proof));
}

TEST_F(LogTest, QuestionsThatNoLogCanAnswerAreRefused) {
  const auto& tree = tree_of_300();
  EXPECT_EQ(inclusion_proof(3, 3, tree.source).error().code, ErrorCode::bad_argument);
  EXPECT_EQ(inclusion_proof(0, 0, tree.source).error().code, ErrorCode::bad_argument);
  EXPECT_EQ(consistency_proof(4, 3, tree.source).error().code, ErrorCode::bad_argument);
  EXPECT_EQ(root_at(kMaxTreeSize + 1, tree.source).error().code, ErrorCode::too_large);
  EXPECT_EQ(inclusion_proof(301, 302, tree.source).error().code, ErrorCode::not_found)
      << "an entry that is not there";
  EXPECT_FALSE(verify_inclusion(empty_root(), 0, 0, {}, empty_root()));
  EXPECT_FALSE(verify_inclusion({}, ~0ULL - 1, ~0ULL, std::vector<Hash>(64), {}));
  EXPECT_FALSE(verify_consistency(5, tree.roots[5], 4, tree.roots[4], {}));
  EXPECT_FALSE(verify_consistency(0, tree.roots[1], 4, tree.roots[4], {}))
      << "an empty tree has one root";
  EXPECT_FALSE(verify_consistency(0, empty_root(), 4, tree.roots[4], tree.leaves));
  EXPECT_FALSE(verify_consistency(4, tree.roots[4], 4, tree.roots[4], tree.leaves));
  EXPECT_FALSE(verify_consistency(6, tree.roots[6], 300, tree.roots[300], {}));
}

TEST_F(LogTest, AFrontierGoesOnWhereItWasLeft) {
  const auto& tree = tree_of_300();
  for (std::uint64_t size = 0; size < 300; ++size) {
    std::vector<Hash> peaks;
    for (const auto& at : peaks_of(size)) {
      peaks.push_back(tree.nodes.at(at));
    }
    auto frontier = Frontier::create(size, peaks).value();
    EXPECT_EQ(frontier.root(), tree.roots[size]);
    frontier.append(tree.leaves[size]);
    EXPECT_EQ(frontier.root(), tree.roots[size + 1]);
    peaks.emplace_back();
    EXPECT_EQ(Frontier::create(size, peaks).error().code, ErrorCode::bad_format);
  }
}

// --- Notes ---------------------------------------------------------------------------------------

// The example of the Go package that introduced signed notes (golang.org/x/mod/sumdb/note).
constexpr std::string_view kPublishedKey =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view kPublishedNote =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/"
    "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

TEST_F(LogTest, ThePublishedNoteVerifiesUnderThePublishedKey) {
  const auto key = VerifierKey::from_text(kPublishedKey).value();
  EXPECT_EQ(key.name, "PeterNeumann");
  EXPECT_EQ(key.text(), kPublishedKey);
  const auto note = Note::parse(kPublishedNote).value();
  EXPECT_TRUE(note.verify(key));
  EXPECT_EQ(note.encode(), kPublishedNote);
}

struct Keys {
  NoteSigner log = signer("log.example.org/audit", 7);
  NoteSigner witness = signer("witness.example.net", 9);
  static NoteSigner signer(const std::string& name, Byte fill) {
    return NoteSigner::create(name, crypto::signing_key_from_seed(Bytes(32, fill)).value()).value();
  }
};

TEST_F(LogTest, NotesCheckpointsAndProofsAreTheSecondImplementations) {
  const Keys keys;
  const auto known = vectors("log_note.json");
  EXPECT_EQ(keys.log.verifier().text(), known["keys"][0]["verifier_key"]);
  EXPECT_EQ(keys.witness.verifier().text(), known["keys"][1]["verifier_key"]);
  const auto note = keys.log.sign(known["text"].get<std::string>()).value();
  EXPECT_EQ(note, known["note"]);
  const auto countersigned = keys.witness.countersign(note).value();
  EXPECT_EQ(countersigned, known["countersigned"]);
  EXPECT_TRUE(Note::parse(countersigned)->verify(keys.log.verifier()));
  EXPECT_TRUE(Note::parse(countersigned)->verify(keys.witness.verifier()));

  const auto tree_vectors = vectors("log_tree.json");
  Tree tree;
  for (const auto& entry : tree_vectors["entries"]) {
    tree.append(hex(entry));
  }
  for (const auto& one : known["checkpoints"]) {
    const auto size = one["size"].get<std::uint64_t>();
    const Checkpoint checkpoint{keys.log.verifier().name, size, tree.roots[size], {}};
    EXPECT_EQ(sign_checkpoint(checkpoint, keys.log).value(), one["note"]);
    EXPECT_EQ(open_checkpoint(one["note"].get<std::string>(), keys.log.verifier()).value(),
              checkpoint);
  }
  for (const auto& one : known["proofs"]) {
    const auto text = one["text"].get<std::string>();
    const auto index = one["index"].get<std::uint64_t>();
    const auto proof = PortableProof::from_text(text).value();
    EXPECT_EQ(proof.text(), text);
    EXPECT_EQ(proof.hashes,
              inclusion_proof(index, one["size"].get<std::uint64_t>(), tree.source).value());
    EXPECT_EQ(as_text(proof.extra), one["extra"].get<std::string>());
    EXPECT_TRUE(proof.verify(hex(tree_vectors["entries"][index]), keys.log.verifier()));
    EXPECT_EQ(proof.verify(as_bytes("another entry"), keys.log.verifier()).error().code,
              ErrorCode::proof_invalid);
    EXPECT_EQ(
        proof.verify(hex(tree_vectors["entries"][index]), keys.witness.verifier()).error().code,
        ErrorCode::not_found);
  }
}

TEST_F(LogTest, ANoteWithAnyBitChangedDoesNotVerify) {
  const Keys keys;
  const auto note = keys.log.sign("one\ntwo\n").value();
  for (std::size_t bit = 0; bit < note.size() * 8; ++bit) {
    auto changed = note;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    const auto parsed = Note::parse(changed);
    EXPECT_FALSE(parsed && parsed->verify(keys.log.verifier())) << bit;
  }
  for (std::size_t size = 0; size < note.size(); ++size) {
    const auto parsed = Note::parse(std::string_view(note).substr(0, size));
    EXPECT_FALSE(parsed && parsed->verify(keys.log.verifier())) << size;
  }
}

TEST_F(LogTest, AWrongSignatureIsNotExcusedByARightOne) {
  const Keys keys;
  auto note = Note::parse(keys.log.sign("one\n").value()).value();
  auto wrong = note.signatures[0];
  wrong.signature[5] ^= 1;
  note.signatures.push_back(wrong);
  EXPECT_EQ(Note::parse(note.encode())->verify(keys.log.verifier()).error().code,
            ErrorCode::bad_signature);
  // Twice the same right one is merely twice the same.
  note.signatures[1] = note.signatures[0];
  EXPECT_TRUE(note.verify(keys.log.verifier()));
}

TEST_F(LogTest, SignaturesOfUnknownKindsAreCarriedAlong) {
  const Keys keys;
  auto note = Note::parse(keys.log.sign("one\n").value()).value();
  note.signatures.insert(note.signatures.begin(),
                         {"other.example.org", {9, 9, 9, 9}, Bytes(76, 1)});
  const auto text = note.encode();
  EXPECT_EQ(Note::parse(text)->encode(), text);
  EXPECT_TRUE(Note::parse(text)->verify(keys.log.verifier()));
}

TEST_F(LogTest, MalformedNotesAreRefused) {
  const Keys keys;
  const auto good = keys.log.sign("one\n").value();
  const auto line = good.substr(5);
  for (const std::string& bad :
       {std::string(), std::string("\n"), std::string("\n\n"), std::string("one\n"),
        std::string("one\n\n"), "one" + line, "one\n\n- log" + line, "one\r\n\n" + line,
        "o\tne\n\n" + line, std::string("one\n\n— log \n"), std::string("one\n\n— log AAAA\n"),
        std::string("one\n\n— l+g AAAAAAAA\n"), std::string("one\n\n— l\xC2\xA0g AAAAAAAA\n"),
        std::string("one\n\n— log AAAAAAAA"), std::string("one\n\n— log AAAAAAB\n"),
        "on\xFF\n\n" + line, good + "trailing\n"}) {
    EXPECT_EQ(Note::parse(bad).error().code, ErrorCode::bad_format) << bad;
  }
  EXPECT_EQ(Note::parse(std::string(kMaxNote, 'a') + good).error().code, ErrorCode::too_large);
  auto many = Note::parse(good).value();
  many.signatures.resize(kMaxNoteSignatures, many.signatures[0]);
  EXPECT_TRUE(Note::parse(many.encode()));
  EXPECT_EQ(keys.witness.countersign(many.encode()).error().code, ErrorCode::too_large);
  many.signatures.push_back(many.signatures[0]);
  EXPECT_EQ(Note::parse(many.encode()).error().code, ErrorCode::too_large);
  EXPECT_EQ(keys.log.countersign(good).error().code, ErrorCode::already_exists);
  EXPECT_EQ(keys.log.sign("no line end").error().code, ErrorCode::bad_format);
  EXPECT_EQ(NoteSigner::create("two words", crypto::signing_key_from_seed(Bytes(32, 1)).value())
                .error()
                .code,
            ErrorCode::bad_key);
}

TEST_F(LogTest, AVerifierKeyHasOneText) {
  const Keys keys;
  const auto text = keys.log.verifier().text();
  EXPECT_EQ(VerifierKey::from_text(text + "\n").value(), keys.log.verifier());
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    auto changed = text;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(VerifierKey::from_text(changed)) << bit;
  }
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_EQ(VerifierKey::from_text(text.substr(0, size)).error().code, ErrorCode::bad_key);
  }
}

// --- Checkpoints and proofs ----------------------------------------------------------------------

TEST_F(LogTest, ACheckpointHasOneText) {
  const std::string root = to_base64(leaf_hash(as_bytes("a")));
  const auto good = Checkpoint::from_text("log\n12\n" + root + "\n").value();
  EXPECT_EQ(good.size, 12U);
  EXPECT_EQ(good.text(), "log\n12\n" + root + "\n");
  const auto extended = Checkpoint::from_text("log\n12\n" + root + "\nextension\n").value();
  EXPECT_EQ(extended.extensions, std::vector<std::string>{"extension"});
  EXPECT_EQ(extended.text(), "log\n12\n" + root + "\nextension\n");
  for (const auto& bad :
       {std::string(), std::string("log\n12\n"), "\n12\n" + root + "\n", "log\n012\n" + root + "\n",
        "log\n+12\n" + root + "\n", "log\n-1\n" + root + "\n", "log\n\n" + root + "\n",
        "log\n0x1\n" + root + "\n", "log\n12 \n" + root + "\n",
        "log\n281474976710657\n" + root + "\n", "log\n99999999999999999999\n" + root + "\n",
        "log\n12\n" + root, "log\n12\n" + root.substr(4) + "\n", "log\n12\n" + root + "\n\n",
        "log\n12\n" + root + "\next"}) {
    EXPECT_EQ(Checkpoint::from_text(bad).error().code, ErrorCode::bad_format) << bad;
  }
}

TEST_F(LogTest, ACheckpointOfAnotherLogIsRefusedThoughTheKeySignedIt) {
  const Keys keys;
  const Checkpoint other{"log.example.org/other", 1, empty_root(), {}};
  EXPECT_EQ(sign_checkpoint(other, keys.log).error().code, ErrorCode::bad_argument);
  const auto note = keys.log.sign(other.text()).value();
  EXPECT_EQ(open_checkpoint(note, keys.log.verifier()).error().code, ErrorCode::bad_format);
}

TEST_F(LogTest, HostileProofTextsAreRefused) {
  const Keys keys;
  const auto& tree = tree_of_300();
  const PortableProof proof{
      to_bytes("extra"), 7, inclusion_proof(7, 20, tree.source).value(),
      sign_checkpoint({keys.log.verifier().name, 20, tree.roots[20], {}}, keys.log).value()};
  const auto text = proof.text();
  EXPECT_EQ(PortableProof::from_text(text).value(), proof);
  EXPECT_TRUE(proof.verify(as_bytes("7"), keys.log.verifier()));
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto parsed = PortableProof::from_text(text.substr(0, size));
    EXPECT_FALSE(parsed && parsed->verify(as_bytes("7"), keys.log.verifier())) << size;
  }
  const auto extra_ends = text.find("index");
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    auto changed = text;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    const auto parsed = PortableProof::from_text(changed);
    const bool accepted = parsed && parsed->verify(as_bytes("7"), keys.log.verifier());
    // Only the extra line is outside the proof, as the format says.
    EXPECT_TRUE(!accepted || bit / 8 < extra_ends) << bit;
  }
  auto many = proof;
  many.hashes.resize(kMaxProofHashes + 1);
  EXPECT_EQ(PortableProof::from_text(many.text()).error().code, ErrorCode::too_large);
  many = proof;
  many.extra.resize(kMaxProofExtra + 1);
  EXPECT_EQ(PortableProof::from_text(many.text()).error().code, ErrorCode::too_large);
  EXPECT_EQ(PortableProof::from_text(text + std::string(kMaxProofText, ' ')).error().code,
            ErrorCode::too_large);
}

}  // namespace
}  // namespace lightkeeper::log
