// Reports become cases: checked at intake, sealed at rest, decided by a person.
//
// Who learns what: the service learns the content of the reported messages and nothing else of the
// conversation. At rest, words and pictures are sealed under a key of the case, and that key under
// the service's evidence key, so the database alone shows who reported whom, when, why and how
// much, but no content.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/rng.hpp"
#include "core/franking/frank.hpp"
#include "service/store/database.hpp"

namespace lightkeeper::cases {

enum class Reason : std::uint8_t { known_picture, unwanted, threat, other };
enum class DecisionKind : std::uint8_t { no_action, warn, restrict_account, escalate };
enum class State : std::uint8_t { open, decided };
[[nodiscard]] std::string_view name_of(Reason reason);
[[nodiscard]] std::string_view name_of(DecisionKind kind);
[[nodiscard]] std::string_view name_of(State state);
[[nodiscard]] Result<Reason> reason_from_name(std::string_view name);
[[nodiscard]] Result<DecisionKind> decision_from_name(std::string_view name);
[[nodiscard]] Result<State> state_from_name(std::string_view name);

constexpr std::size_t kMaxReportedMessages = 100;
constexpr std::size_t kMaxNote = 4 * 1024;
constexpr std::size_t kMaxDecisionReason = 4 * 1024;
constexpr std::size_t kMaxReportedContext = 256;
constexpr std::size_t kMaxEvidenceBytes = 96 * 1024 * 1024;  // pictures of one report
constexpr std::size_t kPage = 50;

/// What intake asks of the other rooms.
struct Records {
  std::function<SecretBytes(std::uint32_t key_id)> stamp_key;
  std::function<Result<bool>(const AccountId&, const ConversationId&, ServerSeq)> was_member;
  /// Ciphertext, if this person may have it.
  std::function<Result<Bytes>(const AccountId& reader, const AttachmentId&)> attachment;
};

/// As the reporter's device sent it; nothing of it is trusted.
struct ReportedItem {
  Bytes content;
  franking::OpeningKey opening_key;
  Bytes context;
  franking::Stamp stamp{};
};
struct NewReport {
  std::string client_id;
  Reason reason = Reason::other;
  std::string note;
  AccountId alleged;
  std::vector<ReportedItem> messages;
  std::optional<std::string> statement;  // typed by the reporter: never "verified"
};

struct AttachmentView {
  std::string media_type;
  std::uint64_t size = 0;
  franking::Finding finding = franking::Finding::not_verified;
  std::string why;  // why not
  bool stored = false;
};
enum class ItemType : std::uint8_t { unreadable = 0, text = 1, picture = 2 };
struct MessageView {
  franking::Finding finding = franking::Finding::not_verified;
  std::string why, proves, does_not_prove;
  bool has_context =
      false;  // the four below come from the context; for an unverified message they are claims
  AccountId sender;
  ConversationId conversation;
  ServerSeq seq;
  UnixMillis accepted;
  ItemType type = ItemType::unreadable;
  std::string body;
  std::vector<AttachmentView> attachments;
};
struct Decision {
  DecisionKind kind = DecisionKind::no_action;
  std::string reason;
  AccountId reviewer;
  UnixMillis decided;
};
struct CaseSummary {
  ReportId report;
  std::uint64_t number = 0;  // position in the queue
  UnixMillis received;
  Reason reason = Reason::other;
  State state = State::open;
  std::uint64_t messages = 0;
  std::uint64_t verified = 0;
};
struct CaseDetail {
  CaseSummary summary;
  AccountId reporter, alleged;
  std::string note;
  std::optional<std::string> statement;
  std::vector<MessageView> messages;
  /// First and last position of each stretch between two verified messages of a conversation that
  /// was not reported.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> gaps;
  std::vector<Decision> decisions;  // oldest first; nothing is ever taken back, only added to
};
struct Picture {
  std::string media_type;
  Bytes bytes;
};

/// Thread-safe.
class Cases {
 public:
  /// `evidence_key` is 32 bytes.
  Cases(store::Database& database, Clock& clock, Rng& rng, Records records,
        const SecretBytes& evidence_key);

  /// On disk before it returns; the same reporter and client id again gives the same report, or
  /// `conflict` if anything else differs. A report without any verified message is taken as well,
  /// and shown as what it is.
  [[nodiscard]] Result<ReportId> accept(const AccountId& reporter, const NewReport& report);

  /// Oldest first, at most kPage, those after position `after`.
  [[nodiscard]] Result<std::vector<CaseSummary>> list(std::optional<State> state,
                                                      std::uint64_t after);
  [[nodiscard]] Result<CaseDetail> detail(const ReportId& report);
  /// `not_found` also when the ciphertext was gone or did not open at intake.
  [[nodiscard]] Result<Picture> picture(const ReportId& report, std::size_t message,
                                        std::size_t attachment);
  /// The same decision by the same reviewer twice in a row is recorded once.
  [[nodiscard]] Status decide(const AccountId& reviewer, const ReportId& report, DecisionKind kind,
                              std::string_view reason);

  /// One line for each case that does not open and each break in the chain of decisions.
  [[nodiscard]] Result<std::vector<std::string>> faults();

 private:
  struct Intake;
  [[nodiscard]] Intake examine(const AccountId& reporter, const NewReport& report) const;
  [[nodiscard]] Bytes seal(const crypto::AeadKey& key, BytesView associated, BytesView plaintext);
  [[nodiscard]] Result<crypto::AeadKey> case_key(const ReportId& report, BytesView wrapped) const;
  [[nodiscard]] crypto::Digest request_mac(const AccountId& reporter,
                                           const NewReport& report) const;

  store::Database& database_;
  Clock& clock_;
  Rng& rng_;
  Records records_;
  crypto::AeadKey wrapping_key_;
  SecretBytes mac_key_;
};

}  // namespace lightkeeper::cases
