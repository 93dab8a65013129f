// Reports become cases: checked at intake, sealed at rest, ordered by need, decided by people.
//
// Who learns what: the service learns the content of what was reported and nothing else of the
// conversation. At rest, words, files, their hashes and all reasons are sealed under a key of the
// case, and that key under the service's evidence key. The database alone shows who reported whom,
// when, for which kind of harm, how much of each class of evidence, who decided what; for hashes,
// conversations and messages it holds keyed digests only.
//
// Every reading of evidence and every decision has its entry in the audit log in the same
// transaction; a failing log undoes the deed. Refusals for scope or person and evidence that does
// not open have entries of their own.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/rng.hpp"
#include "service/cases/evidence.hpp"
#include "service/cases/policy.hpp"
#include "service/cases/priority.hpp"
#include "service/cases/vault.hpp"
#include "service/cases/words.hpp"
#include "service/store/audit.hpp"
#include "service/store/database.hpp"

namespace lightkeeper::cases {

constexpr std::size_t kMaxDecisionReason = 4 * 1024;
constexpr std::size_t kMaxAppealWords = 4 * 1024;
constexpr std::size_t kPage = 50;
constexpr std::size_t kMaxPage = 200;
constexpr std::size_t kMaxBulk = 200;
constexpr std::size_t kMaxViews = 50;
constexpr std::size_t kMaxViewName = 64;
constexpr std::size_t kMaxViewQuery = 512;
constexpr std::uint64_t kAssignmentMillis = 30ULL * 60 * 1000;

/// What an account may not do for now, because of one case.
struct Restriction {
  ReportId by_case;
  bool on = false;
};

/// What the room asks of the others.
struct Neighbours {
  std::function<SecretBytes(std::uint32_t key_id)> stamp_key;
  std::function<Result<bool>(const AccountId&, const ConversationId&, ServerSeq)> was_member;
  /// Ciphertext, if this person may have it for a report; `not_found` when it is gone or never was
  /// theirs. Every other error of these two refuses the report, so that it can be sent again.
  std::function<Result<Bytes>(const AccountId& reader, const AttachmentId&)> attachment;
  /// Within the transaction of the decision.
  std::function<Status(store::Transaction&, const AccountId&, const Restriction&)> restrict_account;
};

struct NewReport {
  std::string client_id;
  Harm harm = Harm::other;
  std::string note;
  AccountId alleged;
  std::vector<ReportedItem> messages;
  std::optional<std::string> statement;  // typed by the reporter: never "verified"
  bool minor_side = false;               // the reporter's own word
  std::uint32_t indicators = 0;          // a bit for each Indicator
};

/// Who looks or decides. Roles are checked by the routes; scopes and "another person" here.
struct Staff {
  AccountId account;
  std::vector<Harm> scopes;  // empty: all
  bool senior = false;       // may take over and decides what was escalated
  bool nothing = false;      // has scopes, but none that is a harm of ours
};

struct CaseSummary {
  ReportId id;
  std::uint64_t number = 0;
  UnixMillis received, due;
  State state = State::open;
  Harm harm = Harm::other;
  AccountId alleged;
  std::uint64_t reports = 0, messages = 0, verified = 0, not_verified = 0, vouchers = 0,
                provider_records = 0;
  Priority priority;
  std::optional<AccountId> assigned;  // nobody once 30 minutes have passed without a deed
  bool quarantined = false, sampled = false, needs_second = false, escalated = false;
  std::optional<DecisionKind> decision;
};

struct CaseQuery {
  QueueView view = QueueView::queue;
  std::optional<Harm> harm;
  /// Beginning of a case id (at least 4 digits), whole name of an account, or whole SHA-256, SHA-1
  /// or MD5 of a file in hexadecimal digits. Hashes are kept as keyed digests, so a beginning of
  /// one finds nothing.
  std::string search;
  std::string after;  // `next` of the page before
  std::size_t limit = kPage;
};
struct CasePage {
  std::vector<CaseSummary> cases;
  std::optional<std::string> next;
  std::uint64_t total = 0;
};

struct ReportLine {
  ReportId report;
  UnixMillis received;
  std::optional<AccountId> reporter;  // nobody for what the service found
  Harm harm = Harm::other;
};
struct DecisionMade {
  DecisionKind kind = DecisionKind::no_action;
  Deed deed = Deed::decision;
  std::string reason;
  AccountId reviewer;
  UnixMillis decided;
  std::string policy_version;
  std::optional<bool> agrees;
};
enum class AppealState : std::uint8_t { open, upheld, changed };
[[nodiscard]] std::string_view name_of(AppealState state);
struct AppealView {
  std::string words;
  UnixMillis made;
  AppealState state = AppealState::open;
  std::optional<std::string> reason;
};
struct Duplicate {
  crypto::Digest sha256{};
  std::vector<ReportId> cases;
};
struct CaseDetail {
  CaseSummary summary;
  std::vector<AccountId> reporters;
  std::string note;                      // of all reports, one paragraph each
  std::optional<std::string> statement;  // the same
  std::vector<ReportLine> reports;
  std::vector<MessageView> messages;  // what several people reported stands here once
  /// First and last position of each stretch between two proven messages of a conversation that
  /// was not reported.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> gaps;
  std::vector<VoucherView> vouchers;
  std::vector<DecisionMade> decisions;  // oldest first; nothing is ever taken back, only added to
  std::optional<DecisionMade> second_pending;
  std::optional<AppealView> appeal;
  std::vector<Duplicate> duplicates;
  std::optional<Words> statement_of_reasons;
};

struct EvidenceFile {
  std::uint32_t item = 0;
  std::string media_type;
  EvidenceClass evidence_class = EvidenceClass::not_verified;
  std::string why;
  std::uint64_t size = 0;
  FileHashes hashes;
};
struct EvidenceBytes {
  EvidenceFile file;
  Bytes bytes;
};

struct BulkResult {
  std::uint64_t decided = 0;
  struct Skipped {
    ReportId id;
    std::string why;
  };
  std::vector<Skipped> skipped;
};
struct Statistics {
  std::uint64_t open = 0, awaiting_second = 0, appeals = 0, quarantined = 0, overdue = 0;
};
struct SavedView {
  std::string name, query;
};

enum class ReportStatus : std::uint8_t { received, being_reviewed, decided };
[[nodiscard]] std::string_view name_of(ReportStatus status);
struct OwnReport {
  ReportId report;
  UnixMillis sent;
  ReportStatus status = ReportStatus::received;
  std::optional<std::string> outcome;
};
using NoticeId = Id<struct NoticeTag>;
enum class NoticeKind : std::uint8_t { statement_of_reasons, report_update, appeal_update };
[[nodiscard]] std::string_view name_of(NoticeKind kind);
struct Notice {
  NoticeId id;
  NoticeKind kind = NoticeKind::report_update;
  UnixMillis made;
  Words words;
  bool appealable = false;
  std::optional<AppealState> appeal;
};

/// Thread-safe. The references must outlive it.
class Cases {
 public:
  Cases(store::Database& database, Clock& clock, Rng& rng, Neighbours neighbours,
        store::KeyWrapping& wrapping, store::AuditSink audit, Policy policy);

