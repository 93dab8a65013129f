#include "service/server/server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/lists/key_file.hpp"
#include "core/match/manifest.hpp"
#include "http/http.hpp"
#include "service/approvals/approvals.hpp"
#include "service/routes/api.hpp"
#include "service/routes/audit_api.hpp"
#include "service/routes/cases_api.hpp"
#include "service/routes/devices_api.hpp"
#include "service/routes/oidc_api.hpp"
#include "service/routes/person_reports_api.hpp"
#include "service/routes/relay_socket.hpp"
#include "service/routes/staff_api.hpp"
#include "service/routes/voucher_api.hpp"
#include "service/server/data_folder.hpp"
#include "service/server/evidence_desk.hpp"
#include "service/server/observation.hpp"
#include "service/server/refused_access.hpp"
#include "service/server/tip_desk.hpp"
#include "service/server/voucher_check.hpp"
#include "service/store/files.hpp"
#include "service/store/restriction.hpp"
#include "service/store/system_clock.hpp"
#include "service/web_assets/web_assets.hpp"

namespace lightkeeper::service {

namespace {

constexpr std::size_t kMaxEpochFile = 1024ULL * 1024 * 1024;
constexpr std::size_t kMaxDemoPicture = 16 * 1024 * 1024;
constexpr std::uint64_t kDayMillis = 24ULL * 3600 * 1000;
constexpr auto kMinute = std::chrono::minutes(1);
constexpr std::size_t kRescoredAtOnce = 5000;
constexpr unsigned kMinutesBetweenSweeps = 30;
constexpr auto kAddressFile = "address";
constexpr std::size_t kMaxAddress = 256;

/// A port that was free a moment ago: the public address must be known before the listener starts,
/// because passkeys are bound to it.
Result<std::uint16_t> free_port(const std::string& address) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  socklen_t size = sizeof(name);
  auto* generic = reinterpret_cast<sockaddr*>(&name);
  const bool found =
      descriptor >= 0 && ::inet_pton(AF_INET, address.c_str(), &name.sin_addr) == 1 &&
      ::bind(descriptor, generic, size) == 0 && ::getsockname(descriptor, generic, &size) == 0;
  if (descriptor >= 0) {
    ::close(descriptor);
  }
  if (!found) {
    return fail(ErrorCode::bad_configuration, "server", "no free port on this address");
  }
  return ntohs(name.sin_port);
}

http::Response text(int status, std::string type, std::string_view body) {
  http::Response response;
  response.status = status;
  response.content_type = std::move(type);
  response.body = to_bytes(body);
  response.headers["Cache-Control"] = "no-store";
  return response;
}

/// Without the newline that editors add. A file that others may read is refused.
Result<std::string> read_client_secret(const std::filesystem::path& file) {
  if (file.empty()) {
    return std::string();
  }
  std::error_code error;
  const auto rights = std::filesystem::status(file, error).permissions();
  if (error || (rights & (std::filesystem::perms::group_all |
                          std::filesystem::perms::others_all)) != std::filesystem::perms::none) {
    return fail(ErrorCode::bad_configuration, "server",
                "oidc_client_secret_file is not there, or others may read it");
  }
  LK_TRY(bytes, store::read_file(file, 4096));
  std::string secret(as_text(bytes));
  while (secret.ends_with('\n') || secret.ends_with('\r')) {
    secret.pop_back();
  }
  return secret;
}

}  // namespace

Status read_epoch(const std::filesystem::path& folder, UnixMillis now, routes::PublicFacts& facts) {
  LK_TRY(key_text, store::read_file(folder / "list.pub", lists::kMaxKeyFile));
  LK_TRY(key, lists::verifying_key_from_text(key_text));
  LK_TRY(signed_manifest, store::read_file(folder / "manifest", 64 * 1024));
  LK_TRY(manifest, match::open_manifest(signed_manifest, key, now));
  LK_TRY(tiles, store::read_file(folder / "tiles", kMaxEpochFile));
  LK_TRY(leaves, store::read_file(folder / "leaves", kMaxEpochFile));
  facts.list_key_b64 = to_base64url(key.bytes);
  facts.version = manifest.version.value;
  facts.manifest = std::move(signed_manifest);
  facts.tiles = std::move(tiles);
  facts.leaves = std::move(leaves);
  if (facts.keepers.empty()) {
    for (const auto& keeper : manifest.keepers) {
      facts.keepers.push_back(keeper.url);
    }
  }
  return {};
}

