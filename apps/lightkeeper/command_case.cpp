// lightkeeper case: the review desk on the command line, also while the service runs.
#include <memory>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "core/crypto/crypto.hpp"
#include "output.hpp"
#include "service/accounts/accounts.hpp"
#include "service/cases/cases.hpp"
#include "service/routes/cases_api.hpp"
#include "service/store/restriction.hpp"
#include "service/store/system_clock.hpp"
#include "service_options.hpp"

namespace lightkeeper::cli {
namespace {

using nlohmann::ordered_json;

struct CaseOptions {
  std::string data, config, view = "queue", search, id, decision, reason;
  evidence_keys::TokenSettings token;
  StaffSignIn staff;
  std::size_t limit = cases::kPage;
  bool json = false;
};

/// The folder, opened, with the rooms that the desk needs. Who reads is a member of staff, or
/// whoever has the keys of the folder.
struct Desk {
  explicit Desk(service::DataFolder opened)
      : folder(std::move(opened)),
        accounts(*folder.database, clock, rng, {}, folder.name_secret.clone(),
                 service::audit_sink(folder)),
        cases(
            *folder.database, clock, rng, neighbours(), *folder.wrapping,
            [this](store::Transaction& tx, const store::AuditEntry& entry) {
              return audit(tx, entry);
            },
            cases::standard_policy()) {}

  /// Only what decisions ask; nothing is taken in here.
  cases::Neighbours neighbours() {
    cases::Neighbours out;
    out.restrict_account = [this](store::Transaction& tx, const AccountId& who,
                                  const cases::Restriction& change) -> Status {
      store::set_restriction(tx, who, change.by_case, change.on, clock.now());
      return {};
    };
    return out;
  }
  [[nodiscard]] Status audit(store::Transaction& tx, store::AuditEntry entry) {
    if (!staff) {
      entry.actor = std::nullopt;
      entry.detail += entry.detail.empty() ? "" : ", ";
      entry.detail += "operator at the command line";
    }
    return service::audit_sink(folder)(tx, entry);
  }
  [[nodiscard]] cases::Staff reader() const {
    return staff.value_or(cases::Staff{AccountId{}, {}, true, false});
  }
  std::string name_of(const AccountId& id) {
    const auto account = accounts.account(id);
    return account ? account->name : std::string();
  }

