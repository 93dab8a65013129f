// One step of one submission: claim it and write down the intent, do it, write down the outcome.
//
// Rules that keep one case at one finished report:
//   - /finish is only ever sent for the attempt whose fate is `finishing`, and the schema allows
//   one
//     such attempt of a submission. It leaves `finishing` only for `finished`, or when the hotline
//     has said that this report is gone or retracted, or that finishing it was refused.
//   - An upload whose answer did not come may have left a file whose number nobody knows. The
//   report
//     is taken back and begun again, so that a finished report holds each file once.
//   - A submit whose answer did not come may have opened a report whose number nobody knows. It is
//     written down and expires at the hotline; nothing can finish it.
#include <algorithm>

#include "service/submission/parts.hpp"

namespace lightkeeper::submission {

namespace {

constexpr std::uint64_t kLease = 5ULL * 60 * 1000;
constexpr std::uint64_t kSlowestBytesPerMs = 64;

std::string code_words(std::int64_t code) { return "the hotline answered " + std::to_string(code); }

/// What every step makes of an answer that is not its own success. `retry` is for what was
/// certainly not done.
Outcome usual(const Reply& reply, const char* unknown_result) {
  Outcome out;
  out.request_id = reply.request_id;
  switch (reply.kind) {
    case Reply::Kind::busy:
      out.result = "busy";
      out.failed = true;
      out.wait_ms = reply.retry_after_ms;
      return out;
    case Reply::Kind::refused:
      out.result = "configuration";
      out.stops_outlet = true;
      out.problem = "the hotline did not accept the user or the password";
      return out;
    case Reply::Kind::unknown:
      out.result = std::string(unknown_result) + ":" + reply.why;
      out.failed = true;
      out.probe = true;
      return out;
    case Reply::Kind::answered:
      break;
  }
  out.code = reply.answer.code;
  switch (meaning_of(reply.answer.code)) {
    case Meaning::ok:
      out.problem = "";
      return out;
    case Meaning::transient:
      out.result = "transient";
      out.failed = true;
      return out;
    case Meaning::configuration:
      out.result = "configuration";
      out.stops_outlet = true;
      out.problem = code_words(reply.answer.code) + ": user, password or rights are not right";
      return out;
    case Meaning::rejected:
      out.result = "rejected";
      out.retract_then = "quarantine";
      out.problem = code_words(reply.answer.code) + ": a person must look at this";
      return out;
    case Meaning::report_gone:
      out.result = "report_gone";
      out.fate = "gone";
      out.restart = true;
      return out;
    case Meaning::file_gone:
      out.result = "file_gone";
      out.retract_then = "restart";
      return out;
    case Meaning::already_retracted:
      out.result = "already_retracted";
      out.fate = "retracted";
      out.restart = true;
      return out;
    case Meaning::already_finished:
      out.result = "already_finished";
      return out;
  }
  return out;
}

Outcome quarantine(std::string result, std::string problem) {
  Outcome out;
  out.result = std::move(result);
  out.retract_then = "quarantine";
  out.problem = std::move(problem);
  return out;
}

/// A failure on our side, before anything was sent.
Outcome own_failure(const Error& error, const char* what) {
  const bool passing = error.code == ErrorCode::unavailable || error.code == ErrorCode::timed_out ||
                       error.code == ErrorCode::storage_failed ||
                       error.code == ErrorCode::io_failed;
  const auto result = std::string("not_sent:") + std::string(describe(error.code).name);
  if (!passing) {
    return quarantine(result, std::string(what) + " could not be made");
  }
  Outcome out;
  out.result = result;
  out.failed = true;
  out.problem = std::string(what) + " could not be made yet";
  return out;
}

bool is_exchange(std::string_view step) {
  return step == "status" || step == "submit" || step == "upload" || step == "fileinfo" ||
         step == "finish" || step == "retract";
}

std::string shown_name(const FileToSend& file) {
  std::string out = "item-" + std::to_string(file.item);
  const auto slash = file.media_type.find('/');
  const auto kind = slash == std::string::npos ? "" : file.media_type.substr(slash + 1);
  const bool plain = !kind.empty() && kind.size() <= 8 && std::ranges::all_of(kind, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
  return plain ? out + "." + kind : out;
}

bool is_media_type(std::string_view text) {
  return !text.empty() && text.size() <= 100 && text.contains('/') &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

bool same_files(std::vector<std::string> a, std::vector<std::string> b) {
  std::ranges::sort(a);
  std::ranges::sort(b);
  return a == b;
}

}  // namespace

std::uint64_t Sender::Parts::jittered(std::uint64_t wait_ms) {
  ByteArray<8> random{};
  {
    const std::scoped_lock lock(rng_mutex);
    rng.fill(random);
  }
  std::uint64_t value = 0;
  for (const Byte byte : random) {
    value = value << 8 | byte;
  }
  const auto half = wait_ms / 2;
  return wait_ms - (half == 0 ? 0 : value % (half + 1));
}

std::uint64_t Sender::Parts::backoff(std::uint64_t failed) {
  const auto doubled = settings.first_wait_ms << std::min<std::uint64_t>(failed - 1, 20);
  return jittered(std::min(doubled, settings.longest_wait_ms));
}

Result<Progress> Sender::Parts::step_once() {
  LK_CHECK_OK(watch_schema());
  Progress progress;
  LK_TRY(work, database.write([&](store::Transaction& tx) { return claim(tx, progress.next); }));
  if (work) {
    const auto outcome = perform(*work);
    note_pace(*work, outcome);
    LK_CHECK_OK(database.write(
        [&](store::Transaction& tx) -> Status { return apply(tx, *work, outcome); }));
    progress.did_something = true;
  }
  return progress;
}

Result<Progress> Sender::Parts::steps_until_idle(const std::stop_token& stop) {
  Progress progress;
  LK_CHECK_OK(watch_schema());
  LK_TRY(work, database.write([&](store::Transaction& tx) { return claim(tx, progress.next); }));
  while (work) {
    const auto outcome = perform(*work);
    note_pace(*work, outcome);
    LK_CHECK_OK(watch_schema());
    progress = {true, std::nullopt};
    // The outcome of one step and the intent of the next go to disk together.
    LK_TRY(next, database.write([&](store::Transaction& tx) -> Result<std::optional<Work>> {
      LK_CHECK_OK(apply(tx, *work, outcome));
      if (stop.stop_requested()) {
        return std::nullopt;
      }
      return claim(tx, progress.next);
    }));
    work = std::move(next);
  }
  return progress;
}

// --- Claiming
// --------------------------------------------------------------------------------------

Result<std::optional<Work>> Sender::Parts::claim(store::Transaction& tx,
                                                 std::optional<UnixMillis>& next) {
  const auto now = clock.now().value;
  if (pause_until_ms.load() > now) {  // the hotline asked for a pause
    next = UnixMillis{pause_until_ms.load()};
    return std::nullopt;
  }
  const auto outlet = tx.row(
      "SELECT kill_switch, stopped_ms IS NOT NULL, schema_pinned, schema_seen, schema_seen_ms FROM "
      "submission_outlet WHERE id = 1");
  const bool closed = outlet->integer(0) != 0 || outlet->integer(1) != 0 || settings.url.empty();
  const bool production = settings.environment == Environment::production;
  const bool locked =
      production && (!armed(tx) || outlet->null(3) || outlet->text(2) != outlet->text(3) ||
                     outlet->number(4) + kSchemaAge <= now);
  // A kill switch stops dry runs as well: they read evidence.
  const bool killed = outlet->integer(0) != 0;
  const auto row = tx.row(
      "SELECT number, tag, case_id, outlet, dry_run, state, retract_then, pending, probe, "
      "wrapped_key, queued_by, attempt, mismatches, failures, report_id, opened_ms, changed_ms, "
      "next_ms FROM submission INDEXED BY submission_due WHERE state IN ('queued', 'opening', "
      "'uploading', 'details', "
      "'finishing') "
      "AND environment = ? AND next_ms <= ? AND lease_until_ms <= ? AND (dry_run = 1 OR ? = 0) "
      "AND ? = 0 AND (dry_run = 1 OR ? = 0 OR state NOT IN ('queued', 'opening')) "
      "ORDER BY next_ms, number LIMIT 1",
      name_of(settings.environment), now, now, closed ? 1 : 0, killed ? 1 : 0, locked ? 1 : 0);
  if (!row) {
    const auto soonest = tx.row(
        "SELECT min(max(next_ms, lease_until_ms)) FROM submission INDEXED BY submission_due WHERE "
        "state IN ('queued', "
        "'opening', 'uploading', 'details', 'finishing') AND environment = ?",
        name_of(settings.environment));
    if (soonest && !soonest->null(0) && soonest->number(0) > now) {
      next = UnixMillis{soonest->number(0)};
    }
    return std::nullopt;
  }
  Work work;
  work.number = row->number(0);
  work.tag = row->array<16>(1);
  work.of_case = row->id<ReportId>(2);
  work.outlet = row->text(3);
  work.dry_run = row->integer(4) != 0;
  LK_TRY(state, state_from_name(row->text(5)));
  work.state = state;
  work.retract_then = row->null(6) ? "" : row->text(6);
  work.pending = row->null(7) ? "" : row->text(7);
  work.probe = row->integer(8) != 0;
  work.wrapped_key = row->blob(9);
  work.queued_by = row->id<AccountId>(10);
  work.attempt = row->number(11);
  work.mismatches = row->number(12);
  work.failures = row->number(13);
  work.report_id = row->null(14) ? "" : row->text(14);
  work.opened_ms = row->null(15) ? 0 : row->number(15);
  work.changed_ms = row->null(16) ? 0 : row->number(16);
  work.next_ms = row->number(17);
  work.begun_ms = now;

  // A crash between intent and outcome: what may have happened is settled first.
  if (work.pending == "submit" || work.pending == "upload") {
    work.step = "recover";
  } else if (!work.retract_then.empty()) {
    work.step = work.report_id.empty() ? "give_up" : "retract";
  } else if (work.dry_run) {
    work.step = "dry_run";
  } else if (work.state == State::queued) {
    work.step = "hold";
  } else if (work.state == State::opening) {
    work.step = work.attempt >= kMaxOpenings ? "give_up" : work.probe ? "status" : "submit";
  } else if (work.state == State::finishing) {
    work.step = "finish";
  } else {
    const auto file = tx.row(
        "SELECT item, sha256, size, media_type, file_id FROM submission_file "
        "WHERE submission = ? AND CASE WHEN ? THEN file_id IS NULL ELSE details = 0 END "
        "ORDER BY position LIMIT 1",
        work.number, work.state == State::uploading ? 1 : 0);
    const auto ends =
        std::max(work.opened_ms + kLifeAfterOpening, work.changed_ms + kLifeAfterChange);
    if (!file) {
      return fail(ErrorCode::internal, "submission.claim", "no file is left");
    }
    work.file = FileToSend{static_cast<std::uint32_t>(file->number(0)), file->array<32>(1),
                           file->number(2), file->text(3)};
    work.file_id = file->null(4) ? "" : file->text(4);
    work.step = now + kExpiryMargin >= ends      ? "expiring"
                : work.state == State::uploading ? "upload"
                                                 : "fileinfo";
  }
  add_step(tx, work, work.step, "intent", std::nullopt, std::nullopt);
  if (work.step == "submit") {
    ++work.attempt;
    tx.run(
        "INSERT INTO submission_attempt(submission, attempt, began_ms, fate) "
        "VALUES(?, ?, ?, 'opening')",
        work.number, work.attempt, now);
  } else if (work.step == "finish") {
    tx.run("UPDATE submission_attempt SET fate = 'finishing' WHERE submission = ? AND attempt = ?",
           work.number, work.attempt);
  }
  const auto size = work.file ? work.file->size : 0;
  tx.run(
      "UPDATE submission SET pending = CASE WHEN ? THEN pending ELSE ? END, attempt = ?, "
      "lease_owner = ?, lease_until_ms = ? WHERE number = ?",
      work.step == "recover" ? 1 : 0, work.step, work.attempt, BytesView(owner),
      now + kLease + size / kSlowestBytesPerMs, work.number);
  return std::optional(std::move(work));
}

// --- Doing
// -----------------------------------------------------------------------------------------

Outcome Sender::Parts::perform(Work& work) {
  if (work.step == "recover") {
    Outcome out;
    if (work.pending == "submit") {
      out.result = "may_be_open";
      out.fate = "may_be_open";
      out.probe = true;
    } else {
      out.result = "unknown:interrupted";
      out.retract_then = "restart";
    }
    return out;
  }
  if (work.step == "give_up") {
    Outcome out;
    out.state = State::quarantined;
    out.retract_then = "";
    if (work.retract_then != "quarantine") {
      out.problem = "the report was opened many times and never finished";
    }
    if (work.retract_then == "restart") {
      out.state.reset();
      out.restart = true;
    }
    return out;
  }
  if (work.step == "expiring") {
    Outcome out;
    out.result = "expiring";
    out.retract_then = "restart";
    return out;
  }
  if (work.step == "hold") {
    return hold(work);
  }
  if (work.step == "dry_run") {
    return dry_run(work);
  }
  if (work.step == "status") {
    return ask_status();
  }
  if (work.step == "submit") {
    return submit(work);
  }
  if (work.step == "upload") {
    return upload(work);
  }
  if (work.step == "fileinfo") {
    return file_info(work);
  }
  if (work.step == "finish") {
    return finish(work);
  }
  return retract(work);
}

Outcome Sender::Parts::hold(const Work& work) {
  if (const auto placed = host.place_hold(work.of_case); !placed) {
    Outcome out;
    out.result = "not_sent:" + std::string(describe(placed.error().code).name);
    out.failed = true;
    out.problem = "the preservation hold could not be placed; nothing is sent before it stands";
    return out;
  }
  Outcome out;
  out.state = State::opening;
  out.problem = "";
  return out;
}

Result<Bytes> Sender::Parts::checked_file(const Work& work, const FileToSend& file) {
  LK_TRY(bytes, host.file_bytes(work.of_case, file.item, work.queued_by));
  if (bytes.size() != file.size || crypto::sha256(bytes) != file.sha256) {
    return fail(ErrorCode::bad_format, "submission.file", "not the file that was frozen");
  }
  return bytes;
}

Outcome Sender::Parts::dry_run(const Work& work) {
  const auto case_file = document(work, "case_file");
  if (!case_file) {
    return own_failure(case_file.error(), "the report");
  }
  Outcome out;
  auto report = host.render_report(*case_file);
  if (!report) {
    return own_failure(report.error(), "the report");
  }
  out.documents.emplace_back("report", *std::move(report));
  const auto files = host.files(*case_file);
  if (!files) {
    return own_failure(files.error(), "the list of files");
  }
  for (const auto& file : *files) {
    if (const auto bytes = checked_file(work, file); !bytes) {
      return own_failure(bytes.error(), "a file");
    }
    auto details = host.render_file_details(*case_file, file.item, "0",
                                            "dry-run-" + std::to_string(file.item));
    if (!details) {
      return own_failure(details.error(), "the details of a file");
    }
    out.documents.emplace_back("details-" + std::to_string(file.item), *std::move(details));
  }
  out.state = State::done;
  out.problem = "";
  return out;
}

Outcome Sender::Parts::ask_status() {
  const auto reply = wire.status();
  auto out = usual(reply, "unknown");
  // Nothing is open here: whatever the code says, it is asked again later.
  out.retract_then.reset();
  out.fate.reset();
  out.restart = false;
  if (out.result != "ok") {
    out.probe = true;
    out.failed = !out.stops_outlet;
  }
  return out;
}

Outcome Sender::Parts::submit(const Work& work) {
  const auto never_opened = [](Outcome out) {
    out.fate = "not_opened";
    out.restart = false;
    return out;
  };
  // The decision again: it may have been changed while this waited. A person looks at it then.
  const auto decided =
      database.read([&](store::Transaction& tx) { return host.check_decided(tx, work.of_case); });
  if (!decided) {
    return never_opened(own_failure(decided.error(), "the report"));
  }
  // The hold again: it is what makes it lawful to send, and it costs one look.
  if (const auto placed = host.place_hold(work.of_case); !placed) {
    return never_opened(
        own_failure(Error(ErrorCode::unavailable, "submission.hold"), "the preservation hold"));
  }
  const auto case_file = document(work, "case_file");
  if (!case_file) {
    return never_opened(own_failure(case_file.error(), "the report"));
  }
  auto report = host.render_report(*case_file);
  if (!report) {
    return never_opened(own_failure(report.error(), "the report"));
  }
  const auto reply = wire.submit(*std::move(report));
  auto out = usual(reply, "may_be_open");
  if (reply.kind == Reply::Kind::unknown || (out.result == "ok" && !reply.answer.report_id)) {
    out.result = reply.kind == Reply::Kind::unknown ? out.result : "may_be_open:no_number";
    out.fate = "may_be_open";
    out.failed = true;
    out.probe = true;
    return out;
  }
  if (out.result != "ok") {
    if (!out.failed && !out.stops_outlet) {  // rejected, or a code that has no meaning here
      out.retract_then = "quarantine";
      out.problem = code_words(reply.answer.code) + ": a person must look at this";
    }
    return never_opened(std::move(out));
  }
  out.report_id = reply.answer.report_id;
  out.fate = "open";
  out.begins_attempt = true;
  out.touched = true;
  out.state = State::uploading;
  out.problem = "";
  return out;
}

Outcome Sender::Parts::upload(const Work& work) {
  const auto bytes = checked_file(work, *work.file);
  if (!bytes) {
    return own_failure(bytes.error(), "a file");
  }
  const auto type = is_media_type(work.file->media_type) ? work.file->media_type
                                                         : std::string("application/octet-stream");
  Reply reply;
  {
    crypto::SystemRng boundary;
    reply = wire.upload(work.report_id, shown_name(*work.file), type, *bytes, boundary);
  }
  auto out = usual(reply, "unknown");
  if (reply.kind == Reply::Kind::unknown || out.result == "already_finished") {
    out.retract_then = "restart";
    return out;
  }
  if (out.result != "ok") {
    return out;
  }
  out.touched = true;
  out.md5_matches = reply.answer.hash && *reply.answer.hash == md5_hex(*bytes);
  if (!*out.md5_matches || !reply.answer.file_id) {
    out.result = "md5_differs";
    out.mismatch = true;
    out.retract_then = work.mismatches + 1 >= kMaxMismatches ? "quarantine" : "restart";
    if (out.retract_then == "quarantine") {
      out.problem = "what arrived at the hotline was not what was sent, six times";
    }
    return out;
  }
  out.file_id = reply.answer.file_id;
  return out;
}

Outcome Sender::Parts::file_info(const Work& work) {
  const auto case_file = document(work, "case_file");
  if (!case_file) {
    return own_failure(case_file.error(), "the details of a file");
  }
  auto details =
      host.render_file_details(*case_file, work.file->item, work.report_id, work.file_id);
  if (!details) {
    return own_failure(details.error(), "the details of a file");
  }
  const auto reply = wire.file_info(*std::move(details));
  auto out = usual(reply, "unknown");
  out.probe = false;  // the same details may be given again
  if (out.result == "already_finished") {
    out.retract_then = "restart";
  }
  if (out.result == "ok") {
    out.touched = true;
    out.details_accepted = true;
  }
  return out;
}

Outcome Sender::Parts::finish(const Work& work) {
  const auto reply = wire.end("finish", work.report_id);
  auto out = usual(reply, "unknown");
  out.probe = false;  // asking again is safe, and says what became of it
  if (out.result == "already_retracted") {
    // Not by us: a report that we take back is never asked to finish.
    out.restart = false;
    out.state = State::retracted;
    out.problem = "the report was retracted at the hotline by somebody else";
    return out;
  }
  if (out.result != "ok" && out.result != "already_finished") {
    return out;
  }
  out.fate = "finished";
  out.state = State::done;
  out.receipt = std::string(as_text(reply.document));
  out.problem = "";
  if (reply.answer.done) {
    auto known = database.read([&](store::Transaction& tx) -> Result<std::vector<std::string>> {
      std::vector<std::string> ids;
      for (const auto& row :
           tx.rows("SELECT file_id FROM submission_file WHERE submission = ?", work.number)) {
        ids.push_back(row.null(0) ? "" : row.text(0));
      }
      return ids;
    });
    out.files_differ = known && !same_files(*known, reply.answer.files);
    if (out.files_differ) {
      out.problem = "the hotline's receipt names other files than were sent";
    }
  }
  return out;
}

Outcome Sender::Parts::retract(const Work& work) {
  const auto reply = wire.end("retract", work.report_id);
  auto out = usual(reply, "unknown");
  out.probe = false;
  out.retract_then.reset();
  out.problem.reset();
  if (out.result == "already_finished") {
    out.fate = "finished";
    out.state = State::done;
    out.retract_then = "";
    out.receipt = std::string(as_text(reply.document));
    out.problem = "the hotline says that this report was finished when it was to be taken back";
    return out;
  }
  if (out.result == "rejected") {  // it will not be taken back; it expires
    out.fate = "gone";
  } else if (out.result != "ok" && out.result != "already_retracted" &&
             out.result != "report_gone") {
    return out;
  } else if (out.result != "report_gone") {
    out.fate = "retracted";
  }
  out.restart = false;
  out.retract_then = "";
  if (work.retract_then == "quarantine") {
    out.state = State::quarantined;
  } else {
    out.restart = true;
  }
  return out;
}

// --- Writing down
// ----------------------------------------------------------------------------------

void Sender::Parts::note_pace(const Work& work, const Outcome& outcome) {
  if (!is_exchange(work.step)) {
    return;
  }
  ++exchanges;
  const bool silent =
      outcome.result.starts_with("unknown") || outcome.result.starts_with("may_be_open");
  failures += outcome.failed ? 1 : 0;
  failures_in_a_row = silent ? failures_in_a_row.load() + 1 : 0;
  if (outcome.result == "busy") {
    pause_until_ms =
        clock.now().value + std::max(outcome.wait_ms.value_or(0), backoff(work.failures + 1));
  }
}

Status Sender::Parts::apply(store::Transaction& tx, const Work& work, const Outcome& given) {
  Outcome outcome = given;
  const auto now = clock.now().value;
  const bool network = is_exchange(work.step);
  // Without an open report there is nothing to take back.
  const bool has_report = !work.report_id.empty() || outcome.report_id.has_value();
  if (outcome.retract_then == "quarantine" && !has_report) {
    outcome.retract_then.reset();
    outcome.state = State::quarantined;
  }
  const auto mine =
      tx.row("SELECT 1 FROM submission WHERE number = ? AND lease_owner = ? AND attempt = ?",
             work.number, BytesView(owner), work.attempt);
  if (!mine) {
    // Another sender has taken over after the lease ran out. What we learnt is kept, not acted on.
    add_step(tx, work, work.step, "late:" + outcome.result, outcome.code, outcome.request_id);
    return {};
  }
  const auto shown_step = work.step == "recover" ? work.pending : work.step;
  add_step(tx, work, shown_step, outcome.result, outcome.code, outcome.request_id);
  if (outcome.fate) {
    tx.run(
        "UPDATE submission_attempt SET fate = ?, report_id = coalesce(?, report_id) "
        "WHERE submission = ? AND attempt = ?",
        *outcome.fate, outcome.report_id, work.number, work.attempt);
  }
  if (outcome.restart || outcome.begins_attempt) {
    tx.run(
        "UPDATE submission_file SET file_id = NULL, md5_matches = NULL, details = 0 "
        "WHERE submission = ?",
        work.number);
  }
  if (work.file && outcome.md5_matches) {
    tx.run(
        "UPDATE submission_file SET file_id = ?, md5_matches = ? "
        "WHERE submission = ? AND item = ?",
        outcome.file_id, *outcome.md5_matches ? 1 : 0, work.number, work.file->item);
  }
  if (work.file && outcome.details_accepted) {
    tx.run("UPDATE submission_file SET details = 1 WHERE submission = ? AND item = ?", work.number,
           work.file->item);
  }
  State state = outcome.restart ? State::opening : outcome.state.value_or(work.state);
  // On to the next kind of step as soon as nothing of this kind is left.
  if (state == State::uploading &&
      !tx.row("SELECT 1 FROM submission_file WHERE submission = ? AND file_id IS NULL",
              work.number)) {
    state = State::details;
  }
  if (state == State::details &&
      !tx.row("SELECT 1 FROM submission_file WHERE submission = ? AND details = 0", work.number)) {
    state = State::finishing;
  }
  const auto resumes = state;
  if (outcome.stops_outlet) {
    state = State::stopped;
    tx.run(
        "UPDATE submission_outlet SET stopped_ms = ?, stopped_code = ? "
        "WHERE id = 1 AND stopped_ms IS NULL",
        now, outcome.code);
  }
  if (network) {
    const bool out_of_reach = failures_in_a_row.load() >= kUnreachableAfter;
    tx.run(
        "UPDATE submission_outlet SET unreachable_ms = CASE WHEN ? THEN "
        "coalesce(unreachable_ms, ?) ELSE NULL END WHERE id = 1",
        out_of_reach ? 1 : 0, now);
  }
  const auto failed_now = outcome.failed ? work.failures + 1 : 0;
  // What goes well keeps its place, so that an open report is finished before another is opened.
  auto next = work.next_ms;
  if (outcome.failed) {
    next = now + std::max(backoff(failed_now), outcome.wait_ms.value_or(0));
  }
  if (outcome.restart) {
    next = std::max(next, now + backoff(std::max<std::uint64_t>(work.attempt, 1)));
  }
  std::string retract_then = outcome.restart ? "" : work.retract_then;
  retract_then = outcome.retract_then.value_or(retract_then);
  tx.run(
      "UPDATE submission SET state = ?, state_ms = CASE WHEN state = ? THEN state_ms ELSE ? END, "
      "resumes = ?, retract_then = ?, pending = NULL, probe = ?, failures = ?, next_ms = ?, "
      "lease_owner = NULL, lease_until_ms = 0, mismatches = mismatches + ?, "
      "problem = coalesce(?, problem), receipt = coalesce(?, receipt), "
      "files_differ = files_differ + ? WHERE number = ?",
      name_of(state), name_of(state), now,
      state == State::stopped ? std::optional(name_of(resumes)) : std::nullopt,
      retract_then.empty() ? std::nullopt : std::optional<std::string_view>(retract_then),
      outcome.probe ? 1 : 0, failed_now, next, outcome.mismatch ? 1 : 0, outcome.problem,
      outcome.receipt, outcome.files_differ ? 1 : 0, work.number);
  if (outcome.restart) {
    tx.run(
        "UPDATE submission SET report_id = NULL, opened_ms = NULL, changed_ms = NULL "
        "WHERE number = ?",
        work.number);
  }
  if (outcome.report_id) {
    tx.run("UPDATE submission SET report_id = ?, opened_ms = ? WHERE number = ?",
           *outcome.report_id, work.begun_ms, work.number);
  }
  if (outcome.touched) {  // by the time before the exchange: never later than the hotline's
    tx.run("UPDATE submission SET changed_ms = ? WHERE number = ?", work.begun_ms, work.number);
  }
  if (state == State::done) {
    tx.run("UPDATE submission SET done_ms = ? WHERE number = ?", now, work.number);
    if (!work.dry_run) {
      LK_CHECK_OK(host.report_sent(tx, work.of_case, UnixMillis{now}));
    }
  }
  for (const auto& [part, plaintext] : outcome.documents) {
    LK_TRY(key, key_of(work.tag, work.wrapped_key));
    tx.run("INSERT INTO submission_document(submission, part, sealed) VALUES(?, ?, ?)", work.number,
           part, BytesView(seal(key, work.tag, part, plaintext)));
  }
  if (state != work.state) {
    return note(tx, "submission.step", work.number, std::nullopt,
                shown_step + " " + outcome.result + ", now " + std::string(name_of(state)));
  }
  // Somebody should know who answers there; once for a row of failures.
  if (outcome.result.ends_with(kNotUnderstood) && work.failures == 0) {
    return note(tx, "submission.step", work.number, std::nullopt,
                shown_step + " " + outcome.result);
  }
  return {};
}

// --- The schema
// ------------------------------------------------------------------------------------

Status Sender::Parts::watch_schema() {
  const auto now = clock.now().value;
  if (settings.url.empty() || schema_retry_ms.load() > now || schema_fresh_until_ms.load() > now) {
    return {};
  }
  LK_TRY(due, database.read([&](store::Transaction& tx) -> Result<bool> {
    const auto row =
        tx.row("SELECT kill_switch, stopped_ms IS NOT NULL, schema_seen_ms FROM submission_outlet");
    return row->integer(0) == 0 && row->integer(1) == 0 && row->number(2) + kSchemaAge <= now;
  }));
  if (!due) {
    schema_fresh_until_ms = now + 1'000;  // asked again in a second: another sender may know more
    return {};
  }
  const auto schema = wire.schema();
  ++exchanges;
  if (!schema) {
    ++failures;
    schema_retry_ms = now + jittered(std::min(settings.longest_wait_ms, 60'000UL));
    return {};
  }
  const auto seen = sha256_hex(*schema);
  return database.write([&](store::Transaction& tx) -> Status {
    tx.run("UPDATE submission_outlet SET schema_seen = ?, schema_seen_ms = ? WHERE id = 1", seen,
           now);
    const auto changed = tx.run(
        "UPDATE submission_outlet SET armed_ms = NULL, schema_changed_ms = ? "
        "WHERE armed_ms IS NOT NULL AND schema_pinned <> ?",
        now, seen);
    if (changed != 0) {
      return note(tx, "production.disarm", 0, std::nullopt,
                  "the hotline gives another schema than the pinned one");
    }
    return {};
  });
}

}  // namespace lightkeeper::submission
