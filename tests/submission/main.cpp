// Trials of the sender: `trial soak`, `trial kill` (which starts `trial worker` and kills it),
// `trial bench`. Each ends with one JSON object on standard output; 0 when nothing was wrong.
//
// --plant makes a sender that forgets: the checker must find what follows, and then the trial
// passes with exit status 3.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "hotline/hotline.hpp"
#include "service/store/files.hpp"
#include "service/store/system_clock.hpp"
#include "service/store/temporary_folder.hpp"
#include "trial.hpp"

extern char** environ;

namespace lightkeeper::trial {
namespace {

using Steady = std::chrono::steady_clock;

struct Wanted {
  std::uint64_t count = 300, seed = 1, kills = 200;
  unsigned senders = 2;
  double rate = 0.03;
  std::string plant, folder, url, die;
};

struct Room {
  store::SystemClock clock;
  crypto::SystemRng rng;
  Wrapping keys;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<Rooms> rooms;
};

/// Where a worker is killed for certain: the first time that it gets there.
constexpr std::array<const char*, 8> kSteps{"hold",   "submit",  "recover",  "status",
                                            "upload", "retract", "fileinfo", "finish"};

/// Kills this process once the journal's last row on disk is its own intent of the wanted step:
/// `before` what the step does, or `after` it, when its outcome is about to be written down. A
/// recovery does nothing outside the database, so it has an `after` only.
class Death {
 public:
  /// `where`: "upload:before"; empty: never.
  static Result<std::unique_ptr<Death>> make(const std::filesystem::path& folder,
                                             const std::string& where) {
    auto out = std::make_unique<Death>();
    if (where.empty()) {
      return out;
    }
    const auto colon = where.find(':');
    out->step_ = where.substr(0, colon);
    out->before_ = where.ends_with(":before");
    store::SystemClock clock;
    // A second connection: it sees what is on disk, and nothing of the transaction under way.
    LK_TRY(watched,
           store::Database::open(folder / "service.db", store::service_migrations(), clock.now()));
    out->watched_ = std::move(watched);
    LK_TRY(last, out->last());
    out->seen_ = last.first;
    return out;
  }
  void at(bool before) {
    if (!watched_ || before != before_) {
      return;
    }
    const auto now = last();
    if (now && now->first > seen_ && now->second == step_ + " intent") {
      ::kill(::getpid(), SIGKILL);
    }
  }

 private:
  Result<std::pair<std::uint64_t, std::string>> last() {
    using Last = std::pair<std::uint64_t, std::string>;
    return watched_->read([](store::Transaction& tx) -> Result<Last> {
      const auto row =
          tx.row("SELECT number, step, result FROM submission_step ORDER BY number DESC LIMIT 1");
      return row ? Last{row->number(0), row->text(1) + " " + row->text(2)} : Last{0, ""};
    });
  }

  std::unique_ptr<store::Database> watched_;
  std::string step_;
  bool before_ = false;
  std::uint64_t seen_ = 0;
};

class LethalClock final : public Clock {
 public:
  explicit LethalClock(Death& death) : death_(death) {}
  [[nodiscard]] UnixMillis now() override {
    death_.at(false);
    return clock_.now();
  }

