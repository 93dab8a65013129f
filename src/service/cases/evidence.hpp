// Evidence of a case: messages, files and vouchers, each with what it proves and what it does not.
//
// A Proof can only be made by what it claims to come from, and there is no way from one class to
// another: a person's word never becomes "verified", the service's own record never looks like
// either.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/franking/frank.hpp"
#include "service/cases/kinds.hpp"

namespace lightkeeper::cases {

constexpr std::size_t kMaxReportedMessages = 100;
constexpr std::size_t kMaxReportsOfCase = 200;
constexpr std::size_t kMaxNote = 4 * 1024;
constexpr std::size_t kMaxReportedContext = 256;
constexpr std::size_t kMaxEvidenceBytes = 96 * 1024 * 1024;  // files of one report

/// The wording for what the service recorded itself.
inline constexpr std::string_view kRecordProves =
    "The service itself held this content in a conversation that it protects, and recorded it at "
    "the given time. It rests on the service's own records, not on a person's word.";
inline constexpr std::string_view kRecordDoesNotProve =
    "Who held the device. That the content is unlawful. Anything that a cryptographic check by "
    "others could confirm.";

class Proof {
 public:
  /// By a frank: verified or not, in the words of core/franking.
  [[nodiscard]] static Proof by_frank(const franking::Verification& verification);
  /// A person's word; `why` says why it is no more than that.
  [[nodiscard]] static Proof by_word(std::string why);
  /// Only Cases::accept_provider_record makes evidence of this class.
  [[nodiscard]] static Proof by_own_record();
  /// Of a file that fits both roots of a message's description: the message's own class.
  [[nodiscard]] static Proof of_file(const Proof& message);
  /// As it was written; `bad_format` when words and class do not belong together.
  [[nodiscard]] static Result<Proof> restored(std::uint8_t evidence_class, std::string why,
                                              std::string proves, std::string does_not_prove);

  [[nodiscard]] EvidenceClass evidence_class() const { return class_; }
  [[nodiscard]] bool verified() const { return class_ == EvidenceClass::verified; }
  /// Why not verified; empty otherwise.
  [[nodiscard]] const std::string& why() const { return why_; }
  [[nodiscard]] const std::string& proves() const { return proves_; }
  [[nodiscard]] const std::string& does_not_prove() const { return does_not_prove_; }

 private:
  Proof(EvidenceClass evidence_class, std::string why, std::string_view proves,
        std::string_view does_not_prove)
      : class_(evidence_class),
        why_(std::move(why)),
        proves_(proves),
        does_not_prove_(does_not_prove) {}
  EvidenceClass class_;
  std::string why_, proves_, does_not_prove_;
};

/// Taken of the plaintext at intake (FIPS 180-4, RFC 1321); SHA-1 and MD5 because hotlines and hash
/// lists still speak them, never to prove anything.
struct FileHashes {
  ByteArray<32> sha256{};
  ByteArray<20> sha1{};
  ByteArray<16> md5{};
  bool operator==(const FileHashes&) const = default;
};
[[nodiscard]] Result<FileHashes> hashes_of(BytesView bytes);

/// As the reporter's device sent it; nothing of it is trusted.
struct ReportedItem {
  Bytes content;
  franking::OpeningKey opening_key;
  Bytes context;
  franking::Stamp stamp{};
};

struct AttachmentView {
  std::uint32_t item = 0;  // unique in the case
  std::string media_type;
  std::uint64_t size = 0;
  Proof proof = Proof::by_word({});
  bool stored = false;
  std::optional<FileHashes> hashes;  // of stored ones; absent in cases from before step 4
};
enum class ItemType : std::uint8_t { unreadable = 0, text = 1, picture = 2, edit = 3, timer = 4 };
[[nodiscard]] std::string_view name_of(ItemType type);

struct MessageView {
  Proof proof = Proof::by_word({});
  /// The four below come from the context; for an unverified message they are claims.
  bool has_context = false;
  AccountId sender;
  ConversationId conversation;
  ServerSeq seq;
  UnixMillis accepted;
  ItemType type = ItemType::unreadable;
  /// Position of the message that an edit belongs to, when that one is in the same report.
  std::optional<std::uint64_t> edits;
  /// When the devices delete it.
  std::optional<UnixMillis> expires;
  std::string body;
  std::vector<AttachmentView> attachments;
};

// --- Vouchers of guards
// ----------------------------------------------------------------------------

/// What the service could confirm of a device's match; made by whoever verifies vouchers
/// (core/match and the composition root), kept by this room.
struct VerifiedVoucher {
  enum class Side : std::uint8_t { sender, recipient };
  Side side = Side::recipient;
  /// The entry stands in the named list and the picture is within its distance.
  bool confirmed = false;
  std::string why;         // why not confirmed; empty otherwise
  std::string proves;      // the exact words of what is and is not proved
  std::string provenance;  // the class of the list's entry, by its name
  std::uint16_t category = 0;
  std::uint32_t list_version = 0;
  std::uint16_t distance = 0;
  UnixMillis made;
  /// The account that sent or wanted to send the picture.
  AccountId about;
  std::string media_type;
  Bytes picture;  // may be empty
  /// The message it came with, if any; checked like every reported message.
  std::optional<ReportedItem> message;
};
struct VoucherView {
  VerifiedVoucher::Side side = VerifiedVoucher::Side::recipient;
  bool confirmed = false;
  std::string why, proves, provenance;
  std::uint16_t category = 0;
  std::uint32_t list_version = 0;
  std::uint16_t distance = 0;
  UnixMillis made;
  Bytes original;  // as the device sent it, so that it can be checked again
  std::optional<AttachmentView> picture;
};
constexpr std::size_t kMaxVoucher = 64 * 1024;

// --- What the service itself found
// -----------------------------------------------------------------

/// In a conversation that the service protects and can read. Every item of it is a provider record.
struct ProviderMessage {
  AccountId sender;
  ConversationId conversation;
  ServerSeq seq;
  UnixMillis accepted;
  std::string body;
  struct File {
    std::string media_type;
    Bytes bytes;
  };
  std::vector<File> files;
};
struct ProviderRecord {
  std::string client_id;  // of the finder: the same record twice is one
  Harm harm = Harm::known_picture;
  AccountId about;
  std::string found_by;  // in words: which check found it
  std::vector<ProviderMessage> messages;
};

/// Number of a file in its case: reports are numbered from 0, and each has room for 1000 items.
constexpr std::uint32_t kItemsOfReport =
    static_cast<std::uint32_t>(kMaxReportedMessages * franking::kMaxAttachments);
[[nodiscard]] constexpr std::uint32_t item_of(std::uint32_t ordinal, std::size_t message,
                                              std::size_t attachment) {
  return ordinal * kItemsOfReport +
         static_cast<std::uint32_t>(1 + message * franking::kMaxAttachments + attachment);
}
/// The last number: a voucher has at most one message beside its picture.
[[nodiscard]] constexpr std::uint32_t voucher_item(std::uint32_t ordinal) {
  return item_of(ordinal, kMaxReportedMessages - 1, franking::kMaxAttachments - 1);
}

}  // namespace lightkeeper::cases
