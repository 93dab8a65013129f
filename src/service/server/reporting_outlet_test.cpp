#include "service/server/reporting_outlet.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "service/store/temporary_folder.hpp"

namespace lightkeeper::service {
namespace {

class ReportingOutlet : public testing::Test {
 protected:
  std::filesystem::path file(const std::string& name, const std::string& text, mode_t mode) {
    const auto path = folder_.path() / name;
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
    return path;
  }
  Settings settings() {
    Settings out;
    out.reporting_url = "http://127.0.0.1:8090/ispws";
    out.reporting_user = "tester";
    out.reporting_password_file = file("password", "tester\n", 0600);
    return out;
  }
  static Bytes example() {
    std::ifstream in(std::string(LK_SOURCE_DIR) + "/examples/cases/pictures.json",
                     std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    return to_bytes(text);
  }
  store::TemporaryFolder folder_;
};

TEST_F(ReportingOutlet, ReadsThePasswordOnlyFromAFileThatOthersCannotRead) {
  auto wanted = settings();
  const auto read = outlet_settings(wanted);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(as_text(read->password.expose_secret()), "tester");
  EXPECT_EQ(read->environment, submission::Environment::demo);
  wanted.reporting_password_file = file("open", "tester", 0644);
  EXPECT_FALSE(outlet_settings(wanted));
  wanted.reporting_password_file = file("empty", "\n", 0600);
  EXPECT_FALSE(outlet_settings(wanted));
  wanted.reporting_password_file = folder_.path() / "none";
  EXPECT_FALSE(outlet_settings(wanted));
  EXPECT_TRUE(outlet_settings(Settings{}));  // no address: nothing to sign in to
}

TEST_F(ReportingOutlet, RefusesADestinationThatTheEnvironmentDoesNotHave) {
  auto wanted = settings();
  wanted.reporting_url = "https://report.cybertip.org/ispws";
  for (const auto* environment : {"demo", "test"}) {
    wanted.reporting_environment = environment;
    wanted.reporting_test_host = "report.cybertip.org";
    const auto read = outlet_settings(wanted);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::bad_configuration);
  }
}

TEST_F(ReportingOutlet, RendersAnExampleAndChecksItByTheOperatorsSchema) {
  const auto case_file = example();
  ASSERT_FALSE(case_file.empty());
  const auto files = files_to_send(case_file);
  ASSERT_TRUE(files) << files.error().detail;
  ASSERT_FALSE(files->empty());
  OutletRooms rooms;
  const auto host = outlet_host(rooms);
  const auto report = host.render_report(case_file);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_TRUE(as_text(*report).contains("<incidentSummary>"));
  const auto details = host.render_file_details(case_file, files->front().item, "4564654", "a1");
  ASSERT_TRUE(details) << details.error().detail;
  EXPECT_TRUE(as_text(*details).contains("<reportId>4564654</reportId>"));
  EXPECT_FALSE(host.render_file_details(case_file, files->front().item, "x", "a1"));
  // A schema of our own that knows another root only: the second check must refuse.
  rooms.schema = to_bytes(std::string_view(
      "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"><xs:element name=\"other\" "
      "type=\"xs:string\"/></xs:schema>"));
  EXPECT_FALSE(outlet_host(rooms).render_report(case_file));
}

TEST_F(ReportingOutlet, PutsContactAndTemplateIntoWhatStandsInReports) {
  auto wanted = settings();
  wanted.reporting_contact_email = "desk@example.org";
  wanted.reporting_company_template_file = file("template", "Send process to ...", 0644);
  EXPECT_EQ(outlet_service_facts(wanted).contact_person->emails.at(0).address, "desk@example.org");
  EXPECT_EQ(outlet_settings(wanted)->contacts.email, "desk@example.org")
      << "production is armed with what stands in reports";
  EXPECT_FALSE(outlet_service_facts(Settings{}).contact_person);
  EXPECT_EQ(outlet_render_settings(wanted)->company_template, "Send process to ...");
}

}  // namespace
}  // namespace lightkeeper::service
