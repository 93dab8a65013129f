// lightkeeper report submit | status: a case on its way to a hotline, by the service that has it; a
// rehearsal from a case file, without any service; and what the journal of a service says.
//
// A case is always submitted over the service's own API: by the service that runs on the folder,
// or by one that runs here for as long as this takes. So roles, scopes, the linter, the hold, the
// lock of production and the audit log are those of the console, and nothing here can go round
// them.
#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "command.hpp"
#include "core/crypto/crypto.hpp"
#include "files.hpp"
#include "output.hpp"
#include "service/reporting/lint.hpp"
#include "service/routes/submission_api.hpp"
#include "service/server/data_folder.hpp"
#include "service/server/reporting_outlet.hpp"
#include "service/server/server.hpp"
#include "service/store/files.hpp"
#include "service/store/system_clock.hpp"
#include "service_client.hpp"
#include "service_options.hpp"

namespace lightkeeper::cli {
namespace {

using nlohmann::ordered_json;

constexpr int kFindings = 1;
constexpr int kWaitsForAPerson = 3;
constexpr std::size_t kShown = 1000;

struct SubmitOptions {
  std::string what, out, data, config, of_case;
  StaffSignIn staff;
  std::optional<std::string> override_reason;
  unsigned wait_seconds = 300;
  bool dry_run = false;
  bool send = false;
  bool json = false;
};

/// Everything that a submission does, up to the first byte that would be sent.
int rehearse(const SubmitOptions& options) {
  if (!options.dry_run || !options.staff.name.empty()) {
    return print_error(Error(ErrorCode::bad_argument, "report submit",
                             "a case is submitted by the service that has it: --data; a case file "
                             "is only rehearsed: --dry-run"));
  }
  const auto case_file = read_file(options.what, reporting::kMaxCaseFile);
  if (!case_file) {
    return print_error(options.what, case_file.error());
  }
  const auto parsed = reporting::parse_case_file(*case_file);
  if (!parsed) {
    return print_error(options.what, parsed.error());
  }
  const auto host = service::outlet_host({});
  const auto files = host.files(*case_file);
  const auto report =
      files ? host.render_report(*case_file) : Result<Bytes>(std::unexpected(files.error()));
  if (!report) {
    return print_error(options.what, report.error());
  }
  std::vector<std::pair<std::string, Bytes>> documents{{"report.xml", *report}};
  auto listed = ordered_json::array();
  for (const auto& file : *files) {
    auto details = host.render_file_details(*case_file, file.item, "0",
                                            "dry-run-" + std::to_string(file.item));
    if (!details) {
      return print_error(options.what, details.error());
    }
    listed.push_back({{"item", file.item},
                      {"media_type", file.media_type},
                      {"size", file.size},
                      {"sha256", to_hex(file.sha256)},
                      {"details_bytes", details->size()}});
    documents.emplace_back("details-" + std::to_string(file.item) + ".xml", *std::move(details));
  }
  reporting::LintSettings lint_settings;
  lint_settings.hold_comes_with_submission = true;
  const auto lint = reporting::lint(*parsed, lint_settings);
  const auto hard = std::ranges::count(lint.findings, reporting::Severity::hard,
                                       &reporting::LintFinding::severity);
  if (!options.out.empty()) {
    if (const auto made = store::make_private_directory(options.out); !made) {
      return print_error(options.out, made.error());
    }
    for (const auto& [name, bytes] : documents) {
      const auto path = std::filesystem::path(options.out) / name;
      if (const auto written = store::write_durably(path, bytes); !written) {
        return print_error(path.string(), written.error());
      }
    }
  }
  if (options.json) {
    print_json({{"dry_run", true},
                {"outlet", "ncmec"},
                {"report_bytes", report->size()},
                {"files", std::move(listed)},
                {"hard_findings", hard},
                {"findings", lint.findings.size()},
                {"sent", false}});
  } else {
    print_line("Would send a report of " + std::to_string(report->size()) + " bytes and " +
               std::to_string(files->size()) + (files->size() == 1 ? " file." : " files.") +
               " Nothing was sent.");
    if (!lint.findings.empty()) {
      print_note(std::to_string(hard) + " findings that block, " +
                 std::to_string(lint.findings.size() - static_cast<std::size_t>(hard)) +
                 " that do not: lightkeeper report lint " + options.what);
    }
  }
  return hard == 0 ? 0 : kFindings;
}

/// The journal is read without any key.
class NoKeys final : public store::KeyWrapping {
 public:
  [[nodiscard]] Result<Bytes> wrap(BytesView, const SecretBytes&) override {
    return fail(ErrorCode::unavailable, "report status");
  }
  [[nodiscard]] Result<SecretBytes> unwrap(BytesView, BytesView) override {
    return fail(ErrorCode::unavailable, "report status");
  }
};

struct Journal {
  std::vector<submission::Submission> submissions;
  submission::OutletState outlet;
};

Result<Journal> read_journal(const std::string& data, const std::optional<ReportId>& of_case) {
  store::SystemClock clock;
  crypto::SystemRng rng;
  NoKeys keys;
  LK_TRY(folder, service::open_data_folder(data, service::IfAbsent::refuse, clock, rng));
  LK_TRY(sender, submission::Sender::make(*folder.database, clock, rng, keys, {},
                                          service::outlet_host({})));
  Journal out;
  LK_TRY(submissions, sender->list(of_case, kShown));
  LK_TRY(outlet, sender->outlet());
  out.submissions = std::move(submissions);
  out.outlet = std::move(outlet);
  return out;
}

// --- A case of a service
// ----------------------------------------------------------------------------

/// The service that runs on the folder, or one of our own.
struct Reached {
  std::unique_ptr<service::Server> own;
  std::string url;
};

/// Only on this machine, and nothing but what a submission needs.
service::Settings for_a_while(service::Settings settings, bool dry_run) {
  settings.address = "127.0.0.1";
  settings.port = 0;
  settings.behind_trusted_proxy = false;
  settings.demo = false;
  settings.epoch_dir.clear();
  settings.keepers.clear();
  settings.log_level = "error";
  settings.workers = 2;
  if (dry_run) {
    settings.reporting_url.clear();  // what else is queued stays where it is, too
  }
  return settings;
}

bool is_dry(const SubmitOptions& options, const std::string& environment, bool armed) {
  return options.dry_run || (!options.send && !(environment == "production" && armed));
}

Result<Reached> reach(const SubmitOptions& options) {
  LK_TRY(settings, settings_for(options.config, options.data));
  if (const auto running = service::address_of_running(settings.data)) {
    return Reached{nullptr, *running};
  } else if (running.error().code != ErrorCode::not_found) {
    return std::unexpected(running.error());
  }
  LK_TRY(journal, read_journal(options.data, std::nullopt));
  const bool dry = is_dry(options, settings.reporting_environment, journal.outlet.armed);
  if (!dry && settings.reporting_url.empty()) {
    return fail(ErrorCode::bad_configuration, "report submit",
                "reporting_url is not set: --config or LK_REPORTING_URL");
  }
  LK_TRY(own, service::Server::start(for_a_while(settings, dry)));
  auto url = "http://127.0.0.1:" + std::to_string(own->port());
  return Reached{std::move(own), std::move(url)};
}

void print_hard_findings(const ServiceClient& service, const std::string& tip) {
  const auto shown = service.get(tip);
  if (!shown) {
    return;
  }
  for (const auto& finding : (*shown)["lint"]["findings"]) {
    if (finding["severity"] == "hard") {
      print_note("must " + finding["rule"].get<std::string>() + ": " +
                 finding["why"].get<std::string>() + " -> " + finding["mend"].get<std::string>());
    }
  }
}

bool is_final(const std::string& state) {
  return state == "done" || state == "quarantined" || state == "retracted" || state == "stopped";
}

/// Queues it and follows it until it has ended or the time is over.
Result<ordered_json> submit_and_follow(const SubmitOptions& options, const ServiceClient& service,
                                       const ReportId& id) {
  const auto tip = "/api/v1/cases/" + id.hex() + "/tip";
  LK_TRY(outlet, service.get("/api/v1/reporting"));
  ordered_json wanted{{"dry_run", is_dry(options, outlet["environment"].get<std::string>(),
                                         outlet["armed"].get<bool>())}};
  if (options.override_reason) {
    wanted["override_reason"] = *options.override_reason;
  }
  auto now = service.post(tip + "/submissions", wanted);
  if (!now) {
    if (now.error().code == ErrorCode::report_incomplete) {
      print_hard_findings(service, tip);
    }
    return now;
  }
  const auto number = std::to_string((*now)["id"].get<std::uint64_t>());
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(options.wait_seconds);
  std::string told;
  while (!is_final((*now)["state"].get<std::string>())) {
    if (std::chrono::steady_clock::now() >= until) {
      print_note("still under way; the service goes on: lightkeeper report status");
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    now = service.get("/api/v1/submissions/" + number);
    if (!now) {
      return now;
    }
    if (const auto& problem = (*now)["problem"]; problem.is_string() && problem != told) {
      told = problem.get<std::string>();
      print_note(told);
    }
  }
  return now;
}

int exit_of(const std::string& state) {
  if (state == "done") {
    return 0;
  }
  if (state == "stopped") {
    return describe(ErrorCode::bad_configuration).exit_code;
  }
  return state == "quarantined" || state == "retracted" ? kWaitsForAPerson
                                                        : describe(ErrorCode::timed_out).exit_code;
}

int submit_case(const SubmitOptions& options) {
  const auto id = ReportId::from_hex(options.what);
  if (!id) {
    return print_error(options.what, Error(ErrorCode::bad_argument, "report submit",
                                           "with --data this is a case's id: 32 hexadecimal "
                                           "digits"));
  }
  if (options.staff.name.empty()) {
    return print_error(Error(ErrorCode::bad_argument, "report submit",
                             "a member of staff submits: --as and --password-file"));
  }
  if (!options.out.empty()) {
    return print_error(Error(ErrorCode::bad_argument, "report submit",
                             "--out belongs to the rehearsal of a case file"));
  }
  const auto password = read_password(options.staff.password_file);
  if (!password) {
    return print_error(options.staff.password_file, password.error());
  }
  const auto reached = reach(options);
  if (!reached) {
    return print_error(options.data, reached.error());
  }
  const auto service = ServiceClient::sign_in(reached->url, options.staff.name, *password);
  if (!service) {
    return print_error(options.staff.name, service.error());
  }
  const auto ended = submit_and_follow(options, *service, *id);
  if (!ended) {
    print_error(options.what, ended.error());
    return ended.error().code == ErrorCode::report_incomplete
               ? kFindings
               : describe(ended.error().code).exit_code;
  }
  const auto state = (*ended)["state"].get<std::string>();
  if (options.json) {
    print_json(*ended);
  } else {
    const bool dry = (*ended)["dry_run"].get<bool>();
    const auto& report = (*ended)["report_id"];
    print_line(std::to_string((*ended)["id"].get<std::uint64_t>()) + "  " + state +
               (dry ? "  dry run: nothing was sent" : "") +
               (report.is_string() && !dry ? "  report " + report.get<std::string>() : ""));
  }
  return exit_of(state);
}

Result<Journal> read_status(const SubmitOptions& options) {
  std::optional<ReportId> of_case;
  if (!options.of_case.empty()) {
    LK_TRY(id, ReportId::from_hex(options.of_case));
    of_case = id;
  }
  return read_journal(options.data, of_case);
}

int status(const SubmitOptions& options) {
  const auto found = read_status(options);
  if (!found) {
    return print_error(options.data, found.error());
  }
  if (options.json) {
    auto list = ordered_json::array();
    for (const auto& one : found->submissions) {
      auto shown = routes::submission_json(one);
      shown.erase("steps");
      shown.erase("receipt");
      list.push_back(std::move(shown));
    }
    auto alarms = ordered_json::array();
    for (const auto& alarm : found->outlet.alarms) {
      alarms.push_back(
          {{"code", alarm.code}, {"since_ms", alarm.since.value}, {"words", alarm.words}});
    }
    print_json({{"kill_switch", found->outlet.kill_switch},
                {"stopped", found->outlet.stopped},
                {"armed", found->outlet.armed},
                {"queue", found->outlet.queue},
                {"alarms", std::move(alarms)},
                {"submissions", std::move(list)}});
    return 0;
  }
  for (const auto& one : found->submissions) {
    print_line(std::to_string(one.number) + "  " + one.of_case.hex().substr(0, 8) + "  " +
               std::string(name_of(one.environment)) + (one.dry_run ? " dry run  " : "  ") +
               std::string(name_of(one.state)) +
               (one.report_id ? "  report " + *one.report_id : "") +
               (one.problem.empty() ? "" : "  " + one.problem));
  }
  if (found->submissions.empty()) {
    print_line("No reports have been queued.");
  }
  for (const auto& alarm : found->outlet.alarms) {
    print_note(alarm.code + ": " + alarm.words);
  }
  return 0;
}

}  // namespace

void add_report_submit_command(CLI::App& root, int& exit_code) {
  auto* report = root.get_subcommand("report");
  const auto options = std::make_shared<SubmitOptions>();
  auto* submit = report->add_subcommand(
      "submit", "Submit a case of a service, or rehearse it from a case file");
  submit->add_option("case", options->what, "With --data a case's id; else a case file")
      ->required()
      ->type_name("CASE");
  submit->add_option("--data", options->data, "The folder of the service that has the case")
      ->type_name("DIR");
  add_staff_options(*submit, options->staff, false);
  submit
      ->add_option("--config", options->config,
                   "The service's settings in TOML, if it does not run already")
      ->type_name("FILE");
  auto* dry = submit->add_flag("--dry-run", options->dry_run, "Everything but the network");
  submit
      ->add_flag("--send", options->send,
                 "Send it; without this only armed production sends, and all else is a dry run")
      ->excludes(dry);
  submit
      ->add_option("--override-reason", options->override_reason,
                   "Why it is submitted although findings block it; kept with the report")
      ->type_name("TEXT");
  submit->add_option("--wait", options->wait_seconds, "How long to follow it; 0: only queue it")
      ->capture_default_str()
      ->type_name("SECONDS");
  submit->add_option("--out", options->out, "Folder for the documents of a rehearsed case file")
      ->type_name("DIR");
  submit->add_flag("--json", options->json, "One JSON object on standard output");
  submit->footer(
      "A service that runs on the folder does it; without one, this command is that service for as "
      "long as it takes.\n"
      "Exit status: 0 done, 1 findings block it, 3 it waits for a person; else as errors have it.\n"
      "Examples:\n"
      "  lightkeeper report submit CASE.json --dry-run --out documents\n"
      "  lightkeeper report submit --data /var/lib/lightkeeper --as lena --password-file FILE "
      "CASE");
  submit->callback([options, &exit_code] {
    exit_code = options->data.empty() ? rehearse(*options) : submit_case(*options);
  });
  auto* shown = report->add_subcommand("status", "What a service has sent, and what is under way");
  shown->add_option("--data", options->data, "The service's folder")->required()->type_name("DIR");
  shown->add_option("--case", options->of_case, "Of one case only")->type_name("ID");
  shown->add_flag("--json", options->json, "One JSON object on standard output");
  shown->callback([options, &exit_code] { exit_code = status(*options); });
}

}  // namespace lightkeeper::cli