  // --- Intake (intake.cpp)
  // ------------------------------------------------------------------------------

  /// On disk before it returns; the same reporter and client id again gives the same report, or
  /// `conflict` if anything else differs. The same report under another client id is recognised and
  /// gives the first one's id. A report without any verified message is taken as well, and shown as
  /// what it is; so is one with words alone. When a neighbour has a bad moment, its error comes
  /// back and nothing is stored: evidence is judged once.
  [[nodiscard]] Result<ReportId> accept(const AccountId& reporter, const NewReport& report);
  /// `voucher`: what the device sent, of which `verified` says what could be confirmed.
  [[nodiscard]] Result<ReportId> accept_voucher(const AccountId& reporter,
                                                const std::string& client_id, BytesView voucher,
                                                const VerifiedVoucher& verified);
  /// What the service itself found in a conversation that it protects.
  [[nodiscard]] Result<ReportId> accept_provider_record(const ProviderRecord& record);

  // --- Queue (queue.cpp)
  // --------------------------------------------------------------------------------

  /// By score (high first), then due, then number. Cost: an index, whatever the number of cases.
  [[nodiscard]] Result<CasePage> list(const Staff& staff, const CaseQuery& query);
  [[nodiscard]] Result<CaseSummary> summary(const Staff& staff, const ReportId& id);
  [[nodiscard]] Result<Statistics> statistics(const Staff& staff);
  /// `conflict` if somebody else holds it, unless staff.senior.
  [[nodiscard]] Result<CaseSummary> assign(const Staff& staff, const ReportId& id, bool to_me);
  /// Out of quarantine.
  [[nodiscard]] Result<CaseSummary> release(const Staff& staff, const ReportId& id);
  /// Brings scores that changed by the passing of time up to date, at most `most` of them; how
  /// many.
  [[nodiscard]] Result<std::uint64_t> rescore(std::size_t most);

