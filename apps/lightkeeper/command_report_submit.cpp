// lightkeeper report submit | status: a rehearsal of a report from its case file, and what the
// journal of a service says of those that were sent.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "core/crypto/crypto.hpp"
#include "files.hpp"
#include "output.hpp"
#include "service/reporting/lint.hpp"
#include "service/routes/submission_api.hpp"
#include "service/server/data_folder.hpp"
#include "service/server/reporting_outlet.hpp"
#include "service/store/files.hpp"
#include "service/store/system_clock.hpp"

namespace lightkeeper::cli {
namespace {

using nlohmann::ordered_json;

constexpr int kFindings = 1;
constexpr std::size_t kShown = 1000;

struct SubmitOptions {
  std::string file, out, data, of_case;
  bool dry_run = false;
  bool json = false;
};

/// Everything that a submission does, up to the first byte that would be sent.
int rehearse(const SubmitOptions& options) {
  if (!options.dry_run) {
    return print_error(
        Error(ErrorCode::bad_argument, "report submit",
              "a report is sent by a running service, after two people have looked at it; here: "
              "--dry-run"));
  }
  const auto case_file = read_file(options.file, reporting::kMaxCaseFile);
  if (!case_file) {
    return print_error(options.file, case_file.error());
  }
  const auto parsed = reporting::parse_case_file(*case_file);
  if (!parsed) {
    return print_error(options.file, parsed.error());
  }
  const auto host = service::outlet_host({});
  const auto files = host.files(*case_file);
  const auto report =
      files ? host.render_report(*case_file) : Result<Bytes>(std::unexpected(files.error()));
  if (!report) {
    return print_error(options.file, report.error());
  }
  std::vector<std::pair<std::string, Bytes>> documents{{"report.xml", *report}};
  auto listed = ordered_json::array();
  for (const auto& file : *files) {
    auto details = host.render_file_details(*case_file, file.item, "0",
                                            "dry-run-" + std::to_string(file.item));
    if (!details) {
      return print_error(options.file, details.error());
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
                 " that do not: lightkeeper report lint " + options.file);
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

Result<Journal> read_status(const SubmitOptions& options) {
  store::SystemClock clock;
  crypto::SystemRng rng;
  NoKeys keys;
  std::optional<ReportId> of_case;
  if (!options.of_case.empty()) {
    LK_TRY(id, ReportId::from_hex(options.of_case));
    of_case = id;
  }
  LK_TRY(folder, service::open_data_folder(options.data, service::IfAbsent::refuse, clock, rng));
  LK_TRY(sender, submission::Sender::make(*folder.database, clock, rng, keys, {},
                                          service::outlet_host({})));
  Journal out;
  LK_TRY(submissions, sender->list(of_case, kShown));
  LK_TRY(outlet, sender->outlet());
  out.submissions = std::move(submissions);
  out.outlet = std::move(outlet);
  return out;
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
  auto* submit = report->add_subcommand("submit", "Rehearse a submission; sends nothing");
  submit->add_option("file", options->file, "The case file")->required()->type_name("CASE.json");
  submit->add_flag("--dry-run", options->dry_run, "Everything but the network");
  submit->add_option("--out", options->out, "Folder for the documents")->type_name("DIR");
  submit->add_flag("--json", options->json, "One JSON object on standard output");
  submit->callback([options, &exit_code] { exit_code = rehearse(*options); });
  auto* shown = report->add_subcommand("status", "What a service has sent, and what is under way");
  shown->add_option("--data", options->data, "The service's folder")->required()->type_name("DIR");
  shown->add_option("--case", options->of_case, "Of one case only")->type_name("ID");
  shown->add_flag("--json", options->json, "One JSON object on standard output");
  shown->callback([options, &exit_code] { exit_code = status(*options); });
}

}  // namespace lightkeeper::cli
