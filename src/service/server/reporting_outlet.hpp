// The sender put together: settings of the outlet, and what the room submission asks of the others.
#pragma once

#include "service/reporting/lint.hpp"
#include "service/server/settings.hpp"
#include "service/submission/submission.hpp"

namespace lightkeeper::service {

/// What only the composition knows.
struct OutletRooms {
  /// One file of a case; reading it is on record, as a deed of `queued_by`.
  std::function<Result<Bytes>(const ReportId& of_case, std::uint32_t item,
                              const AccountId& queued_by)>
      file_bytes;
  std::function<Status(store::Transaction&, const ReportId& of_case)> check_decided;
  std::function<Status(const ReportId& of_case)> place_hold;
  std::function<Status(store::Transaction&, const ReportId& of_case, UnixMillis at)> report_sent;
  std::function<Result<std::uint64_t>(std::string_view kind, const std::string& subject,
                                      const AccountId& by)>
      request_approval;
  store::AuditSink audit;
  reporting::RenderSettings render;
  Bytes schema;  // the operator's; empty: our own check only
};

/// Reads the password file (0600 or refused). Without reporting_url: an outlet that queues and
/// makes dry runs, and sends nothing.
[[nodiscard]] Result<submission::OutletSettings> outlet_settings(const Settings& settings);

/// With the operator's template of today.
[[nodiscard]] Result<reporting::RenderSettings> outlet_render_settings(const Settings& settings);
/// The operator's schema, or nothing. `schema_unusable` for one that cannot be used.
[[nodiscard]] Result<Bytes> outlet_schema(const Settings& settings);
/// Who reports, as it stands in every case file: name, address, contact. Without review keys.
[[nodiscard]] reporting::ServiceFacts outlet_service_facts(const Settings& settings);

/// Documents by the room reporting from the frozen case file; files as that document names them.
[[nodiscard]] submission::Host outlet_host(OutletRooms rooms);

/// The files of a case file that can be uploaded, in its order. `bad_format` when one of them has
/// no SHA-256.
[[nodiscard]] Result<std::vector<submission::FileToSend>> files_to_send(BytesView case_file);

}  // namespace lightkeeper::service
