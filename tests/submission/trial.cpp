#include "trial.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/codec.hpp"

namespace lightkeeper::trial {

ReportId Case::id() const {
  const auto digest = crypto::sha256(as_bytes("case " + std::to_string(number)));
  ReportId out;
  std::copy_n(digest.begin(), out.value.size(), out.value.begin());
  return out;
}

Bytes Case::case_file() const {
  return to_bytes(
      nlohmann::json{{"number", number}, {"files", files}, {"file_bytes", file_bytes}}.dump());
}

Bytes Case::content(std::uint32_t item) const {
  Writer seed;
  seed.u64(number).u32(item);
  const auto block = crypto::sha256(seed.view());
  Bytes out(file_bytes);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = block[i % block.size()];
  }
  return out;
}

Result<Case> read_case(BytesView case_file) {
  const auto json = nlohmann::json::parse(as_text(case_file), nullptr, false);
  if (!json.is_object()) {
    return fail(ErrorCode::bad_json, "trial.case");
  }
  return Case{json.value("number", std::uint64_t{0}), json.value("files", std::uint32_t{0}),
              json.value("file_bytes", std::size_t{0})};
}

Result<Bytes> Wrapping::wrap(BytesView associated, const SecretBytes& key) {
  crypto::SystemRng rng;
  const auto nonce = rng.array<12>();
  return concat({nonce, crypto::aead_seal(key_, nonce, associated, key.expose_secret())});
}

Result<SecretBytes> Wrapping::unwrap(BytesView associated, BytesView wrapped) {
  if (wrapped.size() < 12) {
    return fail(ErrorCode::truncated, "trial.unwrap");
  }
  LK_TRY(nonce, to_array<12>(wrapped.first(12)));
  LK_TRY(plain, crypto::aead_open(key_, nonce, associated, wrapped.subspan(12)));
  return SecretBytes(std::move(plain));
}

