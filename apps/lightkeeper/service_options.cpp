#include "service_options.hpp"

#include <cstdlib>

#include "core/crypto/crypto.hpp"
#include "files.hpp"

namespace lightkeeper::cli {
namespace {

constexpr std::size_t kMaxConfig = 256 * 1024;
constexpr std::size_t kMaxPassword = 1024;

}  // namespace

Result<std::vector<service::SettingValues>> setting_sources(const std::string& config) {
  std::vector<service::SettingValues> out;
  if (!config.empty()) {
    LK_TRY(text, read_file(config, kMaxConfig));
    LK_TRY(values, service::settings_from_toml(as_text(text)));
    out.push_back(std::move(values));
  }
  out.push_back(
      service::settings_from_environment([](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
      }));
  return out;
}

Result<service::Settings> settings_for(const std::string& config, const std::string& data) {
  LK_TRY(sources, setting_sources(config));
  sources.push_back({{"data", data}});
  return service::make_settings(sources);
}

void add_token_options(CLI::App& command, evidence_keys::TokenSettings& token, bool required) {
  auto* module = command.add_option("--pkcs11-module", token.module, "The token's PKCS#11 module")
                     ->type_name("FILE");
  auto* label =
      command.add_option("--pkcs11-token", token.token, "The token's label")->type_name("LABEL");
  auto* pin = command
                  .add_option("--pkcs11-pin-file", token.pin_file,
                              "A file with the PIN that only you may read")
                  ->type_name("FILE");
  auto* key = command.add_option("--pkcs11-key", token.key, "The key's label")->type_name("LABEL");
  for (auto* one : {label, pin, key}) {
    one->needs(module);
    module->needs(one);
  }
  if (required) {
    module->required();
  }
}

evidence_keys::TokenSettings token_of(const service::Settings& settings) {
  if (settings.evidence_key != "pkcs11") {
    return {};
  }
  return {settings.evidence_pkcs11_module, settings.evidence_pkcs11_token,
          settings.evidence_pkcs11_pin_file, settings.evidence_pkcs11_key};
}

Result<service::DataFolder> open_folder(const std::string& data,
                                        const evidence_keys::TokenSettings& token, Clock& clock,
                                        Rng& rng) {
  LK_CHECK_OK(crypto::initialise());
  LK_TRY(folder, service::open_data_folder(data, service::IfAbsent::refuse, clock, rng));
  if (!token.module.empty()) {
    LK_CHECK_OK(service::use_token(folder, token));
  }
  return folder;
}

void add_staff_options(CLI::App& command, StaffSignIn& staff, bool required) {
  auto* as = command.add_option("--as", staff.name, "Name of a member of staff");
  auto* file = command.add_option("--password-file", staff.password_file,
                                  "A file with that account's password");
  as->type_name("NAME")->needs(file)->required(required);
  file->type_name("FILE")->needs(as)->required(required);
}

Result<std::string> read_password(const std::string& file) {
  LK_TRY(bytes, read_file(file, kMaxPassword));
  std::string password(as_text(bytes));
  while (password.ends_with('\n') || password.ends_with('\r')) {
    password.pop_back();
  }
  return password;
}

}  // namespace lightkeeper::cli
