// lightkeeper data: check and copy what a service keeps; the key that its evidence rests on.
#include <memory>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "core/crypto/crypto.hpp"
#include "output.hpp"
#include "service/server/wrapped_keys.hpp"
#include "service/store/system_clock.hpp"
#include "service_options.hpp"

namespace lightkeeper::cli {
namespace {

struct DataOptions {
  std::string data, to;
  evidence_keys::TokenSettings token;
  bool to_file = false;
  bool json = false;

  [[nodiscard]] bool has_token() const { return !token.module.empty(); }
};

int verify(const DataOptions& options) {
  store::SystemClock clock;
  crypto::SystemRng rng;
  auto folder = open_folder(options.data, options.token, clock, rng);
  if (!folder) {
    return print_error(options.data, folder.error());
  }
  const auto faults = service::verify_data_folder(*folder, clock, rng);
  if (!faults) {
    return print_error(options.data, faults.error());
  }
  if (options.json) {
    print_json({{"faults", *faults}});
  } else {
    for (const auto& fault : *faults) {
      print_line(fault);
    }
    print_note(faults->empty() ? "no fault found"
                               : std::to_string(faults->size()) + " faults found");
  }
  return faults->empty() ? 0 : describe(ErrorCode::storage_failed).exit_code;
}

int back_up(const DataOptions& options) {
  store::SystemClock clock;
  crypto::SystemRng rng;
  auto folder = service::open_data_folder(options.data, service::IfAbsent::refuse, clock, rng);
  if (!folder) {
    return print_error(options.data, folder.error());
  }
  if (const auto done = service::back_up(*folder, options.to); !done) {
    return print_error(options.to, done.error());
  }
  if (options.json) {
    print_json({{"backup", options.to}});
  } else {
    print_note(
        "copied; the folder keys/ is not in the copy: keep it in another place, evidence needs it");
  }
  return 0;
}

int make_key(const DataOptions& options) {
  crypto::SystemRng rng;
  auto made = crypto::initialise();
  if (made) {
    made = evidence_keys::make_token_key(options.token, rng);
  }
  if (!made) {
    return print_error(options.token.token, made.error());
  }
  if (options.json) {
    print_json({{"token", options.token.token}, {"key", options.token.key}});
  } else {
    print_note("made; it cannot leave the token, so back the token up by its own means");
  }
  return 0;
}

int rewrap(const DataOptions& options) {
  store::SystemClock clock;
  crypto::SystemRng rng;
  if (!options.to_file && !options.has_token()) {
    print_note("name the token to wrap under, or --to-file");
    return describe(ErrorCode::bad_argument).exit_code;
  }
  auto folder = open_folder(options.data, options.token, clock, rng);
  if (!folder) {
    return print_error(options.data, folder.error());
  }
  if (options.to_file && options.has_token()) {
    auto token = evidence_keys::token_key(options.token, rng);
    if (!token) {
      return print_error(options.token.token, token.error());
    }
    std::vector<std::unique_ptr<evidence_keys::WrappingKey>> others;
    others.push_back(*std::move(token));
    folder->wrapping = std::make_unique<evidence_keys::EvidenceKeys>(
        evidence_keys::file_key(folder->evidence_key, rng), std::move(others));
  }
  const auto done = evidence_keys::rewrap(
      *folder->database, *folder->wrapping, service::wrapped_columns(),
      service::audit_sink(*folder), [&](std::uint64_t so_far, std::uint64_t all) {
        if (!options.json && all > 1000) {
          print_note(std::to_string(so_far) + " of " + std::to_string(all));
        }
      });
  if (!done) {
    return print_error(options.data, done.error());
  }
  if (options.json) {
    print_json(
        {{"keys", done->keys}, {"wrapped_anew", done->anew}, {"did_not_open", done->closed}});
  } else {
    print_note(std::to_string(done->anew) + " of " + std::to_string(done->keys) +
               " keys wrapped anew");
    if (done->closed > 0) {
      print_note(std::to_string(done->closed) +
                 " did not open under any key that is at hand and were left as they are");
    }
  }
  return done->closed == 0 ? 0 : describe(ErrorCode::decryption_failed).exit_code;
}

}  // namespace

void add_data_command(CLI::App& root, int& exit_code) {
  const auto options = std::make_shared<DataOptions>();
  auto* command = root.add_subcommand("data", "Check and copy what a service keeps");
  command->require_subcommand(1);
  auto* check =
      command->add_subcommand("verify", "Check database, pictures, sealed reports and decisions");
  check->add_option("--data", options->data, "The service's folder")->required()->type_name("DIR");
  check->add_flag("--json", options->json, "One JSON object on standard output");
  add_token_options(*check, options->token, false);
  check->callback([options, &exit_code] { exit_code = verify(*options); });
  auto* copy = command->add_subcommand("backup",
                                       "Copy everything but the keys, also while the service runs");
  copy->add_option("--data", options->data, "The service's folder")->required()->type_name("DIR");
  copy->add_option("--to", options->to, "A folder that does not exist yet")
      ->required()
      ->type_name("DIR");
  copy->add_flag("--json", options->json, "One JSON object on standard output");
  copy->callback([options, &exit_code] { exit_code = back_up(*options); });
  auto* key = command->add_subcommand(
      "evidence-key", "Make the evidence key in a PKCS#11 token, never to leave it");
  add_token_options(*key, options->token, true);
  key->add_flag("--json", options->json, "One JSON object on standard output");
  key->callback([options, &exit_code] { exit_code = make_key(*options); });
  auto* anew = command->add_subcommand(
      "rewrap",
      "Wrap the keys of all cases anew, under a token or under the file; may be repeated");
  anew->add_option("--data", options->data, "The service's folder")->required()->type_name("DIR");
  add_token_options(*anew, options->token, false);
  anew->add_flag("--to-file", options->to_file,
                 "Under keys/evidence; name the token that they are wrapped under now");
  anew->add_flag("--json", options->json, "One JSON object on standard output");
  anew->callback([options, &exit_code] { exit_code = rewrap(*options); });
}

}  // namespace lightkeeper::cli