std::string content_security_policy(std::string_view public_url,
                                    std::span<const std::string> keepers) {
  const bool secure = public_url.starts_with("https://");
  const auto host = public_url.substr(secure ? 8 : 7);
  std::string connect = "'self' ";
  connect.append(secure ? "wss://" : "ws://").append(host);
  for (const auto& keeper : keepers) {
    connect.append(" ").append(keeper);
  }
  return "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src "
         "'self' blob: data:; "
         "connect-src " +
         connect +
         "; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
         "frame-ancestors 'none'";
}

std::string invitation_link(std::string_view public_url, accounts::Role role,
                            std::string_view code) {
  std::string link(public_url);
  link.append(accounts::is_staff(role) ? "/console/#/join/" : "/#/join/").append(code);
  return link;
}

Result<InvitationLink> invite(const std::filesystem::path& data,
                              const accounts::InvitationTerms& terms, std::string_view public_url) {
  store::SystemClock clock;
  crypto::SystemRng rng;
  LK_TRY(folder, open_data_folder(data, IfAbsent::refuse, clock, rng));
  accounts::Accounts accounts(*folder.database, clock, rng, {}, std::move(folder.name_secret),
                              audit_sink(folder));
  LK_TRY(code, accounts.invite(terms, std::nullopt));
  return InvitationLink{code, invitation_link(public_url, terms.role, code)};
}

Result<std::string> address_of_running(const std::filesystem::path& data) {
  if (!std::filesystem::exists(data / "service.db")) {
    return fail(ErrorCode::not_found, "server", "there is no service.db in this folder");
  }
  const auto lock = store::FolderLock::take(data);
  if (lock) {
    return fail(ErrorCode::not_found, "server", "no service runs on this folder");
  }
  if (lock.error().code != ErrorCode::conflict) {
    return std::unexpected(lock.error());
  }
  const auto kept = store::read_file(data / kAddressFile, kMaxAddress);
  if (!kept) {
    return fail(ErrorCode::unavailable, "server",
                "a service is starting on this folder, or an older one runs");
  }
  std::string url(as_text(*kept));
  while (url.ends_with('\n')) {
    url.pop_back();
  }
  return url;
}

struct Server::State {
  State(const Settings& wanted, DataFolder opened, store::FolderLock held,
        accounts::RelyingParty party)
      : settings(wanted),
        lock(std::move(held)),
        folder(std::move(opened)),
        accounts(*folder.database, clock, rng, std::move(party), std::move(folder.name_secret),
                 audit),
        captures(*folder.database, clock, settings.capture_days, audit),
        stamp_keys(std::move(folder.stamp_root)),
        cases(*folder.database, clock, rng,
              {records().stamp_key, records().was_member, records().attachment,
               [this](store::Transaction& tx, const AccountId& who,
                      const cases::Restriction& change) -> Status {
                 store::set_restriction(tx, who, change.by_case, change.on, clock.now());
                 return {};
               }},
              *folder.wrapping, audit, cases::standard_policy()),
        observation(settings.log_level) {}

  /// What reports and vouchers are checked against.
  [[nodiscard]] VoucherCheck::Records records() {
    return {[this](std::uint32_t key_id) { return stamp_keys.key(key_id); },
            [this](const AccountId& who, const ConversationId& where, ServerSeq seq) {
              return messaging.was_member(who, where, seq);
            },
            [this](const AccountId& who, const AttachmentId& what) {
              return attachments.get_for_report(who, what);
            }};
  }
  [[nodiscard]] http::Response ready();
  void note_refused(const AccountId& who, const std::string& action, const std::string& what);
  void record(const std::vector<store::AuditEntry>& entries);
  void add_routes(const routes::PublicFacts& facts);
  void route(const std::string& method, const std::string& pattern, http::Handler handler,
             std::size_t limit);
  void keep_house(const std::stop_token& stop);
  void sweep();
  void keep_audit_log();

  Settings settings;
  store::SystemClock clock;
  crypto::SystemRng rng;
  store::FolderLock lock;
  DataFolder folder;
  store::AuditSink audit = audit_sink(folder);
  accounts::Accounts accounts;
  accounts::Captures captures;
  approvals::Approvals approvals{*folder.database, clock,
                                 [this](store::Transaction& tx, const AccountId& who) {
                                   return accounts.check(tx, who, accounts::Permission::approve);
                                 },
                                 audit};
  messaging::StampKeys stamp_keys;
  messaging::Relay relay{*folder.database};
  messaging::Messaging messaging{*folder.database, clock, stamp_keys, relay};
  messaging::Attachments attachments{*folder.database, clock, rng, folder.attachments()};
  cases::Cases cases;
  std::unique_ptr<EvidenceDesk> desk;  // set once, before the routes
  std::unique_ptr<TipDesk> tips;       // the same
  std::unique_ptr<VoucherCheck> vouchers;
  WebAssets pages = WebAssets::from_environment();
  Observation observation;
  RefusedAccess refusals;
  std::atomic<bool> audit_log_whole{true};
  std::unique_ptr<oidc::Provider> provider;  // of sign-ins of staff; may be absent
  std::vector<std::string> route_names;
  std::unique_ptr<http::Listener> listener;
  std::jthread housekeeper;
};

