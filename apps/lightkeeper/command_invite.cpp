// lightkeeper invite: a fresh one-time code, also while the service runs.
#include <memory>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "output.hpp"
#include "service/server/server.hpp"

namespace lightkeeper::cli {
namespace {

struct InviteOptions {
  std::string data, role, public_url;
  std::vector<std::string> scopes;
  std::optional<std::string> oidc_subject;
  bool json = false;
};

int invite(const InviteOptions& options) {
  const auto role = accounts::role_from_name(options.role);
  if (!role) {
    return print_error(role.error());
  }
  if (const auto host = service::host_of(options.public_url); !host) {
    return print_error(host.error());
  }
  const auto made = service::invite(options.data, {*role, options.scopes, options.oidc_subject},
                                    options.public_url);
  if (!made) {
    return print_error(made.error());
  }
  if (options.json) {
    print_json({{"role", options.role},
                {"scopes", options.scopes},
                {"code", made->code},
                {"link", made->link}});
  } else {
    print_line(made->link);
  }
  return 0;
}

}  // namespace

void add_invite_command(CLI::App& root, int& exit_code) {
  const auto options = std::make_shared<InviteOptions>();
  options->public_url = "http://localhost:8080";
  auto* command = root.add_subcommand("invite", "Make a one-time code for a new account");
  command->add_option("--data", options->data, "The service's folder")
      ->required()
      ->type_name("DIR");
  command->add_option("--role", options->role, "person, reviewer, senior, legal, auditor or admin")
      ->required()
      ->type_name("ROLE");
  command
      ->add_option("--scope", options->scopes,
                   "Harms that this member of staff may see; all if none is named")
      ->type_name("HARM...");
  command
      ->add_option("--oidc-subject", options->oidc_subject,
                   "Who signs in at the provider as this subject needs no code")
      ->type_name("SUBJECT");
  command->add_option("--public-url", options->public_url, "Address of the service, for the link")
      ->type_name("URL");
  command->add_flag("--json", options->json, "One JSON object on standard output");
  command->callback([options, &exit_code] { exit_code = invite(*options); });
}

}  // namespace lightkeeper::cli
