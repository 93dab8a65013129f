// lightkeeper report: a case file as report, as lint findings, as what an investigator sees. Verbs
// that need a service (submit, status) live in files of their own and find this noun.
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "files.hpp"
#include "key_files.hpp"
#include "output.hpp"
#include "service/reporting/outlets.hpp"
#include "service/reporting/tip.hpp"
#include "service/reporting/xsd.hpp"

namespace lightkeeper::cli {
namespace {

constexpr int kFindings = 1;
constexpr int kUnreadable = 2;

struct ReportOptions {
  std::string file;
  std::string outlet = "ncmec";
  std::string xsd;
  std::string event_key;
  std::uint64_t report_id = 0;
  bool json = false;
  bool preview = false;
};

void print_text(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

Result<reporting::CaseFile> read_case(const std::string& path) {
  LK_TRY(bytes, read_file(path, reporting::kMaxCaseFile));
  return reporting::parse_case_file(bytes);
}

Result<reporting::RenderSettings> settings_of(const ReportOptions& options) {
  reporting::RenderSettings settings;
  if (!options.event_key.empty()) {
    LK_TRY(key, read_verifying_key(options.event_key));
    settings.event_key = key;
  }
  return settings;
}

struct Documents {
  Bytes report;
  std::vector<std::pair<std::uint32_t, Bytes>> files;
};

Result<Documents> render_documents(const ReportOptions& options, const reporting::CaseFile& file,
                                   const reporting::RenderSettings& settings) {
  LK_TRY(report, reporting::render_report(file, settings));
  Documents out{std::move(report), {}};
  for (const auto& item : file.files) {
    if (!item.available) {
      print_note("file " + std::to_string(item.item) +
                 " cannot be uploaded, so it has no document");
      continue;
    }
    LK_TRY(details, reporting::render_file_details(file, item.item, options.report_id,
                                                   "item-" + std::to_string(item.item), settings));
    out.files.emplace_back(item.item, std::move(details));
  }
  return out;
}

// Every fault on a line of its own; the first one is the error.
Status check_by_xsd(const Documents& documents, const std::string& path) {
  LK_TRY(xsd, read_file(path, reporting::kMaxXsd));
  std::vector<reporting::Fault> all;
  LK_TRY(faults, reporting::validate_by_xsd(documents.report, xsd));
  all = std::move(faults);
  for (const auto& [item, bytes] : documents.files) {
    LK_TRY(more, reporting::validate_by_xsd(bytes, xsd));
    all.insert(all.end(), more.begin(), more.end());
  }
  for (const auto& fault : all) {
    print_note("by " + path + ", at " + fault.path + ": " + fault.why);
  }
  if (!all.empty()) {
    return fail(ErrorCode::report_invalid, "report.xsd",
                std::to_string(all.size()) + " faults by the schema file");
  }
  return {};
}

Status render_for_ncmec(const ReportOptions& options, const reporting::CaseFile& file,
                        const reporting::RenderSettings& settings) {
  LK_TRY(documents, render_documents(options, file, settings));
  if (!options.xsd.empty()) {
    LK_CHECK_OK(check_by_xsd(documents, options.xsd));
  }
  if (!options.json) {
    print_text(as_text(documents.report));
    for (const auto& [item, bytes] : documents.files) {
      print_text(as_text(bytes));
    }
    return {};
  }
  auto details = nlohmann::ordered_json::array();
  for (const auto& [item, bytes] : documents.files) {
    details.push_back({{"item", item}, {"xml", as_text(bytes)}});
  }
  print_json({{"report", as_text(documents.report)}, {"file_details", std::move(details)}});
  return {};
}

Status render(const ReportOptions& options) {
  LK_TRY(file, read_case(options.file));
  LK_TRY(settings, settings_of(options));
  if (options.outlet == "ncmec") {
    return render_for_ncmec(options, file, settings);
  }
  const auto outlet = options.outlet == "nca"     ? reporting::Outlet::nca
                      : options.outlet == "dsa18" ? reporting::Outlet::dsa18
                                                  : reporting::Outlet::abuse_site;
  LK_TRY(document, reporting::render_outlet(file, outlet, settings));
  print_text(options.json ? document.json : document.html);
  return {};
}

void print_score(const char* name, const reporting::Score& score) {
  print_line(std::string(name) + ": " + std::to_string(score.score) + " of 100");
  for (const auto& part : score.parts) {
    print_line("  " + std::to_string(part.points) +
               (part.of > 0 ? " of " + std::to_string(part.of) : std::string()) + "  " + part.code +
               ": " + part.why);
  }
}

void print_findings(const std::vector<reporting::LintFinding>& findings) {
  for (const auto& one : findings) {
    print_line(std::string(one.severity == reporting::Severity::hard ? "must  " : "should ") +
               one.rule + "  " + (one.field.empty() ? "(whole report)" : one.field));
    print_line("        " + one.why);
    print_line("        -> " + one.mend);
  }
}

Result<int> lint(const ReportOptions& options) {
  LK_TRY(file, read_case(options.file));
  LK_TRY(settings, settings_of(options));
  const auto result = reporting::lint(file, {settings, false});
  if (options.json) {
    auto document = nlohmann::ordered_json::parse(reporting::lint_document(result));
    print_json(document);
  } else {
    print_findings(result.findings);
    print_score("Completeness", result.completeness);
    print_score("Rescue priority", result.rescue);
  }
  if (options.preview && !options.json) {
    if (const auto view = reporting::investigator_view(file, settings)) {
      print_line("\nWhat an investigator sees first");
      print_text(reporting::view_text(*view));
    } else {
      print_note("there is no report to preview yet");
    }
  }
  return result.findings.empty() ? 0 : kFindings;
}

}  // namespace

void add_report_command(CLI::App& root, int& exit_code) {
  auto* report = root.add_subcommand("report", "Reports of cases to hotlines and authorities");
  report->require_subcommand(1);
  const auto options = std::make_shared<ReportOptions>();
  const auto take_case = [&options](CLI::App* verb) {
    verb->add_option("case", options->file, "A case file (\"-\": standard input)")
        ->required()
        ->type_name("CASE.json");
    verb->add_option("--event-key", options->event_key,
                     "The review key to trust, instead of those that the case file names")
        ->type_name("KEY.pub");
    verb->add_flag("--json", options->json, "JSON on standard output");
  };

  auto* rendered =
      report->add_subcommand("render", "Print the report of a case, then the details of each file");
  take_case(rendered);
  rendered->add_option("--outlet", options->outlet, "Where it goes: ncmec, nca, dsa18, abuse_site")
      ->check(CLI::IsMember({"ncmec", "nca", "dsa18", "abuse_site"}))
      ->capture_default_str()
      ->type_name("OUTLET");
  rendered->add_option("--xsd", options->xsd, "Check against this schema file as well")
      ->type_name("FILE");
  rendered->add_option("--report-id", options->report_id, "Number of the report in the details")
      ->capture_default_str();
  rendered->callback([options, &exit_code] {
    const Status status = render(*options);
    exit_code = status ? 0 : print_error(options->file, status.error());
  });

  auto* linted = report->add_subcommand(
      "lint", "Say what a report lacks, and how complete and how urgent it is");
  take_case(linted);
  linted->add_flag("--preview", options->preview, "Show what an investigator sees first");
  linted->footer("Exit status: 0 nothing found, 1 findings, 2 the case file cannot be read.");
  linted->callback([options, &exit_code] {
    const auto status = lint(*options);
    if (status) {
      exit_code = *status;
    } else {
      print_error(options->file, status.error());
      exit_code = kUnreadable;
    }
  });

  auto* schema = report->add_subcommand("schema", "Print the JSON Schema of case files");
  schema->callback([] { print_text(reporting::case_file_schema()); });
}

}  // namespace lightkeeper::cli
