#include "keeper/process/keeper.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdio>
#include <mutex>
#include <thread>
#include <utility>

#include "core/lists/hash_list.hpp"
#include "core/match/opening.hpp"
#include "http/http.hpp"
#include "keeper/process/offer.hpp"
#include "keeper/process/peer_links.hpp"
#include "keeper/process/query_board.hpp"

namespace lightkeeper::keeper {
namespace {

constexpr std::size_t kReplayCapacity = std::size_t{1} << 20U;
constexpr unsigned kHttpWorkers = 64;
constexpr std::size_t kMostSessions =
    48;  // fewer than workers, so that a full house still answers quickly
constexpr std::size_t kSessionMemory = std::size_t{2} << 30U;
constexpr std::size_t kSessionBytesPerEntry = 64;

/// How many queries may run at once: bounded by threads and by memory.
std::size_t most_sessions(std::size_t entries) {
  return std::clamp<std::size_t>(kSessionMemory / (kSessionBytesPerEntry * (entries + 1)), 4,
                                 kMostSessions);
}

/// What follows from the list and the epoch secret; built once, then only read.
struct BuiltEpoch {
  std::shared_ptr<const EpochTables> tables;
  SecretBytes common;
  Bytes tiles;
  crypto::Digest tile_root{};
  std::uint16_t colours = 0;
};

struct Published {
  Bytes signed_bytes;
  match::Manifest manifest;
  match::ManifestHash hash{};
};

Result<std::pair<std::string, std::uint16_t>> address_of(const std::string& text) {
  const auto colon = text.rfind(':');
  unsigned port = 0;
  if (colon != std::string::npos) {
    const char* end = text.data() + text.size();
    if (std::from_chars(text.data() + colon + 1, end, port).ptr == end && port <= 65535 &&
        colon + 1 < text.size()) {
      return std::pair(text.substr(0, colon), static_cast<std::uint16_t>(port));
    }
  }
  return fail(ErrorCode::bad_argument, "keeper.listen", "host:port is expected");
}

http::Response plain(std::string text) {
  http::Response response;
  response.content_type = "text/plain; charset=utf-8";
  response.body = to_bytes(text);
  return response;
}

http::Response octets(BytesView bytes) {
  http::Response response;
  response.content_type = "application/octet-stream";
  response.body = to_bytes(bytes);
  return response;
}

std::string metric(std::string_view name, std::string_view kind, std::string_view help) {
  std::string full = "lightkeeper_keeper_" + std::string(name);
  return "# HELP " + full + ' ' + std::string(help) + "\n# TYPE " + full + ' ' + std::string(kind) +
         '\n' + full;
}

}  // namespace

struct Keeper::State {
  State(Options chosen, Clock& time, KeeperFolder opened, lists::HashList held)
      : options(std::move(chosen)),
        clock(time),
        folder(std::move(opened)),
        list(std::move(held)),
        index(folder.card().index),
        board(most_sessions(list.entries().size())),
        replays(kReplayCapacity) {}

  // Epoch.
  [[nodiscard]] Status hello_from(Neighbour neighbour, const Hello& hello);
  void adopt_epoch_secret(SecretBytes secret);
  void build_epoch(const SecretBytes& secret);
  [[nodiscard]] std::shared_ptr<const BuiltEpoch> epoch() const;

  // Manifest.
  [[nodiscard]] Status check_own(const match::Manifest& manifest, const BuiltEpoch& built) const;
  [[nodiscard]] Result<bool> publish(BytesView signed_manifest);  // true if it is news
  void load_manifest();
  [[nodiscard]] std::shared_ptr<const Published> published() const;

  // Queries.
  [[nodiscard]] Result<Bytes> answer(BytesView body);
  [[nodiscard]] Result<std::vector<match::OpeningShare>> run(const match::OpenedRequest& request,
                                                             const BuiltEpoch& built,
                                                             QueryBoard::Slot& slot);
  void send(const QueryBoard::Slot& slot, Neighbour to, Frame frame);

