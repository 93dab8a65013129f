// What the files of this room share. Private to it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "core/base/codec.hpp"
#include "core/crypto/crypto.hpp"
#include "service/submission/answer.hpp"
#include "service/submission/submission.hpp"

namespace lightkeeper::submission {

constexpr std::uint64_t kHour = 3600ULL * 1000;
constexpr std::uint64_t kLifeAfterOpening = 24 * kHour;
constexpr std::uint64_t kLifeAfterChange = kHour;
/// A report that has less time left than this is taken back and begun again.
constexpr std::uint64_t kExpiryMargin = 5ULL * 60 * 1000;
constexpr std::uint64_t kSchemaAge = kHour;
constexpr std::uint64_t kDelayed = kHour;
constexpr std::uint64_t kMaxOpenings = 40;
constexpr std::uint64_t kMaxMismatches = 6;
constexpr std::uint64_t kLongestRetryAfter = 6 * kHour;
constexpr std::uint64_t kUnreachableAfter = 3;  // failures in a row

// --- rules.cpp
// --------------------------------------------------------------------------------------

/// A person's words as the audit log takes them: one line, cut after kMaxReasonLogged bytes. What
/// people write must never be why their deed is refused.
constexpr std::size_t kMaxReasonLogged = 1000;
[[nodiscard]] std::string one_line(std::string_view words);

// --- wire.cpp
// --------------------------------------------------------------------------------------

[[nodiscard]] std::string md5_hex(BytesView bytes);
[[nodiscard]] std::string sha256_hex(BytesView bytes);

/// Why an answer with a good status says nothing: it is not a document that answer.hpp takes.
constexpr std::string_view kNotUnderstood = "not_understood";

/// What came of one exchange.
struct Reply {
  enum class Kind : std::uint8_t {
    answered,  // a document with a code
    busy,      // HTTP 429: not done
    refused,   // HTTP 401 or 403 without a document
    unknown,   // no answer, or one that does not say what happened
  } kind = Kind::unknown;
  Answer answer;
  Bytes document;
  std::string why;  // of `unknown`, without content
  std::optional<std::string> request_id;
  std::optional<std::uint64_t> retry_after_ms;
};

class Wire {
 public:
  Wire(const OutletSettings& settings,
       std::function<Result<http::ClientResponse>(const http::ClientRequest&)> exchange);

  [[nodiscard]] Reply status() const;
  [[nodiscard]] Result<Bytes> schema() const;
  [[nodiscard]] Reply submit(Bytes report) const;
  [[nodiscard]] Reply upload(const std::string& report_id, const std::string& name,
                             const std::string& media_type, BytesView content, Rng& rng) const;
  [[nodiscard]] Reply file_info(Bytes details) const;
  /// "finish" or "retract".
  [[nodiscard]] Reply end(const char* verb, const std::string& report_id) const;

 private:
  [[nodiscard]] Reply ask(const char* method, const char* path, const std::string& content_type,
                          Bytes body) const;
  [[nodiscard]] http::ClientRequest request(const char* method, const char* path,
                                            const std::string& content_type, Bytes body) const;

  std::string url_;
  SecretBytes authorization_;
  std::function<Result<http::ClientResponse>(const http::ClientRequest&)> exchange_;
};

// --- steps.cpp
// -------------------------------------------------------------------------------------

/// One submission as the journal has it, with the step that comes next.
struct Work {
  SubmissionNumber number = 0;
  ByteArray<16> tag{};
  ReportId of_case;
  std::string outlet;
  bool dry_run = false;
  State state = State::queued;
  std::string retract_then;
  std::string pending;  // a step that may have happened
  bool probe = false;
  Bytes wrapped_key;
  AccountId queued_by;
  std::uint64_t attempt = 0, mismatches = 0, failures = 0;
  std::string report_id;
  std::uint64_t opened_ms = 0, changed_ms = 0, next_ms = 0;

  std::string step;
  std::optional<FileToSend> file;
  std::string file_id;
  std::uint64_t begun_ms = 0;
};

/// What a step comes to. Applied with its journal row in one transaction.
struct Outcome {
  std::string result = "ok";
  std::optional<std::int64_t> code;
  std::optional<std::string> request_id;

