// Settings of `lightkeeper serve`: flag > environment (LK_*) > file (TOML) > default. Every key
// stands in docs/reference/service-settings.md; a test compares the two.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace lightkeeper::service {

struct Settings {
  std::filesystem::path data;  // required
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;  // 0: any free one
  std::string public_url;     // default: http://localhost:PORT
  std::string service_name = "Lightkeeper";
  bool behind_trusted_proxy = false;
  std::filesystem::path epoch_dir;   // manifest, tiles, leaves, list.pub
  std::vector<std::string> keepers;  // default: those of the manifest
  bool demo = false;
  std::filesystem::path demo_dir;  // test-picture.png, harmless-picture.jpg
  unsigned workers = 8;
  unsigned retention_days = 30;       // undelivered messages, pictures, records of acceptance
  unsigned staff_idle_minutes = 15;   // sessions of staff end when they were not used for this long
  unsigned capture_days = 90;         // where people's sign-ins and uploads came from; 0: not kept
  std::string evidence_key = "file";  // or "pkcs11": with the four below
  std::filesystem::path evidence_pkcs11_module;
  std::string evidence_pkcs11_token;
  std::filesystem::path evidence_pkcs11_pin_file;
  std::string evidence_pkcs11_key;
  std::string oidc_issuer;  // of staff's sign-in provider; empty: there is none
  std::string oidc_client_id;
  std::filesystem::path oidc_client_secret_file;  // 0600; empty for a client without a secret
  std::string oidc_name = "your organisation";    // shown on the button
  // The hotline (reporting_outlet.hpp). Without reporting_url nothing is sent.
  std::string reporting_url, reporting_test_host, reporting_user;
  std::string reporting_environment = "demo";  // demo, test, production
  std::filesystem::path reporting_password_file, reporting_company_template_file,
      reporting_xsd_file;
  std::string reporting_contact_email, reporting_contact_phone;  // whom investigators call
  // A day's looking at evidence, in seconds by severity 0 to 3; 0 is without limit.
  std::vector<unsigned> exposure_soft_seconds{0, 7200, 3600, 1200};
  std::vector<unsigned> exposure_hard_seconds{0, 10800, 5400, 1800};
  unsigned case_retention_days = 0;  // evidence of decided cases without a hold; 0: kept
  std::string log_level = "info";    // debug, info, warn, error, off
};

/// Raw values by key, from one source. Lists are written with commas.
using SettingValues = std::map<std::string, std::string, std::less<>>;

/// Every key, in the order of the reference.
[[nodiscard]] const std::vector<std::string>& setting_names();
/// The top-level keys of a TOML file. `bad_configuration` names a key that is not known, or the
/// line of an error.
[[nodiscard]] Result<SettingValues> settings_from_toml(std::string_view text);
/// LK_DATA, LK_PORT, ... as far as `look_up` knows them.
[[nodiscard]] SettingValues settings_from_environment(
    const std::function<std::optional<std::string>(const std::string&)>& look_up);
/// Later sources win. `bad_configuration` names the key whose value cannot be used.
[[nodiscard]] Result<Settings> make_settings(const std::vector<SettingValues>& sources);

/// "http://localhost:8080" -> host "localhost"; `bad_configuration` for anything but
/// http(s)://host[:port], and for http with a host that is not this machine.
[[nodiscard]] Result<std::string> host_of(std::string_view public_url);

}  // namespace lightkeeper::service
