// The journalled sender: takes a frozen case file and brings it, exactly once, to a reporting API
// of the CyberTipline's kind (submit, upload, fileinfo, finish, retract).
//
// Every step stands in the journal before and after it happens, each in a transaction that is on
// disk before the next byte is sent. A crash at any point therefore leads to exactly one finished
// report: what is known to have happened is not repeated, and what may have happened is either safe
// to repeat (file details, finish), or starts again with a fresh report (submit, upload) whose
// predecessor is retracted, or, when its number was never learnt, expires at the hotline by itself
// and is never finished.
//
// Who learns what: the hotline learns the documents and files of the case. The journal keeps the
// case file sealed under a key of its own (wrapped by the service key); steps name numbers, codes
// and times only. Nothing here writes content or names of people into a log.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/rng.hpp"
#include "http/http.hpp"
#include "service/store/audit.hpp"
#include "service/store/database.hpp"
#include "service/store/key_wrapping.hpp"

namespace lightkeeper::submission {

using SubmissionNumber = std::uint64_t;

enum class Environment : std::uint8_t { demo, test, production };
[[nodiscard]] std::string_view name_of(Environment environment);
[[nodiscard]] Result<Environment> environment_from_name(std::string_view name);

/// `stopped`: waits because the whole outlet stands still. `quarantined` and `retracted` wait for a
/// person; `done` is final.
enum class State : std::uint8_t {
  queued,
  opening,
  uploading,
  details,
  finishing,
  done,
  retracted,
  quarantined,
  stopped
};
[[nodiscard]] std::string_view name_of(State state);
[[nodiscard]] Result<State> state_from_name(std::string_view name);

struct Contacts {
  std::string email;
  std::string phone;
  bool operator==(const Contacts&) const = default;
};
/// `bad_configuration` for documentation domains, reserved names, 555-01xx numbers and words that
/// stand in for a real contact. Not a proof that anybody answers there.
[[nodiscard]] Status check_real_contacts(const Contacts& contacts);

struct OutletSettings {
  Environment environment = Environment::demo;
  std::string url;        // "https://host/ispws", without a slash at the end
  std::string test_host;  // besides loopback, the one host that `test` may reach over https
  std::string user;
  SecretBytes password;
  /// Whom investigators ask, as it stands in every report. Production is armed with these.
  Contacts contacts;
  /// Waits between tries grow from the first to the longest, each shortened at random by up to
  /// half.
  std::uint64_t first_wait_ms = 2'000, longest_wait_ms = 15ULL * 60 * 1000;
};
/// Where an environment may connect to: `demo` this machine only; `test` this machine, or the test
/// host over https; `production` https, or this machine. The known production host needs
/// `production`. `bad_configuration` names what is wrong.
[[nodiscard]] Status check_destination(const OutletSettings& settings);

constexpr std::size_t kMaxCaseFile = 16UL * 1024 * 1024;
constexpr std::size_t kMaxFiles = 500;
constexpr std::size_t kMaxFileBytes = 512UL * 1024 * 1024;
constexpr std::size_t kMaxReason = 2000;

/// One file of a case file, as it will be sent.
struct FileToSend {
  std::uint32_t item = 0;
  ByteArray<32> sha256{};
  std::uint64_t size = 0;
  std::string media_type;
  bool operator==(const FileToSend&) const = default;
};

/// What the room asks of others. Everything is called outside transactions and may block, except
/// `check_decided`, `audit` and `report_sent`. Must be thread-safe when used by several threads.
struct Host {
  /// The documents, from the frozen case file; pure (room reporting).
  std::function<Result<Bytes>(BytesView case_file)> render_report;
  std::function<Result<Bytes>(BytesView case_file, std::uint32_t item, const std::string& report_id,
                              const std::string& file_id)>
      render_file_details;
  /// The files that a case file names, in the order in which they are sent.
  std::function<Result<std::vector<FileToSend>>(BytesView case_file)> files;
  /// The plaintext of one file of the case, read for whoever queued the submission. Compared with
  /// the frozen SHA-256 before it is sent.
  std::function<Result<Bytes>(const ReportId& of_case, std::uint32_t item,
                              const AccountId& queued_by)>
      file_bytes;
  /// Refuses unless people have decided that this case is reported; in the transaction that queues
  /// it, and again before every /submit. Without it nothing is queued to be sent.
  std::function<Status(store::Transaction&, const ReportId& of_case)> check_decided;
  /// Places the preservation hold, or finds it placed. Called before every /submit.
  std::function<Status(const ReportId& of_case)> place_hold;
  /// The report has been finished: its preservation year counts from here. In the transaction that
  /// writes the receipt down; an error undoes it, and finishing is asked for again.
  std::function<Status(store::Transaction&, const ReportId& of_case, UnixMillis at)> report_sent;
  /// Asks a second person (room approvals); the number of the request.
  std::function<Result<std::uint64_t>(std::string_view kind, const std::string& subject,
                                      const AccountId& by)>
      request_approval;
  /// http::exchange, or a test's.
  std::function<Result<http::ClientResponse>(const http::ClientRequest&)> exchange;
  store::AuditSink audit;
};

struct NewSubmission {
  ReportId of_case;
  std::string outlet;  // "ncmec"
  Bytes case_file;     // JSON; frozen as it is now
  bool dry_run = false;
  /// Why hard findings of the linter were overridden; kept sealed with the case file.
  std::optional<std::string> override_reason;
  AccountId by;
};

struct Step {
  std::uint64_t number = 0;
  UnixMillis at;
  std::string step;    // hold, xsd, submit, upload, fileinfo, finish, retract, restart, ...
  std::string result;  // intent, ok, ...: docs/reference/submission-journal.md
  std::optional<std::uint32_t> item;
  std::optional<std::int64_t> code;  // the hotline's response code
  std::optional<std::string> request_id;
};

struct FileState {
  std::uint32_t item = 0;
  std::optional<std::string> file_id;  // in the present report
  std::optional<bool> md5_matches;
  bool details_accepted = false;
};

struct Submission {
  SubmissionNumber number = 0;
  ReportId of_case;
  std::string outlet;
  Environment environment = Environment::demo;
  bool dry_run = false;
  State state = State::queued;
  std::optional<std::string> report_id;  // of the present report; kept when done
  std::vector<Step> steps;
  std::vector<FileState> files;
  std::optional<UnixMillis> opened;
  std::optional<UnixMillis> expires;   // 24 h after opening or 1 h after the last change: the later
  std::optional<std::string> receipt;  // the hotline's last document as it came
  std::optional<UnixMillis> done;      // starts the preservation clock
  std::string problem;                 // in plain words; empty when there is none
};

struct Alarm {
  std::string code;
  SubmissionNumber submission = 0;  // 0: the whole outlet
  UnixMillis since;
  std::string words;
};

struct OutletState {
  Environment environment = Environment::demo;
  bool armed = false;
  std::optional<std::string> schema_pinned;  // SHA-256, hex
  std::optional<std::string> schema_seen;
  std::optional<Contacts> contacts;
  bool kill_switch = false;
  bool stopped = false;  // by an answer that means: the configuration is wrong
  std::uint64_t queue = 0;
  std::vector<Alarm> alarms;
};

struct Counts {
  std::uint64_t queued = 0, done = 0, quarantined = 0, retracted = 0, restarts = 0, may_be_open = 0,
                exchanges = 0, failures = 0;
};

/// What step_once() did; when it did nothing, nothing is due before `next`.
struct Progress {
  bool did_something = false;
  std::optional<UnixMillis> next;
};

constexpr std::string_view kArmingApproval = "production.arm";
/// What a second person approves: canonical JSON {"contacts":{...},"schema_sha256":"...","url":
/// "...","user":"..."}. Any other address, user, contact or schema is not armed by it.
[[nodiscard]] std::string arming_subject(const std::string& schema_sha256,
                                         const OutletSettings& settings);

/// Thread-safe. Several senders (also in several processes) may work on one database: a lease keeps
/// two of them from working on one report.
class Sender {
 public:
  /// `bad_configuration` when the destination is not one for this environment. Disarms production
  /// when address, user or contacts are not those that two people armed. An empty url makes a
  /// sender that queues and makes dry runs and sends nothing.
  [[nodiscard]] static Result<std::unique_ptr<Sender>> make(store::Database& database, Clock& clock,
                                                            Rng& rng, store::KeyWrapping& keys,
                                                            OutletSettings settings, Host host);
  ~Sender();
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  /// Ends the leases of senders that died. Only whoever holds the lock of the data folder may call
  /// this, before the first step.
  [[nodiscard]] Status recover();