  [[nodiscard]] Result<std::vector<SavedView>> views(const AccountId& account);
  [[nodiscard]] Status save_view(const AccountId& account, const SavedView& view);
  [[nodiscard]] Status forget_view(const AccountId& account, std::string_view name);

  // --- Reading (detail.cpp)
  // -----------------------------------------------------------------------------

  /// On record as "evidence.read".
  [[nodiscard]] Result<CaseDetail> detail(const Staff& staff, const ReportId& id);
  /// The stored files; not on record, since it tells no content.
  [[nodiscard]] Result<std::vector<EvidenceFile>> files(const ReportId& id);
  /// One of them; on record as "evidence.read" with the item.
  [[nodiscard]] Result<EvidenceBytes> file(const Staff& staff, const ReportId& id,
                                           std::uint32_t item);
  /// The same for the sender of a report: on record as a deed of `queued_by`, who submitted it or
  /// ran it dry.
  [[nodiscard]] Result<EvidenceBytes> file_for_sending(const AccountId& queued_by,
                                                       const ReportId& id, std::uint32_t item);
  [[nodiscard]] Result<Harm> harm_of(const ReportId& id);

  // --- Decisions (decisions.cpp)
  // ------------------------------------------------------------------------

  /// The state it leads to. The same decision by the same reviewer twice in a row is recorded once.
  /// `conflict` while a second person or an objection is waited for, or somebody else holds it.
  /// Waits for a second person where the policy says so, and wherever two people or an answer to
  /// an objection stand behind what was decided before. After an objection `needs_another_person`
  /// for everybody who decided before it, here and in second().
  [[nodiscard]] Result<State> decide(const Staff& staff, const ReportId& id, DecisionKind kind,
                                     std::string_view reason);
  /// Another person's word: before a decision takes effect, on what was escalated (agreeing takes
  /// it over), or afterwards on a sampled one (disagreeing opens it again).
  [[nodiscard]] Result<State> second(const Staff& staff, const ReportId& id, bool agree,
                                     std::string_view reason);
  /// Only cases that hold the file with this SHA-256 are decided; each has its own entry.
  [[nodiscard]] Result<BulkResult> decide_in_bulk(const Staff& staff,
                                                  const std::vector<ReportId>& ids,
                                                  const crypto::Digest& sha256, DecisionKind kind,
                                                  std::string_view reason);

  // --- What people are told, and objections (appeals.cpp)
  // -----------------------------------------------

  [[nodiscard]] Result<std::vector<OwnReport>> reports_of(const AccountId& account);
  [[nodiscard]] Result<std::vector<Notice>> notices_of(const AccountId& account);
  /// `not_found` unless it is this account's notice; `conflict` when it cannot be objected to (any
  /// more).
  [[nodiscard]] Status appeal(const AccountId& account, const NoticeId& notice,
                              std::string_view words);
  /// `uphold`: the decision stays. Somebody else than everybody who decided the case.
  [[nodiscard]] Result<State> decide_appeal(const Staff& staff, const ReportId& id, bool uphold,
                                            std::string_view reason);

  /// One line for each case that does not open, each file that is not the one it was, each count,
  /// score or digest that does not fit, and each break in the chain of decisions (faults.cpp).
  [[nodiscard]] Result<std::vector<std::string>> faults();

  [[nodiscard]] const Policy& policy() const { return policy_; }

 private:
  struct Incoming;
  struct Target;
  struct Row;  // one review_case
  struct OpenedReport;