  // Routes.
  void add_routes();
  void add_route(const std::string& method, const std::string& path, http::Handler handler,
                 std::size_t limit);
  [[nodiscard]] Result<Offer> offer() const;
  [[nodiscard]] bool ready() const;
  [[nodiscard]] std::string metrics() const;
  void count(ErrorCode code);

  Options options;
  Clock& clock;
  KeeperFolder folder;
  lists::HashList list;
  std::uint8_t index;
  QueryBoard board;
  ReplayWindow replays;
  std::unique_ptr<PeerLinks> links;
  std::unique_ptr<http::Listener> listener;
  std::thread builder;
  std::atomic<bool> stopping{false};

  mutable std::mutex mutex;  // guards what follows
  std::array<SecretBytes, match::kKeepers> contributions;
  bool secret_adopted = false;
  std::shared_ptr<const BuiltEpoch> built;
  std::shared_ptr<const Published> current;
  std::map<ErrorCode, std::uint64_t> refusals;
  std::uint64_t answered = 0;
};

// --- Epoch
// ------------------------------------------------------------------------------------------------------

Status Keeper::State::hello_from(Neighbour neighbour, const Hello& hello) {
  const std::uint8_t expected = neighbour_of(index, neighbour);
  if (hello.keeper != expected ||
      commitment_of(expected, hello.contribution) != options.cards[expected].commitment) {
    return fail(ErrorCode::bad_key, "keeper.hello");
  }
  if (hello.list_root != list.root()) {
    std::fprintf(stderr, "lightkeeper keeper %u: keeper %u holds another list\n", index, expected);
    return fail(ErrorCode::manifest_mismatch, "keeper.hello");
  }
  SecretBytes secret;
  {
    const std::lock_guard lock(mutex);
    contributions[expected] = SecretBytes::copy_of(hello.contribution);
    const bool all = std::ranges::none_of(contributions, &SecretBytes::empty);
    if (!all || secret_adopted) {
      return {};
    }
    secret = joint_epoch_secret(contributions, list.root());
  }
  if (const Status stored = folder.store_epoch_secret(list.root(), secret); !stored) {
    std::fprintf(stderr, "lightkeeper keeper %u: %s\n", index, stored.error().message().c_str());
  }
  adopt_epoch_secret(std::move(secret));
  return {};
}

void Keeper::State::adopt_epoch_secret(SecretBytes secret) {
  const std::lock_guard lock(mutex);
  if (secret_adopted || stopping) {
    return;
  }
  secret_adopted = true;
  // Quadratic in the list: not on the link thread.
  builder = std::thread([this, taken = std::move(secret)] { build_epoch(taken); });
}

void Keeper::State::build_epoch(const SecretBytes& secret) {
  const auto made = [&]() -> Result<std::shared_ptr<const BuiltEpoch>> {
    LK_TRY(openings, match::build_openings(list, secret));
    std::vector<media::PdqBits> hashes;
    hashes.reserve(list.entries().size());
    for (const lists::Entry& entry : list.entries()) {
      hashes.push_back(entry.hash);
    }
    LK_TRY(tables, EpochTables::create(hashes, openings.colours, openings.colour_of, openings.rho,
                                       openings.l));
    auto out = std::make_shared<BuiltEpoch>();
    out->tables = std::make_shared<const EpochTables>(std::move(tables));
    out->common =
        crypto::hkdf_expand(secret.expose_secret(), as_bytes("lightkeeper opening scalars v1"), 32);
    out->tiles = std::move(openings.tiles);
    out->tile_root = openings.tile_root;
    out->colours = openings.colours;
    return out;
  }();
  if (!made) {
    std::fprintf(stderr, "lightkeeper keeper %u: %s\n", index, made.error().message().c_str());
    return;
  }
  {
    const std::lock_guard lock(mutex);
    built = *made;
  }
  load_manifest();
  std::fprintf(stderr, "lightkeeper keeper %u: openings are built\n", index);
}

std::shared_ptr<const BuiltEpoch> Keeper::State::epoch() const {
  const std::lock_guard lock(mutex);
  return built;
}

// --- Manifest
// ---------------------------------------------------------------------------------------------------

Status Keeper::State::check_own(const match::Manifest& manifest, const BuiltEpoch& own) const {
  const auto differs = [](std::string what) {
    return fail(ErrorCode::manifest_mismatch, "keeper.manifest", std::move(what));
  };
  if (manifest.list_root != list.root() || manifest.entries != list.entries().size() ||
      manifest.variant != list.header().variant || manifest.list_name != list.header().name) {
    return differs("it is made for another list");
  }
  if (manifest.tile_root != own.tile_root || manifest.colours != own.colours) {
    return differs("its openings are not the ones that this keeper built");
  }
  for (std::size_t i = 0; i < match::kKeepers; ++i) {
    if (manifest.keepers[i] != options.cards[i].card) {
      return differs("it names other keepers");
    }
  }
  return {};
}

Result<bool> Keeper::State::publish(BytesView signed_manifest) {
  const auto own = epoch();
  if (!own) {
    return fail(ErrorCode::unavailable, "keeper.manifest", "the openings are not built yet");
  }
  LK_TRY(manifest, match::open_manifest(signed_manifest, options.trusted, clock.now()));
  LK_CHECK_OK(check_own(manifest, *own));
  const match::ManifestHash hash = match::hash_of(match::encode(manifest));
  const std::lock_guard lock(mutex);
  if (current) {
    LK_CHECK_OK(match::check_succession(current->manifest, manifest));
    if (current->hash == hash) {
      return false;
    }
  }
  LK_CHECK_OK(folder.store_manifest(signed_manifest));
  current = std::make_shared<const Published>(
      Published{to_bytes(signed_manifest), std::move(manifest), hash});
  return true;
}

void Keeper::State::load_manifest() {
  const auto stored = folder.manifest();
  if (!stored) {
    std::fprintf(stderr, "lightkeeper keeper %u: %s\n", index, stored.error().message().c_str());
    return;
  }
  if (stored->empty()) {
    return;
  }
  // An expired or foreign one is only reported: the publisher will hand in the next.
  if (const auto status = publish(*stored); !status) {
    std::fprintf(stderr, "lightkeeper keeper %u: stored manifest: %s\n", index,
                 status.error().message().c_str());
  }
}

std::shared_ptr<const Published> Keeper::State::published() const {
  const std::lock_guard lock(mutex);
  return current;
}

// --- Queries
// ----------------------------------------------------------------------------------------------------

void Keeper::State::send(const QueryBoard::Slot& slot, Neighbour to, Frame frame) {
  links->send(to, slot.connections[static_cast<std::size_t>(to)], std::move(frame));
}

Result<std::vector<match::OpeningShare>> Keeper::State::run(const match::OpenedRequest& request,
                                                            const BuiltEpoch& own,
                                                            QueryBoard::Slot& slot) {
  crypto::SystemRng rng;
  const auto secrets = std::make_shared<const SessionSecrets>(
      SessionSecrets{slot.previous_secret.clone(), slot.next_secret.clone(), own.common.clone()});
  Session session = Session::create({index, request.header.manifest, own.tables, secrets,
                                     std::make_shared<const SharedStreams>()},
                                    request.share, rng);
  for (;;) {
    for (Outgoing& out : session.take_outgoing()) {
      send(slot, out.to, SessionFrame{slot.query, std::move(out.message)});
    }
    if (session.sums()) {
      return *session.sums();
    }
    LK_TRY(message, board.next(slot, std::chrono::steady_clock::now() + options.answer_time));
    LK_CHECK_OK(session.receive(message.first, message.second));
  }
}

Result<Bytes> Keeper::State::answer(BytesView body) {
  if (body.size() != match::kRequestSize) {
    return fail(ErrorCode::bad_argument, "keeper.query", "a query has another size");
  }
  const auto own = epoch();
  const auto known = published();
  if (!own || !known || stopping) {
    return fail(ErrorCode::unavailable, "keeper.query", "no manifest is in force here yet");
  }
  if (clock.now() > known->manifest.not_after) {
    return fail(ErrorCode::manifest_stale, "keeper.query");
  }
  LK_TRY(request, match::open_request(index, folder.secrets().box, known->hash, body));
  LK_TRY(slot, board.open(request.header.query));
  if (!replays.insert(request.header.query)) {
    board.close(*slot);
    return fail(ErrorCode::replayed, "keeper.query");
  }
  const auto sums = run(request, *own, *slot);
  board.close(*slot);
  if (!sums) {
    for (const Neighbour to : {Neighbour::previous, Neighbour::next}) {
      send(*slot, to, AbortFrame{slot->query, sums.error().code});
    }
    return std::unexpected(sums.error());
  }
  return match::seal_reply(request, *sums);
}

// --- Routes
// -----------------------------------------------------------------------------------------------------

Result<Offer> Keeper::State::offer() const {
  const auto own = epoch();
  if (!own) {
    return fail(ErrorCode::unavailable, "keeper.offer",
                "waiting for the other keepers or for the openings");
  }
  const auto known = published();
  Offer out;
  out.card = folder.card();
  out.list_name = list.header().name;
  out.epoch = list.header().epoch;
  out.entries = list.entries().size();
  out.variant = list.header().variant;
  out.list_root = list.root();
  out.tile_root = own->tile_root;
  out.colours = own->colours;
  if (known) {
    out.manifest = known->hash;
    out.manifest_version = known->manifest.version;
  }
  return out;
}

bool Keeper::State::ready() const {
  const auto known = published();
  return !stopping && epoch() && known && clock.now() <= known->manifest.not_after &&
         board.linked(Neighbour::previous) && board.linked(Neighbour::next);
}

std::string Keeper::State::metrics() const {
  std::string out;
  {
    const std::lock_guard lock(mutex);
    out += metric("queries_answered_total", "counter", "Queries answered.") + ' ' +
           std::to_string(answered) + '\n';
    std::string name =
        metric("queries_refused_total", "counter", "Queries refused or ended by an error.");
    for (const auto& [code, number] : refusals) {
      out += std::exchange(name, "lightkeeper_keeper_queries_refused_total") + "{code=\"" +
             std::string(describe(code).name) + "\"} " + std::to_string(number) + '\n';
    }
  }
  const PeerLinks::Counters counters = links->counters();
  out += metric("sessions_running", "gauge", "Queries in work.") + ' ' +
         std::to_string(board.running()) + '\n';
  const std::string link_up = metric("link_up", "gauge", "Whether a link stands.");
  out += link_up + "{neighbour=\"previous\"} " + (board.linked(Neighbour::previous) ? "1" : "0") +
         '\n';
  out += "lightkeeper_keeper_link_up{neighbour=\"next\"} " +
         std::string(board.linked(Neighbour::next) ? "1" : "0") + '\n';
  out += metric("link_connections_total", "counter", "Connections made with neighbours.") + ' ' +
         std::to_string(counters.connections) + '\n';
  out +=
      metric("link_refused_total", "counter", "Connections ended by a wrong key, hello or frame.") +
      ' ' + std::to_string(counters.refused) + '\n';
  out += metric("link_sent_bytes_total", "counter", "Bytes sent to neighbours, inside TLS.") + ' ' +
         std::to_string(counters.sent_bytes) + '\n';
  out += metric("link_received_bytes_total", "counter",
                "Bytes received from neighbours, inside TLS.") +
         ' ' + std::to_string(counters.received_bytes) + '\n';
  return out;
}

void Keeper::State::count(ErrorCode code) {
  const std::lock_guard lock(mutex);
  ++refusals[code];
}

void Keeper::State::add_route(const std::string& method, const std::string& path,
                              http::Handler handler, std::size_t limit) {
  listener->route(
      method, path,
      [handler = std::move(handler)](const http::Request& request) {
        if (request.headers.contains("cookie") || request.headers.contains("authorization")) {
          return http::Response::problem(Error(ErrorCode::identity_attached, "keeper.http"));
        }
        return handler(request);
      },
      limit);
}

void Keeper::State::add_routes() {
  add_route(
      "POST", "/v1/query",
      [this](const http::Request& request) {
        const auto reply = answer(request.body);
        if (!reply) {
          count(reply.error().code);
          return http::Response::problem(reply.error());
        }
        const std::lock_guard lock(mutex);
        ++answered;
        return octets(*reply);
      },
      match::kRequestSize);
  add_route(
      "GET", "/v1/manifest",
      [this](const http::Request&) {
        const auto known = published();
        return known ? octets(known->signed_bytes)
                     : http::Response::problem(Error(ErrorCode::unavailable, "keeper.manifest"));
      },
      0);
  add_route(
      "GET", "/v1/tiles",
      [this](const http::Request&) {
        const auto own = epoch();
        return own ? octets(own->tiles)
                   : http::Response::problem(Error(ErrorCode::unavailable, "keeper.tiles"));
      },
      0);
  add_route(
      "GET", "/v1/leaves",
      [this](const http::Request&) {
        http::Response response = octets({});
        response.body.reserve(32 * list.leaves().size());
        for (const crypto::Digest& leaf : list.leaves()) {
          response.body.insert(response.body.end(), leaf.begin(), leaf.end());
        }
        return response;
      },
      0);
  add_route(
      "GET", "/v1/offer",
      [this](const http::Request&) {
        const auto own = offer();
        return own ? http::Response::json(200, to_json_text(*own))
                   : http::Response::problem(own.error());
      },
      0);
  add_route(
      "POST", "/v1/manifest",
      [this](const http::Request& request) {
        const auto news = publish(request.body);
        return news ? http::Response::json(*news ? 201 : 200, "{}")
                    : http::Response::problem(news.error());
      },
      2 * match::kMaxManifestSize);
  for (const char* path : {"/v1/query", "/v1/manifest", "/v1/tiles", "/v1/leaves"}) {
    add_route(
        "OPTIONS", path,
        [](const http::Request&) {
          http::Response response;
          response.status = 204;
          response.headers = {{"Access-Control-Allow-Methods", "GET, POST"},
                              {"Access-Control-Allow-Headers", "Content-Type"},
                              {"Access-Control-Max-Age", "86400"}};
          return response;
        },
        0);
  }
  add_route("GET", "/livez", [](const http::Request&) { return plain("ok\n"); }, 0);
  add_route(
      "GET", "/readyz",
      [this](const http::Request&) {
        return ready() ? plain("ok\n")
                       : http::Response::problem(Error(ErrorCode::unavailable, "keeper.readyz"));
      },
      0);
  add_route("GET", "/metrics", [this](const http::Request&) { return plain(metrics()); }, 0);
  add_route(
      "GET", "/version",
      [](const http::Request&) {
        return http::Response::json(
            200, R"({"name":"lightkeeper keeper","version":")" LK_VERSION R"("})");
      },
      0);
}

Result<std::unique_ptr<Keeper>> Keeper::start(Options options, Clock& clock) {
  LK_CHECK_OK(crypto::initialise());
  LK_TRY(folder, KeeperFolder::open(options.folder));
  LK_TRY(list, lists::HashList::open(options.list_file, options.trusted));
  options.list_file.clear();
  const std::uint8_t index = folder.card().index;
  for (std::size_t i = 0; i < match::kKeepers; ++i) {
    if (options.cards[i].index != i) {
      return fail(ErrorCode::bad_argument, "keeper.cards",
                  "name the cards of keepers 0, 1 and 2 in this order");
    }
  }
  if (options.cards[index] != folder.card()) {
    return fail(ErrorCode::bad_argument, "keeper.cards", "this keeper's own card is another one");
  }
  LK_TRY(address, address_of(options.listen));

  auto state =
      std::make_unique<State>(std::move(options), clock, std::move(folder), std::move(list));
  State& self = *state;
  self.contributions[index] = self.folder.secrets().contribution.clone();

  const auto& cards = self.options.cards;
  const match::KeeperCard& previous = cards[neighbour_of(index, Neighbour::previous)].card;
  const match::KeeperCard& next = cards[neighbour_of(index, Neighbour::next)].card;
  Hello hello{index, {}, self.list.root()};
  LK_TRY(contribution,
         to_array<kContributionSize>(self.folder.secrets().contribution.expose_secret()));
  hello.contribution = contribution;
  const std::size_t blocks = (self.list.entries().size() + kBlockEntries - 1) / kBlockEntries;
  PeerLinks::Events events;
  events.hello = [&self](Neighbour from, const Hello& theirs) {
    return self.hello_from(from, theirs);
  };
  events.up = [&self](Neighbour neighbour, ConnectionNumber number, SecretBytes secret) {
    self.board.link_up(neighbour, number, std::move(secret));
    std::fprintf(stderr, "lightkeeper keeper %u: link to keeper %u stands\n", self.index,
                 neighbour_of(self.index, neighbour));
  };
  events.down = [&self](Neighbour neighbour, ConnectionNumber number) {
    self.board.link_down(neighbour, number);
    std::fprintf(stderr, "lightkeeper keeper %u: link to keeper %u is down\n", self.index,
                 neighbour_of(self.index, neighbour));
  };
  events.frame = [&self](Neighbour from, ConnectionNumber number, Frame frame) {
    if (auto* session = std::get_if<SessionFrame>(&frame)) {
      self.board.message(from, number, session->query, std::move(session->message));
    } else if (const auto* abort = std::get_if<AbortFrame>(&frame)) {
      self.board.aborted(from, number, abort->query, abort->code);
    }
  };
  self.links = std::make_unique<PeerLinks>(
      PeerLinks::Options{self.options.link_listen, next.link, previous.link_key, next.link_key,
                         frame_limit(blocks)},
      self.folder.secrets().link.secret, hello, std::move(events));

  http::Listener::Options http_options;
  http_options.address = address.first;
  http_options.port = address.second;
  http_options.behind_trusted_proxy = self.options.behind_trusted_proxy;
  http_options.workers = kHttpWorkers;
  http_options.default_headers = {{"Access-Control-Allow-Origin", "*"},
                                  {"Cache-Control", "no-store"},
                                  {"X-Content-Type-Options", "nosniff"},
                                  {"Cross-Origin-Resource-Policy", "cross-origin"}};
  self.listener = std::make_unique<http::Listener>(http_options);
  self.add_routes();

  if (auto stored = self.folder.epoch_secret(self.list.root())) {
    self.adopt_epoch_secret(std::move(*stored));
  }
  std::unique_ptr<Keeper> keeper(new Keeper(std::move(state)));
  LK_CHECK_OK(self.listener->start());
  LK_CHECK_OK(self.links->start());
  return keeper;
}

Keeper::Keeper(std::unique_ptr<State> state) : state_(std::move(state)) {}

Keeper::~Keeper() { stop(); }

std::uint16_t Keeper::port() const { return state_->listener->port(); }

void Keeper::stop() {
  if (state_->stopping.exchange(true)) {
    return;
  }
  state_->listener->stop();  // running queries end first: they need the links
  state_->board.stop();
  state_->links->stop();
  if (state_->builder.joinable()) {
    state_->builder.join();
  }
}

}  // namespace lightkeeper::keeper