void Server::State::route(const std::string& method, const std::string& pattern,
                          http::Handler handler, std::size_t limit) {
  listener->route(method, pattern, observation.observed(method, pattern, std::move(handler)),
                  limit);
  route_names.push_back(method + " " + pattern);
}

http::Response Server::State::ready() {
  const bool database = folder.database
                            ->read([](store::Transaction& tx) -> Result<bool> {
                              return tx.row("SELECT 1 FROM migration LIMIT 1").has_value();
                            })
                            .value_or(false);
  std::error_code error;
  const auto space = std::filesystem::space(folder.path, error);
  const bool room = !error && space.available > 256ULL * 1024 * 1024;
  auto response = http::Response::json(
      database && room ? 200 : 503,
      nlohmann::ordered_json{
          {"ready", database && room}, {"database", database}, {"free_space", room}}
          .dump());
  response.headers["Cache-Control"] = "no-store";
  return response;
}

/// The answer is a refusal either way: an audit log that cannot be written is noted, not shown.
void Server::State::note_refused(const AccountId& who, const std::string& action,
                                 const std::string& what) {
  if (const auto entry = refusals.refused(who, action, what, clock.now())) {
    record({*entry});
  }
}

void Server::State::record(const std::vector<store::AuditEntry>& entries) {
  for (const auto& entry : entries) {
    if (const auto written = folder.audit_log->record(entry); !written) {
      observation.note("audit_failed", written.error());
    }
  }
}

void Server::State::add_routes(const routes::PublicFacts& facts) {
  const routes::Gate gate(accounts, [this](const accounts::Account& who, const std::string& route) {
    note_refused(who.id, "access.refused", route);
  });
  const auto add = [this](std::vector<routes::Route> topic) {
    for (auto& one : topic) {
      route(one.method, one.pattern, std::move(one.handler), one.body_limit);
    }
  };
  add(routes::api_routes({accounts, messaging, attachments, relay, captures}, gate, facts));
  add(routes::person_reports_routes(cases, gate));
  add(routes::cases_routes(accounts, cases, gate));
  routes::register_staff_deeds(accounts, approvals);
  add(routes::staff_routes(accounts, approvals, gate, settings.public_url));
  add(routes::oidc_routes(accounts, provider.get()));
  add(desk->routes(gate));
  add(tips->routes(gate));
  add(routes::voucher_routes(
      cases,
      [this](const AccountId& by, BytesView voucher) {
        auto examined = vouchers->examine(by, voucher);
        if (!examined && examined.error().code == ErrorCode::not_allowed) {
          note_refused(by, "voucher.refused", examined.error().detail);
        }
        return examined;
      },
      gate));
  add(routes::audit_routes(*folder.audit_log, accounts, gate));
  add(routes::devices_routes(accounts, messaging, relay, gate));
  route(
      "GET", "/livez",
      [](const http::Request&) { return text(200, "text/plain; charset=utf-8", "ok\n"); }, 0);
  route("GET", "/readyz", [this](const http::Request&) { return ready(); }, 0);
  route(
      "GET", "/metrics",
      [this](const http::Request&) {
        return text(200, "text/plain; version=0.0.4; charset=utf-8", observation.metrics());
      },
      0);
  route(
      "GET", "/version",
      [](const http::Request&) {
        return http::Response::json(
            200, nlohmann::ordered_json{{"name", "lightkeeper"}, {"version", LK_VERSION}}.dump());
      },
      0);
  const auto page = [this](const http::Request& request) { return pages.respond(request); };
  route("GET", "/", page, 0);
  route("GET", "/{rest*}", page, 0);
  listener->socket("/api/v1/relay", routes::relay_socket(accounts, relay));

  using submission::Counts;
  const auto sent = [this](const std::string& name, const std::string& help,
                           std::uint64_t Counts::* which) {
    observation.gauge("lightkeeper_submissions_" + name, help, [this, which] {
      const auto counts = tips->sender().counts();
      return counts ? static_cast<double>((*counts).*which) : -1.0;
    });
  };
  sent("waiting", "Reports to the hotline that are on their way", &Counts::queued);
  sent("done", "Reports that the hotline has confirmed", &Counts::done);
  sent("quarantined", "Reports that wait for a person", &Counts::quarantined);
  sent("retracted", "Reports that somebody else took back at the hotline", &Counts::retracted);
  sent("restarted", "Reports that were taken back and begun again", &Counts::restarts);
  sent("may_be_open", "Openings whose answer never came", &Counts::may_be_open);
  sent("exchanges", "Requests to the hotline since the start", &Counts::exchanges);
  sent("failures", "Those of them that failed for now", &Counts::failures);
  observation.gauge("lightkeeper_relay_subscriptions", "Devices connected to the relay",
                    [this] { return static_cast<double>(relay.subscriptions()); });
  const auto count = [this](const std::string& name, const std::string& help,
                            std::string_view sql) {
    observation.gauge(name, help, [this, sql] {
      return static_cast<double>(folder.database
                                     ->read([&](store::Transaction& tx) -> Result<std::int64_t> {
                                       return tx.row(sql)->integer(0);
                                     })
                                     .value_or(-1));
    });
  };
  count("lightkeeper_events_waiting", "Events not yet acknowledged", "SELECT count(*) FROM event");
  count("lightkeeper_reports_open", "Reports that nobody has decided",
        "SELECT count(*) FROM review_case WHERE state = 'open'");
  count("lightkeeper_audit_entries", "Entries of the audit log",
        "SELECT coalesce(max(number), 0) FROM audit_entry");
  observation.gauge("lightkeeper_audit_log_whole",
                    "1 if the audit log was seen to begin with what its kept checkpoint signs at "
                    "the last look, else 0",
                    [this] { return audit_log_whole ? 1.0 : 0.0; });
  count("lightkeeper_attachment_bytes", "Ciphertext of pictures",
        "SELECT coalesce(sum(size), 0) FROM attachment");
}

