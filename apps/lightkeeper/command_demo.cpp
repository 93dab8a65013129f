// lightkeeper demo: everything on this machine, to try it.
#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "child_processes.hpp"
#include "command.hpp"
#include "core/crypto/crypto.hpp"
#include "demo_material.hpp"
#include "files.hpp"
#include "http/http.hpp"
#include "output.hpp"
#include "service/server/server.hpp"

namespace lightkeeper::cli {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using nlohmann::ordered_json;

constexpr const char* kHome = "build/demo";
constexpr std::uint16_t kUsualPort = 8787;
constexpr std::uint16_t kPortsToTry = 100;
constexpr std::size_t kEpochFileLimit = 256U << 20;
constexpr auto kStartTime = 90s;

struct DemoOptions {
  std::string data = kHome;
  std::optional<std::uint16_t> port;
  std::string disclosure;
  bool no_browser = false;
  bool json = false;
};

struct DemoKeeper {
  fs::path folder;
  std::string url;
  std::string link;
};
using DemoKeepers = std::array<DemoKeeper, 3>;

/// A loopback port that nobody listens on, held until it is given back.
class HeldPort {
 public:
  explicit HeldPort(std::uint16_t wanted) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int yes = 1;
    ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(wanted);
    socklen_t size = sizeof address;
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    if (::bind(fd_, plain, size) == 0 && ::listen(fd_, 1) == 0 &&
        ::getsockname(fd_, plain, &size) == 0) {
      number_ = ntohs(address.sin_port);
    }
  }
  HeldPort(const HeldPort&) = delete;
  HeldPort& operator=(const HeldPort&) = delete;
  ~HeldPort() { ::close(fd_); }
  /// 0: the wanted one is taken.
  [[nodiscard]] std::uint16_t number() const { return number_; }

 private:
  int fd_;
  std::uint16_t number_ = 0;
};

bool is_free(std::uint16_t port) { return HeldPort(port).number() != 0; }

Result<std::uint16_t> service_port(std::optional<std::uint16_t> wanted) {
  if (wanted) {
    const std::uint16_t number = HeldPort(*wanted).number();
    return number != 0 ? Result<std::uint16_t>(number)
                       : fail(ErrorCode::unavailable, "demo.port",
                              "port " + std::to_string(*wanted) + " is taken");
  }
  for (std::uint16_t port = kUsualPort; port < kUsualPort + kPortsToTry; ++port) {
    if (is_free(port)) {
      return port;
    }
  }
  return fail(ErrorCode::unavailable, "demo.port", "no free port from 8787 on");
}

/// The port at the end of "http://127.0.0.1:7411" or "127.0.0.1:7412"; 0 if there is none.
std::uint16_t port_in(const std::string& address) {
  const auto number = std::strtoul(address.c_str() + address.rfind(':') + 1, nullptr, 10);
  return number > 65535 ? std::uint16_t{0} : static_cast<std::uint16_t>(number);
}

class Demo {
 public:
  Demo(DemoOptions options, fs::path data) : options_(std::move(options)), data_(std::move(data)) {}
  Demo(const Demo&) = delete;
  Demo& operator=(const Demo&) = delete;
  ~Demo() {
    remove_notes();
    if (lock_ >= 0) {
      ::close(lock_);
    }
  }

  /// Until it is asked to stop, or something has ended that should not.
  [[nodiscard]] Status run() {
    const Status ended = run_until_stopped();
    // What fails in a start that was cut short, fails because of that.
    if (!children_.asked_to_stop()) {
      return ended;
    }
    print_note("stopping");
    remove_notes();
    children_.stop();
    print_note("stopped; accounts and messages stay in " + data_.string());
    return {};
  }

 private:
  [[nodiscard]] Status run_until_stopped() {
    LK_CHECK_OK(prepare());
    LK_CHECK_OK(start_keepers());
    LK_CHECK_OK(publish_manifest());
    LK_CHECK_OK(start_service());
    if (!children_.asked_to_stop()) {
      LK_CHECK_OK(announce());
    }
    while (!children_.asked_to_stop()) {
      LK_CHECK_OK(children_.pause(1h));
    }
    return {};
  }

