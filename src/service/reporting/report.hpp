// CyberTipline report model: the whole <report>.
#pragma once

#include "service/reporting/incident.hpp"

namespace lightkeeper::reporting {

/// The organisation that reports.
struct Reporter {
  Person reporting_person;                      // needs an e-mail address
  std::optional<ContactPerson> contact_person;  // whom an investigator calls
  std::optional<std::string> company_template;  // how to serve process, what exists, for how long
  std::optional<std::string> terms_of_service;  // at most 3000 characters
  std::optional<std::string> legal_url;
};

struct Report {
  bool batched_viral = false;  // batchedReport with its one reason, VIRAL_POTENTIAL_MEME
  IncidentSummary summary;
  std::vector<InternetDetails> details;  // at least one: our rule, the schema would do without
  std::optional<LawEnforcement> law_enforcement;
  Reporter reporter;
  std::vector<PersonOrUserReported> reported;
  std::vector<IntendedRecipient> intended_recipients;
  std::vector<Victim> victims;
  std::optional<std::string> additional_info;  // at most 3000 characters
};

}  // namespace lightkeeper::reporting
