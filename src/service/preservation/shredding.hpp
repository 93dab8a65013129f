// Inside this room: what a destruction removes, and what is left when it has not. docs/adr/0090
// says what stays and why.
//
// Throws StoreFailure like every statement.
#pragma once

#include <string>
#include <vector>

#include "service/preservation/certificate.hpp"
#include "service/store/database.hpp"

namespace lightkeeper::preservation {

/// Names in `facts` what shred() removes besides evidence and keys of reports.
void count_copies(store::Transaction& tx, const ReportId& of_case, CertificateFacts& facts);

/// After the certificate was written: without it the database lets nothing go.
void shred(store::Transaction& tx, const ReportId& of_case);

/// Places of the database that still hold something of a destroyed case; empty when all is gone.
[[nodiscard]] std::vector<std::string> left_of(store::Transaction& tx, const ReportId& of_case);

}  // namespace lightkeeper::preservation
