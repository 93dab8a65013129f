// Preservation: holds that keep evidence from being removed, and the proven end of it.
//
// A hold covers a case (all its reports) and the account that the case is about. While any hold on
// it is live, triggers in the database refuse to delete or change what it covers, whoever asks; the
// retention jobs of other rooms leave it out. A hold ends when its time is over (expire()) or when
// two people release it. Evidence is destroyed only without a live hold, by two people or by the
// retention setting, and leaves a signed certificate.
//
// Who learns what: the database shows which case is held, on what basis and until when. A
// certificate names hashes, people by id and times, never content.
//
// Periods: docs/how-to/preservation.md names the law behind each; they are floors that an operator
// may lengthen, not legal advice.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/crypto/crypto.hpp"
#include "service/store/audit.hpp"

namespace lightkeeper::preservation {

enum class Basis : std::uint8_t { report_2258a, letter_2703f, epoc_pr, uk_osa, internal };
[[nodiscard]] std::string_view name_of(Basis basis);
[[nodiscard]] Result<Basis> basis_from_name(std::string_view name);

/// Days from placing: 365, 90, 60, 365, 90. Internal holds may be given other days.
[[nodiscard]] std::uint64_t days_of(Basis basis);
/// Days that one extension adds: none for report_2258a and uk_osa, 90 (once) for letter_2703f, 30
/// (once) for epoc_pr, 90 for internal.
[[nodiscard]] std::uint64_t extension_days_of(Basis basis);
/// Days for which the record of a hold (not the content) is kept after its end: 5 years for uk_osa.
[[nodiscard]] std::uint64_t reference_days_of(Basis basis);

constexpr std::size_t kMaxReference = 256;
constexpr std::size_t kMaxReason = 1024;
constexpr std::uint64_t kMaxDays = 3653;

/// By this much the hold of a report may fall short of a year while the report is on its way; so
/// that each of its tries does not leave a deed.
constexpr std::uint64_t kSettled = 24ULL * 3600 * 1000;

enum class HoldState : std::uint8_t { live, expired, released };
[[nodiscard]] std::string_view name_of(HoldState state);

struct Hold {
  std::uint64_t number = 0;
  ReportId report;  // the case
  Basis basis = Basis::internal;
  std::string reference;
  UnixMillis placed, until;
  std::optional<AccountId> placed_by;  // nobody: the service itself, before a report is sent
  HoldState state = HoldState::live;
  std::uint64_t extensions = 0;
  std::uint64_t items = 0;  // evidence rows that it covers now
};

struct Certificate {
  std::uint64_t number = 0;
  ReportId report;
  UnixMillis destroyed;
  std::uint64_t items = 0;
  std::string text;  // what is signed, plain ASCII lines
  crypto::Signature signature{};
};

/// Asks for a second person (room approvals), in the transaction of what is asked for; the number
/// of the approval.
using AskSecond =
    std::function<Result<std::uint64_t>(store::Transaction&, std::string_view kind,
                                        std::string_view subject_json, const AccountId& by)>;
/// What the room approvals says when the second person has agreed.
struct Approved {
  std::uint64_t approval = 0;
  std::string kind;
  std::string subject_json;
  AccountId asked_by, approved_by;
};
constexpr std::string_view kReleaseKind = "hold.release";
constexpr std::string_view kDestructionKind = "evidence.destroy";

/// Reads one piece of evidence of a case, for the holder of a legal duty.
using ReadEvidence =
    std::function<Result<Bytes>(const AccountId& reader, const ReportId&, std::uint32_t item)>;

/// Thread-safe. Every deed has its audit entry in the same transaction.
class Preservation {
 public:
  /// `key_seed`: 32 bytes (keys/review); certificates are signed with it under their own first
  /// line.
  [[nodiscard]] static Result<std::unique_ptr<Preservation>> make(
      store::Database& database, Clock& clock, store::AuditSink audit, AskSecond ask_second,
      ReadEvidence evidence, std::string service_name, const SecretBytes& key_seed);