  [[nodiscard]] Status prepare() {
    std::error_code error;
    fs::create_directories(data_ / "log", error);
    fs::permissions(data_, fs::perms::owner_all, error);
    fs::create_directories(data_ / "epoch", error);
    lock_ = ::open((data_ / "demo.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (error || lock_ < 0) {
      return fail(ErrorCode::io_failed, "demo.folder", data_.string());
    }
    if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
      return fail(ErrorCode::conflict, "demo.folder", "another demo runs on " + data_.string());
    }
    for (const auto& path : note_paths()) {  // of a demo that was killed
      fs::remove(path, error);
    }
    LK_TRY(port, service_port(options_.port));
    url_ = "http://localhost:" + std::to_string(port);
    port_ = port;
    progress("Drawing 200 test pictures and signing the list");
    LK_TRY(material, make_demo_material(data_));
    material_ = std::move(material);
    return {};
  }

  /// Keepers keep their keys and addresses from one start to the next, unless a port is taken
  /// meanwhile.
  [[nodiscard]] Status find_keepers() {
    bool usable = true;
    for (std::size_t i = 0; i < keepers_.size(); ++i) {
      keepers_[i].folder = data_ / ("keeper-" + std::to_string(i));
      const auto text = read_file((keepers_[i].folder / "card.json").string(), 16 * 1024);
      const auto card = text ? ordered_json::parse(as_text(*text), nullptr, false) : ordered_json();
      keepers_[i].url = card.is_object() ? card.value("url", "") : "";
      keepers_[i].link = card.is_object() ? card.value("link", "") : "";
      usable = usable && port_in(keepers_[i].url) != 0 && port_in(keepers_[i].link) != 0 &&
               is_free(port_in(keepers_[i].url)) && is_free(port_in(keepers_[i].link));
    }
    if (usable) {
      return {};
    }
    std::array<std::optional<HeldPort>, 6> ports;
    for (auto& port : ports) {
      port.emplace(std::uint16_t{0});
    }
    for (std::size_t i = 0; i < keepers_.size(); ++i) {
      std::error_code ignored;
      fs::remove_all(keepers_[i].folder, ignored);
      keepers_[i].url = "http://127.0.0.1:" + std::to_string(ports[2 * i]->number());
      keepers_[i].link = "127.0.0.1:" + std::to_string(ports[2 * i + 1]->number());
      LK_CHECK_OK(
          children_.run("keeper init",
                        {"keeper", "init", "--dir", keepers_[i].folder.string(), "--index",
                         std::to_string(i), "--url", keepers_[i].url, "--link", keepers_[i].link},
                        data_ / "log" / "keeper-init.log"));
    }
    return {};
  }

  [[nodiscard]] Status start_keepers() {
    progress("Starting three keepers");
    LK_CHECK_OK(find_keepers());
    std::string cards;
    for (const auto& keeper : keepers_) {
      cards += (cards.empty() ? "" : ",") + (keeper.folder / "card.json").string();
    }
    for (std::size_t i = 0; i < keepers_.size() && !children_.asked_to_stop(); ++i) {
      const std::string name = "keeper-" + std::to_string(i);
      LK_CHECK_OK(children_.start(
          name,
          {"keeper", "run", "--dir", keepers_[i].folder.string(), "--list", material_.list.string(),
           "--trust", material_.verifying_key.string(), "--cards", cards},
          data_ / "log" / (name + ".log")));
    }
    return {};
  }

  [[nodiscard]] Status publish_manifest() {
    if (children_.asked_to_stop()) {
      return {};
    }
    progress("Waiting for the keepers to agree, and signing the manifest");
    std::vector<std::string> arguments{
        "list",      "manifest",
        "--list",    material_.list.string(),
        "--keepers", keepers_[0].url + "," + keepers_[1].url + "," + keepers_[2].url,
        "--key",     material_.signing_key.string(),
        "--out",     (data_ / "epoch" / "manifest").string()};
    if (!options_.disclosure.empty()) {
      arguments.insert(arguments.end(), {"--disclosure", "test=" + options_.disclosure});
    }
    LK_CHECK_OK(children_.run("list manifest", arguments, data_ / "log" / "manifest.log"));
    for (const auto& keeper : keepers_) {
      LK_CHECK_OK(wait_for(keeper.url + "/readyz"));
    }
    for (const char* file : {"tiles", "leaves"}) {
      LK_TRY(bytes, fetch(keepers_[0].url + "/v1/" + file));
      LK_CHECK_OK(write_file((data_ / "epoch" / file).string(), bytes, FileSecrecy::open,
                             Overwrite::allow));
    }
    LK_TRY(key, read_file(material_.verifying_key.string(), 1024));
    return write_file((data_ / "epoch" / "list.pub").string(), key, FileSecrecy::open,
                      Overwrite::allow);
  }