 private:
  store::SystemClock clock_;
  Death& death_;
};

std::shared_ptr<std::map<ReportId, Case>> cases_of(const Wanted& wanted) {
  auto out = std::make_shared<std::map<ReportId, Case>>();
  std::mt19937_64 random(wanted.seed);
  for (std::uint64_t i = 1; i <= wanted.count; ++i) {
    const Case one{i, static_cast<std::uint32_t>(random() % 4),
                   static_cast<std::size_t>(1 + random() % 3000)};
    out->emplace(one.id(), one);
  }
  return out;
}

Result<std::unique_ptr<Room>> open_room(const std::filesystem::path& folder) {
  auto out = std::make_unique<Room>();
  LK_TRY(database, store::Database::open(folder / "service.db", store::service_migrations(),
                                         out->clock.now()));
  out->database = std::move(database);
  LK_TRY(rooms, trial::rooms(*out->database, out->clock));
  out->rooms = std::move(rooms);
  return out;
}

std::vector<std::string> all_faults(double rate) {
  const auto with_rate = [&](const std::string& what) { return what + ":" + std::to_string(rate); };
  std::vector<std::string> out;
  for (const auto* one :
       {"*:drop_before", "*:drop_after", "*:status=503", "*:status_after=502", "*:status=429",
        "*:code=1000", "upload:code=1110", "upload:code=1111", "fileinfo:code=1300",
        "submit:code=1100", "upload:wrong_md5", "upload:expire", "fileinfo:expire", "finish:expire",
        "*:garbage", "*:delay=2"}) {
    out.push_back(with_rate(one));
  }
  return out;
}

Status queue_all(submission::Sender& sender, const std::map<ReportId, Case>& cases) {
  for (const auto& [id, one] : cases) {
    submission::NewSubmission fresh;
    fresh.of_case = id;
    fresh.outlet = "ncmec";
    fresh.case_file = one.case_file();
    LK_CHECK_OK(sender.queue(fresh));
  }
  return {};
}

int complain(const Error& error) {
  std::fprintf(stderr, "trial: %s: %s\n", std::string(error.where).c_str(), error.detail.c_str());
  return 1;
}

/// Compares, before and after the time in which reports expire, prints, and says whether the trial
/// passed.
int conclude(const Wanted& wanted, const char* name, store::Database& database,
             hotline::Hotline& line, const std::map<ReportId, Case>& cases, double seconds,
             nlohmann::ordered_json more) {
  auto journal = read_journal(database, cases);
  if (!journal) {
    return complain(journal.error());
  }
  auto wrong = differences(*journal, line.book().reports(), 20);
  const auto open = static_cast<std::uint64_t>(std::ranges::count_if(
      wrong, [](const std::string& one) { return one.contains("still open"); }));
  line.advance(25 * 3600);
  const auto reports = line.book().reports();
  const auto later = differences(*journal, reports, 20);
  wrong.insert(wrong.end(), later.begin(), later.end());
  for (const auto& what : wrong) {
    std::fprintf(stderr, "%s\n", what.c_str());
  }
  std::map<std::string, std::uint64_t> states;
  for (const auto& report : reports) {
    ++states[std::string(name_of(report.state))];
  }
  nlohmann::ordered_json out{{"trial", name},
                             {"submissions", cases.size()},
                             {"differences", wrong.size()},
                             {"left_open", open},
                             {"reports", states},
                             {"seconds", seconds},
                             {"per_second", static_cast<double>(cases.size()) / seconds}};
  out.update(more);
  std::printf("%s\n", out.dump().c_str());
  if (!wanted.plant.empty()) {
    return wrong.empty() ? 1 : 3;
  }
  return wrong.empty() ? 0 : 1;
}

int soak(const Wanted& wanted) {
  store::TemporaryFolder folder;
  hotline::Options options;
  options.seed = wanted.seed;
  options.faults = all_faults(wanted.rate);
  auto line = hotline::Hotline::start(options);
  auto room = open_room(folder.path());
  if (!line || !room) {
    return complain(line ? room.error() : line.error());
  }
  const auto cases = cases_of(wanted);
  if (const auto enrolled = enrol(*(*room)->database, *cases); !enrolled) {
    return complain(enrolled.error());
  }
  std::vector<std::unique_ptr<submission::Sender>> senders;
  for (unsigned i = 0; i < wanted.senders; ++i) {
    auto sender =
        submission::Sender::make(*(*room)->database, (*room)->clock, (*room)->rng, (*room)->keys,
                                 settings((*line)->url()), host(cases, *(*room)->rooms));
    if (!sender) {
      return complain(sender.error());
    }
    senders.push_back(*std::move(sender));
  }
  if (const auto queued = queue_all(*senders[0], *cases); !queued) {
    return complain(queued.error());
  }
  const auto from = Steady::now();
  std::uint64_t done = 0;
  {
    std::vector<std::jthread> threads;
    for (auto& sender : senders) {
      threads.emplace_back([&sender](const std::stop_token& stop) { sender->run(stop); });
    }
    while (done < cases->size() && Steady::now() - from < std::chrono::hours(2)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      const auto counts = senders[0]->counts();
      done = counts ? counts->done + counts->quarantined + counts->retracted : done;
    }
    for (auto& thread : threads) {
      thread.request_stop();
    }
    for (auto& sender : senders) {
      sender->wake();
    }
  }
  const std::chrono::duration<double> took = Steady::now() - from;
  const auto counts = senders[0]->counts();
  std::uint64_t exchanges = 0;
  std::uint64_t failures = 0;
  for (auto& sender : senders) {
    const auto own = sender->counts();
    exchanges += own ? own->exchanges : 0;
    failures += own ? own->failures : 0;
  }
  return conclude(wanted, "soak", *(*room)->database, **line, *cases, took.count(),
                  {{"senders", wanted.senders},
                   {"fault_rate", wanted.rate},
                   {"exchanges", exchanges},
                   {"failed_exchanges", failures},
                   {"restarts", counts ? counts->restarts : 0},
                   {"may_have_been_opened", counts ? counts->may_be_open : 0}});
}

/// Works until everything is done, in a process of its own.
int worker(const Wanted& wanted) {
  auto lock = store::FolderLock::take(wanted.folder);
  auto room = open_room(wanted.folder);
  if (!lock || !room) {
    return complain(lock ? room.error() : lock.error());
  }
  if (wanted.plant == "forget") {
    // A sender without a journal: what it was about to hear is forgotten, and it begins again.
    const auto forgotten = (*room)->database->write([](store::Transaction& tx) -> Status {
      tx.run(
          "UPDATE submission SET state = 'queued', pending = NULL, report_id = NULL "
          "WHERE pending IS NOT NULL");
      tx.run("UPDATE submission_attempt SET fate = 'gone' WHERE fate = 'finishing'");
      tx.run(
          "UPDATE submission_file SET file_id = NULL, md5_matches = NULL, details = 0 WHERE "
          "submission IN (SELECT number FROM submission WHERE state = 'queued')");
      return {};
    });
    if (!forgotten) {
      return complain(forgotten.error());
    }
  }
  auto death = Death::make(wanted.folder, wanted.die);
  if (!death) {
    return complain(death.error());
  }
  LethalClock clock(**death);
  auto lethal = host(cases_of(wanted), *(*room)->rooms);
  lethal.place_hold = [&, real = lethal.place_hold](const ReportId& id) {
    (*death)->at(true);
    return real(id);
  };
  lethal.exchange = [&, real = lethal.exchange](const http::ClientRequest& request) {
    (*death)->at(true);
    return real(request);
  };
  auto sender = submission::Sender::make(*(*room)->database, clock, (*room)->rng, (*room)->keys,
                                         settings(wanted.url), std::move(lethal));
  if (!sender) {
    return complain(sender.error());
  }
  if (const auto recovered = (*sender)->recover(); !recovered) {
    return complain(recovered.error());
  }
  std::printf("ready\n");
  std::fflush(stdout);
  while (true) {
    const auto progress = (*sender)->step_once();
    if (!progress) {
      return complain(progress.error());
    }
    if (!progress->did_something && !progress->next) {
      return 0;
    }
    if (!progress->did_something) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
}

/// Queues the cases whose number is above `after`.
Status queue_between(const std::filesystem::path& folder, const std::string& url,
                     const std::shared_ptr<std::map<ReportId, Case>>& cases, std::uint64_t after) {
  LK_TRY(room, open_room(folder));
  std::map<ReportId, Case> fresh;
  for (const auto& [id, one] : *cases) {
    if (one.number > after) {
      fresh.emplace(id, one);
    }
  }
  LK_CHECK_OK(enrol(*room->database, fresh));
  LK_TRY(sender, submission::Sender::make(*room->database, room->clock, room->rng, room->keys,
                                          settings(url), host(cases, *room->rooms)));
  return queue_all(*sender, fresh);
}

/// Kills the worker `wanted.kills` times. However fast this machine finishes what is queued: more
/// is queued until that many kills have fallen into work.
int kill_trial(Wanted wanted) {
  store::TemporaryFolder folder;
  hotline::Options options;
  options.seed = wanted.seed;
  options.faults = {"*:delay=1:0.3"};  // so that kills also fall between the deed and its answer
  auto line = hotline::Hotline::start(options);
  if (!line) {
    return complain(line.error());
  }
  auto cases = cases_of(wanted);
  if (const auto queued = queue_between(folder.path(), (*line)->url(), cases, 0); !queued) {
    return complain(queued.error());
  }
  // First one kill for certain into every step, before its deed and after it; each worker goes on
  // where the last one died. Then kills by chance.
  std::vector<std::string> aims;
  for (const auto* place : {":after", ":before"}) {
    for (const std::string step : {"hold", "submit", "recover", "status", "upload", "recover",
                                   "retract", "fileinfo", "finish"}) {
      aims.push_back(step + (step == "recover" ? ":after" : place));
    }
  }
  std::ranges::reverse(aims);
  std::mt19937_64 random(wanted.seed);
  const auto from = Steady::now();
  std::uint64_t kills = 0;
  std::uint64_t aimed = 0;
  std::uint64_t starts = 0;
  bool ended = false;
  // Workers that end by themselves again and again are counted, not timed: this machine may be
  // slow.
  const std::uint64_t most_starts = 100 * (wanted.kills + 1);
  while (!ended && starts < most_starts) {
    std::vector<std::string> words{"trial",    "worker",
                                   "--folder", folder.path().string(),
                                   "--url",    (*line)->url(),
                                   "--count",  std::to_string(wanted.count),
                                   "--seed",   std::to_string(wanted.seed)};
    if (!wanted.plant.empty()) {
      words.insert(words.end(), {"--plant", wanted.plant});
      aims.clear();  // a sender that forgets does not come by every step
    }
    if (!aims.empty()) {
      words.insert(words.end(), {"--die", aims.back()});
    }
    std::vector<char*> arguments;
    for (auto& word : words) {
      arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    pid_t child = 0;
    std::array<int, 2> pipe{};
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    const bool spawned =
        ::pipe2(pipe.data(), O_CLOEXEC) == 0 &&
        posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO) == 0 &&
        posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments.data(), environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    if (!spawned) {
      return complain(Error(ErrorCode::internal, "trial.spawn"));
    }
    ::close(pipe[1]);
    char ready = 0;
    const auto heard = ::read(pipe[0], &ready, 1);  // it works from now on, or has ended
    ::close(pipe[0]);
    ++starts;
    int status = 0;
    if (!aims.empty()) {
      waitpid(child, &status, 0);
      if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
        std::fprintf(stderr, "no worker died at %s\n", aims.back().c_str());
        return 1;
      }
      aims.pop_back();
      ++aimed;
      continue;
    }
    if (kills < wanted.kills) {
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 25'000));
      if (heard == 1 && waitpid(child, &status, WNOHANG) == 0) {
        ::kill(child, SIGKILL);
        ++kills;
        waitpid(child, &status, 0);
        continue;
      }
      waitpid(child, &status, 0);
    } else {
      waitpid(child, &status, 0);
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      return complain(Error(ErrorCode::internal, "trial.worker", "a worker failed"));
    }
    ended = kills >= wanted.kills;
    if (!ended) {
      const auto before = wanted.count;
      wanted.count += 100;
      cases = cases_of(wanted);
      if (const auto queued = queue_between(folder.path(), (*line)->url(), cases, before);
          !queued) {
        return complain(queued.error());
      }
    }
  }
  const std::chrono::duration<double> took = Steady::now() - from;
  auto again = open_room(folder.path());
  if (!again) {
    return complain(again.error());
  }
  const auto interrupted =
      (*again)->database->read([](store::Transaction& tx) -> Result<nlohmann::ordered_json> {
        nlohmann::ordered_json out = nlohmann::ordered_json::object();
        // An intent that is followed by another intent, not by its outcome: killed in between.
        for (const auto& row : tx.rows(
                 "SELECT step, count(*) FROM (SELECT step, result, lead(result) OVER (PARTITION BY "
                 "submission ORDER BY number) AS following FROM submission_step) "
                 "WHERE result = 'intent' AND following = 'intent' GROUP BY step")) {
          out[row.text(0)] = row.number(1);
        }
        return out;
      });
  const int verdict = conclude(wanted, "kill", *(*again)->database, **line, *cases, took.count(),
                               {{"kills", kills},
                                {"aimed", aimed},
                                {"starts", starts},
                                {"interrupted", interrupted.value_or(nlohmann::ordered_json())}});
  for (const auto* step : kSteps) {
    if (wanted.plant.empty() && (!interrupted || !interrupted->contains(step))) {
      std::fprintf(stderr, "no kill fell into a %s: this trial shows too little\n", step);
      return 1;
    }
  }
  if (wanted.plant.empty() && kills < wanted.kills) {
    std::fprintf(stderr, "only %llu kills fell in %llu starts\n",
                 static_cast<unsigned long long>(kills), static_cast<unsigned long long>(starts));
    return 1;
  }
  return verdict;
}

int bench(const Wanted& wanted) {
  store::TemporaryFolder folder;
  auto line = hotline::Hotline::start({});
  auto room = open_room(folder.path());
  if (!line || !room) {
    return complain(line ? room.error() : line.error());
  }
  auto cases = std::make_shared<std::map<ReportId, Case>>();
  const Case one{1, 1, 20UL * 1024 * 1024};
  cases->emplace(one.id(), one);
  if (const auto enrolled = enrol(*(*room)->database, *cases); !enrolled) {
    return complain(enrolled.error());
  }
  auto sender =
      submission::Sender::make(*(*room)->database, (*room)->clock, (*room)->rng, (*room)->keys,
                               settings((*line)->url()), host(cases, *(*room)->rooms));
  if (!sender) {
    return complain(sender.error());
  }
  const auto from = Steady::now();
  if (const auto queued = queue_all(**sender, *cases); !queued) {
    return complain(queued.error());
  }
  for (bool more = true; more;) {
    const auto progress = (*sender)->step_once();
    if (!progress) {
      return complain(progress.error());
    }
    more = progress->did_something || progress->next;
  }
  const std::chrono::duration<double> took = Steady::now() - from;
  return conclude(wanted, "bench", *(*room)->database, **line, *cases, took.count(),
                  {{"file_bytes", one.file_bytes}});
}

}  // namespace
}  // namespace lightkeeper::trial

int main(int argc, char** argv) {
  using namespace lightkeeper;
  trial::Wanted wanted;
  CLI::App app("Trials of the journalled sender against the conformance hotline", "trial");
  app.require_subcommand(1);
  int status = 0;
  const auto add = [&](const char* name, auto run) {
    auto* command = app.add_subcommand(name);
    command->add_option("--count", wanted.count);
    command->add_option("--seed", wanted.seed);
    command->add_option("--kills", wanted.kills);
    command->add_option("--senders", wanted.senders);
    command->add_option("--rate", wanted.rate);
    command->add_option("--plant", wanted.plant);
    command->add_option("--folder", wanted.folder);
    command->add_option("--url", wanted.url);
    command->add_option("--die", wanted.die);
    command->callback([&wanted, &status, run] { status = run(wanted); });
  };
  add("soak", trial::soak);
  add("kill", trial::kill_trial);
  add("worker", trial::worker);
  add("bench", trial::bench);
  if (!crypto::initialise()) {
    return 70;
  }
  CLI11_PARSE(app, argc, argv);
  return status;
}