  std::optional<State> state;
  std::optional<std::string> retract_then;  // empty: none any more
  std::optional<std::string> fate;          // of the present attempt
  bool restart = false;                     // a new report from /submit on
  bool begins_attempt = false;
  bool touched = false;  // the hotline has changed the report: its hour starts again
  bool probe = false;
  bool failed = false;  // wait before the next try
  bool stops_outlet = false;
  std::optional<std::uint64_t> wait_ms;  // longer than the usual wait
  std::optional<std::string> report_id, file_id, receipt;
  std::optional<bool> md5_matches;
  bool mismatch = false, details_accepted = false, files_differ = false;
  std::optional<std::string> problem;
  std::vector<std::pair<std::string, Bytes>> documents;  // of a dry run
};

struct Sender::Parts {
  Parts(store::Database& database_, Clock& clock_, Rng& rng_, store::KeyWrapping& keys_,
        OutletSettings settings_, Host host_);

  // steps.cpp
  [[nodiscard]] Result<Progress> step_once();
  [[nodiscard]] Result<Progress> steps_until_idle(const std::stop_token& stop);
  [[nodiscard]] Result<std::optional<Work>> claim(store::Transaction& tx,
                                                  std::optional<UnixMillis>& next);
  [[nodiscard]] Outcome perform(Work& work);
  void note_pace(const Work& work, const Outcome& outcome);
  [[nodiscard]] Status apply(store::Transaction& tx, const Work& work, const Outcome& outcome);
  [[nodiscard]] Status watch_schema();
  /// Two people have armed production, and for exactly these settings.
  [[nodiscard]] Result<SecretBytes> configuration_key();
  [[nodiscard]] bool armed(store::Transaction& tx) const;
  [[nodiscard]] Status disarm_if_changed(store::Transaction& tx);

  [[nodiscard]] Outcome hold(const Work& work);
  [[nodiscard]] Outcome dry_run(const Work& work);
  [[nodiscard]] Outcome ask_status();
  [[nodiscard]] Outcome submit(const Work& work);
  [[nodiscard]] Outcome upload(const Work& work);
  [[nodiscard]] Outcome file_info(const Work& work);
  [[nodiscard]] Outcome finish(const Work& work);
  [[nodiscard]] Outcome retract(const Work& work);
  [[nodiscard]] Result<Bytes> checked_file(const Work& work, const FileToSend& file);

  // sender.cpp
  [[nodiscard]] Bytes seal(const crypto::AeadKey& key, const ByteArray<16>& tag,
                           std::string_view part, BytesView plaintext);
  [[nodiscard]] Result<crypto::AeadKey> key_of(const ByteArray<16>& tag, BytesView wrapped);
  [[nodiscard]] Result<Bytes> document(const Work& work, const std::string& part);
  [[nodiscard]] Status note(store::Transaction& tx, std::string_view action, std::uint64_t number,
                            const std::optional<AccountId>& actor, std::string detail);
  void add_step(store::Transaction& tx, const Work& work, std::string_view step,
                std::string_view result, const std::optional<std::int64_t>& code,
                const std::optional<std::string>& request_id);
  [[nodiscard]] Submission read(store::Transaction& tx, const store::Row& row, bool whole);
  [[nodiscard]] std::uint64_t jittered(std::uint64_t wait_ms);
  [[nodiscard]] std::uint64_t backoff(std::uint64_t failures);

  store::Database& database;
  Clock& clock;
  Rng& rng;
  std::mutex rng_mutex;
  store::KeyWrapping& keys;
  OutletSettings settings;
  Host host;
  Wire wire;
  ByteArray<16> owner{};  // of leases
  /// Keyed digest of url, user and password: a change starts a stopped outlet again.
  Bytes configuration;

  // In memory only: the pace of this sender.
  std::atomic<std::uint64_t> pause_until_ms = 0, schema_retry_ms = 0, schema_fresh_until_ms = 0;
  std::atomic<std::uint64_t> failures_in_a_row = 0, exchanges = 0, failures = 0;
  std::mutex wake_mutex;
  std::condition_variable_any wake;
  bool woken = false;
};

}  // namespace lightkeeper::submission