  /// Freezes the case file and places the hold. `already_exists` when this case is on its way to
  /// this outlet or has arrived, `production_locked`, `evidence_destroyed`, `sending_stopped` while
  /// the kill switch is on.
  [[nodiscard]] Result<Submission> queue(const NewSubmission& wanted);
  [[nodiscard]] Result<Submission> find(SubmissionNumber number);
  /// Newest first; of one case if given. Without receipts.
  [[nodiscard]] Result<std::vector<Submission>> list(const std::optional<ReportId>& of_case,
                                                     std::size_t limit);
  /// The documents of a dry run: the report, then one for each file. `evidence_destroyed`.
  [[nodiscard]] Result<std::vector<Bytes>> documents(SubmissionNumber number);
  /// Ends a submission that waits for a person; its case may then be queued again.
  [[nodiscard]] Status set_aside(SubmissionNumber number, const std::string& reason,
                                 const AccountId& by);

  [[nodiscard]] Result<OutletState> outlet();
  /// Stops between steps and stays until it is switched off, over restarts too. Switching it off
  /// also starts an outlet again that had stopped because of its configuration.
  [[nodiscard]] Status set_kill_switch(bool on, const std::string& reason, const AccountId& by);
  /// The number of the approval that a second person must give. `contacts_not_real`, also for
  /// others than stand in the settings and so in reports.
  [[nodiscard]] Result<std::uint64_t> request_arming(const std::string& schema_sha256,
                                                     const Contacts& contacts, const AccountId& by);
  /// What the approval of kArmingApproval carries out, in its transaction
  /// (Approvals::when_approved). `not_allowed` when one person did both, `conflict` when schema or
  /// settings are others than were asked for.
  [[nodiscard]] Status arm(store::Transaction& tx, const std::string& subject,
                           const AccountId& asked_by, const AccountId& approved_by);
  [[nodiscard]] Result<Counts> counts();

  /// At most one step of one submission. For tests; run() calls it.
  [[nodiscard]] Result<Progress> step_once();
  /// Works until asked to stop; a step that is under way is finished first.
  void run(const std::stop_token& stop);
  /// Wakes run(): something was queued elsewhere.
  void wake();

 private:
  struct Parts;
  explicit Sender(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace lightkeeper::submission