Result<std::unique_ptr<Rooms>> rooms(store::Database& database, Clock& clock) {
  LK_TRY(signer, accountability::log_signer(Bytes(32, 3)));
  auto out =
      std::unique_ptr<Rooms>(new Rooms{{database, clock, std::move(signer), 600'000}, nullptr});
  LK_TRY(preservation, preservation::Preservation::make(
                           database, clock, out->log.sink(),
                           [](store::Transaction&, std::string_view, std::string_view,
                              const AccountId&) -> Result<std::uint64_t> {
                             return fail(ErrorCode::not_allowed, "trial.release");
                           },
                           [](const AccountId&, const ReportId&, std::uint32_t) -> Result<Bytes> {
                             return fail(ErrorCode::not_found, "trial.evidence");
                           },
                           "Trial", SecretBytes(Bytes(32, 4))));
  out->preservation = std::move(preservation);
  return out;
}

Status enrol(store::Database& database, const std::map<ReportId, Case>& cases) {
  return database.write([&](store::Transaction& tx) -> Status {
    const AccountId person{ByteArray<16>{1}};
    tx.run(
        "INSERT OR IGNORE INTO account(id, name, role, created_ms) VALUES(?, 'pat', 'person', 0)",
        person);
    for (const auto& [id, one] : cases) {
      tx.run(
          "INSERT INTO report(id, number, reporter, client_id, request_mac, alleged, "
          "reason, received_ms, messages, verified, state, wrapped_key, case_id) VALUES(?, ?, ?, "
          "?, x'00', ?, 'other', 0, 0, 0, 'open', x'010203', ?)",
          id, one.number, person, std::to_string(one.number), person, id);
    }
    return {};
  });
}

submission::Host host(std::shared_ptr<std::map<ReportId, Case>> cases, Rooms& rooms) {
  submission::Host out;
  out.render_report = [](BytesView case_file) -> Result<Bytes> {
    LK_TRY(one, read_case(case_file));
    return to_bytes(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><report><incidentSummary><incidentType>Online "
        "Enticement of Children for Sexual Acts</incidentType><incidentDateTime>"
        "2026-03-01T10:00:00Z</incidentDateTime></incidentSummary><internetDetails><chatImIncident>"
        "<content>[message 3: SECRECY, 41 characters] case " +
        one.id().hex() +
        "</content></chatImIncident></internetDetails><reporter><reportingPerson>"
        "<email>desk@example.org</email></reportingPerson></reporter></report>");
  };
  out.render_file_details = [](BytesView case_file, std::uint32_t item, const std::string& report,
                               const std::string& file) -> Result<Bytes> {
    LK_TRY(one, read_case(case_file));
    const auto digest = crypto::sha256(one.content(item));
    return to_bytes("<fileDetails><reportId>" + report + "</reportId><fileId>" + file +
                    "</fileId><fileName>item-" + std::to_string(item) +
                    "</fileName><fileViewedByEsp>false</fileViewedByEsp>"
                    "<originalFileHash hashType=\"SHA256\">" +
                    to_hex(digest) + "</originalFileHash></fileDetails>");
  };
  out.files = [](BytesView case_file) -> Result<std::vector<submission::FileToSend>> {
    LK_TRY(one, read_case(case_file));
    std::vector<submission::FileToSend> files;
    for (std::uint32_t item = 1; item <= one.files; ++item) {
      files.push_back({item, crypto::sha256(one.content(item)), one.file_bytes, "image/png"});
    }
    return files;
  };
  out.file_bytes = [cases](const ReportId& id, std::uint32_t item,
                           const AccountId& /*queued_by*/) -> Result<Bytes> {
    const auto found = cases->find(id);
    if (found == cases->end()) {
      return fail(ErrorCode::not_found, "trial.file");
    }
    return found->second.content(item);
  };
  out.check_decided = [](store::Transaction&, const ReportId&) -> Status { return {}; };
  out.place_hold = [&rooms](const ReportId& id) -> Status {
    LK_CHECK_OK(rooms.preservation->hold_for_report(id));
    return {};
  };
  out.report_sent = [&rooms](store::Transaction& tx, const ReportId& id, UnixMillis at) {
    return rooms.preservation->report_sent(tx, id, at);
  };
  out.request_approval = [](std::string_view, const std::string&,
                            const AccountId&) -> Result<std::uint64_t> { return 1; };
  out.exchange = http::exchange;
  out.audit = rooms.log.sink();
  return out;
}

submission::OutletSettings settings(const std::string& url) {
  submission::OutletSettings out;
  out.environment = submission::Environment::test;
  out.url = url;
  out.user = "tester";
  out.password = SecretBytes(to_bytes("tester"));
  out.first_wait_ms = 2;
  out.longest_wait_ms = 40;
  return out;
}

Result<std::vector<Journal>> read_journal(store::Database& database,
                                          const std::map<ReportId, Case>& cases) {
  return database.read([&](store::Transaction& tx) -> Result<std::vector<Journal>> {
    std::map<std::pair<std::string, std::string>, std::uint64_t> logged;
    for (const auto& entry : tx.rows(
             "SELECT subject, action, count(*) FROM audit_entry WHERE action = 'submission.queue' "
             "OR (action = 'submission.step' AND detail LIKE '%, now done') GROUP BY subject, "
             "action")) {
      logged[{entry.text(0), entry.text(1)}] = entry.number(2);
    }
    std::vector<Journal> out;
    for (const auto& row : tx.rows(
             "SELECT case_id, state, receipt IS NOT NULL, coalesce(report_id, ''), "
             "(SELECT count(*) FROM submission_attempt WHERE submission = number AND fate = "
             "'may_be_open'), (SELECT count(*) FROM submission_attempt WHERE submission = number "
             "AND fate = 'gone'), (SELECT min(at_ms) FROM submission_step WHERE submission = "
             "submission.number AND step = 'submit'), done_ms, (SELECT min(placed_ms) FROM hold "
             "WHERE hold.case_id = submission.case_id AND hold.state = 'live'), (SELECT "
             "max(until_ms) FROM hold WHERE hold.case_id = submission.case_id AND hold.state = "
             "'live'), number FROM submission WHERE dry_run = 0")) {
      Journal one;
      const auto found = cases.find(row.id<ReportId>(0));
      if (found == cases.end()) {
        return fail(ErrorCode::not_found, "trial.journal");
      }
      one.of_case = found->second;
      one.state = row.text(1);
      one.receipt = row.integer(2) != 0;
      one.report_id = row.text(3);
      one.may_be_open = row.number(4);
      one.gone = row.number(5);
      const auto time = [&](std::size_t column) {
        return row.null(column) ? std::uint64_t{0} : row.number(column);
      };
      one.first_submit_ms = time(6);
      one.done_ms = time(7);
      one.hold_placed_ms = time(8);
      one.hold_until_ms = time(9);
      const auto subject = "submission:" + std::to_string(row.number(10));
      one.logged_queued = logged[{subject, "submission.queue"}];
      one.logged_done = logged[{subject, "submission.step"}];
      out.push_back(std::move(one));
    }
    return out;
  });
}

std::vector<std::string> differences(const std::vector<Journal>& journal,
                                     const std::vector<hotline::StoredReport>& reports,
                                     std::size_t most) {
  using State = hotline::StoredReport::State;
  std::vector<std::string> out;
  const auto wrong = [&](std::uint64_t number, const std::string& what) {
    if (out.size() < most) {
      out.push_back("case " + std::to_string(number) + ": " + what);
    }
  };
  std::map<std::string, std::vector<const hotline::StoredReport*>> by_case;
  for (const auto& report : reports) {
    const auto at = report.document.find("] case ");
    by_case[at == std::string::npos ? "" : report.document.substr(at + 7, 32)].push_back(&report);
  }
  std::set<std::string> expected;
  for (const auto& one : journal) {
    const auto number = one.of_case.number;
    const auto hex = one.of_case.id().hex();
    expected.insert(hex);
    if (one.state != "done" || !one.receipt) {
      wrong(number, "the journal says " + one.state + (one.receipt ? "" : ", no receipt"));
    }
    constexpr std::uint64_t kYear = 365ULL * 24 * 3600 * 1000;
    if (one.hold_placed_ms == 0 || one.hold_placed_ms > one.first_submit_ms) {
      wrong(number, "no hold stood when a report was opened");
    }
    if (one.done_ms != 0 && one.hold_until_ms < one.done_ms + kYear) {
      wrong(number, "the hold ends before a year from the receipt");
    }
    if (one.logged_queued != 1 || one.logged_done != (one.done_ms == 0 ? 0U : 1U)) {
      wrong(number, "the audit log does not have what was queued and finished, each once");
    }
    std::size_t finished = 0;
    std::uint64_t unfinished = 0;
    std::uint64_t open = 0;
    for (const auto* report : by_case[hex]) {
      open += report->state == State::open ? 1U : 0U;
      unfinished += report->state == State::expired ? 1U : 0U;
      if (report->state != State::finished) {
        continue;
      }
      ++finished;
      if (std::to_string(report->number) != one.report_id) {
        wrong(number, "the finished report is not the one in the journal");
      }
      std::multiset<std::string> wanted;
      std::multiset<std::string> there;
      for (std::uint32_t item = 1; item <= one.of_case.files; ++item) {
        wanted.insert(to_hex(crypto::sha256(one.of_case.content(item))));
      }
      for (const auto& file : report->files) {
        there.insert(file.sha256);
        if (!file.details.contains(file.sha256)) {
          wrong(number, "a file without its details");
        }
      }
      if (wanted != there) {
        wrong(number, "the files are not each there once");
      }
    }
    if (finished != 1) {
      wrong(number, std::to_string(finished) + " finished reports");
    }
    if (open > one.may_be_open + one.gone) {
      wrong(number, "a report is still open that the journal does not know of");
    }
    if (unfinished > one.may_be_open + one.gone) {
      wrong(number, "a report expired that the journal does not know of");
    }
  }
  for (const auto& [hex, list] : by_case) {
    if (!expected.contains(hex)) {
      wrong(0, "reports that nobody queued");
    }
  }
  return out;
}

}  // namespace lightkeeper::trial
