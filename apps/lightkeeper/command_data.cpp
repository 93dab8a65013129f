// lightkeeper data: check and copy what a service keeps.
#include <memory>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "core/crypto/crypto.hpp"
#include "output.hpp"
#include "service/server/data_folder.hpp"
#include "service/store/system_clock.hpp"

namespace lightkeeper::cli {
namespace {

struct DataOptions {
  std::string data, to;
  bool json = false;
};

int verify(const DataOptions& options) {
  store::SystemClock clock;
  crypto::SystemRng rng;
  auto folder = service::open_data_folder(options.data, service::IfAbsent::refuse, clock, rng);
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

}  // namespace

void add_data_command(CLI::App& root, int& exit_code) {
  const auto options = std::make_shared<DataOptions>();
  auto* command = root.add_subcommand("data", "Check and copy what a service keeps");
  command->require_subcommand(1);
  auto* check =
      command->add_subcommand("verify", "Check database, pictures, sealed reports and decisions");
  check->add_option("--data", options->data, "The service's folder")->required()->type_name("DIR");
  check->add_flag("--json", options->json, "One JSON object on standard output");
  check->callback([options, &exit_code] { exit_code = verify(*options); });
  auto* copy = command->add_subcommand("backup",
                                       "Copy everything but the keys, also while the service runs");
  copy->add_option("--data", options->data, "The service's folder")->required()->type_name("DIR");
  copy->add_option("--to", options->to, "A folder that does not exist yet")
      ->required()
      ->type_name("DIR");
  copy->add_flag("--json", options->json, "One JSON object on standard output");
  copy->callback([options, &exit_code] { exit_code = back_up(*options); });
}

}  // namespace lightkeeper::cli
