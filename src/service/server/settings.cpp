#include "service/server/settings.hpp"

#include <algorithm>
#include <charconv>

#include "service/oidc/provider.hpp"

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

namespace lightkeeper::service {

namespace {

std::unexpected<Error> unusable(std::string_view name, std::string_view expected) {
  return fail(ErrorCode::bad_configuration, "settings",
              std::string(name) + " " + std::string(expected));
}

template <class Number>
Status read_number(std::string_view name, const std::string& text, Number least, Number most,
                   Number& out) {
  const auto* end = text.data() + text.size();
  Number value{};
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || value < least || value > most) {
    return unusable(name,
                    "is a number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  out = value;
  return {};
}

Status read_flag(std::string_view name, const std::string& text, bool& out) {
  if (text != "true" && text != "false") {
    return unusable(name, "is true or false");
  }
  out = text == "true";
  return {};
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out;
  std::size_t start = 0;
  while (start < text.size()) {
    const auto comma = std::min(text.find(',', start), text.size());
    if (comma > start) {
      out.push_back(text.substr(start, comma - start));
    }
    start = comma + 1;
  }
  return out;
}

/// Seconds of a day for each severity.
Status read_budget(std::string_view name, const std::string& text, std::vector<unsigned>& out) {
  const auto parts = split(text);
  if (parts.size() != out.size()) {
    return unusable(name, "is four numbers of seconds with commas between them");
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    LK_CHECK_OK(read_number<unsigned>(name, parts[i], 0, 86'400, out[i]));
  }
  return {};
}

Status apply(Settings& settings, const std::string& name, const std::string& value) {
  if (name == "data") {
    settings.data = value;
  } else if (name == "address") {
    settings.address = value;
  } else if (name == "port") {
    return read_number<std::uint16_t>(name, value, 0, 65535, settings.port);
  } else if (name == "public_url") {
    settings.public_url = value;
  } else if (name == "service_name") {
    settings.service_name = value;
  } else if (name == "behind_trusted_proxy") {
    return read_flag(name, value, settings.behind_trusted_proxy);
  } else if (name == "epoch_dir") {
    settings.epoch_dir = value;
  } else if (name == "keepers") {
    settings.keepers = split(value);
  } else if (name == "demo") {
    return read_flag(name, value, settings.demo);
  } else if (name == "demo_dir") {
    settings.demo_dir = value;
  } else if (name == "workers") {
    return read_number<unsigned>(name, value, 1, 256, settings.workers);
  } else if (name == "retention_days") {
    return read_number<unsigned>(name, value, 1, 365, settings.retention_days);
  } else if (name == "staff_idle_minutes") {
    return read_number<unsigned>(name, value, 1, 720, settings.staff_idle_minutes);
  } else if (name == "capture_days") {
    return read_number<unsigned>(name, value, 0, 365, settings.capture_days);
  } else if (name == "evidence_key") {
    if (value != "file" && value != "pkcs11") {
      return unusable(name, "is file or pkcs11");
    }
    settings.evidence_key = value;
  } else if (name == "evidence_pkcs11_module") {
    settings.evidence_pkcs11_module = value;
  } else if (name == "evidence_pkcs11_token") {
    settings.evidence_pkcs11_token = value;
  } else if (name == "evidence_pkcs11_pin_file") {
    settings.evidence_pkcs11_pin_file = value;
  } else if (name == "evidence_pkcs11_key") {
    settings.evidence_pkcs11_key = value;
  } else if (name == "oidc_issuer") {
    if (!value.empty() && !oidc::is_endpoint(value)) {
      return unusable(name, "is an https:// address, or http:// on this machine");
    }
    settings.oidc_issuer = value;
  } else if (name == "oidc_client_id") {
    settings.oidc_client_id = value;
  } else if (name == "oidc_client_secret_file") {
    settings.oidc_client_secret_file = value;
  } else if (name == "oidc_name") {
    settings.oidc_name = value;
  } else if (name == "reporting_url") {
    settings.reporting_url = value;
  } else if (name == "reporting_environment") {
    const auto known = {"demo", "test", "production"};
    if (std::ranges::find(known, value) == known.end()) {
      return unusable(name, "is demo, test or production");
    }
    settings.reporting_environment = value;
  } else if (name == "reporting_test_host") {
    settings.reporting_test_host = value;
  } else if (name == "reporting_user") {
    settings.reporting_user = value;
  } else if (name == "reporting_password_file") {
    settings.reporting_password_file = value;
  } else if (name == "reporting_contact_email") {
    settings.reporting_contact_email = value;
  } else if (name == "reporting_contact_phone") {
    settings.reporting_contact_phone = value;
  } else if (name == "reporting_company_template_file") {
    settings.reporting_company_template_file = value;
  } else if (name == "reporting_xsd_file") {
    settings.reporting_xsd_file = value;
  } else if (name == "exposure_soft_seconds") {
    return read_budget(name, value, settings.exposure_soft_seconds);
  } else if (name == "exposure_hard_seconds") {
    return read_budget(name, value, settings.exposure_hard_seconds);
  } else if (name == "case_retention_days") {
    return read_number<unsigned>(name, value, 0, 36'500, settings.case_retention_days);
  } else if (name == "log_level") {
    const auto known = {"debug", "info", "warn", "error", "off"};
    if (std::ranges::find(known, value) == known.end()) {
      return unusable(name, "is debug, info, warn, error or off");
    }
    settings.log_level = value;
  } else {
    return unusable(name, "is not a setting");
  }
  return {};
}

}  // namespace

const std::vector<std::string>& setting_names() {
  static const std::vector<std::string> names{"data",
                                              "address",
                                              "port",
                                              "public_url",
                                              "service_name",
                                              "behind_trusted_proxy",
                                              "epoch_dir",
                                              "keepers",
                                              "demo",
                                              "demo_dir",
                                              "workers",
                                              "retention_days",
                                              "staff_idle_minutes",
                                              "capture_days",
                                              "evidence_key",
                                              "evidence_pkcs11_module",
                                              "evidence_pkcs11_token",
                                              "evidence_pkcs11_pin_file",
                                              "evidence_pkcs11_key",
                                              "oidc_issuer",
                                              "oidc_client_id",
                                              "oidc_client_secret_file",
                                              "oidc_name",
                                              "reporting_url",
                                              "reporting_environment",
                                              "reporting_test_host",
                                              "reporting_user",
                                              "reporting_password_file",
                                              "reporting_contact_email",
                                              "reporting_contact_phone",
                                              "reporting_company_template_file",
                                              "reporting_xsd_file",
                                              "exposure_soft_seconds",
                                              "exposure_hard_seconds",
                                              "case_retention_days",
                                              "log_level"};
  return names;
}

Result<SettingValues> settings_from_toml(std::string_view text) {
  SettingValues out;
  try {
    const auto table = toml::parse(text);
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      if (std::ranges::find(setting_names(), name) == setting_names().end()) {
        return unusable(name, "is not a setting");
      }
      if (const auto* list = node.as_array()) {
        std::string joined;
        for (const auto& item : *list) {
          const auto value = item.value<std::string>();
          if (!value) {
            return unusable(name, "is a list of texts");
          }
          joined += (joined.empty() ? "" : ",") + *value;
        }
        out[name] = joined;
      } else if (const auto flag = node.value_exact<bool>()) {
        out[name] = *flag ? "true" : "false";
      } else if (const auto number = node.value_exact<std::int64_t>()) {
        out[name] = std::to_string(*number);
      } else if (const auto word = node.value_exact<std::string>()) {
        out[name] = *word;
      } else {
        return unusable(name, "is of an unexpected type");
      }
    }
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::bad_configuration, "settings",
                "line " + std::to_string(error.source().begin.line) + " is not TOML");
  }
  return out;
}

SettingValues settings_from_environment(
    const std::function<std::optional<std::string>(const std::string&)>& look_up) {
  SettingValues out;
  for (const auto& name : setting_names()) {
    std::string variable = "LK_";
    for (const char c : name) {
      variable += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    if (auto value = look_up(variable)) {
      out[name] = *std::move(value);
    }
  }
  return out;
}

Result<std::string> host_of(std::string_view public_url) {
  const bool secure = public_url.starts_with("https://");
  if (!secure && !public_url.starts_with("http://")) {
    return unusable("public_url", "starts with https:// or http://");
  }
  auto rest = public_url.substr(secure ? 8 : 7);
  const auto host = rest.substr(0, rest.find(':'));
  rest.remove_prefix(host.size());
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  if (host.empty() || !std::ranges::all_of(host, plain)) {
    return unusable("public_url", "has a host name in small letters");
  }
  if (!rest.empty() && (rest.size() < 2 || !std::ranges::all_of(rest.substr(1), [](char c) {
                          return c >= '0' && c <= '9';
                        }))) {
    return unusable("public_url", "ends after the port");
  }
  if (!secure && host != "localhost" && host != "127.0.0.1") {
    return unusable("public_url", "is https:// unless it is this machine");
  }
  return std::string(host);
}

Result<Settings> make_settings(const std::vector<SettingValues>& sources) {
  Settings settings;
  for (const auto& source : sources) {
    for (const auto& [name, value] : source) {
      LK_CHECK_OK(apply(settings, name, value));
    }
  }
  if (settings.data.empty()) {
    return unusable("data",
                    "is missing: the folder that holds the service's database, files and keys");
  }
  if (settings.evidence_key == "pkcs11") {
    if (settings.evidence_pkcs11_module.empty()) {
      return unusable("evidence_pkcs11_module", "is missing: the PKCS#11 module of the token");
    }
    if (settings.evidence_pkcs11_token.empty()) {
      return unusable("evidence_pkcs11_token", "is missing: the token's label");
    }
    if (settings.evidence_pkcs11_pin_file.empty()) {
      return unusable("evidence_pkcs11_pin_file", "is missing: a file with the token's PIN");
    }
    if (settings.evidence_pkcs11_key.empty()) {
      return unusable("evidence_pkcs11_key", "is missing: the label of the key");
    }
  }
  if (settings.oidc_issuer.empty() != settings.oidc_client_id.empty()) {
    return unusable("oidc_client_id", "and oidc_issuer belong together");
  }
  if (!settings.public_url.empty()) {
    LK_CHECK_OK(host_of(settings.public_url));
  }
  return settings;
}

}  // namespace lightkeeper::service
