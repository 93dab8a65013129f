// lightkeeper serve: the operator's service, until it is told to stop.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "output.hpp"
#include "service/server/server.hpp"
#include "service_options.hpp"

namespace lightkeeper::cli {
namespace {

struct ServeOptions {
  std::string config, data, address, port, public_url, epoch_dir, demo_dir, log_level;
  std::vector<std::string> keepers;
  bool demo = false;
  bool trusted_proxy = false;
  bool json = false;
  bool list_routes = false;
};

Result<service::Settings> settings_of(const ServeOptions& options) {
  LK_TRY(sources, setting_sources(options.config));
  service::SettingValues flags;
  const auto flag = [&](const char* name, const std::string& value) {
    if (!value.empty()) {
      flags[name] = value;
    }
  };
  std::string keepers;
  for (const auto& keeper : options.keepers) {
    keepers += (keepers.empty() ? "" : ",") + keeper;
  }
  flag("data", options.data);
  flag("address", options.address);
  flag("port", options.port);
  flag("public_url", options.public_url);
  flag("epoch_dir", options.epoch_dir);
  flag("demo_dir", options.demo_dir);
  flag("keepers", keepers);
  flag("log_level", options.log_level);
  flag("demo", options.demo ? "true" : "");
  flag("behind_trusted_proxy", options.trusted_proxy ? "true" : "");
  sources.push_back(std::move(flags));
  return service::make_settings(sources);
}

int serve(const ServeOptions& options) {
  // Before the first thread, so that all of them leave the signals to the wait below.
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGINT);
  sigaddset(&stop_signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);

  const auto settings = settings_of(options);
  if (!settings) {
    return print_error(settings.error());
  }
  const auto server = service::Server::start(*settings);
  if (!server) {
    return print_error(server.error());
  }
  if (options.list_routes) {
    for (const auto& route : (*server)->routes()) {
      print_line(route);
    }
    return EXIT_SUCCESS;
  }
  if (options.json) {
    print_json({{"event", "ready"}, {"url", (*server)->public_url()}, {"port", (*server)->port()}});
  } else {
    print_line("Lightkeeper serves at " + (*server)->public_url() + " (stop with Ctrl-C)");
  }
  std::fflush(stdout);
  int signal = 0;
  sigwait(&stop_signals, &signal);
  (*server)->stop();
  return EXIT_SUCCESS;
}

}  // namespace

void add_serve_command(CLI::App& root, int& exit_code) {
  const auto options = std::make_shared<ServeOptions>();
  auto* command =
      root.add_subcommand("serve", "Run the service of an operator: messenger, console and API");
  command
      ->add_option("--data", options->data, "Folder for database, files and keys (made if absent)")
      ->type_name("DIR");
  command
      ->add_option("--port", options->port, "Port on loopback, 0 for any free one (default 8080)")
      ->type_name("PORT");
  command->add_option("--config", options->config, "Settings in TOML; flags and LK_* variables win")
      ->type_name("FILE");
  command
      ->add_option("--public-url", options->public_url,
                   "Address under which browsers reach the service")
      ->type_name("URL");
  command->add_option("--address", options->address, "Address to listen on (default 127.0.0.1)")
      ->type_name("ADDRESS");
  command->add_flag("--behind-trusted-proxy", options->trusted_proxy,
                    "A proxy in front ends TLS; needed to leave loopback");
  command
      ->add_option("--epoch-dir", options->epoch_dir,
                   "Folder with manifest, tiles, leaves and list.pub")
      ->type_name("DIR");
  command
      ->add_option("--keepers", options->keepers,
                   "Addresses of the keepers, if not those of the manifest")
      ->delimiter(',')
      ->type_name("URL");
  command->add_flag("--demo", options->demo, "Say that this is a demo and offer its pictures");
  command
      ->add_option("--demo-dir", options->demo_dir,
                   "Folder with test-picture.png and harmless-picture.jpg")
      ->type_name("DIR");
  command->add_option("--log-level", options->log_level, "debug, info, warn, error or off")
      ->type_name("LEVEL");
  command->add_flag("--json", options->json, "One JSON object on standard output when ready");
  command->add_flag("--list-routes", options->list_routes, "Print every route and stop")->group("");
  command->footer(
      "Examples:\n"
      "  lightkeeper serve --data /var/lib/lightkeeper --public-url https://chat.example.org "
      "--behind-trusted-proxy\n"
      "  lightkeeper invite --data /var/lib/lightkeeper --role reviewer");
  command->callback([options, &exit_code] { exit_code = serve(*options); });
}

}  // namespace lightkeeper::cli
