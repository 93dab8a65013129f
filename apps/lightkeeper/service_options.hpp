// Options that several commands about an operator's service share: its settings, its evidence key
// in a token, and who asks.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "service/server/data_folder.hpp"
#include "service/server/settings.hpp"

namespace lightkeeper::cli {

/// What stands in the TOML file ("": there is none) and in LK_* variables; later ones win.
[[nodiscard]] Result<std::vector<service::SettingValues>> setting_sources(
    const std::string& config);
/// The service's settings as `serve --config config --data data` reads them.
[[nodiscard]] Result<service::Settings> settings_for(const std::string& config,
                                                     const std::string& data);

/// --pkcs11-module, --pkcs11-token, --pkcs11-pin-file and --pkcs11-key: all four or none.
void add_token_options(CLI::App& command, evidence_keys::TokenSettings& token, bool required);
/// The token that the settings name, or none.
[[nodiscard]] evidence_keys::TokenSettings token_of(const service::Settings& settings);
/// The folder that is there already; with its token if one is named.
[[nodiscard]] Result<service::DataFolder> open_folder(const std::string& data,
                                                      const evidence_keys::TokenSettings& token,
                                                      Clock& clock, Rng& rng);

/// A member of staff who signs in by a password.
struct StaffSignIn {
  std::string name, password_file;
};
/// --as and --password-file: both or none.
void add_staff_options(CLI::App& command, StaffSignIn& staff, bool required);
/// The file's text without the newline that editors add.
[[nodiscard]] Result<std::string> read_password(const std::string& file);

}  // namespace lightkeeper::cli
