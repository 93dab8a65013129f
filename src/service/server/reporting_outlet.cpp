#include "service/server/reporting_outlet.hpp"

#include <sys/stat.h>

#include <charconv>

#include "service/reporting/xsd.hpp"
#include "service/store/files.hpp"

namespace lightkeeper::service {

namespace {

constexpr std::size_t kMaxPassword = 1024;
constexpr std::size_t kMaxTemplate = 16 * 1024;

Result<SecretBytes> password_from(const std::filesystem::path& file) {
  struct stat facts{};
  if (::stat(file.c_str(), &facts) != 0) {
    return fail(ErrorCode::bad_configuration, "settings", "reporting_password_file cannot be read");
  }
  if ((facts.st_mode & 077) != 0) {
    return fail(ErrorCode::bad_configuration, "settings",
                "reporting_password_file may be read by others: chmod 600");
  }
  LK_TRY(bytes, store::read_file(file, kMaxPassword));
  while (!bytes.empty() && (bytes.back() == '\n' || bytes.back() == '\r')) {
    bytes.pop_back();
  }
  if (bytes.empty()) {
    return fail(ErrorCode::bad_configuration, "settings", "reporting_password_file is empty");
  }
  return SecretBytes(std::move(bytes));
}

/// Dry runs have the number 0; a hotline's own numbers are digits.
Result<std::uint64_t> report_number(const std::string& text) {
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) {
    return fail(ErrorCode::answer_not_understood, "reporting_outlet",
                "the report's number is not a number");
  }
  return number;
}

/// The second check: by the schema that the operator got from the hotline.
Result<Bytes> checked(Bytes document, const Bytes& schema) {
  if (!schema.empty()) {
    LK_TRY(faults, reporting::validate_by_xsd(document, schema));
    if (!faults.empty()) {
      return fail(ErrorCode::report_invalid, "reporting_outlet",
                  faults.front().path + ": " + faults.front().rule);
    }
  }
  return document;
}

}  // namespace

Result<reporting::RenderSettings> outlet_render_settings(const Settings& settings) {
  reporting::RenderSettings out;
  if (!settings.reporting_company_template_file.empty()) {
    LK_TRY(text, store::read_file(settings.reporting_company_template_file, kMaxTemplate));
    out.company_template = std::string(as_text(text));
  }
  return out;
}

Result<Bytes> outlet_schema(const Settings& settings) {
  if (settings.reporting_xsd_file.empty()) {
    return Bytes{};
  }
  LK_TRY(schema, store::read_file(settings.reporting_xsd_file, reporting::kMaxXsd));
  LK_CHECK_OK(reporting::check_xsd(schema));  // now, and not when the first report is due
  return schema;
}

reporting::ServiceFacts outlet_service_facts(const Settings& settings) {
  reporting::ServiceFacts out;
  out.name = settings.service_name;
  out.platform = settings.service_name;
  if (!settings.public_url.empty()) {
    out.website = settings.public_url;
  }
  reporting::ContactPerson contact;
  if (!settings.reporting_contact_email.empty()) {
    contact.emails.push_back(
        {settings.reporting_contact_email, reporting::EmailType::work, {}, {}});
  }
  if (!settings.reporting_contact_phone.empty()) {
    contact.phones.push_back(
        {settings.reporting_contact_phone, reporting::PhoneType::work, {}, {}, {}, {}});
  }
  if (!contact.emails.empty() || !contact.phones.empty()) {
    out.reporting_person = contact;
    out.contact_person = contact;
  }
  return out;
}

Result<submission::OutletSettings> outlet_settings(const Settings& settings) {
  submission::OutletSettings out;
  LK_TRY(environment, submission::environment_from_name(settings.reporting_environment));
  out.environment = environment;
  out.url = settings.reporting_url;
  out.test_host = settings.reporting_test_host;
  out.user = settings.reporting_user;
  out.contacts = {settings.reporting_contact_email, settings.reporting_contact_phone};
  if (out.url.empty()) {
    return out;
  }
  if (out.user.empty() || settings.reporting_password_file.empty()) {
    return fail(ErrorCode::bad_configuration, "settings",
                "reporting_user and reporting_password_file belong to reporting_url");
  }
  LK_TRY(password, password_from(settings.reporting_password_file));
  out.password = std::move(password);
  LK_CHECK_OK(submission::check_destination(out));
  return out;
}

Result<std::vector<submission::FileToSend>> files_to_send(BytesView case_file) {
  LK_TRY(parsed, reporting::parse_case_file(case_file));
  std::vector<submission::FileToSend> out;
  for (const auto& file : parsed.files) {
    if (!file.available) {
      continue;
    }
    if (!file.sha256) {
      return fail(ErrorCode::bad_format, "reporting_outlet", "a file without its SHA-256");
    }
    out.push_back({file.item, *file.sha256, file.size, file.media_type});
  }
  return out;
}

submission::Host outlet_host(OutletRooms rooms) {
  submission::Host out;
  out.render_report = [render = rooms.render,
                       schema = rooms.schema](BytesView case_file) -> Result<Bytes> {
    LK_TRY(parsed, reporting::parse_case_file(case_file));
    LK_TRY(document, reporting::render_report(parsed, render));
    return checked(std::move(document), schema);
  };
  out.render_file_details = [render = rooms.render, schema = rooms.schema](
                                BytesView case_file, std::uint32_t item,
                                const std::string& report_id,
                                const std::string& file_id) -> Result<Bytes> {
    LK_TRY(parsed, reporting::parse_case_file(case_file));
    LK_TRY(number, report_number(report_id));
    LK_TRY(document, reporting::render_file_details(parsed, item, number, file_id, render));
    return checked(std::move(document), schema);
  };
  out.files = files_to_send;
  out.file_bytes = std::move(rooms.file_bytes);
  out.check_decided = std::move(rooms.check_decided);
  out.place_hold = std::move(rooms.place_hold);
  out.report_sent = std::move(rooms.report_sent);
  out.request_approval = std::move(rooms.request_approval);
  out.exchange = http::exchange;
  out.audit = std::move(rooms.audit);
  return out;
}

}  // namespace lightkeeper::service
