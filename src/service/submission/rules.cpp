// Names, and the two rules about where and as whom reports may be sent.
#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "core/base/codec.hpp"
#include "service/submission/parts.hpp"

namespace lightkeeper::submission {

namespace {

constexpr std::array<std::string_view, 3> kEnvironments{"demo", "test", "production"};
constexpr std::array<std::string_view, 9> kStates{"queued",    "opening",     "uploading",
                                                  "details",   "finishing",   "done",
                                                  "retracted", "quarantined", "stopped"};
// The one host whose reports go to investigators: docs/reference/service-settings.md.
constexpr std::string_view kProductionHost = "report.cybertip.org";

template <class Enum, std::size_t N>
Result<Enum> from_name(const std::array<std::string_view, N>& names, std::string_view name,
                       const char* where) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) {
    return fail(ErrorCode::bad_argument, where, "not one of its names");
  }
  return static_cast<Enum>(found - names.begin());
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

bool is_this_machine(std::string_view host) {
  if (host == "localhost" || host == "[::1]") {
    return true;
  }
  if (!host.starts_with("127.")) {
    return false;
  }
  // Four numbers and nothing else: "127.0.0.1.example.org" is somewhere else.
  int parts = 0;
  while (true) {
    int number = 0;
    const auto dot = std::min(host.find('.'), host.size());
    const auto [end, error] = std::from_chars(host.data(), host.data() + dot, number);
    if (error != std::errc() || end != host.data() + dot || number < 0 || number > 255) {
      return false;
    }
    ++parts;
    if (dot == host.size()) {
      return parts == 4;
    }
    host.remove_prefix(dot + 1);
  }
}

std::unexpected<Error> unusable(const char* what) {
  return fail(ErrorCode::bad_configuration, "submission.destination", what);
}
std::unexpected<Error> unreal(const char* what) {
  return fail(ErrorCode::contacts_not_real, "submission.contacts", what);
}

}  // namespace

std::string_view name_of(Environment environment) {
  return kEnvironments[static_cast<std::size_t>(environment)];
}
Result<Environment> environment_from_name(std::string_view name) {
  return from_name<Environment>(kEnvironments, name, "submission.environment");
}
std::string_view name_of(State state) { return kStates[static_cast<std::size_t>(state)]; }
Result<State> state_from_name(std::string_view name) {
  return from_name<State>(kStates, name, "submission.state");
}

Status check_destination(const OutletSettings& settings) {
  std::string_view rest = settings.url;
  const bool secure = rest.starts_with("https://");
  if (!secure && !rest.starts_with("http://")) {
    return unusable("reporting_url starts with https:// or http://");
  }
  if (std::ranges::any_of(rest, [](char c) { return c <= 0x20 || c >= 0x7f; }) ||
      rest.find_first_of("?#@\\") != std::string_view::npos || rest.ends_with('/')) {
    return unusable("reporting_url is host and path only, without a slash at the end");
  }
  rest.remove_prefix(secure ? 8 : 7);
  const auto authority = rest.substr(0, rest.find('/'));
  const auto bracket = authority.starts_with('[') ? authority.find(']') : std::string_view::npos;
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const auto host = lower(authority.substr(0, colon));
  if (host.empty()) {
    return unusable("reporting_url has no host");
  }
  if (is_this_machine(host)) {
    return {};
  }
  if (!secure) {
    return unusable("reporting_url is https:// unless it is this machine");
  }
  const auto is_real = [](std::string name) {
    while (name.ends_with('.')) {
      name.pop_back();
    }
    return name == kProductionHost;
  };
  switch (settings.environment) {
    case Environment::demo:
      return unusable("the demo reaches this machine only");
    case Environment::test:
      if (is_real(host)) {
        return unusable("the real hotline is for reporting_environment = production");
      }
      if (settings.test_host.empty() || host != lower(settings.test_host)) {
        return unusable("reporting_url is neither this machine nor reporting_test_host");
      }
      return {};
    case Environment::production:
      return {};
  }
  return unusable("reporting_environment");
}

Status check_real_contacts(const Contacts& contacts) {
  const auto email = lower(contacts.email);
  const auto at = email.find('@');
  if (at == std::string::npos || at == 0 || email.size() > 254 || email.rfind('@') != at ||
      std::ranges::any_of(email, [](char c) { return c <= 0x20 || c >= 0x7f; })) {
    return unreal("the e-mail address is not one");
  }
  const auto domain = email.substr(at + 1);
  if (!domain.contains('.') || domain.starts_with('.') || domain.ends_with('.')) {
    return unreal("the e-mail address has no full domain");
  }
  // RFC 2606 and RFC 6761: reserved for documentation and tests.
  for (const auto* reserved : {"example.com", "example.org", "example.net", "example", "test",
                               "invalid", "localhost", "local"}) {
    if (domain == reserved || domain.ends_with(std::string(".") + reserved)) {
      return unreal("the e-mail address is of a domain that is reserved for examples");
    }
  }
  if (std::ranges::any_of(std::array{"example", "placeholder", "changeme", "change-me", "dummy",
                                     "noreply", "no-reply", "foobar", "your-", "yourname", "xxx"},
                          [&](const char* word) { return email.contains(word); })) {
    return unreal("the e-mail address holds a word that stands in for a real one");
  }
  std::string digits;
  for (const char c : contacts.phone) {
    if (c >= '0' && c <= '9') {
      digits += c;
    } else if (c != '+' && c != ' ' && c != '-' && c != '(' && c != ')' && c != '.') {
      return unreal("the telephone number holds something else than a number");
    }
  }
  if (!contacts.phone.starts_with('+') || digits.size() < 8 || digits.size() > 15) {
    return unreal("the telephone number starts with + and the country, and has 8 to 15 digits");
  }
  // +1-555-01xx in any area is reserved for fiction; one digit repeated is nobody's.
  if (digits.starts_with('1') && digits.size() == 11 && digits.substr(4, 5) == "55501") {
    return unreal("555-01xx numbers are reserved for examples");
  }
  if (digits.substr(0, 6) == "155501") {
    return unreal("555-01xx numbers are reserved for examples");
  }
  const auto tail = std::string_view(digits).substr(digits.size() - 7);
  if (std::ranges::all_of(tail, [&](char c) { return c == tail[0]; }) ||
      digits.contains("1234567") || digits.contains("7654321")) {
    return unreal("the telephone number is a pattern, not a number");
  }
  return {};
}

std::string one_line(std::string_view words) {
  if (!is_utf8(as_bytes(words))) {
    return "(a reason that is not text)";
  }
  auto size = std::min(words.size(), kMaxReasonLogged);
  while (size < words.size() && (static_cast<Byte>(words[size]) & 0xC0U) == 0x80) {
    --size;  // not through the middle of a character
  }
  std::string out(words.substr(0, size));
  std::ranges::replace_if(
      out, [](char c) { return static_cast<Byte>(c) < 0x20 || c == 0x7F; }, ' ');
  return size < words.size() ? out + " ..." : out;
}

std::string arming_subject(const std::string& schema_sha256, const OutletSettings& settings) {
  return nlohmann::json{
      {"contacts", {{"email", settings.contacts.email}, {"phone", settings.contacts.phone}}},
      {"schema_sha256", schema_sha256},
      {"url", settings.url},
      {"user", settings.user}}
      .dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace lightkeeper::submission