  [[nodiscard]] Result<Incoming> examine(const AccountId& reporter, const NewReport& report) const;
  [[nodiscard]] Status examine_item(Incoming& incoming, const AccountId& reporter,
                                    const ReportedItem& item, std::size_t& bytes_stored) const;
  [[nodiscard]] Result<ReportId> take(Incoming incoming);
  [[nodiscard]] Result<Target> target_of(store::Transaction& tx, const Incoming& incoming,
                                         const SecretBytes& digest_key) const;
  [[nodiscard]] Status insert(store::Transaction& tx, const Incoming& incoming,
                              const Target& target, const ReportId& id, const NewCaseKey& key,
                              const SecretBytes& digest_key, Bytes sealed_record,
                              const std::vector<std::pair<std::uint32_t, Bytes>>& sealed_files);
  void open_case(store::Transaction& tx, const Incoming& incoming, const ReportId& id,
                 const SecretBytes& digest_key);
  void add_evidence(store::Transaction& tx, const Incoming& incoming, const Target& target,
                    const ReportId& case_id, const ReportId& report, const SecretBytes& digest_key);
  [[nodiscard]] bool is_flood(store::Transaction& tx, const Incoming& incoming) const;
  void score(store::Transaction& tx, const ReportId& id);

  [[nodiscard]] Result<Row> row_of(store::Transaction& tx, const ReportId& id) const;
  [[nodiscard]] CaseSummary summary_of(const Row& row) const;
  [[nodiscard]] Result<Row> row_for(store::Transaction& tx, const Staff& staff,
                                    const ReportId& id) const;
  [[nodiscard]] bool held_by_another(const Row& row, const Staff& staff) const;

  [[nodiscard]] Result<std::vector<OpenedReport>> open_reports(store::Transaction& tx,
                                                               const ReportId& id,
                                                               const crypto::AeadKey& key) const;
  [[nodiscard]] Result<crypto::AeadKey> key_of(store::Transaction& tx, const ReportId& id);
  [[nodiscard]] Result<CaseDetail> detail_in(store::Transaction& tx, const Row& row,
                                             const SecretBytes& digest_key);
  [[nodiscard]] Result<EvidenceBytes> file_in(store::Transaction& tx, const ReportId& id,
                                              std::uint32_t item);
  [[nodiscard]] Result<std::vector<DecisionMade>> decisions_of(store::Transaction& tx,
                                                               const ReportId& id,
                                                               const crypto::AeadKey& key) const;

  [[nodiscard]] Status append(store::Transaction& tx, const ReportId& id,
                              const crypto::AeadKey& key, const AccountId& reviewer, Deed deed,
                              DecisionKind kind, std::string_view reason,
                              std::optional<bool> agrees);
  [[nodiscard]] Status take_effect(store::Transaction& tx, const Row& row,
                                   const crypto::AeadKey& key, DecisionKind kind,
                                   bool tell_reporters);
  void tell(store::Transaction& tx, const ReportId& id, const crypto::AeadKey& key,
            const AccountId& account, NoticeKind kind, const Words& words, std::uint64_t delay,
            std::string_view delayed_because);
  [[nodiscard]] Result<State> decide_in(store::Transaction& tx, const Staff& staff,
                                        const ReportId& id, DecisionKind kind,
                                        std::string_view reason);

  [[nodiscard]] Status note(store::Transaction& tx, std::string_view action,
                            std::optional<AccountId> actor, const ReportId& id,
                            std::string detail) const;
  /// After a refused deed, whose transaction is undone: an entry of its own. Gives the refusal, or
  /// the log's error if the log fails too.
  [[nodiscard]] Error refused(const Staff& staff, const ReportId& id, const Error& error);
  template <class Work>
  [[nodiscard]] auto deed(const Staff& staff, const ReportId& id, Work&& work)
      -> std::invoke_result_t<Work, store::Transaction&> {
    auto result = database_.write(std::forward<Work>(work));
    if (!result) {
      return std::unexpected(refused(staff, id, result.error()));
    }
    return result;
  }

  store::Database& database_;
  Clock& clock_;
  Rng& rng_;
  Neighbours neighbours_;
  store::AuditSink audit_;
  Policy policy_;
  mutable Vault vault_;
};

}  // namespace lightkeeper::cases
