// lightkeeper keeper: one of the three keepers of the private match.
#include <csignal>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "files.hpp"
#include "keeper/process/keeper.hpp"
#include "key_files.hpp"
#include "output.hpp"
#include "wall_clock.hpp"

namespace lightkeeper::cli {
namespace {

struct InitOptions {
  std::string folder;
  unsigned index = 0;
  std::string url;
  std::string link;
  bool json = false;
};

int run_init(const InitOptions& options) {
  if (const auto ready = crypto::initialise(); !ready) {
    return print_error(ready.error());
  }
  crypto::SystemRng rng;
  const auto card = keeper::KeeperFolder::create(
      options.folder, static_cast<std::uint8_t>(options.index), options.url, options.link, rng);
  if (!card) {
    return print_error(options.folder, card.error());
  }
  const std::string card_file = options.folder + "/card.json";
  if (options.json) {
    print_json({{"index", options.index}, {"card", card_file}});
  } else {
    print_note("card written to " + card_file +
               ": give it to the other two keepers; the rest is secret");
  }
  return 0;
}

struct RunOptions {
  std::string folder;
  std::string list;
  std::string trust;
  std::vector<std::string> cards;
  std::string listen;
  std::string link_listen;
  bool behind_trusted_proxy = false;
  bool json = false;
};

/// host:port of an http(s) URL.
std::string address_in(const std::string& url) {
  const auto start = url.find("://");
  std::string address = start == std::string::npos ? url : url.substr(start + 3);
  address.resize(std::min(address.find('/'), address.size()));
  if (address.find(':') == std::string::npos) {
    address += url.starts_with("https") ? ":443" : ":80";
  }
  return address;
}

Result<keeper::Keeper::Options> keeper_options(const RunOptions& options) {
  keeper::Keeper::Options out;
  out.folder = options.folder;
  out.behind_trusted_proxy = options.behind_trusted_proxy;
  LK_TRY(trusted, read_verifying_key(options.trust));
  out.trusted = trusted;
  LK_TRY(list, read_file(options.list, lists::kMaxListFile));
  out.list_file = std::move(list);
  if (options.cards.size() != match::kKeepers) {
    return fail(ErrorCode::bad_argument, "keeper.cards", "three cards are needed");
  }
  for (std::size_t i = 0; i < match::kKeepers; ++i) {
    LK_TRY(text, read_file(options.cards[i], 16 * 1024));
    LK_TRY(card, keeper::card_from_json_text(as_text(text)));
    out.cards[i] = std::move(card);
  }
  LK_TRY(folder, keeper::KeeperFolder::open(options.folder));
  const match::KeeperCard& own = folder.card().card;
  out.listen = options.listen.empty() ? address_in(own.url) : options.listen;
  out.link_listen = options.link_listen.empty() ? own.link : options.link_listen;
  return out;
}

int run_keeper(const RunOptions& options) {
  if (const auto ready = crypto::initialise(); !ready) {
    return print_error(ready.error());
  }
  // Before any thread starts, so that only sigwait() below ever gets them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  auto prepared = keeper_options(options);
  if (!prepared) {
    return print_error(prepared.error());
  }
  WallClock clock;
  auto running = keeper::Keeper::start(*std::move(prepared), clock);
  if (!running) {
    return print_error(running.error());
  }
  if (options.json) {
    print_json({{"event", "listening"}, {"port", (*running)->port()}});
  } else {
    print_note("listening on port " + std::to_string((*running)->port()));
  }
  int signal = 0;
  sigwait(&signals, &signal);
  print_note("stopping");
  (*running)->stop();
  return 0;
}

}  // namespace

void add_keeper_command(CLI::App& root, int& exit_code) {
  auto* keeper = root.add_subcommand("keeper", "Be one of the three keepers of the private match");
  keeper->require_subcommand(1);
  keeper->footer(
      "Three keepers belong to three parties. Each makes its folder and gives its card to the "
      "others:\n"
      "  lightkeeper keeper init --dir k0 --index 0 --url https://k0.example --link "
      "k0.example:7400\n"
      "  lightkeeper keeper run --dir k0 --list drawn.lklist --trust org.pub --cards "
      "k0/card.json,c1.json,c2.json\n"
      "Then the publisher of the list signs what all three built alike:\n"
      "  lightkeeper list manifest --list drawn.lklist --keepers URL0,URL1,URL2 --key org.key "
      "--out drawn.manifest");

  const auto init = std::make_shared<InitOptions>();
  auto* init_command =
      keeper->add_subcommand("init", "Make a keeper's folder: secrets, and a card for the others");
  init_command->add_option("--dir", init->folder, "The folder to make")
      ->required()
      ->type_name("DIR");
  init_command->add_option("--index", init->index, "Which keeper this is")
      ->required()
      ->check(CLI::Range(0, 2));
  init_command->add_option("--url", init->url, "Where devices reach it")
      ->required()
      ->type_name("URL");
  init_command->add_option("--link", init->link, "Where the other keepers reach it")
      ->required()
      ->type_name("HOST:PORT");
  init_command->add_flag("--json", init->json, "One JSON object on standard output");
  init_command->callback([init, &exit_code] { exit_code = run_init(*init); });

  const auto run = std::make_shared<RunOptions>();
  auto* run_command = keeper->add_subcommand("run", "Run a keeper until SIGINT or SIGTERM");
  run_command->add_option("--dir", run->folder, "The keeper's folder")
      ->required()
      ->type_name("DIR");
  run_command->add_option("--list", run->list, "The signed hash list")
      ->required()
      ->type_name("FILE");
  run_command->add_option("--trust", run->trust, "Verifying key of the list's publisher")
      ->required()
      ->type_name("KEYFILE");
  run_command->add_option("--cards", run->cards, "The cards of keepers 0, 1 and 2")
      ->required()
      ->delimiter(',')
      ->type_name("A,B,C");
  run_command->add_option("--listen", run->listen, "HTTP address, if not the one in its URL")
      ->type_name("ADDR:PORT");
  run_command
      ->add_option("--link-listen", run->link_listen,
                   "Address for the other keepers, if not the card's")
      ->type_name("ADDR:PORT");
  run_command->add_flag("--behind-trusted-proxy", run->behind_trusted_proxy,
                        "Allow a public HTTP address: something in front of it speaks TLS");
  run_command->add_flag("--json", run->json, "One JSON object on standard output when it listens");
  run_command->callback([run, &exit_code] { exit_code = run_keeper(*run); });
}

}  // namespace lightkeeper::cli