void Server::State::sweep() {
  const auto age = settings.retention_days * kDayMillis;
  const auto now = clock.now();
  const UnixMillis cutoff{now.value > age ? now.value - age : 0};
  // Holds first, so that what became free is swept in the same round.
  for (const auto& done : {desk->sweep(), accounts.forget_expired(), captures.forget_old(),
                           messaging.forget_before(cutoff), attachments.forget_before(cutoff)}) {
    if (!done) {
      observation.note("retention_failed", done.error());
    }
  }
}

/// Signs what is not signed yet and keeps the newest checkpoint outside the database; notices when
/// the log is shorter than it was or another one.
void Server::State::keep_audit_log() {
  const auto kept = folder.audit_log->publish(folder.audit_checkpoint());
  if (!kept) {
    observation.note("audit_log_failed", kept.error());
  }
  // Only the file may fail without a doubt about the log: a full disk is not a changed tree.
  audit_log_whole = kept || kept.error().code == ErrorCode::io_failed;
}

void Server::State::keep_house(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock hold(mutex);
  for (unsigned minute = 0; !stop.stop_requested(); ++minute) {
    if (minute % kMinutesBetweenSweeps == 0) {
      sweep();
    }
    if (const auto settled = desk->settle(); !settled) {
      observation.note("journal_not_emptied", settled.error());
    }
    record(refusals.counted(clock.now()));
    keep_audit_log();
    relay.end_expired(clock.now());
    // Scores that change by the passing of time; many at once only after a long rest.
    if (const auto done = cases.rescore(kRescoredAtOnce); !done) {
      observation.note("rescoring_failed", done.error());
    }
    wake.wait_for(hold, stop, kMinute, [] { return false; });
  }
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() { stop(); }

Result<std::unique_ptr<Server>> Server::start(const Settings& wanted) {
  LK_CHECK_OK(crypto::initialise());
  store::SystemClock clock;
  crypto::SystemRng rng;
  auto settings = wanted;
  if (settings.port == 0) {
    LK_TRY(port, free_port(settings.address));
    settings.port = port;
  }
  if (settings.public_url.empty()) {
    settings.public_url = "http://localhost:" + std::to_string(settings.port);
  }
  LK_TRY(host, host_of(settings.public_url));

  routes::PublicFacts facts;
  facts.public_url = settings.public_url;
  facts.service_name = settings.service_name;
  facts.demo = settings.demo;
  facts.environment = settings.reporting_environment;
  facts.keepers = settings.keepers;
  facts.capture_days = settings.capture_days;
  if (!settings.epoch_dir.empty()) {
    LK_CHECK_OK(read_epoch(settings.epoch_dir, clock.now(), facts));
  }
  if (settings.demo && !settings.demo_dir.empty()) {
    LK_TRY(test_picture, store::read_file(settings.demo_dir / "test-picture.png", kMaxDemoPicture));
    LK_TRY(harmless_picture,
           store::read_file(settings.demo_dir / "harmless-picture.jpg", kMaxDemoPicture));
    facts.test_picture = std::move(test_picture);
    facts.harmless_picture = std::move(harmless_picture);
  }

  LK_CHECK_OK(store::make_private_directory(settings.data));
  LK_TRY(lock, store::FolderLock::take(settings.data));
  LK_TRY(folder, open_data_folder(settings.data, IfAbsent::create, clock, rng));
  if (settings.evidence_key == "pkcs11") {
    LK_CHECK_OK(
        use_token(folder, {settings.evidence_pkcs11_module, settings.evidence_pkcs11_token,
                           settings.evidence_pkcs11_pin_file, settings.evidence_pkcs11_key}));
  }
  auto state = std::make_unique<State>(settings, std::move(folder), std::move(lock),
                                       accounts::RelyingParty{host, settings.public_url});

  if (!settings.oidc_issuer.empty()) {
    LK_TRY(secret, read_client_secret(settings.oidc_client_secret_file));
    state->provider = std::make_unique<oidc::Provider>(
        oidc::ProviderSettings{settings.oidc_issuer, settings.oidc_client_id, std::move(secret),
                               settings.public_url + "/console/"},
        state->clock, state->rng, http::exchange);
    facts.oidc_name = settings.oidc_name;
  }
  state->accounts.set_staff_idle(settings.staff_idle_minutes * 60'000ULL);

  LK_TRY(desk, EvidenceDesk::make({*state->folder.database, state->clock, state->rng, state->audit,
                                   state->accounts, state->cases, state->approvals},
                                  settings, state->folder.review_key));
  state->desk = std::move(desk);
  LK_TRY(tips,
         TipDesk::make({*state->folder.database, state->clock, state->rng, *state->folder.wrapping,
                        state->audit, state->accounts, state->captures, state->messaging,
                        state->cases, state->approvals, *state->desk},
                       settings));
  state->tips = std::move(tips);
  state->vouchers = std::make_unique<VoucherCheck>(facts, policy::class_rules(), state->records());

  http::Listener::Options options;
  options.address = settings.address;
  options.port = settings.port;
  options.behind_trusted_proxy = settings.behind_trusted_proxy;
  options.tell_peer = settings.capture_days > 0;
  options.workers = settings.workers;
  options.default_headers = {
      {"Content-Security-Policy", content_security_policy(settings.public_url, facts.keepers)},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"Permissions-Policy",
       "camera=(), microphone=(), geolocation=(), publickey-credentials-create=(self), "
       "publickey-credentials-get=(self)"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
  };
  state->listener = std::make_unique<http::Listener>(std::move(options));
  state->add_routes(facts);
  LK_CHECK_OK(state->listener->start());
  const auto reached_at = settings.address == "0.0.0.0" ? "127.0.0.1" : settings.address;
  LK_CHECK_OK(store::write_durably(
      settings.data / kAddressFile,
      as_bytes("http://" + reached_at + ":" + std::to_string(state->listener->port()) + "\n")));
  state->tips->start();
  auto* running = state.get();
  state->housekeeper =
      std::jthread([running](const std::stop_token& stop) { running->keep_house(stop); });
  state->observation.note("started");
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

std::uint16_t Server::port() const { return state_->listener->port(); }
const std::string& Server::public_url() const { return state_->settings.public_url; }
std::vector<std::string> Server::routes() const { return state_->route_names; }

Result<InvitationLink> Server::invite(accounts::Role role) {
  LK_TRY(code, state_->accounts.invite(role, std::nullopt));
  return InvitationLink{code, invitation_link(state_->settings.public_url, role, code)};
}

void Server::stop() {
  state_->listener->stop();
  state_->tips->stop();
  if (state_->housekeeper.joinable()) {
    state_->housekeeper.request_stop();
    state_->housekeeper.join();
    state_->record(state_->refusals.all_counted());
    state_->keep_audit_log();
    state_->observation.note("stopped");
  }
}

}  // namespace lightkeeper::service
