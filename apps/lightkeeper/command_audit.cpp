// lightkeeper audit: the audit log, taken out of its service and checked without it.
#include <memory>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "core/crypto/crypto.hpp"
#include "output.hpp"
#include "service/accountability/export_file.hpp"
#include "service/server/data_folder.hpp"
#include "service/store/files.hpp"
#include "service/store/system_clock.hpp"
#include "service_options.hpp"

namespace lightkeeper::cli {
namespace {

constexpr int kTampered = 1;
constexpr int kUnreadable = 2;

struct AuditOptions {
  std::string data, file, out, key, since;
  bool json = false;
};

int unreadable(std::string_view subject, const Error& error) {
  (void)print_error(subject, error);
  return kUnreadable;
}

/// A key as text, or the name of a file that holds it.
Result<log::VerifierKey> read_key(const std::string& key) {
  if (auto parsed = log::VerifierKey::from_text(key)) {
    return parsed;
  }
  LK_TRY(text, store::read_file(key, log::kMaxNote));
  return log::VerifierKey::from_text(as_text(text));
}

struct Checked {
  log::VerifierKey key;
  accountability::Verified verified;
};

Result<Checked> check_file(const AuditOptions& options, std::optional<log::VerifierKey> key,
                           const std::vector<accountability::Brought>& brought) {
  LK_TRY(bytes, store::read_file(options.file, accountability::kMaxExport));
  LK_TRY(exported, accountability::parse_export(bytes));
  const auto trusted = key ? *key : exported.key;
  return Checked{trusted, accountability::verify_export(exported, trusted, brought)};
}

Result<Checked> check_data(const AuditOptions& options, std::optional<log::VerifierKey> key,
                           std::vector<accountability::Brought> brought) {
  // Not open_data_folder(): that makes keys that are missing, and one who checks makes nothing.
  const std::filesystem::path data = options.data;
  if (!std::filesystem::exists(data / "service.db")) {
    return fail(ErrorCode::not_found, "audit", "there is no service.db in this folder");
  }
  if (!key) {
    LK_TRY(kept, read_key((data / "audit" / "log.pub").string()));
    key = kept;
  }
  const auto checkpoint = store::read_file(data / "audit" / "checkpoint", log::kMaxNote);
  if (checkpoint) {
    brought.push_back({"the kept checkpoint", std::string(as_text(*checkpoint))});
  }
  store::SystemClock clock;
  LK_TRY(database,
         store::Database::open(data / "service.db", store::service_migrations(), clock.now()));
  LK_TRY(verified, accountability::verify_log(*database, *key, brought));
  return Checked{*key, std::move(verified)};
}

int verify(const AuditOptions& options) {
  if (const auto ready = crypto::initialise(); !ready) {
    return unreadable("audit", ready.error());
  }
  if (options.data.empty() == options.file.empty()) {
    print_note("name an exported file, or a service's folder with --data");
    return kUnreadable;
  }
  std::optional<log::VerifierKey> key;
  if (!options.key.empty()) {
    const auto pinned = read_key(options.key);
    if (!pinned) {
      return unreadable("--key", pinned.error());
    }
    key = *pinned;
  }
  std::vector<accountability::Brought> brought;
  if (!options.since.empty()) {
    const auto older = store::read_file(options.since, log::kMaxNote);
    if (!older) {
      return unreadable(options.since, older.error());
    }
    brought.push_back({"the older checkpoint", std::string(as_text(*older))});
  }
  const auto checked =
      options.data.empty() ? check_file(options, key, brought) : check_data(options, key, brought);
  if (!checked) {
    return unreadable(options.data.empty() ? options.file : options.data, checked.error());
  }
  const auto& [used, verified] = *checked;
  const bool whole = verified.findings.empty();
  if (options.json) {
    auto findings = nlohmann::ordered_json::array();
    for (const auto& finding : verified.findings) {
      findings.push_back({{"kind", accountability::name_of(finding.kind)},
                          {"entry", finding.entry == 0 ? nlohmann::ordered_json(nullptr)
                                                       : nlohmann::ordered_json(finding.entry)},
                          {"words", finding.words}});
    }
    print_json({{"verified", whole},
                {"key", used.text()},
                {"key_pinned", key.has_value()},
                {"entries", verified.entries},
                {"checkpoints", verified.checkpoints},
                {"root_b64", to_base64url(verified.root)},
                {"findings", findings}});
  } else {
    for (const auto& finding : verified.findings) {
      print_line(finding.words);
    }
    print_note(whole ? std::to_string(verified.entries) + " entries, as they were signed"
                     : "the log was changed");
    if (!key) {
      print_note("the key came with the log; name one you know with --key");
    }
  }
  return whole ? 0 : kTampered;
}

int export_log(const AuditOptions& options) {
  store::SystemClock clock;
  crypto::SystemRng rng;
  auto folder = open_folder(options.data, {}, clock, rng);
  if (!folder) {
    return print_error(options.data, folder.error());
  }
  if (const auto noted =
          folder->audit_log->record({"audit.export", std::nullopt, "", "by the command line"});
      !noted) {
    return print_error(options.data, noted.error());
  }
  const auto file = folder->audit_log->export_file();
  if (!file) {
    return print_error(options.data, file.error());
  }
  if (std::filesystem::exists(options.out)) {
    return print_error(options.out, Error(ErrorCode::already_exists, "audit"));
  }
  if (const auto written = store::write_durably(options.out, *file); !written) {
    return print_error(options.out, written.error());
  }
  const auto key = folder->audit_log->key().text();
  if (options.json) {
    print_json({{"file", options.out}, {"bytes", file->size()}, {"key", key}});
  } else {
    print_line(key);
    print_note("written; the line above is the key that lightkeeper audit verify wants");
  }
  return 0;
}

int show(const AuditOptions& options, bool checkpoint) {
  store::SystemClock clock;
  crypto::SystemRng rng;
  auto folder = open_folder(options.data, {}, clock, rng);
  if (!folder) {
    return print_error(options.data, folder.error());
  }
  const auto key = folder->audit_log->key().text();
  if (!checkpoint) {
    if (options.json) {
      print_json({{"key", key}});
    } else {
      print_line(key);
    }
    return 0;
  }
  const auto note = folder->audit_log->checkpoint();
  if (!note) {
    return print_error(options.data, note.error());
  }
  if (options.json) {
    print_json({{"key", key}, {"checkpoint", *note}});
  } else {
    print_line(note->substr(0, note->size() - 1));  // the line's end is print_line's
  }
  return 0;
}

void add_data(CLI::App& command, const std::shared_ptr<AuditOptions>& options) {
  command.add_option("--data", options->data, "The service's folder")->required()->type_name("DIR");
  command.add_flag("--json", options->json, "One JSON object on standard output");
}

}  // namespace

void add_audit_command(CLI::App& root, int& exit_code) {
  const auto options = std::make_shared<AuditOptions>();
  auto* command = root.add_subcommand("audit", "Take out and check the audit log of a service");
  command->require_subcommand(1);
  auto* check = command->add_subcommand(
      "verify", "Find what was changed in an audit log; 0 nothing, 1 something, 2 cannot be read");
  check->add_option("file", options->file, "An exported log")->type_name("FILE");
  check->add_option("--data", options->data, "A service's folder instead")->type_name("DIR");
  check
      ->add_option("--key", options->key,
                   "The log's public key, as text or in a file; one that you have from elsewhere")
      ->type_name("KEY");
  check->add_option("--since", options->since, "A checkpoint from before, in a file")
      ->type_name("FILE");
  check->add_flag("--json", options->json, "One JSON object on standard output");
  check->callback([options, &exit_code] { exit_code = verify(*options); });
  auto* take = command->add_subcommand("export", "Write the whole log into one file");
  add_data(*take, options);
  take->add_option("--out", options->out, "A file that does not exist yet")
      ->required()
      ->type_name("FILE");
  take->callback([options, &exit_code] { exit_code = export_log(*options); });
  auto* key = command->add_subcommand("key", "Print the log's public key");
  add_data(*key, options);
  key->callback([options, &exit_code] { exit_code = show(*options, false); });
  auto* head = command->add_subcommand(
      "checkpoint", "Print a signed checkpoint of all entries so far, to keep elsewhere");
  add_data(*head, options);
  head->callback([options, &exit_code] { exit_code = show(*options, true); });
}

}  // namespace lightkeeper::cli
