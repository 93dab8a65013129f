// A report with one file of 20 MB through the whole service, over its own API: from the moment at
// which a member of staff decides the case until the hotline's receipt is in the journal. The
// service and the conformance hotline run in this process; the database is on this machine's disk
// (TMPDIR). Baseline: the same documents and the same file sent by a plain client that remembers
// nothing. Elapsed time. Figures: docs/benchmarks.md.
#include <benchmark/benchmark.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/franking/frank.hpp"
#include "hotline/hotline.hpp"
#include "http/http.hpp"
#include "service/server/server.hpp"
#include "service/store/files.hpp"
#include "service/store/temporary_folder.hpp"

namespace lightkeeper::service {
namespace {

using nlohmann::json;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kFile = 20'000'000;

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "report_bench: %s\n", what.c_str());
  std::abort();
}

struct Person {
  std::string account, token;
};

/// A service with two people in a conversation, one member of staff, and a hotline.
class Scene {
 public:
  Scene() {
    if (!crypto::initialise() ||
        !store::write_durably(folder_.path() / "password", as_bytes("tester"))) {
      give_up("set-up");
    }
    auto line = hotline::Hotline::start({});
    if (!line) {
      give_up(line.error().message());
    }
    line_ = *std::move(line);
    Settings settings;
    settings.data = folder_.path() / "data";
    settings.port = 0;
    settings.log_level = "error";
    settings.reporting_url = line_->url();
    settings.reporting_user = "tester";
    settings.reporting_password_file = folder_.path() / "password";
    settings.reporting_contact_email = "reports@example.org";
    settings.reporting_contact_phone = "+1-555-0100";
    auto server = Server::start(settings);
    if (!server) {
      give_up(server.error().message());
    }
    server_ = *std::move(server);
    ada_ = sign_up("ada", accounts::Role::person);
    ben_ = sign_up("ben", accounts::Role::person);
    sven_ = sign_up("sven", accounts::Role::senior);
  }

  /// A case whose one message has a file that nobody has sent before.
  std::string new_case() {
    room_ = to_hex(rng_.array<16>());
    call("POST", "/api/v1/conversations", ada_,
         json{{"conversation", room_},
              {"kind", "direct"},
              {"members", {ben_.account}},
              {"client_id", to_hex(rng_.array<16>())},
              {"epoch", 0},
              {"welcome_b64", "AA"}});
    file_.resize(kFile);
    rng_.fill(file_);
    auto sealed = franking::seal_attachment(file_, "image/png", rng_).value();
    const auto upload = call("POST", "/api/v1/attachments?conversation=" + room_, ada_,
                             std::move(sealed.ciphertext));
    sealed.descriptor.id = AttachmentId::from_hex(upload["attachment"].get<std::string>()).value();
    const json body{{"client_id", to_hex(rng_.array<16>())},
                    {"reason", "unwanted"},
                    {"note", ""},
                    {"alleged", ada_.account},
                    {"messages", {message(sealed.descriptor)}}};
    return call("POST", "/api/v1/reports", ben_, body)["report"];
  }

