// lightkeeper-hotline: a stand-in for a reporting API, on this machine, for tests of anybody's
// sender. README.md has examples.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "hotline.hpp"

namespace lightkeeper::hotline {
namespace {

int run(const Options& options, const sigset_t& ends) {
  auto hotline = Hotline::start(options);
  if (!hotline) {
    std::fprintf(stderr, "lightkeeper-hotline: %s\n", hotline.error().detail.c_str());
    return describe(hotline.error().code).exit_code;
  }
  std::printf("{\"url\":\"%s\",\"page\":\"http://127.0.0.1:%u/\"}\n", (*hotline)->url().c_str(),
              static_cast<unsigned>((*hotline)->port()));
  std::fflush(stdout);
  int which = 0;
  sigwait(&ends, &which);
  (*hotline)->stop();
  return 0;
}

}  // namespace
}  // namespace lightkeeper::hotline

int main(int argc, char** argv) {
  using namespace lightkeeper;
  hotline::Options options;
  options.port = 8090;
  std::string schema_file;
  CLI::App app(
      "A stand-in for a reporting API, on this machine only. Nothing that arrives leaves it.",
      "lightkeeper-hotline");
  app.add_option("--port", options.port, "Port on 127.0.0.1; 0 takes any free one (default 8090)");
  app.add_option("--user", options.user, "User of HTTP Basic (default tester)");
  app.add_option("--password", options.password, "Password of HTTP Basic (default tester)");
  app.add_option("--base", options.base, "Path before the addresses of the API (default /ispws)");
  app.add_option("--xsd", schema_file, "What /xsd gives (default: a placeholder that says so)")
      ->check(CLI::ExistingFile);
  app.add_option("--fault", options.faults,
                 "ENDPOINT:KIND[=VALUE][:WHEN], may be given many times; see README.md");
  app.add_option("--seed", options.seed, "Seed of the faults (default 1)");
  app.add_option("--clock-factor", options.clock_factor,
                 "Time runs this many times as fast (default 1)");
  app.add_option("--max-upload", options.max_upload, "Largest file in bytes (default 268435456)");
  // Before any thread starts, so that all of them leave these signals to sigwait().
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  try {
    app.parse(argc, argv);
    if (!schema_file.empty()) {
      std::ifstream in(schema_file, std::ios::binary);
      options.schema.assign(std::istreambuf_iterator<char>(in), {});
    }
    return hotline::run(options, ends);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const std::exception&) {
    std::fprintf(stderr, "lightkeeper-hotline: could not start\n");
    return 70;
  }
}