  [[nodiscard]] Status start_service() {
    if (children_.asked_to_stop()) {
      return {};
    }
    progress("Starting the service");
    LK_CHECK_OK(children_.start(
        "service",
        {"serve", "--data", (data_ / "service").string(), "--address", "127.0.0.1", "--port",
         std::to_string(port_), "--public-url", url_, "--epoch-dir", (data_ / "epoch").string(),
         "--demo", "--demo-dir", material_.pictures.string()},
        data_ / "log" / "service.log"));
    return wait_for("http://127.0.0.1:" + std::to_string(port_) + "/readyz");
  }

  /// Until the address answers 200; quietly no longer when asked to stop.
  [[nodiscard]] Status wait_for(const std::string& address) {
    const auto until = std::chrono::steady_clock::now() + kStartTime;
    http::ClientRequest request;
    request.url = address;
    request.timeout = 2s;
    request.response_limit = 64 * 1024;
    while (!children_.asked_to_stop()) {
      const auto response = http::exchange(request);
      if (response && response->status == 200) {
        return {};
      }
      if (std::chrono::steady_clock::now() > until) {
        return fail(ErrorCode::timed_out, "demo", address);
      }
      LK_CHECK_OK(children_.pause(50ms));
    }
    return {};
  }

  [[nodiscard]] static Result<Bytes> fetch(const std::string& address) {
    http::ClientRequest request;
    request.url = address;
    request.timeout = 30s;
    request.response_limit = kEpochFileLimit;
    LK_TRY(response, http::exchange(request));
    if (response.status != 200) {
      return fail(ErrorCode::unavailable, "demo",
                  address + " answers " + std::to_string(response.status));
    }
    return std::move(response.body);
  }

  [[nodiscard]] Result<std::string> invite(accounts::Role role) const {
    LK_TRY(made, service::invite(data_ / "service", {role}, url_));
    return made.link;
  }

  [[nodiscard]] Status announce() {
    LK_TRY(person_1, invite(accounts::Role::person));
    LK_TRY(person_2, invite(accounts::Role::person));
    ordered_json staff;
    for (const auto role : accounts::kRoles) {
      if (accounts::is_staff(role)) {
        LK_TRY(link, invite(role));
        staff[accounts::name_of(role)] = link;
      }
    }
    ordered_json note;
    note["service"] = url_;
    for (const auto& keeper : keepers_) {
      note["keepers"].push_back(keeper.url);
    }
    note["links"] = {{"person_1", person_1}, {"person_2", person_2}};
    note["links"].update(staff);
    note["list"] = material_.list.string();
    note["list_key"] = material_.verifying_key.string();
    note["test_picture"] = material_.test_picture.string();
    note["harmless_picture"] = material_.harmless_picture.string();
    note["data"] = data_.string();
    note["pid"] = getpid();
    note_ = note.dump(2) + "\n";
    // The codes in it open accounts, so it is nobody else's to read.
    for (const auto& path : note_paths()) {
      std::error_code ignored;
      fs::create_directories(path.parent_path(), ignored);
      LK_CHECK_OK(
          write_file(path.string(), as_bytes(note_), FileSecrecy::secret, Overwrite::allow));
    }
    if (options_.json) {
      print_json(note);
    } else {
      print_line("");
      print_line(
          "Lightkeeper's demo runs on this machine. Each link makes one account and works once:");
      print_line("");
      print_line("  First person   " + person_1);
      print_line("  Second person  " + person_2);
      print_line("  Reviewer       " + staff["reviewer"].get<std::string>());
      print_line("");
      print_line("Others of staff, should you want to see what each may do:");
      print_line("");
      for (const auto& [role, link] : staff.items()) {
        if (role != "reviewer") {
          print_line("  " + role + std::string(15 - role.size(), ' ') + link.get<std::string>());
        }
      }
      print_line("");
      print_line("Open each in a browser window of its own (a private window or another profile).");
      print_line("Accounts from earlier starts still work: sign in at " + url_ + "/");
      print_line("");
      print_line("Pictures to send: " + material_.harmless_picture.string());
      print_line("                  " + material_.test_picture.string() +
                 " (stands on the list, and is stopped)");
      print_line("");
      print_line(
          "What this demo does not protect: all three keepers run on this one machine, so together "
          "with the");
      print_line(
          "service it could learn what they must only know apart. The list holds drawn pictures "
          "only, and no");
      print_line(
          "organisation has certified it. Do not use the demo for conversations that matter.");
      print_line("");
      print_line("Ctrl-C stops everything.");
    }
    std::fflush(stdout);
    if (!options_.no_browser) {
      open_browser(person_1);
    }
    return {};
  }