  void decide(const std::string& id) {
    call("POST", "/api/v1/cases/" + id + "/decisions", sven_,
         json{{"decision", "report"}, {"reason", "A report for a measurement."}});
  }
  void set_facts(const std::string& id) {
    const auto path = "/api/v1/cases/" + id + "/tip";
    auto facts = call("GET", path, sven_)["facts"];
    facts["narrative"] = "[message 1: placeholder, 0 characters]";
    facts["jurisdiction"] = {"US"};
    call("PUT", path, sven_, facts);
  }
  /// Returns when the receipt is in the journal.
  void submit(const std::string& id) {
    const auto queued =
        call("POST", "/api/v1/cases/" + id + "/tip/submissions", sven_,
             json{{"dry_run", false}, {"override_reason", "A measurement on one machine."}});
    const auto path = "/api/v1/submissions/" + std::to_string(queued["id"].get<int>());
    auto state = call("GET", path, sven_);
    while (state["state"] != "done") {
      if (state["state"] == "quarantined" || state["state"] == "stopped") {
        give_up(state.dump());
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      state = call("GET", path, sven_);
    }
    if (state["receipt"].is_null() || state["files"].size() != 1 ||
        state["files"][0]["md5_matches"] != true) {
      give_up("the receipt is not whole");
    }
  }

  /// What a client does that only sends; with the documents that the service would send.
  void send_plainly(const json& tip) {
    const auto report = between(
        hotline("/submit", "text/xml; charset=utf-8", to_bytes(tip["xml"].get<std::string>())),
        "reportId");
    const std::string boundary = "a-boundary-of-the-baseline";
    const auto part = "--" + boundary + "\r\nContent-Disposition: form-data; name=";
    const auto head = part + "\"id\"\r\n\r\n" + report + "\r\n" + part +
                      "\"file\"; filename=\"file\"\r\nContent-Type: image/png\r\n\r\n";
    const auto tail = "\r\n--" + boundary + "--\r\n";
    const auto file = between(hotline("/upload", "multipart/form-data; boundary=" + boundary,
                                      concat({as_bytes(head), file_, as_bytes(tail)})),
                              "fileId");
    auto details = tip["file_details"].at(0).get<std::string>();
    replace(details, "reportId", report);
    replace(details, "fileId", file);
    hotline("/fileinfo", "text/xml; charset=utf-8", to_bytes(details));
    hotline("/finish", "application/x-www-form-urlencoded", to_bytes("id=" + report));
  }
  json tip(const std::string& id) { return call("GET", "/api/v1/cases/" + id + "/tip", sven_); }

 private:
  json call(const std::string& method, const std::string& path, const Person& who, Bytes body) {
    http::ClientRequest request;
    request.method = method;
    request.url = "http://127.0.0.1:" + std::to_string(server_->port()) + path;
    request.body = std::move(body);
    request.timeout = std::chrono::minutes(1);
    if (!who.token.empty()) {
      request.headers["Authorization"] = "Bearer " + who.token;
    }
    const auto answer = http::exchange(request);
    if (!answer || answer->status >= 300) {
      give_up(method + " " + path + ": " +
              (answer ? std::string(as_text(answer->body)) : answer.error().message()));
    }
    return json::parse(answer->body.begin(), answer->body.end(), nullptr, false);
  }
  json call(const std::string& method, const std::string& path, const Person& who) {
    return call(method, path, who, Bytes{});
  }
  json call(const std::string& method, const std::string& path, const Person& who,
            const json& body) {
    return call(method, path, who, to_bytes(body.dump()));
  }
  Person sign_up(const std::string& name, accounts::Role role) {
    const auto answer = call("POST", "/api/v1/accounts", Person{},
                             json{{"code", server_->invite(role)->code},
                                  {"name", name},
                                  {"password", "a long password"}});
    return {answer["account"], answer["token"]};
  }
  json message(const franking::AttachmentDescriptor& file) {
    franking::Content content;
    content.type = franking::ContentType::picture;
    content.sender = AccountId::from_hex(ada_.account).value();
    content.conversation = ConversationId::from_hex(room_).value();
    content.attachments = {file};
    const auto bytes = franking::encode(content).value();
    const franking::OpeningKey key{rng_.array<32>()};
    const auto sent = call("POST", "/api/v1/conversations/" + room_ + "/messages", ada_,
                           json{{"client_id", to_hex(rng_.array<16>())},
                                {"mls_b64", to_base64url(rng_.array<32>())},
                                {"commitment_b64", to_base64url(franking::commit(key, bytes))}});
    return {{"content_b64", to_base64url(bytes)},
            {"opening_key_b64", to_base64url(key.bytes)},
            {"context_b64", sent["context_b64"]},
            {"stamp_b64", sent["stamp_b64"]}};
  }
  std::string hotline(const std::string& path, const std::string& type, Bytes body) {
    http::ClientRequest request;
    request.method = "POST";
    request.url = line_->url() + path;
    request.headers = {{"Content-Type", type}, {"Authorization", "Basic dGVzdGVyOnRlc3Rlcg=="}};
    request.body = std::move(body);
    request.timeout = std::chrono::minutes(1);
    const auto answer = http::exchange(request);
    const std::string text = answer ? std::string(as_text(answer->body)) : std::string();
    if (!text.contains("<responseCode>0<")) {
      give_up(path + ": " + text);
    }
    return text;
  }
  static std::string between(const std::string& text, const std::string& name) {
    const auto from = text.find("<" + name + ">") + name.size() + 2;
    return text.substr(from, text.find('<', from) - from);
  }
  static void replace(std::string& text, const std::string& name, const std::string& value) {
    const auto from = text.find("<" + name + ">") + name.size() + 2;
    text.replace(from, text.find('<', from) - from, value);
  }

  store::TemporaryFolder folder_;
  crypto::SystemRng rng_;
  std::unique_ptr<hotline::Hotline> line_;
  std::unique_ptr<Server> server_;
  Person ada_, ben_, sven_;
  std::string room_;
  Bytes file_;
};

Scene& scene() {
  static Scene the_scene;
  return the_scene;
}

template <class Deed>
void timed(benchmark::State& state, Deed&& deed) {
  const auto from = Steady::now();
  deed();
  state.SetIterationTime(std::chrono::duration<double>(Steady::now() - from).count());
}

void BaselinePlainClient(benchmark::State& state) {
  for (auto _ : state) {
    const auto id = scene().new_case();
    scene().decide(id);
    scene().set_facts(id);
    const auto documents = scene().tip(id);
    timed(state, [&] { scene().send_plainly(documents); });
  }
}
void FromDecisionToReceipt(benchmark::State& state) {
  for (auto _ : state) {
    const auto id = scene().new_case();
    timed(state, [&] {
      scene().decide(id);
      scene().set_facts(id);
      scene().submit(id);
    });
  }
}
BENCHMARK(BaselinePlainClient)->Iterations(5)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(FromDecisionToReceipt)->Iterations(5)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace lightkeeper::service