  store::SystemClock clock;
  crypto::SystemRng rng;
  service::DataFolder folder;
  std::optional<cases::Staff> staff;
  accounts::Accounts accounts;
  cases::Cases cases;
};

/// The evidence key is in the token that the options name, or else the settings.
Result<std::unique_ptr<Desk>> open_desk(const CaseOptions& options) {
  store::SystemClock clock;
  crypto::SystemRng rng;
  auto token = options.token;
  if (token.module.empty()) {
    LK_TRY(settings, settings_for(options.config, options.data));
    token = token_of(settings);
  }
  LK_TRY(folder, open_folder(options.data, token, clock, rng));
  return std::make_unique<Desk>(std::move(folder));
}

/// Signs in with the password of a file, does not keep the session, and checks the permission.
Status sign_in(Desk& desk, const CaseOptions& options, accounts::Permission needs) {
  LK_TRY(password, read_password(options.staff.password_file));
  LK_TRY(in, desk.accounts.sign_in_with_password(options.staff.name, password));
  LK_TRY(session, desk.accounts.session(in.token));
  LK_CHECK_OK(desk.accounts.end_session(session.token));
  const auto& account = session.account;
  if (!accounts::may(account.role, needs)) {
    const auto noted = desk.folder.database->write([&](store::Transaction& tx) {
      return service::audit_sink(desk.folder)(
          tx, {"access.refused", account.id, "account:" + account.id.hex(),
               "lightkeeper case at the command line"});
    });
    LK_CHECK_OK(noted);
    return fail(ErrorCode::not_allowed, "case");
  }
  desk.staff = routes::staff_of(account);
  return {};
}

/// What people wrote, without control characters that a terminal would obey.
std::string plain(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool second_of_c1 =
        byte < 0xa0 && i > 0 && static_cast<unsigned char>(text[i - 1]) == 0xc2;
    out += byte < 0x20 || byte == 0x7f || second_of_c1 ? ' ' : text[i];
  }
  return out;
}

int ls(const CaseOptions& options) {
  const auto view = cases::view_from_name(options.view);
  if (!view) {
    return print_error(options.view, view.error());
  }
  auto desk = open_desk(options);
  if (!desk) {
    return print_error(options.data, desk.error());
  }
  cases::CaseQuery query;
  query.view = *view;
  query.search = options.search;
  query.limit = options.limit;
  const auto page = (*desk)->cases.list((*desk)->reader(), query);
  if (!page) {
    return print_error(page.error());
  }
  if (options.json) {
    auto all = ordered_json::array();
    for (const auto& one : page->cases) {
      all.push_back(routes::case_json((*desk)->accounts, (*desk)->cases, one));
    }
    print_json({{"cases", all}, {"total", page->total}});
    return 0;
  }
  for (const auto& one : page->cases) {
    print_line(one.id.hex() + "  " + std::to_string(one.priority.score) + " " +
               std::string(cases::name_of(one.priority.band)) + "  " +
               std::string(cases::name_of(one.harm)) + "  " +
               std::string(cases::name_of(one.state)) + "  " + std::to_string(one.verified) +
               " of " + std::to_string(one.messages) + " messages verified");
  }
  print_note(std::to_string(page->total) + " cases");
  return 0;
}

int show(const CaseOptions& options) {
  const auto id = ReportId::from_hex(options.id);
  if (!id) {
    return print_error(options.id, id.error());
  }
  auto desk = open_desk(options);
  if (!desk) {
    return print_error(options.data, desk.error());
  }
  if (!options.staff.name.empty()) {
    if (const auto in = sign_in(**desk, options, accounts::Permission::read_cases); !in) {
      return print_error(options.staff.name, in.error());
    }
  }
  const auto view = (*desk)->cases.detail((*desk)->reader(), *id);
  if (!view) {
    return print_error(options.id, view.error());
  }
  if (options.json) {
    print_json(routes::case_json((*desk)->accounts, (*desk)->cases, *view));
    return 0;
  }
  print_line("case       " + options.id);
  print_line("about      " + (*desk)->name_of(view->summary.alleged));
  print_line("harm       " + std::string(cases::name_of(view->summary.harm)));
  print_line("state      " + std::string(cases::name_of(view->summary.state)));
  print_line("priority   " + std::to_string(view->summary.priority.score));
  for (const auto& part : view->summary.priority.parts) {
    print_line("           " + std::to_string(part.points) + "  " + part.why);
  }
  if (!view->note.empty()) {
    print_line("note       " + plain(view->note));
  }
  if (view->statement) {
    print_line("statement  " + plain(*view->statement));
  }
  for (const auto& message : view->messages) {
    print_line("message    " + std::to_string(message.seq.value) + "  " +
               std::string(cases::name_of(message.proof.evidence_class())) + "  " +
               plain(message.body));
    for (const auto& file : message.attachments) {
      print_line("  file     " + std::to_string(file.item) + "  " + plain(file.media_type) + "  " +
                 std::to_string(file.size) + " bytes");
    }
  }
  for (const auto& made : view->decisions) {
    print_line("decision   " + std::string(cases::name_of(made.kind)) + "  " + plain(made.reason));
  }
  return 0;
}

int decide(const CaseOptions& options) {
  const auto id = ReportId::from_hex(options.id);
  if (!id) {
    return print_error(options.id, id.error());
  }
  const auto kind = cases::decision_from_name(options.decision);
  if (!kind) {
    return print_error(options.decision, kind.error());
  }
  auto desk = open_desk(options);
  if (!desk) {
    return print_error(options.data, desk.error());
  }
  if (const auto in = sign_in(**desk, options, accounts::Permission::decide); !in) {
    return print_error(options.staff.name, in.error());
  }
  const auto state = (*desk)->cases.decide((*desk)->reader(), *id, *kind, options.reason);
  if (!state) {
    return print_error(options.id, state.error());
  }
  if (options.json) {
    print_json({{"case", id->hex()}, {"state", cases::name_of(*state)}});
  } else {
    print_line(cases::name_of(*state));
  }
  return 0;
}

}  // namespace

void add_case_command(CLI::App& root, int& exit_code) {
  const auto options = std::make_shared<CaseOptions>();
  auto* command = root.add_subcommand("case", "Look at cases and decide them");
  command->require_subcommand(1);
  const auto common = [&](CLI::App* verb) {
    verb->add_option("--data", options->data, "The service's folder")->required()->type_name("DIR");
    verb->add_option("--config", options->config,
                     "The service's settings in TOML: where its evidence key is")
        ->type_name("FILE");
    add_token_options(*verb, options->token, false);
    verb->add_flag("--json", options->json, "One JSON object on standard output");
  };
  auto* list = command->add_subcommand("ls", "The queue, most urgent first");
  common(list);
  list->add_option("--view", options->view,
                   "queue, second, appeals, decided, quarantine, sampled or all")
      ->type_name("VIEW");
  list->add_option("--search", options->search,
                   "Beginning of a case id, an account's name, or a file's whole hash")
      ->type_name("TEXT");
  list->add_option("--limit", options->limit, "How many at most, 1 to 200")
      ->check(CLI::Range(std::size_t{1}, cases::kMaxPage))
      ->type_name("N");
  list->callback([options, &exit_code] { exit_code = ls(*options); });

  auto* one =
      command->add_subcommand("show", "A whole case with its content; on record in the audit log");
  common(one);
  add_staff_options(*one, options->staff, false);
  one->add_option("case", options->id, "The case's id")->required()->type_name("CASE");
  one->callback([options, &exit_code] { exit_code = show(*options); });

  auto* made = command->add_subcommand("decide", "Decide a case as a member of staff");
  common(made);
  add_staff_options(*made, options->staff, true);
  made->add_option("case", options->id, "The case's id")->required()->type_name("CASE");
  made->add_option("--decision", options->decision, "no_action, warn, restrict, escalate or report")
      ->required()
      ->type_name("DECISION");
  made->add_option("--reason", options->reason, "Why, in a sentence or two")
      ->required()
      ->type_name("TEXT");
  made->callback([options, &exit_code] { exit_code = decide(*options); });
}

}  // namespace lightkeeper::cli