  static void open_browser(const std::string& link) {
    if (std::getenv("DISPLAY") == nullptr && std::getenv("WAYLAND_DISPLAY") == nullptr) {
      return;
    }
    // Twice removed, so that the browser is nobody's child and outlives the demo.
    const pid_t pid = fork();
    if (pid == 0) {
      if (fork() == 0) {
        setsid();
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, nullptr);
        const int nowhere = ::open("/dev/null", O_RDWR);
        for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
          dup2(nowhere, fd);
        }
        execlp("xdg-open", "xdg-open", link.c_str(), static_cast<char*>(nullptr));
        _exit(127);
      }
      _exit(0);
    }
    waitpid(pid, nullptr, 0);
  }

  void progress(const std::string& text) const {
    if (!options_.json) {
      print_note(text);
    }
  }

  [[nodiscard]] std::vector<fs::path> note_paths() const {
    const auto home = fs::absolute(kHome).lexically_normal() / "demo.json";
    const auto own = data_ / "demo.json";
    return own == home ? std::vector{own} : std::vector{own, home};
  }
  /// Only while everything answers does the note stand there. One of another demo is left alone.
  void remove_notes() const {
    for (const auto& path : note_.empty() ? std::vector<fs::path>() : note_paths()) {
      const auto there = read_file(path.string(), 64 * 1024);
      if (there && as_text(*there) == note_) {
        std::error_code ignored;
        fs::remove(path, ignored);
      }
    }
  }

  DemoOptions options_;
  fs::path data_;
  int lock_ = -1;
  std::string note_;  // what demo.json says
  std::uint16_t port_ = 0;
  std::string url_;
  DemoMaterial material_;
  DemoKeepers keepers_;
  ChildProcesses children_;  // last: gone before the lock
};

int run_demo(const DemoOptions& options) {
  if (const auto ready = crypto::initialise(); !ready) {
    return print_error(ready.error());
  }
  Demo demo(options, fs::absolute(options.data).lexically_normal());
  const Status status = demo.run();
  return status ? EXIT_SUCCESS : print_error(status.error());
}

}  // namespace

void add_demo_command(CLI::App& root, int& exit_code) {
  const auto options = std::make_shared<DemoOptions>();
  auto* command = root.add_subcommand(
      "demo", "Run service, keepers and a test list on this machine, to try them");
  command
      ->add_option("--port", options->port,
                   "Port of the service (default 8787, or the next free one); 0 for any")
      ->check(CLI::Range(0, 65535))
      ->type_name("PORT");
  command->add_option("--data", options->data, "Folder for accounts, messages and keys")
      ->type_name("DIR")
      ->capture_default_str();
  command
      ->add_option("--disclosure", options->disclosure,
                   "What a match of a test picture discloses, to see what people are told (usually "
                   "offer)")
      ->check(CLI::IsMember({"prevent", "offer", "disclose"}))
      ->type_name("LEVEL");
  command->add_flag("--no-browser", options->no_browser, "Do not open a browser");
  command->add_flag("--json", options->json,
                    "One JSON object on standard output when everything answers");
  command->footer(
      "Draws its own pictures, makes its own keys, and keeps accounts and messages in DIR from one "
      "start to the next.\n"
      "When everything answers, build/demo/demo.json (and DIR/demo.json) names the addresses, "
      "files and one-time links.");
  command->callback([options, &exit_code] { exit_code = run_demo(*options); });
}

}  // namespace lightkeeper::cli
