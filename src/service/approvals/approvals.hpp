// Four eyes: what one person asks for and another one agrees to, once, within seven days.
//
// The rules stand here and a second time in the schema (step 2): nobody decides about what they
// asked for themselves, a decision is not changed, an approval is used once.
//
// Who learns what: everybody with Permission::approve reads all requests: who asked, for what, who
// decided, why. A subject names things by id and holds no content. All of it is in the audit log.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "service/store/audit.hpp"
#include "service/store/database.hpp"

namespace lightkeeper::approvals {

struct ApprovalNumber {
  std::uint64_t value = 0;
  auto operator<=>(const ApprovalNumber&) const = default;
};

enum class State : std::uint8_t { open, approved, refused, used, expired };
[[nodiscard]] std::string_view name_of(State state);

struct Approval {
  ApprovalNumber number;
  std::string kind;     // "staff.role", "hold.release", "evidence.destroy", "production.arm", ...
  std::string subject;  // JSON; the same text means the same thing
  AccountId requested_by;
  UnixMillis requested;
  State state = State::open;
  std::optional<AccountId> decided_by;
  std::optional<UnixMillis> decided;
  std::string reason;
};

constexpr std::uint64_t kApprovalMillis = 7ULL * 24 * 3600 * 1000;
constexpr std::size_t kMaxKind = 64;
constexpr std::size_t kMaxSubject = 8 * 1024;
constexpr std::size_t kMaxReason = 2'000;
constexpr std::uint64_t kMaxOpenRequests = 50;  // of one person

/// Whether this account may decide about requests, asked in the transaction of the decision.
using MayApprove = std::function<Status(store::Transaction&, const AccountId&)>;

/// What happens when a request is approved, in the transaction of the approval; an error undoes
/// both.
using Deed = std::function<Status(store::Transaction&, const Approval&)>;

/// Thread-safe once every when_approved() is done. `database` and `clock` must outlive it.
class Approvals {
 public:
  Approvals(store::Database& database, Clock& clock, MayApprove may_approve,
            store::AuditSink audit);

  /// Requests of this kind are carried out by their approval and are then used. Without a deed they
  /// wait as `approved` until take(). Called while the service is put together.
  void when_approved(std::string kind, Deed deed);

  /// `bad_argument` for sizes, `too_many_requests` beyond kMaxOpenRequests.
  [[nodiscard]] Result<ApprovalNumber> request(std::string_view kind, std::string_view subject,
                                               const AccountId& by);
  [[nodiscard]] Result<ApprovalNumber> request(store::Transaction& tx, std::string_view kind,
                                               std::string_view subject, const AccountId& by);

  /// `same_person` for the one who asked, `conflict` when it is not open any more, `not_found`,
  /// what MayApprove says, what the deed says. Gives the state after it: approved or used.
  [[nodiscard]] Result<State> approve(ApprovalNumber number, const AccountId& by,
                                      std::string_view reason);
  [[nodiscard]] Result<State> refuse(ApprovalNumber number, const AccountId& by,
                                     std::string_view reason);

  /// Uses up an approval of exactly this kind and subject, asked for by `by`, in the transaction of
  /// the deed. `not_approved` for everything else, without saying which.
  [[nodiscard]] Status take(store::Transaction& tx, ApprovalNumber number, std::string_view kind,
                            std::string_view subject, const AccountId& by);
  [[nodiscard]] Status take(ApprovalNumber number, std::string_view kind, std::string_view subject,
                            const AccountId& by);

  /// Open ones first, then the newest; at most 200.
  [[nodiscard]] Result<std::vector<Approval>> list();
  [[nodiscard]] Result<Approval> look_at(ApprovalNumber number);

 private:
  [[nodiscard]] Result<State> decide(ApprovalNumber number, const AccountId& by, bool agreed,
                                     std::string_view reason);
  [[nodiscard]] Result<Approval> read(store::Transaction& tx, ApprovalNumber number) const;
  [[nodiscard]] Approval approval_of(const store::Row& row) const;

  store::Database& database_;
  Clock& clock_;
  MayApprove may_approve_;
  store::AuditSink audit_;
  std::map<std::string, Deed, std::less<>> deeds_;
};

}  // namespace lightkeeper::approvals
