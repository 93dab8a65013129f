#include <algorithm>
#include <set>

#include "service/submission/parts.hpp"

namespace lightkeeper::submission {

namespace {

constexpr std::string_view kKeyLabel = "lightkeeper submission key v1";
constexpr std::string_view kConfigurationLabel = "lightkeeper outlet configuration v1";
constexpr std::string_view kPartLabel = "lightkeeper submission part v1";
constexpr auto kIdleWait = std::chrono::seconds(10);
constexpr auto kAfterFailure = std::chrono::seconds(2);

Bytes associated(std::string_view label, const ByteArray<16>& tag, std::string_view part) {
  Writer out;
  out.text(label).fixed(tag).text(part);
  return out.take();
}

bool is_waiting_for_a_person(State state) {
  return state == State::quarantined || state == State::retracted;
}

std::uint64_t count(store::Transaction& tx, std::string_view state) {
  return tx.row("SELECT count(*) FROM submission WHERE state = ?", state)->number(0);
}

}  // namespace

Sender::Parts::Parts(store::Database& database_, Clock& clock_, Rng& rng_,
                     store::KeyWrapping& keys_, OutletSettings settings_, Host host_)
    : database(database_),
      clock(clock_),
      rng(rng_),
      keys(keys_),
      settings(std::move(settings_)),
      host(std::move(host_)),
      wire(settings, host.exchange) {
  rng.fill(owner);
}

Sender::Sender(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Sender::~Sender() = default;

Result<std::unique_ptr<Sender>> Sender::make(store::Database& database, Clock& clock, Rng& rng,
                                             store::KeyWrapping& keys, OutletSettings settings,
                                             Host host) {
  if (!settings.url.empty()) {
    LK_CHECK_OK(check_destination(settings));
  }
  if (settings.first_wait_ms == 0 || settings.longest_wait_ms < settings.first_wait_ms) {
    return fail(ErrorCode::bad_configuration, "submission", "the waits between tries");
  }
  auto out = std::unique_ptr<Sender>(new Sender(
      std::make_unique<Parts>(database, clock, rng, keys, std::move(settings), std::move(host))));
  // Another user, password or address than when the outlet was stopped: try again.
  auto& parts = *out->parts_;
  if (parts.settings.url.empty()) {  // sends nothing, so it says nothing about the configuration
    return out;
  }
  LK_TRY(key, parts.configuration_key());
  Writer facts;
  facts.text(parts.settings.url).text(parts.settings.user);
  facts.bytes(parts.settings.password.expose_secret());
  auto plain = SecretBytes(facts.take());  // wiped when it goes
  parts.configuration = to_bytes(crypto::hmac_sha256(key.expose_secret(), plain.expose_secret()));
  LK_CHECK_OK(database.write([&](store::Transaction& tx) -> Status {
    const auto row = tx.row("SELECT configuration FROM submission_outlet WHERE id = 1");
    if (row->null(0) || row->blob(0) != parts.configuration) {
      tx.run(
          "UPDATE submission_outlet SET configuration = ?, stopped_ms = NULL, stopped_code = "
          "NULL, schema_seen_ms = 0 WHERE id = 1",
          BytesView(parts.configuration));
      tx.run(
          "UPDATE submission SET state = resumes, resumes = NULL, problem = '' "
          "WHERE state = 'stopped'");
    }
    return parts.disarm_if_changed(tx);
  }));
  return out;
}

/// The key of `configuration`, wrapped by the service's key: whoever has the database alone cannot
/// try passwords against the digest. A wrapped key that does not open (the service has another key
/// now) is replaced, which counts as another configuration.
Result<SecretBytes> Sender::Parts::configuration_key() {
  LK_TRY(kept, database.read([](store::Transaction& tx) -> Result<Bytes> {
    const auto row = tx.row("SELECT configuration_key FROM submission_outlet WHERE id = 1");
    return row->null(0) ? Bytes{} : row->blob(0);
  }));
  const auto label = as_bytes(kConfigurationLabel);
  if (!kept.empty()) {
    auto opened = keys.unwrap(label, kept);
    if (opened || opened.error().code != ErrorCode::decryption_failed) {
      return opened;
    }
  }
  SecretBytes fresh(32);
  {
    const std::scoped_lock lock(rng_mutex);
    rng.fill(fresh.expose_secret_for_writing());
  }
  LK_TRY(wrapped, keys.wrap(label, fresh));
  LK_CHECK_OK(database.write([&](store::Transaction& tx) -> Status {
    tx.run("UPDATE submission_outlet SET configuration_key = ? WHERE id = 1", BytesView(wrapped));
    return {};
  }));
  return fresh;
}

bool Sender::Parts::armed(store::Transaction& tx) const {
  const auto row =
      tx.row("SELECT armed_ms, schema_pinned, armed_subject FROM submission_outlet WHERE id = 1");
  return !row->null(0) && !row->null(1) && !row->null(2) &&
         row->text(2) == arming_subject(row->text(1), settings);
}

Status Sender::Parts::disarm_if_changed(store::Transaction& tx) {
  if (settings.environment != Environment::production || armed(tx) ||
      tx.run("UPDATE submission_outlet SET armed_ms = NULL WHERE armed_ms IS NOT NULL") == 0) {
    return {};
  }
  return note(tx, "production.disarm", 0, std::nullopt,
              "another address, user or contact than two people armed");
}

Status Sender::recover() {
  return parts_->database.write([](store::Transaction& tx) -> Status {
    tx.run(
        "UPDATE submission SET lease_owner = NULL, lease_until_ms = 0 "
        "WHERE lease_until_ms <> 0");
    return {};
  });
}

// --- Sealing
// ---------------------------------------------------------------------------------------

Bytes Sender::Parts::seal(const crypto::AeadKey& key, const ByteArray<16>& tag,
                          std::string_view part, BytesView plaintext) {
  crypto::AeadNonce nonce{};
  {
    const std::scoped_lock lock(rng_mutex);
    rng.fill(nonce);
  }
  return concat(
      {nonce, crypto::aead_seal(key, nonce, associated(kPartLabel, tag, part), plaintext)});
}

Result<crypto::AeadKey> Sender::Parts::key_of(const ByteArray<16>& tag, BytesView wrapped) {
  LK_TRY(bytes, keys.unwrap(associated(kKeyLabel, tag, ""), wrapped));
  return crypto::AeadKey{std::move(bytes)};
}

Result<Bytes> Sender::Parts::document(const Work& work, const std::string& part) {
  LK_TRY(sealed, database.read([&](store::Transaction& tx) -> Result<Bytes> {
    const auto row =
        tx.row("SELECT sealed FROM submission_document WHERE submission = ? AND part = ?",
               work.number, part);
    if (!row) {
      return fail(ErrorCode::not_found, "submission.document");
    }
    return row->blob(0);
  }));
  LK_TRY(key, key_of(work.tag, work.wrapped_key));
  crypto::AeadNonce nonce{};
  if (sealed.size() < nonce.size()) {
    return fail(ErrorCode::truncated, "submission.document");
  }
  std::ranges::copy(BytesView(sealed).first(nonce.size()), nonce.begin());
  return crypto::aead_open(key, nonce, associated(kPartLabel, work.tag, part),
                           BytesView(sealed).subspan(nonce.size()));
}

// --- Journal
// ---------------------------------------------------------------------------------------

Status Sender::Parts::note(store::Transaction& tx, std::string_view action, std::uint64_t number,
                           const std::optional<AccountId>& actor, std::string detail) {
  return host.audit(tx,
                    {std::string(action), actor,
                     number == 0 ? std::string("outlet") : "submission:" + std::to_string(number),
                     std::move(detail)});
}

void Sender::Parts::add_step(store::Transaction& tx, const Work& work, std::string_view step,
                             std::string_view result, const std::optional<std::int64_t>& code,
                             const std::optional<std::string>& request_id) {
  const auto item =
      work.file ? std::optional<std::int64_t>(work.file->item) : std::optional<std::int64_t>();
  tx.run(
      "INSERT INTO submission_step(submission, attempt, at_ms, step, result, item, code, "
      "request_id) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
      work.number, work.attempt, clock.now(), step, result, item, code, request_id);
}

Submission Sender::Parts::read(store::Transaction& tx, const store::Row& row, bool whole) {
  Submission out;
  out.number = row.number(0);
  out.of_case = row.id<ReportId>(1);
  out.outlet = row.text(2);
  out.environment = environment_from_name(row.text(3)).value_or(Environment::demo);
  out.dry_run = row.integer(4) != 0;
  out.state = state_from_name(row.text(5)).value_or(State::quarantined);
  if (!row.null(6)) {
    out.report_id = row.text(6);
  }
  if (!row.null(7)) {
    out.opened = UnixMillis{row.number(7)};
    const auto changed = row.null(8) ? row.number(7) : row.number(8);
    out.expires =
        UnixMillis{std::max(row.number(7) + kLifeAfterOpening, changed + kLifeAfterChange)};
  }
  out.problem = row.text(9);
  if (!row.null(11)) {
    out.done = UnixMillis{row.number(11)};
  }
  for (const auto& file : tx.rows("SELECT item, file_id, md5_matches, details FROM submission_file "
                                  "WHERE submission = ? ORDER BY position",
                                  out.number)) {
    FileState state;
    state.item = static_cast<std::uint32_t>(file.number(0));
    if (!file.null(1)) {
      state.file_id = file.text(1);
    }
    if (!file.null(2)) {
      state.md5_matches = file.integer(2) != 0;
    }
    state.details_accepted = file.integer(3) != 0;
    out.files.push_back(std::move(state));
  }
  if (!whole) {
    return out;
  }
  if (!row.null(10)) {
    out.receipt = row.text(10);
  }
  for (const auto& step : tx.rows("SELECT number, at_ms, step, result, item, code, request_id FROM "
                                  "submission_step WHERE submission = ? ORDER BY number",
                                  out.number)) {
    Step kept;
    kept.number = step.number(0);
    kept.at = UnixMillis{step.number(1)};
    kept.step = step.text(2);
    kept.result = step.text(3);
    if (!step.null(4)) {
      kept.item = static_cast<std::uint32_t>(step.number(4));
    }
    if (!step.null(5)) {
      kept.code = step.integer(5);
    }
    if (!step.null(6)) {
      kept.request_id = step.text(6);
    }
    out.steps.push_back(std::move(kept));
  }
  return out;
}

Result<Submission> Sender::find(SubmissionNumber number) {
  return parts_->database.read([&](store::Transaction& tx) -> Result<Submission> {
    const auto row = tx.row(
        "SELECT number, case_id, outlet, environment, dry_run, state, report_id, opened_ms, "
        "changed_ms, problem, receipt, done_ms FROM submission WHERE number = ?",
        number);
    if (!row) {
      return fail(ErrorCode::not_found, "submission.find");
    }
    return parts_->read(tx, *row, true);
  });
}

Result<std::vector<Submission>> Sender::list(const std::optional<ReportId>& of_case,
                                             std::size_t limit) {
  return parts_->database.read([&](store::Transaction& tx) -> Result<std::vector<Submission>> {
    std::vector<Submission> out;
    for (const auto& row : tx.rows(
             "SELECT number, case_id, outlet, environment, dry_run, state, report_id, opened_ms, "
             "changed_ms, problem, receipt, done_ms FROM submission "
             "WHERE ?1 IS NULL OR case_id = ?1 ORDER BY number DESC LIMIT ?2",
             of_case, limit)) {
      out.push_back(parts_->read(tx, row, false));
    }
    return out;
  });
}

Result<std::vector<Bytes>> Sender::documents(SubmissionNumber number) {
  LK_TRY(work, parts_->database.read([&](store::Transaction& tx) -> Result<Work> {
    const auto row =
        tx.row("SELECT tag, wrapped_key FROM submission WHERE number = ? AND dry_run = 1", number);
    if (!row) {
      return fail(ErrorCode::not_found, "submission.documents");
    }
    Work out;
    out.number = number;
    out.tag = row->array<16>(0);
    out.wrapped_key = row->blob(1);
    if (out.wrapped_key.empty()) {
      return fail(ErrorCode::evidence_destroyed, "submission.documents");
    }
    return out;
  }));
  LK_TRY(items,
         parts_->database.read([&](store::Transaction& tx) -> Result<std::vector<std::uint64_t>> {
           std::vector<std::uint64_t> out;
           for (const auto& row :
                tx.rows("SELECT item FROM submission_file WHERE submission = ? ORDER BY position",
                        number)) {
             out.push_back(row.number(0));
           }
           return out;
         }));
  std::vector<Bytes> out;
  LK_TRY(report, parts_->document(work, "report"));
  out.push_back(std::move(report));
  for (const auto item : items) {
    LK_TRY(details, parts_->document(work, "details-" + std::to_string(item)));
    out.push_back(std::move(details));
  }
  return out;
}

// --- Queue
// -----------------------------------------------------------------------------------------

Result<Submission> Sender::queue(const NewSubmission& wanted) {
  auto& parts = *parts_;
  if (wanted.case_file.empty() || wanted.case_file.size() > kMaxCaseFile || wanted.outlet.empty() ||
      wanted.outlet.size() > 32 ||
      (wanted.override_reason && wanted.override_reason->size() > kMaxReason)) {
    return fail(ErrorCode::bad_argument, "submission.queue", "a case file, an outlet, a reason");
  }
  LK_TRY(files, parts.host.files(wanted.case_file));
  std::set<std::uint32_t> items;
  for (const auto& file : files) {
    if (file.size == 0 || file.size > kMaxFileBytes || !items.insert(file.item).second) {
      return fail(ErrorCode::bad_argument, "submission.queue",
                  "a file is empty, too large or twice");
    }
  }
  if (files.size() > kMaxFiles) {
    return fail(ErrorCode::too_large, "submission.queue", "too many files");
  }
  const auto may_queue = [&](store::Transaction& tx) -> Status {
    if (tx.row("SELECT 1 FROM destruction WHERE case_id = ?", wanted.of_case)) {
      return fail(ErrorCode::evidence_destroyed, "submission.queue");
    }
    const auto outlet = tx.row("SELECT kill_switch FROM submission_outlet WHERE id = 1");
    if (outlet->integer(0) != 0) {
      return fail(ErrorCode::sending_stopped, "submission.queue", "the kill switch is on");
    }
    if (wanted.dry_run) {
      return {};
    }
    if (!parts.host.check_decided) {
      return fail(ErrorCode::conflict, "submission.queue", "nobody can say that it is decided");
    }
    LK_CHECK_OK(parts.host.check_decided(tx, wanted.of_case));
    if (parts.settings.environment == Environment::production && !parts.armed(tx)) {
      return fail(ErrorCode::production_locked, "submission.queue");
    }
    if (tx.row("SELECT 1 FROM submission WHERE case_id = ? AND outlet = ? AND environment = ? AND "
               "dry_run = 0 AND set_aside = 0",
               wanted.of_case, wanted.outlet, name_of(parts.settings.environment))) {
      return fail(ErrorCode::already_exists, "submission.queue",
                  "this case is on its way to this outlet, has arrived, or waits for a person");
    }
    return {};
  };
  LK_CHECK_OK(parts.database.read(may_queue));
  if (!wanted.dry_run) {
    LK_CHECK_OK(parts.host.place_hold(wanted.of_case));
  }
  ByteArray<16> tag{};
  crypto::AeadKey key{SecretBytes(32)};
  {
    const std::scoped_lock lock(parts.rng_mutex);
    parts.rng.fill(tag);
    parts.rng.fill(key.bytes.expose_secret_for_writing());
  }
  LK_TRY(wrapped, parts.keys.wrap(associated(kKeyLabel, tag, ""), key.bytes));
  const auto sealed = parts.seal(key, tag, "case_file", wanted.case_file);
  const auto sealed_reason =
      parts.seal(key, tag, "override", as_bytes(wanted.override_reason.value_or("")));
  LK_TRY(number, parts.database.write([&](store::Transaction& tx) -> Result<SubmissionNumber> {
    LK_CHECK_OK(may_queue(tx));
    const auto now = parts.clock.now();
    tx.run(
        "INSERT INTO submission(tag, case_id, outlet, environment, dry_run, state, state_ms, "
        "wrapped_key, queued_by, queued_ms, next_ms) VALUES(?, ?, ?, ?, ?, 'queued', ?, ?, ?, "
        "?, ?)",
        BytesView(tag), wanted.of_case, wanted.outlet, name_of(parts.settings.environment),
        wanted.dry_run ? 1 : 0, now, BytesView(wrapped), wanted.by, now, now);
    const auto made = static_cast<SubmissionNumber>(tx.last_row_id());
    tx.run("INSERT INTO submission_document(submission, part, sealed) VALUES(?, 'case_file', ?)",
           made, BytesView(sealed));
    if (wanted.override_reason) {
      tx.run("INSERT INTO submission_document(submission, part, sealed) VALUES(?, 'override', ?)",
             made, BytesView(sealed_reason));
    }
    std::uint64_t position = 0;
    for (const auto& file : files) {
      tx.run(
          "INSERT INTO submission_file(submission, position, item, sha256, size, media_type) "
          "VALUES(?, ?, ?, ?, ?, ?)",
          made, position++, file.item, BytesView(file.sha256), file.size,
          std::string_view(file.media_type));
    }
    LK_CHECK_OK(parts.note(tx, "submission.queue", made, wanted.by,
                           std::string(wanted.dry_run ? "dry run" : "to send") +
                               (wanted.override_reason ? ", findings overridden" : "")));
    return made;
  }));
  wake();
  return find(number);
}

Status Sender::set_aside(SubmissionNumber number, const std::string& reason, const AccountId& by) {
  auto& parts = *parts_;
  if (reason.empty() || reason.size() > kMaxReason) {
    return fail(ErrorCode::bad_argument, "submission.set_aside", "a reason is needed");
  }
  return parts.database.write([&](store::Transaction& tx) -> Status {
    const auto row = tx.row(
        "SELECT state, attempt, tag, wrapped_key FROM submission WHERE number = ? AND "
        "set_aside = 0",
        number);
    if (!row) {
      return fail(ErrorCode::not_found, "submission.set_aside");
    }
    LK_TRY(state, state_from_name(row->text(0)));
    if (!is_waiting_for_a_person(state)) {
      return fail(ErrorCode::conflict, "submission.set_aside", "it does not wait for a person");
    }
    Work work;
    work.number = number;
    work.attempt = row->number(1);
    parts.add_step(tx, work, "set_aside", "ok", std::nullopt, std::nullopt);
    LK_TRY(key, parts.key_of(row->array<16>(2), row->blob(3)));
    tx.run("INSERT INTO submission_document(submission, part, sealed) VALUES(?, 'set_aside', ?)",
           number, BytesView(parts.seal(key, row->array<16>(2), "set_aside", as_bytes(reason))));
    tx.run("UPDATE submission SET set_aside = 1 WHERE number = ?", number);
    return parts.note(tx, "submission.set_aside", number, by, "");
  });
}

// --- Outlet
// ----------------------------------------------------------------------------------------

Result<OutletState> Sender::outlet() {
  auto& parts = *parts_;
  return parts.database.read([&](store::Transaction& tx) -> Result<OutletState> {
    const auto now = parts.clock.now().value;
    const auto row = tx.row(
        "SELECT kill_switch, kill_switch_ms, stopped_ms, stopped_code, unreachable_ms, "
        "schema_pinned, schema_seen, schema_changed_ms, contact_email, contact_phone, armed_ms "
        "FROM submission_outlet WHERE id = 1");
    OutletState out;
    out.environment = parts.settings.environment;
    out.kill_switch = row->integer(0) != 0;
    out.stopped = !row->null(2);
    const auto text = [&](std::size_t column) {
      return row->null(column) ? std::nullopt : std::optional(row->text(column));
    };
    out.schema_pinned = text(5);
    out.schema_seen = text(6);
    out.armed = !row->null(10) && out.schema_pinned == out.schema_seen;
    if (!row->null(8) && !row->null(9)) {
      out.contacts = Contacts{row->text(8), row->text(9)};
    }
    out.queue = tx.row(
                      "SELECT count(*) FROM submission WHERE state IN ('queued', 'opening', "
                      "'uploading', 'details', 'finishing', 'stopped')")
                    ->number(0);
    // Alarms follow from what is so; there is nothing to switch off but their cause.
    const auto raise = [&](const char* code, SubmissionNumber number, std::uint64_t since,
                           std::string words) {
      out.alarms.push_back({code, number, UnixMillis{since}, std::move(words)});
    };
    if (out.kill_switch) {
      raise("kill_switch", 0, row->number(1), "Sending is switched off.");
    }
    if (out.stopped) {
      raise("configuration", 0, row->number(2),
            "The hotline does not accept our user, password or rights" +
                (row->null(3) ? std::string(".")
                              : " (code " + std::to_string(row->integer(3)) + ")."));
    }
    if (!row->null(4)) {
      raise("unreachable", 0, row->number(4), "The hotline does not answer.");
    }
    if (!row->null(7)) {
      raise("schema_changed", 0, row->number(7),
            "The hotline gives another schema than the pinned one. Two people must arm "
            "production again.");
    }
    for (const auto& late :
         tx.rows("SELECT number, queued_ms FROM submission WHERE state IN ('queued', 'opening', "
                 "'uploading', 'details', 'finishing', 'stopped') AND queued_ms + ? <= ? "
                 "ORDER BY number LIMIT 100",
                 kDelayed, now)) {
      raise("delayed", late.number(0), late.number(1) + kDelayed,
            "This report has been under way for more than an hour.");
    }
    for (const auto& held :
         tx.rows("SELECT number, state_ms, state FROM submission WHERE state IN ('quarantined', "
                 "'retracted') AND set_aside = 0 ORDER BY number LIMIT 100")) {
      raise(held.text(2) == "retracted" ? "retracted" : "quarantined", held.number(0),
            held.number(1), "This report waits for a person.");
    }
    for (const auto& differs :
         tx.rows("SELECT number, state_ms FROM submission WHERE files_differ > 0 AND set_aside = 0 "
                 "ORDER BY number LIMIT 100")) {
      raise("files_differ", differs.number(0), differs.number(1),
            "The hotline's receipt names other files than were sent.");
    }
    return out;
  });
}

Status Sender::set_kill_switch(bool on, const std::string& reason, const AccountId& by) {
  auto& parts = *parts_;
  if (reason.empty() || reason.size() > kMaxReason) {
    return fail(ErrorCode::bad_argument, "submission.kill_switch", "a reason is needed");
  }
  const auto done = parts.database.write([&](store::Transaction& tx) -> Status {
    tx.run(
        "UPDATE submission_outlet SET kill_switch_ms = CASE WHEN kill_switch = ? THEN "
        "kill_switch_ms ELSE ? END, kill_switch = ? WHERE id = 1",
        on ? 1 : 0, parts.clock.now(), on ? 1 : 0);
    if (!on) {
      tx.run("UPDATE submission_outlet SET stopped_ms = NULL, stopped_code = NULL WHERE id = 1");
      tx.run(
          "UPDATE submission SET state = resumes, resumes = NULL, problem = '' "
          "WHERE state = 'stopped'");
    }
    return parts.note(tx, on ? "submission.stop" : "submission.start", 0, by, one_line(reason));
  });
  wake();
  return done;
}

Result<std::uint64_t> Sender::request_arming(const std::string& schema_sha256,
                                             const Contacts& contacts, const AccountId& by) {
  auto& parts = *parts_;
  LK_CHECK_OK(check_real_contacts(contacts));
  if (parts.settings.environment != Environment::production) {
    return fail(ErrorCode::bad_configuration, "submission.arm",
                "reporting_environment is not production");
  }
  if (contacts != parts.settings.contacts) {
    return fail(ErrorCode::contacts_not_real, "submission.arm",
                "reports carry other contacts: reporting_contact_email, reporting_contact_phone");
  }
  LK_CHECK_OK(parts.database.read([&](store::Transaction& tx) -> Status {
    const auto row = tx.row("SELECT schema_seen FROM submission_outlet WHERE id = 1");
    if (row->null(0) || row->text(0) != schema_sha256) {
      return fail(ErrorCode::conflict, "submission.arm", "the hotline gives another schema now");
    }
    return {};
  }));
  return parts.host.request_approval(kArmingApproval, arming_subject(schema_sha256, parts.settings),
                                     by);
}

Status Sender::arm(store::Transaction& tx, const std::string& subject, const AccountId& asked_by,
                   const AccountId& approved_by) {
  auto& parts = *parts_;
  if (asked_by == approved_by) {
    return fail(ErrorCode::not_allowed, "submission.arm", "two people are needed");
  }
  if (parts.settings.environment != Environment::production || parts.settings.url.empty()) {
    return fail(ErrorCode::bad_configuration, "submission.arm",
                "reporting_environment is not production");
  }
  LK_CHECK_OK(check_real_contacts(parts.settings.contacts));
  const auto row = tx.row("SELECT schema_seen FROM submission_outlet WHERE id = 1");
  const auto schema = row->null(0) ? std::string() : row->text(0);
  if (schema.empty() || subject != arming_subject(schema, parts.settings)) {
    return fail(ErrorCode::conflict, "submission.arm",
                "the schema, the address, the user or the contacts are others now");
  }
  tx.run(
      "UPDATE submission_outlet SET schema_pinned = ?, contact_email = ?, contact_phone = ?, "
      "armed_subject = ?, armed_ms = ?, schema_changed_ms = NULL WHERE id = 1",
      std::string_view(schema), std::string_view(parts.settings.contacts.email),
      std::string_view(parts.settings.contacts.phone), std::string_view(subject),
      parts.clock.now());
  return parts.note(tx, "production.arm", 0, approved_by, "schema " + schema.substr(0, 16));
}

Result<Counts> Sender::counts() {
  auto& parts = *parts_;
  return parts.database.read([&](store::Transaction& tx) -> Result<Counts> {
    Counts out;
    out.queued = tx.row(
                       "SELECT count(*) FROM submission WHERE state IN ('queued', 'opening', "
                       "'uploading', 'details', 'finishing', 'stopped')")
                     ->number(0);
    out.done = count(tx, "done");
    out.quarantined = count(tx, "quarantined");
    out.retracted = count(tx, "retracted");
    out.restarts = tx.row("SELECT count(*) FROM submission_attempt WHERE attempt > 1")->number(0);
    out.may_be_open =
        tx.row("SELECT count(*) FROM submission_attempt WHERE fate = 'may_be_open'")->number(0);
    out.exchanges = parts.exchanges;
    out.failures = parts.failures;
    return out;
  });
}

// --- Running
// ---------------------------------------------------------------------------------------

Result<Progress> Sender::step_once() { return parts_->step_once(); }

void Sender::wake() {
  {
    const std::scoped_lock lock(parts_->wake_mutex);
    parts_->woken = true;
  }
  parts_->wake.notify_all();
}

void Sender::run(const std::stop_token& stop) {
  auto& parts = *parts_;
  while (!stop.stop_requested()) {
    const auto progress = parts.steps_until_idle(stop);
    if (progress && progress->did_something) {
      continue;
    }
    std::chrono::milliseconds wait = kIdleWait;
    if (!progress) {  // the database or the disk; the next try says whether it is back
      wait = kAfterFailure;
    } else if (progress->next) {
      const auto now = parts.clock.now().value;
      const auto left = progress->next->value > now ? progress->next->value - now : 1;
      wait = std::min(wait, std::chrono::milliseconds(left));
    }
    std::unique_lock lock(parts.wake_mutex);
    parts.wake.wait_for(lock, stop, wait, [&] { return parts.woken; });
    parts.woken = false;
  }
}

}  // namespace lightkeeper::submission