  /// `not_found` for no such case, `evidence_destroyed`, `bad_argument` when `days` is given for a
  /// basis whose period the law sets.
  [[nodiscard]] Result<Hold> place(std::optional<AccountId> by, const ReportId& report, Basis basis,
                                   std::optional<std::uint64_t> days, std::string_view reference);
  /// The hold that a report to the CyberTipline needs, before it is opened: the live report_2258a
  /// hold of this case, made to last for a year from now (less at most kSettled), or a new one.
  [[nodiscard]] Result<Hold> hold_for_report(const ReportId& report);
  /// The report was finished at `at`: the year of 18 U.S.C. 2258A(h) counts from there. In the
  /// transaction of the sender's receipt. A case whose evidence two people destroyed meanwhile has
  /// nothing left to hold, and that is no error.
  [[nodiscard]] Status report_sent(store::Transaction& tx, const ReportId& report, UnixMillis at);
  /// `conflict` when the hold is not live or its basis allows no (further) extension.
  [[nodiscard]] Result<Hold> extend(const AccountId& by, std::uint64_t hold,
                                    std::string_view reference);
  /// All, or those of one case; newest first, at most 200.
  [[nodiscard]] Result<std::vector<Hold>> holds(std::optional<ReportId> report);
  /// `not_found` for no such hold.
  [[nodiscard]] Result<Hold> hold(std::uint64_t number);
  [[nodiscard]] Result<bool> held(const ReportId& report);

  /// Asks for the second person; the number of the approval. `conflict` unless the hold is live.
  [[nodiscard]] Result<std::uint64_t> ask_release(const AccountId& by, std::uint64_t hold,
                                                  std::string_view reason);
  /// The same for destruction; `held` while any hold is live.
  [[nodiscard]] Result<std::uint64_t> ask_destruction(const AccountId& by, const ReportId& report,
                                                      std::string_view reason);
  /// What follows from an approval, in its transaction: an error undoes both. `held` for a
  /// destruction that meets a live hold by now.
  [[nodiscard]] Status carry_out(store::Transaction& tx, const Approved& approved);
  /// After a destruction: empties the database's journal, where removed rows may still stand. For
  /// the housekeeping job; costs nothing when nothing was destroyed.
  [[nodiscard]] Status settle();

  /// Ends holds whose time is over.
  [[nodiscard]] Status expire();
  /// Destroys what was decided longer ago than this, without live hold; 0 days: nothing, ever.
  [[nodiscard]] Status forget_decided(std::uint64_t days);

  [[nodiscard]] Result<std::vector<Certificate>> certificates();
  /// Evidence of a held case, with a reason that is kept (table held_read; the audit entry names
  /// its number). `conflict` when it is not held.
  [[nodiscard]] Result<Bytes> read_held(const AccountId& by, const ReportId& report,
                                        std::uint32_t item, std::string_view reason);

  [[nodiscard]] const crypto::VerifyingKey& public_key() const { return public_key_; }
  /// One line for each certificate that does not verify and each destroyed case that still has
  /// evidence.
  [[nodiscard]] Result<std::vector<std::string>> faults();

 private:
  Preservation(store::Database& database, Clock& clock, store::AuditSink audit,
               AskSecond ask_second, ReadEvidence evidence, std::string service_name,
               crypto::SigningKeyPair key);
  [[nodiscard]] Status check_case(store::Transaction& tx, const ReportId& report) const;
  [[nodiscard]] Result<Hold> place_in(store::Transaction& tx, std::optional<AccountId> by,
                                      const ReportId& report, Basis basis, std::uint64_t days,
                                      std::string_view reference);
  /// The live report_2258a hold that lasts longest, at least until `from` plus a year, less
  /// `short_by`.
  [[nodiscard]] Result<Hold> hold_for_a_year(store::Transaction& tx, const ReportId& report,
                                             UnixMillis from, std::uint64_t short_by,
                                             std::string_view words);
  [[nodiscard]] Result<Hold> hold_in(store::Transaction& tx, std::uint64_t number) const;
  [[nodiscard]] Result<std::uint64_t> ask(const AccountId& by, std::string_view kind,
                                          std::string subject, std::optional<std::uint64_t> hold,
                                          const ReportId& report, std::string_view reason,
                                          store::Transaction& tx);
  [[nodiscard]] Status note(store::Transaction& tx, std::string_view action,
                            std::optional<AccountId> by, const ReportId& report,
                            std::string detail) const;
  [[nodiscard]] Status destroy(store::Transaction& tx, const ReportId& report,
                               std::optional<AccountId> by, std::optional<AccountId> approved_by,
                               std::string_view reason);

  store::Database& database_;
  Clock& clock_;
  store::AuditSink audit_;
  AskSecond ask_second_;
  ReadEvidence evidence_;
  std::string service_name_;
  crypto::SigningKey key_;
  crypto::VerifyingKey public_key_;
  std::atomic<bool> unsettled_ =
      true;  // what an earlier run removed may still stand in the journal
};

}  // namespace lightkeeper::preservation
